/* Replays recorded metrics: cases m0, m1, ... of classes, scores and a threshold, with the
 * counts, the figures and the corners of the ROC curve. */
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "galatea/metrics.h"
#include "recording.h"

enum { NAME_SIZE = 64 };

typedef struct metrics_case {
    gt_recording *rec;
    int number;
    size_t n;
    double *score;
    int32_t *truth, *predicted;
} metrics_case;

static const char *part(const metrics_case *m, const char *name, char text[NAME_SIZE]) {
    snprintf(text, NAME_SIZE, "m%d.%s", m->number, name);
    return text;
}

static void compare(const metrics_case *m, const char *name, const double *got, size_t count,
                    double tolerance) {
    char text[NAME_SIZE];
    gt_recording_compare_within(m->rec, part(m, name, text), GT_SHAPE((int64_t)count), got,
                                tolerance);
}

/* ---- The curve --------------------------------------------------------------------------- */

typedef struct point {
    double threshold, false_positives, true_positives;
} point;

typedef struct scored {
    double score;
    int32_t truth;
} scored;

static int by_falling_score(const void *left, const void *right) {
    const scored *a = left, *b = right;
    return (a->score < b->score) - (a->score > b->score);
}

/* One point for each different score, all samples of that score crossed in one step. */
static size_t trace(const metrics_case *m, scored *sorted, point *out) {
    size_t count = 0;
    point at = {0};
    for (size_t i = 0; i < m->n; i++) sorted[i] = (scored){m->score[i], m->truth[i]};
    qsort(sorted, m->n, sizeof *sorted, by_falling_score);
    for (size_t i = 0; i < m->n; i++) {
        at.threshold = sorted[i].score;
        at.true_positives += sorted[i].truth;
        at.false_positives += 1 - sorted[i].truth;
        if (i + 1 == m->n || sorted[i + 1].score != sorted[i].score) out[count++] = at;
    }
    return count;
}

/* Leaves out points in the middle of a straight run of equal steps, as the reference does. */
static size_t keep_corners(const point *all, size_t count, point *out) {
    size_t kept = 0;
    out[kept++] = (point){all[0].threshold + 1.0, 0.0, 0.0};
    for (size_t i = 0; i < count; i++) {
        bool is_end = i == 0 || i + 1 == count;
        bool is_corner = is_end ||
                         all[i + 1].false_positives - all[i].false_positives !=
                             all[i].false_positives - all[i - 1].false_positives ||
                         all[i + 1].true_positives - all[i].true_positives !=
                             all[i].true_positives - all[i - 1].true_positives;
        if (is_corner) out[kept++] = all[i];
    }
    return kept;
}

static void compare_curve(const metrics_case *m) {
    gt_recording *rec = m->rec;
    scored *sorted = calloc(m->n + 1, sizeof *sorted);
    point *all = calloc(m->n + 1, sizeof *all), *corners = calloc(m->n + 2, sizeof *corners);
    double *values = calloc(3 * (m->n + 2), sizeof *values);
    if (!sorted || !all || !corners || !values) {
        gt_recording_fail(rec, GT_NO_MEMORY, "no memory for a curve of %zu points", m->n);
        goto done;
    }
    size_t kept = keep_corners(all, trace(m, sorted, all), corners);
    double *x = values, *y = values + kept, *t = y + kept;
    for (size_t i = 0; i < kept; i++) {
        x[i] = corners[i].false_positives / corners[kept - 1].false_positives;
        y[i] = corners[i].true_positives / corners[kept - 1].true_positives;
        t[i] = corners[i].threshold;
    }
    compare(m, "roc_fpr", x, kept, 1e-15);
    compare(m, "roc_tpr", y, kept, 1e-15);
    compare(m, "roc_threshold", t, kept, 1e-15);
done:
    free(sorted);
    free(all);
    free(corners);
    free(values);
}

/* ---- A case ------------------------------------------------------------------------------ */

static void compare_figures(const metrics_case *m) {
    gt_recording *rec = m->rec;
    gt_binary_metrics b;
    rec->status =
        gt_binary_metrics_compute(m->n, m->truth, m->predicted, m->score, &b, rec->err);
    if (rec->status) return;
    double counts[] = {(double)b.true_negative, (double)b.false_positive,
                       (double)b.false_negative, (double)b.true_positive},
           figures[] = {b.accuracy, b.roc_auc, b.specificity, b.recall};
    compare(m, "tn_fp_fn_tp", counts, 4, 0);
    compare(m, "metrics", figures, 4, 1e-15);
}

static void replay_case(gt_recording *rec, int number) {
    metrics_case m = {.rec = rec, .number = number};
    char text[NAME_SIZE];
    uint64_t n = 0, scores = 0, thresholds = 0;
    double *truth = gt_recording_input_double(rec, part(&m, "y", text), &n),
           *threshold =
               gt_recording_input_double(rec, part(&m, "threshold", text), &thresholds);
    m.score = gt_recording_input_double(rec, part(&m, "score", text), &scores);
    m.n = (size_t)n;
    if (!rec->status && (scores != n || thresholds != 1 || n == 0))
        gt_recording_fail(rec, GT_BAD_SHAPE, "case m%d: y, score and threshold do not agree",
                          number);
    m.truth = calloc(m.n + 1, sizeof *m.truth);
    m.predicted = calloc(m.n + 1, sizeof *m.predicted);
    double *wide = calloc(m.n + 1, sizeof *wide);
    if (!m.truth || !m.predicted || !wide)
        gt_recording_fail(rec, GT_NO_MEMORY, "no memory for case m%d", number);
    for (size_t i = 0; !rec->status && i < m.n; i++) {
        m.truth[i] = truth[i] == 0.0 ? 0 : truth[i] == 1.0 ? 1 : -1; /* -1: refused below */
        wide[i] = m.predicted[i] = m.score[i] > threshold[0];
    }
    if (!rec->status) compare(&m, "pred", wide, m.n, 0);
    if (!rec->status) compare_figures(&m);
    if (!rec->status) compare_curve(&m);
    free(truth);
    free(threshold);
    free(wide);
    free(m.score);
    free(m.truth);
    free(m.predicted);
}

static void replay_metrics(gt_recording *rec) {
    char name[NAME_SIZE] = "m0.y";
    for (int i = 0; !rec->status && gt_recording_find(rec, name) >= 0; i++) {
        replay_case(rec, i);
        snprintf(name, sizeof name, "m%d.y", i + 1);
    }
}

static bool accepts(const gt_safetensors *file) {
    return gt_safetensors_find(file, "m0.y") && gt_safetensors_find(file, "m0.roc_fpr");
}

const gt_replayer gt_replayer_metrics_ties = {"metrics", accepts, replay_metrics};
