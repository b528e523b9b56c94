/* The image against itself turned by half about a centre, and the centre where they differ
 * least.
 */
#include <math.h>
#include <stdlib.h>

#include "eight.h"
#include "root.h"
#include "work.h"

typedef struct turning {
    gt_morphology *m;
    const double *image, *turned; /* the latter with a frame of one pixel of 0 */
    gt_summed magnitude;          /* absolute values of the image */
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

static inline row_pair pair_of(const turning *t, int y) {
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

/* As vectors whose numbers are still to be added up. */
typedef struct lane_sums {
    gt_eight difference, magnitude, area;
} lane_sums;

/* Eight turned pixels. */
static inline gt_eight turned_eight(const row_pair *r, int x) {
    gt_eight mixed =
        r->near_near * gt_eight_at(r->near + x) + r->near_far * gt_eight_at(r->near + x - 1) +
        r->far_near * gt_eight_at(r->far + x) + r->far_far * gt_eight_at(r->far + x - 1);
    return gt_eight_larger(mixed, gt_eight_all(r->least));
}

/* Where some may have nothing to compare with. */
static __attribute__((noinline)) gt_eight turned_few(const row_pair *r, int x) {
    gt_eight turned = {0};
    if (r->from <= x && x + GT_EIGHT <= r->to) return turned_eight(r, x);
    for (int k = 0; k < GT_EIGHT; k++)
        if (r->from <= x + k && x + k < r->to) turned[k] = turned_at(r, x + k);
    return turned;
}

/* Adds eight pixels from x on, of each the part that is covered. kept may be NULL, all 1:
 * magnitude and area are known without it. Copies of this and what calls it are made for each
 * use. */
static inline __attribute__((always_inline)) void add_eight(const row_pair *r, bool has_turned,
                                                            int x, gt_eight part,
                                                            const double *kept, lane_sums *s) {
    gt_eight image = gt_eight_at(r->image + x);
    gt_eight turned = has_turned ? turned_eight(r, x) : turned_few(r, x);
    if (kept) part *= gt_eight_at(kept + x);
    s->difference += part * gt_eight_magnitude(turned - image);
    if (!kept) return;
    s->magnitude += part * gt_eight_magnitude(image);
    s->area += part;
}

static inline __attribute__((always_inline)) const double *
add_parts(const row_pair *r, bool has_turned, int begin, int end, const double *part,
          const double *kept, lane_sums *s) {
    for (int x = begin; x < end; x += GT_COVER_CHUNK, part += GT_COVER_LANES)
        add_eight(r, has_turned, x, gt_eight_at(part), kept, s);
    return part;
}

static inline __attribute__((always_inline)) void add_whole(const row_pair *r, bool has_turned,
                                                            int begin, int end,
                                                            const double *kept, lane_sums *s) {
    const gt_eight one = gt_eight_all(1);
    int x = begin;
    for (; x + GT_EIGHT <= end; x += GT_EIGHT) add_eight(r, has_turned, x, one, kept, s);
    if (x < end) add_eight(r, has_turned, x, gt_eight_first(end - x, one), kept, s);
}

/* Adds a row with the parts of its pixels, and returns where those of the next one are. */
static inline __attribute__((always_inline)) const double *
add_row(const gt_cover_row *row, const row_pair *r, bool has_turned, const double *part,
        const double *kept, lane_sums *s) {
    part = add_parts(r, has_turned, row->begin, row->full_begin, part, kept, s);
    add_whole(r, has_turned, row->full_begin, row->full_end, kept, s);
    return add_parts(r, has_turned, row->full_end, row->end, part, kept, s);
}

static inline int within(int low, int x, int high) {
    return x < low ? low : x > high ? high : x;
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

/* both: room for a row, where some pixels do not count, or NULL. */
static inline __attribute__((always_inline)) lane_sums sum_rows(const turning *t,
                                                                double *both) {
    const gt_cover *v = &t->m->cover;
    const double *part = v->part;
    lane_sums s = {0};
    for (int y = v->row_begin; y < v->row_end; y++) {
        const gt_cover_row *row = &v->rows[y];
        row_pair r = pair_of(t, y);
        if (both) both_kept(t, y, row, both);
        part = r.from <= row->begin && row->end <= r.to /* most rows */
                   ? add_row(row, &r, true, part, both, &s)
                   : add_row(row, &r, false, part, both, &s);
    }
    return s;
}

static sums sum_all(const turning *t) {
    gt_morphology *m = t->m;
    if (m->has_masked) {
        lane_sums s = sum_rows(t, m->line);
        return (sums){gt_eight_sum(s.difference), gt_eight_sum(s.magnitude),
                      gt_eight_sum(s.area)};
    }
    return (sums){gt_eight_sum(sum_rows(t, NULL).difference),
                  gt_cover_sum(&m->cover, t->magnitude), gt_cover_area(&m->cover)};
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
                     .magnitude = {m->magnitude, m->magnitude_running},
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
        if (map[at] < t.least_pixel) t.least_pixel = map[at];
    gt_running_sums(m->height, m->width, map, m->magnitude_running); /* the image's are done */
    t.magnitude = (gt_summed){map, m->magnitude_running};
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
