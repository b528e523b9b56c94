/* Reading recordings of learning from pairs of views: the network, its first values,
 * tolerances. */
#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ssl_replay.h"

/* ---- The network ----------------------------------------------------------------------- */

/* The whole numbers in "[4, 8, 16]" or "(24, 48, 24)"; as "4,8,16" too. */
static int read_sizes(gt_recording *rec, const char *key, int most, int64_t *out,
                      char text[96]) {
    int count = 0;
    size_t used = 0;
    const char *at = gt_recording_text(rec, key);
    text[0] = 0;
    for (; at && *at; ++at) {
        char *end;
        if (!isdigit((unsigned char)*at)) continue;
        long value = strtol(at, &end, 10);
        if (count == most || value < 1 || value > 1 << 12) {
            gt_recording_fail(rec, GT_BAD_FORMAT,
                              "metadata '%s': expected at most %d sizes from 1 to 4096", key,
                              most);
            return 0;
        }
        used += (size_t)snprintf(text + used, 96 - used, "%s%ld", count ? "," : "", value);
        out[count++] = value;
        at = end - 1;
    }
    return count;
}

static double optional(gt_recording *rec, const char *key, double otherwise) {
    return gt_safetensors_metadata(rec->file, key) ? gt_recording_number(rec, key, otherwise)
                                                   : otherwise;
}

static void read_heads(gt_recording *rec, bool is_simsiam, ssl_settings *out) {
    char text[96];
    int64_t sizes[3] = {0};
    if (read_sizes(rec, "proj", 2, sizes, text) != 2)
        gt_recording_fail(rec, GT_BAD_FORMAT, "metadata 'proj': expected two sizes");
    out->hidden = sizes[0];
    out->output = sizes[1];
    out->projection_layers = (int64_t)optional(rec, "proj_layers", is_simsiam ? 3 : 2);
    if (out->projection_layers < 1 || out->projection_layers > SSL_LAYERS)
        gt_recording_fail(rec, GT_BAD_FORMAT, "metadata 'proj_layers': expected 1 to %d",
                          SSL_LAYERS);
    if (!gt_safetensors_metadata(rec->file, "pred")) return;
    if (read_sizes(rec, "pred", 3, sizes, text) != 3 || sizes[0] != out->output ||
        sizes[2] != out->output)
        gt_recording_fail(rec, GT_BAD_FORMAT,
                          "metadata 'pred': expected three sizes, the outer ones %lld",
                          (long long)out->output);
    out->prediction_hidden = sizes[1];
}

gt_model *ssl_replay_model(gt_recording *rec, const char *images) {
    char widths[96], blocks[96];
    int64_t unused[RESNET_STAGES];
    gt_model *model = NULL;
    const gt_model_class *class = NULL;
    ssl_settings settings = {.widths = widths, .blocks = blocks, .prediction_hidden = 1};
    const char *method = gt_recording_text(rec, "method");
    int index = gt_recording_find(rec, images);
    read_sizes(rec, "widths", RESNET_STAGES, unused, widths);
    read_sizes(rec, "blocks", RESNET_STAGES, unused, blocks);
    if (rec->status) return NULL;
    read_heads(rec, strcmp(method, "simsiam") == 0, &settings);
    settings.temperature = optional(rec, "temperature", 0.5);
    const gt_st_tensor *x = index < 0 ? NULL : gt_safetensors_at(rec->file, (size_t)index);
    if (!x || x->rank != 4 || x->elements > 1 << 26 ||
        x->shape[1] != (int64_t)gt_recording_number(rec, "in_channels", 1))
        gt_recording_fail(rec, GT_BAD_SHAPE, "no tensor '%s' of images", images);
    if (!rec->status) rec->status = gt_model_class_find(method, &class, rec->err);
    if (!rec->status && class->needs.views != 2)
        gt_recording_fail(rec, GT_BAD_FORMAT, "method '%s' learns from no pairs", method);
    if (rec->status) return NULL;
    gt_model_input input = GT_MODEL_INPUT(x->shape[1], x->shape[2], x->shape[3], 0, 1);
    rec->status = gt_model_create(class, &settings, &input, &model, rec->err);
    return model;
}

void ssl_replay_read(gt_recording *rec, gt_model *model) {
    gt_params *params = gt_model_params(model);
    char name[160];
    for (int i = 0; i < gt_params_count(params) && !rec->status; ++i) {
        uint64_t count = 0;
        snprintf(name, sizeof name, "init.%s", gt_params_name(params, i));
        int index = gt_recording_find(rec, name);
        if (index >= 0 && !gt_recording_fits(rec, index, gt_params_shape(params, i))) return;
        float *values = gt_recording_input(rec, name, &count);
        if (values)
            memcpy(gt_params_values(params) + gt_params_offset(params, i), values,
                   count * sizeof *values);
        free(values);
    }
}

/* ---- Tolerances ------------------------------------------------------------------------ */

/* The groups of the metadata and the tensors in them: names that begin so. */
static const struct group {
    const char *title, *parts[5];
} groups[] = {
    {"forward (h,z,p,target_z)", {"h0", "h1", "z", "p0", "p1"}},
    {"forward (h,z,p,target_z)", {"target_z"}},
    {"loss step1", {"loss.step1"}},
    {"loss step2-3", {"loss.step2", "loss.step3"}},
    {"grad", {"grad."}},
    {"buffer1", {"buffer1."}},
    {"buffer3", {"buffer3."}},
    {"param1", {"param1."}},
    {"param3", {"param3."}},
    {"target1", {"target1."}},
    {"target3", {"target3."}},
    {"collapse_std", {"collapse_std."}},
    {"h0_eval_after3", {"h0_eval_after3"}}, /* behind "h0" */
};

static bool is_in(const struct group *group, const char *name) {
    for (int i = 0; i < 5 && group->parts[i]; ++i)
        if (strncmp(name, group->parts[i], strlen(group->parts[i])) == 0) return true;
    return false;
}

static void judge_group(gt_recording *rec, const struct group *group, double relative) {
    size_t count = gt_safetensors_count(rec->file);
    double largest = 0;
    for (int pass = 0; pass < 2; ++pass)
        for (size_t i = 0; i < count && !rec->status; ++i) {
            if (!is_in(group, gt_safetensors_at(rec->file, i)->name)) continue;
            double own = gt_recording_largest(rec, (int)i);
            largest = fmax(largest, own);
            if (pass)
                rec->tolerances[i] = fmax(10 * relative, 1e-6) * fmax(own, 1e-3 * largest);
        }
}

void ssl_replay_tolerances(gt_recording *rec) {
    json_t *errors = gt_recording_object(rec, "fp32_error");
    for (size_t i = 0; i < sizeof groups / sizeof *groups; ++i) {
        const json_t *measured = json_object_get(errors, groups[i].title);
        if (measured)
            judge_group(rec, &groups[i],
                        gt_recording_real(rec, measured, "max_rel_to_tensor_max"));
    }
    json_decref(errors);
}
