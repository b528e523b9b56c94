/* The network of weights that do not tell theirs, by options: of which model, by which preset,
 * like which run; and what of it the data and the weights say. */
#include "network.h"

#include "study_pictures.h"

static const char *data, *run, *flow, *bare;

/* The weights of a run whose file tells nothing of its network: without the metadata. */
static const char *strip(const char *folder) {
    char from[600], *bytes = NULL;
    gt_error err = {0};
    size_t size = 0;
    snprintf(from, sizeof from, "%s/best.safetensors", folder);
    assert_ok(gt_file_load(from, 1 << 28, &bytes, &size, &err), err);
    uint64_t head = 0;
    memcpy(&head, bytes, sizeof head);
    char *at = strstr(bytes + sizeof head, "\"__metadata__\":{"), *end = at;
    assert_non_null(at);
    for (bool is_text = false; *end != '}' || is_text; end++) {
        if (*end == '\\')
            end++;
        else if (*end == '"')
            is_text = !is_text;
    }
    end += end[1] == ',' ? 2 : 1;
    memset(at, ' ', (size_t)(end - at));
    char *path = kept_path("bare.safetensors");
    write_file(path, bytes, size);
    free(bytes);
    return path;
}

static int make_all(void **state) {
    (void)state;
    begin_kept();
    data = make_picture_set((made_pictures){.name = "set.h5"});
    run = make_vdvae(data, "run");
    flow = make_flow(make_set((made_set){.name = "c.h5", .rows = 60, .width = 3, .seed = 1}));
    bare = strip(run);
    return 0;
}

/* ---- At work -------------------------------------------------------------------------------
 */

typedef struct asking {
    gt_invocation asked;
    gt_context context;
    gt_network *network;
    gt_run *run;
} asking;

/* The options of a command that takes weights. */
static gt_status ask(asking *a, const char *model, const char *preset, const char *like,
                     gt_error *err) {
    gt_status status = GT_OK;
    *a = (asking){.run = NULL};
    a->context = make_context(&a->asked, "error");
    a->context.invocation = &a->asked;
    GT_TRY(gt_network_create(model, like, &a->network, err));
    a->context.network = a->network;
    gt_options *options = a->asked.options;
    GT_TRY(gt_options_add(options, &gt_network_table, a->network, err));
    if (a->network->class) {
        GT_TRY(gt_options_add(options, a->network->class->options, a->network->settings, err));
        GT_TRY(gt_options_add(options, &gt_model_input_options, &a->network->input, err));
    }
    const char *const said[][2] = {{"model", model}, {"preset", preset}, {"like", like}};
    for (size_t i = 0; i < 3; i++)
        if (said[i][1])
            GT_TRY(gt_options_set(options, said[i][0], said[i][1], GT_FROM_COMMAND, NULL, err));
    GT_TRY(gt_network_resolve_settings(a->network, options, err));
done:
    return status;
}

static gt_status open_run(asking *a, const char *path, const char *set, gt_error *err) {
    return gt_network_open_run(&a->context, path, set, NULL, &a->run, err);
}

static void set(asking *a, const char *key, const char *value) {
    gt_error err = {0};
    assert_ok(gt_options_set(a->asked.options, key, value, GT_FROM_COMMAND, NULL, &err), err);
}

static void done_with(asking *a) {
    gt_run_close(a->run);
    end_context(&a->context);
    gt_network_free(a->network);
}

static void expect_refusal(const char *model, const char *preset, const char *like,
                           gt_status status, const char *says) {
    gt_error err = {0};
    asking a;
    assert_int_equal(ask(&a, model, preset, like, &err), status);
    assert_has(err.text, says);
    done_with(&a);
}

/* ---- What options say ----------------------------------------------------------------------
 */

static void without_options_weights_must_tell(void **state) {
    gt_error err = {0};
    asking a;
    (void)state;
    assert_ok(ask(&a, NULL, NULL, NULL, &err), err);
    assert_null(a.network->class);
    assert_ok(open_run(&a, run, data, &err), err);
    assert_string_equal(gt_model_class_of(gt_run_model(a.run))->name, "vdvae");
    gt_run_close(a.run);
    a.run = NULL;
    assert_int_not_equal(open_run(&a, bare, data, &err), GT_OK);
    assert_has(err.text, "bare.safetensors");
    done_with(&a);
    gt_network_free(NULL);
}

static void refuses(void **state) {
    (void)state;
    expect_refusal("vdave", NULL, NULL, GT_USAGE, "vdvae");
    expect_refusal("vdvae", "tiniest", NULL, GT_USAGE, "model vdvae has no preset 'tiniest'");
    expect_refusal(NULL, "tiny", NULL, GT_USAGE, "preset tiny: of which model?");
    expect_refusal("maf", NULL, run, GT_MISMATCH, "is of model vdvae, not maf");
    expect_refusal(NULL, NULL, "nothing", GT_NOT_FOUND, "nothing");
    expect_refusal(NULL, NULL, bare, GT_BAD_FORMAT, "bare.safetensors");
}

