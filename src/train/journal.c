/* journal.c - the two logs of a run, the same rows as CSV and as JSON lines. */
#include "journal.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "galatea/log.h"
#include "record.h"
#include "state_file.h"

enum {
    FIRST = 3,
    OWN = 4,
    LAST = 2,
    COLUMNS = FIRST + GT_MOST_OBJECTIVES * (GT_TERMS + GT_JUDGED + OWN) + LAST + GT_PROBED,
    NAME = 80,
    STEP_COLUMN = 2
};

static const char EPOCH_ROW[] = "epoch";

struct gt_journal {
    gt_recordlog *csv, *jsonl;
    int learners, terms[GT_MOST_OBJECTIVES], judged[GT_MOST_OBJECTIVES];
    size_t numbers; /* of probes */
    bool is_untimed;
};

/* kind, epoch, step; the terms; the terms in validation; the rest of each learner; the rest.
 */
static size_t name_columns(int learners, const gt_journal_names *names,
                           char text[COLUMNS][NAME]) {
    static const char *const first[FIRST] = {"kind", "epoch", "step"};
    static const char *const own[OWN] = {"gradient_norm", "learning_rate", "skip_limit",
                                         "skipped"};
    static const char *const last[LAST] = {"images_per_second", "seconds"};
    size_t count = 0;
    for (int i = 0; i < FIRST; i++) snprintf(text[count++], NAME, "%s", first[i]);
    for (int k = 0; k < learners; k++)
        for (int i = 0; i < names[k].count; i++)
            snprintf(text[count++], NAME, "%s", names[k].terms[i]);
    for (int k = 0; k < learners; k++)
        for (int i = 0; i < names[k].judged; i++)
            snprintf(text[count++], NAME, "validation_%s", names[k].judged_terms[i]);
    for (int k = 0; k < learners; k++)
        for (int i = 0; i < OWN; i++)
            snprintf(text[count++], NAME, "%s%s", names[k].prefix, own[i]);
    for (int i = 0; i < LAST; i++) snprintf(text[count++], NAME, "%s", last[i]);
    return count;
}

/* Whether the log is there and has these columns alone. */
static bool has_only(const char *path, const gt_recordlog_layout *layout) {
    char *wanted = NULL, *there = NULL;
    size_t size = 0, room = 0;
    FILE *stream = open_memstream(&wanted, &size), *log = fopen(path, "re");
    if (stream) gt_record_header(stream, GT_RECORD_CSV, layout->names, layout->count);
    bool is_written = stream && fclose(stream) == 0;
    bool is_same =
        is_written && log && getline(&there, &room, log) > 0 && strcmp(there, wanted) == 0;
    if (log) (void)fclose(log);
    free(wanted);
    free(there);
    return is_same;
}

/* Numbers of probes are the last columns, unless the run was begun without. */
static size_t add_numbers(const char *path, const char *const *numbers,
                          gt_recordlog_layout *layout, const char *columns[COLUMNS]) {
    size_t count = 0;
    if (!numbers[0]) return 0;
    if (has_only(path, layout)) {
        gt_remark("%s was begun without %s, and goes on without", path, numbers[0]);
        return 0;
    }
    while (numbers[count]) columns[layout->count++] = numbers[count++];
    return count;
}

gt_status gt_journal_open(const char *folder, int learners, const gt_journal_names *names,
                          const char *const *numbers, gt_journal_place at, gt_journal **out,
                          gt_error *err) {
    gt_status status = GT_OK;
    char text[COLUMNS][NAME], path[GT_PATH_SIZE];
    const char *columns[COLUMNS];
    gt_recordlog_layout layout = {
        .names = columns, .key = STEP_COLUMN, .late = at.is_epoch_closed ? NULL : EPOCH_ROW};
    gt_journal *journal = calloc(1, sizeof *journal);
    if (!journal) GT_THROW(err, GT_NO_MEMORY, "no memory for a log");
    journal->learners = learners;
    for (int k = 0; k < learners; k++) {
        journal->terms[k] = names[k].count;
        journal->judged[k] = names[k].judged;
    }
    layout.count = name_columns(learners, names, text);
    for (size_t i = 0; i < layout.count; i++) columns[i] = text[i];
    GT_TRY(gt_run_path(folder, "train.csv", path, err));
    journal->numbers = add_numbers(path, numbers, &layout, columns);
    layout.format = GT_RECORD_CSV;
    GT_TRY(gt_recordlog_open(path, &layout, at.step, &journal->csv, err));
    GT_TRY(gt_run_path(folder, "train.jsonl", path, err));
    layout.format = GT_RECORD_JSONL;
    GT_TRY(gt_recordlog_open(path, &layout, at.step, &journal->jsonl, err));
    *out = journal;
    journal = NULL;
done:
    gt_journal_close(journal);
    return status;
}

static gt_cell real_cell(double value) {
    return value == value ? gt_cell_real(value) : gt_cell_empty();
}

static size_t put_terms(const gt_journal *journal, const gt_journal_row *row, gt_cell *cells) {
    size_t count = 0;
    for (int k = 0; k < journal->learners; k++)
        for (int i = 0; i < journal->terms[k]; i++)
            cells[count++] = real_cell(row->learners[k].terms[i]);
    for (int k = 0; k < journal->learners; k++) {
        const double *validation = row->learners[k].validation;
        for (int i = 0; i < journal->judged[k]; i++)
            cells[count++] = validation ? real_cell(validation[i]) : gt_cell_empty();
    }
    return count;
}

gt_status gt_journal_write(gt_journal *journal, const gt_journal_row *row, gt_error *err) {
    gt_cell cells[COLUMNS];
    size_t count = 0;
    cells[count++] = gt_cell_text(row->is_epoch ? EPOCH_ROW : "step");
    cells[count++] = gt_cell_int(row->epoch);
    cells[count++] = gt_cell_int(row->step);
    count += put_terms(journal, row, cells + count);
    for (int k = 0; k < journal->learners; k++) {
        const gt_journal_part *own = &row->learners[k];
        cells[count++] = real_cell(own->norm);
        cells[count++] = real_cell(own->rate);
        cells[count++] = real_cell(own->threshold);
        cells[count++] = gt_cell_int(own->skipped);
    }
    cells[count++] = real_cell(journal->is_untimed ? NAN : row->images_per_second);
    cells[count++] = real_cell(journal->is_untimed ? NAN : row->seconds);
    for (size_t i = 0; i < journal->numbers; i++)
        cells[count++] = row->probed ? real_cell(row->probed[i]) : gt_cell_empty();
    gt_status status = gt_recordlog_append(journal->csv, cells, err);
    return status ? status : gt_recordlog_append(journal->jsonl, cells, err);
}

void gt_journal_leave_times_out(gt_journal *journal) {
    journal->is_untimed = true;
}

gt_status gt_journal_sync(gt_journal *journal, gt_error *err) {
    gt_status status = gt_recordlog_sync(journal->csv, err);
    return status ? status : gt_recordlog_sync(journal->jsonl, err);
}

void gt_journal_close(gt_journal *journal) {
    if (!journal) return;
    gt_recordlog_close(journal->csv);
    gt_recordlog_close(journal->jsonl);
    free(journal);
}
