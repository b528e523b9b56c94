/* optim_sweep.c - the update rules as sweeps over blocks of the vectors.
 *
 * Blocks have a fixed length, so what is computed for an element does not depend on the number
 * of threads; a block of all vectors stays in the cache while the update and then the moving
 * average pass over it: memory is read once. */
#include <math.h>
#include <omp.h>

#include "galatea/optim.h"
#include "team.h"

enum { BLOCK = 2048, NORM_PARTS = 256 };

/* The scalars of one step, in the precision of the sweep. */
typedef struct scalars {
    float rate, scale, decay, eps, momentum;
    float first, first_rest;   /* beta1 or alpha, and 1 minus it */
    float second, second_rest; /* beta2 */
    float root;                /* sqrt(1 - beta2^t) */
    float average, average_rest;
    bool nesterov;
} scalars;

/* One block; pointers may be NULL where the rule has no such vector. */
typedef struct block {
    size_t count;
    float *restrict p;
    const float *restrict g;
    float *restrict a, *restrict b;
} block;

static void sweep_sgd(const scalars *s, block v) {
    if (!v.a) {
#pragma omp simd
        for (size_t i = 0; i < v.count; i++)
            v.p[i] -= s->rate * (v.g[i] * s->scale + s->decay * v.p[i]);
        return;
    }
    float direct = s->nesterov ? 1.0f : 0.0f;
    float through = s->nesterov ? s->momentum : 1.0f;
#pragma omp simd
    for (size_t i = 0; i < v.count; i++) {
        float g = v.g[i] * s->scale + s->decay * v.p[i];
        v.a[i] = s->momentum * v.a[i] + g;
        v.p[i] -= s->rate * (direct * g + through * v.a[i]);
    }
}

/* coupled: the decay that enters the gradient; shrink: the factor on the value (ADAMW). */
static void sweep_adam(const scalars *s, block v, float coupled, float shrink) {
#pragma omp simd
    for (size_t i = 0; i < v.count; i++) {
        float g = v.g[i] * s->scale + coupled * v.p[i];
        v.a[i] = s->first * v.a[i] + s->first_rest * g;
        v.b[i] = s->second * v.b[i] + s->second_rest * (g * g);
        v.p[i] = v.p[i] * shrink - s->rate * (v.a[i] / (sqrtf(v.b[i]) / s->root + s->eps));
    }
}

static void sweep_rmsprop(const scalars *s, block v) {
    if (!v.b) {
#pragma omp simd
        for (size_t i = 0; i < v.count; i++) {
            float g = v.g[i] * s->scale + s->decay * v.p[i];
            v.a[i] = s->first * v.a[i] + s->first_rest * (g * g);
            v.p[i] -= s->rate * (g / (sqrtf(v.a[i]) + s->eps));
        }
        return;
    }
#pragma omp simd
    for (size_t i = 0; i < v.count; i++) {
        float g = v.g[i] * s->scale + s->decay * v.p[i];
        v.a[i] = s->first * v.a[i] + s->first_rest * (g * g);
        v.b[i] = s->momentum * v.b[i] + g / (sqrtf(v.a[i]) + s->eps);
        v.p[i] -= s->rate * v.b[i];
    }
}

static double sum_of_squares(const float *x, size_t count) {
    double sum = 0;
#pragma omp simd reduction(+ : sum)
    for (size_t i = 0; i < count; i++) sum += (double)x[i] * (double)x[i];
    return sum;
}

/* The factor on a tensor's gradient and decay; 0: plain SGD. */
static double trust_of(const gt_optimizer *rule, double grad_scale, bool is_decayed, block v) {
    if (rule->weight_decay == 0 || !is_decayed) return 0;
    double value = sqrt(sum_of_squares(v.p, v.count));
    double slope = grad_scale * sqrt(sum_of_squares(v.g, v.count));
    if (value == 0 || slope == 0) return 0;
    return rule->trust * value / (slope + rule->weight_decay * value + rule->eps);
}

/* taken: the share of d that enters the moment. */
static void sweep_lars(const scalars *s, block v, double trust, float taken) {
    float scale = trust > 0 ? (float)trust : 1.0f, decay = trust > 0 ? s->decay : 0.0f;
    float direct = s->nesterov ? 1.0f : 0.0f;
    float through = s->nesterov ? s->momentum : 1.0f;
    if (!v.a) {
#pragma omp simd
        for (size_t i = 0; i < v.count; i++)
            v.p[i] -= s->rate * ((v.g[i] * s->scale + decay * v.p[i]) * scale);
        return;
    }
#pragma omp simd
    for (size_t i = 0; i < v.count; i++) {
        float d = (v.g[i] * s->scale + decay * v.p[i]) * scale;
        v.a[i] = s->momentum * v.a[i] + taken * d;
        v.p[i] -= s->rate * (direct * d + through * v.a[i]);
    }
}

static void sweep_average(const scalars *s, size_t count, float *restrict average,
                          const float *restrict p) {
#pragma omp simd
    for (size_t i = 0; i < count; i++)
        average[i] = s->average * average[i] + s->average_rest * p[i];
}

