/* galatea density RUN: how likely codes are under a flow, object by object and set by set. */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "galatea/figure.h"
#include "galatea/interrupt.h"
#include "galatea/json.h"
#include "galatea/table.h"
#include "mismatch.h"
#include "network_arguments.h"
#include "provenance.h"
#include "scores.h"
#include "shown.h"

typedef struct density_settings {
    const char *data, *out, *figure;
    int64_t bins;
} density_settings;

static const gt_option rows[] = {
    {"data", GT_TEXT_AT(density_settings, data), NULL, "FILE...",
     "codes to score; more sets may follow", .required = true, .path = GT_READS},
    {"out", GT_TEXT_AT(density_settings, out), NULL, "FILE",
     "table of the log-density of each object, .fits or .csv", .path = GT_WRITES,
     .endings = GT_TABLE_ENDINGS},
    {"figure", GT_TEXT_AT(density_settings, figure), NULL, "FILE",
     "histograms of all sets on one axis, .png, .pdf or .svg", .path = GT_WRITES,
     .endings = GT_FIGURE_ENDINGS},
    {"bins", GT_INT_AT(density_settings, bins), "60", "N", "bins of the histograms", .min = 2,
     .max = 1000},
};
static const gt_option_table table = GT_OPTION_TABLE("Options", rows);

enum { MOST_SETS = GT_FIGURE_CLASSES };

typedef struct comparison {
    gt_run *run;
    gt_scores sets[MOST_SETS];
    size_t count;
    gt_usual usual;
    char *provenance;
} comparison;

/* ---- Figures of a set ------------------------------------------------------------------ */

typedef struct range {
    double low, median, high, mean; /* mean of the finite ones */
} range;

