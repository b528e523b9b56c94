/* The outline of a source in its own frame: what is above the sky's mode by its deviation
 * (Pawlik et al. 2016, Mon. Not. R. Astron. Soc. 456, 3032), how far it reaches, the radius of
 * half of its light, and the asymmetries of its shape and of what is beyond that radius. */
#include <math.h>
#include <string.h>

#include "components.h"
#include "sort.h"
#include "work.h"

/* The annulus of sky, in elliptical Petrosian radii. */
static const double SKY_FROM = 2, SKY_TO = 4;

typedef struct clip {
    int begin, end; /* of sorted values */
    double mean, median, sigma;
} clip;

/* A sum of values or of their squares, less `less`, in halves as NumPy adds them up: on a sky
 * of one value the last bit of the mean decides. */
static double sum_of(const double *values, int n, double less, bool is_squared) {
    enum { PARTS = 8 };
    double part[PARTS] = {0}, sum;
    if (n > 128) {
        int half = n / 2 - n / 2 % PARTS;
        return sum_of(values, half, less, is_squared) +
               sum_of(values + half, n - half, less, is_squared);
    }
    int whole = n - n % PARTS;
    for (int i = 0; i < whole; i += PARTS)
#pragma omp simd
        for (int k = 0; k < PARTS; k++) {
            double v = values[i + k] - less;
            part[k] += is_squared ? v * v : v;
        }
    sum = ((part[0] + part[1]) + (part[2] + part[3])) +
          ((part[4] + part[5]) + (part[6] + part[7]));
    for (int i = whole; i < n; i++) {
        double v = values[i] - less;
        sum += is_squared ? v * v : v;
    }
    return sum;
}

static clip statistics(const double *sorted, int begin, int end) {
    clip c = {begin, end, 0, 0, 0};
    int n = end - begin;
    c.mean = sum_of(sorted + begin, n, 0, false) / n;
    c.median = gt_sorted_median((size_t)n, sorted + begin);
    c.sigma = sqrt(sum_of(sorted + begin, n, c.mean, true) / n);
    return c;
}

/* What lies within 3 of its deviations of a middle. */
static clip around(const double *sorted, const clip *c, double middle) {
    int begin = c->begin, end = c->end;
    while (begin < end && sorted[begin] < middle - 3 * c->sigma) begin++;
    while (end > begin && sorted[end - 1] > middle + 3 * c->sigma) end--;
    bool is_same = begin == c->begin && end == c->end;
    return is_same ? *c : statistics(sorted, begin, end);
}

static double mode_of(const clip *c) {
    return 2.5 * c->median - 1.5 * c->mean;
}

/* Of values that are clipped about their median, 10 times at most. */
static double clipped_mode(const double *sorted, const clip *all) {
    clip c = *all;
    for (int pass = 0; pass < 10; pass++) {
        clip next = around(sorted, &c, c.median);
        bool is_same = next.begin == c.begin && next.end == c.end;
        c = next;
        if (is_same) break;
    }
    return mode_of(&c);
}

/* The sky's mode and a deviation; clipped about the mode until nothing is left to clip. */
static double sky_threshold(int n, const double *sorted) {
    clip c = statistics(sorted, 0, n);
    for (;;) {
        clip next = around(sorted, &c, clipped_mode(sorted, &c));
        bool is_same = next.end - next.begin == c.end - c.begin;
        if (next.end == next.begin) break;
        c = next;
        if (is_same) break;
    }
    return mode_of(&c) + c.sigma;
}

/* Pixels of an annulus of sky about the centre; their number. */
static int take_annulus(gt_morphology *m) {
    double inner = SKY_FROM * m->out->petrosian_ellipse;
    double outer = SKY_TO * m->out->petrosian_ellipse;
    int n = 0;
    for (int i = 0; i < m->height; i++)
        for (int j = 0; j < m->width; j++) {
            double x = j - m->centre[0], y = i - m->centre[1], r2 = x * x + y * y;
            if (r2 < outer * outer && !(r2 < inner * inner) && m->kept[i * m->width + j] != 0)
                m->sorted[n++] = m->image[i * m->width + j];
        }
    return n;
}

static int take_box(gt_morphology *m) {
    const gt_morphology_result *out = m->out;
    int n = 0;
    for (int i = out->sky_y; i < out->sky_y + out->sky_size; i++)
        for (int j = out->sky_x; j < out->sky_x + out->sky_size; j++)
            m->sorted[n++] = m->image[i * m->width + j];
    return n;
}

/* A running mean of 3 pixels along a line, what is beyond its ends being the last pixel: as the
 * reference sums it up, for on a flat sky the last bit decides. */
