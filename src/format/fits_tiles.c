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
    MOST_IN_SLAB = 1 << 27, /* values */
    MOST_AXES = 9,
    MOST_AT_ONCE = 3 /* axes of images that CFITSIO reads value after value */
};

struct gt_fits_tiles {
    fitsfile *fits;
    void *copy; /* of a file that CFITSIO cannot read itself; else NULL */
    size_t copied;
    int bits, axes;
    LONGLONG sides[MOST_AXES];
    uint64_t values, slab_values;
    int slab_axis, slab_type; /* 0: there is none yet */
    uint64_t slab_first;
    void *slab; /* its values in their order, as TFLOAT or TDOUBLE */
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

static gt_status tile_side(const gt_fits_cards *cards, size_t axis, int64_t side, int64_t *tile,
                           gt_error *err) {
    gt_fits_value value;
    gt_status status = GT_OK;
    *tile = axis == 1 ? side : 1;
    if (gt_fits_find_number(cards, "ZTILE", axis, &value))
        status = gt_fits_whole(cards, "ZTILE", axis, 1, INT32_MAX, tile, err);
    if (*tile > side) *tile = side;
    return status;
}

/* A tile is a row of the image unless ZTILE1, ZTILE2 ... say otherwise; each is a row of the
 * table. */
static gt_status count_tiles(const gt_fits_cards *cards, uint64_t *tiles, gt_error *err) {
    gt_status status = GT_OK;
    int64_t axes, side, tile;
    uint64_t values = 1;
    *tiles = 1;
    GT_TRY(gt_fits_whole(cards, "ZNAXIS", 0, 1, GT_FITS_MOST_AXES, &axes, err));
    for (size_t i = 1; i <= (size_t)axes; i++) {
        GT_TRY(gt_fits_whole(cards, "ZNAXIS", i, 1, INT32_MAX, &side, err));
        GT_TRY(tile_side(cards, i, side, &tile, err));
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

static uint64_t values_below(const gt_fits_tiles *t, int axis) {
    uint64_t values = 1;
    for (int i = 0; i < axis; i++) values *= (uint64_t)t->sides[i];
    return values;
}

/* A tile of many planes is unpacked once, not for each of them. */
static gt_status measure_slab(gt_fits_tiles *t, const gt_fits_cards *cards, gt_error *err) {
    gt_status status = GT_OK;
    t->slab_axis = t->axes > 1 ? 1 : 0;
    int64_t depth = t->sides[t->slab_axis];
    for (int i = 2; i < t->axes; i++) {
        int64_t tile;
        GT_TRY(tile_side(cards, (size_t)i + 1, t->sides[i], &tile, err));
        bool is_last = values_below(t, i + 1) == t->values;
        uint64_t values = values_below(t, i) * (uint64_t)(is_last ? tile : t->sides[i]);
        if (tile == 1 || values > MOST_IN_SLAB) continue;
        t->slab_axis = i;
        depth = is_last ? tile : t->sides[i];
    }
    t->slab_values = values_below(t, t->slab_axis) * (uint64_t)depth;
done:
    return status;
}

gt_status gt_fits_tiles_open(const gt_fits_tiled *image, gt_fits_tiles **out, gt_error *err) {
    gt_status status = GT_OK;
    gt_fits_tiles *t = calloc(1, sizeof *t);
    if (t == NULL) GT_THROW(err, GT_NO_MEMORY, "out of memory for tiles");
    t->bits = image->bits;
    GT_TRY(needs_copy(image->file) ? open_copy(image, t, err)
                                   : open_file(image->path, &t->fits, err));
    GT_TRY(compare(t, image, err));
    t->values = image->values;
    GT_TRY(measure_slab(t, &image->unit.cards, err));
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
    free(tiles->slab);
    free(tiles);
}

/* Values `first`.. of a box: all of the axes below `axis`, a part of that one, and one place of
 * those above. */
static int read_box(gt_fits_tiles *t, int type, int axis, uint64_t first, size_t count,
                    void *out) {
    long low[MOST_AXES], high[MOST_AXES], step[MOST_AXES];
    float none = NAN;
    double none_as_double = NAN;
    int code = 0, any = 0;
    uint64_t below = values_below(t, axis), at = first / below;
    for (int i = 0; i < t->axes; i++) {
        low[i] = high[i] = step[i] = 1;
        if (i < axis) high[i] = (long)t->sides[i];
        if (i < axis) continue;
        low[i] = high[i] = (long)(at % (uint64_t)t->sides[i]) + 1;
        if (i == axis) high[i] += (long)(count / below) - 1;
        at /= (uint64_t)t->sides[i];
    }
    fits_read_subset(t->fits, type, low, high, step,
                     type == TFLOAT ? (void *)&none : &none_as_double, out, &any, &code);
    return code;
}

/* Of images of more axes CFITSIO reads boxes alone. */
static int read_plane(gt_fits_tiles *t, uint64_t first, size_t count, float *out) {
    float none = NAN;
    int code = 0, any = 0;
    if (t->axes > MOST_AT_ONCE) return read_box(t, TFLOAT, 1, first, count, out);
    fits_read_img(t->fits, TFLOAT, (LONGLONG)first + 1, (LONGLONG)count, &none, out, &any,
                  &code);
    return code;
}

/* ---- slabs: planes whose tiles are the same ---- */

/* The slab in which a value lies. */
static int load_slab(gt_fits_tiles *t, int type, uint64_t value) {
    uint64_t first = value / t->slab_values * t->slab_values, left = t->values - first;
    size_t count = (size_t)(left < t->slab_values ? left : t->slab_values);
    if (t->slab_type == type && first == t->slab_first) return 0;
    t->slab_type = 0;
    if (t->slab == NULL) t->slab = malloc((size_t)t->slab_values * sizeof(double));
    if (t->slab == NULL) return MEMORY_ALLOCATION;
    int code = read_box(t, type, t->slab_axis, first, count, t->slab);
    t->slab_first = first;
    if (code == 0) t->slab_type = type;
    return code;
}

/* Numbers that may have more digits than a float are looked at as doubles. */
gt_status gt_fits_tiles_read(gt_fits_tiles *t, uint64_t first, size_t count, float *out,
                             gt_rounding *rounding, gt_error *err) {
    bool is_looked_at = rounding != NULL && (t->bits >= 32 || t->bits == -64);
    bool is_in_slab = is_looked_at || t->slab_axis > 1;
    int code = is_in_slab ? load_slab(t, is_looked_at ? TDOUBLE : TFLOAT, first)
                          : read_plane(t, first, count, out);
    if (code) return fits_failure(code, err);
    if (!is_in_slab) return GT_OK;
    if (t->slab_type == TDOUBLE) {
        const double *from = (const double *)t->slab + (first - t->slab_first);
        for (size_t i = 0; i < count; i++) out[i] = (float)from[i];
        gt_rounding_count(from, count, rounding);
    } else {
        memcpy(out, (const float *)t->slab + (first - t->slab_first), count * sizeof *out);
    }
    return GT_OK;
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
