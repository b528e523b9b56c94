/* figures.h - the figures of the two-models paper, drawn from the tables of a sweep. */
#ifndef GT_TWINS_FIGURES_H
#define GT_TWINS_FIGURES_H

#include "sweep.h"

/* Draws what can be drawn of the model's finished parts and is not there, or is older than its
 * tables: MODEL/cosine.png and cosine_centred.png (figures 7, 9, 13), MODEL/denoising.png (5
 * and 6), MODEL/N-100/inversion.png and inversion_pairs.png (10 and 11), MODEL/N-100/scores.png
 * (14 and 16), MODEL/N-100/verdict_pixels.png and verdict_morphology.png. Their ending is that
 * of the settings. A remark when gnuplot is missing. */
GT_MUST_CHECK gt_status gt_figures_draw(const gt_sweep *sweep, gt_error *err);

/* ---- pieces of them ---- */

/* A table of a part; GT_NOT_FOUND where it is not there. End it with gt_csv_free. */
struct gt_csv;
GT_MUST_CHECK gt_status gt_figures_load(const gt_twin *twin, const char *name,
                                        struct gt_csv *out, gt_error *err);

/* Whether a file is there, and newer than all the tables of a size (`names`, ended by NULL)
 * that are there; *some: set where one of them is. */
bool gt_figures_is_newer(const gt_twin *twin, const char *path, const char *const *names,
                         bool *some);

GT_MUST_CHECK gt_status gt_figures_cosines(const gt_sweep *sweep, bool is_centred,
                                           const char *path, const char *provenance,
                                           gt_error *err);
GT_MUST_CHECK gt_status gt_figures_denoising(const gt_sweep *sweep, const char *path,
                                             const char *provenance, gt_error *err);
GT_MUST_CHECK gt_status gt_figures_shapes(const gt_sweep *sweep, const char *path,
                                          const char *provenance, gt_error *err);
/* The samples of all models of one size: their shapes over the real ones, and rows of them. */
GT_MUST_CHECK gt_status gt_figures_models_shapes(const gt_twin *twin, const char *path,
                                                 const char *provenance, gt_error *err);
GT_MUST_CHECK gt_status gt_figures_pictures(const gt_twin *twin, const char *path,
                                            const char *provenance, gt_error *err);
GT_MUST_CHECK gt_status gt_figures_inversion(const gt_twin *twin, const char *path,
                                             const char *provenance, gt_error *err);
GT_MUST_CHECK gt_status gt_figures_pairs(const gt_twin *twin, const char *path,
                                         const char *provenance, gt_error *err);
GT_MUST_CHECK gt_status gt_figures_scores(const gt_twin *twin, const char *path,
                                          const char *provenance, gt_error *err);

/* "pixels" or "morphology"; GT_BAD_ARGUMENT where nothing of it was measured. */
GT_MUST_CHECK gt_status gt_figures_verdict(const gt_twin *twin, const char *space,
                                           const char *path, const char *provenance,
                                           gt_error *err);

#endif
