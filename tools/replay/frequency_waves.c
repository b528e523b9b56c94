/* Replays a recorded table of the cosines of a frequency gate. */
#include <stdlib.h>

#include "galatea/nn.h"
#include "recording.h"

static void replay_frequency_waves(gt_recording *rec) {
    const gt_st_tensor *t = gt_safetensors_find(rec->file, "dct_weights");
    bool fits = t->rank == 4 && t->shape[0] == 1 && t->shape[2] == t->shape[3] &&
                t->shape[2] > 0 && t->elements <= 1 << 22;
    if (!fits) gt_recording_fail(rec, GT_BAD_SHAPE, "'dct_weights' is not (1,C,width,width)");
    float *waves = fits ? calloc(t->elements + 1, sizeof *waves) : NULL;
    if (fits && !waves) gt_recording_fail(rec, GT_NO_MEMORY, "no memory for 'dct_weights'");
    if (waves) {
        gt_frequency_waves(t->shape[1], t->shape[2], waves);
        gt_recording_allow(rec, gt_recording_find(rec, "dct_weights"), 0, 1e-6);
        gt_recording_compare_floats(rec, "dct_weights", gt_shape_of(4, t->shape), waves,
                                    GT_REPLAY_PLAIN, 0);
    }
    rec->result->has_measured = true;
    free(waves);
}

static bool accepts(const gt_safetensors *file) {
    return gt_safetensors_find(file, "dct_weights") && gt_safetensors_count(file) == 1;
}

const gt_replayer gt_replayer_frequency_waves = {"frequency waves", accepts,
                                                 replay_frequency_waves};
