/* judge_morphology.c - galaxies as five coefficients, in units of their deviation over test. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "file.h"
#include "galatea/log.h"
#include "judge_space.h"
#include "morphology.h"

enum { LEAST_ROWS = 20, FAR = 10 /* deviations */ };

typedef struct measured {
    gt_morphing morphing;
    int set_of[GT_JUDGE_SETS]; /* its index there; train and test may be one file */
    double *x[GT_JUDGE_SETS];  /* (points, GT_COEFFICIENTS) */
    double deviation[GT_COEFFICIENTS];
    size_t columns[GT_COEFFICIENTS], count; /* those that are kept */
} measured;

/* Shapes are those of light, unless a stretch could be undone in some sets alone. */
static bool keeps_stretch(const gt_judge_rows *r) {
    int curved = -1, lost = -1;
    gt_flux of[GT_JUDGE_SETS];
    for (int s = 0; s < GT_JUDGE_SETS; s++) {
        of[s] = gt_flux_of(gt_dataset_describe(r->data[s]));
        if (of[s].curve.curve != GT_CURVE_LINEAR) curved = s;
        if (of[s].is_lost || !of[s].is_told) lost = s;
    }
    if (curved < 0 || lost < 0) return false;
    gt_remark(
        "%s records a stretch (%s), and of %s no way back to flux is known: shapes are those "
        "of pixels as they are stored",
        gt_dataset_path(r->data[curved]), of[curved].name, gt_dataset_path(r->data[lost]));
    return true;
}

/* Test comes first: sources of another size than its are told. */
static gt_status measure(const gt_context *context, const gt_judge_rows *r, measured *m,
                         gt_error *err) {
    static const int order[] = {GT_JUDGE_TEST, GT_JUDGE_TRAIN, GT_JUDGE_GENERATED};
    const char *paths[GT_JUDGE_SETS];
    size_t count = 0;
    gt_context quiet = *context;
    quiet.mismatch = "ignore"; /* it has been told */
    for (int i = 0; i < GT_JUDGE_SETS; i++) {
        const char *path = gt_dataset_path(r->data[order[i]]);
        size_t at = 0;
        while (at < count && !gt_file_is_same(paths[at], path)) at++;
        if (at == count) paths[count++] = path;
        m->set_of[order[i]] = (int)at;
    }
    gt_morphing_settings settings = {.keeps_stretch = keeps_stretch(r)};
    gt_status status = gt_morphing_compute(&quiet, &settings, paths, count, &m->morphing, err);
    if (!status) gt_morphing_tell_flux(&m->morphing);
    return status;
}

static bool is_good(const gt_morphology_result *m, const double *x) {
    bool is_finite = true;
    for (size_t k = 0; k < GT_COEFFICIENTS; k++) is_finite &= isfinite(x[k]) != 0;
    return m->flag <= 1 && is_finite;
}

/* The coefficients of one set; rows without good ones leave the list. */
static gt_status keep_good(gt_judge_rows *r, int s, measured *m, gt_judge_report *report,
                           gt_error *err) {
    const gt_morphed_set *set = &m->morphing.sets[m->set_of[s]];
    gt_points *p = &r->points[s];
    size_t kept = 0, all = p->rows;
    m->x[s] = malloc((all + 1) * GT_COEFFICIENTS * sizeof *m->x[s]);
    if (!m->x[s]) return gt_fail(err, GT_NO_MEMORY, "coefficients of %zu rows", all);
    for (size_t i = 0; i < all; i++) {
        const gt_morphology_result *at = &set->rows[r->rows[s][i]].result;
        const double x[] = {at->concentration, at->asymmetry, at->smoothness, at->gini,
                            at->m20};
        if (!is_good(at, x)) continue;
        memcpy(m->x[s] + kept * GT_COEFFICIENTS, x, sizeof x);
        r->rows[s][kept++] = r->rows[s][i];
    }
    report->sets[s].lost = all - kept;
    p->rows = kept;
    if (kept >= LEAST_ROWS) return GT_OK;
    return gt_fail(err, GT_USAGE,
                   "%s: %zu of %zu rows have a morphology that can be trusted, expected at "
                   "least %d; another space may do",
                   p->name, kept, all, LEAST_ROWS);
}

