/* novelty.h (room: study) - the least likely codes of a set, and whether a search finds
 * anything like them.
 */
#ifndef GT_STUDY_NOVELTY_H
#define GT_STUDY_NOVELTY_H

#include "scores.h"

/* One of the least likely codes. */
typedef struct gt_outlier {
    uint64_t row, neighbour;
    double log_p;   /* in nats */
    double nearest; /* cosine of its neighbour; NaN: none was looked for, or it is alone */
    char class[48];
    const char *id; /* lent by the set; NULL: none */
} gt_outlier;

typedef struct gt_novelty_request {
    const char *run, *data; /* of a flow; the codes to rank */
    const char *search;     /* codes to look for neighbours in; NULL: those it was trained on */
    const char *images;     /* of the codes, for the record; NULL: none */
    size_t top;
} gt_novelty_request;

/* A zeroed one can be freed. */
typedef struct gt_novelty {
    gt_run *run;
    gt_scores scores;
    gt_usual usual;
    gt_outlier *outliers; /* from the least likely on */
    size_t count;
    bool is_searched;
    char *searched;              /* the set that was searched */
    double usual_low, usual_mid; /* 1 % quantile and median of the same for usual codes */
    char *provenance;
} gt_novelty;

/* Ranks the codes and looks for neighbours of the first `top`, and of 200 from all over the
 * ranking; where there is nothing to search a remark says why. */
GT_MUST_CHECK gt_status gt_novelty_find(const gt_context *context,
                                        const gt_novelty_request *request, gt_novelty *out,
                                        gt_error *err);
void gt_novelty_free(gt_novelty *novelty);

bool gt_outlier_has_neighbour(const gt_outlier *outlier);

/* How many have no neighbour as near as is usual. */
size_t gt_novelty_far(const gt_novelty *novelty);

/* A row for each of them. */
GT_MUST_CHECK gt_status gt_novelty_table(const gt_novelty *novelty, const char *path,
                                         gt_error *err);

/* Their pictures side by side, each under its log-density and class. GT_MISMATCH when `images`
 * are not those of the codes. */
GT_MUST_CHECK gt_status gt_novelty_figure(const gt_novelty *novelty, const char *images,
                                          const char *colours, const char *path, gt_error *err);

#endif
