/* figure_histogram.c - several sets counted in common bins. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "gnuplot.h"
#include "text.h"

enum { USUAL_BINS = 60, MOST_BINS = 10000 };

typedef struct histogram {
    const gt_figure *figure;
    const gt_histogram_set *sets;
    size_t count, bins;
    bool is_count;
    gt_range range;         /* of all values shown */
    double *heights;        /* (count, bins) */
    double highest, lowest; /* of all heights, and of those above 0 */
} histogram;

static double place_of(const histogram *h, double value) {
    return h->figure->x.is_log ? log(value) : value;
}

static double edge_of(const histogram *h, size_t bin) {
    double a = place_of(h, h->range.low), b = place_of(h, h->range.high);
    double at = a + (b - a) * (double)bin / (double)h->bins;
    return h->figure->x.is_log ? exp(at) : at;
}

static void find_range(histogram *h) {
    const gt_axis *axis = &h->figure->x;
    if (gt_range_asked(axis, &h->range)) return;
    h->range = gt_range_empty();
    for (size_t s = 0; s < h->count; s++)
        for (size_t i = 0; i < h->sets[s].count; i++)
            gt_range_add(&h->range, axis, h->sets[s].values[i]);
    if (h->range.low <= h->range.high) h->range = gt_range_padded(h->range, axis, 0.01);
}

/* Values outside an asked range do not stand in the bins but count in the area. */
static void count_set(histogram *h, size_t s) {
    const gt_histogram_set *set = &h->sets[s];
    double *heights = h->heights + s * h->bins, total = 0;
    double a = place_of(h, h->range.low), b = place_of(h, h->range.high);
    for (size_t i = 0; i < set->count; i++) {
        double value = set->values[i];
        if (!gt_range_accepts(&h->figure->x, value)) continue;
        total++;
        if (value < h->range.low || value > h->range.high) continue;
        size_t bin = (size_t)((place_of(h, value) - a) / (b - a) * (double)h->bins);
        heights[bin < h->bins ? bin : h->bins - 1]++;
    }
    for (size_t bin = 0; bin < h->bins; bin++) {
        double width = edge_of(h, bin + 1) - edge_of(h, bin);
        if (!h->is_count && total > 0) heights[bin] /= total * width;
        if (heights[bin] > h->highest) h->highest = heights[bin];
        if (heights[bin] > 0 && heights[bin] < h->lowest) h->lowest = heights[bin];
    }
}

/* The outline of a set: both ends of each bin, from the floor and back to it. */
static void write_outline(gt_gnuplot *job, const histogram *h, size_t s, double floor) {
    const double *heights = h->heights + s * h->bins;
    gt_gnuplot_block(job);
    gt_gnuplot_row(job, (double[]){edge_of(h, 0), floor}, 2);
    for (size_t bin = 0; bin < h->bins; bin++) {
        double height = fmax(heights[bin], floor);
        gt_gnuplot_row(job, (double[]){edge_of(h, bin), height}, 2);
        gt_gnuplot_row(job, (double[]){edge_of(h, bin + 1), height}, 2);
    }
    gt_gnuplot_row(job, (double[]){edge_of(h, h->bins), floor}, 2);
}

/* How many marks lie in the frame. */
static size_t write_marks(gt_gnuplot *job, const histogram *h,
                          const gt_histogram_options *options) {
    char text[GT_NUMBER_SIZE];
    size_t count = 0;
    for (size_t i = 0; i < options->mark_count; i++) {
        double at = options->marks[i];
        if (!(at >= h->range.low && at <= h->range.high)) continue;
        count++;
        gt_real_to_text(at, text);
        fprintf(job->script,
                "set arrow from first %s, graph 0 to first %s, graph 1 nohead front dashtype "
                "(10,6) linewidth 1 linecolor rgb '#555555'\n",
                text, text);
    }
    return count;
}

/* Faint areas first, then all outlines, so that none is hidden. */
static void write_plot(gt_gnuplot *job, const histogram *h, const char *mark) {
    const char *names[GT_FIGURE_CLASSES + 1];
    for (size_t s = 0; s < h->count; s++) names[s] = h->sets[s].name;
    names[h->count] = mark;
    gt_gnuplot_legend(job, names, h->count + 1);
    fputs("plot ", job->script);
    for (size_t s = 0; s < h->count; s++)
        fprintf(job->script,
                "%s'data' index %zu using 1:2 with filledcurves x1 fill transparent solid 0.12 "
                "noborder lc rgb '%s' notitle",
                s ? ", \\\n  " : "", s, gt_gnuplot_colour(s));
    for (size_t s = 0; s < h->count; s++) {
        fprintf(job->script,
                ", \\\n  'data' index %zu using 1:2 with lines lw 1.3 lc rgb '%s' title ", s,
                gt_gnuplot_colour(s));
        gt_gnuplot_text(job->script, h->sets[s].name ? h->sets[s].name : "");
    }
    if (mark) {
        fputs(", \\\n  NaN with lines dashtype (10,6) lw 1 lc rgb '#555555' title ",
              job->script);
        gt_gnuplot_text(job->script, mark);
    }
    fputc('\n', job->script);
}

static gt_status prepare(histogram *h, const char *path, gt_error *err) {
    find_range(h);
    if (h->count < 1 || h->count > GT_FIGURE_CLASSES || h->bins > MOST_BINS)
        return gt_fail(err, GT_BAD_ARGUMENT,
                       "drawing %s: %zu sets in %zu bins, expected 1 to %d in at most %d", path,
                       h->count, h->bins, GT_FIGURE_CLASSES, MOST_BINS);
    if (!(h->range.low < h->range.high))
        return gt_fail(err, GT_BAD_ARGUMENT, "drawing %s: no value can be shown", path);
    h->heights = calloc(h->count * h->bins, sizeof *h->heights);
    if (!h->heights) return gt_fail(err, GT_NO_MEMORY, "drawing %s: no memory for bins", path);
    h->lowest = INFINITY;
    for (size_t s = 0; s < h->count; s++) count_set(h, s);
    if (h->highest <= 0)
        return gt_fail(err, GT_BAD_ARGUMENT, "drawing %s: no value lies in the range shown",
                       path);
    return GT_OK;
}

gt_status gt_figure_histogram(const char *path, const gt_figure *figure,
                              const gt_histogram_set *sets, size_t count,
                              const gt_histogram_options *options, gt_error *err) {
    GT_PLAIN_NUMBERS;
    static const gt_histogram_options usual = {0};
    gt_status status = GT_OK;
    gt_gnuplot job = {0};
    gt_axis y = figure->y;
    if (!options) options = &usual;
    histogram h = {.figure = figure,
                   .sets = sets,
                   .count = count,
                   .is_count = options->is_count,
                   .bins = options->bins ? options->bins : USUAL_BINS};
    GT_TRY(prepare(&h, path, err));
    GT_TRY(gt_gnuplot_begin(path, figure, 12, 8, &job, err));
    double floor = y.is_log ? h.lowest / 2 : 0;
    for (size_t s = 0; s < count; s++) write_outline(&job, &h, s, floor);
    if (!y.label) y.label = h.is_count ? "number" : "density";
    gt_gnuplot_axis(&job, "x", &figure->x, h.range.low, h.range.high);
    gt_gnuplot_axis(&job, "y", &y, floor, y.is_log ? h.highest * 1.5 : h.highest * 1.06);
    write_plot(&job, &h, write_marks(&job, &h, options) ? options->mark_name : NULL);
    GT_TRY(gt_gnuplot_finish(&job, err));
done:
    gt_gnuplot_discard(&job);
    free(h.heights);
    return status;
}
