/* sweep.h - a sweep as its parts see it. */
#ifndef GT_TWINS_SWEEP_H
#define GT_TWINS_SWEEP_H

#include "galatea/dataset.h"
#include "numbers.h"
#include "twins.h"

enum {
    GT_TWINS_PATH = 4096,
    GT_TWINS_PARTS = GT_TWINS_LEGEND,
    GT_TWINS_SHOWN = 6,
    GT_TWINS_NEEDS = 3
};

typedef struct gt_sweep {
    const gt_context *context;
    const gt_train_job *job;
    const gt_twins_settings *settings;
    const char *folder;
    int64_t sizes[GT_REALS_MOST];
    size_t size_count;
    bool wants_size[GT_REALS_MOST], wants_part[GT_TWINS_PARTS]; /* by `only` */
} gt_sweep;

/* The models of one size; side: 0 for A, 1 for B, of parts that are done for each of them. */
typedef struct gt_twin {
    const gt_sweep *sweep;
    int64_t size;
    int side;
} gt_twin;

/* The sweep of another model over the same rows, in the same folder. */
typedef struct gt_sibling {
    gt_train_job job;
    gt_sweep sweep;
} gt_sibling;
void gt_sibling_of(const gt_sweep *sweep, const gt_model_class *model, gt_sibling *out);

/* One kind of work on a pair of models. The list of all is in parts.c, in the order of the
 * work. */
typedef struct gt_twins_part {
    const char *name;
    bool is_sided;
    int later;  /* editions after the first: grows with every change of what its numbers mean */
    bool grows; /* with the size, as long as it takes */
    const char *needs[GT_TWINS_NEEDS];          /* parts that must be finished, of
                                          the own side or of both */
    bool (*suits)(const gt_model_class *model); /* NULL: every model */
    /* Writes its files into the pair's folder, each whole, and puts its numbers. */
    gt_status (*run)(const gt_twin *twin, gt_numbers *out, gt_error *err);
    /* A file of it that later parts read: without it the part is not finished; NULL: there is
     * none. */
    gt_status (*file)(const gt_twin *twin, char out[GT_TWINS_PATH], gt_error *err);
    const char *shown[GT_TWINS_SHOWN]; /* of its numbers those of the short table */
    const char *legend;                /* what those are; NULL: their names tell */
} gt_twins_part;

const gt_twins_part *gt_twins_part_at(size_t index); /* NULL behind the last */

extern const gt_twins_part gt_twins_training, gt_twins_samples, gt_twins_cosine,
    gt_twins_nearest, gt_twins_inversion, gt_twins_scores, gt_twins_denoising,
    gt_twins_morphology, gt_twins_verdict;

/* Whether a part has anything to do for a model. */
bool gt_twins_part_suits(const gt_twins_part *part, const gt_model_class *model);
/* "training, samples, ...": those of a model. Returns out. */
enum { GT_TWINS_NAMES = GT_TWINS_PARTS * GT_TWINS_NAME };
const char *gt_twins_part_names(const gt_model_class *model, char out[GT_TWINS_NAMES]);

/* Its name with the side, where it has one: "training A". */
const char *gt_twin_part_text(const gt_twin *twin, const gt_twins_part *part,
                              char out[GT_TWINS_NAME]);

/* Paths; all end in GT_BAD_ARGUMENT where they are too long. Names are those of files in the
 * the pair's folder, MODEL/N-size. */
GT_MUST_CHECK gt_status gt_sweep_path(const gt_sweep *sweep, char out[GT_TWINS_PATH],
                                      gt_error *err, const char *format, ...) GT_PRINTF(4, 5);
GT_MUST_CHECK gt_status gt_twin_path(const gt_twin *twin, const char *name,
                                     char out[GT_TWINS_PATH], gt_error *err);
GT_MUST_CHECK gt_status gt_twin_subset(const gt_twin *twin, char out[GT_TWINS_PATH],
                                       gt_error *err);
GT_MUST_CHECK gt_status gt_twin_run(const gt_twin *twin, char out[GT_TWINS_PATH],
                                    gt_error *err);
/* Weights of its run: GT_TWIN_WEIGHTS, those behind the last update, or "epoch-0010". The ones
 * that validate best would stop a model of few pictures before it knows them by heart, and each
 * after another number of updates. */
#define GT_TWIN_WEIGHTS "last"
GT_MUST_CHECK gt_status gt_twin_weights(const gt_twin *twin, const char *name,
                                        char out[GT_TWINS_PATH], gt_error *err);
/* "samples_a.h5" of the twin's side. */
GT_MUST_CHECK gt_status gt_twin_samples(const gt_twin *twin, char out[GT_TWINS_PATH],
                                        gt_error *err);

/* Of the result of a part, "training_a.json", which is there when the part is finished, and
 * with it the part's file. */
GT_MUST_CHECK gt_status gt_twin_result(const gt_twin *twin, const gt_twins_part *part,
                                       char out[GT_TWINS_PATH], gt_error *err);
bool gt_twin_is_finished(const gt_twin *twin, const gt_twins_part *part);
/* A finished part that was computed by another edition of it, or of what it needs. With the
 * sweep's setting is_redone such a part is not finished. */
bool gt_twin_is_outdated(const gt_twin *twin, const gt_twins_part *part);
/* Of a part with all that it needs: grows with any of theirs. */
int64_t gt_twins_edition(const gt_twins_part *part);
/* The same of all that a part needs: of one side what it needs of that side. */
bool gt_twin_is_ready(const gt_twin *twin, const gt_twins_part *part);

/* 'A' or 'B'; and the same as the end of a name, 'a' or 'b'. */
char gt_side_letter(int side);
char gt_side_end(int side);

#endif
