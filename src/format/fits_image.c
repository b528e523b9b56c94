/* fits_image.c - choosing a unit, its shape, and its planes. */
#include "fits_image.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "fits_file.h"
#include "fits_pixels.h"
#include "fits_tiles.h"
#include "text.h"

enum { STRIP = 1 << 20, MOST_PLANES = INT32_MAX, MOST_INTERLEAVED = 4 };

struct gt_fits_image {
    char *path;
    gt_fits_file *file;
    gt_fits_image_info info;
    gt_fits_unit unit; /* its cards are those of info */
    char *cards, *primary;
    int bits;
    gt_fits_pixels pixels;
    gt_numbers numbers;   /* the same */
    gt_fits_tiles *tiles; /* NULL until the first plane is read */
    uint8_t *strip;       /* some rows as they are stored */
    size_t strip_room;
    bool is_mosaic;
    float *plane; /* of tiles, or a row of all planes, before it is turned over */
};

/* ---- choosing a unit ---- */

typedef enum unit_kind { OTHER, IMAGE, TILED } unit_kind;

static unit_kind kind_of(const gt_fits_unit *u) {
    gt_fits_value kind;
    if (u->number == 0) return IMAGE;
    if (!gt_fits_find(&u->cards, "XTENSION", &kind)) return OTHER;
    if (strcmp(kind.text, "IMAGE") == 0) return IMAGE;
    bool is_table = strcmp(kind.text, "BINTABLE") == 0;
    return is_table && gt_fits_is_true(&u->cards, "ZIMAGE") ? TILED : OTHER;
}

/* Whether a unit has an image of two axes or more, so that it may be taken unasked. */
static bool has_image(const gt_fits_unit *u) {
    gt_fits_value value;
    int64_t axes = 0, side = 0;
    unit_kind kind = kind_of(u);
    const char *stem = kind == TILED ? "ZNAXIS" : "NAXIS";
    if (kind == OTHER || u->data_bytes == 0) return false;
    if (!gt_fits_find(&u->cards, stem, &value) || !gt_fits_to_int(&value, &axes)) return false;
    bool is_wide = gt_fits_find_number(&u->cards, stem, 1, &value) &&
                   gt_fits_to_int(&value, &side) && side > 0; /* else random groups */
    return axes >= 2 && is_wide;
}

static bool is_wanted(const gt_fits_unit *u, const char *hdu) {
    return hdu == NULL ? has_image(u) : gt_fits_is_called(&u->cards, u->number, hdu);
}

static gt_status copy_cards(const gt_fits_cards *cards, char **text, gt_fits_cards *out,
                            gt_error *err) {
    size_t size = cards->count * GT_FITS_CARD;
    *text = malloc(size + 1);
    if (*text == NULL) return gt_fail(err, GT_NO_MEMORY, "out of memory for a FITS header");
    memcpy(*text, cards->text, size);
    *out = (gt_fits_cards){*text, cards->count};
    return GT_OK;
}

static gt_status take_unit(gt_fits_image *image, const gt_fits_unit *u, gt_error *err) {
    image->unit = *u;
    image->info.hdu = u->number;
    gt_fits_extname(&u->cards, image->info.name);
    if (u->number == 0) {
        image->info.cards = image->info.primary;
        return GT_OK;
    }
    return copy_cards(&u->cards, &image->cards, &image->info.cards, err);
}

static gt_status none_there(const gt_fits_image *image, const char *hdu, int units,
                            gt_error *err) {
    char shown[4 * GT_FITS_VALUE];
    if (hdu == NULL)
        return gt_fail(err, GT_NOT_FOUND, "%s: no image of two axes or more in its %d HDU%s",
                       image->path, units, units == 1 ? "" : "s");
    return gt_fail(err, GT_NOT_FOUND, "%s: no HDU %s, it has %d from 0 on", image->path,
                   gt_text_shown(hdu, shown, sizeof shown), units);
}

