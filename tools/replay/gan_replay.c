/* Reading the networks and draws of a recorded light-weight GAN. */
#include "gan_replay.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NAME = 160, TEXT = 96 };

static int64_t whole(gt_recording *rec, const char *key, int64_t most) {
    double value = gt_recording_number(rec, key, 0);
    if (!rec->status && !(value >= 1 && value <= (double)most && value == (int64_t)value))
        gt_recording_fail(rec, GT_BAD_FORMAT, "metadata '%s': expected 1 to %lld", key,
                          (long long)most);
    return (int64_t)value;
}

static bool is_true(gt_recording *rec, const char *key) {
    const char *text = gt_recording_text(rec, key);
    return text && strcmp(text, "True") == 0;
}

/* "[32, 16]" as "32,16". */
static const char *list(gt_recording *rec, const char *key, char out[TEXT]) {
    const char *text = gt_recording_text(rec, key);
    size_t length = 0;
    for (; text && *text && length + 1 < TEXT; ++text)
        if (isalnum((unsigned char)*text) || *text == ',') out[length++] = *text;
    out[length] = 0;
    return out;
}

void gan_replay_read(gan_replay *r, gt_recording *from, const char *prefix) {
    char name[NAME];
    for (int i = 0; i < gt_params_count(r->params) && !from->status; ++i) {
        uint64_t count = 0;
        const char *own = gt_params_name(r->params, i);
        snprintf(name, sizeof name, "%s%s", prefix, own);
        bool is_constant = strstr(own, "dct_weights") && *prefix; /* not told again */
        if (strncmp(own, "GE.", 3) == 0 || is_constant) continue;
        int index = gt_recording_find(from, name);
        if (index >= 0 && !gt_recording_fits(from, index, gt_params_shape(r->params, i)))
            return;
        float *values = gt_recording_input(from, name, &count);
        if (values)
            memcpy(gt_params_values(r->params) + gt_params_offset(r->params, i), values,
                   count * sizeof *values);
        free(values);
    }
}

/* Counts of batches and constants of the blur are told and not needed. */
static void pass_over(gt_recording *first) {
    for (size_t i = 0; i < gt_safetensors_count(first->file) && !first->status; ++i) {
        const char *name = gt_safetensors_at(first->file, i)->name;
        size_t length = strlen(name);
        uint64_t count;
        if (strstr(name, "num_batches_tracked") ||
            (length > 2 && strcmp(name + length - 2, ".f") == 0))
            free(gt_recording_input(first, name, &count));
    }
}

bool gan_replay_open(gan_replay *r) {
    gt_recording *first = r->first;
    char attention[TEXT], augment[TEXT];
    gan_settings settings = {
        .side = whole(first, "image_size", 1 << GAN_MOST),
        .latent = whole(first, "latent_dim", 1024),
        .channels = is_true(first, "greyscale") ? 1 : 3,
        .heads = whole(first, "attn_heads", 16),
        .head_size = whole(first, "attn_dim_head", 256),
        .most_channels = whole(first, "fmap_max", 1024),
        .exponent = whole(first, "fmap_inverse_coef", 20),
        .attention = list(first, "attn_res_layers", attention),
        .gate = is_true(first, "freq_chan_attn") ? "frequency" : "context",
        .head = whole(first, "disc_output_size", 5) == 5 ? "5x5" : "1x1",
        .penalty = strstr(list(first, "gp", augment), "zero") ? "zero-centred" : "one-centred",
        .augment_probability = gt_recording_number(first, "aug_prob", 0),
        .blur = is_true(first, "antialias"),
        .whole_levels = true};
    settings.augment = list(first, "aug_types", augment);
    gt_model_input input =
        GT_MODEL_INPUT(settings.channels, settings.side, settings.side, 0, 1);
    r->parts = (int)whole(first, "accumulate", GAN_PARTS);
    r->batch = whole(first, "batch", 64);
    if (!first->status)
        first->status =
            gt_model_create(&gt_model_gan, &settings, &input, &r->model, first->err);
    if (first->status) return false;
    r->net = gt_model_self(r->model);
    r->params = gt_model_params(r->model);
    gan_replay_read(r, first, "");
    if (r->first == r->rec) pass_over(first);
    gt_model_gan.adopt(r->net, r->params, NULL);
    return !first->status;
}

