/* row_block.c - rows of a set that wait for being written. */
#include "row_block.h"

#include <stdio.h>
#include <stdlib.h>

gt_status gt_row_block_open(const gt_dataset_info *info, size_t bytes, size_t most,
                            gt_row_block *out, gt_error *err) {
    size_t row = gt_dataset_row_bytes(info), fit = bytes / row;
    size_t room = fit < 1 ? 1 : fit > most ? most : fit;
    bool has_mask = info->planes & GT_PLANE_MASK, has_ivar = info->planes & GT_PLANE_IVAR;
    *out = (gt_row_block){.info = info,
                          .room = room,
                          .bytes = malloc(room * row),
                          .rows = malloc(room * sizeof *out->rows),
                          .ids = malloc(room * (info->id_length + 1))};
    if (has_mask) out->masks = malloc(room * gt_dataset_plane_bytes(info, GT_PLANE_MASK));
    if (has_ivar) out->ivars = malloc(room * gt_dataset_plane_bytes(info, GT_PLANE_IVAR));
    bool is_whole = out->bytes && out->rows && out->ids && (!has_mask || out->masks) &&
                    (!has_ivar || out->ivars);
    gt_status status =
        is_whole ? gt_field_block_open(info->fields, info->field_count, room, &out->fields, err)
                 : gt_fail(err, GT_NO_MEMORY, "out of memory for rows of %zu bytes", row);
    if (status) gt_row_block_close(out);
    return status;
}

unsigned char *gt_row_block_pixels(const gt_row_block *block, size_t at) {
    return block->bytes + at * gt_dataset_row_bytes(block->info);
}

uint8_t *gt_row_block_mask(const gt_row_block *block, size_t at) {
    if (block->masks == NULL) return NULL;
    return block->masks + at * gt_dataset_plane_bytes(block->info, GT_PLANE_MASK);
}

float *gt_row_block_ivar(const gt_row_block *block, size_t at) {
    if (block->ivars == NULL) return NULL;
    return block->ivars +
           at * gt_dataset_plane_bytes(block->info, GT_PLANE_IVAR) / sizeof *block->ivars;
}

void gt_row_block_put(gt_row_block *block, size_t at, const gt_dataset_row *row) {
    size_t length = block->info->id_length;
    gt_dataset_row *to = &block->rows[at];
    *to = *row;
    to->values = gt_field_block_row(&block->fields, at);
    to->mask = gt_row_block_mask(block, at);
    to->ivar = gt_row_block_ivar(block, at);
    if (row->id == NULL) return;
    char *id = block->ids + at * (length + 1);
    snprintf(id, length + 1, "%s", row->id);
    to->id = id;
}

void gt_row_block_close(gt_row_block *block) {
    free(block->bytes);
    free(block->rows);
    free(block->ids);
    free(block->masks);
    free(block->ivars);
    gt_field_block_close(&block->fields);
    *block = (gt_row_block){0};
}
