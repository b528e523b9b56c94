/* galatea report: one page of what runs and their results show. */
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "galatea/interrupt.h"
#include "galatea/log.h"
#include "json.h"
#include "provenance.h"
#include "report.h"
#include "run_use.h"
#include "shown.h"

typedef struct report_settings {
    const char *out, *title;
} report_settings;

static const gt_option rows[] = {
    {"out", GT_TEXT_AT(report_settings, out), NULL, "FILE", "page to write (.html)",
     .required = true, .path = GT_WRITES, .endings = "html|htm"},
    {"title", GT_TEXT_AT(report_settings, title), NULL, "TEXT", "heading of the page"},
};
static const gt_option_table table = GT_OPTION_TABLE("Options", rows);

static gt_status print_result(const gt_call *call, const gt_report_counts *counts,
                              gt_error *err) {
    const report_settings *settings = call->settings;
    gt_json json;
    if (!call->wants_json) {
        if (!call->is_quiet)
            printf("%s: %s, %s, %s\n", gt_shown(settings->out), gt_counted(counts->runs, "run"),
                   gt_counted(counts->figures, "figure"), gt_counted(counts->tables, "table"));
        if (counts->runs && !counts->figures && !counts->tables)
            gt_remark("%s: only how training went: no result in or beside the run says that it "
                      "comes of it",
                      settings->out);
        return GT_OK;
    }
    gt_json_begin(&json, stdout, 2);
    gt_json_object(&json, NULL);
    gt_json_text(&json, "page", settings->out);
    gt_json_int(&json, "runs", (int64_t)counts->runs);
    gt_json_int(&json, "figures", (int64_t)counts->figures);
    gt_json_int(&json, "tables", (int64_t)counts->tables);
    gt_json_int(&json, "skipped", (int64_t)counts->skipped);
    gt_json_end(&json);
    return gt_json_finish(&json, err);
}

static gt_status run(gt_call *call, gt_error *err) {
    const report_settings *settings = call->settings;
    gt_status status = GT_OK;
    gt_report_counts counts;
    char *line = NULL;
    gt_progress progress = gt_call_progress(call, 0, "page");
    GT_TRY(gt_interrupt_install(err));
    GT_TRY(gt_command_line(&call->invocation, &line, err));
    GT_TRY(gt_report_write(settings->out,
                           &(gt_report_request){.paths = call->words,
                                                .count = call->word_count,
                                                .title = settings->title,
                                                .line = line},
                           &counts, err));
    gt_progress_finish(&progress);
    GT_TRY(print_result(call, &counts, err));
done:
    gt_progress_finish(&progress);
    free(line);
    return status;
}

static const char *const examples[] = {
    "galatea report run --out report.html", "galatea report run flow --out report.html",
    "galatea report run results matches.png --title 'Radio galaxies' --out report.html", NULL};

const gt_command gt_command_report = {
    .name = "report",
    .summary = "put runs and results on one page",
    .description =
        "Writes a self-contained HTML page: learning curves and settings of each run, and "
        "every figure (.png), table (.csv, .fits) and result (.json) of it in the order of the "
        "radio-galaxy paper, then in that of the two-models paper, each with the command that "
        "made it. The papers that the page follows are named at its end.\n\n"
        "Results are found by themselves when they lie in the run's folder, or beside that "
        "folder and their record says that they come of the run, or of codes made with it. "
        "Those that lie elsewhere are named, or their folder is; a folder stands for the runs "
        "in it, too, and that of a sweep of `galatea twins` for its numbers, its figures of "
        "all models and sizes, and of each model the run that learned most. CSV files carry no "
        "record; they are taken with a figure of the same command. `galatea compare ... --out "
        "table2.json` becomes Table 2, beside the paper's numbers where the sets are its own, "
        "and so does `galatea classify ... --json >classes.json`; the inversion test of a "
        "sweep (twins.json of `galatea twins`) stands beside Table 1 of the two-models paper.",
    .usage = "RUN|FOLDER|FILE...",
    .min_words = 1,
    .max_words = 1000,
    .word_path = GT_READS,
    .table = &table,
    .settings_size = sizeof(report_settings),
    .examples = examples,
    .has_json = true,
    .run = run};
