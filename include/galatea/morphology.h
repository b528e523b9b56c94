/* morphology.h (room: morphology) - shapes of galaxies without a model of them: concentration,
 * asymmetry, smoothness, Gini and M20, and multimode, intensity, deviation and the outline.
 *
 * Definitions are those of Lotz, Primack and Madau 2004 (Astron. J. 128, 163) and Conselice
 * 2003 (Astrophys. J. Suppl. 147, 1) as the program statmorph has them (Rodriguez-Gomez et al.
 * 2019, Mon. Not. R. Astron. Soc. 483, 4140; version 0.7.2), whose numbers come out to
 * rounding: asymmetry has no factor 1/2, is less that of the sky, and may be negative;
 *     smoothness is less that of the sky, may be negative, and is 0 by construction where the
 *         circular Petrosian radius is below 8 pixels, for its window is then one pixel wide;
 *     M20 is negative, the more so the more concentrated.
 *
 * Lengths are pixels, angles radians from +x towards +y. The centre of the first pixel is (0,
 * 0), and positions are those of the whole image. What could not be measured is
 * GT_MORPHOLOGY_NONE, and never without flag 2 or 4. All is double precision; a result depends
 * on nothing but the arguments.
 *
 * Threads: any number at once, each with a gt_morphology of its own. */
#ifndef GALATEA_MORPHOLOGY_H
#define GALATEA_MORPHOLOGY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "galatea/error.h"

