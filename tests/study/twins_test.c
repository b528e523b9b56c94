/* twins_test.c - sweeps of pairs of models: who learns from which rows, that numbers are those
 * of the samples, what is done once, and what another process or a failure keeps from being
 * done. */
#include <math.h>
#include <sys/stat.h>
#include <unistd.h>

#include "galatea/run.h"
#include "galatea/twomodels.h"
#include "outfile.h"
#include "run_use.h"
#include "runlock.h"
#include "twins/estimate.h"
#include "twins/made_samples.h"
#include "twins/sweep.h"
#include "twins_call.h"

enum { SMALL = 4, LARGE = 10, ROWS = 48, SAMPLES = 6, PARTS = 26 };

static const char *set, *folder;

static void begin(call *c, const char *out) {
    static const char *const small[] = {"width=4", "levels=2", "judged-levels=0", NULL};
    begin_call(c, "diffusion", small, set, out);
    set_option(c, "sizes", "4,10");
    set_option(c, "samples", "6");
}

static int make_all(void **state) {
    call c;
    (void)state;
    begin_kept();
    set = make_picture_set(
        (made_pictures){.name = "set.h5", .rows = ROWS, .preparation = "normalize=asinh:10"});
    folder = kept_path("sweep");
    begin(&c, folder);
    remarks_begin();
    assert_ok(go(&c), c.err);
    gt_log_to(NULL, NULL);
    assert_has(remarks, "its stretch (asinh:10) is undone before measuring");
    assert_int_equal(c.result.parts, PARTS);
    assert_int_equal(c.result.now, PARTS);
    assert_int_equal(c.result.missing_count, 0);
    assert_int_equal(c.result.grid.rows, 2);
    assert_has(c.result.grid.legend[0], "cosine: of pictures that A and B made");
    for (size_t i = 0; c.result.grid.legend[i]; i++) /* of parts that diffusion has */
        assert_null(strstr(c.result.grid.legend[i], "w1_level_0"));
    end_call(&c);
    return 0;
}

/* ---- rows ---------------------------------------------------------------------------------
 */

/* Numbers of the rows in the whole set, by their places; *train: how many learn. */
static size_t numbers_in(const char *name, int *numbers, size_t *train) {
    gt_error err = {0};
    gt_dataset *data = NULL;
    gt_row_columns there;
    assert_ok(gt_dataset_open(inside(folder, name), &data, &err), err);
    assert_ok(gt_row_columns_read(data, GT_COLUMNS_ALL, &there, &err), err);
    size_t count = (size_t)gt_dataset_describe(data)->count;
    *train = 0;
    for (size_t i = 0; i < count; i++) {
        numbers[i] = (int)there.ra[i];
        *train += there.splits[i] == GT_SPLIT_TRAIN;
        assert_int_equal(picture_row((uint64_t)numbers[i]).split, there.splits[i]);
    }
    gt_dataset_close(data);
    return count;
}

static bool holds(const int *numbers, size_t count, int number) {
    for (size_t i = 0; i < count; i++)
        if (numbers[i] == number) return true;
    return false;
}

static void halves_are_disjoint_and_nested(void **state) {
    int small[2][ROWS], large[2][ROWS], test[ROWS];
    static const char *const names[2][2] = {{"subsets/A-4.h5", "subsets/B-4.h5"},
                                            {"subsets/A-10.h5", "subsets/B-10.h5"}};
    size_t train, count = 0;
    (void)state;
    for (int side = 0; side < 2; side++) {
        assert_int_equal(numbers_in(names[0][side], small[side], &train), SMALL + ROWS / 8);
        assert_int_equal(train, SMALL);
        count = numbers_in(names[1][side], large[side], &train);
        assert_int_equal(train, LARGE);
    }
    for (int i = 0; i < LARGE; i++) assert_false(holds(large[1], LARGE, large[0][i]));
    for (int side = 0; side < 2; side++)
        for (int i = 0; i < SMALL; i++) assert_true(holds(large[side], LARGE, small[side][i]));
    for (size_t i = LARGE; i < count; i++) { /* the same ones validate both */
        assert_int_equal(large[0][i], large[1][i]);
        assert_false(holds(large[0], LARGE, large[0][i]));
    }
    count = numbers_in("subsets/test.h5", test, &train);
    assert_int_equal(count, SAMPLES);
    for (size_t i = 0; i < count; i++)
        assert_int_equal(picture_row((uint64_t)test[i]).split, GT_SPLIT_TEST);
}

