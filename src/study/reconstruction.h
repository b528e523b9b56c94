/* reconstruction.h (room: study) - images through a model and back, beside the originals. */
#ifndef GT_STUDY_RECONSTRUCTION_H
#define GT_STUDY_RECONSTRUCTION_H

#include "context.h"

typedef struct gt_reconstruct_settings {
    const char *data, *out;        /* a sheet (.png), or pictures as export.h has them */
    const char *split;             /* auto, any, train, test or validation */
    const char *colours;           /* gray or heat */
    int64_t count, columns, batch; /* batch: images at once; 0: chosen */
    bool levels;                   /* bytes also where they stand for values */
    bool exact;                    /* no fast convolutions with larger rounding */
} gt_reconstruct_settings;

/* Peak signal-to-noise ratios in dB, 255 being the peak. */
typedef struct gt_reconstruction {
    size_t count; /* images */
    double mean, low, high;
} gt_reconstruction;

/* Draws images over their reconstructions, made without chance; or writes reconstructions as
 * pictures of the run's values, with the columns of their rows, and in FITS the images they
 * were made of behind them, as ORIGINALS. GT_BAD_ARGUMENT when the split has no rows. */
GT_MUST_CHECK gt_status gt_reconstruct_write(const gt_context *context, const char *run,
                                             const gt_reconstruct_settings *settings,
                                             gt_reconstruction *out, gt_error *err);

#endif
