/* mosaics.c - see mosaics.h. */
#include "mosaics.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fits_image.h"
#include "fits_wcs.h"
#include "galatea/log.h"
#include "units.h"

enum { MOST_BANDS = 64, BAND_NAMES = 512 };

typedef struct image {
    const char *path; /* its words are the owner's */
    const char *name; /* without folders */
    size_t band;
    gt_fits_image *file;
    gt_fits_wcs *wcs;
    double scale;
    char unit[GT_FITS_VALUE], filter[GT_FITS_VALUE];
} image;

struct gt_mosaics {
    char **words;
    image *images;
    size_t count;
    char band_names[BAND_NAMES];
    const char *bands[MOST_BANDS];
    float *room[2]; /* of one band: the best so far, and another */
    size_t side;
    gt_mosaics_info info;
};

/* A part of an image: where it begins, which may lie beyond the edge, and how much of it lies
 * inside. */
typedef struct part {
    int64_t left, below;
    uint64_t inside;
} part;

/* ---- opening ---- */

static gt_status find_band(gt_mosaics *m, const char *name, size_t *out, gt_error *err) {
    size_t bands = m->info.bands;
    for (*out = 0; *out < bands; ++*out)
        if (strcmp(m->bands[*out], name) == 0) return GT_OK;
    if (bands > 0 && (*name == '\0' || *m->bands[0] == '\0'))
        return gt_fail(err, GT_USAGE,
                       "%s: names of bands (BAND=FILE) for all images or for none",
                       m->images[m->count].path);
    if (bands == MOST_BANDS || strchr(name, ',') ||
        strlen(m->band_names) + strlen(name) + 2 > BAND_NAMES)
        return gt_fail(err, GT_USAGE, "band %s: expected at most %d short names", name,
                       MOST_BANDS);
    snprintf(m->band_names + strlen(m->band_names), BAND_NAMES - strlen(m->band_names), "%s%s",
             bands > 0 ? "," : "", name);
    m->bands[bands] = name;
    m->info.bands++;
    return GT_OK;
}

const char *gt_mosaics_path(const char *word) {
    const char *sign = strchr(word, '=');
    if (!sign || sign == word || !sign[1] || memchr(word, '/', (size_t)(sign - word)))
        return word;
    return access(word, F_OK) == 0 ? word : sign + 1;
}

static gt_status split_word(gt_mosaics *m, char *word, image *out, gt_error *err) {
    out->path = gt_mosaics_path(word);
    bool has_band = out->path != word;
    if (has_band) word[out->path - word - 1] = '\0';
    const char *slash = strrchr(out->path, '/');
    out->name = slash ? slash + 1 : out->path;
    return find_band(m, has_band ? word : "", &out->band, err);
}

static gt_status open_image(image *i, const char *hdu, gt_error *err) {
    gt_status status = GT_OK;
    gt_fits_value text;
    gt_fits_place place;
    GT_TRY(gt_fits_mosaic_open(i->path, hdu, &i->file, err));
    const gt_fits_image_info *info = gt_fits_image_describe(i->file);
    if (info->lacks_padding)
        gt_remark("%s: the last block of 2880 bytes is not filled up; all data are there",
                  i->path);
    if (info->planes * info->stacks != 1)
        GT_THROW(err, GT_BAD_SHAPE, "%s: HDU %d has %llu planes, expected an image of one",
                 i->path, info->hdu, (unsigned long long)(info->planes * info->stacks));
    status = gt_fits_wcs_parse(&info->cards, &i->wcs, err);
    if (status) {
        gt_blame(err, "%s: HDU %d", i->path, info->hdu);
        goto done;
    }
    bool is_placed = i->wcs && gt_fits_wcs_place(i->wcs, ((double)info->width + 1) / 2,
                                                 ((double)info->height + 1) / 2, &place);
    if (!is_placed)
        GT_THROW(err, GT_BAD_FORMAT,
                 "%s: the header of HDU %d tells no place on the sky, expected a WCS (CTYPE1 = "
                 "'RA---TAN' ...)",
                 i->path, info->hdu);
    i->scale = place.scale_arcsec;
    if (gt_fits_find(&info->cards, "BUNIT", &text))
        snprintf(i->unit, sizeof i->unit, "%s", text.text);
    gt_unit_tidy(i->unit);
    if (gt_fits_find(&info->cards, "FILTER", &text))
        snprintf(i->filter, sizeof i->filter, "%s", text.text);
done:
    return status;
}

