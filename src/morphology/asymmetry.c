/* The image against itself turned by half about a centre, and the centre where they differ
 * least.
 */
#include <math.h>
#include <stdlib.h>

#include "root.h"
#include "work.h"

typedef struct turning {
    gt_morphology *m;
    double radius;
    /* Turned pixel (y, x) lies between columns p - 1 and p, p = x + dx, of the turned plane
     * with its frame, rows alike, fx and fy of the way back from p. */
    int dx, dy;
    double fx, fy;
    int mask_x, mask_y; /* the nearest pixel of the image is (mask_y - y, mask_x - x) */
} turning;

static void aim(turning *t, const double centre[2]) {
    double x = 2 * centre[0], y = 2 * centre[1], whole_x = floor(x), whole_y = floor(y);
    t->fx = x - whole_x;
    t->fy = y - whole_y;
    t->dx = t->m->width - (int)whole_x;
    t->dy = t->m->height - (int)whole_y;
    t->mask_x = (int)floor(x + 0.5);
    t->mask_y = (int)floor(y + 0.5);
}

/* line[x] = |turned - image| of row y, for x in [begin, end). */
static void difference(const turning *t, int y, int begin, int end, double *line) {
    const gt_morphology *m = t->m;
    const double *image = m->image + (long)y * m->width;
    int q = y + t->dy, stride = m->width + 2;
    int from = begin > 1 - t->dx ? begin : 1 - t->dx;
    int to = end < m->width + 2 - t->dx ? end : m->width + 2 - t->dx;
    if (q < 1 || q > m->height + 1 || from >= to) from = to = end;
    for (int x = begin; x < from; x++) line[x] = fabs(image[x]);
    if (from < to) {
        const double *near = m->turned + (long)q * stride + t->dx, *far = near - stride;
        double near_near = (1 - t->fy) * (1 - t->fx), near_far = (1 - t->fy) * t->fx;
        double far_near = t->fy * (1 - t->fx), far_far = t->fy * t->fx;
#pragma omp simd
        for (int x = from; x < to; x++)
            line[x] = fabs(near_near * near[x] + near_far * near[x - 1] + far_near * far[x] +
                           far_far * far[x - 1] - image[x]);
    }
    for (int x = to; x < end; x++) line[x] = fabs(image[x]);
}

static double sum_row(const gt_cover *v, int y, const double *line) {
    const gt_cover_row *row = &v->rows[y];
    const double *weight = v->weight + (long)y * v->stride;
    double sum = 0;
#pragma omp simd reduction(+ : sum)
    for (int x = row->full_begin; x < row->full_end; x++) sum += line[x];
    for (int x = row->begin; x < row->full_begin; x++) sum += weight[x] * line[x];
    for (int x = row->full_end; x < row->end; x++) sum += weight[x] * line[x];
    return sum;
}

/* both[x] = 1 where pixel and turned pixel count; what lies outside counts. */
static void both_kept(const turning *t, int y, int begin, int end, double *both) {
    const gt_morphology *m = t->m;
    int i = t->mask_y - y;
    bool is_inside = i >= 0 && i < m->height;
    for (int x = begin; x < end; x++) {
        int j = t->mask_x - x;
        both[x] = m->kept[(long)y * m->width + x];
        if (is_inside && j >= 0 && j < m->width) both[x] *= m->kept[(long)i * m->width + j];
    }
}

typedef struct sums {
    double difference, magnitude, area;
} sums;

static void multiply(const gt_cover_row *row, const double *a, const double *b, double *out) {
    for (int x = row->begin; x < row->end; x++) out[x] = a[x] * b[x];
}

static sums sum_all(const turning *t) {
    gt_morphology *m = t->m;
    sums s = {0};
    double *line = m->line, *both = m->weights;
    for (int y = m->cover.row_begin; y < m->cover.row_end; y++) {
        const gt_cover_row *row = &m->cover.rows[y];
        difference(t, y, row->begin, row->end, line);
        if (m->has_masked) {
            both_kept(t, y, row->begin, row->end, both);
            multiply(row, line, both, line);
            s.area += sum_row(&m->cover, y, both);
            multiply(row, m->magnitude + (long)y * m->width, both, both);
            s.magnitude += sum_row(&m->cover, y, both);
        }
        s.difference += sum_row(&m->cover, y, line);
    }
    if (m->has_masked) return s;
    s.area = gt_cover_area(&m->cover);
    s.magnitude = gt_cover_sum(&m->cover, (gt_summed){m->magnitude, m->magnitude_running});
    return s;
}

static double asymmetry_about(void *self, const double centre[2]) {
    turning *t = self;
    gt_morphology *m = t->m;
    if (!(centre[0] >= 0 && centre[0] < m->width && centre[1] >= 0 && centre[1] < m->height)) {
        gt_note(m, GT_MORPHOLOGY_EVENT_asymmetry_centre_left_stamp);
        return 100;
    }
    gt_ellipse disk = gt_circle_at(centre, t->radius);
    gt_cover_make(&m->cover, m->height, m->width, &disk);
    aim(t, centre);
    sums s = sum_all(t);
    if (s.magnitude == 0) {
        gt_note(m, GT_MORPHOLOGY_EVENT_asymmetry_zero_flux);
        return 100;
    }
    if (m->out->sky_size) s.difference -= s.area * m->out->sky_asymmetry;
    return s.difference / s.magnitude;
}

static bool has_drifted(const gt_morphology *m, const double from[2]) {
    double dx = m->centre[0] - from[0], dy = m->centre[1] - from[1];
    return sqrt(dx * dx + dy * dy) > m->set.petro_fraction * m->out->petrosian_centroid;
}

static void search_from(turning *t, const double start[2]) {
    t->m->centre[0] = start[0];
    t->m->centre[1] = start[1];
    gt_nelder_mead(asymmetry_about, t, t->m->centre);
}

static void find_centre(turning *t) {
    gt_morphology *m = t->m;
    search_from(t, m->centroid);
    if (has_drifted(m, m->centroid)) {
        gt_note(m, GT_MORPHOLOGY_EVENT_asymmetry_centre_drifted);
        search_from(t, m->brightest);
        if (has_drifted(m, m->brightest)) {
            gt_note(m, GT_MORPHOLOGY_EVENT_asymmetry_centre_replaced_by_centroid);
            m->centre[0] = m->centroid[0], m->centre[1] = m->centroid[1];
        }
    }
    if (m->image[(int)m->centre[1] * m->width + (int)m->centre[0]] == 0)
        gt_note(m, GT_MORPHOLOGY_EVENT_asymmetry_centre_pixel_is_zero);
}

void gt_asymmetry_measure(gt_morphology *m) {
    turning t = {.m = m, .radius = m->set.petro_extent * m->out->petrosian_centroid};
    find_centre(&t);
    m->out->centre_x = m->x0 + m->centre[0];
    m->out->centre_y = m->y0 + m->centre[1];
    m->out->asymmetry = asymmetry_about(&t, m->centre);
}

void gt_asymmetry_difference(gt_morphology *m, double *out) {
    turning t = {.m = m};
    aim(&t, m->centre);
    for (int y = 0; y < m->height; y++)
        difference(&t, y, 0, m->width, out + (long)y * m->width);
}
