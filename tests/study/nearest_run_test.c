/* nearest_run_test.c - a run that is trained beside what it learned from: which rows, which
 * samples, what is left of it, when it is done again, and when there is nothing to compare. */
#include <math.h>
#include <signal.h>

#include "galatea/interrupt.h"
#include "galatea/run.h"
#include "nearest.h"
#include "sampling.h"
#include "study_pictures.h"

enum { SAMPLES = 9 };

static const gt_value_range range = {-1, 3};
static const char *bytes_set, *bytes_run, *floats_set, *floats_run, *flow_set, *flow;
static const gt_model_class *vdvae;

static int make_all(void **state) {
    gt_error err = {0};
    (void)state;
    begin_kept();
    assert_ok(gt_model_class_find("vdvae", &vdvae, &err), err);
    bytes_set = make_picture_set((made_pictures){.name = "bytes.h5"});
    bytes_run = make_vdvae(bytes_set, "bytes");
    floats_set =
        make_picture_set((made_pictures){.name = "f.h5", .is_float = true, .range = range});
    floats_run = make_vdvae(floats_set, "floats");
    flow_set = make_set((made_set){.name = "c.h5", .rows = 60, .width = 3, .seed = 1});
    flow = make_flow(flow_set);
    return 0;
}

static gt_train_settings settings_for(const char *data, const char *run) {
    return (gt_train_settings){
        .data = data, .out = run, .nearest = SAMPLES, .threads = 1, .exact = true};
}

static const char *table_of(const char *run) {
    static char path[512];
    snprintf(path, sizeof path, "%s/nearest.csv", run);
    return path;
}

typedef enum ways { ONE = 1, FOUR = 4, EIGHT = 8 } ways; /* to lay a sample */

/* Compares, and returns the table; yours. */
static char *compare(const char *data, const char *run, ways way) {
    gt_error err = {0};
    gt_train_settings settings = settings_for(data, run);
    settings.flip = way == FOUR;
    settings.nearest_turns = way == EIGHT;
    remarks[0] = '\0';
    gt_log_to(keep_remark, NULL);
    assert_ok(gt_nearest_tell(vdvae, &settings, false, &err), err);
    gt_log_to(NULL, NULL);
    return text_of(table_of(run));
}

/* ---- what is compared ----------------------------------------------------------------------
 */

/* The pictures that `galatea sample` makes with seed 1, as they lie in its set. */
static float *samples_of(const char *run) {
    gt_error err = {0};
    size_t count = 0, values = 0;
    gt_sampled made;
    use_settings u;
    const gt_sample_settings settings = {.out = kept_path("s.h5"),
                                         .colours = "gray",
                                         .count = SAMPLES,
                                         .seed = 1,
                                         .columns = 4,
                                         .exact = true};
    begin_use_of(&u, "vdvae", true);
    assert_ok(gt_sample_write(&u.context, run, &settings, u.values, &made, &err), err);
    end_use(&u);
    float *levels = values_in(settings.out, &count, &values);
    assert_int_equal(count, SAMPLES);
    return levels;
}

/* Of the rows that train alone the most alike, by a plain loop; *row is it. */
static double best_of(const float *sample, const float *set, const gt_run_origin *origin,
                      uint64_t *row) {
    double best = -2;
    for (size_t i = 0; i < origin->train_count; i++) {
        double score = correlation(sample, set + origin->train[i] * PICTURE_VALUES);
        if (score > best) best = score, *row = origin->train[i];
    }
    return best;
}

static void assert_compared(const char *data, const char *run) {
    gt_error err = {0};
    gt_run_origin origin = {0};
    size_t count = 0, values = 0;
    char *table = compare(data, run, ONE), says[64];
    float *samples = samples_of(run), *set = values_in(data, &count, &values);
    double highest = -2;
    assert_ok(gt_run_origin_find(run, NULL, &origin, &err), err);
    assert_true(origin.train_count < PICTURE_ROWS); /* others were held out */
    assert_int_equal(lines_in(table), SAMPLES + 1);
    for (size_t i = 0; i < SAMPLES; i++) {
        uint64_t row = 0;
        char id[32];
        double best = best_of(samples + i * PICTURE_VALUES, set, &origin, &row);
        assert_int_equal(strtol(cell_in(table, i + 1, 0), NULL, 10), i);
        assert_int_equal(strtol(cell_in(table, i + 1, 1), NULL, 10), row);
        assert_near(strtod(cell_in(table, i + 1, 2), NULL), best, 1e-5);
        assert_string_equal(cell_in(table, i + 1, 3), "as it is");
        snprintf(id, sizeof id, "source-%d", (int)row);
        assert_string_equal(cell_in(table, i + 1, 5), id);
        highest = fmax(highest, best);
    }
    snprintf(says, sizeof says, "9 samples beside the %zu pictures learned from: cosine",
             origin.train_count);
    assert_has(remarks, says);
    snprintf(says, sizeof says, "%.3f at most", highest);
    assert_has(remarks, says);
    gt_run_origin_free(&origin);
    free(table);
    free(samples);
    free(set);
}

