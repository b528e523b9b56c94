/* ssl.h - learning from pairs of views: what SimCLR (Chen et al. 2020), BYOL (Grill et al.
 * 2020) and SimSiam (Chen & He 2021) share, as in the documented examples of lightly. Private.
 *
 * A residual network (backbone) gives the code h; a projector z = g(h), and for two of them a
 * predictor p = q(z). View 0 and view 1 pass one after the other: batch norms take statistics
 * of one view, running statistics follow both. Names are backbone.*,
 * projection_head.layers.K.*, prediction_head.layers.K.*; BYOL's target has backbone_momentum.*
 * and projection_head_momentum.layers.*. */
#ifndef GT_MODEL_SSL_H
#define GT_MODEL_SSL_H

#include "resnet.h"

typedef struct ssl_settings {
    const char *widths, *blocks;
    int64_t projection_layers, hidden, output, prediction_hidden;
    double temperature, base_momentum;
} ssl_settings;

extern const gt_model_class gt_model_simclr, gt_model_byol, gt_model_simsiam;

/* The rows of the encoder, which all three have, and of the heads: `options` of a class. */
#define SSL_ENCODER_ROWS                                                             \
    {"widths", GT_TEXT_AT(ssl_settings, widths), "64,128,256,512", "LIST",           \
     "channels of each stage of the encoder; the last are the numbers of a code"},   \
    {                                                                                \
        "blocks", GT_TEXT_AT(ssl_settings, blocks), "3,4,6,3", "LIST",               \
            "residual blocks of each stage; 3,4,6,3 is ResNet-34, 2,2,2,2 ResNet-18" \
    }
#define SSL_HIDDEN_ROW(value)                                                \
    {                                                                        \
        "hidden", GT_INT_AT(ssl_settings, hidden), value, "N",               \
            "units of the projector's hidden layers", .min = 1, .max = 65536 \
    }
#define SSL_OUTPUT_ROW(value)                                          \
    {                                                                  \
        "output", GT_INT_AT(ssl_settings, output), value, "N",         \
            "numbers that the projector gives", .min = 2, .max = 65536 \
    }
#define SSL_PREDICTION_ROW(value)                                                    \
    {                                                                                \
        "prediction-hidden", GT_INT_AT(ssl_settings, prediction_hidden), value, "N", \
            "units of the predictor's hidden layer", .min = 1, .max = 65536          \
    }

/* Training that all presets share; a preset adds an optimizer, a schedule, batch, epochs and
 * learning-rate. */
#define SSL_TRAINING \
    "momentum=0.9", "clip=0", "skip-threshold=0", "ema=0", "hold-out=0", "flip=no"
#define SSL_LARS "optimizer=lars", "weight-decay=1e-6"

/* ResNet-18 at half its width: settings and training of the preset `small`; and of `tiny`. The
 * scaled steps of LARS are a thousandth of a rate, hence the large rates of short runs.
 * Contrast wants large batches; those who predict without it learn more in many small steps of
 * SGD. */
#define SSL_SMALL "widths=32,64,128,256", "blocks=2,2,2,2"
#define SSL_SMALL_CONTRAST \
    SSL_LARS, "schedule=cosine", "warmup=100", "batch=128", "epochs=60", "learning-rate=1"
#define SSL_SMALL_PREDICTION                                                           \
    "optimizer=sgd", "weight-decay=5e-4", "schedule=cosine", "warmup=100", "batch=32", \
        "epochs=30", "learning-rate=0.03"
#define SSL_TINY "widths=8,16,32", "blocks=1,1,1"
#define SSL_TINY_TRAINING \
    SSL_LARS, "schedule=cosine", "warmup=10", "batch=32", "epochs=10", "learning-rate=0.5"
#define SSL_PAPER_TRAINING SSL_LARS, "schedule=constant", "batch=1024", "epochs=1000"

/* ---- Heads (ssl_head.c) ------------------------------------------------------------------ */

enum { SSL_LAYERS = 3 };

