/* sky_radio.c - the radio sky of a survey like FIRST: FRI, FRII, neighbours, noise. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sky.h"
#include "text.h"

static const double pi = 3.14159265358979323846;
static const char *const classes[] = {"FRI", "FRII"};

/* Turns the source by an angle on the sky and moves its centre. */
static void turn_and_move(sky_source *source, double angle, double dx, double dy) {
    double c = cos(angle), s = sin(angle);
    for (size_t i = 0; i < source->count; i++) {
        sky_blob *blob = &source->blob[i];
        double x = blob->x, y = blob->y;
        blob->x = c * x - s * y + dx;
        blob->y = s * x + c * y + dy;
    }
}

/* Total flux in mJy: counts fall as S^-2 from the limit of 30 mJy up. */
static double draw_flux(sky_dice *dice) {
    return fmin(30.0 / sky_between(dice, 0.0, 1.0), 3000.0);
}

static void draw_source(sky_dice *dice, int32_t label, sky_source *source) {
    source->count = 0;
    /* Directions are uniform on the sphere; nearly end-on sources look like quasars and are not
     * in such samples. */
    double cos_view = sky_between(dice, 0.0, 0.8), sin_view = sqrt(1.0 - cos_view * cos_view);
    (label ? sky_draw_frii : sky_draw_fri)(dice, sin_view, source);
    sky_source_rescale(source, 0, draw_flux(dice));
    double angle = sky_between(dice, 0.0, 2.0 * pi);
    double dx = 1.5 * sky_normal(dice), dy = 1.5 * sky_normal(dice);
    turn_and_move(source, angle, dx, dy);
}

/* Point sources that happen to lie in the field: 1 mJy and up, about 90 per square degree. */
static void draw_neighbours(sky_dice *dice, sky_canvas *canvas) {
    double field = canvas->pixel * (double)canvas->size / 3600.0;
    double half = 0.5 * 3600.0 * field, none = exp(-90.0 * field * field);
    /* Knuth's way to a Poisson number: count factors until the product falls below exp(-mean).
     */
    double product = sky_between(dice, 0.0, 1.0);
    for (int n = 0; product > none && n < 1000; n++) {
        sky_blob point = {0};
        point.x = sky_between(dice, -half, half);
        point.y = sky_between(dice, -half, half);
        point.flux = fmin(1.0 / sky_between(dice, 0.0, 1.0), 50.0);
        sky_canvas_blob(canvas, canvas->map, &point);
        product *= sky_between(dice, 0.0, 1.0);
    }
}

/* Positions in the northern field of FIRST. */
static void draw_facts(const gt_synth_settings *settings, sky_dice *dice, gt_dataset_row *row) {
    *row = gt_dataset_row_default();
    row->label = sky_chance(dice, settings->frii);
    row->split = sky_chance(dice, settings->test) ? GT_SPLIT_TEST : GT_SPLIT_TRAIN;
    row->ra = sky_between(dice, 110.0, 263.0);
    double south = sin(-8.0 * pi / 180.0), north = sin(64.0 * pi / 180.0);
    row->dec = asin(sky_between(dice, south, north)) * 180.0 / pi;
}

/* A catalogue holds what was detected: a source whose brightest pixel stays below 8 rms gets so
 * much more flux that it reaches them. */
static void make_detectable(sky_canvas *canvas, float level) {
    size_t pixels = canvas->size * canvas->size;
    float peak = 0.0f;
    for (size_t i = 0; i < pixels; i++) peak = fmaxf(peak, canvas->source[i]);
    if (peak >= level || peak <= 0.0f) return;
    for (size_t i = 0; i < pixels; i++) canvas->source[i] *= level / peak;
}

/* ---- pixels as they are stored ---- */

static bool is_scaled(const gt_synth_settings *settings) {
    return strcmp(settings->scale, "none") != 0;
}

static void cut(size_t n, float *map, float level) {
    for (size_t i = 0; i < n; i++)
        if (map[i] < level) map[i] = 0.0f;
}

