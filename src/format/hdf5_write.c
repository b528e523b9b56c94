/* hdf5_write.c - lays out a flat HDF5 file: every array contiguous at a known place, bytes to
 * come later. No time stamps, so that equal contents make equal files. */
#include <string.h>

#include "hdf5_internal.h"

enum { MAX_ATTRIBUTE = 64000, ALIGN_FROM = 1 << 16, ALIGN_TO = 4096 };

static gt_status failure(const char *path, const char *what, const char *name, gt_error *err) {
    return gt_fail(err, GT_IO, "%s: %s '%s' cannot be written (%s)", path, what, name,
                   gt_hdf5_last_reason().text);
}

/* A new file, or one that is there. */
static gt_status open_file(const char *path, bool is_new, hid_t *out, gt_error *err) {
    hid_t id = H5I_INVALID_HID;
    hid_t access = H5Pcreate(H5P_FILE_ACCESS), create = H5Pcreate(H5P_FILE_CREATE);
    if (access >= 0 && create >= 0 && H5Pset_file_locking(access, 0, 1) >= 0 &&
        H5Pset_fclose_degree(access, H5F_CLOSE_STRONG) >= 0 &&
        H5Pset_alignment(access, ALIGN_FROM, ALIGN_TO) >= 0 &&
        H5Pset_obj_track_times(create, false) >= 0)
        id = is_new ? H5Fcreate(path, H5F_ACC_TRUNC, create, access)
                    : H5Fopen(path, H5F_ACC_RDWR, access);
    gt_status status = id < 0 ? failure(path, "HDF5 file", path, err) : GT_OK;
    if (create >= 0) H5Pclose(create);
    if (access >= 0) H5Pclose(access);
    *out = id;
    return status;
}

/* Zero-padded UTF-8 strings of `length` bytes. The caller closes it. */
static hid_t text_type(size_t length) {
    hid_t type = H5Tcopy(H5T_C_S1);
    if (type >= 0) {
        H5Tset_size(type, length > 0 ? length : 1);
        H5Tset_strpad(type, H5T_STR_NULLPAD);
        H5Tset_cset(type, H5T_CSET_UTF8);
    }
    return type;
}

static hid_t reserve_plist(void) {
    hid_t plist = H5Pcreate(H5P_DATASET_CREATE);
    if (plist >= 0 && H5Pset_layout(plist, H5D_CONTIGUOUS) >= 0 &&
        H5Pset_alloc_time(plist, H5D_ALLOC_TIME_EARLY) >= 0 &&
        H5Pset_fill_time(plist, H5D_FILL_TIME_NEVER) >= 0 &&
        H5Pset_obj_track_times(plist, false) >= 0)
        return plist;
    if (plist >= 0) H5Pclose(plist);
    return H5I_INVALID_HID;
}

static bool write_value(hid_t owner, const char *name, hid_t type, hid_t memory, hid_t space,
                        const void *value) {
    hid_t id = H5I_INVALID_HID;
    if (owner >= 0 && type >= 0 && space >= 0)
        id = H5Acreate2(owner, name, type, space, H5P_DEFAULT, H5P_DEFAULT);
    bool done = id >= 0 && H5Awrite(id, memory, value) >= 0;
    if (id >= 0) H5Aclose(id);
    return done;
}

static gt_status write_texts(hid_t owner, const char *path, const char *name,
                             const char *const *texts, size_t count, hid_t space,
                             gt_error *err) {
    gt_status status = GT_OK;
    char block[MAX_ATTRIBUTE];
    hid_t type = H5I_INVALID_HID;
    size_t width = 1;
    for (size_t i = 0; i < count; i++)
        if (strlen(texts[i]) > width) width = strlen(texts[i]);
    if (width > MAX_ATTRIBUTE / count)
        GT_THROW(err, GT_BAD_ARGUMENT, "%s: attribute '%s' needs %zu bytes, at most %d fit",
                 path, name, width * count, MAX_ATTRIBUTE);
    memset(block, 0, width * count);
    for (size_t i = 0; i < count; i++) memcpy(block + i * width, texts[i], strlen(texts[i]));
    type = text_type(width);
    if (!write_value(owner, name, type, type, space, block))
        GT_TRY(failure(path, "attribute", name, err));
done:
    if (type >= 0) H5Tclose(type);
    return status;
}

