/* bands.h (private to data) - channels of pictures by name or number, and gray ones of three.
 */
#ifndef GT_BANDS_H
#define GT_BANDS_H

#include <stdbool.h>
#include <stddef.h>

#include "galatea/error.h"
#include "galatea/image.h"
#include "galatea/import.h"
#include "importer.h"

typedef struct gt_bands {
    bool is_asked;
    size_t channel[3]; /* for red, green, blue */
    gt_lupton how;
    gt_gray weights;
    float *picked;  /* one picture, (3, pixels) */
    double *values; /* the same after resizing, and its gray */
    size_t picked_room, room;
} gt_bands;

/* What `settings` ask for of `source`; is_asked is false for nothing. GT_USAGE for bands that
 * are not there and options that contradict it. To be cleared in any case. */
gt_status gt_bands_open(const gt_import_settings *settings, const gt_source_info *source,
                        gt_bands *out, gt_error *err);
void gt_bands_clear(gt_bands *bands);

/* Makes a picture one of its three bands; its pixels are lent until the next one. */
gt_status gt_bands_pick(gt_bands *bands, gt_picture *picture, gt_error *err);

/* The gray of (3, pixels), in the place of the first. */
gt_status gt_bands_to_gray(gt_bands *bands, size_t pixels, float *picture, gt_error *err);

/* "lupton:8:0.2", with the weights if they differ. */
void gt_bands_name(const gt_bands *bands, char *out, size_t room);

#endif