/* Goes through all units, so that a file that is cut anywhere is refused. */
static gt_status choose_unit(gt_fits_image *image, const char *hdu, gt_error *err) {
    gt_status status = GT_OK;
    gt_fits_unit u;
    bool more, is_found = false;
    int units = 0;
    for (;; units++) {
        GT_TRY(gt_fits_file_next(image->file, &u, &more, err));
        if (!more) break;
        if (u.number == 0)
            GT_TRY(copy_cards(&u.cards, &image->primary, &image->info.primary, err));
        bool is_one = is_wanted(&u, hdu), is_first = !is_found && is_one;
        image->info.namesakes += is_one && !is_first && hdu != NULL;
        image->info.others += !is_first && has_image(&u);
        if (is_first) GT_TRY(take_unit(image, &u, err));
        is_found |= is_first;
    }
    image->info.lacks_padding = gt_fits_file_lacks_padding(image->file);
    if (!is_found) GT_TRY(none_there(image, hdu, units, err));
done:
    return status;
}

/* ---- its shape ---- */

/* The axes behind the second whose length is not 1. */
static gt_status read_planes(gt_fits_image *image, const char *stem, int64_t axes,
                             gt_error *err) {
    gt_status status = GT_OK;
    uint64_t *lengths[] = {&image->info.planes, &image->info.stacks};
    size_t used = 0;
    int64_t side;
    image->info.planes = image->info.stacks = 1;
    for (int64_t i = 3; i <= axes; i++) {
        GT_TRY(gt_fits_whole(&image->info.cards, stem, (size_t)i, 1, INT32_MAX, &side, err));
        if (side == 1) continue;
        if (used == 2)
            GT_THROW(err, GT_BAD_SHAPE,
                     "%s is %" PRId64 ", expected at most 4 axes that are longer than 1", stem,
                     axes);
        *lengths[used++] = (uint64_t)side;
    }
done:
    return status;
}

static bool begins(const char *text, const char *with) {
    return strncmp(text, with, strlen(with)) == 0;
}

/* Of the sky, the first axis is one of pixels, be they ever so few. */
static bool has_sky_first(const gt_fits_cards *cards) {
    gt_fits_value type;
    if (!gt_fits_find(cards, "CTYPE1", &type)) return false;
    return begins(type.text, "RA") || begins(type.text, "DEC") ||
           (type.text[0] != 0 &&
            (begins(type.text + 1, "LON") || begins(type.text + 1, "LAT")));
}

/* Takes the first axis for one of planes if the lengths say so. */
static void look_for_planes_first(gt_fits_image *image, int64_t *width, int64_t *height) {
    gt_fits_image_info *info = &image->info;
    int64_t third = (int64_t)info->planes;
    if (image->is_mosaic || *width < 2 || *width > MOST_INTERLEAVED ||
        *height <= MOST_INTERLEAVED || third <= MOST_INTERLEAVED || third > GT_FITS_MAX_SIDE ||
        has_sky_first(&info->cards))
        return;
    info->is_interleaved = true;
    info->planes = (uint64_t)*width;
    *width = *height;
    *height = third;
}

static gt_status read_shape(gt_fits_image *image, gt_error *err) {
    gt_status status = GT_OK;
    const gt_fits_cards *cards = &image->info.cards;
    const char *stem = image->info.is_tiled ? "ZNAXIS" : "NAXIS";
    int64_t axes, width, height;
    GT_TRY(gt_fits_whole(cards, stem, 0, 0, GT_FITS_MOST_AXES, &axes, err));
    if (axes < 2)
        GT_THROW(err, GT_BAD_SHAPE, "%s is %" PRId64 ", expected at least 2 axes", stem, axes);
    const int64_t most = image->is_mosaic ? INT32_MAX : GT_FITS_MAX_SIDE;
    GT_TRY(gt_fits_whole(cards, stem, 1, 1, most, &width, err));
    GT_TRY(gt_fits_whole(cards, stem, 2, 1, most, &height, err));
    GT_TRY(read_planes(image, stem, axes, err));
    look_for_planes_first(image, &width, &height);
    if (width * height > GT_FITS_MAX_VALUES && !image->is_mosaic)
        GT_THROW(err, GT_UNSUPPORTED,
                 "%" PRId64 " x %" PRId64 " pixels, expected at most %d together", height,
                 width, GT_FITS_MAX_VALUES);
    if (image->info.planes > MOST_PLANES / image->info.stacks)
        GT_THROW(err, GT_UNSUPPORTED, "more than %d planes", MOST_PLANES);
    image->info.width = (size_t)width;
    image->info.height = (size_t)height;
done:
    return status;
}

