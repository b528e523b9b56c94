/* figure_matrix.c - confusion matrices: counts as numbers, shares of a row as colour. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "gnuplot.h"
#include "text.h"

enum { MOST_FRAMES = 9, NUMBERED = 24, LONGEST = 24 };
/* cm: a cell and the sides of a frame; a letter; edges, an axis' label, a title, the bar */
#define CELL 1.0
#define LEAST_SIDE 3.6 /* as high as the label of the bar is long */
#define MOST_SIDE 14.0
#define LETTER 0.17
#define EDGE 0.35
#define LABEL 0.75
#define TITLE 0.6
#define BAR 1.9

typedef struct grid {
    size_t columns, rows;
    double side, names, title; /* cm of a frame, of the longest name, of a title */
} grid;

/* At most LONGEST characters. Of the numbers beside an axis a '%' would begin a format. */
static void shorten(const char *name, char out[256]) {
    size_t seen = 0, used = 0;
    for (; *name && used < 200; name++) {
        bool begins = ((unsigned char)*name & 0xc0) != 0x80;
        if (begins && ++seen == LONGEST && gt_gnuplot_characters(name) > 1) break;
        if (*name == '%') out[used++] = '%';
        out[used++] = *name;
    }
    snprintf(out + used, 256 - used, "%s", *name ? "\xe2\x80\xa6" : "");
}

static grid grid_of(const gt_matrix *frames, size_t count) {
    size_t most = 1, longest = 1;
    grid g = {.columns = count == 4 ? 2 : count < 3 ? count : 3};
    for (size_t m = 0; m < count; m++) {
        if (frames[m].count > most) most = frames[m].count;
        if (frames[m].title) g.title = TITLE;
        for (size_t k = 0; k < frames[m].count; k++) {
            size_t length = gt_gnuplot_characters(frames[m].names[k]);
            if (length > longest) longest = length;
        }
    }
    g.rows = (count + g.columns - 1) / g.columns;
    g.side = fmin(MOST_SIDE / (count > 1 ? 2 : 1), fmax(LEAST_SIDE, CELL * (double)most));
    g.names = 0.4 + LETTER * fmin(LONGEST, (double)longest);
    return g;
}

static void write_numbers(gt_gnuplot *job, const gt_matrix *m) {
    gt_gnuplot_block(job);
    for (size_t row = 0; row < m->count; row++) {
        const double *values = m->values + row * m->count;
        double sum = 0;
        for (size_t k = 0; k < m->count; k++) sum += values[k];
        for (size_t k = 0; k < m->count; k++)
            fprintf(job->data, "%zu %zu %.6f %.*f\n", k, row, sum > 0 ? values[k] / sum : 0,
                    values[k] == floor(values[k]) ? 0 : 1, values[k]);
    }
}

static void write_names(FILE *script, const char *axis, const gt_matrix *m) {
    char name[256];
    fprintf(script, "set %stics scale 0%s (", axis, *axis == 'x' ? " rotate by 90 right" : "");
    for (size_t k = 0; k < m->count; k++) {
        fputs(k ? ", " : "", script);
        shorten(m->names[k], name);
        gt_gnuplot_text(script, name);
        fprintf(script, " %zu", k);
    }
    fputs(")\n", script);
}

static void write_label(gt_gnuplot *job, const char *axis, const char *label) {
    fprintf(job->script, "set %slabel ", axis);
    gt_gnuplot_text(job->script, label ? label : "");
    fputc('\n', job->script);
}

static void place_frame(gt_gnuplot *job, const grid *g, size_t index) {
    double step = g->side + EDGE;
    double left =
        EDGE + LABEL + g->names + (double)(index % g->columns) * (step + LABEL + g->names);
    double top = job->height - EDGE - (job->has_title ? TITLE : 0) - g->title -
                 (double)(index / g->columns) * (step + LABEL + g->names + g->title);
    fprintf(job->script,
            "set lmargin at screen %.4f\nset rmargin at screen %.4f\nset tmargin at screen "
            "%.4f\nset bmargin at screen %.4f\n",
            left / job->width, (left + g->side) / job->width, top / job->height,
            (top - g->side) / job->height);
}

