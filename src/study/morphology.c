/* morphology.c - see morphology.h. */
#include "morphology.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "file.h"
#include "galatea/interrupt.h"
#include "galatea/log.h"
#include "mismatch.h"
#include "morphology_rows.h"
#include "progress.h"
#include "provenance.h"
#include "team.h"

/* Images read at once: enough for all threads, few enough for memory. */
static const size_t BATCH = 256, BATCH_BYTES = 1 << 24;

/* ---- Planes beside the images ------------------------------------------------------------ */

static gt_status open_plane(const gt_dataset *images, const char *path, gt_dataset **out,
                            gt_error *err) {
    if (!path) return GT_OK;
    gt_status status = gt_dataset_open(path, out, err);
    if (status) return status;
    const gt_dataset_info *of = gt_dataset_describe(images), *is = gt_dataset_describe(*out);
    if (is->count == of->count && is->channels == 1 && is->height == of->height &&
        is->width == of->width)
        return GT_OK;
    return gt_fail(err, GT_BAD_SHAPE,
                   "%s has %" PRIu64 " rows of %zux%zux%zu, expected %" PRIu64
                   " of 1x%zux%zu, as many as %s",
                   path, is->count, is->channels, is->height, is->width, of->count, of->height,
                   of->width, gt_dataset_path(images));
}

static gt_status open_planes(gt_morphing *m, gt_error *err) {
    gt_status status = GT_OK;
    const gt_morphing_settings *s = &m->settings;
    const gt_dataset *images = m->sets[0].data;
    GT_TRY(open_plane(images, s->segmentation, &m->segmentation, err));
    GT_TRY(open_plane(images, s->weights, &m->weights, err));
    GT_TRY(open_plane(images, s->mask, &m->mask, err));
done:
    return status;
}

/* ---- Measuring --------------------------------------------------------------------------- */

typedef struct work {
    const gt_morphing *m;
    gt_morphed_set *set;
    gt_morphing_batch batch;
    gt_morphing_room *rooms; /* one a thread */
    int threads;
} work;

static void measure_piece(void *self, int64_t at, int worker) {
    work *w = self;
    gt_morphing_measure(w->m, w->set, &w->batch, (size_t)at, &w->rooms[worker],
                        &w->set->rows[w->batch.first + (uint64_t)at]);
}

static gt_status take_rooms(work *w, gt_error *err) {
    gt_status status = GT_OK;
    w->rooms = calloc((size_t)w->threads, sizeof *w->rooms);
    if (!w->rooms) GT_THROW(err, GT_NO_MEMORY, "no memory for %d threads", w->threads);
    for (int i = 0; i < w->threads; i++)
        GT_TRY(gt_morphing_room_create(w->set, &w->rooms[i], err));
done:
    return status;
}

static void free_rooms(work *w) {
    for (int i = 0; w->rooms && i < w->threads; i++) gt_morphing_room_free(&w->rooms[i]);
    free(w->rooms);
}

static size_t batch_of(const gt_morphed_set *set) {
    size_t bytes = gt_dataset_row_bytes(gt_dataset_describe(set->data));
    size_t fitting = BATCH_BYTES / bytes, most = BATCH;
    if (fitting < most) most = fitting ? fitting : 1;
    return set->count < most ? (size_t)set->count : most;
}

static gt_status measure_set(const gt_context *context, const gt_morphing *m,
                             gt_morphed_set *set, gt_error *err) {
    gt_status status = GT_OK;
    work w = {.m = m, .set = set, .threads = context->threads};
    bool has_low = false;
    gt_progress progress = gt_context_progress(context, (int64_t)set->count, set->name);
    GT_TRY(take_rooms(&w, err));
    GT_TRY(gt_morphing_batch_create(m, set, batch_of(set), &w.batch, err));
    for (uint64_t at = 0; at < set->count; at += w.batch.count) {
        uint64_t left = set->count - at;
        if (gt_interrupt_pending())
            GT_THROW(err, GT_INTERRUPTED, "interrupted, no file written");
        GT_TRY(gt_morphing_batch_read(
            m, set, at, left < w.batch.most ? (size_t)left : w.batch.most, &w.batch, err));
        GT_TRY(gt_morphing_check_map(m, &w.batch, err));
        has_low |= gt_morphing_weights_are_low(m, &w.batch);
        gt_team_run(w.threads, (int64_t)w.batch.count, measure_piece, &w);
        gt_progress_update(&progress, (int64_t)(at + w.batch.count), NULL);
    }
    if (has_low)
        gt_remark("%s: some weights are 0 or less: a pixel is left out where its weight is no "
                  "number, and counts in full everywhere else",
                  m->settings.weights);
done:
    gt_progress_finish(&progress);
    gt_morphing_batch_free(&w.batch);
    free_rooms(&w);
    return status;
}

/* A map that is given stands in the place of the set's own plane. */
static unsigned planes_in_use(const gt_morphing_settings *settings, unsigned there) {
    if (settings->mask) there &= ~(unsigned)GT_PLANE_MASK;
    if (settings->weights) there &= ~(unsigned)GT_PLANE_IVAR;
    return settings->drops_planes ? 0 : there;
}

static gt_status open_set(const gt_morphing_settings *settings, gt_morphed_set *set,
                          const char *path, gt_error *err) {
    gt_status status = GT_OK;
    set->path = path;
    gt_base_name(path, set->name);
    GT_TRY(gt_dataset_open(path, &set->data, err));
    const gt_dataset_info *info = gt_dataset_describe(set->data);
    set->count = info->count;
    set->flux = settings->keeps_stretch ? (gt_flux){.white = 1} : gt_flux_of(info);
    set->planes = planes_in_use(settings, info->planes);
    GT_TRY(gt_row_columns_read(set->data, GT_COLUMNS_ALL, &set->columns, err));
    set->rows = calloc(set->count + 1, sizeof *set->rows);
    if (!set->rows)
        GT_THROW(err, GT_NO_MEMORY, "no memory for %" PRIu64 " measurements", set->count);
done:
    return status;
}

