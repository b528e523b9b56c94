/* split_rows.c - see split_rows.h. */
#include "split_rows.h"

#include <stdlib.h>
#include <string.h>

static bool has_split(const uint8_t *splits, uint64_t count, int split) {
    for (uint64_t i = 0; i < count; i++)
        if (splits[i] == split) return true;
    return false;
}

static int split_number(const char *name) {
    if (strcmp(name, "train") == 0) return GT_SPLIT_TRAIN;
    if (strcmp(name, "test") == 0) return GT_SPLIT_TEST;
    return strcmp(name, "validation") == 0 ? GT_SPLIT_VALIDATION : -1;
}

gt_status gt_split_rows(gt_dataset *data, const char *split, size_t most, uint64_t **rows,
                        size_t *count, gt_error *err) {
    gt_status status = GT_OK;
    const gt_dataset_info *info = gt_dataset_describe(data);
    const uint8_t *splits = NULL;
    uint64_t *list = NULL;
    size_t found = 0;
    int wanted = split_number(split);
    if (wanted >= 0 || (info->columns & GT_COLUMN_SPLIT))
        GT_TRY(gt_dataset_splits(data, &splits, err));
    if (strcmp(split, "auto") == 0 && splits && has_split(splits, info->count, GT_SPLIT_TEST))
        wanted = GT_SPLIT_TEST;
    list = malloc((most + 1) * sizeof *list);
    if (!list) GT_THROW(err, GT_NO_MEMORY, "no memory for a list of rows");
    for (uint64_t i = 0; i < info->count && found < most; i++)
        if (wanted < 0 || splits[i] == wanted) list[found++] = i;
    if (found == 0)
        GT_THROW(err, GT_BAD_ARGUMENT, "%s has no rows in split %s", gt_dataset_path(data),
                 split);
    *rows = list;
    *count = found;
    list = NULL;
done:
    free(list);
    return status;
}
