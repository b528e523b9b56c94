/* dataset.c - opens a flat data set through HDF5 once, then reads its rows with pread. */
#include "galatea/dataset.h"

#include <inttypes.h>
#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "axes.h"
#include "columns.h"
#include "dataset_fields.h"
#include "file.h"
#include "galatea/log.h"
#include "range.h"
#include "unknowns.h"

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__,
               "rows are read in this machine's byte order, files are little-endian");

/* What the file was when it was seen last, for all who read. */
typedef struct witness {
    pthread_mutex_t lock;
    gt_file_stamp stamp;
    uint64_t hash; /* of its bytes, where they are known */
    bool is_known;
    unsigned touched; /* how often it was written without a change */
} witness;

struct gt_dataset {
    char *path;
    int descriptor;
    uint64_t size; /* of the file */
    witness *seen;
    gt_dataset_info info;
    uint64_t main_offset, column_offset[GT_COLUMN_COUNT], mask_offset, ivar_offset;
    void *columns[GT_COLUMN_COUNT]; /* read when asked for */
    gt_stored_fields fields;
    char **class_names, *survey, *collection, *bands, *preparation, *model, *learned_from,
        *provenance, *unit;
};

/* ---- opening ---- */

static gt_status not_flat(const gt_dataset *set, const char *name, const char *found,
                          const char *expected, gt_error *err) {
    return gt_fail(err, GT_UNSUPPORTED,
                   "%s: '%s' is %s, expected %s; `galatea data import --format hdf5` makes a "
                   "flat data set of it",
                   set->path, name, found, expected);
}

/* Keeps the place of an array that must be contiguous, little-endian and of the given type. */
static gt_status check_layout(const gt_dataset *set, const char *name,
                              const gt_hdf5_shape *shape, gt_hdf5_type type, uint64_t *offset,
                              gt_error *err) {
    if (shape->type != type || shape->big_endian)
        return not_flat(set, name,
                        shape->big_endian ? "big-endian" : gt_hdf5_type_name(shape->type),
                        gt_hdf5_type_name(type), err);
    if (!shape->flat)
        return not_flat(set, name, "chunked, compressed or of variable length", "contiguous",
                        err);
    uint64_t bytes = shape->items * shape->item_size; /* cannot overflow: checked on opening */
    if (shape->offset > set->size || bytes > set->size - shape->offset)
        return gt_fail(err, GT_BAD_FORMAT,
                       "%s: '%s' needs %" PRIu64 " bytes at byte %" PRIu64
                       ", the file has %" PRIu64,
                       set->path, name, bytes, shape->offset, set->size);
    *offset = shape->offset;
    return GT_OK;
}

static gt_status read_main(gt_dataset *set, const gt_hdf5 *file, gt_error *err) {
    gt_status status = GT_OK;
    gt_hdf5_array *array = NULL;
    gt_dataset_info *info = &set->info;
    bool images = gt_hdf5_has(file, "images"), codes = gt_hdf5_has(file, "codes");
    if (images == codes)
        GT_THROW(err, GT_BAD_FORMAT,
                 "%s: has %s; `galatea data import --format hdf5 --dataset NAME` makes a flat "
                 "data set of one",
                 set->path,
                 images ? "data sets 'images' and 'codes', expected one of them"
                        : "no data set 'images' and none 'codes'");
    info->kind = codes ? GT_DATASET_CODES : GT_DATASET_IMAGES;
    const char *name = gt_main_array(info->kind);
    GT_TRY(gt_hdf5_array_open(file, name, &array, err));
    const gt_hdf5_shape *shape = gt_hdf5_array_shape(array);
    size_t rank = codes ? 2 : 4;
    if (shape->rank != rank)
        GT_THROW(err, GT_BAD_FORMAT,
                 "%s: '%s' has rank %zu, expected %zu; `galatea data import --format hdf5` "
                 "makes a flat data set of it",
                 set->path, name, shape->rank, rank);
    if (!codes && gt_axes_of(file, shape->dims) == GT_AXES_CHANNELS_LAST)
        GT_TRY(not_flat(set, name, "of a shape like (N,H,W,C)", "(N,C,H,W)", err));
    bool bytes = shape->type == GT_HDF5_U8 && !codes;
    GT_TRY(check_layout(set, name, shape, bytes ? GT_HDF5_U8 : GT_HDF5_F32, &set->main_offset,
                        err));
    info->type = bytes ? GT_PIXEL_U8 : GT_PIXEL_F32;
    info->count = shape->dims[0];
    info->channels = (size_t)shape->dims[1];
    info->height = codes ? 1 : (size_t)shape->dims[2];
    info->width = codes ? 1 : (size_t)shape->dims[3];
done:
    gt_hdf5_array_close(array);
    return status;
}

