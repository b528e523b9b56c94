/* judge_output.c - a judgement as a table. */
#include "judge.h"
#include "table.h"

gt_status gt_judge_table(const gt_judge_report *report, const char *path, gt_error *err) {
    static const gt_table_column columns[] = {
        {"judge", GT_TABLE_TEXT, .description = "name of the number"},
        {"value", GT_TABLE_REAL, .description = "of the generated rows"},
        {"low", GT_TABLE_REAL, .description = "lower end of its 95 % interval"},
        {"high", GT_TABLE_REAL, .description = "upper end"},
        {"real", GT_TABLE_REAL, .description = "the same of real rows in their place"},
        {"rows", GT_TABLE_INT, .description = "rows of each set that were compared"},
        {"space", GT_TABLE_TEXT, .description = "what the rows are"},
        {"verdict", GT_TABLE_TEXT, .description = "what all rows say, in the first alone"}};
    gt_status status = GT_OK;
    gt_table *out = NULL;
    GT_TRY(gt_table_create(columns, sizeof columns / sizeof *columns, &out, err));
    gt_table_call(out, "JUDGEMENT");
    for (gt_judge j = 0; j < GT_JUDGES; j++) {
        const gt_judged *d = &report->judgement.judged[j];
        gt_cell row[] = {gt_cell_text(gt_judge_name(j)),
                         gt_cell_real(d->value),
                         gt_cell_real(d->low),
                         gt_cell_real(d->high),
                         gt_cell_real(d->real),
                         gt_cell_int((int64_t)gt_rows_judged(&report->judgement, j)),
                         gt_cell_text(report->space),
                         gt_cell_text(j == 0 ? report->verdict : NULL)};
        GT_TRY(gt_table_append(out, row, err));
    }
    GT_TRY(gt_table_write(out, path, report->provenance, err));
done:
    gt_table_destroy(out);
    return status;
}
