/* gnuplot.h (room: report, private) - one figure as a script and numbers for gnuplot.
 *
 *     begin; write the script's plot commands and the numbers; finish; discard.
 *
 * All lies in a folder of its own, which is gnuplot's working folder: the script names only
 * "data" and "figure". Text of people reaches the script through gt_gnuplot_text alone. */
#ifndef GT_REPORT_GNUPLOT_H
#define GT_REPORT_GNUPLOT_H

#include <stdio.h>

#include "galatea/figure.h"

typedef struct gt_gnuplot {
    const char *path, *provenance; /* lent */
    char folder[256];
    FILE *script, *data;
    int blocks;           /* of numbers begun so far */
    double width, height; /* cm */
    bool has_title;
    bool is_multiple; /* frames above each other: legends stand close to theirs */
    double frame;     /* cm of a frame along x, in a figure of many; 0: all but the margins */
    double inset;     /* share of a frame at either end without numbers of a linear axis */
} gt_gnuplot;

/* Opens the folder and writes terminal, output, fonts, axes' style and title. */
gt_status gt_gnuplot_begin(const char *path, const gt_figure *figure, double width,
                           double height, gt_gnuplot *out, gt_error *err) GT_MUST_CHECK;

/* A text as the script takes it: in double quotes, every byte that could mean something to
 * gnuplot as three octal digits; control bytes and what is not UTF-8 are shown as \xNN. */
void gt_gnuplot_text(FILE *script, const char *text);

/* Characters of UTF-8 in a text, by which its width is guessed. */
size_t gt_gnuplot_characters(const char *text);

/* Numbers: a block of lines; `index` in the plot command counts them from 0. */
void gt_gnuplot_block(gt_gnuplot *job);
void gt_gnuplot_row(gt_gnuplot *job, const double *values, size_t count);

/* "set x..." for an axis ("x", "y", "y2", "cb"); low < high is the range when the axis asks for
 * none. */
void gt_gnuplot_axis(gt_gnuplot *job, const char *name, const gt_axis *axis, double low,
                     double high);

/* cm that the widest number beside such an axis takes. */
double gt_gnuplot_tick_width(const gt_axis *axis, double low, double high);

/* Places the legend of these names (NULL: not there), in as many columns as have room. */
void gt_gnuplot_legend(gt_gnuplot *job, const char *const *names, size_t count);
/* Rows that the legend takes in a figure as wide as this, cm. */
size_t gt_gnuplot_legend_rows(double width, const char *const *names, size_t count);

/* A text in as many lines as it needs in a figure as wide as this: their height in cm (0
 * without one), and its labels at the foot of the figure. */
double gt_gnuplot_note_height(double width, const char *note);
void gt_gnuplot_note(gt_gnuplot *job, const char *note);

/* A colour as gnuplot's "rgb" takes it; the colours of sets and classes, cyclic. */
const char *gt_gnuplot_colour(size_t index);
enum { GT_GNUPLOT_COLOURS = 8 };

/* Runs gnuplot and puts the figure in its place. */
gt_status gt_gnuplot_finish(gt_gnuplot *job, gt_error *err) GT_MUST_CHECK;

/* Removes the folder. Accepts an empty struct. */
void gt_gnuplot_discard(gt_gnuplot *job);

/* The finished file with its provenance inside, and without dates. kind: "png", "pdf", "svg".
 * *bytes is replaced. */
gt_status gt_figure_add_provenance(const char *kind, const char *provenance, char **bytes,
                                   size_t *size, gt_error *err) GT_MUST_CHECK;

/* "png", "pdf" or "svg", or NULL for another ending. */
const char *gt_figure_kind(const char *path);

/* ---- ranges ---- */

typedef struct gt_range {
    double low, high;
} gt_range;

/* Nothing yet. */
gt_range gt_range_empty(void);
/* Can this value be drawn on such an axis? */
bool gt_range_accepts(const gt_axis *axis, double value);
/* Whether the axis asks for a range that can be drawn; it is put in *out. */
bool gt_range_asked(const gt_axis *axis, gt_range *out);
void gt_range_add(gt_range *range, const gt_axis *axis, double value);
/* With `share` of its length more at both ends, at most a decade; a single value gets a range
 * around it. An empty range becomes 0..1. */
gt_range gt_range_padded(gt_range range, const gt_axis *axis, double share);

#endif