/* Like a run: its settings, what its pixels were multiplied with, and the same values. */
static void is_like_a_run(void **state) {
    gt_error err = {0};
    asking told, liked;
    (void)state;
    assert_ok(ask(&told, NULL, NULL, NULL, &err), err);
    assert_ok(open_run(&told, run, data, &err), err);
    for (int is_named = 0; is_named < 2; is_named++) {
        assert_ok(ask(&liked, is_named ? "vdvae" : NULL, NULL, run, &err), err);
        assert_ok(open_run(&liked, bare, is_named ? data : NULL, &err), err);
        gt_params *x = gt_model_params(gt_run_model(told.run)),
                  *y = gt_model_params(gt_run_model(liked.run));
        const gt_model_input *a = gt_model_input_of(gt_run_model(told.run)),
                             *b = gt_model_input_of(gt_run_model(liked.run));
        assert_int_equal(gt_params_floats(x), gt_params_floats(y));
        assert_memory_equal(gt_params_values(x), gt_params_values(y),
                            (size_t)gt_params_floats(x) * sizeof(float));
        assert_near(a->scale.value[0], b->scale.value[0], 0);
        assert_near(a->shift.value[0], b->shift.value[0], 0);
        assert_int_equal(b->height, PICTURE_SIDE);
        done_with(&liked);
    }
    done_with(&told);
}

/* By its settings, said one by one: the shape is that of the data, and only who trained knows
 * what pixels were multiplied with. */
static void asks_for_the_scale(void **state) {
    static const char *const settings[][2] = {{"encoder-blocks", "16d2,8d2,4d4,1x1"},
                                              {"decoder-blocks", "1x1,4m1,8m4,16m8"},
                                              {"width", "8"},
                                              {"latents", "2,1:4"},
                                              {"mixtures", "2"}};
    gt_error err = {0};
    asking a;
    (void)state;
    assert_ok(ask(&a, "vdvae", NULL, NULL, &err), err);
    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++)
        set(&a, settings[i][0], settings[i][1]);
    assert_int_equal(open_run(&a, bare, data, &err), GT_USAGE);
    assert_has(err.text, "does not tell how pixels were scaled for vdvae: give pixel-shift");
    set(&a, "pixel-scale", "0.02");
    set(&a, "pixel-shift", "-30");
    assert_ok(open_run(&a, bare, data, &err), err);
    const gt_model_input *input = gt_model_input_of(gt_run_model(a.run));
    assert_int_equal(input->channels, 1);
    assert_int_equal(input->width, PICTURE_SIDE);
    assert_near(input->scale.value[0], 0.02, 0);
    assert_near(input->shift.value[0], -30, 0);
    gt_run_close(a.run);
    a.run = NULL;
    set(&a, "width", "16"); /* another network than the weights are of */
    assert_int_equal(open_run(&a, bare, data, &err), GT_MISMATCH);
    assert_has(err.text, "bare.safetensors");
    done_with(&a);
}

/* Weights that tell stand above a preset, with a remark; and refuse another model. */
static void told_settings_stand_above(void **state) {
    gt_error err = {0};
    asking a;
    (void)state;
    assert_ok(ask(&a, "vdvae", "tiny", NULL, &err), err);
    remarks_begin();
    assert_ok(open_run(&a, run, data, &err), err);
    gt_log_to(NULL, NULL);
    assert_has(remarks, "tells its settings, ");
    assert_has(remarks, "which stand above those of preset tiny");
    done_with(&a);
    assert_ok(ask(&a, "vdvae", "tiny", NULL, &err), err);
    assert_int_equal(open_run(&a, flow, data, &err), GT_MISMATCH);
    assert_has(err.text, "is of model maf, not vdvae");
    done_with(&a);
}

/* A flow takes codes, which have one pixel and the values they have: nothing is asked for. */
static void codes_have_no_scale(void **state) {
    static const char *const settings[][2] = {{"blocks", "2"}, {"hidden", "8"}};
    gt_error err = {0};
    asking a;
    (void)state;
    const char *weights = strip(flow);
    const char *codes = make_set((made_set){.name = "d.h5", .rows = 9, .width = 3, .seed = 2});
    assert_ok(ask(&a, "maf", NULL, NULL, &err), err);
    for (size_t i = 0; i < 2; i++) set(&a, settings[i][0], settings[i][1]);
    assert_ok(open_run(&a, weights, codes, &err), err);
    const gt_model_input *input = gt_model_input_of(gt_run_model(a.run));
    assert_int_equal(input->channels, 3);
    assert_int_equal(input->height, 1);
    assert_near(input->scale.value[0], 1, 0);
    done_with(&a);
}

/* First weights follow from the seed, with the settings of the run. */
static void opens_untrained_networks(void **state) {
    gt_error err = {0};
    asking a;
    gt_run *opened[3] = {NULL};
    static const uint64_t seeds[] = {4, 4, 5};
    (void)state;
    assert_ok(ask(&a, NULL, NULL, NULL, &err), err);
    for (size_t i = 0; i < 3; i++) {
        const uint64_t seed = seeds[i];
        assert_ok(gt_network_open_run(&a.context, run, data, &seed, &opened[i], &err), err);
    }
    size_t bytes =
        (size_t)gt_params_floats(gt_model_params(gt_run_model(opened[0]))) * sizeof(float);
    const float *x = gt_params_values(gt_model_params(gt_run_model(opened[0])));
    assert_memory_equal(x, gt_params_values(gt_model_params(gt_run_model(opened[1]))), bytes);
    assert_int_not_equal(
        memcmp(x, gt_params_values(gt_model_params(gt_run_model(opened[2]))), bytes), 0);
    assert_int_equal(gt_run_epoch(opened[0]), 0);
    for (size_t i = 0; i < 3; i++) gt_run_close(opened[i]);
    done_with(&a);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(without_options_weights_must_tell),
        TEST(refuses),
        TEST(is_like_a_run),
        TEST(asks_for_the_scale),
        TEST(told_settings_stand_above),
        TEST(codes_have_no_scale),
        TEST(opens_untrained_networks),
    };
    return cmocka_run_group_tests(tests, make_all, end_kept);
}
