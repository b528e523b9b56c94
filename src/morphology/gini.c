#include <math.h>

#include "sort.h"
#include "work.h"

/* Sorts the map's pixels into m->sorted; their number. */
static int sort_map(gt_morphology *m) {
    int n = 0;
    for (int at = 0; at < m->height * m->width; at++)
        if (m->gini_map[at]) m->sorted[n++] = m->image[at];
    gt_sort_in_room((size_t)n, m->sorted, m->keys);
    return n;
}

/* Magnitudes in order: negative ones from the middle down, positive ones from the middle up. */
static double gini_of(int n, const double *sorted) {
    int below = 0, above;
    double weighted = 0, sum = 0;
    while (below < n && sorted[below] < 0) below++;
    above = below--;
    for (int i = 1; i <= n; i++) {
        bool takes_above = below < 0 || (above < n && sorted[above] <= -sorted[below]);
        double v = takes_above ? sorted[above++] : -sorted[below--];
        weighted += (2.0 * i - n - 1) * v;
        sum += v;
    }
    return sum > 0 ? weighted / ((n - 1) * sum) : GT_MORPHOLOGY_NONE;
}

typedef struct flux {
    double sum, x, y;
} flux;

static flux flux_of_map(const gt_morphology *m) {
    flux f = {0};
    for (int i = 0; i < m->height; i++)
        for (int j = 0; j < m->width; j++) {
            double v = m->gini_map[i * m->width + j] ? m->image[i * m->width + j] : 0;
            f.sum += v;
            f.x += j * v;
            f.y += i * v;
        }
    f.x /= f.sum, f.y /= f.sum;
    return f;
}

/* Second moment about the centroid of pixels of the map that are at least so bright; pixels
 * outside it are 0, and add nothing. */
static double second_moment(const gt_morphology *m, const flux *f, double least) {
    double moment = 0;
    for (int i = 0; i < m->height; i++)
        for (int j = 0; j < m->width; j++) {
            int at = i * m->width + j;
            if (!m->gini_map[at] || !(m->image[at] >= least)) continue;
            double x = j - f->x, y = i - f->y;
            moment += m->image[at] * (x * x + y * y);
        }
    return moment;
}

/* The value from which on the brightest pixels have 20 % of the flux. */
static bool find_bright(int n, const double *sorted, double total, double *least) {
    double sum = 0;
    for (int i = 0; i < n; i++) {
        sum += sorted[i];
        *least = sorted[i];
        if (sum / total >= 0.8) return true;
    }
    return false;
}

static void measure_m20(gt_morphology *m, int n) {
    flux f = flux_of_map(m);
    double least = 0;
    if (n == 0) return;
    if (!(f.sum > 0)) {
        gt_note(m, GT_MORPHOLOGY_EVENT_m20_flux_not_positive);
        return;
    }
    if (!find_bright(n, m->sorted, f.sum, &least)) {
        gt_note(m, GT_MORPHOLOGY_EVENT_m20_no_bright_pixels);
        return;
    }
    double all = second_moment(m, &f, -INFINITY), bright = second_moment(m, &f, least);
    if (all > 0 && bright > 0)
        m->out->m20 = log10(bright / all);
    else
        gt_note(m, GT_MORPHOLOGY_EVENT_m20_moment_not_positive);
}

void gt_gini_measure(gt_morphology *m) {
    int n = sort_map(m);
    if (n > 1) m->out->gini = gini_of(n, m->sorted);
    if (m->out->gini == GT_MORPHOLOGY_NONE) gt_note(m, GT_MORPHOLOGY_EVENT_gini_too_few_pixels);
    measure_m20(m, n);
}
