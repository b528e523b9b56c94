/* encoder.h - images as codes, the way `encode` makes them and `search` makes its queries'. */
#ifndef GT_ENCODER_H
#define GT_ENCODER_H

#include "context.h"
#include "galatea/run.h"

/* The orientations whose codes are averaged: none, flips (the picture and its three mirror
 * images) or all (the eight ways to lay a square). A class that does not depend on orientation
 * is told better by a code that depends on it less. */
#define GT_ENCODER_AVERAGES "none|flips|all"

typedef struct gt_encoder gt_encoder;

/* how->use is GT_USE_ENCODE; GT_USAGE for `all` of images that are not square. *out is yours.
 */
GT_MUST_CHECK gt_status gt_encoder_create(const gt_run *run, const gt_use_options *how,
                                          const char *average, gt_encoder **out, gt_error *err);
void gt_encoder_destroy(gt_encoder *encoder); /* accepts NULL */

/* Numbers of one code. */
size_t gt_encoder_width(const gt_encoder *encoder);

/* Codes (count, width) of up to how->batch images, lent until the next call. Image i is image
 * number first + i of the seed, whichever way it is laid. */
GT_MUST_CHECK gt_status gt_encoder_run(gt_encoder *encoder, const float *images, size_t count,
                                       uint64_t seed, uint64_t first, const float **codes,
                                       gt_error *err);

#endif
