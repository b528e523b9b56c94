/* model_class.h (room: model) - what a kind of model is: what it needs of its data, what it
 * learns, and the builders of its graphs. A gt_model_class is one row of src/model/models.def.
 *
 * Every graph takes images as levels (dataset.h: 0..255, those of bytes the bytes themselves):
 * a model prepares its own input. Batch is the number of images of one run of the graph. A kind
 * that takes codes in place of images sees them as images of D channels and one pixel, with the
 * values they have.
 *
 * A kind with two views learns from pairs of augmented pictures: where it takes images in its
 * loss, they are (2 batch,C,H,W), the first view of every row and then the second of every row.
 */
#ifndef GALATEA_MODEL_CLASS_H
#define GALATEA_MODEL_CLASS_H

#include <stdbool.h>
#include <stdint.h>

#include "galatea/error.h"
#include "galatea/graph.h"
#include "galatea/optim.h"
#include "galatea/option.h"
#include "galatea/params.h"
#include "galatea/plan.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct gt_model gt_model;

/* Where draws come from: image n of an array is image number first + n of the seed. */
typedef struct gt_draws {
    uint64_t seed, first;
} gt_draws;

/* The images a model is made for. Networks see x = (level + shift) * scale, of each channel
 * with its own numbers or of all with one; the usual choice is minus the mean and one over the
 * deviation of the levels (dataset.h) of the training set. */
typedef struct gt_model_input {
    int64_t channels, height, width;
    gt_reals shift, scale; /* one number, or as many as there are channels */
    gt_reals class_rows;   /* of each class among the rows to learn from, for a kind that needs
                              labelled rows; 0 alone, and count 0: not told */
    const char *constant;  /* features of codes that are one number in all rows to learn from,
                              "3,17-20=0.25" (0 where there is no number): a density is one of
                              the others, and codes that are drawn have these numbers; NULL:
                              none. Lent; a model keeps a copy */
} gt_model_input;

/* One shift and one scale for all channels, as an initializer. */
#define GT_MODEL_INPUT(channels, height, width, shift, scale) \
    { (channels), (height), (width), GT_REALS(shift), GT_REALS(scale) }

/* What a kind of model needs of its data; everything that readers, loaders and batches have to
 * know. */
typedef struct gt_data_needs {
    bool codes;         /* codes, with the values they have; else images */
    bool labels;        /* every loss has an input "labels" (batch): class numbers, -1: none */
    bool labelled;      /* rows without a label are left out, and the input of the model tells
                           rows of each class */
    bool whole_batches; /* losses read statistics of their batch, which must not be cut */
    bool parts;         /* of these models: a batch is as many parts with statistics of their
                           own as the setting micro-batch says; states move in each of them */
    bool full_batches;  /* a last batch that is not full is never trained with; without it: it
                           is, where its statistics are worth something and batches are whole */
    bool weights;       /* losses are sums over pixels: those that are built of a model which
                           weighs (gt_model_weigh) have an input "weights" (batch,C,H,W) that
                           multiplies the term of each pixel */
    int views;          /* of every row in a loss: 0, the image itself; 1, a view of it in
                           training, itself in validation; 2, see above */
    double low, high;   /* what levels 0 and 255 become; equal: standardized by the mean and the
                           deviation of the training pixels. Inputs of graphs are levels: a
                           builder applies shift and scale of its gt_model_input, which follow
                           from these */
} gt_data_needs;

/* A named choice of settings. Lists of "key=value" end with NULL: `settings` are keys of the
 * model's own options, `training` keys of the training loop's. */
typedef struct gt_model_preset {
    const char *name, *summary;
    const char *const *settings;
    const char *const *training;
} gt_model_preset;

/* A tensor of the public weight files that follows from the settings (a mask): written beside
 * the weights; a file that has another one there does not fit. Values are lent by the model. */
typedef struct gt_model_fixed {
    char name[96];
    gt_shape shape;
    const float *values;
    const char *otherwise; /* what a file with another one is told: "is not 1: ..."; or NULL */
} gt_model_fixed;

/* All rows of the training set of a run, validation rows included. read may fail, also with
 * GT_INTERRUPTED. */
typedef struct gt_model_rows {
    uint64_t count;
    gt_status (*read)(void *user, uint64_t first, size_t count, float *out, gt_error *err);
    void *user;
} gt_model_rows;

/* A scalar to be logged, such as a term of the loss, and what it tells of a model that no
 * longer learns; the trainer says so once. 0 and NULL: it tells nothing. */
