/* Replays the first half of t-SNE: neighbours, affinities of all pairs and of the nearest, and
 * the start from principal components. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "galatea/tsne.h"
#include "recording.h"
#include "tsne/affinity.h"

static const double CLOSE = 1e-9;

typedef struct affinities {
    gt_recording *rec;
    size_t rows, features, k;
    float *x;
    double perplexity;
    gt_neighbours all, nearest;
} affinities;

/* Largest |got / want - 1|; equal numbers, 0 among them, have none. */
static double relative_error(size_t n, const double *got, const double *want) {
    double largest = 0;
    for (size_t i = 0; i < n; i++) {
        double error = got[i] == want[i] ? 0 : fabs(got[i] / want[i] - 1);
        if (!(error <= largest)) largest = isnan(error) ? INFINITY : error;
    }
    return largest;
}

/* Largest difference in units of the largest recorded value of its row. */
static double error_of_rows(size_t rows, size_t length, const double *got, const double *want) {
    double largest = 0;
    for (size_t i = 0; i < rows; i++) {
        double most = 0;
        for (size_t j = i * length; j < (i + 1) * length; j++) most = fmax(most, fabs(want[j]));
        for (size_t j = i * length; j < (i + 1) * length; j++) {
            double error = fabs(got[j] - want[j]) / most;
            if (!(error <= largest)) largest = isnan(error) ? INFINITY : error;
        }
    }
    return largest;
}

/* The recorded tensor, of `rows` or fewer rows of `length`; *rows becomes their number. */
static double *expected(affinities *a, const char *name, size_t length, size_t *rows) {
    uint64_t count = 0;
    double *want = gt_recording_expected(a->rec, name, &count);
    if (!want) return NULL;
    if (count % length == 0 && count && count / length <= *rows) {
        *rows = count / length;
        return want;
    }
    gt_recording_fail(a->rec, GT_BAD_SHAPE, "'%s' has %llu values, expected rows of %zu", name,
                      (unsigned long long)count, length);
    free(want);
    return NULL;
}

static double *room(affinities *a, size_t count) {
    double *values = calloc(count + 1, sizeof *values);
    if (!values) gt_recording_fail(a->rec, GT_NO_MEMORY, "no memory for %zu values", count);
    return values;
}

static void read_problem(affinities *a) {
    gt_recording *rec = a->rec;
    uint64_t values = 0, count = 0, start = 0;
    a->x = gt_recording_input(rec, "x", &values);
    a->perplexity = gt_recording_number(rec, "perplexity", 30);
    a->k = (size_t)gt_recording_number(rec, "neighbours", 91);
    /* Classes only name the points; the map is judged where its quality is recorded. */
    free(gt_recording_input_double(rec, "label", &count));
    free(gt_recording_input_double(rec, "y_test", &start));
    if (rec->status) return;
    if (count < 2 || values % count || !values || a->k < 1 || a->k >= count)
        gt_recording_fail(rec, GT_BAD_SHAPE, "x and label do not go together");
    a->rows = (size_t)count;
    a->features = count ? (size_t)(values / count) : 0;
    if (!rec->status)
        rec->status = gt_neighbours_find(a->rows, a->features, a->x, a->rows - 1,
                                         GT_NEIGHBOURS_EXACT, 0, NULL, NULL, &a->all, rec->err);
    if (!rec->status)
        rec->status = gt_neighbours_find(a->rows, a->features, a->x, a->k, GT_NEIGHBOURS_EXACT,
                                         0, NULL, NULL, &a->nearest, rec->err);
}

static void compare_neighbours(affinities *a) {
    size_t count = a->rows * a->k, rows = a->rows;
    double *index = room(a, count), *distance = room(a, count);
    double *want = expected(a, "knn_dist", a->k, &rows);
    for (size_t e = 0; index && distance && e < count; e++) {
        index[e] = a->nearest.index[e];
        distance[e] = sqrt(a->nearest.squared[e]);
    }
    if (index && !a->rec->status)
        gt_recording_compare_within(a->rec, "knn_idx",
                                    GT_SHAPE((int64_t)a->rows, (int64_t)a->k), index, 0);
    if (distance && want) /* recorded in single precision */
        gt_recording_judged(a->rec, "knn_dist", relative_error(rows * a->k, distance, want),
                            1e-6);
    free(index);
    free(distance);
    free(want);
}

/* Rows of conditional affinities in the order of the graph, or of the columns when it holds all
 * others. */
static void fill_conditional(const affinities *a, const gt_neighbours *g, size_t rows,
                             double *sorted, double *beta, double *entropy, double *out) {
    bool is_whole = g->k == a->rows - 1;
    for (size_t i = 0; i < a->rows; i++) {
        beta[i] =
            gt_affinity_row(g->k, g->squared + i * g->k, a->perplexity, sorted, &entropy[i]);
        for (size_t j = 0; i < rows && j < g->k; j++) {
            size_t at = is_whole ? i * a->rows + (size_t)g->index[i * g->k + j] : i * g->k + j;
            out[at] = sorted[j];
        }
    }
}

