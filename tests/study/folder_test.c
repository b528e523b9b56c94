/* Folders of fitted classifiers: what their manifest says, what comes back of them, and every
 * way in which a folder may be other than it was written. */
#include <jansson.h>
#include <sys/stat.h>

#include "study_learning.h"

static char manifest[600];

/* The folder, with `manifest` the path of its file. */
static const char *begin(bench *b, const char *methods) {
    set_up(b, "error");
    const char *folder = learn_folder(b, methods);
    snprintf(manifest, sizeof manifest, "%s/manifest.json", folder);
    return folder;
}

/* ---- Saving and loading --------------------------------------------------------------------
 */

static void assert_member(const json_t *root, const char *key, int64_t value) {
    assert_int_equal(json_integer_value(json_object_get(root, key)), value);
}

static void manifests_tell_all(void **state) {
    bench b;
    (void)state;
    begin(&b, "lr,knn");
    json_t *root = json_load_file(manifest, 0, NULL);
    assert_non_null(root);
    assert_member(root, "form", 1);
    assert_member(root, "features", WIDTH);
    assert_member(root, "classes", 2);
    const json_t *names = json_object_get(root, "names"),
                 *methods = json_object_get(root, "methods");
    assert_int_equal(json_array_size(names), 2);
    assert_string_equal(json_string_value(json_array_get(names, 1)), "FRII");
    assert_int_equal(json_array_size(methods), 2);
    assert_string_equal(json_string_value(json_array_get(methods, 0)), "lr");
    const json_t *imaging = json_object_get(root, "imaging"),
                 *record = json_object_get(root, "provenance");
    assert_string_equal(json_string_value(json_object_get(imaging, "survey")), "FIRST");
    assert_int_equal(json_object_size(imaging), 1); /* nothing else is known */
    assert_string_equal(json_string_value(json_object_get(record, "command")), "galatea test");
    assert_int_equal(json_object_size(json_object_get(record, "inputs")), 1);
    json_decref(root);
    assert_int_equal(entries_in_folder(), 2); /* the set and the folder, and no part of one */
    tear_down(&b);
}

static void loads_what_was_saved(void **state) {
    gt_error err = {0};
    bench b;
    gt_folder folder;
    (void)state;
    assert_ok(gt_folder_load(begin(&b, "lr,knn"), &folder, &err), err);
    assert_int_equal(folder.methods.count, 2);
    assert_string_equal(folder.methods.list[0].kind->name, "lr");
    assert_string_equal(folder.methods.list[1].kind->name, "knn");
    assert_int_equal(folder.features, WIDTH);
    assert_int_equal(folder.count, 2);
    assert_int_equal(folder.classes->labels[1], 1);
    assert_string_equal(folder.names[0], "FRI");
    assert_string_equal(folder.names[1], "FRII");
    assert_string_equal(folder.imaging.survey, "FIRST");
    assert_true(isnan(folder.imaging.pixel_scale_arcsec));
    gt_folder_close(&folder);
    tear_down(&b);
}

/* Classifiers of every kind say of every row what they said before they were kept. */
static void says_the_same_again(void **state) {
    gt_error err = {0};
    bench b;
    gt_applied a = {0};
    (void)state;
    set_up(&b, "error");
    made_set m = apart("codes.h5", 1, two_classes);
    m.gap = 0.6; /* with rows in doubt */
    const char *set = make_set(m), *before = kept_path("before.csv"),
               *after = kept_path("after.csv");
    gt_learning_request request = request_of(&b, set, "all");
    request.save = kept_path("fitted");
    request.out = before;
    gt_learning l = {.fitting.plan = {.seed = 1, .seeds = 1}};
    assert_ok(gt_learn(&b.context, &request, &l, &err), err);
    gt_learning_finish(&l, GT_OK);
    assert_ok(gt_apply(&b.context,
                       &(gt_apply_request){.set = set, .folder = request.save, .out = after},
                       &a, &err),
              err);
    gt_applied_close(&a);
    assert_same_file(before, after);
    char *text = text_of(after);
    assert_int_equal(lines_in(text), ROWS + 1);
    assert_string_equal(cell_in(text, 0, 0), "row");
    assert_string_equal(cell_in(text, 7, 0), "6");
    free(text);
    tear_down(&b);
}

