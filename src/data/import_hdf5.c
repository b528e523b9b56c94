/* import_hdf5.c - pictures in HDF5 files of other layouts: (N,C,H,W) or (N,H,W), any whole or
 * real numbers, also compressed, with columns under their usual names; and flat sets again. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "columns.h"
#include "galatea/importer.h"
#include "hdf5_file.h"

extern const gt_importer gt_importer_hdf5;

enum { MAX_ID = 4096, INTEGER_ID = 24, MAX_INTEGERS = 64 };
#define BLOCK_BYTES ((uint64_t)16 << 20)

/* A column of the file and its values in the present block. */
typedef struct column {
    gt_hdf5_array *array; /* NULL: there is none */
    size_t value_size;
    gt_hdf5_type type; /* in memory: I64, F64 or TEXT */
    unsigned char *values;
} column;

typedef struct reader {
    char *path;
    gt_hdf5 *file;
    gt_hdf5_array *images;
    column columns[GT_COLUMN_COUNT];
    column integers[MAX_INTEGERS];
    int64_t integer_row[MAX_INTEGERS];
    char **integer_names, **class_names, *survey, *collection, *model, *provenance;
    char *preparation, *learned_from;
    gt_source_info info;
    uint64_t next, block_first;
    size_t block_rows, block_count; /* most and present rows of the block */
    float *pixels;
    char id[MAX_ID + 1], note[512];
} reader;

static void close_hdf5(void *self) {
    reader *r = self;
    if (r == NULL) return;
    for (size_t i = 0; i < GT_COLUMN_COUNT; i++) {
        gt_hdf5_array_close(r->columns[i].array);
        free(r->columns[i].values);
    }
    for (size_t i = 0; i < MAX_INTEGERS; i++) {
        gt_hdf5_array_close(r->integers[i].array);
        free(r->integers[i].values);
    }
    gt_hdf5_array_close(r->images);
    gt_hdf5_close(r->file);
    free(r->integer_names);
    free(r->class_names);
    free(r->survey);
    free(r->collection);
    free(r->model);
    free(r->provenance);
    free(r->preparation);
    free(r->learned_from);
    free(r->pixels);
    free(r->path);
    free(r);
}

/* ---- opening ---- */

/* Says what was left out, as far as there is room. */
static void note(reader *r, const char *name, const char *why) {
    size_t used = strlen(r->note);
    snprintf(r->note + used, sizeof r->note - used, "%scolumn '%s' is left out: %.200s",
             used ? "; " : "", name, why);
    r->info.note = r->note;
}

static gt_status open_images(reader *r, const char *wanted, gt_error *err) {
    gt_status status = GT_OK;
    bool codes =
        wanted == NULL && !gt_hdf5_has(r->file, "images") && gt_hdf5_has(r->file, "codes");
    const char *name = wanted != NULL ? wanted : codes ? "codes" : "images";
    GT_TRY(gt_hdf5_array_open(r->file, name, &r->images, err));
    const gt_hdf5_shape *shape = gt_hdf5_array_shape(r->images);
    if (shape->rank < 2 || shape->rank > 4 || shape->type == GT_HDF5_TEXT)
        GT_THROW(err, GT_BAD_FORMAT,
                 "%s: '%s' has rank %zu and type %s, expected numbers of rank 4 (N,C,H,W) or 3 "
                 "(N,H,W)",
                 r->path, name, shape->rank, gt_hdf5_type_name(shape->type));
    const uint64_t *sides = shape->dims + shape->rank - 2;
    r->info.count = shape->dims[0];
    r->info.is_codes = shape->rank == 2;
    r->info.channels = shape->rank == 3 ? 1 : (size_t)shape->dims[1];
    r->info.height = r->info.is_codes ? 1 : (size_t)sides[0];
    r->info.width = r->info.is_codes ? 1 : (size_t)sides[1];
    r->info.type = gt_hdf5_type_name(shape->type);
    r->info.is_bytes = shape->type == GT_HDF5_U8;
    uint64_t row_bytes = shape->items / shape->dims[0] * sizeof(float);
    uint64_t most = BLOCK_BYTES / row_bytes > 0 ? BLOCK_BYTES / row_bytes : 1;
    uint64_t chunk = shape->chunk_rows;
    uint64_t rows = chunk <= most ? most / chunk * chunk : most; /* whole chunks if they fit */
    r->block_rows = rows < r->info.count ? (size_t)rows : (size_t)r->info.count;
    r->pixels = malloc(r->block_rows * row_bytes);
    if (r->pixels == NULL) GT_THROW(err, GT_NO_MEMORY, "out of memory for rows of %s", r->path);
done:
    return status;
}

