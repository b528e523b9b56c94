/* fits_write.c - headers come from CFITSIO, through a file in memory; data are put behind them
 * as they arrive, and the number of pictures at the end. */
#include "fits_write.h"

#include <fitsio.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "outfile.h"
#include "table_internal.h"

enum { CARD = 80, BLOCK = 2880, GROWTH = 64 * 2880, SPARE = 8, CARD_TEXT = 72 };

struct gt_fits_writer {
    char *path;
    gt_outfile *file;
    uint64_t end, header; /* bytes written; where the header of the image begins */
    size_t header_size;
    bool is_open; /* an image waits for more */
    gt_fits_new_image image;
    char *cards;                       /* of its header, behind the fixed ones */
    char notes[SPARE * CARD_TEXT + 1]; /* what is added at the end */
    uint64_t pictures;
    unsigned char *plane; /* one channel as it is stored */
};

/* ---- headers ---- */

static gt_status fault_of(const char *path, int fault, gt_error *err) {
    char reason[FLEN_STATUS];
    fits_get_errstatus(fault, reason);
    return gt_fail(err, GT_IO, "writing %s: CFITSIO: %s", path, reason);
}

static gt_status put_text(fitsfile *fits, const char *key, const char *text,
                          const char *comment, int *fault, gt_error *err) {
    if (!text) return GT_OK;
    char *shown = gt_table_printable(text);
    if (!shown) return gt_fail(err, GT_NO_MEMORY, "no memory for a header");
    fits_write_key_longstr(fits, key, shown, comment, fault);
    free(shown);
    return GT_OK;
}

/* As few digits as give the same number again. */
static void put_real(fitsfile *fits, const char *key, double value, const char *comment,
                     int *fault) {
    int digits = 15;
    for (char text[32]; digits < 17; digits++) {
        snprintf(text, sizeof text, "%.*G", digits, value);
        if (strtod(text, NULL) == value) break;
    }
    fits_write_key_dbl(fits, key, value, -digits, comment, fault);
}

/* The turn between pixels and the sky; none where north is up. */
static void put_turn(fitsfile *fits, double north, int *fault) {
    static const char *const keys[] = {"PC1_1", "PC1_2", "PC2_1", "PC2_2"};
    double c = cos(north * M_PI / 180), s = sin(north * M_PI / 180);
    const double values[] = {c, s, -s, c};
    for (int i = 0; i < 4 && north != 0; i++) put_real(fits, keys[i], values[i], NULL, fault);
}

/* Pixels of a known size; around a known place, by the tangent plane there. */
static void put_axes(fitsfile *fits, const gt_fits_new_image *image, int *fault) {
    static const char *const linear[] = {"x", "y"}, *const sky[] = {"RA---TAN", "DEC--TAN"};
    bool has_place = isfinite(image->ra) && isfinite(image->dec);
    const double centre[] = {has_place ? image->ra : 0, has_place ? image->dec : 0};
    const size_t sides[] = {image->width, image->height};
    double step = image->pixel_scale_arcsec / 3600;
    if (!isfinite(step)) return;
    for (int i = 0; i < 2; i++) {
        char key[FLEN_KEYWORD];
        snprintf(key, sizeof key, "CTYPE%d", i + 1);
        fits_write_key_str(fits, key, has_place ? sky[i] : linear[i],
                           has_place ? NULL : "offset from the centre", fault);
        snprintf(key, sizeof key, "CUNIT%d", i + 1);
        fits_write_key_str(fits, key, "deg", NULL, fault);
        snprintf(key, sizeof key, "CRPIX%d", i + 1);
        put_real(fits, key, ((double)sides[i] + 1) / 2, NULL, fault);
        snprintf(key, sizeof key, "CRVAL%d", i + 1);
        put_real(fits, key, centre[i], NULL, fault);
        snprintf(key, sizeof key, "CDELT%d", i + 1);
        bool is_left = i == 0 && has_place && !image->is_mirrored;
        put_real(fits, key, is_left ? -step : step, NULL, fault);
    }
    if (has_place) put_turn(fits, image->north, fault);
    if (has_place) fits_write_key_str(fits, "RADESYS", "ICRS", NULL, fault);
    put_real(fits, "PIXSCALE", image->pixel_scale_arcsec, "arcsec per pixel", fault);
}

static gt_status put_cards(fitsfile *fits, const gt_fits_new_image *image, int *fault,
                           gt_error *err) {
    gt_status status = GT_OK;
    GT_TRY(put_text(fits, "EXTNAME", image->name, NULL, fault, err));
    GT_TRY(put_text(fits, "BUNIT", image->unit, "of the pixels", fault, err));
    put_axes(fits, image, fault);
    for (size_t i = 0; i < image->card_count; i++) {
        const gt_fits_card *card = &image->cards[i];
        if (card->text)
            GT_TRY(put_text(fits, card->key, card->text, card->comment, fault, err));
        else if (card->is_real && isfinite(card->real))
            put_real(fits, card->key, card->real, card->comment, fault);
    }
    if (image->history) GT_TRY(gt_table_fits_history(fits, image->history, fault, err));
done:
    return status;
}

