/* BYOL: each view's predictor is to tell what a slow copy of the network makes of the other.
 *
 * Grill et al., "Bootstrap your own latent", 2020. */
#include "galatea/optim.h"
#include "ssl.h"

static const gt_option rows[] = {
    SSL_ENCODER_ROWS,
    SSL_HIDDEN_ROW("1024"),
    SSL_OUTPUT_ROW("256"),
    {"proj-layers", GT_INT_AT(ssl_settings, projection_layers), "2", "N",
     "linear layers of the projector", .min = 1, .max = SSL_LAYERS},
    SSL_PREDICTION_ROW("1024"),
    {"base-momentum", GT_REAL_AT(ssl_settings, base_momentum), "0.996", "X",
     "what the target keeps of itself in a step of the first epoch; it rises to 1 in the last",
     .min = 0, .max = 1},
};
static const gt_option_table options = GT_OPTION_TABLE("BYOL", rows);

static const char *const paper[] = {NULL};
static const char *const paper_training[] = {SSL_TRAINING, SSL_PAPER_TRAINING,
                                             "learning-rate=5e-4", NULL};
static const char *const small[] = {
    SSL_SMALL,       "hidden=512", "prediction-hidden=512", "base-momentum=0.99",
    "proj-layers=3", NULL};
static const char *const small_training[] = {SSL_TRAINING, SSL_SMALL_PREDICTION, NULL};
static const char *const tiny[] = {
    SSL_TINY, "hidden=32", "output=16", "prediction-hidden=32", "base-momentum=0.9", NULL};
static const char *const tiny_training[] = {SSL_TRAINING, SSL_TINY_TRAINING, NULL};
static const gt_model_preset presets[] = {
    {"tiny", "to try it: seconds on a laptop", tiny, tiny_training},
    {"small", "a few thousand cut-outs, codes of 256 numbers", small, small_training},
    {"paper", "ResNet-34, codes of 512 numbers, 22.6 million parameters and a copy of most",
     paper, paper_training},
};

static gt_tensor *loss_of(gt_graph *g, const ssl_net *net, const ssl_views *views) {
    gt_tensor *first = gt_negative_cosine(g, views->p[0], views->targets[1]);
    gt_tensor *second = gt_negative_cosine(g, views->p[1], views->targets[0]);
    return gt_affine(g, gt_add(g, first, second), 0.5, 0);
}

static gt_status create(const void *settings, const gt_model_input *input, gt_params *params,
                        void **self, gt_error *err) {
    static const ssl_kind kind = {.projector_ending = SSL_PLAIN,
                                  .has_predictor = true,
                                  .has_target = true,
                                  .watches_codes = true,
                                  .loss = loss_of};
    return ssl_create(&kind, settings, input, params, self, err);
}

/* The target's step towards the network: 1 - m. */
static double pace(const void *self, int64_t epoch, int64_t epochs) {
    const ssl_net *net = self;
    return 1 - gt_target_momentum(net->settings.base_momentum, epoch, epochs);
}

static const gt_scheduled_value schedules[] = {{"pace", pace}, {NULL, NULL}};

const gt_model_class gt_model_byol = {
    .name = "byol",
    .summary = "BYOL: codes of one view that tell a slow copy's codes of the other",
    .options = &options,
    .presets = presets,
    .preset_count = sizeof presets / sizeof *presets,
    .loss_unit = "minus cosine",
    .create = create,
    .schedules = schedules,
    SSL_CLASS_MEMBERS,
};
