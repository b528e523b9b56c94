/* twins_pieces_test.c - what sweeps are made of: results as files, claims of several processes,
 * options of a sampler, densities on common bins, records that must agree. */
#include <math.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "galatea/figure.h"
#include "galatea/interrupt.h"
#include "twins/claims.h"
#include "twins/histograms.h"
#include "twins/numbers.h"
#include "twins/settings.h"
#include "twins/usual.h"
#include "twins_call.h"

static gt_error err;

/* ---- results ------------------------------------------------------------------------------
 */

static void put_file(const char *path, const char *text) {
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    fputs(text, file);
    assert_int_equal(fclose(file), 0);
}

static void numbers_come_back(void **state) {
    gt_numbers numbers = {0}, found = {0};
    double seconds = 0;
    (void)state;
    assert_ok(gt_numbers_put(&numbers, 0.1, &err, "w1_%s_%c", "level_0", 'a'), err);
    assert_ok(gt_numbers_put(&numbers, NAN, &err, "none"), err);
    assert_ok(gt_numbers_put(&numbers, 4294967295.0, &err, "hash_low"), err);
    assert_ok(gt_numbers_put_text(&numbers, "collapsed off", &err, "verdict_%c", 'b'), err);
    const gt_result_head head = {.model = "glow",
                                 .part = "inversion",
                                 .size = 10,
                                 .seconds = 1.5,
                                 .provenance = "{\"a\": 1}"};
    const char *path = in_folder("part.json");
    assert_ok(gt_numbers_write(path, &head, &numbers, &err), err);
    assert_ok(gt_numbers_read(path, &found, &seconds, &err), err);
    assert_int_equal(found.count, 4);
    assert_near(gt_numbers_get(&found, "w1_level_0_a"), 0.1, 0);
    assert_true(isnan(gt_numbers_get(&found, "none")));
    assert_true(isnan(gt_numbers_get(&found, "never put")));
    assert_near(gt_numbers_get(&found, "hash_low"), 4294967295.0, 0);
    assert_string_equal(gt_numbers_find(&found, "verdict_b")->text, "collapsed off");
    assert_null(gt_numbers_find(&found, "verdict_a"));
    assert_near(seconds, 1.5, 0);
    gt_numbers_free(&numbers);
    gt_numbers_free(&found);
}

static void damaged_results_are_told(void **state) {
    static const char *const damaged[] = {"",
                                          "{",
                                          "[]",
                                          "{\"numbers\": 3}",
                                          "{\"size\": 3}",
                                          "{\"numbers\": {}, \"numbers\": {}}"};
    gt_numbers found = {0};
    (void)state;
    for (size_t i = 0; i < sizeof damaged / sizeof *damaged; i++) {
        const char *path = in_folder("damaged.json");
        put_file(path, damaged[i]);
        assert_int_equal(gt_numbers_read(path, &found, NULL, &err), GT_BAD_FORMAT);
        assert_has(err.text, "damaged.json");
        assert_has(err.text, "remove it, and the part is done again");
    }
    assert_int_equal(gt_numbers_read(in_folder("none.json"), &found, NULL, &err), GT_NOT_FOUND);
    gt_numbers_free(&found);
}

static void summaries_have_their_names(void **state) {
    static const double values[] = {3, 1, 2, 10};
    gt_numbers numbers = {0};
    (void)state;
    assert_ok(gt_numbers_put_summary(&numbers, "cosine", 4, values, &err), err);
    assert_near(gt_numbers_get(&numbers, "cosine_mean"), 4, 1e-12);
    assert_near(gt_numbers_get(&numbers, "cosine_median"), 2.5, 1e-12);
    assert_near(gt_numbers_get(&numbers, "cosine_least"), 1, 0);
    assert_near(gt_numbers_get(&numbers, "cosine_most"), 10, 0);
    assert_near(gt_numbers_get(&numbers, "cosine_sd"), sqrt(50 / 3.0), 1e-12);
    gt_numbers_free(&numbers);
}

