/* galatea density RUN: how likely codes are under a flow, object by object and set by set. */
#include <inttypes.h>

#include "cli.h"
#include "density.h"
#include "galatea/interrupt.h"
#include "json.h"
#include "network_arguments.h"
#include "shown.h"
#include "table.h"

typedef struct density_settings {
    const char *data, *out, *figure;
    int64_t bins;
    gt_score_noise noise;
} density_settings;

static const gt_option rows[] = {
    {"data", GT_TEXT_AT(density_settings, data), NULL, "FILE...",
     "codes, or images where the model is one of images, to score; more sets may follow",
     .required = true, .path = GT_READS},
    {"out", GT_TEXT_AT(density_settings, out), NULL, "FILE",
     "table of the log-density of each object, .fits or .csv", .path = GT_WRITES,
     .endings = GT_TABLE_ENDINGS},
    {"figure", GT_TEXT_AT(density_settings, figure), NULL, "FILE",
     "histograms of all sets on one axis, .png, .pdf or .svg", .path = GT_WRITES,
     .endings = GT_FIGURE_ENDINGS},
    {"bins", GT_INT_AT(density_settings, bins), "60", "N", "bins of the histograms", .min = 2,
     .max = 1000},
    {"draws", GT_INT_AT(density_settings, noise.draws), "1", "N",
     "draws of the noise that fills pixels of which a model knows some bits only; densities "
     "are means over them",
     .min = 1, .max = 1e6},
    {"seed", GT_INT_AT(density_settings, noise.seed), "0", "S", "seed of that noise", .min = 0,
     .max = 9e15},
};
static const gt_option_table table = GT_OPTION_TABLE("Options", rows);

/* What bits per value are of. */
static void print_subject(const gt_densities *c) {
    gt_density_subject of = gt_model_density_subject(gt_run_model(c->run));
    printf("bits/value over %s of images with %s", gt_counted((uint64_t)of.values, "value"),
           gt_counted((uint64_t)of.channels, "channel"));
    if (of.bits)
        printf(", of %d bits each; mean of %s of noise, seed %" PRId64, of.bits,
               gt_counted((uint64_t)c->noise.draws, "draw"), c->noise.seed);
    printf("\n");
}

static void print_text(const gt_densities *c) {
    const gt_usual *usual = &c->usual;
    bool of_codes = gt_scores_are_of_codes(c->run);
    char subject[GT_SCORES_ROOM];
    printf("%-24s %8s %10s %10s %10s", "", of_codes ? "codes" : "images", "lowest", "median",
           "highest");
    if (!of_codes) printf(" %10s", "bits/value");
    if (usual->is_known) printf("  %9s %9s %11s", "< 0.1 %", "< 1 %", "< training");
    printf("\n");
    for (size_t i = 0; i < c->count; i++) {
        const gt_scores *s = &c->sets[i];
        gt_range r = c->ranges[i];
        printf("%-24s %8" PRIu64 " %10.5g %10.5g %10.5g", gt_shown(s->name), s->count, r.low,
               r.median, r.high);
        if (!of_codes) printf(" %10.5g", gt_scores_bits(c->run, r.mean));
        if (usual->is_known)
            printf("  %8.2f%% %8.2f%% %10.2f%%", 100 * gt_scores_below(s, usual->permille),
                   100 * gt_scores_below(s, usual->percent),
                   100 * gt_scores_below(s, usual->minimum));
        printf("\n");
    }
    if (usual->is_known)
        printf(
            "log-densities in nats; shares below the quantiles 0.1 %% (%.5g) and 1 %% (%.5g) "
            "of %zu %ss held out from training,\nand below the lowest (%.5g) of %zu that "
            "were trained on\n",
            usual->permille, usual->percent, usual->held_count, gt_scores_word(c->run),
            usual->minimum, usual->train_count);
    if (*gt_scores_subject(c->run, subject)) printf("log-densities are%s\n", subject);
    if (!of_codes) print_subject(c);
}

static void tell_usual(gt_json *json, const gt_usual *usual) {
    if (!usual->is_known) return;
    gt_json_object(json, "usual");
    gt_json_int(json, "trained_on", (int64_t)usual->train_count);
    gt_json_int(json, "held_out", (int64_t)usual->held_count);
    gt_json_real(json, "quantile_0.001", usual->permille);
    gt_json_real(json, "quantile_0.01", usual->percent);
    gt_json_real(json, "training_minimum", usual->minimum);
    gt_json_end(json);
}

