#include "galatea/morphology.h"

#include <stdlib.h>

#include "work.h"

const char *gt_morphology_event_name(int bit) {
    switch (bit) {
#define NAME(number, name, flag) \
    case number:                 \
        return #name;
        GT_MORPHOLOGY_EVENTS(NAME)
#undef NAME
    default:
        return NULL;
    }
}

int gt_morphology_flag(uint64_t events) {
    int worst = 0;
#define WORST(bit, name, flag) \
    if (events >> bit & 1 && flag > worst) worst = flag;
    GT_MORPHOLOGY_EVENTS(WORST)
#undef WORST
    return worst;
}

gt_morphology_settings gt_morphology_defaults(void) {
    return (gt_morphology_settings){.cutout_extent = 2.5,
                                    .min_cutout_size = 48,
                                    .outlier_sigma = 10,
                                    .eta = 0.2,
                                    .petro_extent = 1.5,
                                    .petro_fraction = 0.25,
                                    .petro_fraction_gini = 0.2,
                                    .sky_box_size = 32};
}

static gt_status check(int height, int width, const gt_morphology_settings *s, gt_error *err) {
    gt_status status = GT_OK;
    if (height < 1 || width < 1 || (int64_t)height * width > 1 << 28)
        GT_THROW(err, GT_BAD_ARGUMENT,
                 "morphology of images of %d x %d pixels: sides from 1, at most 2^28 pixels",
                 height, width);
    if (!(s->cutout_extent > 0 && s->eta > 0 && s->eta < 1 && s->petro_extent > 0 &&
          s->petro_fraction > 0 && s->petro_fraction < s->petro_extent &&
          s->petro_fraction_gini > 0 && s->sky_box_size >= 2 && s->min_cutout_size >= 2))
        GT_THROW(err, GT_BAD_ARGUMENT, "settings of the morphology are out of range");
done:
    return status;
}

static gt_status take_room(gt_morphology *m, int height, int width, gt_error *err) {
    gt_status status = GT_OK;
    size_t h = (size_t)height, w = (size_t)width, pixels = h * w, sums = h * (w + 1);
    size_t side = h > w ? h : w;
    struct {
        double **array;
        size_t count;
    } arrays[] = {
        {&m->image, pixels},
        {&m->running, sums},
        {&m->magnitude, pixels},
        {&m->magnitude_running, sums},
        {&m->source, pixels},
        {&m->kept, pixels},
        {&m->kept_running, sums},
        {&m->turned, (h + 2) * (w + 2)},
        {&m->turned_kept, (h + 2) * (w + 2)},
        {&m->turned_map, (h + 2) * (w + 2)},
        {&m->bright, pixels},
        {&m->smooth, pixels},
        {&m->above, pixels},
        {&m->between, pixels},
        {&m->line, 3 * side + 9},
        {&m->weights, 2 * side + 9},
        {&m->sorted, pixels},
    };
    bool is_full = true;
    /* Vectors read and write beyond the end. */
    for (size_t i = 0; i < sizeof arrays / sizeof *arrays; i++)
        is_full &= (*arrays[i].array =
                        calloc(arrays[i].count + GT_COVER_LANES, sizeof(double))) != NULL;
    m->keys = calloc(2 * pixels + 2, sizeof *m->keys);
    m->labels = calloc(pixels, sizeof *m->labels);
    m->stack = calloc(sums, sizeof *m->stack);
    m->whole = calloc(6 * pixels + 2, sizeof *m->whole);
    m->gini_map = calloc(pixels, sizeof *m->gini_map);
    m->mid_map = calloc(pixels, sizeof *m->mid_map);
    m->outline = calloc(pixels, sizeof *m->outline);
    if (!is_full || !m->keys || !m->labels || !m->stack || !m->whole || !m->gini_map ||
        !m->mid_map || !m->outline)
        GT_THROW(err, GT_NO_MEMORY, "no memory to measure images of %d x %d pixels", height,
                 width);
    GT_TRY(gt_cover_create(&m->cover, height, width, err));
    GT_TRY(gt_cover_create(&m->inner, height, width, err));
done:
    return status;
}

gt_status gt_morphology_create(int height, int width, const gt_morphology_settings *settings,
                               gt_morphology **out, gt_error *err) {
    gt_status status = GT_OK;
    gt_morphology_settings defaults = gt_morphology_defaults();
    gt_morphology *m = NULL;
    GT_TRY(check(height, width, settings ? settings : &defaults, err));
    m = calloc(1, sizeof *m);
    if (m == NULL) GT_THROW(err, GT_NO_MEMORY, "no memory to measure images");
    m->set = settings ? *settings : defaults;
    m->most_height = height;
    m->most_width = width;
    GT_TRY(take_room(m, height, width, err));
    *out = m;
    m = NULL;
done:
    gt_morphology_destroy(m);
    return status;
}

