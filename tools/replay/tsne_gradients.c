/* Replays the second half of t-SNE: divergence, gradients, forces, descent, and the quality of
 * maps. The data, the perplexity and the start stand in another file beside this one, with
 * "affinities" in its name where this has "gradients".
 *
 * Maps themselves cannot be compared: rounding parts two descents within fifty steps. Their
 * quality can, and the maps made here from the same starts must be as good. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "embedding.h"
#include "recording.h"
#include "tsne/descent.h"
#include "tsne/forces.h"

enum { STARTS = 10, TRUST_K = 12, RECALL_K = 10 };

typedef struct gradients {
    gt_recording *rec;
    size_t rows, features;
    float *x;
    double *start, *y_test, perplexity;
    gt_affinity all, nearest;
} gradients;

static bool record_failure(gradients *g, gt_status status) {
    if (status && !g->rec->status) g->rec->status = status;
    return !g->rec->status;
}

static double *room(gradients *g, size_t count) {
    double *values = g->rec->status ? NULL : calloc(count + 1, sizeof *values);
    if (!values) gt_recording_fail(g->rec, GT_NO_MEMORY, "no memory for %zu values", count);
    return values;
}

/* ---- The other file -----------------------------------------------------------------------
 */

static char *other_path(gradients *g) {
    const char *path = gt_safetensors_path(g->rec->file), *name = strrchr(path, '/'), *at;
    char *out = NULL;
    name = name ? name + 1 : path;
    at = strstr(name, "gradients");
    if (!at) {
        gt_recording_fail(g->rec, GT_BAD_FORMAT,
                          "the name has no 'gradients', by which to find "
                          "the file with the data");
        return NULL;
    }
    if (asprintf(&out, "%.*saffinities%s", (int)(at - path), path, at + strlen("gradients")) <
        0) {
        gt_recording_fail(g->rec, GT_NO_MEMORY, "no memory for a path");
        return NULL;
    }
    return out;
}

/* Values of a tensor of the other file, `count` of them unless that is 0. */
static double *read_other(gradients *g, const gt_safetensors *file, const char *name,
                          uint64_t *count) {
    const gt_st_tensor *tensor;
    double *values = NULL;
    if (!record_failure(g, gt_safetensors_get(file, name, &tensor, g->rec->err))) return NULL;
    if (*count && tensor->elements != *count)
        gt_recording_fail(g->rec, GT_BAD_SHAPE,
                          "'%s' of the data has %llu values, expected %llu", name,
                          (unsigned long long)tensor->elements, (unsigned long long)*count);
    *count = tensor->elements;
    values = room(g, (size_t)tensor->elements);
    if (values)
        record_failure(
            g, gt_safetensors_read_f64(file, tensor, values, tensor->elements, g->rec->err));
    return values;
}

static void read_data(gradients *g) {
    gt_safetensors *file = NULL;
    uint64_t values = 0, pairs = 2 * g->rows;
    char *path = other_path(g);
    if (path && record_failure(g, gt_safetensors_open(path, &file, g->rec->err))) {
        double *x = read_other(g, file, "x", &values);
        const char *perplexity = gt_safetensors_metadata(file, "perplexity");
        g->start = read_other(g, file, "init_pca", &pairs);
        g->y_test = read_other(g, file, "y_test", &pairs);
        g->perplexity = perplexity ? strtod(perplexity, NULL) : 30;
        g->features = (size_t)values / g->rows;
        g->x = g->rec->status ? NULL : malloc((size_t)(values + 1) * sizeof *g->x);
        for (size_t i = 0; g->x && i < values; i++) g->x[i] = (float)x[i];
        if (!g->rec->status && (!g->x || values % g->rows || !(g->perplexity >= 1)))
            gt_recording_fail(g->rec, GT_BAD_SHAPE, "%s does not go with it", path);
        free(x);
    }
    gt_safetensors_close(file);
    free(path);
}

