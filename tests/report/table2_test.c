/* The paper's Table 2: every printed number against a list typed from the paper, and the tables
 * of the page that stand beside it. */
#include "page.h"
#include "pages.h"
#include "paper_table2.h"

enum { MIRABEST, FRDEEP };

/* As printed: acc, roc, spec, rec of MiraBest Confident, then of FR-DEEP NVSS. */
static const struct {
    const char *model, *classifier;
    double printed[2][4];
} paper[] = {
    {"VDVAE", "knn", {{0.76, 0.86, 0.73, 0.78}, {0.74, 0.83, 0.55, 0.89}}},
    {"VDVAE", "rf", {{0.80, 0.89, 0.80, 0.80}, {0.80, 0.83, 0.73, 0.86}}},
    {"VDVAE", "svc", {{0.75, 0.88, 0.69, 0.80}, {0.72, 0.84, 0.55, 0.86}}},
    {"VDVAE", "lr", {{0.73, 0.82, 0.63, 0.82}, {0.72, 0.85, 0.50, 0.89}}},
    {"VDVAE", "grad", {{0.80, 0.89, 0.76, 0.84}, {0.76, 0.86, 0.64, 0.86}}},
    {"VDVAE", "ext", {{0.82, 0.90, 0.82, 0.82}, {0.80, 0.87, 0.73, 0.86}}},
    {"SimCLR", "knn", {{0.63, 0.72, 0.57, 0.69}, {0.72, 0.78, 0.45, 0.93}}},
    {"SimCLR", "rf", {{0.67, 0.76, 0.55, 0.78}, {0.74, 0.82, 0.50, 0.93}}},
    {"SimCLR", "svc", {{0.72, 0.82, 0.71, 0.73}, {0.76, 0.83, 0.50, 0.96}}},
    {"SimCLR", "lr", {{0.71, 0.73, 0.63, 0.78}, {0.86, 0.84, 0.77, 0.93}}},
    {"SimCLR", "grad", {{0.64, 0.73, 0.69, 0.60}, {0.78, 0.82, 0.64, 0.89}}},
    {"SimCLR", "ext", {{0.67, 0.75, 0.55, 0.78}, {0.76, 0.82, 0.55, 0.93}}},
    {"BYOL", "knn", {{0.63, 0.72, 0.67, 0.60}, {0.72, 0.78, 0.41, 0.96}}},
    {"BYOL", "rf", {{0.70, 0.77, 0.61, 0.78}, {0.72, 0.84, 0.50, 0.89}}},
    {"BYOL", "svc", {{0.73, 0.77, 0.73, 0.73}, {0.84, 0.88, 0.68, 0.96}}},
    {"BYOL", "lr", {{0.70, 0.68, 0.61, 0.78}, {0.80, 0.84, 0.64, 0.93}}},
    {"BYOL", "grad", {{0.64, 0.68, 0.59, 0.69}, {0.76, 0.81, 0.55, 0.93}}},
    {"BYOL", "ext", {{0.69, 0.77, 0.57, 0.80}, {0.74, 0.83, 0.55, 0.89}}},
    {"SimSiam", "knn", {{0.59, 0.70, 0.61, 0.56}, {0.74, 0.81, 0.45, 0.96}}},
    {"SimSiam", "rf", {{0.66, 0.81, 0.57, 0.75}, {0.76, 0.84, 0.55, 0.93}}},
    {"SimSiam", "svc", {{0.67, 0.77, 0.61, 0.73}, {0.74, 0.86, 0.45, 0.96}}},
    {"SimSiam", "lr", {{0.66, 0.73, 0.69, 0.64}, {0.82, 0.83, 0.73, 0.89}}},
    {"SimSiam", "grad", {{0.71, 0.76, 0.71, 0.71}, {0.80, 0.85, 0.64, 0.93}}},
    {"SimSiam", "ext", {{0.73, 0.80, 0.61, 0.84}, {0.74, 0.83, 0.50, 0.93}}},
};
enum { PAPER = sizeof paper / sizeof *paper };

static void every_printed_number_is_the_papers(void **state) {
    assert_int_equal(PAPER, 24);
    for (size_t i = 0; i < PAPER; i++)
        for (int set = 0; set < 2; set++) {
            const double *p = paper[i].printed[set];
            const gt_paper_row *row =
                gt_paper_row_find(set, paper[i].model, paper[i].classifier);
            assert_non_null(row);
            if (row->accuracy != p[0] || row->roc_auc != p[1] || row->specificity != p[2] ||
                row->recall != p[3])
                fail_msg("%s, %s, set %d", paper[i].model, paper[i].classifier, set);
        }
}