/* ---- What chance brought in -------------------------------------------------------------- */

gt_tensor *gan_replay_leaf(gan_replay *r, gt_replay_network *n, const char *name,
                           gt_shape shape) {
    uint64_t count = 0;
    gt_tensor *leaf = gt_input(n->g, name, shape);
    float *values = gt_recording_input(r->first, name, &count);
    if (values && count != (uint64_t)gt_shape_count(shape))
        gt_recording_fail(r->first, GT_BAD_SHAPE, "'%s' has %llu values, expected %lld", name,
                          (unsigned long long)count, (long long)gt_shape_count(shape));
    if (values && !r->first->status) gt_replay_feed_values(n->job, leaf, values);
    free(values);
    if (!r->rec->status) r->rec->status = r->first->status;
    return leaf;
}

gan_draws gan_replay_draws(gan_replay *r, gt_replay_network *n, const char *who) {
    gan_draws draws;
    char name[NAME];
    snprintf(name, sizeof name, "draw.%s.latent.randn0", who);
    draws.latent = gan_replay_leaf(r, n, name, GT_SHAPE(r->batch, r->net->generator.latent));
    for (int i = 0; i < r->net->generator.blocks; ++i) {
        int64_t side = (int64_t)8 << i;
        snprintf(name, sizeof name, "draw.%s.noise.randn%d", who, i);
        draws.noise[i] = gan_replay_leaf(r, n, name, GT_SHAPE(r->batch, 1, side, side));
    }
    return draws;
}

static gt_tensor *pair(gan_replay *r, gt_replay_network *n, const char *who, int first) {
    gt_tensor *both[2];
    char name[NAME];
    for (int i = 0; i < 2; ++i) {
        snprintf(name, sizeof name, "draw.%s_aug.randint%d", who, first + i);
        both[i] = gan_replay_leaf(r, n, name, GT_SHAPE(r->batch, 1));
    }
    return gt_concat(n->g, both, 2, 1);
}

static gt_tensor *part_of(gan_replay *r, gt_replay_network *n, const char *who,
                          const char *what, gt_shape shape) {
    char name[NAME];
    snprintf(name, sizeof name, "draw.%s_aug.%s", who, what);
    return gan_replay_leaf(r, n, name, shape);
}

bool gan_replay_chances(gan_replay *r, gt_replay_network *n, const char *who,
                        gan_chances *out) {
    const gan_augmentation *how = &r->net->augmentation;
    gt_shape one = GT_SHAPE(1), each = GT_SHAPE(r->batch, 1, 1, 1);
    char name[NAME];
    uint64_t count = 0;
    snprintf(name, sizeof name, "draw.%s_aug.u0", who);
    float *u = gt_recording_input(r->first, name, &count);
    bool happened = u && (double)u[0] < how->probability;
    free(u);
    *out = (gan_chances){NULL};
    if (!happened) return false;
    out->whether = part_of(r, n, who, "u0", one);
    out->flip = part_of(r, n, who, "u1", one);
    for (int i = 0, drawn = 0; i < GAN_CHANGES; ++i) {
        bool is_hole = how->changes[i] == GAN_CUTOUT;
        if (!is_hole && how->changes[i] != GAN_TRANSLATION) continue;
        *(is_hole ? &out->centre : &out->shift) = pair(r, n, who, drawn);
        drawn += 2;
    }
    bool is_coloured = false;
    for (int i = 0; i < GAN_CHANGES; ++i) is_coloured |= how->changes[i] == GAN_COLOUR;
    if (!is_coloured) return true;
    out->brightness = part_of(r, n, who, "rand0", each);
    out->saturation = part_of(r, n, who, "rand1", each);
    out->contrast = part_of(r, n, who, "rand2", each);
    return true;
}

