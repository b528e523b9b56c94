/* fits_tiles.c - the table of tiles, and the one reader that CFITSIO does for us. */
#include "fits_tiles.h"

#include <fitsio.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    MOST_COLUMNS = 999,
    MOST_ROW = 1 << 14, /* bytes */
    BLOCK = 1 << 16,
    MOST_RATIO = 1000,
    MOST_IN_TILE = 1 << 26,
    PART = 4096,
    MOST_AXES = 9,
    MOST_AT_ONCE = 3 /* axes of images that CFITSIO reads value after value */
};

struct gt_fits_tiles {
    fitsfile *fits;
    void *copy; /* of a file that CFITSIO cannot read itself; else NULL */
    size_t copied;
    int bits, axes;
    LONGLONG sides[MOST_AXES];
    double part[PART];
};

/* ---- the table of tiles ---- */

/* Of its columns with pieces of any length: bytes of one value (of X: bits), and of a pointer.
 */
typedef struct tile_column {
    size_t offset, width, pointer;
} tile_column;

/* Column `number`; *used grows by its bytes in a row. */
static gt_status read_column(const gt_fits_cards *cards, size_t number, size_t *used,
                             tile_column *out, gt_error *err) {
    gt_fits_value form;
    size_t repeat = 0, digits = 0;
    if (!gt_fits_find_number(cards, "TFORM", number, &form))
        return gt_fail(err, GT_BAD_FORMAT, "no TFORM%zu in its header", number);
    const char *text = form.text;
    for (; text[digits] >= '0' && text[digits] <= '9' && digits < 9; digits++)
        repeat = 10 * repeat + (size_t)(text[digits] - '0');
    if (digits == 0) repeat = 1;
    char type = text[digits];
    bool is_list = type == 'P' || type == 'Q';
    size_t width = type == 'X' ? 1 : gt_fits_type_width(type);
    size_t inner =
        is_list ? text[digits + 1] == 'X' ? 1 : gt_fits_type_width(text[digits + 1]) : width;
    if (width == 0 || inner == 0 || (is_list && repeat > 1))
        return gt_fail(err, GT_BAD_FORMAT, "TFORM%zu is '%s', expected the type of a column",
                       number, text);
    *out = (tile_column){*used, inner, is_list && repeat == 1 ? width : 0};
    *used += type == 'X' ? (repeat + 7) / 8 : repeat * width;
    return GT_OK;
}

/* Whether what a pointer of a row tells, a length and a place, lies in the heap of so many
 * bytes. */
static bool is_inside(const tile_column *c, const unsigned char *row, uint64_t heap) {
    size_t half = c->pointer / 2;
    uint64_t length = gt_fits_bits(row + c->offset, half);
    uint64_t place = gt_fits_bits(row + c->offset + half, half), bytes;
    return !__builtin_mul_overflow(length, (uint64_t)c->width, &bytes) && bytes <= heap &&
           place <= heap - bytes;
}

/* Rows of `size` bytes in a block that is read at once. */
static gt_status check_rows(const gt_fits_tiled *t, const tile_column *columns, size_t count,
                            uint64_t rows, size_t size, uint64_t heap, gt_error *err) {
    gt_status status = GT_OK;
    const size_t most = BLOCK / size;
    unsigned char *bytes = malloc(BLOCK);
    if (bytes == NULL) GT_THROW(err, GT_NO_MEMORY, "out of memory for tiles");
    for (uint64_t i = 0; i < rows; i++) {
        const unsigned char *row = bytes + i % most * size;
        uint64_t left = rows - i;
        if (i % most == 0)
            GT_TRY(gt_fits_file_read(t->file, t->unit.data_at + i * size, bytes,
                                     (left < most ? (size_t)left : most) * size, err));
        for (size_t c = 0; c < count; c++)
            if (columns[c].pointer > 0 && !is_inside(&columns[c], row, heap))
                GT_THROW(err, GT_BAD_FORMAT,
                         "tile %" PRIu64 " lies outside the %" PRIu64 " bytes of its heap", i,
                         heap);
    }
done:
    free(bytes);
    return status;
}

