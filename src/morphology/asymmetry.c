/* The image against itself turned by half about a centre, and the centre where they differ
 * least.
 */
#include <math.h>
#include <stdlib.h>

#include "root.h"
#include "work.h"

typedef struct turning {
    gt_morphology *m;
    const double *running;        /* sums of the image's absolute values along rows */
    const double *image, *turned; /* the latter with a frame of one pixel of 0 */
    double least_pixel;
    double radius;
    /* Turned pixel (y, x) lies between columns p - 1 and p, p = x + dx, of the turned plane
     * with its frame, rows alike, fx and fy of the way back from p. */
    int dx, dy;
    double fx, fy;
    int mask_dx, mask_dy; /* the nearest pixel of that plane is (y + mask_dy, x + mask_dx) */
    double least;         /* no turned pixel is less */
} turning;

/* The reference keeps turned pixels within the range of the image, and that of what lies
 * outside (0) where it is seen. So where all pixels are positive and no turned one is wholly
 * outside, those that fade towards the outside are raised to the least pixel. */
static double least_turned(const turning *t, const double centre[2]) {
    const gt_morphology *m = t->m;
    bool sees_outside =
        fabs(2 * centre[0] - (m->width - 1)) >= 1 || fabs(2 * centre[1] - (m->height - 1)) >= 1;
    return t->least_pixel > 0 && !sees_outside ? t->least_pixel : -INFINITY;
}

static void aim(turning *t, const double centre[2]) {
    double x = 2 * centre[0], y = 2 * centre[1], whole_x = floor(x), whole_y = floor(y);
    t->fx = x - whole_x;
    t->fy = y - whole_y;
    t->dx = t->m->width - (int)whole_x;
    t->dy = t->m->height - (int)whole_y;
    t->mask_dx = t->m->width - (int)floor(x + 0.5);
    t->mask_dy = t->m->height - (int)floor(y + 0.5);
    t->least = least_turned(t, centre);
}

/* One row of the image and the two turned ones that it is compared with; outside of columns
 * [from, to) there is nothing to compare with. */
typedef struct row_pair {
    const double *image, *near, *far;
    int from, to;
    double near_near, near_far, far_near, far_far; /* what columns p and p - 1 count */
    double least;
} row_pair;

static row_pair pair_of(const turning *t, int y) {
    const gt_morphology *m = t->m;
    int q = y + t->dy, stride = m->width + 2;
    row_pair r = {.image = t->image + (long)y * m->width, .least = t->least};
    r.near_near = (1 - t->fy) * (1 - t->fx), r.near_far = (1 - t->fy) * t->fx;
    r.far_near = t->fy * (1 - t->fx), r.far_far = t->fy * t->fx;
    if (q < 1 || q > m->height + 1) return r;
    r.near = t->turned + (long)q * stride + t->dx;
    r.far = r.near - stride;
    r.from = 1 - t->dx;
    r.to = m->width + 2 - t->dx;
    return r;
}

static inline double turned_at(const row_pair *r, int x) {
    double mixed = r->near_near * r->near[x] + r->near_far * r->near[x - 1] +
                   r->far_near * r->far[x] + r->far_far * r->far[x - 1];
    return mixed > r->least ? mixed : r->least;
}

typedef struct sums {
    double difference, magnitude, area;
} sums;

/* Adds column x. weight and kept may be NULL, all 1: the area is known without kept, and
 * without both the magnitude is. Copies of this and what calls it are made for each use,
 * without what is NULL there. */
static inline __attribute__((always_inline)) void
add_pixel(const row_pair *r, bool has_turned, int x, const double *weight, const double *kept,
          double *difference, double *magnitude, double *area) {
    double w = (weight ? weight[x] : 1) * (kept ? kept[x] : 1);
    *difference += w * fabs((has_turned ? turned_at(r, x) : 0) - r->image[x]);
    if (kept || weight) *magnitude += w * fabs(r->image[x]);
    if (kept) *area += w;
}

/* Adds columns [begin, end), all of which have a turned one or none of which has. Those with
 * weights are few: they are not worth a vector. */