/* ---- Sets that are applied to --------------------------------------------------------------
 */

static gt_applied apply(bench *b, const char *set, const char *folder) {
    gt_error err = {0};
    gt_applied a = {0};
    assert_ok(
        gt_apply(&b->context, &(gt_apply_request){.set = set, .folder = folder}, &a, &err),
        err);
    return a;
}

enum { GIVEN = 8 };

/* Codes like those of class 0 and 1 in turn. */
static void give_codes(float x[GIVEN * WIDTH]) {
    for (size_t i = 0; i < GIVEN * WIDTH; i++) x[i] = 0;
    for (size_t i = 0; i < GIVEN; i++) x[i * WIDTH] = i % 2 ? 5 : 0;
}

/* Rows of each part of the set are counted by themselves; those without a label are predicted
 * and not compared. */
static void counts_by_splits(void **state) {
    static const int32_t labels[GIVEN] = {0, 1, 1, 1, -1, 0, -1, 1};
    static const uint8_t splits[GIVEN] = {0, 0, 1, 1, 1, 2, 2, 2};
    float x[GIVEN * WIDTH];
    bench b;
    (void)state;
    const char *folder = begin(&b, "knn");
    give_codes(x);
    gt_applied a = apply(&b,
                         give_set((given_set){.name = "g.h5",
                                              .rows = GIVEN,
                                              .width = WIDTH,
                                              .x = x,
                                              .labels = labels,
                                              .splits = splits,
                                              .classes = two_classes,
                                              .class_count = 2}),
                         folder);
    static const int64_t labelled[] = {2, 2, 2}, right[] = {2, 1, 1};
    assert_int_equal(a.tallies[0].predicted[0], GIVEN / 2);
    assert_int_equal(a.tallies[0].predicted[1], GIVEN / 2);
    for (int split = 0; split < GT_SPLIT_COUNT; split++) {
        assert_int_equal(a.tallies[0].labelled[split], labelled[split]);
        assert_int_equal(a.tallies[0].right[split], right[split]);
    }
    gt_applied_close(&a);
    tear_down(&b);
}

/* Without labels nothing is compared; without splits all is counted as one part. */
static void needs_no_columns(void **state) {
    static const int32_t labels[GIVEN] = {0, 1, 0, 1, 0, 1, 1, 0};
    float x[GIVEN * WIDTH];
    bench b;
    (void)state;
    const char *folder = begin(&b, "knn");
    give_codes(x);
    given_set m = {.name = "g.h5", .rows = GIVEN, .width = WIDTH, .x = x};
    gt_applied a = apply(&b, give_set(m), folder);
    assert_int_equal(a.tallies[0].predicted[0], GIVEN / 2);
    assert_int_equal(a.tallies[0].labelled[0], 0);
    gt_applied_close(&a);
    m.labels = labels, m.classes = two_classes, m.class_count = 2;
    a = apply(&b, give_set(m), folder);
    assert_int_equal(a.tallies[0].labelled[0], GIVEN);
    assert_int_equal(a.tallies[0].right[0], GIVEN - 2);
    gt_applied_close(&a);
    tear_down(&b);
}

/* Classes without names are their numbers, on either side. */
static void numbers_stand_for_names(void **state) {
    static const int32_t labels[GIVEN] = {3, 7, 3, 7, 3, 7, 3, 7};
    static const int32_t again[GIVEN] = {3, 7, 3, 7, 3, 7, 9, 7};
    static const uint8_t splits[GIVEN] = {0, 0, 0, 0, 1, 1, 1, 1};
    float x[GIVEN * WIDTH];
    gt_error err = {0};
    bench b;
    (void)state;
    set_up(&b, "error");
    give_codes(x);
    given_set m = {.name = "n.h5",
                   .rows = GIVEN,
                   .width = WIDTH,
                   .x = x,
                   .labels = labels,
                   .splits = splits};
    gt_learning_request request = request_of(&b, give_set(m), "lr");
    request.save = kept_path("fitted");
    gt_learning l = {.fitting.plan = {.seed = 1, .seeds = 1}};
    assert_ok(gt_learn(&b.context, &request, &l, &err), err);
    gt_learning_finish(&l, GT_OK);
    m.labels = again;
    remarks_begin();
    gt_applied a = apply(&b, give_set(m), request.save);
    gt_log_to(NULL, NULL);
    assert_string_equal(a.folder.names[0], "3");
    assert_string_equal(a.folder.names[1], "7");
    assert_has(remarks, "class 9 is not among those of");
    assert_int_equal(a.tallies[0].right[0], 4);
    assert_int_equal(a.tallies[0].right[1], 3);
    assert_int_equal(a.tallies[0].labelled[1], 4);
    gt_applied_close(&a);
    tear_down(&b);
}