static bool is_integer(gt_hdf5_type type) {
    return type <= GT_HDF5_I64;
}

/* What a column becomes in memory; false if it cannot be one. */
static bool memory_type(size_t place, gt_hdf5_type type, gt_hdf5_type *out) {
    unsigned bit = gt_columns[place].bit;
    if (bit == GT_COLUMN_LABEL || bit == GT_COLUMN_SPLIT) {
        *out = GT_HDF5_I64;
        return is_integer(type);
    }
    if (bit == GT_COLUMN_ID) {
        *out = type == GT_HDF5_TEXT ? GT_HDF5_TEXT : GT_HDF5_I64;
        return type == GT_HDF5_TEXT || is_integer(type);
    }
    *out = GT_HDF5_F64;
    return type != GT_HDF5_TEXT;
}

static const char *wanted_of(size_t place) {
    switch (gt_columns[place].bit) {
    case GT_COLUMN_LABEL:
        return "expected a whole number for each picture";
    case GT_COLUMN_SPLIT:
        return "expected 0 (train), 1 (test) or 2 (validation) for each picture";
    case GT_COLUMN_ID:
        return "expected a text or a whole number for each picture";
    default:
        return "expected a number for each picture";
    }
}

static gt_status column_memory(reader *r, column *c, gt_error *err) {
    c->value_size = c->type == GT_HDF5_TEXT ? gt_hdf5_array_shape(c->array)->item_size : 8;
    c->values = malloc(r->block_rows * c->value_size);
    return c->values != NULL
               ? GT_OK
               : gt_fail(err, GT_NO_MEMORY, "out of memory for a column of %s", r->path);
}

static gt_status open_column(reader *r, size_t place, gt_error *err) {
    gt_error why;
    column *c = &r->columns[place];
    for (size_t i = 0; i < GT_COLUMN_NAMES && gt_column_names[place][i] != NULL; i++) {
        const char *name = gt_column_names[place][i];
        if (!gt_hdf5_has(r->file, name)) continue;
        if (gt_hdf5_array_open(r->file, name, &c->array, &why) != GT_OK) {
            note(r, name, why.text);
            continue;
        }
        const gt_hdf5_shape *shape = gt_hdf5_array_shape(c->array);
        if (shape->rank == 1 && shape->dims[0] == r->info.count &&
            memory_type(place, shape->type, &c->type)) {
            r->info.columns |= gt_columns[place].bit;
            if (gt_columns[place].bit == GT_COLUMN_ID)
                r->info.id_length = c->type == GT_HDF5_TEXT ? shape->item_size : INTEGER_ID;
            return column_memory(r, c, err);
        }
        note(r, name, wanted_of(place));
        gt_hdf5_array_close(c->array);
        c->array = NULL;
    }
    return GT_OK;
}

/* Every other column of whole numbers can be asked for in --where. */
static gt_status open_integers(reader *r, gt_error *err) {
    gt_status status = GT_OK;
    size_t count = 0, kept = 0;
    GT_TRY(gt_hdf5_list(r->file, 1, &r->integer_names, &count, err));
    for (size_t i = 0; i < count && kept < MAX_INTEGERS; i++) {
        column *c = &r->integers[kept];
        GT_TRY(gt_hdf5_array_open(r->file, r->integer_names[i], &c->array, err));
        const gt_hdf5_shape *shape = gt_hdf5_array_shape(c->array);
        if (!is_integer(shape->type) || shape->dims[0] != r->info.count) {
            gt_hdf5_array_close(c->array);
            c->array = NULL;
            continue;
        }
        c->type = GT_HDF5_I64;
        GT_TRY(column_memory(r, c, err));
        r->integer_names[kept++] = r->integer_names[i];
    }
    r->info.integers = (const char *const *)r->integer_names;
    r->info.integer_count = kept;
done:
    return status;
}

