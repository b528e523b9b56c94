/* figure_corner.c - columns against each other: densities on the diagonal, contours below. */
#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "figure_corner.h"
#include "text.h"

#define MANY 1e4 /* rows for which the smoothing that is asked for is meant */
enum { USUAL_BINS = 20, MOST_BINS = 200 };

static bool is_few(const gt_corner_drawing *c, size_t set) {
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
static gt_status keep_rows(gt_corner_drawing *c, size_t s, gt_error *err) {
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

static gt_status check(const gt_corner_drawing *c, const char *path, size_t bins,
                       gt_error *err) {
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

static gt_status prepare(gt_corner_drawing *c, const char *path, gt_error *err) {
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
static double smoothing_of(const gt_corner_drawing *c, size_t s) {
    double rows = (double)c->rows[s];
    return c->options->smoothing * (rows < MANY ? pow(MANY / rows, 1.0 / 6) : 1);
}

/* Of one set in one frame: its levels, 0 where there is none to draw. */
static gt_status find_levels(gt_corner_drawing *c, size_t x, size_t y, size_t s,
                             double levels[CONTOURS], gt_error *err) {
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
static gt_status write_contours(gt_gnuplot *job, gt_corner_drawing *c, levels *found,
                                gt_error *err) {
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

static void place_frame(gt_gnuplot *job, const gt_corner_drawing *c, size_t x, size_t y) {
    double left = LEFT + (double)x * (FRAME + GAP);
    double low =
        BELOW + gt_corner_note_height(c) + (double)(c->column_count - 1 - y) * (FRAME + GAP);
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
static void write_names(gt_gnuplot *job, const gt_corner_drawing *c) {
    for (size_t i = 0; i < c->column_count; i++) {
        double at = (double)i * (FRAME + GAP) + FRAME / 2;
        const char *label = c->columns[i].label ? c->columns[i].label : "";
        for (int is_up = 0; is_up < (i > 0 ? 2 : 1); is_up++) {
            double x = is_up ? BESIDE : LEFT + at,
                   y = is_up ? BELOW + gt_corner_note_height(c) + gt_corner_side(c) - at
                             : gt_corner_note_height(c) + BESIDE;
            fputs("set label ", job->script);
            gt_gnuplot_text(job->script, label);
            fprintf(job->script,
                    " at screen %.5f, screen %.5f center %s textcolor rgb '#222222'\n",
                    x / job->width, y / job->height, is_up ? "rotate by 90" : "norotate");
        }
    }
}

/* The outline of a density: both ends of each bin, from the floor and back to it; without the
 * values that are 0, as a part of the whole. */
static double write_outline(gt_gnuplot *job, gt_corner_drawing *c, size_t column, size_t s,
                            bool has_zeros) {
    const gt_bins *bins = &c->bins[column];
    const double *values = c->kept[s] + column * c->rows[s];
    double highest = 0, width = (bins->high - bins->low) / (double)bins->count;
    memset(c->contents, 0, bins->count * sizeof *c->contents);
    for (size_t r = 0; r < c->rows[s]; r++)
        if (has_zeros || values[r] != 0) gt_bins_add(bins, 1, values + r, c->contents);
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

static void write_diagonal(gt_gnuplot *job, gt_corner_drawing *c, size_t column) {
    size_t block = (size_t)job->blocks, last = c->column_count - 1;
    bool is_apart = c->options->apart == column + 1;
    double highest = 0;
    char text[GT_NUMBER_SIZE];
    for (size_t s = 0; s < c->set_count; s++)
        highest = fmax(highest, write_outline(job, c, column, s, true));
    for (size_t s = 0; is_apart && s < c->set_count; s++)
        (void)write_outline(job, c, column, s, false);
    place_frame(job, c, column, column);
    write_axis(job, "x", &c->columns[column], column == last);
    fprintf(job->script, "unset ytics\nset yrange [0:%s]\nplot ",
            gt_real_to_text(highest > 0 ? 1.08 * highest : 1, text));
    for (size_t s = 0; s < c->set_count; s++)
        fprintf(job->script,
                "%s'data' index %zu using 1:2 with filledcurves x1 fill transparent solid %s "
                "noborder lc rgb '%s' notitle, \\\n  'data' index %zu using 1:2 with lines lw "
                "1.2 lc rgb '%s' notitle",
                s ? ", \\\n  " : "", block + s, s ? "0" : "0.15", gt_corner_colour(c, s),
                block + s, gt_corner_colour(c, s));
    for (size_t s = 0; is_apart && s < c->set_count; s++)
        fprintf(job->script,
                ", \\\n  'data' index %zu using 1:2 with lines lw 1.2 dt 2 lc rgb '%s' notitle",
                block + c->set_count + s, gt_corner_colour(c, s));
    fputs("\nset ytics out nomirror scale 0.6 textcolor rgb '#222222'\n", job->script);
}

static void write_points(gt_gnuplot *job, const gt_corner_drawing *c, size_t x, size_t y,
                         size_t s) {
    size_t rows = c->rows[s];
    gt_gnuplot_block(job);
    for (size_t r = 0; r < rows; r++)
        gt_gnuplot_row(job, (double[]){c->kept[s][x * rows + r], c->kept[s][y * rows + r]}, 2);
    if (!rows) fputs("NaN NaN\n", job->data);
}

static void write_frame(gt_gnuplot *job, const gt_corner_drawing *c, size_t x, size_t y,
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
                    job->blocks, gt_corner_colour(c, s));
            write_points(job, c, x, y, s);
            continue;
        }
        for (size_t l = 0; l < CONTOURS; l++) {
            if (!(found->of[x][y][s][l] > 0)) continue;
            fputs(", \\\n  ", script);
            name_contour(script, x, y, s, l);
            fprintf(script, " using 1:2 with lines lw %.2f lc rgb '%s' notitle",
                    gt_corner_line_widths[l], gt_corner_colour(c, s));
        }
    }
    fputc('\n', script);
}

static gt_status draw(gt_gnuplot *job, gt_corner_drawing *c, levels *found, gt_error *err) {
    gt_status status = write_contours(job, c, found, err);
    if (status) return status;
    fputs("set multiplot\nunset key\nunset grid\nset border 15\n", job->script);
    gt_corner_legend(job, c);
    gt_gnuplot_note(job, c->options->note);
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
    gt_corner_drawing c = {columns, column_count, sets, set_count, options ? options : &usual};
    levels *found = calloc(1, sizeof *found);
    if (!found) GT_THROW(err, GT_NO_MEMORY, "drawing %s: no memory for contours", path);
    GT_TRY(prepare(&c, path, err));
    GT_TRY(gt_gnuplot_begin(
        path, &(gt_figure){.provenance = figure->provenance}, gt_corner_width(&c),
        BELOW + gt_corner_note_height(&c) + gt_corner_side(&c) + gt_corner_above(&c), &job,
        err));
    job.frame = 1.4 * FRAME; /* numbers near the ends are left out */
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