/* One of a set without splits: a tenth of its rows validates, and is in no half. */
static void rows_are_lent(void **state) {
    call c;
    gt_error err = {0};
    gt_dataset *data = NULL;
    const char *bare = make_picture_set(
                   (made_pictures){.name = "bare.h5", .rows = 40, .is_bare = true}),
               *out = kept_path("bare");
    (void)state;
    begin(&c, out);
    set_option(&c, "data", bare);
    set_option(&c, "only", "4,training");
    assert_ok(go(&c), c.err);
    assert_int_equal(c.result.parts, 2);
    assert_ok(gt_dataset_open(inside(out, "subsets/B-10.h5"), &data, &err), err);
    assert_int_equal(gt_dataset_describe(data)->count, LARGE + 4);
    gt_dataset_close(data);
    end_call(&c);
    begin(&c, kept_path("larger"));
    set_option(&c, "data", bare);
    set_option(&c, "sizes", "4,19");
    assert_int_equal(go(&c), GT_BAD_ARGUMENT);
    assert_has(c.err.text, "36 rows to learn from beside 4 that validate, which is at most 18");
    end_call(&c);
}

/* ---- numbers ------------------------------------------------------------------------------
 */

/* Same first weights and updates, other data. */
static void everything_else_is_shared(void **state) {
    gt_error err = {0};
    gt_run *runs[2] = {NULL};
    (void)state;
    for (int side = 0; side < 2; side++) {
        const char *name = side ? "diffusion/B-10" : "diffusion/A-10";
        assert_ok(gt_run_open(inside(folder, name), &runs[side], &err), err);
    }
    gt_params *const params[2] = {gt_model_params(gt_run_model(runs[0])),
                                  gt_model_params(gt_run_model(runs[1]))};
    assert_int_equal(gt_params_learned_floats(params[0]), gt_params_learned_floats(params[1]));
    double apart = 0, length = 0;
    for (int64_t i = 0; i < gt_params_learned_floats(params[0]); i++) {
        double a = (double)gt_params_values(params[0])[i],
               b = (double)gt_params_values(params[1])[i];
        apart += (a - b) * (a - b);
        length += a * a;
    }
    assert_true(apart > 0 && apart < 0.01 * length); /* three updates on */
    char *table = text_of(inside(folder, "twins.csv"));
    assert_string_equal(cell_in(table, 2, 2), "1"); /* epochs */
    assert_string_equal(cell_in(table, 2, 3), "3"); /* updates: 4, 4 and 2 rows */
    free(table);
    for (int side = 0; side < 2; side++) gt_run_close(runs[side]);
}

static void cosines_are_of_pairs(void **state) {
    size_t count, width;
    (void)state;
    float *a = values_in(inside(folder, "diffusion/N-10/samples_a.h5"), &count, &width),
          *b = values_in(inside(folder, "diffusion/N-10/samples_b.h5"), &count, &width);
    char *table = text_of(inside(folder, "diffusion/N-10/cosine.csv"));
    assert_int_equal(count, SAMPLES);
    assert_int_equal(lines_in(table), SAMPLES + 1);
    for (size_t i = 0; i < count; i++) {
        const gt_cosines own = gt_cosines_of(width, a + i * width, b + i * width);
        assert_near(strtod(cell_in(table, i + 1, 1), NULL), own.plain, 1e-12);
        assert_near(strtod(cell_in(table, i + 1, 2), NULL), own.centred, 1e-12);
        assert_near(own.centred, correlation(a + i * width, b + i * width), 1e-9);
    }
    free(a);
    free(b);
    free(table);
}

/* Of the rows that A learned from alone, by a plain loop. */
static void nearest_are_of_the_own_half(void **state) {
    size_t count, width, rows;
    (void)state;
    float *a = values_in(inside(folder, "diffusion/N-10/samples_a.h5"), &count, &width),
          *learned = values_in(inside(folder, "subsets/A-10.h5"), &rows, &width);
    char *table = text_of(inside(folder, "diffusion/N-10/nearest_a.csv"));
    for (size_t i = 0; i < count; i++) {
        double best = -2;
        for (size_t row = 0; row < LARGE; row++)
            best = fmax(best, correlation(a + i * width, learned + row * width));
        assert_near(strtod(cell_in(table, i + 1, 6), NULL), best, 1e-5);
        long plain = strtol(cell_in(table, i + 1, 1), NULL, 10);
        const gt_cosines own =
            gt_cosines_of(width, a + i * width, learned + plain * (long)width);
        assert_near(strtod(cell_in(table, i + 1, 2), NULL), own.plain, 1e-6);
    }
    free(a);
    free(learned);
    free(table);
}

