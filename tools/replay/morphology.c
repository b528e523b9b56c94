/* Replays measurements of galaxies by statmorph: images and segmentation maps to the five
 * coefficients, MID and the outline and all that is measured on the way, and, where the file
 * has grays, from them to the maps. Its other measurements (out.sersic_..., out.flux_circ, ...)
 * are only read over. */
#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "morphology_replay.h"

static double *room_for(gt_recording *rec, size_t count) {
    double *values = calloc(count + 1, sizeof *values);
    if (!values) gt_recording_fail(rec, GT_NO_MEMORY, "no memory for %zu values", count);
    return values;
}

/* An input of as many values as images have; NULL where the file has none of that name. */
double *gt_morphology_replay_plane(morphology_replay *r, const char *name) {
    uint64_t values = 0;
    if (r->rec->status || gt_recording_find(r->rec, name) < 0) return NULL;
    double *out = gt_recording_input_double(r->rec, name, &values);
    if (out && values != r->count * r->height * r->width)
        gt_recording_fail(r->rec, GT_BAD_SHAPE, "'%s' is not as large as 'images'", name);
    return out;
}

static void read_shape(morphology_replay *r) {
    int index = gt_recording_find(r->rec, "images");
    const gt_st_tensor *images = gt_safetensors_at(r->rec->file, (size_t)index);
    if (images->rank != 3 || images->shape[0] < 1 || images->shape[1] < 1 ||
        images->shape[2] < 1 || images->shape[1] > 1 << 14 || images->shape[2] > 1 << 14) {
        gt_recording_fail(r->rec, GT_BAD_SHAPE, "'images' is not (n, height, width)");
        return;
    }
    r->count = (size_t)images->shape[0];
    r->height = (size_t)images->shape[1];
    r->width = (size_t)images->shape[2];
}

/* One value an image. */
static double *column_of(morphology_replay *r, const char *name) {
    uint64_t values = 0;
    if (r->rec->status || gt_recording_find(r->rec, name) < 0) return NULL;
    double *out = gt_recording_input_double(r->rec, name, &values);
    if (out && values != r->count)
        gt_recording_fail(r->rec, GT_BAD_SHAPE, "'%s' has %llu values, expected %zu", name,
                          (unsigned long long)values, r->count);
    return out;
}

static void read_problem(morphology_replay *r) {
    read_shape(r);
    r->image = gt_morphology_replay_plane(r, "images");
    r->segments = gt_morphology_replay_plane(r, "segmaps");
    r->weights = gt_morphology_replay_plane(r, "weightmaps");
    r->masks = gt_morphology_replay_plane(r, "masks");
    r->has_weights = column_of(r, "has_weightmap");
    free(column_of(r, "gain")); /* no coefficient depends on it */
    if (r->rec->status) return;
    r->results = calloc(r->count, sizeof *r->results);
    r->gini_maps = room_for(r->rec, r->count * r->height * r->width);
    r->mid_maps = room_for(r->rec, r->count * r->height * r->width);
    if (!r->results || !r->gini_maps || !r->mid_maps)
        gt_recording_fail(r->rec, GT_NO_MEMORY, "no memory for %zu measurements", r->count);
    if (!r->rec->status)
        r->rec->status =
            gt_morphology_create((int)r->height, (int)r->width, NULL, &r->room, r->rec->err);
}

static void keep_maps(morphology_replay *r, size_t i) {
    const gt_morphology_result *result = &r->results[i];
    gt_morphology_planes planes;
    if (result->flag == 4) return;
    gt_morphology_last_planes(r->room, &planes);
    for (int y = 0; y < result->stamp_height; y++)
        for (int x = 0; x < result->stamp_width; x++) {
            size_t to = (i * r->height + (size_t)(result->stamp_y + y)) * r->width +
                        (size_t)(result->stamp_x + x);
            r->gini_maps[to] = planes.gini_map[y * result->stamp_width + x];
            r->mid_maps[to] = planes.mid_map[y * result->stamp_width + x];
        }
}

