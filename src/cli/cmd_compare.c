/* galatea compare CODES...: how well the classes of labelled sets are told by the codes of
 * several methods. */
#include "classify/print.h"
#include "compare/print.h"
#include "galatea/interrupt.h"
#include "table.h"

typedef struct compare_settings {
    const char *method, *image_method, *baseline, *scale, *out;
    int64_t seed, seeds, cv;
    bool over_seeds;
} compare_settings;

static const gt_option rows[] = {
    {"method", GT_TEXT_AT(compare_settings, method), "all", "LIST",
     "classifiers: all, or some of those below, separated by commas"},
    {"image-method", GT_TEXT_AT(compare_settings, image_method), NULL, "LIST",
     "classifiers for images, where boosting takes minutes; left out: as --method"},
    {"seeds", GT_INT_AT(compare_settings, seeds), "1", "N",
     "seeds over which rf, ext and grad are averaged", .min = 1, .max = 1000},
    {"seed", GT_INT_AT(compare_settings, seed), "1", "S", "the first seed", .min = 0,
     .max = 9e15},
    {"cv", GT_INT_AT(compare_settings, cv), "10", "K",
     "cross-validate inside the rows to learn from, in K folds for each seed, and choose by "
     "it; 0: do not",
     .min = 0, .max = 1000},
    {"over-seeds", GT_FLAG_AT(compare_settings, over_seeds), NULL, NULL,
     "take codes whose trainings differ in the seed alone as runs of one method, and give "
     "means and spread over them"},
    {"scale", GT_CHOICE_AT(compare_settings, scale), "none", "HOW",
     "standard: bring every value to mean 0 and deviation 1 over the rows that a fit learns "
     "from",
     .choices = GT_FEATURE_SCALINGS},
    {"baseline", GT_TEXT_AT(compare_settings, baseline), NULL, "FILE,...",
     "further files, separated by commas, that the others have to beat", .path = GT_READS},
    {"out", GT_TEXT_AT(compare_settings, out), NULL, "FILE",
     "all figures as a table (.fits or .csv), or as .json, of which report makes Table 2",
     .transient = true, .path = GT_WRITES, .endings = "json|" GT_TABLE_ENDINGS},
};
static const gt_option_table table = GT_OPTION_TABLE("Options", rows);

static gt_status run(gt_call *call, gt_error *err) {
    const compare_settings *settings = call->settings;
    gt_comparison c = {.fitting.plan = {.seed = (uint64_t)settings->seed,
                                        .seeds = (size_t)settings->seeds,
                                        .folds = (int32_t)settings->cv,
                                        .scaling = gt_feature_scaling_of(settings->scale)}};
    gt_status status = gt_interrupt_install(err);
    if (status) return status;
    if (!call->wants_json) c.on_entry = gt_comparison_print_entry;
    status = gt_compare(&call->context,
                        &(gt_compare_request){.words = call->words,
                                              .word_count = call->word_count,
                                              .baselines = settings->baseline,
                                              .methods = settings->method,
                                              .image_methods = settings->image_method,
                                              .settings = call->parts,
                                              .out = settings->out,
                                              .over_seeds = settings->over_seeds},
                        &c, err);
    if (call->wants_json && status == GT_OK) status = gt_comparison_json(&c, stdout, true, err);
    if (!call->wants_json && status == GT_OK) gt_comparison_print_end(&c);
    if (status == GT_INTERRUPTED && call->wants_json && c.provenance)
        (void)!gt_comparison_json(&c, stdout, false, NULL);
    gt_comparison_close(&c, status);
    return status;
}

static const char *const examples[] = {
    "galatea compare vdvae_mbc.h5 simclr_mbc.h5 mbc.h5 --seeds 3",
    "galatea compare vdvae_mbc.h5 vdvae_frdeep.h5 simclr_mbc.h5 simclr_frdeep.h5 "
    "--baseline untrained_mbc.h5,mbc.h5,frdeep.h5 --out table2.json",
    "galatea compare --over-seeds vdvae1.h5 vdvae2.h5 vdvae3.h5 simclr1.h5 simclr2.h5 set.h5 "
    "--out seeds.csv",
    "galatea compare flips=a.h5 plain=b.h5 --method knn,ext --cv 5 --out codes.fits", NULL};

const gt_command gt_command_compare = {
    .name = "compare",
    .summary = "set codes of several methods side by side by what classifiers make of them",
    .description =
        "Judges every file as classify does: learns from the rows of split 0, and looks at "
        "those of split 1 once. Files whose labels and splits agree, row by row, are one "
        "labelled set and stand together; the folds are the same for all of them. For each "
        "file the classifier that cross-validation likes best is marked, and the test rows "
        "have no say in that.\n\n"
        "What made the codes and which collection they show is in their record; NAME=FILE "
        "calls them otherwise. The numbers printed in Table 2 of the radio-galaxy paper "
        "stand beside codes of vdvae, simclr, byol and simsiam for its two test sets.\n\n"
        "One training is one throw of the dice. With --over-seeds codes of runs that differ "
        "in nothing but the seed of their training (of untrained networks: of their weights) "
        "stand together: how many there are, the mean over them with its standard deviation, "
        "and beside it what other folds of the cross-validation do within a run. The "
        "classifier is chosen by the means. --out FILE.json keeps each run as well.\n\n"
        "The lines of a file (over seeds: of a set) are printed as soon as they are known. "
        "With --out FILE all finished fits are kept in FILE.parts until the whole is "
        "written: after an interruption the same command goes on.\n\n"
        "Baselines come last: images, whose pixels are taken as they are, codes of `encode "
        "--untrained`, and what --baseline names.",
    .usage = "[NAME=]FILE...",
    .min_words = 1,
    .max_words = 1000,
    .word_path = GT_READS,
    .table = &table,
    .part_at = gt_methods_part_at,
    .settings_size = sizeof(compare_settings),
    .examples = examples,
    .has_json = true,
    .has_threads = true,
    .run = run};
