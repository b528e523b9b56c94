/* figure_scatter.c - points, coloured by a value or by class; one frame, or several. */
#include <math.h>

#include "gnuplot.h"
#include "text.h"

static const char pale[] = "#bdbdbd", classless[] = "no class";

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

/* Of one frame, the pale ones first; adds to counts. */
static void write_groups(gt_gnuplot *job, const gt_figure *figure, const gt_scatter *points,
                         size_t counts[GT_FIGURE_CLASSES + 1]) {
    for (size_t k = 0; k <= groups_of(points); k++)
        counts[k] += write_group(job, figure, points, (int32_t)k - 1);
}

static double point_size(const gt_scatter *points) {
    double n = points->count > 0 ? (double)points->count : 1;
    double size = points->point > 0 ? points->point / 4 : 0.55 * pow(n / 200, -0.3);
    return points->point > 0 ? size : fmin(0.7, fmax(0.12, size));
}

/* Where points lie on each other, more of them are darker: how much each hides, of 255. */
static int clearness(const gt_scatter *points) {
    enum { FEW = 3000 };
    if (points->is_same) return 0x90;
    if (points->count <= FEW) return 0;
    return (int)(255 * (1 - fmax(0.2, sqrt(FEW / (double)points->count))));
}

static void write_colour(FILE *script, const gt_scatter *points, size_t group) {
    int clear = clearness(points);
    fputs("lc rgb '#", script);
    if (clear) fprintf(script, "%02x", clear);
    fprintf(script, "%s' ", gt_gnuplot_colour(group) + 1);
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
    gt_range x = gt_range_empty(), y = gt_range_empty();
    for (size_t i = 0; i < points->count; i++) {
        if (!is_shown(figure, points, i)) continue;
        gt_range_add(&x, &figure->x, points->x[i]);
        gt_range_add(&y, &figure->y, points->y[i]);
    }
    x = gt_range_padded(x, &figure->x, 0.03);
    y = gt_range_padded(y, &figure->y, 0.03);
    if (figure->x.is_bare && figure->y.is_bare) make_square(job, &x, &y);
    gt_gnuplot_axis(job, "x", &figure->x, x.low, x.high);
    gt_gnuplot_axis(job, "y", &figure->y, y.low, y.high);
}

/* Colours mean the same in all frames. */
static void write_colours(gt_gnuplot *job, const gt_figure *figure, const gt_scatter *panels,
                          size_t count) {
    const gt_axis *axis = &panels[0].colour_axis;
    gt_range range = gt_range_empty();
    if (!panels[0].colour) return;
    for (size_t p = 0; p < count; p++)
        for (size_t i = 0; i < panels[p].count; i++)
            if (is_shown(figure, &panels[p], i))
                gt_range_add(&range, axis, panels[p].colour[i]);
    range = gt_range_padded(range, axis, 0);
    gt_gnuplot_axis(job, "cb", axis, range.low, range.high);
    fputs(palette, job->script);
    fputs("set colorbox noborder\nset cbtics in scale 0.4\n", job->script);
}

static void write_class_name(FILE *script, const gt_scatter *points, size_t class) {
    char number[24];
    const char *name = points->class_names ? points->class_names[class] : NULL;
    snprintf(number, sizeof number, "%zu", class);
    gt_gnuplot_text(script, name ? name : number);
}

static void write_legend(gt_gnuplot *job, const gt_scatter *points, const size_t *counts) {
    const char *names[GT_FIGURE_CLASSES + 1] = {counts[0] ? classless : NULL};
    for (size_t g = 0; g < points->class_count; g++) names[g + 1] = points->class_names[g];
    gt_gnuplot_legend(job, names, points->class_count + 1);
}

/* An entry of the legend: larger marks than 10^5 points would allow, by a series that is empty.
 */
static void begin_entry(FILE *script, const char *colour) {
    fprintf(script, ", \\\n  NaN with points pt 7 ps 0.8 lc rgb '%s' title ", colour);
}

