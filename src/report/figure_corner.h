/* figure_corner.h - what frames of a corner figure share with its legend. Private. */
#ifndef GT_REPORT_FIGURE_CORNER_H
#define GT_REPORT_FIGURE_CORNER_H

#include <stdbool.h>

#include "galatea/twomodels.h"
#include "gnuplot.h"

/* cm: a frame's side, what is between frames, left of and below them, around them; the middle
 * of a label from the edge */
#define FRAME 3.1
#define GAP 0.16
#define LEFT 1.95
#define BELOW 1.3
#define EDGE 0.3
#define BESIDE 0.35
enum { CONTOURS = 4 };

typedef struct gt_corner_drawing {
    const gt_axis *columns;
    size_t column_count;
    const gt_corner_set *sets;
    size_t set_count;
    const gt_corner_options *options;
    gt_bins bins[GT_CORNER_COLUMNS];
    double *kept[GT_CORNER_SETS]; /* (columns, rows) of finite values */
    size_t rows[GT_CORNER_SETS];
    double *contents; /* (bins, bins) */
    bool has_contours;
} gt_corner_drawing;

const char *gt_corner_colour(const gt_corner_drawing *c, size_t set);
extern const double gt_corner_line_widths[CONTOURS];

/* cm: what is above the frames, all of them, the figure's width, the lines of its note. */
double gt_corner_above(const gt_corner_drawing *c);
double gt_corner_side(const gt_corner_drawing *c);
double gt_corner_width(const gt_corner_drawing *c);
double gt_corner_note_height(const gt_corner_drawing *c);

/* Sets, and what contours hold, in the corner without frames. Shown with the first frame alone.
 */
void gt_corner_legend(gt_gnuplot *job, const gt_corner_drawing *c);

#endif
