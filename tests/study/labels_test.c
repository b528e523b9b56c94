/* labels_test.c - what sets are called: words of the command line, files, records, and names
 * that must tell them apart. */
#include "labels.h"

#include "study_pictures.h"

/* ---- Words ------------------------------------------------------------------------------- */

static void label_is(const char *word, const char *name, const char *path) {
    gt_error err = {0};
    gt_label label;
    assert_ok(gt_label_parse(word, &label, &err), err);
    assert_string_equal(label.name, name);
    assert_string_equal(label.path, path);
}

static void words(void **state) {
    char longest[GT_LABEL_ROOM + 3], word[600];
    gt_error err = {0};
    gt_label label;
    (void)state;
    label_is("sky.h5", "", "sky.h5");
    label_is("real=sky.h5", "real", "sky.h5");
    label_is("real=a=b.h5", "real", "a=b.h5");
    assert_int_equal(gt_label_parse("=sky.h5", &label, &err), GT_USAGE);
    assert_has(err.text, "'=sky.h5': expected FILE or NAME=FILE");
    assert_int_equal(gt_label_parse("real=", &label, &err), GT_USAGE);
    memset(longest, 'x', sizeof longest);
    memcpy(longest + GT_LABEL_ROOM - 1, "=f", 3);
    assert_ok(gt_label_parse(longest, &label, &err), err);
    assert_int_equal(strlen(label.name), GT_LABEL_ROOM - 1);
    memcpy(longest + GT_LABEL_ROOM - 1, "x=f", 4);
    assert_int_equal(gt_label_parse(longest, &label, &err), GT_USAGE);
    assert_has(err.text, "NAME of at most 127 bytes");
    /* A file that is there goes by its whole name. */
    snprintf(word, sizeof word, "%s", in_folder("lr=0.1"));
    FILE *file = fopen(word, "w");
    assert_non_null(file);
    fclose(file);
    label_is(word, "", word);
}

static void base_is(const char *path, const char *want) {
    char name[GT_LABEL_ROOM];
    gt_base_name(path, name);
    assert_string_equal(name, want);
}

static void base_names(void **state) {
    char longest[400];
    (void)state;
    base_is("sky.h5", "sky");
    base_is("a/b.c/sky.test.h5", "sky.test");
    base_is("a.b/sky", "sky");
    base_is("a/.hidden", ".hidden");
    base_is("/sky", "sky");
    memset(longest, 'x', sizeof longest - 1);
    longest[sizeof longest - 1] = '\0';
    char name[GT_LABEL_ROOM];
    gt_base_name(longest, name);
    assert_int_equal(strlen(name), GT_LABEL_ROOM - 1);
}

/* ---- Told apart -------------------------------------------------------------------------- */

enum { MOST = 4 };

/* names: as they are before and after; paths up to a NULL. */
static void told_apart(const char *const *before, const char *const *paths,
                       const char *const *after) {
    gt_error err = {0};
    char names[MOST][GT_LABEL_ROOM];
    gt_named list[MOST];
    size_t count = 0;
    for (; count < MOST && paths[count]; count++) {
        snprintf(names[count], sizeof *names, "%s", before[count]);
        list[count] = (gt_named){names[count], paths[count]};
    }
    assert_ok(gt_names_tell_apart(list, count, &err), err);
    for (size_t i = 0; i < count; i++) assert_string_equal(names[i], after[i]);
}

#define LIST(...) ((const char *const[MOST]){__VA_ARGS__})