static gt_status read_attributes(reader *r, gt_error *err) {
    gt_status status = GT_OK;
    gt_hdf5_array *labels = r->columns[0].array;
    if (labels != NULL)
        GT_TRY(gt_hdf5_texts(r->file, labels, "label_names", &r->class_names,
                             &r->info.class_count, err));
    r->info.class_names = (const char *const *)r->class_names;
    GT_TRY(gt_hdf5_text(r->file, NULL, "survey", &r->survey, err));
    r->info.survey = r->survey;
    GT_TRY(gt_hdf5_text(r->file, NULL, "collection", &r->collection, err));
    r->info.collection = r->collection;
    GT_TRY(gt_hdf5_text(r->file, NULL, "model", &r->model, err));
    r->info.model = r->model;
    GT_TRY(gt_hdf5_text(r->file, NULL, "provenance", &r->provenance, err));
    r->info.provenance = r->provenance;
    GT_TRY(gt_hdf5_text(r->file, NULL, "preparation", &r->preparation, err));
    r->info.preparation = r->preparation;
    GT_TRY(gt_hdf5_text(r->file, NULL, "learned_from", &r->learned_from, err));
    r->info.learned_from = r->learned_from;
    GT_TRY(gt_hdf5_real(r->file, NULL, "pixel_scale_arcsec", &r->info.pixel_scale_arcsec, err));
done:
    return status;
}

static gt_status open_hdf5(const gt_source_request *request, void **self, gt_error *err) {
    gt_status status = GT_OK;
    reader *r = calloc(1, sizeof *r);
    if (r == NULL) GT_THROW(err, GT_NO_MEMORY, "out of memory for an HDF5 file");
    r->path = strdup(request->path);
    if (r->path == NULL) GT_THROW(err, GT_NO_MEMORY, "out of memory for an HDF5 file");
    GT_TRY(gt_hdf5_open(request->path, &r->file, err));
    GT_TRY(open_images(r, request->dataset, err));
    for (size_t i = 0; i < GT_COLUMN_COUNT; i++) GT_TRY(open_column(r, i, err));
    GT_TRY(open_integers(r, err));
    GT_TRY(read_attributes(r, err));
    *self = r;
    r = NULL;
done:
    close_hdf5(r);
    return status;
}

static const gt_source_info *describe_hdf5(const void *self) {
    return &((const reader *)self)->info;
}

/* ---- reading ---- */

static gt_status read_block(reader *r, gt_error *err) {
    gt_status status = GT_OK;
    uint64_t left = r->info.count - r->next;
    r->block_first = r->next;
    r->block_count = left < r->block_rows ? (size_t)left : r->block_rows;
    GT_TRY(gt_hdf5_array_read(r->images, r->next, r->block_count, GT_HDF5_F32, r->pixels, err));
    for (size_t i = 0; i < GT_COLUMN_COUNT; i++) {
        column *c = &r->columns[i];
        if (c->array == NULL) continue;
        GT_TRY(gt_hdf5_array_read(c->array, r->next, r->block_count, c->type, c->values, err));
    }
    for (size_t i = 0; i < r->info.integer_count; i++) {
        column *c = &r->integers[i];
        GT_TRY(gt_hdf5_array_read(c->array, r->next, r->block_count, c->type, c->values, err));
    }
done:
    if (status) r->block_count = 0;
    return status;
}

static bool has(const reader *r, size_t place) {
    return r->columns[place].array != NULL;
}

static int64_t integer_at(const column *c, size_t row) {
    int64_t value;
    memcpy(&value, c->values + row * sizeof value, sizeof value);
    return value;
}

static double real_at(const column *c, size_t row) {
    double value;
    memcpy(&value, c->values + row * sizeof value, sizeof value);
    return value;
}

