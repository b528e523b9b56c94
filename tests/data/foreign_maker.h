/* foreign_maker.h - HDF5 files as other programs write them, made and imported: for the tests
 * of pictures, columns and classes in them. */
#ifndef GT_FOREIGN_MAKER_H
#define GT_FOREIGN_MAKER_H

#include "gt_test.h"

#include <hdf5.h>

#include "galatea/import.h"
#include "temp_folder.h"

enum { ROWS = 6, SIDE = 5, PIXELS = SIDE * SIDE };

static gt_error err;
static gt_import_report report;

/* ---- making files ---- */

static inline hid_t create(void) {
    return H5Fcreate(in_folder("in.h5"), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
}

static inline void add_shaped(hid_t where, const char *name, hid_t type, int rank,
                              const hsize_t *dims, const void *values) {
    hid_t links = H5Pcreate(H5P_LINK_CREATE), space = H5Screate_simple(rank, dims, NULL);
    H5Pset_create_intermediate_group(links, 1);
    hid_t set = H5Dcreate2(where, name, type, space, links, H5P_DEFAULT, H5P_DEFAULT);
    assert_true(set >= 0);
    assert_true(H5Dwrite(set, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) >= 0);
    H5Dclose(set);
    H5Sclose(space);
    H5Pclose(links);
}

static inline void add(hid_t where, const char *name, hid_t type, hsize_t count,
                       const void *values) {
    add_shaped(where, name, type, 1, &count, values);
}

static inline void add_texts(hid_t where, const char *name, hsize_t count,
                             const char *const *texts) {
    hid_t type = H5Tcopy(H5T_C_S1);
    H5Tset_size(type, H5T_VARIABLE);
    H5Tset_cset(type, H5T_CSET_UTF8);
    add(where, name, type, count, texts);
    H5Tclose(type);
}

static inline void add_pictures(hid_t where, const char *name, hsize_t count) {
    static unsigned char pixels[ROWS * PIXELS];
    const hsize_t dims[] = {count, SIDE, SIDE};
    for (size_t i = 0; i < sizeof pixels; i++) pixels[i] = (unsigned char)(i * 7 % 251);
    add_shaped(where, name, H5T_STD_U8LE, 3, dims, pixels);
}

static inline void add_table(hid_t file, const char *name, hid_t type, hsize_t count,
                             hid_t plist, const void *records) {
    hid_t space = H5Screate_simple(1, &count, NULL);
    hid_t set = H5Dcreate2(file, name, type, space, H5P_DEFAULT, plist, H5P_DEFAULT);
    assert_true(H5Dwrite(set, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, records) >= 0);
    H5Dclose(set);
    H5Sclose(space);
}

/* ---- importing ---- */

static inline gt_import_settings settings_for(void) {
    static char out[128];
    gt_import_settings settings = gt_import_settings_default();
    snprintf(out, sizeof out, "%s", in_folder("out.h5"));
    settings.format = "hdf5";
    settings.out = out;
    return settings;
}

static inline gt_dataset *import(const gt_import_settings *settings) {
    gt_dataset *set = NULL;
    assert_ok(gt_import_run(settings, in_folder("in.h5"), NULL, NULL, NULL, &report, &err),
              err);
    assert_ok(gt_dataset_open_any(in_folder("out.h5"), &set, &err), err);
    return set;
}

static inline void expect_failure(const gt_import_settings *settings, gt_status status,
                                  const char *words) {
    gt_status got =
        gt_import_run(settings, in_folder("in.h5"), NULL, NULL, NULL, &report, &err);
    if (got != status || !strstr(err.text, words))
        fail_msg("%s '%s', expected %s '%s'", gt_status_name(got), err.text,
                 gt_status_name(status), words);
    assert_int_equal(entries_in_folder(), 1);
}

static inline void expect_note(const char *words) {
    if (!strstr(report.note, words)) fail_msg("'%s', expected '%s'", report.note, words);
}

static inline void expect_ids(gt_dataset *set, const char *const *expected) {
    const char *ids;
    size_t step = gt_dataset_describe(set)->id_length + 1;
    assert_ok(gt_dataset_ids(set, &ids, &err), err);
    for (size_t i = 0; i < gt_dataset_describe(set)->count; i++)
        assert_string_equal(ids + i * step, expected[i]);
}

static inline void expect_labels(gt_dataset *set, const int *expected) {
    const int32_t *labels;
    assert_ok(gt_dataset_labels(set, &labels, &err), err);
    for (size_t i = 0; i < gt_dataset_describe(set)->count; i++)
        assert_int_equal(labels[i], expected[i]);
}

#endif
