/* nearest_test.c - the training picture most like each sample: copies in any way they were
 * laid, brightened or dimmed, of other sides and channels; pictures of one value. */
#include "nearest.h"
#include "study_pictures.h"

#include "galatea/image.h"
#include "galatea/twomodels.h"

static gt_error err;
static gt_dataset *data;
static float set[PICTURE_ROWS * PICTURE_VALUES];
static const uint64_t rows[] = {3, 4, 7, 11, 30};
enum { SIDE = PICTURE_SIDE, ROWS = sizeof rows / sizeof *rows };

static const float *row_at(uint64_t row) {
    return set + row * PICTURE_VALUES;
}

static gt_nearest_search usual(const float *samples, size_t count) {
    return (gt_nearest_search){.count = count,
                               .channels = 1,
                               .height = SIDE,
                               .width = SIDE,
                               .samples = samples,
                               .data = data,
                               .rows = rows,
                               .row_count = ROWS,
                               .flips = true};
}

static void test_copies(void **state) {
    static const int turns[] = {0, 4, 2, 6};
    float samples[4 * PICTURE_VALUES];
    gt_nearest found[4];
    for (int i = 0; i < 4; i++) {
        float *own = samples + i * PICTURE_VALUES;
        gt_image_turn(row_at(7), 1, SIDE, SIDE, turns[i], own);
        for (int k = 0; k < PICTURE_VALUES; k++) own[k] = 0.25f * own[k] + (float)(10 * i);
    }
    gt_nearest_search search = usual(samples, 4);
    assert_ok(gt_nearest_find(&search, NULL, found, &err), err);
    for (int i = 0; i < 4; i++) {
        assert_int_equal(found[i].row, 7);
        assert_near(found[i].cosine, 1, 1e-6);
        assert_int_equal(found[i].turn, turns[i]);
    }
    search.flips = false;
    assert_ok(gt_nearest_find(&search, NULL, found, &err), err);
    assert_near(found[0].cosine, 1, 1e-6);
    for (int i = 1; i < 4; i++) assert_true(found[i].cosine < 0.98 && found[i].turn == 0);
}

/* In all eight ways to lay a square; laid so, the sample is the row. */
static void test_turned_copies(void **state) {
    float samples[8 * PICTURE_VALUES], laid[PICTURE_VALUES];
    gt_nearest plain[8], centred[8], mirrored[8];
    for (int i = 0; i < 8; i++) {
        float *own = samples + i * PICTURE_VALUES;
        gt_image_turn(row_at(7), 1, SIDE, SIDE, i, own);
        for (int k = 0; k < PICTURE_VALUES; k++) own[k] *= 0.5f;
    }
    gt_nearest_search search = usual(samples, 8);
    assert_ok(gt_nearest_find(&search, NULL, mirrored, &err), err);
    search.turns = true;
    for (int flips = 0; flips < 2; flips++) {
        search.flips = flips; /* turns mean them too */
        assert_ok(gt_nearest_find(&search, plain, centred, &err), err);
        for (int i = 0; i < 8; i++) {
            assert_int_equal(plain[i].row, 7);
            assert_int_equal(centred[i].row, 7);
            assert_near(plain[i].cosine, 1, 1e-6);
            assert_near(centred[i].cosine, 1, 1e-6);
            assert_int_equal(centred[i].turn, i < 4 ? (4 - i) & 3 : i);
            gt_image_turn(samples + i * PICTURE_VALUES, 1, SIDE, SIDE, plain[i].turn, laid);
            for (int k = 0; k < PICTURE_VALUES; k++)
                assert_near(laid[k], 0.5f * row_at(7)[k], 1e-4);
        }
    }
    for (int i = 0; i < 8; i++) /* without them quarter turns are not found */
        assert_int_equal(mirrored[i].cosine > 0.99, i % 2 == 0);
}

/* A row that did not train is like others only as far as it is. */
static void test_others(void **state) {
    float samples[3 * PICTURE_VALUES];
    gt_nearest found[3];
    memcpy(samples, row_at(12), PICTURE_VALUES * sizeof *samples);
    for (int i = 0; i < PICTURE_VALUES; i++) {
        samples[PICTURE_VALUES + i] = 0.1f;
        samples[2 * PICTURE_VALUES + i] = 255 - row_at(4)[i];
    }
    gt_nearest_search search = usual(samples, 3);
    search.flips = false;
    assert_ok(gt_nearest_find(&search, NULL, found, &err), err);
    double best = -2, reverse = -2;
    for (int i = 0; i < ROWS; i++) {
        best = fmax(best, correlation(samples, row_at(rows[i])));
        reverse = fmax(reverse, correlation(samples + 2 * PICTURE_VALUES, row_at(rows[i])));
    }
    assert_near(found[0].cosine, best, 1e-6);
    assert_true(found[1].cosine == 0);
    assert_near(found[2].cosine, reverse, 1e-6);
}

/* Larger samples of three channels beside gray pictures, brought to their size as in training.
 */
