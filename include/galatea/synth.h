/* synth.h (room: data) - a synthetic sky, so that nothing has to be downloaded to begin.
 *
 * Survey "radio": pictures like the FIRST cut-outs of MiraBest (Porter & Scaife 2023). Half of
 * the sources (option frii) are of Fanaroff & Riley's class II, bright at the ends, the others
 * of class I, bright at the core; each with core, jets, plumes or lobes and hot spots, bends,
 * its own angle to the line of sight, total flux (40 mJy and up) and size on the sky; then a
 * Gaussian beam, point-like neighbours, and Gaussian noise correlated like the beam. Like
 * MiraBest, pictures are then cut at three times the noise and scaled, each for itself, to
 * whole numbers 0..255. Labels: FRI 0, FRII 1. angular_size: arcsec, largest distance of two
 * pixels of the source, seen through the beam but without noise and neighbours, that reach 3
 * rms; NaN if none does.
 *
 * Survey "optical": pictures like the gray ones of SDSS. Spirals (exponential disk, arms along
 * logarithmic spirals, bulge, bar, dust, young clusters, inclined), ellipticals (Sersic 1963)
 * and disks seen from their edge, by shares (options spiral, edge-on); faint galaxies and stars
 * in the field, seeing with wide wings, noise of the sky and of the light, in three bands z, g,
 * r; then gt_image_lupton with 8 and 0.2 and the mean of the bytes, in 0..1. Labels: spiral 0,
 * elliptical 1, edge-on 2. angular_size: arcsec, long diameter of the ellipse of the galaxy's
 * shape that holds half of its light before the seeing.
 *
 * Columns: labels, split (train or test), ra, dec (degrees, inside FIRST's or SDSS' field),
 * angular_size, id ("radio-SEED-INDEX").
 *
 * Everything about source i follows from (options, i) alone: a set of 100 is the beginning of a
 * set of 1000, whatever the number of threads. Memory does not grow with the count. */
#ifndef GALATEA_SYNTH_H
#define GALATEA_SYNTH_H

#include <stddef.h>
#include <stdint.h>

#include "galatea/dataset.h"
#include "galatea/error.h"
#include "galatea/option.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {
    GT_SYNTH_MAX_SIZE = 1024, /* pixels */
    GT_SYNTH_BATCH = 256      /* most sources that one gt_synth_draw makes */
};

typedef struct gt_synth_settings {
    const char *survey;     /* "radio", "optical" */
    int64_t count;          /* sources, 1 to 1e9 */
    int64_t seed;           /* 0 and up */
    int64_t size;           /* pixels per side, 16 to GT_SYNTH_MAX_SIZE */
    double pixel;           /* arcsec per pixel; 0 here and below: the survey's own */
    double beam;            /* full width at half maximum, arcsec; at least one pixel */
    double frii;            /* radio: share of FRII, 0 to 1 */
    double spiral, edge_on; /* optical: shares, the rest are ellipticals */
    double test;            /* share of rows in the test split, 0 to 1 */
    double rms;        /* deviation of the noise: mJy/beam; in the mean of the three bands */
    double cut;        /* radio: pixels below cut * rms become 0; 0: nothing is cut */
    const char *scale; /* radio: "picture", 0..255 bytes, brightest pixel 255; "none", mJy/beam
                          floats. optical: "picture", gray floats 0..1; "colour", bytes of three
                          bands; "none", linear floats of z, g, r */
    const char *out;   /* the file that gt_synth_write makes */
} gt_synth_settings;

/* The rows of a settings struct as options; its defaults make radio pictures like MiraBest's.
 */
extern const gt_option_table gt_synth_options;

/* The same defaults as a value; out is NULL. */
gt_synth_settings gt_synth_settings_default(void);

typedef struct gt_synth gt_synth;

/* Checks the settings (copied; their strings are lent until destroy) and takes all memory that
 * drawing needs. GT_BAD_ARGUMENT names the setting that is out of range, GT_NOT_FOUND an
 * unknown survey. *out is yours. */
gt_status gt_synth_create(const gt_synth_settings *settings, gt_synth **out,
                          gt_error *err) GT_MUST_CHECK;
void gt_synth_destroy(gt_synth *synth);

/* The data set that the sources form, lent until destroy: count rows, uint8 or float by
 * `scale`. */
const gt_dataset_info *gt_synth_describe(const gt_synth *synth);

/* Makes sources first .. first+count-1, count <= GT_SYNTH_BATCH, first+count <= settings'
 * count, on all OpenMP threads. values: count rows of C*H*W uint8 or float as described. rows:
 * count rows; their ids are lent until the next draw. */
gt_status gt_synth_draw(gt_synth *synth, uint64_t first, size_t count, void *values,
                        gt_dataset_row *rows, gt_error *err) GT_MUST_CHECK;

/* Called after each batch with the number of sources done. A status other than GT_OK stops the
 * work and is passed on; fill err as well. */
typedef gt_status (*gt_synth_tick)(void *user, uint64_t done, gt_error *err);

/* Streams the whole set to a new data set at settings' out; what was there stays when it fails.
 * provenance: JSON object for the file, may be NULL. tick may be NULL. */
gt_status gt_synth_write(gt_synth *synth, const char *provenance, gt_synth_tick tick,
                         void *user, gt_error *err) GT_MUST_CHECK;

#ifdef __cplusplus
}
#endif
#endif