/* Arrays of other shapes or types than a plane's are something else, and left alone. */
static gt_status read_plane(gt_dataset *set, const gt_hdf5 *file, unsigned plane,
                            gt_error *err) {
    gt_status status = GT_OK;
    gt_hdf5_array *array = NULL;
    gt_dataset_info *info = &set->info;
    bool is_mask = plane == GT_PLANE_MASK;
    const char *name = is_mask ? "mask" : "ivar";
    if (info->kind == GT_DATASET_CODES || !gt_hdf5_has(file, name) ||
        gt_hdf5_array_open(file, name, &array, NULL) != GT_OK)
        goto done;
    const gt_hdf5_shape *shape = gt_hdf5_array_shape(array);
    gt_hdf5_type type = is_mask ? GT_HDF5_U8 : GT_HDF5_F32;
    size_t rank = is_mask ? 3 : 4;
    bool is_plane = shape->rank == rank && shape->type == type && shape->flat &&
                    shape->dims[0] == info->count && shape->dims[rank - 2] == info->height &&
                    shape->dims[rank - 1] == info->width &&
                    (is_mask || shape->dims[1] == info->channels);
    if (!is_plane) goto done;
    GT_TRY(check_layout(set, name, shape, type, is_mask ? &set->mask_offset : &set->ivar_offset,
                        err));
    info->planes |= plane;
done:
    gt_hdf5_array_close(array);
    return status;
}

static gt_status read_column(gt_dataset *set, const gt_hdf5 *file, size_t column,
                             gt_error *err) {
    gt_status status = GT_OK;
    gt_hdf5_array *array = NULL;
    const char *name = gt_columns[column].name;
    if (!gt_hdf5_has(file, name)) goto done;
    GT_TRY(gt_hdf5_array_open(file, name, &array, err));
    const gt_hdf5_shape *shape = gt_hdf5_array_shape(array);
    if (shape->rank != 1 && shape->items == set->info.count)
        GT_TRY(not_flat(set, name, "of more than one axis", "one value for each row", err));
    if (shape->rank != 1 || shape->dims[0] != set->info.count)
        GT_THROW(err, GT_BAD_FORMAT,
                 "%s: '%s' has %" PRIu64 " values, expected one for each of "
                 "%" PRIu64 " rows",
                 set->path, name, shape->items, set->info.count);
    GT_TRY(check_layout(set, name, shape, gt_columns[column].type, &set->column_offset[column],
                        err));
    if (gt_columns[column].bit == GT_COLUMN_ID) set->info.id_length = shape->item_size;
    if (gt_columns[column].bit == GT_COLUMN_LABEL)
        GT_TRY(gt_hdf5_texts(file, array, "label_names", &set->class_names,
                             &set->info.class_count, err));
    set->info.columns |= gt_columns[column].bit;
done:
    gt_hdf5_array_close(array);
    return status;
}