static void measure_all(morphology_replay *r) {
    size_t pixels = r->height * r->width;
    int32_t *segments = calloc(pixels, sizeof *segments);
    uint8_t *mask = calloc(pixels, 1);
    int32_t label =
        (int32_t)gt_morphology_replay_whole(gt_recording_number(r->rec, "label", 1));
    if (!segments || !mask) gt_recording_fail(r->rec, GT_NO_MEMORY, "no memory for a map");
    for (size_t i = 0; !r->rec->status && i < r->count; i++) {
        for (size_t at = 0; at < pixels; at++) {
            segments[at] = (int32_t)gt_morphology_replay_whole(r->segments[i * pixels + at]);
            mask[at] = r->masks && r->masks[i * pixels + at] != 0;
        }
        bool weighted = r->weights && (!r->has_weights || r->has_weights[i] != 0);
        gt_morphology_input input = {.image = r->image + i * pixels,
                                     .segments = segments,
                                     .label = label,
                                     .weights = weighted ? r->weights + i * pixels : NULL,
                                     .mask = mask};
        gt_morphology_measure(r->room, &input, &r->results[i]);
        keep_maps(r, i);
    }
    free(segments);
    free(mask);
}

/* One measured number: its name in the file, where it is in a result, how well it agrees. */
typedef struct quantity {
    const char *name;
    size_t offset;
    double tolerance;
} quantity;

#define AT(member) offsetof(gt_morphology_result, member)
static const quantity quantities[] = {
    {"out.concentration", AT(concentration), 1e-3},
    {"out.asymmetry", AT(asymmetry), 1e-3},
    {"out.smoothness", AT(smoothness), 1e-3},
    {"out.gini", AT(gini), 1e-3},
    {"out.m20", AT(m20), 1e-3},
    {"out.xc_centroid", AT(centroid_x), 1e-3},
    {"out.yc_centroid", AT(centroid_y), 1e-3},
    {"out.xc_asymmetry", AT(centre_x), 1e-3},
    {"out.yc_asymmetry", AT(centre_y), 1e-3},
    {"out.ellipticity_centroid", AT(centroid_shape.ellipticity), 1e-3},
    {"out.elongation_centroid", AT(centroid_shape.elongation), 1e-3},
    {"out.orientation_centroid", AT(centroid_shape.orientation), 1e-3},
    {"out.ellipticity_asymmetry", AT(centre_shape.ellipticity), 1e-3},
    {"out.elongation_asymmetry", AT(centre_shape.elongation), 1e-3},
    {"out.orientation_asymmetry", AT(centre_shape.orientation), 1e-3},
    {"out.rpetro_circ_centroid", AT(petrosian_centroid), 2e-3},
    {"out.rpetro_circ", AT(petrosian), 2e-3},
    {"out.rpetro_ellip", AT(petrosian_ellipse), 2e-3},
    {"out.r20", AT(r20), 2e-3},
    {"out.r50", AT(r50), 2e-3},
    {"out.r80", AT(r80), 2e-3},
    {"out.multimode", AT(multimode), 1e-3},
    {"out.intensity", AT(intensity), 1e-3},
    {"out.deviation", AT(deviation), 1e-3},
    {"out.rmax_circ", AT(reach), 2e-3},
    {"out.rmax_ellip", AT(reach_ellipse), 2e-3},
    {"out.rhalf_circ", AT(half_light), 2e-3},
    {"out.rhalf_ellip", AT(half_light_ellipse), 2e-3},
    {"out.outer_asymmetry", AT(outer_asymmetry), 1e-3},
    {"out.shape_asymmetry", AT(shape_asymmetry), 1e-3},
    {"out.sky_mean", AT(sky_mean), 1e-9},
    {"out.sky_median", AT(sky_median), 1e-9},
    {"out.sky_sigma", AT(sky_sigma), 1e-9},
    {"out.sky_asymmetry", AT(sky_asymmetry), 1e-9},
    {"out.sky_smoothness", AT(sky_smoothness), 1e-9},
};

