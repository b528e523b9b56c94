/* twins_checks_test.c - what a sweep refuses before anything is made or learned, by a dry run
 * as well, and from when on its settings count. */
#include <math.h>
#include <unistd.h>

#include "file.h"
#include "twins/settings.h"
#include "twins/subsets.h"
#include "twins_call.h"

enum { ROWS = 48, HALF = 15 };

static gt_error err;
static const char *data;

static void begin(call *c, const char *model, const char *out) {
    static const char *const none[] = {NULL};
    begin_call(c, model, none, data, kept_path(out));
    set_option(c, "sizes", "4,15");
}

static gt_sweep sweep_of(const call *c) {
    return (gt_sweep){.context = &c->context,
                      .job = &c->job,
                      .settings = &c->sweep,
                      .folder = c->training.out,
                      .sizes = {4, HALF},
                      .size_count = 2};
}

/* With and without a dry run, and nothing is left. */
static void is_refused(call *c, gt_status expected, const char *says) {
    for (int dry = 0; dry < 2; dry++) {
        set_option(c, "dry-run", dry ? "true" : "false");
        assert_int_equal(go(c), expected);
        assert_has(c->err.text, says);
        assert_int_not_equal(access(c->training.out, F_OK), 0);
    }
    end_call(c);
}

/* ---- can it learn? ---- */

static void sizes_fill_a_batch(void **state) {
    static const struct {
        const char *model, *key, *value, *says;
    } cases[] = {
        {"diffusion", "batch", "8", "size 4: 4 rows to train on do not fill one batch of 8"},
        {"glow", "batch", "5", "size 4: 4 rows to train on do not fill one batch of 5"},
        {"gan", "batch", "1", "size 4: a batch of 1 of its 10 rows, expected at least 2"}};
    call c;
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        begin(&c, cases[i].model, "unfilled");
        set_option(&c, cases[i].key, cases[i].value);
        is_refused(&c, GT_BAD_ARGUMENT, cases[i].says);
    }
    begin(&c, "diffusion", "often"); /* rows that come again do fill it */
    set_option(&c, "batch", "8");
    set_option(&c, "epoch-rows", "8");
    set_option(&c, "dry-run", "true");
    assert_ok(go(&c), c.err);
    end_call(&c);
}

static void pictures_suit_the_model(void **state) {
    call c;
    (void)state;
    begin(&c, "vdvae", "unsuited");
    is_refused(&c, GT_USAGE, "set.h5: encoder-blocks begin at 64, but the images are 16");
}

/* Of the row that the user's own file has: one that trains, validates, is for the test. */
static void rows_are_sound(void **state) {
    static const uint64_t odd[] = {8, 5, 7};
    static const char *const says[] = {"row 8", "row 5", "row 7"};
    call c;
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        const made_pictures m = {.name = "odd.h5",
                                 .rows = ROWS,
                                 .is_float = true,
                                 .range = {0, 1},
                                 .odd_row = odd[i],
                                 .odd = NAN};
        const char *set = make_picture_set(m);
        begin(&c, "diffusion", "unsound");
        set_option(&c, "data", set);
        is_refused(&c, GT_NOT_FINITE, says[i]);
    }
    begin(&c, "diffusion", "few"); /* no sample is compared with it */
    set_option(&c, "data", kept_path("odd.h5"));
    set_option(&c, "subset-seed", "3");
    set_option(&c, "samples", "1");
    set_option(&c, "dry-run", "true");
    assert_ok(go(&c), c.err);
    end_call(&c);
}

/* Pictures that come again, in both halves and among those that no model sees: told at once. */
static void equal_pictures_are_told(void **state) {
    call c;
    gt_dataset *set = NULL;
    (void)state;
    assert_ok(gt_dataset_open(data, &set, &err), err);
    gt_dataset_info info = *gt_dataset_describe(set);
    size_t size = gt_dataset_row_bytes(&info);
    char *bytes = malloc(size), *path = kept_path("twice.h5");
    gt_dataset_writer *writer = NULL;
    info.count = 40;
    info.columns = 0;
    info.class_names = NULL;
    info.class_count = info.id_length = 0;
    info.provenance = NULL;
    assert_ok(gt_dataset_writer_create(path, &info, &writer, &err), err);
    for (uint64_t i = 0; i < 40; i++) {
        assert_ok(gt_dataset_read_bytes(set, i % 10, 1, bytes, &err), err);
        assert_ok(gt_dataset_writer_append(writer, bytes, NULL, 1, &err), err);
    }
    assert_ok(gt_dataset_writer_commit(writer, &err), err);
    gt_dataset_close(set);
    free(bytes);
    begin(&c, "diffusion", "equal");
    set_option(&c, "data", path);
    set_option(&c, "dry-run", "true");
    remarks_begin();
    assert_ok(go(&c), c.err);
    assert_has(remarks,
               " of 15 rows that B learns from show the same as rows that A does (row ");
    assert_has(remarks,
               " of 4 rows to validate and test by show the same as rows that are learned");
    set_option(&c, "data", data);
    remarks_begin();
    assert_ok(go(&c), c.err);
    assert_null(strstr(remarks, "the same"));
    gt_log_to(NULL, NULL);
    end_call(&c);
}

