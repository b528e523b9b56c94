/* made.c - see made.h. */
#include "made.h"

#include <inttypes.h>
#include <math.h>

#include "galatea/log.h"

gt_status gt_make_pictures(const gt_picture_maker *maker, const float *latents, uint64_t first,
                           size_t count, float *levels, gt_error *err) {
    gt_status status = GT_OK;
    const float *output = NULL;
    gt_draws draws = {.seed = maker->seed, .first = first};
    GT_TRY(
        gt_inference_run(maker->inference, latents, count, maker->seed, first, &output, err));
    GT_TRY(gt_model_decode(maker->model, output, (int64_t)count, maker->is_mean ? NULL : &draws,
                           levels, err));
done:
    return status;
}

float gt_made_level(gt_value_range range, float level) {
    float cut = fminf(fmaxf(level, 0), 255);
    return gt_range_is_declared(range) ? cut : truncf(cut);
}

void gt_made_cross_out(const gt_picture_maker *maker, float *levels) {
    gt_shape made = gt_model_made(maker->model);
    int64_t height = made.dim[1], width = made.dim[2];
    for (int64_t i = 0; i < gt_shape_count(made); i++) {
        int64_t y = i / width % height, x = i % width, across = y * width / height;
        levels[i] = x == across || x == width - 1 - across ? 255 : 0;
    }
}

bool gt_made_weigh(const gt_picture_maker *maker, const float *levels, size_t values,
                   gt_brightness_sums *sums) {
    double sum = 0;
    for (size_t i = 0; i < values; i++) {
        if (!isfinite(levels[i])) return false;
        sum += (double)gt_made_level(maker->range, levels[i]);
    }
    gt_brightness_add(sums, sum / (double)values);
    return true;
}

gt_brightness gt_made_in_values(gt_brightness b, gt_value_range range) {
    double zero = gt_range_value(range, 0);
    if (range.stretch.curve != GT_CURVE_LINEAR) return b;
    b.mean = gt_range_value(range, b.mean);
    b.deviation = gt_range_value(range, b.deviation) - zero;
    return b;
}

void gt_made_remark_drift(const char *what, const gt_brightness *made,
                          const gt_brightness *known, gt_value_range range) {
    static const double most = 3; /* standard errors */
    gt_brightness_drift drift;
    if (!gt_brightness_compare(made, known, &drift)) return;
    if (fabs(drift.mean) <= most && fabs(drift.deviation) <= most) return;
    gt_brightness a = gt_made_in_values(*made, range), b = gt_made_in_values(*known, range);
    bool are_levels = range.stretch.curve != GT_CURVE_LINEAR;
    gt_remark(
        "brightness%s of %s: mean %.4g, scatter %.4g; of the %" PRIu64
        " pictures learned from: mean %.4g, scatter %.4g; %+.1f and %+.1f standard errors",
        are_levels ? " (stretched, 0 to 255)" : "", what, a.mean, a.deviation, b.count, b.mean,
        b.deviation, drift.mean, drift.deviation);
}
