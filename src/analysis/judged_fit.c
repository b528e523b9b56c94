/* judged_fit.c - what a fitted classifier answers to rows of known class, and how good that is.
 */
#include "judged_fit.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The rows of the two classes, in place; returns how many there are. */
static size_t select_two_classes(const gt_classes *classes, size_t rows, int32_t *truth,
                                 int32_t *predicted, double *score) {
    size_t n = 0;
    for (size_t i = 0; i < rows; i++) {
        int32_t place = gt_classes_place(classes, truth[i]);
        if (place < 0) continue;
        truth[n] = place;
        predicted[n] = gt_classes_place(classes, predicted[i]);
        score[n++] = score[i];
    }
    return n;
}

/* Uses up its arrays (rows). */
static gt_status judge_rows(const gt_classes *classes, size_t rows, int32_t *truth,
                            int32_t *predicted, double *score, gt_fit_scores *out,
                            gt_error *err) {
    *out = (gt_fit_scores){.accuracy = gt_accuracy(rows, truth, predicted, NULL),
                           .is_one_class = rows > 1};
    for (size_t i = 1; i < rows; i++) out->is_one_class &= predicted[i] == predicted[0];
    if (classes->count != 2) return GT_OK;
    size_t n = select_two_classes(classes, rows, truth, predicted, score);
    out->binary.roc_auc = (double)NAN;
    return n ? gt_binary_metrics_compute(n, truth, predicted, score, &out->binary, err) : GT_OK;
}

/* ---- Class by class ---------------------------------------------------------------------- */

/* All labels are among `all`; scores (n, known->count): of the classes that the fit knows;
 * NULL: there are none. */
static void place_all(const gt_classes *all, size_t n, const int32_t *labels, int32_t *out) {
    for (size_t i = 0; i < n; i++) out[i] = gt_classes_place(all, labels[i]);
}

static gt_status count_answers(const gt_classes *all, const gt_classes *known, size_t n,
                               const int32_t *truth, const int32_t *predicted,
                               const double *scores, double *counts, gt_error *err) {
    gt_status status = GT_OK;
    int32_t *places = malloc((2 * n + 1) * sizeof *places);
    int32_t *column = malloc(((size_t)all->count + 1) * sizeof *column);
    if (!places || !column) GT_THROW(err, GT_NO_MEMORY, "no memory for %zu answers", n);
    place_all(all, n, truth, places);
    place_all(all, n, predicted, places + n);
    for (int32_t k = 0; k < all->count; k++)
        column[k] = scores ? gt_classes_place(known, all->labels[k]) : -1;
    const gt_class_answers answers = {.n = n,
                                      .classes = all->count,
                                      .truth = places,
                                      .predicted = places + n,
                                      .scores = scores,
                                      .columns = scores ? (size_t)known->count : 0,
                                      .column = column};
    GT_TRY(gt_class_count(&answers, counts, err));
done:
    free(places);
    free(column);
    return status;
}

/* ---- All of it --------------------------------------------------------------------------- */

/* Answers to n rows. */
typedef struct answers {
    int32_t *truth, *predicted; /* (n) */
    double *score;              /* (n) */
    double *scores;             /* (n, classes): of each class; NULL: not wanted */
} answers;

static gt_status open_answers(const gt_asked *a, const gt_classifier *classifier,
                              const gt_samples *rows, answers *out, gt_error *err) {
    size_t n = rows->rows, columns = 2;
    if (classifier) columns = (size_t)gt_classifier_classes_of(classifier)->count;
    bool has_scores = a->counts && (classifier || a->classes->count == 2);
    *out = (answers){.truth = malloc(n * sizeof *out->truth),
                     .predicted = calloc(n, sizeof *out->predicted),
                     .score = calloc(n, sizeof *out->score)};
    if (has_scores) out->scores = malloc(n * columns * sizeof *out->scores);
    if (!out->truth || !out->predicted || !out->score || (has_scores && !out->scores))
        return gt_fail(err, GT_NO_MEMORY, "no memory for %zu answers", n);
    memcpy(out->truth, rows->labels, n * sizeof *out->truth);
    for (size_t i = 0; i < n; i++) out->predicted[i] = a->only;
    return GT_OK;
}

static void close_answers(answers *of) {
    free(of->truth);
    free(of->predicted);
    free(of->score);
    free(of->scores);
}

/* Of two classes the score tells both. */
static void score_two(size_t n, answers *of) {
    for (size_t i = 0; i < n; i++) {
        of->scores[2 * i] = -of->score[i];
        of->scores[2 * i + 1] = of->score[i];
    }
}

gt_status gt_scores_of_fit(const gt_asked *a, const gt_classifier *classifier,
                           const gt_samples *rows, gt_fit_scores *out, gt_error *err) {
    gt_status status = GT_OK;
    answers of;
    bool is_binary = a->classes->count == 2;
    GT_TRY(open_answers(a, classifier, rows, &of, err));
    gt_prediction wanted = {.predicted = of.predicted,
                            .score = of.score,
                            .probability = is_binary ? NULL : of.scores};
    if (classifier)
        GT_TRY(gt_classifier_predict(classifier, rows->rows, rows->x, &wanted, err));
    if (of.scores && is_binary) score_two(rows->rows, &of);
    if (a->counts)
        GT_TRY(count_answers(a->all,
                             is_binary || !classifier ? a->classes
                                                      : gt_classifier_classes_of(classifier),
                             rows->rows, of.truth, of.predicted, of.scores, a->counts, err));
    GT_TRY(judge_rows(a->classes, rows->rows, of.truth, of.predicted, of.score, out, err));
done:
    close_answers(&of);
    return status;
}

gt_status gt_evaluate_classifier(const gt_classifier *classifier, const gt_samples *rows,
                                 gt_fit_scores *out, gt_error *err) {
    const gt_asked a = {.classes = gt_classifier_classes_of(classifier)};
    return gt_scores_of_fit(&a, classifier, rows, out, err);
}
