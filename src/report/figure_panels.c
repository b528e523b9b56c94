/* figure_panels.c - curves and bars, in one frame or in several above each other. */
#include <math.h>
#include <string.h>

#include "gnuplot.h"
#include "text.h"

enum { MOST_PANELS = 8, MOST_LINES = 200 };
/* cm: of the whole; marks, gaps, and a label along the axis */
#define WIDTH 12.0
#define BESIDE_TICKS 1.15

static double x_at(const gt_line *line, size_t i) {
    return line->x ? line->x[i] : (double)i;
}

static bool is_shown(const gt_line *line, const gt_axis *x, const gt_axis *y, size_t i) {
    return gt_range_accepts(x, x_at(line, i)) && gt_range_accepts(y, line->y[i]);
}

static const gt_axis *axis_of(const gt_panel *panel, const gt_line *line) {
    return line->is_right ? &panel->right : &panel->y;
}

static bool has_right(const gt_panel *panel) {
    for (size_t i = 0; i < panel->count; i++)
        if (panel->lines[i].is_right) return true;
    return false;
}

/* Width of a bar: the share of the first step between neighbours. */
static double bar_width(const gt_line *line) {
    double step = line->count > 1 ? fabs(x_at(line, 1) - x_at(line, 0)) : 1;
    return 0.8 * (step > 0 ? step : 1);
}

static gt_range x_range(const gt_figure *figure, const gt_panel *panels, size_t count) {
    gt_range range = gt_range_empty();
    bool has_bars = false;
    for (size_t p = 0; p < count; p++)
        for (size_t l = 0; l < panels[p].count; l++) {
            const gt_line *line = &panels[p].lines[l];
            double half = line->style == GT_LINE_BARS ? bar_width(line) / 2 : 0;
            has_bars |= half > 0;
            for (size_t i = 0; i < line->count; i++) {
                if (!is_shown(line, &figure->x, axis_of(&panels[p], line), i)) continue;
                gt_range_add(&range, &figure->x, x_at(line, i) - half);
                gt_range_add(&range, &figure->x, x_at(line, i) + half);
            }
        }
    return gt_range_padded(range, &figure->x, has_bars ? 0.01 : 0.02);
}

static gt_range y_range(const gt_figure *figure, const gt_panel *panel, bool is_right) {
    gt_range range = gt_range_empty();
    const gt_axis *axis = is_right ? &panel->right : &panel->y;
    bool has_bars = false;
    for (size_t l = 0; l < panel->count; l++) {
        const gt_line *line = &panel->lines[l];
        if (line->is_right != is_right) continue;
        has_bars |= line->style == GT_LINE_BARS;
        for (size_t i = 0; i < line->count; i++)
            if (is_shown(line, &figure->x, axis, i)) gt_range_add(&range, axis, line->y[i]);
    }
    if (has_bars) gt_range_add(&range, axis, 0);
    gt_range padded = gt_range_padded(range, axis, 0.06);
    if (!has_bars) return padded;
    if (range.low == 0) /* bars stand on the frame */
        padded.low = 0;
    else if (range.high == 0)
        padded.high = 0;
    return padded;
}

static size_t write_lines(gt_gnuplot *job, const gt_figure *figure, const gt_panel *panel) {
    size_t shown = 0;
    for (size_t l = 0; l < panel->count; l++) {
        const gt_line *line = &panel->lines[l];
        size_t here = 0;
        gt_gnuplot_block(job);
        for (size_t i = 0; i < line->count; i++) {
            if (!is_shown(line, &figure->x, axis_of(panel, line), i)) continue;
            gt_gnuplot_row(job, (double[]){x_at(line, i), line->y[i], bar_width(line)}, 3);
            here++;
        }
        if (!here) fputs("NaN NaN NaN\n", job->data);
        shown += here;
    }
    return shown;
}

