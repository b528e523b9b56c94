/* embed_map.c - t-SNE and principal components of one set. */
#include "embed_map.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "embedding.h"
#include "galatea/pca.h"

/* Ranks of all rows from all rows are sorted for quality: seconds up to so many rows. */
enum { MOST_RANKED = 5000, MOST_CLUSTERED = 200000 };

bool gt_embed_is_tsne(const gt_embedding *e) {
    return strcmp(e->settings->method, "tsne") == 0;
}

/* ---- Mapping ------------------------------------------------------------------------------
 */

static gt_status map_by_components(gt_embedding *e, gt_error *err) {
    gt_status status = GT_OK;
    gt_pca *pca = NULL;
    size_t axes = e->features < 2 ? e->features : 2;
    e->progress = gt_context_progress(e->context, 0, "principal components");
    GT_TRY(gt_pca_compute(e->rows, e->features, e->x, &pca, err));
    if (!(gt_pca_variances(pca)[0] > 0))
        GT_THROW(err, GT_BAD_ARGUMENT, "all %zu rows are equal: there is nothing to map",
                 e->rows);
    GT_TRY(gt_pca_project(pca, axes, e->rows, e->x, e->y, err));
    if (axes == 1) /* one score a row: make room for the second coordinate, 0 */
        for (size_t i = e->rows; i-- > 0;) e->y[2 * i] = e->y[i], e->y[2 * i + 1] = 0;
    for (size_t i = 0; i < axes; i++) e->ratio[i] = gt_pca_ratio(pca, i);
    e->for_95 = gt_pca_components_for(pca, 0.95);
    e->for_98 = gt_pca_components_for(pca, 0.98);
done:
    gt_progress_finish(&e->progress);
    gt_pca_destroy(pca);
    return status;
}

static void on_progress(void *user, const gt_tsne_progress *at) {
    static const char *const labels[] = {"neighbours", "t-SNE"};
    gt_embedding *e = user;
    char extra[32];
    if (e->stage != (int)at->stage) {
        gt_progress_finish(&e->progress);
        e->progress = gt_context_progress(e->context, (int64_t)at->total, labels[at->stage]);
        e->stage = (int)at->stage;
    }
    snprintf(extra, sizeof extra, "KL %.4f", at->kl);
    gt_progress_update(&e->progress, (int64_t)at->done, isnan(at->kl) ? NULL : extra);
}

/* Index of a choice in the order of the enumeration it stands for. */
static int index_of(const char *choice, const char *const *names) {
    int i = 0;
    while (strcmp(names[i], choice) != 0) i++;
    return i;
}

static gt_status map_by_neighbours(gt_embedding *e, gt_error *err) {
    static const char *const forces[] = {"auto", "exact", "barnes-hut", "fft"};
    static const char *const neighbours[] = {"auto", "exact", "approximate"};
    gt_status status = GT_OK;
    const gt_embed_settings *s = e->settings;
    gt_tsne_settings how = gt_tsne_settings_default();
    how.perplexity = s->perplexity;
    how.iterations = s->iterations;
    how.early_iterations = s->iterations / 4;
    how.exaggeration = s->exaggeration;
    how.rate = s->rate;
    how.theta = s->theta;
    how.seed = (uint64_t)s->seed;
    how.forces = (gt_tsne_forces)index_of(s->forces, forces);
    how.neighbours = (gt_neighbours_how)index_of(s->neighbours, neighbours);
    e->progress = gt_context_progress(e->context, 0, "start of the map");
    if (strcmp(s->start, "pca") == 0)
        GT_TRY(gt_tsne_start_pca(e->rows, e->features, e->x, e->y, err));
    else
        gt_tsne_start_random(e->rows, how.seed, e->y);
    e->stage = -1;
    GT_TRY(gt_tsne_run(e->rows, e->features, e->x, &how, e->y, on_progress, e, &e->tsne, err));
done:
    gt_progress_finish(&e->progress);
    return status;
}

/* What can be said of the map in a few seconds. */
static gt_status judge(gt_embedding *e, gt_error *err) {
    gt_status status = GT_OK;
    double *logs = NULL;
    e->progress = gt_context_progress(e->context, 0, "quality of the map");
    e->trust = e->recall = e->clustering = NAN;
    if (e->rows <= MOST_RANKED && e->rows > 2 * GT_TRUST_K) {
        GT_TRY(gt_embedding_quality(e->rows, e->features, e->x, e->y, GT_TRUST_K, &e->trust,
                                    NULL, err));
        GT_TRY(gt_embedding_quality(e->rows, e->features, e->x, e->y, GT_RECALL_K, NULL,
                                    &e->recall, err));
    }
    if (e->columns.sizes && e->rows <= MOST_CLUSTERED) {
        logs = calloc(e->rows, sizeof *logs);
        if (!logs) GT_THROW(err, GT_NO_MEMORY, "no memory for %zu values", e->rows);
        for (size_t i = 0; i < e->rows; i++)
            logs[i] = e->columns.sizes[i] > 0 ? log(e->columns.sizes[i]) : NAN;
        GT_TRY(gt_embedding_clustering(e->rows, e->y, logs, GT_CLUSTER_K, &e->clustering, err));
    }
done:
    gt_progress_finish(&e->progress);
    free(logs);
    return status;
}

gt_status gt_embed_map(gt_embedding *e, gt_error *err) {
    gt_status status =
        gt_embed_is_tsne(e) ? map_by_neighbours(e, err) : map_by_components(e, err);
    if (status) gt_blame(err, "%s", e->path);
    return status ? status : judge(e, err);
}
