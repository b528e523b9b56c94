/* selection.h (room: data) - which rows of a source are wanted. */
#ifndef GALATEA_DATA_SELECTION_H
#define GALATEA_DATA_SELECTION_H

#include "galatea/importer.h"

enum { GT_SELECTION_MOST = 16 };

typedef struct gt_condition {
    int place; /* in the source's integers, or one of the two below */
    enum { GT_EQUAL, GT_UNEQUAL, GT_LESS, GT_LESS_EQUAL, GT_MORE, GT_MORE_EQUAL } relation;
    int64_t value;
} gt_condition;

typedef struct gt_selection {
    gt_condition conditions[GT_SELECTION_MOST];
    size_t count;
} gt_selection;

/* Understands "split=0,mirabest!=2" (NULL: everything) and the name of a split ("all", "train",
 * "test", "validation"). Columns: the source's integers, and `labels` and `split` if it has
 * them. GT_USAGE names what is wrong. */
gt_status gt_selection_parse(const char *where, const char *split, const gt_source_info *info,
                             gt_selection *out, gt_error *err);

/* True if all conditions hold. */
bool gt_selection_takes(const gt_selection *selection, const gt_picture *picture);

#endif
