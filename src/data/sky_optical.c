/* sky_optical.c - the optical sky of a survey like SDSS: galaxies by class, neighbours, stars,
 * seeing, noise, and Lupton's stretch. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "galatea/image.h"
#include "galatea/imaging.h"
#include "optical.h"

static const double pi = 3.14159265358979323846;
static const char *const classes[OPTICAL_CLASSES] = {"spiral", "elliptical", "edge-on"};
static const gt_lupton stretch = {8, 0.2};

static bool is_scale(const gt_synth_settings *settings, const char *name) {
    return strcmp(settings->scale, name) == 0;
}

static gt_status optical_check(const gt_synth_settings *settings, gt_error *err) {
    if (settings->spiral + settings->edge_on > 1.0)
        return gt_fail(
            err, GT_BAD_ARGUMENT,
            "spiral and edge-on are %g and %g, expected shares of at most 1 together",
            settings->spiral, settings->edge_on);
    if (settings->frii != gt_synth_settings_default().frii)
        return gt_fail(err, GT_BAD_ARGUMENT, "frii is for the survey radio, not for optical");
    if (settings->cut != gt_synth_settings_default().cut)
        return gt_fail(err, GT_BAD_ARGUMENT, "cut is for the survey radio, not for optical");
    return GT_OK;
}

static void optical_describe(const gt_synth_settings *settings, gt_dataset_info *info,
                             char normalize[SKY_STEP_ROOM]) {
    bool is_gray = is_scale(settings, "picture"), is_linear = is_scale(settings, "none");
    info->channels = is_gray ? 1 : OPTICAL_BANDS;
    info->type = is_scale(settings, "colour") ? GT_PIXEL_U8 : GT_PIXEL_F32;
    info->bands = is_gray ? NULL : "z,g,r";
    if (is_gray) info->range = (gt_value_range){0.0, 1.0};
    snprintf(normalize, SKY_STEP_ROOM, "%s",
             is_gray     ? "lupton:8:0.2"
             : is_linear ? "none"
                         : "lupton-colour:8:0.2");
}

static gt_status optical_open(const gt_synth_settings *settings, void **canvas, gt_error *err) {
    optical_canvas *own = NULL;
    gt_status status = optical_canvas_open(settings, &own, err);
    *canvas = own;
    return status;
}

static void optical_close(void *canvas) {
    optical_canvas_close(canvas);
}

/* ---- a row ---- */

static int32_t draw_label(const gt_synth_settings *settings, sky_dice *dice) {
    double u = sky_between(dice, 0.0, 1.0);
    if (u < settings->spiral) return OPTICAL_SPIRAL;
    return u < settings->spiral + settings->edge_on ? OPTICAL_EDGE_ON : OPTICAL_ELLIPTICAL;
}

/* Positions in the northern field of SDSS. */
static void draw_facts(const gt_synth_settings *settings, sky_dice *dice, gt_dataset_row *row) {
    *row = gt_dataset_row_default();
    row->label = draw_label(settings, dice);
    row->split = sky_chance(dice, settings->test) ? GT_SPLIT_TEST : GT_SPLIT_TRAIN;
    row->ra = sky_between(dice, 120.0, 240.0);
    row->dec = asin(sky_between(dice, 0.0, sin(60.0 * pi / 180.0))) * 180.0 / pi;
}

/* A Poisson number by Knuth's way: factors until the product falls below exp(-mean). */
static int draw_number(sky_dice *dice, double mean) {
    double product = sky_between(dice, 0.0, 1.0), none = exp(-mean);
    int number = 0;
    for (; product > none && number < 1000; number++) product *= sky_between(dice, 0.0, 1.0);
    return number;
}

