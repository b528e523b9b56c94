/* safetensors.c - opening a file: the header against the bytes that are really there, and
 * looking things up in it. */
#include "galatea/safetensors.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "file.h"
#include "hash.h"
#include "safetensors_internal.h"

enum { LENGTH_BYTES = 8 };

const char *gt_st_shape_text(int rank, const int64_t *shape, char text[GT_ST_SHAPE_TEXT]) {
    int used = snprintf(text, GT_ST_SHAPE_TEXT, rank == 0 ? "scalar" : "");
    for (int i = 0; i < rank && i < GT_ST_MAX_RANK; i++)
        used += snprintf(text + used, (size_t)(GT_ST_SHAPE_TEXT - used), "%s%" PRId64,
                         i ? "x" : "", shape[i]);
    return text;
}

int gt_st_count_elements(int rank, const int64_t *shape, uint64_t *elements) {
    uint64_t product = 1;
    int empty = 0;
    for (int i = 0; i < rank; i++) {
        if (shape[i] < 0) return -1;
        if (shape[i] == 0)
            empty = 1;
        else if (__builtin_mul_overflow(product, (uint64_t)shape[i], &product))
            return -1;
    }
    *elements = empty ? 0 : product;
    return 0;
}

gt_status gt_st_read_bytes(const gt_safetensors *file, uint64_t offset, void *out, size_t size,
                           gt_error *err) {
    if (!file->bytes)
        return gt_file_read_at(file->descriptor, file->path, offset, out, size, err);
    if (offset > file->size || size > file->size - offset)
        return gt_fail(err, GT_BAD_FORMAT,
                       "%s: expected %zu bytes at offset %" PRIu64 ", there are %" PRIu64
                       " in all",
                       file->path, size, offset, file->size);
    if (size) memcpy(out, file->bytes + offset, size);
    return GT_OK;
}

/* What torch.save writes: a zip archive, or a pickle as it was before. */
static bool is_pickled(const unsigned char bytes[LENGTH_BYTES]) {
    return memcmp(bytes, "PK\3\4", 4) == 0 || (bytes[0] == 0x80 && bytes[1] <= 5);
}

/* Loads the header's text behind its length, the one size that has to be believed early. */
static gt_status load_header(gt_safetensors *file, uint64_t *length, gt_error *err) {
    unsigned char bytes[LENGTH_BYTES];
    if (file->size < LENGTH_BYTES)
        return gt_fail(err, GT_BAD_FORMAT,
                       "%s has %" PRIu64 " bytes, expected at least %d of a safetensors file",
                       file->path, file->size, LENGTH_BYTES);
    gt_status status = gt_st_read_bytes(file, 0, bytes, LENGTH_BYTES, err);
    if (status) return status;
    *length = 0;
    for (int i = LENGTH_BYTES; i-- > 0;) *length = *length << 8 | bytes[i];
    if (*length > GT_ST_MAX_HEADER && is_pickled(bytes))
        return gt_fail(err, GT_BAD_FORMAT,
                       "%s: a pickle or zip archive, as torch.save writes, which is not read: "
                       "it may run code; in Python: safetensors.torch.save_file(state_dict, "
                       "'weights.safetensors')",
                       file->path);
    if (*length > GT_ST_MAX_HEADER)
        return gt_fail(err, GT_BAD_FORMAT,
                       "%s: a header of %" PRIu64 " bytes, expected at most %d (is this a "
                       "safetensors file?)",
                       file->path, *length, GT_ST_MAX_HEADER);
    if (*length > file->size - LENGTH_BYTES)
        return gt_fail(err, GT_BAD_FORMAT,
                       "%s: a header of %" PRIu64 " bytes, the file has %" PRIu64 " left",
                       file->path, *length, file->size - LENGTH_BYTES);
    file->text = malloc((size_t)*length + 1);
    if (!file->text)
        return gt_fail(err, GT_NO_MEMORY, "%s: no memory for its header", file->path);
    file->text[*length] = '\0';
    return gt_st_read_bytes(file, LENGTH_BYTES, file->text, (size_t)*length, err);
}

static gt_status check_span(const gt_safetensors *file, gt_st_tensor *tensor, gt_error *err) {
    char text[GT_ST_SHAPE_TEXT];
    uint64_t bytes;
    size_t size = gt_st_dtype_size(tensor->dtype);
    gt_st_shape_text(tensor->rank, tensor->shape, text);
    if (gt_st_count_elements(tensor->rank, tensor->shape, &tensor->elements) ||
        __builtin_mul_overflow(tensor->elements, (uint64_t)size, &bytes))
        return gt_fail(err, GT_BAD_FORMAT, "%s: tensor '%.80s': shape %s is too large",
                       file->path, tensor->name, text);
    if (bytes != tensor->bytes)
        return gt_fail(err, GT_BAD_FORMAT,
                       "%s: tensor '%.80s': %s of shape %s takes %" PRIu64
                       " bytes, its offsets span %" PRIu64,
                       file->path, tensor->name, gt_st_dtype_name(tensor->dtype), text, bytes,
                       tensor->bytes);
    return GT_OK;
}

