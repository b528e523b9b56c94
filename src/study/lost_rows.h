/* lost_rows.h (room: study) - rows of generated numbers that are not finite, or lie beyond a
 * range: counted, told and kept out of what is written. */
#ifndef GT_STUDY_LOST_ROWS_H
#define GT_STUDY_LOST_ROWS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "galatea/error.h"

enum { GT_LOST_ROOM = 4096 };

/* A zeroed one has lost nothing. */
typedef struct gt_lost_rows {
    uint64_t rows, lost;      /* looked at, and not finite */
    uint64_t numbers, beyond; /* of the finite rows: all, and those beyond the range */
    uint64_t rows_beyond;     /* finite rows with such numbers */
    char names[GT_LOST_ROOM]; /* "3,17": the lost ones; beyond its room they end in ... */
    size_t length, named;
} gt_lost_rows;

/* Whether all of `count` numbers are. */
bool gt_are_finite(const float *values, size_t count);

/* Looks at rows first .. first + count - 1 of `width` numbers: is_lost (count) tells which are
 * not finite. Numbers below low or above high are counted; low == high: none are. */
void gt_lost_rows_look(gt_lost_rows *all, const float *rows, size_t width, size_t count,
                       uint64_t first, double low, double high, bool *is_lost);
/* Moves those that are not lost to the front, in their order; returns how many. */
size_t gt_lost_rows_close_up(float *rows, size_t width, size_t count, const bool *is_lost);

/* Remarks about a file: `what` ("image") it has lost, at which temperature, and how much lies
 * beyond the range. GT_NOT_FINITE when nothing is left. temperature: its text, or NULL. */
GT_MUST_CHECK gt_status gt_lost_rows_tell(const gt_lost_rows *all, const char *path,
                                          const char *what, const char *temperature,
                                          gt_error *err);

#endif
