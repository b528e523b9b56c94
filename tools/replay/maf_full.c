/* Replays flows whose weights are told by a formula, and masks alone. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "formula.h"
#include "maf_replay.h"

static void fill_parameter(gt_params *params, int index) {
    const char *name = gt_params_name(params, index);
    gt_shape shape = gt_params_shape(params, index);
    float *values = gt_params_values(params) + gt_params_offset(params, index);
    uint64_t seed = gt_formula_seed(name);
    bool is_weight = gt_formula_ends_in(name, ".weight"),
         is_variance = gt_formula_ends_in(name, "running_var");
    double scale = is_weight ? sqrt(1 / (double)shape.dim[1]) : 0.1;
    for (int64_t i = 0; i < gt_shape_count(shape); ++i) {
        double u = gt_formula_uniform(seed, (uint64_t)i);
        values[i] = (float)(is_variance ? 0.8 + 0.4 * u : scale * (2 * u - 1));
    }
}

/* "check.first4.NAME": the first four values of a parameter. */
static void compare_first(const maf_replay *r) {
    enum { FIRST = 4 };
    static const char prefix[] = "check.first4.";
    for (size_t i = 0; i < gt_safetensors_count(r->rec->file); ++i) {
        const char *name = gt_safetensors_at(r->rec->file, i)->name;
        if (strncmp(name, prefix, sizeof prefix - 1) != 0) continue;
        int index = gt_params_find(r->params, name + sizeof prefix - 1);
        if (index < 0 || gt_shape_count(gt_params_shape(r->params, index)) < FIRST) continue;
        gt_recording_compare_floats(r->rec, name, GT_SHAPE(FIRST),
                                    gt_params_values(r->params) +
                                        gt_params_offset(r->params, index),
                                    GT_REPLAY_PLAIN, 0);
    }
}

static void replay_full(gt_recording *rec) {
    static const gt_replay_rule rules[] = {{NULL, 0}};
    maf_replay r;
    maf_pass *pass = NULL;
    int64_t count = 0;
    rec->rules = rules;
    if (gt_safetensors_metadata(rec->file, "fp32_error")) maf_replay_tolerances(rec);
    if (maf_replay_open(&r, rec, NULL)) {
        for (int i = 0; i < gt_params_count(r.params); ++i) fill_parameter(r.params, i);
        compare_first(&r);
        gt_tensor *x = maf_replay_rows(&r, "x");
        if (!rec->status)
            rec->status = maf_pass_create(r.net, r.g, r.leaves, x, false, &pass, rec->err);
        if (pass) {
            gt_replay_expect(r.job, maf_turn(r.g, pass->u), GT_REPLAY_PLAIN, "u");
            gt_replay_expect(r.job, pass->log_det, GT_REPLAY_PLAIN, "logdet");
            gt_replay_expect(r.job, pass->log_p, GT_REPLAY_PLAIN, "logp");
            gt_replay_job_run(r.job);
        }
        maf_pass_destroy(pass);
        free(maf_replay_inverse(&r, "inverse.x", "inverse.logdet", &count));
    }
    maf_replay_close(&r);
}

static bool accepts_full(const gt_safetensors *file) {
    return gt_safetensors_metadata(file, "recipe") && gt_safetensors_metadata(file, "K") &&
           gt_safetensors_find(file, "logp");
}

const gt_replayer gt_replayer_maf_full = {"maf, weights by formula", accepts_full, replay_full};

/* ---- Masks ------------------------------------------------------------------------- */

/* "input.D6.H23" and so on; `which` is the number of the mask. */
static bool read_mask_name(const char *name, int *which, int64_t *features, int64_t *width) {
    static const char *const kinds[MAF_MASKS] = {"input.", "hidden.", "output."};
    long long d = 0, h = 0;
    int used = 0;
    for (*which = 0; *which < MAF_MASKS; ++*which) {
        size_t length = strlen(kinds[*which]);
        if (strncmp(name, kinds[*which], length) != 0) continue;
        if (sscanf(name + length, "D%5lld.H%5lld%n", &d, &h, &used) != 2) return false;
        *features = d;
        *width = h;
        return name[length + (size_t)used] == 0 && d >= 2 && h >= 1;
    }
    return false;
}

static void compare_mask(gt_recording *rec, int index, int which, int64_t features,
                         int64_t width) {
    gt_shape shape = GT_SHAPE(which == 2 ? 2 * features : width, which ? width : features);
    maf_settings settings = {.blocks = 1, .width = width};
    maf *net = NULL;
    if (!gt_recording_fits(rec, index, shape)) return;
    gt_params *params = gt_params_create();
    if (!params) {
        gt_recording_fail(rec, GT_NO_MEMORY, "no memory for a mask");
        return;
    }
    rec->status = maf_create(&settings, features, params, &net, rec->err);
    if (net)
        gt_recording_compare_floats(rec, gt_safetensors_at(rec->file, (size_t)index)->name,
                                    shape, net->masks[which], GT_REPLAY_ZEROS, 0);
    maf_destroy(net);
    gt_params_destroy(params);
}

static void replay_masks(gt_recording *rec) {
    static const gt_replay_rule rules[] = {{NULL, 0}};
    rec->rules = rules;
    for (size_t i = 0; i < gt_safetensors_count(rec->file) && !rec->status; ++i) {
        int which;
        int64_t features, width;
        if (read_mask_name(gt_safetensors_at(rec->file, i)->name, &which, &features, &width))
            compare_mask(rec, (int)i, which, features, width);
    }
}

static bool accepts_masks(const gt_safetensors *file) {
    int which;
    int64_t features, width;
    return gt_safetensors_count(file) > 0 &&
           read_mask_name(gt_safetensors_at(file, 0)->name, &which, &features, &width);
}

const gt_replayer gt_replayer_maf_masks = {"maf masks", accepts_masks, replay_masks};
