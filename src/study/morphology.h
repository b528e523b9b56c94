/* morphology.h (room: study) - the shapes of all galaxies of several sets: measured, as a
 * table, summed up, and drawn. */
#ifndef GT_STUDY_MORPHOLOGY_H
#define GT_STUDY_MORPHOLOGY_H

#include "flux.h"
#include "galatea/morphology.h"
#include "galatea/twomodels.h"
#include "labels.h"
#include "run_use.h"

enum { GT_MORPHING_SETS = 16, GT_MORPHING_FIGURE_ROWS = 64 };

/* Sets of one channel with a row for each of the images, of the same sides; NULL: none, or the
 * set's own planes. */
typedef struct gt_morphing_settings {
    const char *segmentation; /* whole numbers: 0 sky, 1 the source, more other ones; without it
                               * sources are detected (gt_morphology_segment) */
    const char *weights;      /* pixels where they are no number are left out; without it they
                               * are 1 / sqrt(inverse variance) of the mean of the channels */
    const char *mask;         /* pixels where it is not 0 are left out */
    bool drops_planes;  /* mask and inverse variance of the set itself are not looked at */
    bool keeps_stretch; /* values are measured as they are stored (flux.h) */
    bool keeps_sky;     /* the images are background subtracted already */
} gt_morphing_settings;

typedef struct gt_morphed_row {
    gt_morphology_result result;
    gt_morphology_detection sky; /* sources and area only where they were detected */
} gt_morphed_row;

typedef struct gt_morphed_set {
    const char *path;         /* lent */
    char name[GT_LABEL_ROOM]; /* of the file, without folder and ending */
    gt_dataset *data;
    gt_row_columns columns;
    uint64_t count;
    gt_flux flux;    /* what is undone before measuring, or cannot be */
    unsigned planes; /* GT_PLANE_ bits of its own that are used */
    gt_morphed_row *rows;
} gt_morphed_set;

/* A zeroed one can be freed. */
typedef struct gt_morphing {
    gt_morphing_settings settings;
    gt_morphed_set sets[GT_MORPHING_SETS];
    size_t count;
    gt_dataset *segmentation, *weights, *mask; /* NULL: none */
    char *provenance;
} gt_morphing;

/* Measures all rows of `count` sets (1 to GT_MORPHING_SETS, their paths are lent). Bytes are
 * measured as parts of white (255), floats in their own units, both behind a curve that is
 * undone first; of several channels their mean. Pixels that a set's own planes tell to be bad
 * (mask not 0, inverse variance 0) are left out.
 * A remark tells of sets whose sources are of another size than those of the first. GT_USAGE
 * for planes beside several sets and for a set that is given twice, GT_BAD_SHAPE,
 * GT_BAD_ARGUMENT for a map that is none, GT_INTERRUPTED. */
GT_MUST_CHECK gt_status gt_morphing_compute(const gt_context *context,
                                            const gt_morphing_settings *settings,
                                            const char *const *sets, size_t count,
                                            gt_morphing *out, gt_error *err);
void gt_morphing_free(gt_morphing *m);

/* The coefficients, by the index of gt_morphed_summary. */
enum { GT_COEFFICIENTS = 5 };
const char *gt_coefficient_name(size_t k);

enum { GT_SKY_BOX = 32 }; /* pixels: where there is room, the side of the box of sky */

/* What a set's measurements are like. */
typedef struct gt_morphed_summary {
    uint64_t flags[5];          /* rows with each flag; 3 has none */
    double segment_area, noise; /* medians: pixels, units of the image */
    double small;               /* share of the measured ones with Petrosian radius < 8 px */
    uint64_t measured, small_boxes; /* rows whose flag is not 4; those of them with a smaller
                                     * box of sky than GT_SKY_BOX, or none */
    double sky_box;                 /* median side over them; NaN: none is measured */
    gt_summary of[GT_COEFFICIENTS]; /* of rows with flag 0 or 1 */
} gt_morphed_summary;
GT_MUST_CHECK gt_status gt_morphing_summary(const gt_morphing *m, size_t set,
                                            gt_morphed_summary *out, gt_error *err);

/* A remark for each set most of whose frames are too small for GT_SKY_BOX. */
GT_MUST_CHECK gt_status gt_morphing_tell_frames(const gt_morphing *m, gt_error *err);

/* A remark for each set whose pixels were no flux, and what was done about it. */
void gt_morphing_tell_flux(const gt_morphing *m);

/* Of the pixels that were measured, as all sets tell it; NULL: they do not, or what is measured
 * has none: bytes are parts of white. Lent. */
const char *gt_morphing_unit(const gt_morphing *m);

/* A row for each image of each set; what was not measured is empty. */
GT_MUST_CHECK gt_status gt_morphing_table(const gt_morphing *m, const char *path,
                                          gt_error *err);

/* Rows of the first set as three pictures each: the image with centre and apertures, what is
 * left of its half turn, and what is above its running mean. rows: "3,7-9", NULL for the first
 * ones. GT_USAGE for more than GT_MORPHING_FIGURE_ROWS. */
GT_MUST_CHECK gt_status gt_morphing_figure(const gt_morphing *m, const char *rows,
                                           const char *path, gt_error *err);

#endif
