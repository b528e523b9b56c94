/* Principal components and the rows most alike, computed again. */
#include <stdlib.h>
#include <string.h>

#include "classifiers.h"
#include "galatea/pca.h"
#include "galatea/similarity.h"

/* ---- Principal components ---------------------------------------------------------------- */

/* Signs are free: a component and its scores are turned together to those recorded. */
static void compare_components(codes *c, const gt_pca *pca) {
    gt_recording *rec = c->rec;
    int64_t count = codes_size(rec, "pca.components4", 0), n = (int64_t)c->test.rows,
            features = (int64_t)c->train.features;
    uint64_t recorded = 0;
    if (count > features) gt_recording_fail(rec, GT_BAD_SHAPE, "more components than features");
    double *want = gt_recording_expected(rec, "pca.components4", &recorded),
           *scores = codes_room(rec, (size_t)(n * count), sizeof *scores),
           *components = codes_room(rec, (size_t)(count * features), sizeof *components);
    if (!rec->status && recorded != (uint64_t)(count * features))
        gt_recording_fail(rec, GT_BAD_SHAPE, "'pca.components4' is not of %lld features",
                          (long long)features);
    if (!rec->status)
        rec->status =
            gt_pca_project(pca, (size_t)count, c->test.rows, c->test.x, scores, rec->err);
    for (int64_t k = 0; !rec->status && k < count; k++) {
        const double *got = gt_pca_components(pca) + k * features;
        double product = 0.0;
        for (int64_t j = 0; j < features; j++) product += got[j] * want[k * features + j];
        double sign = product < 0.0 ? -1.0 : 1.0;
        for (int64_t j = 0; j < features; j++) components[k * features + j] = sign * got[j];
        for (int64_t i = 0; i < n; i++) scores[i * count + k] *= sign;
    }
    if (!rec->status) {
        codes_compare(c, "pca.components4", components, 1, 1e-7, count, features);
        codes_compare(c, "pca.scores4_test", scores, 1, 1e-7, n, count);
    }
    free(want);
    free(scores);
    free(components);
}

void codes_replay_pca(codes *c) {
    gt_recording *rec = c->rec;
    gt_pca *pca = NULL;
    size_t features = c->train.features;
    int64_t variances = codes_size(rec, "pca.explained_variance", 0),
            ratios = codes_size(rec, "pca.explained_variance_ratio", 0);
    if (!rec->status && (size_t)(variances > ratios ? variances : ratios) > features)
        gt_recording_fail(rec, GT_BAD_SHAPE, "more variances than features");
    double *ratio = codes_room(rec, features, sizeof *ratio);
    if (!rec->status)
        rec->status = gt_pca_compute(c->train.rows, features, c->train.x, &pca, rec->err);
    if (!rec->status) {
        const double *variance = gt_pca_variances(pca);
        int32_t needed[] = {(int32_t)gt_pca_components_for(pca, 0.95),
                            (int32_t)gt_pca_components_for(pca, 0.98)};
        for (size_t i = 0; i < features; i++) ratio[i] = gt_pca_ratio(pca, i);
        codes_compare(c, "pca.mean", gt_pca_mean(pca), 1, 1e-9, (int64_t)features, 1);
        codes_compare(c, "pca.explained_variance", variance, 1, 1e-9 * variance[0], variances,
                      1);
        codes_compare(c, "pca.explained_variance_ratio", ratio, 1, 1e-9, ratios, 1);
        codes_compare_whole(c, "pca.n_for_95_98", needed, 2);
        compare_components(c, pca);
    }
    gt_pca_destroy(pca);
    free(ratio);
}

/* ---- Similarity -------------------------------------------------------------------------- */

/* Queries are rows of the test set, looked for in the training set. */
static float *gather_queries(codes *c, uint64_t *count) {
    gt_recording *rec = c->rec;
    size_t width = c->test.features;
    double *rows = gt_recording_input_double(rec, "similarity.query_idx", count);
    float *out = codes_room(rec, (size_t)*count * width, sizeof *out);
    for (uint64_t q = 0; !rec->status && q < *count; q++) {
        if (!(rows[q] >= 0 && rows[q] < (double)c->test.rows)) {
            gt_recording_fail(rec, GT_BAD_FORMAT, "query %g of %zu test rows", rows[q],
                              c->test.rows);
            break;
        }
        memcpy(out + q * width, c->test.x + (size_t)rows[q] * width, width * sizeof *out);
    }
    free(rows);
    return out;
}

static void compare_matches(codes *c, const gt_similarity *search, int64_t queries,
                            int64_t top) {
    gt_recording *rec = c->rec;
    size_t count = (size_t)(queries * top), found;
    double *rows = codes_room(rec, count, sizeof *rows),
           *scores = codes_room(rec, count, sizeof *scores);
    for (int64_t q = 0; !rec->status && q < queries; q++) {
        const gt_match *matches = gt_similarity_matches(search, (size_t)q, &found);
        if (found != (size_t)top)
            gt_recording_fail(rec, GT_BAD_SHAPE, "%zu matches, recorded %lld", found,
                              (long long)top);
        for (size_t i = 0; !rec->status && i < found; i++) {
            rows[q * top + (int64_t)i] = (double)matches[i].row;
            scores[q * top + (int64_t)i] = matches[i].score;
        }
    }
    if (!rec->status) {
        codes_compare(c, "similarity.top8_idx", rows, 1, 0, queries, top);
        codes_compare(c, "similarity.top8_score", scores, 1, 1e-9, queries, top);
    }
    free(rows);
    free(scores);
}

void codes_replay_similarity(codes *c) {
    gt_recording *rec = c->rec;
    gt_similarity *search = NULL;
    uint64_t count = 0;
    int64_t top = codes_size(rec, "similarity.top8_idx", 1);
    float *queries = gather_queries(c, &count);
    if (!rec->status)
        rec->status = gt_similarity_create((size_t)count, c->test.features, queries,
                                           (size_t)top, &search, rec->err);
    if (!rec->status)
        rec->status = gt_similarity_add(search, 0, c->train.rows, c->train.x, rec->err);
    if (!rec->status) compare_matches(c, search, (int64_t)count, top);
    gt_similarity_destroy(search);
    free(queries);
}
