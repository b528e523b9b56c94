/* stand_in_numbers.h (room: data) - values of a column that look as if they stood for none:
 * nines (99, -999, 99.99 ...), 1e20, 1e30 and the like, with no other value of the column
 * beyond half of it; -32768 and -2147483648 where none is beyond half of it on either side. */
#ifndef GALATEA_DATA_STAND_IN_NUMBERS_H
#define GALATEA_DATA_STAND_IN_NUMBERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "text.h"

enum { GT_STAND_IN_SEEN = 4, GT_STAND_IN_TOLD = 160 };

/* What was met in a column. */
typedef struct gt_stand_in_numbers {
    struct {
        double value;
        uint64_t count;
    } seen[GT_STAND_IN_SEEN]; /* those that look like one, as far as there is room */
    size_t seen_count;
    uint64_t rows;    /* with a value */
    double low, high; /* of values that do not look like one */
} gt_stand_in_numbers;

/* Before the first number. */
gt_stand_in_numbers gt_stand_in_numbers_none(void);

/* Where a number is in `seen`, with a count of 0 where it was not yet; GT_STAND_IN_SEEN: there
 * is no room for it. */
size_t gt_stand_in_numbers_place(gt_stand_in_numbers *numbers, double number);

/* NaN says nothing. looks: it looks like one, by itself. */
void gt_stand_in_numbers_add(gt_stand_in_numbers *numbers, double number, bool looks);

/* Does it look like one, by itself? */
bool gt_stand_in_is_usual(double value);
bool gt_stand_in_is_nines(double value);

/* Whether seen[index] is far from all others. */
bool gt_stand_in_is_far(const gt_stand_in_numbers *numbers, size_t index);

/* As somebody wrote it. Returns text. */
const char *gt_stand_in_text(double value, char text[GT_NUMBER_SIZE]);

/* "-999 in 6 of 60 rows, far from all others (0.1 to 0.9)". Returns text. */
const char *gt_stand_in_told(const gt_stand_in_numbers *numbers, size_t index,
                             char text[GT_STAND_IN_TOLD]);

/* A remark on each of `count` values, of a column of a file. */
void gt_stand_in_remark(const char *path, const char *column, const double *values,
                        size_t count);

#endif
