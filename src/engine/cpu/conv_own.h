/* conv_own.h - algorithms of convolutions that are ours and take a problem whole, where
 * oneDNN's take it in parts (conv.c). */
#ifndef GT_ENGINE_CONV_OWN_H
#define GT_ENGINE_CONV_OWN_H

#include "onednn.h"

typedef struct gt_conv_own {
    const char *name;
    bool one_order; /* FORWARD and DATA want the same weights in the same order */
    bool clips;     /* it does so itself where the problem asks for it */
    bool (*applies)(const gt_conv_problem *problem);
    /* Bytes of the weights in the algorithm's order (FORWARD and DATA), and of working memory.
     */
    size_t (*weights_bytes)(const gt_conv_problem *problem);
    size_t (*scratch)(const gt_conv_problem *problem, int threads);
    /* As gt_conv_prepare and gt_conv_run. */
    void (*prepare)(const gt_conv_problem *problem, const float *w, float *prepared,
                    int threads);
    gt_status (*run)(const gt_conv_problem *problem, const float *a, const float *b,
                     const float *bias, float *result, bool accumulate, void *scratch,
                     int threads, gt_error *err);
} gt_conv_own;

extern const gt_conv_own gt_conv_dense, gt_conv_narrow, gt_conv_pairs, gt_conv_strassen,
    gt_conv_tiles;

#endif
