/* The parameters of Glow: names of the public implementation, shapes, first values. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "glow.h"

/* ---- Adding ------------------------------------------------------------------------------ */

static int add(gt_params *params, const char *scope, const char *part, gt_shape shape,
               bool is_state) {
    char name[GT_MODEL_NAME];
    snprintf(name, sizeof name, "%s.%s", scope, part);
    return (is_state ? gt_params_add_state : gt_params_add)(params, name, shape);
}

static void add_actnorm(gt_params *params, const char *scope, int64_t c, glow_flow *flow) {
    flow->loc = add(params, scope, "actnorm.loc", GT_SHAPE(1, c, 1, 1), false);
    flow->scale = add(params, scope, "actnorm.scale", GT_SHAPE(1, c, 1, 1), false);
}

static void add_factors(gt_params *params, const char *scope, int64_t c, glow_flow *flow) {
    gt_shape square = GT_SHAPE(c, c), line = GT_SHAPE(c);
    flow->plain = -1;
    flow->lower = add(params, scope, "invconv.w_l", square, false);
    flow->log_s = add(params, scope, "invconv.w_s", line, false);
    flow->upper = add(params, scope, "invconv.w_u", square, false);
    flow->permutation = add(params, scope, "invconv.w_p", square, true);
    flow->above = add(params, scope, "invconv.u_mask", square, true);
    flow->below = add(params, scope, "invconv.l_mask", square, true);
    flow->sign = add(params, scope, "invconv.s_sign", line, true);
    flow->unity = add(params, scope, "invconv.l_eye", square, true);
}

/* `scope` is followed by "scale" and by "conv.weight", "conv.bias". */
static glow_zero_conv add_zero_conv(gt_params *params, const char *scope, int64_t in,
                                    int64_t out) {
    glow_zero_conv conv = {
        .scale = add(params, scope, "scale", GT_SHAPE(1, out, 1, 1), false),
        .weight = add(params, scope, "conv.weight", GT_SHAPE(out, in, 3, 3), false),
        .bias = add(params, scope, "conv.bias", GT_SHAPE(out), false),
    };
    return conv;
}

static void add_flow(gt_params *params, const char *scope, const glow_settings *settings,
                     int64_t c, bool is_plain, bool is_affine, glow_flow *flow) {
    char name[GT_MODEL_NAME];
    int64_t f = settings->width;
    add_actnorm(params, scope, c, flow);
    if (is_plain)
        flow->plain = add(params, scope, "invconv.weight", GT_SHAPE(c, c, 1, 1), false);
    else
        add_factors(params, scope, c, flow);
    snprintf(name, sizeof name, "%s.coupling.net.0", scope);
    flow->first = gt_conv_layer_add(params, name, c / 2, f, 3);
    snprintf(name, sizeof name, "%s.coupling.net.2", scope);
    flow->second = gt_conv_layer_add(params, name, f, f, 1);
    snprintf(name, sizeof name, "%s.coupling.net.4", scope);
    flow->last = add_zero_conv(params, name, f, is_affine ? c : c / 2);
}

static gt_status add_level(gt_params *params, const glow_settings *settings, glow *net,
                           int level, bool is_plain, gt_error *err) {
    char name[GLOW_LOCS];
    glow_level *own = &net->levels[level];
    int64_t c = own->inside.dim[0];
    bool is_last = level + 1 == net->level_count;
    own->flows = calloc((size_t)net->flow_count, sizeof *own->flows);
    if (!own->flows)
        return gt_fail(err, GT_NO_MEMORY, "no memory for %d flows", net->flow_count);
    for (int f = 0; f < net->flow_count; ++f) {
        snprintf(name, sizeof name, "blocks.%d.flows.%d", level, f);
        /* The public implementation factors the last level's matrices whatever it is asked. */
        add_flow(params, name, settings, c, is_plain && !is_last, net->is_affine,
                 &own->flows[f]);
    }
    snprintf(name, sizeof name, "blocks.%d.prior", level);
    own->prior =
        is_last ? add_zero_conv(params, name, c, 2 * c) : add_zero_conv(params, name, c / 2, c);
    return GT_OK;
}

static void set_shapes(glow *net, const gt_model_input *input) {
    int64_t c = net->channels, h = input->height, w = input->width;
    for (int l = 0; l < net->level_count; ++l) {
        bool is_last = l + 1 == net->level_count;
        c *= 4;
        h /= 2;
        w /= 2;
        net->levels[l].inside = GT_SHAPE(c, h, w);
        net->levels[l].latent = GT_SHAPE(is_last ? c : c / 2, h, w);
        c /= 2;
    }
}

static gt_status check_sides(const glow_settings *settings, const gt_model_input *input,
                             gt_error *err) {
    long long unit = 1LL << settings->levels, h = input->height, w = input->width;
    if (h % unit == 0 && w % unit == 0) return GT_OK;
    long long less[] = {h / unit ? h / unit * unit : unit, w / unit ? w / unit * unit : unit};
    long long more[] = {(h + unit - 1) / unit * unit, (w + unit - 1) / unit * unit};
    char would[64];
    int length = snprintf(would, sizeof would, "%lldx%lld", less[0], less[1]);
    if (less[0] != more[0] || less[1] != more[1])
        snprintf(would + length, sizeof would - (size_t)length, " or %lldx%lld", more[0],
                 more[1]);
    return gt_fail(err, GT_USAGE,
                   "images of %lldx%lld: a Glow of %lld levels halves the sides %lld times; "
                   "%s would do",
                   h, w, (long long)settings->levels, (long long)settings->levels, would);
}

