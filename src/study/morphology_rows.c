/* morphology_rows.c - see morphology_rows.h. */
#include "morphology_rows.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static gt_status make_buffer(const gt_dataset *data, size_t most, void **out, gt_error *err) {
    if (!data) return GT_OK;
    *out = malloc(most * gt_dataset_row_bytes(gt_dataset_describe(data)));
    return *out ? GT_OK : gt_fail(err, GT_NO_MEMORY, "no memory for %zu images", most);
}

static gt_status make_planes(const gt_morphed_set *set, size_t most, gt_morphing_batch *out,
                             gt_error *err) {
    const gt_dataset_info *info = gt_dataset_describe(set->data);
    bool has_mask = set->planes & GT_PLANE_MASK, has_ivar = set->planes & GT_PLANE_IVAR;
    if (has_mask) out->own_mask = malloc(most * gt_dataset_plane_bytes(info, GT_PLANE_MASK));
    if (has_ivar) out->own_ivar = malloc(most * gt_dataset_plane_bytes(info, GT_PLANE_IVAR));
    if ((!has_mask || out->own_mask) && (!has_ivar || out->own_ivar)) return GT_OK;
    return gt_fail(err, GT_NO_MEMORY, "no memory for the planes of %zu images", most);
}

gt_status gt_morphing_batch_create(const gt_morphing *m, const gt_morphed_set *set, size_t most,
                                   gt_morphing_batch *out, gt_error *err) {
    gt_status status = GT_OK;
    *out = (gt_morphing_batch){.most = most};
    GT_TRY(make_buffer(set->data, most, &out->images, err));
    GT_TRY(make_buffer(m->segmentation, most, &out->segmentation, err));
    GT_TRY(make_buffer(m->weights, most, &out->weights, err));
    GT_TRY(make_buffer(m->mask, most, &out->mask, err));
    GT_TRY(make_planes(set, most, out, err));
done:
    return status;
}

void gt_morphing_batch_free(gt_morphing_batch *b) {
    free(b->images);
    free(b->segmentation);
    free(b->weights);
    free(b->mask);
    free(b->own_mask);
    free(b->own_ivar);
    *b = (gt_morphing_batch){0};
}

static gt_status read_some(const gt_dataset *data, const gt_morphing_batch *b, void *out,
                           gt_error *err) {
    return data ? gt_dataset_read_bytes(data, b->first, b->count, out, err) : GT_OK;
}

gt_status gt_morphing_batch_read(const gt_morphing *m, const gt_morphed_set *set,
                                 uint64_t first, size_t count, gt_morphing_batch *b,
                                 gt_error *err) {
    gt_status status = GT_OK;
    GT_ASSERT(count <= b->most);
    b->first = first;
    b->count = count;
    GT_TRY(read_some(set->data, b, b->images, err));
    GT_TRY(read_some(m->segmentation, b, b->segmentation, err));
    GT_TRY(read_some(m->weights, b, b->weights, err));
    GT_TRY(read_some(m->mask, b, b->mask, err));
    if (b->own_mask)
        GT_TRY(gt_dataset_read_plane(set->data, GT_PLANE_MASK, first, count, b->own_mask, err));
    if (b->own_ivar)
        GT_TRY(gt_dataset_read_plane(set->data, GT_PLANE_IVAR, first, count, b->own_ivar, err));
done:
    return status;
}

/* Value `at` of stored rows. */
static double stored(const gt_dataset_info *info, const void *rows, size_t at) {
    return info->type == GT_PIXEL_U8 ? ((const uint8_t *)rows)[at]
                                     : (double)((const float *)rows)[at];
}

bool gt_morphing_weights_are_low(const gt_morphing *m, const gt_morphing_batch *b) {
    if (!m->weights) return false;
    const gt_dataset_info *info = gt_dataset_describe(m->weights);
    for (size_t i = 0; i < b->count * info->height * info->width; i++)
        if (stored(info, b->weights, i) <= 0) return true;
    return false;
}

gt_status gt_morphing_room_create(const gt_morphed_set *set, gt_morphing_room *out,
                                  gt_error *err) {
    gt_status status = GT_OK;
    const gt_dataset_info *info = gt_dataset_describe(set->data);
    size_t pixels = info->height * info->width;
    *out = (gt_morphing_room){NULL};
    if (info->height > INT32_MAX || info->width > INT32_MAX)
        GT_THROW(err, GT_BAD_SHAPE, "%s: images of %zu x %zu pixels are too large to measure",
                 set->path, info->height, info->width);
    GT_TRY(
        gt_morphology_create((int)info->height, (int)info->width, NULL, &out->morphology, err));
    out->image = malloc(pixels * sizeof *out->image);
    out->seen = malloc(pixels * sizeof *out->seen);
    out->weights = malloc(pixels * sizeof *out->weights);
    out->segments = malloc(pixels * sizeof *out->segments);
    out->mask = malloc(pixels);
    if (!out->image || !out->seen || !out->weights || !out->segments || !out->mask)
        GT_THROW(err, GT_NO_MEMORY, "no memory for an image of %s", set->path);
done:
    return status;
}

void gt_morphing_room_free(gt_morphing_room *room) {
    gt_morphology_destroy(room->morphology);
    free(room->image);
    free(room->seen);
    free(room->weights);
    free(room->segments);
    free(room->mask);
    *room = (gt_morphing_room){NULL};
}

