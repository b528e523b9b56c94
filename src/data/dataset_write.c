/* dataset_write.c - makes a flat data set: HDF5 lays the file out once, then every row goes to
 * its place with pwrite, so that memory stays small and each write error is seen. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "columns.h"
#include "fields.h"
#include "file.h"
#include "outfile.h"
#include "range.h"

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__,
               "rows are written in this machine's byte order, files are little-endian");

enum {
    SCRATCH = 1 << 16,
    MAX_PROVENANCE = 60000,
    MAX_ID = 4096,
    MAX_ATTRIBUTES = 12,
    FIELD_ATTRIBUTES = 5
};
#define MAX_ROW_BYTES ((uint64_t)256 << 20)

struct gt_dataset_writer {
    char *path;
    gt_dataset_info info; /* its strings belong to the writer */
    char **class_names;
    uint64_t written;
    uint64_t main_offset, column_offset[GT_COLUMN_COUNT], mask_offset, ivar_offset;
    gt_field_list fields;
    uint64_t *field_offset;
    gt_outfile *file;
    bool is_declared_late;          /* the file does not have the range of info yet */
    char *note_name, *note;         /* an attribute for the end; NULL: none */
    unsigned char scratch[SCRATCH]; /* values of one column on their way */
};

/* ---- the description ---- */

static gt_status check_shape(const gt_dataset_info *info, gt_error *err) {
    uint64_t bytes = info->type == GT_PIXEL_U8 ? 1 : sizeof(float), all;
    const size_t dims[] = {info->channels, info->height, info->width};
    for (size_t i = 0; i < 3; i++)
        if (dims[i] == 0 || __builtin_mul_overflow(bytes, dims[i], &bytes) ||
            bytes > MAX_ROW_BYTES)
            return gt_fail(err, GT_BAD_ARGUMENT,
                           "rows of %zu x %zu x %zu values, expected at least one and at most "
                           "256 MiB",
                           info->channels, info->height, info->width);
    if (info->count == 0 || __builtin_mul_overflow(bytes, info->count, &all) ||
        all > INT64_MAX / 2)
        return gt_fail(err, GT_BAD_ARGUMENT, "%" PRIu64 " rows, expected at least one",
                       info->count);
    bool codes = info->kind == GT_DATASET_CODES;
    bool is_open = isnan(info->range.low) && isnan(info->range.high);
    if (!is_open && !gt_range_is_declared(info->range))
        return gt_fail(err, GT_BAD_ARGUMENT, "a range of pixels from %g to %g", info->range.low,
                       info->range.high);
    if (codes && (info->height != 1 || info->width != 1 || info->type != GT_PIXEL_F32))
        return gt_fail(err, GT_BAD_ARGUMENT, "codes are float32 of height and width 1");
    return GT_OK;
}

static gt_status check_names(const gt_dataset_info *info, gt_error *err) {
    if (info->class_count > 0 && !(info->columns & GT_COLUMN_LABEL))
        return gt_fail(err, GT_BAD_ARGUMENT, "class names without labels");
    for (size_t i = 0; i < info->class_count; i++) {
        if (info->class_names[i][0] == 0)
            return gt_fail(err, GT_BAD_ARGUMENT, "class %zu has an empty name", i);
        for (size_t j = 0; j < i; j++)
            if (strcmp(info->class_names[i], info->class_names[j]) == 0)
                return gt_fail(err, GT_BAD_ARGUMENT, "classes %zu and %zu are both called '%s'",
                               j, i, info->class_names[i]);
    }
    bool ids = info->columns & GT_COLUMN_ID;
    if (ids && (info->id_length == 0 || info->id_length > MAX_ID))
        return gt_fail(err, GT_BAD_ARGUMENT, "ids of %zu bytes, expected 1 to %d",
                       info->id_length, MAX_ID);
    if (info->provenance != NULL && strlen(info->provenance) > MAX_PROVENANCE)
        return gt_fail(err, GT_BAD_ARGUMENT, "provenance of %zu bytes, at most %d fit",
                       strlen(info->provenance), MAX_PROVENANCE);
    return GT_OK;
}