static double value_of(const gt_morphology_result *result, size_t offset) {
    double value;
    memcpy(&value, (const char *)result + offset, sizeof value);
    return value;
}

/* The recorded column of that name; NULL after a failure, and where the file has none. */
double *gt_morphology_replay_recorded(morphology_replay *r, const char *name, size_t count) {
    uint64_t values = 0;
    if (r->rec->status || gt_recording_find(r->rec, name) < 0) return NULL;
    double *want = gt_recording_expected(r->rec, name, &values);
    if (!want || values == count) return want;
    gt_recording_fail(r->rec, GT_BAD_SHAPE, "'%s' has %llu values, expected %zu", name,
                      (unsigned long long)values, count);
    free(want);
    return NULL;
}

/* Whether the ellipse of that semi-major axis, less half the annulus, holds the whole stamp:
 * then the annulus lies outside of it, covers nothing, and the reference divides rounding by
 * rounding.
 */
static bool is_beyond_stamp(const gt_morphology_result *q, double semi_major) {
    double a = semi_major - 0.5, b = a / q->centre_shape.elongation;
    double c = cos(q->centre_shape.orientation), s = sin(q->centre_shape.orientation);
    for (int corner = 0; corner < 4; corner++) {
        double x = q->stamp_x - 0.5 + (corner & 1 ? q->stamp_width : 0) - q->centre_x;
        double y = q->stamp_y - 0.5 + (corner & 2 ? q->stamp_height : 0) - q->centre_y;
        if (hypot((c * x + s * y) / a, (c * y - s * x) / b) > 1) return false;
    }
    return true;
}

/* By image: its elliptical Petrosian radius cannot be reproduced, and, unless it fills the
 * stamp at any radius, neither can the map of Gini and M20. */
static void find_beyond(morphology_replay *r) {
    double *want = column_of(r, "out.rpetro_ellip");
    r->is_beyond = calloc(r->count, 1);
    if (!r->is_beyond) gt_recording_fail(r->rec, GT_NO_MEMORY, "no memory for images");
    for (size_t i = 0; r->is_beyond && want && i < r->count; i++)
        r->is_beyond[i] = r->results[i].flag < 4 && is_beyond_stamp(&r->results[i], want[i]);
    free(want);
}

static bool has_lost_map(const morphology_replay *r, size_t i) {
    uint64_t is_full = r->results[i].events >> GT_MORPHOLOGY_EVENT_gini_map_full & 1;
    return r->is_beyond[i] && !is_full;
}

/* The largest error of a column in units of what is allowed. */
static double worst_of(const morphology_replay *r, const quantity *q, const double *want) {
    double worst = 0;
    for (size_t i = 0; i < r->count; i++) {
        double got = value_of(&r->results[i], q->offset), allowed = q->tolerance;
        if (q->offset == AT(petrosian_ellipse) && r->is_beyond[i]) continue;
        if ((q->offset == AT(gini) || q->offset == AT(m20)) && has_lost_map(r, i)) continue;
        /* One pixel near the centroid makes it: errors of the centroid count tenfold. */
        if (q->offset == AT(m20) && got < -5) allowed *= 10;
        /* Of an aborted one the reference has no intermediate values. */
        if (r->results[i].flag == 4 && isnan(want[i])) continue;
        double error = fabs(got - want[i]) / allowed;
        if (!(error <= worst)) worst = isnan(error) ? INFINITY : error;
    }
    return worst;
}