static void make_affinities(gradients *g, size_t k, gt_affinity *out) {
    gt_neighbours graph = {0};
    if (record_failure(g, gt_neighbours_find(g->rows, g->features, g->x, k, GT_NEIGHBOURS_EXACT,
                                             0, NULL, NULL, &graph, g->rec->err)))
        record_failure(g, gt_affinity_create(&graph, g->perplexity, out, g->rec->err));
    gt_neighbours_free(&graph);
}

/* ---- Gradients ----------------------------------------------------------------------------
 */

/* Gradient at y (its attraction exaggerated), divergence, Z and repulsion; the last three may
 * be NULL. */
static bool find_gradient(gradients *g, const gt_affinity *p, gt_tsne_forces how, double theta,
                          const double *y, double exaggeration, double *gradient, double *kl,
                          double *z_out, double *repulsion) {
    gt_repulsion *r = NULL;
    double *push = room(g, 2 * g->rows), *scratch = room(g, g->rows), z, energy;
    if (push && scratch &&
        record_failure(g, gt_repulsion_create(how, theta, g->rows, &r, g->rec->err)) &&
        record_failure(g, gt_repulsion_compute(r, y, push, &z, g->rec->err))) {
        gt_attraction(p, y, gradient, scratch, &energy);
        for (size_t i = 0; i < 2 * g->rows; i++)
            gradient[i] = 4 * (exaggeration * gradient[i] - push[i] / z);
        if (kl) *kl = p->entropy + energy + log(z);
        if (z_out) *z_out = z;
        if (repulsion) memcpy(repulsion, push, 2 * g->rows * sizeof *push);
    }
    gt_repulsion_destroy(r);
    free(push);
    free(scratch);
    return !g->rec->status;
}

typedef struct names {
    const char *kl, *gradient, *z, *repulsion; /* NULL: not recorded */
} names;

static void compare_at(gradients *g, const gt_affinity *p, const double *y, names n) {
    double *gradient = room(g, 2 * g->rows), *push = room(g, 2 * g->rows), kl, z;
    gt_shape one = GT_SHAPE(1), pairs = GT_SHAPE((int64_t)g->rows, 2);
    if (gradient && push &&
        find_gradient(g, p, GT_TSNE_EXACT, 0, y, 1, gradient, &kl, &z, push)) {
        gt_recording_compare_within(g->rec, n.kl, one, &kl, 1e-9);
        gt_recording_compare_within(g->rec, n.gradient, pairs, gradient, 1e-12);
        if (n.z) gt_recording_compare_within(g->rec, n.z, one, &z, 1e-9 * z);
        if (n.repulsion)
            gt_recording_compare_within(g->rec, n.repulsion, pairs, push,
                                        1e-9 * z / (double)g->rows);
    }
    free(gradient);
    free(push);
}

static void compare_sparse(gradients *g) {
    gt_affinity *p = &g->nearest;
    size_t count = p->start[g->rows];
    double *at = room(g, g->rows + 1), *column = room(g, count), largest = 0;
    for (size_t i = 0; at && i <= g->rows; i++) at[i] = (double)p->start[i];
    for (size_t e = 0; column && e < count; e++) {
        column[e] = p->column[e];
        largest = fmax(largest, p->weight[e]);
    }
    if (at && column) {
        gt_shape shape = GT_SHAPE((int64_t)count);
        gt_recording_compare_within(g->rec, "P_sparse_indptr", GT_SHAPE((int64_t)g->rows + 1),
                                    at, 0);
        gt_recording_compare_within(g->rec, "P_sparse_indices", shape, column, 0);
        gt_recording_compare_within(g->rec, "P_sparse_data", shape, p->weight, 1e-9 * largest);
    }
    free(at);
    free(column);
}

/* "bh_theta0.5.kl_relgraderr": the recorded tree's error in the gradient and shift of the
 * divergence are bounds for the tree here, with half as much again. */
