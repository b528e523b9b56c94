/* Replays recorded augmentations: single operations on every picture, whole pipelines, radii
 * and taps of the blurs. All of them go through the augmenter that training uses. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "blur.h"
#include "galatea/augment.h"
#include "recording.h"

static const double tolerance = 2e-6; /* absolute, of values from 0 to 1 */

/* Pictures (count,1,height,width) of the recording. */
typedef struct pictures {
    float *values;
    size_t count, height, width;
} pictures;

/* Views to make: every draw of every picture, or draw i of picture which[i]. */
typedef struct series {
    const pictures *from;
    const gt_view_draw *draws;
    size_t count;
    const double *which;
    const char *blur_kind;
} series;

static const gt_st_tensor *tensor_of(gt_recording *rec, const char *name, int rank) {
    int index = rec->status ? -1 : gt_recording_find(rec, name);
    const gt_st_tensor *tensor = index < 0 ? NULL : gt_safetensors_at(rec->file, (size_t)index);
    if (tensor && tensor->rank >= rank && tensor->elements > 0) return tensor;
    gt_recording_fail(rec, GT_BAD_FORMAT, "no tensor '%s' of at least %d axes", name, rank);
    return NULL;
}

static pictures read_pictures(gt_recording *rec, const char *name) {
    pictures p = {0};
    uint64_t count = 0;
    const gt_st_tensor *tensor = tensor_of(rec, name, 3);
    if (!tensor) return p;
    p.height = (size_t)tensor->shape[tensor->rank - 2];
    p.width = (size_t)tensor->shape[tensor->rank - 1];
    p.count = (size_t)tensor->elements / (p.height * p.width);
    if (tensor->rank == 4 && tensor->shape[1] != 1)
        gt_recording_fail(rec, GT_BAD_SHAPE, "'%s' has %lld channels, expected 1", name,
                          (long long)tensor->shape[1]);
    p.values = gt_recording_input(rec, name, &count);
    return p;
}

/* ---- making and comparing ---------------------------------------------------------------- */

static void make(gt_recording *rec, const series *s, gt_augmenter *maker, size_t values,
                 double *got) {
    size_t per_draw = s->which ? 1 : s->from->count, picture = s->from->height * s->from->width;
    float *view = malloc(values * sizeof *view);
    if (!view) gt_recording_fail(rec, GT_NO_MEMORY, "no memory for a view");
    for (size_t i = 0; view && i < per_draw * s->count; i++) {
        size_t draw = i % s->count, index = s->which ? (size_t)s->which[draw] : i / s->count;
        gt_augmenter_apply(maker, s->from->values + index * picture, &s->draws[draw], view);
        for (size_t v = 0; v < values; v++) got[i * values + v] = (double)view[v];
    }
    free(view);
}

static void compare_series(gt_recording *rec, const char *name, const series *s) {
    const gt_st_tensor *tensor = tensor_of(rec, name, 3);
    gt_augmentation how = gt_augmentation_default();
    gt_augmenter *maker = NULL;
    if (!tensor) return;
    int64_t high = tensor->shape[tensor->rank - 2], wide = tensor->shape[tensor->rank - 1];
    gt_view_shape shape = {1, s->from->height, s->from->width, (size_t)high, (size_t)wide};
    size_t per_draw = s->which ? 1 : s->from->count, values = (size_t)(high * wide);
    gt_shape expected = GT_SHAPE((int64_t)per_draw, (int64_t)s->count, high, wide);
    if (!gt_recording_fits(rec, gt_recording_find(rec, name), expected)) return;
    how.blur_kind = s->blur_kind;
    rec->status = gt_augmenter_create(&how, shape, 1, &maker, rec->err);
    double *got = rec->status ? NULL : malloc(per_draw * s->count * values * sizeof *got);
    if (!rec->status && !got) gt_recording_fail(rec, GT_NO_MEMORY, "no memory for '%s'", name);
    if (got) make(rec, s, maker, values, got);
    if (got) gt_recording_compare_within(rec, name, expected, got, tolerance);
    gt_augmenter_destroy(maker);
    free(got);
}

