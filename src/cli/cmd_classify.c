/* galatea classify CODES: how well classifiers tell the classes of a labelled set apart, and
 * what fitted ones say of another set. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "classify/classify.h"
#include "galatea/interrupt.h"
#include "galatea/table.h"
#include "galatea/text.h"
#include "provenance.h"

typedef struct classify_settings {
    const char *method, *baseline, *out, *save, *load;
    int64_t seed, seeds, cv;
} classify_settings;

static const gt_option rows[] = {
    {"method", GT_TEXT_AT(classify_settings, method), "knn", "LIST",
     "all, or some of those below, separated by commas"},
    {"seeds", GT_INT_AT(classify_settings, seeds), "1", "N",
     "seeds over which rf, ext and grad are averaged", .min = 1, .max = 1000},
    {"seed", GT_INT_AT(classify_settings, seed), "1", "S", "the first seed", .min = 0,
     .max = 9e15},
    {"cv", GT_INT_AT(classify_settings, cv), "0", "K",
     "cross-validate inside the rows to learn from, in K folds for each seed; 0: do not",
     .min = 0, .max = 1000},
    {"baseline", GT_TEXT_AT(classify_settings, baseline), NULL, "FILE",
     "a second set, such as the images themselves, to be judged beside", .path = GT_READS},
    {"out", GT_TEXT_AT(classify_settings, out), NULL, "FILE",
     "table (.fits or .csv) of what each method says of every object", .transient = true,
     .path = GT_WRITES},
    {"save", GT_TEXT_AT(classify_settings, save), NULL, "DIR",
     "new folder for the fitted classifiers of the first seed", .transient = true,
     .path = GT_FILLS},
    {"load", GT_TEXT_AT(classify_settings, load), NULL, "DIR",
     "do not learn: apply the classifiers of such a folder", .path = GT_READS},
};
static const gt_option_table table = GT_OPTION_TABLE("Options", rows);

/* ---- Learning and judging ---------------------------------------------------------------- */

/* A set and what the methods make of it. */
typedef struct study {
    gt_subject subject;
    gt_methods methods;
} study;

static gt_status learn(const gt_call *call, study *codes, study *baseline, gt_judge_plan *plan,
                       gt_error *err) {
    const classify_settings *settings = call->settings;
    gt_status status = GT_OK;
    bool keep = settings->out || settings->save;
    gt_fitting fitting;
    int64_t total = gt_methods_fits(&codes->methods, plan) * (settings->baseline ? 2 : 1);
    gt_fitting_start(&fitting, plan, total, call->is_quiet);
    GT_TRY(gt_subject_read(&codes->subject, err));
    if (settings->baseline) GT_TRY(gt_subject_read(&baseline->subject, err));
    GT_TRY(gt_methods_judge(&codes->methods, &codes->subject, plan, keep, err));
    if (settings->baseline)
        GT_TRY(gt_methods_judge(&baseline->methods, &baseline->subject, plan, false, err));
done:
    gt_progress_finish(&fitting.progress);
    return status;
}

static gt_status write_outputs(const gt_call *call, const gt_forecast *forecast,
                               const char *provenance, gt_error *err) {
    const classify_settings *settings = call->settings;
    gt_status status = GT_OK;
    if (settings->save) GT_TRY(gt_folder_save(settings->save, forecast, provenance, err));
    if (settings->out)
        GT_TRY(gt_forecast_write(forecast, settings->out, provenance, NULL, err));
done:
    return status;
}

static gt_status run_study(gt_call *call, gt_error *err) {
    const classify_settings *settings = call->settings;
    gt_status status = GT_OK;
    study codes = {0}, baseline = {0};
    const char *const inputs[] = {call->words[0], settings->baseline, NULL};
    char *provenance = NULL;
    gt_judge_plan plan = {.seed = (uint64_t)settings->seed,
                          .seeds = (size_t)settings->seeds,
                          .folds = (int32_t)settings->cv};
    if (settings->cv == 1) GT_THROW(err, GT_USAGE, "--cv 1: expected 0, or at least 2 folds");
    if (settings->save) GT_TRY(gt_folder_check(settings->save, err));
    GT_TRY(gt_methods_parse(settings->method, call->parts, &codes.methods, err));
    GT_TRY(gt_methods_parse(settings->method, call->parts, &baseline.methods, err));
    GT_TRY(gt_subject_open(call->words[0], &codes.subject, err));
    if (settings->baseline) GT_TRY(gt_subject_open(settings->baseline, &baseline.subject, err));
    GT_TRY(learn(call, &codes, &baseline, &plan, err));
    const gt_dataset_info *info = gt_dataset_describe(codes.subject.data);
    gt_forecast forecast = {&codes.subject,    &codes.methods,        info->class_names,
                            info->class_count, codes.subject.classes, call->is_quiet};
    GT_TRY(gt_provenance_make(call, inputs, &provenance, err));
    GT_TRY(write_outputs(call, &forecast, provenance, err));
    if (call->wants_json) {
        GT_TRY(gt_print_results_json(&codes.subject, &codes.methods,
                                     settings->baseline ? &baseline.subject : NULL,
                                     &baseline.methods, &plan, provenance, err));
        goto done;
    }
    gt_print_results(&codes.subject, &codes.methods, &plan);
    if (settings->baseline) gt_print_results(&baseline.subject, &baseline.methods, &plan);
    gt_print_class_names(&codes.subject);
    printf("in parentheses: the true value lies there with 95 %% confidence; "
           "+-: standard deviation\n");
done:
    free(provenance);
    gt_subject_close(&codes.subject);
    gt_subject_close(&baseline.subject);
    gt_methods_close(&codes.methods);
    gt_methods_close(&baseline.methods);
    return status;
}

