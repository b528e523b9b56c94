/* hdf5_asking.c - the asking end: one question for each function, and doubt about the answers.
 */
#include "hdf5_asking.h"

#include <stdlib.h>
#include <string.h>

#include "hdf5_asking_internal.h"
#include "hdf5_internal.h"

enum { PIECE_BYTES = 16 << 20, MOST_ROW = 128 << 20, MOST_NAMES = 1 << 20 };

static gt_parcel *begin(const gt_hdf5 *file, gt_hdf5_question question) {
    gt_parcel *asked = gt_reader_request(file->reader);
    gt_put_count(asked, question);
    return asked;
}

gt_status gt_hdf5_ask_open(const char *path, gt_reader **out, gt_error *err) {
    gt_status status = GT_OK;
    gt_reader *reader = NULL;
    gt_parcel *answer, *asked;
    GT_TRY(gt_reader_start("hdf5", path, 0, &reader, err));
    asked = gt_reader_request(reader);
    gt_put_count(asked, GT_HDF5_ASKS_FILE);
    gt_put_text(asked, path);
    GT_TRY(gt_reader_ask(reader, &answer, err));
    *out = reader;
    reader = NULL;
done:
    gt_reader_end(reader);
    return status;
}

bool gt_hdf5_ask_has(const gt_hdf5 *file, const char *path) {
    gt_parcel *answer;
    gt_put_text(begin(file, GT_HDF5_ASKS_HAS), path);
    gt_status status = gt_reader_ask(file->reader, &answer, NULL);
    return status == GT_OK && gt_take_count(answer, true);
}

/* ---- names ---- */

/* A list in one block, the texts behind their pointers; NULL for an empty one. */
static gt_status take_names(const gt_hdf5 *file, gt_parcel *answer, char ***out, size_t *count,
                            gt_error *err) {
    gt_status status = GT_OK;
    size_t bytes = 0;
    const char **texts = gt_take_texts(answer, count);
    *out = NULL;
    if (!gt_parcel_is_spent(answer) || *count > MOST_NAMES)
        GT_TRY(gt_reader_is_wrong(file->reader, err));
    for (size_t i = 0; i < *count; i++) bytes += strlen(texts[i]) + 1;
    if (*count == 0) goto done;
    *out = malloc(*count * sizeof **out + bytes);
    if (*out == NULL) GT_THROW(err, GT_NO_MEMORY, "out of memory for names");
    char *to = (char *)(*out + *count);
    for (size_t i = 0; i < *count; i++) {
        size_t size = strlen(texts[i]) + 1;
        (*out)[i] = memcpy(to, texts[i], size);
        to += size;
    }
done:
    if (status) *count = 0;
    free((void *)texts);
    return status;
}

/* What stands in a group has a name; a text may be empty. */
static bool all_are_named(char *const *names, size_t count) {
    for (size_t i = 0; i < count; i++)
        if (*names[i] == 0) return false;
    return true;
}

gt_status gt_hdf5_ask_list(const gt_hdf5 *file, const char *group, char ***names, size_t *count,
                           gt_error *err) {
    gt_parcel *answer;
    gt_put_text(begin(file, GT_HDF5_ASKS_LIST), group);
    gt_status status = gt_reader_ask(file->reader, &answer, err);
    if (!status) status = take_names(file, answer, names, count, err);
    if (status || all_are_named(*names, *count)) return status;
    free((void *)*names);
    *names = NULL;
    *count = 0;
    return gt_reader_is_wrong(file->reader, err);
}

gt_status gt_hdf5_ask_value_names(const gt_hdf5_array *array, char ***names, size_t *count,
                                  gt_error *err) {
    gt_parcel *answer;
    gt_put_count(begin(array->file, GT_HDF5_ASKS_VALUE_NAMES), array->number);
    gt_status status = gt_reader_ask(array->file->reader, &answer, err);
    return status ? status : take_names(array->file, answer, names, count, err);
}

/* ---- data sets ---- */

/* A shape that a file could have: products do not overflow, flat bytes lie in the file. */
static bool is_possible(const gt_hdf5_shape *shape, uint64_t file_size) {
    uint64_t items = 1, bytes;
    bool is_text = shape->type == GT_HDF5_TEXT;
    for (size_t i = 0; i < shape->rank; i++)
        if (shape->dims[i] == 0 || __builtin_mul_overflow(items, shape->dims[i], &items))
            return false;
    if (items != shape->items || __builtin_mul_overflow(items, shape->item_size, &bytes) ||
        bytes > INT64_MAX)
        return false;
    if (is_text ? shape->item_size == 0 || shape->item_size > GT_HDF5_MAX_TEXT
                : shape->item_size != gt_hdf5_type_size(shape->type))
        return false;
    if (shape->rank == 0 || shape->chunk_rows == 0) return false;
    return !shape->flat || (shape->offset <= file_size && bytes <= file_size - shape->offset);
}

