/* model.h (room: model) - what the training loop and the commands know of a model: its
 * settings, its parameters, and the graphs it can build.
 *
 * A gt_model is one network of some kind (model_class.h) for images of one shape. Values that
 * it keeps without learning them (running means) are state of its gt_params: saved and loaded
 * with the weights. Either the class's recalibrate sets them from all rows before weights are
 * used or saved, or the loss graph has new values for them, taken over after every step.
 *
 * Threads: a model is not changed by building graphs; different threads may build at the same
 * time. */
#ifndef GALATEA_MODEL_H
#define GALATEA_MODEL_H

#include <stdbool.h>
#include <stdint.h>

#include "galatea/error.h"
#include "galatea/model_class.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The rows image-channels, image-height, image-width, pixel-shift, pixel-scale and
 * constant-features for a gt_model_input, so that a run's settings file tells them to later
 * commands. */
extern const gt_option_table gt_model_input_options;

/* The row class-rows, in the settings files of kinds that need labelled rows. */
extern const gt_option_table gt_model_label_options;

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
