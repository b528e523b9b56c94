/* Replays a whole training run of a small flow, epoch by epoch, and the use of its result. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "galatea/optim.h"
#include "maf_replay.h"
#include "stepper.h"

typedef struct toy {
    maf_replay r;
    float *x; /* (rows,D) */
    uint64_t rows;
    float *train, *valid; /* those rows, in the order of the lists */
    uint64_t train_count, valid_count;
    int64_t batch, epochs;
    gt_optimizer rule;
    double rate;
    int64_t step;
    gt_stepper *full, *tail, *judge; /* tail: for a last batch that is not full, or NULL */
    float *grads, *moments[2];
    double *losses; /* (2,epochs): training, validation */
} toy;

/* Rows of x named by a list of indices. */
static float *select_rows(toy *t, const char *name, uint64_t *count) {
    size_t d = (size_t)t->r.net->features;
    double *list = gt_recording_input_double(t->r.rec, name, count);
    float *rows = list ? malloc((*count + 1) * d * sizeof *rows) : NULL;
    if (list && !rows) gt_recording_fail(t->r.rec, GT_NO_MEMORY, "no memory for rows");
    for (uint64_t i = 0; rows && i < *count; ++i) {
        if (!(list[i] >= 0 && list[i] < (double)t->rows)) {
            gt_recording_fail(t->r.rec, GT_BAD_FORMAT, "'%s' names row %g of %llu", name,
                              list[i], (unsigned long long)t->rows);
            break;
        }
        memcpy(rows + i * d, t->x + (uint64_t)list[i] * d, d * sizeof *rows);
    }
    free(list);
    return rows;
}

static void read_toy(toy *t) {
    gt_recording *rec = t->r.rec;
    uint64_t values = 0;
    t->x = gt_recording_input(rec, "X", &values);
    t->rows = values / (uint64_t)t->r.net->features;
    if (!rec->status) t->train = select_rows(t, "train_idx", &t->train_count);
    if (!rec->status) t->valid = select_rows(t, "valid_idx", &t->valid_count);
    t->batch = (int64_t)gt_recording_number(rec, "batch", 0);
    t->epochs = (int64_t)gt_recording_number(rec, "epochs", 0);
    t->rule = gt_optimizer_default(GT_OPTIMIZER_ADAM);
    t->rule.weight_decay = gt_recording_number(rec, "weight_decay", 0);
    t->rate = gt_recording_number(rec, "lr", 0);
    if (t->batch < 1 || t->batch > (int64_t)t->train_count || t->valid_count < 1 ||
        t->epochs < 1 || t->epochs > 100000)
        gt_recording_fail(rec, GT_BAD_FORMAT, "batches of %lld of %llu rows, %lld epochs",
                          (long long)t->batch, (unsigned long long)t->train_count,
                          (long long)t->epochs);
}

static gt_status compile(toy *t, gt_error *err) {
    gt_status status = GT_OK;
    gt_plan_options options = {.threads = t->r.rec->settings.threads};
    int64_t rest = (int64_t)t->train_count % t->batch, judged = (int64_t)t->valid_count;
    size_t floats = (size_t)gt_params_floats(t->r.params);
    GT_TRY(gt_stepper_create(t->r.model, 0, t->batch, t->batch, GT_LOSS_USUAL, &options,
                             &t->full, err));
    if (rest)
        GT_TRY(gt_stepper_create(t->r.model, 0, rest, rest, GT_LOSS_USUAL, &options, &t->tail,
                                 err));
    GT_TRY(gt_stepper_create(t->r.model, 0, judged, judged, GT_LOSS_VALIDATION, &options,
                             &t->judge, err));
    t->grads = calloc(3 * floats, sizeof *t->grads);
    t->losses = calloc(2 * (size_t)t->epochs, sizeof *t->losses);
    if (!t->grads || !t->losses) GT_THROW(err, GT_NO_MEMORY, "no memory for moments");
    t->moments[0] = t->grads + floats;
    t->moments[1] = t->grads + 2 * floats;
done:
    return status;
}

static gt_status read_rows(void *user, uint64_t first, size_t count, float *out,
                           gt_error *err) {
    const toy *t = user;
    size_t d = (size_t)t->r.net->features;
    (void)err; /* they are in memory */
    memcpy(out, t->x + first * d, count * d * sizeof *out);
    return GT_OK;
}

static gt_status train_batch(toy *t, gt_stepper *stepper, const float *rows, double *loss,
                             gt_error *err) {
    float *values = gt_params_values(t->r.params);
    gt_stepper_bind_values(stepper, values);
    gt_status status = gt_stepper_run(stepper, &(gt_batch){.images = rows}, (gt_noise_at){0},
                                      loss, t->grads, err);
    if (status) return status;
    gt_optimizer_vectors v = {.count = (size_t)gt_params_learned_floats(t->r.params),
                              .values = values,
                              .grads = t->grads,
                              .state = {t->moments[0], t->moments[1]}};
    gt_optimizer_step how = {.number = ++t->step,
                             .rate = t->rate,
                             .grad_scale = 1,
                             .threads = t->r.rec->settings.threads};
    gt_optimizer_apply(&t->rule, &v, &how);
    return GT_OK;
}

