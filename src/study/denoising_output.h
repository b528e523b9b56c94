/* denoising_output.h - denoised pictures as a table, as curves and as a sheet. */
#ifndef GT_STUDY_DENOISING_OUTPUT_H
#define GT_STUDY_DENOISING_OUTPUT_H

#include "denoising.h"
#include "galatea/dataset.h"

/* What the sheet shows: for each picture a line of noisy ones and one for each run, a column
 * for each level. */
typedef struct gt_denoise_sheet {
    size_t pictures, lines, levels, channels, height, width;
    float *images;
} gt_denoise_sheet;

GT_MUST_CHECK gt_status gt_denoise_sheet_create(gt_denoise_sheet *sheet,
                                                const gt_dataset_info *info, size_t pictures,
                                                size_t lines, size_t levels, gt_error *err);
void gt_denoise_sheet_free(gt_denoise_sheet *sheet);
float *gt_denoise_sheet_at(const gt_denoise_sheet *sheet, size_t picture, size_t line,
                           size_t level);

/* Writes what the settings ask for; data: the set whose pictures they are. */
GT_MUST_CHECK gt_status gt_denoise_write(const gt_context *context, const char *const *runs,
                                         const gt_denoise_settings *settings,
                                         const gt_denoised *found,
                                         const gt_denoise_sheet *sheet, gt_dataset *data,
                                         gt_error *err);

#endif