/* What remains of the data behind the table and a gap. */
static gt_status find_heap(const gt_fits_tiled *t, uint64_t table, uint64_t *heap,
                           gt_error *err) {
    int64_t begin = (int64_t)table;
    gt_fits_value value;
    if (gt_fits_find(&t->unit.cards, "THEAP", &value)) {
        gt_status status = gt_fits_whole(&t->unit.cards, "THEAP", 0, (int64_t)table,
                                         (int64_t)t->unit.data_bytes, &begin, err);
        if (status) return status;
    }
    *heap = t->unit.data_bytes - (uint64_t)begin;
    return GT_OK;
}

/* A tile is a row of the image unless ZTILE1, ZTILE2 ... say otherwise; each is a row of the
 * table. */
static gt_status count_tiles(const gt_fits_cards *cards, uint64_t *tiles, gt_error *err) {
    gt_status status = GT_OK;
    int64_t axes, side, tile;
    uint64_t values = 1;
    gt_fits_value value;
    *tiles = 1;
    GT_TRY(gt_fits_whole(cards, "ZNAXIS", 0, 1, GT_FITS_MOST_AXES, &axes, err));
    for (size_t i = 1; i <= (size_t)axes; i++) {
        GT_TRY(gt_fits_whole(cards, "ZNAXIS", i, 1, INT32_MAX, &side, err));
        tile = i == 1 ? side : 1;
        if (gt_fits_find_number(cards, "ZTILE", i, &value))
            GT_TRY(gt_fits_whole(cards, "ZTILE", i, 1, INT32_MAX, &tile, err));
        if (tile > side) tile = side;
        if (__builtin_mul_overflow(values, (uint64_t)tile, &values) || values > MOST_IN_TILE)
            GT_THROW(err, GT_UNSUPPORTED, "tiles of more than %d values", MOST_IN_TILE);
        if (__builtin_mul_overflow(*tiles, (uint64_t)((side + tile - 1) / tile), tiles))
            GT_THROW(err, GT_BAD_FORMAT, "more than 2^64 tiles");
    }
done:
    return status;
}

gt_status gt_fits_tiles_check(const gt_fits_tiled *t, gt_error *err) {
    gt_status status = GT_OK;
    const gt_fits_cards *cards = &t->unit.cards;
    tile_column columns[MOST_COLUMNS];
    int64_t bits, axes, row, rows, fields;
    size_t used = 0;
    uint64_t heap, tiles;
    GT_TRY(gt_fits_whole(cards, "BITPIX", 0, 8, 8, &bits, err));
    GT_TRY(gt_fits_whole(cards, "NAXIS", 0, 2, 2, &axes, err));
    GT_TRY(gt_fits_whole(cards, "NAXIS", 1, 1, MOST_ROW, &row, err));
    GT_TRY(gt_fits_whole(cards, "NAXIS", 2, 1, INT32_MAX, &rows, err));
    GT_TRY(gt_fits_whole(cards, "TFIELDS", 0, 1, MOST_COLUMNS, &fields, err));
    for (size_t i = 0; i < (size_t)fields; i++)
        GT_TRY(read_column(cards, i + 1, &used, &columns[i], err));
    if (used != (size_t)row)
        GT_THROW(err, GT_BAD_FORMAT, "NAXIS1 is %" PRId64 ", its columns have %zu bytes", row,
                 used);
    GT_TRY(count_tiles(cards, &tiles, err));
    if (tiles != (uint64_t)rows)
        GT_THROW(err, GT_BAD_FORMAT, "NAXIS2 is %" PRId64 ", expected %" PRIu64 " tiles", rows,
                 tiles);
    if (t->values / MOST_RATIO > t->unit.data_bytes)
        GT_THROW(err, GT_UNSUPPORTED,
                 "%" PRIu64 " values in %" PRIu64 " bytes, expected at most %d in one",
                 t->values, t->unit.data_bytes, MOST_RATIO);
    if ((uint64_t)row * (uint64_t)rows > t->unit.data_bytes)
        GT_THROW(err, GT_BAD_FORMAT, "a table larger than its data");
    GT_TRY(find_heap(t, (uint64_t)row * (uint64_t)rows, &heap, err));
    GT_TRY(check_rows(t, columns, (size_t)fields, (uint64_t)rows, (size_t)row, heap, err));
done:
    return status;
}

