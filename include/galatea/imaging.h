/* imaging.h (room: data) - how pictures were taken and prepared, as sets, runs and fitted
 * classifiers remember it, so that what does not belong together is told when it meets.
 *
 * A network learns what a galaxy looks like at one pixel scale. Sets and weights carry
 * these facts on; a fact that nobody stated is unknown, and differs from nothing.
 *
 * preparation is a text of "key=value" in this order, separated by blanks: align (none,
 * principal), cut (pixels of the source that are shown, on a side), resize (pixels that these
 * became, or none), normalize (none, minmax, asinh:A, sigma-clip:K; with "/1" behind it where
 * values end at 1 and not at 255). What was aligned or normalized twice has both, joined by
 * '+'. */
#ifndef GALATEA_IMAGING_H
#define GALATEA_IMAGING_H

#include <stdbool.h>
#include <stddef.h>

#include "galatea/dataset.h"
#include "galatea/error.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { GT_PREPARATION_ROOM = 256, GT_IMAGING_ROOM = 1024 };

typedef struct gt_imaging {
    const char *survey;        /* NULL: unknown, as all texts here */
    double pixel_scale_arcsec; /* NaN: unknown */
    const char *preparation;
    const char *learned_from; /* codes: gt_imaging_text of what their network learned from */
    gt_value_range range;     /* of pixels; undeclared: unknown, or bytes */
    const char *unit;         /* of values in that range */
    const char *bands;        /* names of the channels, "g,r,z" */
} gt_imaging;

/* Nothing known. */
gt_imaging gt_imaging_unknown(void);

/* Of a set, lent from its description; and the other way round, where bands are those of as
 * many channels as info has, or none. */
gt_imaging gt_imaging_of(const gt_dataset_info *info);
void gt_imaging_put(const gt_imaging *imaging, gt_dataset_info *info);

/* Whether facts that both state differ, and which, with the values of a before those of b:
 * "pixel scale (1.8 and 4.2 arcsec), align (none and principal)". Scales within 1 % are the
 * same, and so are surveys that differ in what stands in parentheses. out may be NULL. */
bool gt_imaging_compare(const gt_imaging *a, const gt_imaging *b, char out[GT_IMAGING_ROOM]);

/* Makes unknown in a what b does not state the same; a->preparation is `preparation` then. */
void gt_imaging_agree(gt_imaging *a, const gt_imaging *b,
                      char preparation[GT_PREPARATION_ROOM]);

/* "FIRST, 1.8 arcsec per pixel, align none, ...", "" for nothing known. */
void gt_imaging_text(const gt_imaging *imaging, char out[GT_IMAGING_ROOM]);

/* What pictures have gone through when `step` came after `before` (NULL: they were raw). Keys
 * that before does not tell stay unknown. */
void gt_imaging_prepare(const char *before, const char *step, char out[GT_PREPARATION_ROOM]);

/* A copy whose texts are yours (gt_imaging_free). */
GT_MUST_CHECK gt_status gt_imaging_copy(const gt_imaging *from, gt_imaging *out, gt_error *err);
void gt_imaging_free(gt_imaging *imaging); /* accepts one of unknown facts */

/* The facts as pairs of names and texts, for files that are no data sets: calls put for each
 * that is known; and from such pairs, with texts that get returns (NULL for unknown; lent) and
 * that stay lent. */
GT_MUST_CHECK gt_status gt_imaging_save(const gt_imaging *imaging,
                                        gt_status (*put)(void *user, const char *name,
                                                         const char *text, gt_error *err),
                                        void *user, gt_error *err);
gt_imaging gt_imaging_load(const char *(*get)(const void *user, const char *name),
                           const void *user);

#ifdef __cplusplus
}
#endif
#endif