/* The pale ones first, below the others; in the legend last. counts: of points in all frames,
 * the pale ones first. */
static void write_plot(gt_gnuplot *job, const gt_scatter *points, const size_t *counts,
                       size_t block) {
    double size = point_size(points);
    FILE *script = job->script;
    fprintf(script,
            "plot 'data' index %zu using 1:2 with points pt 7 ps %.3f lc rgb '%s' notitle",
            block, size, pale);
    for (size_t g = 0; g < groups_of(points); g++) {
        fprintf(script, ", \\\n  'data' index %zu ", block + g + 1);
        if (points->colour) {
            fprintf(script, "using 1:2:3 with points pt 7 ps %.3f lc palette notitle", size);
            continue;
        }
        fprintf(script, "using 1:2 with points pt 7 ps %.3f ", size);
        write_colour(script, points, g);
        fputs("notitle", script);
        if (!points->classes || !counts[g + 1]) continue;
        begin_entry(script, gt_gnuplot_colour(g));
        write_class_name(script, points, g);
    }
    if (points->classes && counts[0]) {
        begin_entry(script, pale);
        gt_gnuplot_text(script, classless);
    }
    if (points->is_same)
        fputs(", \\\n  x with lines dashtype (6,4) lc rgb '#222222' notitle", script);
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
    GT_PLAIN_NUMBERS;
    gt_status status = GT_OK;
    gt_gnuplot job = {0};
    size_t counts[GT_FIGURE_CLASSES + 1] = {0};
    GT_TRY(check(path, figure, points, err));
    GT_TRY(gt_gnuplot_begin(path, figure, points->colour ? 11.5 : 10, 9, &job, err));
    write_groups(&job, figure, points, counts);
    write_ranges(&job, figure, points);
    write_colours(&job, figure, points, 1);
    if (points->classes && points->class_names) write_legend(&job, points, counts);
    write_plot(&job, points, counts, 0);
    GT_TRY(gt_gnuplot_finish(&job, err));
done:
    gt_gnuplot_discard(&job);
    return status;
}

/* ---- several frames
 * ---------------------------------------------------------------------------
 */

enum { MOST_FRAMES = 9 };
/* cm: a frame's side, what is between frames and around them, a title, bar and legend */
#define FRAME 5.6
#define GAP 0.35
#define EDGE 0.3
#define TITLE 0.6
#define BAR 2.0
#define LEGEND 0.8
/* numbers and label of an axis, left of each frame and below */
#define LEFT 1.5
#define BELOW 1.15

typedef struct grid {
    size_t columns, rows;
    double title, bar, legend, left, below; /* cm taken, 0: there is none */
} grid;

static grid grid_of(const gt_figure *figure, const gt_scatter *panels, size_t count) {
    grid g = {.columns = count == 4  ? 2
                         : count < 3 ? count
                                     : 3,
              .left = figure->y.is_bare ? 0 : LEFT,
              .below = figure->x.is_bare ? 0 : BELOW};
    g.rows = (count + g.columns - 1) / g.columns;
    for (size_t p = 0; p < count; p++)
        if (panels[p].title) g.title = TITLE;
    g.bar = panels[0].colour ? BAR : 0;
    g.legend = panels[0].classes ? LEGEND : 0;
    return g;
}

static void place_frame(gt_gnuplot *job, const grid *g, size_t index) {
    double left = EDGE + g->left + (double)(index % g->columns) * (FRAME + GAP + g->left);
    double top = job->height - EDGE - g->legend - g->title -
                 (double)(index / g->columns) * (FRAME + GAP + g->title + g->below);
    fprintf(job->script,
            "set lmargin at screen %.4f\nset rmargin at screen %.4f\n"
            "set tmargin at screen %.4f\nset bmargin at screen %.4f\n",
            left / job->width, (left + FRAME) / job->width, top / job->height,
            (top - FRAME) / job->height);
}