static void others_have_no_row(void **state) {
    assert_non_null(gt_paper_row_find(MIRABEST, "sImClR", "knn"));
    assert_null(gt_paper_row_find(MIRABEST, "vdvae2", "knn"));
    assert_null(gt_paper_row_find(MIRABEST, NULL, "knn"));
    assert_null(gt_paper_row_find(MIRABEST, "vdvae", "KNN"));
    assert_null(gt_paper_row_find(MIRABEST, "vdvae", NULL));
    assert_null(gt_paper_row_find(-1, "vdvae", "knn"));
    assert_string_equal(gt_paper_model("byol"), "BYOL");
    assert_null(gt_paper_model("maf"));
    assert_null(gt_paper_model(NULL));
}

/* The best of each model, found in the list above; of equal accuracies the larger area. */
static void the_best_row_is_the_papers(void **state) {
    static const char *const models[] = {"VDVAE", "SimCLR", "BYOL", "SimSiam"};
    for (int set = 0; set < 2; set++)
        for (int m = 0; m < 4; m++) {
            size_t best = PAPER;
            const char *classifier = NULL;
            for (size_t i = 0; i < PAPER; i++) {
                if (strcmp(paper[i].model, models[m]) != 0) continue;
                const double *p = paper[i].printed[set];
                const double *q = best < PAPER ? paper[best].printed[set] : NULL;
                if (!q || p[0] > q[0] || (p[0] == q[0] && p[1] > q[1])) best = i;
            }
            const gt_paper_row *row = gt_paper_row_best(set, models[m], &classifier);
            assert_string_equal(classifier, paper[best].classifier);
            assert_true(row->accuracy == paper[best].printed[set][0]);
        }
    const char *classifier = NULL;
    assert_null(gt_paper_row_best(MIRABEST, "maf", &classifier));
    assert_null(gt_paper_row_best(-1, "vdvae", &classifier));
    assert_null(classifier);
}