/* Samples 0, 3 and 4 of 5 are lost. */
static void lost_samples_leave_pairs(void **state) {
    call c;
    gt_error err = {0};
    gt_sample_pairs pairs = {0};
    (void)state;
    begin(&c, kept_path("lost"));
    const gt_sweep sweep = {.job = &c.job, .folder = c.training.out};
    const gt_twin twins[2] = {{&sweep, 3, 0}, {&sweep, 3, 1}};
    assert_ok(gt_mkdirs(inside(c.training.out, "diffusion/N-3"), &err), err);
    (void)make_picture_set(
        (made_pictures){.name = "lost/diffusion/N-3/samples_a.h5", .rows = 2});
    (void)make_picture_set(
        (made_pictures){.name = "lost/diffusion/N-3/samples_b.h5", .rows = 5});
    assert_ok(gt_made_samples_keep_lost(&twins[0], "0,3,4", &err), err);
    assert_ok(gt_made_samples_keep_lost(&twins[1], "", &err), err);
    assert_ok(gt_sample_pairs_open(&twins[0], &pairs, &err), err);
    assert_int_equal(pairs.count, 2);
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(pairs.sides[0].numbers[pairs.rows[0][i]], 1 + i);
        assert_int_equal(pairs.sides[1].numbers[pairs.rows[1][i]], 1 + i);
    }
    gt_sample_pairs_close(&pairs);
    assert_int_equal(gt_made_samples_keep_lost(&twins[0], "0,3,...", &err), GT_NOT_FINITE);
    end_call(&c);
}

/* ---- what is done -------------------------------------------------------------------------
 */

static void finished_parts_stay(void **state) {
    call c;
    struct stat before, after;
    (void)state;
    const char *path = inside(folder, "diffusion/N-10/cosine.json");
    assert_int_equal(stat(path, &before), 0);
    begin(&c, folder);
    assert_ok(go(&c), c.err);
    assert_int_equal(c.result.now, 0);
    assert_int_equal(c.result.finished, PARTS);
    assert_int_equal(stat(inside(folder, "diffusion/N-10/cosine.json"), &after), 0);
    assert_int_equal(before.st_ino, after.st_ino);
    assert_int_not_equal(access(inside(folder, "locks"), F_OK), 0);
    end_call(&c);
}

/* It alone is made again, with the same bytes. */
static void lost_files_are_made_again(void **state) {
    static const char *const files[] = {"diffusion/N-4/samples_b.h5",
                                        "diffusion/N-4/morphology_a.csv"};
    static const char *const names[] = {"samples B", "morphology A"};
    call c;
    size_t count, width;
    (void)state;
    float *before = values_in(inside(folder, files[0]), &count, &width);
    begin(&c, folder);
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(unlink(inside(folder, files[i])), 0);
        set_option(&c, "dry-run", "true");
        assert_ok(go(&c), c.err);
        assert_int_equal(c.result.missing_count, 1);
        assert_string_equal(c.result.missing[0].name, names[i]);
        set_option(&c, "dry-run", "false");
        assert_ok(go(&c), c.err);
        assert_int_equal(c.result.now, 1);
        assert_int_equal(c.result.finished, PARTS);
    }
    float *after = values_in(inside(folder, files[0]), &count, &width);
    assert_memory_equal(before, after, count * width * sizeof *after);
    free(before);
    free(after);
    end_call(&c);
}

/* What another version computed is named, and done again when that is asked for; real shapes,
 * which new ones are compared with, in any case. */
static void outdated_parts_are_told(void **state) {
    const char *result = strdup(inside(folder, "diffusion/N-10/morphology_a.json")),
               *record = strdup(inside(folder, "subsets/test_morphology.json"));
    call c;
    (void)state;
    char *text = text_of(result), *edition = strstr(text, "\"edition\": 4");
    assert_non_null(edition);
    edition[11] = '3';
    write_file(result, text, strlen(text));
    free(text);
    assert_int_equal(unlink(record), 0); /* as sweeps had none */
    begin(&c, folder);
    remarks_begin();
    assert_ok(go(&c), c.err);
    assert_int_equal(c.result.now, 0);
    assert_int_equal(c.result.finished, PARTS);
    assert_has(remarks, "1 of the finished parts of diffusion were computed by another version "
                        "of them (morphology A of 10)");
    set_option(&c, "redo", "true");
    set_option(&c, "dry-run", "true");
    assert_ok(go(&c), c.err);
    assert_int_equal(c.result.missing_count, 1);
    assert_string_equal(c.result.missing[0].name, "morphology A");
    set_option(&c, "dry-run", "false");
    assert_ok(go(&c), c.err);
    assert_int_equal(c.result.now, 1);
    assert_int_equal(access(record, F_OK), 0);
    set_option(&c, "redo", "false");
    remarks_begin();
    assert_ok(go(&c), c.err);
    assert_null(strstr(remarks, "another version"));
    gt_log_to(NULL, NULL);
    end_call(&c);
    free((void *)(uintptr_t)result);
    free((void *)(uintptr_t)record);
}

