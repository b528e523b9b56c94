/* optical.h (private to data) - parts of the synthetic optical sky: three bands (z, g, r) of
 * light on a canvas wider than the picture, seen through the seeing.
 *
 * Lengths are pixels of the picture, x to the right and y down from its centre. Light is in
 * units of the stretch per pixel: the mean of the bands of a whole object is its flux. */
#ifndef GT_OPTICAL_H
#define GT_OPTICAL_H

#include "sky.h"

enum { OPTICAL_BANDS = 3 };

/* Shares of the three bands in light, with the sum 3: tint 0 is that of old stars, 1 of young.
 */
void optical_colour(double tint, double out[OPTICAL_BANDS]);

/* One picture being made; belongs to one thread. */
typedef struct optical_canvas {
    size_t size, pad, wide; /* wide = size + 2 pad */
    double pixel;           /* arcsec */
    double seeing;          /* deviation of the narrow part of the nominal seeing, pixels */
    float *light;           /* (3, wide, wide), before the seeing */
    float *seen;            /* (3, size, size) */
    float *half, *noise;    /* (size, wide), (size, size) */
    double *levels;         /* (4, size, size) */
} optical_canvas;

gt_status optical_canvas_open(const gt_synth_settings *settings, optical_canvas **out,
                              gt_error *err);
void optical_canvas_close(optical_canvas *canvas); /* accepts NULL */

/* How an object lies: its centre, its long axis from +x towards +y, and its axis ratio. */
typedef struct optical_place {
    double x, y, angle, axis;
} optical_place;

/* exp(-b (r/radius)^(1/index)) around a place (Sersic 1963), `radius` holding half of the
 * light along the long axis. */
void optical_sersic(optical_canvas *canvas, optical_place place, double radius, double index,
                    double flux, double tint);

/* A round Gaussian. */
void optical_blob(optical_canvas *canvas, double x, double y, double sigma, double flux,
                  double tint);

/* Spiral disk: exponential, with arms along logarithmic spirals, and a bar. */
typedef struct optical_disk {
    double scale;                       /* length of the exponential */
    double contrast;                    /* of the arms, 0 to about 1 */
    int arms;                           /* 1 and up */
    double winding;                     /* radians per unit of ln r, negative the other way */
    double phase;                       /* of the first arm */
    double sharpness;                   /* of the arms across, about 1 to 5 */
    double start;                       /* radius at which they begin */
    double dust;                        /* share of light lost at the inner edges of the arms */
    double wave, lopsided, lopsided_at; /* bends of the arms; one-sidedness and its angle */
    double bar, bar_length, bar_angle;  /* central brightness in units of the disk's; 0: none */
    double tint, arm_tint;
} optical_disk;

void optical_disk_paint(optical_canvas *canvas, optical_place place, const optical_disk *disk,
                        double flux);

/* Disk seen from its edge: scale length along, scale height across (sech^2), a dust lane. */
typedef struct optical_edge {
    double scale, height, warp, lane, lane_offset, tint;
} optical_edge;

void optical_edge_paint(optical_canvas *canvas, optical_place place, const optical_edge *edge,
                        double flux);

/* Radius along the long axis that holds half of the light painted so far, pixels. */
double optical_half_light(const optical_canvas *canvas, optical_place place);

/* light through seeing of the given deviation into seen: two Gaussians, whose sum has the wings
 * of a Moffat profile. */
void optical_see(optical_canvas *canvas, double seeing);

/* Adds the noise of the sky, `rms` in the mean of the bands, and of the light itself. */
void optical_add_noise(optical_canvas *canvas, gt_rng_key key, double rms);

/* Classes in the order of their labels. */
enum { OPTICAL_SPIRAL, OPTICAL_ELLIPTICAL, OPTICAL_EDGE_ON, OPTICAL_CLASSES };

/* Paints a galaxy of a class near the centre; *place is where, the rest what its columns say.
 */
void optical_draw_galaxy(sky_dice *dice, int32_t label, optical_canvas *canvas,
                         optical_place *place);

#endif
