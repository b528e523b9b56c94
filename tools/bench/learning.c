/* learning.c - see learning.h. */
#include "learning.h"

#include <stdio.h>
#include <stdlib.h>

#include "rng.h"
#include "state.h"
#include "stepper.h"

enum { LOSSES = GT_LOSS_SELDOM + 1 };

typedef struct learner {
    const gt_bench_learning *what;
    gt_model *model;
    gt_plan_arena *arena;                             /* of all plans, as in training */
    gt_stepper *steppers[GT_MOST_OBJECTIVES][LOSSES]; /* NULL: there is no such loss */
    int64_t steps;                                    /* of training, in one of the bench */
    float *images;
    size_t pixels;
    gt_vectors vectors;
    int64_t number;
    int threads;
} learner;

/* The loss of an objective in training step `number`. */
static gt_stepper *due(const learner *l, int objective) {
    gt_stepper *const *of = l->steppers[objective];
    int64_t every = gt_model_objective(l->model, objective)->seldom_every;
    return of[GT_LOSS_SELDOM] && l->number % every == 0 ? of[GT_LOSS_SELDOM]
                                                        : of[GT_LOSS_USUAL];
}

static gt_status move(learner *l, int objective, gt_error *err) {
    double terms[1 + GT_MODEL_MONITORS];
    gt_stepper *stepper = due(l, objective);
    gt_stepper_bind_values(stepper, l->vectors.values);
    gt_status status = gt_stepper_run(stepper, &(gt_batch){.images = l->images},
                                      (gt_noise_at){.step = (uint64_t)l->number}, terms,
                                      l->vectors.grads, err);
    if (status) return status;
    gt_optimizer_vectors vectors = gt_vectors_of(&l->vectors, l->model, objective);
    gt_optimizer_step how = {
        .number = l->number + 1, .rate = l->what->rate, .grad_scale = 1, .threads = l->threads};
    gt_optimizer_apply(&l->what->rule, &vectors, &how);
    gt_stepper_read_states(stepper, l->vectors.values);
    return GT_OK;
}

static gt_status train(void *self, gt_error *err) {
    learner *l = self;
    gt_status status = GT_OK;
    for (int64_t i = 0; i < l->steps; i++, l->number++)
        for (int k = 0; k < gt_model_objective_count(l->model); k++) GT_TRY(move(l, k, err));
done:
    return status;
}

typedef struct use {
    gt_stepper *stepper;
    const char *objective;
    bool is_seldom;
    double runs; /* in a step of the bench */
} use;

enum { MOST_USES = GT_MOST_OBJECTIVES * LOSSES };

static int list_uses(const learner *l, use uses[MOST_USES]) {
    int count = 0;
    for (int k = 0; l->model && k < gt_model_objective_count(l->model); k++) {
        const gt_objective *objective = gt_model_objective(l->model, k);
        gt_stepper *const *of = l->steppers[k];
        int64_t seldom = of[GT_LOSS_SELDOM] ? l->steps / objective->seldom_every : 0;
        int64_t runs[LOSSES] = {[GT_LOSS_USUAL] = l->steps - seldom, [GT_LOSS_SELDOM] = seldom};
        for (int i = 0; i < LOSSES; i++)
            if (of[i])
                uses[count++] =
                    (use){of[i], objective->name, i == GT_LOSS_SELDOM, (double)runs[i]};
    }
    return count;
}

static void close_learner(void *self) {
    learner *l = self;
    use uses[MOST_USES];
    int count = list_uses(l, uses);
    for (int i = 0; i < count; i++) gt_stepper_destroy(uses[i].stepper);
    gt_plan_arena_destroy(l->arena);
    gt_model_destroy(l->model);
    gt_vectors_free(&l->vectors);
    free(l->images);
    free(l);
}

static void profile(void *self, int on) {
    use uses[MOST_USES];
    int count = list_uses(self, uses);
    for (int i = 0; i < count; i++) gt_stepper_profile(uses[i].stepper, on);
}

/* Where there are several losses, one after the other under their names. */
static char *report(void *self) {
    use uses[MOST_USES];
    int count = list_uses(self, uses);
    char *text = NULL;
    size_t used = 0;
    FILE *out = open_memstream(&text, &used);
    for (int i = 0; out && i < count; i++) {
        char *one = gt_plan_report(gt_stepper_plan(uses[i].stepper));
        if (count > 1)
            fprintf(out, "%s%s%s\n", i ? "\n" : "", uses[i].objective,
                    uses[i].is_seldom ? ", now and then" : "");
        if (one) fputs(one, out);
        free(one);
    }
    if (out) fclose(out);
    return text;
}

