/* dataset_write.c - makes a flat data set: HDF5 lays the file out once, then every row goes to
 * its place with pwrite, so that memory stays small and each write error is seen. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "columns.h"
#include "dataset_layout.h"
#include "description.h"
#include "fields.h"
#include "file.h"
#include "outfile.h"
#include "range.h"

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__,
               "rows are written in this machine's byte order, files are little-endian");

enum { SCRATCH = 1 << 16 };

struct gt_dataset_writer {
    char *path;
    gt_description own;
    gt_field_list fields; /* of own.info */
    uint64_t written;
    gt_array_place *places; /* of the arrays: pixels, columns, fields, planes */
    size_t place_count;
    gt_outfile *file;
    bool is_declared_late;          /* the file does not have the range of own.info yet */
    char *note_name, *note;         /* an attribute for the end; NULL: none */
    unsigned char scratch[SCRATCH]; /* values of one array on their way */
};

/* ---- beginning ---- */

static gt_status copy_info(gt_dataset_writer *writer, const gt_dataset_info *info,
                           gt_error *err) {
    gt_status status = GT_OK;
    gt_dataset_info *own = &writer->own.info;
    GT_TRY(gt_description_copy(info, &writer->own, err));
    GT_TRY(gt_field_list_copy(&writer->fields, info->fields, info->field_count, err));
    own->fields = writer->fields.fields;
    own->field_count = writer->fields.count;
    if (!(own->columns & GT_COLUMN_ID)) own->id_length = 0;
    if (own->kind == GT_DATASET_CODES) own->planes = 0;
done:
    return status;
}

/* Takes the space now where the file system can, so that a full disk is met at the start. */
static gt_status reserve(const gt_dataset_writer *writer, gt_error *err) {
    struct stat info;
    int descriptor = gt_outfile_fd(writer->file);
    if (fstat(descriptor, &info) != 0 || info.st_size == 0) return GT_OK;
    if (fallocate(descriptor, 0, 0, info.st_size) == 0 || errno != ENOSPC) return GT_OK;
    return gt_fail(err, GT_IO, "the disk has no room for %lld bytes", (long long)info.st_size);
}

gt_status gt_dataset_writer_create(const char *path, const gt_dataset_info *info,
                                   gt_dataset_writer **out, gt_error *err) {
    gt_status status = GT_OK;
    gt_dataset_writer *writer = calloc(1, sizeof *writer);
    if (writer == NULL) GT_THROW(err, GT_NO_MEMORY, "out of memory");
    GT_TRY(gt_dataset_info_check(info, err));
    GT_TRY(copy_info(writer, info, err));
    writer->path = strdup(path);
    if (writer->path == NULL) GT_THROW(err, GT_NO_MEMORY, "out of memory");
    GT_TRY(gt_outfile_open(path, &writer->file, err));
    GT_TRY(gt_dataset_lay_out(&writer->own.info, gt_outfile_path(writer->file), &writer->places,
                              &writer->place_count, err));
    GT_TRY(reserve(writer, err));
    *out = writer;
    writer = NULL;
done:
    gt_dataset_writer_discard(writer);
    if (status) gt_blame(err, "%s", path);
    return status;
}

/* ---- rows ---- */

static gt_status check_row(const gt_dataset_writer *writer, const gt_dataset_row *row,
                           uint64_t index, gt_error *err) {
    const gt_dataset_info *info = &writer->own.info;
    bool bounded = info->class_count > 0;
    if ((info->columns & GT_COLUMN_LABEL) &&
        (row->label < -1 || (bounded && row->label >= (int64_t)info->class_count)))
        return gt_fail(err, GT_BAD_ARGUMENT,
                       "%s: row %" PRIu64 " has label %d, expected -1 to %lld", writer->path,
                       index, row->label,
                       bounded ? (long long)info->class_count - 1 : (long long)INT32_MAX);
    if ((info->columns & GT_COLUMN_SPLIT) && row->split >= GT_SPLIT_COUNT)
        return gt_fail(err, GT_BAD_ARGUMENT,
                       "%s: row %" PRIu64 " has split %d, expected 0 to 2", writer->path, index,
                       row->split);
    if ((info->columns & GT_COLUMN_ID) && row->id != NULL && strlen(row->id) > info->id_length)
        return gt_fail(err, GT_BAD_ARGUMENT,
                       "%s: row %" PRIu64 " has an id of %zu bytes, at most %zu fit",
                       writer->path, index, strlen(row->id), info->id_length);
    if (((info->planes & GT_PLANE_MASK) && row->mask == NULL) ||
        ((info->planes & GT_PLANE_IVAR) && row->ivar == NULL))
        return gt_fail(err, GT_BAD_ARGUMENT, "%s: row %" PRIu64 " without its planes",
                       writer->path, index);
    for (size_t i = 0; row->values != NULL && i < info->field_count; i++) {
        const gt_field *field = &info->fields[i];
        const char *text = field->type == GT_FIELD_TEXT ? row->values[i].text : NULL;
        if (text != NULL && strlen(text) > field->length)
            return gt_fail(err, GT_BAD_ARGUMENT,
                           "%s: row %" PRIu64 ", '%s': a text of %zu bytes, at most %zu fit",
                           writer->path, index, field->name, strlen(text), field->length);
    }
    return GT_OK;
}

