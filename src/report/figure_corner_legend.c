/* figure_corner_legend.c - where things of a corner figure lie, its legend and its note. */
#include <math.h>
#include <string.h>

#include "figure_corner.h"

/* cm: a line of the legend, its sample, where masses begin, a letter */
#define LINE 0.44
#define SAMPLE 0.7
#define MASSES 2.6
#define LETTER 0.17
enum { LEGEND_LETTERS = 200 };

const double gt_corner_line_widths[CONTOURS] = {1.7, 1.25, 0.85, 0.5};

const char *gt_corner_colour(const gt_corner_drawing *c, size_t set) {
    return c->sets[set].colour ? c->sets[set].colour : gt_gnuplot_colour(set);
}

/* ---- Places ------------------------------------------------------------------------------ */

/* Wide figures have their legend where no frames are, narrow ones the sets above. */
static bool is_wide(const gt_corner_drawing *c) {
    return c->column_count > 3;
}

double gt_corner_above(const gt_corner_drawing *c) {
    return is_wide(c) ? EDGE : EDGE + LINE * (double)c->set_count + GAP;
}

double gt_corner_side(const gt_corner_drawing *c) {
    return (double)c->column_count * (FRAME + GAP) - GAP;
}

double gt_corner_width(const gt_corner_drawing *c) {
    double width = LEFT + gt_corner_side(c) + EDGE;
    return is_wide(c) ? width : fmax(width, LEFT + MASSES + 4.5);
}

double gt_corner_note_height(const gt_corner_drawing *c) {
    return gt_gnuplot_note_height(gt_corner_width(c), c->options->note);
}

/* ---- Legend ------------------------------------------------------------------------------ */

/* As much of a name as has room, by whole characters. */
static void shorten(const char *name, double room, char out[LEGEND_LETTERS]) {
    size_t letters = gt_gnuplot_characters(name), used = 0;
    size_t most = room > 4 * LETTER ? (size_t)(room / LETTER) : 4;
    size_t kept = letters > most ? most - 3 : letters;
    for (const char *at = name; *at && used + 8 < LEGEND_LETTERS; at++) {
        if (((unsigned char)*at & 0xc0) != 0x80 && kept-- == 0) break;
        out[used++] = *at;
    }
    snprintf(out + used, LEGEND_LETTERS - used, "%s", letters > most ? "..." : "");
}

static void write_entry(gt_gnuplot *job, double left, double up, const char *text, double width,
                        const char *colour) {
    fprintf(job->script, "set label ");
    gt_gnuplot_text(job->script, text);
    fprintf(job->script,
            " at screen %.5f, screen %.5f left font 'DejaVu Sans,7' textcolor rgb '#222222'\n",
            (left + (width > 0 ? SAMPLE + 0.15 : 0)) / job->width, up / job->height);
    if (width > 0)
        fprintf(job->script,
                "set arrow from screen %.5f, screen %.5f to screen %.5f, screen %.5f nohead lw "
                "%.2f lc rgb '%s'\n",
                left / job->width, up / job->height, (left + SAMPLE) / job->width,
                up / job->height, width, colour);
}

/* What of a set no frame shows, where that is most of it. */
static void write_missing(const gt_corner_drawing *c, size_t s, char out[40]) {
    size_t rows = c->rows[s], outside = 0;
    for (size_t r = 0; r < rows; r++) {
        bool is_inside = true;
        for (size_t i = 0; i < c->column_count; i++)
            is_inside &= gt_bin_of(&c->bins[i], c->kept[s][i * rows + r]) < c->bins[i].count;
        outside += !is_inside;
    }
    *out = '\0';
    if (rows == 0) snprintf(out, 40, " (no rows)");
    if (2 * outside > rows)
        snprintf(out, 40, " (%.3g %% outside)", 100 * (double)outside / (double)rows);
}

void gt_corner_legend(gt_gnuplot *job, const gt_corner_drawing *c) {
    double left = is_wide(c) ? LEFT + FRAME + 2 * GAP + 0.4 : LEFT;
    double masses = job->width - EDGE - MASSES, top = job->height - EDGE - 0.5 * LINE;
    double right = is_wide(c) ? masses - 0.4 : job->width - EDGE;
    char name[LEGEND_LETTERS], missing[40], text[LEGEND_LETTERS + 40];
    for (size_t s = 0; s < c->set_count; s++) {
        write_missing(c, s, missing);
        shorten(c->sets[s].name ? c->sets[s].name : "",
                right - left - SAMPLE - LETTER * (double)strlen(missing), name);
        snprintf(text, sizeof text, "%s%s", name, missing);
        write_entry(job, left, top - LINE * (double)s, text, 1.5, gt_corner_colour(c, s));
    }
    top -= gt_corner_above(c) - EDGE;
    if (c->has_contours) write_entry(job, masses, top, "contours hold", 0, NULL);
    for (size_t l = 0; c->has_contours && l < CONTOURS; l++) {
        snprintf(text, sizeof text, "%.1f %%", 100 * gt_contour_mass(0.5 * (double)(l + 1)));
        write_entry(job, masses, top - LINE * (double)(l + 1), text, gt_corner_line_widths[l],
                    "#444444");
    }
}
