/* Images under a Glow: densities over draws of noise against the model's own graph, bits of a
 * value of grey copies, latents of either kind whatever the batch, and a flow that has come
 * apart, whose images do not come back. */
#include "density.h"
#include "galatea/safetensors.h"
#include "inversion.h"
#include "latent_parts.h"
#include "study_pictures.h"

enum { SIDE = PICTURE_SIDE, VALUES = PICTURE_VALUES, ROWS = 13 };

static const char *data, *run, *copies, *flow;

static int make_all(void **state) {
    static const char *const settings[] = {
        "flows=2",   "levels=2",           "width=8",           "batch=6", "exact=true",
        "ema=0",     "epochs=2",           "optimizer=adam",    "clip=0",  "skip-threshold=0",
        "threads=1", "learning-rate=1e-3", "schedule=constant", NULL};
    static const char *const of_copies[] = {
        "flows=1",   "levels=1",      "width=4",        "batch=6", "exact=true",
        "ema=0",     "epochs=1",      "optimizer=adam", "clip=0",  "skip-threshold=0",
        "threads=1", "gray-copies=3", "bits=4",         NULL};
    begin_kept();
    data = make_picture_set((made_pictures){.name = "set.h5", .rows = ROWS});
    run = make_run_of("glow", settings, data, "run");
    copies = make_run_of("glow", of_copies, data, "copies");
    flow = make_flow(make_set((made_set){.name = "c.h5", .rows = 60, .width = 3, .seed = 1}));
    return 0;
}

/* ---- Densities --------------------------------------------------------------------------- */

static gt_status densities(const char *from, const char *set, gt_score_noise noise,
                           gt_densities *out, gt_error *err) {
    gt_invocation asked;
    gt_context context = make_context(&asked, "ignore");
    *out = (gt_densities){.noise = noise};
    gt_status status = gt_densities_compute(&context, from, &set, 1, out, err);
    end_context(&context);
    return status;
}

/* Log-densities of all rows with the noise of a seed, an image at a time. */
static void expect_densities(uint64_t seed, double out[ROWS]) {
    gt_error err = {0};
    gt_run *opened = NULL;
    gt_inference *inference = NULL;
    const gt_use_options how = {.use = GT_USE_DENSITY, .batch = 1, .threads = 1};
    assert_ok(gt_run_open(run, &opened, &err), err);
    assert_ok(gt_inference_create(opened, &how, &inference, &err), err);
    for (uint64_t row = 0; row < ROWS; row++) {
        float levels[VALUES];
        const float *log_p = NULL;
        picture(row, SIDE, levels);
        assert_ok(gt_inference_run(inference, levels, 1, seed, row, &log_p, &err), err);
        out[row] = (double)*log_p;
    }
    gt_inference_destroy(inference);
    gt_run_close(opened);
}

/* One draw has the noise of the seed itself; more are means, of other noise each. */
static void test_draws(void **state) {
    gt_error err = {0};
    gt_densities one, three;
    double first[ROWS], apart = 0;
    for (int64_t seed = 0; seed < 2; seed++) {
        expect_densities((uint64_t)seed, first);
        assert_ok(densities(run, data, (gt_score_noise){0, seed}, &one, &err), err);
        for (int i = 0; i < ROWS; i++)
            assert_near(one.sets[0].log_p[i], first[i], 1e-4 * fabs(first[i]));
        assert_ok(densities(run, data, (gt_score_noise){3, seed}, &three, &err), err);
        for (int i = 0; i < ROWS; i++) {
            double others = (3 * three.sets[0].log_p[i] - first[i]) / 2;
            assert_near(others, first[i], 0.1 * fabs(first[i]));
            apart = fmax(apart, fabs(others - first[i]) / fabs(first[i]));
        }
        gt_densities_free(&one);
        gt_densities_free(&three);
    }
    assert_true(apart > 1e-5);
}

/* Bits are of the values that flow, of which there are three for each of a grey image. */
static void test_subjects(void **state) {
    const struct {
        const char *run;
        int bits, channels;
    } cases[] = {{run, 5, 1}, {copies, 4, 3}};
    for (size_t k = 0; k < 2; k++) {
        gt_error err = {0};
        gt_densities d;
        assert_ok(densities(cases[k].run, data, (gt_score_noise){0}, &d, &err), err);
        gt_density_subject of = gt_model_density_subject(gt_run_model(d.run));
        assert_int_equal(of.bits, cases[k].bits);
        assert_int_equal(of.channels, cases[k].channels);
        assert_int_equal(of.values, cases[k].channels * VALUES);
        double bits = gt_scores_bits(d.run, d.ranges[0].mean);
        assert_near(bits, -d.ranges[0].mean / log(2) / (double)of.values, 1e-9);
        assert_true(bits > 0 && bits < 2 * cases[k].bits);
        gt_densities_free(&d);
    }
}

/* Where nothing is drawn, draws cannot differ. */
static void test_no_noise(void **state) {
    gt_error err = {0};
    gt_densities d;
    const char *codes = make_set((made_set){.name = "d.h5", .rows = 9, .width = 3, .seed = 2});
    assert_int_equal(densities(flow, codes, (gt_score_noise){2, 0}, &d, &err), GT_USAGE);
    assert_has(err.text, "draws 2: densities of maf take no noise");
    gt_densities_free(&d);
    assert_ok(densities(flow, codes, (gt_score_noise){1, 5}, &d, &err), err);
    assert_int_equal(gt_model_density_subject(gt_run_model(d.run)).bits, 0);
    gt_densities_free(&d);
}

/* ---- Latents ----------------------------------------------------------------------------- */

