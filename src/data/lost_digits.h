/* lost_digits.h (room: data, private) - columns of reals that look like ids of 64 bits.
 *
 * Beyond 2^53 a double is a whole number, but not every whole number: ids of Gaia or SDSS that
 * went through one (a column with gaps in pandas, a spreadsheet) ended as one of their
 * neighbours. It cannot be undone, so it is told. */
#ifndef GALATEA_DATA_LOST_DIGITS_H
#define GALATEA_DATA_LOST_DIGITS_H

#include <stdbool.h>
#include <stddef.h>

#include "galatea/dataset.h"

/* What is known of one column; begins as an empty struct. */
typedef struct gt_lost_digits {
    bool is_other; /* a value that no id can be */
    bool has_many; /* one of 16 digits and more, as measured numbers seldom have */
} gt_lost_digits;

/* The next value; NaN is none. */
void gt_lost_digits_see(gt_lost_digits *column, double value);

enum { GT_LOST_DIGITS_TEXT = 400 };

/* A sentence about the columns (count of each) that look so, "" for none. */
void gt_lost_digits_text(const gt_lost_digits *columns, const gt_field *fields, size_t count,
                         char out[GT_LOST_DIGITS_TEXT]);

#endif