gt_status gt_dataset_info_check(const gt_dataset_info *info, gt_error *err) {
    gt_status status = check_shape(info, err);
    if (!status) status = check_names(info, err);
    return status ? status : gt_fields_check(info->fields, info->field_count, err);
}

static gt_status copy_text(const char *from, const char **out, gt_error *err) {
    *out = from != NULL ? strdup(from) : NULL;
    return from == NULL || *out != NULL
               ? GT_OK
               : gt_fail(err, GT_NO_MEMORY, "out of memory for a text");
}

/* Makes the writer's own copies of the description's strings. */
static gt_status copy_info(gt_dataset_writer *writer, const gt_dataset_info *info,
                           gt_error *err) {
    gt_status status = GT_OK;
    gt_dataset_info *own = &writer->info;
    *own = *info;
    const char **texts[] = {&own->survey,      &own->collection, &own->bands,
                            &own->preparation, &own->model,      &own->learned_from,
                            &own->provenance,  &own->unit};
    const char *lent[] = {info->survey, info->collection,   info->bands,      info->preparation,
                          info->model,  info->learned_from, info->provenance, info->unit};
    own->class_names = NULL;
    own->class_count = 0;
    own->fields = NULL;
    own->field_count = 0;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) *texts[i] = NULL;
    if (!(own->columns & GT_COLUMN_ID)) own->id_length = 0;
    if (own->kind == GT_DATASET_CODES) own->planes = 0;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        GT_TRY(copy_text(lent[i], texts[i], err));
    GT_TRY(gt_field_list_copy(&writer->fields, info->fields, info->field_count, err));
    own->fields = writer->fields.fields;
    own->field_count = writer->fields.count;
    writer->field_offset = calloc(own->field_count + 1, sizeof *writer->field_offset);
    if (writer->field_offset == NULL) GT_THROW(err, GT_NO_MEMORY, "out of memory for columns");
    if (info->class_count == 0) goto done;
    writer->class_names = calloc(info->class_count, sizeof *writer->class_names);
    if (writer->class_names == NULL) GT_THROW(err, GT_NO_MEMORY, "out of memory for names");
    own->class_names = (const char *const *)writer->class_names;
    for (size_t i = 0; i < info->class_count; i++) {
        writer->class_names[i] = strdup(info->class_names[i]);
        if (writer->class_names[i] == NULL) GT_THROW(err, GT_NO_MEMORY, "out of memory");
        own->class_count = i + 1;
    }
done:
    return status;
}

/* ---- the file ---- */

static size_t list_attributes(const gt_dataset_info *info, char stretch[GT_STRETCH_TEXT],
                              gt_hdf5_new_attribute *out) {
    size_t count = 0;
    const char *names[] = {"provenance",  "survey", "collection",   "bands",
                           "preparation", "model",  "learned_from", "unit"};
    const char *texts[] = {info->provenance,  info->survey, info->collection,   info->bands,
                           info->preparation, info->model,  info->learned_from, info->unit};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (texts[i] != NULL)
            out[count++] = (gt_hdf5_new_attribute){.name = names[i], .text = texts[i]};
    out[count++] =
        (gt_hdf5_new_attribute){.name = "pixel_scale_arcsec", .real = info->pixel_scale_arcsec};
    if (gt_range_is_declared(info->range))
        count += gt_range_put(info->range, stretch, out + count);
    if (info->class_count > 0)
        out[count++] = (gt_hdf5_new_attribute){.array = "labels",
                                               .name = "label_names",
                                               .texts = info->class_names,
                                               .count = info->class_count};
    return count;
}

