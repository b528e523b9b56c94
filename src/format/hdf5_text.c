/* hdf5_text.c - columns of strings of variable length, as h5py writes lists of Python texts.
 *
 * The data set holds references, which are read as bytes, contiguous or out of packed chunks;
 * hdf5_heap.c finds what they stand for. */
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "hdf5_heap.h"
#include "hdf5_internal.h"
#include "lzf.h"

enum { ROWS_AT_ONCE = 1024, MAX_FILTERS = 8 };

/* References of some rows, and how to get those of others. */
struct gt_hdf5_references {
    gt_hdf5_heap *heap;
    size_t size; /* of one */
    bool is_chunked;
    uint64_t first; /* rows that are held */
    size_t count, most;
    unsigned char *values;
    size_t filter_count;
    H5Z_filter_t filters[MAX_FILTERS];
    unsigned char *packed; /* room for a chunk on its way */
    size_t packed_room;
};

void gt_hdf5_references_close(gt_hdf5_references *r) {
    if (r == NULL) return;
    gt_hdf5_heap_close(r->heap);
    free(r->values);
    free(r->packed);
    free(r);
}

static gt_status read_filters(const gt_hdf5_array *array, hid_t plist, gt_hdf5_references *r,
                              gt_error *err) {
    int count = H5Pget_nfilters(plist);
    if (count < 0 || count > MAX_FILTERS)
        return gt_hdf5_refuse(array, GT_BAD_FORMAT, "has a damaged list of filters", err);
    for (int i = 0; i < count; i++) {
        unsigned flags, config;
        size_t values = 0;
        r->filters[i] =
            H5Pget_filter2(plist, (unsigned)i, &flags, &values, NULL, 0, NULL, &config);
        if (r->filters[i] != H5Z_FILTER_DEFLATE && r->filters[i] != H5Z_FILTER_SHUFFLE &&
            r->filters[i] != GT_HDF5_LZF)
            return gt_hdf5_refuse(array, GT_UNSUPPORTED,
                                  "has texts of variable length behind other filters", err);
    }
    r->filter_count = (size_t)count;
    return GT_OK;
}

static gt_status references_open(const gt_hdf5_array *array, gt_hdf5_references **out,
                                 gt_error *err) {
    gt_status status = GT_OK;
    const gt_hdf5_shape *shape = &array->shape;
    hsize_t chunk[GT_HDF5_MAX_RANK] = {0}, across = 1;
    hid_t plist = H5Dget_create_plist(array->id);
    gt_hdf5_references *r = calloc(1, sizeof *r);
    if (r == NULL) GT_THROW(err, GT_NO_MEMORY, "out of memory for texts");
    GT_TRY(gt_hdf5_heap_open(array->file, &r->heap, err));
    r->size = shape->item_size;
    r->is_chunked = plist >= 0 && H5Pget_layout(plist) == H5D_CHUNKED;
    if (r->is_chunked) H5Pget_chunk(plist, GT_HDF5_MAX_RANK, chunk);
    for (size_t i = 1; r->is_chunked && i < shape->rank; i++) across *= chunk[i];
    if (shape->items != shape->dims[0] || across != 1 || (!r->is_chunked && !shape->flat))
        GT_TRY(gt_hdf5_refuse(array, GT_UNSUPPORTED,
                              "holds texts of variable length in another form than a column",
                              err));
    if (r->is_chunked) GT_TRY(read_filters(array, plist, r, err));
    r->most = r->is_chunked ? (size_t)chunk[0] : ROWS_AT_ONCE;
    r->packed_room = r->most * r->size;
    r->values = malloc(r->packed_room);
    r->packed = malloc(r->packed_room);
    if (r->values == NULL || r->packed == NULL)
        GT_THROW(err, GT_NO_MEMORY, "out of memory for texts");
    *out = r;
    r = NULL;
done:
    if (plist >= 0) H5Pclose(plist);
    gt_hdf5_references_close(r);
    return status;
}

/* ---- chunks ---- */

static gt_status damaged_chunk(const gt_hdf5_array *array, gt_error *err) {
    return gt_hdf5_refuse(array, GT_BAD_FORMAT, "has a damaged chunk", err);
}

/* Bytes of one place in all values stand together; here they come back to their values. */
static void unshuffle(const unsigned char *from, size_t bytes, size_t size,
                      unsigned char *out) {
    size_t count = bytes / size;
    for (size_t place = 0; place < size; place++)
        for (size_t i = 0; i < count; i++) out[i * size + place] = from[place * count + i];
}

/* Undoes one filter on the `*stored` bytes in packed. */
static bool undo(H5Z_filter_t filter, const unsigned char *packed, size_t *stored, size_t size,
                 unsigned char *out, size_t bytes) {
    size_t unpacked;
    uLongf length = bytes;
    if (filter == H5Z_FILTER_DEFLATE) {
        if (uncompress(out, &length, packed, *stored) != Z_OK) return false;
        *stored = length;
    } else if (filter == GT_HDF5_LZF) {
        if (!gt_lzf_measure(packed, *stored, &unpacked) || unpacked > bytes) return false;
        gt_lzf_unpack(packed, *stored, out);
        *stored = unpacked;
    } else {
        if (*stored != bytes) return false;
        unshuffle(packed, bytes, size, out);
    }
    return true;
}

