/* Scores of images against the discriminator's own graph, computed here: sets like those
 * learned from and like those made, batches, means, the table, and what is refused. */
#include "scoring.h"

#include "file.h"
#include "study_pictures.h"

enum { SIDE = 16, ROWS = 19 };

static const char *data, *run, *other;

static int make_all(void **state) {
    static const char *const settings[] = {"side=32",
                                           "latent=8",
                                           "most-channels=16",
                                           "heads=2",
                                           "head-size=4",
                                           "attention=none",
                                           "batch=8",
                                           "micro-batch=8",
                                           "epochs=1",
                                           "threads=1",
                                           "learning-rate=2e-4",
                                           "optimizer=adam",
                                           "ema=0",
                                           "exact=true",
                                           "skip-threshold=0",
                                           "channels=3",
                                           NULL};
    (void)state;
    begin_kept();
    data = make_picture_set((made_pictures){.name = "set.h5", .survey = "FIRST", .rows = ROWS});
    run = make_run_of("gan", settings, data, "run");
    other = make_vdvae(data, "other");
    return 0;
}

static gt_status score(const char *path, const char *const *sets, size_t count, gt_scoring *out,
                       gt_error *err) {
    gt_invocation asked;
    gt_context context = make_context(&asked, "ignore");
    gt_status status = gt_scoring_compute(&context, path, sets, count, out, err);
    end_context(&context);
    return status;
}

/* One image at a time, as levels of that side. */
static void expect(const float *levels, int64_t channels, int64_t side, float scores[2]) {
    gt_error err = {0};
    gt_run *opened = NULL;
    gt_inference *inference = NULL;
    const float *output = NULL;
    const gt_use_options how = {.use = GT_USE_SCORE,
                                .batch = 1,
                                .threads = 1,
                                .exact = true,
                                .image = GT_SHAPE(channels, side, side)};
    assert_ok(gt_run_open(run, &opened, &err), err);
    assert_ok(gt_inference_create(opened, &how, &inference, &err), err);
    assert_int_equal(gt_inference_width(inference), 2);
    assert_ok(gt_inference_run(inference, levels, 1, 0, 0, &output, &err), err);
    memcpy(scores, output, 2 * sizeof *scores);
    gt_inference_destroy(inference);
    gt_run_close(opened);
}

static void test_scores(void **state) {
    gt_error err = {0};
    gt_scoring found = {0};
    const char *made = make_picture_set(
        (made_pictures){.name = "made.h5", .rows = 3, .side = 32, .channels = 3});
    const char *sets[] = {data, made};
    assert_ok(score(run, sets, 2, &found, &err), err);
    assert_int_equal(found.count, 2);
    assert_int_equal(found.width, 2);
    assert_string_equal(found.names[0], "main");
    assert_string_equal(found.sets[1].name, "made");
    double mean = 0;
    for (uint64_t row = 0; row < ROWS; row++) {
        float levels[SIDE * SIDE], scores[2];
        picture(row, SIDE, levels);
        expect(levels, 1, SIDE, scores);
        for (int k = 0; k < 2; k++)
            assert_near(found.sets[0].values[2 * row + (uint64_t)k], scores[k],
                        1e-4 * (1 + fabs((double)scores[k])));
        mean += (double)scores[0] / ROWS;
    }
    gt_score_summary summary = gt_scoring_summary(&found, 0, 0);
    assert_near(summary.mean, mean, 1e-4 * (1 + fabs(mean)));
    assert_true(summary.deviation > 0);
    assert_int_equal(found.sets[1].count, 3);
    gt_scoring_free(&found);
}

static void test_table(void **state) {
    gt_error err = {0};
    gt_scoring found = {0};
    char *text = NULL;
    size_t size = 0, lines = 0;
    const char *path = kept_path("scores.csv");
    assert_ok(score(run, &data, 1, &found, &err), err);
    assert_ok(gt_scoring_table(&found, path, &err), err);
    assert_ok(gt_file_load(path, 1 << 20, &text, &size, &err), err);
    for (size_t i = 0; i < size; i++) lines += text[i] == '\n';
    assert_int_equal(lines, ROWS + 1);
    assert_memory_equal(text, "set,row,id,ra,dec,class,main,small", 34);
    assert_non_null(strstr(text, "\nset,3,source-3,3,-3,"));
    free(text);
    gt_scoring_free(&found);
}

static void refuse(const char *path, const char *set, gt_status expected, const char *says) {
    gt_error err = {0};
    gt_scoring found = {0};
    assert_int_equal(score(path, &set, 1, &found, &err), expected);
    if (!strstr(err.text, says)) fail_msg("'%s' does not say '%s'", err.text, says);
    gt_scoring_free(&found);
}

static void test_refusals(void **state) {
    refuse(other, data, GT_UNSUPPORTED, "which scores no images");
    refuse(run, make_picture_set((made_pictures){.name = "w.h5", .rows = 2, .side = 24}),
           GT_BAD_SHAPE, "images of 1x24x24");
    refuse(run,
           make_picture_set((made_pictures){
               .name = "unit.h5", .rows = 2, .side = 32, .channels = 3, .is_unit = true}),
           GT_BAD_ARGUMENT, "unit.h5: pixels from 0");
    refuse(run, kept_path("none.h5"), GT_NOT_FOUND, "none.h5");
}

int main(void) {
    const struct CMUnitTest tests[] = {TEST(test_scores), TEST(test_table),
                                       TEST(test_refusals)};
    return cmocka_run_group_tests(tests, make_all, end_kept);
}
