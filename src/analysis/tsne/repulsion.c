/* repulsion.c - one face for the three ways. */
#include <math.h>
#include <stdlib.h>

#include "tsne/field.h"
#include "tsne/forces.h"

struct gt_repulsion {
    gt_tsne_forces how;
    double theta;
    size_t n;
    double *z_of; /* (n) */
    gt_quadtree *tree;
    gt_field *field;
};

gt_status gt_repulsion_create(gt_tsne_forces how, double theta, size_t n, gt_repulsion **out,
                              gt_error *err) {
    gt_status status = GT_OK;
    gt_repulsion *r = calloc(1, sizeof *r);
    *out = NULL;
    if (!r) GT_THROW(err, GT_NO_MEMORY, "forces of %zu points", n);
    *r = (gt_repulsion){.how = how, .theta = theta, .n = n};
    r->z_of = calloc(n, sizeof *r->z_of);
    if (!r->z_of) GT_THROW(err, GT_NO_MEMORY, "forces of %zu points", n);
    if (how == GT_TSNE_BARNES_HUT) GT_TRY(gt_quadtree_create(n, &r->tree, err));
    if (how == GT_TSNE_FFT) GT_TRY(gt_field_create(n, GT_FIELD_SPACING, &r->field, err));
    *out = r;
    r = NULL;
done:
    gt_repulsion_destroy(r);
    return status;
}

void gt_repulsion_destroy(gt_repulsion *r) {
    if (!r) return;
    gt_quadtree_destroy(r->tree);
    gt_field_destroy(r->field);
    free(r->z_of);
    free(r);
}

gt_status gt_repulsion_compute(gt_repulsion *r, const double *y, double *force, double *z,
                               gt_error *err) {
    gt_status status = GT_OK;
    double sum = 0;
    for (size_t i = 0; i < 2 * r->n; i++) sum += fabs(y[i]);
    if (!isfinite(sum))
        GT_THROW(err, GT_NOT_FINITE,
                 "positions are no longer finite: the learning rate is too large");
    if (r->how == GT_TSNE_EXACT) gt_exact_repulsion(r->n, y, force, r->z_of);
    if (r->how == GT_TSNE_BARNES_HUT)
        GT_TRY(gt_quadtree_repulsion(r->tree, r->theta, y, force, r->z_of, err));
    if (r->how == GT_TSNE_FFT) GT_TRY(gt_field_repulsion(r->field, y, force, r->z_of, err));
    *z = 0;
    for (size_t i = 0; i < r->n; i++) *z += r->z_of[i];
done:
    return status;
}
