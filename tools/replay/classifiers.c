/* Replays recordings of nearest neighbours, support vectors, logistic regression, principal
 * components and similarity on one set of codes, with the reference's settings: k from the
 * recorded lists, gamma 0.2, C 100 and 1. */
#include "classifiers.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "galatea/metrics.h"
#include "knn.h"

int64_t codes_size(gt_recording *rec, const char *name, int axis) {
    int index = gt_recording_find(rec, name);
    const gt_st_tensor *t = index < 0 ? NULL : gt_safetensors_at(rec->file, (size_t)index);
    if (t && axis < t->rank && t->shape[axis] > 0) return t->shape[axis];
    gt_recording_fail(rec, GT_BAD_FORMAT, "no '%s' of %d axes", name, axis + 1);
    return 1;
}

void *codes_room(gt_recording *rec, size_t count, size_t size) {
    void *room = calloc(count + 1, size);
    if (!room) gt_recording_fail(rec, GT_NO_MEMORY, "no memory for %zu values", count);
    return room;
}

/* ---- Inputs ------------------------------------------------------------------------------ */

static int32_t *read_labels(gt_recording *rec, const char *name, size_t rows) {
    uint64_t count = 0;
    double *values = gt_recording_input_double(rec, name, &count);
    int32_t *out = codes_room(rec, rows, sizeof *out);
    if (values && count != rows)
        gt_recording_fail(rec, GT_BAD_SHAPE, "'%s' has %llu values, expected %zu", name,
                          (unsigned long long)count, rows);
    for (size_t i = 0; !rec->status && i < rows; i++) {
        if (values[i] != 0.0 && values[i] != 1.0)
            gt_recording_fail(rec, GT_BAD_FORMAT, "'%s' has %g, expected 0 or 1", name,
                              values[i]);
        out[i] = values[i] == 1.0;
    }
    free(values);
    return out;
}

static void read_codes(codes *c, const char *part, gt_samples *out, void **owned) {
    gt_recording *rec = c->rec;
    char x[16], y[16];
    uint64_t count = 0;
    snprintf(x, sizeof x, "x_%s", part);
    snprintf(y, sizeof y, "y_%s", part);
    out->rows = (size_t)codes_size(rec, x, 0);
    out->features = (size_t)codes_size(rec, x, 1);
    out->classes = 2;
    out->x = owned[0] = gt_recording_input(rec, x, &count);
    if (!rec->status && count != out->rows * out->features)
        gt_recording_fail(rec, GT_BAD_SHAPE, "'%s' has more than two axes", x);
    if (rec->status) return;
    out->labels = owned[1] = read_labels(rec, y, out->rows);
    if (!rec->status) rec->status = gt_samples_check(out, rec->err);
}

static void open_codes(codes *c) {
    read_codes(c, "train", &c->train, c->owned);
    read_codes(c, "test", &c->test, c->owned + 2);
    if (!c->rec->status && c->test.features != c->train.features)
        gt_recording_fail(c->rec, GT_BAD_SHAPE, "x_train has %zu features, x_test %zu",
                          c->train.features, c->test.features);
}

/* ---- Comparing --------------------------------------------------------------------------- */

void codes_compare(codes *c, const char *name, const double *got, double sign, double tolerance,
                   int64_t rows, int64_t columns) {
    size_t count = (size_t)(rows * columns);
    double *turned = codes_room(c->rec, count, sizeof *turned);
    for (size_t i = 0; turned && i < count; i++) turned[i] = sign * got[i];
    if (turned)
        gt_recording_compare_within(c->rec, name, GT_SHAPE(rows, columns), turned, tolerance);
    free(turned);
}

void codes_compare_whole(codes *c, const char *name, const int32_t *got, int64_t count) {
    double *wide = codes_room(c->rec, (size_t)count, sizeof *wide);
    for (int64_t i = 0; wide && i < count; i++) wide[i] = got[i];
    if (wide) codes_compare(c, name, wide, 1, 0, count, 1);
    free(wide);
}

void codes_compare_metrics(codes *c, const char *name, const int32_t *predicted,
                           const double *score) {
    gt_recording *rec = c->rec;
    gt_binary_metrics m;
    if (rec->status) return;
    rec->status =
        gt_binary_metrics_compute(c->test.rows, c->test.labels, predicted, score, &m, rec->err);
    double got[] = {m.accuracy, m.roc_auc, m.specificity, m.recall};
    if (!rec->status) codes_compare(c, name, got, 1, 1e-15, 4, 1);
}

