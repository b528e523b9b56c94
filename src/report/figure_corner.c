/* figure_corner.c - columns against each other: densities on the diagonal, contours below. */
#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "galatea/twomodels.h"
#include "gnuplot.h"
#include "text.h"

/* cm: a frame's side, what is between frames, left of and below them, around them; a line of
 * the legend, its sample, where masses begin, a letter; a line of the note */
#define FRAME 3.1
#define GAP 0.16
#define LEFT 1.95
#define BELOW 1.3
#define EDGE 0.3
#define LINE 0.44
#define SAMPLE 0.7
#define MASSES 2.6
#define LETTER 0.17
#define NOTE 0.4
#define BESIDE 0.35 /* the middle of a label from the edge */
#define MANY 1e4    /* rows for which the smoothing that is asked for is meant */
enum { CONTOURS = 4, USUAL_BINS = 20, MOST_BINS = 200, LEGEND_LETTERS = 200 };

typedef struct corner {
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
} corner;

static const char *colour_of(const corner *c, size_t set) {
    return c->sets[set].colour ? c->sets[set].colour : gt_gnuplot_colour(set);
}

static bool is_few(const corner *c, size_t set) {
    return c->rows[set] < GT_CORNER_FEW;
}

/* ---- What is asked for ------------------------------------------------------------------- */

static bool is_colour(const char *text) {
    if (text[0] != '#' || strlen(text) != 7) return false;
    for (size_t i = 1; i < 7; i++)
        if (!isxdigit((unsigned char)text[i])) return false;
    return true;
}

/* Rows all of whose values are finite. */
static gt_status keep_rows(corner *c, size_t s, gt_error *err) {
    const gt_corner_set *set = &c->sets[s];
    double *kept = c->kept[s] = calloc(c->column_count, (set->count + 1) * sizeof *kept);
    size_t rows = 0;
    if (!kept) return gt_fail(err, GT_NO_MEMORY, "no memory for %zu rows", set->count);
    for (size_t r = 0; r < set->count; r++) {
        bool is_finite = true;
        for (size_t i = 0; i < c->column_count; i++)
            is_finite = is_finite && isfinite(set->values[i * set->count + r]);
        if (!is_finite) continue;
        for (size_t i = 0; i < c->column_count; i++)
            kept[i * set->count + rows] = set->values[i * set->count + r];
        rows++;
    }
    for (size_t i = 1; i < c->column_count; i++)
        memmove(kept + i * rows, kept + i * set->count, rows * sizeof *kept);
    c->rows[s] = rows;
    return GT_OK;
}

static gt_status check(const corner *c, const char *path, size_t bins, gt_error *err) {
    if (c->column_count < 1 || c->column_count > GT_CORNER_COLUMNS || c->set_count < 1 ||
        c->set_count > GT_CORNER_SETS || bins > MOST_BINS)
        return gt_fail(err, GT_BAD_ARGUMENT,
                       "drawing %s: %zu columns of %zu sets in %zu bins, expected 1 to %d of 1 "
                       "to %d in at most %d",
                       path, c->column_count, c->set_count, bins, GT_CORNER_COLUMNS,
                       GT_CORNER_SETS, MOST_BINS);
    for (size_t s = 0; s < c->set_count; s++)
        if (c->sets[s].colour && !is_colour(c->sets[s].colour))
            return gt_fail(err, GT_BAD_ARGUMENT,
                           "drawing %s: the colour '%s', expected #RRGGBB", path,
                           c->sets[s].colour);
    return GT_OK;
}

static gt_status prepare(corner *c, const char *path, gt_error *err) {
    gt_status status = GT_OK;
    size_t bins = c->options->bins ? c->options->bins : USUAL_BINS, rows = 0;
    GT_TRY(check(c, path, bins, err));
    for (size_t i = 0; i < c->column_count; i++) {
        gt_range range;
        if (c->columns[i].is_log || !gt_range_asked(&c->columns[i], &range))
            GT_THROW(err, GT_BAD_ARGUMENT,
                     "drawing %s: column %zu from %g to %g, expected a linear range", path, i,
                     c->columns[i].low, c->columns[i].high);
        c->bins[i] = (gt_bins){range.low, range.high, bins};
    }
    for (size_t s = 0; s < c->set_count; s++) {
        GT_TRY(keep_rows(c, s, err));
        rows += c->rows[s];
    }
    if (rows == 0) GT_THROW(err, GT_BAD_ARGUMENT, "drawing %s: no row is finite", path);
    c->contents = calloc(bins * bins, sizeof *c->contents);
    if (!c->contents) GT_THROW(err, GT_NO_MEMORY, "drawing %s: no memory for bins", path);
done:
    return status;
}

