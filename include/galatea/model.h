/* model.h (room: model) - what the training loop and the commands know of a model: its
 * settings, its parameters, and the graphs it can build.
 *
 * A kind of model is a gt_model_class, one row of src/model/models.def. A gt_model is one
 * network of that kind for images of one shape. Every graph takes images as levels
 * (dataset.h: 0..255, those of bytes the bytes themselves): a model prepares its own input.
 * Batch is the number of images of one run of the graph. A kind that takes codes in place of
 * images sees them as images of D channels and one pixel, with the values they have.
 *
 * Values that a model keeps without learning them (running means) are state of its gt_params:
 * saved and loaded with the weights. Either the class's recalibrate sets them from all rows
 * before weights are used or saved, or the loss graph has new values for them, taken over after
 * every step.
 *
 * A kind with two views learns from pairs of augmented pictures: where it takes images in its
 * loss, they are (2 batch,C,H,W), the first view of every row and then the second of every row.
 *
 * Threads: a model is not changed by building graphs; different threads may build at the same
 * time. */
#ifndef GALATEA_MODEL_H
#define GALATEA_MODEL_H

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
typedef struct gt_draws gt_draws;

/* The images a model is made for. Networks see x = (level + shift) * scale, of each channel
 * with its own numbers or of all with one; the usual choice is minus the mean and one over the
 * deviation of the levels (dataset.h) of the training set. */
