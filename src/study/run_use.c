/* run_use.c - shared parts of encode, reconstruct and sample. */
#include "run_use.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "galatea/image.h"

int64_t gt_use_batch(int64_t wanted, const gt_model *model) {
    enum { PIXELS_AT_ONCE = 8 * 64 * 64, MOST = 64 };
    const gt_model_input *input = gt_model_input_of(model);
    int64_t chosen = PIXELS_AT_ONCE / (input->height * input->width);
    if (wanted > 0) return wanted;
    return chosen < 1 ? 1 : chosen > MOST ? MOST : chosen;
}

/* Floats that nobody declared would be taken for values of bytes, whatever the run learned
 * from.
 */
static gt_status check_declared(const gt_run *run, const gt_dataset *data, gt_error *err) {
    const gt_dataset_info *info = gt_dataset_describe(data);
    gt_value_range range = gt_run_imaging(run).range;
    if (info->type == GT_PIXEL_U8 || !gt_range_is_declared(range) ||
        gt_range_is_declared(info->range))
        return GT_OK;
    return gt_fail(err, GT_MISMATCH,
                   "%s does not declare the range of its pixels, %s learned from %.9g to %.9g: "
                   "import it with its range, LOW:HIGH",
                   gt_dataset_path(data), gt_run_path_of(run), range.low, range.high);
}

/* Rows that lie evenly in the set: lowest and highest pixel. */
static gt_status measure_some(const gt_dataset *data, uint64_t rows, float *low, float *high,
                              gt_error *err) {
    gt_status status = GT_OK;
    const gt_dataset_info *info = gt_dataset_describe(data);
    size_t values = gt_dataset_row_values(info);
    float *picture = malloc(values * sizeof *picture);
    if (!picture) GT_THROW(err, GT_NO_MEMORY, "no memory for a picture");
    *low = INFINITY, *high = -INFINITY;
    for (uint64_t i = 0; i < rows; i++) {
        GT_TRY(gt_dataset_read(data, i * info->count / rows, 1, picture, err));
        for (size_t k = 0; k < values; k++) {
            *low = fminf(*low, picture[k]);
            *high = fmaxf(*high, picture[k]);
        }
    }
done:
    free(picture);
    return status;
}

gt_status gt_use_check_unit(const gt_dataset *data, gt_error *err) {
    enum { LOOKED_AT = 64 };
    const gt_dataset_info *info = gt_dataset_describe(data);
    uint64_t rows = info->count < LOOKED_AT ? info->count : LOOKED_AT;
    float low = 0, high = 0;
    if (info->type == GT_PIXEL_U8 || gt_range_is_declared(info->range) || rows == 0)
        return GT_OK;
    gt_status status = measure_some(data, rows, &low, &high, err);
    if (status) return status;
    return gt_range_check_levels(gt_dataset_path(data), info->range, (double)low, (double)high,
                                 err);
}

gt_status gt_use_check_levels(const gt_run *run, const gt_dataset *data, gt_error *err) {
    gt_status status = check_declared(run, data, err);
    return status ? status : gt_use_check_unit(data, err);
}

gt_status gt_use_check_images(const gt_run *run, const gt_dataset *data, gt_error *err) {
    const gt_model_input *input = gt_model_input_of(gt_run_model(run));
    const gt_dataset_info *info = gt_dataset_describe(data);
    if ((int64_t)info->channels == input->channels && (int64_t)info->height == input->height &&
        (int64_t)info->width == input->width)
        return gt_use_check_levels(run, data, err);
    return gt_fail(
        err, GT_BAD_SHAPE, "%s has images of %zux%zux%zu, %s was trained on %lldx%lldx%lld",
        gt_dataset_path(data), info->channels, info->height, info->width, gt_run_path_of(run),
        (long long)input->channels, (long long)input->height, (long long)input->width);
}

