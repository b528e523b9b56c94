/* npy_rows.c - blocks of rows from a file or from the stream of an archive. */
#include "npy_rows.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "file.h"

enum { BLOCK_BYTES = 4 << 20 };

struct gt_npy_rows {
    char *label; /* path, or path and member */
    gt_npy array;
    int fd;
    gt_archive *archive;  /* NULL: a file */
    uint8_t *whole;       /* all values of a member in Fortran order */
    uint64_t count, next; /* rows, and which comes */
    size_t row_bytes;
    uint8_t *block, *part; /* rows in a block; one column of it on the way */
    uint64_t first;
    size_t held, most;
};

void gt_npy_rows_close(gt_npy_rows *rows) {
    if (rows == NULL) return;
    if (rows->fd >= 0) close(rows->fd);
    free(rows->whole);
    free(rows->block);
    free(rows->part);
    free(rows->label);
    free(rows);
}

const gt_npy *gt_npy_rows_array(const gt_npy_rows *rows) {
    return &rows->array;
}

static gt_status no_memory(const gt_npy_rows *rows, gt_error *err) {
    return gt_fail(err, GT_NO_MEMORY, "%s: out of memory for its values", rows->label);
}

static gt_status allocate(gt_npy_rows *rows, gt_error *err) {
    const gt_npy *array = &rows->array;
    rows->count = array->rank > 0 ? array->dims[0] : 1;
    rows->row_bytes = (size_t)(array->items / rows->count) * array->item_size;
    uint64_t most = BLOCK_BYTES / rows->row_bytes;
    if (array->fortran) most *= 2; /* each column is a read of its own */
    rows->most = (size_t)(most < 1 ? 1 : most < rows->count ? most : rows->count);
    rows->block = malloc(rows->most * rows->row_bytes);
    rows->part = malloc(rows->most * array->item_size);
    return rows->block != NULL && rows->part != NULL ? GT_OK : no_memory(rows, err);
}

static gt_status parse(gt_npy_rows *rows, const uint8_t *start, size_t length, uint64_t total,
                       gt_error *err) {
    gt_status status = gt_npy_parse(start, length, total, &rows->array, err);
    if (status) gt_blame(err, "%s", rows->label);
    return status ? status : allocate(rows, err);
}

static gt_status create(char *label, gt_npy_rows **out, gt_error *err) {
    gt_npy_rows *rows = calloc(1, sizeof *rows);
    if (rows == NULL || label == NULL) {
        free(rows);
        free(label);
        return gt_fail(err, GT_NO_MEMORY, "out of memory for an array");
    }
    rows->label = label;
    rows->fd = -1;
    *out = rows;
    return GT_OK;
}

gt_status gt_npy_rows_open(const char *path, gt_npy_rows **out, gt_error *err) {
    gt_status status = GT_OK;
    uint8_t start[GT_NPY_START];
    uint64_t size = 0;
    gt_npy_rows *rows = NULL;
    GT_TRY(create(strdup(path), &rows, err));
    GT_TRY(gt_file_open(path, &rows->fd, &size, err));
    size_t length = size < sizeof start ? (size_t)size : sizeof start;
    GT_TRY(gt_file_read_at(rows->fd, path, 0, start, length, err));
    GT_TRY(parse(rows, start, length, size, err));
    *out = rows;
    rows = NULL;
done:
    gt_npy_rows_close(rows);
    return status;
}

/* Exactly `size` bytes of the member. */
static gt_status read_on(gt_npy_rows *rows, void *out, size_t size, gt_error *err) {
    size_t got;
    gt_status status = gt_archive_read_some(rows->archive, out, size, &got, err);
    if (status || got == size) return status;
    return gt_fail(err, GT_BAD_FORMAT, "%s: truncated: %zu bytes, expected %zu more",
                   rows->label, got, size - got);
}

/* The bytes before the values: their number stands in the first twelve. */
static gt_status read_start(gt_npy_rows *rows, uint8_t start[GT_NPY_START], size_t *length,
                            gt_error *err) {
    gt_status status = gt_archive_read_some(rows->archive, start, 12, length, err);
    if (status || *length < 12) return status;
    size_t header = 10 + (start[8] | (size_t)start[9] << 8);
    if (start[6] > 1) header += 2 + ((size_t)start[10] << 16 | (size_t)start[11] << 24);
    if (header > GT_NPY_START || header <= 12) return GT_OK; /* refused on reading it */
    size_t more;
    status = gt_archive_read_some(rows->archive, start + 12, header - 12, &more, err);
    *length += more;
    return status;
}

gt_status gt_npy_rows_open_member(gt_archive *archive, const char *path, const char *name,
                                  gt_npy_rows **out, gt_error *err) {
    gt_status status = GT_OK;
    uint8_t start[GT_NPY_START];
    size_t length;
    char *label = NULL;
    gt_npy_rows *rows = NULL;
    if (asprintf(&label, "%s: %s", path, name) < 0) label = NULL;
    GT_TRY(create(label, &rows, err));
    rows->archive = archive;
    uint64_t size = gt_archive_size(archive);
    GT_TRY(read_start(rows, start, &length, err));
    GT_TRY(parse(rows, start, length, size, err));
    if (rows->array.fortran) {
        size_t bytes = (size_t)(size - rows->array.offset);
        rows->whole = malloc(bytes);
        if (rows->whole == NULL) GT_TRY(no_memory(rows, err));
        GT_TRY(read_on(rows, rows->whole, bytes, err));
    }
    *out = rows;
    rows = NULL;
done:
    gt_npy_rows_close(rows);
    return status;
}

/* Rows first .. first+held-1 where the first index runs fastest: one stretch of the file for
 * each value of a row. */
static gt_status gather(gt_npy_rows *rows, gt_error *err) {
    size_t item = rows->array.item_size, items = rows->row_bytes / item;
    for (size_t i = 0; i < items; i++) {
        uint64_t at = (i * rows->count + rows->first) * item;
        const uint8_t *from = rows->part;
        if (rows->whole != NULL) {
            from = rows->whole + at;
        } else {
            gt_status status = gt_file_read_at(rows->fd, rows->label, rows->array.offset + at,
                                               rows->part, rows->held * item, err);
            if (status) return status;
        }
        uint8_t *to = rows->block + i * item;
        for (size_t row = 0; row < rows->held; row++, to += rows->row_bytes, from += item)
            memcpy(to, from, item);
    }
    return GT_OK;
}

static gt_status load_block(gt_npy_rows *rows, gt_error *err) {
    uint64_t left = rows->count - rows->next;
    rows->first = rows->next;
    rows->held = left < rows->most ? (size_t)left : rows->most;
    size_t bytes = rows->held * rows->row_bytes;
    if (rows->array.fortran) return gather(rows, err);
    if (rows->archive != NULL) return read_on(rows, rows->block, bytes, err);
    return gt_file_read_at(rows->fd, rows->label,
                           rows->array.offset + rows->first * rows->row_bytes, rows->block,
                           bytes, err);
}

gt_status gt_npy_rows_next(gt_npy_rows *rows, const void **out, gt_error *err) {
    if (rows->next == rows->first + rows->held) {
        rows->held = 0;
        gt_status status = load_block(rows, err);
        if (status) return status;
    }
    *out = rows->block + (rows->next++ - rows->first) * rows->row_bytes;
    return GT_OK;
}
