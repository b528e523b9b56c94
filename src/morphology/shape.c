#include <math.h>

#include "work.h"

typedef struct moments {
    double xx, xy, yy;
} moments;

static moments moments_about(const gt_morphology *m, const double c[2]) {
    moments s = {0};
    for (int i = 0; i < m->height; i++) {
        double y = i - c[1], row = 0, row_x = 0;
        for (int j = 0; j < m->width; j++) {
            double x = j - c[0], v = m->source[i * m->width + j];
            row += v;
            row_x += x * v;
            s.xx += x * x * v;
        }
        s.xy += y * row_x;
        s.yy += y * y * row;
    }
    s.xx /= m->source_sum, s.xy /= m->source_sum, s.yy /= m->source_sum;
    return s;
}

/* As Bertin and Arnouts' SExtractor has it: no source is thinner than a pixel. */
static void thicken(moments *s) {
    static const double PIXEL = 1.0 / 12; /* variance of one */
    while (fabs(s->xx * s->yy - s->xy * s->xy) < PIXEL * PIXEL) {
        s->xx += s->xx >= 0 ? PIXEL : -PIXEL;
        s->yy += s->yy >= 0 ? PIXEL : -PIXEL;
    }
}

gt_morphology_shape gt_shape_about(const gt_morphology *m, const double centre[2],
                                   bool *is_positive) {
    moments s = moments_about(m, centre);
    *is_positive = s.xx > 0 && s.yy > 0;
    thicken(&s);
    double middle = (s.xx + s.yy) / 2, half = hypot((s.xx - s.yy) / 2, s.xy);
    double a = sqrt(fmax(fabs(middle + half), fabs(middle - half)));
    double b = sqrt(fmin(fabs(middle + half), fabs(middle - half)));
    return (gt_morphology_shape){1 - b / a, a / b, 0.5 * atan2(2 * s.xy, s.xx - s.yy)};
}