static void put_column(const gt_dataset_row *row, const gt_column *column, size_t size,
                       unsigned char *out) {
    switch (column->bit) {
    case GT_COLUMN_LABEL:
        memcpy(out, &row->label, size);
        break;
    case GT_COLUMN_SPLIT:
        memcpy(out, &row->split, size);
        break;
    case GT_COLUMN_RA:
        memcpy(out, &row->ra, size);
        break;
    case GT_COLUMN_DEC:
        memcpy(out, &row->dec, size);
        break;
    case GT_COLUMN_SIZE:
        memcpy(out, &row->angular_size, size);
        break;
    default: /* an id, zero padded */
        memset(out, 0, size);
        if (row->id != NULL) memcpy(out, row->id, strlen(row->id));
    }
}

/* A missing text is zeros; a longer one than announced was refused before. row: NULL for one
 * whose fields are all missing. */
static void put_field(const gt_dataset_row *row, const gt_field *field, size_t index,
                      unsigned char *out) {
    bool has_values = row != NULL && row->values != NULL;
    gt_field_value value = has_values ? row->values[index] : gt_field_missing(field);
    if (field->type != GT_FIELD_TEXT) {
        memcpy(out, &value, sizeof value);
        return;
    }
    memset(out, 0, field->length);
    if (value.text != NULL) memcpy(out, value.text, strlen(value.text));
}

/* A column (NULL: field number `index`) of the rows that come next. */
static gt_status write_column(gt_dataset_writer *writer, const gt_array_place *at,
                              const gt_column *column, size_t index, const gt_dataset_row *rows,
                              size_t count, gt_error *err) {
    size_t step = SCRATCH / at->size;
    gt_status status = GT_OK;
    for (size_t done = 0; done < count && status == GT_OK; done += step) {
        size_t now = count - done < step ? count - done : step;
        for (size_t i = 0; i < now; i++) {
            const gt_dataset_row *row = rows != NULL ? &rows[done + i] : NULL;
            unsigned char *out = writer->scratch + i * at->size;
            if (column != NULL)
                put_column(row, column, at->size, out);
            else
                put_field(row, &writer->fields.fields[index], index, out);
        }
        status =
            gt_outfile_pwrite(writer->file, at->offset + (writer->written + done) * at->size,
                              writer->scratch, now * at->size, err);
    }
    return status;
}

/* A plane of the rows that come next. */
static gt_status write_plane(gt_dataset_writer *writer, const gt_array_place *at,
                             unsigned plane, const gt_dataset_row *rows, size_t count,
                             gt_error *err) {
    gt_status status = GT_OK;
    for (size_t i = 0; i < count && status == GT_OK; i++) {
        const void *values =
            plane == GT_PLANE_MASK ? (const void *)rows[i].mask : (const void *)rows[i].ivar;
        status = gt_outfile_pwrite(writer->file, at->offset + (writer->written + i) * at->size,
                                   values, at->size, err);
    }
    return status;
}

gt_status gt_dataset_writer_append(gt_dataset_writer *writer, const void *values,
                                   const gt_dataset_row *rows, size_t count, gt_error *err) {
    gt_status status = GT_OK;
    const gt_dataset_info *info = &writer->own.info;
    const gt_array_place *at = writer->places;
    if (count > info->count - writer->written)
        GT_THROW(err, GT_BAD_ARGUMENT, "%s: more rows than the %" PRIu64 " announced",
                 writer->path, info->count);
    if ((info->columns != 0 || info->planes != 0) && rows == NULL)
        GT_THROW(err, GT_BAD_ARGUMENT, "%s: rows without their columns", writer->path);
    for (size_t i = 0; rows != NULL && i < count; i++)
        GT_TRY(check_row(writer, &rows[i], writer->written + i, err));
    GT_TRY(gt_outfile_pwrite(writer->file, at->offset + writer->written * at->size, values,
                             count * at->size, err));
    at++;
    for (size_t i = 0; i < GT_COLUMN_COUNT; i++)
        if (info->columns & gt_columns[i].bit)
            GT_TRY(write_column(writer, at++, &gt_columns[i], 0, rows, count, err));
    for (size_t i = 0; i < info->field_count; i++)
        GT_TRY(write_column(writer, at++, NULL, i, rows, count, err));
    for (unsigned plane = GT_PLANE_MASK; plane <= GT_PLANE_IVAR; plane <<= 1)
        if (info->planes & plane) GT_TRY(write_plane(writer, at++, plane, rows, count, err));
    writer->written += count;
done:
    return status;
}

