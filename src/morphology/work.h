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

    double *smooth, *above; /* planes of filters */
    double *between, *line, *weights;
    double *sorted;
    uint64_t *keys;
    int32_t *labels, *stack;
    uint8_t *gini_map;
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
/* What asymmetry sums up, of the whole stamp. */
void gt_asymmetry_difference(gt_morphology *m, double *out);
gt_morphology_shape gt_shape_about(const gt_morphology *m, const double centre[2],
                                   bool *is_positive);
double gt_petrosian_ellipse(gt_morphology *m);
void gt_concentration_measure(gt_morphology *m);
void gt_smoothness_measure(gt_morphology *m); /* and that of the sky */
void gt_gini_map_make(gt_morphology *m);
void gt_gini_measure(gt_morphology *m); /* and M20 */

/* Outlier of its 8 neighbours: padded (height + 2, width + 2) holds the stamp continued by its
 * edge. Marks bad pixels and counts them. */
int gt_bad_pixels_find(int height, int width, const double *padded, double sigma, uint8_t *bad);

static inline gt_ellipse gt_circle_at(const double centre[2], double r) {
    return (gt_ellipse){centre[0], centre[1], r, r, 0};
}
/* Sum of the image in an ellipse. */
static inline double gt_flux_within(gt_morphology *m, const gt_ellipse *ellipse) {
    gt_cover_make(&m->cover, m->height, m->width, ellipse);
    return gt_cover_sum(&m->cover, (gt_summed){m->image, m->running});
}

#endif