/* In a file of others an attribute of this name may mean something else. */
static gt_status read_text(const gt_dataset *set, const gt_hdf5 *file, const char *name,
                           char **out, gt_error *err) {
    gt_error why;
    gt_status status = gt_hdf5_text(file, NULL, name, out, &why);
    if (status == GT_NO_MEMORY) return gt_fail(err, status, "%s", why.text);
    if (status)
        gt_remark("%s: attribute '%s' is left out: it is not one text", set->path, name);
    return GT_OK;
}

static void read_scale(gt_dataset *set, const gt_hdf5 *file) {
    double *scale = &set->info.pixel_scale_arcsec;
    gt_error why;
    bool is_number = gt_hdf5_real(file, NULL, "pixel_scale_arcsec", scale, &why) == GT_OK;
    if (is_number && (isnan(*scale) || (*scale > 0 && isfinite(*scale)))) return;
    *scale = NAN;
    gt_remark("%s: attribute 'pixel_scale_arcsec' is left out: it is not one number above 0",
              set->path);
}

static void read_range(gt_dataset *set, const gt_hdf5 *file) {
    if (!gt_range_take(file, &set->info.range)) gt_remark("%s: " GT_RANGE_LEFT_OUT, set->path);
}

static gt_status read_description(gt_dataset *set, const gt_hdf5 *file, gt_error *err) {
    gt_status status = GT_OK;
    gt_dataset_info *info = &set->info;
    *info = gt_dataset_info_default();
    GT_TRY(read_main(set, file, err));
    GT_TRY(read_plane(set, file, GT_PLANE_MASK, err));
    GT_TRY(read_plane(set, file, GT_PLANE_IVAR, err));
    for (size_t i = 0; i < GT_COLUMN_COUNT; i++) GT_TRY(read_column(set, file, i, err));
    GT_TRY(gt_stored_fields_find(file, set->path, set->size, info->count, &set->fields, err));
    info->fields = set->fields.list.fields;
    info->field_count = set->fields.list.count;
    GT_TRY(read_text(set, file, "survey", &set->survey, err));
    GT_TRY(read_text(set, file, "collection", &set->collection, err));
    GT_TRY(read_text(set, file, "bands", &set->bands, err));
    GT_TRY(read_text(set, file, "preparation", &set->preparation, err));
    GT_TRY(read_text(set, file, "model", &set->model, err));
    GT_TRY(read_text(set, file, "learned_from", &set->learned_from, err));
    GT_TRY(read_text(set, file, "provenance", &set->provenance, err));
    GT_TRY(read_text(set, file, "unit", &set->unit, err));
    read_scale(set, file);
    read_range(set, file);
    info->survey = set->survey;
    info->collection = set->collection;
    info->bands = set->bands;
    info->preparation = set->preparation;
    info->model = set->model;
    info->learned_from = set->learned_from;
    info->provenance = set->provenance;
    info->unit = set->unit;
    info->class_names = (const char *const *)set->class_names;
done:
    return status;
}

gt_status gt_dataset_open_any(const char *path, gt_dataset **out, gt_error *err) {
    gt_status status = GT_OK;
    gt_hdf5 *file = NULL;
    gt_dataset *set = calloc(1, sizeof *set);
    if (set == NULL) GT_THROW(err, GT_NO_MEMORY, "out of memory for a data set");
    set->descriptor = -1;
    set->path = strdup(path);
    if (set->path == NULL) GT_THROW(err, GT_NO_MEMORY, "out of memory for a data set");
    GT_TRY(gt_file_open(path, &set->descriptor, &set->size, err));
    set->seen = calloc(1, sizeof *set->seen);
    if (set->seen == NULL) GT_THROW(err, GT_NO_MEMORY, "out of memory for a data set");
    pthread_mutex_init(&set->seen->lock, NULL);
    GT_TRY(gt_file_stamp_read(set->descriptor, path, &set->seen->stamp, err));
    GT_TRY(gt_hdf5_open(path, &file, err));
    GT_TRY(read_description(set, file, err));
    *out = set;
    set = NULL;
done:
    gt_hdf5_close(file);
    gt_dataset_close(set);
    return status;
}

