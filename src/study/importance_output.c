/* importance_output.c - components and their importance as a table and a figure. */
#include "galatea/figure.h"
#include "importance.h"
#include "table.h"

gt_status gt_importance_table(const gt_importance *found, const char *path,
                              const char *provenance, gt_error *err) {
    static const gt_table_column columns[] = {
        {"component", GT_TABLE_INT, .description = "number of the component, from 0"},
        {"mean", GT_TABLE_REAL, .description = "mean value over all codes used"},
        {"deviation", GT_TABLE_REAL, .description = "standard deviation of the value"},
        {"importance", GT_TABLE_REAL, .description = "share of the decrease of variance"}};
    gt_status status = GT_OK;
    gt_table *out = NULL;
    GT_TRY(gt_table_create(columns, sizeof columns / sizeof *columns, &out, err));
    gt_table_call(out, "IMPORTANCE");
    for (size_t f = 0; f < found->width; f++) {
        gt_cell row[] = {gt_cell_int((int64_t)f), gt_cell_real(found->mean[f]),
                         gt_cell_real(found->deviation[f]), gt_cell_real(found->importance[f])};
        GT_TRY(gt_table_append(out, row, err));
    }
    GT_TRY(gt_table_write(out, path, provenance, err));
done:
    gt_table_destroy(out);
    return status;
}

gt_status gt_importance_figure(const gt_importance *found, const char *path,
                               const char *provenance, gt_error *err) {
    gt_line means = {.count = found->width, .y = found->mean, .style = GT_LINE_BARS};
    gt_line shares = {.count = found->width, .y = found->importance, .style = GT_LINE_BARS};
    gt_panel panels[] = {{.y = {.label = "mean value"}, .lines = &means, .count = 1},
                         {.y = {.label = "importance"}, .lines = &shares, .count = 1}};
    gt_figure figure = {.x = {.label = "component of the code"}, .provenance = provenance};
    return gt_figure_panels(path, &figure, panels, 2, err);
}