/* Parts of all are pictures of one set. */
static gt_status compare(const image *first, const image *other, gt_error *err) {
    if (fabs(other->scale - first->scale) > 0.01 * first->scale)
        return gt_fail(
            err, GT_MISMATCH,
            "%s has pixels of %.6g arcsec, %s of %.6g: parts of them are no pictures "
            "of one set",
            other->path, other->scale, first->path, first->scale);
    if (other->band == first->band && strcmp(other->unit, first->unit) != 0)
        return gt_fail(err, GT_MISMATCH, "%s has values in '%s', %s in '%s'", other->path,
                       other->unit, first->path, first->unit);
    return GT_OK;
}

static void describe(gt_mosaics *m) {
    const image *first = &m->images[0];
    m->info.images = m->count;
    m->info.band_names = *m->bands[0] ? m->band_names : NULL;
    m->info.type = gt_fits_image_describe(first->file)->type;
    m->info.scale_arcsec = first->scale;
    bool is_one_unit = *first->unit != '\0';
    bool is_one_filter = *first->filter != '\0' && !strchr(first->filter, ',');
    for (size_t i = 0; i < m->count; i++) {
        size_t length = strlen(m->images[i].name);
        if (length > m->info.name_length) m->info.name_length = length;
        is_one_unit = is_one_unit && strcmp(m->images[i].unit, first->unit) == 0;
        is_one_filter = is_one_filter && strcmp(m->images[i].filter, first->filter) == 0;
    }
    m->info.unit = is_one_unit ? first->unit : NULL;
    if (!m->info.band_names && is_one_filter) m->info.band_names = first->filter;
}

gt_status gt_mosaics_open(const char *const *words, size_t count, const char *hdu,
                          gt_mosaics **out, gt_error *err) {
    gt_status status = GT_OK;
    gt_mosaics *m = calloc(1, sizeof *m);
    if (!m) GT_THROW(err, GT_NO_MEMORY, "out of memory for mosaics");
    m->words = calloc(count + 1, sizeof *m->words);
    m->images = calloc(count + 1, sizeof *m->images);
    if (!m->words || !m->images) GT_THROW(err, GT_NO_MEMORY, "out of memory for mosaics");
    for (; m->count < count; m->count++) {
        image *i = &m->images[m->count];
        m->words[m->count] = strdup(words[m->count]);
        if (!m->words[m->count]) GT_THROW(err, GT_NO_MEMORY, "out of memory for names");
        GT_TRY(split_word(m, m->words[m->count], i, err));
        GT_TRY(open_image(i, hdu, err));
        GT_TRY(compare(&m->images[0], i, err));
    }
    describe(m);
    *out = m;
    m = NULL;
done:
    gt_mosaics_close(m);
    return status;
}

void gt_mosaics_close(gt_mosaics *m) {
    if (!m) return;
    for (size_t i = 0; m->images && m->words && m->words[i]; i++) {
        gt_fits_image_close(m->images[i].file);
        gt_fits_wcs_destroy(m->images[i].wcs);
        free(m->words[i]);
    }
    free(m->words);
    free(m->images);
    free(m->room[0]);
    free(m->room[1]);
    free(m);
}

const gt_mosaics_info *gt_mosaics_describe(const gt_mosaics *m) {
    return &m->info;
}

/* ---- positions ---- */

/* In pixels from 0 on; false where the position is not on the image. */
static bool find_pixel(const image *i, double ra, double dec, double *x, double *y) {
    const gt_fits_image_info *info = gt_fits_image_describe(i->file);
    if (!gt_fits_wcs_to_pixel(i->wcs, ra, dec, x, y)) return false;
    --*x, --*y;
    return *x >= -0.5 && *y >= -0.5 && *x < (double)info->width - 0.5 &&
           *y < (double)info->height - 0.5;
}

bool gt_mosaics_hold(gt_mosaics *m, double ra, double dec) {
    bool is_held[MOST_BANDS] = {false};
    double x, y;
    for (size_t i = 0; i < m->count; i++)
        if (!is_held[m->images[i].band])
            is_held[m->images[i].band] = find_pixel(&m->images[i], ra, dec, &x, &y);
    for (size_t b = 0; b < m->info.bands; b++)
        if (!is_held[b]) return false;
    return true;
}

