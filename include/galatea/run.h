/* run.h (room: train) - a trained model, taken from its run folder for use. */
#ifndef GALATEA_RUN_H
#define GALATEA_RUN_H

#include <stdbool.h>

#include "galatea/brightness.h"
#include "galatea/error.h"
#include "galatea/imaging.h"
#include "galatea/model.h"
#include "galatea/plan.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct gt_run gt_run;

/* Opens a run folder (its best weights, or the last ones while no epoch is finished) or one
 * weight file, also one that PyTorch saved. The file is checked against its checksums (a remark
 * says so when it has none), its names and shapes against the model that its settings describe:
 * GT_MISMATCH names what is damaged, or the first three differences. Names may have the prefix
 * of a wrapper, numbers any type; a group of tensors (what is before the first dot of their
 * names) that no use needs may be missing. GT_NOT_FOUND, GT_BAD_FORMAT for files that are no
 * weights of a run, GT_IO. *out is yours. */
GT_MUST_CHECK gt_status gt_run_open(const char *path, gt_run **out, gt_error *err);
void gt_run_close(gt_run *run); /* accepts NULL */

/* Whether a folder holds a run, by the names in it; and whether a path, of a file that need not
 * be there, is that of a file which a run keeps in such a folder: nobody else may write it. */
bool gt_run_is_folder(const char *path);
bool gt_run_owns(const char *path);

/* The network that the settings of a run describe, with initial weights drawn from `seed`: a
 * baseline for what training adds. The weights of the run are not read. GT_UNSUPPORTED for a
 * kind whose first values depend on data. */
GT_MUST_CHECK gt_status gt_run_open_untrained(const char *path, uint64_t seed, gt_run **out,
                                              gt_error *err);

/* The network of weights that carry no record of it. Channels 0: those of the weights. */
typedef struct gt_run_network {
    const gt_model_class *kind;
    const void *settings; /* as read by class->options */
    const gt_model_input *input;
} gt_run_network;

/* Either of the above (seed NULL: with the weights of the file) for a network that the caller
 * knows; network NULL: the file records it. */
GT_MUST_CHECK gt_status gt_run_open_as(const char *path, const gt_run_network *network,
                                       const uint64_t *seed, gt_run **out, gt_error *err);

/* The same with the weights of a file that holds the model more than once, as beside a moving
 * average of itself: those whose names begin with `prefix`, "ema.ema_model"; network NULL: the
 * file records it. GT_MISMATCH where none does. */
GT_MUST_CHECK gt_status gt_run_open_under(const char *path, const char *prefix,
                                          const gt_run_network *network, gt_run **out,
                                          gt_error *err);

/* The network that a run or weight file records: the kind of model, and its settings as text
 * for gt_options_read_text; both NULL where nothing is recorded. Weights without a record in
 * the folder of a run are taken for those of that run, with a remark. *config is yours. */
GT_MUST_CHECK gt_status gt_run_read_network(const char *path, const gt_model_class **kind,
                                            char **config, gt_error *err);
/* The kind of model only; GT_BAD_FORMAT where nothing is recorded. */
GT_MUST_CHECK gt_status gt_run_class(const char *path, const gt_model_class **out,
                                     gt_error *err);

/* Lent until close: the model with its weights, the file they came from, and the epoch (from 1;
 * 0: untrained). */
gt_model *gt_run_model(const gt_run *run);
const char *gt_run_path_of(const gt_run *run);
long gt_run_epoch(const gt_run *run);

/* GT_MISMATCH naming the first parameters that the weight file lacks, of those that are needed
 * (by index; NULL: of all). gt_inference_create asks for what its graph takes. */
GT_MUST_CHECK gt_status gt_run_check(const gt_run *run, const bool *needed, gt_error *err);

/* How the weights were made, as the training's record tells (a JSON object: "command",
 * "options" with the seed, "inputs"); NULL where they carry none that can be read. Lent until
 * close. */
const char *gt_run_record(const gt_run *run);

/* Survey, scale and preparation of the pictures it was trained on, unknown where its file does
 * not state them; lent.
 */
gt_imaging gt_run_imaging(const gt_run *run);

/* Of the pictures that it learned from, count 0 where its file does not tell. */
gt_brightness gt_run_brightness(const gt_run *run);

/* Names of the classes that it tells apart, *count of them: those of its data set, which may
 * have had none. Lent until close. */
const char *const *gt_run_class_names(const gt_run *run, size_t *count);

