/* judge_likeness_test.c - generated pictures beside those most like them: of training in four
 * flips, and of a second model. */
#include <omp.h>

#include "judge.h"
#include "study_pictures.h"

enum { ROWS = 50, SIDE = 8, PLANE = SIDE * SIDE };

static gt_error err;
static gt_invocation asked;
static gt_context context;
static uint8_t x[ROWS * PLANE];
static const char *train, *test;

/* Pictures of noise, of which no two are alike. */
static void fill(uint64_t seed) {
    for (size_t i = 0; i < ROWS * PLANE; i++)
        x[i] = (uint8_t)(255 * gt_rng_uniform((gt_rng_key){seed, 1, 0}, i));
}

/* The first rows, each channel the same. */
static const char *give(const char *name, size_t rows, size_t channels) {
    gt_dataset_writer *writer = NULL;
    gt_dataset_info info = gt_dataset_info_default();
    char *path = kept_path(name);
    info.kind = GT_DATASET_IMAGES;
    info.type = GT_PIXEL_U8;
    info.count = rows;
    info.channels = channels;
    info.height = info.width = SIDE;
    assert_ok(gt_dataset_writer_create(path, &info, &writer, &err), err);
    for (size_t i = 0; i < rows; i++) {
        uint8_t bytes[3 * PLANE];
        for (size_t c = 0; c < channels; c++) memcpy(bytes + c * PLANE, x + i * PLANE, PLANE);
        assert_ok(gt_dataset_writer_append(writer, bytes, NULL, 1, &err), err);
    }
    assert_ok(gt_dataset_writer_commit(writer, &err), err);
    return path;
}

static int set_up(void **state) {
    (void)state;
    omp_set_num_threads(1);
    assert_int_equal(make_temp_folder(NULL), 0);
    context = make_context(&asked, "tell");
    err = (gt_error){0};
    fill(1);
    train = give("train.h5", ROWS, 1);
    fill(2);
    test = give("test.h5", ROWS, 1);
    return 0;
}

static int tear_down(void **state) {
    end_context(&context);
    return remove_temp_folder(state);
}

static gt_judge_request request_of(const char *made, const char *second) {
    gt_judge_request request = {.sets = {{.path = train}, {.path = test}, {.path = made}},
                                .space = "pixels",
                                .second = second,
                                .settings = gt_judge_defaults()};
    request.settings.permutations = 199;
    request.settings.subsets = 4;
    return request;
}

static gt_judge_report judge(const char *made, const char *second) {
    gt_judge_report report = {.provenance = NULL};
    gt_judge_request request = request_of(made, second);
    assert_ok(gt_judge_sets(&context, &request, &report, &err), err);
    return report;
}

static void refuse(const char *made, const char *second, gt_status status, const char *words) {
    gt_judge_report report = {.provenance = NULL};
    gt_judge_request request = request_of(made, second);
    assert_int_equal(gt_judge_sets(&context, &request, &report, &err), status);
    assert_has(err.text, words);
    gt_judge_report_free(&report);
}

/* Row i laid as number `way`: bit 0 mirrors along x, bit 1 along y. */
static void mirror(size_t row, int way) {
    uint8_t old[PLANE], *at = x + row * PLANE;
    memcpy(old, at, PLANE);
    for (size_t y = 0; y < SIDE; y++)
        for (size_t k = 0; k < SIDE; k++)
            at[y * SIDE + k] =
                old[(way & 2 ? SIDE - 1 - y : y) * SIDE + (way & 1 ? SIDE - 1 - k : k)];
}

/* No number of rows sees mirrored copies; pictures beside pictures do, with a little noise. */
static void mirrored_copies_are_counted(void **state) {
    (void)state;
    fill(3);
    gt_judge_report r = judge(give("made.h5", ROWS, 1), NULL);
    assert_int_equal(r.likeness.near.samples, ROWS);
    assert_int_equal(r.likeness.near.copies, 0);
    assert_true(r.likeness.cosine_train > 0.1 && r.likeness.cosine_train < 0.6);
    assert_true(isnan(r.likeness.cosine_second));
    gt_judge_report_free(&r);
    fill(1);
    for (size_t i = 0; i < 20; i++) mirror(i, (int)(i % 4));
    for (size_t i = 0; i < 20 * PLANE; i++) x[i] ^= (uint8_t)(i % 3);
    for (size_t i = 20 * PLANE; i < ROWS * PLANE; i++)
        x[i] = (uint8_t)(255 * gt_rng_uniform((gt_rng_key){4, 1, 0}, i));
    r = judge(give("mirrored.h5", ROWS, 1), NULL);
    assert_int_equal(r.likeness.near.copies, 20);
    assert_int_equal(r.likeness.near.chance, 0);
    assert_int_equal(r.likeness.near.originals, 20);
    assert_int_equal(r.likeness.near.training, ROWS);
    assert_int_equal(r.likeness.near.unseen, ROWS);
    assert_true(r.judgement.copies == 0.0);
    assert_true(r.judgement.verdict & GT_VERDICT_MEMORISES);
    assert_has(r.verdict, "memorises: of 50 samples 20 are near copies of one of 50 training "
                          "pictures, 0 of one of 50 unseen: 40 %");
    gt_judge_report_free(&r);
    /* In three channels they are the same. */
    r = judge(give("colours.h5", ROWS, 3), NULL);
    assert_int_equal(r.likeness.near.copies, 20);
    gt_judge_report_free(&r);
}

