/* figure.h (room: report) - figures that can be published, drawn by gnuplot.
 *
 * The ending of a path says what is written: .png (300 dots per inch), .pdf, .svg. The file
 * appears whole or not at all and carries its provenance: PNG as "Description" (as
 * gt_png_write does), PDF as the subject of the document, SVG as <desc>. Equal arguments give
 * equal bytes. Colours can be told apart by the colour-blind; continuous ones are viridis.
 *
 * gnuplot gets a script and numbers in a folder of its own, no shell is involved, and texts are
 * shown as they are, whatever they hold: control bytes as \xNN, nothing is markup.
 *
 * A struct of zeros is a good default everywhere. Values that are not finite, beyond 1e300, or
 * on a logarithmic axis below 1e-300, are left out of the drawing. Errors: GT_USAGE for another
 * ending, GT_BAD_ARGUMENT when nothing is left to draw, GT_NOT_FOUND when gnuplot is missing,
 * GT_IO with gnuplot's own words when it fails, and what gt_outfile_open and _commit say. */
#ifndef GALATEA_FIGURE_H
#define GALATEA_FIGURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "galatea/error.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { GT_FIGURE_CLASSES = 64 }; /* at most in one figure, and sets of a histogram */

typedef struct gt_axis {
    const char *label; /* with its unit: "angular size (arcsec)"; NULL: none */
    bool is_log;
    double low, high; /* low < high, and both can be drawn: the range shown; else the values' */
    bool is_bare;     /* without numbers: for axes that mean nothing, as those of t-SNE */
} gt_axis;

/* What all figures share. */
typedef struct gt_figure {
    const char *title; /* NULL: none, as in papers, whose captions tell */
    gt_axis x, y;
    double width, height;   /* cm; 0: 12 x 9 (panels: 12 x 5 each, at least 9) */
    const char *provenance; /* UTF-8; NULL: none */
} gt_figure;

/* What the name of a figure may end in, in letters of any case (gt_file_ending). */
#define GT_FIGURE_ENDINGS "png|pdf|svg"

/* GT_USAGE unless the name ends in .png, .pdf or .svg; and what opening it for writing gives:
 * for commands, before their work. */
GT_MUST_CHECK gt_status gt_figure_check_path(const char *path, gt_error *err);

/* Points, coloured by a continuous value, or by classes, or all alike; of more than 3000 those
 * below show through unless a value colours them, so that crowds are darker. */
typedef struct gt_scatter {
    size_t count;
    const double *x, *y;
    const double
        *colour; /* a value per point, shown by a colour bar; NaN: pale grey; or NULL */
    gt_axis colour_axis;
    const int32_t *classes; /* 0 .. class_count-1 per point, shown by a legend; others pale
                               grey; or NULL. Not together with colour. */
    const char *const *class_names; /* class_count names; a NULL among them is a number */
    size_t class_count;
    double point;      /* size of a point in printer's points; 0: by their number */
    const char *title; /* above its frame, in a figure of several; NULL: none */
    bool is_same; /* x and y should be the same: a dashed line shows where, and points of one
                     class let those of another be seen through them */
} gt_scatter;

/* One frame of points. */
GT_MUST_CHECK gt_status gt_figure_scatter(const char *path, const gt_figure *figure,
                                          const gt_scatter *points, gt_error *err);

/* 1 to 9 of them side by side in rows, in frames of equal size: maps of the same objects by
 * several methods. One colour bar, over colour_axis of the first (without a range there: over
 * the values of all), or one legend, of the classes of the first, serves all; all are coloured
 * in the same way. */
GT_MUST_CHECK gt_status gt_figure_scatters(const char *path, const gt_figure *figure,
                                           const gt_scatter *panels, size_t count,
                                           gt_error *err);

/* Several sets on one axis, on common bins. */
typedef struct gt_histogram_set {
    const char *name; /* in the legend */
    size_t count;
    const double *values;
} gt_histogram_set;

typedef struct gt_histogram_options {
    size_t bins;         /* 0: 60 */
    bool is_count;       /* heights are numbers; else each set has area 1 */
    const double *marks; /* vertical lines at these values, as a threshold, where they lie in
                            the frame; NULL: none */
    size_t mark_count;
    const char *mark_name; /* of the lines, in the legend; NULL: not there */
} gt_histogram_options;

/* A y axis without a label gets "density" or "number". options may be NULL. */
GT_MUST_CHECK gt_status gt_figure_histogram(const char *path, const gt_figure *figure,
                                            const gt_histogram_set *sets, size_t count,
                                            const gt_histogram_options *options, gt_error *err);

/* Curves and bars. */
typedef enum gt_line_style {
    GT_LINE_SOLID,
    GT_LINE_DASHED, /* grey and thin, for guides such as the diagonal of a ROC figure */
    GT_LINE_POINTS, /* a line with a mark at each point */
    GT_LINE_BARS,   /* from 0; on x = 0, 1, 2 ... or any other even steps */
    GT_LINE_BESIDE  /* dashed, in the colour of the line before it: what that one is beside */
} gt_line_style;

typedef struct gt_line {
    const char *name; /* in the legend; NULL: not there */
    size_t count;
    const double *x, *y; /* x NULL: 0, 1, 2 ... */
    gt_line_style style;
    bool is_right; /* on the right axis */
} gt_line;

