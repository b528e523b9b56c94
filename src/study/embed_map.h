/* embed_map.h - one set at work in `galatea embed`: its map, and how good it is. */
#ifndef GT_STUDY_EMBED_MAP_H
#define GT_STUDY_EMBED_MAP_H

#include "context.h"
#include "galatea/tsne.h"
#include "labels.h"
#include "progress.h"
#include "run_use.h"

typedef struct gt_embed_settings {
    const char *method, *start, *forces, *neighbours, *color, *out, *table, *figure;
    double perplexity, exaggeration, rate, theta;
    int64_t iterations, seed;
} gt_embed_settings;

/* Everything at work. */
typedef struct gt_embedding {
    const gt_context *context;
    const gt_embed_settings *settings;
    const char *path;
    gt_dataset *data;
    gt_row_columns columns;
    size_t rows, features;
    float *x;
    double *y;
    gt_progress progress;
    int stage;
    gt_tsne_result tsne;
    double ratio[2]; /* PCA: shares of the variance */
    size_t for_95, for_98;
    double trust, recall, clustering; /* NaN: not computed */
    char title[GT_LABEL_ROOM];        /* above its frame */
    char model[400], axes[2][80];     /* of its file and its figure */
    char out[4096];                   /* its set */
} gt_embedding;

enum { GT_TRUST_K = 12, GT_RECALL_K = 10, GT_CLUSTER_K = 10 };

bool gt_embed_is_tsne(const gt_embedding *e);

/* Fills y from x, and what can be said of the map in a few seconds. Errors name the file. */
GT_MUST_CHECK gt_status gt_embed_map(gt_embedding *e, gt_error *err);

#endif
