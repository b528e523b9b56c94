#include <math.h>

#include "filter.h"
#include "work.h"

/* above = what of the plane is above its running mean; a window of one pixel leaves nothing. */
static void take_above(gt_morphology *m, int height, int width, const double *plane, int window,
                       double *above) {
    int side = height > width ? height : width;
    if (window <= 1) window = 1;
    gt_filter(height, width, plane, gt_boxcar_taps(window, side, m->weights), GT_BORDER_REFLECT,
              m->between, m->line, above);
#pragma omp simd
    for (int at = 0; at < height * width; at++)
        above[at] = plane[at] > above[at] ? plane[at] - above[at] : 0;
}

static void measure_sky(gt_morphology *m, int window) {
    int side = m->out->sky_size;
    double sum = 0;
    for (int i = 0; i < side; i++)
        for (int j = 0; j < side; j++)
            m->smooth[i * side + j] =
                m->image[(m->out->sky_y + i) * m->width + m->out->sky_x + j];
    take_above(m, side, side, m->smooth, window, m->above);
    for (int at = 0; at < side * side; at++) sum += m->above[at];
    m->out->sky_smoothness = sum / (side * side);
}

void gt_smoothness_measure(gt_morphology *m) {
    gt_morphology_result *out = m->out;
    double outer = m->set.petro_extent * out->petrosian;
    double inner = m->set.petro_fraction * out->petrosian;
    int window = inner < m->height + m->width ? (int)inner : m->height + m->width;
    gt_ellipse disk = gt_circle_at(m->centre, outer), hole = gt_circle_at(m->centre, inner);
    if (window <= 1) gt_note(m, GT_MORPHOLOGY_EVENT_smoothing_window_below_two_pixels);
    if (out->sky_size) measure_sky(m, window);
    take_above(m, m->height, m->width, m->image, window, m->above);
    gt_cover_make(&m->cover, m->height, m->width, &disk);
    gt_cover_make(&m->inner, m->height, m->width, &hole);
    gt_summed plane = {m->image, m->running};
    double flux = gt_cover_sum(&m->cover, plane) - gt_cover_sum(&m->inner, plane);
    if (!(flux > 0)) {
        gt_note(m, GT_MORPHOLOGY_EVENT_smoothness_flux_not_positive);
        return;
    }
    double above =
        gt_cover_sum_directly(&m->cover, m->above) - gt_cover_sum_directly(&m->inner, m->above);
    if (out->sky_size) above -= M_PI * (outer * outer - inner * inner) * out->sky_smoothness;
    out->smoothness = above / flux;
    if (isfinite(out->smoothness)) return;
    gt_note(m, GT_MORPHOLOGY_EVENT_smoothness_not_finite);
    out->smoothness = GT_MORPHOLOGY_NONE;
}