#ifdef __cplusplus
extern "C" {
#endif

#define GT_MORPHOLOGY_NONE (-99.0)

/* What may happen to a measurement: bit, name, the flag that follows from it. Bits below 35 are
 * those of recordings of statmorph; those that only its other measurements know are left out.
 */
#define GT_MORPHOLOGY_EVENTS(X)                       \
    X(0, source_flux_not_positive, 4)                 \
    X(1, centroid_pixel_is_zero, 2)                   \
    X(2, sky_mean_exceeds_sky_sigma, 2)               \
    X(3, gini_and_mid_maps_empty, 2)                  \
    X(4, gini_and_mid_maps_differ, 1)                 \
    X(5, centroid_outside_stamp, 2)                   \
    X(6, second_moment_not_positive, 2)               \
    X(8, circular_petrosian_zero_mean, 2)             \
    X(9, circular_petrosian_below_first_radius, 2)    \
    X(10, circular_petrosian_not_reached, 2)          \
    X(11, elliptical_petrosian_zero_mean, 2)          \
    X(12, elliptical_petrosian_below_first_radius, 2) \
    X(13, elliptical_petrosian_not_reached, 2)        \
    X(14, gini_map_empty, 2)                          \
    X(15, gini_map_full, 2)                           \
    X(16, gini_map_several_components, 1)             \
    X(17, gini_too_few_pixels, 2)                     \
    X(18, m20_flux_not_positive, 2)                   \
    X(19, m20_no_bright_pixels, 2)                    \
    X(20, m20_moment_not_positive, 2)                 \
    X(21, no_sky_box, 2)                              \
    X(22, sky_box_size_halved, 0)                     \
    X(23, asymmetry_centre_left_stamp, 1)             \
    X(24, asymmetry_zero_flux, 1)                     \
    X(25, asymmetry_centre_drifted, 1)                \
    X(26, asymmetry_centre_replaced_by_centroid, 2)   \
    X(27, asymmetry_centre_pixel_is_zero, 2)          \
    X(28, growth_radius_zero_flux, 2)                 \
    X(29, growth_radius_negative_flux, 2)             \
    X(30, concentration_radius_invalid, 2)            \
    X(31, smoothness_flux_not_positive, 2)            \
    X(32, smoothness_not_finite, 2)                   \
    X(33, mid_map_replaced_by_gini_map, 0)            \
    X(34, petrosian_root_hit_exactly, 0)              \
    X(40, no_source, 4)                               \
    X(41, smoothing_window_below_two_pixels, 0)       \
    X(42, aperture_cut_by_the_frame, 0)               \
    X(43, pixels_not_finite, 0)                       \
    X(44, mid_map_lacked_brightest_pixel, 2)          \
    X(45, mid_no_peak, 2)                             \
    X(46, mid_flux_not_positive, 2)                   \
    X(47, outline_undefined, 2)                       \
    X(48, outline_lacked_brightest_pixel, 2)          \
    X(49, outline_without_extent, 2)                  \
    X(50, half_light_zero_flux, 2)                    \
    X(51, half_light_negative_flux, 2)                \
    X(52, half_light_not_reached, 2)                  \
    X(53, outer_asymmetry_zero_flux, 1)               \
    X(54, shape_asymmetry_zero_flux, 1)               \
    X(55, no_pixel_with_signal, 2)

/* Events of the five coefficients and what is on the way to them. */
#define GT_MORPHOLOGY_CORE \
    ((UINT64_C(1) << 44) - 1 - (UINT64_C(1) << 3 | UINT64_C(1) << 4 | UINT64_C(1) << 33))

typedef enum gt_morphology_event {
#define GT_MORPHOLOGY_EVENT(bit, name, flag) GT_MORPHOLOGY_EVENT_##name = bit,
    GT_MORPHOLOGY_EVENTS(GT_MORPHOLOGY_EVENT)
#undef GT_MORPHOLOGY_EVENT
} gt_morphology_event;

/* The name of an event's bit; NULL when no event has it. */
const char *gt_morphology_event_name(int bit);
/* Flag that follows from events: 0 good, 1 suspect, 2 bad, 4 not measured. */
int gt_morphology_flag(uint64_t events);

typedef struct gt_morphology_settings {
    double cutout_extent;       /* side of the stamp in units of the source's longer side */
    int min_cutout_size;        /* and at least, pixels */
    double outlier_sigma;       /* bad pixels: deviations of their 8 neighbours; <= 0: none */
    double eta;                 /* Petrosian ratio */
    double petro_extent;        /* radius of the aperture for C, A, S in Petrosian radii */
    double petro_fraction;      /* window and inner hole of S, drift limit of A, likewise */
    double petro_fraction_gini; /* sigma of the Gini map's smoothing, likewise */
    int sky_box_size;           /* side of the first sky box tried */
} gt_morphology_settings;

/* Those of statmorph. */
gt_morphology_settings gt_morphology_defaults(void);

/* One source of one image; all is lent and nothing of it changes. */
typedef struct gt_morphology_input {
    const double *image; /* (height, width), background subtracted */
    const int32_t
        *segments; /* (height, width): 0 background, `label` the source, others others */
    int32_t label;
    const double *weights; /* (height, width) or NULL: pixels where it is not finite are left
                            * out; the coefficients depend on nothing else of it */
    const uint8_t *mask;   /* (height, width) or NULL: not 0 is left out */
} gt_morphology_input;

typedef struct gt_morphology_shape { /* from second moments */
    double ellipticity, elongation, orientation;
} gt_morphology_shape;

typedef struct gt_morphology_result {
    int flag, flag_core; /* gt_morphology_flag of all events; of those of GT_MORPHOLOGY_CORE */
    uint64_t events;     /* bits of gt_morphology_event */
    double concentration, asymmetry, smoothness, gini, m20;
    double centroid_x, centroid_y, centre_x, centre_y; /* the latter of least asymmetry */
    gt_morphology_shape centroid_shape, centre_shape;  /* moments about either */
    double petrosian_centroid; /* circular Petrosian radius about the centroid */
    double petrosian;          /* circular, about the centre */
    double petrosian_ellipse;  /* semi-major axis, about the centre */
    double r20, r50, r80;      /* circles with these parts of the aperture's flux */
    double sky_mean, sky_median, sky_sigma, sky_asymmetry, sky_smoothness;
    int sky_y, sky_x, sky_size;                      /* in the stamp; size 0: none */
    int stamp_y, stamp_x, stamp_height, stamp_width; /* in the image */
    int bad_pixels;                                  /* -1: not looked for */
    int64_t segment_area, gini_area;                 /* pixels of source and Gini map */
    double share_in_frame; /* of the area of the aperture for C, A, S */
    /* Of the MID map, the brightest pixels of the source (Freeman et al. 2013, Mon. Not. R.
     * Astron. Soc. 434, 282; Peth et al. 2016, 458, 963). */
    double multimode, intensity, deviation;
    int64_t mid_area;
    /* Of the outline, what is above the sky in the image itself (Pawlik et al. 2016, 456,
     * 3032); radii are circular, and semi-major axes of ellipses of centre_shape. */
    int64_t outline_area;
    double reach, reach_ellipse;           /* of its farthest pixel from the centre */
    double half_light, half_light_ellipse; /* half of the light within that */
    double outer_asymmetry;                /* of the light between the two ellipses */
    double shape_asymmetry;                /* of the outline */
} gt_morphology_result;

/* Room for sources of images up to a size, used again for each. GT_BAD_ARGUMENT for sides below
 * 1 or settings out of range, GT_NO_MEMORY. */
typedef struct gt_morphology gt_morphology;
gt_status gt_morphology_create(int height, int width, const gt_morphology_settings *settings,
                               gt_morphology **out, gt_error *err) GT_MUST_CHECK;
void gt_morphology_destroy(gt_morphology *m);

/* Measures; takes no memory. Whatever the values, there is a result: what fails is flagged. */
void gt_morphology_measure(gt_morphology *m, const gt_morphology_input *input,
                           gt_morphology_result *out);

/* ---- segmentation ---- */

typedef struct gt_morphology_detection {
    double median,
        sigma;    /* of the finite pixels, without those beyond 3 sigma again and again */
    int sources;  /* 0: nothing stands out */
    int64_t area; /* pixels of source 1 */
} gt_morphology_detection;

/* Finds the sources of an image: smoothed by a Gaussian of 3 pixels (full width at half
 * maximum), more than 1.5 sigma above the median, at least 5 pixels that touch. Pixels that are
 * no number are neither sky nor light: so say what a mask leaves out. Source 1 is the one
 * nearest the middle, or, if that is far from it, the largest; the others follow from top to
 * bottom. segments (height, width) gets the numbers; subtracted (height, width), which may be
 * NULL or the image itself, image - median, the background that a measurement wants subtracted.
 */
void gt_morphology_segment(gt_morphology *m, const double *image, int32_t *segments,
                           double *subtracted, gt_morphology_detection *out);

/* ---- what a picture of the measurement shows, of the last source measured ---- */

/* Planes of the stamp (stamp_height, stamp_width), lent until the next call with m: the pixels
 * that counted, the difference from their half turn about the centre, what is above the
 * smoothed image, and the maps of Gini and MID (0 or 1). */
typedef struct gt_morphology_planes {
    const double *image, *turned_difference, *above_smooth;
    const uint8_t *gini_map, *mid_map;
} gt_morphology_planes;
/* The planes of the source that was measured last; all 0 where it was aborted. */
void gt_morphology_last_planes(gt_morphology *m, gt_morphology_planes *out);

#ifdef __cplusplus
}
#endif
#endif