static void add_fixed(FILE *out, const char *key, int64_t value) {
    fprintf(out, "%-8s= %20" PRId64 "%50s", key, value, "");
}

static int axis_count(const gt_fits_new_image *image) {
    return 2 + (image->channels > 1) + !image->is_one;
}

/* The cards that every header begins with. */
static void add_fixed_cards(FILE *out, const gt_fits_new_image *image, bool is_first,
                            uint64_t pictures) {
    uint64_t axes[4] = {image->width, image->height, image->channels, pictures};
    int count = axis_count(image);
    if (image->channels == 1) axes[2] = pictures;
    if (is_first)
        fprintf(out, "%-80s", "SIMPLE  =                    T");
    else
        fprintf(out, "%-80s", "XTENSION= 'IMAGE   '");
    add_fixed(out, "BITPIX", image->is_float ? -32 : 8);
    add_fixed(out, "NAXIS", count);
    for (int i = 0; i < count; i++) {
        char key[FLEN_KEYWORD];
        snprintf(key, sizeof key, "NAXIS%d", i + 1);
        add_fixed(out, key, (int64_t)axes[i]);
    }
    if (is_first) {
        fprintf(out, "%-80s", "EXTEND  =                    T");
    } else {
        add_fixed(out, "PCOUNT", 0);
        add_fixed(out, "GCOUNT", 1);
    }
}

/* All cards that CFITSIO wrote but those of an image without axes, which it begins with. */
static void copy_cards(fitsfile *fits, FILE *out, int *fault) {
    static const char *const own[] = {"SIMPLE", "BITPIX", "NAXIS", "EXTEND"};
    int count = 0;
    bool is_own = true;
    fits_get_hdrspace(fits, &count, NULL, fault);
    for (int i = 1; i <= count && !*fault; i++) {
        char card[CARD + 1];
        fits_read_record(fits, i, card, fault);
        bool is_fixed = strncmp(card, "COMMENT", 7) == 0;
        for (size_t k = 0; k < sizeof own / sizeof *own; k++)
            is_fixed |= strncmp(card, own[k], strlen(own[k])) == 0;
        is_own = is_own && is_fixed;
        if (!is_own) fprintf(out, "%-80s", card);
    }
}

/* What CFITSIO makes of the cards of an image. */
static gt_status make_cards(gt_fits_writer *writer, gt_error *err) {
    gt_status status = GT_OK;
    fitsfile *fits = NULL;
    size_t size = 0, length; /* bytes in a first buffer would count as an old file */
    void *buffer = NULL;
    int fault = 0, ignored = 0;
    FILE *out = open_memstream(&writer->cards, &length);
    if (!out) GT_THROW(err, GT_NO_MEMORY, "no memory for a header");
    fits_create_memfile(&fits, &buffer, &size, GROWTH, realloc, &fault);
    fits_create_img(fits, BYTE_IMG, 0, NULL, &fault);
    GT_TRY(put_cards(fits, &writer->image, &fault, err));
    copy_cards(fits, out, &fault);
    if (fault) status = fault_of(writer->path, fault, err);
done:
    if (fits) fits_close_file(fits, &ignored);
    if (out && fclose(out) != 0 && !status)
        status = gt_fail(err, GT_NO_MEMORY, "no memory for a header");
    free(buffer);
    return status;
}

static void add_notes(FILE *out, const char *notes) {
    for (size_t at = 0, left = strlen(notes); left > 0;) {
        size_t size = left < CARD_TEXT ? left : CARD_TEXT;
        fprintf(out, "HISTORY %-*.*s", CARD_TEXT, (int)size, notes + at);
        at += size, left -= size;
    }
}

/* Writes the header, the first time with room for notes, then into the same place. */
static gt_status write_header(gt_fits_writer *writer, uint64_t pictures, gt_error *err) {
    gt_status status = GT_OK;
    char *text = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&text, &length);
    if (!out) GT_THROW(err, GT_NO_MEMORY, "no memory for a header");
    add_fixed_cards(out, &writer->image, writer->header == 0, pictures);
    fputs(writer->cards, out);
    fflush(out);
    if (writer->header_size == 0)
        writer->header_size = (length + (SPARE + 1) * CARD + BLOCK - 1) / BLOCK * BLOCK;
    add_notes(out, writer->notes);
    fflush(out);
    if (length < writer->header_size - BLOCK) /* the block of END is the last one */
        fprintf(out, "%*s", (int)(writer->header_size - BLOCK - length), "");
    fprintf(out, "%-80s", "END");
    fflush(out);
    fprintf(out, "%*s", (int)(writer->header_size - length), "");
    bool is_whole = fclose(out) == 0;
    out = NULL;
    if (!is_whole) GT_THROW(err, GT_NO_MEMORY, "no memory for a header");
    GT_TRY(gt_outfile_pwrite(writer->file, writer->header, text, length, err));