static gt_status read_type(gt_fits_image *image, gt_error *err) {
    gt_status status = GT_OK;
    const char *stem = image->info.is_tiled ? "ZBITPIX" : "BITPIX";
    int64_t bits;
    GT_TRY(gt_fits_whole(&image->info.cards, stem, 0, -64, 64, &bits, err));
    if (bits != 8 && bits != 16 && bits != 32 && bits != 64 && bits != -32 && bits != -64)
        GT_THROW(err, GT_BAD_FORMAT, "%s is %" PRId64 ", expected 8, 16, 32, 64, -32 or -64",
                 stem, bits);
    image->bits = (int)bits;
    GT_TRY(gt_fits_pixels_describe(&image->info.cards, (int)bits, &image->pixels, err));
    image->numbers = gt_fits_pixels_numbers(&image->pixels);
    image->info.type = gt_fits_pixels_type(&image->pixels);
    image->info.is_bytes = gt_fits_pixels_are_bytes(&image->pixels);
done:
    return status;
}

static gt_fits_tiled as_tiled(const gt_fits_image *image) {
    const gt_fits_image_info *i = &image->info;
    gt_fits_tiled t = {image->path, image->file, image->unit, image->bits,
                       i->width * i->height * i->planes * i->stacks};
    t.unit.cards = i->cards;
    return t;
}

/* The primary header begins with SIMPLE = T, which alone promises that the rest is as the
 * standard says. */
static gt_status check_unit(gt_fits_image *image, gt_error *err) {
    gt_status status = GT_OK;
    unit_kind kind =
        kind_of(&(gt_fits_unit){.number = image->info.hdu, .cards = image->info.cards});
    if (!gt_fits_is_true(&image->info.primary, "SIMPLE"))
        GT_THROW(err, GT_UNSUPPORTED, "SIMPLE is not T: no standard FITS file");
    if (kind == OTHER) GT_THROW(err, GT_BAD_SHAPE, "it is a table, expected an image");
    if (gt_fits_is_true(&image->info.cards, "GROUPS"))
        GT_THROW(err, GT_BAD_SHAPE, "it has random groups, expected an image");
    image->info.is_tiled = kind == TILED;
    GT_TRY(read_shape(image, err));
    GT_TRY(read_type(image, err));
    if (kind == TILED) {
        gt_fits_tiled tiled = as_tiled(image);
        GT_TRY(gt_fits_tiles_check(&tiled, err));
    }
done:
    return status;
}

/* Takes the file over, also where it fails. */
static gt_status open_image(gt_fits_file *file, const char *path, const char *hdu,
                            bool is_mosaic, gt_fits_image **out, gt_error *err) {
    gt_status status = GT_OK;
    gt_fits_image *image = calloc(1, sizeof *image);
    if (image == NULL) {
        gt_fits_file_close(file);
        return gt_fail(err, GT_NO_MEMORY, "out of memory for a FITS image");
    }
    image->file = file;
    image->is_mosaic = is_mosaic;
    image->path = strdup(path);
    if (image->path == NULL) GT_THROW(err, GT_NO_MEMORY, "out of memory for a FITS image");
    if (is_mosaic && gt_fits_file_is_packed(image->file))
        GT_THROW(err, GT_UNSUPPORTED,
                 "%s: packed as a whole (gzip), so that parts cannot be read; unpack it, or "
                 "compress it in tiles (fpack)",
                 path);
    GT_TRY(choose_unit(image, hdu, err));
    status = check_unit(image, err);
    if (status) {
        gt_blame(err, "%s: HDU %d", path, image->info.hdu);
        goto done;
    }
    *out = image;
    image = NULL;
done:
    gt_fits_image_close(image);
    return status;
}

