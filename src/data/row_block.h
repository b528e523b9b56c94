/* row_block.h (room: data, private) - several rows of a set in memory, on their way into its
 * file: pixels, columns, fields and planes. */
#ifndef GALATEA_DATA_ROW_BLOCK_H
#define GALATEA_DATA_ROW_BLOCK_H

#include "field_block.h"
#include "galatea/dataset.h"

typedef struct gt_row_block {
    const gt_dataset_info *info; /* of the set, lent */
    size_t room;                 /* rows that fit */
    unsigned char *bytes;        /* (room, bytes of a row): pixels as they are stored */
    gt_dataset_row *rows;        /* (room) */
    gt_field_block fields;       /* of as many rows */
    char *ids;
    uint8_t *masks; /* planes of as many rows; NULL: the set has none */
    float *ivars;
} gt_row_block;

/* Room for as many rows as have `bytes` of pixels together, at least 1 and at most `most`. */
gt_status gt_row_block_open(const gt_dataset_info *info, size_t bytes, size_t most,
                            gt_row_block *out, gt_error *err) GT_MUST_CHECK;

/* Where the pixels, the mask and the inverse variances of the row at a place belong; NULL for
 * planes that the set does not have. */
unsigned char *gt_row_block_pixels(const gt_row_block *block, size_t at);
uint8_t *gt_row_block_mask(const gt_row_block *block, size_t at);
float *gt_row_block_ivar(const gt_row_block *block, size_t at);

/* Puts the columns of a row at a place, with a copy of its id (cut where it is too long); its
 * fields and planes are those that the block has there. */
void gt_row_block_put(gt_row_block *block, size_t at, const gt_dataset_row *row);

/* Accepts an empty struct. */
void gt_row_block_close(gt_row_block *block);

#endif
