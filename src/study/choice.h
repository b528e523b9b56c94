/* choice.h (room: study) - which rows of several sets go into another: those of a split, those
 * that columns tell, a number of them by chance. */
#ifndef GT_STUDY_CHOICE_H
#define GT_STUDY_CHOICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "galatea/error.h"

typedef struct gt_row_choice {
    const char *split; /* train, test or validation; all */
    const char *where; /* conditions on columns (where.h); NULL: none */
    uint64_t take;     /* so many of them by chance, in their order; 0: all */
    uint64_t seed;     /* of that chance */
} gt_row_choice;

/* Marks what does not go on. Rows are counted through all sets, one set behind the other;
 * *is_left_out may hold marks of others, which stay, or be NULL: then it is made, and yours
 * (free), where anything is chosen. Equal sets and choices give equal marks. GT_BAD_ARGUMENT
 * for a set without splits, GT_USAGE for conditions that a set cannot answer, and when fewer
 * rows than `take`, or none, are left. */
GT_MUST_CHECK gt_status gt_choose_rows(const char *const *paths, size_t count,
                                       const gt_row_choice *choice, bool **is_left_out,
                                       gt_error *err);

#endif