/* The bar beside the frames, as high as a row of them; drawn with the last one. */
static void place_bar(gt_gnuplot *job, const grid *g, bool is_last) {
    double low = job->height - EDGE - g->legend - g->title -
                 (double)(g->rows - 1) * (FRAME + GAP + g->title + g->below) - FRAME;
    double high = job->height - EDGE - g->legend - g->title;
    if (!is_last)
        fputs("unset colorbox\n", job->script);
    else
        fprintf(job->script,
                "set colorbox user noborder origin screen %.4f, screen %.4f size screen %.4f, "
                "screen %.4f\n",
                (job->width - BAR + 0.1) / job->width, low / job->height, 0.35 / job->width,
                (high - low) / job->height);
}

static void write_frame(gt_gnuplot *job, const gt_figure *figure, const gt_scatter *points,
                        const grid *g, size_t index) {
    place_frame(job, g, index);
    write_ranges(job, figure, points);
    fputs("set title ", job->script);
    gt_gnuplot_text(job->script, points->title ? points->title : "");
    fputs(" offset 0,-0.7\n", job->script);
    if (points->classes && index == 0)
        fprintf(job->script,
                "set key at screen 0.5, screen %.4f center top Left reverse horizontal samplen "
                "1.4 textcolor rgb '#222222'\n",
                1 - 0.15 / job->height);
    else
        fputs("unset key\n", job->script);
}

static gt_status check_frames(const char *path, const gt_figure *figure,
                              const gt_scatter *panels, size_t count, gt_error *err) {
    gt_status status = GT_OK;
    if (count < 1 || count > MOST_FRAMES)
        GT_THROW(err, GT_BAD_ARGUMENT, "drawing %s: %zu frames, expected 1 to %d", path, count,
                 MOST_FRAMES);
    for (size_t p = 0; p < count; p++) {
        bool is_alike = !panels[p].colour == !panels[0].colour &&
                        !panels[p].classes == !panels[0].classes &&
                        panels[p].class_count == panels[0].class_count;
        if (!is_alike)
            GT_THROW(err, GT_BAD_ARGUMENT, "drawing %s: frame %zu is coloured otherwise", path,
                     p);
        GT_TRY(check(path, figure, &panels[p], err));
    }
done:
    return status;
}

gt_status gt_figure_scatters(const char *path, const gt_figure *figure,
                             const gt_scatter *panels, size_t count, gt_error *err) {
    GT_PLAIN_NUMBERS;
    gt_status status = GT_OK;
    gt_gnuplot job = {0};
    size_t counts[GT_FIGURE_CLASSES + 1] = {0};
    GT_TRY(check_frames(path, figure, panels, count, err));
    grid g = grid_of(figure, panels, count);
    size_t groups = groups_of(&panels[0]);
    double width = 2 * EDGE + (double)g.columns * (g.left + FRAME + GAP) - GAP + g.bar;
    double height =
        2 * EDGE + g.legend + (double)g.rows * (FRAME + GAP + g.title + g.below) - GAP;
    GT_TRY(gt_gnuplot_begin(path, &(gt_figure){.provenance = figure->provenance}, width, height,
                            &job, err));
    for (size_t p = 0; p < count; p++) write_groups(&job, figure, &panels[p], counts);
    write_colours(&job, figure, panels, count);
    fputs("set multiplot\n", job.script);
    for (size_t p = 0; p < count; p++) {
        write_frame(&job, figure, &panels[p], &g, p);
        if (panels[p].colour) place_bar(&job, &g, p + 1 == count);
        write_plot(&job, &panels[p], counts, p * (groups + 1));
    }
    fputs("unset multiplot\n", job.script);
    GT_TRY(gt_gnuplot_finish(&job, err));
done:
    gt_gnuplot_discard(&job);
    return status;
}
