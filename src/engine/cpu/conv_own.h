/* conv_own.h - algorithms of convolutions that are ours and take a problem whole, where
 * oneDNN's take it in parts (conv.c). */
#ifndef GT_ENGINE_CONV_OWN_H
#define GT_ENGINE_CONV_OWN_H

#include "onednn.h"

typedef struct gt_conv_own {
    const char *name;
    bool one_order; /* FORWARD and DATA want the same weights in the same order */
    bool clips;     /* it does so itself where the problem asks for it */
    bool (*masks)(const gt_conv_problem *problem); /* likewise, and tells totals; NULL: never */
    /* FORWARD: whether the result can be left to be made when it is read, out of so many
     * channels (0: no), and whether x may be left so; NULL: never. */
    int64_t (*gives_parts)(const gt_conv_problem *problem);
    bool (*takes_parts)(const gt_conv_problem *problem, int threads);
    bool (*applies)(const gt_conv_problem *problem);
    /* Bytes of the weights in the algorithm's order (FORWARD and DATA), and of working memory.
     */
    size_t (*weights_bytes)(const gt_conv_problem *problem);
    size_t (*scratch)(const gt_conv_problem *problem, int threads);
    /* As gt_conv_prepare and gt_conv_run. */
    void (*prepare)(const gt_conv_problem *problem, const float *w, float *prepared,
                    int threads);
    gt_status (*run)(const gt_conv_problem *problem, const float *a, const float *b,
                     const gt_conv_beside *beside, float *result, bool accumulate,
                     void *scratch, int threads, gt_error *err);
} gt_conv_own;

/* Totals of channels out of `count` parts of them, in their order. */
static inline void gt_conv_add_totals(const float *parts, int64_t count, int64_t channels,
                                      float *totals) {
    for (int64_t c = 0; c < channels; c++) {
        double total = 0;
        for (int64_t i = 0; i < count; i++) total += (double)parts[i * channels + c];
        totals[c] = (float)total;
    }
}

extern const gt_conv_own gt_conv_dense, gt_conv_narrow, gt_conv_pairs, gt_conv_patches,
    gt_conv_planes, gt_conv_strassen, gt_conv_tiles;

#endif