/* Undoes the filters on the chunk in r->packed, `stored` bytes; its values end in r->values. */
static gt_status unpack(const gt_hdf5_array *array, gt_hdf5_references *r, size_t stored,
                        uint32_t skipped, gt_error *err) {
    size_t bytes = r->most * r->size;
    for (size_t i = r->filter_count; i-- > 0;) {
        if (skipped >> i & 1) continue;
        if (!undo(r->filters[i], r->packed, &stored, r->size, r->values, bytes))
            return damaged_chunk(array, err);
        if (stored > r->packed_room) return damaged_chunk(array, err);
        memcpy(r->packed, r->values, stored);
    }
    if (stored != bytes) return damaged_chunk(array, err);
    memcpy(r->values, r->packed, bytes);
    return GT_OK;
}

static gt_status read_chunk(const gt_hdf5_array *array, gt_hdf5_references *r, uint64_t first,
                            gt_error *err) {
    hsize_t place[GT_HDF5_MAX_RANK] = {first};
    uint64_t stored = 0;
    uint32_t skipped = 0;
    if (!gt_hdf5_chunk_size(array->id, place, &stored) || stored > array->file->size)
        return damaged_chunk(array, err);
    memset(r->values, 0, r->most * r->size); /* a chunk never written holds no texts */
    if (stored == 0) return GT_OK;
    if (stored > r->packed_room) {
        unsigned char *larger = realloc(r->packed, (size_t)stored);
        if (larger == NULL) return gt_fail(err, GT_NO_MEMORY, "out of memory for texts");
        r->packed = larger;
        r->packed_room = (size_t)stored;
    }
    if (H5Dread_chunk(array->id, H5P_DEFAULT, place, &skipped, r->packed) < 0)
        return damaged_chunk(array, err);
    return unpack(array, r, (size_t)stored, skipped, err);
}

/* ---- rows ---- */

static gt_status reference_of(const gt_hdf5_array *array, gt_hdf5_references *r, uint64_t row,
                              const unsigned char **out, gt_error *err) {
    gt_status status = GT_OK;
    if (row < r->first || row - r->first >= r->count) {
        uint64_t first = row / r->most * r->most, left = array->shape.dims[0] - first;
        size_t count = left < r->most ? (size_t)left : r->most;
        r->count = 0;
        if (r->is_chunked)
            GT_TRY(read_chunk(array, r, first, err));
        else
            GT_TRY(gt_hdf5_read_at(array->file, array->shape.offset + first * r->size,
                                   r->values, count * r->size, err));
        r->first = first;
        r->count = count;
    }
    *out = r->values + (row - r->first) * r->size;
done:
    return status;
}

/* The text of a row, up to its first zero byte. */
static gt_status text_of(const gt_hdf5_array *array, uint64_t row, const char **text,
                         size_t *length, gt_error *err) {
    gt_status status = GT_OK;
    const unsigned char *reference;
    gt_error why;
    GT_TRY(reference_of(array, array->references, row, &reference, err));
    status = gt_hdf5_heap_find(array->references->heap, reference, text, length, &why);
    if (status)
        GT_THROW(err, status, "%s: data set '%s', row %llu: %s", array->file->path, array->name,
                 (unsigned long long)row, why.text);
    *length = strnlen(*text, *length);
    if (*length > GT_HDF5_MAX_TEXT)
        GT_TRY(
            gt_hdf5_refuse(array, GT_UNSUPPORTED, "has a text of more than 4096 bytes", err));
done:
    return status;
}

gt_status gt_hdf5_measure_texts(gt_hdf5_array *array, gt_error *err) {
    gt_status status = GT_OK;
    size_t longest = 1, length;
    const char *text;
    GT_TRY(references_open(array, &array->references, err));
    for (uint64_t row = 0; row < array->shape.dims[0]; row++) {
        GT_TRY(text_of(array, row, &text, &length, err));
        if (length > longest) longest = length;
    }
    array->shape.item_size = longest;
    array->shape.flat = false; /* what lies there is no text */
done:
    return status;
}

gt_status gt_hdf5_read_texts(const gt_hdf5_array *array, uint64_t first, size_t count,
                             void *out, gt_error *err) {
    gt_status status = GT_OK;
    size_t size = array->shape.item_size, length;
    const char *text;
    memset(out, 0, count * size);
    for (size_t i = 0; i < count; i++) {
        GT_TRY(text_of(array, first + i, &text, &length, err));
        memcpy((char *)out + i * size, text, length < size ? length : size);
    }
done:
    return status;
}
