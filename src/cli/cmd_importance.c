/* galatea importance CODES: which components of the codes tell a column's number. */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

#include "cli.h"
#include "forest.h"
#include "galatea/figure.h"
#include "galatea/interrupt.h"
#include "galatea/log.h"
#include "importance.h"
#include "json.h"
#include "provenance.h"
#include "run_use.h"
#include "shown.h"
#include "table.h"

typedef struct importance_settings {
    const char *target, *out, *figure;
    int64_t trees, batch, seed;
} importance_settings;

static const gt_option rows[] = {
    {"target", GT_TEXT_AT(importance_settings, target), "angular_size", "COLUMN",
     "what is predicted: angular_size, ra, dec or any other column of numbers"},
    {"trees", GT_INT_AT(importance_settings, trees), "100", "N", "trees of the first batch",
     .min = 1, .max = 1e5},
    {"batch", GT_INT_AT(importance_settings, batch), "1000", "N", "rows of a batch", .min = 2,
     .max = 1 << 25},
    {"seed", GT_INT_AT(importance_settings, seed), "1", "S", "seed of the forest", .min = 0,
     .max = 9e15},
    {"out", GT_TEXT_AT(importance_settings, out), NULL, "FILE",
     "table of the components, .fits or .csv", .transient = true, .path = GT_WRITES,
     .endings = GT_TABLE_ENDINGS},
    {"figure", GT_TEXT_AT(importance_settings, figure), NULL, "FILE",
     "mean values and importances, .png, .pdf or .svg", .transient = true, .path = GT_WRITES,
     .endings = GT_FIGURE_ENDINGS},
};
static const gt_option_table table = GT_OPTION_TABLE("Options", rows);

enum { SHOWN = 10 };

/* ---- outputs -------------------------------------------------------------------------------
 */

static gt_status write_outputs(const gt_call *call, const gt_importance *found, gt_error *err) {
    const importance_settings *settings = call->settings;
    gt_status status = GT_OK;
    char *provenance = NULL;
    const char *const inputs[] = {call->words[0], NULL};
    if (!settings->out && !settings->figure) goto done;
    GT_TRY(gt_provenance_make(&call->invocation, inputs, &provenance, err));
    if (settings->out) GT_TRY(gt_importance_table(found, settings->out, provenance, err));
    if (settings->figure)
        GT_TRY(gt_importance_figure(found, settings->figure, provenance, err));
done:
    free(provenance);
    return status;
}

static gt_status print_json(const gt_call *call, const gt_importance *found, gt_error *err) {
    const importance_settings *settings = call->settings;
    gt_json json;
    gt_json_begin(&json, stdout, 2);
    gt_json_object(&json, NULL);
    gt_json_text(&json, "file", call->words[0]);
    gt_json_text(&json, "target", settings->target);
    gt_json_int(&json, "rows", (int64_t)found->rows);
    gt_json_int(&json, "missing", (int64_t)found->missing);
    gt_json_int(&json, "batches", (int64_t)found->batches);
    gt_json_int(&json, "trees", found->trees);
    gt_json_int(&json, "constant_components", (int64_t)found->constants);
    gt_json_real(&json, "explained_variance", found->explained);
    gt_json_array(&json, "components");
    for (size_t f = 0; f < found->width; f++) {
        gt_json_object(&json, NULL);
        gt_json_int(&json, "component", (int64_t)f);
        gt_json_real(&json, "mean", found->mean[f]);
        gt_json_real(&json, "deviation", found->deviation[f]);
        gt_json_real(&json, "importance", found->importance[f]);
        gt_json_end(&json);
    }
    gt_json_end(&json);
    gt_json_end(&json);
    return gt_json_finish(&json, err);
}

/* The next most important component after `last`; of equal ones the lower number. */
static size_t next_best(const gt_importance *found, size_t last, bool is_first) {
    const double *v = found->importance;
    size_t best = found->width;
    for (size_t f = 0; f < found->width; f++) {
        bool is_behind = is_first || v[f] < v[last] || (v[f] == v[last] && f > last);
        if (is_behind && (best == found->width || v[f] > v[best])) best = f;
    }
    return best;
}

static void print_components(const gt_call *call, const gt_importance *found) {
    const importance_settings *settings = call->settings;
    size_t component = 0;
    printf("%s of %s in %s, %s\n", settings->target, gt_counted(found->rows, "row"),
           gt_counted(found->batches, "batch"), gt_counted((uint64_t)found->trees, "tree"));
    if (isfinite(found->explained))
        printf("%.1f %% of the variance of rows not learnt from yet is explained\n",
               100 * found->explained);
    else
        printf("cut into batches, say by --batch %" PRIu64
               ", rows not learnt from tell how much of the variance is explained\n",
               found->rows / 2);
    printf("%9s  %10s  %12s  %12s\n", "component", "importance", "mean value", "deviation");
    for (size_t i = 0; i < SHOWN && i < found->width; i++) {
        component = next_best(found, component, i == 0);
        printf("%9zu  %10.4f  %12.5g  %12.5g\n", component, found->importance[component],
               found->mean[component], found->deviation[component]);
    }
    if (found->width > SHOWN)
        printf("and %zu less important ones (--out FILE has all)\n", found->width - SHOWN);
}

/* ---- the whole -----------------------------------------------------------------------------
 */

static gt_status run(gt_call *call, gt_error *err) {
    const importance_settings *settings = call->settings;
    gt_status status = GT_OK;
    gt_dataset *data = NULL;
    gt_importance found = {0};
    gt_importance_request request = {.target = settings->target,
                                     .trees = settings->trees,
                                     .batch = settings->batch,
                                     .seed = settings->seed,
                                     .context = &call->context};
    GT_TRY(gt_interrupt_install(err));
    GT_TRY(gt_dataset_open_any(call->words[0], &data, err));
    GT_TRY(gt_importance_measure(data, &request, &found, err));
    GT_TRY(write_outputs(call, &found, err));
    if (call->wants_json)
        GT_TRY(print_json(call, &found, err));
    else
        print_components(call, &found);
done:
    gt_importance_free(&found);
    gt_dataset_close(data);
    return status;
}

static const char *const examples[] = {
    "galatea importance codes.h5 --target angular_size --figure importance.png",
    "galatea importance codes.h5 --trees 200 --batch 2000 --out importance.fits --json", NULL};

const gt_command gt_command_importance = {
    .name = "importance",
    .summary = "tell which components of the codes carry a number, such as the angular size",
    .description =
        "Grows a random forest that predicts the column --target from the codes. The first "
        "batch of rows grows --trees trees, each later one adds a single tree of its own, so "
        "that any number of rows can be used; what is left behind the last whole batch joins "
        "it. Rows are taken in their order, those without the number are left out.\n\n"
        "The importance of a component is its share of the decrease of variance in a tree, "
        "averaged over trees; all add up to 1. How much the forest knows at all is told by the "
        "variance it explains of each batch before it learns from it: a component may be the "
        "most important one of a forest that knows nothing.",
    .usage = "CODES",
    .min_words = 1,
    .max_words = 1,
    .word_path = GT_READS,
    .table = &table,
    .settings_size = sizeof(importance_settings),
    .examples = examples,
    .has_json = true,
    .has_threads = true,
    .run = run};