/* Over test, with n - 1; what is constant there is left out. */
static gt_status find_deviations(const gt_points *test, measured *m, gt_error *err) {
    const double *x = m->x[GT_JUDGE_TEST];
    for (size_t k = 0; k < GT_COEFFICIENTS; k++) {
        double mean = 0.0, square = 0.0, rows = (double)test->rows;
        for (size_t i = 0; i < test->rows; i++) mean += x[i * GT_COEFFICIENTS + k] / rows;
        for (size_t i = 0; i < test->rows; i++) {
            double d = x[i * GT_COEFFICIENTS + k] - mean;
            square += d * d;
        }
        m->deviation[k] = sqrt(square / (rows - 1.0));
        if (m->deviation[k] > 1e-12 * fabs(mean))
            m->columns[m->count++] = k;
        else
            gt_remark("%s: %s is the same in all rows, and is left out", test->name,
                      gt_coefficient_name(k));
    }
    if (m->count) return GT_OK;
    return gt_fail(err, GT_USAGE, "%s: all rows have one morphology, which tells nothing",
                   test->name);
}

static gt_status fill(gt_judge_rows *r, int s, const measured *m, gt_error *err) {
    gt_status status = gt_judge_rows_make_room(r, s, m->count, err);
    for (size_t i = 0; !status && i < r->points[s].rows; i++)
        for (size_t c = 0; c < m->count; c++) {
            size_t k = m->columns[c];
            r->x[s][i * m->count + c] =
                (float)(m->x[s][i * GT_COEFFICIENTS + k] / m->deviation[k]);
        }
    return status;
}

size_t gt_judge_far_rows(const gt_points *of, const gt_points *test, double reach,
                         size_t *column) {
    size_t columns = of->columns, count = 0;
    double farthest = reach, mean[GT_COEFFICIENTS] = {0};
    GT_ASSERT(columns <= GT_COEFFICIENTS);
    for (size_t i = 0; i < test->rows * columns; i++)
        mean[i % columns] += (double)test->x[i] / (double)test->rows;
    for (size_t r = 0; r < of->rows; r++) {
        bool is_far = false;
        for (size_t c = 0; c < columns; c++) {
            double away = fabs((double)of->x[r * columns + c] - mean[c]);
            is_far |= away > reach;
            if (away <= farthest) continue;
            farthest = away;
            *column = c;
        }
        count += is_far;
    }
    return count;
}

/* Cubes of a few of them may be all that a kernel distance is made of. */
static void tell_far_rows(const gt_judge_rows *r, const measured *m) {
    for (int s = 0; s < GT_JUDGE_SETS; s++) {
        size_t column = 0,
               far = gt_judge_far_rows(&r->points[s], &r->points[GT_JUDGE_TEST], FAR, &column);
        if (far)
            gt_remark("%s: rows farther than %d deviations from the mean of test: %zu, the "
                      "farthest in "
                      "%s: Frechet and kernel distances may be made of such rows",
                      r->points[s].name, FAR, far, gt_coefficient_name(m->columns[column]));
    }
}

static void name_space(const measured *m, gt_judge_report *report) {
    size_t at = (size_t)snprintf(report->space, sizeof report->space, "morphology");
    for (size_t c = 0; c < m->count && at < sizeof report->space; c++)
        at += (size_t)snprintf(report->space + at, sizeof report->space - at, "%s%s",
                               c ? ", " : " by ", gt_coefficient_name(m->columns[c]));
}

gt_status gt_judge_describe_morphology(const gt_context *context, const char *argument,
                                       gt_judge_rows *r, gt_judge_report *report,
                                       gt_error *err) {
    gt_status status = GT_OK;
    measured m = {.count = 0};
    (void)argument;
    GT_TRY(measure(context, r, &m, err));
    for (int s = 0; s < GT_JUDGE_SETS; s++) GT_TRY(keep_good(r, s, &m, report, err));
    GT_TRY(find_deviations(&r->points[GT_JUDGE_TEST], &m, err));
    for (int s = 0; s < GT_JUDGE_SETS; s++) GT_TRY(fill(r, s, &m, err));
    tell_far_rows(r, &m);
    name_space(&m, report);
done:
    for (int s = 0; s < GT_JUDGE_SETS; s++) free(m.x[s]);
    gt_morphing_free(&m.morphing);
    return status;
}
