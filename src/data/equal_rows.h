/* equal_rows.h (room: data) - pictures, or codes, that stand in more than one split under
 * whatever names. */
#ifndef GALATEA_DATA_EQUAL_ROWS_H
#define GALATEA_DATA_EQUAL_ROWS_H

#include <stddef.h>
#include <stdint.h>

#include "galatea/dataset.h"
#include "galatea/error.h"

typedef struct gt_equal_row gt_equal_row;

/* Rows so far; begins as an empty struct. */
typedef struct gt_equal_rows {
    gt_equal_row *rows;
    size_t count, room;
} gt_equal_rows;

/* The next row. One of a single value, as an empty picture, is like no other.
 * GT_NO_MEMORY. */
gt_status gt_equal_rows_add(gt_equal_rows *all, const void *bytes, size_t size, uint8_t split,
                            gt_error *err);

enum { GT_EQUAL_ROWS_TEXT = 240 };

/* A sentence with the first ones, "" where no two splits share any. `noun`: "picture". Changes
 * their order. */
const char *gt_equal_rows_text(gt_equal_rows *all, const char *noun,
                               char out[GT_EQUAL_ROWS_TEXT]);

void gt_equal_rows_free(gt_equal_rows *all);

#endif