static gt_status bad_value(const reader *r, size_t place, const char *value,
                           const char *expected, gt_error *err) {
    return gt_fail(err, GT_BAD_FORMAT, "%s: %s of picture %" PRIu64 " is %s, expected %s",
                   r->path, gt_columns[place].name, r->next, value, expected);
}

static gt_status take_whole(const reader *r, size_t place, size_t row, int64_t least,
                            int64_t most, int64_t *out, gt_error *err) {
    *out = integer_at(&r->columns[place], row);
    if (*out >= least && *out <= most) return GT_OK;
    char value[32], range[64];
    snprintf(value, sizeof value, "%" PRId64, *out);
    snprintf(range, sizeof range, "%" PRId64 " to %" PRId64, least, most);
    return bad_value(r, place, value, range, err);
}

static gt_status take_angle(const reader *r, size_t place, size_t row, double least,
                            double most, double *out, gt_error *err) {
    *out = real_at(&r->columns[place], row);
    if (isnan(*out) || (*out >= least && *out <= most)) return GT_OK;
    char value[32], range[64];
    snprintf(value, sizeof value, "%g", *out);
    snprintf(range, sizeof range, "%g to %g degrees", least, most);
    return bad_value(r, place, value, range, err);
}

static void take_id(reader *r, const column *c, size_t row) {
    if (c->type == GT_HDF5_TEXT)
        snprintf(r->id, sizeof r->id, "%.*s", (int)c->value_size,
                 (const char *)c->values + row * c->value_size);
    else
        snprintf(r->id, sizeof r->id, "%" PRId64, integer_at(c, row));
}

enum { LABEL, SPLIT, RA, DEC, ANGULAR_SIZE, ID }; /* places in gt_columns */

static gt_status take_columns(reader *r, size_t row, gt_dataset_row *out, gt_error *err) {
    gt_status status = GT_OK;
    int64_t whole;
    int64_t most = r->info.class_count > 0 ? (int64_t)r->info.class_count - 1 : INT32_MAX;
    if (has(r, LABEL)) {
        GT_TRY(take_whole(r, LABEL, row, -1, most, &whole, err));
        out->label = (int32_t)whole;
    }
    if (has(r, SPLIT)) {
        GT_TRY(take_whole(r, SPLIT, row, 0, GT_SPLIT_COUNT - 1, &whole, err));
        out->split = (uint8_t)whole;
    }
    if (has(r, RA)) GT_TRY(take_angle(r, RA, row, -360, 360, &out->ra, err));
    if (has(r, DEC)) GT_TRY(take_angle(r, DEC, row, -90, 90, &out->dec, err));
    if (has(r, ANGULAR_SIZE)) out->angular_size = real_at(&r->columns[ANGULAR_SIZE], row);
    if (has(r, ID)) {
        take_id(r, &r->columns[ID], row);
        out->id = r->id;
    }
    for (size_t i = 0; i < r->info.integer_count; i++)
        r->integer_row[i] = integer_at(&r->integers[i], row);
done:
    return status;
}

static gt_status next_hdf5(void *self, gt_picture *out, bool *more, gt_error *err) {
    reader *r = self;
    *more = r->next < r->info.count;
    if (!*more) return GT_OK;
    if (r->next >= r->block_first + r->block_count) {
        gt_status status = read_block(r, err);
        if (status) return status;
    }
    size_t row = (size_t)(r->next - r->block_first);
    size_t values = r->info.channels * r->info.height * r->info.width;
    *out = (gt_picture){.pixels = r->pixels + row * values,
                        .channels = r->info.channels,
                        .height = r->info.height,
                        .width = r->info.width,
                        .row = gt_dataset_row_default(),
                        .integers = r->integer_row};
    gt_status status = take_columns(r, row, &out->row, err);
    if (status == GT_OK) r->next++;
    return status;
}

const gt_importer gt_importer_hdf5 = {
    .name = "hdf5",
    .summary = "HDF5 with pictures (N,C,H,W) or (N,H,W), also compressed (--dataset PATH)",
    .open = open_hdf5,
    .describe = describe_hdf5,
    .next = next_hdf5,
    .close = close_hdf5,
};