/* ---- Manifests that are other than written -------------------------------------------------
 */

/* The manifest with one text in place of another; the first of the two must be there. */
static void replace(const char *whole, const char *old, const char *new) {
    char text[8192];
    const char *at = strstr(whole, old);
    if (!at) fail_msg("'%s' is not in the manifest", old);
    snprintf(text, sizeof text, "%.*s%s%s", (int)(at - whole), whole, new, at + strlen(old));
    write_file(manifest, text, strlen(text));
}

static void refuses_manifests(void **state) {
    static const struct {
        const char *old, *new;
        gt_status status;
        const char *says;
    } cases[] = {
        {"\"form\": 1", "\"form\": 2", GT_UNSUPPORTED, "form 2 of a folder of classifiers"},
        {"\"form\": 1", "\"form\": 0", GT_BAD_FORMAT, "'form' is no whole number from 1"},
        {"\"form\": 1", "\"form\": 1.0", GT_BAD_FORMAT, "'form' is no whole number"},
        {"\"form\": 1, ", "", GT_BAD_FORMAT, "'form' is no whole number"},
        {"\"features\": 4", "\"features\": 5", GT_MISMATCH,
         "lr.safetensors: lr for 4 values and 2 classes"},
        {"\"features\": 4", "\"features\": 0", GT_BAD_FORMAT, "'features' is no whole number"},
        {"\"features\": 4", "\"features\": 9999999999", GT_BAD_FORMAT,
         "'features' is no whole"},
        {"\"features\": 4", "\"features\": \"4\"", GT_BAD_FORMAT, "'features' is no whole"},
        {"\"classes\": 2", "\"classes\": 3", GT_MISMATCH, "says lr, 4 and 3"},
        {"\"classes\": 2", "\"classes\": 1", GT_BAD_FORMAT, "'classes' is no whole number"},
        {"\"classes\": 2", "\"classes\": -2", GT_BAD_FORMAT, "'classes' is no whole number"},
        {"[\"FRI\", \"FRII\"]", "[\"FRI\"]", GT_BAD_FORMAT, "'names' are not those of 2"},
        {"[\"FRI\", \"FRII\"]", "[\"FRI\", 2]", GT_BAD_FORMAT, "'names' are no texts"},
        {"[\"FRI\", \"FRII\"]", "\"FRI\"", GT_BAD_FORMAT, "'names' are not those of 2"},
        {"[\"lr\", \"knn\"]", "[]", GT_BAD_FORMAT, "'methods' is no list of 1 to"},
        {"[\"lr\", \"knn\"]", "\"lr\"", GT_BAD_FORMAT, "'methods' is no list of 1 to"},
        {"[\"lr\", \"knn\"]", "[\"lr\", \"lr\"]", GT_BAD_FORMAT, "method 'lr' twice"},
        {"[\"lr\", \"knn\"]", "[\"lr\", 4]", GT_BAD_FORMAT, "unknown method ''"},
        {"[\"lr\", \"knn\"]", "[\"../lr\"]", GT_BAD_FORMAT, "unknown method '../lr'"},
        {"[\"lr\", \"knn\"]", "[\"svc\"]", GT_NOT_FOUND, "svc.safetensors"},
        {"{\"form\": 1", "{\"form\": 1, \"form\": 1", GT_BAD_FORMAT, "duplicate"},
        {"{\"form\": 1", "[\"form\", 1", GT_BAD_FORMAT, "manifest.json"},
    };
    bench b;
    (void)state;
    const char *folder = begin(&b, "lr,knn");
    char *whole = text_of(manifest);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        gt_error err = {0};
        gt_folder loaded;
        replace(whole, cases[i].old, cases[i].new);
        gt_status status = gt_folder_load(folder, &loaded, &err);
        if (status != cases[i].status) fail_msg("%s: %s", cases[i].new, err.text);
        assert_has(err.text, cases[i].says);
        gt_folder_close(&loaded);
    }
    free(whole);
    tear_down(&b);
}

