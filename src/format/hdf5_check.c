/* hdf5_check.c - what a data set may be: shapes, layouts and filters from a short list, and
 * never more than the bytes that are stored can carry. */
#include "hdf5_internal.h"

#define MAX_CHUNK ((uint64_t)256 << 20)
#define MAX_ROW ((uint64_t)256 << 20)
enum { MAX_RATIO = 1040 }; /* gzip packs values that are all alike 1032 to 1 */

static gt_status check_dims(gt_hdf5_array *array, gt_error *err) {
    gt_hdf5_shape *shape = &array->shape;
    hsize_t dims[H5S_MAX_RANK] = {0};
    hid_t space = H5Dget_space(array->id);
    int rank = space < 0 ? -1 : H5Sget_simple_extent_dims(space, dims, NULL);
    bool simple = space >= 0 && H5Sget_simple_extent_type(space) == H5S_SIMPLE;
    if (space >= 0) H5Sclose(space);
    if (rank < 1 || rank > GT_HDF5_MAX_RANK || !simple)
        return gt_fail(err, GT_BAD_FORMAT, "%s: data set '%s' has rank %d, expected 1 to %d",
                       array->file->path, array->name, rank, GT_HDF5_MAX_RANK);
    shape->rank = (size_t)rank;
    shape->items = 1;
    for (size_t i = 0; i < shape->rank; i++) {
        shape->dims[i] = dims[i];
        if (dims[i] == 0) return gt_hdf5_refuse(array, GT_BAD_FORMAT, "is empty", err);
        if (__builtin_mul_overflow(shape->items, shape->dims[i], &shape->items))
            return gt_hdf5_refuse(array, GT_BAD_FORMAT, "has a shape that overflows", err);
    }
    uint64_t bytes;
    if (__builtin_mul_overflow(shape->items, array->stored_size, &bytes) || bytes > INT64_MAX)
        return gt_hdf5_refuse(array, GT_BAD_FORMAT, "has a shape that overflows", err);
    if (bytes / shape->dims[0] > MAX_ROW)
        return gt_hdf5_refuse(array, GT_UNSUPPORTED, "has rows of more than 256 MiB", err);
    return GT_OK;
}

/* h5repack undoes filters of the HDF5 library itself, and others where their plugin is. */
static gt_status refuse_filter(const gt_hdf5_array *array, H5Z_filter_t filter,
                               const char *name, gt_error *err) {
    return gt_fail(err, GT_UNSUPPORTED,
                   "%s: data set '%s' is packed by filter %s (%d), expected gzip, lzf, "
                   "shuffle or fletcher32: write it anew with `h5repack -f GZIP=4 OLD NEW`%s",
                   array->file->path, array->name, *name ? name : "without a name", (int)filter,
                   filter < H5Z_FILTER_RESERVED ? "" : " where that filter is installed");
}

/* Bytes of a chunk; 0 where there are none, or too many. */
static uint64_t bytes_of_chunk(const gt_hdf5_array *array, hid_t plist) {
    hsize_t dims[GT_HDF5_MAX_RANK] = {0};
    uint64_t bytes = array->stored_size;
    int rank = H5Pget_chunk(plist, GT_HDF5_MAX_RANK, dims);
    for (int i = 0; i < rank; i++)
        if (__builtin_mul_overflow(bytes, dims[i], &bytes)) return 0;
    return rank > 0 ? bytes : 0;
}

static gt_status check_filters(const gt_hdf5_array *array, hid_t plist, gt_error *err) {
    int count = H5Pget_nfilters(plist);
    if (count < 0)
        return gt_hdf5_refuse(array, GT_BAD_FORMAT, "has a damaged list of filters", err);
    for (int i = 0; i < count; i++) {
        enum { MOST_VALUES = 8 };
        unsigned flags = 0, config = 0, values[MOST_VALUES] = {0};
        size_t given = MOST_VALUES;
        char name[64] = "";
        H5Z_filter_t filter = H5Pget_filter2(plist, (unsigned)i, &flags, &given, values,
                                             sizeof name, name, &config);
        if (filter == H5Z_FILTER_SHUFFLE || filter == H5Z_FILTER_DEFLATE ||
            filter == H5Z_FILTER_FLETCHER32)
            continue;
        bool is_lzf = filter == GT_HDF5_LZF && given <= MOST_VALUES;
        if (is_lzf && (array->has_variable_texts || /* hdf5_text.c measures what it unpacks */
                       gt_hdf5_lzf_fits(values, given, bytes_of_chunk(array, plist))))
            continue;
        return refuse_filter(array, filter, name, err);
    }
    return GT_OK;
}

/* Chunks that are stored; false: nobody can tell. */
static bool count_chunks(const gt_hdf5_array *array, hsize_t *count) {
    hid_t space = H5Dget_space(array->id);
    bool is_told = space >= 0 && H5Dget_num_chunks(array->id, space, count) >= 0;
    if (space >= 0) H5Sclose(space);
    return is_told;
}

/* Bytes that chunks take; of an index that is damaged the library says 0 of them, and tells of
 * the damage where it is asked for their state. */
static bool stored_bytes(const gt_hdf5_array *array, uint64_t *bytes) {
    H5D_space_status_t state;
    *bytes = H5Dget_storage_size(array->id);
    return *bytes > 0 || H5Dget_space_status(array->id, &state) >= 0;
}