static void names_that_several_have(void **state) {
    (void)state;
    told_apart(LIST("a", "b"), LIST("x/a.h5", "x/b.h5"), LIST("a", "b"));
    told_apart(LIST("codes", "codes"), LIST("lr=0.1/codes.h5", "lr=1/codes.h5"),
               LIST("lr=0.1/codes", "lr=1/codes"));
    told_apart(LIST("VDVAE", "VDVAE", "sky"), LIST("one/c.h5", "two/c.h5", "sky.h5"),
               LIST("VDVAE (one/c)", "VDVAE (two/c)", "sky"));
    /* As much of the path as it takes, no more. */
    told_apart(LIST("c", "c", "c"), LIST("p/x/c.h5", "q/x/c.h5", "q/y/c.h5"),
               LIST("p/x/c", "q/x/c", "y/c"));
    /* One name of files that are called otherwise. */
    told_apart(LIST("VDVAE", "VDVAE"), LIST("r/a.h5", "r/b.h5"),
               LIST("VDVAE (a)", "VDVAE (b)"));
    /* The ending is all that is different. */
    told_apart(LIST("t", "t"), LIST("r/t.csv", "r/t.fits"), LIST("t.csv", "t.fits"));
    /* One of them has no folder at all. */
    told_apart(LIST("c", "c"), LIST("c.h5", "r/c.h5"), LIST("c", "r/c"));
}

/* ---- Records ----------------------------------------------------------------------------- */

static gt_maker maker_of(gt_dataset_kind kind, const char *provenance, const char *model) {
    gt_dataset_info info = gt_dataset_info_default();
    info.kind = kind;
    info.provenance = provenance;
    info.model = model;
    return gt_maker_of(&info);
}

static void makers(void **state) {
    static const char encoded[] = "{\"command\": \"galatea encode simclr\", \"options\": {}}",
                      fresh[] = "{\"command\": \"galatea encode simclr\", \"options\": "
                                "{\"untrained\": true}}",
                      other[] = "{\"command\": \"galatea data join\"}";
    (void)state;
    gt_maker made = maker_of(GT_DATASET_CODES, encoded, "vdvae, epoch 3");
    assert_string_equal(made.model, "simclr");
    assert_false(made.is_untrained);
    assert_true(maker_of(GT_DATASET_CODES, fresh, NULL).is_untrained);
    assert_string_equal(maker_of(GT_DATASET_CODES, other, "vdvae, epoch 3").model, "vdvae");
    assert_string_equal(maker_of(GT_DATASET_CODES, NULL, "maf").model, "maf");
    assert_string_equal(maker_of(GT_DATASET_CODES, NULL, NULL).model, "");
    assert_string_equal(maker_of(GT_DATASET_CODES, "no record", "maf").model, "maf");
    assert_string_equal(maker_of(GT_DATASET_IMAGES, encoded, "vdvae").model, "");
}

static void name_is(const char *path, const char *maker, const char *objects) {
    gt_error err = {0};
    gt_dataset *set = NULL;
    char name[GT_LABEL_ROOM];
    assert_ok(gt_dataset_open_any(path, &set, &err), err);
    gt_maker_name(set, name);
    assert_string_equal(name, maker);
    gt_objects_name(set, name);
    assert_string_equal(name, objects);
    gt_dataset_close(set);
}

static void names_of_sets(void **state) {
    made_set m = {.name = "c.h5", .rows = 4, .width = 2};
    (void)state;
    name_is(make_picture_set((made_pictures){.name = "sky.h5"}), "pixels", "sky");
    name_is(make_set(m), "c", "c");
    m.model = "vdvae, epoch 3";
    name_is(make_set(m), "VDVAE", "c");
    m.model = "something";
    name_is(make_set(m), "something", "c");
    m.provenance =
        "{\"command\": \"galatea encode simclr\", \"options\": {\"untrained\": true, "
        "\"data\": \"far/stars.h5\"}}";
    name_is(make_set(m), "SimCLR, untrained", "stars");
    m.collection = "MiraBest";
    name_is(make_set(m), "SimCLR, untrained", "MiraBest");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(words, make_temp_folder, remove_temp_folder),
        cmocka_unit_test(base_names),
        cmocka_unit_test(names_that_several_have),
        cmocka_unit_test(makers),
        cmocka_unit_test_setup_teardown(names_of_sets, make_temp_folder, remove_temp_folder),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
