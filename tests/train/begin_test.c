/* begin_test.c - weights of other programs to begin with: names, whole groups, shapes, and what
 * follows from what was given. */
#include "gt_test.h"

#include "galatea/safetensors.h"
#include "one_file.h"
#include "ssl.h"
#include "weights.h"

static gt_model *make(uint64_t seed) {
    gt_error err;
    gt_model *model = NULL;
    ssl_settings settings = {.widths = "4,8",
                             .blocks = "1,1",
                             .projection_layers = 2,
                             .hidden = 8,
                             .output = 6,
                             .prediction_hidden = 5,
                             .base_momentum = 0.9};
    gt_model_input input = GT_MODEL_INPUT(1, 32, 32, 0, 1.0 / 255);
    assert_ok(gt_model_create(&gt_model_byol, &settings, &input, &model, &err), err);
    assert_ok(gt_model_init(model, seed, &err), err);
    return model;
}

/* What a file has, beside the encoder under torchvision's names. */
typedef struct variant {
    const char *without, *renamed, *also;
    bool in_colour, prefixed, is_short;
} variant;

enum { ROOM = 4096 };

static void add(gt_safetensors_writer *writer, const char *name, int rank, const int64_t *shape,
                const float *values) {
    gt_error err;
    assert_ok(gt_safetensors_writer_add(writer, name, GT_ST_F32, rank, shape, values, &err),
              err);
}

static void save(gt_model *model, variant v) {
    static const char prefix[] = "backbone.";
    static float colours[3 * 4 * 49], zeros[ROOM];
    gt_error err;
    gt_safetensors_writer *writer;
    gt_params *params = gt_model_params(model);
    assert_ok(gt_safetensors_writer_create(&writer, &err), err);
    for (int i = 0; i < gt_params_count(params); i++) {
        const char *own = gt_params_name(params, i);
        gt_shape shape = gt_params_shape(params, i);
        const float *values = gt_params_values(params) + gt_params_offset(params, i);
        if (strncmp(own, prefix, strlen(prefix)) != 0) continue;
        const char *name = v.prefixed ? own : own + strlen(prefix);
        if (v.without && strcmp(name, v.without) == 0) continue;
        if (v.renamed && strcmp(name, v.renamed) == 0) name = "layer9.weight";
        bool is_first = strcmp(own, "backbone.conv1.weight") == 0;
        if (is_first && v.is_short) shape.dim[0] = 2;
        if (is_first && v.in_colour) {
            for (int k = 0; k < 3 * 4 * 49; k++)
                colours[k] = values[k / (3 * 49) * 49 + k % 49] * (float)(k / 49 % 3 + 1);
            shape.dim[1] = 3;
            values = colours;
        }
        add(writer, name, shape.rank, shape.dim, values);
    }
    add(writer, "fc.weight", 2, (const int64_t[]){10, 8}, zeros);
    add(writer, "bn1.num_batches_tracked", 0, NULL, zeros);
    if (v.also) add(writer, v.also, 1, (const int64_t[]){4}, zeros);
    assert_ok(gt_safetensors_writer_save(writer, path, false, &err), err);
    gt_safetensors_writer_destroy(writer);
}

static const float *values_of(gt_model *model, const char *name, size_t *count) {
    gt_params *params = gt_model_params(model);
    int index = gt_params_find(params, name);
    assert_true(index >= 0);
    *count = (size_t)gt_shape_count(gt_params_shape(params, index));
    return gt_params_values(params) + gt_params_offset(params, index);
}

static void assert_equal(gt_model *a, const char *of_a, gt_model *b, const char *of_b,
                         bool equal) {
    size_t n, m;
    const float *x = values_of(a, of_a, &n), *y = values_of(b, of_b, &m);
    assert_int_equal(n, m);
    assert_true((memcmp(x, y, n * sizeof *x) == 0) == equal);
}

/* The encoder is taken, heads stay, and the target begins where the network does. */
static void encoder(void **state) {
    static const char deep[] = "backbone.layer2.0.downsample.0.weight";
    gt_error err;
    for (int prefixed = 0; prefixed < 2; prefixed++) {
        gt_model *theirs = make(5), *ours = make(1), *untouched = make(1);
        save(theirs, (variant){.prefixed = prefixed});
        assert_equal(ours, deep, theirs, deep, false);
        assert_ok(gt_weights_begin(path, NULL, false, ours, &err), err);
        assert_equal(ours, deep, theirs, deep, true);
        assert_equal(ours, "backbone_momentum.layer2.0.downsample.0.weight", theirs, deep,
                     true);
        assert_equal(ours, "projection_head.layers.0.weight", untouched,
                     "projection_head.layers.0.weight", true);
        gt_model_destroy(theirs);
        gt_model_destroy(ours);
        gt_model_destroy(untouched);
    }
}