static void mean_of_3(const double *in, long step, int n, double *out) {
    double sum = in[0] + in[0] + in[n > 1 ? step : 0];
    out[0] = sum / 3;
    for (int i = 1; i < n; i++) {
        const double *next = in + (i + 1 < n ? i + 1 : n - 1) * step;
        const double *last = in + (i > 1 ? i - 2 : 0) * step;
        sum += *next - *last;
        out[i * step] = sum / 3;
    }
}

static void smooth(gt_morphology *m) {
    for (int j = 0; j < m->width; j++)
        mean_of_3(m->image + j, m->width, m->height, m->between + j);
    for (int i = 0; i < m->height; i++)
        mean_of_3(m->between + (long)i * m->width, 1, m->width, m->smooth + (long)i * m->width);
}

/* What hangs together with the brightest pixel of the smoothed image. */
static void outline_above(gt_morphology *m, double threshold) {
    int pixels = m->height * m->width, brightest = 0;
    smooth(m);
    for (int at = 0; at < pixels; at++) {
        m->labels[at] = m->smooth[at] >= threshold;
        if (m->smooth[at] > m->smooth[brightest]) brightest = at;
    }
    if (!m->labels[brightest]) gt_note(m, GT_MORPHOLOGY_EVENT_outline_lacked_brightest_pixel);
    m->labels[brightest] = 1;
    gt_fill_component(m->height, m->width, m->labels, brightest, 2, m->stack);
    for (int at = 0; at < pixels; at++) m->outline[at] = m->labels[at] == 2;
}

static void make_outline(gt_morphology *m) {
    int n = take_annulus(m);
    if (n < m->set.sky_box_size * m->set.sky_box_size) n = take_box(m);
    if (n == 0) {
        gt_note(m, GT_MORPHOLOGY_EVENT_outline_undefined);
        for (int i = 0; i < m->height; i++)
            for (int j = 0; j < m->width; j++)
                m->outline[i * m->width + j] = gt_is_source(m, i, j);
        return;
    }
    gt_sort_in_room((size_t)n, m->sorted, m->keys);
    outline_above(m, sky_threshold(n, m->sorted));
}

typedef struct farthest {
    double distance, square; /* the latter a little less: what is nearer by it is nearer */
} farthest;

static inline void look(farthest *f, double x, double y) {
    double square = x * x + y * y;
    if (square < f->square) return;
    f->distance = fmax(f->distance, hypot(x, y));
    f->square = fmax(f->square, (1 - 1e-12) * square);
}

/* The farthest pixel of the outline, by a circle and by ellipses of the source's shape. */
static void measure_reach(gt_morphology *m) {
    const gt_morphology_shape *shape = &m->out->centre_shape;
    double c = cos(shape->orientation), s = sin(shape->orientation);
    farthest circle = {0}, ellipse = {0};
    for (int i = 0; i < m->height; i++)
        for (int j = 0; j < m->width; j++) {
            if (!m->outline[i * m->width + j]) continue;
            double x = j - m->centre[0], y = i - m->centre[1];
            m->out->outline_area++;
            look(&circle, x, y);
            look(&ellipse, c * x + s * y, (c * y - s * x) * shape->elongation);
        }
    m->out->reach = circle.distance;
    m->out->reach_ellipse = ellipse.distance;
}

static gt_ellipse scaled(gt_ellipse unit, double by) {
    unit.a *= by, unit.b *= by;
    return unit;
}

void gt_outline_measure(gt_morphology *m) {
    gt_morphology_result *out = m->out;
    const gt_morphology_shape *shape = &out->centre_shape;
    gt_ellipse unit = {m->centre[0], m->centre[1], 1, 1 / shape->elongation,
                       shape->orientation};
    make_outline(m);
    measure_reach(m);
    if (out->reach == 0) { /* one pixel, and the centre is its middle */
        gt_note(m, GT_MORPHOLOGY_EVENT_outline_without_extent);
        out->half_light = out->half_light_ellipse = 0;
        return;
    }
    out->half_light = gt_half_light(m, gt_circle_at(m->centre, 1), out->reach);
    out->half_light_ellipse = gt_half_light(m, unit, out->reach_ellipse);
    if (out->half_light_ellipse > 0) {
        gt_ellipse outer = scaled(unit, out->reach_ellipse);
        gt_ellipse inner = scaled(unit, out->half_light_ellipse);
        gt_asymmetry_outer(m, &outer, &inner);
    }
    for (int at = 0; at < m->height * m->width; at++) m->smooth[at] = m->outline[at];
    gt_asymmetry_of_shape(m, m->smooth, out->reach);
}