static void judge_relative(affinities *a, const char *name, const double *got) {
    size_t rows = a->rows;
    double *want = expected(a, name, 1, &rows);
    if (want && rows != a->rows)
        gt_recording_fail(a->rec, GT_BAD_SHAPE, "'%s' has %zu values, expected %zu", name, rows,
                          a->rows);
    if (want) gt_recording_judged(a->rec, name, relative_error(rows, got, want), CLOSE);
    free(want);
}

static void compare_conditional(affinities *a, const gt_neighbours *g, const char *beta_name,
                                const char *rows_name) {
    bool is_whole = g->k == a->rows - 1;
    size_t length = is_whole ? a->rows : g->k, rows = a->rows;
    double *want = expected(a, rows_name, length, &rows);
    double *beta = room(a, a->rows), *entropy = room(a, a->rows), *sorted = room(a, g->k);
    double *got = room(a, rows * length);
    if (!a->rec->status) {
        fill_conditional(a, g, rows, sorted, beta, entropy, got);
        gt_recording_judged(a->rec, rows_name, error_of_rows(rows, length, got, want), CLOSE);
        judge_relative(a, beta_name, beta);
        if (is_whole) judge_relative(a, "cond_row_entropy_nats", entropy);
        for (size_t i = 0; i < a->rows; i++) beta[i] = 1 / sqrt(2 * beta[i]);
        if (is_whole) judge_relative(a, "cond_sigma", beta);
    }
    free(want);
    free(beta);
    free(entropy);
    free(sorted);
    free(got);
}

static void compare_joint(affinities *a) {
    gt_affinity p = {0};
    size_t rows = a->rows;
    double *want = expected(a, "P_joint_rows", a->rows, &rows), *got = NULL;
    if (!a->rec->status)
        a->rec->status = gt_affinity_create(&a->all, a->perplexity, &p, a->rec->err);
    if (!a->rec->status) got = room(a, rows * a->rows);
    if (got) {
        for (size_t i = 0; i < rows; i++)
            for (size_t e = p.start[i]; e < p.start[i + 1]; e++)
                got[i * a->rows + (size_t)p.column[e]] = p.weight[e];
        gt_recording_judged(a->rec, "P_joint_rows", error_of_rows(rows, a->rows, got, want),
                            CLOSE);
    }
    gt_affinity_free(&p);
    free(want);
    free(got);
}

/* The sign of a component is free. */
static void compare_start(affinities *a) {
    size_t rows = a->rows;
    double *want = expected(a, "init_pca", 2, &rows), *got = room(a, 2 * a->rows), worst = 0;
    if (want && rows != a->rows)
        gt_recording_fail(a->rec, GT_BAD_SHAPE, "'init_pca' has %zu rows, expected %zu", rows,
                          a->rows);
    if (!a->rec->status)
        a->rec->status = gt_tsne_start_pca(a->rows, a->features, a->x, got, a->rec->err);
    for (size_t axis = 0; !a->rec->status && axis < 2; axis++) {
        double product = 0, most = 0;
        for (size_t i = axis; i < 2 * rows; i += 2) {
            product += got[i] * want[i];
            most = fmax(most, fabs(want[i]));
        }
        for (size_t i = axis; i < 2 * rows; i += 2)
            worst = fmax(worst, fabs(copysign(got[i], got[i] * product) - want[i]) / most);
    }
    if (!a->rec->status) gt_recording_judged(a->rec, "init_pca", worst, 1e-7);
    free(want);
    free(got);
}

static void replay_affinities(gt_recording *rec) {
    static const gt_replay_rule none[] = {{NULL, 0}};
    affinities a = {.rec = rec};
    rec->rules = none;
    read_problem(&a);
    if (!rec->status) compare_neighbours(&a);
    if (!rec->status) compare_conditional(&a, &a.all, "cond_beta", "P_cond_rows");
    if (!rec->status) compare_conditional(&a, &a.nearest, "nn_beta", "nn_P_cond_rows");
    if (!rec->status) compare_joint(&a);
    if (!rec->status) compare_start(&a);
    gt_neighbours_free(&a.all);
    gt_neighbours_free(&a.nearest);
    free(a.x);
}

static bool accepts(const gt_safetensors *file) {
    const gt_st_tensor *tensor;
    return gt_safetensors_get(file, "cond_beta", &tensor, NULL) == GT_OK;
}

const gt_replayer gt_replayer_tsne_affinities = {"t-SNE affinities", accepts,
                                                 replay_affinities};