static size_t overlap(int64_t first, size_t side, size_t length) {
    int64_t begin = first > 0 ? first : 0, end = first + (int64_t)side;
    if (end > (int64_t)length) end = (int64_t)length;
    return end > begin ? (size_t)(end - begin) : 0;
}

static part part_at(const image *i, double x, double y, size_t side) {
    const gt_fits_image_info *info = gt_fits_image_describe(i->file);
    part out = {(int64_t)ceil(x - (double)side / 2), (int64_t)ceil(y - (double)side / 2), 0};
    out.inside =
        (uint64_t)overlap(out.left, side, info->width) * overlap(out.below, side, info->height);
    return out;
}

/* ---- cutting ---- */

/* The part inside is read to the beginning of `out` and spread from its end. */
static gt_status read_part(const image *i, const part *p, size_t side, float pad, float *out,
                           gt_error *err) {
    const gt_fits_image_info *info = gt_fits_image_describe(i->file);
    size_t width = overlap(p->left, side, info->width);
    size_t height = overlap(p->below, side, info->height);
    size_t left = p->left < 0 ? (size_t)-p->left : 0,
           below = p->below < 0 ? (size_t)-p->below : 0;
    size_t top = side - below - height;
    gt_status status =
        gt_fits_image_window(i->file, (size_t)(p->left + (int64_t)left),
                             (size_t)(p->below + (int64_t)below), width, height, out, err);
    if (status || width * height == side * side) return status;
    for (size_t y = side; y-- > 0;) {
        float *row = out + y * side;
        bool has_pixels = y >= top && y < top + height;
        if (has_pixels) memmove(row + left, out + (y - top) * width, width * sizeof *out);
        for (size_t x = 0; x < side; x++)
            if (!has_pixels || x < left || x >= left + width) row[x] = pad;
    }
    return GT_OK;
}

static size_t count_finite(const float *values, size_t count) {
    size_t finite = 0;
    for (size_t i = 0; i < count; i++) finite += isfinite(values[i]) != 0;
    return finite;
}

/* Of images that hold the position: the one with most of the part, of these the one with most
 * pixels that are numbers. */
static gt_status cut_band(gt_mosaics *m, size_t band, double ra, double dec, size_t side,
                          float pad, uint64_t *padded, const image **from, gt_error *err) {
    gt_status status = GT_OK;
    size_t pixels = side * side, most = 0;
    uint64_t inside = 0;
    *from = NULL;
    for (size_t k = 0; k < m->count; k++) {
        const image *i = &m->images[k];
        double x, y;
        if (i->band != band || !find_pixel(i, ra, dec, &x, &y)) continue;
        part p = part_at(i, x, y, side);
        if (*from && (p.inside < inside || (p.inside == inside && most == pixels))) continue;
        GT_TRY(read_part(i, &p, side, pad, m->room[1], err));
        size_t finite = count_finite(m->room[1], pixels);
        if (*from && p.inside == inside && finite <= most) continue;
        float *kept = m->room[0];
        m->room[0] = m->room[1], m->room[1] = kept;
        *from = i, inside = p.inside, most = finite;
    }
    if (!*from)
        GT_THROW(err, GT_BAD_ARGUMENT, "the position %.6f %+.6f lies on no image", ra, dec);
    *padded += pixels - inside;
done:
    return status;
}

gt_status gt_mosaics_cut(gt_mosaics *m, double ra, double dec, size_t side, float pad,
                         float *out, uint64_t *padded, const char **name, gt_error *err) {
    gt_status status = GT_OK;
    const image *from = NULL;
    *padded = 0;
    if (m->side < side) {
        for (int i = 0; i < 2; i++) {
            float *grown = realloc(m->room[i], side * side * sizeof *grown);
            if (!grown) GT_THROW(err, GT_NO_MEMORY, "out of memory for a picture");
            m->room[i] = grown;
        }
        m->side = side;
    }
    for (size_t b = 0; b < m->info.bands; b++) {
        GT_TRY(cut_band(m, b, ra, dec, side, pad, padded, &from, err));
        if (b == 0) *name = from->name;
        memcpy(out + b * side * side, m->room[0], side * side * sizeof *out);
    }
done:
    return status;
}
