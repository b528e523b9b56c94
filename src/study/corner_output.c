/* corner_output.c - the numbers of a corner as a table, and its figure. */
#include <string.h>
#include <strings.h>

#include "corner.h"
#include "table.h"

static gt_status write_table(const gt_corner *c, const char *path, gt_error *err) {
    static const gt_table_column columns[] = {
        {"set", GT_TABLE_TEXT, NULL, "name of the set"},
        {"column", GT_TABLE_TEXT, NULL, "column of its table"},
        {"rows", GT_TABLE_INT, NULL, "rows of the table"},
        {"used", GT_TABLE_INT, NULL, "rows that count"},
        {"flagged", GT_TABLE_INT, NULL, "rows left out for a flag above 1"},
        {"not_finite", GT_TABLE_INT, NULL, "rows left out for a column without a number"},
        {"mean", GT_TABLE_REAL, NULL, "in the unit of the column"},
        {"sd", GT_TABLE_REAL, NULL, "standard deviation, divisor n - 1"},
        {"q16", GT_TABLE_REAL, NULL, "quantile 0.16"},
        {"q50", GT_TABLE_REAL, NULL, "median"},
        {"q84", GT_TABLE_REAL, NULL, "quantile 0.84"},
        {"w1", GT_TABLE_REAL, NULL,
         "Wasserstein distance to the first set, in standard deviations of it"},
        {"outside", GT_TABLE_REAL, NULL, "share of the rows outside of the window"},
        {"low", GT_TABLE_REAL, NULL, "lower end of the window"},
        {"high", GT_TABLE_REAL, NULL, "upper end of the window"},
        {"small", GT_TABLE_INT, NULL,
         "used rows of smoothness 0, of sources below 8 pixels; empty in other columns"}};
    enum { COLUMNS = sizeof columns / sizeof *columns };
    gt_status status = GT_OK;
    gt_table *table = NULL;
    GT_TRY(gt_table_create(columns, COLUMNS, &table, err));
    gt_table_call(table, "CORNER");
    for (size_t s = 0; s < c->set_count; s++)
        for (size_t i = 0; i < c->column_count; i++) {
            const gt_corner_source *set = &c->sets[s];
            const gt_corner_part *part = &set->parts[i];
            gt_cell cells[COLUMNS] = {gt_cell_text(set->name),
                                      gt_cell_text(c->columns[i]),
                                      gt_cell_int((int64_t)set->rows),
                                      gt_cell_int((int64_t)set->count),
                                      gt_cell_int((int64_t)set->flagged),
                                      gt_cell_int((int64_t)set->lost),
                                      gt_cell_real(part->of.mean),
                                      gt_cell_real(part->of.sd),
                                      gt_cell_real(part->of.low),
                                      gt_cell_real(part->of.mid),
                                      gt_cell_real(part->of.high),
                                      gt_cell_real(part->w1),
                                      gt_cell_real(part->outside),
                                      gt_cell_real(c->windows[i].low),
                                      gt_cell_real(c->windows[i].high),
                                      i == c->smoothness ? gt_cell_int((int64_t)part->small)
                                                         : gt_cell_empty()};
            GT_TRY(gt_table_append(table, cells, err));
        }
    GT_TRY(gt_table_write(table, path, c->provenance, err));
done:
    gt_table_destroy(table);
    return status;
}

/* As papers write them. */
static const char *label_of(const char *column) {
    static const char *const names[] = {"Gini", "M20"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcasecmp(column, names[i]) == 0) return names[i];
    return column;
}

static gt_status draw(const gt_corner *c, const gt_corner_settings *settings, gt_error *err) {
    gt_axis axes[GT_CORNER_COLUMNS];
    gt_corner_set sets[GT_CORNER_SETS];
    const gt_corner_options options = {.bins = (size_t)settings->bins,
                                       .smoothing = settings->smoothing,
                                       .note = *c->note ? c->note : NULL,
                                       .apart = c->apart};
    for (size_t i = 0; i < c->column_count; i++)
        axes[i] = (gt_axis){.label = label_of(c->columns[i]),
                            .low = c->windows[i].low,
                            .high = c->windows[i].high};
    size_t count = 0;
    for (size_t s = 0; s < c->set_count; s++)
        if (c->sets[s].count)
            sets[count++] = (gt_corner_set){c->sets[s].name, c->sets[s].colour,
                                            c->sets[s].count, c->sets[s].values};
    return gt_figure_corner(settings->figure, &(gt_figure){.provenance = c->provenance}, axes,
                            c->column_count, sets, count, &options, err);
}

gt_status gt_corner_write(const gt_corner *c, const gt_corner_settings *settings,
                          gt_error *err) {
    gt_status status = GT_OK;
    if (settings->out) GT_TRY(write_table(c, settings->out, err));
    if (settings->figure) GT_TRY(draw(c, settings, err));
done:
    return status;
}