static void rows_that_train(void **state) {
    (void)state;
    assert_compared(bytes_set, bytes_run);
    assert_compared(floats_set, floats_run);
}

/* More ways can but bring samples nearer, and some of them do. */
static void ways_to_lay_samples(void **state) {
    static const ways more[] = {FOUR, EIGHT};
    char *few = compare(bytes_set, bytes_run, ONE);
    (void)state;
    for (size_t k = 0; k < 2; k++) {
        char *many = compare(bytes_set, bytes_run, more[k]);
        int nearer = 0;
        for (size_t i = 1; i <= SAMPLES; i++) {
            double old = strtod(cell_in(few, i, 2), NULL),
                   best = strtod(cell_in(many, i, 2), NULL);
            const char *way = cell_in(many, i, 3);
            bool is_other = k ? strstr(way, "90 deg") || strstr(way, "270 deg")
                              : strcmp(way, "as it is") != 0;
            assert_true(best >= old - 1e-9);
            assert_int_equal(is_other, best > old);
            nearer += is_other;
        }
        assert_true(nearer > 0);
        free(few);
        few = many;
    }
    free(few);
}

/* ---- when it is done -----------------------------------------------------------------------
 */

static gt_status tell(const gt_model_class *kind, const gt_train_settings *settings,
                      bool was_finished, gt_error *err) {
    remarks[0] = '\0';
    gt_log_to(keep_remark, NULL);
    gt_status status = gt_nearest_tell(kind, settings, was_finished, err);
    gt_log_to(NULL, NULL);
    return status;
}

/* A finished run keeps what it has, and gets what it lacks; one that went on gets its own. */
static void done_again(void **state) {
    gt_error err = {0};
    gt_train_settings settings = settings_for(bytes_set, bytes_run);
    const char *path = table_of(bytes_run);
    (void)state;
    write_file(path, "kept\n", 5);
    assert_ok(tell(vdvae, &settings, true, &err), err);
    char *text = text_of(path);
    assert_string_equal(text, "kept\n");
    assert_string_equal(remarks, "");
    free(text);
    assert_ok(tell(vdvae, &settings, false, &err), err);
    text = text_of(path);
    assert_int_equal(lines_in(text), SAMPLES + 1);
    free(text);
    assert_int_equal(unlink(path), 0);
    assert_ok(tell(vdvae, &settings, true, &err), err);
    assert_int_equal(access(path, F_OK), 0);
}

/* Codes are no pictures; none may be asked for; a set may be gone. */
static void nothing_to_compare(void **state) {
    gt_error err = {0};
    const gt_model_class *maf = NULL;
    gt_train_settings settings = settings_for(flow_set, flow);
    const char *moved = kept_path("moved.h5");
    (void)state;
    assert_ok(gt_model_class_find("maf", &maf, &err), err);
    assert_ok(tell(maf, &settings, false, &err), err);
    assert_int_equal(access(table_of(flow), F_OK), -1);
    settings = settings_for(floats_set, floats_run);
    (void)unlink(table_of(floats_run));
    settings.nearest = 0;
    assert_ok(tell(vdvae, &settings, false, &err), err);
    assert_string_equal(remarks, "");
    settings.nearest = SAMPLES;
    assert_int_equal(rename(floats_set, moved), 0);
    assert_ok(tell(vdvae, &settings, false, &err), err);
    assert_has(remarks, "samples are not compared: the data set that");
    assert_int_equal(access(table_of(floats_run), F_OK), -1);
    settings.data = moved; /* the same bytes elsewhere */
    assert_ok(tell(vdvae, &settings, false, &err), err);
    assert_int_equal(access(table_of(floats_run), F_OK), 0);
    assert_int_equal(rename(moved, floats_set), 0);
}

/* A signal leaves no table of other weights behind, and the next call makes it. */
static void interrupted(void **state) {
    gt_error err = {0};
    gt_train_settings settings = settings_for(bytes_set, bytes_run);
    (void)state;
    write_file(table_of(bytes_run), "old\n", 4);
    assert_ok(gt_interrupt_install(&err), err);
    assert_int_equal(raise(SIGTERM), 0);
    assert_int_equal(tell(vdvae, &settings, false, &err), GT_INTERRUPTED);
    gt_interrupt_remove();
    assert_has(err.text, "is trained, and the same command compares them");
    assert_int_equal(access(table_of(bytes_run), F_OK), -1);
    assert_ok(tell(vdvae, &settings, true, &err), err);
    assert_int_equal(access(table_of(bytes_run), F_OK), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_that_train), cmocka_unit_test(ways_to_lay_samples),
        cmocka_unit_test(done_again), cmocka_unit_test(nothing_to_compare),
        cmocka_unit_test(interrupted)};
    return cmocka_run_group_tests(tests, make_all, end_kept);
}
