/* print.h - judged classifiers as lines on the screen; for classify and compare. */
#ifndef GT_CLI_CLASSIFY_PRINT_H
#define GT_CLI_CLASSIFY_PRINT_H

#include "classify/classify.h"
#include "cli.h"

/* The kinds of classifiers are the parts of a command that judges. */
gt_part gt_methods_part_at(size_t index);

/* ---- Lines of tables (fields.c) ---------------------------------------------------------- */

/* A line that is put together and printed without blanks at its end. */
typedef struct gt_fields {
    char text[1024];
    size_t length;
} gt_fields;

enum { GT_SHARE_WIDTH = 26, GT_SPREAD_WIDTH = 14 };

/* A text and blanks up to `width`, and one more. */
void gt_fields_add(gt_fields *fields, size_t width, const char *text);
/* "0.789 +-0.011", without the spread where there is one fit alone; and with "(0.71-0.86)". */
void gt_fields_spread(gt_fields *fields, gt_spread spread, size_t fits);
void gt_fields_share(gt_fields *fields, gt_spread spread, size_t fits, gt_interval range);
void gt_fields_print(gt_fields *fields);

/* ---- Printing (print.c) ------------------------------------------------------------------ */

/* The table of a subject, and a line of it. */
void gt_print_heading(const gt_subject *subject, const gt_evaluation_plan *plan);
void gt_print_method(const gt_subject *subject, const gt_method *method,
                     const gt_evaluation_plan *plan);
void gt_print_class_names(const gt_subject *subject);

/* Figures class by class, and the confusion matrix of up to 12 classes. */
void gt_print_class_part(const gt_class_part *part);

/* What fitted classifiers said of a set, a line each. */
void gt_print_applied(const gt_applied *applied);

#endif