static void compare_tree(gradients *g, const char *name, double theta, const double *y) {
    uint64_t count = 0;
    double *want = gt_recording_expected(g->rec, name, &count);
    double *exact = room(g, 2 * g->rows), *got = room(g, 2 * g->rows), kl, kl_exact;
    if (want && count == 2 && exact && got &&
        find_gradient(g, &g->nearest, GT_TSNE_EXACT, 0, y, 1, exact, &kl_exact, NULL, NULL) &&
        find_gradient(g, &g->nearest, GT_TSNE_BARNES_HUT, theta, y, 1, got, &kl, NULL, NULL)) {
        double difference = 0, whole = 0;
        for (size_t i = 0; i < 2 * g->rows; i++) {
            difference += (got[i] - exact[i]) * (got[i] - exact[i]);
            whole += exact[i] * exact[i];
        }
        double error = sqrt(difference / whole) / (1.5 * want[1] + 1e-9);
        double shift = fabs(kl - kl_exact) / (1.5 * fabs(want[0] - kl_exact) + 1e-9);
        gt_recording_judged(g->rec, name, fmax(error, shift), 1);
    }
    free(want);
    free(exact);
    free(got);
}

/* ---- Descent ------------------------------------------------------------------------------
 */

/* Rounding grows as the spec of the recording measured it. */
static double tolerance_after(int steps) {
    return steps <= 3 ? 1e-9 : steps <= 10 ? 1e-7 : 5e-2;
}

static void compare_step(gradients *g, int step, const double *y) {
    char name[64];
    uint64_t count = 0;
    double difference = 0, whole = 0;
    snprintf(name, sizeof name, "descent.y_after_%d", step);
    if (gt_recording_find(g->rec, name) < 0) return;
    double *want = gt_recording_expected(g->rec, name, &count);
    if (want && count != 2 * g->rows)
        gt_recording_fail(g->rec, GT_BAD_SHAPE, "'%s' has %llu values", name,
                          (unsigned long long)count);
    for (size_t i = 0; want && !g->rec->status && i < count; i++) {
        difference += (y[i] - want[i]) * (y[i] - want[i]);
        whole += want[i] * want[i];
    }
    if (want && !g->rec->status)
        gt_recording_judged(g->rec, name, sqrt(difference / whole), tolerance_after(step));
    free(want);
}

static void compare_descent(gradients *g) {
    enum { MOST_STEPS = 50 };
    uint64_t count = 0;
    gt_descent descent = {0};
    double *how = gt_recording_input_double(g->rec, "descent.lr_exaggeration_momentum", &count);
    double *y = room(g, 2 * g->rows), *gradient = room(g, 2 * g->rows);
    if (y && gradient && count == 3 &&
        record_failure(g, gt_descent_create(2 * g->rows, &descent, g->rec->err))) {
        memcpy(y, g->start, 2 * g->rows * sizeof *y);
        for (int step = 1; step <= MOST_STEPS && !g->rec->status; step++) {
            if (!find_gradient(g, &g->all, GT_TSNE_EXACT, 0, y, how[1], gradient, NULL, NULL,
                               NULL))
                break;
            gt_descent_step(&descent, gradient, how[2], how[0], y);
            compare_step(g, step, y);
        }
    }
    gt_descent_free(&descent);
    free(how);
    free(y);
    free(gradient);
}

/* ---- Quality ------------------------------------------------------------------------------
 */

typedef struct quality {
    double kl, trust, recall;
} quality;

static quality judge_map(gradients *g, const double *y) {
    quality q = {0};
    gt_error *err = g->rec->err;
    if (!g->rec->status)
        record_failure(
            g, gt_embedding_kl(g->rows, g->features, g->x, y, g->perplexity, 0, &q.kl, err));
    if (!g->rec->status)
        record_failure(g, gt_embedding_quality(g->rows, g->features, g->x, y, TRUST_K, &q.trust,
                                               NULL, err));
    if (!g->rec->status)
        record_failure(g, gt_embedding_quality(g->rows, g->features, g->x, y, RECALL_K, NULL,
                                               &q.recall, err));
    return q;
}

