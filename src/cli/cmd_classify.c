/* galatea classify CODES: how well a classifier tells the classes of a labelled set apart. */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "galatea/dataset.h"
#include "galatea/json.h"
#include "galatea/knn.h"
#include "galatea/metrics.h"

typedef struct classify_settings {
    const char *method, *baseline;
    int64_t k;
} classify_settings;

static const gt_option rows[] = {
    {"method", GT_CHOICE_AT(classify_settings, method), "knn", "NAME", "classifier",
     .choices = "knn"},
    {"k", GT_INT_AT(classify_settings, k), "20", "N", "neighbours that vote", .min = 1,
     .max = 1e6},
    {"baseline", GT_TEXT_AT(classify_settings, baseline), NULL, "FILE",
     "a second set, such as the images themselves, to be judged beside"},
};
static const gt_option_table table = GT_OPTION_TABLE("Options", rows);

/* The labelled rows of one split. */
typedef struct part {
    size_t rows;
    float *x; /* (rows, features) */
    int32_t *labels;
} part;

typedef struct subject {
    const char *path;
    gt_dataset *data;
    size_t features;
    int32_t classes;
    part train, test;
    double accuracy;
    gt_interval accuracy_interval;
    gt_binary_metrics binary; /* of two classes */
} subject;

static void free_subject(subject *s) {
    gt_dataset_close(s->data);
    free(s->train.x);
    free(s->train.labels);
    free(s->test.x);
    free(s->test.labels);
}

/* ---- reading ------------------------------------------------------------------------------
 */

static gt_status read_part(const subject *s, const int32_t *labels, const uint8_t *splits,
                           int split, const char *name, part *out, gt_error *err) {
    gt_status status = GT_OK;
    uint64_t count = gt_dataset_describe(s->data)->count, *chosen = NULL;
    size_t n = 0;
    chosen = malloc(count * sizeof *chosen);
    if (!chosen) GT_THROW(err, GT_NO_MEMORY, "no memory for a list of rows");
    for (uint64_t i = 0; i < count; i++)
        if (splits[i] == split && labels[i] >= 0) chosen[n++] = i;
    if (n == 0) GT_THROW(err, GT_BAD_ARGUMENT, "%s has no labelled rows to %s", s->path, name);
    out->rows = n;
    out->x = calloc(n, s->features * sizeof *out->x);
    out->labels = malloc(n * sizeof *out->labels);
    if (!out->x || !out->labels) GT_THROW(err, GT_NO_MEMORY, "no memory for %zu rows", n);
    for (size_t i = 0; i < n; i++) out->labels[i] = labels[chosen[i]];
    GT_TRY(gt_dataset_read_rows(s->data, chosen, n, out->x, err));
done:
    free(chosen);
    return status;
}

static int32_t count_classes(const subject *s, const int32_t *labels) {
    const gt_dataset_info *info = gt_dataset_describe(s->data);
    int32_t classes = (int32_t)info->class_count;
    for (uint64_t i = 0; i < info->count; i++)
        if (labels[i] >= classes) classes = labels[i] + 1;
    return classes;
}

static gt_status read_subject(subject *s, gt_error *err) {
    gt_status status = GT_OK;
    const int32_t *labels = NULL;
    const uint8_t *splits = NULL;
    GT_TRY(gt_dataset_open_any(s->path, &s->data, err));
    s->features = gt_dataset_row_values(gt_dataset_describe(s->data));
    GT_TRY(gt_dataset_labels(s->data, &labels, err));
    GT_TRY(gt_dataset_splits(s->data, &splits, err));
    s->classes = count_classes(s, labels);
    if (s->classes < 2)
        GT_THROW(err, GT_BAD_ARGUMENT, "%s has %d class, expected at least 2", s->path,
                 s->classes);
    GT_TRY(
        read_part(s, labels, splits, GT_SPLIT_TRAIN, "learn from (split 0)", &s->train, err));
    GT_TRY(read_part(s, labels, splits, GT_SPLIT_TEST, "judge by (split 1)", &s->test, err));
done:
    return status;
}

/* ---- judging ------------------------------------------------------------------------------
 */

static gt_status judge(subject *s, int64_t k, gt_error *err) {
    gt_status status = GT_OK;
    int32_t *predicted = malloc(s->test.rows * sizeof *predicted);
    double *score = malloc(s->test.rows * sizeof *score);
    if (!predicted || !score) GT_THROW(err, GT_NO_MEMORY, "no memory for the answers");
    if ((size_t)k > s->train.rows)
        GT_THROW(err, GT_USAGE, "--k %" PRId64 ": %s has only %zu rows to learn from", k,
                 s->path, s->train.rows);
    gt_knn_problem known = {.rows = s->train.rows,
                            .features = s->features,
                            .classes = s->classes,
                            .x = s->train.x,
                            .labels = s->train.labels,
                            .k = (size_t)k};
    gt_knn_answer answer = {.predicted = predicted, .score = score};
    GT_TRY(gt_knn_classify(&known, s->test.rows, s->test.x, &answer, err));
    s->accuracy = gt_accuracy(s->test.rows, s->test.labels, predicted, &s->accuracy_interval);
    if (s->classes == 2)
        GT_TRY(gt_binary_metrics_compute(s->test.rows, s->test.labels, predicted, score,
                                         &s->binary, err));
done:
    if (status) gt_blame(err, "%s", s->path);
    free(predicted);
    free(score);
    return status;
}