/* ---- claims -------------------------------------------------------------------------------
 */

static gt_sweep sweep_in(const char *folder) {
    return (gt_sweep){.folder = folder};
}

static bool is_free(const gt_sweep *sweep, const char *name) {
    gt_claim *claim = NULL;
    assert_ok(gt_claim_try(sweep, name, &claim, &err), err);
    bool is_free = claim != NULL;
    gt_claim_release(claim);
    return is_free;
}

/* A child that has a claim until it is killed, or for a moment. */
static pid_t claim_in_child(const gt_sweep *sweep, useconds_t moment) {
    int ready[2];
    char byte = 0;
    assert_int_equal(pipe(ready), 0);
    pid_t pid = fork();
    if (pid == 0) {
        gt_claim *claim = NULL;
        bool is_taken = gt_claim_try(sweep, "part", &claim, NULL) == GT_OK && claim;
        ssize_t told = write(ready[1], is_taken ? "y" : "n", 1);
        if (moment) {
            usleep(moment);
            gt_claim_release(claim);
            _exit(told == 1 ? 0 : 1);
        }
        for (;;) pause();
    }
    assert_int_equal(read(ready[0], &byte, 1), 1);
    assert_int_equal(byte, 'y');
    close(ready[0]);
    close(ready[1]);
    return pid;
}

static void one_part_has_one_process(void **state) {
    const gt_sweep sweep = sweep_in(kept_path("sweep"));
    gt_claim *claim = NULL;
    (void)state;
    pid_t child = claim_in_child(&sweep, 0);
    assert_false(is_free(&sweep, "part"));
    assert_true(is_free(&sweep, "other part"));
    kill(child, SIGKILL);
    assert_int_equal(waitpid(child, NULL, 0), child);
    assert_ok(gt_claim_try(&sweep, "part", &claim, &err), err); /* what a dead one had */
    assert_non_null(claim);
    assert_false(is_free(&sweep, "part"));
    gt_claim_release(claim);
    assert_true(is_free(&sweep, "part"));
    assert_int_not_equal(access(in_folder("sweep/locks"), F_OK), 0);
}

static void claims_are_waited_for(void **state) {
    const gt_sweep sweep = sweep_in(kept_path("waited"));
    gt_claim *claim = NULL;
    gt_session session = {0}, *before;
    (void)state;
    pid_t child = claim_in_child(&sweep, 60000);
    assert_ok(gt_claim_wait(&sweep, "part", &claim, &err), err);
    assert_non_null(claim);
    gt_claim_release(claim);
    assert_int_equal(waitpid(child, NULL, 0), child);
    child = claim_in_child(&sweep, 0); /* and given up when one is asked to stop */
    before = gt_session_enter(&session);
    gt_session_stop(&session);
    assert_int_equal(gt_claim_wait(&sweep, "part", &claim, &err), GT_INTERRUPTED);
    assert_has(err.text, "another process is at part");
    gt_session_enter(before);
    kill(child, SIGKILL);
    assert_int_equal(waitpid(child, NULL, 0), child);
}

/* ---- options of a sampler -----------------------------------------------------------------
 */

static void samplers_hear_what_is_said(void **state) {
    typedef struct sampler {
        int64_t steps;
        double beta;
    } sampler;
    static const gt_option rows[] = {
        {"steps", GT_INT_AT(sampler, steps), "7", "N", "steps", .min = 1, .max = 9},
        {"beta", GT_REAL_AT(sampler, beta), "0.5", "X", "beta", .min = 0, .max = 1}};
    static const gt_option_table table = GT_OPTION_TABLE("Sampler", rows);
    static const char *const wrong[] = {"steps", "steps=x", "stps=3", "steps=10", "beta=0.1 x"};
    gt_usual usual = {0};
    (void)state;
    assert_ok(gt_usual_open(&table, sizeof(sampler), NULL, &usual, &err), err);
    assert_int_equal(((const sampler *)usual.values)->steps, 7);
    gt_usual_close(&usual);
    assert_ok(gt_usual_open(&table, sizeof(sampler), " beta=0.25  steps=3", &usual, &err), err);
    assert_int_equal(((const sampler *)usual.values)->steps, 3);
    assert_near(((const sampler *)usual.values)->beta, 0.25, 0);
    gt_usual_close(&usual);
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        assert_int_equal(gt_usual_open(&table, sizeof(sampler), wrong[i], &usual, &err),
                         GT_USAGE);
        gt_usual_close(&usual);
    }
    assert_ok(gt_usual_open(NULL, 0, NULL, &usual, &err), err); /* a model without options */
    gt_usual_close(&usual);
}