/* A sweep of sizes of which some have times. */
static gt_sweep sweep_of(call *c) {
    return (gt_sweep){.context = &c->context,
                      .job = &c->job,
                      .settings = &c->sweep,
                      .folder = c->training.out,
                      .sizes = {10, 20, 100},
                      .size_count = 3};
}

/* Seconds as they were measured of a part of that size. */
static void put_seconds(int64_t size, double seconds) {
    char name[64];
    gt_numbers none = {0};
    gt_error err = {0};
    snprintf(name, sizeof name, "diffusion/N-%d/verdict_a.json", (int)size);
    const gt_result_head head = {.size = size, .seconds = seconds, .provenance = "{}"};
    assert_ok(gt_numbers_write(inside(kept_path("timed"), name), &head, &none, &err), err);
}

/* One size tells all of it, two what of it grows. */
static void times_grow_with_sizes(void **state) {
    gt_error err = {0};
    call c;
    (void)state;
    begin(&c, kept_path("timed"));
    gt_sweep own = sweep_of(&c);
    gt_twin t = {&own, 100, 0};
    assert_ok(gt_mkdirs(kept_path("timed/diffusion/N-10"), &err), err);
    assert_ok(gt_mkdirs(kept_path("timed/diffusion/N-20"), &err), err);
    assert_true(isnan(gt_estimate(&t, &gt_twins_verdict)));
    put_seconds(20, 8);
    assert_near(gt_estimate(&t, &gt_twins_verdict), 40, 1e-12);
    put_seconds(10, 6);
    assert_near(gt_estimate(&t, &gt_twins_verdict), 8 + 0.2 * 80, 1e-12);
    put_seconds(10, 9); /* by chance */
    assert_near(gt_estimate(&t, &gt_twins_verdict), 8, 1e-12);
    put_seconds(10, 1); /* no more than all of it */
    assert_near(gt_estimate(&t, &gt_twins_verdict), 40, 1e-12);
    end_call(&c);
}

static void put_log(int64_t size, const char *rows) {
    char path[64], text[300];
    gt_error err = {0};
    snprintf(path, sizeof path, "timed/diffusion/A-%d", (int)size);
    assert_ok(gt_mkdirs(kept_path(path), &err), err);
    snprintf(path, sizeof path, "timed/diffusion/A-%d/train.csv", (int)size);
    snprintf(text, sizeof text, "kind,epoch,images_per_second,seconds\n%s", rows);
    assert_ok(gt_outfile_save(kept_path(path), text, strlen(text), &err), err);
}

/* What an epoch does beside learning takes as long for any size; a process that goes on with a
 * training begins its clock anew. */
static void trainings_take_their_own_time(void **state) {
    call c;
    (void)state;
    begin(&c, kept_path("timed"));
    c.training.epochs = 10;
    c.training.epoch_rows = 0;
    gt_sweep own = sweep_of(&c);
    gt_twin t = {&own, 100, 0};
    assert_true(isnan(gt_estimate(&t, &gt_twins_training)));
    put_log(20, "epoch,1,5,7\nstep,2,5,9\nepoch,2,5,14\n");
    assert_near(gt_estimate(&t, &gt_twins_training), 10 * (100 / 5.0 + 3), 1e-9);
    put_log(20, "epoch,1,5,7\nepoch,2,5,14\nepoch,3,5,6\nepoch,4,5,12\n");
    assert_near(gt_estimate(&t, &gt_twins_training), 10 * (100 / 5.0 + 2), 1e-9);
    put_log(20, "epoch,1,5,7\nepoch,1,5,5\n"); /* as no run writes it */
    assert_near(gt_estimate(&t, &gt_twins_training), 10 * (100 / 5.0 + 1), 1e-9);
    put_log(20, "epoch,1,5,\n"); /* as a run of an older version, or without times */
    assert_near(gt_estimate(&t, &gt_twins_training), 10 * 100 / 5.0, 1e-9);
    put_log(100, "epoch,1,5,30\nepoch,2,5,60\n");
    assert_near(gt_estimate(&t, &gt_twins_training), 8 * 30, 1e-9);
    end_call(&c);
}

