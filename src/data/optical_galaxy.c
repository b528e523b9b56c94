/* optical_galaxy.c - galaxies of the optical sky by class: what chance decides, and painting
 * it.
 *
 * Sizes and colours are as of bright galaxies of SDSS, whose half-light radii are a few arcsec:
 * surface brightness varies less than size, so that flux follows the area. */
#include <math.h>

#include "optical.h"

static const double pi = 3.14159265358979323846;

static double kept_between(double value, double low, double high) {
    return fmin(fmax(value, low), high);
}

/* Half-light radius in pixels, and a flux of about the same surface brightness. */
static void draw_size(sky_dice *dice, const optical_canvas *canvas, double median,
                      double *radius, double *flux) {
    double arcsec = kept_between(sky_lognormal(dice, median, 0.30), 1.0, 6.0);
    double bright = sky_lognormal(dice, 1.0, 0.5);
    *radius = arcsec / canvas->pixel;
    *flux = 13.0 * bright * pow(arcsec, 1.7);
}

static optical_place draw_place(sky_dice *dice) {
    optical_place place = {.x = 0.6 * sky_normal(dice), .y = 0.6 * sky_normal(dice), .axis = 1};
    place.angle = sky_between(dice, 0.0, pi);
    return place;
}

/* ---- ellipticals ---- */

static void draw_elliptical(sky_dice *dice, optical_canvas *canvas, optical_place *place) {
    double radius, flux, flat = sky_between(dice, 0.0, 1.0);
    draw_size(dice, canvas, 2.3, &radius, &flux);
    double index = kept_between(sky_lognormal(dice, 3.6, 0.25), 1.8, 6.5);
    place->axis = 1.0 - 0.5 * flat * sqrt(flat);
    double tint = 0.15 * sky_normal(dice);
    optical_sersic(canvas, *place, radius, index, 1.2 * flux, kept_between(tint, -0.3, 0.4));
}

/* ---- spirals ---- */

static int draw_arms(sky_dice *dice) {
    double u = sky_between(dice, 0.0, 1.0);
    return u < 0.08 ? 1 : u < 0.70 ? 2 : u < 0.85 ? 3 : u < 0.95 ? 4 : 5;
}

static optical_disk draw_disk(sky_dice *dice, double scale, double later) {
    optical_disk disk = {.scale = scale, .arms = draw_arms(dice)};
    double pitch = sky_between(dice, 9.0, 20.0 + 16.0 * later) * pi / 180.0;
    disk.winding = (sky_chance(dice, 0.5) ? 1.0 : -1.0) / tan(pitch);
    disk.phase = sky_between(dice, 0.0, 2.0 * pi);
    disk.contrast = kept_between(sky_lognormal(dice, 0.55, 0.45), 0.08, 1.3);
    disk.sharpness = sky_between(dice, 1.2, 4.5);
    disk.start = scale * sky_between(dice, 0.5, 1.1);
    disk.dust = sky_between(dice, 0.0, 0.6);
    disk.wave = sky_between(dice, 0.0, 0.9);
    disk.lopsided = sky_between(dice, 0.0, 0.5);
    disk.lopsided_at = sky_between(dice, 0.0, 2.0 * pi);
    disk.tint = 0.3 + 0.4 * later + 0.1 * sky_normal(dice);
    disk.arm_tint = disk.tint + sky_between(dice, 0.2, 0.5);
    bool is_barred = sky_chance(dice, 0.4);
    double bright = sky_between(dice, 0.5, 1.8), length = sky_between(dice, 0.6, 1.2);
    if (!is_barred) return disk;
    disk.bar = bright;
    disk.bar_length = disk.start = scale * length;
    disk.bar_angle = disk.phase; /* arms begin at its ends */
    return disk;
}

