/* classes.c - the labels that occur. */
#include "galatea/samples.h"

#include <stdlib.h>
#include <string.h>

static int by_label(const void *left, const void *right) {
    const int32_t *a = left, *b = right;
    return (*a > *b) - (*a < *b);
}

/* Counts runs of equal labels; labels and rows may be NULL. */
static size_t count_runs(size_t rows, const int32_t *sorted, int32_t *labels, size_t *counts) {
    size_t runs = 0;
    for (size_t begin = 0, end; begin < rows; begin = end, runs++) {
        for (end = begin; end < rows && sorted[end] == sorted[begin]; end++) {
        }
        if (labels) labels[runs] = sorted[begin];
        if (counts) counts[runs] = end - begin;
    }
    return runs;
}

gt_status gt_classes_find(size_t rows, const int32_t *labels, gt_classes *out, gt_error *err) {
    gt_status status = GT_OK;
    int32_t *sorted = malloc((rows + 1) * sizeof *sorted);
    *out = (gt_classes){0};
    if (!sorted) GT_THROW(err, GT_NO_MEMORY, "no memory for %zu labels", rows);
    if (rows) memcpy(sorted, labels, rows * sizeof *sorted);
    qsort(sorted, rows, sizeof *sorted, by_label);
    size_t count = count_runs(rows, sorted, NULL, NULL);
    if (count > GT_CLASSES_AT_MOST)
        GT_THROW(err, GT_UNSUPPORTED, "%zu rows are of %zu classes, expected at most %d", rows,
                 count, GT_CLASSES_AT_MOST);
    out->labels = malloc((count + 1) * sizeof *out->labels);
    out->rows = malloc((count + 1) * sizeof *out->rows);
    if (!out->labels || !out->rows)
        GT_THROW(err, GT_NO_MEMORY, "no memory for %zu classes", count);
    out->count = (int32_t)count;
    count_runs(rows, sorted, out->labels, out->rows);
done:
    if (status) gt_classes_free(out);
    free(sorted);
    return status;
}

void gt_classes_free(gt_classes *classes) {
    free(classes->labels);
    free(classes->rows);
    *classes = (gt_classes){0};
}

int32_t gt_classes_place(const gt_classes *classes, int32_t label) {
    int32_t low = 0, high = classes->count;
    while (low < high) {
        int32_t middle = low + (high - low) / 2;
        if (classes->labels[middle] < label)
            low = middle + 1;
        else
            high = middle;
    }
    return low < classes->count && classes->labels[low] == label ? low : -1;
}
