/* A classifier of pictures: the residual encoder that SimCLR, BYOL and SimSiam have, or
 * torchvision's, with a linear head that learns classes from labels. Frozen stages stay as they
 * were given. Names are torchvision's: conv1, bn1, layer1.0.conv1, ..., fc. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ssl.h"

enum { LEAST_SIZE = 32, LEAST_CLASSES = 2 };

typedef struct classifier_settings {
    const char *widths, *blocks, *class_weights;
    int64_t frozen;
    double smoothing;
} classifier_settings;

typedef struct classifier_net {
    resnet encoder;
    int weight, bias; /* of the head */
    gt_reals weights; /* of the classes in the loss */
    double smoothing;
} classifier_net;

extern const gt_model_class gt_model_classifier;

static const gt_option rows[] = {
    {"widths", GT_TEXT_AT(classifier_settings, widths), "64,128,256,512", "LIST",
     "channels of each stage of the encoder; the last are the numbers of a code"},
    {"blocks", GT_TEXT_AT(classifier_settings, blocks), "3,4,6,3", "LIST",
     "residual blocks of each stage; 3,4,6,3 is ResNet-34, 2,2,2,2 ResNet-18"},
    {"freeze", GT_INT_AT(classifier_settings, frozen), "0", "N",
     "stages of the encoder that are not learned, statistics of their batch norms included: 1 "
     "is the stem, 2 the first stage too, one more than there are stages all of it",
     .min = 0, .max = RESNET_STAGES + 1},
    {"class-weights", GT_TEXT_AT(classifier_settings, class_weights), "none", "LIST",
     "of the classes in the loss: none, balanced (all rows over the number of classes times "
     "rows of the class), or one number for each"},
    {"label-smoothing", GT_REAL_AT(classifier_settings, smoothing), "0", "X",
     "share of a label that all classes get in equal parts", .min = 0, .max = GT_BELOW_ONE},
};
static const gt_option_table options = GT_OPTION_TABLE("Classifier", rows);

/* Views that leave a galaxy its look: any orientation, some of its surroundings. */
#define CLASSIFIER_TRAINING                                                              \
    "optimizer=adamw", "clip=0", "skip-threshold=0", "ema=0", "hold-out=0.1", "flip=no", \
        "crop-least=0.7", "jitter=0", "blur=0", "rotate=1", "schedule=cosine",           \
        "weight-decay=0.01"

static const char *const paper[] = {NULL};
static const char *const paper_training[] = {
    CLASSIFIER_TRAINING, "batch=64", "epochs=100", "warmup=100", "learning-rate=1e-4", NULL};
static const char *const small[] = {"widths=32,64,128,256", "blocks=2,2,2,2", NULL};
static const char *const small_training[] = {
    CLASSIFIER_TRAINING, "batch=32", "epochs=30", "warmup=50", "learning-rate=1e-3", NULL};
static const char *const tiny[] = {"widths=8,16,32", "blocks=1,1,1", NULL};
static const char *const tiny_training[] = {
    CLASSIFIER_TRAINING, "batch=16", "epochs=10", "warmup=10", "learning-rate=3e-3", NULL};
static const gt_model_preset presets[] = {
    {"tiny", "to try it: seconds on a laptop", tiny, tiny_training},
    {"small", "a few thousand cut-outs, codes of 256 numbers", small, small_training},
    {"paper", "ResNet-34, codes of 512 numbers, 21.3 million parameters", paper,
     paper_training},
};

/* ---- Classes --------------------------------------------------------------------------- */

static int count_classes(const gt_model_input *input) {
    return input->class_rows.count < LEAST_CLASSES ? LEAST_CLASSES : input->class_rows.count;
}

/* n / (K n_k), as scikit-learn's; 0 for a class without rows. Equal ones where no rows are
 * told, as of a network that is only to be looked at. */
