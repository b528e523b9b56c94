/* safetensors_write.c - collects arrays and metadata, then writes them in one sweep.
 *
 * Checksums stand before the data they describe. So the header is written twice: first with
 * sums of zero, which take the same room, and again when all bytes have gone by. */
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hash.h"
#include "outfile.h"
#include "safetensors_internal.h"
#include "text.h"

enum { PIECE = 1 << 16 };

typedef struct entry {
    gt_st_tensor tensor;
    const void *data; /* or a source */
    gt_st_source source;
    void *context;
    uint64_t sum;
} entry;

struct gt_safetensors_writer {
    entry *entries;
    size_t count, room;
    gt_st_map metadata;
    size_t metadata_room;
    uint64_t header_sum;
};

static gt_status no_memory(gt_error *err) {
    return gt_fail(err, GT_NO_MEMORY, "no memory to write a safetensors file");
}

gt_status gt_safetensors_writer_create(gt_safetensors_writer **out, gt_error *err) {
    gt_safetensors_writer *writer = calloc(1, sizeof *writer);
    if (!writer) return no_memory(err);
    *out = writer;
    return GT_OK;
}

void gt_safetensors_writer_destroy(gt_safetensors_writer *writer) {
    if (!writer) return;
    for (size_t i = 0; i < writer->count; i++)
        free((char *)(uintptr_t)writer->entries[i].tensor.name);
    for (size_t i = 0; i < writer->metadata.count; i++) {
        free(writer->metadata.pairs[i].key);
        free(writer->metadata.pairs[i].value);
    }
    free(writer->entries);
    free(writer->metadata.pairs);
    free(writer);
}

static gt_status check_text(const char *text, gt_error *err) {
    for (const char *at = text; *at;) {
        size_t length = gt_utf8_length(at);
        if (!length) return gt_fail(err, GT_BAD_ARGUMENT, "'%.80s' is not UTF-8", text);
        at += length;
    }
    return GT_OK;
}

static gt_status grow(void **items, size_t count, size_t *room, size_t size, gt_error *err) {
    if (count < *room) return GT_OK;
    size_t wanted = *room ? 2 * *room : 16;
    void *larger = realloc(*items, wanted * size);
    if (!larger) return no_memory(err);
    *items = larger;
    *room = wanted;
    return GT_OK;
}

gt_status gt_safetensors_writer_metadata(gt_safetensors_writer *writer, const char *key,
                                         const char *value, gt_error *err) {
    gt_status status = GT_OK;
    gt_st_map *map = &writer->metadata;
    gt_st_pair pair = {0};
    GT_TRY(check_text(key, err));
    GT_TRY(check_text(value, err));
    bool known = strcmp(key, GT_ST_CHECKSUM) == 0;
    for (size_t i = 0; i < map->count; i++) known |= strcmp(map->pairs[i].key, key) == 0;
    if (known) GT_THROW(err, GT_BAD_ARGUMENT, "metadata key '%.80s' is taken", key);
    GT_TRY(grow((void **)&map->pairs, map->count, &writer->metadata_room, sizeof pair, err));
    pair.key = strdup(key);
    pair.value = strdup(value);
    if (!pair.key || !pair.value) GT_TRY(no_memory(err));
    map->pairs[map->count++] = pair;
    pair = (gt_st_pair){0};
done:
    free(pair.key);
    free(pair.value);
    return status;
}

static gt_status add(gt_safetensors_writer *writer, const char *name, entry new_entry,
                     const int64_t *shape, gt_error *err) {
    gt_status status = GT_OK;
    gt_st_tensor *tensor = &new_entry.tensor;
    size_t size = gt_st_dtype_size(tensor->dtype);
    GT_TRY(check_text(name, err));
    if (strcmp(name, GT_ST_METADATA) == 0 || strcmp(name, GT_ST_HEADER_SUM) == 0)
        GT_THROW(err, GT_BAD_ARGUMENT, "a tensor cannot be called %s", name);
    if (!size || tensor->rank < 0 || tensor->rank > GT_ST_MAX_RANK)
        GT_THROW(err, GT_BAD_ARGUMENT,
                 "tensor '%.80s': rank %d, expected 0 to %d, or a wrong type", name,
                 tensor->rank, GT_ST_MAX_RANK);
    if (tensor->rank) memcpy(tensor->shape, shape, (size_t)tensor->rank * sizeof *shape);
    if (gt_st_count_elements(tensor->rank, tensor->shape, &tensor->elements) ||
        __builtin_mul_overflow(tensor->elements, (uint64_t)size, &tensor->bytes) ||
        tensor->bytes > INT64_MAX)
        GT_THROW(err, GT_BAD_SHAPE, "tensor '%.80s': a size is negative or all are too large",
                 name);
    GT_TRY(
        grow((void **)&writer->entries, writer->count, &writer->room, sizeof new_entry, err));
    tensor->name = strdup(name);
    if (!tensor->name) GT_TRY(no_memory(err));
    writer->entries[writer->count++] = new_entry;
done:
    return status;
}

