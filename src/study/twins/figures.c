/* figures.c - which figures there are, and when they are drawn. */
#include "figures.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "galatea/log.h"
#include "provenance.h"

/* Than the tables of all sizes. */
static bool is_newer(const gt_sweep *sweep, const char *path, const char *const *names,
                     bool *some) {
    bool all = true;
    *some = false;
    for (size_t i = 0; i < sweep->size_count; i++)
        all = gt_figures_is_newer(&(gt_twin){sweep, sweep->sizes[i], 0}, path, names, some) &&
              all;
    return all;
}

/* ---- of all sizes ---- */

static gt_status draw_cosines(const gt_sweep *sweep, const char *path, const char *provenance,
                              gt_error *err) {
    return gt_figures_cosines(sweep, false, path, provenance, err);
}

static gt_status draw_centred(const gt_sweep *sweep, const char *path, const char *provenance,
                              gt_error *err) {
    return gt_figures_cosines(sweep, true, path, provenance, err);
}

static const char *const from_cosines[] = {"cosine.csv", "nearest_a.csv", "nearest_b.csv",
                                           NULL};
static const char *const from_shapes[] = {"morphology_a.csv", NULL};
static const char *const from_denoising[] = {"denoising_a.json", "denoising_b.json", NULL};

static const struct {
    const char *name;
    const char *const *from;
    gt_status (*draw)(const gt_sweep *sweep, const char *path, const char *provenance,
                      gt_error *err);
} of_sizes[] = {{"cosine", from_cosines, draw_cosines},
                {"cosine_centred", from_cosines, draw_centred},
                {"denoising", from_denoising, gt_figures_denoising},
                {"morphology", from_shapes, gt_figures_shapes}};

/* ---- of one size ---- */

static const char *const from_inversion[] = {"inversion.csv", NULL};
static const char *const from_pairs[] = {"inversion_pairs.csv", NULL};
static const char *const from_scores[] = {"scores.csv", NULL};
static const char *const from_verdicts[] = {"verdict_a.csv", "verdict_b.csv", NULL};

static gt_status draw_brightless(const gt_twin *twin, const char *path, const char *provenance,
                                 gt_error *err) {
    return gt_figures_verdict(twin, "centred", path, provenance, err);
}

static gt_status draw_pixels(const gt_twin *twin, const char *path, const char *provenance,
                             gt_error *err) {
    return gt_figures_verdict(twin, "pixels", path, provenance, err);
}

static gt_status draw_shapes(const gt_twin *twin, const char *path, const char *provenance,
                             gt_error *err) {
    return gt_figures_verdict(twin, "morphology", path, provenance, err);
}

static const struct {
    const char *name;
    const char *const *from;
    gt_status (*draw)(const gt_twin *twin, const char *path, const char *provenance,
                      gt_error *err);
} of_a_size[] = {{"inversion", from_inversion, gt_figures_inversion},
                 {"inversion_pairs", from_pairs, gt_figures_pairs},
                 {"scores", from_scores, gt_figures_scores},
                 {"verdict_centred", from_verdicts, draw_brightless},
                 {"verdict_pixels", from_verdicts, draw_pixels},
                 {"verdict_morphology", from_verdicts, draw_shapes}};

/* ---- of one size of all models ---- */

/* Whether a figure is there, and newer than that table of every model. */
static bool is_newer_than_all(const gt_twin *t, const char *path, const char *const *names,
                              size_t *models) {
    size_t count = 0;
    bool all = true;
    const gt_model_class *const *classes = gt_model_classes(&count);
    *models = 0;
    for (size_t i = 0; i < count; i++) {
        gt_sibling of;
        bool some = false;
        gt_sibling_of(t->sweep, classes[i], &of);
        all = gt_figures_is_newer(&(gt_twin){&of.sweep, t->size, 0}, path, names, &some) && all;
        *models += some;
    }
    return all;
}

static const char *const from_samples[] = {"samples_a.json", NULL};