typedef struct gt_monitor {
    const char *name;
    gt_tensor *value; /* shape () */
    double healthy;   /* its usual size while the model learns: near 0 outputs are all alike */
    const char *against; /* a monitor of the same loss that stands in for `healthy` */
    double most;         /* of a healthy one: above it outputs run away */
    double least;        /* below it in three of its steps in a row, `lost` is so */
    const char *lost;    /* "the network has no slope" */
} gt_monitor;

/* At most so many in training; validation may have more behind those of training. */
enum { GT_MODEL_MONITORS = 8, GT_MODEL_JUDGED = 20, GT_MODEL_NAME = 128 };

/* A part of what a picture is made of: its latents, in the order in which a row of them holds
 * its parts. */
typedef struct gt_model_latent {
    char name[32];  /* in files: "level_0" */
    char noise[32]; /* where it is drawn: the name of its stream of normal noise */
    gt_shape shape; /* of one picture */
} gt_model_latent;

enum { GT_MODEL_LATENTS = 16 }; /* parts at most */

/* How a graph deals with latents, and with the pictures that belong to them. */
typedef struct gt_latent_use {
    bool given;   /* samples are made of the input "latents" (batch,width); else of noise */
    bool raw;     /* latents as the network has them (z); else as normal noise (eps) */
    bool inner;   /* pictures come out, or go in as the input "inner", as the network has them
                     inside, (batch, gt_model_inner): no channel is averaged, no pixel rounded */
    bool checked; /* inversions: behind the latents of a picture stand two numbers more, the
                     largest difference of its pixels after the way back, as a share of their
                     range, and the largest absolute z */
} gt_latent_use;

/* The value that state number `index` of the parameters has after a step. */
typedef struct gt_state_update {
    int index;
    gt_tensor *value; /* of the state's shape */
} gt_state_update;

/* A named input of a graph, to be bound by whoever runs it. The name is static. */
typedef struct gt_model_feed {
    const char *name;
    gt_tensor *leaf;
} gt_model_feed;

enum { GT_MODEL_FEEDS = 8 };

/* A graph built by a model. Tensors belong to the gt_graph, the list of leaves to this struct:
 * end it with gt_model_graph_close. Inputs that there are before a builder of the class is
 * called: "images" (batch,C,H,W), levels 0..255, but for samples; in losses also "labels" of a
 * class that needs them, "weights" of a model that weighs, and its scalars. */
typedef struct gt_model_graph {
    gt_tensor *
        *parameters; /* [gt_params_count]: leaf of each parameter, as gradients want them */
    gt_model_feed feeds[GT_MODEL_FEEDS];
    int feed_count;
    gt_tensor *output;
    double idle;           /* about the loss of a network that does nothing; 0: nobody knows */
    gt_latent_use latents; /* of samples and inversions */
    gt_monitor monitors[GT_MODEL_JUDGED];
    int monitor_count;
    gt_state_update *updates; /* of a loss; malloc, freed by gt_model_graph_close */
    int update_count;
} gt_model_graph;

/* A number that follows a schedule over the epochs (a rate, the weight of a term): losses take
 * it as an input () of that name. Nothing else is bound to losses but images, labels and
 * weights. at: its value in epoch 0 .. epochs - 1. */
typedef struct gt_scheduled_value {
    const char *name;
    double (*at)(const void *self, int64_t epoch, int64_t epochs);
} gt_scheduled_value;

/* What the density of an image is one of. */
typedef struct gt_density_subject {
    int bits; /* of a value, the rest being filled with noise that is drawn; 0: the value
                 as it is, and nothing is left to chance */
    int64_t channels; /* that the network sees */
    int64_t values;   /* of all of them */
} gt_density_subject;

/* The first batch of a new run, before its first step. */
typedef struct gt_first_batch {
    int64_t rows;
    const float *images;   /* as a loss takes them: (rows,C,H,W) levels, or both views */
    const int32_t *labels; /* (rows), -1: none; NULL when the set has none */
    int threads;           /* to compute with */
} gt_first_batch;

/* The plan of a sample graph for one batch; the sampler binds its inputs and sets its noise. */
enum { GT_SAMPLING_FATES = 4 };
typedef struct gt_sampling {
    gt_plan *plan;
    const float *values; /* that the plan computes with: a vector like the model's own */
    const gt_model_graph *graph;
    const void *settings; /* as read by sample_options */
    int64_t batch;        /* images to be made; the plan takes as many at once, or, of a kind
                             whose sampler refills, any number */
    uint64_t seed, first; /* image n of the batch is image number first + n of the seed */
    const float *latents; /* (batch,width), where they are given; else NULL */
    int64_t *fates; /* [GT_SAMPLING_FATES] of how many images what came true is added here,
                       for tell_samples */
} gt_sampling;

