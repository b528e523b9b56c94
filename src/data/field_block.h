/* field_block.h (room: data) - values of fields (fields.h) of several rows. */
#ifndef GALATEA_DATA_FIELD_BLOCK_H
#define GALATEA_DATA_FIELD_BLOCK_H

#include "galatea/dataset.h"

/* Values of several rows at once, kept: (rows, count). Texts have room for the longest. */
typedef struct gt_field_block {
    const gt_field *fields;
    size_t count, rows;
    gt_field_value *values;
    char *texts;
    size_t text_bytes; /* of one row, */
    size_t *places;    /* and where those of a field begin */
} gt_field_block;

/* Room for so many rows of these fields, which are lent. */
gt_status gt_field_block_open(const gt_field *fields, size_t count, size_t rows,
                              gt_field_block *out, gt_error *err) GT_MUST_CHECK;

/* Copies the values of a row (NULL: all missing) into place `at`; longer texts are cut. */
void gt_field_block_put(gt_field_block *block, size_t at, const gt_field_value *values);

/* One value of the row at a place. */
void gt_field_block_set(gt_field_block *block, size_t at, size_t field, gt_field_value value);

/* The values at a place; NULL without fields. */
const gt_field_value *gt_field_block_row(const gt_field_block *block, size_t at);

/* Reads rows first .. first+count-1 (at most block->rows) of a set with these very fields. */
gt_status gt_field_block_read(gt_field_block *block, const gt_dataset *set, uint64_t first,
                              size_t count, gt_error *err) GT_MUST_CHECK;

void gt_field_block_close(gt_field_block *block);

#endif