/* Colours 1, 2 and 3 times a weight make 6 times it. */
static void colours(void **state) {
    gt_error err;
    gt_model *theirs = make(5), *ours = make(1);
    size_t n;
    save(theirs, (variant){.in_colour = true});
    assert_ok(gt_weights_begin(path, NULL, false, ours, &err), err);
    const float *want = values_of(theirs, "backbone.conv1.weight", &n);
    const float *got = values_of(ours, "backbone.conv1.weight", &n);
    for (size_t i = 0; i < n; i++) assert_near((double)got[i], 6 * (double)want[i], 1e-6);
    gt_model_destroy(theirs);
    gt_model_destroy(ours);
}

static void refuses(void **state) {
    static const struct {
        variant v;
        const char *says;
    } cases[] = {
        {{.without = "layer2.0.bn1.bias"}, "'backbone.layer2.0.bn1.bias' 8 is missing"},
        {{.renamed = "layer2.0.bn1.bias"},
         "'layer9.weight' 8 is not part of the model; 'backbone.layer2.0.bn1.bias' 8 is "
         "missing"},
        {{.is_short = true}, "'conv1.weight' is 2x1x7x7, expected 4x1x7x7"},
        {{.also = "backbone.bn1.weight"}, "'backbone.bn1.weight' is there under two names"},
        {{.also = "classifier.weight"}, "'classifier.weight' 4 is not part of the model"},
    };
    gt_model *theirs = make(5), *ours = make(1);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        gt_error err;
        save(theirs, cases[i].v);
        assert_int_equal(gt_weights_begin(path, NULL, false, ours, &err), GT_MISMATCH);
        if (!strstr(err.text, cases[i].says)) fail_msg("%s", err.text);
        assert_non_null(strstr(
            err.text, "; another preset or other settings may fit, --partial takes what fits"));
    }
    gt_model_destroy(theirs);
    gt_model_destroy(ours);
}

/* All that fits, tensor by tensor; what does not stays as it was. */
static void parts(void **state) {
    static const char conv[] = "backbone.layer2.0.conv1.weight",
                      first[] = "backbone.conv1.weight";
    static const variant cases[] = {{.without = "layer2.0.bn1.bias"},
                                    {.renamed = "layer2.0.bn1.bias"},
                                    {.is_short = true},
                                    {.also = "classifier.weight"}};
    gt_model *theirs = make(5);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        gt_error err;
        gt_model *ours = make(1), *untouched = make(1);
        save(theirs, cases[i]);
        assert_ok(gt_weights_begin(path, NULL, true, ours, &err), err);
        assert_equal(ours, conv, theirs, conv, true);
        assert_equal(ours, "backbone_momentum.layer2.0.conv1.weight", theirs, conv, true);
        assert_equal(ours, first, cases[i].is_short ? untouched : theirs, first, true);
        gt_model_destroy(ours);
        gt_model_destroy(untouched);
    }
    gt_model_destroy(theirs);
}

/* Heads of another form stay as they were, whole, and the target follows the encoder. */
static void heads(void **state) {
    static const char *const foreign[] = {
        "projection_head.layers.4.weight", "projection_head.layers.0.weight",
        "projection_head_momentum.layers.9.bias", "prediction_head.layers.7.weight"};
    static const char conv[] = "backbone.layer2.0.conv1.weight";
    for (size_t i = 0; i < sizeof foreign / sizeof *foreign; i++) {
        gt_error err;
        gt_model *theirs = make(5), *ours = make(1), *untouched = make(1);
        save(theirs, (variant){.prefixed = true, .also = foreign[i]});
        assert_ok(gt_weights_begin(path, NULL, false, ours, &err), err);
        assert_equal(ours, conv, theirs, conv, true);
        assert_equal(ours, "backbone_momentum.layer2.0.conv1.weight", theirs, conv, true);
        assert_equal(ours, "projection_head.layers.0.weight", untouched,
                     "projection_head.layers.0.weight", true);
        gt_model_destroy(theirs);
        gt_model_destroy(ours);
        gt_model_destroy(untouched);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(encoder), cmocka_unit_test(colours),
                                       cmocka_unit_test(refuses), cmocka_unit_test(parts),
                                       cmocka_unit_test(heads)};
    return cmocka_run_group_tests(tests, make_file, remove_file);
}