/* One of several frames above each other with a common x axis. */
typedef struct gt_panel {
    gt_axis y, right; /* the right axis is drawn when a line uses it */
    const gt_line *lines;
    size_t count;
} gt_panel;

/* 1 to 8 panels, top to bottom, under figure->x; figure->y is not used. Lines of one name have
 * one colour. Figure 7 of a paper:
 * one panel of mean code values and one of importances, both GT_LINE_BARS. */
GT_MUST_CHECK gt_status gt_figure_panels(const char *path, const gt_figure *figure,
                                         const gt_panel *panels, size_t count, gt_error *err);

/* One frame: training curves, ROC curves. */
GT_MUST_CHECK gt_status gt_figure_lines(const char *path, const gt_figure *figure,
                                        const gt_line *lines, size_t count, gt_error *err);

/* A set of a corner figure, in values of several columns. */
typedef struct gt_corner_set {
    const char *name;     /* in the legend */
    const char *colour;   /* "#0072b2"; NULL: the usual one of its place */
    size_t count;         /* rows */
    const double *values; /* (columns, count) */
} gt_corner_set;

typedef struct gt_corner_options {
    size_t bins;      /* of each column; 0: 20 */
    double smoothing; /* deviation in bins by which contours of 10^4 rows are smoothed, those of
                         fewer by the sixth root more; 0: not at all */
    const char *note; /* below the frames; NULL: none */
    size_t apart;     /* 1 + a column in which 0 stands for something else than a number: what
                         is left of its densities without these rows is drawn dashed; 0: none */
} gt_corner_options;

enum { GT_CORNER_COLUMNS = 9, GT_CORNER_SETS = 8, GT_CORNER_FEW = 50 };

/* Columns against each other, several sets over one another: on the diagonal a density of each
 * column, below it contours that hold 12, 39, 68 and 86 % of a set (gt_contour_levels; of equal
 * levels one), with the masses in the legend; sets of fewer than GT_CORNER_FEW rows show their
 * rows as points instead. All columns have a label and a range, low < high. Values outside of
 * it are not shown but count in densities and masses, and the legend tells of a set more than
 * half of which lies outside; rows with a value that is not finite do not count at all. A level
 * of which too much lies outside is left out. options may be NULL. */
GT_MUST_CHECK gt_status gt_figure_corner(const char *path, const gt_figure *figure,
                                         const gt_axis *columns, size_t column_count,
                                         const gt_corner_set *sets, size_t set_count,
                                         const gt_corner_options *options, gt_error *err);

/* Pictures in rows, as pixels; all texts are texts. */
typedef struct gt_picture_sheet {
    /* (rows, columns, cell_height, cell_width, channels), bytes, line by line: a line runs
       through all columns. channels 1 or 3. */
    const uint8_t *pixels;
    size_t rows, columns, cell_height, cell_width, channels;
    const char *const
        *captions;             /* (columns) above the columns, NULL among them: none; or NULL */
    const char *const *labels; /* (rows, columns) below the pictures, likewise */
    double pixel_arcsec;       /* of a pixel of the sheet: a bar in the first picture tells a
                                  length; 0: none */
    const char *note;          /* below all, the survey say; NULL: none */
} gt_picture_sheet;

/* Each picture is 2.2 cm wide, of many columns less. */
GT_MUST_CHECK gt_status gt_figure_sheet(const char *path, const gt_figure *figure,
                                        const gt_picture_sheet *sheet, gt_error *err);

/* Counts of classes given to classes. */
typedef struct gt_matrix {
    const char *title;        /* above its frame; NULL: none */
    size_t count;             /* classes, at most GT_FIGURE_CLASSES */
    const char *const *names; /* (count) */
    const double *values;     /* (count, count), 0 or more: a row for each true class */
} gt_matrix;

/* 1 to 9 of them side by side in rows: counts as numbers (of up to 24 classes), coloured by
 * their share of the row. Labels are those of figure->x and figure->y. */
GT_MUST_CHECK gt_status gt_figure_matrices(const char *path, const gt_figure *figure,
                                           const gt_matrix *matrices, size_t count,
                                           gt_error *err);

/* A number with its interval (NaN: it has none), and what it would be at best (NaN: unknown).
 */
typedef struct gt_whisker {
    double value, low, high, best;
} gt_whisker;

typedef struct gt_whisker_row {
    const char *name;     /* left of the row, with its unit */
    const char *remark;   /* right of it; NULL: none */
    gt_axis axis;         /* its range and kind; a label is not shown */
    const gt_whisker *of; /* one of each set */
} gt_whisker_row;

typedef struct gt_whiskers {
    size_t count, sets; /* at most 32 rows, 8 sets */
    const gt_whisker_row *rows;
    const char *const *names; /* (sets) in the legend */
    const char *best_name;    /* of what is best, likewise */
    const char *note;         /* below all; NULL: none */
} gt_whiskers;

/* Rows below each other, each on a scale of its own: dots with their intervals as lines, and
 * what is best as an open diamond. figure->x and y are not used. */
GT_MUST_CHECK gt_status gt_figure_whiskers(const char *path, const gt_figure *figure,
                                           const gt_whiskers *whiskers, gt_error *err);

#ifdef __cplusplus
}
#endif
#endif
