/* ensemble_data.h - labelled rows to learn from and to be judged by, from the file that stands
 * beside a recording of random ensembles. Private. */
#ifndef GT_REPLAY_ENSEMBLE_DATA_H
#define GT_REPLAY_ENSEMBLE_DATA_H

#include "recording.h"

typedef struct gt_labelled {
    size_t rows;
    float *x;
    int32_t *labels;
} gt_labelled;

typedef struct gt_ensemble_data {
    gt_recording *rec;
    size_t features;
    gt_labelled train, test;
} gt_ensemble_data;

/* Reads NAME_det.safetensors for the path NAME_random.safetensors. */
gt_status gt_ensemble_data_read(gt_ensemble_data *data, const char *path,
                                gt_error *err) GT_MUST_CHECK;
void gt_ensemble_data_free(gt_ensemble_data *data);

#endif