static void parts_are_those_of_the_model(void **state) {
    static const struct {
        const char *model, *only, *says;
    } cases[] = {
        {"glow", "scores", "only 'scores': expected one of the sizes, or a part of glow: "},
        {"gan", "4,inversion", "only 'inversion': expected one of the sizes, or a part of gan"},
        {"diffusion", "inversion", "cosine, nearest, denoising, morphology, verdict"}};
    call c;
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        begin(&c, cases[i].model, "partless");
        set_option(&c, "only", cases[i].only);
        is_refused(&c, GT_USAGE, cases[i].says);
    }
}

/* ---- is it the same sweep? ---- */

static void another_set_is_told(void **state) {
    call c;
    (void)state;
    begin(&c, "diffusion", "same");
    const gt_sweep sweep = sweep_of(&c);
    assert_ok(gt_mkdirs(c.training.out, &err), err);
    assert_ok(gt_settings_keep(&sweep, &err), err);
    assert_ok(gt_subsets_make(&sweep, &err), err);
    assert_ok(gt_subsets_check(&sweep, &err), err);
    const char *other =
        make_picture_set((made_pictures){.name = "other.h5", .rows = ROWS, .first = 8});
    set_option(&c, "data", other);
    for (int dry = 0; dry < 2; dry++) {
        set_option(&c, "dry-run", dry ? "true" : "false");
        assert_int_equal(go(&c), GT_MISMATCH);
        assert_has(c.err.text, "holds subsets of another set than ");
        assert_has(c.err.text, "other.h5");
    }
    end_call(&c);
}

/* Of a model until a run of it is there; and then by one sentence, whichever it is. */
static void settings_bind_what_has_begun(void **state) {
    static const struct {
        const char *key, *value, *says;
    } changes[] = {
        {"batch", "2", "free/diffusion was begun with batch = 3, not 2; resume it"},
        {"epochs", "7", "free/diffusion was begun with epochs = 1, not 7; resume it"}};
    call c;
    (void)state;
    begin(&c, "diffusion", "free");
    const gt_sweep sweep = sweep_of(&c);
    assert_ok(gt_settings_keep(&sweep, &err), err);
    set_option(&c, "batch", "3");
    assert_ok(gt_settings_keep(&sweep, &err), err);
    char *record = text_of(inside(c.training.out, "diffusion/config"));
    assert_has(record, "\nbatch = 3\n");
    free(record);
    assert_ok(gt_mkdirs(inside(c.training.out, "diffusion/B-15"), &err), err);
    assert_ok(gt_settings_keep(&sweep, &err), err);
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
        set_option(&c, changes[i].key, changes[i].value);
        assert_int_equal(gt_settings_keep(&sweep, &err), GT_MISMATCH);
        assert_has(err.text, changes[i].says);
        set_option(&c, changes[i].key, i ? "1" : "3");
    }
    end_call(&c);
}

/* Both of a pair sum up alike, whatever was asked for: 0 are as many as there are. */
static void threads_are_those_of_the_first(void **state) {
    call c;
    (void)state;
    begin(&c, "diffusion", "threads");
    const gt_sweep sweep = sweep_of(&c);
    set_option(&c, "threads", "0");
    c.context.threads = 3;
    assert_ok(gt_settings_keep(&sweep, &err), err);
    assert_ok(gt_mkdirs(inside(c.training.out, "diffusion/A-4"), &err), err);
    set_option(&c, "threads", "3");
    assert_ok(gt_settings_keep(&sweep, &err), err);
    c.context.threads = 2;
    set_option(&c, "threads", "2");
    assert_int_equal(gt_settings_keep(&sweep, &err), GT_MISMATCH);
    assert_has(err.text, "threads/diffusion was begun with threads = 3, not 2");
    end_call(&c);
}

/* What a second model need not be told. */
static void the_set_is_known(void **state) {
    gt_twins_settings own;
    gt_train_settings training;
    gt_options *options = NULL;
    const gt_model_class *gan = NULL;
    call c;
    (void)state;
    begin(&c, "diffusion", "known");
    const gt_sweep sweep = sweep_of(&c);
    assert_ok(gt_settings_keep(&sweep, &err), err);
    assert_ok(gt_model_class_find("gan", &gan, &err), err);
    void *settings = calloc(1, gan->settings_size);
    assert_ok(gt_options_create(&options, &err), err);
    assert_ok(gt_options_add(options, &gt_twins_options, &own, &err), err);
    assert_ok(gt_options_add(options, &gt_train_options, &training, &err), err);
    assert_ok(gt_options_add(options, gan->options, settings, &err), err);
    assert_ok(gt_options_set(options, "out", c.training.out, GT_FROM_COMMAND, NULL, &err), err);
    assert_ok(gt_twins_resolve_settings(options, gan, &training, "tiny", &err), err);
    assert_string_equal(training.data, data);
    assert_int_equal(own.sizes.count, 2);
    gt_options_destroy(options);
    free(settings);
    end_call(&c);
}

static int make_all(void **state) {
    (void)state;
    begin_kept();
    data = make_picture_set((made_pictures){.name = "set.h5", .rows = ROWS});
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sizes_fill_a_batch),
        cmocka_unit_test(pictures_suit_the_model),
        cmocka_unit_test(rows_are_sound),
        cmocka_unit_test(equal_pictures_are_told),
        cmocka_unit_test(parts_are_those_of_the_model),
        cmocka_unit_test(another_set_is_told),
        cmocka_unit_test(settings_bind_what_has_begun),
        cmocka_unit_test(threads_are_those_of_the_first),
        cmocka_unit_test(the_set_is_known),
    };
    return cmocka_run_group_tests(tests, make_all, end_kept);
}
