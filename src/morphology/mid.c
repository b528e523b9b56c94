/* The pixels that multimode, intensity and deviation look at (Freeman et al. 2013, Mon. Not. R.
 * Astron. Soc. 434, 282): those of the source above a quantile of its brightness, so chosen
 * that the faintest are `eta` times as bright as their mean.
 */
#include <string.h>

#include "components.h"
#include "root.h"
#include "sort.h"
#include "work.h"

/* A map covers another where the part that both have is this share of the larger one. */
static const double LEAST_OVERLAP = 0.25;

typedef struct growing {
    gt_morphology *m;
    int count; /* pixels of the source, whose brightness is in m->sorted */
} growing;

static int sort_source(gt_morphology *m) {
    int n = 0;
    for (int i = 0; i < m->height; i++)
        for (int j = 0; j < m->width; j++) {
            double v = m->source[i * m->width + j];
            m->bright[i * m->width + j] = v > 0 ? v : 0;
            if (gt_is_source(m, i, j)) m->sorted[n++] = v > 0 ? v : 0;
        }
    gt_sort_in_room((size_t)n, m->sorted, m->keys);
    return n;
}

static double value_at(const growing *g, double quantile) {
    return g->m->sorted[(int)(quantile * (g->count - 1))];
}

/* Gives label 2 to pixels as bright as a quantile that hang together with the brightest one. */
static void take_clump(growing *g, double quantile) {
    gt_morphology *m = g->m;
    double least = value_at(g, quantile);
    for (int at = 0; at < m->height * m->width; at++) m->labels[at] = m->bright[at] >= least;
    gt_fill_component(m->height, m->width, m->labels, gt_brightest_pixel(m), 2, m->stack);
}

static double excess(void *self, double quantile) {
    growing *g = self;
    gt_morphology *m = g->m;
    double sum = 0;
    int count = 0;
    take_clump(g, quantile);
    for (int at = 0; at < m->height * m->width; at++)
        if (m->labels[at] == 2) sum += m->bright[at], count++;
    return value_at(g, quantile) / (sum / count) - m->set.eta;
}

static inline int within(int i, int n) {
    return i < 0 ? 0 : i < n ? i : n - 1;
}

/* At least 5 of the 9 pixels about it, which beyond the edge are those at it, are in the clump.
 */
static bool is_majority(const gt_morphology *m, int y, int x) {
    int count = 0;
    for (int i = y - 1; i <= y + 1; i++)
        for (int j = x - 1; j <= x + 1; j++)
            count += m->labels[within(i, m->height) * m->width + within(j, m->width)] == 2;
    return count > 4;
}

static void smooth_clump(gt_morphology *m) {
    int pixels = m->height * m->width, brightest = gt_brightest_pixel(m);
    for (int i = 0; i < m->height; i++)
        for (int j = 0; j < m->width; j++) m->mid_map[i * m->width + j] = is_majority(m, i, j);
    if (!m->mid_map[brightest]) gt_note(m, GT_MORPHOLOGY_EVENT_mid_map_lacked_brightest_pixel);
    m->mid_map[brightest] = 1;
    for (int at = 0; at < pixels; at++) m->labels[at] = m->mid_map[at];
    gt_fill_component(m->height, m->width, m->labels, brightest, 2, m->stack);
    for (int at = 0; at < pixels; at++) m->mid_map[at] = m->labels[at] == 2;
}

static void compare_maps(gt_morphology *m) {
    int64_t both = 0;
    for (int at = 0; at < m->height * m->width; at++) {
        m->out->mid_area += m->mid_map[at];
        both += m->mid_map[at] && m->gini_map[at];
        if (!m->mid_map[at]) m->bright[at] = 0;
    }
    int64_t larger =
        m->out->mid_area > m->out->gini_area ? m->out->mid_area : m->out->gini_area;
    if (larger == 0)
        gt_note(m, GT_MORPHOLOGY_EVENT_gini_and_mid_maps_empty);
    else if ((double)both / (double)larger < LEAST_OVERLAP)
        gt_note(m, GT_MORPHOLOGY_EVENT_gini_and_mid_maps_differ);
}

void gt_mid_map_make(gt_morphology *m) {
    growing g = {m, sort_source(m)};
    gt_known all = {0, excess(&g, 0)};
    if (all.f > 0) {
        gt_note(m, GT_MORPHOLOGY_EVENT_mid_map_replaced_by_gini_map);
        memcpy(m->mid_map, m->gini_map, (size_t)m->height * (size_t)m->width);
    } else {
        gt_known brightest = {1, excess(&g, 1)};
        take_clump(&g, gt_brent_root(excess, &g, all, brightest, 1.0 / g.count));
        smooth_clump(m);
    }
    compare_maps(m);
}
