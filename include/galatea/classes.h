/* classes.h (room: analysis) - which classes rows are of.
 *
 * Labels are numbers from 0 on, and may have gaps: of 0, 2 and 200 there are three classes. A
 * class has a place among them, 0, 1 and 2 here, by which arrays are addressed. */
#ifndef GALATEA_CLASSES_H
#define GALATEA_CLASSES_H

#include <stddef.h>
#include <stdint.h>

#include "galatea/error.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { GT_CLASSES_AT_MOST = 1 << 16 }; /* that can be told apart */

/* A zeroed one can be freed. */
typedef struct gt_classes {
    int32_t count;
    int32_t *labels; /* (count) in rising order */
    size_t *rows;    /* (count) how many have it */
} gt_classes;

/* The classes of rows with these labels. GT_UNSUPPORTED for more than GT_CLASSES_AT_MOST. The
 * arrays are yours: gt_classes_free. */
gt_status gt_classes_find(size_t rows, const int32_t *labels, gt_classes *out,
                          gt_error *err) GT_MUST_CHECK;
void gt_classes_free(gt_classes *classes);

/* The place of a label, or -1. */
int32_t gt_classes_place(const gt_classes *classes, int32_t label);

#ifdef __cplusplus
}
#endif
#endif
