/* galatea train MODEL: trains a model into a run folder, or goes on with a run. */
#include <inttypes.h>
#include <math.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"
#include "galatea/interrupt.h"
#include "json.h"
#include "room.h"
#include "shown.h"
#include "train_variants.h"
#include "training.h"

static gt_status prepare(gt_call *call, gt_error *err) {
    return gt_training_resolve_settings(call->options, call->variant.subject, call->settings,
                                        call->variant.usual_preset, err);
}

static void print_result(const gt_call *call, const gt_train_result *result) {
    const gt_train_settings *settings = call->settings;
    if (call->is_quiet) return;
    const gt_model_class *class = call->variant.subject;
    bool epochs_matter = class->schedules || strncmp(settings->schedule, "cosine", 6) == 0;
    if (result->was_finished)
        printf("%s is finished after %s%s\n", gt_shown(settings->out),
               gt_counted((uint64_t)result->epochs, "epoch"),
               result->epochs < settings->epochs ? "; a larger --patience goes on with it"
               : epochs_matter                   ? ""
                                                 : "; a larger --epochs goes on with it");
    else
        printf("%s: %s, %s", gt_shown(settings->out),
               gt_counted((uint64_t)result->epochs, "epoch"),
               gt_counted((uint64_t)result->steps, "step"));
    if (!result->was_finished && result->skipped)
        printf(" (%" PRId64 " left out)", result->skipped);
    if (!result->was_finished) printf("\n");
    if (result->best_epoch == 0) return; /* the probe has not looked yet */
    bool is_loss = strcmp(result->best_by, "loss") == 0;
    const char *unit = is_loss ? class->loss_unit : result->best_by;
    printf("%s: %.5g%s%s in epoch %" PRId64 ", %s/best.safetensors\n",
           class->latest_is_best && is_loss ? "last" : "best", result->best_loss,
           *unit ? " " : "", unit, result->best_epoch, gt_shown(settings->out));
}

static gt_status write_result(const gt_call *call, const gt_train_result *result,
                              gt_error *err) {
    const gt_train_settings *settings = call->settings;
    const gt_model_class *class = call->variant.subject;
    bool is_loss = strcmp(result->best_by, "loss") == 0;
    gt_json json;
    gt_json_begin(&json, stdout, 2);
    gt_json_object(&json, NULL);
    gt_json_text(&json, "out", settings->out);
    gt_json_text(&json, "kind", "run");
    gt_json_text(&json, "model", class->name);
    gt_json_bool(&json, "was_finished", result->was_finished);
    gt_json_int(&json, "epochs", result->epochs);
    gt_json_int(&json, "steps", result->steps);
    gt_json_int(&json, "skipped", result->skipped);
    gt_json_text(&json, "best_by", result->best_by);
    gt_json_text(&json, "unit", is_loss && *class->loss_unit ? class->loss_unit : NULL);
    gt_json_int(&json, "best_epoch", result->best_epoch);
    gt_json_real(&json, "best", result->best_epoch ? result->best_loss : (double)NAN);
    gt_json_end(&json);
    return gt_json_finish(&json, err);
}

static gt_status run(gt_call *call, gt_error *err) {
    const gt_train_settings *settings = call->settings;
    gt_status status = GT_OK;
    gt_train_job job = {.model = call->variant.subject,
                        .model_settings = call->variant_settings,
                        .augmentation = call->variant.shared ? call->shared_settings : NULL,
                        .settings = settings,
                        .progress = call->is_quiet ? -1 : STDERR_FILENO};
    gt_train_result result;
    GT_TRY(gt_interrupt_install(err)); /* killed by one, it would leave a locked folder */
    GT_TRY(gt_room_check("train", gt_cli_use_threads(settings->threads), err));
    GT_TRY(gt_training_run(&call->context, &job, &result, err));
    if (call->wants_json)
        GT_TRY(write_result(call, &result, err));
    else
        print_result(call, &result);
done:
    return status;
}

static const char *const examples[] = {
    "galatea train vdvae --preset tiny --data sky.h5 --out run",
    "galatea train vdvae --preset small --data first.h5 --out run --epochs 100 --threads 2",
    "galatea train vdvae --data first.h5 --out run --set width=128 --set learning-rate=1e-4",
    "galatea train simclr --preset small --data first.h5 --out run",
    "galatea train byol --preset paper --data first.h5 --out run --init resnet34.safetensors",
    "galatea train maf --preset small --data codes.h5 --out flow",
    "galatea train maf --preset paper --data codes.h5 --out flow --epochs 20",
    NULL};

const gt_command gt_command_train = {
    .name = "train",
    .summary = "train a model, or go on with a run",
    .description =
        "Learns from the training rows of a data set (split 0, or all rows of a set without "
        "splits), without their labels (which a classifier alone sees); rows of the test "
        "split are read only with --rows all. What is learned lies in the run folder: "
        "best.safetensors and last.safetensors are the weights, with names that PyTorch "
        "users know, train.csv and train.jsonl tell how it went.\n\n"
        "A run may be interrupted (Ctrl-C, SIGTERM; SIGUSR1, SIGUSR2 or SIGXCPU of a batch "
        "system: it saves and ends with 128 and the signal's number) or killed: the same "
        "command goes on with it and ends with the same bits. Only epochs, "
        "checkpoint-minutes, log-every, keep-every, probe-every, sample-every, sample-count "
        "and nearest-turns may change on the way. A finished run goes on with a larger "
        "--epochs, but not where its learning rate (cosine) or its target (byol) was planned "
        "for so many.\n\n"
        "A model that makes pictures draws a sheet of samples in RUN/samples every few "
        "epochs and after the last, with the same draws every time. Mean and scatter of "
        "their brightness stand in the log, and a remark tells when they are more than 3 "
        "standard errors from those of the pictures learned from. That changes nothing of "
        "the training; --sample-every 0 leaves it out.\n\n"
        "Behind the last epoch of a model that makes pictures and learned fewer than 1,000, "
        "samples are compared with all of them, in all ways in which they were mirrored "
        "(with --nearest-turns in all eight ways to lay a picture): RUN/nearest.csv has the "
        "most alike, and a remark tells how many are copies.\n\n"
        "What the options are without being given depends on the model and its preset: "
        "galatea train MODEL --preset NAME --help tells it.\n\n"
        "simclr, byol and simsiam also tell spread, the deviation of what they give over the "
        "pictures of a batch, and collapse: 0 when that is as large as for directions drawn "
        "by chance, 1 when all pictures give the same. Any steady value below 0.9 is usual; "
        "above, a remark says that the model has collapsed. gan tells spread of the pictures "
        "made beside that of real ones (spread_real), and slope, the mean length of the "
        "gradients of its penalty, in steps that have it; remarks say when those made are "
        "all alike or run away, and when the discriminator has no slope left.",
    .usage = "MODEL",
    .table = &gt_train_options,
    .settings_size = sizeof(gt_train_settings),
    .examples = examples,
    .has_json = true,
    .meets_sets = true,
    .variant_word = "MODEL",
    .variant_at = gt_train_variant_at,
    .prepare = prepare,
    .apply_preset = gt_train_apply_preset,
    .run = run};