/* Linear layers; behind each a batch norm or nothing, and between them relu. */
typedef struct ssl_head {
    int count;
    int weights[SSL_LAYERS], biases[SSL_LAYERS]; /* a bias only where no norm follows */
    bool is_normed[SSL_LAYERS];
    norm_layer norms[SSL_LAYERS];
} ssl_head;

/* How the last layer ends; all others end with a batch norm. */
typedef enum ssl_ending { SSL_PLAIN, SSL_NORMED, SSL_NORMED_WITHOUT_AFFINE } ssl_ending;

/* sizes: count + 1 numbers, from input to output. */
ssl_head ssl_head_add(gt_params *params, adder add, const char *prefix, int count,
                      const int64_t *sizes, ssl_ending ending);
void ssl_head_init(const ssl_head *head, gt_params *params, uint64_t seed);
gt_tensor *ssl_head_apply(const ssl_head *head, const net_pass *pass, gt_tensor *x);

/* ---- The network (ssl.c) ---------------------------------------------------------------- */

typedef struct ssl_net ssl_net;

/* h (N,features), z and p (N,output) of each view; targets: BYOL's z. NULL where there is none.
 */
typedef struct ssl_views {
    gt_tensor *h[2], *z[2], *p[2], *targets[2];
} ssl_views;

/* What differs between the three. */
typedef struct ssl_kind {
    ssl_ending projector_ending;
    bool has_predictor, has_target;
    bool watches_codes; /* a collapse shows in the spread of h; else in that of the outputs */
    gt_tensor *(*loss)(gt_graph *g, const ssl_net *net, const ssl_views *views);
} ssl_kind;

struct ssl_net {
    const ssl_kind *kind;
    ssl_settings settings; /* texts are not kept */
    resnet backbone;
    ssl_head projector, predictor; /* count 0: there is none */
    resnet target;                 /* block_count 0: there is none */
    ssl_head target_projector;
    int parameters;
    int *source; /* of a target's parameter: what it follows; else -1 */
};

/* `kind` is lent. */
GT_MUST_CHECK gt_status ssl_create(const ssl_kind *kind, const ssl_settings *settings,
                                   const gt_model_input *input, gt_params *params, void **self,
                                   gt_error *err);
void ssl_destroy(void *self);
/* First values; a target begins as a copy. */
GT_MUST_CHECK gt_status ssl_init(const void *self, gt_params *params, uint64_t seed,
                                 gt_error *err);
/* gt_model_class.encode, .alias, .adopt and .heads of all three: what serves learning alone. */
extern const char *const ssl_heads[];
GT_MUST_CHECK gt_status ssl_encode(const gt_model *model, gt_graph *g, int64_t batch,
                                   const void *settings, gt_model_graph *out, gt_error *err);
bool ssl_alias(const void *self, const char *foreign, char own[GT_MODEL_NAME]);
void ssl_adopt(const void *self, gt_params *params, const bool *is_given);

/* ---- Both views (ssl_views.c) ------------------------------------------------------------ */

/* Passes both views of the input "images" through the network, in the public order: the target
 * moves (by the input "pace", in training), then view 0, its target, view 1, its target. In
 * training graph->updates get the new states. */
GT_MUST_CHECK gt_status ssl_views_build(const gt_model *model, gt_graph *g, bool in_training,
                                        gt_model_graph *graph, ssl_views *out, gt_error *err);

/* The objective of all three: the kind's loss, and how far outputs (p, or z without a
 * predictor) and codes of view 0 spread. */
extern const gt_objective ssl_objective;

/* ---- The class --------------------------------------------------------------------------- */

/* What all three learn from: views are made of pictures from 0 to 1, and batch norm and NT-Xent
 * look at all rows. */
#define SSL_NEEDS \
    { .whole_batches = true, .views = 2, .low = 0, .high = 1 }

/* Members of gt_model_class that are the same in all three. */
#define SSL_CLASS_MEMBERS                                                              \
    .settings_size = sizeof(ssl_settings), .needs = SSL_NEEDS, .latest_is_best = true, \
    .objectives = &ssl_objective, .objective_count = 1, .destroy = ssl_destroy,        \
    .init = ssl_init, .encode = ssl_encode, .heads = ssl_heads, .alias = ssl_alias,    \
    .adopt = ssl_adopt

#endif
