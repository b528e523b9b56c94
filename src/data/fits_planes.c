/* fits_planes.c - see fits_planes.h. */
#include "fits_planes.h"

#include <stdlib.h>

#include "fits_made.h"

static uint64_t planes_of(const gt_fits_opened *o, int which) {
    return which == 0 ? 1 : o->channels;
}

static gt_status open_plane(const gt_fits_objects *all, const gt_fits_object *object, int which,
                            const gt_fits_opened *o, gt_fits_planes *out, gt_error *err) {
    static const char *const names[GT_PLANE_COUNT] = {"MASK", "IVAR"};
    gt_status status =
        gt_fits_opened_unit(all, object, 0, names[which], &out->images[which], err);
    if (status) out->images[which] = NULL;
    if (status == GT_NOT_FOUND) return GT_OK;
    if (status) return status;
    const gt_fits_image_info *info = gt_fits_image_describe(out->images[which]);
    if (info->height == o->height && info->width == o->width &&
        info->planes * info->stacks == o->pictures * planes_of(o, which))
        return GT_OK;
    gt_fits_image_close(out->images[which]);
    out->images[which] = NULL;
    return GT_OK;
}

gt_status gt_fits_planes_open(const gt_fits_objects *all, const gt_fits_object *object,
                              const gt_source_request *request, const gt_fits_opened *o,
                              gt_fits_planes *out, gt_error *err) {
    gt_status status = GT_OK;
    *out = (gt_fits_planes){{NULL}};
    bool is_asked = request->fits.hdu != NULL || all->bands[0].hdu != NULL;
    if (is_asked || all->band_count > 1 ||
        !gt_fits_is_made_here(gt_fits_image_describe(o->images[0])))
        return GT_OK;
    for (int i = 0; i < GT_PLANE_COUNT; i++) GT_TRY(open_plane(all, object, i, o, out, err));
done:
    return status;
}

void gt_fits_planes_close(gt_fits_planes *planes) {
    for (int i = 0; i < GT_PLANE_COUNT; i++) gt_fits_image_close(planes->images[i]);
    *planes = (gt_fits_planes){{NULL}};
}

unsigned gt_fits_planes_are(const gt_fits_planes *planes) {
    return (planes->images[0] ? GT_PLANE_MASK : 0u) | (planes->images[1] ? GT_PLANE_IVAR : 0u);
}

gt_status gt_fits_planes_read(const gt_fits_planes *planes, unsigned wanted,
                              const gt_fits_opened *o, uint64_t index, float *out,
                              gt_error *err) {
    gt_status status = GT_OK;
    gt_rounding ignored = {0};
    for (int i = 0; i < GT_PLANE_COUNT; i++) {
        if (!(wanted & 1u << i)) continue;
        uint64_t count = planes_of(o, i);
        for (uint64_t c = 0; c < count; c++, out += o->height * o->width)
            GT_TRY(
                gt_fits_image_read(planes->images[i], index * count + c, out, &ignored, err));
    }
done:
    return status;
}