static const struct {
    const char *name;
    const char *ending; /* NULL: that of the settings */
    const char *const *from;
    size_t least; /* models */
    gt_status (*draw)(const gt_twin *twin, const char *path, const char *provenance,
                      gt_error *err);
} of_models[] = {{"pictures", "png", from_samples, 1, gt_figures_pictures},
                 {"morphology", NULL, from_shapes, 2, gt_figures_models_shapes}};

/* ---- all of them ---- */

enum {
    OF_SIZES = sizeof of_sizes / sizeof *of_sizes,
    OF_A_SIZE = sizeof of_a_size / sizeof *of_a_size,
    OF_MODELS = sizeof of_models / sizeof *of_models
};

/* Nothing to draw is no failure. */
static gt_status forgive(gt_status status, const char *path, const gt_error *why) {
    if (status == GT_BAD_ARGUMENT) gt_remark("%s is not drawn: %s", path, why->text);
    return status == GT_BAD_ARGUMENT ? GT_OK : status;
}

static gt_status draw_size(const gt_twin *t, const char *provenance, gt_error *err) {
    gt_status status = GT_OK;
    char name[GT_TWINS_NAME], path[GT_TWINS_PATH];
    for (size_t i = 0; i < OF_A_SIZE; i++) {
        bool some = false;
        snprintf(name, sizeof name, "%s.%s", of_a_size[i].name, t->sweep->settings->figures);
        GT_TRY(gt_twin_path(t, name, path, err));
        if (gt_figures_is_newer(t, path, of_a_size[i].from, &some) || !some) continue;
        GT_TRY(forgive(of_a_size[i].draw(t, path, provenance, err), path, err));
    }
done:
    return status;
}

static gt_status draw_models(const gt_twin *t, const char *provenance, gt_error *err) {
    gt_status status = GT_OK;
    char path[GT_TWINS_PATH];
    for (size_t i = 0; i < OF_MODELS; i++) {
        size_t models = 0;
        const char *ending = of_models[i].ending;
        GT_TRY(gt_sweep_path(t->sweep, path, err, "%s-%lld.%s", of_models[i].name,
                             (long long)t->size,
                             ending ? ending : t->sweep->settings->figures));
        if (is_newer_than_all(t, path, of_models[i].from, &models)) continue;
        if (models < of_models[i].least) continue;
        GT_TRY(forgive(of_models[i].draw(t, path, provenance, err), path, err));
    }
done:
    return status;
}

static gt_status draw_all(const gt_sweep *sweep, const char *provenance, gt_error *err) {
    gt_status status = GT_OK;
    char path[GT_TWINS_PATH];
    for (size_t i = 0; i < OF_SIZES; i++) {
        bool some = false;
        GT_TRY(gt_sweep_path(sweep, path, err, "%s/%s.%s", sweep->job->model->name,
                             of_sizes[i].name, sweep->settings->figures));
        if (is_newer(sweep, path, of_sizes[i].from, &some) || !some) continue;
        GT_TRY(forgive(of_sizes[i].draw(sweep, path, provenance, err), path, err));
    }
    for (size_t i = 0; i < sweep->size_count; i++) {
        const gt_twin t = {sweep, sweep->sizes[i], 0};
        GT_TRY(draw_size(&t, provenance, err));
        GT_TRY(draw_models(&t, provenance, err));
    }
done:
    return status;
}

gt_status gt_figures_draw(const gt_sweep *sweep, gt_error *err) {
    gt_status status = GT_OK;
    gt_error why = {0};
    char *provenance = NULL;
    if (strcmp(sweep->settings->figures, "none") == 0) return GT_OK;
    GT_TRY(gt_provenance_make(sweep->context->invocation, NULL, &provenance, err));
    status = draw_all(sweep, provenance, &why);
    if (status == GT_NOT_FOUND) {
        gt_remark("no figures: %s", why.text);
        status = GT_OK;
    } else if (status) {
        status = gt_fail(err, status, "%s", why.text);
    }
done:
    free(provenance);
    return status;
}