/* ---- Applying ---------------------------------------------------------------------------- */

/* Whether labels of the set mean the classes of the folder. */
static bool is_comparable(const gt_subject *s, const gt_folder *folder) {
    const gt_dataset_info *info = gt_dataset_describe(s->data);
    if (!s->columns.labels || s->classes > folder->classes) return false;
    if (info->class_count != folder->name_count) return false;
    for (size_t i = 0; i < folder->name_count; i++)
        if (strcmp(info->class_names[i], folder->names[i]) != 0) return false;
    return true;
}

static void print_tally(const gt_forecast *f, const gt_method *m, const gt_tally *t) {
    char text[16], shown[256];
    printf("%-6s", m->kind->name);
    for (int32_t c = 0; c < f->classes; c++)
        printf(
            "  %s %" PRId64,
            gt_text_shown(gt_class_text(f->names, f->name_count, c, text), shown, sizeof shown),
            t->predicted[c]);
    for (int split = 0; split < GT_SPLIT_COUNT; split++) {
        if (t->labelled[split] == 0) continue;
        gt_interval range = gt_wilson_interval(t->right[split], t->labelled[split]);
        printf("  accuracy %.3f (%.2f-%.2f) of %" PRId64 " %s",
               (double)t->right[split] / (double)t->labelled[split], range.low, range.high,
               t->labelled[split],
               f->subject->columns.splits ? gt_split_text(split) : "labelled");
    }
    printf("\n");
}

static void json_tally(gt_json *json, const gt_forecast *f, const gt_method *m,
                       const gt_tally *t) {
    char text[16], key[32];
    gt_json_object(json, NULL);
    gt_json_text(json, "method", m->kind->name);
    gt_json_object(json, "predicted");
    for (int32_t c = 0; c < f->classes; c++)
        gt_json_int(json, gt_class_text(f->names, f->name_count, c, text), t->predicted[c]);
    gt_json_end(json);
    for (int split = 0; split < GT_SPLIT_COUNT; split++) {
        const char *name = f->subject->columns.splits ? gt_split_text(split) : "all";
        if (t->labelled[split] == 0) continue;
        snprintf(key, sizeof key, "%s_labelled", name);
        gt_json_int(json, key, t->labelled[split]);
        snprintf(key, sizeof key, "%s_accuracy", name);
        gt_json_real(json, key, (double)t->right[split] / (double)t->labelled[split]);
    }
    gt_json_end(json);
}

static gt_status print_tallies(const gt_call *call, const gt_forecast *f,
                               const gt_tally *tallies, const char *provenance, gt_error *err) {
    const classify_settings *settings = call->settings;
    gt_json json;
    for (size_t i = 0; !call->wants_json && i < f->methods->count; i++)
        print_tally(f, &f->methods->list[i], &tallies[i]);
    if (!call->wants_json) return GT_OK;
    gt_json_begin(&json, stdout, 2);
    gt_json_object(&json, NULL);
    gt_json_text(&json, "file", f->subject->path);
    gt_json_text(&json, "folder", settings->load);
    gt_json_array(&json, "applied");
    for (size_t i = 0; i < f->methods->count; i++)
        json_tally(&json, f, &f->methods->list[i], &tallies[i]);
    gt_json_end(&json);
    gt_json_ready(&json, "provenance", provenance);
    gt_json_end(&json);
    return gt_json_finish(&json, err);
}

/* Labels that mean other classes are not compared. */
static void forget_labels(const gt_subject *s, const gt_folder *folder, gt_tally *tallies) {
    if (is_comparable(s, folder)) return;
    for (size_t i = 0; i < folder->methods.count; i++)
        memset(tallies[i].labelled, 0, sizeof tallies[i].labelled);
}

