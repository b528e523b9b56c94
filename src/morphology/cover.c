#include "cover.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#include "asin.h"

/* Coordinates below are from the centre of the ellipse. */
typedef struct chords {
    double half_width, half_height; /* X and Y: how far it reaches */
    double shear, scale;            /* chord at x: shear x -+ scale sqrt(X^2 - x^2) */
    double row_shear, row_scale;    /* and at y */
    double half;                    /* scale times half the area of a circle of radius X, / 2 */
} chords;

/* One line of the grid, y = const. */
struct gt_cover_line {
    double y, left, right;     /* crossings */
    double at_left, at_right;  /* integrals of the circle's height there */
    double base, base_right;   /* area below the line, left of either */
    double before, all_before; /* left of both crossings it grows so with the integral */
    double behind;             /* and so right of both */
    bool crosses;              /* else left of a crossing everywhere */
};

enum { AT_ONCE = 8 }; /* pixels */

static chords chords_of(const gt_ellipse *e) {
    double angle = e->a == e->b ? 0 : e->angle; /* a circle is one in all directions */
    double c = cos(angle), s = sin(angle), a2 = e->a * e->a, b2 = e->b * e->b;
    double width = c * c * a2 + s * s * b2, height = s * s * a2 + c * c * b2;
    double mixed = c * s * (a2 - b2), area = e->a * e->b;
    chords out = {sqrt(width),  sqrt(height),   mixed / width,
                  area / width, mixed / height, area / height};
    out.half = area * M_PI_4;
    return out;
}

/* fmax and fmin are calls, for the sake of NaN. */
static inline double larger(double a, double b) {
    return a > b ? a : b;
}

static inline double smaller(double a, double b) {
    return a < b ? a : b;
}

static inline double between(double low, double x, double high) {
    return larger(low, smaller(high, x));
}

static int clamp(double value, int low, int high) {
    return value <= low ? low : value >= high ? high : (int)value;
}

/* Crossings of `count` lines from y on. */
static void cross_lines(gt_cover *v, const chords *e, int count, double y) {
    double *left = v->cross, *right = v->cross + count;
    for (int m = 0; m < count; m++) {
        double at = y + m, rest = (e->half_height - at) * (e->half_height + at);
        double middle = e->row_shear * at, half = rest > 0 ? e->row_scale * sqrt(rest) : 0;
        left[m] = between(-e->half_width, middle - half, e->half_width);
        right[m] = between(-e->half_width, middle + half, e->half_width);
    }
    gt_circle_integrals(2 * count, v->cross, e->half_width, v->cross_integral);
    for (int m = 0; m < count; m++) {
        gt_cover_line *line = &v->lines[m];
        double l = left[m], r = right[m];
        line->y = y + m;
        line->crosses = fabs(line->y) < e->half_height;
        bool left_below = line->crosses ? -e->shear * e->half_width < line->y : line->y > 0;
        bool right_below = e->shear * e->half_width < line->y;
        line->left = line->crosses ? l : INFINITY;
        line->right = r;
        line->at_left = v->cross_integral[m];
        line->at_right = v->cross_integral[count + m];
        line->before = left_below ? 2 * e->scale : 0;
        line->all_before = left_below ? 2 * e->half : 0;
        line->behind = right_below ? 2 * e->scale : 0;
        line->base = left_below ? 2 * (e->scale * line->at_left + e->half) : 0;
        line->base_right = line->base + (r - l) * (line->y - e->shear * 0.5 * (l + r)) +
                           e->scale * (line->at_right - line->at_left);
    }
}

/* Area of the ellipse left of x and below the line; all three cases are computed, so that many
 * x fit into a vector. */
static inline double area_below(const gt_cover_line *line, const chords *e, double x,
                                double integral) {
    double before = line->before * integral + line->all_before;
    double within = line->base +
                    (x - line->left) * (line->y - e->shear * 0.5 * (x + line->left)) +
                    e->scale * (integral - line->at_left);
    double behind = line->base_right + line->behind * (integral - line->at_right);
    return x <= line->left ? before : x < line->right ? within : behind;
}