/* ---- Contours ---------------------------------------------------------------------------- */

/* gnuplot follows contours through a grid into a block "$cX_Y_S_L" of lines. */
static void name_contour(FILE *script, size_t x, size_t y, size_t set, size_t level) {
    fprintf(script, "$c%zu_%zu_%zu_%zu", x, y, set, level);
}

static const double line_widths[CONTOURS] = {1.7, 1.25, 0.85, 0.5};

/* Where line i of a grid lies, of the bins' middles and the frame's edges, and its bin. */
static double grid_line(const gt_bins *bins, size_t i, size_t *bin) {
    *bin = i == 0 ? 0 : i > bins->count ? bins->count - 1 : i - 1;
    if (i == 0) return bins->low;
    if (i > bins->count) return bins->high;
    return (gt_bin_edge(bins, *bin) + gt_bin_edge(bins, *bin + 1)) / 2;
}

/* Contents at the middles of the bins, in lines along y; those of the outermost reach to the
 * frame, so that contours do. */
static void write_grid(gt_gnuplot *job, const gt_bins *x, const gt_bins *y,
                       const double *contents) {
    gt_gnuplot_block(job);
    for (size_t i = 0; i < x->count + 2; i++) {
        size_t column, row;
        double at = grid_line(x, i, &column);
        for (size_t k = 0; k < y->count + 2; k++) {
            double up = grid_line(y, k, &row);
            gt_gnuplot_row(job, (double[]){at, up, contents[column * y->count + row]}, 3);
        }
        if (i < x->count + 1) fputc('\n', job->data);
    }
}

/* The scatter of a density falls with the sixth root of the rows, as Scott's rule has it for
 * the plane: what suits many leaves islands in few. */
static double smoothing_of(const corner *c, size_t s) {
    double rows = (double)c->rows[s];
    return c->options->smoothing * (rows < MANY ? pow(MANY / rows, 1.0 / 6) : 1);
}

/* Of one set in one frame: its levels, 0 where there is none to draw. */
static gt_status find_levels(corner *c, size_t x, size_t y, size_t s, double levels[CONTOURS],
                             gt_error *err) {
    gt_status status = GT_OK;
    const gt_bins *across = &c->bins[x], *up = &c->bins[y];
    size_t bins = across->count * up->count, rows = c->rows[s];
    double masses[CONTOURS];
    for (size_t l = 0; l < CONTOURS; l++) masses[l] = gt_contour_mass(0.5 * (double)(l + 1));
    memset(c->contents, 0, bins * sizeof *c->contents);
    memset(levels, 0, CONTOURS * sizeof *levels);
    if (gt_bins_add_pairs(across, up, rows, c->kept[s] + x * rows, c->kept[s] + y * rows,
                          c->contents) == 0)
        return GT_OK;
    GT_TRY(gt_bins_smooth(across, up, smoothing_of(c, s), c->contents, err));
    GT_TRY(gt_contour_levels(bins, c->contents, (double)rows, CONTOURS, masses, levels, err));
    gt_levels_merge(CONTOURS, levels);
done:
    return status;
}

static void follow_contours(gt_gnuplot *job, size_t x, size_t y, size_t s,
                            const double levels[CONTOURS], size_t block) {
    char text[GT_NUMBER_SIZE];
    for (size_t l = 0; l < CONTOURS; l++) {
        if (!(levels[l] > 0)) continue;
        /* a hair lower: a line at the very height of a bin is none */
        fprintf(job->script, "set cntrparam levels discrete %s\nset table ",
                gt_real_to_text(levels[l] * (1 - 1e-6), text));
        name_contour(job->script, x, y, s, l);
        fprintf(job->script, "\nsplot 'data' index %zu using 1:2:3 with lines\nunset table\n",
                block);
    }
}