/* ---- draws from the recording ------------------------------------------------------------ */

static gt_view_draw whole(const pictures *p) {
    return (gt_view_draw){.height = p->height, .width = p->width};
}

/* A whole number in [least, most]; a failure when it is none. */
static size_t number(gt_recording *rec, double value, double least, double most) {
    if (value >= least && value <= most && value == floor(value)) return (size_t)value;
    gt_recording_fail(rec, GT_BAD_FORMAT, "%g among the parameters, expected %g to %g", value,
                      least, most);
    return (size_t)least;
}

static gt_view_draw window(gt_recording *rec, const pictures *p, const double *at) {
    gt_view_draw draw = {.height = number(rec, at[2], 1, (double)p->height),
                         .width = number(rec, at[3], 1, (double)p->width)};
    draw.top = number(rec, at[0], 0, (double)(p->height - draw.height));
    draw.left = number(rec, at[1], 0, (double)(p->width - draw.width));
    return draw;
}

static double sigma(gt_recording *rec, double value) {
    if (value > 0 && value <= 32) return value;
    gt_recording_fail(rec, GT_BAD_FORMAT, "sigma %g, expected above 0 to 32", value);
    return 1;
}

typedef gt_view_draw draw_reader(gt_recording *rec, const pictures *p, const double *at);

static gt_view_draw read_brightness(gt_recording *rec, const pictures *p, const double *at) {
    gt_view_draw draw = whole(p);
    (void)rec;
    draw.jitters = true;
    draw.brightness = at[0];
    draw.contrast = 1;
    return draw;
}

static gt_view_draw read_contrast(gt_recording *rec, const pictures *p, const double *at) {
    gt_view_draw draw = read_brightness(rec, p, at);
    draw.contrast = draw.brightness;
    draw.brightness = 1;
    return draw;
}

static gt_view_draw read_sigma(gt_recording *rec, const pictures *p, const double *at) {
    gt_view_draw draw = whole(p);
    draw.sigma = sigma(rec, at[0]);
    return draw;
}

/* top, left, height, width, flips, jitter, brightness, contrast, order, blur, sigma */
static gt_view_draw read_pipeline(gt_recording *rec, const pictures *p, const double *at) {
    gt_view_draw draw = window(rec, p, at);
    draw.flips_horizontally = at[4] != 0;
    draw.flips_vertically = at[5] != 0;
    draw.jitters = at[6] != 0;
    draw.brightness = at[7];
    draw.contrast = at[8];
    draw.contrast_first = at[9] != 0;
    if (at[10] != 0) draw.sigma = sigma(rec, at[11]);
    return draw;
}

/* The rows, of `width` numbers, of a tensor; the caller frees them. */
static gt_view_draw *read_draws(gt_recording *rec, const char *name, const pictures *p,
                                size_t width, draw_reader *read, size_t *count) {
    uint64_t values = 0;
    double *rows = gt_recording_input_double(rec, name, &values);
    *count = (size_t)values / width;
    gt_view_draw *draws = rows ? calloc(*count + 1, sizeof *draws) : NULL;
    if (rows && values % width)
        gt_recording_fail(rec, GT_BAD_SHAPE, "'%s' has %llu values, expected rows of %zu", name,
                          (unsigned long long)values, width);
    else if (rows && !draws)
        gt_recording_fail(rec, GT_NO_MEMORY, "no memory for '%s'", name);
    else
        for (size_t i = 0; i < *count; i++) draws[i] = read(rec, p, rows + i * width);
    free(rows);
    return draws;
}

/* ---- parts of the recording -------------------------------------------------------------- */

static void replay_operation(gt_recording *rec, const pictures *p, const char *parameters,
                             size_t width, draw_reader *read, const char *out,
                             const char *blur_kind) {
    size_t count = 0;
    gt_view_draw *draws = read_draws(rec, parameters, p, width, read, &count);
    series s = {.from = p, .draws = draws, .count = count, .blur_kind = blur_kind};
    if (!rec->status) compare_series(rec, out, &s);
    free(draws);
}

