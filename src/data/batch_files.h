/* batch_files.h (room: data) - the batch files of a data set in CIFAR's manner, from an archive
 * or a folder: data_batch_1, data_batch_2 ..., test_batch, batches.meta. */
#ifndef GALATEA_DATA_BATCH_FILES_H
#define GALATEA_DATA_BATCH_FILES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "galatea/error.h"

typedef struct gt_batch_files gt_batch_files;

/* Lists them in an archive, in a folder, or in the one folder below it that has them. Train
 * batches must be numbered from 1 without a gap, one test batch and the meta file must be
 * there. GT_BAD_FORMAT with what is missing. *out is yours. */
gt_status gt_batch_files_open(const char *path, gt_batch_files **out, gt_error *err);
void gt_batch_files_close(gt_batch_files *files);

/* Batches: the train batches by number, then the test batch. */
size_t gt_batch_files_count(const gt_batch_files *files);
bool gt_batch_files_is_test(const gt_batch_files *files, size_t batch);
/* "data_batch_3", and the name of the folder around it ("NVSS_PNG_dataset", "" if none). */
const char *gt_batch_files_name(const gt_batch_files *files, size_t batch);
const char *gt_batch_files_folder(const gt_batch_files *files);

/* The bytes of a batch, or of batches.meta. Loading in order costs one walk through the
 * archive. *bytes is yours (free). */
gt_status gt_batch_files_load(gt_batch_files *files, size_t batch, uint8_t **bytes,
                              size_t *length, gt_error *err);
gt_status gt_batch_files_load_meta(gt_batch_files *files, uint8_t **bytes, size_t *length,
                                   gt_error *err);

#endif