gt_status gt_fits_image_open(const char *path, const char *hdu, gt_fits_image **out,
                             gt_error *err) {
    gt_fits_file *file;
    gt_status status = gt_fits_file_open(path, &file, err);
    return status ? status : open_image(file, path, hdu, false, out, err);
}

gt_status gt_fits_image_open_bytes(const char *name, const uint8_t *bytes, size_t size,
                                   const char *hdu, gt_fits_image **out, gt_error *err) {
    gt_fits_file *file;
    gt_status status = gt_fits_file_open_bytes(name, bytes, size, &file, err);
    return status ? status : open_image(file, name, hdu, false, out, err);
}

gt_status gt_fits_mosaic_open(const char *path, const char *hdu, gt_fits_image **out,
                              gt_error *err) {
    gt_fits_file *file;
    gt_status status = gt_fits_file_open(path, &file, err);
    return status ? status : open_image(file, path, hdu, true, out, err);
}

void gt_fits_image_close(gt_fits_image *image) {
    if (image == NULL) return;
    gt_fits_tiles_close(image->tiles);
    gt_fits_file_close(image->file);
    free(image->path);
    free(image->cards);
    free(image->primary);
    free(image->strip);
    free(image->plane);
    free(image);
}

const gt_fits_image_info *gt_fits_image_describe(const gt_fits_image *image) {
    return &image->info;
}

/* ---- planes ---- */

static gt_status need_strip(gt_fits_image *image, size_t bytes, gt_error *err) {
    if (image->strip_room >= bytes) return GT_OK;
    uint8_t *grown = realloc(image->strip, bytes);
    if (grown == NULL) return gt_fail(err, GT_NO_MEMORY, "out of memory for rows of pixels");
    image->strip = grown;
    image->strip_room = bytes;
    return GT_OK;
}

/* Strips of rows, each row to its place from below. */
static gt_status read_plain(gt_fits_image *image, uint64_t plane, float *out,
                            gt_rounding *rounding, gt_error *err) {
    gt_status status = GT_OK;
    size_t width = image->info.width, height = image->info.height;
    size_t row = width * (size_t)abs(image->bits) / 8, most = STRIP / row > 0 ? STRIP / row : 1;
    if (most > height) most = height;
    GT_TRY(need_strip(image, most * row, err));
    for (size_t y = 0; y < height; y += most) {
        size_t rows = height - y < most ? height - y : most;
        uint64_t at = image->unit.data_at + (plane * height + y) * row;
        GT_TRY(gt_fits_file_read(image->file, at, image->strip, rows * row, err));
        for (size_t i = 0; i < rows; i++)
            gt_numbers_to_floats(&image->numbers, image->strip + i * row, width,
                                 out + (height - 1 - y - i) * width, rounding);
    }
done:
    return status;
}

static gt_status need_plane(gt_fits_image *image, size_t values, gt_error *err) {
    if (image->plane == NULL) image->plane = malloc(values * sizeof *image->plane);
    return image->plane != NULL ? GT_OK
                                : gt_fail(err, GT_NO_MEMORY, "out of memory for pixels");
}

/* One of several planes whose pixels stand beside each other: row by row. */
static gt_status read_interleaved(gt_fits_image *image, uint64_t plane, float *out,
                                  gt_rounding *rounding, gt_error *err) {
    gt_status status = GT_OK;
    const gt_fits_image_info *info = &image->info;
    size_t width = info->width, height = info->height, channels = (size_t)info->planes;
    size_t values = width * channels, bytes = values * (size_t)abs(image->bits) / 8;
    uint64_t first = plane / channels * height;
    bool is_scaled = image->pixels.scale != 1 || image->pixels.zero != 0;
    gt_rounding all = {0}, *counted = plane % channels == 0 ? rounding : &all;
    gt_fits_tiled tiled = as_tiled(image);
    GT_TRY(need_plane(image, values, err));
    GT_TRY(need_strip(image, bytes, err));
    if (info->is_tiled && image->tiles == NULL)
        GT_TRY(gt_fits_tiles_open(&tiled, &image->tiles, err));
    for (size_t y = 0; y < height; y++) {
        float *row = out + (height - 1 - y) * width;
        if (info->is_tiled) {
            GT_TRY(gt_fits_tiles_read(image->tiles, (first + y) * values, values, image->plane,
                                      is_scaled ? NULL : counted, err));
        } else {
            uint64_t at = image->unit.data_at + (first + y) * bytes;
            GT_TRY(gt_fits_file_read(image->file, at, image->strip, bytes, err));
            gt_numbers_to_floats(&image->numbers, image->strip, values, image->plane, counted);
        }
        for (size_t x = 0; x < width; x++)
            row[x] = image->plane[x * channels + plane % channels];
    }
done:
    if (status && info->is_tiled) gt_blame(err, "%s: HDU %d", image->path, info->hdu);
    return status;
}

