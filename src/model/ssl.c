/* What the three learners from pairs of views are made of, and how weights of others fit. */
#include "ssl.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LEAST_SIZE = 32 };

/* ---- Parameters ------------------------------------------------------------------------ */

static int projector_sizes(const ssl_settings *s, int64_t features, int64_t *sizes) {
    int count = (int)s->projection_layers;
    for (int i = 1; i < count; ++i) sizes[i] = s->hidden;
    sizes[0] = features;
    sizes[count] = s->output;
    return count;
}

static gt_status add_networks(const resnet_config *config, gt_params *params, ssl_net *net,
                              gt_error *err) {
    const ssl_settings *s = &net->settings;
    const ssl_kind *kind = net->kind;
    int64_t sizes[SSL_LAYERS + 1];
    gt_status status =
        resnet_add(config, params, gt_params_add, "backbone", &net->backbone, err);
    if (status) return status;
    int count = projector_sizes(s, net->backbone.features, sizes);
    net->projector = ssl_head_add(params, gt_params_add, "projection_head", count, sizes,
                                  kind->projector_ending);
    if (kind->has_predictor)
        net->predictor =
            ssl_head_add(params, gt_params_add, "prediction_head", 2,
                         (int64_t[]){s->output, s->prediction_hidden, s->output}, SSL_PLAIN);
    if (!kind->has_target) return GT_OK;
    net->target_projector =
        ssl_head_add(params, gt_params_add_state, "projection_head_momentum", count, sizes,
                     kind->projector_ending);
    return resnet_add(config, params, gt_params_add_state, "backbone_momentum", &net->target,
                      err);
}

/* "backbone_momentum.X" follows "backbone.X". */
static int find_source(const gt_params *params, const char *name) {
    static const char mark[] = "_momentum.";
    char own[128];
    const char *at = strstr(name, mark);
    if (!at) return -1;
    snprintf(own, sizeof own, "%.*s.%s", (int)(at - name), name, at + strlen(mark));
    return gt_params_find(params, own);
}

static gt_status find_sources(const gt_params *params, ssl_net *net, gt_error *err) {
    net->parameters = gt_params_count(params);
    net->source = malloc((size_t)(net->parameters + 1) * sizeof *net->source);
    if (!net->source) return gt_fail(err, GT_NO_MEMORY, "no memory for a network");
    for (int i = 0; i < net->parameters; ++i)
        net->source[i] = find_source(params, gt_params_name(params, i));
    return GT_OK;
}

gt_status ssl_create(const ssl_kind *kind, const ssl_settings *settings,
                     const gt_model_input *input, gt_params *params, void **self,
                     gt_error *err) {
    gt_status status = GT_OK;
    resnet_config config = {.channels = input->channels};
    ssl_net *net = NULL;
    if (input->height < LEAST_SIZE || input->width < LEAST_SIZE)
        GT_THROW(err, GT_USAGE, "images of %lldx%lld: the encoder needs at least %dx%d",
                 (long long)input->height, (long long)input->width, LEAST_SIZE, LEAST_SIZE);
    GT_TRY(resnet_config_read(settings->widths, settings->blocks, &config, err));
    net = calloc(1, sizeof *net);
    if (!net) GT_THROW(err, GT_NO_MEMORY, "no memory for a network");
    net->kind = kind;
    net->settings = *settings;
    net->settings.widths = net->settings.blocks = NULL;
    GT_TRY(add_networks(&config, params, net, err));
    GT_TRY(find_sources(params, net, err));
    *self = net;
    net = NULL;
done:
    ssl_destroy(net);
    return status;
}

void ssl_destroy(void *self) {
    ssl_net *net = self;
    if (!net) return;
    resnet_free(&net->backbone);
    resnet_free(&net->target);
    free(net->source);
    free(net);
}

/* ---- First values ---------------------------------------------------------------------- */

gt_status ssl_init(const void *self, gt_params *params, uint64_t seed, gt_error *err) {
    const ssl_net *net = self;
    resnet_init(&net->backbone, params, seed);
    ssl_head_init(&net->projector, params, seed);
    ssl_head_init(&net->predictor, params, seed);
    ssl_adopt(self, params, NULL);
    return GT_OK;
}

void ssl_adopt(const void *self, gt_params *params, const bool *is_given) {
    const ssl_net *net = self;
    float *values = gt_params_values(params);
    for (int i = 0; i < net->parameters; ++i) {
        if (net->source[i] < 0 || (is_given && is_given[i])) continue;
        memcpy(values + gt_params_offset(params, i),
               values + gt_params_offset(params, net->source[i]),
               (size_t)gt_shape_count(gt_params_shape(params, i)) * sizeof *values);
    }
}

const char *const ssl_heads[] = {"projection_head", "prediction_head",
                                 "projection_head_momentum", "backbone_momentum", NULL};

/* The rest of a name behind `prefix`; NULL when it begins otherwise. */
static const char *behind(const char *name, const char *prefix) {
    size_t length = strlen(prefix);
    return strncmp(name, prefix, length) == 0 ? name + length : NULL;
}

/* lightly keeps an encoder as a row of modules by number. */
static void name_by_number(const char *prefix, const char *rest, char own[GT_MODEL_NAME]) {
    static const char *const numbers[][2] = {{"0.", "conv1."},  {"1.", "bn1."},
                                             {"4.", "layer1."}, {"5.", "layer2."},
                                             {"6.", "layer3."}, {"7.", "layer4."}};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; ++i) {
        const char *tail = behind(rest, numbers[i][0]);
        if (tail) snprintf(own, GT_MODEL_NAME, "%s%s%s", prefix, numbers[i][1], tail);
    }
}

bool ssl_alias(const void *self, const char *foreign, char own[GT_MODEL_NAME]) {
    static const char *const encoders[] = {"backbone.", "backbone_momentum."};
    if (behind(foreign, "fc.") || behind(foreign, "backbone.fc.")) return false;
    snprintf(own, GT_MODEL_NAME, "%s", foreign);
    for (int i = 0; i < 2; ++i) {
        const char *rest = behind(foreign, encoders[i]);
        if (rest) name_by_number(encoders[i], rest, own);
    }
    name_by_number("backbone.", foreign, own);
    if (behind(foreign, "conv1.") || behind(foreign, "bn1.") || behind(foreign, "layer"))
        snprintf(own, GT_MODEL_NAME, "backbone.%s", foreign);
    return true;
}
