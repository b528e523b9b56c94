/* Replays recorded colour pictures: bands NAME.f64.zgr and NAME.f32.zgr (3,H,W) to their bytes
 * NAME.rgb (H,W,3) and grays. */
#include <stdlib.h>
#include <string.h>

#include "galatea/image.h"
#include "recording.h"

enum { STEM = 80, NAME = 120 };

static const char *name_of(char out[NAME], const char *stem, const char *part) {
    snprintf(out, NAME, "%s.%s", stem, part);
    return out;
}

/* (3,pixels) to (pixels,3). */
static void put_colours_last(const double *from, size_t pixels, double *out) {
    for (size_t c = 0; c < 3; c++)
        for (size_t i = 0; i < pixels; i++) out[3 * i + c] = from[c * pixels + i];
}

/* The reference computes in the type of its input, this in double: with floats a byte may
 * differ where truncation meets a whole number. So it may with doubles where the last digit of
 * an inverse hyperbolic sine decides: the brightest colour of a saturated pixel is 255 m / m.
 */
static void compare_colours(gt_recording *rec, const char *name, bool is_float, gt_shape shape,
                            const double *levels) {
    gt_recording_compare_truncated(rec, name, shape, levels, is_float ? 1e-3 : 1e-12);
}

/* Of the recorded bytes. */
static void compare_grays(gt_recording *rec, const char *stem, const double *bytes,
                          gt_shape shape) {
    static const char *const kinds[] = {"gray_mean", "gray_rec601", "gray_rec709"};
    size_t pixels = (size_t)gt_shape_count(shape);
    char name[NAME];
    double *levels = malloc(4 * pixels * sizeof *levels);
    if (levels == NULL) gt_recording_fail(rec, GT_NO_MEMORY, "out of memory for a gray");
    for (size_t c = 0; levels && c < 3; c++)
        for (size_t i = 0; i < pixels; i++) levels[c * pixels + i] = bytes[3 * i + c];
    for (int kind = GT_GRAY_MEAN; levels && kind <= GT_GRAY_REC709; kind++) {
        gt_image_gray(levels, pixels, (gt_gray)kind, levels + 3 * pixels);
        gt_recording_compare_within(rec, name_of(name, stem, kinds[kind]), shape,
                                    levels + 3 * pixels, 1e-12);
    }
    free(levels);
}

static void replay_picture(gt_recording *rec, const char *stem, const gt_st_tensor *tensor,
                           gt_lupton how) {
    char name[NAME];
    uint64_t count = 0, bytes_count = 0;
    if (tensor->rank != 3 || tensor->shape[0] != 3) {
        gt_recording_fail(rec, GT_BAD_SHAPE, "'%s' is not (3,H,W)", tensor->name);
        return;
    }
    size_t pixels = (size_t)(tensor->shape[1] * tensor->shape[2]);
    int64_t height = (int64_t)tensor->shape[1], width = (int64_t)tensor->shape[2];
    double *bands = gt_recording_input_double(rec, tensor->name, &count);
    double *bytes = gt_recording_input_double(rec, name_of(name, stem, "rgb"), &bytes_count);
    double *colours = bands && bytes ? malloc(count * sizeof *colours) : NULL;
    if (bands && bytes && colours == NULL)
        gt_recording_fail(rec, GT_NO_MEMORY, "out of memory for colours");
    if (bytes && bytes_count != count)
        gt_recording_fail(rec, GT_BAD_SHAPE, "'%s' has %llu values, expected %llu", name,
                          (unsigned long long)bytes_count, (unsigned long long)count);
    if (!rec->status && colours) {
        gt_image_lupton(bands, pixels, how, bands);
        put_colours_last(bands, pixels, colours);
        compare_colours(rec, name, tensor->dtype == GT_ST_F32, GT_SHAPE(height, width, 3),
                        colours);
        compare_grays(rec, stem, bytes, GT_SHAPE(height, width));
    }
    free(bands), free(bytes), free(colours);
}

static void replay_lupton(gt_recording *rec) {
    static const char ending[] = ".zgr";
    gt_lupton how = {gt_recording_number(rec, "Q", 8),
                     gt_recording_number(rec, "stretch", 0.2)};
    rec->result->has_measured = true;
    for (size_t i = 0; !rec->status && i < gt_safetensors_count(rec->file); i++) {
        const gt_st_tensor *tensor = gt_safetensors_at(rec->file, i);
        size_t length = strlen(tensor->name), tail = sizeof ending - 1;
        char stem[STEM];
        if (length <= tail || strcmp(tensor->name + length - tail, ending) != 0) continue;
        snprintf(stem, sizeof stem, "%.*s", (int)(length - tail), tensor->name);
        replay_picture(rec, stem, tensor, how);
    }
}

static bool accepts(const gt_safetensors *file) {
    return gt_safetensors_metadata(file, "channel_order") && gt_safetensors_metadata(file, "Q");
}

const gt_replayer gt_replayer_lupton = {"lupton", accepts, replay_lupton};