static void compare_quantities(morphology_replay *r) {
    bool is_of_bytes = gt_recording_find(r->rec, "gray") >= 0;
    for (size_t k = 0; k < sizeof quantities / sizeof *quantities; k++) {
        quantity q = quantities[k];
        /* The minimum is flat in pictures of 256 levels. */
        if (is_of_bytes && (q.offset == AT(centre_x) || q.offset == AT(centre_y)))
            q.tolerance = 5e-3;
        double *want = gt_morphology_replay_recorded(r, q.name, r->count);
        if (want)
            gt_recording_judged(r->rec, q.name, worst_of(r, &q, want) * q.tolerance,
                                q.tolerance);
        free(want);
    }
}

/* Numbers of which none may differ; those of aborted images are none. */
typedef struct whole_number {
    const char *name;
    size_t per_image;
    void (*get)(const gt_morphology_result *result, double *out);
} whole_number;

static void get_box(const gt_morphology_result *q, double *out) {
    double box[] = {q->sky_y, q->sky_x, q->sky_size, q->sky_size};
    memcpy(out, box, sizeof box);
}

#define GET(name, expression)                                            \
    static void get_##name(const gt_morphology_result *q, double *out) { \
        *out = expression;                                               \
    }
GET(bad_pixels, q->bad_pixels)
GET(stamp_x, q->stamp_x)
GET(stamp_y, q->stamp_y)
GET(stamp_last_x, q->stamp_x + q->stamp_width - 1)
GET(stamp_last_y, q->stamp_y + q->stamp_height - 1)
GET(stamp_width, q->stamp_width)
GET(stamp_height, q->stamp_height)

static const whole_number whole_numbers[] = {
    {"skybox_yxhw", 4, get_box},
    {"out.num_badpixels", 1, get_bad_pixels},
    {"out.xmin_stamp", 1, get_stamp_x},
    {"out.ymin_stamp", 1, get_stamp_y},
    {"out.xmax_stamp", 1, get_stamp_last_x},
    {"out.ymax_stamp", 1, get_stamp_last_y},
    {"out.nx_stamp", 1, get_stamp_width},
    {"out.ny_stamp", 1, get_stamp_height},
};

static void compare_whole_numbers(morphology_replay *r) {
    for (size_t k = 0; k < sizeof whole_numbers / sizeof *whole_numbers; k++) {
        const whole_number *w = &whole_numbers[k];
        double *want = gt_morphology_replay_recorded(r, w->name, r->count * w->per_image),
               got[4], worst = 0;
        for (size_t i = 0; want && i < r->count; i++) {
            if (r->results[i].flag == 4) continue;
            w->get(&r->results[i], got);
            for (size_t c = 0; c < w->per_image; c++)
                worst = fmax(worst, fabs(got[c] - want[i * w->per_image + c]));
        }
        if (want) gt_recording_judged(r->rec, w->name, worst, 0);
        free(want);
    }
}

/* Events that the reference knows of a part of its measurements, and the flag that follows. */
static void compare_events_of(morphology_replay *r, uint64_t part, const char *events_name,
                              const char *flag_name) {
    static const uint64_t REFERENCE = (UINT64_C(1) << 35) - 1;
    static const uint64_t NOT_REACHED = UINT64_C(1)
                                        << GT_MORPHOLOGY_EVENT_elliptical_petrosian_not_reached;
    static const uint64_t OF_MAP = UINT64_C(0x7f) << GT_MORPHOLOGY_EVENT_gini_map_empty;
    double *events = gt_morphology_replay_recorded(r, events_name, r->count), of_events = 0;
    double *flags = gt_morphology_replay_recorded(r, flag_name, r->count), of_flags = 0;
    for (size_t i = 0; i < r->count && !r->rec->status; i++) {
        uint64_t all = r->results[i].events & part, got = all & REFERENCE;
        uint64_t want = events ? (uint64_t)gt_morphology_replay_whole(events[i]) : got;
        uint64_t lost = r->is_beyond[i] ? NOT_REACHED : 0;
        if (has_lost_map(r, i)) lost |= OF_MAP;
        got = (got & ~lost) | (want & lost);
        if (got != want) of_events++;
        int flag = gt_morphology_flag(got | (all & ~REFERENCE));
        if (flags) of_flags = fmax(of_flags, fabs(flags[i] - flag));
    }
    if (events) gt_recording_judged(r->rec, events_name, of_events, 0);
    if (flags) gt_recording_judged(r->rec, flag_name, of_flags, 0);
    free(events);
    free(flags);
}

