#include <math.h>

#include "sort.h"
#include "work.h"

/* labels[at]: side of the largest square of free pixels whose last corner is there. */
static void grow_squares(gt_morphology *m) {
    int n = m->width;
    for (int i = 0; i < m->height; i++)
        for (int j = 0; j < n; j++) {
            size_t from = (size_t)(m->y0 + i) * (size_t)m->most_width + (size_t)(m->x0 + j);
            bool is_free = m->in.segments[from] == 0 && !(m->in.mask && m->in.mask[from]);
            int32_t *at = &m->labels[i * n + j], side = 0;
            if (i && j) {
                side = at[-1] < at[-n] ? at[-1] : at[-n];
                if (at[-n - 1] < side) side = at[-n - 1];
            }
            *at = is_free ? side + 1 : 0;
        }
}

/* The first one from the top; the last possible row and column of corners are not tried. */
static bool find_box(gt_morphology *m, int side) {
    for (int i = 0; i < m->height - side; i++)
        for (int j = 0; j < m->width - side; j++)
            if (m->labels[(i + side - 1) * m->width + j + side - 1] >= side) {
                m->out->sky_y = i, m->out->sky_x = j, m->out->sky_size = side;
                return true;
            }
    return false;
}

static void box_statistics(gt_morphology *m) {
    gt_morphology_result *out = m->out;
    int side = out->sky_size, count = side * side;
    const double *corner = m->image + out->sky_y * m->width + out->sky_x;
    double sum = 0, squares = 0, turned = 0;
    for (int i = 0; i < side; i++)
        for (int j = 0; j < side; j++) {
            double v = corner[i * m->width + j];
            m->sorted[i * side + j] = v;
            sum += v;
            turned += fabs(v - corner[(side - 1 - i) * m->width + side - 1 - j]);
        }
    out->sky_mean = sum / count;
    for (int k = 0; k < count; k++)
        squares += (m->sorted[k] - out->sky_mean) * (m->sorted[k] - out->sky_mean);
    gt_sort_in_room((size_t)count, m->sorted, m->keys);
    out->sky_median = gt_sorted_median((size_t)count, m->sorted);
    out->sky_sigma = sqrt(squares / count);
    out->sky_asymmetry = turned / count;
}

void gt_sky_measure(gt_morphology *m) {
    int side = m->set.sky_box_size;
    grow_squares(m);
    while (!find_box(m, side)) {
        if (side <= 2) {
            gt_note(m, GT_MORPHOLOGY_EVENT_no_sky_box);
            gt_note(m,
                    GT_MORPHOLOGY_EVENT_sky_mean_exceeds_sky_sigma); /* as the reference says */
            return;
        }
        side /= 2;
        gt_note(m, GT_MORPHOLOGY_EVENT_sky_box_size_halved);
    }
    box_statistics(m);
    if (fabs(m->out->sky_mean) > m->out->sky_sigma)
        gt_note(m, GT_MORPHOLOGY_EVENT_sky_mean_exceeds_sky_sigma);
}