gan_quarter gan_replay_quarter(gan_replay *r, gt_replay_network *n, const char *who) {
    char name[NAME];
    if (!r->net->discriminator.shrinks) return (gan_quarter){NULL};
    snprintf(name, sizeof name, "draw.%s.quadrant", who);
    gt_tensor *number = gan_replay_leaf(r, n, name, GT_SHAPE(1));
    gt_tensor *is_upper = gt_less(n->g, number, gt_constant(n->g, 2, GT_SHAPE(1)));
    gt_tensor *lower = gt_affine(n->g, is_upper, -1, 1);
    return (gan_quarter){lower, gt_sub(n->g, number, gt_affine(n->g, lower, 2, 0))};
}

/* ---- Tolerances ------------------------------------------------------------------------ */

static bool ends_in(const char *name, const char *ending) {
    size_t length = strlen(name), cut = strlen(ending);
    return length >= cut && strcmp(name + length - cut, ending) == 0;
}

/* The bias of what is normalised, or of a score that a softmax sees, changes nothing: its true
 * gradient is 0, and what rounding leaves of it moves the bias by up to a rate a step. */
static bool changes_nothing(const char *name) {
    bool is_generator = strstr(name, "G.") || strstr(name, "GE.");
    return is_generator && (ends_in(name, "initial_conv.0.bias") ||
                            ends_in(name, "0.2.1.bias") || ends_in(name, "to_k.bias"));
}

static void allow_step(gt_recording *rec, int i, const char *name) {
    double steps = name[4] - '0', rate = gt_recording_number(rec, "lr", 2e-4);
    if (changes_nothing(name))
        rec->tolerances[i] = 1.05 * steps * rate;
    else if (steps > 1 && ends_in(name, "running_mean"))
        rec->tolerances[i] = 5e-4;
    else
        gt_recording_allow(rec, i, 1e-12, 1e-5);
}

void gan_replay_tolerances(gt_recording *rec) {
    static const struct {
        const char *begins;
        double plain, whole; /* of the paper's branches, and of all there are */
    } groups[] = {{"dstep.", 3e-5, 1e-4}, {"gstep.", 4e-5, 5e-5}, {"gponly.", 5e-5, 9e-5},
                  {"eval.", 1e-5, 2e-5},  {"G.", 1e-5, 4e-5},     {"D.", 1e-5, 4e-5},
                  {"acc", 1e-5, 1e-5}};
    bool has_all = is_true(rec, "antialias");
    for (size_t i = 0; i < gt_safetensors_count(rec->file) && !rec->status; ++i) {
        const char *name = gt_safetensors_at(rec->file, i)->name;
        bool is_step = strncmp(name, "step", 4) == 0;
        if (is_step) allow_step(rec, (int)i, name);
        if (!is_step && strncmp(name, "gstep.", 6) == 0 && changes_nothing(name))
            rec->tolerances[i] = 1e-4;
        if (!is_step && ends_in(name, "0.3.weight") && strncmp(name, "gstep.", 6) == 0)
            gt_recording_allow(rec, (int)i, 0, 5e-3);
        /* What is left of 1 after a score was taken away has the rounding of 1. */
        if (!is_step && strncmp(name, "acc", 3) == 0 && strstr(name, ".loss.hinge"))
            gt_recording_allow(rec, (int)i, 1e-5, 1e-5);
        for (size_t k = 0; k < sizeof groups / sizeof *groups && !is_step; ++k)
            if (strncmp(name, groups[k].begins, strlen(groups[k].begins)) == 0)
                gt_recording_allow(rec, (int)i, 1e-12,
                                   has_all ? groups[k].whole : groups[k].plain);
    }
}
