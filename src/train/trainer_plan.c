/* trainer_plan.c - what a run needs before its first step: compiled loss, loaders, memory, and
 * an idea of the time. */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "galatea/log.h"
#include "memory_limit.h"
#include "needs.h"
#include "text.h"
#include "trainer.h"

enum { LOADER_DEPTH = 3, MOST_AT_ONCE = 16, MOST_JUDGED = 1024 };
static const size_t arena_wanted = (size_t)1280
                                   << 20; /* bytes of intermediates of a micro-batch */

static int64_t largest_divisor(int64_t batch, int64_t limit) {
    int64_t divisor = limit < batch ? limit : batch;
    while (divisor > 1 && batch % divisor) divisor--;
    return divisor > 0 ? divisor : 1;
}

/* Small networks want many images at once, or the tasks are too short for several threads;
 * large ones few, or intermediates leave the cache. What one image needs tells them apart. */
static gt_status images_at_once(const gt_trainer *t, int k, const gt_plan_options *options,
                                int64_t *out, gt_error *err) {
    gt_stepper *one = NULL;
    gt_stepper_loss loss =
        gt_model_objective(t->model, k)->seldom ? GT_LOSS_SELDOM : GT_LOSS_USUAL;
    gt_status status = gt_stepper_create(t->model, k, 1, 1, loss, options, &one, err);
    if (status) return status;
    size_t bytes = gt_plan_memory_use(gt_stepper_plan(one)).arena;
    int64_t fit = (int64_t)(arena_wanted / (bytes + 1));
    *out = fit > MOST_AT_ONCE ? MOST_AT_ONCE : fit;
    gt_stepper_destroy(one);
    return GT_OK;
}

static gt_status choose_micro(const gt_trainer *t, int k, const gt_plan_options *options,
                              int64_t *micro, gt_error *err) {
    int64_t batch = t->batch, wanted = t->set->micro_batch, most = 1;
    *micro = wanted;
    if (!gt_needs_cuts(t->job->model) && !(gt_needs_parts(t->job->model) && wanted > 0)) {
        *micro = batch;
        if (wanted == 0 || wanted == batch) return GT_OK;
        return gt_fail(err, GT_USAGE,
                       "micro-batch %" PRId64 ": %s learns from statistics of whole batches, "
                       "which must not be cut",
                       wanted, t->job->model->name);
    }
    if (wanted == 0) {
        gt_status status = images_at_once(t, k, options, &most, err);
        *micro = largest_divisor(batch, most);
        return status;
    }
    if (wanted > batch) *micro = batch;
    if (batch % *micro == 0) return GT_OK;
    return gt_fail(err, GT_USAGE,
                   "micro-batch %" PRId64 " is no divisor of batch %" PRId64 ", %" PRId64 " is",
                   wanted, batch, largest_divisor(batch, wanted));
}

/* Rows that judge get the same views every time, those of epoch 0. */
static gt_status make_loader(const gt_trainer *t, bool validates, size_t batch, gt_loader **out,
                             gt_error *err) {
    gt_augmentation usual;
    gt_loader_settings settings = gt_loader_settings_default();
    settings.batch = batch;
    settings.seed = (uint64_t)t->set->seed;
    settings.shuffle = !validates && !t->set->keep_order;
    settings.flip_horizontal = settings.flip_vertical = !validates && t->set->flip;
    settings.drop_last = !(validates ? t->learners[0].validator_tail : t->learners[0].tail);
    settings.rows = validates ? t->rows.validation : t->rows.train;
    settings.row_count = validates ? t->rows.validation_count : t->rows.train_count;
    settings.passes = validates ? 1 : (size_t)t->passes;
    settings.depth = LOADER_DEPTH;
    settings.weights = t->weights;
    gt_needs_load(t->job->model, validates, t->job->augmentation, t->identity.threads, &usual,
                  &settings);
    return gt_loader_create(t->data, &settings, out, err);
}

