/* Outputs that would replace an input, each other, or a file of a run, by whatever name; and
 * texts that name inputs in more than one way. */
#include "guard.h"

#include <sys/stat.h>

#include "study_sets.h"

static char in[600], out[600];

static void begin(void) {
    snprintf(in, sizeof in, "%s", in_folder("in.h5"));
    snprintf(out, sizeof out, "%s", in_folder("out.h5"));
    write_file(in, "x", 1);
}

static void expect(const char *input, const char *output, gt_status status, const char *says) {
    gt_error err = {0};
    const char *const inputs[] = {input, NULL}, *const outputs[] = {output};
    gt_status got = gt_guard_files(inputs, outputs, 1, &err);
    if (got != status) fail_msg("%s, %s: %s", input, output, got ? err.text : "let through");
    if (says) assert_has(err.text, says);
}

/* ---- One file by several names -------------------------------------------------------------
 */

static void knows_links(void **state) {
    char soft[600], chain[600], hard[600], copy[600];
    (void)state;
    begin();
    snprintf(soft, sizeof soft, "%s", in_folder("soft.h5"));
    snprintf(chain, sizeof chain, "%s", in_folder("chain.h5"));
    snprintf(hard, sizeof hard, "%s", in_folder("hard.h5"));
    snprintf(copy, sizeof copy, "%s", in_folder("copy.h5"));
    assert_int_equal(symlink("in.h5", soft), 0);
    assert_int_equal(symlink("soft.h5", chain), 0);
    assert_int_equal(link(in, hard), 0);
    write_file(copy, "x", 1);
    const char *const same[] = {in, soft, chain, hard};
    for (size_t i = 0; i < 4; i++)
        for (size_t k = 0; k < 4; k++)
            expect(same[i], same[k], GT_USAGE, "would replace its own input");
    expect(in, copy, GT_OK, NULL); /* of the same bytes, and another file */
    char *text = text_of(copy);
    assert_string_equal(text, "x"); /* looking changes nothing */
    free(text);
}

static void knows_relative_paths(void **state) {
    char before[600], above[600], within[700];
    (void)state;
    begin();
    assert_int_equal(mkdir(in_folder("sub"), 0777), 0);
    snprintf(above, sizeof above, "%s/sub/../in.h5", temp_folder);
    snprintf(within, sizeof within, "%s//./in.h5", temp_folder);
    expect(in, above, GT_USAGE, "would replace its own input");
    expect(in, within, GT_USAGE, "would replace its own input");
    assert_non_null(getcwd(before, sizeof before));
    assert_int_equal(chdir(temp_folder), 0);
    expect(in, "in.h5", GT_USAGE, "in.h5 would replace its own input");
    expect("in.h5", in, GT_USAGE, "would replace its own input in.h5");
    expect("./sub/../in.h5", "in.h5", GT_USAGE, "would replace its own input");
    expect("in.h5", "out.h5", GT_OK, NULL);
    expect("in.h5", "sub/in.h5", GT_OK, NULL);
    assert_int_equal(chdir(before), 0);
    assert_int_equal(entries_in_folder(), 2);
}

/* Two outputs in one place, also where nothing is yet. */
static void tells_outputs_apart(void **state) {
    char again[700];
    gt_error err = {0};
    (void)state;
    begin();
    snprintf(again, sizeof again, "%s/./out.h5", temp_folder);
    const char *const inputs[] = {in, NULL};
    const char *const clash[] = {out, NULL, again}, *const fine[] = {out, NULL, NULL};
    assert_int_equal(gt_guard_files(inputs, clash, 3, &err), GT_USAGE);
    assert_has(err.text, "is named for two outputs, one would replace the other");
    assert_ok(gt_guard_files(inputs, fine, 3, &err), err);
    assert_false(is_there(out));
}

/* ---- Folders -------------------------------------------------------------------------------
 */

/* A picture among those that are read must not be replaced; a table or a set beside them may.
 */
static void spares_files_of_folders(void **state) {
    char folder[600], deep[600], loop[600];
    (void)state;
    begin();
    snprintf(folder, sizeof folder, "%s", in_folder("pictures"));
    snprintf(deep, sizeof deep, "%s", in_folder("pictures/more/a.png"));
    snprintf(loop, sizeof loop, "%s", in_folder("pictures/again"));
    assert_int_equal(mkdir(folder, 0777), 0);
    assert_int_equal(mkdir(in_folder("pictures/more"), 0777), 0);
    write_file(deep, "x", 1);
    write_file(in_folder("pictures/t.csv"), "x", 1);
    assert_int_equal(symlink(".", loop), 0); /* a folder within itself is walked once */
    assert_int_equal(symlink("/", in_folder("pictures/all")), 0); /* and no folder around it */
    expect(folder, deep, GT_USAGE, "would replace a file of its own input");
    expect(folder, in_folder("pictures/new.png"), GT_OK, NULL);
    expect(folder, in_folder("pictures/t.csv"), GT_OK, NULL);
    expect(folder, in_folder("other.png"), GT_OK, NULL);
}

