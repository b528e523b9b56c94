/* batches.c - pictures, labels and names out of pickled batches. A first walk checks every
 * batch and counts; after it one batch at a time is in memory. */
#include "batches.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "batch_files.h"
#include "pickle.h"

enum { MAX_ID = 256, MAX_SIDE = 16384 };

/* One batch in memory. */
typedef struct batch {
    uint8_t *bytes;
    gt_pickle *pickle;
    const gt_pickle_value *labels, *data, *names; /* lists or arrays of equal length */
    size_t count;
} batch;

typedef struct reader {
    char *path;
    const gt_batch_scheme *scheme;
    gt_batch_files *files;
    gt_source_info info;
    size_t next_batch, row; /* row: of the batch in memory */
    batch now;
    float *pixels;
    size_t room; /* of pixels */
    char id[MAX_ID];
} reader;

static void batch_close(batch *b) {
    gt_pickle_destroy(b->pickle);
    free(b->bytes);
    *b = (batch){0};
}

/* ---- one batch ---- */

static gt_status get_list(const gt_pickle_value *root, const char *key,
                          const gt_pickle_value **out, size_t *count, gt_error *err) {
    *out = gt_pickle_get(root, key);
    if (*out != NULL && gt_pickle_count(*out, count, NULL) == GT_OK) return GT_OK;
    return gt_fail(err, GT_BAD_FORMAT, "no list '%s' in it", key);
}

/* -1 for what is no label. */
static int64_t label_of(const batch *b, size_t row) {
    gt_pickle_value item = gt_pickle_item(b->labels, row);
    int64_t label;
    return gt_pickle_integer(&item, &label) && label >= 0 ? label : -1;
}

static gt_status check_labels(const reader *r, const batch *b, gt_error *err) {
    for (size_t i = 0; i < b->count; i++) {
        int64_t label = label_of(b, i);
        if (label < 0 || (uint64_t)label >= r->scheme->code_count)
            return gt_fail(err, GT_BAD_FORMAT, "label %zu is not one of 0 to %zu", i,
                           r->scheme->code_count - 1);
    }
    return GT_OK;
}

static gt_status parse_batch(const reader *r, size_t length, batch *b, gt_error *err) {
    gt_status status = GT_OK;
    GT_TRY(gt_pickle_parse(b->bytes, length, &b->pickle, err));
    const gt_pickle_value *root = gt_pickle_root(b->pickle);
    size_t pictures = 0, names = 0;
    GT_TRY(get_list(root, "labels", &b->labels, &b->count, err));
    GT_TRY(get_list(root, "data", &b->data, &pictures, err));
    GT_TRY(get_list(root, "filenames", &b->names, &names, err));
    if (b->count == 0 || pictures != b->count || names != b->count)
        GT_THROW(err, GT_BAD_FORMAT, "%zu labels, %zu pictures, %zu names, expected as many",
                 b->count, pictures, names);
    GT_TRY(check_labels(r, b, err));
done:
    return status;
}

static gt_status load_batch(reader *r, size_t index, batch *b, gt_error *err) {
    gt_status status = GT_OK;
    size_t length = 0;
    batch_close(b);
    GT_TRY(gt_batch_files_load(r->files, index, &b->bytes, &length, err));
    status = parse_batch(r, length, b, err);
    if (status) gt_blame(err, "%s: %s", r->path, gt_batch_files_name(r->files, index));
done:
    if (status) batch_close(b);
    return status;
}

static int class_of(const reader *r, const batch *b, size_t row) {
    return r->scheme->class_of[label_of(b, row)];
}

