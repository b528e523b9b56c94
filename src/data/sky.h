/* sky.h (private to data) - parts of the synthetic sky: dice, sources made of blobs, a canvas.
 *
 * A source is a list of round Gaussian blobs in arcsec around the centre of the picture. A blob
 * seen through a Gaussian beam is again a Gaussian, so the convolution costs nothing:
 *   brightness of a pixel = flux * b^2/(b^2 + s^2) * exp(-r^2 / 2(b^2 + s^2))   in mJy/beam
 * with s the blob's and b the beam's deviation. */
#ifndef GT_SKY_H
#define GT_SKY_H

#include "galatea/dataset.h"
#include "galatea/synth.h"
#include "rng.h"

/* GT_BAD_ARGUMENT for numbers beyond those that gt_synth_options tells. */
GT_MUST_CHECK gt_status sky_check_ranges(const gt_synth_settings *settings, gt_error *err);

/* Scalars drawn one after the other from one key; only the thread that draws a source holds it.
 */
typedef struct sky_dice {
    gt_rng_key key;
    uint64_t next;
} sky_dice;

double sky_between(sky_dice *dice, double low, double high); /* uniform */
double sky_normal(sky_dice *dice);
double sky_lognormal(sky_dice *dice, double median, double sigma);
bool sky_chance(sky_dice *dice, double probability);

typedef struct sky_blob {
    double x, y;  /* arcsec, x to the right, y down */
    double sigma; /* arcsec, intrinsic */
    double flux;  /* any unit until sky_source_finish */
} sky_blob;

enum { SKY_MAX_BLOBS = 512 };

typedef struct sky_source {
    sky_blob blob[SKY_MAX_BLOBS];
    size_t count;
} sky_source;

void sky_source_add(sky_source *source, double x, double y, double sigma, double flux);

/* Sum of the fluxes of blobs first .. count-1, and scaling them so that the sum becomes `flux`.
 */
double sky_source_flux(const sky_source *source, size_t first);
void sky_source_rescale(sky_source *source, size_t first, double flux);

/* Shapes along x with the core at 0,0; the caller turns, moves and scales them. sin_view: sine
 * of the angle between the jet and the line of sight, by which lengths along the jet shrink. */
void sky_draw_fri(sky_dice *dice, double sin_view, sky_source *source);
void sky_draw_frii(sky_dice *dice, double sin_view, sky_source *source);

/* One picture being made: maps of size x size pixels in mJy/beam, and room for the noise. One
 * canvas belongs to one thread. */
typedef struct sky_canvas {
    size_t size, reach;  /* reach: pixels the noise kernel extends to one side */
    double pixel;        /* arcsec */
    double beam;         /* deviation of the beam, arcsec */
    float *kernel;       /* (2 reach + 1), sum of squares 1 */
    float *source;       /* the source alone, without noise */
    float *map;          /* everything */
    float *white, *half; /* (size + 2 reach)^2, size * (size + 2 reach) */
} sky_canvas;

gt_status sky_canvas_init(sky_canvas *canvas, const gt_synth_settings *settings, gt_error *err);
void sky_canvas_clear(sky_canvas *canvas);

/* Adds a blob, seen through the beam, to a map of the canvas. */
void sky_canvas_blob(const sky_canvas *canvas, float *map, const sky_blob *blob);

/* Adds noise of deviation rms to the map, correlated like the beam. */
void sky_canvas_noise(sky_canvas *canvas, gt_rng_key key, double rms);

/* Largest distance in arcsec between pixels of the noise-free source of at least `level`, NaN
 * if there are none. */
double sky_canvas_extent(const sky_canvas *canvas, double level);

enum { SKY_STEP_ROOM = 40 };

/* A survey: how the picture and the facts of source `index` come about. Settings are complete:
 * none is 0 for the survey's own. */
typedef struct sky_survey {
    const char *name;
    const char *const *class_names;
    size_t class_count;
    double pixel, beam, rms; /* where the settings say 0 */
    const char *scales;      /* that it has, with | between */
    /* What only this survey refuses. */
    gt_status (*check)(const gt_synth_settings *settings, gt_error *err);
    /* Channels, type, range and bands of the pictures, and how they were normalized. */
    void (*describe)(const gt_synth_settings *settings, gt_dataset_info *info,
                     char normalize[SKY_STEP_ROOM]);
    /* What one thread needs to draw. close accepts NULL. */
    gt_status (*open)(const gt_synth_settings *settings, void **canvas, gt_error *err);
    void (*close)(void *canvas);
    /* All of *row but the id, and the pixels of one row. */
    void (*draw)(const gt_synth_settings *settings, uint64_t index, void *canvas,
                 gt_dataset_row *row, void *values);
} sky_survey;

extern const sky_survey sky_radio, sky_optical;

#endif