static gt_status allocate(learner *l, gt_error *err) {
    const gt_model_input *in = &l->what->input;
    int64_t images = gt_model_loss_images(l->model, l->what->batch);
    l->pixels = (size_t)(images * in->channels * in->height * in->width);
    l->images = malloc(l->pixels * sizeof *l->images);
    if (!l->images) return gt_fail(err, GT_NO_MEMORY, "no memory for a bench");
    gt_rng_fill_uniform((gt_rng_key){1, gt_rng_stream("bench.images"), 0}, 0, l->pixels,
                        l->images);
    for (size_t i = 0; i < l->pixels; i++) l->images[i] *= 255;
    return gt_vectors_create(l->model, gt_optimizer_state_count(&l->what->rule), false,
                             &l->vectors, err);
}

/* Plans, parameters, gradients, moments and the batch. */
static size_t bytes_of(const learner *l) {
    use uses[MOST_USES];
    int count = list_uses(l, uses);
    size_t vectors = 2 + (size_t)gt_optimizer_state_count(&l->what->rule);
    size_t bytes =
        vectors * (size_t)gt_params_floats(gt_model_params(l->model)) * sizeof(float) +
        l->pixels * sizeof(float);
    for (int i = 0; i < count; i++) {
        gt_plan_memory memory = gt_plan_memory_use(gt_stepper_plan(uses[i].stepper));
        bytes += memory.persistent;
    }
    return bytes + gt_plan_arena_bytes(l->arena);
}

static int64_t at_once(const learner *l) {
    return l->what->micro ? l->what->micro : l->what->batch;
}

static double flops_of(const learner *l) {
    use uses[MOST_USES];
    int count = list_uses(l, uses);
    double flops = 0, parts = (double)(l->what->batch / at_once(l));
    for (int i = 0; i < count; i++)
        flops += uses[i].runs * parts * gt_plan_flops(gt_stepper_plan(uses[i].stepper));
    return flops;
}

static gt_status make_steppers(learner *l, const gt_bench_how *how, gt_error *err) {
    gt_status status = GT_OK;
    gt_plan_options options = {.threads = how->threads,
                               .algorithms = how->algorithms,
                               .keep_activations = true, /* as in training */
                               .arena = l->arena};
    for (int k = 0; k < gt_model_objective_count(l->model); k++) {
        const gt_objective *objective = gt_model_objective(l->model, k);
        gt_stepper **of = l->steppers[k];
        GT_TRY(gt_stepper_create(l->model, k, l->what->batch, at_once(l), GT_LOSS_USUAL,
                                 &options, &of[GT_LOSS_USUAL], err));
        if (!objective->seldom) continue;
        GT_TRY(gt_stepper_create(l->model, k, l->what->batch, at_once(l), GT_LOSS_SELDOM,
                                 &options, &of[GT_LOSS_SELDOM], err));
        if (objective->seldom_every > l->steps) l->steps = objective->seldom_every;
    }
done:
    return status;
}

gt_status gt_bench_learning_open(const gt_bench_learning *what, const gt_bench_how *how,
                                 gt_bench_work *work, gt_error *err) {
    gt_status status = GT_OK;
    learner *l = calloc(1, sizeof *l);
    if (!l) return gt_fail(err, GT_NO_MEMORY, "no memory for a bench");
    *work = (gt_bench_work){
        .self = l, .step = train, .close = close_learner, .report = report, .profile = profile};
    l->what = what;
    l->threads = how->threads;
    l->steps = 1;
    GT_TRY(gt_model_create(what->kind, what->settings, &what->input, &l->model, err));
    GT_TRY(gt_model_init(l->model, 1, err));
    GT_TRY(allocate(l, err));
    l->arena = gt_plan_arena_create();
    if (!l->arena) GT_THROW(err, GT_NO_MEMORY, "no memory for a bench");
    GT_TRY(make_steppers(l, how, err));
    work->items = (double)(l->steps * what->batch);
    work->flops = flops_of(l);
    work->bytes = bytes_of(l);
done:
    return status;
}
