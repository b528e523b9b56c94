/* inversion.h (room: study) - the latents of the images of several sets under a model that can
 * be run backwards, and how well the way back leads to the images again. */
#ifndef GT_STUDY_INVERSION_H
#define GT_STUDY_INVERSION_H

#include "galatea/run.h"
#include "labels.h"
#include "run_use.h"

enum { GT_INVERSION_SETS = 8, GT_INVERSION_BINS = 120 };

/* Bins of the histograms of latents lie between minus and plus this; differences of pixels
 * after the way back, as a share of their range, are told beyond that. */
#define GT_INVERSION_REACH 6.0
#define GT_INVERSION_LIMIT 1e-2

typedef struct gt_inversion_settings {
    const char *out;     /* file of latents (latents.h), or NULL */
    const char *figure;  /* densities of the latents, or NULL */
    const char *kind;    /* eps: as normal noise; z: as the network has them */
    int64_t seed, batch; /* seed: of the noise that fills pixels; batch 0: chosen */
    bool exact;          /* no fast convolutions with larger rounding */
} gt_inversion_settings;

/* Of the latents of one part, of images all of whose numbers are finite. */
typedef struct gt_inverted_part {
    char name[32];
    uint64_t numbers;
    double mean, deviation, largest; /* divisor n; largest: absolute value */
    uint64_t bins[GT_INVERSION_BINS], beyond;
    double sum, squares;
} gt_inverted_part;

typedef struct gt_inverted_set {
    const char *path;         /* lent */
    char name[GT_LABEL_ROOM]; /* of the file, without folder and ending */
    gt_dataset *data;
    gt_row_columns columns;
    uint64_t count, not_finite;
    float *round_trip, *largest_z; /* (count); infinite where it is not finite */
    uint64_t above;                /* images over GT_INVERSION_LIMIT */
    double worst, median, largest; /* of round_trip and of largest_z */
    gt_inverted_part parts[GT_MODEL_LATENTS];
} gt_inverted_set;

/* A zeroed one can be freed. */
typedef struct gt_inversion {
    gt_run *run;
    gt_inverted_set sets[GT_INVERSION_SETS]; /* their names tell them apart */
    size_t count, part_count, width;
    char *provenance;
} gt_inversion;

/* Inverts `count` sets (1 to GT_INVERSION_SETS, their paths are lent) with the run or weights
 * at `run`, and writes what settings name. model_settings: the struct of the model's
 * invert_options (NULL where it has none). Images that do not come back are named in a remark.
 * GT_UNSUPPORTED for a model that cannot, GT_BAD_SHAPE, GT_BAD_ARGUMENT for a pixel out of its
 * range, GT_INTERRUPTED. */
GT_MUST_CHECK gt_status gt_invert(const gt_context *context, const char *run,
                                  const char *const *sets, size_t count,
                                  const gt_inversion_settings *settings,
                                  const void *model_settings, gt_inversion *out, gt_error *err);
void gt_inversion_free(gt_inversion *inversion);

#endif
