/* selection.h (room: data) - which rows of a source are wanted. */
#ifndef GALATEA_DATA_SELECTION_H
#define GALATEA_DATA_SELECTION_H

#include "importer.h"

enum { GT_SELECTION_MOST = 16, GT_SELECTION_TEXT = 256 };

/* What is compared: one of the columns that every source may have, or a field. */
typedef enum gt_selected {
    GT_LABEL,
    GT_SPLIT,
    GT_RA,
    GT_DEC,
    GT_SIZE,
    GT_ID,
    GT_FIELD
} gt_selected;

/* And how. */
typedef enum gt_value_kind {
    GT_COMPARE_WHOLE,
    GT_COMPARE_WHOLE_AS_REAL,
    GT_COMPARE_REAL,
    GT_COMPARE_TEXT
} gt_value_kind;

typedef struct gt_condition {
    gt_selected what;
    size_t index; /* of a field */
    enum { GT_EQUAL, GT_UNEQUAL, GT_LESS, GT_LESS_EQUAL, GT_MORE, GT_MORE_EQUAL } relation;
    gt_value_kind kind;
    bool is_missing; /* compared with nothing: whether there is a value */
    int64_t whole;
    double real;
    char text[GT_SELECTION_TEXT];
} gt_condition;

typedef struct gt_selection {
    gt_condition conditions[GT_SELECTION_MOST];
    size_t count;
} gt_selection;

/* Understands "split=0,mirabest!=2,ra>180.5,label=FRII,survey=FIRST" (NULL: everything) and the
 * name of a split ("all", "train", "test", "validation"). Columns: label (or class), split, ra,
 * dec, angular_size and id if the source has them, also under their usual other names, and its
 * fields. A value of label may be the name of a class, one of split that of a split; texts
 * compare byte by byte; blanks around signs and quotes around values are as none. A value that
 * is missing is unequal to all; "redshift=''" holds where it is missing, "redshift!=''" where
 * it is there. GT_USAGE names what is wrong. */
gt_status gt_selection_parse(const char *where, const char *split, const gt_source_info *info,
                             gt_selection *out, gt_error *err);

/* True if all conditions hold. */
bool gt_selection_takes(const gt_selection *selection, const gt_picture *picture);

#endif
