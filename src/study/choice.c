/* choice.c - see choice.h. */
#include "choice.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "galatea/dataset.h"
#include "rng.h"
#include "where.h"

/* The number that a split column has, -1 for all. */
static int number_of(const char *split) {
    static const char *const names[] = {"train", "test", "validation"};
    static const int numbers[] = {GT_SPLIT_TRAIN, GT_SPLIT_TEST, GT_SPLIT_VALIDATION};
    for (int i = 0; i < 3; i++)
        if (strcmp(split, names[i]) == 0) return numbers[i];
    return -1;
}

/* Marks rows of another split, and those for which conditions do not hold. */
static gt_status leave_others(gt_dataset *data, int split, const char *where, bool *marks,
                              gt_error *err) {
    gt_status status = GT_OK;
    const uint8_t *splits = NULL;
    const gt_dataset_info *info = gt_dataset_describe(data);
    GT_TRY(gt_where_leave_out(data, where, marks, err));
    if (split < 0) goto done;
    if (!(info->columns & GT_COLUMN_SPLIT))
        GT_THROW(err, GT_BAD_ARGUMENT, "%s has no column 'split' to choose rows by",
                 gt_dataset_path(data));
    GT_TRY(gt_dataset_splits(data, &splits, err));
    for (uint64_t i = 0; i < info->count; i++) marks[i] |= splits[i] != split;
done:
    return status;
}

/* Selection sampling (Knuth, The Art of Computer Programming 2, 3.4.2, algorithm S): each of
 * the rows that are left has the same chance, and they keep their order. */
static void take_some(const gt_row_choice *choice, uint64_t left, uint64_t all, bool *marks) {
    gt_rng_key key = {choice->seed, gt_rng_stream("rows taken"), 0};
    uint64_t wanted = choice->take;
    for (uint64_t i = 0; i < all; i++) {
        if (marks[i]) continue;
        if (gt_rng_uniform(key, i) * (double)left-- < (double)wanted)
            wanted--;
        else
            marks[i] = true;
    }
}

static gt_status take(const gt_row_choice *choice, uint64_t all, bool *marks, gt_error *err) {
    uint64_t left = 0;
    for (uint64_t i = 0; i < all; i++) left += !marks[i];
    if (left == 0)
        return gt_fail(err, GT_BAD_ARGUMENT, "none of %" PRIu64 " rows is left", all);
    if (choice->take > left)
        return gt_fail(err, GT_BAD_ARGUMENT, "%" PRIu64 " rows to take, %" PRIu64 " are there",
                       choice->take, left);
    if (choice->take) take_some(choice, left, all, marks);
    return GT_OK;
}

gt_status gt_choose_rows(const char *const *paths, size_t count, const gt_row_choice *choice,
                         bool **is_left_out, gt_error *err) {
    gt_status status = GT_OK;
    int split = number_of(choice->split);
    uint64_t all = 0;
    bool *made = NULL;
    if (split < 0 && !choice->where && choice->take == 0) return GT_OK;
    gt_dataset **sets = calloc(count, sizeof(gt_dataset *));
    if (!sets) GT_THROW(err, GT_NO_MEMORY, "no memory for a list of %zu sets", count);
    for (size_t i = 0; i < count; i++) {
        GT_TRY(gt_dataset_open_any(paths[i], &sets[i], err));
        all += gt_dataset_describe(sets[i])->count;
    }
    if (!*is_left_out) *is_left_out = made = calloc(all + 1, sizeof *made);
    if (!*is_left_out)
        GT_THROW(err, GT_NO_MEMORY, "no memory for marks of %" PRIu64 " rows", all);
    bool *marks = *is_left_out;
    for (size_t i = 0; i < count; i++) {
        GT_TRY(leave_others(sets[i], split, choice->where, marks, err));
        marks += gt_dataset_describe(sets[i])->count;
    }
    GT_TRY(take(choice, all, *is_left_out, err));
    made = NULL;
done:
    for (size_t i = 0; sets && i < count; i++) gt_dataset_close(sets[i]);
    free(sets);
    if (made) {
        free(made);
        *is_left_out = NULL;
    }
    return status;
}
