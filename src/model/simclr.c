/* SimCLR: a picture's two views are to be told from all others of the batch.
 *
 * Chen, Kornblith, Norouzi and Hinton, "A simple framework for contrastive learning of visual
 * representations", 2020. */
#include "ssl.h"

static const gt_option rows[] = {
    SSL_ENCODER_ROWS,
    SSL_HIDDEN_ROW("512"),
    SSL_OUTPUT_ROW("128"),
    {"proj-layers", GT_INT_AT(ssl_settings, projection_layers), "2", "N",
     "linear layers of the projector", .min = 1, .max = SSL_LAYERS},
    {"temperature", GT_REAL_AT(ssl_settings, temperature), "0.5", "X",
     "what the cosines are divided by", .min = 1e-3, .max = 1e3},
};
static const gt_option_table options = GT_OPTION_TABLE("SimCLR", rows);

static const char *const paper[] = {NULL};
static const char *const paper_training[] = {SSL_TRAINING, SSL_PAPER_TRAINING,
                                             "learning-rate=1e-3", NULL};
static const char *const small[] = {SSL_SMALL, "hidden=256", NULL};
static const char *const small_training[] = {SSL_TRAINING, SSL_SMALL_CONTRAST, NULL};
static const char *const tiny[] = {SSL_TINY, "hidden=32", "output=16", NULL};
static const char *const tiny_training[] = {SSL_TRAINING, SSL_TINY_TRAINING, NULL};
static const gt_model_preset presets[] = {
    {"tiny", "to try it: seconds on a laptop", tiny, tiny_training},
    {"small", "a few thousand cut-outs, codes of 256 numbers", small, small_training},
    {"paper", "ResNet-34, codes of 512 numbers, 21.6 million parameters", paper,
     paper_training},
};

static gt_tensor *loss_of(gt_graph *g, const ssl_net *net, const ssl_views *views) {
    return gt_nt_xent(g, views->z[0], views->z[1], net->settings.temperature);
}

static gt_status create(const void *settings, const gt_model_input *input, gt_params *params,
                        void **self, gt_error *err) {
    static const ssl_kind kind = {
        .projector_ending = SSL_NORMED, .watches_codes = true, .loss = loss_of};
    return ssl_create(&kind, settings, input, params, self, err);
}

const gt_model_class gt_model_simclr = {
    .name = "simclr",
    .summary = "SimCLR: codes that tell a picture's views from all other pictures",
    .options = &options,
    .presets = presets,
    .preset_count = sizeof presets / sizeof *presets,
    .loss_unit = "nats",
    .create = create,
    SSL_CLASS_MEMBERS,
};
