/* embed_output.h - a map as a set of codes, a table and a figure. */
#ifndef GT_EMBED_OUTPUT_H
#define GT_EMBED_OUTPUT_H

#include "context.h"
#include "run_use.h"

/* What was mapped; all lent. */
typedef struct gt_map {
    gt_dataset *data;
    const gt_row_columns *columns;
    const double *y;   /* (rows, 2) */
    const char *model; /* "t-SNE of codes.h5" */
    const char *provenance;
    const char *axes[2]; /* labels in the figure; NULL: bare, for axes that mean nothing */
    const char *title;   /* in a figure of several */
} gt_map;

/* Refuses, before the work, data whose map could not be written: GT_BAD_ARGUMENT. */
GT_MUST_CHECK gt_status gt_map_check(const gt_dataset *data, gt_error *err);

/* Set of codes of two numbers, with all columns of the data. */
GT_MUST_CHECK gt_status gt_map_save(const gt_map *map, const char *path, gt_error *err);

/* Row, x, y, and the data's columns. */
GT_MUST_CHECK gt_status gt_map_table(const gt_map *map, const char *path, gt_error *err);

/* Scatter coloured by `colour`, a column's name, or NULL; of several maps a frame each, with
 * one colour bar or legend. Angular sizes that span a decade get a logarithmic scale. */
GT_MUST_CHECK gt_status gt_map_figure(const gt_map *maps, size_t count, const char *path,
                                      const char *colour, gt_error *err);

/* GT_MISMATCH when the second set has other classes, which one legend could not show. */
GT_MUST_CHECK gt_status gt_map_check_classes(const gt_dataset *first, const gt_dataset *second,
                                             gt_error *err);

/* GT_NOT_FOUND naming file and column when the set has no column of that name; GT_UNSUPPORTED
 * for labels of more classes than a figure shows. */
GT_MUST_CHECK gt_status gt_map_check_column(gt_dataset *data, const gt_row_columns *columns,
                                            const char *name, gt_error *err);

#endif