/* What a run keeps in its folder is nobody's output. */
static void spares_files_of_runs(void **state) {
    static const char *const owned[] = {"config",           "best.safetensors",
                                        "last.safetensors", "state.safetensors",
                                        "train.csv",        "train.jsonl"};
    (void)state;
    begin();
    assert_int_equal(mkdir(in_folder("run"), 0777), 0);
    write_file(in_folder("run/config"), "model = vdvae\n", 14);
    write_file(in_folder("run/last.safetensors"), "x", 1);
    for (size_t i = 0; i < sizeof owned / sizeof *owned; i++) {
        char path[600];
        snprintf(path, sizeof path, "%s/run/%s", temp_folder, owned[i]);
        expect(in, path, GT_USAGE, "would replace a file of the run in its folder");
    }
    expect(in, in_folder("run/samples.png"), GT_OK, NULL);
    expect(in, in_folder("best.safetensors"), GT_OK, NULL); /* in no folder of a run */
}

static void tells_places_that_cannot_be(void **state) {
    (void)state;
    begin();
    assert_int_equal(mkdir(in_folder("sub"), 0777), 0);
    expect(in, in_folder("no/such.h5"), GT_NOT_FOUND, "no/such.h5");
    expect(in, in_folder("in.h5/such.h5"), GT_NOT_FOUND, "in.h5/such.h5");
    gt_error err = {0};
    const char *const inputs[] = {in, NULL}, *const outputs[] = {in_folder("sub")};
    assert_int_not_equal(gt_guard_files(inputs, outputs, 1, &err), GT_OK);
    assert_has(err.text, "/sub");
}

/* ---- Texts that name inputs ----------------------------------------------------------------
 */

typedef struct settings {
    const char *from, *out, *folder;
} settings;

static const gt_option rows[] = {
    {"from", GT_TEXT_AT(settings, from), NULL, "FILES", "inputs", .path = GT_READS},
    {"out", GT_TEXT_AT(settings, out), NULL, "FILE", "output", .path = GT_WRITES,
     .endings = "h5|csv"},
    {"folder", GT_TEXT_AT(settings, folder), NULL, "DIR", "filled", .path = GT_FILLS},
};
static const gt_option_table table = GT_OPTION_TABLE("Own", rows);

static gt_status guard(const char *from, const char *written, const char *folder,
                       gt_error *err) {
    settings values;
    gt_invocation asked = {.command = "test"};
    assert_ok(gt_options_create(&asked.options, err), *err);
    assert_ok(gt_options_add(asked.options, &table, &values, err), *err);
    const char *const said[][2] = {{"from", from}, {"out", written}, {"folder", folder}};
    for (size_t i = 0; i < 3; i++)
        if (said[i][1])
            assert_ok(gt_options_set(asked.options, said[i][0], said[i][1], GT_FROM_COMMAND,
                                     NULL, err),
                      *err);
    gt_status status = gt_guard_paths(&asked, GT_NO_PATH, err);
    gt_options_destroy(asked.options);
    return status;
}

/* NAME=FILE, FILE:ROWS, both, and lists of them; a name that holds the signs is a name. */
static void reads_all_ways_to_name_a_file(void **state) {
    static const char *const forms[] = {
        "%s", "mine=%s", "%s:3,7-9", "mine=%s:4", "x.h5,%s", "a=x.h5,b=%s,c=y.h5", "%s,x.h5:3"};
    gt_error err = {0};
    char text[700], odd[600];
    (void)state;
    begin();
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        int length = 0;
        /* one form after the other, with the file in place of its sign */
        const char *sign = strstr(forms[i], "%s");
        length = snprintf(text, sizeof text, "%.*s%s%s", (int)(sign - forms[i]), forms[i], in,
                          sign + 2);
        assert_true(length > 0);
        if (guard(text, in, NULL, &err) != GT_USAGE) fail_msg("%s was let through", text);
        assert_has(err.text, "would replace its own input");
        assert_ok(guard(text, out, NULL, &err), err);
    }
    snprintf(odd, sizeof odd, "%s", in_folder("a=b,c:3.h5"));
    write_file(odd, "x", 1);
    assert_int_equal(guard(odd, odd, NULL, &err), GT_USAGE);
}

/* A name says what is in the file; folders are looked after by their commands. */
static void looks_at_endings_and_folders(void **state) {
    gt_error err = {0};
    (void)state;
    begin();
    assert_int_equal(guard(in, in_folder("t.txt"), NULL, &err), GT_USAGE);
    assert_has(err.text, "t.txt");
    assert_ok(guard(in, in_folder("t.csv"), NULL, &err), err);
    assert_int_equal(guard(in, out, out, &err), GT_USAGE);
    assert_has(err.text, "is named for two outputs");
    assert_ok(guard(in, out, in_folder("new"), &err), err);
    assert_false(is_there(in_folder("new")));
    assert_int_equal(mkdir(in_folder("run"), 0777), 0);
    write_file(in_folder("run/config"), "model = vdvae\n", 14);
    write_file(in_folder("run/last.safetensors"), "x", 1);
    assert_int_equal(guard(in_folder("run/last.safetensors"), out, in_folder("run"), &err),
                     GT_USAGE);
    assert_has(err.text, "is read, and belongs to the run that");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(knows_links),
        TEST(knows_relative_paths),
        TEST(tells_outputs_apart),
        TEST(spares_files_of_folders),
        TEST(spares_files_of_runs),
        TEST(tells_places_that_cannot_be),
        TEST(reads_all_ways_to_name_a_file),
        TEST(looks_at_endings_and_folders),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
