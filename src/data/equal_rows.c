/* equal_rows.c - rows of one hash become neighbours by sorting. */
#include "equal_rows.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hash.h"

enum { PIXEL = sizeof(float) };

struct gt_equal_row {
    uint64_t hash, row;
    uint8_t split;
    bool is_empty;
};

gt_status gt_equal_rows_add(gt_equal_rows *all, const void *bytes, size_t size, uint8_t split,
                            gt_error *err) {
    if (all->count == all->room) {
        size_t room = 2 * all->room + 1024;
        gt_equal_row *more = realloc(all->rows, room * sizeof *more);
        if (more == NULL) return gt_fail(err, GT_NO_MEMORY, "out of memory for %zu rows", room);
        all->rows = more;
        all->room = room;
    }
    const unsigned char *at = bytes;
    bool is_empty = size <= PIXEL || memcmp(at, at + PIXEL, size - PIXEL) == 0;
    all->rows[all->count] = (gt_equal_row){gt_hash64(bytes, size), all->count, split, is_empty};
    all->count++;
    return GT_OK;
}

static int by_hash_then_row(const void *a, const void *b) {
    const gt_equal_row *x = a, *y = b;
    if (x->hash != y->hash) return x->hash < y->hash ? -1 : 1;
    return x->row < y->row ? -1 : x->row > y->row;
}

static const char *split_name(const gt_equal_row *row) {
    return row->split == GT_SPLIT_TRAIN  ? "train"
           : row->split == GT_SPLIT_TEST ? "test"
                                         : "validation";
}

const char *gt_equal_rows_text(gt_equal_rows *all, const char *noun,
                               char out[GT_EQUAL_ROWS_TEXT]) {
    uint64_t shared = 0;
    const gt_equal_row *one = NULL, *other = NULL;
    out[0] = 0;
    if (all->count > 0) qsort(all->rows, all->count, sizeof *all->rows, by_hash_then_row);
    for (size_t i = 0, next; i < all->count; i = next) {
        const gt_equal_row *first = &all->rows[i], *elsewhere = NULL;
        for (next = i; next < all->count && all->rows[next].hash == first->hash; next++)
            if (elsewhere == NULL && all->rows[next].split != first->split)
                elsewhere = &all->rows[next];
        if (elsewhere == NULL || first->is_empty) continue;
        if (shared++ > 0 && first->row > one->row) continue;
        one = first;
        other = elsewhere;
    }
    if (shared > 0)
        snprintf(out, GT_EQUAL_ROWS_TEXT,
                 "equal %ss in more than one split: %" PRIu64 " (the first: row %" PRIu64
                 ", %s, and row %" PRIu64
                 ", %s); where they are of one object, a score by it is worth nothing",
                 noun, shared, one->row, split_name(one), other->row, split_name(other));
    return out;
}

void gt_equal_rows_free(gt_equal_rows *all) {
    free(all->rows);
    *all = (gt_equal_rows){0};
}
