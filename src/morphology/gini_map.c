/* The pixels that Gini and M20 look at: those as bright as the image at its Petrosian radius.
 */
#include <math.h>
#include <string.h>

#include "components.h"
#include "filter.h"
#include "work.h"

static void smooth(gt_morphology *m) {
    int side = m->height > m->width ? m->height : m->width;
    gt_taps taps = gt_gaussian_taps(m->set.petro_fraction_gini * m->out->petrosian_ellipse,
                                    side, m->weights);
    gt_filter(m->height, m->width, m->image, taps, GT_BORDER_ZERO, m->between, m->line,
              m->smooth);
}

/* Mean of the smoothed image at the Petrosian radius, about the centroid. */
static double threshold(gt_morphology *m) {
    const gt_morphology_shape *shape = &m->out->centre_shape;
    double outer = m->out->petrosian_ellipse + 0.5, inner = m->out->petrosian_ellipse - 0.5;
    gt_ellipse e = {m->centroid[0], m->centroid[1], outer, outer / shape->elongation,
                    shape->orientation};
    gt_cover_make(&m->cover, m->height, m->width, &e);
    double area = M_PI * e.a * e.b, sum = gt_cover_sum_directly(&m->cover, m->smooth);
    e.a = inner;
    e.b = inner / shape->elongation;
    gt_cover_make(&m->cover, m->height, m->width, &e);
    sum -= gt_cover_sum_directly(&m->cover, m->smooth);
    return sum / (area - M_PI * e.a * e.b);
}

/* Keeps what hangs together with the brightest smoothed pixel. */
static int64_t keep_brightest(gt_morphology *m, int set) {
    int pixels = m->height * m->width, brightest = 0;
    for (int at = 1; at < pixels; at++)
        if (m->smooth[at] > m->smooth[brightest]) brightest = at;
    int kept = gt_fill_component(m->height, m->width, m->labels, brightest, 2, m->stack);
    if (kept < set) gt_note(m, GT_MORPHOLOGY_EVENT_gini_map_several_components);
    for (int at = 0; at < pixels; at++) m->gini_map[at] = m->labels[at] == 2;
    return kept;
}

void gt_gini_map_make(gt_morphology *m) {
    int pixels = m->height * m->width, set = 0;
    smooth(m);
    double least = threshold(m);
    for (int at = 0; at < pixels; at++) {
        m->labels[at] = m->gini_map[at] = m->smooth[at] >= least;
        set += m->labels[at];
    }
    m->out->gini_area = set;
    if (set == 0)
        gt_note(m, GT_MORPHOLOGY_EVENT_gini_map_empty);
    else if (set == pixels)
        gt_note(m, GT_MORPHOLOGY_EVENT_gini_map_full);
    else
        m->out->gini_area = keep_brightest(m, set);
}
