/* Pixels that count as the planes of their set say: weights of mean 1 that go with flips, a
 * loss that sees no masked pixel, and runs that go on as they were. */
#include "loader.h"
#include "small_run.h"

enum { ROWS = 20, CHANNELS = 2, SIDE = 4, PLANE = SIDE * SIDE, VALUES = CHANNELS * PLANE };

static gt_error err;

static float unit = 1; /* of the inverse variances */

static float ivar_at(uint64_t row, size_t i) {
    return (float)(1 + (row + 3 * i) % 5) * (i < PLANE ? 1 : 100) * unit;
}

static bool is_masked(uint64_t row, size_t pixel) {
    return (row + pixel) % 4 == 0;
}

/* Pixels are inverse variances. bad: of pixel 5 of row 7, which alone validates. */
static void write_planes(const char *path, unsigned planes, float bad) {
    gt_dataset_writer *writer = NULL;
    gt_dataset_info info = gt_dataset_info_default();
    info.count = ROWS, info.channels = CHANNELS, info.height = info.width = SIDE;
    info.type = GT_PIXEL_F32, info.planes = planes, info.columns = GT_COLUMN_SPLIT;
    assert_ok(gt_dataset_writer_create(path, &info, &writer, &err), err);
    for (uint64_t row = 0; row < ROWS; row++) {
        float ivar[VALUES];
        uint8_t mask[PLANE];
        for (size_t i = 0; i < VALUES; i++) ivar[i] = ivar_at(row, i);
        if (row == 7) ivar[5] = bad;
        for (size_t i = 0; i < PLANE; i++) mask[i] = is_masked(row, i);
        gt_dataset_row columns = gt_dataset_row_default();
        columns.mask = mask, columns.ivar = ivar;
        columns.split = row == 7 ? GT_SPLIT_VALIDATION : GT_SPLIT_TRAIN;
        assert_ok(gt_dataset_writer_append(writer, ivar, &columns, 1, &err), err);
    }
    assert_ok(gt_dataset_writer_commit(writer, &err), err);
}

static gt_status measure(const char *path, const char *name, size_t rows,
                         gt_pixel_weights *out) {
    gt_dataset *set = NULL;
    uint64_t list[ROWS];
    for (size_t i = 0; i < ROWS; i++) list[i] = i;
    assert_ok(gt_dataset_open(path, &set, &err), err);
    gt_status status =
        gt_pixel_weights_measure(set, gt_pixel_weights_planes(name), list, rows, out, &err);
    gt_dataset_close(set);
    return status;
}

/* By the loader, with flips: a weight stands where its pixel does. */
static void test_loader(void **unused) {
    gt_loader_settings how = gt_loader_settings_default();
    gt_dataset *set = NULL;
    gt_loader *loader = NULL;
    gt_batch batch;
    double sum[CHANNELS] = {0};
    int flipped = 0, counted = 0;
    write_planes("planes.h5", GT_PLANE_MASK | GT_PLANE_IVAR, ivar_at(7, 5));
    assert_ok(measure("planes.h5", "both", ROWS, &how.weights), err);
    assert_ok(gt_dataset_open("planes.h5", &set, &err), err);
    how.flip_horizontal = how.flip_vertical = true;
    how.batch = 6, how.threads = 2;
    assert_ok(gt_loader_create(set, &how, &loader, &err), err);
    assert_ok(gt_loader_begin(loader, 3, 0, &err), err);
    for (;;) {
        assert_ok(gt_loader_next(loader, &batch, &err), err);
        if (batch.n == 0) break;
        for (size_t i = 0; i < batch.n * VALUES; i++) {
            int c = (int)(i / PLANE % CHANNELS);
            float weight = (float)((double)batch.images[i] * how.weights.scale.value[c]);
            assert_true(batch.weights[i] == 0 || batch.weights[i] == weight);
            if (batch.weights[i] == 0) continue;
            sum[c] += (double)batch.weights[i];
            counted += c == 0;
        }
        for (size_t i = 0; i < batch.n; i++)
            flipped += batch.images[i * VALUES] != ivar_at((uint64_t)batch.rows[i], 0);
    }
    assert_in_range(flipped, 1, ROWS);
    assert_int_equal(counted, ROWS * PLANE * 3 / 4);
    for (int c = 0; c < CHANNELS; c++) assert_near(sum[c] / counted, 1, 1e-6);
    gt_loader_destroy(loader);
    gt_dataset_close(set);
}