void gt_dataset_writer_declare(gt_dataset_writer *writer, gt_value_range range) {
    writer->own.info.range = range;
    writer->is_declared_late = gt_range_is_declared(range);
}

void gt_dataset_writer_note(gt_dataset_writer *writer, const char *name, const char *text) {
    free(writer->note_name);
    free(writer->note);
    writer->note_name = strdup(name);
    writer->note = strdup(text);
}

uint64_t gt_dataset_writer_count(const gt_dataset_writer *writer) {
    return writer->written;
}

/* ---- the end ---- */

static gt_status copy_bytes(gt_dataset_writer *from, uint64_t offset, gt_dataset_writer *to,
                            uint64_t target, uint64_t bytes, gt_error *err) {
    for (uint64_t done = 0; done < bytes; done += SCRATCH) {
        size_t now = bytes - done < SCRATCH ? (size_t)(bytes - done) : SCRATCH;
        gt_status status = gt_file_read_at(gt_outfile_fd(from->file), from->path, offset + done,
                                           from->scratch, now, err);
        if (status == GT_OK)
            status = gt_outfile_pwrite(to->file, target + done, from->scratch, now, err);
        if (status) return status;
    }
    return GT_OK;
}

/* A file for the rows that there are; *fresh becomes its writer. */
static gt_status copy_to_size(gt_dataset_writer *writer, gt_dataset_writer **fresh,
                              gt_error *err) {
    gt_status status = GT_OK;
    gt_dataset_info info = writer->own.info;
    info.count = writer->written;
    GT_TRY(gt_dataset_writer_create(writer->path, &info, fresh, err));
    for (size_t i = 0; i < writer->place_count; i++)
        GT_TRY(copy_bytes(writer, writer->places[i].offset, *fresh, (*fresh)->places[i].offset,
                          writer->written * writer->places[i].size, err));
done:
    return status;
}

static gt_status write_range(const gt_dataset_writer *writer, gt_error *err) {
    gt_hdf5_new_attribute attributes[GT_RANGE_ATTRIBUTES];
    char stretch[GT_STRETCH_TEXT];
    size_t count = gt_range_put(writer->own.info.range, stretch, attributes);
    return gt_hdf5_add_attributes(gt_outfile_path(writer->file), attributes, count, err);
}

static gt_status write_note(const gt_dataset_writer *writer, gt_outfile *file, gt_error *err) {
    const gt_hdf5_new_attribute note = {.name = writer->note_name, .text = writer->note};
    if (!writer->note_name || !writer->note) return GT_OK;
    return gt_hdf5_add_attributes(gt_outfile_path(file), &note, 1, err);
}

gt_status gt_dataset_writer_commit(gt_dataset_writer *writer, gt_error *err) {
    gt_status status = GT_OK;
    gt_dataset_writer *fresh = NULL;
    if (writer->written == 0)
        GT_THROW(err, GT_BAD_ARGUMENT, "%s: no rows to write", writer->path);
    if (writer->written < writer->own.info.count) GT_TRY(copy_to_size(writer, &fresh, err));
    if (writer->is_declared_late && fresh == NULL) GT_TRY(write_range(writer, err));
    gt_outfile *file = fresh != NULL ? fresh->file : writer->file;
    GT_TRY(write_note(writer, file, err));
    GT_TRY(gt_outfile_commit(file, err));
done:
    gt_dataset_writer_discard(fresh);
    gt_dataset_writer_discard(writer);
    return status;
}

void gt_dataset_writer_discard(gt_dataset_writer *writer) {
    if (writer == NULL) return;
    gt_outfile_discard(writer->file);
    gt_description_free(&writer->own);
    gt_field_list_free(&writer->fields);
    free(writer->places);
    free(writer->note_name);
    free(writer->note);
    free(writer->path);
    free(writer);
}
