/* hdf5_text.c - strings of variable length, as h5py writes lists of Python texts.
 *
 * The file decides how long each one is, so the library gets its memory here, never more for
 * one text than a column may hold, and all of it goes back whatever happens. */
#include <stdlib.h>
#include <string.h>

#include "hdf5_internal.h"

enum { ROWS_AT_ONCE = 512 };

typedef struct held held;
struct held {
    held *next;
    char bytes[];
};

typedef struct texts {
    held *all;
    bool is_too_long;
} texts;

static void *take(size_t size, void *user) {
    texts *t = user;
    if (size > GT_HDF5_MAX_TEXT + 1) {
        t->is_too_long = true;
        return NULL;
    }
    held *one = malloc(sizeof *one + size);
    if (one == NULL) return NULL;
    one->next = t->all;
    t->all = one;
    return one->bytes;
}

static void keep(void *text, void *user) { /* freed with all others */
    (void)text;
    (void)user;
}

static void release(texts *t) {
    while (t->all != NULL) {
        held *next = t->all->next;
        free(t->all);
        t->all = next;
    }
}

static gt_status refuse(const gt_hdf5_array *array, const texts *t, gt_error *err) {
    if (t->is_too_long)
        return gt_hdf5_refuse(array, GT_UNSUPPORTED, "has a text of more than 4096 bytes", err);
    return gt_fail(err, GT_BAD_FORMAT, "%s: data set '%s': damaged texts (%s)",
                   array->file->path, array->name, gt_hdf5_last_reason().text);
}

/* Pointers to the texts of some rows, NULL for those never written. */
static gt_status read_some(const gt_hdf5_array *array, uint64_t first, size_t count,
                           const char **out, texts *t, gt_error *err) {
    hid_t file_space, memory_space;
    gt_hdf5_select_rows(array, first, count, &file_space, &memory_space);
    hid_t type = H5Dget_type(array->id), plist = H5Pcreate(H5P_DATASET_XFER);
    bool done = file_space >= 0 && memory_space >= 0 && type >= 0 && plist >= 0 &&
                H5Pset_vlen_mem_manager(plist, take, t, keep, t) >= 0 &&
                H5Dread(array->id, type, memory_space, file_space, plist, out) >= 0;
    gt_status status = done ? GT_OK : refuse(array, t, err);
    if (plist >= 0) H5Pclose(plist);
    if (type >= 0) H5Tclose(type);
    if (memory_space >= 0) H5Sclose(memory_space);
    if (file_space >= 0) H5Sclose(file_space);
    return status;
}

/* Goes through the rows; longest, if not NULL, becomes the length of the longest text, and out,
 * if not NULL, gets all texts, item_size bytes each. */
static gt_status go_through(const gt_hdf5_array *array, uint64_t first, uint64_t count,
                            size_t *longest, char *out, gt_error *err) {
    gt_status status = GT_OK;
    const gt_hdf5_shape *shape = &array->shape;
    size_t width = (size_t)(shape->items / shape->dims[0]), size = shape->item_size;
    size_t rows = width < ROWS_AT_ONCE ? ROWS_AT_ONCE / width : 1;
    texts t = {0};
    const char **at = calloc(rows * width, sizeof *at);
    if (at == NULL) GT_THROW(err, GT_NO_MEMORY, "out of memory for texts");
    for (uint64_t done = 0; done < count; done += rows) {
        size_t now = count - done < rows ? (size_t)(count - done) : rows;
        GT_TRY(read_some(array, first + done, now, at, &t, err));
        for (size_t i = 0; i < now * width; i++) {
            size_t length = at[i] != NULL ? strlen(at[i]) : 0;
            if (longest != NULL && length > *longest) *longest = length;
            if (out == NULL) continue;
            memset(out, 0, size);
            memcpy(out, at[i] != NULL ? at[i] : "", length < size ? length : size);
            out += size;
        }
        release(&t);
    }
done:
    release(&t);
    free(at);
    return status;
}

gt_status gt_hdf5_measure_texts(gt_hdf5_array *array, gt_error *err) {
    size_t longest = 1;
    gt_status status = go_through(array, 0, array->shape.dims[0], &longest, NULL, err);
    array->shape.item_size = longest;
    array->shape.flat = false; /* what lies there are references to the texts */
    return status;
}

gt_status gt_hdf5_read_texts(const gt_hdf5_array *array, uint64_t first, size_t count,
                             void *out, gt_error *err) {
    return go_through(array, first, count, NULL, out, err);
}