static gt_status name_sets(gt_morphing *m, gt_error *err) {
    gt_named named[GT_MORPHING_SETS];
    for (size_t i = 0; i < m->count; i++)
        named[i] = (gt_named){m->sets[i].name, m->sets[i].path};
    return gt_names_tell_apart(named, m->count, err);
}

/* Sources of another size are cut out otherwise, whatever their shapes. */
static gt_status compare_areas(const gt_morphing *m, gt_error *err) {
    gt_status status = GT_OK;
    gt_morphed_summary first, other;
    GT_TRY(gt_morphing_summary(m, 0, &first, err));
    for (size_t i = 1; i < m->count; i++) {
        GT_TRY(gt_morphing_summary(m, i, &other, err));
        if (other.segment_area == first.segment_area) continue;
        if (other.segment_area <= 0 || first.segment_area <= 0)
            gt_remark("%s: half of the images or more hold no source, those of %s do",
                      m->sets[other.segment_area > 0 ? 0 : i].path,
                      m->sets[other.segment_area > 0 ? i : 0].path);
        else if (fabs(other.segment_area / first.segment_area - 1) > 0.2)
            gt_remark("%s: the median source has %.0f pixels, that of %s %.0f: sources end "
                      "elsewhere, and all coefficients differ with that",
                      m->sets[i].path, other.segment_area, m->sets[0].path, first.segment_area);
    }
done:
    return status;
}

/* A box that has no room beside a galaxy lies on it. */
gt_status gt_morphing_tell_frames(const gt_morphing *m, gt_error *err) {
    gt_status status = GT_OK;
    for (size_t i = 0; i < m->count; i++) {
        gt_morphed_summary s;
        GT_TRY(gt_morphing_summary(m, i, &s, err));
        if (s.sky_box < GT_SKY_BOX)
            gt_remark("%s: frames are small for their galaxies: %" PRIu64 " of %" PRIu64
                      " have a sky box below %d pixels, which may hold parts of them",
                      m->sets[i].path, s.small_boxes, s.measured, GT_SKY_BOX);
    }
done:
    return status;
}

void gt_morphing_tell_flux(const gt_morphing *m) {
    for (size_t i = 0; i < m->count; i++) {
        const gt_morphed_set *set = &m->sets[i];
        if (set->flux.is_lost)
            gt_remark("%s: its pixels are not linear in flux (%s), and cannot be turned back: "
                      "its coefficients belong to the pictures as they are",
                      set->path, set->flux.name);
        else if (*set->flux.name)
            gt_remark("%s: its stretch (%s) is undone before measuring", set->path,
                      set->flux.name);
    }
}

static gt_status check_sets(const char *const *sets, size_t count, gt_error *err) {
    for (size_t i = 1; i < count; i++)
        for (size_t k = 0; k < i; k++)
            if (gt_file_is_same(sets[i], sets[k]))
                return gt_fail(err, GT_USAGE, "%s is given twice, expected sets of their own",
                               sets[i]);
    return GT_OK;
}

static gt_status check_settings(const gt_morphing_settings *s, size_t count, gt_error *err) {
    const char *plane = s->segmentation ? s->segmentation : s->weights ? s->weights : s->mask;
    if (plane && count > 1)
        return gt_fail(err, GT_USAGE, "%s belongs to one set of images, not to %zu", plane,
                       count);
    return GT_OK;
}

static gt_status record(const gt_context *context, const char *const *sets, gt_morphing *m,
                        gt_error *err) {
    const char *inputs[GT_MORPHING_SETS + 4] = {NULL};
    const char *planes[] = {m->settings.segmentation, m->settings.weights, m->settings.mask};
    size_t count = m->count;
    memcpy(inputs, sets, count * sizeof *inputs);
    for (size_t i = 0; i < sizeof planes / sizeof *planes; i++)
        if (planes[i]) inputs[count++] = planes[i];
    return gt_provenance_make(context->invocation, inputs, &m->provenance, err);
}

gt_status gt_morphing_compute(const gt_context *context, const gt_morphing_settings *settings,
                              const char *const *sets, size_t count, gt_morphing *m,
                              gt_error *err) {
    gt_status status = GT_OK;
    const char *paths[GT_MORPHING_SETS + 1] = {NULL};
    GT_ASSERT(count > 0 && count <= GT_MORPHING_SETS);
    memcpy(paths, sets, count * sizeof *paths);
    m->settings = *settings;
    GT_TRY(check_settings(settings, count, err));
    GT_TRY(check_sets(sets, count, err));
    for (size_t i = 0; i < count; i++) {
        m->count = i + 1;
        GT_TRY(open_set(settings, &m->sets[i], sets[i], err));
    }
    GT_TRY(open_planes(m, err));
    GT_TRY(gt_mismatch_check_sets(context, paths, "", err));
    GT_TRY(name_sets(m, err));
    for (size_t i = 0; i < count; i++) GT_TRY(measure_set(context, m, &m->sets[i], err));
    GT_TRY(compare_areas(m, err));
    GT_TRY(record(context, sets, m, err));
done:
    return status;
}

void gt_morphing_free(gt_morphing *m) {
    for (size_t i = 0; i < m->count; i++) {
        gt_dataset_close(m->sets[i].data);
        free(m->sets[i].rows);
    }
    gt_dataset_close(m->segmentation);
    gt_dataset_close(m->weights);
    gt_dataset_close(m->mask);
    free(m->provenance);
    *m = (gt_morphing){0};
}