static void replay_flips(gt_recording *rec, const pictures *p) {
    gt_view_draw draw = whole(p);
    series s = {.from = p, .draws = &draw, .count = 1, .blur_kind = "ebox3"};
    draw.flips_horizontally = true;
    compare_series(rec, "hflip.out", &s);
    draw = whole(p);
    draw.flips_vertically = true;
    compare_series(rec, "vflip.out", &s);
}

static void replay_pipeline(gt_recording *rec, const pictures *p) {
    uint64_t listed = 0;
    size_t count = 0;
    gt_view_draw *draws = read_draws(rec, "pipeline.params", p, 12, read_pipeline, &count);
    double *which = gt_recording_input_double(rec, "pipeline.image_index", &listed);
    if (!rec->status && listed != count)
        gt_recording_fail(rec, GT_BAD_SHAPE, "pipelines of %zu draws and %llu pictures", count,
                          (unsigned long long)listed);
    for (size_t i = 0; !rec->status && i < count; i++)
        (void)number(rec, which[i], 0, (double)p->count - 1);
    series s = {p, draws, count, which, "ebox3"};
    if (!rec->status) compare_series(rec, "pipeline.out", &s);
    free(draws);
    free(which);
}

/* The taps of a Gaussian, both sides written out. */
static void compare_kernel(gt_recording *rec, size_t index, double wanted) {
    double taps[2 * GT_BLUR_REACH + 1];
    char name[48];
    gt_blur blur = gt_blur_gauss(wanted);
    int64_t count = (int64_t)(2 * blur.reach + 1);
    for (int64_t i = 0; i < count; i++)
        taps[i] = (double)blur.tap[llabs(i - (int64_t)blur.reach)];
    snprintf(name, sizeof name, "blur_gauss.kernel%zu", index);
    gt_recording_compare_within(rec, name, GT_SHAPE(count), taps, tolerance);
}

static void replay_taps(gt_recording *rec) {
    uint64_t count = 0;
    double *sigmas = gt_recording_input_double(rec, "blur.sigma", &count);
    double *radii = sigmas ? calloc(count + 1, sizeof *radii) : NULL;
    if (sigmas && !radii) gt_recording_fail(rec, GT_NO_MEMORY, "no memory for radii");
    for (uint64_t i = 0; !rec->status && i < count; i++) {
        radii[i] = gt_blur_radius(sigma(rec, sigmas[i]));
        if (!rec->status) compare_kernel(rec, i, sigmas[i]);
    }
    if (!rec->status)
        gt_recording_compare_within(rec, "blur_ebox3.radius", GT_SHAPE((int64_t)count), radii,
                                    tolerance);
    free(sigmas);
    free(radii);
}

static void replay_augment(gt_recording *rec) {
    pictures small = read_pictures(rec, "images"), large = {0};
    if (gt_recording_find(rec, "image_large") >= 0) large = read_pictures(rec, "image_large");
    if (rec->status) goto done;
    replay_operation(rec, &small, "crop.params", 4, window, "crop.out", "ebox3");
    if (large.values)
        replay_operation(rec, &large, "crop_large.params", 4, window, "crop_large.out",
                         "ebox3");
    replay_flips(rec, &small);
    replay_operation(rec, &small, "brightness.factor", 1, read_brightness, "brightness.out",
                     "ebox3");
    replay_operation(rec, &small, "contrast.factor", 1, read_contrast, "contrast.out", "ebox3");
    replay_operation(rec, &small, "blur.sigma", 1, read_sigma, "blur_ebox3.out", "ebox3");
    replay_operation(rec, &small, "blur.sigma", 1, read_sigma, "blur_gauss.out", "gauss");
    replay_taps(rec);
    replay_pipeline(rec, &small);
done:
    free(small.values);
    free(large.values);
}

static bool accepts(const gt_safetensors *file) {
    return gt_safetensors_find(file, "crop.params") &&
           gt_safetensors_find(file, "pipeline.params");
}

const gt_replayer gt_replayer_augment = {"augmentations", accepts, replay_augment};
