/* optim.h (room: nn) - update rules over contiguous vectors, clipping, moving averages, and
 * how the learning rate changes.
 *
 * Parameters, gradients, moments and the moving average of a model are vectors of the same
 * length and order, so one step is one sweep: read gradient, moments and value, write moments,
 * value and average. The caller owns all vectors. Arithmetic is float32 with scalars prepared
 * in double, in the order PyTorch uses.
 *
 * Threads: a sweep shares its blocks out over a team; results do not depend on how
 * many. */
#ifndef GALATEA_OPTIM_H
#define GALATEA_OPTIM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "galatea/error.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum gt_optimizer_kind {
    GT_OPTIMIZER_SGD,
    GT_OPTIMIZER_ADAM,  /* weight decay added to the gradient */
    GT_OPTIMIZER_ADAMW, /* weight decay applied to the value (Loshchilov & Hutter 2019) */
    GT_OPTIMIZER_RMSPROP,
    GT_OPTIMIZER_LARS, /* SGD with steps in proportion to each tensor (You et al. 2017) */
    GT_OPTIMIZER_COUNT
} gt_optimizer_kind;

/* The names in order, as an option table lists choices. */
#define GT_OPTIMIZER_CHOICES "sgd|adam|adamw|rmsprop|lars"

/* One update rule, with g the gradient and p the value of one parameter; t counts applied steps
 * from 1:
 *
 *     SGD       g += wd p; b = momentum b + g; p -= lr (nesterov ? g + momentum b : b)
 *     ADAM      g += wd p; m = beta1 m + (1 - beta1) g; v = beta2 v + (1 - beta2) g^2;
 *               p -= lr / (1 - beta1^t) m / (sqrt(v) / sqrt(1 - beta2^t) + eps)
 *     ADAMW     p -= lr wd p, then as ADAM without its first term
 *     RMSPROP   g += wd p; v = alpha v + (1 - alpha) g^2;
 *               b = momentum b + g / (sqrt(v) + eps); p -= lr b
 *     LARS      d = q (g + wd p), q = trust |p| / (|g| + wd |p| + eps), norms of a whole
 *               tensor; d = g where the tensor is not decayed, wd is 0 or a norm is;
 *               b = momentum b + (1 - dampening) d, the first b = d;
 *               p -= lr (nesterov ? d + momentum b : b)
 *
 * Moments start at 0. Without momentum there is no b; SGD takes lr g, LARS lr d from p. */
typedef struct gt_optimizer {
    gt_optimizer_kind kind;
    double momentum;     /* SGD, RMSPROP, LARS; 0: no momentum vector */
    double alpha;        /* RMSPROP */
    double beta1, beta2; /* ADAM, ADAMW */
    double eps;
    double weight_decay;
    bool nesterov;           /* SGD, LARS */
    double trust, dampening; /* LARS */
} gt_optimizer;

/* PyTorch's defaults: betas 0.9 and 0.999, alpha 0.99, eps 1e-8, no momentum; weight decay 0
 * (ADAMW 0.01); trust 0.001. */
gt_optimizer gt_optimizer_default(gt_optimizer_kind kind);

/* GT_USAGE naming the known ones when `name` is not among them. */
GT_MUST_CHECK gt_status gt_optimizer_find(const char *name, gt_optimizer_kind *out,
                                          gt_error *err);
const char *gt_optimizer_name(gt_optimizer_kind kind);

/* Moment vectors the rule needs, 0 to GT_OPTIMIZER_MAX_STATE, and their names in checkpoints:
 * "exp_avg", "exp_avg_sq", "square_avg", "momentum_buffer". Static. */
enum { GT_OPTIMIZER_MAX_STATE = 2 };
int gt_optimizer_state_count(const gt_optimizer *rule);
const char *gt_optimizer_state_name(const gt_optimizer *rule, int i);

/* A tensor in the vectors. */
typedef struct gt_optimizer_segment {
    size_t offset, length;
    bool is_decayed; /* weights are, biases and the numbers of batch norms are not */
} gt_optimizer_segment;