/* Sides of picture `row`: (H,W), also with one channel, or a flat square. */
static gt_status picture_sides(const batch *b, size_t row, size_t *height, size_t *width,
                               gt_error *err) {
    const gt_pickle_value item = gt_pickle_item(b->data, row), *array = &item;
    const size_t *dims = array->array.dims;
    size_t sides = array->array.rank;
    if (sides == 3 && dims[0] == 1) dims++, sides--;
    if (sides == 3 && dims[2] == 1) sides--;
    if (array->kind != GT_PICKLE_ARRAY || array->array.type.kind != 'u' ||
        array->array.type.item_size != 1 || sides > 2)
        return gt_fail(err, GT_BAD_FORMAT, "picture %zu is no uint8 array of rank 1 or 2", row);
    if (sides == 2) {
        *height = dims[0];
        *width = dims[1];
    } else {
        size_t side = (size_t)lround(sqrt((double)array->array.length));
        if (side * side != array->array.length)
            return gt_fail(err, GT_BAD_FORMAT, "picture %zu has %zu pixels, no square", row,
                           array->array.length);
        *height = *width = side;
    }
    if (*height > 0 && *width > 0 && *height <= MAX_SIDE && *width <= MAX_SIDE) return GT_OK;
    return gt_fail(err, GT_BAD_FORMAT, "picture %zu is %zu x %zu, expected 1 to %d", row,
                   *height, *width, MAX_SIDE);
}

/* The file's name without its folders. */
static gt_status picture_id(const batch *b, size_t row, char id[MAX_ID], gt_error *err) {
    gt_pickle_value name = gt_pickle_item(b->names, row);
    gt_status status = gt_pickle_text(&name, id, MAX_ID, err);
    if (status) {
        gt_blame(err, "name %zu", row);
        return status;
    }
    const char *slash = strrchr(id, '/');
    if (slash != NULL) memmove(id, slash + 1, strlen(slash));
    return GT_OK;
}

/* ---- opening ---- */

static gt_status check_meta(reader *r, gt_error *err) {
    gt_status status = GT_OK;
    const gt_batch_scheme *scheme = r->scheme;
    uint8_t *bytes = NULL;
    size_t length = 0;
    gt_pickle *pickle = NULL;
    GT_TRY(gt_batch_files_load_meta(r->files, &bytes, &length, err));
    const gt_pickle_value *names = NULL;
    size_t count = 0;
    status = gt_pickle_parse(bytes, length, &pickle, err);
    if (status == GT_OK)
        status = get_list(gt_pickle_root(pickle), "label_names", &names, &count, err);
    if (status) {
        gt_blame(err, "%s: batches.meta", r->path);
        goto done;
    }
    bool same = count == scheme->code_count;
    for (size_t i = 0; same && i < scheme->code_count; i++) {
        char name[64];
        gt_pickle_value item = gt_pickle_item(names, i);
        same = gt_pickle_text(&item, name, sizeof name, NULL) == GT_OK &&
               strcmp(name, scheme->codes[i]) == 0;
    }
    if (!same)
        GT_THROW(err, GT_MISMATCH, "%s: %zu classes that are not those of %s (%zu: %s, %s ...)",
                 r->path, count, scheme->expected, scheme->code_count, scheme->codes[0],
                 scheme->codes[1]);
done:
    gt_pickle_destroy(pickle);
    free(bytes);
    return status;
}

/* Counts the pictures of one batch that belong to the subset. */
static gt_status survey_batch(reader *r, const batch *b, gt_error *err) {
    for (size_t row = 0; row < b->count; row++) {
        size_t height, width;
        gt_status status = picture_sides(b, row, &height, &width, err);
        if (status == GT_OK) status = picture_id(b, row, r->id, err);
        if (status) return status;
        if (class_of(r, b, row) < 0) continue;
        if (r->info.count++ == 0) {
            r->info.height = height;
            r->info.width = width;
        }
        if (strlen(r->id) > r->info.id_length) r->info.id_length = strlen(r->id);
    }
    return GT_OK;
}

static gt_status survey_all(reader *r, gt_error *err) {
    for (size_t i = 0; i < gt_batch_files_count(r->files); i++) {
        gt_status status = load_batch(r, i, &r->now, err);
        if (status) return status;
        status = survey_batch(r, &r->now, err);
        if (status) gt_blame(err, "%s: %s", r->path, gt_batch_files_name(r->files, i));
        if (status) return status;
    }
    batch_close(&r->now);
    if (r->info.count > 0 && r->info.id_length > 0) return GT_OK;
    return gt_fail(err, GT_BAD_FORMAT, "%s: no picture with a name in the subset", r->path);
}

