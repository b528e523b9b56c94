/* figure_whiskers.c - numbers with their intervals, a row and a scale for each, beside what
 * they would be at best. */
#include <math.h>

#include "gnuplot.h"
#include "text.h"

enum { MOST_ROWS = 32, MOST_SETS = 8 };
/* cm: of the whole; names left of the rows, remarks right of them; of a row, above and below */
#define WIDTH 14.0
#define NAMES 5.3
#define REMARKS 2.4
#define ROW 0.5
#define GAP 0.62
#define ABOVE 0.75
#define BELOW 0.6

static const gt_whisker *whisker_at(const gt_whiskers *w, size_t row, size_t set) {
    return &w->rows[row].of[set];
}

static gt_range range_of(const gt_whiskers *w, size_t row) {
    gt_range range = gt_range_empty();
    const gt_axis *axis = &w->rows[row].axis;
    for (size_t s = 0; s < w->sets; s++) {
        const gt_whisker *own = whisker_at(w, row, s);
        gt_range_add(&range, axis, own->value);
        gt_range_add(&range, axis, own->low);
        gt_range_add(&range, axis, own->high);
        gt_range_add(&range, axis, own->best);
    }
    return gt_range_padded(range, axis, 0.06);
}

/* Middle of the row at 0, its edges at 1 and -1; sets below each other. */
static double height_of(const gt_whiskers *w, size_t set) {
    return w->sets < 2 ? 0 : 0.55 - 1.1 * (double)set / (double)(w->sets - 1);
}

/* A block of each set of a row: value, height, and the interval's ends; then of what is best.
 */
static size_t write_numbers(gt_gnuplot *job, const gt_whiskers *w, size_t row) {
    const gt_axis *axis = &w->rows[row].axis;
    size_t shown = 0;
    for (size_t s = 0; s < w->sets; s++) {
        const gt_whisker *own = whisker_at(w, row, s);
        double y = height_of(w, s);
        bool is_there = gt_range_accepts(axis, own->value);
        bool has_ends =
            is_there && gt_range_accepts(axis, own->low) && gt_range_accepts(axis, own->high);
        gt_gnuplot_block(job);
        if (is_there)
            gt_gnuplot_row(job,
                           (double[]){own->value, y, has_ends ? own->low : own->value,
                                      has_ends ? own->high - own->low : 0},
                           4);
        else
            fputs("NaN NaN NaN NaN\n", job->data);
        gt_gnuplot_block(job);
        if (gt_range_accepts(axis, own->best))
            gt_gnuplot_row(job, (double[]){own->best, y}, 2);
        else
            fputs("NaN NaN\n", job->data);
        shown += is_there + gt_range_accepts(axis, own->best);
    }
    return shown;
}

static void write_label(gt_gnuplot *job, int number, const char *text, const char *place) {
    if (!text) return;
    fprintf(job->script, "set label %d ", number);
    gt_gnuplot_text(job->script, text);
    fprintf(job->script, " %s textcolor rgb '#222222'\n", place);
}

static void place_row(gt_gnuplot *job, const gt_whiskers *w, size_t row) {
    double top = ABOVE + (job->has_title ? 0.4 : 0) + (double)row * (ROW + GAP);
    fprintf(job->script,
            "set lmargin at screen %.4f\nset rmargin at screen %.4f\nset tmargin at screen "
            "%.4f\nset bmargin at screen %.4f\n",
            NAMES / job->width, 1 - REMARKS / job->width, 1 - top / job->height,
            1 - (top + ROW) / job->height);
    write_label(job, 1, w->rows[row].name, "at graph 0, graph 0.5 right offset -1.2,0");
    write_label(job, 2, w->rows[row].remark, "at graph 1, graph 0.5 left offset 1.2,0");
    if (row + 1 == w->count) gt_gnuplot_note(job, w->note);
}

static void write_axis(gt_gnuplot *job, const gt_whiskers *w, size_t row) {
    gt_range range = range_of(w, row);
    fputs("set border 1\nunset ytics\nset yrange [-1:1]\n", job->script);
    gt_gnuplot_axis(job, "x", &w->rows[row].axis, range.low, range.high);
    fputs("set xtics offset 0,0.35\n", job->script);
}

/* Whiskers below dots, and what is best around both, so that nothing hides. */
static void write_plot(gt_gnuplot *job, const gt_whiskers *w, size_t row) {
    static const char *const styles[] = {
        "using 3:2:4:(0) with vectors nohead lw 2 lc rgb '%s' notitle",
        "using 1:2 with points pt 7 ps 0.6 lc rgb '%s'",
        "using 1:2 with points pt 12 ps 1 lw 1.2 lc rgb '#222222'"};
    const char *names[MOST_SETS + 1];
    for (size_t s = 0; s < w->sets; s++) names[s] = w->names[s];
    names[w->sets] = w->best_name;
    gt_gnuplot_legend(job, names, w->sets + 1);
    if (row) fputs("unset key\n", job->script);
    fputs("plot ", job->script);
    for (int style = 0; style < 3; style++)
        for (size_t s = 0; s < w->sets; s++) {
            bool is_named = style == 1 || (style == 2 && s == 0);
            fprintf(job->script, "%s'data' index %zu ", style + (int)s ? ", \\\n  " : "",
                    2 * (row * w->sets + s) + (style == 2));
            fprintf(job->script, styles[style], gt_gnuplot_colour(s));
            if (style > 0) fputs(is_named ? " title " : " notitle", job->script);
            if (is_named) gt_gnuplot_text(job->script, names[style == 2 ? w->sets : s]);
        }
    fputc('\n', job->script);
}

static gt_status check(const char *path, const gt_whiskers *w, gt_error *err) {
    if (w->count >= 1 && w->count <= MOST_ROWS && w->sets >= 1 && w->sets <= MOST_SETS)
        return GT_OK;
    return gt_fail(err, GT_BAD_ARGUMENT,
                   "drawing %s: %zu rows of %zu sets, expected 1 to %d of 1 to %d", path,
                   w->count, w->sets, MOST_ROWS, MOST_SETS);
}

gt_status gt_figure_whiskers(const char *path, const gt_figure *figure, const gt_whiskers *w,
                             gt_error *err) {
    GT_PLAIN_NUMBERS;
    gt_status status = GT_OK;
    gt_gnuplot job = {0};
    size_t shown = 0;
    double around = ABOVE + (figure->title ? 0.4 : 0) + BELOW;
    GT_TRY(check(path, w, err));
    GT_TRY(gt_gnuplot_begin(path, figure, WIDTH,
                            around + (double)w->count * (ROW + GAP) +
                                gt_gnuplot_note_height(WIDTH, w->note),
                            &job, err));
    job.is_multiple = true;
    job.frame = job.width - NAMES - REMARKS;
    for (size_t row = 0; row < w->count; row++) shown += write_numbers(&job, w, row);
    if (!shown) GT_THROW(err, GT_BAD_ARGUMENT, "drawing %s: no number can be shown", path);
    fputs("set multiplot\n", job.script);
    for (size_t row = 0; row < w->count; row++) {
        place_row(&job, w, row);
        write_axis(&job, w, row);
        write_plot(&job, w, row);
        fputs("unset label\nunset title\nunset logscale\n", job.script);
    }
    fputs("unset multiplot\n", job.script);
    GT_TRY(gt_gnuplot_finish(&job, err));
done:
    gt_gnuplot_discard(&job);
    return status;
}