gt_status gt_safetensors_writer_add(gt_safetensors_writer *writer, const char *name,
                                    gt_st_dtype dtype, int rank, const int64_t *shape,
                                    const void *data, gt_error *err) {
    entry lent = {.tensor = {.dtype = dtype, .rank = rank}, .data = data};
    return add(writer, name, lent, shape, err);
}

gt_status gt_safetensors_writer_stream(gt_safetensors_writer *writer, const char *name,
                                       gt_st_dtype dtype, int rank, const int64_t *shape,
                                       gt_st_source source, void *context, gt_error *err) {
    entry asked = {
        .tensor = {.dtype = dtype, .rank = rank}, .source = source, .context = context};
    return add(writer, name, asked, shape, err);
}

static int by_alignment(const void *a, const void *b) {
    const entry *x = a, *y = b;
    if (x->tensor.dtype != y->tensor.dtype) return x->tensor.dtype > y->tensor.dtype ? -1 : 1;
    return strcmp(x->tensor.name, y->tensor.name);
}

static int by_name(const void *a, const void *b) {
    const gt_st_tensor *const *x = a, *const *y = b;
    return strcmp((*x)->name, (*y)->name);
}

/* Gives every array its place and looks for names that occur twice; makes the header's sum. */
static gt_status arrange(gt_safetensors_writer *writer, gt_error *err) {
    gt_status status = GT_OK;
    uint64_t offset = 0;
    const gt_st_tensor **names = malloc((writer->count + 1) * sizeof *names);
    if (!names) GT_TRY(no_memory(err));
    if (writer->count) qsort(writer->entries, writer->count, sizeof(entry), by_alignment);
    for (size_t i = 0; i < writer->count; i++) {
        gt_st_tensor *tensor = &writer->entries[i].tensor;
        tensor->offset = offset;
        if (__builtin_add_overflow(offset, tensor->bytes, &offset) || offset > INT64_MAX)
            GT_THROW(err, GT_BAD_SHAPE, "tensors of more than 2^63 bytes");
        names[i] = tensor;
    }
    if (writer->count) qsort(names, writer->count, sizeof *names, by_name);
    for (size_t i = 1; i < writer->count; i++)
        if (strcmp(names[i - 1]->name, names[i]->name) == 0)
            GT_THROW(err, GT_BAD_ARGUMENT, "tensor '%.80s' was added twice", names[i]->name);
    GT_TRY(
        gt_st_hash_header(names, writer->count, &writer->metadata, &writer->header_sum, err));
done:
    free(names);
    return status;
}

static void print_member(FILE *stream, bool *first, const char *key) {
    fputs(*first ? "" : ",", stream);
    *first = false;
    gt_json_string(stream, key);
    fputc(':', stream);
}

static void print_sum(FILE *stream, bool *first, const char *name, uint64_t sum) {
    char text[GT_HASH_TEXT];
    print_member(stream, first, name);
    gt_json_string(stream, gt_hash_to_text(sum, text));
}

/* {"__header__":"sum","name":"sum",...}; the caller frees it. NULL when out of memory. */
static char *sums_text(const gt_safetensors_writer *writer) {
    char *text = NULL;
    size_t size;
    bool first = true;
    FILE *stream = open_memstream(&text, &size);
    if (!stream) return NULL;
    fputc('{', stream);
    print_sum(stream, &first, GT_ST_HEADER_SUM, writer->header_sum);
    for (size_t i = 0; i < writer->count; i++)
        print_sum(stream, &first, writer->entries[i].tensor.name, writer->entries[i].sum);
    fputc('}', stream);
    if (fclose(stream) == 0) return text;
    free(text);
    return NULL;
}

