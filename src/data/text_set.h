/* text_set.h (room: data) - the different texts of a column, in order, as names of classes. */
#ifndef GALATEA_DATA_TEXT_SET_H
#define GALATEA_DATA_TEXT_SET_H

#include <stdbool.h>
#include <stddef.h>

#include "galatea/error.h"

enum { GT_CLASSES_MOST = 1000 };

/* Begins as an empty struct. */
typedef struct gt_text_set {
    char **texts; /* sorted byte by byte */
    size_t count, longest;
} gt_text_set;

/* Where text is, or belongs. */
size_t gt_text_set_place(const gt_text_set *set, const char *text, bool *is_there);

/* Adds a copy of a text that is not there; an empty one is none. *fits becomes false when there
 * are more than the classes of a set may be. */
gt_status gt_text_set_add(gt_text_set *set, const char *text, bool *fits,
                          gt_error *err) GT_MUST_CHECK;

/* Copies of them in their order, pointers and texts in one block, yours (free). */
gt_status gt_text_set_list(const gt_text_set *set, char ***out, gt_error *err) GT_MUST_CHECK;

void gt_text_set_free(gt_text_set *set);

#endif
