/* selection.h (room: data) - which rows of a source are wanted. */
#ifndef GALATEA_DATA_SELECTION_H
#define GALATEA_DATA_SELECTION_H

#include "importer.h"

enum { GT_SELECTION_MOST = 16 };

/* What is compared: a column of whole numbers (the first three) or of real ones. */
typedef enum gt_selected {
    GT_INTEGER_COLUMN,
    GT_LABEL,
    GT_SPLIT,
    GT_REAL_COLUMN,
    GT_RA,
    GT_DEC,
    GT_SIZE
} gt_selected;

typedef struct gt_condition {
    gt_selected what;
    size_t index; /* in the source's integers or reals */
    enum { GT_EQUAL, GT_UNEQUAL, GT_LESS, GT_LESS_EQUAL, GT_MORE, GT_MORE_EQUAL } relation;
    int64_t whole;
    double real;
} gt_condition;

typedef struct gt_selection {
    gt_condition conditions[GT_SELECTION_MOST];
    size_t count;
} gt_selection;

/* Understands "split=0,mirabest!=2,ra>180.5,labels=FRII" (NULL: everything) and the name of a
 * split ("all", "train", "test", "validation"). Columns: labels, split, ra, dec and
 * angular_size if the source has them, and its integers and reals. A value of labels may be the
 * name of a class, one of split that of a split; blanks around signs and quotes around values
 * are as none. A number that is unknown (NaN) is unequal to all. GT_USAGE names what is wrong.
 */
gt_status gt_selection_parse(const char *where, const char *split, const gt_source_info *info,
                             gt_selection *out, gt_error *err);

/* True if all conditions hold. */
bool gt_selection_takes(const gt_selection *selection, const gt_picture *picture);

#endif
