/* fits_planes.c - see fits_planes.h. */
#include "fits_planes.h"

#include <inttypes.h>
#include <stdlib.h>

#include "fits_made.h"

enum { MASK, IVAR };

static const char *const plane_options[GT_PLANE_COUNT] = {"--mask-hdu", "--ivar-hdu"};

static uint64_t planes_in(const gt_fits_image *image) {
    const gt_fits_image_info *info = gt_fits_image_describe(image);
    return info->planes * info->stacks;
}

/* One of each picture in a file of bands, else of each channel; a mask may be one for all. */
static bool fits(const gt_fits_image *image, int which, const gt_fits_opened *o) {
    const gt_fits_image_info *info = gt_fits_image_describe(image);
    uint64_t channels = o->band_count > 1 ? 1 : o->channels, planes = planes_in(image);
    return info->height == o->height && info->width == o->width &&
           (planes == o->pictures * channels || (which == MASK && planes == o->pictures));
}

static gt_status wrong_shape(const gt_fits_object *object, const gt_fits_image *image,
                             int which, const gt_fits_opened *o, gt_error *err) {
    const gt_fits_image_info *info = gt_fits_image_describe(image);
    return gt_fail(err, GT_BAD_SHAPE,
                   "'%s': %s has %" PRIu64 " x %zu x %zu pixels, beside %" PRIu64
                   " x %zu x %zu of the pictures",
                   object->name, plane_options[which], planes_in(image), info->height,
                   info->width, planes_in(o->images[0]), o->height, o->width);
}

/* asked: the unit that is told; NULL: one of this name, where it fits. */
static gt_status open_plane(const gt_fits_objects *all, const gt_fits_object *object, int which,
                            size_t band, const char *asked, const gt_fits_opened *o,
                            gt_fits_planes *out, gt_error *err) {
    static const char *const names[GT_PLANE_COUNT] = {"MASK", "IVAR"};
    gt_fits_image **image = &out->images[which][band];
    gt_status status =
        gt_fits_opened_unit(all, object, band, asked ? asked : names[which], image, err);
    if (status) *image = NULL;
    if (status == GT_NOT_FOUND && asked == NULL) return GT_OK;
    if (status) {
        if (asked != NULL) gt_blame(err, "%s %s", plane_options[which], asked);
        return status;
    }
    if (fits(*image, which, o)) return GT_OK;
    if (asked != NULL) return wrong_shape(object, *image, which, o, err);
    gt_fits_image_close(*image);
    *image = NULL;
    return GT_OK;
}

gt_status gt_fits_planes_open(const gt_fits_objects *all, const gt_fits_object *object,
                              const gt_source_request *request, const gt_fits_opened *o,
                              gt_fits_planes *out, gt_error *err) {
    gt_status status = GT_OK;
    const char *const asked[GT_PLANE_COUNT] = {request->fits.mask, request->fits.ivar};
    bool has_units = all->bands[0].hdu != NULL;
    bool is_chosen = request->fits.hdu != NULL || has_units || all->band_count > 1;
    bool is_own = !is_chosen && gt_fits_is_made_here(gt_fits_image_describe(o->images[0]));
    *out = (gt_fits_planes){.files = all->band_count};
    for (int i = 0; i < GT_PLANE_COUNT; i++) {
        if (asked[i] != NULL && has_units)
            GT_THROW(err, GT_USAGE, "%s: bands that are HDUs of one file have no planes here",
                     plane_options[i]);
        if (asked[i] == NULL && !is_own) continue;
        for (size_t b = 0; b < all->band_count; b++)
            GT_TRY(open_plane(all, object, i, b, asked[i], o, out, err));
    }
done:
    return status;
}

void gt_fits_planes_close(gt_fits_planes *planes) {
    for (int i = 0; i < GT_PLANE_COUNT; i++)
        for (size_t b = 0; b < planes->files; b++) gt_fits_image_close(planes->images[i][b]);
    *planes = (gt_fits_planes){.files = 0};
}

unsigned gt_fits_planes_are(const gt_fits_planes *planes) {
    return (planes->images[MASK][0] ? GT_PLANE_MASK : 0u) |
           (planes->images[IVAR][0] ? GT_PLANE_IVAR : 0u);
}

/* Set where a plane of any channel or band is. */
static gt_status read_mask(const gt_fits_planes *planes, const gt_fits_opened *o,
                           uint64_t index, float *out, float *room, gt_error *err) {
    gt_status status = GT_OK;
    size_t pixels = o->height * o->width;
    for (size_t i = 0; i < pixels; i++) out[i] = 0;
    for (size_t b = 0; b < planes->files; b++) {
        gt_fits_image *image = planes->images[MASK][b];
        uint64_t each = planes_in(image) / o->pictures;
        for (uint64_t c = 0; c < each; c++) {
            gt_rounding ignored = {0};
            GT_TRY(gt_fits_image_read(image, index * each + c, room, &ignored, err));
            for (size_t i = 0; i < pixels; i++)
                if (room[i] != 0) out[i] = 1;
        }
    }
done:
    return status;
}

gt_status gt_fits_planes_read(const gt_fits_planes *planes, unsigned wanted,
                              const gt_fits_opened *o, uint64_t index, float *out,
                              gt_rounding *rounding, gt_error *err) {
    gt_status status = GT_OK;
    size_t pixels = o->height * o->width;
    float *room = NULL;
    if (wanted & GT_PLANE_MASK) {
        room = malloc(pixels * sizeof *room);
        if (room == NULL) GT_THROW(err, GT_NO_MEMORY, "out of memory for a mask");
        GT_TRY(read_mask(planes, o, index, out, room, err));
        out += pixels;
    }
    for (size_t c = 0; (wanted & GT_PLANE_IVAR) && c < o->channels; c++, out += pixels) {
        bool is_band = planes->files > 1;
        uint64_t plane = is_band ? index : index * o->channels + c;
        GT_TRY(gt_fits_image_read(planes->images[IVAR][is_band ? c : 0], plane, out, rounding,
                                  err));
    }
done:
    free(room);
    return status;
}