static gt_status add_attribute(hid_t owner, const char *path,
                               const gt_hdf5_new_attribute *attribute, gt_error *err) {
    gt_status status = GT_OK;
    bool listed = attribute->texts != NULL;
    hsize_t count = attribute->count;
    hid_t space = listed ? H5Screate_simple(1, &count, NULL) : H5Screate(H5S_SCALAR);
    const char *name = attribute->name;
    if (listed)
        status = write_texts(owner, path, name, attribute->texts, attribute->count, space, err);
    else if (attribute->text != NULL)
        status = write_texts(owner, path, name, &attribute->text, 1, space, err);
    else if (attribute->whole != NULL
                 ? !write_value(owner, name, H5T_STD_I64LE, H5T_NATIVE_INT64, space,
                                attribute->whole)
                 : !write_value(owner, name, H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE, space,
                                &attribute->real))
        status = failure(path, "attribute", name, err);
    if (space >= 0) H5Sclose(space);
    return status;
}

/* The attributes that belong to `array`, NULL for the root. */
static gt_status add_attributes(hid_t owner, const char *path, const char *array,
                                const gt_hdf5_new_attribute *attributes, size_t count,
                                gt_error *err) {
    for (size_t i = 0; i < count; i++) {
        const char *of = attributes[i].array;
        bool wanted = array == NULL ? of == NULL : of != NULL && strcmp(of, array) == 0;
        if (!wanted) continue;
        gt_status status = add_attribute(owner, path, &attributes[i], err);
        if (status) return status;
    }
    return GT_OK;
}

static gt_status add_array(hid_t file, const char *path, gt_hdf5_new_array *array,
                           const gt_hdf5_new_attribute *attributes, size_t count,
                           gt_error *err) {
    gt_status status = GT_OK;
    hsize_t dims[GT_HDF5_MAX_RANK];
    for (size_t i = 0; i < array->rank; i++) dims[i] = array->dims[i];
    bool text = array->type == GT_HDF5_TEXT;
    hid_t type = text ? text_type(array->item_size) : gt_hdf5_file_type(array->type);
    hid_t space = H5Screate_simple((int)array->rank, dims, NULL);
    hid_t plist = reserve_plist(), link = H5Pcreate(H5P_LINK_CREATE), id = H5I_INVALID_HID;
    if (type >= 0 && space >= 0 && plist >= 0 && link >= 0 &&
        H5Pset_create_intermediate_group(link, 1) >= 0)
        id = H5Dcreate2(file, array->name, type, space, link, plist, H5P_DEFAULT);
    haddr_t offset = id < 0 ? HADDR_UNDEF : H5Dget_offset(id);
    if (offset == HADDR_UNDEF) GT_TRY(failure(path, "data set", array->name, err));
    array->offset = offset;
    GT_TRY(add_attributes(id, path, array->name, attributes, count, err));
done:
    if (id >= 0) H5Dclose(id);
    if (link >= 0) H5Pclose(link);
    if (plist >= 0) H5Pclose(plist);
    if (space >= 0) H5Sclose(space);
    if (text && type >= 0) H5Tclose(type);
    return status;
}

gt_status gt_hdf5_create_flat(const char *path, gt_hdf5_new_array *arrays, size_t array_count,
                              const gt_hdf5_new_attribute *attributes, size_t attribute_count,
                              gt_error *err) {
    gt_status status = GT_OK;
    gt_hdf5_prepare();
    hid_t file = H5I_INVALID_HID;
    GT_TRY(open_file(path, true, &file, err));
    for (size_t i = 0; i < array_count; i++)
        GT_TRY(add_array(file, path, &arrays[i], attributes, attribute_count, err));
    GT_TRY(add_attributes(file, path, NULL, attributes, attribute_count, err));
done:
    if (file >= 0 && H5Fclose(file) < 0 && status == GT_OK)
        status = failure(path, "HDF5 file", path, err);
    return status;
}

gt_status gt_hdf5_add_attributes(const char *path, const gt_hdf5_new_attribute *attributes,
                                 size_t count, gt_error *err) {
    gt_status status = GT_OK;
    gt_hdf5_prepare();
    hid_t file = H5I_INVALID_HID;
    GT_TRY(open_file(path, false, &file, err));
    GT_TRY(add_attributes(file, path, NULL, attributes, count, err));
done:
    if (file >= 0 && H5Fclose(file) < 0 && status == GT_OK)
        status = failure(path, "HDF5 file", path, err);
    return status;
}
