/* label_places.c - see label_places.h. */
#include "label_places.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dataset_internal.h"
#include "galatea/log.h"

enum { DIGITS = 12 };

static int by_number(const void *a, const void *b) {
    const int32_t *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

/* The labels that are there, once each, in front; how many they are. */
static size_t keep_each(int32_t *labels, uint64_t count) {
    size_t kept = 0;
    qsort(labels, count, sizeof *labels, by_number);
    for (uint64_t i = 0; i < count; i++)
        if (labels[i] >= 0 && (kept == 0 || labels[i] != labels[kept - 1]))
            labels[kept++] = labels[i];
    return kept;
}

/* One block, as those that are read from a file. */
static char **name_by_number(const int32_t *labels, size_t count) {
    char **names = malloc(count * (sizeof *names + DIGITS));
    for (size_t k = 0; names != NULL && k < count; k++) {
        names[k] = (char *)(names + count) + k * DIGITS;
        snprintf(names[k], DIGITS, "%d", labels[k]);
    }
    return names;
}

static gt_status take_places(gt_dataset *set, const int32_t *there, size_t count,
                             gt_error *err) {
    int32_t *labels = set->columns[GT_PLACE_LABEL];
    char **names = name_by_number(there, count);
    if (names == NULL) return gt_fail(err, GT_NO_MEMORY, "no memory for names of classes");
    for (uint64_t i = 0; i < set->own.info.count; i++) {
        if (labels[i] < 0) continue;
        const int32_t *at = bsearch(&labels[i], there, count, sizeof *there, by_number);
        labels[i] = (int32_t)(at - there);
    }
    free(set->own.class_names);
    set->own.class_names = names;
    set->own.info.class_names = (const char *const *)names;
    set->own.info.class_count = count;
    gt_remark(
        "%s: its %zu classes are the labels that rows have, from %s to %s, in their order",
        set->path, count, names[0], names[count - 1]);
    return GT_OK;
}

gt_status gt_labels_take_places(gt_dataset *set, int32_t most, gt_error *err) {
    const int32_t *labels = NULL;
    uint64_t count = set->own.info.count;
    if (set->own.info.class_count > 0) return GT_OK;
    gt_status status = gt_dataset_labels(set, &labels, err);
    if (status) return status;
    int32_t *there = malloc((count + 1) * sizeof *there);
    if (there == NULL) return gt_fail(err, GT_NO_MEMORY, "no memory for labels");
    memcpy(there, labels, count * sizeof *there);
    size_t kept = keep_each(there, count);
    if (kept > 0 && kept <= (size_t)most && there[kept - 1] >= most)
        status = take_places(set, there, kept, err);
    free(there);
    return status;
}
