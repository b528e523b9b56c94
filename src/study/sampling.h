/* sampling.h (room: study) - new images, or codes, from a trained model. */
#ifndef GT_STUDY_SAMPLING_H
#define GT_STUDY_SAMPLING_H

#include "context.h"

typedef struct gt_sample_settings {
    const char *out;     /* a sheet (.png) or a data set (.h5); codes need a .h5 */
    const char *colours; /* of a sheet: gray or heat */
    int64_t count, seed, columns, batch; /* batch: images at once; 0: chosen */
    bool mean;  /* pixels are the mean of their distribution, not drawn from it */
    bool exact; /* no fast convolutions with larger rounding */
} gt_sample_settings;

/* Draws settings->count images or codes and writes them; image I depends on weights, settings
 * and seed alone. A remark tells when images are brighter or fainter than those that the run
 * learned from (made.h). model_settings: the struct of the model's sample_options (NULL where
 * it has none). *width: numbers of a code, 0 for images. */
GT_MUST_CHECK gt_status gt_sample_write(const gt_context *context, const char *run,
                                        const gt_sample_settings *settings,
                                        const void *model_settings, size_t *width,
                                        gt_error *err);

#endif
