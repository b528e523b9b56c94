/* arrays.h - arrays of stored classifiers, read whole with their shape checked. Private. */
#ifndef GT_ANALYSIS_ARRAYS_H
#define GT_ANALYSIS_ARRAYS_H

#include "galatea/safetensors.h"

/* A table that must be there as (rows, columns), or as (rows) where columns is 0; rows of -1
 * takes what there is, at least 1, and tells it in *found (NULL allowed). Type and range of the
 * values are the caller's business, but for floating point they are finite unless said
 * otherwise. *out is the caller's, also when a later step fails. */
GT_MUST_CHECK gt_status gt_array_f32(const gt_safetensors *file, const char *name, int64_t rows,
                                     int64_t columns, float **out, size_t *found,
                                     gt_error *err);
GT_MUST_CHECK gt_status gt_array_f64(const gt_safetensors *file, const char *name, int64_t rows,
                                     int64_t columns, double **out, size_t *found,
                                     gt_error *err);
/* Values from least to most. */
GT_MUST_CHECK gt_status gt_array_i32(const gt_safetensors *file, const char *name, int64_t rows,
                                     int32_t least, int32_t most, int32_t **out, gt_error *err);

/* Adds a table, lent until the file is written. columns 0: a vector. */
GT_MUST_CHECK gt_status gt_array_add(gt_safetensors_writer *writer, const char *name,
                                     gt_st_dtype type, size_t rows, size_t columns,
                                     const void *data, gt_error *err);

#endif