static void tell_set(gt_json *json, const gt_densities *c, size_t set) {
    const gt_scores *s = &c->sets[set];
    const gt_usual *usual = &c->usual;
    gt_range r = c->ranges[set];
    bool of_codes = gt_scores_are_of_codes(c->run);
    gt_json_object(json, NULL);
    gt_json_text(json, "file", s->path);
    gt_json_int(json, of_codes ? "codes" : "images", (int64_t)s->count);
    gt_json_real(json, "lowest", r.low);
    gt_json_real(json, "median", r.median);
    gt_json_real(json, "highest", r.high);
    gt_json_real(json, "mean", r.mean);
    if (!of_codes) gt_json_real(json, "bits_per_value", gt_scores_bits(c->run, r.mean));
    if (usual->is_known) {
        gt_json_real(json, "below_quantile_0.001", gt_scores_below(s, usual->permille));
        gt_json_real(json, "below_quantile_0.01", gt_scores_below(s, usual->percent));
        gt_json_real(json, "below_training_minimum", gt_scores_below(s, usual->minimum));
    }
    gt_json_end(json);
}

static gt_status print_json(const gt_densities *c, gt_error *err) {
    gt_json json;
    gt_json_begin(&json, stdout, 2);
    gt_json_object(&json, NULL);
    gt_density_subject of = gt_model_density_subject(gt_run_model(c->run));
    gt_json_text(&json, "run", gt_run_path_of(c->run));
    gt_json_int(&json, "channels", of.channels);
    gt_json_int(&json, "values", of.values);
    const char *constant = gt_model_input_of(gt_run_model(c->run))->constant;
    if (constant) gt_json_text(&json, "constant_features", constant);
    if (of.bits) {
        gt_json_int(&json, "bits", of.bits);
        gt_json_int(&json, "draws", c->noise.draws);
        gt_json_int(&json, "seed", c->noise.seed);
    }
    tell_usual(&json, &c->usual);
    gt_json_array(&json, "sets");
    for (size_t i = 0; i < c->count; i++) tell_set(&json, c, i);
    gt_json_end(&json);
    gt_json_end(&json);
    return gt_json_finish(&json, err);
}

static gt_status run(gt_call *call, gt_error *err) {
    const density_settings *settings = call->settings;
    gt_status status = GT_OK;
    gt_densities found = {.noise = settings->noise};
    const char *sets[GT_DENSITY_SETS] = {settings->data};
    for (size_t i = 1; i < call->word_count; i++) sets[i] = call->words[i];
    GT_TRY(gt_interrupt_install(err));
    GT_TRY(gt_densities_compute(&call->context, call->words[0], sets, call->word_count, &found,
                                err));
    if (settings->out) GT_TRY(gt_densities_table(&found, settings->out, err));
    if (settings->figure)
        GT_TRY(gt_densities_figure(&found, settings->figure, (size_t)settings->bins, err));
    if (call->wants_json)
        GT_TRY(print_json(&found, err));
    else
        print_text(&found);
done:
    gt_densities_free(&found);
    return status;
}

static const char *const examples[] = {
    "galatea density flow --data codes.h5 --out loglike.fits --figure loglike.png",
    "galatea density flow --data codes.h5 mirabest.h5 frdeep.h5 --figure loglike.pdf",
    "galatea density flow --data codes.h5 --json", NULL};

const gt_command gt_command_density = {
    .name = "density",
    .summary = "tell how likely codes, or images, are under a model",
    .description =
        "RUN is a run of `train maf`, or of a model that tells how likely images are; their "
        "means are told in bits per value too. Each set is told with its lowest, median and "
        "highest log-density, and the shares of it that lie below the 0.1 % and 1 % "
        "quantiles of those training codes which were held out from training, and below the "
        "lowest of those which were not: a set with many of them holds objects unlike what "
        "the flow has seen. Numbers of a code that were the same in all rows of training "
        "have no density: that of a flow is one of the others.\n\n"
        "To judge generated images, write them as a set (sample --out new.h5), encode them "
        "as "
        "the others were, and give those codes.\n\n" GT_NETWORK_HELP,
    .usage = "RUN [FILE...]",
    .min_words = 1,
    .max_words = GT_DENSITY_SETS,
    .word_path = GT_READS,
    .table = &table,
    .settings_size = sizeof(density_settings),
    .examples = examples,
    .has_json = true,
    .has_threads = true,
    .meets_sets = true,
    .takes_weights = true,
    .run = run};
