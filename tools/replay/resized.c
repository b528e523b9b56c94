/* Replays recorded changes of a picture's size, as bytes and as floats, and the brightness of
 * one in colours: input_16 to up_32, down_8, float_up_32, float_down_8, and rgb_hwc to luma. */
#include <stdlib.h>
#include <string.h>

#include "galatea/image.h"
#include "recording.h"

enum { SIDE = 16, MOST = 32 };

static const struct target {
    const char *bytes, *floats;
    size_t side;
} targets[] = {{"up_32", "float_up_32", 32}, {"down_8", "float_down_8", 8}};

/* `count` bytes of a tensor that must be there. */
static bool read_bytes(gt_recording *rec, const char *name, uint64_t wanted, uint8_t *bytes) {
    uint64_t count = 0;
    double *values = gt_recording_input_double(rec, name, &count);
    if (values && count != wanted)
        gt_recording_fail(rec, GT_BAD_SHAPE, "'%s' has %llu values, expected %llu", name,
                          (unsigned long long)count, (unsigned long long)wanted);
    for (uint64_t i = 0; !rec->status && i < wanted; ++i) {
        if (!(values[i] >= 0 && values[i] <= 255))
            gt_recording_fail(rec, GT_BAD_FORMAT, "'%s' has %g, expected bytes", name,
                              values[i]);
        else
            bytes[i] = (uint8_t)values[i];
    }
    free(values);
    return !rec->status;
}

/* Bytes must be the same. */
static void compare_bytes(gt_recording *rec, const char *name, size_t side,
                          const uint8_t *bytes) {
    double got[MOST * MOST];
    for (size_t i = 0; i < side * side; ++i) got[i] = bytes[i];
    gt_recording_compare_within(rec, name, GT_SHAPE((int64_t)side, (int64_t)side), got, 0);
}

static void replay_target(gt_recording *rec, const struct target *to, const uint8_t *input) {
    uint8_t bytes[MOST * MOST];
    float floats[SIDE * SIDE], resized[MOST * MOST];
    for (int i = 0; i < SIDE * SIDE; ++i) floats[i] = input[i];
    rec->status =
        gt_image_resize_bytes(input, 1, SIDE, SIDE, to->side, to->side, bytes, rec->err);
    if (!rec->status)
        rec->status =
            gt_image_resize(floats, 1, SIDE, SIDE, to->side, to->side, resized, rec->err);
    if (rec->status) return;
    compare_bytes(rec, to->bytes, to->side, bytes);
    int index = gt_recording_find(rec, to->floats);
    if (index >= 0) gt_recording_allow(rec, index, 0, 1e-6);
    gt_recording_compare_floats(rec, to->floats, GT_SHAPE((int64_t)to->side, (int64_t)to->side),
                                resized, GT_REPLAY_PLAIN, 0);
}

static void replay_resized(gt_recording *rec) {
    uint8_t input[SIDE * SIDE], rgb[3 * SIDE * SIDE], luma[SIDE * SIDE];
    rec->result->has_measured = true;
    if (!read_bytes(rec, "input_16", SIDE * SIDE, input)) return;
    for (size_t i = 0; !rec->status && i < sizeof targets / sizeof *targets; ++i)
        replay_target(rec, &targets[i], input);
    if (!read_bytes(rec, "rgb_hwc", 3 * SIDE * SIDE, rgb)) return;
    gt_image_luma(rgb, SIDE * SIDE, luma);
    compare_bytes(rec, "luma", SIDE, luma);
}

static bool accepts(const gt_safetensors *file) {
    return gt_safetensors_metadata(file, "filter") && gt_safetensors_metadata(file, "luma");
}

const gt_replayer gt_replayer_resized = {"resized picture", accepts, replay_resized};