/* The mean of the channels: bytes as parts of white, floats in their own units. */
static void take_image(const gt_morphed_set *set, const void *rows, size_t at, double *image) {
    const gt_dataset_info *info = gt_dataset_describe(set->data);
    const gt_flux *flux = &set->flux;
    bool is_curved = flux->curve.curve != GT_CURVE_LINEAR;
    size_t pixels = info->height * info->width, first = at * info->channels * pixels;
    double top = info->type == GT_PIXEL_U8 && !is_curved ? 255 : 1;
    double share = 1.0 / ((double)info->channels * top);
    for (size_t i = 0; i < pixels; i++) {
        double sum = 0;
        for (size_t c = 0; c < info->channels; c++) {
            double value = stored(info, rows, first + c * pixels + i);
            sum += is_curved ? gt_stretch_undo(flux->curve, value / flux->white) : value;
        }
        image[i] = sum * share;
    }
}

gt_status gt_morphing_check_map(const gt_morphing *m, const gt_morphing_batch *b,
                                gt_error *err) {
    if (!m->segmentation) return GT_OK;
    const gt_dataset_info *info = gt_dataset_describe(m->segmentation);
    size_t pixels = info->height * info->width;
    for (size_t i = 0; i < b->count * pixels; i++) {
        double label = stored(info, b->segmentation, i);
        if (!(label >= 0 && label <= INT32_MAX && label == floor(label)))
            return gt_fail(err, GT_BAD_ARGUMENT,
                           "%s: row %" PRIu64 " has the value %g, expected whole numbers from "
                           "0: the sky, 1 the source, others other sources",
                           gt_dataset_path(m->segmentation), b->first + i / pixels, label);
    }
    return GT_OK;
}

static void take_map(const gt_dataset *data, const gt_morphing_batch *b, size_t at,
                     int32_t *segments) {
    const gt_dataset_info *info = gt_dataset_describe(data);
    size_t pixels = info->height * info->width;
    for (size_t i = 0; i < pixels; i++)
        segments[i] = (int32_t)stored(info, b->segmentation, at * pixels + i);
}

/* Deviation of the mean of the channels; infinite where one of them knows nothing. */
static double deviation(const gt_dataset_info *info, const float *ivar, size_t pixel) {
    size_t pixels = info->height * info->width;
    double variance = 0;
    for (size_t c = 0; c < info->channels; c++)
        variance += 1.0 / (double)ivar[c * pixels + pixel];
    return sqrt(variance) / (double)info->channels;
}

static void take_own_planes(const gt_morphed_set *set, const gt_morphing_batch *b, size_t at,
                            gt_morphing_room *room) {
    const gt_dataset_info *info = gt_dataset_describe(set->data);
    size_t pixels = info->height * info->width;
    if (b->own_mask) memcpy(room->mask, b->own_mask + at * pixels, pixels);
    for (size_t i = 0; b->own_ivar && i < pixels; i++)
        room->weights[i] = deviation(info, b->own_ivar + at * info->channels * pixels, i);
}

static void take_planes(const gt_morphing *m, const gt_morphing_batch *b, size_t at,
                        size_t pixels, gt_morphing_room *room) {
    for (size_t i = 0; m->weights && i < pixels; i++)
        room->weights[i] = stored(gt_dataset_describe(m->weights), b->weights, at * pixels + i);
    for (size_t i = 0; m->mask && i < pixels; i++)
        room->mask[i] = stored(gt_dataset_describe(m->mask), b->mask, at * pixels + i) != 0;
}

/* What is left out of the measurement is neither sky nor source: it is no number. */
static void detect(const gt_morphology_input *in, size_t pixels, gt_morphing_room *room,
                   gt_morphology_detection *out) {
    bool has_planes = in->mask || in->weights;
    for (size_t i = 0; has_planes && i < pixels; i++) {
        bool is_out = (in->mask && in->mask[i]) || (in->weights && !isfinite(in->weights[i]));
        room->seen[i] = is_out ? (double)NAN : room->image[i];
    }
    gt_morphology_segment(room->morphology, has_planes ? room->seen : room->image,
                          room->segments, NULL, out);
}

void gt_morphing_measure(const gt_morphing *m, const gt_morphed_set *set,
                         const gt_morphing_batch *b, size_t at, gt_morphing_room *room,
                         gt_morphed_row *out) {
    const gt_dataset_info *info = gt_dataset_describe(set->data);
    size_t pixels = info->height * info->width;
    take_image(set, b->images, at, room->image);
    take_own_planes(set, b, at, room);
    take_planes(m, b, at, pixels, room);
    const gt_morphology_input input = {.image = room->image,
                                       .segments = room->segments,
                                       .label = 1,
                                       .weights =
                                           m->weights || b->own_ivar ? room->weights : NULL,
                                       .mask = m->mask || b->own_mask ? room->mask : NULL};
    detect(&input, pixels, room, &out->sky);
    for (size_t i = 0; !m->settings.keeps_sky && i < pixels; i++)
        room->image[i] -= out->sky.median;
    if (m->segmentation) take_map(m->segmentation, b, at, room->segments);
    gt_morphology_measure(room->morphology, &input, &out->result);
}
