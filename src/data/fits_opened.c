/* fits_opened.c - an image a band, whose planes are pictures or channels. */
#include "fits_opened.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "fits_made.h"

gt_status gt_fits_opened_unit(const gt_fits_objects *all, const gt_fits_object *object,
                              size_t band, const char *hdu, gt_fits_image **out,
                              gt_error *err) {
    char *path;
    gt_picture_member m;
    gt_status status = gt_fits_objects_file(all, object, band, &m, &path, err);
    if (status) return status;
    if (path != NULL) {
        status = gt_fits_image_open(path, hdu, out, err);
    } else {
        status = gt_fits_image_open_bytes(m.name, m.bytes, m.length, hdu, out, err);
        if (status) gt_blame(err, "%s", all->folder.path);
    }
    free(path);
    return status;
}

static gt_status open_band(const gt_fits_objects *all, const gt_fits_object *object,
                           size_t band, const gt_source_request *request, gt_fits_image **out,
                           gt_error *err) {
    const char *hdu = all->bands[band].hdu ? all->bands[band].hdu : request->fits.hdu;
    return gt_fits_opened_unit(all, object, band, hdu, out, err);
}

void gt_fits_bands(const gt_fits_image_info *info, char out[GT_FITS_BANDS]) {
    gt_fits_value card;
    size_t used = 0, names = 1;
    out[0] = 0;
    bool is_told = gt_fits_find(&info->cards, "BANDS", &card) ||
                   gt_fits_find(&info->primary, "BANDS", &card);
    if (!is_told || !card.is_text) return;
    bool has_letters = strchr(card.text, ',') == NULL && !gt_fits_is_made_here(info);
    for (const char *at = card.text; *at; at++) {
        if (*at < '!' || *at > '~') names = info->planes + 1; /* a sentence is no list */
        bool is_next = has_letters && at > card.text;
        if (is_next) out[used++] = ',';
        names += is_next || *at == ',';
        out[used++] = *at;
    }
    out[names == info->planes ? used : 0] = 0;
}

static bool are_channels(const gt_fits_objects *all, const gt_fits_image_info *info,
                         const char *planes) {
    if (info->stacks > 1 || info->is_interleaved) return true;
    if (planes != NULL && strcmp(planes, "auto") != 0) return strcmp(planes, "channels") == 0;
    char bands[GT_FITS_BANDS];
    gt_fits_bands(info, bands);
    return (!all->is_alone || *bands) && info->planes <= GT_FITS_CHANNEL_PLANES;
}

static gt_status take_shape(const gt_fits_objects *all, const char *planes, gt_fits_opened *o,
                            gt_error *err) {
    const gt_fits_image_info *info = gt_fits_image_describe(o->images[0]);
    bool is_stack = are_channels(all, info, planes) && all->band_count == 1;
    o->channels = is_stack ? (size_t)info->planes : all->band_count;
    o->pictures = is_stack ? info->stacks : info->planes * info->stacks;
    o->height = info->height;
    o->width = info->width;
    if (o->channels * o->height * o->width <= GT_FITS_MAX_VALUES) return GT_OK;
    return gt_fail(err, GT_UNSUPPORTED,
                   "pictures of %zu x %zu x %zu values, expected at most %d; --planes pictures "
                   "takes every plane for itself",
                   o->channels, o->height, o->width, GT_FITS_MAX_VALUES);
}

static gt_status compare_shape(const gt_fits_objects *all, const gt_fits_opened *o, size_t band,
                               gt_error *err) {
    const gt_fits_image_info *a = gt_fits_image_describe(o->images[0]);
    const gt_fits_image_info *b = gt_fits_image_describe(o->images[band]);
    if (a->height == b->height && a->width == b->width &&
        a->planes * a->stacks == b->planes * b->stacks)
        return GT_OK;
    return gt_fail(err, GT_BAD_SHAPE,
                   "band %s has %" PRIu64 " x %zu x %zu pixels, band %s %" PRIu64
                   " x %zu x %zu",
                   all->bands[band].name, b->planes * b->stacks, b->height, b->width,
                   all->bands[0].name, a->planes * a->stacks, a->height, a->width);
}

gt_status gt_fits_opened_open(const gt_fits_objects *all, const gt_fits_object *object,
                              const gt_source_request *request, gt_fits_opened *out,
                              gt_error *err) {
    gt_status status = GT_OK;
    *out = (gt_fits_opened){.band_count = all->band_count};
    for (size_t b = 0; b < all->band_count; b++)
        GT_TRY(open_band(all, object, b, request, &out->images[b], err));
    status = take_shape(all, request->fits.planes, out, err);
    for (size_t b = 1; b < all->band_count && !status; b++)
        status = compare_shape(all, out, b, err);
    if (status) gt_blame(err, "'%s'", object->name);
done:
    return status;
}

gt_status gt_fits_opened_read(gt_fits_opened *opened, uint64_t index, float *out,
                              gt_rounding *rounding, gt_error *err) {
    size_t plane = opened->height * opened->width;
    for (size_t c = 0; c < opened->channels; c++) {
        bool is_band = opened->band_count > 1;
        gt_fits_image *image = opened->images[is_band ? c : 0];
        uint64_t at = is_band ? index : index * opened->channels + c;
        gt_status status = gt_fits_image_read(image, at, out + c * plane, rounding, err);
        if (status) return status;
    }
    return GT_OK;
}

bool gt_fits_opened_place(const gt_fits_opened *opened, gt_flat *out) {
    size_t width = opened->width, height = opened->height;
    *out = (gt_flat){.count = opened->pictures,
                     .picture = {opened->channels, height, width, {width * height, width, 1}},
                     .has_bottom_first = true};
    return opened->band_count == 1 && opened->pictures > 1 &&
           gt_fits_image_place(opened->images[0], &out->offset, &out->numbers);
}

void gt_fits_opened_close(gt_fits_opened *opened) {
    for (size_t b = 0; b < opened->band_count; b++) gt_fits_image_close(opened->images[b]);
    *opened = (gt_fits_opened){0};
}
