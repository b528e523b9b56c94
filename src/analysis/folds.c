/* folds.c - stratified folds. */
#include "folds.h"

#include <stdlib.h>

#include "rng.h"

gt_status gt_stratified_folds(size_t rows, const int32_t *labels, int32_t classes,
                              int32_t folds, uint64_t seed, int32_t *out, gt_error *err) {
    gt_status status = GT_OK;
    size_t dealt = 0, largest = 0, *order = NULL;
    if (folds < 2) GT_THROW(err, GT_BAD_ARGUMENT, "%d folds, expected at least 2", folds);
    order = malloc((rows + 1) * sizeof *order);
    if (!order) GT_THROW(err, GT_NO_MEMORY, "folds of %zu rows", rows);
    for (int32_t c = 0; c < classes; c++) {
        size_t count = 0;
        for (size_t i = 0; i < rows; i++)
            if (labels[i] == c) order[count++] = i;
        if (count > largest) largest = count;
        gt_rng_key key = {seed, gt_rng_stream("folds"), (uint32_t)c};
        gt_rng_shuffle(key, order, count);
        for (size_t i = 0; i < count; i++) out[order[i]] = (int32_t)(dealt++ % (size_t)folds);
    }
    if (largest < (size_t)folds)
        GT_THROW(err, GT_BAD_ARGUMENT, "no class has more than %zu row%s, too few for %d folds",
                 largest, largest == 1 ? "" : "s", folds);
done:
    free(order);
    return status;
}