static gt_status open_kind(const char *path, gt_dataset_kind kind, gt_dataset **out,
                           gt_error *err) {
    gt_dataset *set = NULL;
    gt_status status = gt_dataset_open_any(path, &set, err);
    if (status) return status;
    if (set->info.kind == kind) {
        *out = set;
        return GT_OK;
    }
    gt_dataset_close(set);
    return gt_fail(err, GT_MISMATCH, "%s: holds %s, expected %s", path,
                   kind == GT_DATASET_CODES ? "images" : "codes", gt_main_array(kind));
}

gt_status gt_dataset_open(const char *path, gt_dataset **out, gt_error *err) {
    return open_kind(path, GT_DATASET_IMAGES, out, err);
}

gt_status gt_codes_open(const char *path, gt_dataset **out, gt_error *err) {
    return open_kind(path, GT_DATASET_CODES, out, err);
}

void gt_dataset_close(gt_dataset *dataset) {
    if (dataset == NULL) return;
    if (dataset->descriptor >= 0) close(dataset->descriptor);
    if (dataset->seen != NULL) pthread_mutex_destroy(&dataset->seen->lock);
    free(dataset->seen);
    for (size_t i = 0; i < GT_COLUMN_COUNT; i++) free(dataset->columns[i]);
    gt_stored_fields_free(&dataset->fields);
    free(dataset->class_names);
    free(dataset->survey);
    free(dataset->collection);
    free(dataset->bands);
    free(dataset->preparation);
    free(dataset->model);
    free(dataset->learned_from);
    free(dataset->provenance);
    free(dataset->unit);
    free(dataset->path);
    free(dataset);
}

const gt_dataset_info *gt_dataset_describe(const gt_dataset *dataset) {
    return &dataset->info;
}

const char *gt_dataset_path(const gt_dataset *dataset) {
    return dataset->path;
}

/* ---- the file as it was ---- */

void gt_dataset_accept_hash(gt_dataset *dataset, uint64_t hash) {
    dataset->seen->hash = hash;
    dataset->seen->is_known = true;
}

/* Whether the file, which was written since, has the bytes that it had. */
static bool has_its_bytes(const gt_dataset *set, gt_file_stamp *now) {
    uint64_t hash;
    return set->seen->is_known &&
           gt_file_stamp_read(set->descriptor, set->path, now, NULL) == GT_OK &&
           now->size == set->seen->stamp.size &&
           gt_file_hash(set->path, &hash, NULL) == GT_OK && hash == set->seen->hash &&
           gt_file_stamp_check(set->descriptor, set->path, now, NULL) == GT_OK;
}

/* *touched: how often the file was written so far; NULL allowed. */
static gt_status check(const gt_dataset *set, unsigned *touched, gt_error *err) {
    witness *seen = set->seen;
    gt_file_stamp now;
    pthread_mutex_lock(&seen->lock);
    gt_status status = gt_file_stamp_check(set->descriptor, set->path, &seen->stamp, err);
    if (status == GT_MISMATCH && has_its_bytes(set, &now)) {
        status = GT_OK;
        seen->stamp = now;
        if (seen->touched++ == 0)
            gt_remark("%s was touched while it was in use; its bytes are what they were",
                      set->path);
    }
    if (touched != NULL) *touched = seen->touched;
    pthread_mutex_unlock(&seen->lock);
    return status;
}

gt_status gt_dataset_check(const gt_dataset *dataset, gt_error *err) {
    return check(dataset, NULL, err);
}

static unsigned count_touched(const gt_dataset *set) {
    pthread_mutex_lock(&set->seen->lock);
    unsigned touched = set->seen->touched;
    pthread_mutex_unlock(&set->seen->lock);
    return touched;
}

/* What was read while the file changed is worth nothing, whether reading failed or not; what
 * was read before a touch was seen to be one (*touched is of then) is read again. */