/* ---- CFITSIO ---- */

static gt_status fits_failure(int code, gt_error *err) {
    char text[FLEN_STATUS];
    fits_get_errstatus(code, text);
    fits_clear_errmsg();
    return gt_fail(err, code == MEMORY_ALLOCATION ? GT_NO_MEMORY : GT_BAD_FORMAT,
                   "its tiles cannot be read: %s", text);
}

/* Relative names go behind "./": a "~" or blanks at their beginning would mean something. */
static gt_status open_file(const char *path, fitsfile **out, gt_error *err) {
    char name[FLEN_FILENAME];
    int code = 0;
    int length = snprintf(name, sizeof name, "%s%s", path[0] == '/' ? "" : "./", path);
    if (length >= (int)sizeof name)
        return gt_fail(err, GT_UNSUPPORTED, "a name of %d bytes, expected less than %d", length,
                       FLEN_FILENAME);
    fits_open_diskfile(out, name, READONLY, &code);
    return code ? fits_failure(code, err) : GT_OK;
}

/* CFITSIO reads whole blocks only, and of names: of a file that ends within one, or is in
 * memory, it gets a copy, up to the end of the unit. */
static bool needs_copy(const gt_fits_file *file) {
    return gt_fits_file_lacks_padding(file) || gt_fits_file_is_in_memory(file);
}

static gt_status open_copy(const gt_fits_tiled *image, gt_fits_tiles *t, gt_error *err) {
    gt_status status = GT_OK;
    int code = 0;
    size_t bytes = (size_t)(image->unit.data_at + image->unit.data_bytes);
    t->copied = (bytes + GT_FITS_BLOCK - 1) / GT_FITS_BLOCK * GT_FITS_BLOCK;
    t->copy = calloc(1, t->copied);
    if (t->copy == NULL) GT_THROW(err, GT_NO_MEMORY, "out of memory for %zu bytes", bytes);
    GT_TRY(gt_fits_file_read(image->file, 0, t->copy, bytes, err));
    fits_open_memfile(&t->fits, "copy", READONLY, &t->copy, &t->copied, 0, NULL, &code);
    if (code) GT_TRY(fits_failure(code, err));
done:
    return status;
}

static gt_status compare(gt_fits_tiles *tiles, const gt_fits_tiled *t, gt_error *err) {
    int code = 0, bits = 0;
    fits_movabs_hdu(tiles->fits, t->unit.number + 1, NULL, &code);
    fits_get_img_paramll(tiles->fits, MOST_AXES, &bits, &tiles->axes, tiles->sides, &code);
    if (code) return fits_failure(code, err);
    uint64_t values = tiles->axes > 0 && tiles->axes <= MOST_AXES;
    for (int i = 0; i < tiles->axes && i < MOST_AXES; i++)
        if (__builtin_mul_overflow(values, (uint64_t)tiles->sides[i], &values)) values = 0;
    if (bits == t->bits && values == t->values) return GT_OK;
    return gt_fail(err, GT_BAD_FORMAT,
                   "CFITSIO sees %" PRIu64 " values of BITPIX %d, expected %" PRIu64 " of %d",
                   values, bits, t->values, t->bits);
}

gt_status gt_fits_tiles_open(const gt_fits_tiled *image, gt_fits_tiles **out, gt_error *err) {
    gt_status status = GT_OK;
    gt_fits_tiles *t = calloc(1, sizeof *t);
    if (t == NULL) GT_THROW(err, GT_NO_MEMORY, "out of memory for tiles");
    t->bits = image->bits;
    GT_TRY(needs_copy(image->file) ? open_copy(image, t, err)
                                   : open_file(image->path, &t->fits, err));
    GT_TRY(compare(t, image, err));
    *out = t;
    t = NULL;
done:
    gt_fits_tiles_close(t);
    return status;
}

