/* run_use.h (room: study) - what the commands that use a run have in common. */
#ifndef GT_RUN_USE_H
#define GT_RUN_USE_H

#include "context.h"
#include "galatea/dataset.h"
#include "galatea/run.h"
#include "hash.h"
#include "row_columns.h"

/* Images at once when --batch is 0: few large or many small ones. */
int64_t gt_use_batch(int64_t wanted, const gt_model *model);

/* GT_BAD_SHAPE naming both when the images of a set are not of the size the run was trained
 * for. */
GT_MUST_CHECK gt_status gt_use_check_images(const gt_run *run, const gt_dataset *data,
                                            gt_error *err);

/* The same of values alone: GT_MISMATCH where a run learned from a declared range and floats
 * have none, and what gt_use_check_unit refuses. */
GT_MUST_CHECK gt_status gt_use_check_levels(const gt_run *run, const gt_dataset *data,
                                            gt_error *err);

/* GT_BAD_ARGUMENT where pixels of an undeclared range end at 1, in rows all over a set of
 * pictures: as values of bytes they would all be black; a remark where they end little above.
 * Training does the same. */
GT_MUST_CHECK gt_status gt_use_check_unit(const gt_dataset *data, gt_error *err);

/* GT_NOT_FINITE naming file, row and value unless all of count rows from `first` on are
 * numbers. */
GT_MUST_CHECK gt_status gt_use_check_finite(const char *path, uint64_t first, size_t count,
                                            size_t width, const float *values, const char *what,
                                            gt_error *err);

/* As gt_use_check_finite, and GT_BAD_ARGUMENT unless all pixels, which are levels of the set's
 * range, are from 0 to 255, which is what models learn from. */
GT_MUST_CHECK gt_status gt_use_check_pixels(const char *path, gt_value_range range,
                                            uint64_t first, size_t count, size_t width,
                                            const float *pixels, gt_error *err);

/* A picture of a set in another shape: of other sides (gt_image_resize), and one channel shown
 * in all. out: (channels,height,width). */
GT_MUST_CHECK gt_status gt_use_fit(const gt_dataset_info *info, const float *picture,
                                   size_t channels, size_t height, size_t width, float *out,
                                   gt_error *err);

/* Levels as pixels of a set, in place: values of its range, or, of bytes, these from the
 * beginning. */
void gt_use_pixels_of_levels(const gt_dataset_info *info, size_t count, float *levels);

/* "glow, epoch 3 of run": the model of a run that is called `path`. Returns out. */
enum { GT_USE_MODEL_TEXT = 400 };
const char *gt_use_model_text(const gt_run *run, const char *path, char out[GT_USE_MODEL_TEXT]);

/* A sum over its weights, which tells models of one shape apart. Returns out. */
const char *gt_use_weights_text(const gt_run *run, char out[GT_HASH_TEXT]);

/* Room for the planes of one row; a zeroed one can be freed. */
typedef struct gt_use_planes {
    uint8_t *mask;
    float *ivar;
} gt_use_planes;
/* Those of row number `at`, where the set has them; `row` points to them until the next call.
 */
GT_MUST_CHECK gt_status gt_use_planes_read(const gt_dataset *data, uint64_t at,
                                           gt_use_planes *room, gt_dataset_row *row,
                                           gt_error *err);
void gt_use_planes_free(gt_use_planes *room);

#endif