static void take_shape(gt_parcel *answer, gt_hdf5_shape *out) {
    out->type = (gt_hdf5_type)gt_take_count(answer, GT_HDF5_TEXT);
    out->item_size = (size_t)gt_take_count(answer, SIZE_MAX);
    out->big_endian = gt_take_count(answer, true);
    out->rank = (size_t)gt_take_count(answer, GT_HDF5_MAX_RANK);
    for (size_t i = 0; i < out->rank; i++) out->dims[i] = gt_take_count(answer, UINT64_MAX);
    out->items = gt_take_count(answer, UINT64_MAX);
    out->flat = gt_take_count(answer, true);
    out->offset = gt_take_count(answer, UINT64_MAX);
    out->chunk_rows = gt_take_count(answer, UINT64_MAX);
}

gt_status gt_hdf5_ask_array(gt_hdf5_array *array, gt_error *err) {
    gt_parcel *answer;
    gt_put_text(begin(array->file, GT_HDF5_ASKS_ARRAY), array->name);
    gt_status status = gt_reader_ask(array->file->reader, &answer, err);
    if (status) return status;
    array->number = (size_t)gt_take_count(answer, SIZE_MAX);
    take_shape(answer, &array->shape);
    bool fits = gt_parcel_is_spent(answer) && is_possible(&array->shape, array->file->size);
    return fits ? GT_OK : gt_reader_is_wrong(array->file->reader, err);
}

static gt_status read_piece(const gt_hdf5_array *array, uint64_t first, size_t count,
                            size_t row_bytes, gt_hdf5_type type, void *out, gt_error *err) {
    gt_parcel *answer, *asked = begin(array->file, GT_HDF5_ASKS_ROWS);
    gt_put_count(asked, array->number);
    gt_put_count(asked, first);
    gt_put_count(asked, count);
    gt_put_count(asked, type);
    gt_status status = gt_reader_ask(array->file->reader, &answer, err);
    if (status) return status;
    const void *from = gt_take_bytes(answer, count * row_bytes);
    if (from == NULL || !gt_parcel_is_spent(answer))
        return gt_reader_is_wrong(array->file->reader, err);
    memcpy(out, from, count * row_bytes);
    return GT_OK;
}

gt_status gt_hdf5_ask_read(const gt_hdf5_array *array, uint64_t first, size_t count,
                           gt_hdf5_type type, void *out, gt_error *err) {
    gt_status status = GT_OK;
    const gt_hdf5_shape *shape = &array->shape;
    size_t size = type == GT_HDF5_TEXT ? shape->item_size : gt_hdf5_type_size(type), row_bytes;
    if (__builtin_mul_overflow(shape->items / shape->dims[0], size, &row_bytes) ||
        row_bytes > MOST_ROW)
        GT_TRY(gt_hdf5_refuse(array, GT_UNSUPPORTED, "has rows of more than 128 MiB", err));
    size_t most = row_bytes < PIECE_BYTES ? PIECE_BYTES / row_bytes : 1;
    for (size_t at = 0; at < count; at += most) {
        size_t piece = count - at < most ? count - at : most;
        GT_TRY(read_piece(array, first + at, piece, row_bytes, type,
                          (unsigned char *)out + at * row_bytes, err));
    }
done:
    return status;
}

/* ---- attributes ---- */

static gt_parcel *begin_attribute(const gt_hdf5 *file, const gt_hdf5_array *array,
                                  gt_hdf5_question question, const char *name) {
    gt_parcel *asked = begin(file, question);
    gt_put_count(asked, array != NULL);
    gt_put_count(asked, array != NULL ? array->number : 0);
    gt_put_text(asked, name);
    return asked;
}

gt_status gt_hdf5_ask_texts(const gt_hdf5 *file, const gt_hdf5_array *array, const char *name,
                            char ***out, size_t *count, gt_error *err) {
    gt_parcel *answer;
    begin_attribute(file, array, GT_HDF5_ASKS_TEXTS, name);
    gt_status status = gt_reader_ask(file->reader, &answer, err);
    return status ? status : take_names(file, answer, out, count, err);
}

gt_status gt_hdf5_ask_real(const gt_hdf5 *file, const gt_hdf5_array *array, const char *name,
                           double *out, gt_error *err) {
    gt_parcel *answer;
    begin_attribute(file, array, GT_HDF5_ASKS_REAL, name);
    gt_status status = gt_reader_ask(file->reader, &answer, err);
    if (status) return status;
    *out = gt_take_real(answer);
    return gt_parcel_is_spent(answer) ? GT_OK : gt_reader_is_wrong(file->reader, err);
}