static void write_line(gt_gnuplot *job, const gt_line *line, size_t block, const char *colour) {
    FILE *script = job->script;
    fprintf(script, "'data' index %zu using 1:2", block);
    if (line->style == GT_LINE_BARS)
        fprintf(script, ":3 with boxes lc rgb '%s'", colour);
    else if (line->style == GT_LINE_DASHED)
        fputs(" with lines dashtype (6,4) lw 1 lc rgb '#888888'", script);
    else if (line->style == GT_LINE_BESIDE)
        fprintf(script, " with lines dashtype (6,4) lw 1.2 lc rgb '%s'", colour);
    else if (line->style == GT_LINE_POINTS)
        fprintf(script, " with linespoints pt 7 ps 0.45 lw 1.4 lc rgb '%s'", colour);
    else
        fprintf(script, " with lines lw 1.4 lc rgb '%s'", colour);
    if (line->is_right) fputs(" axes x1y2", script);
    fputs(line->name ? " title " : " notitle", script);
    if (line->name) gt_gnuplot_text(script, line->name);
}

/* names: MOST_LINES. */
static void list_names(const gt_panel *panel, const char **names) {
    for (size_t l = 0; l < panel->count; l++) names[l] = panel->lines[l].name;
}

/* cm above every frame for the rows of the longest legend behind its first. */
static double find_legend(const gt_panel *panels, size_t count) {
    static const double row = 0.45;
    size_t most = 1;
    for (size_t p = 0; p < count; p++) {
        const char *names[MOST_LINES];
        list_names(&panels[p], names);
        size_t rows = gt_gnuplot_legend_rows(WIDTH, names, panels[p].count);
        if (rows > most) most = rows;
    }
    return row * (double)(most - 1);
}

/* Colours of all lines of all panels, by number. Guides take none of their own; a line that is
 * called like one above has its colour, and one that stands beside another that one's. */
static void choose_colours(const gt_panel *panels, size_t count, size_t *colours) {
    const char *names[MOST_LINES];
    size_t lines = 0, next = 0;
    for (size_t p = 0; p < count; p++)
        for (size_t l = 0; l < panels[p].count; l++, lines++) {
            const gt_line *line = &panels[p].lines[l];
            bool is_guide = line->style == GT_LINE_DASHED || line->style == GT_LINE_BESIDE;
            names[lines] = is_guide ? NULL : line->name;
            size_t same = 0;
            while (same < lines &&
                   !(names[same] && names[lines] && strcmp(names[same], names[lines]) == 0))
                same++;
            colours[lines] = same < lines ? colours[same] : next;
            if (line->style == GT_LINE_BESIDE && l) colours[lines] = colours[lines - 1];
            next += same == lines && !is_guide;
        }
}

static void write_plot(gt_gnuplot *job, const gt_panel *panel, size_t block,
                       const size_t *colours) {
    const char *names[MOST_LINES];
    list_names(panel, names);
    gt_gnuplot_legend(job, names, panel->count);
    fputs("plot ", job->script);
    for (size_t l = 0; l < panel->count; l++) {
        if (l) fputs(", \\\n  ", job->script);
        write_line(job, &panel->lines[l], block + l, gt_gnuplot_colour(colours[block + l]));
    }
    fputc('\n', job->script);
}

static void write_axes(gt_gnuplot *job, const gt_figure *figure, const gt_panel *panel,
                       gt_range x, bool is_last) {
    gt_axis shown = figure->x;
    if (!is_last) shown.label = NULL, shown.is_bare = true;
    gt_range y = y_range(figure, panel, false);
    gt_gnuplot_axis(job, "x", &shown, x.low, x.high);
    gt_gnuplot_axis(job, "y", &panel->y, y.low, y.high);
    if (!has_right(panel)) return;
    gt_range right = y_range(figure, panel, true);
    fputs("set border 11\nset y2tics out nomirror scale 0.6 textcolor rgb '#222222'\n",
          job->script);
    gt_gnuplot_axis(job, "y2", &panel->right, right.low, right.high);
}

/* What one panel set must not reach the next. */
static void clear_axes(gt_gnuplot *job) {
    fputs("unset xlabel\nunset ylabel\nunset y2label\nunset logscale\nunset title\n"
          "set format '%g'\nset tics scale 0.6\nunset y2tics\nset border 3\n",
          job->script);
}

