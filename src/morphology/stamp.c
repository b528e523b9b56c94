#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "work.h"

typedef struct box {
    int x0, y0, x1, y1; /* last ones included; x1 < x0: empty */
    int64_t area;
} box;

static box box_of(const gt_morphology *m) {
    box b = {m->most_width, m->most_height, -1, -1, 0};
    for (int i = 0; i < m->most_height; i++)
        for (int j = 0; j < m->most_width; j++) {
            if (m->in.segments[(size_t)i * (size_t)m->most_width + (size_t)j] != m->in.label)
                continue;
            if (j < b.x0) b.x0 = j;
            if (j > b.x1) b.x1 = j;
            if (i < b.y0) b.y0 = i;
            b.y1 = i;
            b.area++;
        }
    return b;
}

static int most(int a, int b) {
    return a > b ? a : b;
}

static int least(int a, int b) {
    return a < b ? a : b;
}

static void place(gt_morphology *m, const box *b) {
    int dx = b->x1 + 1 - b->x0, dy = b->y1 + 1 - b->y0;
    int xc = b->x0 + dx / 2, yc = b->y0 + dy / 2;
    double wanted = most(dx, dy) * m->set.cutout_extent / 2;
    int reach =
        wanted > m->most_width + m->most_height ? m->most_width + m->most_height : (int)wanted;
    reach = most(reach, m->set.min_cutout_size / 2);
    m->x0 = most(0, xc - reach);
    m->y0 = most(0, yc - reach);
    m->width = least(m->most_width, xc + reach) - m->x0;
    m->height = least(m->most_height, yc + reach) - m->y0;
    m->diagonal = sqrt((double)m->width * m->width + (double)m->height * m->height);
    m->out->stamp_x = m->x0, m->out->stamp_width = m->width;
    m->out->stamp_y = m->y0, m->out->stamp_height = m->height;
    m->out->segment_area = b->area;
}

/* The stamp continued by one pixel of its edge; NaN as 0. */
static void pad(const gt_morphology *m, double *padded) {
    int stride = m->width + 2;
    for (int i = -1; i <= m->height; i++)
        for (int j = -1; j <= m->width; j++) {
            size_t y = (size_t)(m->y0 + least(most(i, 0), m->height - 1));
            size_t x = (size_t)(m->x0 + least(most(j, 0), m->width - 1));
            double v = m->in.image[y * (size_t)m->most_width + x];
            padded[(i + 1) * stride + j + 1] = isnan(v) ? 0 : v;
        }
}

/* NaN itself is no outlier: its copy is 0, which may seem one, so marks of it do not count. */
static void find_bad_pixels(gt_morphology *m) {
    m->out->bad_pixels = -1;
    memset(m->gini_map, 0, (size_t)m->height * (size_t)m->width);
    if (!(m->set.outlier_sigma > 0)) return;
    pad(m, m->turned);
    m->out->bad_pixels =
        gt_bad_pixels_find(m->height, m->width, m->turned, m->set.outlier_sigma, m->gini_map);
    for (int i = 0; i < m->height; i++)
        for (int j = 0; j < m->width; j++) {
            size_t from = (size_t)(m->y0 + i) * (size_t)m->most_width + (size_t)(m->x0 + j);
            m->out->bad_pixels -= isnan(m->in.image[from]) && m->gini_map[i * m->width + j];
        }
}

/* Numbers whose squares would be none are left out as what is no number. */
static bool is_number(double v) {
    return fabs(v) < 1e100;
}

static bool counts(const gt_morphology *m, size_t from, bool is_bad) {
    int32_t label = m->in.segments[from];
    return (label == 0 || label == m->in.label) && !is_bad && is_number(m->in.image[from]) &&
           !(m->in.mask && m->in.mask[from]) &&
           !(m->in.weights && !isfinite(m->in.weights[from]));
}

static void fill(gt_morphology *m) {
    int n = m->width;
    m->has_masked = false;
    m->source_sum = 0;
    m->least = INFINITY;
    for (int i = 0; i < m->height; i++)
        for (int j = 0; j < n; j++) {
            size_t from = (size_t)(m->y0 + i) * (size_t)m->most_width + (size_t)(m->x0 + j);
            int at = i * n + j;
            bool kept = counts(m, from, m->gini_map[at]);
            m->kept[at] = kept;
            m->has_masked |= !kept;
            if (!is_number(m->in.image[from]))
                gt_note(m, GT_MORPHOLOGY_EVENT_pixels_not_finite);
            m->image[at] = kept ? m->in.image[from] : 0;
            m->source[at] = m->in.segments[from] == m->in.label ? m->image[at] : 0;
            m->magnitude[at] = fabs(m->image[at]);
            m->source_sum += m->source[at];
            if (m->image[at] < m->least) m->least = m->image[at];
        }
}

void gt_turn_plane(const gt_morphology *m, const double *plane, double *turned) {
    int stride = m->width + 2;
    memset(turned, 0, (size_t)stride * (size_t)(m->height + 2) * sizeof *turned);
    for (int i = 0; i < m->height; i++)
        for (int j = 0; j < m->width; j++)
            turned[(m->height - i) * stride + m->width - j] = plane[i * m->width + j];
}

bool gt_stamp_cut(gt_morphology *m) {
    box b = box_of(m);
    if (b.area == 0) {
        gt_note(m, GT_MORPHOLOGY_EVENT_no_source);
        return false;
    }
    place(m, &b);
    find_bad_pixels(m);
    fill(m);
    if (!(m->source_sum > 0)) {
        gt_note(m, GT_MORPHOLOGY_EVENT_source_flux_not_positive);
        return false;
    }
    gt_turn_plane(m, m->image, m->turned);
    if (m->has_masked) gt_turn_plane(m, m->kept, m->turned_kept);
    gt_running_sums(m->height, m->width, m->image, m->running);
    gt_running_sums(m->height, m->width, m->magnitude, m->magnitude_running);
    gt_running_sums(m->height, m->width, m->kept, m->kept_running);
    return true;
}
