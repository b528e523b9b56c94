/* figure_scatter.c - points, coloured by a value or by class. */
#include <math.h>

#include "gnuplot.h"

static const char pale[] = "#bdbdbd";

/* viridis at nine places; its brightness rises steadily, also for the colour-blind. */
static const char palette[] =
    "set palette defined (0 '#440154', 1 '#472d7b', 2 '#3b528b', 3 '#2c728e', 4 '#21918c', "
    "5 '#28ae80', 6 '#5ec962', 7 '#addc30', 8 '#fde725')\n";

static bool is_shown(const gt_figure *figure, const gt_scatter *points, size_t i) {
    return gt_range_accepts(&figure->x, points->x[i]) &&
           gt_range_accepts(&figure->y, points->y[i]);
}

/* Class of a point, or -1 for the pale ones: no class, or no colour. */
static int32_t group_of(const gt_scatter *points, size_t i) {
    if (points->classes) {
        int32_t class = points->classes[i];
        return class >= 0 && (size_t) class < points->class_count ? class : -1;
    }
    if (!points->colour) return 0;
    return gt_range_accepts(&points->colour_axis, points->colour[i]) ? 0 : -1;
}

static size_t groups_of(const gt_scatter *points) {
    return points->classes ? points->class_count : 1;
}

/* One block of numbers; returns how many points it has. */
static size_t write_group(gt_gnuplot *job, const gt_figure *figure, const gt_scatter *points,
                          int32_t group) {
    size_t count = 0;
    gt_gnuplot_block(job);
    for (size_t i = 0; i < points->count; i++) {
        if (group_of(points, i) != group || !is_shown(figure, points, i)) continue;
        double row[] = {points->x[i], points->y[i], points->colour ? points->colour[i] : 0};
        gt_gnuplot_row(job, row, points->colour ? 3 : 2);
        count++;
    }
    if (!count) fputs("NaN NaN NaN\n", job->data); /* a block has at least a line */
    return count;
}

static double point_size(const gt_scatter *points) {
    double n = points->count > 0 ? (double)points->count : 1;
    double size = points->point > 0 ? points->point / 4 : 0.55 * pow(n / 200, -0.3);
    return points->point > 0 ? size : fmin(0.7, fmax(0.12, size));
}

/* Of a map only distances mean something: both axes get one scale. */
static void make_square(gt_gnuplot *job, gt_range *x, gt_range *y) {
    double width = x->high - x->low, height = y->high - y->low;
    gt_range *shorter = width < height ? x : y;
    double more = fabs(width - height) / 2;
    shorter->low -= more;
    shorter->high += more;
    fputs("set size ratio 1\nunset grid\nset border 15\n", job->script);
}

static void write_ranges(gt_gnuplot *job, const gt_figure *figure, const gt_scatter *points) {
    gt_range x = gt_range_empty(), y = gt_range_empty(), colour = gt_range_empty();
    for (size_t i = 0; i < points->count; i++) {
        if (!is_shown(figure, points, i)) continue;
        gt_range_add(&x, &figure->x, points->x[i]);
        gt_range_add(&y, &figure->y, points->y[i]);
        if (points->colour) gt_range_add(&colour, &points->colour_axis, points->colour[i]);
    }
    x = gt_range_padded(x, &figure->x, 0.03);
    y = gt_range_padded(y, &figure->y, 0.03);
    if (figure->x.is_bare && figure->y.is_bare) make_square(job, &x, &y);
    gt_gnuplot_axis(job, "x", &figure->x, x.low, x.high);
    gt_gnuplot_axis(job, "y", &figure->y, y.low, y.high);
    if (!points->colour) return;
    colour = gt_range_padded(colour, &points->colour_axis, 0);
    gt_gnuplot_axis(job, "cb", &points->colour_axis, colour.low, colour.high);
    fputs(palette, job->script);
    fputs("set colorbox noborder\nset cbtics in scale 0.4\n", job->script);
}

static void write_class_name(FILE *script, const gt_scatter *points, size_t class) {
    char number[24];
    const char *name = points->class_names ? points->class_names[class] : NULL;
    snprintf(number, sizeof number, "%zu", class);
    gt_gnuplot_text(script, name ? name : number);
}

/* The pale ones first, below the others. Legends show larger marks than 10^5 points would
 * allow, by an extra series that is empty. */
static void write_plot(gt_gnuplot *job, const gt_scatter *points, const size_t *counts) {
    double size = point_size(points);
    FILE *script = job->script;
    fprintf(script,
            "plot 'data' index 0 using 1:2 with points pt 7 ps %.3f lc rgb '%s' notitle", size,
            pale);
    for (size_t g = 0; g < groups_of(points); g++) {
        fprintf(script, ", \\\n  'data' index %zu ", g + 1);
        if (points->colour) {
            fprintf(script, "using 1:2:3 with points pt 7 ps %.3f lc palette notitle", size);
            continue;
        }
        fprintf(script, "using 1:2 with points pt 7 ps %.3f lc rgb '%s' notitle", size,
                gt_gnuplot_colour(g));
        if (!points->classes || !counts[g]) continue;
        fprintf(script, ", \\\n  NaN with points pt 7 ps 0.8 lc rgb '%s' title ",
                gt_gnuplot_colour(g));
        write_class_name(script, points, g);
    }
    fputc('\n', script);
}

static gt_status check(const char *path, const gt_figure *figure, const gt_scatter *points,
                       gt_error *err) {
    if (points->classes && (points->colour || points->class_count > GT_FIGURE_CLASSES))
        return gt_fail(err, GT_BAD_ARGUMENT,
                       "drawing %s: %zu classes%s, expected at most %d and no colour", path,
                       points->class_count, points->colour ? " with a colour" : "",
                       GT_FIGURE_CLASSES);
    for (size_t i = 0; i < points->count; i++)
        if (is_shown(figure, points, i)) return GT_OK;
    return gt_fail(err, GT_BAD_ARGUMENT, "drawing %s: none of %zu points can be shown", path,
                   points->count);
}

gt_status gt_figure_scatter(const char *path, const gt_figure *figure, const gt_scatter *points,
                            gt_error *err) {
    gt_status status = GT_OK;
    gt_gnuplot job = {0};
    size_t counts[GT_FIGURE_CLASSES] = {0};
    GT_TRY(check(path, figure, points, err));
    GT_TRY(gt_gnuplot_begin(path, figure, points->colour ? 11.5 : 10, 9, &job, err));
    write_group(&job, figure, points, -1);
    for (size_t g = 0; g < groups_of(points); g++)
        counts[g] = write_group(&job, figure, points, (int32_t)g);
    write_ranges(&job, figure, points);
    if (points->classes && points->class_names)
        gt_gnuplot_legend(&job, points->class_names, points->class_count);
    write_plot(&job, points, counts);
    GT_TRY(gt_gnuplot_finish(&job, err));
done:
    gt_gnuplot_discard(&job);
    return status;
}
