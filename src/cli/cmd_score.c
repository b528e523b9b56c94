/* galatea score RUN: what the discriminator of a GAN says of images. */
#include <inttypes.h>

#include "cli.h"
#include "galatea/interrupt.h"
#include "json.h"
#include "network_arguments.h"
#include "scoring.h"
#include "shown.h"
#include "table.h"

typedef struct score_settings {
    const char *data, *out;
} score_settings;

static const gt_option rows[] = {
    {"data", GT_TEXT_AT(score_settings, data), NULL, "FILE...",
     "images to score; more sets may follow", .required = true, .path = GT_READS},
    {"out", GT_TEXT_AT(score_settings, out), NULL, "FILE",
     "table of the scores of each image, .fits or .csv", .path = GT_WRITES,
     .endings = GT_TABLE_ENDINGS},
};
static const gt_option_table table = GT_OPTION_TABLE("Options", rows);

static void print_text(const gt_scoring *c) {
    printf("%-24s %8s", "", "images");
    for (size_t k = 0; k < c->width; k++) printf(" %22s", c->names[k]);
    printf("\n");
    for (size_t i = 0; i < c->count; i++) {
        printf("%-24s %8" PRIu64, gt_shown(c->sets[i].name), c->sets[i].count);
        for (size_t k = 0; k < c->width; k++) {
            gt_score_summary s = gt_scoring_summary(c, i, k);
            printf(" %10.4g +- %8.3g", s.mean, s.deviation);
        }
        printf("\n");
    }
    printf("means and deviations; low is what the discriminator takes for real\n");
}

static gt_status print_json(const gt_scoring *c, gt_error *err) {
    gt_json json;
    gt_json_begin(&json, stdout, 2);
    gt_json_object(&json, NULL);
    gt_json_text(&json, "run", gt_run_path_of(c->run));
    gt_json_array(&json, "sets");
    for (size_t i = 0; i < c->count; i++) {
        gt_json_object(&json, NULL);
        gt_json_text(&json, "file", c->sets[i].path);
        gt_json_int(&json, "images", (int64_t)c->sets[i].count);
        for (size_t k = 0; k < c->width; k++) {
            gt_score_summary s = gt_scoring_summary(c, i, k);
            gt_json_object(&json, c->names[k]);
            gt_json_real(&json, "mean", s.mean);
            gt_json_real(&json, "deviation", s.deviation);
            gt_json_end(&json);
        }
        gt_json_end(&json);
    }
    gt_json_end(&json);
    gt_json_end(&json);
    return gt_json_finish(&json, err);
}

static gt_status run(gt_call *call, gt_error *err) {
    const score_settings *settings = call->settings;
    gt_status status = GT_OK;
    gt_scoring found = {.count = 0};
    const char *sets[GT_SCORING_SETS] = {settings->data};
    for (size_t i = 1; i < call->word_count; i++) sets[i] = call->words[i];
    GT_TRY(gt_interrupt_install(err));
    GT_TRY(gt_scoring_compute(&call->context, call->words[0], sets, call->word_count, &found,
                              err));
    if (settings->out) GT_TRY(gt_scoring_table(&found, settings->out, err));
    if (call->wants_json)
        GT_TRY(print_json(&found, err));
    else
        print_text(&found);
done:
    gt_scoring_free(&found);
    return status;
}

static const char *const examples[] = {"galatea score run --data set.h5 --out scores.fits",
                                       "galatea score run --data set.h5 samples.h5 --json",
                                       NULL};

const gt_command gt_command_score = {
    .name = "score",
    .summary = "tell what the discriminator of a GAN says of images",
    .description =
        "RUN is a run of `train gan`. Each image gets the outputs of the discriminator: of the "
        "head that sees the whole picture (main; its mean where it gives several) and of the "
        "one that sees it at 32 x 32 pixels (small). Low ones are what it takes for real. "
        "Images are like those it learned from, which are made larger in the same way, or like "
        "those that `sample` makes.\n\n" GT_NETWORK_HELP,
    .usage = "RUN [FILE...]",
    .min_words = 1,
    .max_words = GT_SCORING_SETS,
    .word_path = GT_READS,
    .table = &table,
    .settings_size = sizeof(score_settings),
    .examples = examples,
    .has_json = true,
    .has_threads = true,
    .meets_sets = true,
    .takes_weights = true,
    .run = run};