/* ---- showing ------------------------------------------------------------------------------
 */

static void print_heading(void) {
    printf("%-32s %6s %5s %5s  %-18s %-7s %-18s %-18s\n", "", "values", "train", "test",
           "accuracy", "ROC-AUC", "specificity", "recall");
}

static void print_share(double value, gt_interval range) {
    char text[64];
    snprintf(text, sizeof text, "%.3f (%.2f-%.2f)", value, range.low, range.high);
    printf(" %-18s", text);
}

static void print_row(const subject *s) {
    size_t length = strlen(s->path);
    printf("%-32s %6zu %5zu %5zu ", length > 32 ? s->path + length - 32 : s->path, s->features,
           s->train.rows, s->test.rows);
    print_share(s->accuracy, s->accuracy_interval);
    if (s->classes == 2) {
        printf(" %-7.3f", s->binary.roc_auc);
        print_share(s->binary.specificity, s->binary.specificity_interval);
        print_share(s->binary.recall, s->binary.recall_interval);
    }
    printf("\n");
}

static void print_class_names(const subject *s) {
    const gt_dataset_info *info = gt_dataset_describe(s->data);
    if (s->classes != 2 || info->class_count < 2) return;
    printf("positive class (recall): %s; negative class (specificity): %s\n",
           info->class_names[1], info->class_names[0]);
}

static void json_interval(gt_json *json, const char *key, gt_interval range) {
    gt_json_array(json, key);
    gt_json_real(json, NULL, range.low);
    gt_json_real(json, NULL, range.high);
    gt_json_end(json);
}

static void json_binary(gt_json *json, const gt_binary_metrics *m) {
    gt_json_real(json, "roc_auc", m->roc_auc);
    gt_json_real(json, "specificity", m->specificity);
    json_interval(json, "specificity_interval", m->specificity_interval);
    gt_json_real(json, "recall", m->recall);
    json_interval(json, "recall_interval", m->recall_interval);
    gt_json_int(json, "true_positive", m->true_positive);
    gt_json_int(json, "true_negative", m->true_negative);
    gt_json_int(json, "false_positive", m->false_positive);
    gt_json_int(json, "false_negative", m->false_negative);
}

static void json_subject(gt_json *json, const char *key, const subject *s) {
    gt_json_object(json, key);
    gt_json_text(json, "file", s->path);
    gt_json_int(json, "values", (int64_t)s->features);
    gt_json_int(json, "train", (int64_t)s->train.rows);
    gt_json_int(json, "test", (int64_t)s->test.rows);
    gt_json_int(json, "classes", s->classes);
    gt_json_real(json, "accuracy", s->accuracy);
    json_interval(json, "accuracy_interval", s->accuracy_interval);
    if (s->classes == 2) json_binary(json, &s->binary);
    gt_json_end(json);
}

static gt_status print_json(const classify_settings *settings, const subject *codes,
                            const subject *baseline, gt_error *err) {
    gt_json json;
    gt_json_begin(&json, stdout, 2);
    gt_json_object(&json, NULL);
    gt_json_text(&json, "method", settings->method);
    gt_json_int(&json, "k", settings->k);
    json_subject(&json, "result", codes);
    if (baseline) json_subject(&json, "baseline", baseline);
    gt_json_end(&json);
    return gt_json_finish(&json, err);
}

static gt_status run(gt_call *call, gt_error *err) {
    const classify_settings *settings = call->settings;
    gt_status status = GT_OK;
    bool has_baseline = settings->baseline != NULL;
    subject codes = {.path = call->words[0]}, baseline = {.path = settings->baseline};
    GT_TRY(read_subject(&codes, err));
    GT_TRY(judge(&codes, settings->k, err));
    if (has_baseline) {
        GT_TRY(read_subject(&baseline, err));
        GT_TRY(judge(&baseline, settings->k, err));
    }
    if (call->wants_json) {
        GT_TRY(print_json(settings, &codes, has_baseline ? &baseline : NULL, err));
        goto done;
    }
    printf("%" PRId64 " nearest neighbours; ranges hold the true value with 95 %% confidence\n",
           settings->k);
    print_heading();
    print_row(&codes);
    if (has_baseline) print_row(&baseline);
    print_class_names(&codes);
done:
    free_subject(&codes);
    free_subject(&baseline);
    return status;
}

static const char *const examples[] = {
    "galatea classify codes.h5 --method knn", "galatea classify codes.h5 --baseline set.h5",
    "galatea classify codes.h5 --method knn --k 10 --json", NULL};

const gt_command gt_command_classify = {
    .name = "classify",
    .summary = "classify labelled codes by their neighbours",
    .description =
        "Learns from the rows of split 0 and is judged by those of split 1; rows without a "
        "label "
        "are left out. FILE holds codes, or images, whose pixels are then compared as they "
        "are: "
        "with --baseline both stand side by side. Of two classes the second (FRII) is the "
        "positive one: recall is its share found, specificity that of the first. Values are "
        "used as they are, without scaling; a tied vote goes to the lower class.",
    .usage = "FILE",
    .min_words = 1,
    .max_words = 1,
    .table = &table,
    .settings_size = sizeof(classify_settings),
    .examples = examples,
    .has_json = true,
    .has_threads = true,
    .run = run};
