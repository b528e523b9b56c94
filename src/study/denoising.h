/* denoising.h (room: study) - how much of known noise models take out of pictures: figures 5
 * and 6 of the two-models paper. */
#ifndef GT_STUDY_DENOISING_H
#define GT_STUDY_DENOISING_H

#include "context.h"
#include "galatea/option.h"

enum { GT_DENOISE_RUNS = 8 };

typedef struct gt_denoise_settings {
    const char *data, *rows;          /* rows: "3,7-9"; NULL: the first of the split */
    const char *split;                /* auto, any, train, test or validation */
    const char *out, *figure, *sheet; /* table, curves, pictures; NULL: not wanted */
    const char *images;               /* what every run leaves (export.h), likewise */
    const char *colours;              /* of the sheet: gray or heat */
    gt_reals levels;                  /* deviations of the noise, in units of the range / 255 */
    int64_t count, pictures, seed, batch; /* rows; those on the sheet; batch 0: chosen */
    bool exact;
} gt_denoise_settings;

/* Peak signal-to-noise ratios in dB over the range of the pixels, of one noise level; infinite
 * where there is no noise. */
typedef struct gt_denoise_level {
    double sigma;                                             /* in units of the range / 255 */
    double noisy;                                             /* mean over the pictures */
    double mean[GT_DENOISE_RUNS], deviation[GT_DENOISE_RUNS]; /* of what each run leaves */
} gt_denoise_level;

typedef struct gt_denoised {
    size_t run_count, count, level_count; /* count: pictures */
    char *names[GT_DENOISE_RUNS];
    gt_denoise_level *levels;
    double *psnr;   /* (levels, 1 + runs, pictures), the noisy ones first; NaN: of a picture
                       that is not finite, which no mean counts */
    uint64_t *rows; /* (pictures) of the set */
} gt_denoised;

/* Adds noise that follows from the seed and the row alone, one pattern for all levels and all
 * runs, and has every run take it out (reconstruct). Writes what the settings ask for. *out is
 * ended by gt_denoised_free in any case. GT_UNSUPPORTED when a run cannot. */
GT_MUST_CHECK gt_status gt_denoise(const gt_context *context, const char *const *runs,
                                   size_t run_count, const gt_denoise_settings *settings,
                                   gt_denoised *out, gt_error *err);
void gt_denoised_free(gt_denoised *denoised);

#endif