static void compare_test_map(gradients *g) {
    double got[3];
    quality q = judge_map(g, g->y_test);
    if (!g->rec->status)
        record_failure(g, gt_embedding_quality(g->rows, g->features, g->x, g->y_test, 5,
                                               &got[0], NULL, g->rec->err));
    got[1] = q.trust;
    got[2] = q.recall;
    if (!g->rec->status)
        gt_recording_compare_within(g->rec, "quality.y_test_trust5_trust12_recall10",
                                    GT_SHAPE(3), got, 1e-9);
}

/* A whole run from y. */
static quality run(gradients *g, gt_tsne_forces how, double *y) {
    gt_tsne_settings settings = gt_tsne_settings_default();
    gt_tsne_result result;
    settings.perplexity = g->perplexity;
    settings.forces = how;
    if (!g->rec->status)
        record_failure(g, gt_tsne_run(g->rows, g->features, g->x, &settings, y, NULL, NULL,
                                      &result, g->rec->err));
    return judge_map(g, y);
}

/* How much worse a run is than what was recorded, in units of what is accepted: a
 * divergence 4.6 % larger, trustworthiness 0.008 less, recall 0.03 less. */
static double shortfall(quality got, const double want[3]) {
    double worst = (got.kl / want[0] - 1) / 0.046;
    worst = fmax(worst, (want[1] - got.trust) / 0.008);
    return fmax(0, fmax(worst, (want[2] - got.recall) / 0.03));
}

/* A recorded map and its quality, and a run of the same kind from the same start. */
static void compare_final(gradients *g, gt_tsne_forces how, const char *stem) {
    char name[96], figures[96];
    uint64_t count = 0, four = 0;
    snprintf(name, sizeof name, "final.%s.y", stem);
    snprintf(figures, sizeof figures, "final.%s.kl_reported_kl_exact_trust12_recall10", stem);
    if (gt_recording_find(g->rec, name) < 0) return;
    double *y = gt_recording_input_double(g->rec, name, &count);
    double *want = gt_recording_expected(g->rec, figures, &four), *own = room(g, 2 * g->rows);
    double *gradient = room(g, 2 * g->rows), reported = 0;
    if (!g->rec->status && (count != 2 * g->rows || four != 4))
        gt_recording_fail(g->rec, GT_BAD_SHAPE, "'%s' and '%s' do not go together", name,
                          figures);
    if (!g->rec->status) {
        const gt_affinity *p = how == GT_TSNE_EXACT ? &g->all : &g->nearest;
        quality theirs = judge_map(g, y);
        find_gradient(g, p, how, 0.5, y, 1, gradient, &reported, NULL, NULL);
        memcpy(own, g->start, 2 * g->rows * sizeof *own);
        double worst = shortfall(run(g, how, own), want + 1);
        /* Of the recorded map: the divergence that the run itself reported was computed in
         * single precision, with another tree. */
        worst = fmax(worst, fabs(reported - want[0]) / (how == GT_TSNE_EXACT ? 1e-4 : 5e-3));
        worst = fmax(worst, fabs(theirs.kl - want[1]) / 1e-6);
        worst = fmax(worst, fabs(theirs.trust - want[2]) / 1e-6);
        worst = fmax(worst, fabs(theirs.recall - want[3]) / 1e-6);
        if (!g->rec->status) gt_recording_judged(g->rec, figures, worst, 1);
    }
    free(y);
    free(want);
    free(own);
    free(gradient);
}