gt_status gt_trainer_init_from_rows(gt_trainer *t, gt_error *err) {
    gt_status status = GT_OK;
    gt_loader *loader = NULL;
    gt_batch batch;
    if (!t->job->model->init_from) return GT_OK;
    GT_TRY(make_loader(t, false, (size_t)t->batch, &loader, err));
    GT_TRY(gt_loader_begin(loader, 0, 0, err));
    GT_TRY(gt_loader_next(loader, &batch, err));
    const gt_first_batch first = {.rows = (int64_t)batch.n,
                                  .images = batch.images,
                                  .labels = batch.labels,
                                  .threads = (int)t->identity.threads};
    GT_TRY(gt_model_init_from(t->model, &first, err));
done:
    gt_loader_destroy(loader);
    return status;
}

/* Bytes of a run at its peak, by what they are for. program: libraries, graphs, rows of data,
 * all else that has been taken by now. */
typedef struct needs {
    uint64_t network, vectors, images, probes, program, total;
} needs;

/* But for the arena, which all share. */
static uint64_t plan_bytes(const gt_stepper *stepper) {
    if (!stepper) return 0;
    return gt_plan_memory_use(gt_stepper_plan(stepper)).persistent;
}

static uint64_t learner_bytes(const gt_learner *learner) {
    return plan_bytes(learner->stepper) + plan_bytes(learner->validator) +
           plan_bytes(learner->tail) + plan_bytes(learner->validator_tail) +
           plan_bytes(learner->seldom) + plan_bytes(learner->seldom_tail);
}

static needs count_needs(const gt_trainer *t, size_t validation_batch) {
    uint64_t image = sizeof(float) * gt_dataset_row_values(gt_dataset_describe(t->data));
    uint64_t batches = (uint64_t)gt_model_loss_images(t->model, t->batch) +
                       (uint64_t)gt_model_loss_images(t->model, (int64_t)validation_batch);
    uint64_t vectors = 2 + (t->vectors.average != NULL);
    for (int i = 0; i < GT_OPTIMIZER_MAX_STATE; i++) vectors += t->vectors.moments[i] != NULL;
    needs n = {.network = gt_plan_arena_bytes(t->arena),
               .vectors = vectors * t->vectors.count * sizeof(float),
               .images = batches * (LOADER_DEPTH + 1) * image,
               .probes = t->probe_bytes};
    for (int k = 0; k < t->learner_count; k++) n.network += learner_bytes(&t->learners[k]);
    uint64_t in_use = gt_memory_in_use(), counted = n.network + n.vectors + n.images + n.probes;
    n.program = in_use > counted ? in_use - counted : 0;
    n.total = counted + n.program;
    return n;
}

/* "--recompute or a smaller --batch": what would need less. */
static const char *smaller_choice(const gt_trainer *t, int64_t micro, char text[128]) {
    snprintf(text, 128, "%sa smaller %s", t->set->recompute ? "" : "--recompute or ",
             gt_needs_parts(t->job->model)   ? "--micro-batch (parts of a batch get statistics "
                                               "of their own)"
             : !gt_needs_cuts(t->job->model) ? "--batch"
             : micro > 1                     ? "--micro-batch"
                                             : "model");
    return text;
}

/* Adds that to what a plan says which gets no memory. */
static gt_status advise(const gt_trainer *t, int64_t micro, gt_status status, gt_error *err) {
    char text[128], said[sizeof err->text];
    if (status != GT_NO_MEMORY || !err) return status;
    snprintf(said, sizeof said, "%s", err->text);
    return gt_fail(err, status, "%s; choose %s", said, smaller_choice(t, micro, text));
}

/* ", probes 12 MiB", or nothing. */
static const char *probes_text(needs n, char text[64]) {
    char bytes[32];
    *text = '\0';
    if (n.probes) snprintf(text, 64, ", probes %s", gt_bytes_text(n.probes, bytes));
    return text;
}

/* Bytes of intermediates of the widest learner with so many images at once; UINT64_MAX: not to
 * be had. */