/* What needs a part that is computed otherwise is computed otherwise. */
static void editions_grow_with_what_is_needed(void **state) {
    (void)state;
    assert_int_equal(gt_twins_edition(&gt_twins_training), 1);
    assert_int_equal(gt_twins_edition(&gt_twins_samples), 2);
    assert_int_equal(gt_twins_edition(&gt_twins_cosine), 3);
    assert_int_equal(gt_twins_edition(&gt_twins_morphology), 2 + 2);
    assert_int_equal(gt_twins_edition(&gt_twins_nearest), 2 + 2);
    assert_int_equal(gt_twins_edition(&gt_twins_verdict), 2 + 3 + 4);
}

/* Half of it is there: the rest is told, with times, and then done; another process is at one
 * part, and what needs that waits. */
static void others_are_left_alone(void **state) {
    call c;
    gt_error err = {0};
    gt_runlock *lock = NULL;
    const char *out = kept_path("shared");
    (void)state;
    begin(&c, out);
    set_option(&c, "only", "4");
    assert_ok(go(&c), c.err);
    end_call(&c);
    begin(&c, out);
    assert_ok(gt_mkdirs(inside(out, "locks/diffusion-10-training-a"), &err), err);
    assert_ok(gt_runlock_acquire(inside(out, "locks/diffusion-10-training-a"), &lock, &err),
              err);
    set_option(&c, "dry-run", "true");
    assert_ok(go(&c), c.err);
    assert_int_equal(c.result.missing_count, PARTS / 2);
    assert_string_equal(c.result.missing[0].name, "training A");
    assert_true(c.result.missing[0].is_taken && c.result.taken == 1);
    for (size_t i = 0; i < PARTS / 2; i++) assert_true(c.result.missing[i].seconds > 0);
    set_option(&c, "dry-run", "false");
    assert_ok(go(&c), c.err);
    assert_int_equal(c.result.now, 5); /* all of B alone */
    assert_int_equal(c.result.taken, 1);
    gt_runlock_release(lock);
    assert_ok(go(&c), c.err);
    assert_int_equal(c.result.now, PARTS / 2 - 5);
    char *one = text_of(inside(out, "twins.csv")),
         *whole = text_of(inside(folder, "twins.csv"));
    assert_string_equal(one, whole);
    free(one);
    free(whole);
    end_call(&c);
}

/* A cannot learn; B can, and it is told at the end. */
static void failures_keep_nothing_else(void **state) {
    call c;
    gt_error err = {0};
    const char *out = kept_path("failing");
    (void)state;
    begin(&c, out);
    set_option(&c, "only", "10");
    set_option(&c, "dry-run", "true");
    assert_ok(go(&c), c.err);
    assert_true(isnan(c.result.missing[0].seconds));
    assert_int_not_equal(access(out, F_OK), 0);
    set_option(&c, "dry-run", "false");
    set_option(&c, "only", "4,training");
    assert_ok(go(&c), c.err);
    assert_ok(gt_mkdirs(inside(out, "diffusion/A-10/strange"), &err), err);
    set_option(&c, "only", "4,10");
    assert_int_equal(go(&c), GT_MISMATCH);
    assert_has(c.err.text, "training A of 10 images: ");
    assert_has(c.err.text, "holds 'strange'");
    assert_int_equal(c.result.now,
                     PARTS / 2 - 2 + 5); /* the rest of the small ones, and B of the large */
    end_call(&c);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(halves_are_disjoint_and_nested),
        cmocka_unit_test(rows_are_lent),
        cmocka_unit_test(everything_else_is_shared),
        cmocka_unit_test(cosines_are_of_pairs),
        cmocka_unit_test(nearest_are_of_the_own_half),
        cmocka_unit_test(lost_samples_leave_pairs),
        cmocka_unit_test(finished_parts_stay),
        cmocka_unit_test(lost_files_are_made_again),
        cmocka_unit_test(outdated_parts_are_told),
        cmocka_unit_test(times_grow_with_sizes),
        cmocka_unit_test(trainings_take_their_own_time),
        cmocka_unit_test(editions_grow_with_what_is_needed),
        cmocka_unit_test(others_are_left_alone),
        cmocka_unit_test(failures_keep_nothing_else),
    };
    return cmocka_run_group_tests(tests, make_all, end_kept);
}