gt_status gt_use_check_finite(const char *path, uint64_t first, size_t count, size_t width,
                              const float *values, const char *what, gt_error *err) {
    for (size_t i = 0; i < count * width; i++)
        if (!isfinite(values[i]))
            return gt_fail(err, GT_NOT_FINITE, "%s, row %llu: %s is %g", path,
                           (unsigned long long)(first + i / width), what, (double)values[i]);
    return GT_OK;
}

gt_status gt_use_check_pixels(const char *path, gt_value_range range, uint64_t first,
                              size_t count, size_t width, const float *pixels, gt_error *err) {
    char expected[GT_RANGE_TEXT];
    gt_status status = gt_use_check_finite(path, first, count, width, pixels, "a pixel", err);
    if (status) return status;
    for (size_t i = 0; i < count * width; i++) {
        if (pixels[i] >= 0 && pixels[i] <= 255) continue;
        gt_range_expected(range, expected);
        return gt_fail(err, GT_BAD_ARGUMENT, "%s, row %llu: a pixel is %g, expected %s", path,
                       (unsigned long long)(first + i / width),
                       gt_range_value(range, (double)pixels[i]), expected);
    }
    return GT_OK;
}

gt_status gt_use_fit(const gt_dataset_info *info, const float *picture, size_t channels,
                     size_t height, size_t width, float *out, gt_error *err) {
    size_t plane = height * width;
    gt_status status = gt_image_resize(picture, info->channels, info->height, info->width,
                                       height, width, out, err);
    for (size_t c = info->channels; c < channels; c++)
        memcpy(out + c * plane, out, plane * sizeof *out);
    return status;
}

void gt_use_pixels_of_levels(const gt_dataset_info *info, size_t count, float *levels) {
    unsigned char *bytes = (unsigned char *)levels;
    for (size_t i = 0; i < count; i++) {
        float level = fminf(fmaxf(levels[i], 0), 255);
        if (info->type == GT_PIXEL_U8)
            bytes[i] = (unsigned char)rintf(level);
        else
            levels[i] = (float)gt_range_value(info->range, (double)level);
    }
}

const char *gt_use_model_text(const gt_run *run, const char *path,
                              char out[GT_USE_MODEL_TEXT]) {
    const char *kind = gt_model_class_of(gt_run_model(run))->name;
    if (gt_run_epoch(run) > 0)
        snprintf(out, GT_USE_MODEL_TEXT, "%s, epoch %ld of %.300s", kind, gt_run_epoch(run),
                 path);
    else
        snprintf(out, GT_USE_MODEL_TEXT, "%s, weights %.300s", kind, path);
    return out;
}

const char *gt_use_weights_text(const gt_run *run, char out[GT_HASH_TEXT]) {
    gt_params *params = gt_model_params(gt_run_model(run));
    return gt_hash_to_text(
        gt_hash64(gt_params_values(params), (size_t)gt_params_floats(params) * sizeof(float)),
        out);
}

static gt_status read_plane(const gt_dataset *data, unsigned plane, uint64_t at, void **room,
                            gt_error *err) {
    const gt_dataset_info *info = gt_dataset_describe(data);
    if (!(info->planes & plane)) return GT_OK;
    if (!*room) *room = malloc(gt_dataset_plane_bytes(info, plane));
    if (!*room) return gt_fail(err, GT_NO_MEMORY, "no memory for planes");
    return gt_dataset_read_plane(data, plane, at, 1, *room, err);
}

gt_status gt_use_planes_read(const gt_dataset *data, uint64_t at, gt_use_planes *room,
                             gt_dataset_row *row, gt_error *err) {
    gt_status status = GT_OK;
    void *mask = room->mask, *ivar = room->ivar;
    GT_TRY(read_plane(data, GT_PLANE_MASK, at, &mask, err));
    GT_TRY(read_plane(data, GT_PLANE_IVAR, at, &ivar, err));
done:
    row->mask = room->mask = mask;
    row->ivar = room->ivar = ivar;
    return status;
}

void gt_use_planes_free(gt_use_planes *room) {
    free(room->mask);
    free(room->ivar);
    *room = (gt_use_planes){NULL};
}