static gt_status invert(const char *from, gt_inversion_settings settings, gt_inversion *out,
                        gt_error *err) {
    use_settings u;
    const gt_model_class *kind = NULL;
    assert_ok(gt_model_class_find("glow", &kind, err), *err);
    begin_use(&u, "ignore", kind->invert_options, kind->invert_size);
    gt_status status = gt_invert(&u.context, from, &data, 1, &settings, u.values, out, err);
    end_use(&u);
    return status;
}

/* What the table tells of each kind is what lies in the file, and batches change nothing. */
static void test_kinds(void **state) {
    static const char *const kinds[] = {"eps", "z"};
    for (int k = 0; k < 4; k++) {
        gt_error err = {0};
        gt_inversion found = {0};
        gt_latents *file = NULL;
        gt_latents_info info = {0};
        float rows[ROWS * VALUES];
        const gt_inversion_settings settings = {.out = kept_path("l.h5"),
                                                .kind = kinds[k % 2],
                                                .batch = k < 2 ? 1 : 5,
                                                .exact = true};
        assert_ok(invert(run, settings, &found, &err), err);
        gt_latent_parts_of(gt_run_model(found.run), &info);
        assert_ok(gt_latents_open(settings.out, &info, &file, &err), err);
        assert_int_equal(info.raw, k % 2);
        assert_ok(gt_latents_read(file, 0, ROWS, rows, &err), err);
        for (size_t part = 0; part < 2; part++) {
            const gt_inverted_part *told = &found.sets[0].parts[part];
            double sum = 0, squares = 0, largest = 0, n = ROWS * VALUES / 2;
            for (size_t i = 0; i < ROWS * VALUES; i++) {
                double x = (double)rows[i];
                if (i % VALUES / (VALUES / 2) != part) continue;
                sum += x;
                squares += x * x;
                largest = fmax(largest, fabs(x));
            }
            assert_int_equal(told->numbers, ROWS * VALUES / 2);
            assert_near(told->mean, sum / n, 1e-9);
            assert_near(told->deviation, sqrt(squares / n - sum * sum / n / n), 1e-9);
            assert_near(told->largest, largest, 0);
            if (k % 2) assert_true(largest <= found.sets[0].largest + 1e-6);
        }
        gt_latents_close(file);
        gt_inversion_free(&found);
    }
}

/* ---- A flow that has come apart ---------------------------------------------------------- */

/* The weights of the run with another value in all of one array. */
static const char *change_weights(const char *name, const char *array, float value) {
    gt_error err = {0};
    gt_safetensors *file = NULL;
    gt_safetensors_writer *writer = NULL;
    char from[600];
    float *kept[512] = {NULL};
    const char *path = kept_path(name);
    snprintf(from, sizeof from, "%s/best.safetensors", run);
    assert_ok(gt_safetensors_open(from, &file, &err), err);
    assert_ok(gt_safetensors_writer_create(&writer, &err), err);
    for (size_t i = 0; i < gt_safetensors_metadata_count(file); i++) {
        const char *key, *text = gt_safetensors_metadata_at(file, i, &key);
        if (strcmp(key, "checksum") != 0)
            assert_ok(gt_safetensors_writer_metadata(writer, key, text, &err), err);
    }
    assert_non_null(gt_safetensors_find(file, array));
    assert_true(gt_safetensors_count(file) <= 512);
    for (size_t i = 0; i < gt_safetensors_count(file); i++) {
        const gt_st_tensor *t = gt_safetensors_at(file, i);
        kept[i] = calloc(t->elements + 1, sizeof(float));
        assert_ok(gt_safetensors_read_f32(file, t, kept[i], t->elements, &err), err);
        for (uint64_t k = 0; k < t->elements && strcmp(t->name, array) == 0; k++)
            kept[i][k] = value;
        assert_ok(gt_safetensors_writer_add(writer, t->name, GT_ST_F32, t->rank, t->shape,
                                            kept[i], &err),
                  err);
    }
    assert_ok(gt_safetensors_writer_save(writer, path, true, &err), err);
    for (size_t i = 0; i < 512; i++) free(kept[i]);
    gt_safetensors_writer_destroy(writer);
    gt_safetensors_close(file);
    return path;
}

/* Scales of half of the channels underflow: what is mixed with them afterwards is lost. */
static void test_broken_flow(void **state) {
    gt_error err = {0};
    gt_inversion found = {0};
    const char *broken =
        change_weights("broken.safetensors", "blocks.0.flows.0.coupling.net.4.conv.bias", -60);
    const gt_inversion_settings settings = {.kind = "eps", .batch = 4, .exact = true};
    remarks_begin();
    assert_ok(invert(broken, settings, &found, &err), err);
    assert_int_equal(found.sets[0].above, ROWS);
    assert_true(found.sets[0].worst > GT_INVERSION_LIMIT);
    assert_has(remarks, "13 of 13 images do not come back, pixels are more than 0.01 of their "
                        "range off (rows 0, 1, 2, 3, 4, 5, 6, 7, ...)");
    gt_inversion_free(&found);
    /* and one that gives no numbers at all */
    broken = change_weights("far.safetensors", "blocks.1.flows.0.actnorm.loc", 3e38f);
    assert_ok(invert(broken, settings, &found, &err), err);
    assert_int_equal(found.sets[0].not_finite, ROWS);
    assert_int_equal(found.sets[0].parts[0].numbers, 0);
    assert_true(isinf(found.sets[0].worst));
    gt_inversion_free(&found);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_draws), TEST(test_subjects),    TEST(test_no_noise),
        TEST(test_kinds), TEST(test_broken_flow),
    };
    return cmocka_run_group_tests(tests, make_all, end_kept);
}