static gt_status check_loading(const gt_call *call, gt_error *err) {
    const classify_settings *settings = call->settings;
    static const char *const learning[] = {"method", "seeds", "seed", "cv", "baseline", "save"};
    for (size_t i = 0; i < sizeof learning / sizeof *learning; i++)
        if (gt_options_source(call->options, learning[i]) == GT_FROM_COMMAND)
            return gt_fail(err, GT_USAGE, "--load %s learns nothing: leave out --%s",
                           settings->load, learning[i]);
    return GT_OK;
}

static gt_status run_loaded(gt_call *call, gt_error *err) {
    const classify_settings *settings = call->settings;
    gt_status status = GT_OK;
    const char *const inputs[] = {call->words[0], settings->load, NULL};
    gt_subject subject = {0};
    gt_folder folder = {0};
    gt_tally tallies[GT_METHODS_AT_MOST];
    char *provenance = NULL;
    memset(tallies, 0, sizeof tallies);
    GT_TRY(check_loading(call, err));
    GT_TRY(gt_folder_load(settings->load, &folder, err));
    GT_TRY(gt_subject_open(call->words[0], &subject, err));
    if (subject.features != folder.features)
        GT_THROW(err, GT_MISMATCH, "%s has %zu values a row, the classifiers of %s take %zu",
                 subject.path, subject.features, settings->load, folder.features);
    for (size_t i = 0; i < folder.methods.count; i++) {
        tallies[i].predicted = calloc((size_t)folder.classes, sizeof(int64_t));
        if (!tallies[i].predicted) GT_THROW(err, GT_NO_MEMORY, "no memory for counts");
    }
    gt_forecast forecast = {
        &subject,          &folder.methods, (const char *const *)folder.names,
        folder.name_count, folder.classes,  call->is_quiet};
    GT_TRY(gt_provenance_make(call, inputs, &provenance, err));
    GT_TRY(gt_forecast_write(&forecast, settings->out, provenance, tallies, err));
    forget_labels(&subject, &folder, tallies);
    GT_TRY(print_tallies(call, &forecast, tallies, provenance, err));
done:
    for (size_t i = 0; i < GT_METHODS_AT_MOST; i++) free(tallies[i].predicted);
    free(provenance);
    gt_subject_close(&subject);
    gt_folder_close(&folder);
    return status;
}

static gt_status check_outputs(const gt_call *call, gt_error *err) {
    const classify_settings *settings = call->settings;
    gt_status status = GT_OK;
    if (settings->out) GT_TRY(gt_table_check_path(settings->out, err));
done:
    return status;
}

static gt_status run(gt_call *call, gt_error *err) {
    const classify_settings *settings = call->settings;
    gt_status status = GT_OK;
    GT_TRY(gt_interrupt_install(err));
    GT_TRY(check_outputs(call, err));
    status = settings->load ? run_loaded(call, err) : run_study(call, err);
done:
    return status;
}

static const char *const examples[] = {
    "galatea classify codes.h5 --method all --seeds 5 --cv 5",
    "galatea classify codes.h5 --method knn --baseline set.h5",
    "galatea classify codes.h5 --method ext,svc --save fitted --out predictions.fits",
    "galatea classify other_codes.h5 --load fitted --out predictions.fits", NULL};

const gt_command gt_command_classify = {
    .name = "classify",
    .summary = "tell the classes of labelled codes apart, and apply what was learnt",
    .description =
        "Learns from the rows of split 0 and is judged by those of split 1; rows without a "
        "label are left out. FILE holds codes, or images, whose pixels are then taken as they "
        "are: with --baseline both stand side by side. Of two classes the second (FRII) is the "
        "positive one: recall is its share found, specificity that of the first. Values are "
        "used as they are, without scaling.\n\n"
        "--cv holds parts of split 0 out in turn: choose by its columns and look at the test "
        "rows once. With --seeds N the folds are dealt anew for each seed, the same for every "
        "method; rf, ext and grad are fitted with each seed. Tables and saved classifiers are "
        "those of the first seed.\n\n"
        "--out writes every row of FILE, also those without a label and those learnt from, "
        "which column split tells. Probabilities are shares of votes (knn) or of leaves (rf, "
        "ext), logistic (lr, grad), or calibrated by Platt's sigmoid on held-out rows (svc).",
    .usage = "FILE",
    .min_words = 1,
    .max_words = 1,
    .word_path = GT_READS,
    .table = &table,
    .part_at = gt_methods_part_at,
    .settings_size = sizeof(classify_settings),
    .examples = examples,
    .has_json = true,
    .has_threads = true,
    .run = run};