void gt_fits_tiles_close(gt_fits_tiles *tiles) {
    int code = 0;
    if (tiles == NULL) return;
    if (tiles->fits != NULL) fits_close_file(tiles->fits, &code);
    fits_clear_errmsg();
    free(tiles->copy);
    free(tiles);
}

/* Rows `row`.. of those that lie one behind the other, from x on: `width` values each. */
static int read_rows(gt_fits_tiles *t, int type, uint64_t row, size_t rows, size_t x,
                     size_t width, void *none, void *out) {
    long first[MOST_AXES], last[MOST_AXES], step[MOST_AXES];
    int code = 0, any = 0;
    for (int i = 1; i < t->axes; i++) {
        first[i] = last[i] = (long)(row % (uint64_t)t->sides[i]) + 1;
        row /= (uint64_t)t->sides[i];
        step[i] = 1;
    }
    first[0] = (long)x + 1, last[0] = (long)(x + width), step[0] = 1;
    last[1] += (long)rows - 1;
    fits_read_subset(t->fits, type, first, last, step, none, out, &any, &code);
    return code;
}

/* Values from `first` on, counted from 0, as TFLOAT or TDOUBLE. Of images of more axes CFITSIO
 * reads boxes alone: here whole rows of one plane, or a part of one row. */
static int read_values(gt_fits_tiles *t, int type, uint64_t first, size_t count, void *none,
                       void *out) {
    size_t width = (size_t)t->sides[0], size = type == TFLOAT ? sizeof(float) : sizeof(double);
    int code = 0, any = 0;
    if (t->axes <= MOST_AT_ONCE) {
        fits_read_img(t->fits, type, (LONGLONG)first + 1, (LONGLONG)count, none, out, &any,
                      &code);
        return code;
    }
    for (size_t done = 0; done < count && !code;) {
        uint64_t row = (first + done) / width,
                 left = (uint64_t)t->sides[1] - row % (uint64_t)t->sides[1];
        size_t x = (size_t)((first + done) % width), rows = (count - done) / width;
        bool is_part = x > 0 || rows == 0;
        size_t part = width - x < count - done ? width - x : count - done;
        if (is_part || rows > left) rows = is_part ? 1 : (size_t)left;
        code = read_rows(t, type, row, rows, x, is_part ? part : width, none,
                         (char *)out + done * size);
        done += is_part ? part : rows * width;
    }
    return code;
}

/* Numbers that may have more digits than a float are looked at as doubles. */
static int read_doubles(gt_fits_tiles *t, uint64_t first, size_t count, float *out,
                        gt_rounding *rounding) {
    double none = NAN;
    int code = 0;
    for (size_t at = 0; at < count && !code; at += PART) {
        size_t part = count - at < PART ? count - at : PART;
        code = read_values(t, TDOUBLE, first + at, part, &none, t->part);
        for (size_t i = 0; i < part && !code; i++) out[at + i] = (float)t->part[i];
        if (!code) gt_rounding_count(t->part, part, rounding);
    }
    return code;
}

gt_status gt_fits_tiles_read(gt_fits_tiles *t, uint64_t first, size_t count, float *out,
                             gt_rounding *rounding, gt_error *err) {
    float none = NAN;
    bool is_looked_at = rounding != NULL && (t->bits >= 32 || t->bits == -64);
    int code = is_looked_at ? read_doubles(t, first, count, out, rounding)
                            : read_values(t, TFLOAT, first, count, &none, out);
    return code ? fits_failure(code, err) : GT_OK;
}

gt_status gt_fits_tiles_window(gt_fits_tiles *t, size_t left, size_t below, size_t width,
                               size_t height, float *out, gt_error *err) {
    long first[MOST_AXES], last[MOST_AXES], step[MOST_AXES];
    float none = NAN;
    int code = 0, any = 0;
    for (int i = 0; i < MOST_AXES; i++) first[i] = last[i] = step[i] = 1;
    first[0] = (long)left + 1, last[0] = (long)(left + width);
    first[1] = (long)below + 1, last[1] = (long)(below + height);
    fits_read_subset(t->fits, TFLOAT, first, last, step, &none, out, &any, &code);
    return code ? fits_failure(code, err) : GT_OK;
}