/* Young clusters, most of them on the arms. */
static void draw_clumps(sky_dice *dice, optical_canvas *canvas, optical_place place,
                        const optical_disk *disk, double flux, double later) {
    int count = (int)(sky_between(dice, 0.0, 26.0) * later);
    double c = cos(place.angle), s = sin(place.angle);
    for (int i = 0; i < count; i++) {
        double r = disk->scale * kept_between(sky_lognormal(dice, 1.7, 0.4), 0.3, 4.0);
        double arm = floor(sky_between(dice, 0.0, disk->arms)) * 2.0 * pi / disk->arms;
        double angle =
            disk->phase + disk->winding * log(r / disk->start) + arm + 0.35 * sky_normal(dice);
        double u = r * cos(angle), v = place.axis * r * sin(angle);
        double sigma = sky_between(dice, 0.12, 0.40) / canvas->pixel;
        double part = kept_between(sky_lognormal(dice, 0.004, 0.8), 0.0, 0.04);
        optical_blob(canvas, place.x + c * u - s * v, place.y + s * u + c * v, fmax(sigma, 0.5),
                     part * flux, 1.2);
    }
}

static void draw_spiral(sky_dice *dice, optical_canvas *canvas, optical_place *place) {
    double radius, flux, later = sky_between(dice, 0.0, 1.0); /* 0: Sa, 1: Sc and later */
    draw_size(dice, canvas, 2.8, &radius, &flux);
    double scale = radius / 1.5;
    place->axis = sky_between(dice, 0.33, 1.0);
    optical_disk disk = draw_disk(dice, scale, later);
    double share = kept_between(sky_lognormal(dice, 0.30 - 0.25 * later, 0.5), 0.01, 0.6);
    optical_place bulge = *place;
    bulge.axis = 1.0 - (1.0 - place->axis) * 0.5; /* rounder than the disk */
    double index = kept_between(sky_lognormal(dice, 2.8 - 1.6 * later, 0.25), 0.8, 5.0);
    double size = scale * kept_between(sky_lognormal(dice, 0.35, 0.3), 0.12, 0.9);
    optical_disk_paint(canvas, *place, &disk, (1.0 - share) * flux);
    optical_sersic(canvas, bulge, size, index, share * flux, 0.1 + 0.1 * sky_normal(dice));
    draw_clumps(dice, canvas, *place, &disk, flux, later);
}

/* ---- disks from their edge ---- */

static void draw_edge_on(sky_dice *dice, optical_canvas *canvas, optical_place *place) {
    double radius, flux, share = kept_between(sky_lognormal(dice, 0.12, 0.7), 0.0, 0.45);
    draw_size(dice, canvas, 2.9, &radius, &flux);
    optical_edge edge = {.scale = 0.6 * radius};
    edge.height = fmax(edge.scale * sky_between(dice, 0.15, 0.45), 0.55);
    edge.warp = 0.03 * sky_normal(dice);
    edge.lane = sky_chance(dice, 0.6) ? sky_between(dice, 0.2, 0.7) : 0.0;
    edge.lane_offset = 0.2 * sky_normal(dice);
    edge.tint = sky_between(dice, 0.0, 0.7);
    optical_edge_paint(canvas, *place, &edge, 0.7 * (1.0 - share) * flux);
    optical_place bulge = *place;
    bulge.axis = sky_between(dice, 0.55, 0.9);
    double size = edge.scale * sky_between(dice, 0.25, 0.6);
    optical_sersic(canvas, bulge, size, sky_between(dice, 1.2, 3.5), 0.7 * share * flux, 0.1);
    place->axis = kept_between(edge.height / edge.scale, 0.1, 0.5);
}

void optical_draw_galaxy(sky_dice *dice, int32_t label, optical_canvas *canvas,
                         optical_place *place) {
    static void (*const kinds[OPTICAL_CLASSES])(sky_dice *, optical_canvas *,
                                                optical_place *) = {
        [OPTICAL_SPIRAL] = draw_spiral,
        [OPTICAL_ELLIPTICAL] = draw_elliptical,
        [OPTICAL_EDGE_ON] = draw_edge_on};
    *place = draw_place(dice);
    kinds[label](dice, canvas, place);
}