/* ---- densities ----------------------------------------------------------------------------
 */

static void densities_share_their_bins(void **state) {
    gt_histograms *all = calloc(1, sizeof *all);
    double low = INFINITY, high = -INFINITY;
    (void)state;
    for (int i = 0; i < 100; i++) {
        assert_ok(gt_histograms_add(all, "one", i, &err), err);
        assert_ok(gt_histograms_add(all, "other", 50, &err), err);
    }
    assert_ok(gt_histograms_add(all, "other", NAN, &err), err);
    assert_ok(gt_histograms_add(all, "third", INFINITY, &err), err);
    assert_int_equal(all->count, 2); /* nothing finite makes no set */
    gt_histograms_range(all, &low, &high);
    assert_near(low, 0, 0);
    assert_near(high, 99, 0);
    gt_histograms_count(all, low, high, false);
    for (size_t i = 0; i < all->count; i++) {
        double area = 0;
        for (size_t k = 0; k < GT_HISTOGRAM_BINS; k++)
            area += all->heights[i][k] * (high - low) / GT_HISTOGRAM_BINS;
        assert_near(area, 1, 1e-12);
        assert_ptr_equal(all->lines[i].x, all->x);
        assert_near(all->y[i][0], 0, 0);
    }
    gt_histograms_count(all, low, high,
                        true); /* nothing is 0, and nothing below what one makes */
    for (size_t k = 0; k < GT_OUTLINE; k++) {
        assert_true(all->y[1][k] > 0);
        assert_true(all->x[k] >= low && all->x[k] <= high);
    }
    assert_near(all->y[1][0], 0.5 / (100 * (high - low) / GT_HISTOGRAM_BINS), 1e-12);
    assert_string_equal(all->lines[1].name, "other");
    gt_histograms_free(all);
    for (int i = 0; i < GT_HISTOGRAMS_MOST; i++) {
        char name[8];
        snprintf(name, sizeof name, "%d", i);
        assert_ok(gt_histograms_add(all, name, 1, &err), err);
    }
    assert_int_equal(gt_histograms_add(all, "more", 1, &err), GT_BAD_ARGUMENT);
    gt_histograms_free(all);
    free(all);
}

/* ---- settings -----------------------------------------------------------------------------
 */

static const char *data;

static void begin(call *c, const char *model) {
    static const char *const none[] = {NULL};
    begin_call(c, model, none, data, in_folder("recorded"));
    set_option(c, "sizes", "4,10");
}

static gt_sweep sweep_of(const call *c) {
    return (gt_sweep){.context = &c->context,
                      .job = &c->job,
                      .settings = &c->sweep,
                      .folder = c->training.out,
                      .sizes = {4, 10},
                      .size_count = 2};
}

static gt_status keep(const call *c) {
    const gt_sweep sweep = sweep_of(c);
    return gt_settings_keep(&sweep, &err);
}

