/* conv.h - convolutions cut into parts that threads take one by one.
 *
 * A part is some images, or some channels of the result of one image, and is a convolution of
 * its own. Gradients of weights are sums over the parts, in their order. How many parts there
 * are follows from shapes and from the number of threads asked for, so the bits of a result do
 * not depend on how many threads there are, nor on who does what. */
#ifndef GT_ENGINE_CONV_H
#define GT_ENGINE_CONV_H

#include "galatea/plan.h"
#include "onednn.h"

typedef struct gt_conv_work gt_conv_work;

/* GT_UNSUPPORTED when there is no such algorithm for the problem. */
GT_MUST_CHECK gt_status gt_conv_create(const gt_conv_problem *problem,
                                       gt_conv_algorithm algorithm, int threads,
                                       gt_conv_work **work, gt_error *err);
void gt_conv_destroy(gt_conv_work *work);

/* The problem with the algorithm that is remembered for it, or measured, or chosen by a rule
 * (algorithms.c). */
GT_MUST_CHECK gt_status gt_choose_conv(const gt_plan_options *options,
                                       const gt_conv_problem *problem, gt_conv_work **work,
                                       gt_error *err);

/* Whether one of our own algorithms applies. */
bool gt_conv_own_applies(gt_conv_algorithm algorithm, const gt_conv_problem *problem);

/* The problem of the largest part: algorithms are chosen by it. */
gt_conv_problem gt_conv_part(const gt_conv_problem *problem, int threads);

/* What `from` makes is read by `to` alone: whether both have an order of their own for it,
 * which they then go by. Asked before either tells its working memory. */
bool gt_conv_agree(gt_conv_work *from, gt_conv_work *to);

/* Whether a result is in such an order. */
bool gt_conv_hands_over(const gt_conv_work *work);

/* Bytes of working memory of a run, and of the weights in the order that the parts want. */
size_t gt_conv_scratch(const gt_conv_work *work);
size_t gt_conv_weights_bytes(const gt_conv_work *work);

/* Whether both want the same weights in the same order. */
bool gt_conv_weights_alike(const gt_conv_work *a, const gt_conv_work *b);

/* Brings row-major weights into the order of the parts (FORWARD and DATA). */
GT_MUST_CHECK gt_status gt_conv_prepare(gt_conv_work *work, const float *w, float *prepared,
                                        gt_error *err);

/* FORWARD: a = x, b = prepared weights, result = y. DATA: a = gy, b = prepared weights,
 * result = gx. WEIGHTS: a = x, b = gy, result = gw row-major (added to it when `accumulate`).
 * `beside` may be NULL where the problem has nothing of it. */
GT_MUST_CHECK gt_status gt_conv_run(gt_conv_work *work, const float *a, const float *b,
                                    const gt_conv_beside *beside, float *result,
                                    bool accumulate, void *scratch, gt_error *err);

/* Name of the implementation ("jit_wino_4x3:avx512_core"), and the number of parts. */
const char *gt_conv_name(const gt_conv_work *work);
int gt_conv_parts(const gt_conv_work *work);

#endif