/* The vectors of one sweep, `count` floats each. LARS needs the tensors and leaves what is
 * between them; other rules take all floats alike. */
typedef struct gt_optimizer_vectors {
    size_t count;
    float *values;
    const float *grads;
    float *state[GT_OPTIMIZER_MAX_STATE]; /* in the order of gt_optimizer_state_name */
    float *average;                       /* moving average of the values, or NULL */
    const gt_optimizer_segment *segments; /* LARS */
    size_t segment_count;
} gt_optimizer_vectors;

typedef struct gt_optimizer_step {
    int64_t number; /* of this applied step, from 1 (bias correction) */
    double rate;    /* lr */
    double
        grad_scale; /* every gradient is multiplied by this first: gt_clip_coefficient, or 1 */
    double average_rate; /* r of average = r average + (1 - r) value, after the update */
    int threads;         /* 0: OpenMP's default */
} gt_optimizer_step;

/* One update of every parameter. Does not allocate, cannot fail; grads are left as they are. */
void gt_optimizer_apply(const gt_optimizer *rule, const gt_optimizer_vectors *vectors,
                        const gt_optimizer_step *step);

/* Euclidean norm of all gradients, summed in double in an order that depends on `count` only.
 * Not finite exactly when an element is not: squares of floats cannot overflow a double. */
double gt_gradient_norm(const float *grads, size_t count, int threads);

/* min(1, max_norm / (norm + 1e-6)); 1 when max_norm is 0 (clipping off). */
double gt_clip_coefficient(double norm, double max_norm);

/* ---- the learning rate: by step number, or when progress stops. Both are plain values: copy
 * them, store them in a checkpoint, compare them. ---- */

typedef enum gt_schedule_kind {
    GT_SCHEDULE_CONSTANT, /* 1 after the warm-up */
    GT_SCHEDULE_COSINE, /* half a cosine from 1 at the end of the warm-up to `floor` at `total`
                         */
    GT_SCHEDULE_BY_STEPS, /* the same as usual in self-supervised learning: the first step has
                             rate 1 / warmup, the last one (total - 1) `floor` */
    GT_SCHEDULE_HALVED /* 1, and half of that from every step on that `every` divides, counted
                          from the first one whatever the warm-up */
} gt_schedule_kind;

typedef struct gt_schedule {
    gt_schedule_kind kind;
    int64_t warmup; /* steps of the linear warm-up; 0: none */
    int64_t total;  /* of the cosines: steps in all, above warmup */
    double floor;   /* of the cosines: 0 to 1 */
    int64_t every;  /* of HALVED: steps, above 0 */
} gt_schedule;

/* Factor on the learning rate at `step`, counted from 0: step / warmup up to and including step
 * == warmup (so the first step of a warm-up has rate 0; but see BY_STEPS), then the kind's
 * curve; past `total` it stays at `floor`. */
double gt_schedule_factor(const gt_schedule *schedule, int64_t step);

/* What BYOL's target keeps of itself in each step of an epoch, counted from 0: half a cosine
 * from `first` to 1 in the last epoch (Grill et al. 2020, section 3.3, epoch by epoch). */
double gt_target_momentum(double first, int64_t epoch, int64_t epochs);

/* Cuts the rate when a loss stops improving. An improvement is value < best (1 - threshold);
 * after more than `patience` values in a row without one the rate is multiplied by `factor`,
 * but not below `min_rate` and only if it changes by more than 1e-8. NaN is no improvement. */
typedef struct gt_plateau {
    double factor, threshold, min_rate;
    int64_t patience;
    double rate; /* state from here on: the present rate, */
    double best; /* the best value so far, infinite at the start, */
    int64_t bad; /* and the values since then */
} gt_plateau;

/* factor 0.5, threshold 1e-4, patience 10, min_rate 0. */
gt_plateau gt_plateau_default(double rate);

/* Takes one value (a validation loss, once per epoch); true when it is an improvement. */
bool gt_plateau_update(gt_plateau *plateau, double value);

#ifdef __cplusplus
}
#endif
#endif
