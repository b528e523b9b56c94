#include "cover.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#include "asin.h"
#include "eight.h"

_Static_assert((int)GT_COVER_LANES == (int)GT_EIGHT, "a chunk is a vector");

/* Coordinates below are from the centre of the ellipse. */
typedef struct chords {
    double half_width, half_height; /* X and Y: how far it reaches */
    double shear, scale;            /* chord at x: shear x -+ scale sqrt(X^2 - x^2) */
    double row_shear, row_scale;    /* and at y */
    double quarter;                 /* of its area */
} chords;

/* Lines of the grid, y = const, by their numbers. The area below one and left of x is counted
 * from the middles of the chords on: a chord that is all below adds its upper half, one that is
 * all above takes away its lower half, which is side = 1 and -1 times the integral of halves.
 */
typedef struct lines {
    double *y;
    double *left, *right;         /* crossings; without any, left is far right and right left */
    double *at_left, *at_right;   /* integrals of half the chords there */
    double *side_before, *before; /* left of both: the area is side integral + before */
    double *within;               /* between them: y x less what the middles have, + within */
    double *side_behind, *behind; /* right of both, as before */
} lines;

enum { LINE_NUMBERS = 10 };

static lines lines_of(const gt_cover *v) {
    double *at = v->lines;
    size_t n = (size_t)v->most_lines;
    return (lines){at,         at + n,     at + 2 * n, at + 3 * n, at + 4 * n,
                   at + 5 * n, at + 6 * n, at + 7 * n, at + 8 * n, at + 9 * n};
}