static bool must_be_read_again(const gt_dataset *dataset, unsigned *touched, gt_status *status,
                               gt_error *err) {
    unsigned before = *touched;
    if (*status == GT_BAD_ARGUMENT) return false;
    gt_status changed = check(dataset, touched, err);
    if (changed) *status = changed;
    return !changed && *touched != before;
}

/* ---- rows ---- */

static gt_status read_bytes(const gt_dataset *dataset, uint64_t first, size_t count, void *out,
                            gt_error *err) {
    size_t bytes = gt_dataset_row_bytes(&dataset->info);
    if (first > dataset->info.count || count > dataset->info.count - first)
        return gt_fail(err, GT_BAD_ARGUMENT,
                       "%s: rows %" PRIu64 " and %zu more, the set has %" PRIu64, dataset->path,
                       first, count, dataset->info.count);
    return gt_file_read_at(dataset->descriptor, dataset->path,
                           dataset->main_offset + first * bytes, out, count * bytes, err);
}

static gt_status read_floats(const gt_dataset *dataset, uint64_t first, size_t count,
                             float *out, gt_error *err) {
    if (dataset->info.type == GT_PIXEL_F32) {
        gt_status status = read_bytes(dataset, first, count, out, err);
        if (!status)
            gt_range_to_levels(gt_dataset_range(&dataset->info),
                               count * gt_dataset_row_values(&dataset->info), out);
        return status;
    }
    /* The bytes are put into the last quarter of out and spread from its beginning: value i
     * ends at byte 4i+3, at or before byte 3n+i that it comes from. */
    size_t values = count * gt_dataset_row_values(&dataset->info);
    const unsigned char *from = (unsigned char *)out + (sizeof(float) - 1) * values;
    gt_status status =
        read_bytes(dataset, first, count, (unsigned char *)out + 3 * values, err);
    for (size_t i = 0; status == GT_OK && i < values; i++) {
        float value = from[i];
        memcpy(&out[i], &value, sizeof value);
    }
    return status;
}

gt_status gt_dataset_read_bytes(const gt_dataset *dataset, uint64_t first, size_t count,
                                void *out, gt_error *err) {
    gt_status status;
    unsigned touched = count_touched(dataset);
    do status = read_bytes(dataset, first, count, out, err);
    while (must_be_read_again(dataset, &touched, &status, err));
    return status;
}

gt_status gt_dataset_read(const gt_dataset *dataset, uint64_t first, size_t count, float *out,
                          gt_error *err) {
    gt_status status;
    unsigned touched = count_touched(dataset);
    do status = read_floats(dataset, first, count, out, err);
    while (must_be_read_again(dataset, &touched, &status, err));
    return status;
}

gt_status gt_dataset_read_plane(const gt_dataset *dataset, unsigned plane, uint64_t first,
                                size_t count, void *out, gt_error *err) {
    gt_status status;
    unsigned touched = count_touched(dataset);
    const gt_dataset_info *info = &dataset->info;
    size_t bytes = gt_dataset_plane_bytes(info, plane);
    bool is_one = plane == GT_PLANE_MASK || plane == GT_PLANE_IVAR;
    if (!is_one || !(info->planes & plane) || first > info->count ||
        count > info->count - first)
        return gt_fail(err, GT_BAD_ARGUMENT, "%s: plane %u of rows %" PRIu64 " and %zu more",
                       dataset->path, plane, first, count);
    uint64_t at = plane == GT_PLANE_MASK ? dataset->mask_offset : dataset->ivar_offset;
    do
        status = gt_file_read_at(dataset->descriptor, dataset->path, at + first * bytes, out,
                                 count * bytes, err);
    while (must_be_read_again(dataset, &touched, &status, err));
    return status;
}