static void test_other_sizes(void **state) {
    enum { WIDE = 2 * SIDE, PLANE = WIDE * WIDE };
    float sample[3 * PLANE];
    gt_nearest found;
    gt_nearest_search search = usual(sample, 1);
    search.channels = 3;
    search.height = search.width = WIDE;
    assert_ok(gt_image_resize(row_at(11), 1, SIDE, SIDE, WIDE, WIDE, sample, &err), err);
    for (int c = 1; c < 3; c++) memcpy(sample + c * PLANE, sample, PLANE * sizeof *sample);
    assert_ok(gt_nearest_find(&search, NULL, &found, &err), err);
    assert_int_equal(found.row, 11);
    assert_near(found.cosine, 1, 1e-6);
    search.channels = 1;
    search.data = NULL;
    assert_ok(gt_dataset_open(make_picture_set((made_pictures){"three.h5", .channels = 3}),
                              &search.data, &err),
              err);
    assert_int_equal(gt_nearest_find(&search, NULL, &found, &err), GT_BAD_SHAPE);
    assert_non_null(strstr(err.text, "three.h5 has pictures of 3 channels, samples have 1"));
    gt_dataset_close(search.data);
}

/* Both in one pass as each alone, and the plain one as gt_cosines_of has it, with and without
 * flips; more rows than a block of one. */
static void test_plain(void **state) {
    float samples[3 * PICTURE_VALUES], laid[PICTURE_VALUES];
    gt_nearest plain[3], centred[3], alone[3];
    for (int i = 0; i < 3 * PICTURE_VALUES; i++)
        samples[i] = row_at(13)[i] + 0.3f * row_at(20)[i];
    for (int flips = 0; flips < 2; flips++) {
        gt_nearest_search search = usual(samples, 3);
        search.flips = flips;
        assert_ok(gt_nearest_find(&search, plain, centred, &err), err);
        assert_ok(gt_nearest_find(&search, alone, NULL, &err), err);
        for (int i = 0; i < 3; i++) {
            double best = -2;
            for (int k = 0; k < (flips ? 4 : 1) * ROWS; k++) {
                static const int turns[] = {0, 4, 2, 6};
                gt_image_turn(samples + i * PICTURE_VALUES, 1, SIDE, SIDE, turns[k / ROWS],
                              laid);
                best = fmax(best,
                            gt_cosines_of(PICTURE_VALUES, laid, row_at(rows[k % ROWS])).plain);
            }
            assert_near(plain[i].cosine, best, 1e-13);
            assert_true(alone[i].cosine == plain[i].cosine && alone[i].row == plain[i].row);
            assert_true(plain[i].cosine != centred[i].cosine);
        }
    }
    gt_nearest_search none = usual(samples, 3);
    none.row_count = 0;
    assert_int_equal(gt_nearest_find(&none, plain, NULL, &err), GT_BAD_ARGUMENT);
}

static void test_summary(void **state) {
    const gt_nearest found[] = {
        {.cosine = 0.5}, {.cosine = 0.99}, {.cosine = 0.98}, {.cosine = -0.2}};
    gt_nearest_summary sum;
    assert_ok(gt_nearest_sum_up(found, 4, &sum, &err), err);
    assert_near(sum.median, 0.74, 1e-12);
    assert_true(sum.highest == 0.99 && sum.copies == 1);
    assert_ok(gt_nearest_sum_up(found, 3, &sum, &err), err);
    assert_true(sum.median == 0.98);
}

/* Copies count for what is nearer; a tie, and what is like neither, do not. Row 5 of either
 * half is another original. */
static void test_count_of_copies(void **state) {
    const gt_nearest learned[] = {{5, 0.99, 0}, {5, 0.995, 0}, {6, 0.985, 0},
                                  {5, 0.99, 0}, {7, 0.98, 0},  {8, 0.981, 0}};
    const gt_nearest unseen[] = {{1, 0.5, 0},  {2, 0.985, 0}, {5, 0.99, 0},
                                 {9, 0.99, 0}, {5, 0.97, 0},  {5, 0.999, 0}};
    gt_near_copies near = {.copies = 9, .training = 40, .unseen = 60};
    assert_ok(gt_nearest_count_copies(learned, unseen, 6, &near, &err), err);
    assert_int_equal(near.samples, 6);
    assert_int_equal(near.copies, 2);
    assert_int_equal(near.chance, 3);
    assert_int_equal(near.originals, 3);
    assert_true(near.training == 40 && near.unseen == 60);
    assert_ok(gt_nearest_count_copies(learned, unseen, 0, &near, &err), err);
    assert_true(near.samples == 0 && near.copies == 0 && near.chance == 0);
    assert_int_equal(near.originals, 0);
}

static int open_set(void **state) {
    (void)state;
    begin_kept();
    if (gt_dataset_open(make_picture_set((made_pictures){"set.h5"}), &data, &err)) return -1;
    return gt_dataset_read(data, 0, PICTURE_ROWS, set, &err) ? -1 : 0;
}

static int close_set(void **state) {
    gt_dataset_close(data);
    return end_kept(state);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_copies),         cmocka_unit_test(test_turned_copies),
        cmocka_unit_test(test_others),         cmocka_unit_test(test_other_sizes),
        cmocka_unit_test(test_plain),          cmocka_unit_test(test_summary),
        cmocka_unit_test(test_count_of_copies)};
    return cmocka_run_group_tests(tests, open_set, close_set);
}