static void print_metadata(FILE *stream, const gt_safetensors_writer *writer,
                           const char *sums) {
    bool first = true;
    fputs("\"" GT_ST_METADATA "\":{", stream);
    for (size_t i = 0; i < writer->metadata.count; i++) {
        print_member(stream, &first, writer->metadata.pairs[i].key);
        gt_json_string(stream, writer->metadata.pairs[i].value);
    }
    if (sums) {
        print_member(stream, &first, GT_ST_CHECKSUM);
        gt_json_string(stream, sums);
    }
    fputc('}', stream);
}

static void print_tensor(FILE *stream, const gt_st_tensor *tensor) {
    fprintf(stream, "{\"dtype\":\"%s\",\"shape\":[", gt_st_dtype_name(tensor->dtype));
    for (int i = 0; i < tensor->rank; i++)
        fprintf(stream, "%s%" PRId64, i ? "," : "", tensor->shape[i]);
    fprintf(stream, "],\"data_offsets\":[%" PRIu64 ",%" PRIu64 "]}", tensor->offset,
            tensor->offset + tensor->bytes);
}

/* The whole header, with its length before it and blanks up to a multiple of 8 behind. */
static void print_header(FILE *stream, const gt_safetensors_writer *writer, const char *sums) {
    bool first = true;
    fwrite("\0\0\0\0\0\0\0\0", 1, 8, stream);
    fputc('{', stream);
    if (writer->metadata.count || sums) {
        print_metadata(stream, writer, sums);
        first = false;
    }
    for (size_t i = 0; i < writer->count; i++) {
        print_member(stream, &first, writer->entries[i].tensor.name);
        print_tensor(stream, &writer->entries[i].tensor);
    }
    fputc('}', stream);
    while (ftell(stream) % 8) fputc(' ', stream);
}

static gt_status write_header(const gt_safetensors_writer *writer, gt_outfile *file,
                              bool checksums, size_t *size, gt_error *err) {
    gt_status status = GT_OK;
    char *text = NULL, *sums = checksums ? sums_text(writer) : NULL;
    FILE *stream = open_memstream(&text, size);
    if (!stream || (checksums && !sums)) GT_TRY(no_memory(err));
    print_header(stream, writer, sums);
    int failed = fclose(stream);
    stream = NULL;
    if (failed) GT_TRY(no_memory(err));
    uint64_t length = *size - 8;
    if (length > GT_ST_MAX_HEADER)
        GT_THROW(err, GT_BAD_ARGUMENT, "a header of %" PRIu64 " bytes, readers take at most %d",
                 length, GT_ST_MAX_HEADER);
    memcpy(text, &length, sizeof length);
    GT_TRY(gt_outfile_pwrite(file, 0, text, *size, err));
done:
    if (stream) fclose(stream);
    free(text);
    free(sums);
    return status;
}

static gt_status write_entry(entry *item, gt_outfile *file, uint64_t data, bool checksums,
                             gt_error *err) {
    gt_status status = GT_OK;
    unsigned char piece[PIECE];
    gt_hash sum;
    gt_hash_begin(&sum);
    uint64_t bytes = item->tensor.bytes, start = data + item->tensor.offset;
    for (uint64_t at = 0; at < bytes; at += PIECE) {
        size_t take = bytes - at < PIECE ? (size_t)(bytes - at) : PIECE;
        const void *from = item->source ? piece : (const unsigned char *)item->data + at;
        if (item->source && (status = item->source(item->context, at, piece, take, err))) {
            gt_blame(err, "tensor '%.80s'", item->tensor.name);
            goto done;
        }
        if (checksums) gt_hash_add(&sum, from, take);
        GT_TRY(gt_outfile_pwrite(file, start + at, from, take, err));
    }
    item->sum = gt_hash_end(&sum);
done:
    return status;
}

gt_status gt_safetensors_writer_save(gt_safetensors_writer *writer, const char *path,
                                     int checksums, gt_error *err) {
    gt_status status = arrange(writer, err);
    gt_outfile *file = NULL;
    size_t data = 0;
    if (status) {
        gt_blame(err, "writing %s", path);
        goto done;
    }
    GT_TRY(gt_outfile_open(path, &file, err));
    GT_TRY(write_header(writer, file, checksums, &data, err));
    for (size_t i = 0; i < writer->count; i++)
        GT_TRY(write_entry(&writer->entries[i], file, data, checksums, err));
    if (checksums) GT_TRY(write_header(writer, file, true, &data, err));
    GT_TRY(gt_outfile_commit(file, err));
done:
    gt_outfile_discard(file);
    return status;
}
