/* hdf5_maker.h - HDF5 files that tests of their reading make. */
#ifndef GT_TESTS_HDF5_MAKER_H
#define GT_TESTS_HDF5_MAKER_H

#include "gt_test.h"

#include <hdf5.h>

#include "hdf5_internal.h"
#include "temp_folder.h"

static gt_error err;

static inline hid_t create(const char *name) {
    hid_t file = H5Fcreate(in_folder(name), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    assert_true(file >= 0);
    return file;
}

/* Adds a data set of the given shape, written with zeros unless values is NULL. */
static inline void add(hid_t where, const char *name, int rank, const hsize_t *dims, hid_t type,
                       hid_t plist, const void *values) {
    hid_t space = H5Screate_simple(rank, dims, NULL);
    hid_t set = H5Dcreate2(where, name, type, space, H5P_DEFAULT, plist, H5P_DEFAULT);
    assert_true(set >= 0);
    if (values) assert_true(H5Dwrite(set, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) >= 0);
    H5Dclose(set);
    H5Sclose(space);
}

/* Twelve bytes, (3,4). */
static inline void add_plain(hid_t where, const char *name) {
    static const unsigned char values[12] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 250};
    const hsize_t dims[] = {3, 4};
    add(where, name, 2, dims, H5T_STD_U8LE, H5P_DEFAULT, values);
}

/* Opening data set `name` of the file must fail so. */
static inline void expect(const char *file_name, const char *name, gt_status status,
                          const char *words) {
    gt_hdf5 *file = NULL;
    gt_hdf5_array *array = NULL;
    assert_ok(gt_hdf5_open(in_folder(file_name), &file, &err), err);
    gt_status got = gt_hdf5_array_open(file, name, &array, &err);
    gt_hdf5_array_close(array);
    gt_hdf5_close(file);
    if (got != status || !strstr(err.text, words) || !strstr(err.text, file_name))
        fail_msg("%s '%s', expected %s '%s'", gt_status_name(got), err.text,
                 gt_status_name(status), words);
}

#endif