static scalars prepare(const gt_optimizer *rule, const gt_optimizer_step *step) {
    bool adam = rule->kind == GT_OPTIMIZER_ADAM || rule->kind == GT_OPTIMIZER_ADAMW;
    double first = adam ? rule->beta1 : rule->alpha;
    double t = (double)step->number;
    double rate = adam ? step->rate / (1 - pow(rule->beta1, t)) : step->rate;
    return (scalars){.rate = (float)rate,
                     .scale = (float)step->grad_scale,
                     .decay = (float)rule->weight_decay,
                     .eps = (float)rule->eps,
                     .momentum = (float)rule->momentum,
                     .first = (float)first,
                     .first_rest = (float)(1 - first),
                     .second = (float)rule->beta2,
                     .second_rest = (float)(1 - rule->beta2),
                     .root = (float)sqrt(1 - pow(rule->beta2, t)),
                     .average = (float)step->average_rate,
                     .average_rest = (float)(1 - step->average_rate),
                     .nesterov = rule->nesterov};
}

static void sweep(const gt_optimizer *rule, const scalars *s, block v, double rate) {
    switch (rule->kind) {
    case GT_OPTIMIZER_SGD:
        sweep_sgd(s, v);
        break;
    case GT_OPTIMIZER_ADAM:
        sweep_adam(s, v, s->decay, 1);
        break;
    case GT_OPTIMIZER_ADAMW:
        sweep_adam(s, v, 0, (float)(1 - rate * rule->weight_decay));
        break;
    default:
        sweep_rmsprop(s, v);
        break;
    }
}

typedef struct sweeping {
    const gt_optimizer *rule;
    const gt_optimizer_vectors *vectors;
    const gt_optimizer_step *step;
    scalars s;
    int states;
} sweeping;

/* One tensor, one piece: norms do not depend on how many threads there are. */
static void sweep_segment(void *self, int64_t i, int worker) {
    const sweeping *job = self;
    const gt_optimizer_vectors *vectors = job->vectors;
    const gt_optimizer_segment *at = &vectors->segments[i];
    float taken = job->step->number > 1 ? (float)(1 - job->rule->dampening) : 1.0f;
    block v = {.count = at->length,
               .p = vectors->values + at->offset,
               .g = vectors->grads + at->offset,
               .a = job->states ? vectors->state[0] + at->offset : NULL};
    sweep_lars(&job->s, v, trust_of(job->rule, job->step->grad_scale, at->is_decayed, v),
               taken);
    if (vectors->average) sweep_average(&job->s, v.count, vectors->average + at->offset, v.p);
}

static void sweep_blocks(void *self, int64_t begin, int64_t end) {
    const sweeping *job = self;
    const gt_optimizer_vectors *vectors = job->vectors;
    for (int64_t i = begin; i < end; i++) {
        size_t at = (size_t)i * BLOCK, left = vectors->count - at;
        block v = {.count = left < BLOCK ? left : BLOCK,
                   .p = vectors->values + at,
                   .g = vectors->grads + at,
                   .a = job->states > 0 ? vectors->state[0] + at : NULL,
                   .b = job->states > 1 ? vectors->state[1] + at : NULL};
        sweep(job->rule, &job->s, v, job->step->rate);
        if (vectors->average) sweep_average(&job->s, v.count, vectors->average + at, v.p);
    }
}

void gt_optimizer_apply(const gt_optimizer *rule, const gt_optimizer_vectors *vectors,
                        const gt_optimizer_step *step) {
    enum { GRAIN = 1 + (1 << 14) / BLOCK };
    sweeping job = {rule, vectors, step, prepare(rule, step), gt_optimizer_state_count(rule)};
    int threads = step->threads > 0 ? step->threads : omp_get_max_threads();
    if (rule->kind == GT_OPTIMIZER_LARS)
        gt_team_run(threads, (int64_t)vectors->segment_count, sweep_segment, &job);
    else
        gt_team_range(threads, (int64_t)((vectors->count + BLOCK - 1) / BLOCK), GRAIN,
                      sweep_blocks, &job);
}

typedef struct squares {
    const float *grads;
    size_t count, length;
    double part[NORM_PARTS];
} squares;

static void square_parts(void *self, int64_t begin, int64_t end) {
    squares *job = self;
    for (int64_t i = begin; i < end; i++) {
        size_t from = (size_t)i * job->length, to = from + job->length;
        if (to > job->count) to = job->count;
        job->part[i] = from < to ? sum_of_squares(job->grads + from, to - from) : 0;
    }
}

double gt_gradient_norm(const float *grads, size_t count, int threads) {
    enum { GRAIN = 1 << 15 };
    squares job = {
        .grads = grads, .count = count, .length = (count + NORM_PARTS - 1) / NORM_PARTS};
    double sum = 0;
    if (threads <= 0) threads = omp_get_max_threads();
    gt_team_range(threads, NORM_PARTS, (int64_t)(1 + GRAIN / (job.length + 1)), square_parts,
                  &job);
    for (int i = 0; i < NORM_PARTS; i++) sum += job.part[i];
    return sqrt(sum);
}