/* cm left or right of all frames: what the widest numbers take, and the label. */
static double find_margin(const gt_figure *figure, const gt_panel *panels, size_t count,
                          bool is_right) {
    double widest = 0;
    for (size_t p = 0; p < count; p++) {
        if (is_right && !has_right(&panels[p])) continue;
        gt_range y = y_range(figure, &panels[p], is_right);
        const gt_axis *axis = is_right ? &panels[p].right : &panels[p].y;
        widest = fmax(widest, gt_gnuplot_tick_width(axis, y.low, y.high));
    }
    return widest > 0 ? widest + BESIDE_TICKS : 0.4;
}

/* Frames of equal height, in shares of the whole: left and right edges must agree. */
static void place_panel(gt_gnuplot *job, const gt_figure *figure, size_t index, size_t count,
                        double left, double right, double legend) {
    double bottom = 1.25 / job->height;
    double top = ((figure->title ? 1.1 : 0.7) + legend) / job->height;
    double gap = (0.75 + legend) / job->height;
    double each = (1 - bottom - top - gap * (double)(count - 1)) / (double)count;
    double high = 1 - top - (each + gap) * (double)index;
    fprintf(
        job->script,
        "set lmargin at screen %.4f\nset rmargin at screen %.4f\nset tmargin at screen %.4f\n"
        "set bmargin at screen %.4f\n",
        left / job->width, 1 - right / job->width, high, high - each);
}

static gt_status check(const char *path, const gt_panel *panels, size_t count, gt_error *err) {
    size_t lines = 0;
    if (count < 1 || count > MOST_PANELS)
        return gt_fail(err, GT_BAD_ARGUMENT, "drawing %s: %zu panels, expected 1 to %d", path,
                       count, MOST_PANELS);
    for (size_t p = 0; p < count; p++) {
        if (!panels[p].count)
            return gt_fail(err, GT_BAD_ARGUMENT, "drawing %s: a panel without lines", path);
        lines += panels[p].count;
    }
    if (lines > MOST_LINES)
        return gt_fail(err, GT_BAD_ARGUMENT, "drawing %s: %zu lines, expected at most %d", path,
                       lines, MOST_LINES);
    return GT_OK;
}

gt_status gt_figure_panels(const char *path, const gt_figure *figure, const gt_panel *panels,
                           size_t count, gt_error *err) {
    GT_PLAIN_NUMBERS;
    gt_status status = GT_OK;
    gt_gnuplot job = {0};
    size_t shown = 0, block = 0, colours[MOST_LINES];
    GT_TRY(check(path, panels, count, err));
    choose_colours(panels, count, colours);
    double legend = find_legend(panels, count);
    GT_TRY(gt_gnuplot_begin(path, figure, WIDTH, count > 1 ? (4.5 + legend) * (double)count : 8,
                            &job, err));
    for (size_t p = 0; p < count; p++) shown += write_lines(&job, figure, &panels[p]);
    if (!shown) GT_THROW(err, GT_BAD_ARGUMENT, "drawing %s: no point can be shown", path);
    gt_range x = x_range(figure, panels, count);
    double left = find_margin(figure, panels, count, false);
    double right = find_margin(figure, panels, count, true);
    job.is_multiple = count > 1;
    if (count > 1) fputs("set multiplot\n", job.script);
    for (size_t p = 0; p < count; p++) {
        if (count > 1) place_panel(&job, figure, p, count, left, right, legend);
        write_axes(&job, figure, &panels[p], x, p + 1 == count);
        write_plot(&job, &panels[p], block, colours);
        clear_axes(&job);
        block += panels[p].count;
    }
    if (count > 1) fputs("unset multiplot\n", job.script);
    GT_TRY(gt_gnuplot_finish(&job, err));
done:
    gt_gnuplot_discard(&job);
    return status;
}

gt_status gt_figure_lines(const char *path, const gt_figure *figure, const gt_line *lines,
                          size_t count, gt_error *err) {
    gt_panel panel = {.y = figure->y, .lines = lines, .count = count};
    return gt_figure_panels(path, figure, &panel, 1, err);
}