/* How far the ellipse reaches between two lines, and between which all of the strip is in it.
 */
static void reach(const gt_cover_line *low, const chords *e, double *from, double *whole_from,
                  double *whole_to, double *to) {
    const gt_cover_line *high = low + 1;
    double left_tip = -e->shear * e->half_width, right_tip = -left_tip;
    *from = low->crosses ? low->left : INFINITY;
    *to = low->crosses ? low->right : -INFINITY;
    if (high->crosses) *from = smaller(*from, high->left), *to = larger(*to, high->right);
    if (left_tip >= low->y && left_tip <= high->y) *from = -e->half_width;
    if (right_tip >= low->y && right_tip <= high->y) *to = e->half_width;
    *whole_from = low->crosses && high->crosses ? larger(low->left, high->left) : INFINITY;
    *whole_to = low->crosses && high->crosses ? smaller(low->right, high->right) : -INFINITY;
    /* Top and bottom of an ellipse that is inside one strip. */
    if (!low->crosses && !high->crosses) *from = -e->half_width, *to = e->half_width;
}

/* Areas between two lines left of some x. */
static void areas_between(const gt_cover_line *low, const chords *e, int count, const double *x,
                          const double *integral, double *restrict out) {
    const gt_cover_line under = low[0], over = low[1];
    const chords f = *e;
    for (int k = 0; k < count; k++)
        out[k] = area_below(&over, &f, x[k], integral[k]) -
                 area_below(&under, &f, x[k], integral[k]);
}

/* What is behind the last pixel is made, to fill a vector, and not used. */
static void cover_part(const gt_cover *v, const chords *e, const gt_cover_line *low, int begin,
                       int end, int first, double *weight) {
    if (begin >= end) return;
    int count = end - begin, filled = (count + AT_ONCE) / AT_ONCE * AT_ONCE;
    areas_between(low, e, filled, v->edge + begin - first, v->edge_integral + begin - first,
                  v->strip);
    for (int k = 0; k < count; k++)
        weight[begin + k] = larger(0, v->strip[k + 1] - v->strip[k]);
}

static void cover_row(gt_cover *v, const chords *e, const gt_ellipse *ellipse, int i,
                      const gt_cover_line *low, int first, int last) {
    double from, whole_from, whole_to, to;
    reach(low, e, &from, &whole_from, &whole_to, &to);
    gt_cover_row row;
    row.begin = clamp(floor(from + ellipse->x + 0.5), first, last);
    row.end = clamp(ceil(to + ellipse->x + 0.5), row.begin, last);
    row.full_begin = clamp(ceil(whole_from + ellipse->x + 0.5), row.begin, row.end);
    row.full_end = clamp(floor(whole_to + ellipse->x + 0.5), row.begin, row.end);
    if (row.full_end <= row.full_begin) row.full_begin = row.full_end = row.end;
    double *weight = v->weight + (size_t)i * (size_t)v->stride;
    cover_part(v, e, low, row.begin, row.full_begin, first, weight);
    cover_part(v, e, low, row.full_end, row.end, first, weight);
    v->rows[i] = row;
}

void gt_cover_make(gt_cover *v, int height, int width, const gt_ellipse *ellipse) {
    v->height = height;
    v->width = width;
    v->row_begin = v->row_end = 0;
    v->area = 0;
    if (!(ellipse->a > 0 && ellipse->b > 0)) return;
    chords e = chords_of(ellipse);
    int first = clamp(floor(ellipse->x - e.half_width + 0.5), 0, width);
    int last = clamp(ceil(ellipse->x + e.half_width + 0.5), first, width);
    v->row_begin = clamp(floor(ellipse->y - e.half_height + 0.5), 0, height);
    v->row_end = clamp(ceil(ellipse->y + e.half_height + 0.5), v->row_begin, height);
    bool is_inside = ellipse->x - e.half_width >= -0.5 && ellipse->y - e.half_height >= -0.5 &&
                     ellipse->x + e.half_width <= width - 0.5 &&
                     ellipse->y + e.half_height <= height - 0.5;
    v->area = is_inside ? M_PI * ellipse->a * ellipse->b : -1;
    int rows = v->row_end - v->row_begin;
    for (int j = first; j <= last; j++)
        v->edge[j - first] = between(-e.half_width, j - 0.5 - ellipse->x, e.half_width);
    gt_circle_integrals(last - first + 1, v->edge, e.half_width, v->edge_integral);
    cross_lines(v, &e, rows + 1, v->row_begin - 0.5 - ellipse->y);
    for (int i = 0; i < rows; i++)
        cover_row(v, &e, ellipse, v->row_begin + i, &v->lines[i], first, last);
}

