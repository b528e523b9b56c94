/* denoised_images.h - denoised pictures as a file for oneself or for others (export.h), one
 * behind the other as they are made. */
#ifndef GT_STUDY_DENOISED_IMAGES_H
#define GT_STUDY_DENOISED_IMAGES_H

#include "denoising.h"
#include "galatea/dataset.h"

typedef struct gt_denoised_images gt_denoised_images;

/* A picture for each run, level and row of `found`, with the columns of the data and those
 * before: data_row, run, noise, psnr. Values are those of the data where these have a range,
 * else levels. *out is yours. */
GT_MUST_CHECK gt_status gt_denoised_images_create(const gt_context *context,
                                                  const char *const *runs,
                                                  const gt_denoise_settings *settings,
                                                  gt_dataset *data, const gt_denoised *found,
                                                  gt_denoised_images **out, gt_error *err);

/* Picture `at` as `run` left it of a level; `levels` become pixels. */
GT_MUST_CHECK gt_status gt_denoised_images_add(gt_denoised_images *images, size_t run,
                                               size_t level, size_t at, double psnr,
                                               float *levels, gt_error *err);

/* Puts the file in its place. To be discarded in any case. */
GT_MUST_CHECK gt_status gt_denoised_images_commit(gt_denoised_images *images, gt_error *err);
void gt_denoised_images_discard(gt_denoised_images *images); /* accepts NULL */

#endif
