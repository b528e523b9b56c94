/* dataset_open.c - opens a flat data set through HDF5 once, and keeps where its arrays lie. */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "axes.h"
#include "dataset_internal.h"
#include "file.h"
#include "galatea/log.h"
#include "hdf5_packing.h"
#include "importer.h"
#include "range.h"
#include "text.h"

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__,
               "rows are read in this machine's byte order, files are little-endian");

/* ---- arrays ---- */

static gt_status not_flat(const gt_dataset *set, const char *name, const char *found,
                          const char *expected, gt_error *err) {
    char word[GT_SHELL_TEXT];
    return gt_fail(err, GT_UNSUPPORTED,
                   "%s: '%s' is %s, expected %s; galatea data import %s --out SET.h5 makes a "
                   "data set of it",
                   set->path, name, found, expected, gt_shell_text(set->path, word));
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

/* Rows are read as they are stored. */
static gt_status check_packing(const gt_dataset *set, const gt_hdf5 *file, const char *name,
                               const gt_hdf5_array *array, gt_error *err) {
    const gt_hdf5_packing packing = gt_hdf5_packing_of(file, array);
    if (!gt_hdf5_is_packed(&packing)) return GT_OK;
    return not_flat(set, name, GT_HDF5_PACKED, "values as they are", err);
}

static gt_status read_main(gt_dataset *set, const gt_hdf5 *file, gt_error *err) {
    gt_status status = GT_OK;
    gt_hdf5_array *array = NULL;
    gt_dataset_info *info = &set->own.info;
    char word[GT_SHELL_TEXT];
    bool images = gt_hdf5_has(file, "images"), codes = gt_hdf5_has(file, "codes");
    if (images == codes)
        GT_THROW(err, GT_BAD_FORMAT,
                 "%s: has %s; galatea data import %s%s --out SET.h5 makes a data set of it",
                 set->path,
                 images ? "data sets 'images' and 'codes', expected one of them"
                        : "no data set 'images' and none 'codes'",
                 gt_shell_text(set->path, word), images ? " --dataset images" : "");
    info->kind = codes ? GT_DATASET_CODES : GT_DATASET_IMAGES;
    const char *name = gt_main_array(info->kind);
    GT_TRY(gt_hdf5_array_open(file, name, &array, err));
    const gt_hdf5_shape *shape = gt_hdf5_array_shape(array);
    size_t rank = codes ? 2 : 4;
    if (shape->rank != rank)
        GT_THROW(
            err, GT_BAD_FORMAT,
            "%s: '%s' has rank %zu, expected %zu; galatea data import %s --out SET.h5 makes "
            "a data set of it",
            set->path, name, shape->rank, rank, gt_shell_text(set->path, word));
    if (!codes && gt_axes_of(file, shape->dims) == GT_AXES_CHANNELS_LAST)
        GT_TRY(not_flat(set, name, "of a shape like (N,H,W,C)", "(N,C,H,W)", err));
    bool bytes = shape->type == GT_HDF5_U8 && !codes;
    GT_TRY(check_layout(set, name, shape, bytes ? GT_HDF5_U8 : GT_HDF5_F32, &set->main_offset,
                        err));
    GT_TRY(check_packing(set, file, name, array, err));
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
static gt_status read_plane(gt_dataset *set, const gt_hdf5 *file, size_t plane, gt_error *err) {
    gt_status status = GT_OK;
    gt_hdf5_array *array = NULL;
    gt_dataset_info *info = &set->own.info;
    bool is_mask = 1u << plane == GT_PLANE_MASK;
    const char *name = gt_plane_names[plane];
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
    GT_TRY(check_layout(set, name, shape, type, &set->plane_offset[plane], err));
    GT_TRY(check_packing(set, file, name, array, err));
    info->planes |= 1u << plane;
done:
    gt_hdf5_array_close(array);
    return status;
}

/* In a file of others the attribute may be of another kind. */
static gt_status read_class_names(gt_dataset *set, const gt_hdf5 *file,
                                  const gt_hdf5_array *labels, gt_error *err) {
    gt_error why;
    gt_status status = gt_hdf5_texts(file, labels, "label_names", &set->own.class_names,
                                     &set->own.info.class_count, &why);
    if (status == GT_NO_MEMORY) return gt_fail(err, status, "%s", why.text);
    if (status)
        gt_remark("%s: class names are left out: attribute 'label_names' is not text",
                  set->path);
    return GT_OK;
}

/* Of files of others, where import makes degrees and arcsec. */
static gt_status check_unit(const gt_dataset *set, const gt_hdf5 *file,
                            const gt_hdf5_array *array, size_t column, gt_error *err) {
    gt_error why;
    char *unit = NULL;
    double factor;
    gt_status status = gt_hdf5_text(file, array, "unit", &unit, &why);
    if (unit == NULL && status != GT_NO_MEMORY)
        status = gt_hdf5_text(file, array, "units", &unit, &why);
    if (status == GT_NO_MEMORY)
        status = gt_fail(err, status, "%s", why.text);
    else if (gt_column_takes_unit(column, unit, &factor) && factor == 1)
        status = GT_OK;
    else
        status = not_flat(set, gt_columns[column].name, unit,
                          column == GT_PLACE_ANGULAR_SIZE ? "arcsec" : "degrees", err);
    free(unit);
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
    if (shape->rank != 1 && shape->items == set->own.info.count)
        GT_TRY(not_flat(set, name, "of more than one axis", "one value for each row", err));
    if (shape->rank != 1 || shape->dims[0] != set->own.info.count)
        GT_THROW(err, GT_BAD_FORMAT,
                 "%s: '%s' has %" PRIu64 " values, expected one for each of "
                 "%" PRIu64 " rows",
                 set->path, name, shape->items, set->own.info.count);
    GT_TRY(check_layout(set, name, shape, gt_columns[column].type, &set->column_offset[column],
                        err));
    GT_TRY(check_unit(set, file, array, column, err));
    if (gt_field_type_of(shape->type) == GT_FIELD_REAL) /* numbers of classes are no values */
        GT_TRY(check_packing(set, file, name, array, err));
    if (gt_columns[column].bit == GT_COLUMN_ID) set->own.info.id_length = shape->item_size;
    if (gt_columns[column].bit == GT_COLUMN_LABEL)
        GT_TRY(read_class_names(set, file, array, err));
    set->own.info.columns |= gt_columns[column].bit;
done:
    gt_hdf5_array_close(array);
    return status;
}

/* ---- attributes ---- */

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
    double *scale = &set->own.info.pixel_scale_arcsec;
    gt_error why;
    bool is_number = gt_hdf5_real(file, NULL, "pixel_scale_arcsec", scale, &why) == GT_OK;
    if (is_number && (isnan(*scale) || (*scale > 0 && isfinite(*scale)))) return;
    *scale = NAN;
    gt_remark("%s: attribute 'pixel_scale_arcsec' is left out: it is not one number above 0",
              set->path);
}

static void read_range(gt_dataset *set, const gt_hdf5 *file) {
    if (!gt_range_take(file, &set->own.info.range))
        gt_remark("%s: " GT_RANGE_LEFT_OUT, set->path);
}

static gt_status read_description(gt_dataset *set, const gt_hdf5 *file, gt_error *err) {
    gt_status status = GT_OK;
    gt_dataset_info *info = &set->own.info;
    *info = gt_dataset_info_default();
    GT_TRY(read_main(set, file, err));
    for (size_t i = 0; i < GT_PLANE_COUNT; i++) GT_TRY(read_plane(set, file, i, err));
    for (size_t i = 0; i < GT_COLUMN_COUNT; i++) GT_TRY(read_column(set, file, i, err));
    info->class_names = (const char *const *)set->own.class_names;
    GT_TRY(gt_stored_fields_find(file, set->path, set->size, info->count, &set->fields, err));
    info->fields = set->fields.list.fields;
    info->field_count = set->fields.list.count;
    for (size_t i = 0; i < GT_INFO_TEXTS; i++) {
        GT_TRY(read_text(set, file, gt_info_text_names[i], &set->own.texts[i], err));
        *gt_info_text(info, i) = set->own.texts[i];
    }
    read_scale(set, file);
    read_range(set, file);
done:
    return status;
}

/* ---- opening and closing ---- */

/* Pictures and codes in other forms are no data set yet: the line that makes one of them. */
static void advise(const gt_dataset *set, gt_error *err) {
    const char *format = NULL;
    char word[GT_SHELL_TEXT];
    if (!err || gt_importer_guess(set->path, &format, NULL) || strcmp(format, "hdf5") == 0)
        return;
    gt_advise(err, "if it holds %s, galatea data import %s --out SET.h5 makes a set",
              strcmp(format, "table") == 0 ? "codes in a table" : "pictures or codes",
              gt_shell_text(set->path, word));
}

static gt_status open_files(gt_dataset *set, gt_hdf5 **file, gt_error *err) {
    gt_status status = gt_file_open(set->path, &set->descriptor, &set->size, err);
    if (!status) status = gt_witness_create(set->descriptor, set->path, &set->witness, err);
    if (!status) status = gt_hdf5_open(set->path, file, err);
    if (status && status != GT_NOT_FOUND && status != GT_NO_MEMORY) advise(set, err);
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
    GT_TRY(open_files(set, &file, err));
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
    if (set->own.info.kind == kind) {
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
    gt_witness_destroy(dataset->witness);
    for (size_t i = 0; i < GT_COLUMN_COUNT; i++) free(dataset->columns[i]);
    gt_field_block_close(&dataset->window);
    gt_stored_fields_free(&dataset->fields);
    gt_description_free(&dataset->own);
    free(dataset->path);
    free(dataset);
}