/* Lowest pixel 0 (nothing is below 0 after a cut), brightest 255; an empty picture stays 0. */
static void scale_to_bytes(size_t n, const float *map, float low, uint8_t *out) {
    float high = low;
    for (size_t i = 0; i < n; i++) high = fmaxf(high, map[i]);
    float factor = high > low ? 255.0f / (high - low) : 0.0f;
    for (size_t i = 0; i < n; i++) out[i] = (uint8_t)lrintf((map[i] - low) * factor);
}

static void store(const gt_synth_settings *settings, sky_canvas *canvas, void *values) {
    size_t n = canvas->size * canvas->size;
    float low = 0.0f;
    if (settings->cut > 0.0)
        cut(n, canvas->map, (float)(settings->cut * settings->rms));
    else
        for (size_t i = 0; i < n; i++) low = fminf(low, canvas->map[i]);
    if (is_scaled(settings))
        scale_to_bytes(n, canvas->map, low, values);
    else
        memcpy(values, canvas->map, n * sizeof(float));
}

/* ---- the survey ---- */

static gt_status radio_check(const gt_synth_settings *settings, gt_error *err) {
    const gt_synth_settings usual = gt_synth_settings_default();
    const char *name = settings->spiral != usual.spiral     ? "spiral"
                       : settings->edge_on != usual.edge_on ? "edge-on"
                                                            : NULL;
    if (!name) return GT_OK;
    return gt_fail(err, GT_BAD_ARGUMENT, "%s is for the survey optical, not for radio", name);
}

static void radio_describe(const gt_synth_settings *settings, gt_dataset_info *info,
                           char normalize[SKY_STEP_ROOM]) {
    GT_PLAIN_NUMBERS;
    info->channels = 1;
    info->type = is_scaled(settings) ? GT_PIXEL_U8 : GT_PIXEL_F32;
    snprintf(normalize, SKY_STEP_ROOM, "minmax");
    if (settings->cut > 0) snprintf(normalize, SKY_STEP_ROOM, "sigma-clip:%.6g", settings->cut);
    if (!is_scaled(settings)) snprintf(normalize, SKY_STEP_ROOM, "none");
}

static gt_status radio_open(const gt_synth_settings *settings, void **canvas, gt_error *err) {
    *canvas = calloc(1, sizeof(sky_canvas));
    if (!*canvas) return gt_fail(err, GT_NO_MEMORY, "a canvas");
    return sky_canvas_init(*canvas, settings, err);
}

static void radio_close(void *canvas) {
    if (canvas) sky_canvas_clear(canvas);
    free(canvas);
}

static void radio_draw(const gt_synth_settings *settings, uint64_t index, void *room,
                       gt_dataset_row *row, void *values) {
    sky_canvas *canvas = room;
    gt_rng_key key = {(uint64_t)settings->seed, gt_rng_stream("sky.radio.facts"),
                      (uint32_t)index};
    sky_dice facts = {key, 0};
    key.stream = gt_rng_stream("sky.radio.source");
    sky_dice shape = {key, 0};
    key.stream = gt_rng_stream("sky.radio.field");
    sky_dice field = {key, 0};
    key.stream = gt_rng_stream("sky.radio.noise");

    draw_facts(settings, &facts, row);
    sky_source source;
    draw_source(&shape, row->label, &source);
    size_t pixels = canvas->size * canvas->size;
    memset(canvas->source, 0, pixels * sizeof *canvas->source);
    for (size_t i = 0; i < source.count; i++)
        sky_canvas_blob(canvas, canvas->source, &source.blob[i]);
    make_detectable(canvas, (float)(8.0 * settings->rms));
    memcpy(canvas->map, canvas->source, pixels * sizeof *canvas->map);
    draw_neighbours(&field, canvas);
    sky_canvas_noise(canvas, key, settings->rms);
    row->angular_size = sky_canvas_extent(canvas, 3.0 * settings->rms);
    store(settings, canvas, values);
}

const sky_survey sky_radio = {.name = "radio",
                              .class_names = classes,
                              .class_count = 2,
                              .pixel = 1.8,
                              .beam = 5.4,
                              .rms = 0.15,
                              .scales = "picture|none",
                              .check = radio_check,
                              .describe = radio_describe,
                              .open = radio_open,
                              .close = radio_close,
                              .draw = radio_draw};
