/* npy_picture.c - axes by their sides, and strides. */
#include "npy_picture.h"

#include <inttypes.h>
#include <string.h>

#include "axes.h"

enum { MOST_VALUES = 1 << 26 };

gt_npy gt_npy_item(const gt_npy *array) {
    gt_npy item = *array;
    item.rank--;
    memmove(item.dims, item.dims + 1, item.rank * sizeof *item.dims);
    item.items /= array->dims[0];
    return item;
}

static gt_status find_axes(const gt_npy *array, const char *axes, bool *has_channels_last,
                           gt_error *err) {
    const uint64_t *dims = array->dims, four[4] = {1, dims[0], dims[1], dims[2]};
    bool is_told = axes != NULL && strcmp(axes, "auto") != 0;
    gt_axes guess = gt_axes_guess(four);
    *has_channels_last = is_told ? strcmp(axes, "nhwc") == 0 : guess == GT_AXES_CHANNELS_LAST;
    if (is_told || guess != GT_AXES_UNCLEAR) return GT_OK;
    return gt_fail(
        err, GT_USAGE,
        "pictures of %" PRIu64 " x %" PRIu64 " x %" PRIu64
        ", whose channels may be the first axis or the last, (C,H,W) or (H,W,C); say "
        "--axes nchw or --axes nhwc",
        dims[0], dims[1], dims[2]);
}

void gt_npy_advise(const gt_npy *array, gt_error *err) {
    if (array->rank == 1)
        gt_advise(err, "numpy.savez('set.npz', images=i, labels=l) puts columns beside arrays "
                       "of pictures");
}

gt_status gt_npy_picture_of(const gt_npy *array, const char *axes, gt_npy_picture *out,
                            gt_error *err) {
    bool has_channels_last = false;
    size_t strides[3], rank = array->rank, step = 1;
    if (gt_npy_is_text(array->type) || rank < 2 || rank > 3) {
        (void)gt_fail(
            err, GT_BAD_FORMAT,
            "an array of rank %zu and type %s, expected one picture: numbers of rank 2 "
            "(H,W) or 3 (C,H,W) or (H,W,C)",
            rank, gt_npy_type_name(array->type));
        gt_npy_advise(array, err);
        return GT_BAD_FORMAT;
    }
    if (array->items > MOST_VALUES)
        return gt_fail(err, GT_UNSUPPORTED,
                       "a picture of %" PRIu64 " values, expected at most %d", array->items,
                       MOST_VALUES);
    gt_status status = rank == 3 ? find_axes(array, axes, &has_channels_last, err) : GT_OK;
    if (status) return status;
    for (size_t i = 0; i < rank; i++) {
        size_t axis = array->fortran ? i : rank - 1 - i;
        strides[axis] = step;
        step *= (size_t)array->dims[axis];
    }
    size_t row = rank == 3 && !has_channels_last, channel = has_channels_last ? 2 : 0;
    *out = (gt_npy_picture){.channels = rank == 2 ? 1 : (size_t)array->dims[channel],
                            .height = (size_t)array->dims[row],
                            .width = (size_t)array->dims[row + 1],
                            .steps = {strides[channel], strides[row], strides[row + 1]}};
    return GT_OK;
}

bool gt_npy_picture_is_in_order(const gt_npy_picture *p) {
    return p->steps[2] == 1 && p->steps[1] == p->width &&
           (p->channels == 1 || p->steps[0] == p->width * p->height);
}

void gt_npy_picture_arrange(const gt_npy_picture *picture, const float *stored, float *out) {
    for (size_t c = 0; c < picture->channels; c++)
        for (size_t y = 0; y < picture->height; y++) {
            const float *from = stored + c * picture->steps[0] + y * picture->steps[1];
            for (size_t x = 0; x < picture->width; x++) *out++ = from[x * picture->steps[2]];
        }
}