/* The colour of numbers leaves them to be read on light and on dark cells. */
static void write_frame(gt_gnuplot *job, const gt_figure *figure, const gt_matrix *m,
                        const grid *g, size_t index) {
    FILE *script = job->script;
    double room = g->side / (double)m->count;
    place_frame(job, g, index);
    fputs("set title ", script);
    gt_gnuplot_text(script, m->title ? m->title : "");
    fprintf(script, "\nset xrange [-0.5:%zu.5]\nset yrange [%zu.5:-0.5]\n", m->count - 1,
            m->count - 1);
    write_label(job, "x", figure->x.label);
    write_label(job, "y", figure->y.label);
    write_names(script, "x", m);
    write_names(script, "y", m);
    if (index) fputs("unset colorbox\n", script);
    fprintf(script,
            "plot 'data' index %zu using 1:2:(0.5):(0.5):3 with boxxyerror fs solid 1.0 "
            "noborder lc palette notitle",
            index);
    for (int dark = 0; dark < 2 && m->count <= NUMBERED; dark++)
        fprintf(script,
                ", \\\n  'data' index %zu using 1:($3 %s 0.55 ? $2 : NaN):(stringcolumn(4)) "
                "with labels textcolor rgb '%s' font ',%.1f' notitle",
                index, dark ? ">" : "<=", dark ? "#ffffff" : "#222222",
                fmax(3.5, fmin(8, 8 * room / CELL)));
    fputc('\n', script);
}

static gt_status check(const char *path, const gt_matrix *frames, size_t count, gt_error *err) {
    if (count < 1 || count > MOST_FRAMES)
        return gt_fail(err, GT_BAD_ARGUMENT, "drawing %s: %zu matrices, expected 1 to %d", path,
                       count, MOST_FRAMES);
    for (size_t m = 0; m < count; m++) {
        if (frames[m].count < 1 || frames[m].count > GT_FIGURE_CLASSES)
            return gt_fail(err, GT_BAD_ARGUMENT,
                           "drawing %s: a matrix of %zu classes, expected 1 to %d", path,
                           frames[m].count, GT_FIGURE_CLASSES);
        for (size_t i = 0; i < frames[m].count * frames[m].count; i++)
            if (!(frames[m].values[i] >= 0 && frames[m].values[i] < 1e15))
                return gt_fail(err, GT_BAD_ARGUMENT, "drawing %s: a count is %g", path,
                               frames[m].values[i]);
    }
    return GT_OK;
}

gt_status gt_figure_matrices(const char *path, const gt_figure *figure, const gt_matrix *frames,
                             size_t count, gt_error *err) {
    GT_PLAIN_NUMBERS;
    gt_status status = GT_OK;
    gt_gnuplot job = {0};
    GT_TRY(check(path, frames, count, err));
    grid g = grid_of(frames, count);
    double across = LABEL + g.names + g.side + EDGE, down = across + g.title;
    GT_TRY(gt_gnuplot_begin(path, figure, EDGE + (double)g.columns * across + BAR,
                            EDGE + (figure->title ? TITLE : 0) + (double)g.rows * down, &job,
                            err));
    for (size_t m = 0; m < count; m++) write_numbers(&job, &frames[m]);
    fprintf(job.script,
            "unset key\nunset grid\nset border 15\nset cbrange [0:1]\n"
            "set palette defined (0 '#ffffff', 0.5 '#6aaed6', 1 '#08306b')\n"
            "set colorbox noborder user origin screen %.4f, screen %.4f size screen %.4f, "
            "screen %.4f\nset cbtics in scale 0.4\nset cblabel 'share of the true class' "
            "offset 0.5,0\n"
            "set multiplot\n",
            1 - (BAR - 0.1) / job.width, (EDGE + LABEL + g.names) / job.height,
            0.25 / job.width, g.side / job.height);
    for (size_t m = 0; m < count; m++) write_frame(&job, figure, &frames[m], &g, m);
    fputs("unset multiplot\n", job.script);
    GT_TRY(gt_gnuplot_finish(&job, err));
done:
    gt_gnuplot_discard(&job);
    return status;
}
