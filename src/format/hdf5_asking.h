/* hdf5_asking.h (room: format) - the reading half of hdf5_file.h in a reader process.
 *
 * Functions of hdf5_file.h come here where this process is no reader; what the reader says of a
 * data set is checked as if the file had said it.  */
#ifndef GALATEA_FORMAT_HDF5_ASKING_H
#define GALATEA_FORMAT_HDF5_ASKING_H

#include "hdf5_file.h"
#include "reading.h"

/* The service "hdf5" of readers. */
gt_status gt_hdf5_answer(void **state, gt_parcel *request, gt_parcel *answer, gt_error *err);

gt_status gt_hdf5_ask_open(const char *path, gt_reader **out, gt_error *err);
bool gt_hdf5_ask_has(const gt_hdf5 *file, const char *path);
gt_status gt_hdf5_ask_list(const gt_hdf5 *file, const char *group, char ***names, size_t *count,
                           gt_error *err);
/* Fills number and shape of the array, whose name is known. */
gt_status gt_hdf5_ask_array(gt_hdf5_array *array, gt_error *err);
gt_status gt_hdf5_ask_value_names(const gt_hdf5_array *array, char ***names, size_t *count,
                                  gt_error *err);
gt_status gt_hdf5_ask_read(const gt_hdf5_array *array, uint64_t first, size_t count,
                           gt_hdf5_type type, void *out, gt_error *err);
gt_status gt_hdf5_ask_texts(const gt_hdf5 *file, const gt_hdf5_array *array, const char *name,
                            char ***out, size_t *count, gt_error *err);
gt_status gt_hdf5_ask_real(const gt_hdf5 *file, const gt_hdf5_array *array, const char *name,
                           double *out, gt_error *err);

#endif