/* Faint galaxies and stars that happen to lie in the field: per square arcmin 6 and 4. */
static void draw_field(sky_dice *dice, optical_canvas *canvas) {
    double side = canvas->pixel * (double)canvas->size / 60.0;
    double half = 0.5 * (double)canvas->size + 2.0;
    int galaxies = draw_number(dice, 6.0 * side * side);
    int stars = draw_number(dice, 4.0 * side * side);
    for (int i = 0; i < galaxies; i++) {
        optical_place place = {sky_between(dice, -half, half), sky_between(dice, -half, half),
                               sky_between(dice, 0.0, pi), sky_between(dice, 0.35, 1.0)};
        double flux = fmin(0.25 * pow(sky_between(dice, 0.0, 1.0), -0.9), 15.0);
        double radius = sky_lognormal(dice, 0.55, 0.3) * pow(flux, 0.2) / canvas->pixel;
        optical_sersic(canvas, place, radius, sky_between(dice, 0.8, 3.0), flux,
                       sky_between(dice, 0.0, 1.2));
    }
    for (int i = 0; i < stars; i++) {
        double x = sky_between(dice, -half, half), y = sky_between(dice, -half, half);
        double flux = fmin(0.3 / sky_between(dice, 0.0, 1.0), 80.0);
        optical_blob(canvas, x, y, 0.4, flux, sky_between(dice, -0.2, 1.4));
    }
}

/* Now and then a second galaxy in touch with the first. */
static void draw_companion(sky_dice *dice, optical_canvas *canvas, double radius) {
    if (!sky_chance(dice, 0.06)) return;
    double away = radius * sky_between(dice, 1.2, 3.0),
           angle = sky_between(dice, 0.0, 2.0 * pi);
    optical_place place = {away * cos(angle), away * sin(angle), sky_between(dice, 0.0, pi),
                           sky_between(dice, 0.4, 1.0)};
    double size = radius * sky_between(dice, 0.25, 0.7), flux = sky_between(dice, 3.0, 14.0);
    optical_sersic(canvas, place, size, sky_between(dice, 1.0, 4.0), flux,
                   sky_between(dice, 0.0, 1.0));
}

/* What is seen becomes the row that was asked for. */
static void store(const gt_synth_settings *settings, optical_canvas *canvas, void *values) {
    size_t pixels = canvas->size * canvas->size;
    double *gray = canvas->levels + OPTICAL_BANDS * pixels;
    if (is_scale(settings, "none")) {
        memcpy(values, canvas->seen, OPTICAL_BANDS * pixels * sizeof(float));
        return;
    }
    for (size_t i = 0; i < OPTICAL_BANDS * pixels; i++)
        canvas->levels[i] = (double)canvas->seen[i];
    gt_image_lupton(canvas->levels, pixels, stretch, canvas->levels);
    if (is_scale(settings, "colour")) {
        for (size_t i = 0; i < OPTICAL_BANDS * pixels; i++)
            ((uint8_t *)values)[i] = (uint8_t)canvas->levels[i];
        return;
    }
    gt_image_gray(canvas->levels, pixels, GT_GRAY_MEAN, gray);
    for (size_t i = 0; i < pixels; i++) ((float *)values)[i] = (float)gray[i];
}

static void optical_draw(const gt_synth_settings *settings, uint64_t index, void *room,
                         gt_dataset_row *row, void *values) {
    optical_canvas *canvas = room;
    gt_rng_key key = {(uint64_t)settings->seed, gt_rng_stream("sky.optical.facts"),
                      (uint32_t)index};
    sky_dice facts = {key, 0};
    key.stream = gt_rng_stream("sky.optical.galaxy");
    sky_dice shape = {key, 0};
    key.stream = gt_rng_stream("sky.optical.field");
    sky_dice field = {key, 0};
    key.stream = gt_rng_stream("sky.optical.noise");

    optical_place place;
    draw_facts(settings, &facts, row);
    memset(canvas->light, 0,
           OPTICAL_BANDS * canvas->wide * canvas->wide * sizeof *canvas->light);
    optical_draw_galaxy(&shape, row->label, canvas, &place);
    double radius = optical_half_light(canvas, place);
    row->angular_size = 2.0 * radius * canvas->pixel;
    double seeing = canvas->seeing * fmin(sky_lognormal(&field, 1.0, 0.12), 1.5);
    double rms = settings->rms * sky_lognormal(&field, 1.0, 0.25);
    draw_companion(&field, canvas, radius);
    draw_field(&field, canvas);
    optical_see(canvas, seeing);
    optical_add_noise(canvas, key, rms);
    store(settings, canvas, values);
}

const sky_survey sky_optical = {.name = "optical",
                                .class_names = classes,
                                .class_count = OPTICAL_CLASSES,
                                .pixel = 0.396,
                                .beam = 1.1,
                                .rms = 0.005,
                                .scales = "picture|colour|none",
                                .check = optical_check,
                                .describe = optical_describe,
                                .open = optical_open,
                                .close = optical_close,
                                .draw = optical_draw};