static gt_status check_chunks(gt_hdf5_array *array, hid_t plist, gt_error *err) {
    gt_hdf5_shape *shape = &array->shape;
    hsize_t dims[GT_HDF5_MAX_RANK] = {0};
    uint64_t bytes = array->stored_size;
    if (H5Pget_chunk(plist, GT_HDF5_MAX_RANK, dims) != (int)shape->rank)
        return gt_hdf5_refuse(array, GT_BAD_FORMAT, "has damaged chunks", err);
    for (size_t i = 0; i < shape->rank; i++)
        if (dims[i] == 0 || __builtin_mul_overflow(bytes, dims[i], &bytes) || bytes > MAX_CHUNK)
            return gt_hdf5_refuse(array, GT_UNSUPPORTED, "has chunks of more than 256 MiB",
                                  err);
    shape->chunk_rows = dims[0];
    bool is_packed = H5Pget_nfilters(plist) > 0; /* which are looked at when they are read */
    uint64_t stored;
    hsize_t count = 0;
    if (!stored_bytes(array, &stored) || (!is_packed && !count_chunks(array, &count)))
        return gt_hdf5_refuse(array, GT_BAD_FORMAT, "has a damaged list of chunks", err);
    if (!is_packed && stored != count * bytes)
        return gt_hdf5_refuse(array, GT_BAD_FORMAT, "has chunks that are not all of one size",
                              err);
    if (stored > array->file->size)
        return gt_hdf5_refuse(array, GT_BAD_FORMAT, "claims more bytes than the file has", err);
    if (stored == 0)
        return gt_hdf5_refuse(array, GT_UNSUPPORTED,
                              "was never written, it holds fill values only", err);
    if (shape->items * array->stored_size / MAX_RATIO <= stored) return GT_OK;
    return gt_fail(err, GT_UNSUPPORTED,
                   "%s: data set '%s' declares %llu bytes and stores %llu, more than %d to 1",
                   array->file->path, array->name,
                   (unsigned long long)(shape->items * array->stored_size),
                   (unsigned long long)stored, MAX_RATIO);
}

static gt_status check_contiguous(gt_hdf5_array *array, gt_error *err) {
    gt_hdf5_shape *shape = &array->shape;
    uint64_t bytes = shape->items * array->stored_size;
    haddr_t offset = H5Dget_offset(array->id);
    if (offset == HADDR_UNDEF)
        return gt_hdf5_refuse(array, GT_UNSUPPORTED,
                              "was never written, it holds fill values only", err);
    if (offset > array->file->size || bytes > array->file->size - offset)
        return gt_fail(err, GT_BAD_FORMAT,
                       "%s: data set '%s' needs %llu bytes at byte %llu, the file has %llu",
                       array->file->path, array->name, (unsigned long long)bytes,
                       (unsigned long long)offset, (unsigned long long)array->file->size);
    shape->flat = array->member == NULL; /* fields of records stand apart */
    shape->offset = offset;
    shape->chunk_rows = 1;
    return GT_OK;
}

static gt_status check_layout(gt_hdf5_array *array, gt_error *err) {
    gt_status status = GT_OK;
    hid_t plist = H5Dget_create_plist(array->id);
    H5D_layout_t layout = plist < 0 ? H5D_LAYOUT_ERROR : H5Pget_layout(plist);
    if (plist < 0) GT_TRY(gt_hdf5_refuse(array, GT_BAD_FORMAT, "is damaged", err));
    if (H5Pget_external_count(plist) != 0)
        GT_TRY(gt_hdf5_refuse(array, GT_UNSUPPORTED, "keeps its values in other files", err));
    GT_TRY(check_filters(array, plist, err));
    switch (layout) {
    case H5D_COMPACT:
        array->shape.chunk_rows = array->shape.dims[0];
        break;
    case H5D_CONTIGUOUS:
        GT_TRY(check_contiguous(array, err));
        break;
    case H5D_CHUNKED:
        GT_TRY(check_chunks(array, plist, err));
        break;
    case H5D_VIRTUAL:
        GT_TRY(
            gt_hdf5_refuse(array, GT_UNSUPPORTED, "is a virtual view of other data sets", err));
        break;
    default:
        GT_TRY(gt_hdf5_refuse(array, GT_BAD_FORMAT, "has an unknown layout", err));
    }
done:
    if (plist >= 0) H5Pclose(plist);
    return status;
}

/* Arrays as values are further sides: what is stored of each has been looked at. */
static gt_status add_inner(gt_hdf5_array *array, gt_error *err) {
    gt_hdf5_shape *shape = &array->shape;
    array->outer_rank = shape->rank;
    if (shape->rank + array->inner_rank > GT_HDF5_MAX_RANK)
        return gt_fail(err, GT_UNSUPPORTED, "%s: data set '%s' has rank %zu, expected 1 to %d",
                       array->file->path, array->name, shape->rank + array->inner_rank,
                       GT_HDF5_MAX_RANK);
    for (size_t i = 0; i < array->inner_rank; i++) {
        shape->dims[shape->rank++] = array->inner[i];
        shape->items *= array->inner[i]; /* no more than bytes that are stored */
    }
    return GT_OK;
}

gt_status gt_hdf5_check(gt_hdf5_array *array, gt_error *err) {
    gt_status status = GT_OK;
    GT_TRY(gt_hdf5_check_type(array, err));
    GT_TRY(check_dims(array, err));
    GT_TRY(check_layout(array, err));
    if (array->has_variable_texts) GT_TRY(gt_hdf5_measure_texts(array, err));
    GT_TRY(add_inner(array, err));
done:
    return status;
}
