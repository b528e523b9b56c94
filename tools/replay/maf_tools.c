/* Reading recorded flows: sizes, parameters, tolerances. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "maf_replay.h"

static int64_t read_size(gt_recording *rec, const char *key) {
    double value = gt_recording_number(rec, key, 0);
    if (!(value >= 1 && value <= 1 << 12) || value != floor(value))
        gt_recording_fail(rec, GT_BAD_FORMAT, "metadata '%s': a size of %g, expected 1 to 4096",
                          key, value);
    return (int64_t)value;
}

bool maf_replay_open(maf_replay *r, gt_recording *rec, const char *held) {
    *r = (maf_replay){.rec = rec};
    int64_t features = read_size(rec, "D"), width = read_size(rec, "H");
    maf_settings settings = {.blocks = read_size(rec, "K"), .width = width};
    gt_model_input input = {.channels = features,
                            .height = 1,
                            .width = 1,
                            .shift = GT_REALS(0),
                            .scale = GT_REALS(1)};
    int index = held ? gt_recording_find(rec, held) : -1;
    if (held && !rec->status && index < 0)
        gt_recording_fail(rec, GT_BAD_FORMAT, "no tensor '%s'", held);
    if (held && !rec->status) gt_recording_fits(rec, index, GT_SHAPE(width, width));
    if (!rec->status)
        rec->status = gt_model_create(&gt_model_maf, &settings, &input, &r->model, rec->err);
    if (rec->status) return false;
    r->net = gt_model_self(r->model);
    r->params = gt_model_params(r->model);
    return maf_replay_begin(r);
}

bool maf_replay_begin(maf_replay *r) {
    int count = gt_params_count(r->params);
    gt_replay_job_destroy(r->job);
    free(r->leaves);
    r->job = gt_replay_job_create(r->rec);
    r->leaves = calloc((size_t)count, sizeof(gt_tensor *));
    if (!r->leaves) gt_recording_fail(r->rec, GT_NO_MEMORY, "no memory for leaves");
    if (r->rec->status) return false;
    r->g = gt_replay_job_graph(r->job);
    for (int i = 0; i < count; ++i) r->leaves[i] = gt_params_tensor(r->g, r->params, i);
    gt_replay_job_parameters(r->job, r->params, r->leaves);
    return true;
}

void maf_replay_close(maf_replay *r) {
    gt_replay_job_destroy(r->job);
    gt_model_destroy(r->model);
    free(r->leaves);
}

void maf_replay_read(maf_replay *r, const char *prefix) {
    char name[160];
    gt_model_fixed fixed;
    for (int i = 0; i < gt_params_count(r->params) && !r->rec->status; ++i) {
        uint64_t count = 0;
        snprintf(name, sizeof name, "%s.%s", prefix, gt_params_name(r->params, i));
        int index = gt_recording_find(r->rec, name);
        if (index >= 0 && !gt_recording_fits(r->rec, index, gt_params_shape(r->params, i)))
            return;
        float *values = gt_recording_input(r->rec, name, &count);
        if (values)
            memcpy(gt_params_values(r->params) + gt_params_offset(r->params, i), values,
                   count * sizeof *values);
        free(values);
    }
    for (int i = 0; gt_model_fixed_at(r->model, i, &fixed); ++i) {
        snprintf(name, sizeof name, "%s.%s", prefix, fixed.name);
        gt_recording_compare_floats(r->rec, name, fixed.shape, fixed.values, GT_REPLAY_ZEROS,
                                    0);
    }
}

gt_tensor *maf_replay_rows(maf_replay *r, const char *name) {
    int index = gt_recording_find(r->rec, name);
    const gt_st_tensor *tensor =
        index < 0 ? NULL : gt_safetensors_at(r->rec->file, (size_t)index);
    bool fits = tensor && tensor->rank == 2 && tensor->shape[0] >= 1 &&
                tensor->shape[1] == r->net->features;
    if (!fits)
        gt_recording_fail(r->rec, GT_BAD_SHAPE, "no tensor '%s' of rows of %lld numbers", name,
                          (long long)r->net->features);
    if (r->rec->status) return gt_constant(r->g, 0, GT_SHAPE(r->net->features, 1));
    gt_tensor *leaf = gt_input(r->g, name, GT_SHAPE(tensor->shape[0], r->net->features));
    gt_replay_feed(r->job, leaf, "%s", name);
    return maf_turn(r->g, leaf);
}

float *maf_replay_inverse(maf_replay *r, const char *codes_name, const char *log_det_name,
                          int64_t *count) {
    uint64_t values = 0;
    float *noise = gt_recording_input(r->rec, "noise", &values), *codes = NULL, *log_det;
    int64_t n = (int64_t)values / r->net->features;
    *count = n;
    if (noise && (n < 1 || (uint64_t)(n * r->net->features) != values))
        gt_recording_fail(r->rec, GT_BAD_SHAPE, "'noise' has %llu values",
                          (unsigned long long)values);
    if (!r->rec->status) codes = malloc((values + (uint64_t)n) * sizeof *codes);
    if (!r->rec->status && !codes)
        gt_recording_fail(r->rec, GT_NO_MEMORY, "no memory for codes");
    if (codes) {
        log_det = codes + values;
        r->rec->status = maf_invert(r->net, r->params, gt_params_values(r->params), n, noise,
                                    codes, log_det, r->rec->err);
        gt_recording_compare_floats(r->rec, codes_name, GT_SHAPE(n, r->net->features), codes,
                                    GT_REPLAY_PLAIN, 0);
        gt_recording_compare_floats(r->rec, log_det_name, GT_SHAPE(n), log_det, GT_REPLAY_PLAIN,
                                    0);
    }
    free(noise);
    return codes;
}

/* ---- Tolerances ------------------------------------------------------------------------ */

/* [absolute, relative], or {"max_abs": ..., "max_rel": ...}; relative 0 where there is none. */
static void read_error(const json_t *value, double *absolute, double *relative) {
    bool is_list = json_is_array(value);
    *absolute = json_number_value(is_list ? json_array_get(value, 0)
                                          : json_object_get(value, "max_abs"));
    *relative = json_number_value(is_list ? json_array_get(value, 1)
                                          : json_object_get(value, "max_rel"));
}

/* Group "eval.layer" holds all names that begin so; words behind the first (about entries left
 * out) are not part of it. Where errors were measured of the entries that count alone, those
 * are told last, as absolute ones, and replace the others. */
static void judge_group(gt_recording *rec, const char *group, const json_t *value) {
    double absolute, relative, largest = 0;
    size_t length = strcspn(group, " "), count = gt_safetensors_count(rec->file);
    read_error(value, &absolute, &relative);
    for (int pass = 0; pass < 2; ++pass)
        for (size_t i = 0; i < count && !rec->status; ++i) {
            const char *name = gt_safetensors_at(rec->file, i)->name;
            if (strncmp(name, group, length) != 0) continue;
            double own = gt_recording_largest(rec, (int)i);
            largest = fmax(largest, own);
            if (pass == 0) continue;
            double scale = fmax(own, 1e-3 * largest);
            rec->tolerances[i] = relative > 0 ? fmax(10 * relative, 1e-6) * scale
                                              : fmax(10 * absolute, 1e-6 * scale);
        }
}

void maf_replay_tolerances(gt_recording *rec) {
    const char *group;
    json_t *errors = gt_recording_object(rec, "fp32_error"), *value;
    json_object_foreach(errors, group, value) {
        if (json_is_object(value) || json_is_array(value)) judge_group(rec, group, value);
    }
    json_decref(errors);
}
