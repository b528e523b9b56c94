/* What results remember of who asked, what sets are called, and outputs that would replace what
 * is read. */
#include <jansson.h>
#include <sys/stat.h>

#include "guard.h"
#include "labels.h"
#include "provenance.h"
#include "study_sets.h"

/* ---- Records ----------------------------------------------------------------------------- */

typedef struct settings {
    const char *out, *how;
    int64_t count, threads;
    bool exact;
    gt_reals levels;
} settings;

static const gt_option rows[] = {
    {"out", GT_TEXT_AT(settings, out), NULL, "FILE", "output", .path = GT_WRITES},
    {"how", GT_CHOICE_AT(settings, how), "plain", "NAME", "way", .choices = "plain|fancy"},
    {"count", GT_INT_AT(settings, count), "3", "N", "rows", .min = 0, .max = 99},
    {"exact", GT_FLAG_AT(settings, exact), "true", NULL, "as it is"},
    {"levels", GT_REALS_AT(settings, levels), "1,2.5", "X,...", "several"},
};
static const gt_option_table own = GT_OPTION_TABLE("Own", rows);
static const gt_option shared_rows[] = {
    {"threads", GT_INT_AT(settings, threads), "1", "N", "workers", .min = 0, .max = 99}};
static const gt_option_table shared = GT_OPTION_TABLE("Shared", shared_rows);
static const gt_option_table *const recorded[] = {&own, NULL};

typedef struct asking {
    settings values;
    gt_invocation asked;
} asking;

static void ask(asking *a, int argc, const char *const *argv) {
    gt_error err = {0};
    *a = (asking){.asked = {.command = "draw", .tables = recorded, .table_count = 2}};
    gt_options **options = &a->asked.options;
    assert_ok(gt_options_create(options, &err), err);
    assert_ok(gt_options_add(*options, &own, &a->values, &err), err);
    assert_ok(gt_options_add(*options, &shared, &a->values, &err), err);
    assert_ok(gt_options_parse(*options, argc, argv, &err), err);
    a->asked.words = gt_options_words(*options, &a->asked.word_count);
}

static void assert_line(const asking *a, const char *expected) {
    gt_error err = {0};
    char *line = NULL;
    assert_ok(gt_command_line(&a->asked, &line, &err), err);
    assert_string_equal(line, expected);
    free(line);
}

/* What differs from the defaults and belongs to the command, as a shell takes it. */
static void writes_lines(void **state) {
    asking a;
    static const char *const said[] = {"it's here", "--no-exact", "--threads", "8",
                                       "--count",   "5",          "--out",     "a b$.csv"};
    (void)state;
    ask(&a, 0, NULL);
    assert_line(&a, "galatea draw");
    gt_options_destroy(a.asked.options);
    ask(&a, 8, said);
    assert_line(&a, "galatea draw 'it'\\''s here' --out 'a b$.csv' --count 5 --no-exact");
    a.asked.variant = "vdvae";
    assert_line(&a, "galatea draw 'it'\\''s here' --out 'a b$.csv' --count 5 --no-exact");
    a.asked.variant_is_word = true;
    assert_line(&a, "galatea draw vdvae 'it'\\''s here' --out 'a b$.csv' --count 5 --no-exact");
    gt_options_destroy(a.asked.options);
}

/* Every setting of the command with its type, none of another; sums of the inputs by name. */
static void writes_records(void **state) {
    gt_error err = {0};
    asking a;
    static const char *const said[] = {"--threads", "8", "--how", "fancy"};
    char *text = NULL, *again = NULL;
    (void)state;
    ask(&a, 4, said);
    a.asked.variant = "maf";
    write_file(in_folder("one \"x\".bin"), "abc", 3);
    write_file(in_folder("two.bin"), "abd", 3);
    char first[512], second[512];
    snprintf(first, sizeof first, "%s", in_folder("one \"x\".bin"));
    snprintf(second, sizeof second, "%s", in_folder("two.bin"));
    const char *const inputs[] = {first, second, NULL};
    assert_ok(
        gt_provenance_make_with(&a.asked, inputs, "training", "{\"seed\": 4}", &text, &err),
        err);
    json_t *record = json_loads(text, 0, NULL), *options = json_object_get(record, "options");
    assert_non_null(record);
    assert_string_equal(json_string_value(json_object_get(record, "command")),
                        "galatea draw maf");
    assert_int_equal(json_object_size(options), 5);
    assert_int_equal(json_array_size(json_object_get(options, "levels")), 2);
    assert_true(json_is_null(json_object_get(options, "out")));
    assert_string_equal(json_string_value(json_object_get(options, "how")), "fancy");
    assert_int_equal(json_integer_value(json_object_get(options, "count")), 3);
    assert_true(json_is_true(json_object_get(options, "exact")));
    assert_int_equal(
        json_integer_value(json_object_get(json_object_get(record, "training"), "seed")), 4);
    json_t *sums = json_object_get(record, "inputs");
    assert_int_equal(json_object_size(sums), 2);
    assert_int_equal(strlen(json_string_value(json_object_get(sums, first))), 16);
    assert_string_not_equal(json_string_value(json_object_get(sums, first)),
                            json_string_value(json_object_get(sums, second)));
    json_decref(record);
    assert_ok(
        gt_provenance_make_with(&a.asked, inputs, "training", "{\"seed\": 4}", &again, &err),
        err);
    assert_string_equal(text, again); /* equal calls, equal files */
    free(text);
    free(again);
    const char *const missing[] = {in_folder("nothing"), NULL};
    assert_int_equal(gt_provenance_make(&a.asked, missing, &text, &err), GT_NOT_FOUND);
    gt_options_destroy(a.asked.options);
}