/* How the parameters of an objective learn. */
typedef struct gt_learner_settings {
    gt_optimizer rule;
    double rate; /* learning rate, before what the run's schedule makes of it */
    double clip; /* the longest gradient applied; 0: any */
    double skip; /* a step with a gradient as long as this is left out; 0: none is */
    int64_t skip_patience;
    double average; /* rate of the moving average of these parameters; 0: none */
} gt_learner_settings;

/* One thing that a model learns: a loss, the parameters that it moves, and when. */
typedef struct gt_objective {
    const char
        *name; /* in states, and before its columns in the logs where it is not the first */
    /* What the names of its parameters begin with; NULL: all. Those of them that are learned
     * stand side by side, and no two objectives move one. */
    const char *prefix;
    int64_t every; /* it steps on every n-th batch; 0 and 1: on all */
    /* Changes the run's settings for this objective; NULL: they are used as they are. */
    void (*learn)(const void *self, gt_learner_settings *learning);
    /* Builders of the training loss, and of the loss in evaluation mode by which epochs are
     * validated, with the same monitors and perhaps more behind them; NULL: the same. */
    gt_status (*loss)(const gt_model *model, gt_graph *g, int64_t batch, gt_model_graph *out,
                      gt_error *err);
    gt_status (*validation_loss)(const gt_model *model, gt_graph *g, int64_t batch,
                                 gt_model_graph *out, gt_error *err);
    /* A loss with more in it (a penalty that costs much), which stands in for the other in
     * every `seldom_every`-th of its steps, the first among them. It has the same updates, and
     * the same monitors before those of its own. NULL: never. */
    gt_status (*seldom)(const gt_model *model, gt_graph *g, int64_t batch, gt_model_graph *out,
                        gt_error *err);
    int64_t seldom_every;
    /* States whose names begin with `copy` follow what is called the same behind `prefix`,
     * parameters and states, after every of its steps: s <- keeps s + (1 - keeps) value, in
     * step number 0, 1, ... of the run. NULL: there are none. */
    const char *copy;
    double (*copy_keeps)(const void *self, int64_t step);
} gt_objective;

enum { GT_MOST_OBJECTIVES = 4 };

