/* Reads the metadata of a recorded VDVAE: "cfg" with lists of stages for the one-channel
 * variant, "H" with the strings of the public code for the original. */
#include "vdvae_recording.h"
#include "text.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- Texts made of numbers --------------------------------------------------------------- */

/* A list "a,b,c" that grows; NULL text after a failure. */
typedef struct list {
    gt_recording *rec;
    FILE *stream;
    char *text;
    size_t size;
    bool any;
} list;

static list list_begin(gt_recording *rec) {
    return (list){.rec = rec};
}

static void list_add(list *l, const char *format, int a, int b) {
    if (!l->stream) l->stream = open_memstream(&l->text, &l->size);
    if (!l->stream) {
        gt_recording_fail(l->rec, GT_NO_MEMORY, "no memory for its settings");
        return;
    }
    if (l->any) fputc(',', l->stream);
    fprintf(l->stream, format, a, b);
    l->any = true;
}

/* The text is the caller's. */
static char *list_end(list *l) {
    if (l->stream) fclose(l->stream);
    char *text = l->text ? l->text : strdup("");
    if (!text) gt_recording_fail(l->rec, GT_NO_MEMORY, "no memory for its settings");
    return text;
}

/* ---- The one-channel variant ------------------------------------------------------- */

/* Element i of list `key`, from 1 to 4096. */
static int stage_number(gt_recording *rec, const json_t *cfg, const char *key, size_t i) {
    const json_t *value = json_array_get(json_object_get(cfg, key), i);
    json_int_t number = json_integer_value(value);
    if (number >= 1 && number <= 4096) return (int)number;
    gt_recording_fail(rec, GT_BAD_FORMAT, "metadata cfg: '%s' has no number %zu", key, i);
    return 1;
}

/* Stages from the image down, n blocks each, of which the last one pools. */
static char *encoder_blocks(gt_recording *rec, const json_t *cfg) {
    list l = list_begin(rec);
    size_t stages = json_array_size(json_object_get(cfg, "res"));
    for (size_t i = 0; i < stages && !rec->status; ++i) {
        int size = stage_number(rec, cfg, "res", i);
        int count = stage_number(rec, cfg, "enc_counts", i);
        bool pools = i + 1 < stages;
        if (count > pools) list_add(&l, "%dx%d", size, count - pools);
        if (pools) list_add(&l, "%dd%d", size, size / stage_number(rec, cfg, "res", i + 1));
    }
    return list_end(&l);
}

/* The same stages upwards; the first block of each mixes in the stage below. */
static char *decoder_blocks(gt_recording *rec, const json_t *cfg) {
    list l = list_begin(rec);
    size_t stages = json_array_size(json_object_get(cfg, "res"));
    for (size_t i = stages; i-- > 0 && !rec->status;) {
        int size = stage_number(rec, cfg, "res", i);
        int count = stage_number(rec, cfg, "dec_counts", i);
        bool mixes = i + 1 < stages;
        if (mixes) list_add(&l, "%dm%d", size, stage_number(rec, cfg, "res", i + 1));
        if (count > mixes) list_add(&l, "%dx%d", size, count - mixes);
    }
    return list_end(&l);
}

/* {"0": 2, "1": 8}: by size, 0 stands for all others. */
static char *latent_channels(gt_recording *rec, const json_t *cfg) {
    list l = list_begin(rec);
    json_t *zdim = json_object_get(cfg, "zdim"), *value;
    const char *size;
    int common = (int)json_integer_value(json_object_get(zdim, "0"));
    if (common > 0) list_add(&l, "%d", common, 0);
    json_object_foreach(zdim, size, value) {
        int64_t at = 0;
        int channels = (int)json_integer_value(value);
        if (gt_text_to_int(size, &at, NULL) == GT_OK && at > 0 && at <= INT32_MAX)
            list_add(&l, "%d:%d", (int)at, channels);
    }
    return list_end(&l);
}

static void read_variant(gt_recording *rec, vdvae_recording *out) {
    json_t *cfg = gt_recording_object(rec, "cfg");
    if (!cfg) return;
    out->encoder = encoder_blocks(rec, cfg);
    out->decoder = decoder_blocks(rec, cfg);
    out->latents = latent_channels(rec, cfg);
    out->widths = strdup("");
    int size = stage_number(rec, cfg, "res", 0);
    out->input = (gt_model_input)GT_MODEL_INPUT(gt_recording_int(rec, cfg, "channels"), size,
                                                size, 0, 1);
    out->settings = (vdvae_settings){
        .width = gt_recording_int(rec, cfg, "width"),
        .mixtures = gt_recording_int(rec, cfg, "nmix"),
        .bias_up_to = gt_recording_int(rec, cfg, "no_bias_above"),
        .bottleneck = gt_recording_real(rec, cfg, "bottleneck"),
        .tap = strcmp(gt_recording_word(rec, cfg, "tap"), "pre_pool") == 0 ? "pre_pool"
                                                                           : "post_block",
    };
    json_decref(cfg);
}