/* Five members and nothing of the machine: no folder, host, user or time that was not said.
 * Inputs stand there as they were named. */
static void tells_no_more_than_it_was_told(void **state) {
    static const char *const members[] = {"command", "version", "options", "line", "inputs"};
    static const char *const inputs[] = {"one.bin", NULL};
    gt_error err = {0};
    asking a;
    char *text = NULL, before[512], host[256] = "";
    (void)state;
    write_file(in_folder("one.bin"), "abc", 3);
    assert_non_null(getcwd(before, sizeof before));
    assert_int_equal(chdir(temp_folder), 0);
    ask(&a, 0, NULL);
    gt_status status = gt_provenance_make(&a.asked, inputs, &text, &err);
    assert_int_equal(chdir(before), 0);
    assert_ok(status, err);
    json_t *record = json_loads(text, 0, NULL);
    assert_int_equal(json_object_size(record), 5);
    for (size_t i = 0; i < 5; i++) assert_non_null(json_object_get(record, members[i]));
    assert_non_null(json_object_get(json_object_get(record, "inputs"), "one.bin"));
    assert_null(json_object_get(json_object_get(record, "options"), "threads"));
    assert_int_equal(gethostname(host, sizeof host - 1), 0);
    const char *const secrets[] = {temp_folder, before, host, getenv("HOME"), "/"};
    for (size_t i = 0; i < sizeof secrets / sizeof *secrets; i++)
        if (secrets[i] && strlen(secrets[i]) > (i == 4 ? 0 : 1) && strstr(text, secrets[i]))
            fail_msg("'%s' is in %s", secrets[i], text);
    json_decref(record);
    free(text);
    gt_options_destroy(a.asked.options);
}

/* Sums are of what is in a file, wherever it lies; of a folder, of what its files hold. */
static void sums_follow_the_bytes(void **state) {
    gt_error err = {0};
    asking a;
    char *text = NULL, first[512], second[512], folder[512];
    char sums[3][32];
    (void)state;
    ask(&a, 0, NULL);
    snprintf(first, sizeof first, "%s", in_folder("a.bin"));
    snprintf(second, sizeof second, "%s", in_folder("b.bin"));
    snprintf(folder, sizeof folder, "%s", in_folder("sub"));
    assert_int_equal(mkdir(folder, 0777), 0);
    write_file(in_folder("sub/c.bin"), "x", 1);
    const char *const inputs[] = {first, second, folder, NULL};
    for (int change = 0; change < 3; change++) {
        write_file(first, "abc", 3);
        write_file(second, change == 1 ? "abd" : "abc", 3);
        if (change == 2) write_file(in_folder("sub/c.bin"), "y", 1);
        assert_ok(gt_provenance_make(&a.asked, inputs, &text, &err), err);
        json_t *record = json_loads(text, 0, NULL), *list = json_object_get(record, "inputs");
        char was[32] = "";
        snprintf(was, sizeof was, "%s", sums[2]);
        for (size_t i = 0; i < 3; i++)
            snprintf(sums[i], sizeof sums[i], "%s",
                     json_string_value(json_object_get(list, inputs[i])));
        assert_int_equal(strcmp(sums[0], sums[1]) == 0, change != 1);
        if (change > 0) assert_int_equal(strcmp(sums[2], was) == 0, change == 1);
        json_decref(record);
        free(text);
    }
    gt_options_destroy(a.asked.options);
}

/* ---- Names ------------------------------------------------------------------------------- */

static void reads_labels(void **state) {
    gt_error err = {0};
    gt_label label;
    char word[600];
    (void)state;
    assert_ok(gt_label_parse("mine=a/b.h5", &label, &err), err);
    assert_string_equal(label.name, "mine");
    assert_string_equal(label.path, "a/b.h5");
    assert_ok(gt_label_parse("b.h5", &label, &err), err);
    assert_string_equal(label.name, "");
    snprintf(word, sizeof word, "%s", in_folder("lr=0.1"));
    write_file(word, "x", 1); /* a file of the whole name comes first */
    assert_ok(gt_label_parse(word, &label, &err), err);
    assert_string_equal(label.name, "");
    assert_string_equal(label.path, word);
    assert_int_equal(gt_label_parse("=b.h5", &label, &err), GT_USAGE);
    assert_int_equal(gt_label_parse("mine=", &label, &err), GT_USAGE);
    memset(word, 'x', GT_LABEL_ROOM);
    snprintf(word + GT_LABEL_ROOM, sizeof word - GT_LABEL_ROOM, "=b.h5");
    assert_int_equal(gt_label_parse(word, &label, &err), GT_USAGE);
}