/* The convolution algorithms of its training (plan.h), empty without a run folder; lent. */
gt_algorithms *gt_run_algorithms(const gt_run *run);

/* The data set a run was trained on, and what its rows were used for. `held` are those it was
 * not trained on: validation rows and rows left alone. */
typedef struct gt_run_origin {
    char *path;
    uint64_t size, hash; /* of the file: gt_file_hash */
    uint64_t *train, *held;
    size_t train_count, held_count;
} gt_run_origin;

/* Reads it from a run folder, or that in which a weight file of the run lies. `paths`
 * (NULL-terminated) are tried before the place where the set was when the run began; out->path
 * is the first that holds the same bytes. GT_NOT_FOUND when none does, or when a weight file
 * lies elsewhere; GT_MISMATCH when it is of no such run. *out is yours (gt_run_origin_free). */
GT_MUST_CHECK gt_status gt_run_origin_find(const char *path, const char *const *paths,
                                           gt_run_origin *out, gt_error *err);
void gt_run_origin_free(gt_run_origin *origin);

/* ---- using it -----------------------------------------------------------------------------
 */

typedef enum gt_use {
    GT_USE_ENCODE,
    GT_USE_CLASSIFY,
    GT_USE_RECONSTRUCT,
    GT_USE_SAMPLE,
    GT_USE_DENSITY,
    GT_USE_SCORE,
    GT_USE_INVERT
} gt_use;

/* One of the model's graphs, compiled for `batch` images at a time: the handle for running it.
 * Threads: one handle, one thread. */
typedef struct gt_inference gt_inference;

/* settings: as read by the class's encode_options, sample_options or invert_options, lent; NULL
 * for CLASSIFY, RECONSTRUCT and DENSITY. threads 0: all. exact: direct convolutions only
 * (plan.h). The run must outlive it. */
typedef struct gt_use_options {
    gt_use use;
    const void *settings;
    int64_t batch;
    int64_t
        at_once; /* of them in work, of a kind whose sampler refills (model_class.h); 0: all */
    int threads;
    bool exact;
    gt_shape image;        /* (C,H,W) of the images to SCORE; all 0: like the model's input */
    gt_latent_use latents; /* of SAMPLE and INVERT */
    gt_algorithms *algorithms; /* NULL: the run's; by rule where there is no run */
} gt_use_options;

/* Builds and compiles the graph. GT_USAGE when the kind of model has no such use, GT_MISMATCH
 * when the weights lack parameters that it needs, GT_NO_MEMORY. *out is yours. */
GT_MUST_CHECK gt_status gt_inference_create(const gt_run *run, const gt_use_options *options,
                                            gt_inference **out, gt_error *err);
/* The shortest way to codes: what `galatea encode RUN` computes when no option is given. */
GT_MUST_CHECK gt_status gt_inference_create_encoder(const gt_run *run, int64_t batch,
                                                    int threads, gt_inference **out,
                                                    gt_error *err);
/* The same for a model that is no run, with the values of a vector like its own. */
GT_MUST_CHECK gt_status gt_inference_create_for(const gt_model *model, const float *values,
                                                const gt_use_options *options,
                                                gt_inference **out, gt_error *err);
/* The parameters that later runs compute with, lent; to be called again whenever their values
 * changed. */
void gt_inference_bind_values(gt_inference *inference, const float *values);
void gt_inference_destroy(gt_inference *inference); /* accepts NULL */

/* Floats of output per image (for ENCODE the length of a code, for DENSITY 1). */
size_t gt_inference_width(const gt_inference *inference);
/* Bytes that it holds, parameters aside. */
size_t gt_inference_bytes(const gt_inference *inference);
/* Floats of one image that it takes, C*H*W; of SAMPLE with latents those of a row of them. */
size_t gt_inference_image_floats(const gt_inference *inference);

/* Computes count <= batch images: images (count,C,H,W), levels 0..255; of INVERT they may be
 * inner ones, of SAMPLE they are the latents (count,width), where such are given. output
 * (count, width) is lent until the next call. Noise is drawn for image numbers first, first +
 * 1, ... of the seed, so that results do not depend on how a set is cut into batches.
 */
GT_MUST_CHECK gt_status gt_inference_run(gt_inference *inference, const float *images,
                                         size_t count, uint64_t seed, uint64_t first,
                                         const float **output, gt_error *err);
/* Remarks what a sampler met in the images since the last call: once for all of them. */
void gt_inference_tell(gt_inference *inference);

#ifdef __cplusplus
}
#endif
#endif