gt_status gt_batches_open(const gt_source_request *request, const gt_batch_scheme *scheme,
                          void **self, gt_error *err) {
    gt_status status = GT_OK;
    reader *r = calloc(1, sizeof *r);
    if (r == NULL) GT_THROW(err, GT_NO_MEMORY, "out of memory for batches");
    r->scheme = scheme;
    r->path = strdup(request->path);
    if (r->path == NULL) GT_THROW(err, GT_NO_MEMORY, "out of memory for batches");
    r->info = (gt_source_info){.channels = 1,
                               .type = "uint8",
                               .is_bytes = true,
                               .columns = GT_COLUMN_LABEL | GT_COLUMN_SPLIT | GT_COLUMN_ID |
                                          scheme->columns,
                               .class_names = scheme->classes,
                               .class_count = scheme->class_count,
                               .collection = scheme->collection,
                               .pixel_scale_arcsec = NAN};
    GT_TRY(gt_batch_files_open(request->path, &r->files, err));
    scheme->find_survey(gt_batch_files_folder(r->files), &r->info);
    GT_TRY(check_meta(r, err));
    GT_TRY(survey_all(r, err));
    *self = r;
    r = NULL;
done:
    gt_batches_close(r);
    return status;
}

void gt_batches_close(void *self) {
    reader *r = self;
    if (r == NULL) return;
    batch_close(&r->now);
    gt_batch_files_close(r->files);
    free(r->pixels);
    free(r->path);
    free(r);
}

const gt_source_info *gt_batches_describe(const void *self) {
    return &((const reader *)self)->info;
}

/* ---- reading ---- */

static gt_status read_pixels(reader *r, size_t row, gt_picture *out, gt_error *err) {
    gt_status status = picture_sides(&r->now, row, &out->height, &out->width, err);
    if (status) return status;
    const gt_pickle_value item = gt_pickle_item(r->now.data, row), *array = &item;
    size_t values = array->array.length;
    if (values > r->room) {
        float *grown = realloc(r->pixels, values * sizeof *grown);
        if (grown == NULL) return gt_fail(err, GT_NO_MEMORY, "out of memory for a picture");
        r->pixels = grown;
        r->room = values;
    }
    for (size_t i = 0; i < values; i++) r->pixels[i] = array->array.bytes[i];
    out->pixels = r->pixels;
    out->channels = 1;
    return GT_OK;
}

static gt_status read_row(reader *r, size_t row, gt_picture *out, gt_error *err) {
    gt_status status = read_pixels(r, row, out, err);
    if (status == GT_OK) status = picture_id(&r->now, row, r->id, err);
    if (status) {
        gt_blame(err, "%s", r->path);
        return status;
    }
    out->row = gt_dataset_row_default();
    out->row.label = class_of(r, &r->now, row);
    out->row.split =
        gt_batch_files_is_test(r->files, r->next_batch - 1) ? GT_SPLIT_TEST : GT_SPLIT_TRAIN;
    out->row.id = r->id;
    if (r->scheme->read_name != NULL) r->scheme->read_name(r->id, &out->row);
    return GT_OK;
}

gt_status gt_batches_next(void *self, gt_picture *out, bool *more, gt_error *err) {
    reader *r = self;
    for (;;) {
        while (r->now.pickle == NULL || r->row == r->now.count) {
            *more = r->next_batch < gt_batch_files_count(r->files);
            if (!*more) return GT_OK;
            gt_status status = load_batch(r, r->next_batch++, &r->now, err);
            if (status) return status;
            r->row = 0;
        }
        size_t row = r->row++;
        if (class_of(r, &r->now, row) < 0) continue;
        *more = true;
        *out = (gt_picture){0};
        return read_row(r, row, out, err);
    }
}