static int by_offset(const void *a, const void *b) {
    const gt_st_tensor *x = a, *y = b;
    if (x->offset != y->offset) return x->offset < y->offset ? -1 : 1;
    if (x->bytes != y->bytes) return x->bytes < y->bytes ? -1 : 1;
    return strcmp(x->name, y->name);
}

/* Sorted by offset, each as long as its shape says. */
static gt_status check_spans(gt_safetensors *file, gt_error *err) {
    gt_st_header *header = &file->header;
    gt_status status = GT_OK;
    if (header->count)
        qsort(header->tensors, header->count, sizeof *header->tensors, by_offset);
    for (size_t i = 0; i < header->count && !status; i++)
        status = check_span(file, &header->tensors[i], err);
    return status;
}

/* The arrays must fill the data from its first byte to the end of the file. */
static gt_status check_layout(gt_safetensors *file, uint64_t data, gt_error *err) {
    gt_st_header *header = &file->header;
    uint64_t present = file->size - data, next = 0;
    gt_status status = check_spans(file, err);
    if (status) return status;
    for (size_t i = 0; i < header->count; i++) {
        gt_st_tensor *tensor = &header->tensors[i];
        if (tensor->offset != next)
            return gt_fail(err, GT_BAD_FORMAT,
                           "%s: tensor '%.80s' begins at data byte %" PRIu64
                           ", the one before ends at %" PRIu64 " (%s)",
                           file->path, tensor->name, tensor->offset, next,
                           tensor->offset < next ? "overlap" : "hole");
        next += tensor->bytes; /* both were below 2^63 */
        tensor->offset += data;
    }
    if (next != present)
        return gt_fail(err, GT_BAD_FORMAT,
                       "%s: the header promises %" PRIu64
                       " bytes of data, the file has %" PRIu64,
                       file->path, next, present);
    return GT_OK;
}

static int by_name(const void *a, const void *b) {
    const gt_st_tensor *const *x = a, *const *y = b;
    return strcmp((*x)->name, (*y)->name);
}

static gt_status index_names(gt_safetensors *file, gt_error *err) {
    size_t count = file->header.count;
    file->by_name = malloc((count + 1) * sizeof *file->by_name);
    if (!file->by_name)
        return gt_fail(err, GT_NO_MEMORY, "%s: no memory for its header", file->path);
    for (size_t i = 0; i < count; i++) file->by_name[i] = &file->header.tensors[i];
    qsort(file->by_name, count, sizeof *file->by_name, by_name);
    for (size_t i = 1; i < count; i++)
        if (strcmp(file->by_name[i - 1]->name, file->by_name[i]->name) == 0)
            return gt_fail(err, GT_BAD_FORMAT, "%s: tensor '%.80s' stands there twice",
                           file->path, file->by_name[i]->name);
    return GT_OK;
}

static gt_status open_common(gt_safetensors *file, gt_error *err) {
    gt_status status = GT_OK;
    uint64_t length = 0;
    GT_TRY(load_header(file, &length, err));
    GT_TRY(gt_st_parse_header(file->text, (size_t)length, file->path, &file->header, err));
    GT_TRY(check_layout(file, LENGTH_BYTES + length, err));
    GT_TRY(index_names(file, err));
done:
    return status;
}

static gt_status create(const char *path, gt_safetensors **out, gt_error *err) {
    gt_safetensors *file = calloc(1, sizeof *file);
    if (file) file->path = strdup(path);
    if (!file || !file->path) {
        free(file);
        return gt_fail(err, GT_NO_MEMORY, "%s: no memory to read it", path);
    }
    file->descriptor = -1;
    *out = file;
    return GT_OK;
}

gt_status gt_safetensors_open(const char *path, gt_safetensors **out, gt_error *err) {
    gt_status status = GT_OK;
    gt_safetensors *file = NULL;
    GT_TRY(create(path, &file, err));
    GT_TRY(gt_file_open(path, &file->descriptor, &file->size, err));
    GT_TRY(open_common(file, err));
    *out = file;
    file = NULL;
done:
    gt_safetensors_close(file);
    return status;
}

/* The arrays of a file that is not of them alone. */
static gt_status check_bounds(gt_safetensors *file, gt_error *err) {
    gt_status status = check_spans(file, err);
    if (status) return status;
    for (size_t i = 0; i < file->header.count; i++) {
        const gt_st_tensor *tensor = &file->header.tensors[i];
        if (tensor->offset > file->size || tensor->bytes > file->size - tensor->offset)
            return gt_fail(err, GT_BAD_FORMAT, "%s: tensor '%.80s' reaches beyond the file",
                           file->path, tensor->name);
    }
    return GT_OK;
}