static gt_status read_tiled(gt_fits_image *image, uint64_t plane, float *out,
                            gt_rounding *rounding, gt_error *err) {
    gt_status status = GT_OK;
    size_t width = image->info.width, height = image->info.height, values = width * height;
    bool is_scaled = image->pixels.scale != 1 || image->pixels.zero != 0;
    gt_fits_tiled tiled = as_tiled(image);
    GT_TRY(need_plane(image, values, err));
    if (image->tiles == NULL) GT_TRY(gt_fits_tiles_open(&tiled, &image->tiles, err));
    GT_TRY(gt_fits_tiles_read(image->tiles, plane * values, values, image->plane,
                              is_scaled ? NULL : rounding, err));
    for (size_t y = 0; y < height; y++)
        memcpy(out + y * width, image->plane + (height - 1 - y) * width, width * sizeof *out);
done:
    if (status) gt_blame(err, "%s: HDU %d", image->path, image->info.hdu);
    return status;
}

gt_status gt_fits_image_read(gt_fits_image *image, uint64_t plane, float *out,
                             gt_rounding *rounding, gt_error *err) {
    if (image->info.is_interleaved) return read_interleaved(image, plane, out, rounding, err);
    return image->info.is_tiled ? read_tiled(image, plane, out, rounding, err)
                                : read_plain(image, plane, out, rounding, err);
}

bool gt_fits_image_place(const gt_fits_image *image, uint64_t *offset, gt_numbers *out) {
    *offset = image->unit.data_at;
    *out = image->numbers;
    return !image->info.is_tiled && !image->info.is_interleaved &&
           !gt_fits_file_is_packed(image->file) && !gt_fits_file_is_in_memory(image->file);
}

/* ---- windows ---- */

static gt_status plain_window(gt_fits_image *image, size_t left, size_t below, size_t width,
                              size_t height, float *out, gt_error *err) {
    gt_status status = GT_OK;
    size_t each = (size_t)abs(image->bits) / 8, bytes = width * each;
    gt_rounding ignored = {0};
    GT_TRY(need_strip(image, bytes, err));
    for (size_t y = 0; y < height; y++) {
        uint64_t first = (uint64_t)(below + y) * image->info.width + left;
        GT_TRY(gt_fits_file_read(image->file, image->unit.data_at + first * each, image->strip,
                                 bytes, err));
        gt_numbers_to_floats(&image->numbers, image->strip, width,
                             out + (height - 1 - y) * width, &ignored);
    }
done:
    return status;
}

static void turn_over(float *values, size_t width, size_t height) {
    for (size_t y = 0; y < height / 2; y++)
        for (size_t x = 0; x < width; x++) {
            float *a = values + y * width + x, *b = values + (height - 1 - y) * width + x;
            float kept = *a;
            *a = *b, *b = kept;
        }
}

gt_status gt_fits_image_window(gt_fits_image *image, size_t left, size_t below, size_t width,
                               size_t height, float *out, gt_error *err) {
    gt_status status = GT_OK;
    gt_fits_tiled tiled = as_tiled(image);
    if (!image->info.is_tiled) return plain_window(image, left, below, width, height, out, err);
    if (image->tiles == NULL) GT_TRY(gt_fits_tiles_open(&tiled, &image->tiles, err));
    GT_TRY(gt_fits_tiles_window(image->tiles, left, below, width, height, out, err));
    turn_over(out, width, height);
done:
    if (status) gt_blame(err, "%s: HDU %d", image->path, image->info.hdu);
    return status;
}