/* What may be left out: names, of which the numbers remain, and how pictures were taken. */
static void does_without_some(void **state) {
    static const struct {
        const char *old, *new;
    } cases[] = {{"[\"FRI\", \"FRII\"]", "[]"},
                 {"{\"survey\": \"FIRST\"}", "{}"},
                 {"\"imaging\": {\"survey\"", "\"other\": {\"survey\""}};
    bench b;
    (void)state;
    const char *folder = begin(&b, "knn");
    char *whole = text_of(manifest);
    for (size_t i = 0; i < 3; i++) {
        gt_error err = {0};
        gt_folder loaded;
        replace(whole, cases[i].old, cases[i].new);
        assert_ok(gt_folder_load(folder, &loaded, &err), err);
        assert_string_equal(loaded.names[1], i == 0 ? "1" : "FRII");
        assert_int_equal(loaded.imaging.survey != NULL, i == 0);
        gt_folder_close(&loaded);
    }
    free(whole);
    tear_down(&b);
}

/* Classifiers that were fitted to other classes do not stand in one folder. */
static void refuses_files_of_other_folders(void **state) {
    gt_error err = {0};
    bench b;
    gt_folder loaded;
    char from[600], to[600];
    (void)state;
    const char *folder = begin(&b, "lr,knn");
    static const int32_t labels[] = {1, 2, 1, 2};
    static const uint8_t splits[] = {0, 0, 1, 1};
    static const float x[4 * WIDTH] = {0, 1, 0, 0, 5, 0, 1, 0, 0, 0, 0, 1, 5, 1, 0, 1};
    gt_learning_request request = request_of(&b,
                                             give_set((given_set){.name = "shifted.h5",
                                                                  .rows = 4,
                                                                  .width = WIDTH,
                                                                  .x = x,
                                                                  .labels = labels,
                                                                  .splits = splits}),
                                             "lr");
    request.save = kept_path("shifted");
    gt_learning l = {.fitting.plan = {.seed = 1, .seeds = 1}};
    assert_ok(gt_learn(&b.context, &request, &l, &err), err);
    gt_learning_finish(&l, GT_OK);
    snprintf(from, sizeof from, "%s/lr.safetensors", request.save);
    snprintf(to, sizeof to, "%s/lr.safetensors", folder);
    assert_int_equal(rename(from, to), 0);
    assert_int_equal(gt_folder_load(folder, &loaded, &err), GT_MISMATCH);
    assert_has(err.text, ", of other labels");
    gt_folder_close(&loaded);
    tear_down(&b);
}

/* An empty folder is filled; one that was filled meanwhile stays as it is. */
static void fills_empty_folders(void **state) {
    gt_error err = {0};
    bench b;
    gt_folder loaded;
    (void)state;
    char *place = kept_path("fitted");
    assert_int_equal(mkdir(place, 0777), 0);
    const char *folder = begin(&b, "knn");
    assert_ok(gt_folder_load(folder, &loaded, &err), err);
    const gt_forecast again = {.methods = &loaded.methods, .classes = loaded.classes};
    assert_int_equal(gt_folder_save(folder, &again, "{}", &err), GT_USAGE);
    assert_has(err.text, "is there already, expected a new or an empty folder");
    gt_folder_close(&loaded);
    assert_ok(gt_folder_load(folder, &loaded, &err), err);
    gt_folder_close(&loaded);
    tear_down(&b);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(manifests_tell_all),
        TEST(loads_what_was_saved),
        TEST(says_the_same_again),
        TEST(counts_by_splits),
        TEST(needs_no_columns),
        TEST(numbers_stand_for_names),
        TEST(refuses_manifests),
        TEST(does_without_some),
        TEST(refuses_files_of_other_folders),
        TEST(fills_empty_folders),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