static void records_must_agree(void **state) {
    static const struct {
        const char *key, *value, *says;
    } changes[] = {{"samples", "7", "samples = 1000, not 7"},
                   {"subset-seed", "2", "subset-seed = 1, not 2"},
                   {"learning-rate", "0.5", "learning-rate = 2e-05, not 0.5"},
                   {"epochs", "9", "epochs = 1, not 9"},
                   {"levels", "2", "levels = 3, not 2"},
                   {"nearest-turns", "true", "nearest-turns = false, not true"},
                   {"sampling", "max-steps=3", "sampling = (not set), not max-steps=3"}};
    call c;
    (void)state;
    begin(&c, "diffusion");
    assert_ok(keep(&c), err);
    assert_ok(gt_mkdirs(in_folder("recorded/diffusion/A-4"), &err), err);
    assert_ok(keep(&c), err);
    end_call(&c);
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
        begin(&c, "diffusion");
        set_option(&c, changes[i].key, changes[i].value);
        assert_int_equal(keep(&c), GT_MISMATCH);
        assert_has(err.text, changes[i].says);
        end_call(&c);
    }
    begin(&c, "glow"); /* another model has settings of its own, in the same sweep */
    set_option(&c, "epochs", "3");
    set_option(&c, "sampling", "temperature=0.5");
    assert_ok(keep(&c), err);
    set_option(&c, "samples", "7");
    assert_int_equal(keep(&c), GT_MISMATCH);
    end_call(&c);
}

/* A sweep of a time when there were no turns goes on without. */
static void older_records_agree(void **state) {
    static const char line[] = "nearest-turns = false\n";
    const char *path = in_folder("recorded/diffusion/config");
    call c;
    (void)state;
    char *text = text_of(path), *at = strstr(text, line);
    assert_non_null(at);
    memmove(at, at + sizeof line - 1, strlen(at + sizeof line - 1) + 1);
    put_file(path, text);
    for (int turns = 0; turns < 2; turns++) {
        begin(&c, "diffusion");
        if (turns) set_option(&c, "nearest-turns", "true");
        assert_int_equal(keep(&c), turns ? GT_MISMATCH : GT_OK);
        end_call(&c);
    }
    free(text);
}

/* What was said once. */
static void records_speak_for_later_calls(void **state) {
    gt_twins_settings sweep;
    gt_train_settings training;
    gt_options *options = NULL;
    const gt_model_class *model = NULL;
    (void)state;
    assert_ok(gt_model_class_find("glow", &model, &err), err);
    void *own = calloc(1, model->settings_size);
    assert_ok(gt_options_create(&options, &err), err);
    assert_ok(gt_options_add(options, &gt_twins_options, &sweep, &err), err);
    assert_ok(gt_options_add(options, &gt_train_options, &training, &err), err);
    assert_ok(gt_options_add(options, model->options, own, &err), err);
    assert_ok(
        gt_options_set(options, "out", in_folder("recorded"), GT_FROM_COMMAND, NULL, &err),
        err);
    assert_ok(gt_twins_resolve_settings(options, model, &training, "tiny", &err), err);
    assert_int_equal(sweep.sizes.count, 2);
    assert_near(sweep.sizes.value[1], 10, 0);
    assert_int_equal(sweep.samples, 1000);
    assert_string_equal(sweep.sampling, "temperature=0.5");
    assert_int_equal(training.epochs, 3);
    assert_string_equal(training.data, data);
    gt_options_destroy(options);
    free(own);
}

static void settings_are_checked(void **state) {
    static const struct {
        const char *key, *value, *says;
        gt_status status;
    } wrong[] = {
        {"sizes", "10,4", "size 4 after 10", GT_USAGE},
        {"sizes", "4,4", "size 4 after 4", GT_USAGE},
        {"sizes", "4.5", "size 4.5", GT_USAGE},
        {"only", "4,cosin", "only 'cosin': expected one of the sizes, or a part", GT_USAGE},
        {"only", "5", "only '5'", GT_USAGE},
        {"rows", "all", "rows all", GT_USAGE},
        {"train-share", "0.5", "train-share", GT_USAGE},
        {"sampling", "nothing=1", "sampling of diffusion: unknown key 'nothing'", GT_USAGE}};
    call c;
    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        begin(&c, "diffusion");
        set_option(&c, wrong[i].key, wrong[i].value);
        gt_sweep sweep = sweep_of(&c);
        assert_int_equal(gt_settings_read(&sweep, &err), wrong[i].status);
        assert_has(err.text, wrong[i].says);
        end_call(&c);
    }
    static const char *const models[] = {"maf", "simclr", "byol", "simsiam"};
    for (size_t i = 0; i < sizeof models / sizeof *models; i++) {
        begin(&c, models[i]);
        gt_sweep sweep = sweep_of(&c);
        assert_int_equal(gt_settings_read(&sweep, &err), GT_UNSUPPORTED);
        assert_has(err.text, models[i]);
        end_call(&c);
    }
}