/* A field's array and what its attributes say; `name` is its path in the file. */
static void list_field(const gt_dataset_info *info, size_t index, const char *name,
                       gt_hdf5_new_array *array, gt_hdf5_new_attribute *attributes,
                       size_t *count) {
    static const gt_hdf5_type types[] = {GT_HDF5_I64, GT_HDF5_F64, GT_HDF5_TEXT};
    static const int64_t missing = GT_FIELD_NO_INTEGER;
    const gt_field *field = &info->fields[index];
    const char *names[] = {"unit", "description", "ucd"};
    const char *texts[] = {field->unit, field->description, field->ucd};
    *array = (gt_hdf5_new_array){.name = name,
                                 .type = types[field->type],
                                 .item_size = gt_field_size(field),
                                 .rank = 1,
                                 .dims = {info->count}};
    for (size_t i = 0; i < 3; i++)
        if (texts[i] != NULL)
            attributes[(*count)++] =
                (gt_hdf5_new_attribute){.array = name, .name = names[i], .text = texts[i]};
    if (field->type == GT_FIELD_INTEGER)
        attributes[(*count)++] =
            (gt_hdf5_new_attribute){.array = name, .name = "missing", .whole = &missing};
    attributes[(*count)++] =
        (gt_hdf5_new_attribute){.array = name, .name = "place", .real = (double)index};
}