static chords chords_of(const gt_ellipse *e) {
    double angle = e->a == e->b ? 0 : e->angle; /* a circle is one in all directions */
    double c = cos(angle), s = sin(angle), a2 = e->a * e->a, b2 = e->b * e->b;
    double width = c * c * a2 + s * s * b2, height = s * s * a2 + c * c * b2;
    double mixed = c * s * (a2 - b2), area = e->a * e->b;
    return (chords){sqrt(width),    sqrt(height),  mixed / width, area / width,
                    mixed / height, area / height, area * M_PI_4};
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

/* Columns' edges, `count` from x on, which may lie outside of the ellipse. */
static void place_edges(gt_cover *v, const chords *e, int count, double x) {
    for (int k = 0; k < count; k++) v->edge[k] = between(-e->half_width, x + k, e->half_width);
    gt_circle_integrals(count, v->edge, e->half_width, v->edge_integral);
#pragma omp simd
    for (int k = 0; k < count; k++) {
        v->edge_integral[k] *= e->scale;
        v->edge_middle[k] = 0.5 * e->shear * v->edge[k] * v->edge[k];
    }
}

/* Crossings of `count` lines from y on. */
static void cross_lines(lines l, const chords *e, int count, double from) {
#pragma omp simd
    for (int m = 0; m < count; m++) {
        double at = from + m, rest = (e->half_height - at) * (e->half_height + at);
        double middle = e->row_shear * at, half = rest > 0 ? e->row_scale * sqrt(rest) : 0;
        l.y[m] = at;
        l.left[m] = between(-e->half_width, middle - half, e->half_width);
        l.right[m] = between(-e->half_width, middle + half, e->half_width);
    }
    gt_circle_integrals(count, l.right, e->half_width, l.at_right);
    if (e->shear != 0)
        gt_circle_integrals(count, l.left, e->half_width, l.at_left);
    else
        for (int m = 0; m < count; m++) l.at_left[m] = -l.at_right[m];
}

/* What the area below a line is made of, continuous at its crossings. */
static void prepare_lines(lines l, const chords *e, int count) {
    double tip = e->shear * e->half_width; /* the right one's height, less the left one's */
#pragma omp simd
    for (int m = 0; m < count; m++) {
        double y = l.y[m], from = l.left[m], to = l.right[m];
        bool crosses = fabs(y) < e->half_height;
        double at_left = e->scale * l.at_left[m], at_right = e->scale * l.at_right[m];
        double left_tip = crosses ? -tip : 0;
        double first = y > left_tip ? 1 : -1, last = y > tip ? 1 : -1;
        double start = first * (at_left + e->quarter) - (y - 0.5 * e->shear * from) * from;
        l.side_before[m] = first;
        l.before[m] = first * e->quarter;
        l.within[m] = start;
        l.side_behind[m] = last;
        l.behind[m] = start + (y - 0.5 * e->shear * to) * to - last * at_right;
        l.left[m] = crosses ? from : INFINITY;
        l.right[m] = crosses ? to : -INFINITY;
    }
}

/* Which pixels of the strip between each two lines are touched, and which are whole. */
static void find_rows(lines l, int count, double shift, int first, int last,
                      gt_cover_row *restrict rows) {
#pragma omp simd
    for (int m = 0; m < count; m++) {
        double from = smaller(l.left[m], l.left[m + 1]);
        double whole_from = larger(l.left[m], l.left[m + 1]);
        double whole_to = smaller(l.right[m], l.right[m + 1]);
        double to = larger(l.right[m], l.right[m + 1]);
        double begin = between(first, floor(from + shift), last);
        double end = between(begin, ceil(to + shift), last);
        double full_begin = between(begin, ceil(whole_from + shift), end);
        double full_end = between(begin, floor(whole_to + shift), end);
        bool has_whole = full_begin < full_end;
        rows[m] = (gt_cover_row){(int)begin, (int)(has_whole ? full_begin : end),
                                 (int)(has_whole ? full_end : end), (int)end};
    }
}

/* The strip in which the ellipse ends on a side reaches farther than its lines. */
static void reach_tips(gt_cover_row *rows, int count, double left_tip, double right_tip,
                       int first, int last) {
    int left = clamp(floor(left_tip), -1, count), right = clamp(floor(right_tip), -1, count);
    if (left >= 0 && left < count) rows[left].begin = first;
    if (right < 0 || right >= count) return;
    gt_cover_row *row = &rows[right];
    if (row->full_begin == row->end) row->full_begin = row->full_end = last;
    row->end = last;
}

typedef enum side { LEFT, RIGHT, BOTH } side; /* crossings that a part of a row may have */

/* Area left of 8 edges of columns below a line. */
static inline __attribute__((always_inline)) gt_eight
area_below(const lines *l, int m, side which, gt_eight x, gt_eight integral, gt_eight middle) {
    gt_eight area = l->within[m] + (l->y[m] * x - middle);
    if (which != LEFT)
        area = gt_eight_choose(gt_eight_all(l->right[m]), x,
                               l->behind[m] + l->side_behind[m] * integral, area);
    if (which != RIGHT)
        area = gt_eight_choose(x, gt_eight_all(l->left[m]),
                               l->before[m] + l->side_before[m] * integral, area);
    return area;
}

/* Columns' edges, and where the next chunk goes. */
typedef struct filling {
    const double *edge, *integral, *middle;
    int first; /* column */
    double *part;
    int *at;
} filling;

/* Pixels [begin, end) of the strip between lines m and m + 1, the first of the row being `row`.
 */
static inline __attribute__((always_inline)) void
cover_part(filling *f, const lines *l, int m, side which, int begin, int end, int row) {
    for (int x = begin; x < end; x += GT_COVER_CHUNK) {
        int k = x - f->first, count = end - x < GT_COVER_CHUNK ? end - x : GT_COVER_CHUNK;
        gt_eight edge = gt_eight_at(f->edge + k), integral = gt_eight_at(f->integral + k);
        gt_eight middle = gt_eight_at(f->middle + k);
        gt_eight left = area_below(l, m + 1, which, edge, integral, middle) -
                        area_below(l, m, which, edge, integral, middle);
        gt_eight part = __builtin_shufflevector(left, left, 1, 2, 3, 4, 5, 6, 7, 7) - left;
        gt_eight_put(f->part, gt_eight_first(count, gt_eight_larger(part, (gt_eight){0})));
        *f->at++ = row + x;
        f->part += GT_EIGHT;
    }
}

static void cover_rows(gt_cover *v, const lines *l, int count, int first) {
    filling f = {v->edge, v->edge_integral, v->edge_middle, first, v->part, v->at};
    int row = v->row_begin * v->width, width = v->width;
    const gt_cover_row *rows = v->rows + v->row_begin;
    for (int m = 0; m < count; m++, row += width) {
        const gt_cover_row r = rows[m];
        if (r.full_begin == r.end) {
            cover_part(&f, l, m, BOTH, r.begin, r.end, row);
            continue;
        }
        cover_part(&f, l, m, LEFT, r.begin, r.full_begin, row);
        cover_part(&f, l, m, RIGHT, r.full_end, r.end, row);
    }
    v->chunks = (int)(f.at - v->at);
}

void gt_cover_make(gt_cover *v, int height, int width, const gt_ellipse *ellipse) {
    v->height = height;
    v->width = width;
    v->row_begin = v->row_end = v->chunks = 0;
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
    int count = v->row_end - v->row_begin;
    const lines l = lines_of(v);
    place_edges(v, &e, last - first + 1, first - 0.5 - ellipse->x);
    cross_lines(l, &e, count + 1, v->row_begin - 0.5 - ellipse->y);
    prepare_lines(l, &e, count + 1);
    double tip = e.shear * e.half_width;
    find_rows(l, count, ellipse->x + 0.5, first, last, v->rows + v->row_begin);
    reach_tips(v->rows + v->row_begin, count, -tip - l.y[0], tip - l.y[0], first, last);
    cover_rows(v, &l, count, first);
}

void gt_running_sums(int height, int width, const double *values, double *running) {
    for (int i = 0; i < height; i++, values += width, running += width + 1) {
        running[0] = 0;
        for (int j = 0; j < width; j++) running[j + 1] = running[j] + values[j];
    }
}

/* Of pixels that are covered in part. What is not touched is not looked at. */
static double sum_of_parts(const gt_cover *v, const double *values) {
    gt_eight sum = {0};
    for (int c = 0; c < v->chunks; c++) {
        gt_eight part = gt_eight_at(v->part + (size_t)c * GT_EIGHT);
        gt_eight value = gt_eight_at(values + v->at[c]), none = {0};
        sum += gt_eight_choose(part, none, none, part * value);
    }
    return gt_eight_sum(sum);
}

double gt_cover_sum(const gt_cover *v, gt_summed plane) {
    double sum = 0;
    for (int i = v->row_begin; i < v->row_end; i++) {
        const gt_cover_row *row = &v->rows[i];
        const double *running = plane.running + (size_t)i * (size_t)(v->width + 1);
        sum += running[row->full_end] - running[row->full_begin];
    }
    return sum + sum_of_parts(v, plane.values);
}

double gt_cover_sum_directly(const gt_cover *v, const double *values) {
    double sum = 0;
    for (int i = v->row_begin; i < v->row_end; i++) {
        const gt_cover_row *row = &v->rows[i];
        const double *line = values + (size_t)i * (size_t)v->width;
        double whole = 0;
#pragma omp simd reduction(+ : whole)
        for (int j = row->full_begin; j < row->full_end; j++) whole += line[j];
        sum += whole;
    }
    return sum + sum_of_parts(v, values);
}

double gt_cover_area(const gt_cover *v) {
    gt_eight parts = {0};
    double area = 0;
    if (v->area >= 0) return v->area;
    for (int c = 0; c < v->chunks; c++) parts += gt_eight_at(v->part + (size_t)c * GT_EIGHT);
    for (int i = v->row_begin; i < v->row_end; i++)
        area += v->rows[i].full_end - v->rows[i].full_begin;
    return area + gt_eight_sum(parts);
}

gt_status gt_cover_create(gt_cover *v, int height, int width, gt_error *err) {
    gt_status status = GT_OK;
    size_t edges = (size_t)width + 1 + GT_EIGHT;
    size_t chunks = (size_t)height * ((size_t)width / GT_COVER_CHUNK + 2);
    v->most_lines = height + 1;
    v->rows = calloc((size_t)height, sizeof *v->rows);
    v->part = calloc(GT_EIGHT * chunks, sizeof *v->part);
    v->at = calloc(chunks, sizeof *v->at);
    v->lines = calloc(LINE_NUMBERS * ((size_t)height + 1), sizeof *v->lines);
    v->edge = calloc(3 * edges, sizeof *v->edge);
    if (!v->rows || !v->part || !v->at || !v->lines || !v->edge)
        GT_THROW(err, GT_NO_MEMORY, "no memory for apertures of %d x %d pixels", height, width);
    v->edge_integral = v->edge + edges;
    v->edge_middle = v->edge + 2 * edges;
done:
    return status;
}

void gt_cover_free(gt_cover *v) {
    free(v->rows);
    free(v->part);
    free(v->at);
    free(v->lines);
    free(v->edge);
    *v = (gt_cover){0};
}