/* Each axis once. */
static gt_status check_orders(const gt_safetensors *file, gt_error *err) {
    for (size_t i = 0; i < file->orders.count; i++) {
        const char *name = file->orders.pairs[i].key, *order = file->orders.pairs[i].value;
        const gt_st_tensor *tensor = gt_safetensors_find(file, name);
        bool is_one = tensor && strlen(order) == (size_t)tensor->rank;
        for (int axis = 0; is_one && axis < tensor->rank; axis++)
            is_one = strchr(order, '0' + axis) != NULL;
        if (!is_one)
            return gt_fail(err, GT_BAD_FORMAT, "%s: tensor '%.80s': no axes '%.20s'",
                           file->path, name, order);
    }
    return GT_OK;
}

gt_status gt_st_open_described(const char *path, const char *text, gt_safetensors **out,
                               gt_error *err) {
    gt_status status = GT_OK;
    gt_safetensors *file = NULL;
    GT_TRY(create(path, &file, err));
    GT_TRY(gt_file_open(path, &file->descriptor, &file->size, err));
    file->text = strdup(text);
    if (!file->text) GT_THROW(err, GT_NO_MEMORY, "%s: no memory for its header", path);
    GT_TRY(gt_st_parse_header(file->text, strlen(text), path, &file->header, err));
    file->orders = file->header.metadata;
    file->header.metadata = (gt_st_map){0};
    GT_TRY(check_bounds(file, err));
    GT_TRY(index_names(file, err));
    GT_TRY(check_orders(file, err));
    *out = file;
    file = NULL;
done:
    gt_safetensors_close(file);
    return status;
}

gt_status gt_safetensors_open_memory(const void *bytes, size_t size, const char *name,
                                     gt_safetensors **out, gt_error *err) {
    gt_status status = GT_OK;
    gt_safetensors *file = NULL;
    GT_TRY(create(name, &file, err));
    file->bytes = size ? bytes : (const unsigned char *)"";
    file->size = size;
    GT_TRY(open_common(file, err));
    *out = file;
    file = NULL;
done:
    gt_safetensors_close(file);
    return status;
}

void gt_safetensors_close(gt_safetensors *file) {
    if (!file) return;
    if (file->descriptor >= 0) close(file->descriptor);
    free(file->by_name);
    free(file->header.tensors);
    free(file->header.metadata.pairs);
    free(file->orders.pairs);
    free(file->text);
    free(file->path);
    free(file);
}

const char *gt_safetensors_path(const gt_safetensors *file) {
    return file->path;
}

size_t gt_safetensors_count(const gt_safetensors *file) {
    return file->header.count;
}

const gt_st_tensor *gt_safetensors_at(const gt_safetensors *file, size_t index) {
    return index < file->header.count ? &file->header.tensors[index] : NULL;
}

const gt_st_tensor *gt_safetensors_find(const gt_safetensors *file, const char *name) {
    const gt_st_tensor wanted = {.name = name}, *key = &wanted, **found;
    found = bsearch(&key, file->by_name, file->header.count, sizeof *file->by_name, by_name);
    return found ? *found : NULL;
}

gt_status gt_safetensors_get(const gt_safetensors *file, const char *name,
                             const gt_st_tensor **out, gt_error *err) {
    const gt_st_tensor *found = gt_safetensors_find(file, name);
    if (!found)
        return gt_fail(err, GT_NOT_FOUND, "%s holds no tensor '%.80s'", file->path, name);
    *out = found;
    return GT_OK;
}

gt_status gt_safetensors_require(const gt_safetensors *file, const char *name, int rank,
                                 const int64_t *shape, const gt_st_tensor **out,
                                 gt_error *err) {
    char have[GT_ST_SHAPE_TEXT], want[GT_ST_SHAPE_TEXT];
    const gt_st_tensor *found = NULL;
    gt_status status = gt_safetensors_get(file, name, &found, err);
    if (status) return status;
    if (found->rank != rank ||
        (rank && memcmp(found->shape, shape, (size_t)rank * sizeof *shape) != 0))
        return gt_fail(err, GT_BAD_SHAPE, "%s: tensor '%.80s' has shape %s, expected %s",
                       file->path, name, gt_st_shape_text(found->rank, found->shape, have),
                       gt_st_shape_text(rank, shape, want));
    *out = found;
    return GT_OK;
}

const char *gt_safetensors_metadata(const gt_safetensors *file, const char *key) {
    const gt_st_map *map = &file->header.metadata;
    for (size_t i = 0; i < map->count; i++)
        if (strcmp(map->pairs[i].key, key) == 0) return map->pairs[i].value;
    return NULL;
}

size_t gt_safetensors_metadata_count(const gt_safetensors *file) {
    return file->header.metadata.count;
}

const char *gt_safetensors_metadata_at(const gt_safetensors *file, size_t index,
                                       const char **key) {
    const gt_st_map *map = &file->header.metadata;
    if (index >= map->count) return NULL;
    *key = map->pairs[index].key;
    return map->pairs[index].value;
}
