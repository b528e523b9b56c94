#include "work.h"

static void moments_first(const gt_morphology *m, double c[2]) {
    double x = 0, y = 0;
    for (int i = 0; i < m->height; i++) {
        double row = 0;
        for (int j = 0; j < m->width; j++) {
            row += m->source[i * m->width + j];
            x += j * m->source[i * m->width + j];
        }
        y += i * row;
    }
    c[0] = x / m->source_sum;
    c[1] = y / m->source_sum;
}

static void find_brightest(gt_morphology *m) {
    int best = 0;
    for (int at = 1; at < m->height * m->width; at++)
        if (m->source[at] > m->source[best]) best = at;
    m->brightest[0] = best % m->width;
    m->brightest[1] = best / m->width;
}

void gt_centroid_find(gt_morphology *m) {
    double *c = m->centroid;
    moments_first(m, c);
    if (!(c[0] >= 0 && c[0] < m->width && c[1] >= 0 && c[1] < m->height)) {
        gt_note(m, GT_MORPHOLOGY_EVENT_centroid_outside_stamp);
        c[0] = m->width / 2.0;
        c[1] = m->height / 2.0;
    }
    if (m->image[(int)c[1] * m->width + (int)c[0]] == 0)
        gt_note(m, GT_MORPHOLOGY_EVENT_centroid_pixel_is_zero);
    find_brightest(m);
    m->out->centroid_x = m->x0 + c[0];
    m->out->centroid_y = m->y0 + c[1];
}
