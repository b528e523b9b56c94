/* Which papers belong to a call: by its command, its model, what was said of its options, and
 * what a word leads to. */
#include "cite.h"

#include "galatea/classifier.h"
#include "galatea/model.h"
#include "gt_test.h"
#include "temp_folder.h"

typedef struct settings {
    const char *method;
    double share;
} settings;
static const gt_option rows[] = {
    {"method", GT_TEXT_AT(settings, method), "knn", "NAME", "how"},
    {"drop-repeats", GT_REAL_AT(settings, share), "0", "X", "share", .min = 0, .max = 1}};
static const gt_option_table table = GT_OPTION_TABLE("Options", rows);

static char *printed;

/* Of a command line, its words behind the command. */
static const char *cite(const char *command, const char *variant, int argc,
                        const char *const *argv) {
    gt_error err = {0};
    settings own;
    size_t size = 0;
    gt_invocation asked = {.command = command, .variant = variant};
    gt_context context = {.invocation = &asked};
    assert_ok(gt_options_create(&asked.options, &err), err);
    assert_ok(gt_options_add(asked.options, &table, &own, &err), err);
    assert_ok(gt_options_parse(asked.options, argc, argv, &err), err);
    asked.words = gt_options_words(asked.options, &asked.word_count);
    free(printed);
    printed = NULL;
    FILE *stream = open_memstream(&printed, &size);
    assert_non_null(stream);
    gt_cite_call(stream, &context);
    assert_int_equal(fclose(stream), 0);
    gt_options_destroy(asked.options);
    return printed;
}

static int entries(const char *text) {
    int count = 0;
    for (; *text; text++) count += *text == '@';
    return count;
}

static bool has(const char *key) {
    return strstr(printed, key) != NULL;
}

static void models_and_classifiers_have_papers(void **state) {
    size_t count = 0;
    char use[128];
    const gt_model_class *const *models = gt_model_classes(&count);
    for (size_t i = 0; i < count; ++i) {
        snprintf(use, sizeof use, "model %s", models[i]->name);
        if (!gt_cite_knows(use)) fail_msg("citations.def: no paper of %s", use);
    }
    const gt_classifier_class *const *kinds = gt_classifier_classes(&count);
    for (size_t i = 0; i < count; ++i) {
        bool is_older = strcmp(kinds[i]->name, "knn") == 0 || strcmp(kinds[i]->name, "lr") == 0;
        snprintf(use, sizeof use, "classify method=%s", kinds[i]->name);
        if (!is_older && !gt_cite_knows(use)) fail_msg("citations.def: no paper of %s", use);
    }
    assert_false(gt_cite_knows("model nothing"));
    assert_false(gt_cite_knows("model"));
}

static void the_model_counts(void **state) {
    assert_int_equal(entries(cite("train", "glow", 0, NULL)), 2);
    assert_true(has("{Galatea,") && has("{Kingma2018,"));
    cite("info", NULL, 1, (const char *[]){"gan"});
    assert_true(has("{Liu2021,"));
    assert_int_equal(entries(cite("info", NULL, 1, (const char *[]){"nothing"})), 1);
}

static void what_was_said_counts(void **state) {
    assert_int_equal(entries(cite("classify", NULL, 0, NULL)), 1);
    cite("classify", NULL, 2, (const char *[]){"--method", "knn,rf,grad"});
    assert_int_equal(entries(printed), 3);
    assert_true(has("{Breiman2001,") && has("{Friedman2001,"));
    cite("classify", NULL, 2, (const char *[]){"--method", "all"});
    assert_true(has("{Chang2011,") && has("{Geurts2006,"));
    assert_int_equal(entries(cite("data merge", NULL, 0, NULL)), 1);
    cite("data merge", NULL, 1, (const char *[]){"--drop-repeats=0.95"});
    assert_true(has("{Kadkhodaie2024,"));
    /* another command with the same option */
    assert_int_equal(entries(cite("data", NULL, 1, (const char *[]){"--drop-repeats=0.9"})), 1);
}

static void records_count(void **state) {
    static const char text[] = "{\"provenance\": {\"command\": \"galatea embed\", \"options\": "
                               "{\"method\": \"tsne\"}}}";
    static const char other[] = "{\"provenance\": {\"command\": \"embed\"}}";
    write_file(in_folder("r.json"), text, sizeof text - 1);
    cite("info", NULL, 1, (const char *[]){in_folder("r.json")});
    assert_int_equal(entries(printed), 3);
    assert_true(has("{vanderMaaten2008,"));
    cite("report", NULL, 1, (const char *[]){in_folder("r.json")}); /* it only shows it */
    assert_int_equal(entries(printed), 1);
    write_file(in_folder("r.json"), other, sizeof other - 1);
    cite("info", NULL, 1, (const char *[]){in_folder("r.json")});
    assert_int_equal(entries(printed), 1);
    free(printed);
    printed = NULL;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(models_and_classifiers_have_papers),
        cmocka_unit_test(the_model_counts),
        cmocka_unit_test(what_was_said_counts),
        cmocka_unit_test(records_count),
    };
    return cmocka_run_group_tests(tests, make_temp_folder, remove_temp_folder);
}