done:
    if (out) fclose(out);
    free(text);
    return status;
}

/* ---- data ---- */

/* Data end with a whole block; the header again, now that it is known how many pictures there
 * are. */
static gt_status finish_image(gt_fits_writer *writer, gt_error *err) {
    static const char zeros[BLOCK];
    gt_status status = GT_OK;
    size_t left = (size_t)((BLOCK - writer->end % BLOCK) % BLOCK);
    if (!writer->is_open) return GT_OK;
    writer->is_open = false;
    if (writer->pictures == 0 || (writer->image.is_one && writer->pictures != 1))
        GT_THROW(err, GT_BAD_ARGUMENT, "%s: an image of %" PRIu64 " pictures", writer->path,
                 writer->pictures);
    GT_TRY(write_header(writer, writer->pictures, err));
    GT_TRY(gt_outfile_pwrite(writer->file, writer->end, zeros, left, err));
    writer->end += left;
done:
    free(writer->plane);
    free(writer->cards);
    writer->plane = NULL;
    writer->cards = NULL;
    return status;
}

/* One channel, its last row first, numbers with their highest byte first. */
static void store_plane(const gt_fits_writer *writer, const unsigned char *from) {
    size_t width = writer->image.width, height = writer->image.height;
    size_t each = writer->image.is_float ? sizeof(uint32_t) : 1, row = width * each;
    for (size_t y = 0; y < height; y++) {
        unsigned char *to = writer->plane + (height - 1 - y) * row;
        if (each == 1) {
            memcpy(to, from + y * row, row);
            continue;
        }
        for (size_t x = 0; x < width; x++) {
            uint32_t bits;
            memcpy(&bits, from + y * row + x * each, each);
            bits = __builtin_bswap32(bits);
            memcpy(to + x * each, &bits, each);
        }
    }
}

gt_status gt_fits_writer_append(gt_fits_writer *writer, const void *values, size_t count,
                                gt_error *err) {
    gt_status status = GT_OK;
    const gt_fits_new_image *image = &writer->image;
    size_t plane = image->width * image->height * (image->is_float ? sizeof(float) : 1);
    for (size_t i = 0; i < count * image->channels; i++) {
        store_plane(writer, (const unsigned char *)values + i * plane);
        GT_TRY(gt_outfile_pwrite(writer->file, writer->end, writer->plane, plane, err));
        writer->end += plane;
    }
    writer->pictures += count;
done:
    return status;
}

/* ---- the whole ---- */

gt_status gt_fits_writer_create(const char *path, gt_fits_writer **out, gt_error *err) {
    gt_status status = GT_OK;
    gt_fits_writer *writer = calloc(1, sizeof *writer);
    if (!writer || !(writer->path = strdup(path)))
        GT_THROW(err, GT_NO_MEMORY, "no memory for a FITS file");
    GT_TRY(gt_outfile_open(path, &writer->file, err));
    *out = writer;
    writer = NULL;
done:
    gt_fits_writer_discard(writer);
    return status;
}

gt_status gt_fits_writer_begin(gt_fits_writer *writer, const gt_fits_new_image *image,
                               gt_error *err) {
    gt_status status = GT_OK;
    GT_TRY(finish_image(writer, err));
    writer->image = *image;
    writer->pictures = 0;
    writer->header = writer->end;
    writer->header_size = 0;
    *writer->notes = '\0';
    writer->plane = malloc(image->width * image->height * sizeof(float));
    if (!writer->plane) GT_THROW(err, GT_NO_MEMORY, "no memory for a picture");
    GT_TRY(make_cards(writer, err));
    GT_TRY(write_header(writer, 0, err));
    writer->end += writer->header_size;
    writer->is_open = true;
done:
    return status;
}

void gt_fits_writer_note(gt_fits_writer *writer, const char *text) {
    char *shown = gt_table_printable(text);
    if (shown) snprintf(writer->notes, sizeof writer->notes, "%s", shown);
    free(shown);
}

gt_status gt_fits_writer_table(gt_fits_writer *writer, const gt_table *table, const char *name,
                               gt_error *err) {
    gt_status status = GT_OK;
    void *buffer = NULL;
    size_t first = 0, size = 0;
    GT_TRY(finish_image(writer, err));
    GT_TRY(gt_table_to_fits(table, writer->path, name, NULL, &buffer, &first, &size, err));
    GT_TRY(gt_outfile_pwrite(writer->file, writer->end, (char *)buffer + first, size - first,
                             err));
    writer->end += size - first;
done:
    free(buffer);
    return status;
}

gt_status gt_fits_writer_commit(gt_fits_writer *writer, gt_error *err) {
    gt_status status = finish_image(writer, err);
    return status ? status : gt_outfile_commit(writer->file, err);
}

void gt_fits_writer_discard(gt_fits_writer *writer) {
    if (!writer) return;
    gt_outfile_discard(writer->file);
    free(writer->plane);
    free(writer->cards);
    free(writer->path);
    free(writer);
}