/* The mean, or one over it, is no usual float. */
static void test_units(void **state) {
    for (int i = 0; i < 2; i++) {
        unit = i ? 1e-40f : 5e35f;
        test_loader(state);
    }
    unit = 1;
}

static void test_refusals(void **unused) {
    gt_pixel_weights weights;
    write_planes("planes.h5", GT_PLANE_IVAR, -1);
    assert_int_equal(measure("planes.h5", "mask", ROWS, &weights), GT_NOT_FOUND);
    assert_string_equal(err.text, "planes.h5 has no mask to weigh its pixels by");
    assert_int_equal(measure("planes.h5", "ivar", ROWS, &weights), GT_NOT_FINITE);
    assert_non_null(strstr(err.text, "planes.h5: row 7 has an inverse variance of -1"));
    assert_ok(measure("planes.h5", "ivar", 7, &weights), err);
    assert_int_equal(measure("planes.h5", "none", 7, &weights), GT_OK);
    assert_int_equal(weights.planes, 0);
    gt_train_result result;
    assert_int_equal(
        SMALL_TRAIN(&result, &err, "data=planes.h5", "out=no", "batch=5", "pixel-weights=ivar"),
        GT_NOT_FINITE);
    assert_non_null(strstr(err.text, "row 7 has an inverse variance of -1"));
    assert_false(small_exists("no"));
}

/* ---- runs ---- */

/* The usual set with a mask: of no pixel, or of the left half. */
static void mask_pictures(const char *path, bool has_half) {
    gt_dataset *from = NULL;
    gt_dataset_writer *writer = NULL;
    assert_ok(gt_dataset_open("small.h5", &from, &err), err);
    gt_dataset_info info = *gt_dataset_describe(from);
    info.columns = 0, info.count = 40, info.planes = GT_PLANE_MASK;
    assert_ok(gt_dataset_writer_create(path, &info, &writer, &err), err);
    for (uint64_t row = 0; row < info.count; row++) {
        float pixels[SMALL_PIXELS];
        uint8_t mask[SMALL_PIXELS];
        gt_dataset_row columns = gt_dataset_row_default();
        for (int i = 0; i < SMALL_PIXELS; i++) mask[i] = has_half && i % SMALL_SIZE < 8;
        columns.mask = mask;
        assert_ok(gt_dataset_read(from, row, 1, pixels, &err), err);
        assert_ok(gt_dataset_writer_append(writer, pixels, &columns, 1, &err), err);
    }
    assert_ok(gt_dataset_writer_commit(writer, &err), err);
    gt_dataset_close(from);
}

static void test_runs(void **unused) {
    gt_train_result plain, same, half, gone_on;
    mask_pictures("clear.h5", false);
    mask_pictures("half.h5", true);
    assert_ok(SMALL_TRAIN(&plain, &err, "data=half.h5", "out=plain", "epochs=2"), err);
    assert_ok(
        SMALL_TRAIN(&same, &err, "data=clear.h5", "out=same", "epochs=2", "pixel-weights=mask"),
        err);
    assert_ok(
        SMALL_TRAIN(&half, &err, "data=half.h5", "out=half", "epochs=2", "pixel-weights=mask"),
        err);
    assert_near(same.best_loss, plain.best_loss, 1e-6 * fabs(plain.best_loss));
    assert_true(half.best_loss < 0.7 * plain.best_loss);
    /* One epoch and one more is two. */
    assert_ok(SMALL_TRAIN(&gone_on, &err, "data=half.h5", "out=parts", "epochs=1",
                          "pixel-weights=mask"),
              err);
    assert_int_equal(SMALL_TRAIN(&gone_on, &err, "data=half.h5", "out=parts", "epochs=2"),
                     GT_MISMATCH);
    assert_non_null(strstr(err.text, "pixel-weights"));
    assert_ok(SMALL_TRAIN(&gone_on, &err, "data=half.h5", "out=parts", "epochs=2",
                          "pixel-weights=mask"),
              err);
    assert_same_file("half/last.safetensors", "parts/last.safetensors");
    assert_int_equal(
        SMALL_TRAIN(&gone_on, &err, "data=half.h5", "out=no", "pixel-weights=ivar"),
        GT_NOT_FOUND);
    assert_false(small_exists("no"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_loader), cmocka_unit_test(test_units),
        cmocka_unit_test(test_refusals), cmocka_unit_test(test_runs)};
    return cmocka_run_group_tests(tests, small_folder, small_remove);
}