static gt_reals balance(const gt_model_input *input, int classes) {
    gt_reals out = {.count = classes};
    double all = 0;
    for (int k = 0; k < input->class_rows.count; ++k) all += input->class_rows.value[k];
    for (int k = 0; k < classes; ++k) {
        double own = k < input->class_rows.count ? input->class_rows.value[k] : 0;
        out.value[k] = all == 0 ? 1 : own > 0 ? all / (classes * own) : 0;
    }
    return out;
}

static gt_status read_list(const char *text, int classes, gt_reals *out, gt_error *err) {
    const char *at = text;
    *out = (gt_reals){.count = 0};
    for (;;) {
        char *end;
        double value = strtod(at, &end);
        if (end == at || !(value >= 0 && value <= 1e6) || (*end && *end != ',') ||
            out->count == classes)
            break;
        out->value[out->count++] = value;
        if (!*end && out->count == classes) return GT_OK;
        if (!*end) break;
        at = end + 1;
    }
    return gt_fail(err, GT_USAGE,
                   "class-weights '%s': expected none, balanced, or %d numbers from 0 to 1e6, "
                   "one for each class",
                   text, classes);
}

static gt_status read_weights(const char *text, const gt_model_input *input, gt_reals *out,
                              gt_error *err) {
    int classes = count_classes(input);
    *out = (gt_reals)GT_REALS(1);
    if (strcmp(text, "none") == 0) return GT_OK;
    if (strcmp(text, "balanced") != 0) return read_list(text, classes, out, err);
    *out = balance(input, classes);
    return GT_OK;
}

/* ---- Parameters ------------------------------------------------------------------------ */

static void destroy(void *self) {
    classifier_net *net = self;
    if (!net) return;
    resnet_free(&net->encoder);
    free(net);
}

static gt_status read_config(const classifier_settings *s, const gt_model_input *input,
                             resnet_config *out, gt_error *err) {
    gt_status status = GT_OK;
    *out = (resnet_config){.channels = input->channels, .frozen = (int)s->frozen};
    if (input->height < LEAST_SIZE || input->width < LEAST_SIZE)
        GT_THROW(err, GT_USAGE, "images of %lldx%lld: the encoder needs at least %dx%d",
                 (long long)input->height, (long long)input->width, LEAST_SIZE, LEAST_SIZE);
    GT_TRY(resnet_config_read(s->widths, s->blocks, out, err));
    if (out->frozen > out->stages + 1)
        GT_THROW(err, GT_USAGE,
                 "freeze %d: the encoder has a stem and %d stages, expected 0 to %d",
                 out->frozen, out->stages, out->stages + 1);
done:
    return status;
}

static gt_status create(const void *settings, const gt_model_input *input, gt_params *params,
                        void **self, gt_error *err) {
    gt_status status = GT_OK;
    const classifier_settings *s = settings;
    resnet_config config;
    classifier_net *net = calloc(1, sizeof *net);
    if (!net) GT_THROW(err, GT_NO_MEMORY, "no memory for a network");
    net->smoothing = s->smoothing;
    GT_TRY(read_config(s, input, &config, err));
    GT_TRY(read_weights(s->class_weights, input, &net->weights, err));
    GT_TRY(resnet_add(&config, params, gt_params_add, "", &net->encoder, err));
    int64_t classes = count_classes(input);
    net->weight = gt_params_add(params, "fc.weight", GT_SHAPE(classes, net->encoder.features));
    net->bias = gt_params_add(params, "fc.bias", GT_SHAPE(classes));
    *self = net;
    net = NULL;
done:
    destroy(net);
    return status;
}

static gt_status init(const void *self, gt_params *params, uint64_t seed, gt_error *err) {
    const classifier_net *net = self;
    double bound = 1 / sqrt((double)net->encoder.features);
    resnet_init(&net->encoder, params, seed);
    gt_init_uniform(params, net->weight, seed, bound);
    gt_init_uniform(params, net->bias, seed, bound);
    return GT_OK;
}

static const char *const heads[] = {"fc", NULL};
static const char *const inherited[] = {"widths", "blocks", NULL};

/* Of the names that stand for parts of an encoder in other files, those of the encoder itself;
 * what learned beside it is left out. */