/* What a kind of model is. `self` is the model's own part, made by `create`. */
typedef struct gt_model_class {
    const char *name, *summary;
    const gt_option_table *options; /* the architecture; read into a struct of settings_size */
    size_t settings_size;
    const gt_model_preset *presets; /* at least one; a new run takes the last by itself */
    int preset_count;
    /* Options of the uses below, read into structs of these sizes. */
    const gt_option_table *encode_options, *sample_options, *invert_options;
    size_t encode_size, sample_size, invert_size;
    /* Lists of "key=value" of sample_options that end with NULL: how a network that still
     * learns is looked at, where its samples could take for ever. NULL: as it is used. */
    const char *const *sketch;
    gt_data_needs needs;
    /* In the order in which they step on a batch. Epochs are validated by the loss of the
     * first. */
    const gt_objective *objectives;
    int objective_count;
    bool latest_is_best;   /* a lower loss need not mean better codes: the last weights count */
    const char *loss_unit; /* "nats per value" */
    const char *entrance;  /* the weight (O,channels,...) that is applied to the input first;
                              NULL: not stated */

    /* Adds every parameter to params. */
    gt_status (*create)(const void *settings, const gt_model_input *input, gt_params *params,
                        void **self, gt_error *err);
    void (*destroy)(void *self);
    /* Writes every parameter's first value. */
    gt_status (*init)(const void *self, gt_params *params, uint64_t seed, gt_error *err);
    /* Initial values that depend on data (an actnorm's), set after init and before pretrained
     * weights are read. They are saved before the first step, so a resumed run does not compute
     * them again. NULL: there are none. */
    gt_status (*init_from)(const gt_model *model, const gt_first_batch *batch, float *values,
                           gt_error *err);
    /* Builders; NULL where a kind of model has no such use. out holds the leaves of the
     * parameters and the images' input; shapes that disagree stay in the graph. */
    gt_status (*encode)(const gt_model *model, gt_graph *g, int64_t batch, const void *settings,
                        gt_model_graph *out, gt_error *err);
    /* Probabilities of the classes, (batch, classes). */
    gt_status (*classify)(const gt_model *model, gt_graph *g, int64_t batch,
                          gt_model_graph *out, gt_error *err);
    gt_status (*reconstruct)(const gt_model *model, gt_graph *g, int64_t batch,
                             gt_model_graph *out, gt_error *err);
    gt_status (*sample)(const gt_model *model, gt_graph *g, int64_t batch, const void *settings,
                        gt_model_graph *out, gt_error *err);
    /* Runs the plan of `sample` as many times as sampling takes (diffusion, an inversion) and
     * writes the result to output, as large as the graph's output. NULL: one run is enough. */
    gt_status (*run_sampler)(const gt_model *model, const gt_sampling *sampling, float *output,
                             gt_error *err);
    bool sampler_refills; /* run_sampler makes any number of images by a plan of any batch */
    /* Remarks what became of that many images, after all runs of the sampler; NULL: nothing. */
    void (*tell_samples)(const void *settings, int64_t images, const int64_t *fates);
    /* Part `i` of the latents of a picture; false: there are no more. `sample` takes its noise
     * with gt_model_latent_leaf then, and a sampler the first one. NULL: pictures cannot be
     * made of latents that are given. */
    bool (*latent)(const void *self, int i, gt_model_latent *out);
    /* The latents that pictures are made of, (batch, width), and what out->latents asks for.
     * NULL: there is no way back. The two are not the same where has_raw_latents. */
    gt_status (*invert)(const gt_model *model, gt_graph *g, int64_t batch, const void *settings,
                        gt_model_graph *out, gt_error *err);
    bool has_raw_latents;
    /* (C,H,W) of pictures inside the network. NULL: as they are made. */
    gt_shape (*inner)(const void *self);
    gt_status (*density)(const gt_model *model, gt_graph *g, int64_t batch, gt_model_graph *out,
                         gt_error *err);
    /* NULL: of the input as it is. */
    gt_density_subject (*density_subject)(const void *self);
    /* What a second network says of images, square ones of any side with the channels of the
     * input or of what is made: (batch,n), with n names, ended by NULL. NULL: there is none. */
    gt_status (*score)(const gt_model *model, gt_graph *g, int64_t batch, gt_model_graph *out,
                       gt_error *err);
    const char *const *scores;
    /* Ended by one without a name. NULL: none. */
    const gt_scheduled_value *schedules;
    /* Settings that follow those of a run whose weights it begins with, ended by NULL, unless
     * they are given. NULL: none do. */
    const char *const *inherited;
    /* Groups of parameters (what is before the first dot of a name), ended by NULL, that
     * pretrained weights may have in another shape, or have although the model has none: they
     * are skipped then. NULL: everything in a file must fit. */
    const char *const *heads;
    /* Pretrained weights of other programs. alias: the model's name of a foreign tensor; false:
     * it has no such parameter, and the tensor may be there. NULL: names are the same. adopt:
     * called after some parameters were loaded in this way, sets those that follow from others.
     * NULL: none do. */
    bool (*alias)(const void *self, const char *foreign, char own[GT_MODEL_NAME]);
    void (*adopt)(const void *self, gt_params *params, const bool *is_given);
    /* Number `i` of the fixed tensors; false: there are no more. NULL: none at all. */
    bool (*fixed)(const void *self, int i, gt_model_fixed *out);
    /* Recomputes the state in a vector of parameters from all rows, before it is used or saved.
     * NULL: there is none. */
    gt_status (*recalibrate)(const gt_model *model, float *values, const gt_model_rows *rows,
                             int threads, gt_error *err);
    /* New codes, without a graph: (count,D). NULL where sample makes images. */
    gt_status (*draw)(const gt_model *model, int64_t count, const gt_draws *draws, float *codes,
                      gt_error *err);
    /* (C,H,W) of the pictures that sample makes. Those of a kind with reconstruct are like its
     * input. NULL: all are. */
    gt_shape (*made)(const void *self);
    /* Pictures of that size from what reconstruct (draws == NULL) or sample gave for `count` of
     * them. NULL: those give the pictures themselves, (batch,C,H,W) or (batch,C H W), as the
     * network sees its input. */
    gt_status (*decode)(const gt_model *model, const float *output, int64_t count,
                        const gt_draws *draws, float *images, gt_error *err);
} gt_model_class;

#ifdef __cplusplus
}
#endif
#endif