static void a_second_model_tells(void **state) {
    (void)state;
    fill(3);
    const char *made = give("made.h5", ROWS, 1);
    gt_judge_report r = judge(made, test); /* nothing alike */
    assert_near(r.likeness.cosine_second, 0.0, 0.1);
    assert_int_equal(r.judgement.verdict, 0);
    assert_has(r.verdict, "nothing found against it");
    assert_has(r.verdict, "samples of two models are no nearer to each other (cosine ");
    assert_null(strstr(r.verdict, "takes a second model"));
    gt_judge_report_free(&r);
    for (size_t i = 0; i < ROWS * PLANE; i++) x[i] ^= (uint8_t)(i % 5);
    r = judge(made, give("second.h5", ROWS, 1));
    assert_true(r.likeness.cosine_second > 0.99);
    assert_int_equal(r.judgement.verdict, GT_VERDICT_GENERALISES);
    assert_has(r.verdict, "generalises, samples of two models are nearer to each other");
    assert_has(r.provenance, "second.h5");
    gt_judge_report_free(&r);
}

/* Rows of the second set are those that were drawn of the first. */
static void pairs_are_of_one_row(void **state) {
    gt_judge_report report = {.provenance = NULL};
    (void)state;
    fill(3);
    const char *made = give("made.h5", ROWS, 1), *second = give("second.h5", ROWS, 1);
    gt_judge_request request = request_of(made, second);
    request.settings.rows = 25;
    assert_ok(gt_judge_sets(&context, &request, &report, &err), err);
    assert_int_equal(report.likeness.near.samples, 25);
    assert_near(report.likeness.cosine_second, 1.0, 1e-6);
    gt_judge_report_free(&report);
}

/* Where it is asked for; twice the ways find no fewer. */
static void turned_copies_are_counted(void **state) {
    (void)state;
    fill(1);
    for (size_t i = 0; i < 12; i++) {
        uint8_t old[PLANE], *at = x + i * PLANE;
        memcpy(old, at, PLANE);
        for (size_t k = 0; k < PLANE; k++) at[k] = old[k % SIDE * SIDE + SIDE - 1 - k / SIDE];
    }
    for (size_t i = 12 * PLANE; i < ROWS * PLANE; i++)
        x[i] = (uint8_t)(255 * gt_rng_uniform((gt_rng_key){7, 1, 0}, i));
    gt_judge_request request = request_of(give("turned.h5", ROWS, 1), NULL);
    for (int turns = 0; turns < 2; turns++) {
        gt_judge_report report = {.provenance = NULL};
        request.turns = turns;
        assert_ok(gt_judge_sets(&context, &request, &report, &err), err);
        assert_int_equal(report.likeness.near.copies, turns ? 12 : 0);
        gt_judge_report_free(&report);
    }
}

/* Where real pictures that nothing was learned from are as close, closeness says nothing; a
 * picture in both sets is no sign of learning by heart. */
static void unseen_pictures_are_as_close(void **state) {
    (void)state;
    const char *real = test;
    fill(1);
    for (size_t i = 10 * PLANE; i < ROWS * PLANE; i++)
        x[i] = (uint8_t)(255 * gt_rng_uniform((gt_rng_key){5, 1, 0}, i));
    const char *made = give("made.h5", ROWS, 1);
    gt_judge_report r = judge(made, NULL);
    assert_int_equal(r.likeness.near.copies, 10);
    assert_int_equal(r.likeness.near.chance, 0);
    assert_has(r.verdict, "memorises: of 50 samples 10 are near copies of one of 50 training");
    gt_judge_report_free(&r);
    for (size_t i = 10 * PLANE; i < ROWS * PLANE; i++)
        x[i] = (uint8_t)(255 * gt_rng_uniform((gt_rng_key){6, 1, 0}, i));
    test = give("alike.h5", ROWS, 1);
    r = judge(made, NULL);
    assert_int_equal(r.likeness.near.copies, 0);
    assert_int_equal(r.likeness.near.chance, 10);
    assert_int_equal(r.likeness.near.originals, 10);
    assert_null(strstr(r.verdict, "near copies"));
    gt_judge_report_free(&r);
    test = real;
}

