/* field_block.c - values of fields of several rows, kept. */
#include "field_block.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

gt_status gt_field_block_open(const gt_field *fields, size_t count, size_t rows,
                              gt_field_block *out, gt_error *err) {
    *out = (gt_field_block){.fields = fields, .count = count, .rows = rows};
    if (count == 0) return GT_OK;
    out->places = calloc(count, sizeof *out->places);
    for (size_t i = 0; out->places != NULL && i < count; i++) {
        out->places[i] = out->text_bytes;
        if (fields[i].type == GT_FIELD_TEXT) out->text_bytes += fields[i].length + 1;
    }
    out->values = calloc(rows, count * sizeof *out->values);
    out->texts = calloc(rows, out->text_bytes + 1);
    if (out->places != NULL && out->values != NULL && out->texts != NULL) return GT_OK;
    gt_field_block_close(out);
    return gt_fail(err, GT_NO_MEMORY, "out of memory for %zu columns of %zu rows", count, rows);
}

void gt_field_block_set(gt_field_block *block, size_t at, size_t index, gt_field_value value) {
    const gt_field *field = &block->fields[index];
    gt_field_value *to = &block->values[at * block->count + index];
    if (field->type != GT_FIELD_TEXT) {
        *to = value;
        return;
    }
    char *text = block->texts + at * block->text_bytes + block->places[index];
    snprintf(text, field->length + 1, "%s", value.text != NULL ? value.text : "");
    to->text = text;
}

void gt_field_block_put(gt_field_block *block, size_t at, const gt_field_value *values) {
    for (size_t i = 0; i < block->count; i++)
        gt_field_block_set(block, at, i,
                           values != NULL ? values[i] : gt_field_missing(&block->fields[i]));
}

const gt_field_value *gt_field_block_row(const gt_field_block *block, size_t at) {
    return block->count > 0 ? block->values + at * block->count : NULL;
}

/* A column goes through the room of `count` values of its own, then to its places. */
static gt_status read_column(gt_field_block *block, const gt_dataset *set, size_t index,
                             uint64_t first, size_t count, gt_error *err) {
    const gt_field *field = &block->fields[index];
    bool is_text = field->type == GT_FIELD_TEXT;
    size_t size = is_text ? field->length + 1 : 8;
    char *column = malloc(count * size);
    if (column == NULL) return gt_fail(err, GT_NO_MEMORY, "out of memory for columns");
    gt_status status = gt_dataset_read_field(set, index, first, count, column, err);
    for (size_t r = 0; status == GT_OK && r < count; r++) {
        gt_field_value *to = &block->values[r * block->count + index];
        char *text = block->texts + r * block->text_bytes + block->places[index];
        memcpy(is_text ? (void *)text : (void *)to, column + r * size, size);
        if (is_text) to->text = text;
    }
    free(column);
    return status;
}

gt_status gt_field_block_read(gt_field_block *block, const gt_dataset *set, uint64_t first,
                              size_t count, gt_error *err) {
    gt_status status = GT_OK;
    for (size_t i = 0; status == GT_OK && i < block->count; i++)
        status = read_column(block, set, i, first, count, err);
    return status;
}

void gt_field_block_close(gt_field_block *block) {
    free(block->values);
    free(block->texts);
    free(block->places);
    *block = (gt_field_block){0};
}