/* Lets HDF5 lay out the temporary file and keeps where each array begins. */
static gt_status lay_out(gt_dataset_writer *writer, gt_error *err) {
    gt_status status = GT_OK;
    const gt_dataset_info *info = &writer->info;
    char stretch[GT_STRETCH_TEXT];
    size_t fields = info->field_count;
    char(*names)[GT_FIELD_NAME + 16] = calloc(fields + 1, sizeof *names);
    gt_hdf5_new_array *arrays = calloc(3 + GT_COLUMN_COUNT + fields, sizeof *arrays);
    gt_hdf5_new_attribute *attributes =
        calloc(MAX_ATTRIBUTES + FIELD_ATTRIBUTES * fields, sizeof *attributes);
    if (names == NULL || arrays == NULL || attributes == NULL)
        GT_THROW(err, GT_NO_MEMORY, "out of memory for columns");
    bool codes = info->kind == GT_DATASET_CODES;
    arrays[0] = (gt_hdf5_new_array){
        .name = gt_main_array(info->kind),
        .type = info->type == GT_PIXEL_U8 ? GT_HDF5_U8 : GT_HDF5_F32,
        .rank = codes ? 2 : 4,
        .dims = {info->count, info->channels, info->height, info->width},
    };
    size_t count = 1;
    for (size_t i = 0; i < GT_COLUMN_COUNT; i++) {
        if (!(info->columns & gt_columns[i].bit)) continue;
        arrays[count++] = (gt_hdf5_new_array){.name = gt_columns[i].name,
                                              .type = gt_columns[i].type,
                                              .item_size = gt_column_size(&gt_columns[i], info),
                                              .rank = 1,
                                              .dims = {info->count}};
    }
    size_t said = list_attributes(info, stretch, attributes), beside = count;
    for (size_t i = 0; i < fields; i++) {
        snprintf(names[i], sizeof names[i], GT_FIELD_GROUP "%s", info->fields[i].name);
        list_field(info, i, names[i], &arrays[count++], attributes, &said);
    }
    size_t planes = count;
    if (info->planes & GT_PLANE_MASK)
        arrays[count++] = (gt_hdf5_new_array){.name = "mask",
                                              .type = GT_HDF5_U8,
                                              .rank = 3,
                                              .dims = {info->count, info->height, info->width}};
    if (info->planes & GT_PLANE_IVAR)
        arrays[count++] = (gt_hdf5_new_array){
            .name = "ivar",
            .type = GT_HDF5_F32,
            .rank = 4,
            .dims = {info->count, info->channels, info->height, info->width}};
    GT_TRY(gt_hdf5_create_flat(gt_outfile_path(writer->file), arrays, count, attributes, said,
                               err));
    if (info->planes & GT_PLANE_MASK) writer->mask_offset = arrays[planes++].offset;
    if (info->planes & GT_PLANE_IVAR) writer->ivar_offset = arrays[planes].offset;
    writer->main_offset = arrays[0].offset;
    for (size_t i = 0, at = 1; i < GT_COLUMN_COUNT; i++)
        if (info->columns & gt_columns[i].bit) writer->column_offset[i] = arrays[at++].offset;
    for (size_t i = 0; i < fields; i++) writer->field_offset[i] = arrays[beside + i].offset;
done:
    free(names);
    free(arrays);
    free(attributes);
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
    GT_TRY(lay_out(writer, err));
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
    const gt_dataset_info *info = &writer->info;
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

static void put_value(const gt_dataset_row *row, unsigned bit, size_t size,
                      unsigned char *out) {
    switch (bit) {
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

static gt_status write_column(gt_dataset_writer *writer, size_t column,
                              const gt_dataset_row *rows, size_t count, gt_error *err) {
    size_t size = gt_column_size(&gt_columns[column], &writer->info);
    size_t step = SCRATCH / size;
    for (size_t done = 0; done < count; done += step) {
        size_t now = count - done < step ? count - done : step;
        for (size_t i = 0; i < now; i++)
            put_value(&rows[done + i], gt_columns[column].bit, size,
                      writer->scratch + i * size);
        uint64_t offset = writer->column_offset[column] + (writer->written + done) * size;
        gt_status status =
            gt_outfile_pwrite(writer->file, offset, writer->scratch, now * size, err);
        if (status) return status;
    }
    return GT_OK;
}

/* A missing text is zeros; a longer one than announced was refused before. */
static void put_field(const gt_field *field, gt_field_value value, unsigned char *out) {
    if (field->type != GT_FIELD_TEXT) {
        memcpy(out, &value, sizeof value);
        return;
    }
    memset(out, 0, field->length);
    if (value.text != NULL) memcpy(out, value.text, strlen(value.text));
}

static gt_status write_field(gt_dataset_writer *writer, size_t index,
                             const gt_dataset_row *rows, size_t count, gt_error *err) {
    const gt_field *field = &writer->info.fields[index];
    size_t size = gt_field_size(field), step = SCRATCH / size;
    for (size_t done = 0; done < count; done += step) {
        size_t now = count - done < step ? count - done : step;
        for (size_t i = 0; i < now; i++) {
            const gt_field_value *values = rows != NULL ? rows[done + i].values : NULL;
            put_field(field, values != NULL ? values[index] : gt_field_missing(field),
                      writer->scratch + i * size);
        }
        uint64_t offset = writer->field_offset[index] + (writer->written + done) * size;
        gt_status status =
            gt_outfile_pwrite(writer->file, offset, writer->scratch, now * size, err);
        if (status) return status;
    }
    return GT_OK;
}

static gt_status write_planes(gt_dataset_writer *writer, const gt_dataset_row *row,
                              uint64_t index, gt_error *err) {
    gt_status status = GT_OK;
    const gt_dataset_info *info = &writer->info;
    size_t mask = gt_dataset_plane_bytes(info, GT_PLANE_MASK);
    size_t ivar = gt_dataset_plane_bytes(info, GT_PLANE_IVAR);
    if (info->planes & GT_PLANE_MASK)
        GT_TRY(gt_outfile_pwrite(writer->file, writer->mask_offset + index * mask, row->mask,
                                 mask, err));
    if (info->planes & GT_PLANE_IVAR)
        GT_TRY(gt_outfile_pwrite(writer->file, writer->ivar_offset + index * ivar, row->ivar,
                                 ivar, err));
done:
    return status;
}

gt_status gt_dataset_writer_append(gt_dataset_writer *writer, const void *values,
                                   const gt_dataset_row *rows, size_t count, gt_error *err) {
    gt_status status = GT_OK;
    const gt_dataset_info *info = &writer->info;
    size_t bytes = gt_dataset_row_bytes(info);
    if (count > info->count - writer->written)
        GT_THROW(err, GT_BAD_ARGUMENT, "%s: more rows than the %" PRIu64 " announced",
                 writer->path, info->count);
    if ((info->columns != 0 || info->planes != 0) && rows == NULL)
        GT_THROW(err, GT_BAD_ARGUMENT, "%s: rows without their columns", writer->path);
    for (size_t i = 0; rows != NULL && i < count; i++)
        GT_TRY(check_row(writer, &rows[i], writer->written + i, err));
    GT_TRY(gt_outfile_pwrite(writer->file, writer->main_offset + writer->written * bytes,
                             values, count * bytes, err));
    for (size_t i = 0; i < GT_COLUMN_COUNT; i++)
        if (info->columns & gt_columns[i].bit)
            GT_TRY(write_column(writer, i, rows, count, err));
    for (size_t i = 0; i < info->field_count; i++)
        GT_TRY(write_field(writer, i, rows, count, err));
    for (size_t i = 0; info->planes != 0 && i < count; i++)
        GT_TRY(write_planes(writer, &rows[i], writer->written + i, err));
    writer->written += count;
done:
    return status;
}

void gt_dataset_writer_declare(gt_dataset_writer *writer, gt_value_range range) {
    writer->info.range = range;
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
    gt_dataset_info info = writer->info;
    info.count = writer->written;
    gt_status status = gt_dataset_writer_create(writer->path, &info, fresh, err);
    if (status) return status;
    status = copy_bytes(writer, writer->main_offset, *fresh, (*fresh)->main_offset,
                        writer->written * gt_dataset_row_bytes(&info), err);
    for (size_t i = 0; status == GT_OK && i < GT_COLUMN_COUNT; i++)
        if (info.columns & gt_columns[i].bit)
            status =
                copy_bytes(writer, writer->column_offset[i], *fresh, (*fresh)->column_offset[i],
                           writer->written * gt_column_size(&gt_columns[i], &info), err);
    if (status == GT_OK && (info.planes & GT_PLANE_MASK))
        status =
            copy_bytes(writer, writer->mask_offset, *fresh, (*fresh)->mask_offset,
                       writer->written * gt_dataset_plane_bytes(&info, GT_PLANE_MASK), err);
    if (status == GT_OK && (info.planes & GT_PLANE_IVAR))
        status =
            copy_bytes(writer, writer->ivar_offset, *fresh, (*fresh)->ivar_offset,
                       writer->written * gt_dataset_plane_bytes(&info, GT_PLANE_IVAR), err);
    for (size_t i = 0; status == GT_OK && i < info.field_count; i++)
        status = copy_bytes(writer, writer->field_offset[i], *fresh, (*fresh)->field_offset[i],
                            writer->written * gt_field_size(&info.fields[i]), err);
    return status;
}

static gt_status write_range(const gt_dataset_writer *writer, gt_error *err) {
    gt_hdf5_new_attribute attributes[GT_RANGE_ATTRIBUTES];
    char stretch[GT_STRETCH_TEXT];
    size_t count = gt_range_put(writer->info.range, stretch, attributes);
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
    if (writer->written < writer->info.count) GT_TRY(copy_to_size(writer, &fresh, err));
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
    for (size_t i = 0; i < writer->info.class_count; i++) free(writer->class_names[i]);
    free(writer->class_names);
    gt_field_list_free(&writer->fields);
    free(writer->field_offset);
    free((void *)(uintptr_t)writer->info.survey);
    free((void *)(uintptr_t)writer->info.collection);
    free((void *)(uintptr_t)writer->info.bands);
    free((void *)(uintptr_t)writer->info.preparation);
    free((void *)(uintptr_t)writer->info.model);
    free((void *)(uintptr_t)writer->info.learned_from);
    free((void *)(uintptr_t)writer->info.provenance);
    free((void *)(uintptr_t)writer->info.unit);
    free(writer->note_name);
    free(writer->note);
    free(writer->path);
    free(writer);
}
