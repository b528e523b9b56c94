/* SimSiam: each view's predictor is to tell the projection of the other, which stands still.
 *
 * Chen and He, "Exploring simple Siamese representation learning", 2021. */
#include "ssl.h"

static const gt_option rows[] = {
    SSL_ENCODER_ROWS,
    SSL_HIDDEN_ROW("512"),
    SSL_OUTPUT_ROW("128"),
    {"proj-layers", GT_INT_AT(ssl_settings, projection_layers), "3", "N",
     "linear layers of the projector: 3 as the public class, 2 as the paper's text", .min = 1,
     .max = SSL_LAYERS},
    SSL_PREDICTION_ROW("64"),
};
static const gt_option_table options = GT_OPTION_TABLE("SimSiam", rows);

static const char *const paper[] = {NULL};
static const char *const paper_training[] = {SSL_TRAINING, SSL_PAPER_TRAINING,
                                             "learning-rate=5e-4", NULL};
static const char *const small[] = {SSL_SMALL, "hidden=256", NULL};
static const char *const small_training[] = {SSL_TRAINING, SSL_SMALL_PREDICTION, NULL};
static const char *const tiny[] = {SSL_TINY, "hidden=32", "output=16", "prediction-hidden=8",
                                   NULL};
static const char *const tiny_training[] = {SSL_TRAINING, SSL_TINY_TRAINING, NULL};
static const gt_model_preset presets[] = {
    {"tiny", "to try it: seconds on a laptop", tiny, tiny_training},
    {"small", "a few thousand cut-outs, codes of 256 numbers", small, small_training},
    {"paper", "ResNet-34, codes of 512 numbers, 21.9 million parameters", paper,
     paper_training},
};

static gt_tensor *loss_of(gt_graph *g, const ssl_net *net, const ssl_views *views) {
    gt_tensor *first = gt_negative_cosine(g, views->p[0], views->z[1]);
    gt_tensor *second = gt_negative_cosine(g, views->p[1], views->z[0]);
    return gt_affine(g, gt_add(g, first, second), 0.5, 0);
}

static gt_status create(const void *settings, const gt_model_input *input, gt_params *params,
                        void **self, gt_error *err) {
    static const ssl_kind kind = {
        .projector_ending = SSL_NORMED_WITHOUT_AFFINE, .has_predictor = true, .loss = loss_of};
    return ssl_create(&kind, settings, input, params, self, err);
}

const gt_model_class gt_model_simsiam = {
    .name = "simsiam",
    .summary = "SimSiam: codes of one view that tell those of the other",
    .options = &options,
    .presets = presets,
    .preset_count = sizeof presets / sizeof *presets,
    .loss_unit = "minus cosine",
    .create = create,
    SSL_CLASS_MEMBERS,
};