static gt_status read_runs(const gt_dataset *dataset, const uint64_t *rows, size_t count,
                           float *out, gt_error *err) {
    gt_status status = GT_OK;
    size_t values = gt_dataset_row_values(&dataset->info);
    for (size_t i = 0; i < count && status == GT_OK;) {
        size_t run = 1;
        while (i + run < count && rows[i + run] == rows[i] + run) run++;
        status = read_floats(dataset, rows[i], run, out + i * values, err);
        i += run;
    }
    return status;
}

gt_status gt_dataset_read_rows(const gt_dataset *dataset, const uint64_t *rows, size_t count,
                               float *out, gt_error *err) {
    gt_status status;
    unsigned touched = count_touched(dataset);
    do status = read_runs(dataset, rows, count, out, err);
    while (must_be_read_again(dataset, &touched, &status, err));
    return status;
}

/* ---- columns ---- */

gt_stored_fields *gt_dataset_stored(gt_dataset *set) {
    return &set->fields;
}

gt_status gt_dataset_read_field(const gt_dataset *dataset, size_t field, uint64_t first,
                                size_t count, void *out, gt_error *err) {
    gt_status status;
    unsigned touched = count_touched(dataset);
    if (field >= dataset->info.field_count || first > dataset->info.count ||
        count > dataset->info.count - first)
        return gt_fail(err, GT_BAD_ARGUMENT, "%s: column %zu of rows %" PRIu64 " and %zu more",
                       dataset->path, field, first, count);
    do
        status = gt_stored_field_read(&dataset->fields, field, dataset->descriptor,
                                      dataset->path, first, count, out, err);
    while (must_be_read_again(dataset, &touched, &status, err));
    return status;
}

/* Reads N values of a column, each `stride` bytes apart in memory (zero filled between). */
static gt_status load_column(gt_dataset *set, size_t column, size_t stride, gt_error *err) {
    gt_status status = GT_OK;
    size_t size = gt_column_size(&gt_columns[column], &set->info), count = set->info.count;
    unsigned char *values = NULL;
    if (!(set->info.columns & gt_columns[column].bit))
        GT_THROW(err, GT_NOT_FOUND, "%s: has no column '%s'", set->path,
                 gt_columns[column].name);
    values = calloc(count, stride);
    if (values == NULL)
        GT_THROW(err, GT_NO_MEMORY, "%s: out of memory for the column '%s' of %zu rows",
                 set->path, gt_columns[column].name, count);
    unsigned touched = count_touched(set);
    do
        status = gt_file_read_at(set->descriptor, set->path, set->column_offset[column], values,
                                 count * size, err);
    while (must_be_read_again(set, &touched, &status, err));
    if (status) goto done;
    for (size_t i = count; stride > size && i-- > 0;) { /* from the end: rows move upwards */
        memmove(values + i * stride, values + i * size, size);
        memset(values + i * stride + size, 0, stride - size);
    }
    set->columns[column] = values;
    values = NULL;
done:
    free(values);
    return status;
}

static gt_status get_column(gt_dataset *set, size_t column, size_t stride, gt_error *err) {
    return set->columns[column] != NULL ? GT_OK : load_column(set, column, stride, err);
}

/* Gives the column back: a value in it is wrong. */
static gt_status bad_value(gt_dataset *set, size_t column, uint64_t row, long long value,
                           long long least, long long most, gt_error *err) {
    free(set->columns[column]);
    set->columns[column] = NULL;
    return gt_fail(err, GT_BAD_FORMAT,
                   "%s: '%s' of row %" PRIu64 " is %lld, expected %lld to %lld", set->path,
                   gt_columns[column].name, row, value, least, most);
}

enum { LABELS, SPLIT, RA, DEC, ANGULAR_SIZE, ID }; /* places in gt_columns */

