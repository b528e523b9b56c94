/* sampling.h (room: study) - new images, or codes, from a trained model. */
#ifndef GT_STUDY_SAMPLING_H
#define GT_STUDY_SAMPLING_H

#include "context.h"
#include "lost_rows.h"

typedef struct gt_sample_settings {
    const char *out;     /* a sheet (.png), a data set (.h5) or FITS; codes need a .h5 */
    const char *colours; /* of a sheet: gray or heat */
    int64_t count, seed, columns, batch; /* batch: images at once; 0: chosen */
    bool mean;                /* pixels are the mean of their distribution, not drawn from it */
    bool levels;              /* bytes 0 to 255 also where these stand for values */
    bool exact;               /* no fast convolutions with larger rounding */
    const char *latents;      /* file (latents.h) that images are made of; NULL: of noise */
    const char *save_latents; /* file to write the noise to, or NULL */
} gt_sample_settings;

typedef struct gt_sampled {
    size_t width;             /* numbers of a code, 0 for images */
    uint64_t count, lost;     /* written, and left out because they are not finite */
    char names[GT_LOST_ROOM]; /* "3,17": those, as gt_lost_rows has them */
} gt_sampled;

/* Draws settings->count images or codes (0: as many as there are latents) and writes them;
 * image I depends on weights, settings and seed alone, or on weights and its latents.
 * model_settings: the struct of the model's sample_options (NULL where it has none).
 *
 * What is not finite does not stop it: a set is without it, and its attribute left_out has the
 * numbers; on a sheet it is crossed out. Remarks tell how much that is, and what share of the
 * pixels lies beyond the range learned from; and when images of noise are brighter or fainter
 * than those that the run learned from (made.h). GT_NOT_FINITE when nothing is left. */
GT_MUST_CHECK gt_status gt_sample_write(const gt_context *context, const char *run,
                                        const gt_sample_settings *settings,
                                        const void *model_settings, gt_sampled *out,
                                        gt_error *err);

#endif