static void tells_names_apart(void **state) {
    static const struct {
        const char *name, *path, *told;
    } cases[] = {{"codes", "lr=0.1/codes.h5", "lr=0.1/codes"},
                 {"codes", "lr=0.2/codes.h5", "lr=0.2/codes"},
                 {"VDVAE", "x/y/codes.h5", "VDVAE (x/y/codes)"},
                 {"VDVAE", "z/y/codes.h5", "VDVAE (z/y/codes)"},
                 {"set", "set.h5", "set.h5"},
                 {"set", "set.hdf5", "set.hdf5"},
                 {"alone", "x/alone.h5", "alone"}};
    enum { COUNT = sizeof cases / sizeof *cases };
    gt_error err = {0};
    char names[COUNT][GT_LABEL_ROOM];
    gt_named list[COUNT];
    (void)state;
    for (size_t i = 0; i < COUNT; i++) {
        snprintf(names[i], sizeof names[i], "%s", cases[i].name);
        list[i] = (gt_named){names[i], cases[i].path};
    }
    assert_ok(gt_names_tell_apart(list, COUNT, &err), err);
    for (size_t i = 0; i < COUNT; i++) assert_string_equal(names[i], cases[i].told);
}

static void knows_makers(void **state) {
    static const char trained[] = "{\"command\": \"galatea encode byol\", \"options\": {}}";
    static const char fresh[] =
        "{\"command\": \"galatea encode vdvae\", \"options\": {\"untrained\": true}}";
    gt_dataset_info info = gt_dataset_info_default();
    (void)state;
    info.kind = GT_DATASET_CODES;
    info.provenance = trained;
    assert_string_equal(gt_maker_of(&info).model, "byol");
    assert_false(gt_maker_of(&info).is_untrained);
    info.provenance = fresh;
    assert_string_equal(gt_maker_of(&info).model, "vdvae");
    assert_true(gt_maker_of(&info).is_untrained);
    info.kind = GT_DATASET_IMAGES;
    assert_string_equal(gt_maker_of(&info).model, "");
    info.kind = GT_DATASET_CODES;
    info.provenance = "{ no JSON";
    info.model = "maf, epoch 3 of run";
    assert_string_equal(gt_maker_of(&info).model, "maf");
}

/* ---- Outputs ----------------------------------------------------------------------------- */

static void expect_guard(const char *input, const char *one, const char *other,
                         gt_status status) {
    gt_error err = {0};
    const char *const inputs[] = {input, NULL}, *const outputs[] = {one, NULL, other};
    gt_status got = gt_guard_files(inputs, outputs, 3, &err);
    if (got != status) fail_msg("%s, %s, %s: %s", input, one, other ? other : "-", err.text);
}

/* An output is no input, also by another name or through a link, and no two are one. */
static void keeps_outputs_off_inputs(void **state) {
    char in[512], link[512], out[512], roundabout[600];
    (void)state;
    snprintf(in, sizeof in, "%s", in_folder("in.h5"));
    snprintf(link, sizeof link, "%s", in_folder("link.h5"));
    snprintf(out, sizeof out, "%s", in_folder("out.h5"));
    snprintf(roundabout, sizeof roundabout, "%s/./in.h5", temp_folder);
    write_file(in, "x", 1);
    assert_int_equal(symlink(in, link), 0);
    expect_guard(in, out, NULL, GT_OK);
    expect_guard(in, in, NULL, GT_USAGE);
    expect_guard(in, out, roundabout, GT_USAGE);
    expect_guard(in, link, NULL, GT_USAGE);
    expect_guard(link, in, NULL, GT_USAGE);
    expect_guard(in, out, out, GT_USAGE);
    expect_guard(in, in_folder("no/such/folder.h5"), NULL, GT_NOT_FOUND);
    assert_int_not_equal(access(out, F_OK), 0); /* looking leaves nothing */
}

/* Options and words are looked at by what they are marked as. */
static void looks_at_what_was_asked(void **state) {
    gt_error err = {0};
    asking a;
    char in[512];
    (void)state;
    snprintf(in, sizeof in, "%s", in_folder("in.csv"));
    write_file(in, "x", 1);
    const char *const said[] = {in, "--out", in};
    ask(&a, 3, said);
    assert_int_equal(gt_guard_paths(&a.asked, GT_READS, &err), GT_USAGE);
    assert_has(err.text, "would replace its own input");
    assert_ok(gt_guard_paths(&a.asked, GT_NO_PATH, &err), err);
    gt_options_destroy(a.asked.options);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(writes_lines),
        TEST(writes_records),
        TEST(tells_no_more_than_it_was_told),
        TEST(sums_follow_the_bytes),
        TEST(reads_labels),
        cmocka_unit_test(tells_names_apart),
        cmocka_unit_test(knows_makers),
        TEST(keeps_outputs_off_inputs),
        TEST(looks_at_what_was_asked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