/* ---- The original
 * ----------------------------------------------------------------------------- */

static void read_original(gt_recording *rec, vdvae_recording *out) {
    json_t *h = gt_recording_object(rec, "H");
    if (!h) return;
    char latents[32];
    snprintf(latents, sizeof latents, "%d", gt_recording_int(rec, h, "zdim"));
    out->encoder = strdup(gt_recording_word(rec, h, "enc_blocks"));
    out->decoder = strdup(gt_recording_word(rec, h, "dec_blocks"));
    out->widths = strdup(gt_recording_word(rec, h, "custom_width_str"));
    out->latents = strdup(latents);
    int size = gt_recording_int(rec, h, "image_size");
    out->input = (gt_model_input)GT_MODEL_INPUT(gt_recording_int(rec, h, "image_channels"),
                                                size, size, 0, 1);
    out->settings = (vdvae_settings){
        .width = gt_recording_int(rec, h, "width"),
        .mixtures = gt_recording_int(rec, h, "num_mixtures"),
        .bias_up_to = gt_recording_int(rec, h, "no_bias_above"),
        .bottleneck = gt_recording_real(rec, h, "bottleneck_multiple"),
        .tap = "post_block",
    };
    out->channels_last = true;
    json_decref(h);
}

/* ---- Both
 * --------------------------------------------------------------------------------------- */

static void read_rule(gt_recording *rec, vdvae_recording *out) {
    json_t *o = gt_recording_object(rec, "optimizer");
    if (!o) return;
    char name[32];
    gt_optimizer_kind kind;
    snprintf(name, sizeof name, "%s", gt_recording_word(rec, o, "name"));
    for (char *at = name; *at; ++at) *at = (char)tolower((unsigned char)*at);
    if (gt_optimizer_find(name, &kind, NULL) || json_is_true(json_object_get(o, "centered")))
        gt_recording_fail(rec, GT_UNSUPPORTED, "optimizer '%s' is not known here", name);
    else
        out->rule = gt_optimizer_default(kind);
    const struct {
        const char *key;
        double *value;
    } members[] = {
        {"lr", &out->rate},
        {"alpha", &out->rule.alpha},
        {"beta1", &out->rule.beta1},
        {"beta2", &out->rule.beta2},
        {"eps", &out->rule.eps},
        {"momentum", &out->rule.momentum},
        {"weight_decay", &out->rule.weight_decay},
    };
    for (size_t i = 0; i < sizeof members / sizeof *members; ++i)
        if (json_object_get(o, members[i].key))
            *members[i].value = gt_recording_real(rec, o, members[i].key);
    json_decref(o);
}

static bool has(const gt_recording *rec, const char *key) {
    return gt_safetensors_metadata(rec->file, key) != NULL;
}

void vdvae_recording_read(gt_recording *rec, vdvae_recording *out) {
    *out = (vdvae_recording){.temperature = 1, .given_temperature = 1};
    if (has(rec, "cfg"))
        read_variant(rec, out);
    else
        read_original(rec, out);
    out->settings.encoder = out->encoder;
    out->settings.decoder = out->decoder;
    out->settings.widths = out->widths;
    out->settings.latents = out->latents;
    if (has(rec, "low_bit"))
        out->settings.low_bit = strcmp(gt_recording_text(rec, "low_bit"), "True") == 0;
    out->input.shift = (gt_reals)GT_REALS(gt_recording_number(rec, "shift", 0));
    out->input.scale = (gt_reals)GT_REALS(gt_recording_number(rec, "scale", 1));
    out->batch = (int64_t)gt_recording_number(rec, "batch", 1);
    if (out->batch < 1 || out->batch > 4096)
        gt_recording_fail(rec, GT_BAD_FORMAT, "metadata 'batch': %lld, expected 1 to 4096",
                          (long long)out->batch);
    if (has(rec, "sample_temperature"))
        out->temperature = gt_recording_number(rec, "sample_temperature", 1);
    if (has(rec, "set_latents_k"))
        out->given = (int)gt_recording_number(rec, "set_latents_k", 0);
    if (has(rec, "set_latents_temperature"))
        out->given_temperature = gt_recording_number(rec, "set_latents_temperature", 1);
    if (has(rec, "optimizer")) read_rule(rec, out);
    if (has(rec, "grad_clip")) out->clip = gt_recording_number(rec, "grad_clip", 0);
    if (has(rec, "skip_threshold")) out->skip = gt_recording_number(rec, "skip_threshold", 0);
    if (has(rec, "ema_rate")) out->average = gt_recording_number(rec, "ema_rate", 0);
    if (!rec->status && (!out->encoder || !out->decoder || !out->widths || !out->latents))
        gt_recording_fail(rec, GT_NO_MEMORY, "no memory for its settings");
}

void vdvae_recording_clear(vdvae_recording *recorded) {
    free(recorded->encoder);
    free(recorded->decoder);
    free(recorded->widths);
    free(recorded->latents);
}