static uint64_t arena_with(const gt_trainer *t, int64_t size, const gt_plan_options *options) {
    uint64_t most = 0;
    const gt_model_class *kind = t->job->model;
    int64_t batch = gt_needs_cuts(kind) || gt_needs_parts(kind) ? t->batch : size;
    gt_plan_options alone = *options;
    alone.arena = NULL;
    for (int k = 0; k < t->learner_count; k++) {
        gt_stepper *trial = NULL;
        gt_stepper_loss loss =
            gt_model_objective(t->model, k)->seldom ? GT_LOSS_SELDOM : GT_LOSS_USUAL;
        if (gt_stepper_create(t->model, k, batch, size, loss, &alone, &trial, NULL))
            return UINT64_MAX;
        uint64_t bytes = gt_plan_memory_use(gt_stepper_plan(trial)).arena;
        most = bytes > most ? bytes : most;
        gt_stepper_destroy(trial);
    }
    return most;
}

/* The next smaller micro-batch, or batch of a model that learns from whole ones; 0: none. */
static int64_t smaller_size(const gt_trainer *t, int64_t size) {
    int64_t next = size > 1 ? largest_divisor(t->batch, size / 2) : 0;
    return next < gt_needs_least_batch(t->job->model) ? 0 : next;
}

/* Bytes of the loader that one image of a batch needs, where it is the batch that shrinks. */
static uint64_t images_by_batch(const gt_trainer *t, needs n) {
    const gt_model_class *kind = t->job->model;
    return gt_needs_cuts(kind) || gt_needs_parts(kind) ? 0 : n.images / (uint64_t)t->batch;
}

/* Whether so many fit, with their images of `each` bytes. */
static bool fits(const gt_trainer *t, uint64_t room, int64_t size, uint64_t each,
                 const gt_plan_options *options) {
    uint64_t images = each * (uint64_t)size;
    return images <= room && arena_with(t, size, options) <= room - images;
}

/* The largest below `size` that fits into `room`, found by planning; 0: none. */
static int64_t size_that_fits(const gt_trainer *t, uint64_t room, int64_t size, uint64_t each,
                              const gt_plan_options *options) {
    int64_t least = size, next;
    while ((next = smaller_size(t, least)) > 0) least = next;
    if (least == size || !fits(t, room, least, each, options)) return 0;
    while ((size = smaller_size(t, size)) > least)
        if (fits(t, room, size, each, options)) return size;
    return least;
}

/* What to do about a run that needs more than `limit`: something with which it fits. */
static const char *choice_for(const gt_trainer *t, needs n, uint64_t limit, int64_t micro,
                              const gt_plan_options *options, char text[192]) {
    const gt_model_class *kind = t->job->model;
    uint64_t each = images_by_batch(t, n);
    uint64_t held = n.total - gt_plan_arena_bytes(t->arena) - each * (uint64_t)t->batch;
    if (n.probes > 0 && n.total - n.probes <= limit) return "--sample-every 0 and no --probe";
    limit -= limit / 32; /* what a plan keeps beside differs with the batch by a few per cent */
    for (int way = 0; way < 4; way++) {
        bool is_bare = way % 2, recomputes = way / 2;
        uint64_t rest = held - (is_bare ? n.probes : 0);
        gt_plan_options other = *options;
        if ((is_bare && !n.probes) || (recomputes && t->set->recompute) || rest >= limit)
            continue;
        if (recomputes) other.keep_activations = false;
        int64_t size = size_that_fits(t, limit - rest, micro, each, &other);
        if (size == 0) continue;
        snprintf(text, 192, "%s%s%s--%s %" PRId64 "%s",
                 is_bare ? "--sample-every 0 and no --probe, " : "",
                 recomputes ? "--recompute " : "", is_bare || recomputes ? "and " : "",
                 gt_needs_cuts(kind) || gt_needs_parts(kind) ? "micro-batch" : "batch", size,
                 gt_needs_parts(kind) ? " (parts of a batch get statistics of their own)" : "");
        return text;
    }
    return "a smaller model, for no batch of this one fits";
}