/* A generator whose network knows no brightness copies at any: without it copies are seen. */
static void copies_at_another_brightness(void **state) {
    (void)state;
    fill(1);
    for (size_t i = 0; i < ROWS * PLANE; i++) x[i] = (uint8_t)(10 + x[i] / 5);
    memset(x, 7, PLANE); /* a flat one has no direction */
    gt_judge_request request = request_of(give("made.h5", ROWS, 1), NULL);
    gt_judge_report r = {.provenance = NULL};
    assert_ok(gt_judge_sets(&context, &request, &r, &err), err);
    assert_true(r.judgement.judged[GT_JUDGE_COPYING].value > 3);
    gt_judge_report_free(&r);
    request.space = "centred";
    assert_ok(gt_judge_sets(&context, &request, &r, &err), err);
    assert_string_equal(r.space, "centred pixels of 1x8x8");
    assert_true(r.judgement.judged[GT_JUDGE_COPYING].value < -7);
    for (gt_judge j = 0; j < GT_JUDGES; j++) assert_true(isfinite(r.judgement.judged[j].value));
    gt_judge_report_free(&r);
}

/* What was found, as a picture; numbers that are not available leave their rows empty. */
static void numbers_are_drawn(void **state) {
    (void)state;
    if (system("command -v gnuplot >/dev/null 2>&1")) skip();
    fill(3);
    gt_judge_report r = judge(give("made.h5", ROWS, 1), NULL);
    const char *path = kept_path("judged.svg");
    r.judgement.judged[GT_JUDGE_COPYING] = (gt_judged){NAN, NAN, NAN, NAN};
    assert_ok(gt_judge_figure(&r, path, &err), err);
    char *text = text_of(path);
    assert_has(text, "pixels of 1x8x8, 50 rows of each set");
    for (gt_judge j = 0; j < GT_JUDGES; j++) assert_has(text, gt_judge_title(j));
    assert_has(text, "galatea test");
    free(text);
    for (gt_judge j = 0; j < GT_JUDGES; j++)
        r.judgement.judged[j] = (gt_judged){NAN, NAN, NAN, NAN};
    assert_int_equal(gt_judge_figure(&r, path, &err), GT_BAD_ARGUMENT);
    gt_judge_report_free(&r);
}

static void refuses(void **state) {
    (void)state;
    fill(3);
    const char *made = give("made.h5", ROWS, 1), *few = give("few.h5", ROWS - 1, 1),
               *colours = give("colours.h5", ROWS, 3);
    refuse(made, made, GT_USAGE, "made.h5 is the generated set and that of the second model");
    refuse(made, few, GT_BAD_SHAPE, "few.h5 has 49 rows of 1x8x8, expected 50 of 1x8x8 as ");
    refuse(made, colours, GT_BAD_SHAPE, "colours.h5 has 50 rows of 3x8x8, expected 50 of 1x");
    refuse(made, "nowhere.h5", GT_NOT_FOUND, "nowhere.h5");
    refuse(make_picture_set((made_pictures){"unit.h5", .side = SIDE, .is_unit = true}), NULL,
           GT_BAD_ARGUMENT, "unit.h5: pixels from 0.0784314 to 0.");
    const char *codes =
        make_set((made_set){.name = "codes.h5", .rows = 40, .width = 3, .seed = 1});
    const char *more =
        make_set((made_set){.name = "more.h5", .rows = 40, .width = 3, .seed = 2});
    train = test = codes;
    gt_judge_request request = request_of(more, made);
    uint64_t list[40];
    for (uint64_t i = 0; i < 40; i++) list[i] = i;
    for (int s = 0; s < GT_JUDGE_GENERATED; s++)
        request.sets[s] = (gt_judge_source){codes, list, 40};
    request.space = "codes";
    gt_judge_report report = {.provenance = NULL};
    assert_int_equal(gt_judge_sets(&context, &request, &report, &err), GT_USAGE);
    assert_has(err.text, "pictures of two models are compared where both go with those of");
    gt_judge_report_free(&report);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(mirrored_copies_are_counted, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_second_model_tells, set_up, tear_down),
        cmocka_unit_test_setup_teardown(pairs_are_of_one_row, set_up, tear_down),
        cmocka_unit_test_setup_teardown(turned_copies_are_counted, set_up, tear_down),
        cmocka_unit_test_setup_teardown(unseen_pictures_are_as_close, set_up, tear_down),
        cmocka_unit_test_setup_teardown(copies_at_another_brightness, set_up, tear_down),
        cmocka_unit_test_setup_teardown(numbers_are_drawn, set_up, tear_down),
        cmocka_unit_test_setup_teardown(refuses, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
