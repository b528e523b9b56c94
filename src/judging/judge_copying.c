/* judge_copying.c - C_T of three sets: components, cells, ranks. */
#include <stdlib.h>

#include "cells.h"
#include "court.h"
#include "galatea/pca.h"
#include "intervals.h"
#include "moments.h"

enum { CELLS = 20, ROWS_OF_A_CELL = 50, MOST_COMPONENTS = 64 };

/* Cells with at most this share of the generated rows are left out of C_T. */
static const double least_share = 0.02;

/* Sets as C_T sees them: as they are, or their first components. */
typedef enum seen { SEEN_TRAIN, SEEN_TEST, SEEN_GENERATED, SEEN_HELD, SEEN } seen;

typedef struct copying_room {
    gt_points points[SEEN];
    float *x[SEEN]; /* components */
    int32_t *cell[SEEN];
    double *distance[SEEN];
    float *centre;
    size_t cells;
} copying_room;

static size_t components_of(const gt_pca *pca) {
    size_t count = gt_pca_count(pca);
    return count < MOST_COMPONENTS ? count : MOST_COMPONENTS;
}

static gt_status project(const gt_pca *pca, const gt_points *from, float **x, gt_points *out,
                         gt_error *err) {
    gt_status status = GT_OK;
    size_t components = components_of(pca), count = from->rows * components;
    double *scores = malloc(count * sizeof *scores);
    *x = malloc(count * sizeof **x);
    if (!scores || !*x) GT_THROW(err, GT_NO_MEMORY, "components of %zu rows", from->rows);
    GT_TRY(gt_pca_project(pca, components, from->rows, from->x, scores, err));
    for (size_t i = 0; i < count; i++) (*x)[i] = (float)scores[i];
    *out = (gt_points){from->name, from->rows, components, *x};
done:
    free(scores);
    return status;
}

/* Equal rows have equal components. */
static gt_status open_copying(gt_court *c, copying_room *r, gt_error *err) {
    gt_status status = GT_OK;
    gt_pca *pca = NULL;
    const gt_points *from[SEEN] = {c->all_train, &c->test, &c->generated, &c->real};
    size_t sets = c->out->real == GT_REAL_HELD_BACK ? SEEN : SEEN_HELD;
    if (c->out->columns > MOST_COMPONENTS) {
        GT_TRY(gt_pca_compute(c->all_train->rows, c->out->columns, c->all_train->x, &pca, err));
        c->out->components = components_of(pca);
    }
    for (size_t s = 0; s < sets; s++) {
        r->points[s] = *from[s];
        if (pca) GT_TRY(project(pca, from[s], &r->x[s], &r->points[s], err));
        r->cell[s] = malloc(from[s]->rows * sizeof *r->cell[s]);
        r->distance[s] = malloc(from[s]->rows * sizeof *r->distance[s]);
        if (!r->cell[s] || !r->distance[s])
            GT_THROW(err, GT_NO_MEMORY, "cells of %zu rows", from[s]->rows);
    }
    r->cells = c->all_train->rows / ROWS_OF_A_CELL;
    if (r->cells > CELLS) r->cells = CELLS;
    if (r->cells < 1) r->cells = 1;
    r->centre = malloc(r->cells * r->points[SEEN_TRAIN].columns * sizeof *r->centre);
    if (!r->centre) GT_THROW(err, GT_NO_MEMORY, "%zu cells", r->cells);
    GT_TRY(gt_cells_make(&r->points[SEEN_TRAIN], r->cells, c->settings->seed, r->centre,
                         r->cell[SEEN_TRAIN], err));
    for (size_t s = SEEN_TEST; s < sets; s++) {
        GT_TRY(gt_cells_find(&r->points[s], r->cells, r->centre, r->cell[s], err));
        GT_TRY(gt_cell_distances(&r->points[SEEN_TRAIN], r->cell[SEEN_TRAIN], &r->points[s],
                                 r->cell[s], r->cells, r->distance[s], err));
    }
done:
    gt_pca_destroy(pca);
    return status;
}

static void close_copying(copying_room *r) {
    for (size_t s = 0; s < SEEN; s++) {
        free(r->x[s]);
        free(r->cell[s]);
        free(r->distance[s]);
    }
    free(r->centre);
}

static gt_celled celled(const copying_room *r, seen which) {
    return (gt_celled){r->points[which].rows, r->distance[which], r->cell[which]};
}

/* Held-back rows in place of the generated ones, or one half of the test rows; these are in an
 * order of their own only where they were drawn, so every second one is of a half. */
static gt_status copying_of_real(const gt_court *c, const copying_room *r, double *out,
                                 gt_error *err) {
    gt_copying copying;
    gt_status status = GT_OK;
    gt_celled test = celled(r, SEEN_TEST);
    size_t half = test.rows / 2, *order = NULL;
    double *distance = malloc(test.rows * sizeof *distance);
    int32_t *cell = malloc(test.rows * sizeof *cell);
    if (c->out->real == GT_REAL_HELD_BACK) {
        gt_celled held = celled(r, SEEN_HELD);
        GT_TRY(
            gt_copying_measure(&test, &held, r->cells, least_share, &copying, NULL, NULL, err));
    } else {
        order = gt_drawn_order(test.rows, c->settings->seed, "judging.halves of test", 0);
        if (!distance || !cell || !order)
            GT_THROW(err, GT_NO_MEMORY, "an order of %zu rows", test.rows);
        for (size_t i = 0; i < test.rows; i++) {
            distance[i] = test.distance[order[i]];
            cell[i] = test.cell[order[i]];
        }
        gt_celled one = {half, distance, cell},
                  other = {test.rows - half, distance + half, cell + half};
        GT_TRY(
            gt_copying_measure(&one, &other, r->cells, least_share, &copying, NULL, NULL, err));
    }
    *out = copying.value;
done:
    free(distance);
    free(cell);
    free(order);
    return status;
}

gt_status gt_court_copying(gt_court *c, gt_error *err) {
    gt_status status = GT_OK;
    copying_room r = {.cells = 0};
    gt_judged *judged = &c->out->judged[GT_JUDGE_COPYING];
    uint8_t is_used[CELLS] = {0};
    GT_TRY(open_copying(c, &r, err));
    gt_celled test = celled(&r, SEEN_TEST), generated = celled(&r, SEEN_GENERATED);
    GT_TRY(gt_copying_measure(&test, &generated, r.cells, least_share, &c->out->copying, NULL,
                              is_used, err));
    judged->value = c->out->copying.value;
    GT_TRY(gt_interval_of_copying(&test, &generated, r.cells, is_used, c->settings->seed,
                                  judged, err));
    GT_TRY(copying_of_real(c, &r, &judged->real, err));
done:
    close_copying(&r);
    return status;
}
