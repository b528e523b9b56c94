/* equal_rows.c - see equal_rows.h. */
#include "equal_rows.h"

#include <inttypes.h>
#include <stdlib.h>

#include "galatea/log.h"
#include "hash.h"

typedef struct seen {
    uint64_t hash, row;
    int group;
} seen;

static int by_picture(const void *left, const void *right) {
    const seen *a = left, *b = right;
    if (a->hash != b->hash) return a->hash < b->hash ? -1 : 1;
    if (a->group != b->group) return a->group - b->group;
    return (a->row > b->row) - (a->row < b->row);
}

static gt_status look_at(gt_dataset *data, const gt_row_group groups[GT_ROW_GROUPS], seen *out,
                         gt_error *err) {
    gt_status status = GT_OK;
    size_t size = gt_dataset_row_bytes(gt_dataset_describe(data)), at = 0;
    void *bytes = malloc(size);
    if (!bytes) GT_THROW(err, GT_NO_MEMORY, "no memory for a row");
    for (int g = 0; g < GT_ROW_GROUPS; g++)
        for (int list = 0; list < 2; list++)
            for (size_t i = 0; i < groups[g].count[list]; i++) {
                uint64_t row = groups[g].rows[list][i];
                GT_TRY(gt_dataset_read_bytes(data, row, 1, bytes, err));
                out[at++] = (seen){gt_hash64(bytes, size), row, g};
            }
done:
    free(bytes);
    return status;
}

/* Of one group: rows that show what a row of an earlier one does, and the first such pair. */
typedef struct equal {
    size_t count, of;
    uint64_t row, other;
} equal;

static void count_equal(const seen *all, size_t count, equal out[GT_ROW_GROUPS]) {
    for (size_t first = 0, i = 0; i < count; i++) {
        if (all[i].hash != all[first].hash) first = i;
        equal *own = &out[all[i].group];
        own->of++;
        if (all[i].group == all[first].group) continue;
        if (own->count++ && all[i].row > own->row) continue;
        own->row = all[i].row;
        own->other = all[first].row;
    }
}

gt_status gt_equal_rows_tell(gt_dataset *data, const gt_row_group groups[GT_ROW_GROUPS],
                             gt_error *err) {
    gt_status status = GT_OK;
    equal found[GT_ROW_GROUPS] = {{0}};
    size_t count = 0;
    for (int g = 0; g < GT_ROW_GROUPS; g++) count += groups[g].count[0] + groups[g].count[1];
    seen *all = calloc(count + 1, sizeof *all);
    if (!all) GT_THROW(err, GT_NO_MEMORY, "no memory for %zu rows", count);
    GT_TRY(look_at(data, groups, all, err));
    qsort(all, count, sizeof *all, by_picture);
    count_equal(all, count, found);
    const equal *b = &found[GT_ROWS_OF_B], *unseen = &found[GT_ROWS_UNSEEN];
    if (b->count)
        gt_remark(
            "%s: %zu of %zu rows that B learns from show the same as rows that A does (row "
            "%" PRIu64 " as row %" PRIu64 "): both agree on what both learned",
            gt_dataset_path(data), b->count, b->of, b->row, b->other);
    if (unseen->count)
        gt_remark("%s: %zu of %zu rows to validate and test by show the same as rows that are "
                  "learned "
                  "(row %" PRIu64 " as row %" PRIu64
                  "): what is called unseen has been learned",
                  gt_dataset_path(data), unseen->count, unseen->of, unseen->row, unseen->other);
done:
    free(all);
    return status;
}