/* The record counts; where there is none, the file's name; and always the number of rows. */
static void sets_are_known_by_record_and_rows(void **state) {
    static const struct {
        const char *collection, *path;
        int64_t rows;
        int set;
    } cases[] = {
        {"MiraBest Confident", "a.h5", 104, MIRABEST},
        {"FR-DEEP NVSS", "mirabest.h5", 50, FRDEEP},
        {"MiraBest", "mirabest.h5", 104, -1}, /* another collection, whatever its file */
        {"MiraBest Confident", NULL, 103, -1},
        {NULL, "codes/MiraBest_conf.h5", 104, MIRABEST},
        {NULL, "mbc.h5", 104, MIRABEST},
        {NULL, "FR-Deep.h5", 50, FRDEEP},
        {NULL, "frdeep_nvss.h5", 104, -1},
        {NULL, "sky.h5", 50, -1},
        {NULL, NULL, 104, -1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        if (gt_paper_set(cases[i].collection, cases[i].path, cases[i].rows) != cases[i].set)
            fail_msg("case %zu", i);
    assert_string_equal(gt_paper_set_name(MIRABEST), "MiraBest Confident");
    assert_string_equal(gt_paper_set_name(FRDEEP), "FR-DEEP NVSS");
}

/* ---- on the page ---- */

/* The section of a result; yours. */
static char *shown(const char *json) {
    put_text("r.json", json);
    char *html = page_of(PATHS("r.json")), *section = section_of(html, "classification");
    free(html);
    if (!section) fail_msg("not taken for a classification: %s", json);
    return section;
}

/* Rows of the tables behind their headings, which end in "recall|" or "rec|". */
static void look_at(const char *section, const char *rows) {
    char *text = table_text(section), *body = strstr(text, "|recall|");
    assert_non_null(body);
    body = strchr(body, '\n') + 1;
    if (strcmp(body, rows) != 0) fail_msg("%s\nexpected\n%s", body, rows);
    free(text);
}

#define METHOD                                                                          \
    "{\"method\": \"ext\", \"accuracy\": 0.8125, \"accuracy_interval\": [0.73, 0.88], " \
    "\"roc_auc\": 0.9, \"specificity\": 0.75, \"recall\": 0.5}"

static void one_set_stands_beside_the_paper(void **state) {
    static const struct {
        const char *subject, *rows;
        bool has_paper;
    } cases[] = {
        {"\"collection\": \"MiraBest Confident\", \"test\": 104, \"model\": \"vdvae\"",
         "ext|0.812|0.73-0.88|0.900|0.750|0.500|0.82|0.90|0.82|0.82|\n", true},
        {"\"collection\": \"FR-DEEP NVSS\", \"test\": 50, \"model\": \"BYOL\"",
         "ext|0.812|0.73-0.88|0.900|0.750|0.500|0.74|0.83|0.55|0.89|\n", true},
        /* results of older versions tell no model: it was the VDVAE */
        {"\"file\": \"mbc.h5\", \"test\": 104",
         "ext|0.812|0.73-0.88|0.900|0.750|0.500|0.82|0.90|0.82|0.82|\n", true},
        {"\"file\": \"mbc.h5\", \"test\": 104, \"model\": \"maf\", \"printed_as\": \"simclr\"",
         "ext|0.812|0.73-0.88|0.900|0.750|0.500|0.67|0.75|0.55|0.78|\n", true},
        {"\"file\": \"mbc.h5\", \"test\": 104, \"model\": \"vdvae\", \"untrained\": true",
         "ext|0.812|0.73-0.88|0.900|0.750|0.500|\n", false},
        {"\"file\": \"mbc.h5\", \"test\": 99", "ext|0.812|0.73-0.88|0.900|0.750|0.500|\n",
         false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char json[1024];
        snprintf(json, sizeof json,
                 "{\"result\": {%s, \"train\": 5, \"values\": 7, \"methods\": [%s]}}",
                 cases[i].subject, METHOD);
        char *section = shown(json);
        look_at(section, cases[i].rows);
        assert_true(has(section, "7 numbers an object; 5 rows to learn from, "));
        assert_true(has(section, "paper, Table 2") == cases[i].has_paper);
        assert_true(has(section, "beside the numbers printed for") == cases[i].has_paper);
        free(section);
    }
}

static void what_a_result_lacks_is_empty(void **state) {
    char *section =
        shown("{\"result\": {\"file\": \"<a>.h5\", \"methods\": [{\"method\": \"<k>\", "
              "\"accuracy\": null, \"accuracy_interval\": [0.5], \"recall\": 1}, {}]}, "
              "\"baseline\": {\"file\": \"b\", \"accuracy\": 0.25}}");
    look_at(section, "<k>|||||1.000|\n?||||||\nmethod|accuracy|95 %|\n?|0.250||\n");
    assert_true(has(section, "<h3>&lt;a&gt;.h5</h3>") &&
                has(section, "<h3>For comparison: b</h3>"));
    free(section);
}

/* Codes of several models side by side, each with its own row of the paper; chosen ones bold.
 */
static void codes_stand_side_by_side(void **state) {
    char *section =
        shown("{\"sets\": [{\"set\": \"M & B\", \"codes\": ["
              "{\"name\": \"<one>\", \"model\": \"vdvae\", \"file\": \"mbc.h5\", \"test\": "
              "104, \"train\": 9, "
              "\"seeds\": [1, 2], \"methods\": [{\"method\": \"knn\", \"accuracy\": 0.5, "
              "\"accuracy_spread\": 0.125, \"accuracy_folds\": 0.25, \"cv_accuracy\": 0.75, "
              "\"chosen\": true}, "
              "{\"method\": \"lr\", \"accuracy\": 0.25}]},"
              "{\"name\": \"two\", \"model\": \"maf\", \"file\": \"mbc.h5\", \"test\": 104, "
              "\"methods\": [{\"method\": \"knn\", \"accuracy\": 1}]}]}]}");
    look_at(section,
            "<one>, 2 seeds|knn|0.750||0.500 +- 0.125 (folds 0.250)|||||0.76|0.86|0.73|0.78|\n"
            "lr|||0.250|||||0.73|0.82|0.63|0.82|\n"
            "two|knn|||1.000||||||\n");
    assert_true(has(section, "<td class=\"group\" rowspan=\"2\">&lt;one&gt;, 2 seeds</td>"));
    assert_true(has(section, "<tr class=\"best\"><td class=\"group\""));
    assert_true(has(section, "<h3>M &amp; B</h3>") && has(section, "means over seeds"));
    free(section);
}

/* Folded below the table, of the methods that have them. */
static void figures_class_by_class(void **state) {
    char *section = shown(
        "{\"result\": {\"file\": \"a.h5\", \"methods\": [{\"method\": \"lr\", \"accuracy\": "
        "0.5, \"roc_auc\": 0.25}, {\"method\": \"knn\", \"accuracy\": 0.5, \"by_class\": "
        "{\"classes\": ["
        "{\"class\": \"<FRI>\", \"support\": 4, \"precision\": 0.25, \"precision_spread\": "
        "0.125, \"recall\": 1, \"roc_auc\": null}, {\"class\": \"b\", \"support\": 2}], "
        "\"macro\": {\"f1\": 0.75}, \"weighted\": {}, \"confusion\": [[3, 1], [0.5, "
        "1.5]]}}]}}");
    look_at(section, "lr|0.500||0.250|||\nknn|0.500|||||\n"
                     "class|rows|precision|recall|F1|ROC-AUC|average precision|\n"
                     "<FRI>|4|0.250 +- 0.125|1.000||||\nb|2||||||\n"
                     "macro mean||||0.750|||\nweighted mean|||||||\n"
                     "true class, given to|<FRI>|b|\n<FRI>|3|1|\nb|0.5|1.5|\n");
    assert_true(has(section, "<summary>knn, class by class: rows to judge by</summary>"));
    assert_false(has(section, "lr, class by class"));
    free(section);
}

/* Of more than two classes none is the positive one: no columns that stay empty. */
static void many_classes_have_no_positive_one(void **state) {
    static const char *const cv[] = {"", "\"cv_accuracy\": 0.75, "};
    for (int k = 0; k < 2; k++) {
        char json[512];
        snprintf(
            json, sizeof json,
            "{\"result\": {\"file\": \"a.h5\", \"methods\": [{\"method\": \"lr\", %s"
            "\"accuracy\": 0.5, \"accuracy_interval\": [0.25, 0.75], \"roc_auc\": null}]}}",
            cv[k]);
        char *section = shown(json), *text = table_text(section);
        assert_string_equal(text, k ? "method|cross-validated|accuracy|95 %|\n"
                                      "lr|0.750|0.500|0.25-0.75|\n"
                                    : "method|accuracy|95 %|\nlr|0.500|0.25-0.75|\n");
        free(text);
        free(section);
    }
}

/* What was held out has a part of its own; a large matrix is left out, its figures stay. */
static void held_out_and_many_classes(void **state) {
    enum { MANY = 25 };
    static char json[8192];
    int used = snprintf(json, sizeof json,
                        "{\"result\": {\"methods\": [{\"method\": \"knn\", \"cv_by_class\": "
                        "{\"classes\": [");
    for (int i = 0; i < MANY; i++)
        used += snprintf(json + used, sizeof json - (size_t)used,
                         "%s{\"class\": \"c%d\", \"recall\": 0.5}", i ? ", " : "", i);
    used += snprintf(json + used, sizeof json - (size_t)used, "], \"confusion\": [");
    for (int i = 0; i < MANY; i++)
        used += snprintf(json + used, sizeof json - (size_t)used, "%s[1]", i ? ", " : "");
    snprintf(json + used, sizeof json - (size_t)used, "]}}]}}");
    char *section = shown(json), *text = table_text(section);
    assert_true(
        has(section, "<summary>knn, class by class: held out by cross-validation</summary>"));
    assert_true(has(text, "\nc24|||0.500||||\n") && has(text, "\nmacro mean|||||||\n"));
    assert_false(has(text, "true class, given to"));
    free(text);
    free(section);
}

/* Whatever stands where figures class by class would: a page is made. */
static void figures_that_are_none(void **state) {
    static const char *const others[] = {"5", "[]", "{}", "{\"classes\": 5}",
                                         "{\"classes\": [5, null, {\"class\": 7}]}"};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        char json[256];
        snprintf(json, sizeof json,
                 "{\"result\": {\"methods\": [{\"method\": \"knn\", \"by_class\": %s}]}}",
                 others[i]);
        char *section = shown(json);
        assert_true(has(section, "class by class") == (i == 4));
        free(section);
    }
}

static void other_results_are_none(void **state) {
    static const char *const others[] = {"{}",
                                         "[]",
                                         "{\"result\": {}}",
                                         "{\"result\": {\"methods\": 5}}",
                                         "{\"sets\": []}",
                                         "{\"sets\": [{\"codes\": {}}]}",
                                         "{\"result\": {\"accuracy\": \"0.5\"}}"};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        json_t *result = json_loads(others[i], 0, NULL);
        assert_non_null(result);
        if (gt_is_classification(result)) fail_msg("%s", others[i]);
        json_decref(result);
    }
    assert_false(gt_is_classification(NULL));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_printed_number_is_the_papers),
        cmocka_unit_test(others_have_no_row),
        cmocka_unit_test(the_best_row_is_the_papers),
        cmocka_unit_test(sets_are_known_by_record_and_rows),
        PAGED(one_set_stands_beside_the_paper),
        PAGED(what_a_result_lacks_is_empty),
        PAGED(codes_stand_side_by_side),
        PAGED(figures_class_by_class),
        PAGED(held_out_and_many_classes),
        PAGED(many_classes_have_no_positive_one),
        PAGED(figures_that_are_none),
        cmocka_unit_test(other_results_are_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
