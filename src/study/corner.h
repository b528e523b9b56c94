/* corner.h (room: study) - columns of tables, as morphology of images, of several sets beside
 * those of a first one, which is real: figures 4, 8, 12 and 15 of the two-models paper with the
 * numbers behind them. */
#ifndef GT_STUDY_CORNER_H
#define GT_STUDY_CORNER_H

#include "context.h"
#include "galatea/figure.h"
#include "galatea/twomodels.h"
#include "labels.h"

typedef struct gt_corner_settings {
    const char *columns; /* "a,b,c"; NULL: the five of morphology */
    const char *by;      /* column whose values are sets; NULL: `set`, where there is one */
    const char *out, *figure; /* table and figure; NULL: not wanted */
    int64_t bins;
    double smoothing; /* deviation in bins, of contours alone */
} gt_corner_settings;

/* One column of one set. */
typedef struct gt_corner_part {
    gt_summary of;
    double w1;      /* Wasserstein's first distance to the first set, in its deviations; NaN
                       where that is 0 */
    double outside; /* share of the rows outside of the window */
    size_t small; /* rows of smoothness at 0: sources below 8 pixels, of which it is no measure;
                     0 in other columns */
} gt_corner_part;

typedef struct gt_corner_source {
    const char *path; /* lent; several sets may come of one table */
    char name[GT_LABEL_ROOM];
    const char *colour;
    size_t rows, flagged, lost; /* flagged: a column `flag` is above 1 or empty; lost: of the
                                   others those without a number in every column */
    size_t count;               /* left; 0: its numbers are NaN */
    double *values;             /* (columns, count) */
    double area;                /* median of a column `segment_area`; NaN: none */
    gt_corner_part parts[GT_CORNER_COLUMNS];
} gt_corner_source;

/* A zeroed one can be freed. */
typedef struct gt_corner {
    size_t column_count, set_count;
    const char *by; /* lent */
    char columns[GT_CORNER_COLUMNS][72];
    gt_bins windows[GT_CORNER_COLUMNS]; /* gt_window_find, of the first set */
    bool is_constant[GT_CORNER_COLUMNS];
    size_t smoothness; /* that column, whose 0 is no number like others; column_count: none */
    size_t apart;      /* 1 + it, where any row is at 0; else 0 */
    gt_corner_source sets[GT_CORNER_SETS];
    char note[1024]; /* below the figure: what was widened; "" for nothing */
    char *provenance;
} gt_corner;

/* Reads `count` (1 to GT_CORNER_SETS) tables, FITS or CSV, as FILE or NAME=FILE, compares the
 * columns and writes what settings name. A table whose column `set`, or settings->by, has
 * several values gives a set for each, called by it (numbers of settings->by as "column
 * value", and "NAME value" where a NAME is given), in the order of its rows. Only rows that
 * have a number in every column, and a flag of at most 1 where there is such a column, count at
 * all; -99 is no number in columns of morphology. A set without such a row stays, with a
 * remark, unless it is the first. Names of columns are matched in letters of any case. GT_USAGE
 * for columns that are none, GT_NOT_FOUND naming a column that a table lacks, GT_BAD_ARGUMENT
 * for a column of text, a first set without a row that counts and more than GT_CORNER_SETS
 * sets, GT_BAD_FORMAT. *out is ended by gt_corner_free in any case. */
GT_MUST_CHECK gt_status gt_corner_compare(const gt_context *context, const char *const *words,
                                          size_t count, const gt_corner_settings *settings,
                                          gt_corner *out, gt_error *err);
void gt_corner_free(gt_corner *corner);

/* Parts of it, and of its tests. Adds the sets of one table (corner_read.c); writes table and
 * figure (corner_output.c). */
GT_MUST_CHECK gt_status gt_corner_read(gt_corner *corner, const gt_label *label, gt_error *err);
GT_MUST_CHECK gt_status gt_corner_write(const gt_corner *corner,
                                        const gt_corner_settings *settings, gt_error *err);

#endif