static int by_value(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static gt_status find_range(const gt_scores *s, range *out, gt_error *err) {
    double *sorted = malloc((s->count + 1) * sizeof *sorted), sum = 0;
    uint64_t finite = 0;
    if (!sorted)
        return gt_fail(err, GT_NO_MEMORY, "no memory for %" PRIu64 " numbers", s->count);
    memcpy(sorted, s->log_p, s->count * sizeof *sorted);
    qsort(sorted, s->count, sizeof *sorted, by_value);
    for (uint64_t i = 0; i < s->count; i++)
        if (isfinite(sorted[i])) sum += sorted[i], finite++;
    double middle = sorted[s->count / 2];
    if (s->count % 2 == 0) middle = (middle + sorted[s->count / 2 - 1]) / 2;
    *out = (range){sorted[0], middle, sorted[s->count - 1], sum / (double)finite};
    free(sorted);
    return GT_OK;
}

/* ---- Showing --------------------------------------------------------------------------- */

static gt_status print_text(const comparison *c, gt_error *err) {
    gt_status status = GT_OK;
    const gt_usual *usual = &c->usual;
    printf("%-24s %8s %10s %10s %10s", "", "codes", "lowest", "median", "highest");
    if (usual->is_known) printf("  %9s %9s %11s", "< 0.1 %", "< 1 %", "< training");
    printf("\n");
    for (size_t i = 0; i < c->count; i++) {
        const gt_scores *s = &c->sets[i];
        range r;
        GT_TRY(find_range(s, &r, err));
        printf("%-24s %8" PRIu64 " %10.5g %10.5g %10.5g", gt_shown(s->name), s->count, r.low,
               r.median, r.high);
        if (usual->is_known)
            printf("  %8.2f%% %8.2f%% %10.2f%%", 100 * gt_scores_below(s, usual->permille),
                   100 * gt_scores_below(s, usual->percent),
                   100 * gt_scores_below(s, usual->minimum));
        printf("\n");
    }
    if (usual->is_known)
        printf(
            "log-densities in nats; shares below the quantiles 0.1 %% (%.5g) and 1 %% (%.5g) "
            "of %zu codes held out from training,\nand below the lowest (%.5g) of %zu that "
            "were trained on\n",
            usual->permille, usual->percent, usual->held_count, usual->minimum,
            usual->train_count);
done:
    return status;
}

static gt_status print_json(const comparison *c, gt_error *err) {
    gt_status status = GT_OK;
    const gt_usual *usual = &c->usual;
    gt_json json;
    gt_json_begin(&json, stdout, 2);
    gt_json_object(&json, NULL);
    gt_json_text(&json, "run", gt_run_path_of(c->run));
    if (usual->is_known) {
        gt_json_object(&json, "usual");
        gt_json_int(&json, "trained_on", (int64_t)usual->train_count);
        gt_json_int(&json, "held_out", (int64_t)usual->held_count);
        gt_json_real(&json, "quantile_0.001", usual->permille);
        gt_json_real(&json, "quantile_0.01", usual->percent);
        gt_json_real(&json, "training_minimum", usual->minimum);
        gt_json_end(&json);
    }
    gt_json_array(&json, "sets");
    for (size_t i = 0; i < c->count; i++) {
        const gt_scores *s = &c->sets[i];
        range r;
        GT_TRY(find_range(s, &r, err));
        gt_json_object(&json, NULL);
        gt_json_text(&json, "file", s->path);
        gt_json_int(&json, "codes", (int64_t)s->count);
        gt_json_real(&json, "lowest", r.low);
        gt_json_real(&json, "median", r.median);
        gt_json_real(&json, "highest", r.high);
        gt_json_real(&json, "mean", r.mean);
        if (usual->is_known) {
            gt_json_real(&json, "below_quantile_0.001", gt_scores_below(s, usual->permille));
            gt_json_real(&json, "below_quantile_0.01", gt_scores_below(s, usual->percent));
            gt_json_real(&json, "below_training_minimum", gt_scores_below(s, usual->minimum));
        }
        gt_json_end(&json);
    }
    gt_json_end(&json);
    gt_json_end(&json);
    GT_TRY(gt_json_finish(&json, err));
done:
    return status;
}

/* ---- Writing --------------------------------------------------------------------------- */

static gt_status write_table(const comparison *c, const char *path, gt_error *err) {
    static const gt_table_column columns[] = {
        {"set", GT_TABLE_TEXT, NULL, "data set"},
        {"row", GT_TABLE_INT, NULL, "row of the data set, from 0"},
        {"id", GT_TABLE_TEXT, NULL, "name of the object"},
        {"ra", GT_TABLE_REAL, "deg", "right ascension"},
        {"dec", GT_TABLE_REAL, "deg", "declination"},
        {"class", GT_TABLE_TEXT, NULL, "label of the data set"},
        {"log_density", GT_TABLE_REAL, NULL, "log-density of the code, in nats"},
    };
    enum { COLUMNS = sizeof columns / sizeof *columns };
    gt_status status = GT_OK;
    gt_table *made = NULL;
    GT_TRY(gt_table_create(columns, COLUMNS, &made, err));
    for (size_t i = 0; i < c->count; i++) {
        const gt_scores *s = &c->sets[i];
        const gt_dataset_info *info = gt_dataset_describe(s->data);
        for (uint64_t row = 0; row < s->count; row++) {
            gt_dataset_row about = gt_use_row(&s->columns, row);
            bool is_named = about.label >= 0 && (size_t)about.label < info->class_count;
            gt_cell cells[COLUMNS] = {
                gt_cell_text(s->name),
                gt_cell_int((int64_t)row),
                gt_cell_text(about.id),
                gt_cell_real(about.ra),
                gt_cell_real(about.dec),
                gt_cell_text(is_named ? info->class_names[about.label] : NULL),
                gt_cell_real(s->log_p[row]),
            };
            GT_TRY(gt_table_append(made, cells, err));
        }
    }
    GT_TRY(gt_table_write(made, path, c->provenance, err));
done:
    gt_table_destroy(made);
    return status;
}

/* The range from the lowest 1 % quantile of the sets up. *all widens to that of all values. */
static gt_status usual_range(const comparison *c, gt_axis *usual, gt_axis *all, gt_error *err) {
    *usual = *all = (gt_axis){.low = INFINITY, .high = -INFINITY};
    for (size_t i = 0; i < c->count; i++) {
        const gt_scores *s = &c->sets[i];
        size_t finite = 0;
        double *sorted = malloc((s->count + 1) * sizeof *sorted);
        if (!sorted)
            return gt_fail(err, GT_NO_MEMORY, "no memory for %" PRIu64 " numbers", s->count);
        for (uint64_t k = 0; k < s->count; k++)
            if (isfinite(s->log_p[k])) sorted[finite++] = s->log_p[k];
        qsort(sorted, finite, sizeof *sorted, by_value);
        if (finite) {
            usual->low = fmin(usual->low, sorted[finite / 100]);
            usual->high = fmax(usual->high, sorted[finite - 1]);
            all->low = fmin(all->low, sorted[0]);
        }
        free(sorted);
    }
    all->high = usual->high;
    return GT_OK;
}

/* A few very unlikely codes would press all others into one bin: then they are counted in the
 * label and not shown. */
static gt_status choose_range(const comparison *c, gt_axis *axis, char label[96],
                              gt_error *err) {
    gt_axis usual, all;
    uint64_t left_out = 0;
    gt_status status = usual_range(c, &usual, &all, err);
    if (status) return status;
    double length = usual.high - usual.low;
    snprintf(label, 96, "log-likelihood (nats)");
    axis->label = label;
    if (!(length > 0) || usual.low - all.low < length) return GT_OK;
    axis->low = usual.low - 0.02 * length;
    axis->high = usual.high + 0.02 * length;
    for (size_t i = 0; i < c->count; i++)
        for (uint64_t k = 0; k < c->sets[i].count; k++)
            left_out += c->sets[i].log_p[k] < axis->low;
    snprintf(label, 96, "log-likelihood (nats); %" PRIu64 " lower ones are not shown",
             left_out);
    return GT_OK;
}

static gt_status draw(const comparison *c, const density_settings *settings, gt_error *err) {
    gt_histogram_set sets[MOST_SETS];
    char label[96];
    gt_figure figure = {.provenance = c->provenance};
    gt_histogram_options options = {.bins = (size_t)settings->bins};
    gt_status status = choose_range(c, &figure.x, label, err);
    if (status) return status;
    for (size_t i = 0; i < c->count; i++)
        sets[i] =
            (gt_histogram_set){c->sets[i].name, (size_t)c->sets[i].count, c->sets[i].log_p};
    if (c->usual.is_known && isfinite(c->usual.minimum)) {
        options.marks = &c->usual.minimum;
        options.mark_count = 1;
        options.mark_name = "lowest trained on";
    }
    return gt_figure_histogram(settings->figure, &figure, sets, c->count, &options, err);
}

static gt_status name_sets(comparison *c, gt_error *err) {
    gt_named named[MOST_SETS];
    for (size_t i = 0; i < c->count; i++)
        named[i] = (gt_named){c->sets[i].name, c->sets[i].path};
    return gt_names_tell_apart(named, c->count, err);
}

static gt_status run(gt_call *call, gt_error *err) {
    const density_settings *settings = call->settings;
    gt_status status = GT_OK;
    comparison c = {.count = 0};
    const char *inputs[MOST_SETS + 2] = {settings->data};
    for (size_t i = 1; i < call->word_count; i++) inputs[i] = call->words[i];
    GT_TRY(gt_interrupt_install(err));
    GT_TRY(gt_scores_open_run(&call->context, call->words[0], settings->data, &c.run, err));
    GT_TRY(gt_mismatch_check_files(
        &call->context, &(gt_sight){call->words[0], gt_run_imaging(c.run)}, inputs, "", err));
    for (size_t i = 0; i < call->word_count; i++, c.count++)
        GT_TRY(gt_scores_compute(c.run, inputs[i], &call->context, &c.sets[i], err));
    GT_TRY(name_sets(&c, err));
    GT_TRY(
        gt_usual_find(c.run, &call->context, call->words[0], c.sets, c.count, &c.usual, err));
    inputs[call->word_count] = gt_run_path_of(c.run);
    GT_TRY(gt_provenance_make(&call->invocation, inputs, &c.provenance, err));
    if (settings->out) GT_TRY(write_table(&c, settings->out, err));
    if (settings->figure) GT_TRY(draw(&c, settings, err));
    GT_TRY(call->wants_json ? print_json(&c, err) : print_text(&c, err));
done:
    for (size_t i = 0; i < MOST_SETS; i++) gt_scores_free(&c.sets[i]);
    gt_run_close(c.run);
    free(c.provenance);
    return status;
}

static const char *const examples[] = {
    "galatea density flow --data codes.h5 --out loglike.fits --figure loglike.png",
    "galatea density flow --data codes.h5 mirabest.h5 frdeep.h5 --figure loglike.pdf",
    "galatea density flow --data codes.h5 --json", NULL};

const gt_command gt_command_density = {
    .name = "density",
    .summary = "tell how likely codes are under a flow",
    .description =
        "RUN is a run of `train maf`. Each set is told with its lowest, median and highest "
        "log-density, and the shares of it that lie below the 0.1 % and 1 % quantiles of those "
        "training codes which were held out from training, and below the lowest of those which "
        "were not: a set with many of them holds objects unlike what the flow has seen.\n\n"
        "To judge generated images, write them as a set (sample --out new.h5), encode them as "
        "the others were, and give those codes.\n\n" GT_NETWORK_HELP,
    .usage = "RUN [FILE...]",
    .min_words = 1,
    .max_words = MOST_SETS,
    .word_path = GT_READS,
    .table = &table,
    .settings_size = sizeof(density_settings),
    .examples = examples,
    .has_json = true,
    .has_threads = true,
    .meets_sets = true,
    .takes_weights = true,
    .run = run};