/* Random starts: as good in the mean as the recorded runs are in theirs. */
static void compare_random(gradients *g) {
    static const char name[] = "final.bh_random10.kl_reported_kl_exact_trust12_recall10";
    uint64_t count = 0;
    double mean[3] = {0}, *y = room(g, 2 * g->rows);
    quality own = {0};
    if (gt_recording_find(g->rec, name) < 0) goto done;
    double *want = gt_recording_expected(g->rec, name, &count);
    if (want && (count % 4 || count == 0))
        gt_recording_fail(g->rec, GT_BAD_SHAPE, "'%s' has %llu values", name,
                          (unsigned long long)count);
    for (size_t i = 0; want && i < count; i++)
        if (i % 4) mean[i % 4 - 1] += want[i] / (double)(count / 4);
    for (uint64_t seed = 1; y && !g->rec->status && seed <= STARTS; seed++) {
        gt_tsne_start_random(g->rows, seed, y);
        quality q = run(g, GT_TSNE_BARNES_HUT, y);
        own.kl += q.kl / STARTS;
        own.trust += q.trust / STARTS;
        own.recall += q.recall / STARTS;
    }
    /* Of means: a quarter of what a single run may fall short by. */
    if (!g->rec->status) gt_recording_judged(g->rec, name, 4 * shortfall(own, mean), 1);
    free(want);
done:
    free(y);
}

static void compare_all(gradients *g, const double *y) {
    double theta;
    int end = 0;
    compare_at(g, &g->all, y, (names){"kl_exact", "grad_exact", "Z", "repulsion_unnormalised"});
    compare_at(g, &g->nearest, y, (names){"kl_sparse", "grad_sparse", NULL, NULL});
    compare_at(g, &g->all, g->start, (names){"kl_at_init", "grad_at_init", "Z_at_init", NULL});
    compare_sparse(g);
    for (size_t i = 0; i < gt_safetensors_count(g->rec->file) && !g->rec->status; i++) {
        const char *name = gt_safetensors_at(g->rec->file, i)->name;
        if (sscanf(name, "bh_theta%lf.kl_relgraderr%n", &theta, &end) == 1 &&
            end == (int)strlen(name))
            compare_tree(g, name, theta, y);
    }
    compare_descent(g);
    compare_test_map(g);
    compare_final(g, GT_TSNE_EXACT, "exact_pca");
    compare_final(g, GT_TSNE_BARNES_HUT, "bh_pca");
    compare_random(g);
}

static void replay_gradients(gt_recording *rec) {
    static const gt_replay_rule none[] = {{NULL, 0}};
    gradients g = {.rec = rec};
    uint64_t count = 0;
    rec->rules = none;
    double *y = gt_recording_input_double(rec, "y", &count);
    g.rows = (size_t)(count / 2);
    if (!rec->status && (count % 2 || g.rows < 50 || g.rows > 5000))
        gt_recording_fail(rec, GT_BAD_SHAPE, "'y' has %llu values, expected 50 to 5000 pairs",
                          (unsigned long long)count);
    if (!rec->status) read_data(&g);
    if (!rec->status && g.rows < (size_t)(3 * g.perplexity + 2))
        gt_recording_fail(rec, GT_BAD_SHAPE, "perplexity %g of %zu rows", g.perplexity, g.rows);
    if (!rec->status) make_affinities(&g, g.rows - 1, &g.all);
    if (!rec->status) make_affinities(&g, (size_t)(3 * g.perplexity + 1), &g.nearest);
    if (!rec->status) compare_all(&g, y);
    gt_affinity_free(&g.all);
    gt_affinity_free(&g.nearest);
    free(g.start);
    free(g.y_test);
    free(g.x);
    free(y);
}

static bool accepts(const gt_safetensors *file) {
    const gt_st_tensor *tensor;
    return gt_safetensors_get(file, "repulsion_unnormalised", &tensor, NULL) == GT_OK;
}

const gt_replayer gt_replayer_tsne_gradients = {"t-SNE gradients", accepts, replay_gradients};
