/* Importance streamed from a set of codes: rows without a target, constant components, and what
 * is refused. */
#include "gt_test.h"
#include "importance.h"
#include "rng.h"
#include "temp_folder.h"

enum { ROWS = 230, WIDTH = 6, MISSING_EVERY = 23 };

/* Component 2 is the angular size, but for noise; component 4 is 1 everywhere. */
typedef struct made {
    float x[ROWS * WIDTH];
    double sizes[ROWS];
    unsigned columns;
} made;

static made make(void) {
    made m = {.columns = GT_COLUMN_SIZE};
    gt_rng_fill_normal((gt_rng_key){.seed = 2}, 0, ROWS * WIDTH, m.x);
    for (size_t i = 0; i < ROWS; i++) {
        m.x[i * WIDTH + 4] = 1;
        m.sizes[i] = 30 + 10.0 * m.x[i * WIDTH + 2] + 0.5 * m.x[i * WIDTH];
        if (i % MISSING_EVERY == 0) m.sizes[i] = (double)NAN;
    }
    return m;
}

static gt_dataset *store(const made *m) {
    gt_error err;
    gt_dataset_writer *writer;
    gt_dataset *data;
    gt_dataset_info info = gt_dataset_info_default();
    info.kind = GT_DATASET_CODES;
    info.type = GT_PIXEL_F32;
    info.count = ROWS;
    info.channels = WIDTH;
    info.height = info.width = 1;
    info.columns = m->columns;
    const char *path = in_folder("codes.h5");
    assert_ok(gt_dataset_writer_create(path, &info, &writer, &err), err);
    for (size_t i = 0; i < ROWS; i++) {
        gt_dataset_row row = gt_dataset_row_default();
        row.angular_size = m->sizes[i];
        assert_ok(gt_dataset_writer_append(writer, m->x + i * WIDTH, m->columns ? &row : NULL,
                                           1, &err),
                  err);
    }
    assert_ok(gt_dataset_writer_commit(writer, &err), err);
    assert_ok(gt_codes_open(path, &data, &err), err);
    return data;
}

static const gt_context quiet = {.threads = 1, .progress_file = -1, .mismatch = "tell"};
static const gt_importance_request request = {
    .target = "angular_size", .trees = 10, .batch = 50, .seed = 1, .context = &quiet};

static void tells_the_component(void **state) {
    made m = make();
    gt_dataset *data = store(&m);
    gt_importance found = {0};
    gt_error err;
    double sum = 0, mean = 0;
    assert_ok(gt_importance_measure(data, &request, &found, &err), err);
    assert_int_equal(found.missing, 10);
    assert_int_equal(found.rows, 220);
    assert_int_equal(found.batches, 4);
    assert_int_equal(found.trees, 13);
    assert_int_equal(found.constants, 1);
    assert_near(found.importance[4], 0.0, 0.0);
    assert_near(found.mean[4], 1.0, 0.0);
    assert_true(found.importance[2] > 0.9);
    assert_true(found.explained > 0.8);
    for (size_t f = 0; f < WIDTH; f++) sum += found.importance[f];
    assert_near(sum, 1.0, 1e-12);
    for (size_t i = 0; i < ROWS; i++)
        mean += i % MISSING_EVERY ? m.x[i * WIDTH + 3] / 220.0 : 0;
    assert_near(found.mean[3], mean, 1e-6);
    gt_importance_free(&found);
    gt_dataset_close(data);
}

/* A set smaller than a batch is one batch, and nothing is left to be explained. */
static void one_batch(void **state) {
    made m = make();
    gt_dataset *data = store(&m);
    gt_importance found = {0};
    gt_importance_request large = request;
    gt_error err;
    large.batch = 1000;
    assert_ok(gt_importance_measure(data, &large, &found, &err), err);
    assert_int_equal(found.batches, 1);
    assert_int_equal(found.trees, 10);
    assert_true(isnan(found.explained));
    gt_importance_free(&found);
    gt_dataset_close(data);
}

static void refused(const made *m, const char *target, gt_status status, const char *says) {
    gt_dataset *data = store(m);
    gt_importance found = {0};
    gt_importance_request wanted = request;
    gt_error err = {0};
    wanted.target = target;
    assert_int_equal(gt_importance_measure(data, &wanted, &found, &err), status);
    if (!strstr(err.text, says) || !strstr(err.text, "codes.h5"))
        fail_msg("'%s' does not say '%s'", err.text, says);
    gt_importance_free(&found);
    gt_dataset_close(data);
}

static void bad_sets_are_refused(void **state) {
    made m = make();
    refused(&m, "ra", GT_NOT_FOUND, "ra");
    m.x[30 * WIDTH + 5] = NAN;
    refused(&m, "angular_size", GT_NOT_FINITE, "row 30, value 5 is nan");
    m = make();
    for (size_t i = 0; i < ROWS; i++)
        if (isfinite(m.sizes[i])) m.sizes[i] = 12;
    refused(&m, "angular_size", GT_BAD_ARGUMENT, "every angular_size is 12");
    for (size_t i = 0; i < ROWS; i++) m.sizes[i] = (double)NAN;
    refused(&m, "angular_size", GT_BAD_ARGUMENT,
            "no row has the number angular_size, all 230 are NaN");
    for (size_t i = 0; i < ROWS; i++) m.sizes[i] = 1e200; /* no size on this sky */
    refused(&m, "angular_size", GT_BAD_ARGUMENT, "all 230 are NaN");
    m = make();
    m.columns = 0;
    refused(&m, "angular_size", GT_NOT_FOUND, "angular_size");
}

int main(void) {
    const struct CMUnitTest tests[] = {TEST(tells_the_component), TEST(one_batch),
                                       TEST(bad_sets_are_refused)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
