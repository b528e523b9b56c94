/* galatea replay FILE...: recorded runs computed again and compared. */
#include "cli.h"
#include "galatea/interrupt.h"
#include "json.h"
#include "replay.h"
#include "shown.h"

typedef struct replay_options {
    bool in_double, list;
} replay_options;

static const gt_option rows[] = {
    {"double", GT_FLAG_AT(replay_options, in_double), NULL, NULL,
     "compute by plain loops in double precision: slow"},
    {"list", GT_FLAG_AT(replay_options, list), NULL, NULL, "print a line for every tensor"},
};
static const gt_option_table table = GT_OPTION_TABLE("Options", rows);

/* What the visitor prints with. */
typedef struct printing {
    const gt_call *call;
    bool every; /* tensor, or the failed ones alone */
    int failed;
    gt_progress *progress;
} printing;

enum { MOST_FAILED = 20 };

static void print_row(void *user, const gt_replay_row *row) {
    printing *p = user;
    if (!row->passed) p->failed++;
    if (p->call->wants_json) return;
    gt_progress_clear(p->progress);
    if (p->every || (!row->passed && p->failed <= MOST_FAILED))
        printf("  %-8s %s: error %.3g, tolerance %.3g\n", row->passed ? "ok" : "OUTSIDE",
               gt_shown(row->name), row->error, row->tolerance);
}

static void print_result(const char *path, const gt_replay_result *r) {
    printf("%s: %s, %s: %zu tensors compared, %zu used as inputs\n", gt_shown(path),
           r->passed ? "ok" : "DIFFERS", r->kind, r->compared, r->inputs);
    printf("  largest error %.3g of its tolerance: %s, %.3g of %.3g (%s)\n", r->worst_ratio,
           gt_shown(r->worst_name), r->worst_error, r->worst_tolerance,
           r->has_measured ? "measured tolerances" : "tolerances by kind of tensor");
    if (r->step_outliers)
        printf("  %zu of %zu values after optimizer steps beyond their tolerance, at most 1 in "
               "1000 may be; the largest %.3g of its bound\n",
               r->step_outliers, r->step_values, r->step_worst);
    if (r->looked_at)
        printf(
            "  %zu tensors are right at a closer look: in double the run comes out, and there "
            "rounding changes as much (signs of ReLUs and the like that it turned: %zu)\n",
            r->looked_at, r->decisions_otherwise);
    if (r->outside) printf("  %zu tensors outside their tolerance\n", r->outside);
    if (r->unknown)
        printf("  %zu tensors not understood: %s\n", r->unknown, gt_shown(r->unknown_names));
}

static void write_result(gt_json *json, const char *path, const gt_replay_result *r) {
    gt_json_object(json, NULL);
    gt_json_text(json, "file", path);
    gt_json_bool(json, "passed", r->passed);
    gt_json_text(json, "kind", r->kind);
    gt_json_bool(json, "measured_tolerances", r->has_measured);
    gt_json_int(json, "inputs", (int64_t)r->inputs);
    gt_json_int(json, "compared", (int64_t)r->compared);
    gt_json_int(json, "outside", (int64_t)r->outside);
    gt_json_int(json, "unknown", (int64_t)r->unknown);
    gt_json_text(json, "worst", r->worst_name);
    gt_json_real(json, "worst_ratio", r->worst_ratio);
    gt_json_real(json, "worst_error", r->worst_error);
    gt_json_real(json, "worst_tolerance", r->worst_tolerance);
    gt_json_int(json, "step_values", (int64_t)r->step_values);
    gt_json_int(json, "step_outliers", (int64_t)r->step_outliers);
    gt_json_real(json, "step_worst", r->step_worst);
    gt_json_int(json, "looked_at", (int64_t)r->looked_at);
    gt_json_int(json, "decisions_otherwise", (int64_t)r->decisions_otherwise);
    gt_json_end(json);
}

static gt_status replay_run(gt_call *call, gt_error *err) {
    const replay_options *options = call->settings;
    gt_replay_settings settings = {.threads = (int)call->threads,
                                   .in_double = options->in_double};
    gt_status status = GT_OK;
    size_t differing = 0;
    gt_json json;
    gt_progress progress = gt_call_progress(call, (int64_t)call->word_count, "recordings");
    GT_TRY(gt_interrupt_install(err));
    if (call->wants_json) {
        gt_json_begin(&json, stdout, 2);
        gt_json_array(&json, NULL);
    }
    for (size_t i = 0; i < call->word_count; ++i) {
        gt_replay_result result;
        printing p = {.call = call, .every = options->list, .progress = &progress};
        if (gt_interrupt_pending()) {
            status = gt_fail(err, GT_INTERRUPTED, "interrupted after %zu of %zu recordings", i,
                             call->word_count);
            break; /* JSON of those before is whole */
        }
        gt_progress_update(&progress, (int64_t)i, call->words[i]);
        GT_TRY(gt_replay_file(call->words[i], &settings, print_row, &p, &result, err));
        if (!result.passed) differing++;
        gt_progress_clear(&progress);
        if (call->wants_json)
            write_result(&json, call->words[i], &result);
        else
            print_result(call->words[i], &result);
        fflush(stdout);
    }
    if (call->wants_json) {
        gt_json_end(&json);
        if (gt_json_finish(&json, status ? NULL : err) && !status) status = err->status;
    }
    if (status == GT_OK && differing)
        GT_THROW(err, GT_MISMATCH, "%zu of %zu recordings not reproduced", differing,
                 call->word_count);
done:
    gt_progress_finish(&progress);
    return status;
}

static const char *const examples[] = {"galatea replay tests/golden/vdvae/*.safetensors", NULL};

const gt_command gt_command_replay = {
    .name = "replay",
    .summary = "compute recorded runs again and compare every number",
    .description =
        "A recording is a safetensors file with the weights, inputs and noise of a run and "
        "everything that was computed from them: activations, losses, gradients, updated "
        "parameters, samples. The model is built from the recording's metadata and run again "
        "with direct convolutions; every tensor is compared.\n\n"
        "Tolerances come from FILE.tol.tsv beside FILE.safetensors (column suggested_atol), "
        "else from the kind of each tensor and its largest magnitude. After optimizer steps, "
        "one value in a thousand may differ by a few learning rates.\n\n"
        "What differs by more is looked at closer where a graph was computed. In double "
        "precision "
        "it must come out as recorded; and what single precision made must agree with a run in "
        "double that takes the same sides of ReLUs and the like, each of which must have been "
        "a "
        "near thing, within the tolerance or, without FILE.tol.tsv, within five times what "
        "rounding "
        "every value and weight once changes.\n\n"
        "The exit code is 0 only "
        "if every tensor of every file was compared or used and is within its tolerance.",
    .usage = "FILE...",
    .min_words = 1,
    .max_words = 1000,
    .word_path = GT_READS,
    .table = &table,
    .settings_size = sizeof(replay_options),
    .examples = examples,
    .has_json = true,
    .has_threads = true,
    .run = replay_run};