void gt_running_sums(int height, int width, const double *values, double *running) {
    for (int i = 0; i < height; i++, values += width, running += width + 1) {
        running[0] = 0;
        for (int j = 0; j < width; j++) running[j + 1] = running[j] + values[j];
    }
}

/* Sum of the pixels of a row that are covered in part; values NULL: of their parts. */
static double sum_of_parts(const gt_cover *v, int i, const double *values) {
    const gt_cover_row *row = &v->rows[i];
    const double *weight = v->weight + (size_t)i * (size_t)v->stride;
    double sum = 0;
    for (int j = row->begin; j < row->full_begin; j++) sum += weight[j] * values[j];
    for (int j = row->full_end; j < row->end; j++) sum += weight[j] * values[j];
    return sum;
}

double gt_cover_sum(const gt_cover *v, gt_summed plane) {
    double sum = 0;
    for (int i = v->row_begin; i < v->row_end; i++) {
        const gt_cover_row *row = &v->rows[i];
        const double *running = plane.running + (size_t)i * (size_t)(v->width + 1);
        sum += sum_of_parts(v, i, plane.values + (size_t)i * (size_t)v->width);
        sum += running[row->full_end] - running[row->full_begin];
    }
    return sum;
}

double gt_cover_sum_directly(const gt_cover *v, const double *values) {
    double sum = 0;
    for (int i = v->row_begin; i < v->row_end; i++) {
        const gt_cover_row *row = &v->rows[i];
        const double *line = values + (size_t)i * (size_t)v->width;
        double whole = 0;
#pragma omp simd reduction(+ : whole)
        for (int j = row->full_begin; j < row->full_end; j++) whole += line[j];
        sum += whole + sum_of_parts(v, i, line);
    }
    return sum;
}

double gt_cover_area(const gt_cover *v) {
    double area = 0;
    if (v->area >= 0) return v->area;
    for (int i = v->row_begin; i < v->row_end; i++) {
        const gt_cover_row *row = &v->rows[i];
        const double *weight = v->weight + (size_t)i * (size_t)v->stride;
        for (int j = row->begin; j < row->full_begin; j++) area += weight[j];
        for (int j = row->full_end; j < row->end; j++) area += weight[j];
        area += row->full_end - row->full_begin;
    }
    return area;
}

gt_status gt_cover_create(gt_cover *v, int height, int width, gt_error *err) {
    gt_status status = GT_OK;
    size_t lines = (size_t)height + 1, edges = (size_t)width + 1 + AT_ONCE;
    v->stride = width;
    v->rows = calloc((size_t)height, sizeof *v->rows);
    v->weight = calloc((size_t)height * (size_t)width, sizeof *v->weight);
    v->lines = calloc(lines, sizeof *v->lines);
    v->edge = calloc(3 * edges, sizeof *v->edge);
    v->cross = calloc(4 * lines, sizeof *v->cross);
    if (!v->rows || !v->weight || !v->lines || !v->edge || !v->cross)
        GT_THROW(err, GT_NO_MEMORY, "no memory for apertures of %d x %d pixels", height, width);
    v->edge_integral = v->edge + edges;
    v->strip = v->edge + 2 * edges;
    v->cross_integral = v->cross + 2 * lines;
done:
    return status;
}

void gt_cover_free(gt_cover *v) {
    free(v->rows);
    free(v->weight);
    free(v->lines);
    free(v->edge);
    free(v->cross);
    *v = (gt_cover){0};
}