gt_status gt_dataset_labels(gt_dataset *dataset, const int32_t **out, gt_error *err) {
    gt_status status = get_column(dataset, LABELS, sizeof(int32_t), err);
    if (status) return status;
    const int32_t *labels = dataset->columns[LABELS];
    size_t classes = dataset->info.class_count;
    long long most = classes > 0 ? (long long)classes - 1 : INT32_MAX;
    for (uint64_t i = 0; i < dataset->info.count; i++)
        if (labels[i] < -1 || labels[i] > most)
            return bad_value(dataset, LABELS, i, labels[i], -1, most, err);
    *out = labels;
    return GT_OK;
}

gt_status gt_dataset_splits(gt_dataset *dataset, const uint8_t **out, gt_error *err) {
    gt_status status = get_column(dataset, SPLIT, sizeof(uint8_t), err);
    if (status) return status;
    const uint8_t *splits = dataset->columns[SPLIT];
    for (uint64_t i = 0; i < dataset->info.count; i++)
        if (splits[i] >= GT_SPLIT_COUNT)
            return bad_value(dataset, SPLIT, i, splits[i], 0, GT_SPLIT_COUNT - 1, err);
    *out = splits;
    return GT_OK;
}

/* Positions as one: what is no place on the sky is unknown in both columns. */
static gt_status get_positions(gt_dataset *set, gt_error *err) {
    gt_status status = GT_OK;
    char text[GT_UNKNOWNS_TEXT];
    gt_unknowns unknowns = {0};
    if (set->columns[RA] != NULL || set->columns[DEC] != NULL) goto done;
    if (set->info.columns & GT_COLUMN_RA) GT_TRY(get_column(set, RA, sizeof(double), err));
    if (set->info.columns & GT_COLUMN_DEC) GT_TRY(get_column(set, DEC, sizeof(double), err));
    double *ra = set->columns[RA], *dec = set->columns[DEC];
    for (uint64_t i = 0; i < set->info.count; i++) {
        double none = NAN, as_well = NAN;
        gt_unknowns_position(&unknowns, i, ra != NULL ? &ra[i] : &none,
                             dec != NULL ? &dec[i] : &as_well);
    }
    if (gt_unknowns_positions_text(&unknowns, text)) gt_remark("%s: %s", set->path, text);
done:
    return status;
}

static gt_status get_sizes(gt_dataset *set, gt_error *err) {
    char text[GT_UNKNOWNS_TEXT];
    gt_unknowns unknowns = {0};
    if (set->columns[ANGULAR_SIZE] != NULL) return GT_OK;
    gt_status status = get_column(set, ANGULAR_SIZE, sizeof(double), err);
    double *sizes = set->columns[ANGULAR_SIZE];
    for (uint64_t i = 0; status == GT_OK && i < set->info.count; i++)
        gt_unknowns_size(&unknowns, i, &sizes[i]);
    if (gt_unknowns_sizes_text(&unknowns, text)) gt_remark("%s: %s", set->path, text);
    return status;
}

gt_status gt_dataset_ra(gt_dataset *dataset, const double **out, gt_error *err) {
    gt_status status = get_positions(dataset, err);
    if (status == GT_OK) status = get_column(dataset, RA, sizeof(double), err);
    if (status == GT_OK) *out = dataset->columns[RA];
    return status;
}

gt_status gt_dataset_dec(gt_dataset *dataset, const double **out, gt_error *err) {
    gt_status status = get_positions(dataset, err);
    if (status == GT_OK) status = get_column(dataset, DEC, sizeof(double), err);
    if (status == GT_OK) *out = dataset->columns[DEC];
    return status;
}

gt_status gt_dataset_angular_sizes(gt_dataset *dataset, const double **out, gt_error *err) {
    gt_status status = get_sizes(dataset, err);
    if (status == GT_OK) *out = dataset->columns[ANGULAR_SIZE];
    return status;
}

gt_status gt_dataset_ids(gt_dataset *dataset, const char **out, gt_error *err) {
    gt_status status = get_column(dataset, ID, dataset->info.id_length + 1, err);
    if (status == GT_OK) *out = dataset->columns[ID];
    return status;
}