gt_status glow_create(const glow_settings *settings, const gt_model_input *input,
                      gt_params *params, glow **out, gt_error *err) {
    gt_status status = GT_OK;
    glow *net = NULL;
    int64_t colours = settings->colours ? settings->colours : input->channels;
    if (colours != input->channels && input->channels != 1)
        GT_THROW(err, GT_USAGE, "gray-copies %lld: images of %lld channels are not gray",
                 (long long)colours, (long long)input->channels);
    GT_TRY(check_sides(settings, input, err));
    net = calloc(1, sizeof *net);
    if (!net) GT_THROW(err, GT_NO_MEMORY, "no memory for a network");
    net->flow_count = (int)settings->flows;
    net->level_count = (int)settings->levels;
    net->bits = (int)settings->bits;
    net->is_affine = strcmp(settings->coupling, "affine") == 0;
    net->taken = input->channels;
    net->channels = colours;
    net->values = colours * input->height * input->width;
    set_shapes(net, input);
    for (int l = 0; l < net->level_count; ++l)
        GT_TRY(
            add_level(params, settings, net, l, strcmp(settings->mixing, "plain") == 0, err));
    *out = net;
    net = NULL;
done:
    glow_destroy(net);
    return status;
}

void glow_destroy(void *self) {
    glow *net = self;
    if (!net) return;
    for (int l = 0; l < net->level_count; ++l) free(net->levels[l].flows);
    free(net);
}

/* ---- First values ------------------------------------------------------------------------ */

static float *values_of(gt_params *params, int index) {
    return gt_params_values(params) + gt_params_offset(params, index);
}

static void swap_rows(float *a, int64_t c, int64_t i, int64_t j) {
    for (int64_t k = 0; k < c && i != j; ++k) {
        float kept = a[i * c + k];
        a[i * c + k] = a[j * c + k];
        a[j * c + k] = kept;
    }
}

/* a = P L U with row pivots, L (diagonal 1) and U in the place of a; the permutation of rows is
 * applied to the columns of `permutation`, which begins as unity. */
static void factor(float *a, int64_t c, float *permutation) {
    for (int64_t k = 0; k < c; ++k) {
        int64_t best = k;
        for (int64_t i = k; i < c; ++i)
            if (fabsf(a[i * c + k]) > fabsf(a[best * c + k])) best = i;
        swap_rows(a, c, k, best);
        for (int64_t i = 0; i < c && best != k; ++i) {
            float kept = permutation[i * c + k];
            permutation[i * c + k] = permutation[i * c + best];
            permutation[i * c + best] = kept;
        }
        for (int64_t i = k + 1; i < c; ++i) {
            double share = (double)a[i * c + k] / a[k * c + k];
            a[i * c + k] = (float)share;
            for (int64_t j = k + 1; j < c; ++j)
                a[i * c + j] = (float)(a[i * c + j] - share * a[k * c + j]);
        }
    }
}

/* The factors of a random rotation. */
static gt_status init_factors(const glow_flow *flow, gt_params *params, uint64_t seed,
                              gt_error *err) {
    gt_status status = gt_init_orthogonal(params, flow->lower, seed, err);
    if (status) return status;
    int64_t c = gt_params_shape(params, flow->lower).dim[0];
    float *lower = values_of(params, flow->lower), *upper = values_of(params, flow->upper);
    float *below = values_of(params, flow->below), *above = values_of(params, flow->above);
    float *unity = values_of(params, flow->unity), *sign = values_of(params, flow->sign);
    float *log_s = values_of(params, flow->log_s);
    float *permutation = values_of(params, flow->permutation);
    for (int64_t i = 0; i < c * c; ++i) {
        below[i] = i / c > i % c;
        above[i] = i / c < i % c;
        unity[i] = permutation[i] = i / c == i % c;
    }
    factor(lower, c, permutation);
    for (int64_t i = 0; i < c * c; ++i) {
        bool is_diagonal = i / c == i % c;
        if (is_diagonal) {
            log_s[i / c] = logf(fabsf(lower[i]));
            sign[i / c] = lower[i] < 0 ? -1 : 1;
        }
        upper[i] = above[i] * lower[i];
        lower[i] = is_diagonal ? 1 : below[i] * lower[i];
    }
    return GT_OK;
}

gt_status glow_init(const void *self, gt_params *params, uint64_t seed, gt_error *err) {
    static const double deviation = 0.05;
    const glow *net = self;
    gt_status status = GT_OK;
    for (int l = 0; l < net->level_count; ++l)
        for (int f = 0; f < net->flow_count; ++f) {
            const glow_flow *flow = &net->levels[l].flows[f];
            gt_init_fill(params, flow->scale, 1);
            if (flow->plain < 0)
                GT_TRY(init_factors(flow, params, seed, err));
            else
                GT_TRY(gt_init_orthogonal(params, flow->plain, seed, err));
            gt_init_normal(params, flow->first.weight, seed, deviation);
            gt_init_normal(params, flow->second.weight, seed, deviation);
        }
done:
    return status;
}

/* Actnorms of a file have their first values: the mark of that may be missing, not be another.
 */
bool glow_fixed_at(const void *self, int i, gt_model_fixed *out) {
    static const float is_set = 1;
    const glow *net = self;
    if (i >= net->flow_count * net->level_count) return false;
    snprintf(out->name, sizeof out->name, "blocks.%d.flows.%d.actnorm.initialized",
             i / net->flow_count, i % net->flow_count);
    out->shape = gt_shape_scalar();
    out->values = &is_set;
    out->otherwise = "is not 1: the actnorm has no values yet, it has never seen a batch";
    return true;
}