static inline __attribute__((always_inline)) void add_span(const row_pair *r, bool has_turned,
                                                           int begin, int end,
                                                           const double *weight,
                                                           const double *kept, sums *s) {
    double difference = 0, magnitude = 0, area = 0;
    if (weight)
        for (int x = begin; x < end; x++)
            add_pixel(r, has_turned, x, weight, kept, &difference, &magnitude, &area);
    else
#pragma omp simd reduction(+ : difference, magnitude, area)
        for (int x = begin; x < end; x++)
            add_pixel(r, has_turned, x, weight, kept, &difference, &magnitude, &area);
    s->difference += difference;
    s->magnitude += magnitude;
    s->area += area;
}

static inline int within(int low, int x, int high) {
    return x < low ? low : x > high ? high : x;
}

static inline __attribute__((always_inline)) void add_part(const row_pair *r, int begin,
                                                           int end, const double *weight,
                                                           const double *kept, sums *s) {
    int from = within(begin, r->from, end), to = within(from, r->to, end);
    add_span(r, false, begin, from, weight, kept, s);
    add_span(r, true, from, to, weight, kept, s);
    add_span(r, false, to, end, weight, kept, s);
}

static inline __attribute__((always_inline)) void
add_row(const gt_cover *v, int y, const row_pair *r, const double *kept, sums *s) {
    const gt_cover_row *row = &v->rows[y];
    const double *weight = v->weight + (long)y * v->stride;
    if (r->from <= row->begin && row->end <= r->to) { /* most rows: all have a turned one */
        add_span(r, true, row->begin, row->full_begin, weight, kept, s);
        add_span(r, true, row->full_begin, row->full_end, NULL, kept, s);
        add_span(r, true, row->full_end, row->end, weight, kept, s);
        return;
    }
    add_part(r, row->begin, row->full_begin, weight, kept, s);
    add_part(r, row->full_begin, row->full_end, NULL, kept, s);
    add_part(r, row->full_end, row->end, weight, kept, s);
}

/* both[x] = 1 where pixel and turned pixel count; what lies outside counts. */
static void both_kept(const turning *t, int y, const gt_cover_row *row, double *both) {
    const gt_morphology *m = t->m;
    const double *kept = m->kept + (long)y * m->width;
    const double *turned =
        m->turned_kept + (long)(y + t->mask_dy) * (m->width + 2) + t->mask_dx;
    int from = within(row->begin, 1 - t->mask_dx, row->end);
    int to = within(from, m->width + 1 - t->mask_dx, row->end);
    if (y + t->mask_dy < 1 || y + t->mask_dy > m->height) from = to = row->end;
    for (int x = row->begin; x < from; x++) both[x] = kept[x];
#pragma omp simd
    for (int x = from; x < to; x++) both[x] = kept[x] * turned[x];
    for (int x = to; x < row->end; x++) both[x] = kept[x];
}

static sums sum_all(const turning *t) {
    gt_morphology *m = t->m;
    sums s = {0};
    for (int y = m->cover.row_begin; y < m->cover.row_end; y++) {
        const gt_cover_row *row = &m->cover.rows[y];
        const double *running = t->running + (long)y * (m->width + 1);
        row_pair r = pair_of(t, y);
        if (m->has_masked) {
            both_kept(t, y, row, m->line);
            add_row(&m->cover, y, &r, m->line, &s);
        } else {
            add_row(&m->cover, y, &r, NULL, &s);
            s.magnitude += running[row->full_end] - running[row->full_begin];
        }
    }
    if (!m->has_masked) s.area = gt_cover_area(&m->cover);
    return s;
}

static sums sum_within(turning *t, const gt_ellipse *e) {
    gt_cover_make(&t->m->cover, t->m->height, t->m->width, e);
    return sum_all(t);
}

/* What sums say where there is something: the sky's own difference taken off. */
static double less_sky(const gt_morphology *m, const sums *s) {
    double sky = m->out->sky_size ? s->area * m->out->sky_asymmetry : 0;
    return (s->difference - sky) / s->magnitude;
}