static gt_status train_epoch(toy *t, int64_t epoch, gt_error *err) {
    gt_status status = GT_OK;
    size_t d = (size_t)t->r.net->features;
    int64_t count = (int64_t)t->train_count, batches = 0;
    double sum = 0, loss = 0;
    for (int64_t at = 0; at < count; at += t->batch, ++batches) {
        gt_stepper *stepper = count - at < t->batch ? t->tail : t->full;
        GT_TRY(train_batch(t, stepper, t->train + (size_t)at * d, &loss, err));
        sum += loss;
    }
    GT_TRY(gt_model_recalibrate(t->r.model, gt_params_values(t->r.params),
                                &(gt_model_rows){t->rows, read_rows, t},
                                t->r.rec->settings.threads, err));
    gt_stepper_bind_values(t->judge, gt_params_values(t->r.params));
    GT_TRY(gt_stepper_run(t->judge, &(gt_batch){.images = t->valid}, (gt_noise_at){0}, &loss,
                          NULL, err));
    t->losses[epoch] = sum / (double)batches;
    t->losses[t->epochs + epoch] = loss;
done:
    return status;
}

/* Rounding grows over hundreds of updates: as suggested with the recording. */
static void compare_losses(toy *t) {
    static const double tolerance = 1e-3;
    static const char *const names[] = {"train_loss", "valid_loss"};
    for (int i = 0; i < 2; ++i) {
        int index = gt_recording_find(t->r.rec, names[i]);
        if (index >= 0 && t->r.rec->tolerances[index] < 0)
            t->r.rec->tolerances[index] = tolerance;
        gt_recording_compare(t->r.rec, names[i], GT_SHAPE(t->epochs), t->losses + i * t->epochs,
                             GT_REPLAY_PLAIN, 0);
    }
}

/* x2 ~ N(0,4), x1 given x2 ~ N(x2^2 / 4, 1). */
static void compare_truth(toy *t, const float *rows, uint64_t count) {
    double *truth = malloc((count + 1) * sizeof *truth);
    if (!truth) gt_recording_fail(t->r.rec, GT_NO_MEMORY, "no memory for densities");
    for (uint64_t i = 0; truth && i < count; ++i) {
        double x1 = (double)rows[2 * i], x2 = (double)rows[2 * i + 1], off = x1 - x2 * x2 / 4;
        truth[i] = -0.5 * off * off - x2 * x2 / 8 - log(2 * M_PI) - log(2);
    }
    if (truth)
        gt_recording_compare(t->r.rec, "test_true_logp", GT_SHAPE((int64_t)count), truth,
                             GT_REPLAY_PLAIN, 0);
    free(truth);
}

/* Densities and samples of the weights that the recorded run ended with. */
static void compare_use(toy *t) {
    maf_replay *r = &t->r;
    uint64_t count = 0;
    int64_t drawn = 0;
    maf_pass *pass = NULL;
    maf_replay_read(r, "trained");
    float *rows = select_rows(t, "test_idx", &count);
    if (!r->rec->status) {
        gt_tensor *leaf = gt_input(r->g, "test", GT_SHAPE((int64_t)count, r->net->features));
        gt_replay_feed_values(r->job, leaf, rows);
        r->rec->status = maf_pass_create(r->net, r->g, r->leaves, maf_turn(r->g, leaf), false,
                                         &pass, r->rec->err);
    }
    if (pass) gt_replay_expect(r->job, pass->log_p, GT_REPLAY_PLAIN, "test_logp");
    maf_pass_destroy(pass);
    gt_replay_job_run(r->job);
    free(maf_replay_inverse(r, "samples", "samples.logdet", &drawn));
    if (rows && !r->rec->status && r->net->features == 2) compare_truth(t, rows, count);
    free(rows);
}

static void replay(gt_recording *rec) {
    static const gt_replay_rule rules[] = {{NULL, 0}};
    toy t = {.x = NULL};
    rec->rules = rules;
    if (maf_replay_open(&t.r, rec, "init.0.trunk.1.linear.weight")) {
        maf_replay_read(&t.r, "init");
        read_toy(&t);
        if (!rec->status) rec->status = compile(&t, rec->err);
        for (int64_t epoch = 0; epoch < t.epochs && !rec->status; ++epoch)
            rec->status = train_epoch(&t, epoch, rec->err);
        if (!rec->status) compare_losses(&t);
        compare_use(&t);
    }
    gt_stepper_destroy(t.full);
    gt_stepper_destroy(t.tail);
    gt_stepper_destroy(t.judge);
    maf_replay_close(&t.r);
    free(t.x);
    free(t.train);
    free(t.valid);
    free(t.grads);
    free(t.losses);
}

static bool accepts(const gt_safetensors *file) {
    return gt_safetensors_find(file, "trained.0.joiner.mask") &&
           gt_safetensors_find(file, "train_idx") && gt_safetensors_metadata(file, "K");
}

const gt_replayer gt_replayer_maf_toy = {"maf, a whole run", accepts, replay};