typedef struct levels {
    double of[GT_CORNER_COLUMNS][GT_CORNER_COLUMNS][GT_CORNER_SETS][CONTOURS];
} levels;

/* All of them, before the first frame. */
static gt_status write_contours(gt_gnuplot *job, corner *c, levels *found, gt_error *err) {
    gt_status status = GT_OK;
    fputs("unset minussign\nset format '%.9g'\nset contour base\nunset surface\n"
          "set cntrparam linear\n",
          job->script);
    for (size_t y = 1; y < c->column_count; y++)
        for (size_t x = 0; x < y; x++)
            for (size_t s = 0; s < c->set_count; s++) {
                if (is_few(c, s)) continue;
                GT_TRY(find_levels(c, x, y, s, found->of[x][y][s], err));
                size_t block = (size_t)job->blocks;
                write_grid(job, &c->bins[x], &c->bins[y], c->contents);
                follow_contours(job, x, y, s, found->of[x][y][s], block);
                c->has_contours = true;
            }
    fputs("set surface\nunset contour\nset format '%g'\nset minussign\n", job->script);
done:
    return status;
}

/* ---- Frames ------------------------------------------------------------------------------ */

/* Wide figures have their legend where no frames are, narrow ones the sets above. */
static bool is_wide(const corner *c) {
    return c->column_count > 3;
}

static double above(const corner *c) {
    return is_wide(c) ? EDGE : EDGE + LINE * (double)c->set_count + GAP;
}

static double side(const corner *c) {
    return (double)c->column_count * (FRAME + GAP) - GAP;
}

static double width_of(const corner *c) {
    double width = LEFT + side(c) + EDGE;
    return is_wide(c) ? width : fmax(width, LEFT + MASSES + 4.5);
}

/* The end of a line of the note that begins at `text`: behind a blank, unless a word is longer
 * than a line. */
static const char *line_end(const corner *c, const char *text) {
    size_t room = (size_t)((width_of(c) - 2 * EDGE) / LETTER);
    const char *blank = NULL, *at = text;
    for (size_t i = 0; *at && i < room; at++) {
        if (*at == ' ') blank = at + 1;
        i += ((unsigned char)at[1] & 0xc0) != 0x80;
    }
    return *at && blank ? blank : at;
}

static double note_height(const corner *c) {
    double height = 0;
    for (const char *at = c->options->note; at && *at; at = line_end(c, at)) height += NOTE;
    return height;
}

static void place_frame(gt_gnuplot *job, const corner *c, size_t x, size_t y) {
    double left = LEFT + (double)x * (FRAME + GAP);
    double low = BELOW + note_height(c) + (double)(c->column_count - 1 - y) * (FRAME + GAP);
    fprintf(job->script,
            "set lmargin at screen %.5f\nset rmargin at screen %.5f\n"
            "set bmargin at screen %.5f\nset tmargin at screen %.5f\n",
            left / job->width, (left + FRAME) / job->width, low / job->height,
            (low + FRAME) / job->height);
}

/* Numbers stand at the outer frames alone. */
static void write_axis(gt_gnuplot *job, const char *name, const gt_axis *column,
                       bool is_outer) {
    const gt_axis axis = {.low = column->low, .high = column->high};
    gt_gnuplot_axis(job, name, &axis, axis.low, axis.high);
    fprintf(job->script, "set %stics scale %s\n", name, is_outer ? "0.6" : "0");
    if (!is_outer) fprintf(job->script, "set format %s ''\n", name);
}

/* All labels, in lines with each other whatever numbers stand between. */
static void write_names(gt_gnuplot *job, const corner *c) {
    for (size_t i = 0; i < c->column_count; i++) {
        double at = (double)i * (FRAME + GAP) + FRAME / 2;
        const char *label = c->columns[i].label ? c->columns[i].label : "";
        for (int is_up = 0; is_up < (i > 0 ? 2 : 1); is_up++) {
            double x = is_up ? BESIDE : LEFT + at,
                   y = is_up ? BELOW + note_height(c) + side(c) - at : note_height(c) + BESIDE;
            fputs("set label ", job->script);
            gt_gnuplot_text(job->script, label);
            fprintf(job->script,
                    " at screen %.5f, screen %.5f center %s textcolor rgb '#222222'\n",
                    x / job->width, y / job->height, is_up ? "rotate by 90" : "norotate");
        }
    }
}

