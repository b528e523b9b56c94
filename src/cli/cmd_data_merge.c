/* galatea data merge: several data sets as one. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "choice.h"
#include "cli.h"
#include "galatea/import.h"
#include "galatea/interrupt.h"
#include "galatea/log.h"
#include "mismatch.h"
#include "progress.h"
#include "provenance.h"
#include "repeats.h"
#include "shown.h"

typedef struct merge_settings {
    const char *out, *range, *split, *where;
    double repeats;
    int64_t take, seed;
} merge_settings;

static const gt_option rows[] = {
    {"out", GT_TEXT_AT(merge_settings, out), NULL, "FILE", "data set to write",
     .required = true, .path = GT_WRITES, .endings = GT_DATASET_ENDINGS},
    {"range", GT_TEXT_AT(merge_settings, range), NULL, "LOW:HIGH",
     "black and white of float pixels, where the sets declare other ranges"},
    {"drop-repeats", GT_REAL_AT(merge_settings, repeats), "0", "X",
     "leave out pictures whose correlation with an earlier one, both as means of 20x20 cells, "
     "is "
     "beyond X in magnitude (Kadkhodaie et al. 2024: 0.95); also of a single FILE; 0: none",
     .min = 0, .max = GT_BELOW_ONE},
    {"split", GT_CHOICE_AT(merge_settings, split), "all", "NAME", "only the rows of one split",
     .choices = "all|train|test|validation"},
    {"where", GT_TEXT_AT(merge_settings, where), NULL, "LIST",
     "only rows for which all conditions hold, as `data import` has them: "
     "label=FRII,ra>=180.5"},
    {"take", GT_INT_AT(merge_settings, take), "0", "N",
     "only so many rows, drawn from those that the other options leave; 0: all", .min = 0,
     .max = 1e15},
    {"seed", GT_INT_AT(merge_settings, seed), "1", "S", "seed of that draw", .min = 0,
     .max = 9e15, .with = "take"},
};
static const gt_option_table table = GT_OPTION_TABLE("Options", rows);

typedef struct merge_watch {
    gt_progress progress;
    uint64_t done;
} merge_watch;

static gt_status tick(void *user, uint64_t done, uint64_t total, gt_error *err) {
    merge_watch *self = user;
    self->done = done;
    gt_progress_update(&self->progress, (int64_t)done, NULL);
    if (!gt_interrupt_pending()) return GT_OK;
    return gt_fail(err, GT_INTERRUPTED,
                   "interrupted after %" PRIu64 " of %" PRIu64 " rows, no file written", done,
                   total);
}

static void remark(char *notes) {
    for (char *line; (line = strsep(&notes, "\n")) != NULL;)
        if (*line != 0) gt_remark("%s", line);
}

/* *out stays empty where nobody asks for it. */
static gt_status find_repeats(gt_call *call, const char *const *inputs, gt_repeats *out,
                              gt_error *err) {
    const merge_settings *settings = call->settings;
    gt_status status = GT_OK;
    if (settings->repeats == 0) return GT_OK;
    GT_TRY(
        gt_repeats_find(&call->context, inputs, call->word_count, settings->repeats, out, err));
    GT_TRY(gt_repeats_remark(out, inputs, call->word_count, settings->repeats, err));
done:
    return status;
}

static gt_row_choice choice_of(const merge_settings *settings) {
    return (gt_row_choice){.split = settings->split,
                           .where = settings->where,
                           .take = (uint64_t)settings->take,
                           .seed = (uint64_t)settings->seed};
}

/* Whether there is something to do for one set. */
static bool leaves_out(const merge_settings *settings) {
    return settings->repeats > 0 || settings->take > 0 || settings->where ||
           strcmp(settings->split, "all") != 0;
}

static gt_status run(gt_call *call, gt_error *err) {
    const merge_settings *settings = call->settings;
    gt_status status = GT_OK;
    char *provenance = NULL, *notes = NULL;
    merge_watch self = {0};
    gt_value_range told = gt_range_undeclared();
    const char *effect = settings->range ? "; of this the result states --range alone"
                                         : "; the result does not state it";
    gt_repeats repeats = {0};
    self.progress = gt_progress_start(-1, 0, "rows");
    const char **inputs = calloc(call->word_count + 1, sizeof *inputs);
    if (inputs == NULL) GT_THROW(err, GT_NO_MEMORY, "out of memory for a list of files");
    memcpy(inputs, call->words, call->word_count * sizeof *inputs);
    if (call->word_count < 2 && !leaves_out(settings))
        GT_THROW(err, GT_USAGE,
                 "one FILE: two or more are joined, or --drop-repeats, --split, --where or "
                 "--take is given");
    GT_TRY(gt_interrupt_install(err));
    if (settings->range) GT_TRY(gt_range_parse(settings->range, &told, err));
    GT_TRY(gt_dataset_merge_check(inputs, call->word_count, told, err));
    GT_TRY(gt_mismatch_check_sets(&call->context, inputs, effect, err));
    GT_TRY(find_repeats(call, inputs, &repeats, err));
    const gt_row_choice choice = choice_of(settings);
    GT_TRY(gt_choose_rows(inputs, call->word_count, &choice, &repeats.is_left_out, err));
    self.progress = gt_progress_start(call->is_quiet ? -1 : 2, 0, "rows");
    GT_TRY(gt_provenance_make(&call->invocation, inputs, &provenance, err));
    GT_TRY(gt_dataset_merge(inputs, call->word_count, told, repeats.is_left_out, settings->out,
                            provenance, tick, &self, &notes, err));
    gt_progress_clear(&self.progress);
    remark(notes);
    if (call->wants_json)
        GT_TRY(gt_print_written(&(gt_written){settings->out, "rows", self.done, 0, 0}, err));
    else if (!call->is_quiet)
        printf("%s: %s of %s\n", gt_shown(settings->out), gt_counted(self.done, "row"),
               gt_counted(call->word_count, "set"));
done:
    gt_progress_finish(&self.progress);
    gt_repeats_free(&repeats);
    free(inputs);
    free(provenance);
    free(notes);
    return status;
}

static const char *const examples[] = {"galatea data merge first.h5 mirabest.h5 --out all.h5",
                                       "galatea data merge sdss.h5 --drop-repeats 0.95 "
                                       "--out once.h5",
                                       "galatea data merge sdss.h5 --split test --take 1000 "
                                       "--out test.h5",
                                       "galatea data merge all.h5 --where 'label=FRII,z<0.2' "
                                       "--out near.h5",
                                       NULL};

const gt_command gt_command_data_merge = {
    .name = "data merge",
    .summary = "join data sets of one shape, or take a part of one",
    .description = "Writes the rows of all FILEs, in the order "
                   "given, as one data set. The sets must agree in shape and pixel type, and "
                   "float pixels in their declared range, unless --range tells another one "
                   "that holds all of them. A column that one of them lacks is missing in "
                   "its rows; splits that one lacks are left out. Where the classes of sets "
                   "differ, labels go by their names: the result has the classes of all, and "
                   "rows of each are told. What else the sets do not tell alike (survey, "
                   "model, units, ...) the result does not tell; each with a remark.\n\n"
                   "Of one FILE, or of all of them, a part goes on where --split, --where, "
                   "--take or --drop-repeats say so; rows keep their order.",
    .usage = "FILE...",
    .min_words = 1,
    .max_words = 1000,
    .word_path = GT_READS,
    .table = &table,
    .settings_size = sizeof(merge_settings),
    .examples = examples,
    .has_json = true,
    .meets_sets = true,
    .run = run};