void gt_morphology_destroy(gt_morphology *m) {
    if (m == NULL) return;
    double *arrays[] = {
        m->image,        m->running, m->magnitude,   m->magnitude_running, m->source, m->kept,
        m->kept_running, m->turned,  m->turned_kept, m->turned_map,        m->bright, m->smooth,
        m->above,        m->between, m->line,        m->weights,           m->sorted};
    for (size_t i = 0; i < sizeof arrays / sizeof *arrays; i++) free(arrays[i]);
    free(m->keys);
    free(m->labels);
    free(m->stack);
    free(m->whole);
    free(m->gini_map);
    free(m->mid_map);
    free(m->outline);
    gt_cover_free(&m->cover);
    gt_cover_free(&m->inner);
    free(m);
}

static const gt_morphology_shape NO_SHAPE = {GT_MORPHOLOGY_NONE, GT_MORPHOLOGY_NONE,
                                             GT_MORPHOLOGY_NONE};

static gt_morphology_result nothing(void) {
    const double none = GT_MORPHOLOGY_NONE;
    return (gt_morphology_result){.concentration = none,
                                  .asymmetry = none,
                                  .smoothness = none,
                                  .gini = none,
                                  .m20 = none,
                                  .centroid_x = none,
                                  .centroid_y = none,
                                  .centre_x = none,
                                  .centre_y = none,
                                  .centroid_shape = NO_SHAPE,
                                  .centre_shape = NO_SHAPE,
                                  .petrosian_centroid = none,
                                  .petrosian = none,
                                  .petrosian_ellipse = none,
                                  .r20 = none,
                                  .r50 = none,
                                  .r80 = none,
                                  .sky_mean = none,
                                  .sky_median = none,
                                  .sky_sigma = none,
                                  .sky_asymmetry = none,
                                  .sky_smoothness = none,
                                  .multimode = none,
                                  .intensity = none,
                                  .deviation = none,
                                  .outer_asymmetry = none,
                                  .shape_asymmetry = none,
                                  .reach = none,
                                  .reach_ellipse = none,
                                  .half_light = none,
                                  .half_light_ellipse = none,
                                  .bad_pixels = -1,
                                  .share_in_frame = none};
}

/* Of Gini's pixels one at least is above 0 and has noise to be compared with: that of the
 * weights, or of the sky and of its own light. */
static void look_for_signal(gt_morphology *m) {
    for (int i = 0; i < m->height; i++)
        for (int j = 0; j < m->width; j++) {
            int at = i * m->width + j;
            size_t from = (size_t)(m->y0 + i) * (size_t)m->most_width + (size_t)(m->x0 + j);
            if (!m->gini_map[at] || m->kept[at] == 0 || !(m->image[at] >= 0)) continue;
            if (m->in.weights ? m->in.weights[from] != 0
                              : m->image[at] > 0 || m->out->sky_sigma != 0)
                return;
        }
    gt_note(m, GT_MORPHOLOGY_EVENT_no_pixel_with_signal);
}

static void measure_all(gt_morphology *m) {
    gt_morphology_result *out = m->out;
    bool is_positive;
    gt_centroid_find(m);
    out->centroid_shape = gt_shape_about(m, m->centroid, &is_positive);
    gt_sky_measure(m);
    out->petrosian_centroid = gt_petrosian_circle(m, m->centroid);
    gt_asymmetry_measure(m);
    out->centre_shape = gt_shape_about(m, m->centre, &is_positive);
    if (!is_positive) gt_note(m, GT_MORPHOLOGY_EVENT_second_moment_not_positive);
    out->petrosian = gt_petrosian_circle(m, m->centre);
    out->petrosian_ellipse = gt_petrosian_ellipse(m);
    gt_concentration_measure(m);
    gt_smoothness_measure(m);
    gt_gini_map_make(m);
    gt_gini_measure(m);
    look_for_signal(m);
    gt_mid_map_make(m);
    gt_multimode_measure(m);
    gt_intensity_measure(m);
    gt_outline_measure(m);
}

void gt_morphology_measure(gt_morphology *m, const gt_morphology_input *input,
                           gt_morphology_result *out) {
    *out = nothing();
    m->in = *input;
    m->out = out;
    m->height = m->width = 0;
    if (gt_stamp_cut(m)) measure_all(m);
    out->flag = gt_morphology_flag(out->events);
    out->flag_core = gt_morphology_flag(out->events & GT_MORPHOLOGY_CORE);
    m->out = NULL;
}

void gt_morphology_last_planes(gt_morphology *m, gt_morphology_planes *out) {
    gt_asymmetry_difference(m, m->between);
    *out = (gt_morphology_planes){m->image, m->between, m->above, m->gini_map, m->mid_map};
}