/* The outline of a density: both ends of each bin, from the floor and back to it. */
static double write_outline(gt_gnuplot *job, corner *c, size_t column, size_t s) {
    const gt_bins *bins = &c->bins[column];
    double highest = 0, width = (bins->high - bins->low) / (double)bins->count;
    memset(c->contents, 0, bins->count * sizeof *c->contents);
    gt_bins_add(bins, c->rows[s], c->kept[s] + column * c->rows[s], c->contents);
    gt_gnuplot_block(job);
    gt_gnuplot_row(job, (double[]){bins->low, 0}, 2);
    for (size_t i = 0; i < bins->count; i++) {
        double height = c->rows[s] ? c->contents[i] / ((double)c->rows[s] * width) : 0;
        highest = fmax(highest, height);
        gt_gnuplot_row(job, (double[]){gt_bin_edge(bins, i), height}, 2);
        gt_gnuplot_row(job, (double[]){gt_bin_edge(bins, i + 1), height}, 2);
    }
    gt_gnuplot_row(job, (double[]){bins->high, 0}, 2);
    return highest;
}

static void write_diagonal(gt_gnuplot *job, corner *c, size_t column) {
    size_t block = (size_t)job->blocks, last = c->column_count - 1;
    double highest = 0;
    char text[GT_NUMBER_SIZE];
    for (size_t s = 0; s < c->set_count; s++)
        highest = fmax(highest, write_outline(job, c, column, s));
    place_frame(job, c, column, column);
    write_axis(job, "x", &c->columns[column], column == last);
    fprintf(job->script, "unset ytics\nset yrange [0:%s]\nplot ",
            gt_real_to_text(highest > 0 ? 1.08 * highest : 1, text));
    for (size_t s = 0; s < c->set_count; s++)
        fprintf(job->script,
                "%s'data' index %zu using 1:2 with filledcurves x1 fill transparent solid %s "
                "noborder lc rgb '%s' notitle, \\\n  'data' index %zu using 1:2 with lines lw "
                "1.2 lc rgb '%s' notitle",
                s ? ", \\\n  " : "", block + s, s ? "0" : "0.15", colour_of(c, s), block + s,
                colour_of(c, s));
    fputs("\nset ytics out nomirror scale 0.6 textcolor rgb '#222222'\n", job->script);
}

static void write_points(gt_gnuplot *job, const corner *c, size_t x, size_t y, size_t s) {
    size_t rows = c->rows[s];
    gt_gnuplot_block(job);
    for (size_t r = 0; r < rows; r++)
        gt_gnuplot_row(job, (double[]){c->kept[s][x * rows + r], c->kept[s][y * rows + r]}, 2);
    if (!rows) fputs("NaN NaN\n", job->data);
}

static void write_frame(gt_gnuplot *job, const corner *c, size_t x, size_t y,
                        const levels *found) {
    FILE *script = job->script;
    place_frame(job, c, x, y);
    write_axis(job, "x", &c->columns[x], y + 1 == c->column_count);
    write_axis(job, "y", &c->columns[y], x == 0);
    fputs("plot NaN notitle", script); /* a frame of its own where no set has anything */
    for (size_t s = 0; s < c->set_count; s++) {
        if (is_few(c, s)) {
            fprintf(script,
                    ", \\\n  'data' index %d using 1:2 with points pt 7 ps 0.3 lc rgb '%s' "
                    "notitle",
                    job->blocks, colour_of(c, s));
            write_points(job, c, x, y, s);
            continue;
        }
        for (size_t l = 0; l < CONTOURS; l++) {
            if (!(found->of[x][y][s][l] > 0)) continue;
            fputs(", \\\n  ", script);
            name_contour(script, x, y, s, l);
            fprintf(script, " using 1:2 with lines lw %.2f lc rgb '%s' notitle", line_widths[l],
                    colour_of(c, s));
        }
    }
    fputc('\n', script);
}

/* ---- Legend ------------------------------------------------------------------------------ */