/* ---- Nearest neighbours ------------------------------------------------------------------ */

/* As far from a query as `distance` but for rounding. */
static bool is_as_far(const gt_knn_problem *known, const float *query, int64_t row,
                      double distance) {
    const float *other = known->x + (size_t)row * known->features;
    double squared = 0;
    for (size_t f = 0; f < known->features; f++) {
        double difference = (double)query[f] - (double)other[f];
        squared += difference * difference;
    }
    return fabs(sqrt(squared) - distance) <= 1e-12 * distance;
}

/* Whether the recorded rows may stand for ours: other ones, each as far as ours at its place.
 */
static bool is_tied(const gt_knn_problem *known, const float *query, const int64_t *rows,
                    const double *distances, const double *told) {
    bool differs = false;
    for (size_t e = 0; e < known->k; e++) {
        if (!(told[e] >= 0 && told[e] < (double)known->rows)) return false;
        for (size_t before = 0; before < e; before++)
            if (told[before] == told[e]) return false;
        differs = differs || told[e] != (double)rows[e];
        if (!is_as_far(known, query, (int64_t)told[e], distances[e])) return false;
    }
    return differs;
}

/* Rows at equal distance come in any order in the reference, and any of them is the last, which
 * votes. */
static void take_ties(codes *c, const gt_knn_problem *known, const double *distances,
                      int64_t *rows, int32_t *predicted, double *score) {
    uint64_t count = 0;
    size_t k = known->k, n = c->test.rows;
    double *told = gt_recording_expected(c->rec, "knn.neigh_idx", &count);
    for (size_t q = 0; told && count == n * k && q < n; q++) {
        size_t votes = 0;
        if (!is_tied(known, c->test.x + q * known->features, rows + q * k, distances + q * k,
                     told + q * k))
            continue;
        for (size_t e = q * k; e < (q + 1) * k; e++) {
            rows[e] = (int64_t)told[e];
            votes += known->labels[rows[e]] == 1;
        }
        score[q] = (double)votes / (double)k;
        predicted[q] = 2 * votes > k;
    }
    free(told);
}

static void replay_knn(codes *c) {
    gt_recording *rec = c->rec;
    int64_t n = (int64_t)c->test.rows, k = codes_size(rec, "knn.neigh_idx", 1);
    if (rec->status) return;
    size_t count = (size_t)(n * k);
    int64_t *rows = codes_room(rec, count, sizeof *rows);
    double *wide = codes_room(rec, count, sizeof *wide),
           *distances = codes_room(rec, count, sizeof *wide),
           *score = codes_room(rec, (size_t)n, sizeof *score);
    int32_t *predicted = codes_room(rec, (size_t)n, sizeof *predicted);
    gt_knn_problem known = {c->train.rows, c->train.features, 2,
                            c->train.x,    c->train.labels,   (size_t)k};
    gt_knn_answer answer = {predicted, NULL, score, rows, distances};
    if (!rec->status)
        rec->status = gt_knn_classify(&known, c->test.rows, c->test.x, &answer, rec->err);
    if (!rec->status) {
        take_ties(c, &known, distances, rows, predicted, score);
        for (size_t i = 0; i < count; i++) wide[i] = (double)rows[i];
        codes_compare(c, "knn.neigh_idx", wide, 1, 0, n, k);
        codes_compare(c, "knn.neigh_dist", distances, 1, 1e-9, n, k);
        codes_compare(c, "knn.proba1", score, 1, 1e-15, n, 1);
        codes_compare_whole(c, "knn.pred", predicted, n);
        codes_compare_metrics(c, "knn.metrics", predicted, score);
    }
    free(rows);
    free(wide);
    free(distances);
    free(score);
    free(predicted);
}

/* ---- All --------------------------------------------------------------------------------- */

static void replay_classifiers(gt_recording *rec) {
    codes c = {.rec = rec};
    open_codes(&c);
    if (!rec->status) replay_knn(&c);
    if (!rec->status) codes_replay_svc(&c);
    if (!rec->status) codes_replay_lr(&c);
    if (!rec->status) codes_replay_pca(&c);
    if (!rec->status) codes_replay_similarity(&c);
    for (size_t i = 0; i < 4; i++) free(c.owned[i]);
}

static bool accepts(const gt_safetensors *file) {
    return gt_safetensors_find(file, "x_train") && gt_safetensors_find(file, "knn.neigh_idx") &&
           gt_safetensors_find(file, "svc.decision");
}

const gt_replayer gt_replayer_classifiers = {"classifiers", accepts, replay_classifiers};
