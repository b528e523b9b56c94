/* histograms.h - densities of several sets of numbers on common bins, as the lines of a panel.
 */
#ifndef GT_TWINS_HISTOGRAMS_H
#define GT_TWINS_HISTOGRAMS_H

#include "galatea/figure.h"
#include "galatea/twomodels.h"

enum {
    GT_HISTOGRAM_BINS = 40,
    GT_HISTOGRAMS_MOST = 32,
    GT_HISTOGRAM_NAME = 48,
    GT_OUTLINE = 2 * GT_HISTOGRAM_BINS + 2 /* both ends of every bin, and feet */
};

/* A zeroed one is empty. */
typedef struct gt_histograms {
    size_t count;
    char names[GT_HISTOGRAMS_MOST][GT_HISTOGRAM_NAME];
    double *values[GT_HISTOGRAMS_MOST]; /* finite ones */
    size_t numbers[GT_HISTOGRAMS_MOST];
    gt_line lines[GT_HISTOGRAMS_MOST];
    double heights[GT_HISTOGRAMS_MOST][GT_HISTOGRAM_BINS];
    double x[GT_OUTLINE], y[GT_HISTOGRAMS_MOST][GT_OUTLINE];
    double floor; /* heights of empty bins: 0, or below all others */
} gt_histograms;

/* The set of that name, begun where it is not there yet; GT_BAD_ARGUMENT for too many. */
GT_MUST_CHECK gt_status gt_histograms_add(gt_histograms *all, const char *name, double value,
                                          gt_error *err);
/* Widens a range to all their values. */
void gt_histograms_range(const gt_histograms *all, double *low, double *high);
/* Fills heights and lines; low < high. is_log: for a logarithmic axis, on which nothing is 0.
 */
void gt_histograms_count(gt_histograms *all, double low, double high, bool is_log);
void gt_histograms_free(gt_histograms *all);

#endif
