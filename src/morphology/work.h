/* work.h - a source as it is measured: the stamp cut around it and what the steps of the
 * measurement hand on. Each step is a file of its own. Private. */
#ifndef GT_MORPHOLOGY_WORK_H
#define GT_MORPHOLOGY_WORK_H

#include "cover.h"
#include "galatea/morphology.h"

/* Positions within it are (x, y) of the stamp. */
struct gt_morphology {
    gt_morphology_settings set;
    int most_height, most_width;
    gt_morphology_input in;
    gt_morphology_result *out;

    int height, width, y0, x0; /* the stamp, and where it lies */
    double diagonal;
    double *image, *running; /* pixels that count, others 0; with sums along rows */
    double *magnitude, *magnitude_running; /* of their absolute values */
    double *source;                        /* those of the source alone */
    double *kept, *kept_running;           /* 1 where a pixel counts */
    bool has_masked;                       /* some do not */
    /* The image turned by half, with a frame of one pixel of 0, and so what counts of it. */
    double *turned, *turned_kept;
    double least; /* of the image */
    double source_sum;
    double centroid[2], brightest[2], centre[2];

    double *bright;     /* of the source what is positive; from the MID map on, in it alone */
    double *turned_map; /* a map as a plane, turned as the image is */

    double *smooth, *above; /* planes of filters */
    double *between, *line, *weights;
    double *sorted;
    uint64_t *keys;
    int32_t *labels, *stack;
    int32_t *whole; /* 6 planes of scratch, and 2 */
    uint8_t *gini_map, *mid_map, *outline;
    gt_cover cover, inner;
};

static inline void gt_note(gt_morphology *m, gt_morphology_event event) {
    m->out->events |= UINT64_C(1) << event;
}

/* In the order of a measurement. False: there is nothing to measure. */
bool gt_stamp_cut(gt_morphology *m);
void gt_centroid_find(gt_morphology *m);
void gt_sky_measure(gt_morphology *m); /* all but its smoothness */
double gt_petrosian_circle(gt_morphology *m, const double centre[2]);
void gt_asymmetry_measure(gt_morphology *m); /* and the centre */
/* Of what lies between two ellipses about the centre, and of a map (height, width) of 0 and 1
 * within a circle; the latter takes the room of the image's magnitudes. */
void gt_asymmetry_outer(gt_morphology *m, const gt_ellipse *outer, const gt_ellipse *inner);
void gt_asymmetry_of_shape(gt_morphology *m, const double *map, double radius);
/* A plane of the stamp turned by half, with a frame of one pixel of 0. */
void gt_turn_plane(const gt_morphology *m, const double *plane, double *turned);
/* What asymmetry sums up, of the whole stamp. */
void gt_asymmetry_difference(gt_morphology *m, double *out);
gt_morphology_shape gt_shape_about(const gt_morphology *m, const double centre[2],
                                   bool *is_positive);
double gt_petrosian_ellipse(gt_morphology *m);
void gt_concentration_measure(gt_morphology *m);
void gt_smoothness_measure(gt_morphology *m); /* and that of the sky */
void gt_gini_map_make(gt_morphology *m);
void gt_gini_measure(gt_morphology *m); /* and M20 */
void gt_mid_map_make(gt_morphology *m); /* and sets it beside Gini's */
void gt_multimode_measure(gt_morphology *m);
void gt_intensity_measure(gt_morphology *m); /* and deviation */
void gt_outline_measure(gt_morphology *m);   /* and what is about the outline */
/* Radius, in units of an ellipse about the centre, with half of what is within `last`. */
double gt_half_light(gt_morphology *m, gt_ellipse unit, double last);

/* Outlier of its 8 neighbours: padded (height + 2, width + 2) holds the stamp continued by its
 * edge. Marks bad pixels and counts them. */
int gt_bad_pixels_find(int height, int width, const double *padded, double sigma, uint8_t *bad);

/* Whether a pixel of the stamp counts and is the source's. */
static inline bool gt_is_source(const gt_morphology *m, int y, int x) {
    size_t from = (size_t)(m->y0 + y) * (size_t)m->most_width + (size_t)(m->x0 + x);
    return m->in.segments[from] == m->in.label && m->kept[y * m->width + x] != 0;
}
static inline int gt_brightest_pixel(const gt_morphology *m) {
    return (int)m->brightest[1] * m->width + (int)m->brightest[0];
}

static inline gt_ellipse gt_circle_at(const double centre[2], double r) {
    return (gt_ellipse){centre[0], centre[1], r, r, 0};
}
/* Sum of the image in an ellipse. */
static inline double gt_flux_within(gt_morphology *m, const gt_ellipse *ellipse) {
    gt_cover_make(&m->cover, m->height, m->width, ellipse);
    return gt_cover_sum(&m->cover, (gt_summed){m->image, m->running});
}

#endif