/* As much of a name as has room, by whole characters. */
static void shorten(const char *name, double room, char out[LEGEND_LETTERS]) {
    size_t letters = 0, most = room > 4 * LETTER ? (size_t)(room / LETTER) : 4, used = 0;
    for (const char *at = name; *at; at++) letters += ((unsigned char)*at & 0xc0) != 0x80;
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
static void write_missing(const corner *c, size_t s, char out[40]) {
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

/* Sets, and what contours hold, in the corner without frames. Shown with the first frame alone.
 */
static void write_legend(gt_gnuplot *job, const corner *c) {
    double left = is_wide(c) ? LEFT + FRAME + 2 * GAP + 0.4 : LEFT;
    double masses = job->width - EDGE - MASSES, top = job->height - EDGE - 0.5 * LINE;
    double right = is_wide(c) ? masses - 0.4 : job->width - EDGE;
    char name[LEGEND_LETTERS], missing[40], text[LEGEND_LETTERS + 40];
    for (size_t s = 0; s < c->set_count; s++) {
        write_missing(c, s, missing);
        shorten(c->sets[s].name ? c->sets[s].name : "",
                right - left - SAMPLE - LETTER * (double)strlen(missing), name);
        snprintf(text, sizeof text, "%s%s", name, missing);
        write_entry(job, left, top - LINE * (double)s, text, 1.5, colour_of(c, s));
    }
    top -= above(c) - EDGE;
    if (c->has_contours) write_entry(job, masses, top, "contours hold", 0, NULL);
    for (size_t l = 0; c->has_contours && l < CONTOURS; l++) {
        snprintf(text, sizeof text, "%.1f %%", 100 * gt_contour_mass(0.5 * (double)(l + 1)));
        write_entry(job, masses, top - LINE * (double)(l + 1), text, line_widths[l], "#444444");
    }
}

static void write_note(gt_gnuplot *job, const corner *c) {
    double up = note_height(c) - NOTE / 2 + 0.1;
    for (const char *at = c->options->note; at && *at; up -= NOTE) {
        char text[LEGEND_LETTERS];
        const char *end = line_end(c, at);
        snprintf(text, sizeof text, "%.*s", (int)(end - at), at);
        write_entry(job, EDGE, up, text, 0, NULL);
        at = end;
    }
}

static gt_status draw(gt_gnuplot *job, corner *c, levels *found, gt_error *err) {
    gt_status status = write_contours(job, c, found, err);
    if (status) return status;
    fputs("set multiplot\nunset key\nunset grid\nset border 15\n", job->script);
    write_legend(job, c);
    write_note(job, c);
    write_names(job, c);
    for (size_t y = 0; y < c->column_count; y++) {
        for (size_t x = 0; x < y; x++) write_frame(job, c, x, y, found);
        write_diagonal(job, c, y);
        if (y == 0) fputs("unset label\nunset arrow\n", job->script);
    }
    fputs("unset multiplot\n", job->script);
    return GT_OK;
}

gt_status gt_figure_corner(const char *path, const gt_figure *figure, const gt_axis *columns,
                           size_t column_count, const gt_corner_set *sets, size_t set_count,
                           const gt_corner_options *options, gt_error *err) {
    GT_PLAIN_NUMBERS;
    static const gt_corner_options usual = {0};
    gt_status status = GT_OK;
    gt_gnuplot job = {0};
    corner c = {columns, column_count, sets, set_count, options ? options : &usual};
    levels *found = calloc(1, sizeof *found);
    if (!found) GT_THROW(err, GT_NO_MEMORY, "drawing %s: no memory for contours", path);
    GT_TRY(prepare(&c, path, err));
    GT_TRY(gt_gnuplot_begin(path, &(gt_figure){.provenance = figure->provenance}, width_of(&c),
                            BELOW + note_height(&c) + side(&c) + above(&c), &job, err));
    job.frame = 1.75 * FRAME; /* numbers near the ends are left out */
    job.inset = 0.08;
    GT_TRY(draw(&job, &c, found, err));
    GT_TRY(gt_gnuplot_finish(&job, err));
done:
    gt_gnuplot_discard(&job);
    for (size_t s = 0; s < GT_CORNER_SETS; s++) free(c.kept[s]);
    free(c.contents);
    free(found);
    return status;
}