static gt_status check_memory(const gt_trainer *t, needs n, int64_t micro,
                              const gt_plan_options *options, gt_error *err) {
    char total[32], network[32], vectors[32], images[32], have[32], text[192], probes[64],
        program[32];
    gt_memory_limit limit = gt_memory_limit_get();
    gt_bytes_text(n.total, total);
    gt_bytes_text(limit.bytes, have);
    if (n.total > limit.bytes)
        return gt_fail(err, GT_NO_MEMORY,
                       "this run needs %s of memory%s, more than %s (%s): choose %s", total,
                       probes_text(n, probes), limit.what, have,
                       choice_for(t, n, limit.bytes, micro, options, text));
    gt_remark("memory: %s at the peak (network %s, parameters and moments %s, %ss %s, program "
              "%s%s), of %s",
              total, gt_bytes_text(n.network, network), gt_bytes_text(n.vectors, vectors),
              gt_needs_row_word(t->job->model), gt_bytes_text(n.images, images),
              gt_bytes_text(n.program, program), probes_text(n, probes), have);
    return GT_OK;
}

/* Rows that come several times in an epoch. */
static void remark_passes(const gt_trainer *t) {
    char rows[GT_COUNTED_SIZE], steps[GT_COUNTED_SIZE];
    if (t->passes < 2) return;
    gt_remark("an epoch has %s %" PRId64 " times, in %s",
              gt_text_counted(t->rows.train_count, gt_needs_row_word(t->job->model), rows),
              t->passes, gt_text_counted((uint64_t)t->batches, "step", steps));
}

/* What an imitation of small memory changes: nn.DataParallel does the same on several devices.
 */
static void remark_parts(const gt_trainer *t, int64_t micro) {
    if (!gt_needs_parts(t->job->model) || micro == t->batch) return;
    gt_remark("every batch is %" PRId64 " parts of %" PRId64
              " %ss with statistics of their own",
              t->batch / micro, micro, gt_needs_row_word(t->job->model));
}

/* Schedules that a run is too short for. */
static void warn_short_schedules(const gt_trainer *t, int k) {
    static const double much = 0.02;
    char text[GT_COUNTED_SIZE];
    const char *label = t->learners[k].label;
    const gt_learner_settings *own = &t->learner_settings[k];
    int64_t steps = t->set->epochs * t->batches,
            turns = gt_learner_steps_between(&t->learners[k], 0, steps);
    double begun = pow(own->average, (double)turns);
    if (own->average > 0 && begun > much)
        gt_remark("%smoving average: after %s %.0f %% of the weights for use will still be the "
                  "first ones; choose "
                  "more --epochs, a smaller --batch or a smaller --ema",
                  label, gt_text_counted((uint64_t)turns, "step", text), 100 * begun);
    if (t->set->warmup >= steps)
        gt_remark(
            "%swarm-up of %s in a run of %" PRId64
            ": the learning rate never rises to %g; choose more --epochs, a smaller --batch "
            "or a shorter --warmup",
            label, gt_text_counted((uint64_t)t->set->warmup, "step", text), steps, own->rate);
}

/* A stepper for full batches, and one for the last where that is not and taken all the same. */
static gt_status make_pair(gt_trainer *t, int k, gt_stepper_loss loss, int64_t batch,
                           int64_t micro, const gt_plan_options *options, gt_stepper **full,
                           gt_stepper **tail, gt_error *err) {
    gt_status status = GT_OK;
    bool validates = loss == GT_LOSS_VALIDATION;
    size_t count =
        validates ? t->rows.validation_count : (size_t)t->passes * t->rows.train_count;
    int64_t rest = gt_needs_rest(t->job->model, count, batch, micro < batch, validates);
    GT_TRY(gt_stepper_create(t->model, k, batch, micro, loss, options, full, err));
    if (rest) GT_TRY(gt_stepper_create(t->model, k, rest, rest, loss, options, tail, err));
done:
    return status;
}