typedef struct gt_model_input {
    int64_t channels, height, width;
    gt_reals shift, scale; /* one number, or as many as there are channels */
    gt_reals class_rows;   /* of each class among the rows to learn from, for a kind that needs
                              labelled rows; 0 alone, and count 0: not told */
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

/* The rows image-channels, image-height, image-width, pixel-shift and pixel-scale for a
 * gt_model_input, so that a run's settings file tells them to later commands. */
extern const gt_option_table gt_model_input_options;

/* The row class-rows, in the settings files of kinds that need labelled rows. */
extern const gt_option_table gt_model_label_options;

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

/* All kinds, in the order of models.def. */
const gt_model_class *const *gt_model_classes(size_t *count);
/* GT_USAGE naming the nearest one when there is no such kind, no such preset. */
GT_MUST_CHECK gt_status gt_model_class_find(const char *name, const gt_model_class **out,
                                            gt_error *err);
GT_MUST_CHECK gt_status gt_model_preset_find(const gt_model_class *kind, const char *name,
                                             const gt_model_preset **out, gt_error *err);

/* A network for images of the given shape; settings as read by class->options, copied where
 * needed. GT_USAGE when the settings contradict each other or the shape of the images,
 * GT_BAD_ARGUMENT when an objective has no parameters side by side of its own.
 * Parameters are allocated and all zero. *out is yours. */
GT_MUST_CHECK gt_status gt_model_create(const gt_model_class *kind, const void *settings,
                                        const gt_model_input *input, gt_model **out,
                                        gt_error *err);
void gt_model_destroy(gt_model *model);

/* Losses that are built from now on weigh pixels. GT_UNSUPPORTED for a kind whose loss is no
 * sum over pixels. */
GT_MUST_CHECK gt_status gt_model_weigh(gt_model *model, gt_error *err);

/* First values, a function of the seed and of each parameter's name alone. */
GT_MUST_CHECK gt_status gt_model_init(gt_model *model, uint64_t seed, gt_error *err);

/* Sets the shift and scale that the kind of model itself fixes: codes keep their values, and
 * needs may fix the scale of pixels. False: they follow from the training pixels. */
bool gt_model_fit_input(const gt_model_class *kind, gt_model_input *input);

/* The input of that name, NULL: the graph has none. */
gt_tensor *gt_model_graph_input(const gt_model_graph *graph, const char *name);
/* For builders: makes an input, and lists it under its name (static). */
gt_tensor *gt_model_graph_add_input(gt_model_graph *graph, gt_graph *g, const char *name,
                                    gt_shape shape);
/* For builders of losses: terms (N,C,H,W) of pixels, or (N,1,H,W) where a pixel has one for all
 * of its channels, times the input "weights", of which the mean of the channels is meant then;
 * as they are without. */
gt_tensor *gt_model_weighed(const gt_model_graph *graph, gt_graph *g, gt_tensor *terms);
/* For builders: levels (N,C,H,W) as networks see them, by the shift and scale of the model's
 * input. */
gt_tensor *gt_model_prepare(const gt_model *model, gt_graph *g, gt_tensor *images);
/* First values from rows, into the model's vector; nothing for a kind without. */
GT_MUST_CHECK gt_status gt_model_init_from(gt_model *model, const gt_first_batch *batch,
                                           gt_error *err);

/* Frees what a build left in *graph; a zeroed struct is fine. */
void gt_model_graph_close(gt_model_graph *graph);

/* What it was made of: its kind, the images it is for, its parameters, and what the class's
 * create left. Lent until destroy. */
const gt_model_class *gt_model_class_of(const gt_model *model);
const gt_model_input *gt_model_input_of(const gt_model *model);
gt_params *gt_model_params(const gt_model *model);
void *gt_model_self(const gt_model *model);

/* Moves the copies of an objective's parameters in `values`, a vector like the model's own. */
void gt_model_follow(const gt_model *model, int objective, int64_t step, float *values);
/* The objectives, by number from 0, and whether parameter or state `index` belongs to one. */
int gt_model_objective_count(const gt_model *model);
const gt_objective *gt_model_objective(const gt_model *model, int objective);
bool gt_model_owns(const gt_model *model, int objective, int index);

/* The learned parameters of an objective, in floats of the parameter vector. */
typedef struct gt_model_range {
    size_t first, count;
} gt_model_range;
/* The range of an objective. */
gt_model_range gt_model_range_of(const gt_model *model, int objective);

/* Training: output is the loss () of an objective, the mean over the images of the batch, so
 * that a batch cut into parts has the loss sum of (loss of part) * (images of part) / (images
 * of batch). Noise leaves are keyed by the image number. Monitors are means of the same kind.
 * `updates` belong to the step, whatever becomes of its gradient. */
GT_MUST_CHECK gt_status gt_model_build_loss(const gt_model *model, int objective, gt_graph *g,
                                            int64_t batch, gt_model_graph *out, gt_error *err);
/* The loss that stands in now and then; GT_UNSUPPORTED when there is none. */
GT_MUST_CHECK gt_status gt_model_build_seldom(const gt_model *model, int objective, gt_graph *g,
                                              int64_t batch, gt_model_graph *out,
                                              gt_error *err);
/* The same in evaluation mode: with running statistics in place of those of the batch, where it
 * has some. */
GT_MUST_CHECK gt_status gt_model_build_validation(const gt_model *model, int objective,
                                                  gt_graph *g, int64_t batch,
                                                  gt_model_graph *out, gt_error *err);
/* Log-densities: output is (batch). Those of images are of their levels: to that of what the
 * network sees comes the logarithm of the scale, for every value. Noise is addressed by the
 * row. */
GT_MUST_CHECK gt_status gt_model_build_density(const gt_model *model, gt_graph *g,
                                               int64_t batch, gt_model_graph *out,
                                               gt_error *err);
/* What those are densities of. */
gt_density_subject gt_model_density_subject(const gt_model *model);
/* Scores of images (batch,C,H,W) of the class's own kinds: output is (batch,n). */
GT_MUST_CHECK gt_status gt_model_build_score(const gt_model *model, gt_graph *g,
                                             gt_shape images, gt_model_graph *out,
                                             gt_error *err);
/* Codes: output is (batch,L). `settings` as read by class->encode_options. */
GT_MUST_CHECK gt_status gt_model_build_encode(const gt_model *model, gt_graph *g, int64_t batch,
                                              const void *settings, gt_model_graph *out,
                                              gt_error *err);
/* Probabilities: output is (batch, classes). */
GT_MUST_CHECK gt_status gt_model_build_classify(const gt_model *model, gt_graph *g,
                                                int64_t batch, gt_model_graph *out,
                                                gt_error *err);
/* Images through the model and back, without chance; the output goes to gt_model_decode. */
GT_MUST_CHECK gt_status gt_model_build_reconstruct(const gt_model *model, gt_graph *g,
                                                   int64_t batch, gt_model_graph *out,
                                                   gt_error *err);
/* New images; the output goes to gt_model_decode. `settings` as read by class->sample_options.
 */
GT_MUST_CHECK gt_status gt_model_build_sample(const gt_model *model, gt_graph *g, int64_t batch,
                                              const void *settings, gt_model_graph *out,
                                              gt_error *err);
/* The same of latents that are given, or as `use` says. GT_UNSUPPORTED for a kind without. */
GT_MUST_CHECK gt_status gt_model_build_sample_of(const gt_model *model, gt_graph *g,
                                                 int64_t batch, const void *settings,
                                                 const gt_latent_use *use, gt_model_graph *out,
                                                 gt_error *err);
/* From images, or inner pictures, to latents. `settings` as read by class->invert_options. */
GT_MUST_CHECK gt_status gt_model_build_invert(const gt_model *model, gt_graph *g, int64_t batch,
                                              const void *settings, const gt_latent_use *use,
                                              gt_model_graph *out, gt_error *err);

/* Where the draws of decoding come from: image n of the array is image number first + n of the
 * seed. */
struct gt_draws {
    uint64_t seed, first;
};

/* (C,H,W) of a picture that the model makes, and of one inside its network. */
gt_shape gt_model_made(const gt_model *model);
gt_shape gt_model_inner(const gt_model *model);

/* Part `i` of the latents; false behind the last. And how many numbers one picture has. */
bool gt_model_latent_at(const gt_model *model, int i, gt_model_latent *out);
int64_t gt_model_latent_width(const gt_model *model);
/* For builders of samples: part `i` (batch, its shape), drawn or of those that are given. */
gt_tensor *gt_model_latent_leaf(const gt_model *model, gt_graph *g, int64_t batch, int i,
                                const gt_model_graph *graph);
/* The noise that samples of these draws are made of: rows (count, width) of deviation 1. Models
 * with latents of one shape draw the same. */
void gt_model_draw_latents(const gt_model *model, int64_t count, const gt_draws *draws,
                           float *rows);

/* Turns `count` images of a reconstruct (draws NULL: the mean image) or sample graph's output
 * into pixels (count,C,H,W), levels 0..255 not rounded. The value of a byte image is the
 * truncated one. */
GT_MUST_CHECK gt_status gt_model_decode(const gt_model *model, const float *output,
                                        int64_t count, const gt_draws *draws, float *images,
                                        gt_error *err);

/* New codes (count,D); code n is number first + n of the seed. */
GT_MUST_CHECK gt_status gt_model_draw(const gt_model *model, int64_t count,
                                      const gt_draws *draws, float *codes, gt_error *err);

/* The value of a schedule in this epoch, to be bound to the loss graph's input of that name; 0
 * for one that the kind does not have. */
double gt_model_scheduled_value(const gt_model *model, const char *name, int64_t epoch,
                                int64_t epochs);

/* Images in the loss graph of `batch` rows: batch, or twice that. */
int64_t gt_model_loss_images(const gt_model *model, int64_t batch);

/* Recomputes the state in `values` (a vector like the model's own: that, or an average) for the
 * parameters there; does nothing for a kind without state of this sort. */
GT_MUST_CHECK gt_status gt_model_recalibrate(const gt_model *model, float *values,
                                             const gt_model_rows *rows, int threads,
                                             gt_error *err);

/* Number `i` of the tensors of a weight file that follow from the settings; false behind the
 * last. */
bool gt_model_fixed_at(const gt_model *model, int i, gt_model_fixed *out);

#ifdef __cplusplus
}
#endif
#endif