static bool alias(const void *self, const char *foreign, char own[GT_MODEL_NAME]) {
    static const char encoder[] = "backbone.";
    char name[GT_MODEL_NAME];
    if (strncmp(foreign, "fc.", 3) == 0) {
        snprintf(own, GT_MODEL_NAME, "%s", foreign);
        return true;
    }
    if (!ssl_alias(NULL, foreign, name) || strncmp(name, encoder, sizeof encoder - 1) != 0)
        return false;
    snprintf(own, GT_MODEL_NAME, "%s", name + sizeof encoder - 1);
    return true;
}

/* ---- Graphs ---------------------------------------------------------------------------- */

static gt_tensor *logits_of(const classifier_net *net, const net_pass *pass, gt_tensor *x) {
    gt_tensor *codes = resnet_apply(&net->encoder, pass, x, NULL);
    gt_tensor *products = gt_matmul(pass->g, codes, pass->values[net->weight], false, true);
    return gt_add(pass->g, products, pass->values[net->bias]);
}

static gt_status build(const gt_model *model, gt_graph *g, bool in_training,
                       gt_model_graph *out, gt_error *err) {
    gt_status status = GT_OK;
    const classifier_net *net = gt_model_self(model);
    gt_tensor *labels = gt_model_graph_input(out, "labels");
    gt_tensor *x = gt_model_prepare(model, g, gt_model_graph_input(out, "images"));
    net_pass pass = {0};
    GT_TRY(net_pass_open(model, g, in_training, out, &pass, err));
    gt_tensor *logits = logits_of(net, &pass, x);
    out->output = gt_cross_entropy(g, logits, labels, &net->weights, net->smoothing);
    out->monitors[out->monitor_count++] =
        (gt_monitor){"accuracy", gt_share_of_hits(g, gt_stop_gradient(g, logits), labels)};
    if (in_training) GT_TRY(net_pass_update(model, &pass, out, err));
done:
    net_pass_close(&pass);
    return status;
}

static gt_status build_loss(const gt_model *model, gt_graph *g, int64_t batch,
                            gt_model_graph *out, gt_error *err) {
    return build(model, g, true, out, err);
}

static gt_status build_validation(const gt_model *model, gt_graph *g, int64_t batch,
                                  gt_model_graph *out, gt_error *err) {
    return build(model, g, false, out, err);
}

static gt_status encode(const gt_model *model, gt_graph *g, int64_t batch, const void *settings,
                        gt_model_graph *out, gt_error *err) {
    const classifier_net *net = gt_model_self(model);
    const net_pass pass = {.g = g, .values = out->parameters};
    gt_tensor *x = gt_model_prepare(model, g, gt_model_graph_input(out, "images"));
    out->output = resnet_apply(&net->encoder, &pass, x, NULL);
    return GT_OK;
}

static gt_status classify(const gt_model *model, gt_graph *g, int64_t batch,
                          gt_model_graph *out, gt_error *err) {
    const net_pass pass = {.g = g, .values = out->parameters};
    gt_tensor *x = gt_model_prepare(model, g, gt_model_graph_input(out, "images"));
    out->output = gt_softmax(g, logits_of(gt_model_self(model), &pass, x), 1);
    return GT_OK;
}

static const gt_objective objective = {
    .name = "loss", .loss = build_loss, .validation_loss = build_validation};

const gt_model_class gt_model_classifier = {
    .name = "classifier",
    .summary = "a residual encoder with a linear head that learns classes from labels",
    .options = &options,
    .settings_size = sizeof(classifier_settings),
    .presets = presets,
    .preset_count = sizeof presets / sizeof *presets,
    .needs = {.labels = true,
              .labelled = true,
              .whole_batches = true,
              .views = 1,
              .low = 0,
              .high = 1},
    .objectives = &objective,
    .objective_count = 1,
    .loss_unit = "nats",
    .entrance = "conv1.weight",
    .create = create,
    .destroy = destroy,
    .init = init,
    .encode = encode,
    .classify = classify,
    .inherited = inherited,
    .heads = heads,
    .alias = alias,
};