static double asymmetry_about(void *self, const double centre[2]) {
    turning *t = self;
    gt_morphology *m = t->m;
    if (!(centre[0] >= 0 && centre[0] < m->width && centre[1] >= 0 && centre[1] < m->height)) {
        gt_note(m, GT_MORPHOLOGY_EVENT_asymmetry_centre_left_stamp);
        return 100;
    }
    gt_ellipse disk = gt_circle_at(centre, t->radius);
    aim(t, centre);
    sums s = sum_within(t, &disk);
    if (s.magnitude == 0) {
        gt_note(m, GT_MORPHOLOGY_EVENT_asymmetry_zero_flux);
        return 100;
    }
    return less_sky(m, &s);
}

static bool has_drifted(const gt_morphology *m, const double from[2]) {
    double dx = m->centre[0] - from[0], dy = m->centre[1] - from[1];
    return sqrt(dx * dx + dy * dy) > m->set.petro_fraction * m->out->petrosian_centroid;
}

static void search_from(turning *t, const double start[2]) {
    static const gt_search_rule RULE = {2, 1e-6, 1e-4, 400};
    t->m->centre[0] = start[0];
    t->m->centre[1] = start[1];
    gt_nelder_mead(&RULE, asymmetry_about, t, t->m->centre);
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

static turning turning_of_image(gt_morphology *m) {
    return (turning){.m = m,
                     .running = m->magnitude_running,
                     .image = m->image,
                     .turned = m->turned,
                     .least_pixel = m->least};
}

void gt_asymmetry_measure(gt_morphology *m) {
    turning t = turning_of_image(m);
    t.radius = m->set.petro_extent * m->out->petrosian_centroid;
    find_centre(&t);
    m->out->centre_x = m->x0 + m->centre[0];
    m->out->centre_y = m->y0 + m->centre[1];
    m->out->asymmetry = asymmetry_about(&t, m->centre);
}

/* Flux beyond half of the light; what rounding leaves of a difference of two sums is none. */
void gt_asymmetry_outer(gt_morphology *m, const gt_ellipse *outer, const gt_ellipse *inner) {
    turning t = turning_of_image(m);
    aim(&t, m->centre);
    sums s = sum_within(&t, outer), hole = sum_within(&t, inner);
    double least = 1e-13 * s.magnitude;
    s.difference -= hole.difference, s.magnitude -= hole.magnitude, s.area -= hole.area;
    if (s.magnitude > least) {
        m->out->outer_asymmetry = less_sky(m, &s);
        return;
    }
    gt_note(m, GT_MORPHOLOGY_EVENT_outer_asymmetry_zero_flux);
    m->out->outer_asymmetry = 100;
}

/* A map is all light, and the sky has none of it. */
void gt_asymmetry_of_shape(gt_morphology *m, const double *map, double radius) {
    turning t = {.m = m, .image = map, .turned = m->turned_map, .least_pixel = 1};
    gt_ellipse disk = gt_circle_at(m->centre, radius);
    for (int at = 0; at < m->height * m->width; at++)
        t.least_pixel = fmin(t.least_pixel, map[at]);
    gt_running_sums(m->height, m->width, map, m->magnitude_running); /* the image's are done */
    t.running = m->magnitude_running;
    gt_turn_plane(m, map, m->turned_map);
    aim(&t, m->centre);
    sums s = sum_within(&t, &disk);
    if (s.magnitude == 0) gt_note(m, GT_MORPHOLOGY_EVENT_shape_asymmetry_zero_flux);
    m->out->shape_asymmetry = s.magnitude == 0 ? 100 : s.difference / s.magnitude;
}

void gt_asymmetry_difference(gt_morphology *m, double *out) {
    turning t = turning_of_image(m);
    aim(&t, m->centre);
    for (int y = 0; y < m->height; y++) {
        row_pair r = pair_of(&t, y);
        for (int x = 0; x < m->width; x++)
            out[(long)y * m->width + x] =
                fabs((x >= r.from && x < r.to ? turned_at(&r, x) : 0) - r.image[x]);
    }
}