/* Sizes alone mean all parts, parts alone all sizes. */
static void a_list_chooses(void **state) {
    static const struct {
        const char *only;
        bool sizes[2], training, cosine;
    } cases[] = {{"4", {true, false}, true, true},
                 {"training", {true, true}, true, false},
                 {"10,cosine", {false, true}, false, true},
                 {"4,10,cosine,training", {true, true}, true, true}};
    call c;
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        begin(&c, "diffusion");
        set_option(&c, "only", cases[i].only);
        gt_sweep sweep = sweep_of(&c);
        assert_ok(gt_settings_read(&sweep, &err), err);
        for (int k = 0; k < 2; k++) assert_int_equal(sweep.wants_size[k], cases[i].sizes[k]);
        for (size_t k = 0; gt_twins_part_at(k); k++) {
            if (gt_twins_part_at(k) == &gt_twins_training)
                assert_int_equal(sweep.wants_part[k], cases[i].training);
            if (gt_twins_part_at(k) == &gt_twins_cosine)
                assert_int_equal(sweep.wants_part[k], cases[i].cosine);
        }
        end_call(&c);
    }
}

/* Every part that another one needs is one, and stands before it. */
static void needs_are_met_in_order(void **state) {
    (void)state;
    for (size_t k = 0; gt_twins_part_at(k); k++)
        for (int i = 0; i < GT_TWINS_NEEDS && gt_twins_part_at(k)->needs[i]; i++) {
            bool is_before = false;
            for (size_t at = 0; at < k; at++)
                is_before |=
                    strcmp(gt_twins_part_at(at)->name, gt_twins_part_at(k)->needs[i]) == 0;
            if (!is_before)
                fail_msg("%s needs %s, which is not before it", gt_twins_part_at(k)->name,
                         gt_twins_part_at(k)->needs[i]);
        }
}

static void strange_folders_are_refused(void **state) {
    call c;
    (void)state;
    begin(&c, "diffusion");
    set_option(&c, "out", in_folder("strange"));
    assert_ok(gt_mkdirs(in_folder("strange/pictures"), &err), err);
    assert_int_equal(keep(&c), GT_MISMATCH);
    assert_has(err.text, "holds 'pictures' but no sweep");
    set_option(&c, "out", in_folder("empty"));
    assert_ok(gt_mkdirs(in_folder("empty"), &err), err);
    assert_ok(keep(&c), err);
    end_call(&c);
}

static int make_all(void **state) {
    (void)state;
    begin_kept();
    data = make_picture_set((made_pictures){.name = "set.h5", .rows = 48});
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_come_back),
        cmocka_unit_test(damaged_results_are_told),
        cmocka_unit_test(summaries_have_their_names),
        cmocka_unit_test(one_part_has_one_process),
        cmocka_unit_test(claims_are_waited_for),
        cmocka_unit_test(samplers_hear_what_is_said),
        cmocka_unit_test(densities_share_their_bins),
        cmocka_unit_test(records_must_agree),
        cmocka_unit_test(older_records_agree),
        cmocka_unit_test(records_speak_for_later_calls),
        cmocka_unit_test(settings_are_checked),
        cmocka_unit_test(a_list_chooses),
        cmocka_unit_test(needs_are_met_in_order),
        cmocka_unit_test(strange_folders_are_refused),
    };
    return cmocka_run_group_tests(tests, make_all, end_kept);
}