static void compare_events(morphology_replay *r) {
    compare_events_of(r, GT_MORPHOLOGY_CORE, "out.events_core", "out.flag_core");
    compare_events_of(r, UINT64_MAX, "out.events", "out.flag");
}

/* One map in 50 may differ in 2 pixels, where the smoothed image is as bright as its limit. */
static void compare_maps(morphology_replay *r, const char *name, const double *got) {
    size_t pixels = r->height * r->width;
    double *want = gt_morphology_replay_recorded(r, name, r->count * pixels), worst = 0;
    size_t allowed = r->count / 50 + 1;
    for (size_t i = 0; want && i < r->count; i++) {
        double differing = 0;
        if (has_lost_map(r, i)) continue;
        for (size_t at = i * pixels; at < (i + 1) * pixels; at++)
            differing += want[at] != got[at];
        if (differing > 0 && differing <= 2 && allowed) allowed--, differing = 0;
        worst = fmax(worst, differing);
    }
    if (want) gt_recording_judged(r->rec, name, worst, 0);
    free(want);
}

/* What the file has beyond what is measured here, as statmorph names it. */
static void read_over_the_rest(morphology_replay *r) {
    static const char *const names[] = {
        "out.flux_circ",        "out.flux_ellip",        "out.gini_m20_bulge",
        "out.gini_m20_merger",  "out.sn_per_pixel",      "out.rms_asymmetry2",
        "out.sersic_amplitude", "out.sersic_rhalf",      "out.sersic_n",
        "out.sersic_xc",        "out.sersic_yc",         "out.sersic_ellip",
        "out.sersic_theta",     "out.sersic_chi2_dof",   "out.sersic_aic",
        "out.sersic_bic",       "out.diagonal_distance", "out.runtime_full",
        "out.runtime_core",     "out.flag_sersic",       "out.raised",
        "out.raised_core",
    };
    uint64_t count;
    for (size_t i = 0; !r->rec->status && i < sizeof names / sizeof *names; i++)
        if (gt_recording_find(r->rec, names[i]) >= 0)
            free(gt_recording_input_double(r->rec, names[i], &count));
}

static void compare_all(morphology_replay *r) {
    find_beyond(r);
    if (r->rec->status) return;
    compare_quantities(r);
    compare_whole_numbers(r);
    compare_events(r);
    compare_maps(r, "gini_segmap", r->gini_maps);
    compare_maps(r, "mid_segmap", r->mid_maps);
    gt_morphology_replay_segmentation(r);
    gt_morphology_replay_grays(r);
    read_over_the_rest(r);
}

static void replay_morphology(gt_recording *rec) {
    morphology_replay r = {.rec = rec};
    rec->result->has_measured = true;
    read_problem(&r);
    if (!rec->status) measure_all(&r);
    if (!rec->status) compare_all(&r);
    gt_morphology_destroy(r.room);
    free(r.image), free(r.segments), free(r.weights), free(r.has_weights), free(r.masks);
    free(r.results), free(r.gini_maps), free(r.mid_maps), free(r.is_beyond);
}

static bool accepts(const gt_safetensors *file) {
    const gt_st_tensor *tensor;
    return gt_safetensors_get(file, "segmaps", &tensor, NULL) == GT_OK &&
           gt_safetensors_get(file, "images", &tensor, NULL) == GT_OK;
}

const gt_replayer gt_replayer_morphology = {"morphology", accepts, replay_morphology};
