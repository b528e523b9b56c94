/* Pictures that repeat others: which of them are left out, by the definition computed plainly.
 */
#include "repeats.h"

#include "study_sets.h"

enum { SIDE = 30, PIXELS = SIDE * SIDE, CELLS = 20, ROWS = 700, FLAT = 50 };

/* Of every seven pictures three are new, and the others what an earlier one of the seven is but
 * for contrast, for a little noise, for the sign, or for noise too much. */
static void draw(uint64_t row, float *out) {
    uint64_t kind = row % 7, source = kind < 3 ? row : row - kind + (kind - 3) % 3;
    gt_rng_key key = {5, gt_rng_stream("repeats"), (uint32_t)source},
               own = {6, gt_rng_stream("repeats"), (uint32_t)row};
    double sign = kind == 5   ? -0.5
                  : kind == 3 ? 0.5
                              : 1,
           noise = kind == 4   ? 0.05
                   : kind == 6 ? 1.5
                               : 0;
    for (int i = 0; i < PIXELS; i++) {
        double wave = gt_rng_uniform(key, (uint64_t)(i / SIDE / 3 * 10 + i % SIDE / 3)) - 0.5;
        double grain = gt_rng_uniform(own, (uint64_t)(i / SIDE / 3 * 10 + i % SIDE / 3)) - 0.5;
        out[i] = (float)(128 + 100 * sign * wave + 60 * noise * grain);
        if (row == FLAT || row == FLAT + 1) out[i] = 77;
    }
}

static void write_rows(const char *name, uint64_t first, uint64_t count, int64_t bad) {
    gt_error err = {0};
    gt_dataset_writer *writer = NULL;
    gt_dataset_info info = gt_dataset_info_default();
    float pixels[PIXELS];
    info.kind = GT_DATASET_IMAGES;
    info.type = GT_PIXEL_F32;
    info.count = count;
    info.channels = 1;
    info.height = info.width = SIDE;
    assert_ok(gt_dataset_writer_create(name, &info, &writer, &err), err);
    for (uint64_t i = 0; i < count; i++) {
        draw(first + i, pixels);
        if ((int64_t)i == bad) pixels[9] = NAN;
        assert_ok(gt_dataset_writer_append(writer, pixels, NULL, 1, &err), err);
    }
    assert_ok(gt_dataset_writer_commit(writer, &err), err);
}

/* Means of cells, centred, of length 1 (or 0). */
static void expected_cells(uint64_t row, double out[CELLS * CELLS]) {
    float pixels[PIXELS];
    double mean = 0, length = 0;
    draw(row, pixels);
    for (int i = 0; i < CELLS * CELLS; i++) {
        int y = i / CELLS, x = i % CELLS, count = 0;
        out[i] = 0;
        for (int v = y * SIDE / CELLS; v < (int)ceil((y + 1.0) * SIDE / CELLS); v++)
            for (int u = x * SIDE / CELLS; u < (int)ceil((x + 1.0) * SIDE / CELLS);
                 u++, count++)
                out[i] += (double)pixels[v * SIDE + u];
        out[i] /= count;
        mean += out[i] / (CELLS * CELLS);
    }
    for (int i = 0; i < CELLS * CELLS; i++) out[i] -= mean, length += out[i] * out[i];
    for (int i = 0; i < CELLS * CELLS; i++) out[i] /= length > 1e-9 ? sqrt(length) : INFINITY;
}

static double product(const double *a, const double *b) {
    double sum = 0;
    for (int i = 0; i < CELLS * CELLS; i++) sum += a[i] * b[i];
    return sum;
}

/* More rows than a block has, in two sets that end inside of one. */
static void one_of_each_pair_goes(void **state) {
    static double cells[ROWS][CELLS * CELLS];
    static bool goes[ROWS];
    const char *const paths[] = {kept_path("a.h5"), kept_path("b.h5")};
    const gt_context context = {.threads = 1, .progress_file = -1};
    gt_error err = {0};
    gt_repeats found;
    uint64_t count = 0;
    write_rows(paths[0], 0, 300, -1);
    write_rows(paths[1], 300, ROWS - 300, -1);
    assert_ok(gt_repeats_find(&context, paths, 2, 0.95, &found, &err), err);
    assert_int_equal(found.count, ROWS);
    for (int i = 0; i < ROWS; i++) {
        expected_cells((uint64_t)i, cells[i]);
        for (int k = 0; k < i && !goes[i]; k++)
            goes[i] = !goes[k] && fabs(product(cells[i], cells[k])) > 0.95;
        count += goes[i];
        if (goes[i] != found.is_left_out[i]) fail_msg("row %d", i);
        if (!goes[i]) continue;
        assert_true(found.of[i] < (uint64_t)i && !goes[found.of[i]]);
        assert_near(found.correlation[i], product(cells[i], cells[found.of[i]]), 1e-6);
    }
    assert_int_equal(found.found, count);
    assert_true(count > ROWS / 3 && count < ROWS / 2); /* three of seven kinds */
    assert_false(goes[FLAT] || goes[FLAT + 1]);
    gt_repeats_free(&found);
}

static void what_cannot_be_compared_is_named(void **state) {
    const char *const paths[] = {kept_path("a.h5"), kept_path("bad.h5")};
    const gt_context context = {.threads = 1, .progress_file = -1};
    gt_error err = {0};
    gt_repeats found;
    write_rows(paths[0], 0, 9, -1);
    write_rows(paths[1], 0, 12, 11);
    assert_int_equal(gt_repeats_find(&context, paths, 2, 0.95, &found, &err), GT_NOT_FINITE);
    assert_has(err.text, "bad.h5, row 11: a pixel is");
    assert_int_equal(gt_repeats_find(&context, paths + 1, 1, 0.95, &found, &err),
                     GT_NOT_FINITE);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(one_of_each_pair_goes),
        TEST(what_cannot_be_compared_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
