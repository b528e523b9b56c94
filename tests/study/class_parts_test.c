/* Figures class by class: in JSON, as a table, and what cannot stand in one. */
#include <jansson.h>

#include "classify/class_parts.h"
#include "study_learning.h"

static const int32_t labels[] = {0, 7};

/* Two fits of two classes: 3 + 1 and 1 + 1 rows each. */
static gt_class_report *make_report(void) {
    static const double fits[2][8] = {{3, 1, 0, 2, 0.5, 0.75, 0.5, 0.25},
                                      {4, 0, 2, 0, NAN, 0.25, 0.5, 0.25}};
    gt_class_report *report = NULL;
    gt_error err;
    assert_ok(gt_class_report_create(2, 2, &report, &err), err);
    for (int i = 0; i < 2; i++) gt_class_report_add(report, fits[i]);
    return report;
}

static void add_part(gt_class_parts *parts, const char *method, char **names,
                     const gt_class_report *report) {
    gt_error err;
    const gt_class_part part = {"sky.h5", method, "test", 2, names, labels, report};
    assert_ok(gt_class_parts_add(parts, &part, &err), err);
}

static char a[] = "FR-I", b[] = "FR I", c[] = "fr-i";

static double number(const json_t *row, const char *key) {
    return json_number_value(json_object_get(row, key));
}

/* Means and spread over the fits that have a figure; counts as of one pass over all rows. */
static void as_json(void **state) {
    char *names[] = {a, b}, *text = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&text, &size);
    gt_class_report *report = make_report();
    gt_class_parts parts = {.count = 0};
    gt_json json;
    gt_error err;
    add_part(&parts, "knn", names, report);
    add_part(&parts, "knn", names, NULL); /* nothing */
    assert_int_equal(parts.count, 1);
    gt_json_begin(&json, stream, 0);
    gt_json_object(&json, NULL);
    gt_json_class_part(&json, "by_class", &parts.list[0]);
    gt_json_end(&json);
    assert_ok(gt_json_finish(&json, &err), err);
    assert_int_equal(fclose(stream), 0);
    json_t *root = json_loads(text, 0, NULL);
    const json_t *part = json_object_get(root, "by_class"),
                 *second = json_array_get(json_object_get(part, "classes"), 1);
    assert_string_equal(json_string_value(json_object_get(second, "class")), "FR I");
    assert_near(number(second, "label"), 7, 0);
    assert_near(number(second, "support"), 2, 0);
    assert_near(number(second, "recall"), 0.5, 1e-15);
    assert_near(number(second, "recall_spread"), sqrt(0.5), 1e-15);
    assert_near(number(second, "roc_auc"), 0.5, 1e-15);
    const json_t *first = json_array_get(json_object_get(part, "classes"), 0);
    assert_near(number(first, "roc_auc"), 0.5, 0); /* of the one fit that has it */
    assert_near(number(first, "roc_auc_spread"), 0, 0);
    assert_near(number(json_object_get(part, "macro"), "recall"), (0.875 + 0.5) / 2, 1e-15);
    const json_t *row = json_array_get(json_object_get(part, "confusion"), 0);
    assert_near(json_number_value(json_array_get(row, 0)), 3.5, 0);
    assert_near(json_number_value(json_array_get(row, 1)), 0.5, 0);
    json_decref(root);
    free(text);
    gt_class_parts_free(&parts);
    gt_class_report_destroy(report);
}

static char *load(const char *path) {
    gt_error err;
    char *text = NULL;
    size_t size;
    assert_ok(gt_file_load(path, 1 << 20, &text, &size, &err), err);
    return text;
}

/* Columns of counts are called by the classes, or by numbers where names are alike. */
static void as_a_table(void **state) {
    char *names[] = {a, b}, *alike[] = {a, c};
    gt_class_report *report = make_report();
    gt_error err;
    for (int i = 0; i < 2; i++) {
        gt_class_parts parts = {.count = 0};
        add_part(&parts, "knn", i ? alike : names, report);
        add_part(&parts, "lr", i ? alike : names, report);
        const char *path = kept_path("classes.csv");
        assert_ok(gt_class_parts_write(&parts, path, NULL, &err), err);
        char *text = load(path);
        assert_has(text, i ? ",as_0,as_7\n" : ",as_FR-I,as_FR_I\n");
        assert_has(text, "\nsky.h5,knn,test,FR-I,0,2,4,");
        assert_has(text, ",3.5,0.5\n");
        assert_has(text, "\nsky.h5,lr,test,weighted mean,,2,6,");
        free(text);
        gt_class_parts_free(&parts);
    }
    gt_class_report_destroy(report);
}

static void parts_of_other_classes(void **state) {
    char *names[] = {a, b}, *others[] = {a, c};
    gt_class_report *report = make_report();
    gt_class_parts parts = {.count = 0};
    gt_error err;
    assert_int_equal(gt_class_parts_write(&parts, kept_path("no.csv"), NULL, &err),
                     GT_UNSUPPORTED);
    assert_has(err.text, "no figures class by class (more than 256 classes)");
    add_part(&parts, "knn", names, report);
    add_part(&parts, "knn", others, report);
    assert_int_equal(gt_class_parts_write(&parts, kept_path("no.csv"), NULL, &err),
                     GT_UNSUPPORTED);
    assert_has(err.text, "have other classes");
    assert_int_equal(entries_in_folder(), 0);
    gt_class_parts_free(&parts);
    gt_class_report_destroy(report);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(as_json),
        TEST(as_a_table),
        TEST(parts_of_other_classes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
