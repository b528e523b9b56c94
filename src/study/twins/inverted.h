/* inverted.h - what figures of an inversion are drawn from: inversion.csv, the densities of the
 * noise and of what A and B find, and inversion_pairs.csv, some numbers of all three. */
#ifndef GT_TWINS_INVERTED_H
#define GT_TWINS_INVERTED_H

#include "sweep.h"
#include "table.h"

/* A zeroed one holds nothing. */
typedef struct gt_inverted_drawing {
    gt_table *densities, *pairs;
} gt_inverted_drawing;

/* Adds a part of the latents: latents (3, numbers), the noise first. */
GT_MUST_CHECK gt_status gt_inverted_draw(gt_inverted_drawing *drawing, const char *name,
                                         size_t numbers, const float *latents, gt_error *err);
GT_MUST_CHECK gt_status gt_inverted_write(const gt_twin *twin,
                                          const gt_inverted_drawing *drawing, gt_error *err);
void gt_inverted_close(gt_inverted_drawing *drawing);

#endif
