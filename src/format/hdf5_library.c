/* hdf5_library.c - the state in which the HDF5 library runs here, its reasons, its types, and
 * bytes of a file that it has open. */
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "file.h"
#include "hdf5_internal.h"

static const struct {
    const char *name;
    size_t size;
} type_facts[] = {
    [GT_HDF5_U8] = {"uint8", 1},    [GT_HDF5_I8] = {"int8", 1},
    [GT_HDF5_U16] = {"uint16", 2},  [GT_HDF5_I16] = {"int16", 2},
    [GT_HDF5_U32] = {"uint32", 4},  [GT_HDF5_I32] = {"int32", 4},
    [GT_HDF5_U64] = {"uint64", 8},  [GT_HDF5_I64] = {"int64", 8},
    [GT_HDF5_F16] = {"float16", 2}, [GT_HDF5_F32] = {"float32", 4},
    [GT_HDF5_F64] = {"float64", 8}, [GT_HDF5_TEXT] = {"text", 1},
};

static pthread_once_t prepared = PTHREAD_ONCE_INIT;

static void prepare_once(void) {
    H5dont_atexit();
    H5open();
    H5PLset_loading_state(0);
    gt_hdf5_add_lzf();
}

void gt_hdf5_prepare(void) {
    pthread_once(&prepared, prepare_once);
    H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
}

/* Of a call of the system that failed its reason says enough, without time and addresses. */
static herr_t keep_innermost(unsigned index, const H5E_error2_t *entry, void *user) {
    static const char system[] = "error message = '";
    gt_hdf5_reason *reason = user;
    if (index != 0 || entry->desc == NULL) return 0;
    const char *at = strstr(entry->desc, system);
    if (at != NULL) at += sizeof system - 1;
    int length = at != NULL ? (int)strcspn(at, "'") : (int)strlen(entry->desc);
    snprintf(reason->text, sizeof reason->text, "%.*s", length, at != NULL ? at : entry->desc);
    return 0;
}

/* Files of newer libraries have forms that this one has not heard of. */
gt_hdf5_reason gt_hdf5_last_reason(void) {
    gt_hdf5_reason reason = {""};
    H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, keep_innermost, &reason);
    size_t length = strlen(reason.text);
    if (strstr(reason.text, "version number") != NULL)
        snprintf(reason.text + length, sizeof reason.text - length,
                 "; if a newer HDF5 wrote it: h5py writes what is read here with "
                 "libver=('earliest', 'v110')");
    return reason;
}

const char *gt_hdf5_type_name(gt_hdf5_type type) {
    return type_facts[type].name;
}

hid_t gt_hdf5_memory_type(gt_hdf5_type type) {
    switch (type) {
    case GT_HDF5_U8:
        return H5T_NATIVE_UINT8;
    case GT_HDF5_I8:
        return H5T_NATIVE_INT8;
    case GT_HDF5_U16:
        return H5T_NATIVE_UINT16;
    case GT_HDF5_I16:
        return H5T_NATIVE_INT16;
    case GT_HDF5_U32:
        return H5T_NATIVE_UINT32;
    case GT_HDF5_I32:
        return H5T_NATIVE_INT32;
    case GT_HDF5_U64:
        return H5T_NATIVE_UINT64;
    case GT_HDF5_I64:
        return H5T_NATIVE_INT64;
    case GT_HDF5_F32:
        return H5T_NATIVE_FLOAT;
    case GT_HDF5_F64:
        return H5T_NATIVE_DOUBLE;
    case GT_HDF5_F16:
    case GT_HDF5_TEXT:
        break;
    }
    return H5I_INVALID_HID;
}

hid_t gt_hdf5_file_type(gt_hdf5_type type) {
    switch (type) {
    case GT_HDF5_U8:
        return H5T_STD_U8LE;
    case GT_HDF5_I8:
        return H5T_STD_I8LE;
    case GT_HDF5_U16:
        return H5T_STD_U16LE;
    case GT_HDF5_I16:
        return H5T_STD_I16LE;
    case GT_HDF5_U32:
        return H5T_STD_U32LE;
    case GT_HDF5_I32:
        return H5T_STD_I32LE;
    case GT_HDF5_U64:
        return H5T_STD_U64LE;
    case GT_HDF5_I64:
        return H5T_STD_I64LE;
    case GT_HDF5_F32:
        return H5T_IEEE_F32LE;
    case GT_HDF5_F64:
        return H5T_IEEE_F64LE;
    case GT_HDF5_F16:
    case GT_HDF5_TEXT:
        break;
    }
    return H5I_INVALID_HID;
}

size_t gt_hdf5_type_size(gt_hdf5_type type) {
    return type_facts[type].size;
}

gt_number_type gt_hdf5_number_type(gt_hdf5_type type) {
    static const gt_number_type types[] = {
        [GT_HDF5_U8] = GT_NUMBER_U8,   [GT_HDF5_I8] = GT_NUMBER_I8,
        [GT_HDF5_U16] = GT_NUMBER_U16, [GT_HDF5_I16] = GT_NUMBER_I16,
        [GT_HDF5_U32] = GT_NUMBER_U32, [GT_HDF5_I32] = GT_NUMBER_I32,
        [GT_HDF5_U64] = GT_NUMBER_U64, [GT_HDF5_I64] = GT_NUMBER_I64,
        [GT_HDF5_F16] = GT_NUMBER_F16, [GT_HDF5_F32] = GT_NUMBER_F32,
        [GT_HDF5_F64] = GT_NUMBER_F64};
    return types[type];
}

gt_status gt_hdf5_read_at(const gt_hdf5 *file, uint64_t offset, void *out, size_t size,
                          gt_error *err) {
    if (file->bytes != NULL) {
        if (offset > file->size || size > file->size - offset)
            return gt_fail(err, GT_BAD_FORMAT, "%s: %zu bytes at byte %llu, it has %llu",
                           file->path, size, (unsigned long long)offset,
                           (unsigned long long)file->size);
        memcpy(out, file->bytes + offset, size);
        return GT_OK;
    }
    void *handle =
        NULL; /* of the library: the file that was opened, whatever its name is now */
    if (H5Fget_vfd_handle(file->id, H5P_DEFAULT, &handle) < 0 || handle == NULL)
        return gt_fail(err, GT_IO, "%s: cannot be read (%s)", file->path,
                       gt_hdf5_last_reason().text);
    return gt_file_read_at(*(int *)handle, file->path, offset, out, size, err);
}
