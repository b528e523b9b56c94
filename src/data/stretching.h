/* stretching.h (private to data) - what an import makes of the values of pictures: --normalize,
 * --stretch, --range, --keep-values and --pixels, put into practice. */
#ifndef GT_STRETCHING_H
#define GT_STRETCHING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "galatea/image.h"
#include "galatea/import.h"
#include "importer.h"

enum { GT_STRETCHING_PEAKS = 4096, GT_STRETCHING_TEXT = 300 };

typedef enum gt_limits {
    GT_LIMITS_KEPT,       /* values as they are; black and white are the set's */
    GT_LIMITS_SCALING,    /* gt_image_scale */
    GT_LIMITS_ZSCALE,     /* of each picture, as those below */
    GT_LIMITS_PERCENTILE, /* lower and upper */
    GT_LIMITS_LUPTON      /* 0..1 already */
} gt_limits;

typedef struct gt_stretching {
    gt_limits limits;
    gt_image_scaling scaling; /* of GT_LIMITS_SCALING */
    double parameter, contrast, lower, upper;
    gt_stretch stretch;
    bool is_asked;         /* --range */
    gt_value_range source; /* of bytes that stand for values; else undeclared */
    gt_pixel_type type;    /* of the result */
    gt_value_range range;  /* of the result, as far as it is known */
    double black, white;   /* values of the last picture that was scaled by itself */
    float low, high;       /* of the floats stored */
    uint64_t moved_pixels, moved_pictures; /* beyond the range that was asked for */
    float peaks[GT_STRETCHING_PEAKS];      /* brightest pixels of a sample of those kept */
    uint64_t kept;                         /* pictures whose values are kept */
} gt_stretching;

/* What `settings` ask for of `source`; has_lupton: pictures come as gray ones of three bands.
 * GT_USAGE for what contradicts. */
gt_status gt_stretching_open(const gt_import_settings *settings, const gt_source_info *source,
                             bool has_lupton, gt_stretching *out, gt_error *err);

/* "asinh:10", "zscale:0.25", "none", with "/1" behind floats of 0..1. */
void gt_stretching_name(const gt_stretching *stretching, char out[48]);

/* Whether pictures have limits of their own by which they can be turned back: columns "vmin"
 * and "vmax", as astropy calls them, hold them (physical.h). */
bool gt_stretching_has_limits(const gt_stretching *stretching);

/* Scales one finite picture in place, all channels together. */
gt_status gt_stretching_scale(gt_stretching *stretching, float *values, size_t count,
                              gt_error *err);

/* Stores it as bytes or floats, and looks at what is stored. values may change. */
gt_status gt_stretching_store(gt_stretching *stretching, float *values, size_t count, void *out,
                              gt_error *err);

/* Range of values that nobody told, when all are stored: from the lowest to the highest; false
 * where it was known, or there is none. */
bool gt_stretching_measured(gt_stretching *stretching);

/* A sentence where half of the pictures lie in the lowest eighth of their range: one bright
 * source, or odd pixel, makes all others black to networks and figures. "" else. */
const char *gt_stretching_dark_text(const gt_stretching *stretching,
                                    char out[GT_STRETCHING_TEXT]);

#endif