/* Its terms are those of the usual loss, and may have more behind them. */
static gt_status check_seldom(const gt_trainer *t, const gt_learner *own, gt_error *err) {
    int count = gt_stepper_term_count(own->stepper);
    bool is_same = count <= gt_stepper_term_count(own->seldom);
    for (int i = 0; is_same && i < count; i++)
        is_same = strcmp(gt_stepper_term_name(own->stepper, i),
                         gt_stepper_term_name(own->seldom, i)) == 0;
    if (is_same && own->objective->seldom_every > 0) return GT_OK;
    return gt_fail(err, GT_BAD_ARGUMENT,
                   "%s: the two losses of '%s' have other monitors, or seldom_every is not "
                   "above 0",
                   t->job->model->name, own->objective->name);
}

static gt_status make_steppers(gt_trainer *t, int k, int64_t batch, int64_t micro,
                               const gt_plan_options *options, gt_error *err) {
    gt_status status = GT_OK;
    gt_learner *own = &t->learners[k];
    GT_TRY(
        make_pair(t, k, GT_LOSS_USUAL, batch, micro, options, &own->stepper, &own->tail, err));
    if (!own->objective->seldom) goto done;
    GT_TRY(make_pair(t, k, GT_LOSS_SELDOM, batch, micro, options, &own->seldom,
                     &own->seldom_tail, err));
    GT_TRY(check_seldom(t, own, err));
done:
    return status;
}

static gt_status prepare_training(gt_trainer *t, int64_t *micro, const gt_plan_options *options,
                                  gt_error *err) {
    gt_status status = GT_OK;
    *micro = t->batch;
    for (int k = 0; k < t->learner_count; k++) {
        int64_t own = 0;
        GT_TRY(choose_micro(t, k, options, &own, err));
        GT_TRY(make_steppers(t, k, t->batch, own, options, err));
        if (own < *micro) *micro = own;
    }
    GT_TRY(make_loader(t, false, (size_t)t->batch, &t->loader, err));
done:
    return status;
}

/* As many rows at once as all learners train with. */
static gt_status prepare_validation(gt_trainer *t, int64_t micro, int64_t *batch,
                                    const gt_plan_options *options, gt_error *err) {
    gt_status status = GT_OK;
    *batch = micro < MOST_JUDGED ? micro : MOST_JUDGED;
    if (*batch > (int64_t)t->rows.validation_count) *batch = (int64_t)t->rows.validation_count;
    for (int k = 0; k < t->learner_count; k++)
        GT_TRY(make_pair(t, k, GT_LOSS_VALIDATION, *batch, *batch, options,
                         &t->learners[k].validator, &t->learners[k].validator_tail, err));
    GT_TRY(make_loader(t, true, (size_t)*batch, &t->validation_loader, err));
done:
    return status;
}

gt_status gt_trainer_compile(gt_trainer *t, gt_error *err) {
    gt_status status = GT_OK;
    int64_t micro = 0, validation_batch = 0;
    t->arena = gt_plan_arena_create();
    if (!t->arena) GT_THROW(err, GT_NO_MEMORY, "no memory for an arena");
    gt_plan_options options = {.threads = (int)t->identity.threads,
                               .exact = t->set->exact,
                               .keep_activations = !t->set->recompute,
                               .algorithms = t->algorithms,
                               .arena = t->arena};
    status = prepare_training(t, &micro, &options, err);
    if (!status && t->rows.validation_count > 0)
        status = prepare_validation(t, micro, &validation_batch, &options, err);
    if (status) status = advise(t, micro, status, err);
    if (status) goto done;
    for (int k = 0; k < t->learner_count; k++)
        GT_TRY(gt_learner_name_terms(&t->learners[k], err));
    GT_TRY(gt_trainer_prepare_probes(t, err));
    GT_TRY(check_memory(t, count_needs(t, (size_t)validation_batch), micro, &options, err));
    GT_TRY(gt_trainer_check_room(t, err));
    remark_passes(t);
    remark_parts(t, micro);
    for (int k = 0; k < t->learner_count; k++) warn_short_schedules(t, k);
    gt_trainer_bind_values(t);
done:
    return status;
}
