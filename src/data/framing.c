/* framing.c - the part of a picture that an import keeps. */
#include "framing.h"

#include <stdlib.h>
#include <string.h>

#include "columns.h"

gt_status gt_framing_begin(gt_framing *framing, gt_error *err) {
    const gt_dataset_info *info = framing->info;
    size_t side = framing->is_aligned ? framing->side : 0;
    size_t channels = framing->bands->is_asked ? 3 : info->channels; /* until they are gray */
    framing->turned = malloc(channels * side * side * sizeof *framing->turned + 1);
    framing->resized = malloc(channels * info->height * info->width * sizeof *framing->resized);
    if (framing->turned != NULL && framing->resized != NULL) return GT_OK;
    return gt_fail(err, GT_NO_MEMORY, "out of memory for pictures of %zu values",
                   gt_dataset_row_values(info));
}

void gt_framing_clear(gt_framing *framing) {
    free(framing->cut);
    free(framing->turned);
    free(framing->resized);
    *framing = (gt_framing){0};
}

static bool has_colour(const gt_picture *picture) {
    size_t plane = picture->height * picture->width * sizeof *picture->pixels;
    const char *bytes = (const char *)picture->pixels;
    return memcmp(bytes, bytes + plane, plane) != 0 || memcmp(bytes, bytes + 2 * plane, plane);
}

/* A picture of three equal channels goes on as one; one channel is repeated when all is done.
 */
static gt_status fit_channels(gt_framing *f, gt_picture *picture, gt_error *err) {
    size_t wanted = f->info->channels;
    if (f->bands->is_asked) return gt_bands_pick(f->bands, picture, err);
    if (picture->channels == wanted || (picture->channels == 1 && wanted == 3)) return GT_OK;
    if (picture->channels != 3 || wanted != 1)
        return gt_fail(err, GT_BAD_SHAPE, "%zu channels, expected %zu", picture->channels,
                       wanted);
    if (has_colour(picture))
        return gt_fail(err, GT_BAD_SHAPE,
                       "a picture with colours, expected gray ones for one channel");
    picture->channels = 1;
    return GT_OK;
}

static gt_status check_sides(const gt_framing *f, const gt_picture *picture, gt_error *err) {
    size_t height = picture->height, width = picture->width, side = f->side;
    if (f->is_whole) return GT_OK;
    if (height < side || width < side)
        return gt_fail(err, GT_BAD_SHAPE,
                       "%zu x %zu pixels, expected at least %zu x %zu (--crop, --size); "
                       "--whole resizes pictures of any sides%s",
                       height, width, side, side,
                       width <= 4 && height > 4 ? "; axes are picture, channel, height, width"
                                                : "");
    if (side == 0 && (height != f->info->height || width != f->info->width))
        return gt_fail(
            err, GT_BAD_SHAPE,
            "%zu x %zu pixels, the first picture has %zu x %zu; --size cuts out their centres, "
            "--whole --size resizes them",
            height, width, f->info->height, f->info->width);
    return GT_OK;
}

static gt_status make_room(gt_framing *f, size_t values, gt_error *err) {
    if (values <= f->room) return GT_OK;
    float *grown = realloc(f->cut, values * sizeof *grown);
    if (grown == NULL) return gt_fail(err, GT_NO_MEMORY, "out of memory for a picture");
    f->cut = grown;
    f->room = values;
    return GT_OK;
}

gt_status gt_framing_cut(gt_framing *framing, const gt_picture *picture, gt_error *err) {
    gt_status status = GT_OK;
    gt_picture fitted = *picture;
    size_t least = picture->height < picture->width ? picture->height : picture->width;
    size_t side = framing->is_whole ? least : framing->side;
    bool is_cut = side > 0 && !framing->is_aligned;
    size_t height = is_cut ? side : picture->height;
    size_t width = is_cut ? side : picture->width;
    GT_TRY(fit_channels(framing, &fitted, err));
    GT_TRY(check_sides(framing, &fitted, err));
    size_t planes = fitted.channels + gt_plane_channels(framing->info->planes, fitted.channels);
    GT_TRY(make_room(framing, planes * height * width, err));
    if (is_cut)
        GT_TRY(gt_image_crop(fitted.pixels, planes, fitted.height, fitted.width, side,
                             framing->cut, err));
    else
        memcpy(framing->cut, fitted.pixels, planes * height * width * sizeof *framing->cut);
    framing->channels = fitted.channels;
    framing->height = height;
    framing->width = width;
done:
    return status;
}

gt_status gt_framing_resize(gt_framing *framing, gt_error *err) {
    gt_status status = GT_OK;
    gt_framing *f = framing;
    gt_image_pose pose;
    if (f->is_aligned) {
        GT_TRY(
            gt_image_find_pose(f->cut, f->channels, f->height, f->width, f->side, &pose, err));
        gt_image_cut_pose(f->cut, f->channels, f->height, f->width, &pose, f->side, f->turned);
        f->height = f->width = f->side;
    }
    GT_TRY(gt_image_resize(f->is_aligned ? f->turned : f->cut, f->channels, f->height, f->width,
                           f->info->height, f->info->width, f->resized, err));
done:
    return status;
}

gt_status gt_framing_finish(gt_framing *framing, gt_error *err) {
    gt_status status = GT_OK;
    size_t plane = framing->info->height * framing->info->width;
    float *values = framing->resized;
    if (framing->bands->is_asked) {
        GT_TRY(gt_bands_to_gray(framing->bands, plane, values, err));
        framing->channels = 1;
    }
    for (; framing->channels < framing->info->channels; framing->channels++)
        memcpy(values + framing->channels * plane, values, plane * sizeof *values);
done:
    return status;
}
