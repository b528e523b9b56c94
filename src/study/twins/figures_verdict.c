/* figures_verdict.c - what both models of a size are worth, each number beside that of real
 * rows: of the tables of the part "verdict". */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "csv.h"
#include "figures.h"
#include "judge.h"

enum { SPACE, NUMBER, VALUE, LOW, HIGH, REAL, ROWS, COLUMNS };

/* Numbers of a space in a table, and of how many rows each; what is not there is NaN. false:
 * nothing is. */
static bool find_numbers(const gt_csv *csv, const char *space, gt_judged out[GT_JUDGES],
                         size_t rows[GT_JUDGES]) {
    bool some = false;
    for (gt_judge j = 0; j < GT_JUDGES; j++) out[j] = (gt_judged){NAN, NAN, NAN, NAN};
    if (csv->columns < COLUMNS) return false;
    for (size_t row = 0; row < csv->rows; row++)
        for (gt_judge j = 0; j < GT_JUDGES; j++) {
            if (strcmp(gt_csv_cell(csv, row, SPACE), space) != 0 ||
                strcmp(gt_csv_cell(csv, row, NUMBER), gt_judge_name(j)) != 0)
                continue;
            out[j] = (gt_judged){gt_csv_number(csv, row, VALUE), gt_csv_number(csv, row, LOW),
                                 gt_csv_number(csv, row, HIGH), gt_csv_number(csv, row, REAL)};
            rows[j] = (size_t)gt_csv_number(csv, row, ROWS);
            some = true;
        }
    return some;
}

static gt_status add_side(const gt_twin *t, int side, const char *space,
                          gt_judged out[GT_JUDGES], size_t rows[GT_JUDGES], bool *some,
                          gt_error *err) {
    gt_status status = GT_OK;
    gt_csv csv = {0};
    char name[] = "verdict_a.csv";
    name[8] = gt_side_end(side);
    *some = false;
    status = gt_figures_load(t, name, &csv, err);
    if (status == GT_NOT_FOUND) return GT_OK;
    if (status) return status;
    *some = find_numbers(&csv, space, out, rows);
    gt_csv_free(&csv);
    return GT_OK;
}

gt_status gt_figures_verdict(const gt_twin *t, const char *space, const char *path,
                             const char *provenance, gt_error *err) {
    static const char *const sides[] = {"A", "B"};
    gt_status status = GT_OK;
    gt_judged numbers[2][GT_JUDGES];
    const gt_judged *judged[2];
    const char *names[2];
    char note[240], counts[GT_JUDGE_COUNTS_TEXT];
    size_t rows[GT_JUDGES] = {0};
    gt_judge_drawing drawing = {0, judged, names, note, provenance};
    for (int side = 0; side < 2; side++) {
        bool some;
        GT_TRY(add_side(t, side, space, numbers[side], rows, &some, err));
        if (!some) continue;
        judged[drawing.count] = numbers[side];
        names[drawing.count++] = sides[side];
    }
    if (!drawing.count)
        GT_THROW(err, GT_BAD_ARGUMENT, "no number of %s could be measured", space);
    snprintf(note, sizeof note, "%s, %lld images to learn from, %s; %s", space,
             (long long)t->size,
             gt_judge_counts(rows[GT_JUDGE_RECALL], rows[GT_JUDGE_FRECHET], counts),
             "lines are 95 % intervals");
    GT_TRY(gt_judge_draw(path, &drawing, err));
done:
    return status;
}
