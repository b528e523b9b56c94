/* subject.c - the set that is classified, and its rows to learn from and to judge by. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "classify.h"
#include "galatea/log.h"
#include "id_tracker.h"
#include "memory_limit.h"

gt_status gt_subject_open(const char *path, gt_subject *s, gt_error *err) {
    gt_status status = GT_OK;
    *s = (gt_subject){.path = path};
    GT_TRY(gt_dataset_open_any(path, &s->data, err));
    GT_TRY(gt_row_columns_read(s->data, GT_COLUMNS_ALL, &s->columns, err));
    const gt_dataset_info *info = gt_dataset_describe(s->data);
    s->features = gt_dataset_row_values(info);
    for (uint64_t i = 0; s->columns.labels && i < info->count; i++)
        if (s->columns.labels[i] == INT32_MAX)
            GT_THROW(err, GT_UNSUPPORTED,
                     "%s: the label of row %llu is %d, expected below that", path,
                     (unsigned long long)i, INT32_MAX);
done:
    return status;
}

void gt_subject_close(gt_subject *s) {
    gt_dataset_close(s->data);
    gt_classes_free(&s->known);
    for (size_t i = 0; i < sizeof s->owned / sizeof *s->owned; i++) free(s->owned[i]);
}

const char *gt_split_text(int split) {
    return split == GT_SPLIT_TRAIN ? "train" : split == GT_SPLIT_TEST ? "test" : "validation";
}

const char *gt_subject_left_text(const gt_subject *s, char out[GT_LEFT_TEXT]) {
    uint64_t count = gt_dataset_describe(s->data)->count;
    size_t bare = 0, others = 0, used = 0;
    for (uint64_t i = 0; i < count; i++) {
        bool is_used =
            s->columns.splits[i] == GT_SPLIT_TRAIN || s->columns.splits[i] == GT_SPLIT_TEST;
        bare += s->columns.labels[i] < 0;
        others += s->columns.labels[i] >= 0 && !is_used;
    }
    *out = '\0';
    if (bare) used = (size_t)snprintf(out, GT_LEFT_TEXT, ", %zu without a label", bare);
    if (others) snprintf(out + used, GT_LEFT_TEXT - used, ", %zu to validate", others);
    return out;
}

/* ---- Reading rows ------------------------------------------------------------------------ */

static gt_status not_finite(const gt_subject *s, uint64_t row, size_t column, float value,
                            gt_error *err) {
    return gt_fail(err, GT_NOT_FINITE, "%s, row %llu, column %zu: %g, expected a finite number",
                   s->path, (unsigned long long)row, column, (double)value);
}

gt_status gt_subject_rows(const gt_subject *s, uint64_t first, size_t count, float *out,
                          gt_error *err) {
    gt_status status = gt_dataset_read(s->data, first, count, out, err);
    for (size_t i = 0; status == GT_OK && i < count * s->features; i++)
        if (!isfinite(out[i]))
            return not_finite(s, first + i / s->features, i % s->features, out[i], err);
    return status;
}

/* Rows of a split that have a label; returns how many. */
static size_t choose(const gt_subject *s, int split, uint64_t *chosen) {
    uint64_t count = gt_dataset_describe(s->data)->count;
    size_t n = 0;
    for (uint64_t i = 0; i < count; i++)
        if (s->columns.splits[i] == split && s->columns.labels[i] >= 0) chosen[n++] = i;
    return n;
}

static gt_status allocate(gt_subject *s, size_t rows, gt_error *err) {
    gt_memory_limit limit = gt_memory_limit_get();
    double needed = (double)rows * (double)s->features * sizeof(float) + (double)s->held;
    char have[32], want[32];
    if (needed <= (double)limit.bytes / 2) {
        s->held = (size_t)needed;
        return GT_OK;
    }
    gt_bytes_text(limit.bytes, have);
    gt_bytes_text(needed < 1e18 ? (uint64_t)needed : (uint64_t)1e18, want);
    return gt_fail(
        err, GT_BAD_ARGUMENT,
        "%s: %zu labelled rows of %zu values take %s with what was read before, more "
        "than half of %s (%s)",
        s->path, rows, s->features, want, limit.what, have);
}

static gt_status read_part(gt_subject *s, int split, const char *use, gt_samples *out,
                           gt_error *err) {
    gt_status status = GT_OK;
    uint64_t *chosen = malloc((gt_dataset_describe(s->data)->count + 1) * sizeof *chosen);
    if (!chosen) GT_THROW(err, GT_NO_MEMORY, "no memory for a list of rows");
    size_t n = choose(s, split, chosen);
    if (n == 0)
        GT_THROW(err, GT_BAD_ARGUMENT, "%s has no labelled rows to %s (split %d)", s->path, use,
                 split);
    GT_TRY(allocate(s, n, err));
    float *x = s->owned[2 * split] = calloc(n, s->features * sizeof *x);
    int32_t *labels = s->owned[2 * split + 1] = malloc(n * sizeof *labels);
    if (!x || !labels) GT_THROW(err, GT_NO_MEMORY, "no memory for %zu rows", n);
    int32_t highest = 0;
    for (size_t i = 0; i < n; i++) {
        labels[i] = s->columns.labels[chosen[i]];
        if (labels[i] > highest) highest = labels[i];
    }
    GT_TRY(gt_dataset_read_rows(s->data, chosen, n, x, err));
    for (size_t i = 0; i < n * s->features; i++)
        if (!isfinite(x[i])) {
            status = not_finite(s, chosen[i / s->features], i % s->features, x[i], err);
            goto done;
        }
    *out = (gt_samples){n, s->features, x, labels, highest + 1};
done:
    free(chosen);
    return status;
}

static gt_status check_ids(const gt_subject *s, gt_error *err) {
    char shared[GT_ID_TEXT];
    gt_status status = gt_dataset_shared_ids(s->data, shared, err);
    if (status == GT_OK && shared[0] != 0) gt_remark("%s: %s", s->path, shared);
    return status;
}

static gt_status check_constant_columns(const gt_subject *s, gt_error *err) {
    const gt_samples *t = &s->train;
    size_t constant = 0;
    for (size_t j = 0; j < t->features; j++) {
        size_t i = 1;
        while (i < t->rows && t->x[i * t->features + j] == t->x[j]) i++;
        constant += i == t->rows;
    }
    if (constant == t->features)
        return gt_fail(err, GT_BAD_ARGUMENT,
                       "%s: all %zu columns are constant, there is nothing to learn from",
                       s->path, constant);
    if (constant > 0)
        gt_remark("%s: %zu of %zu columns are constant and tell nothing", s->path, constant,
                  t->features);
    return GT_OK;
}

gt_status gt_subject_read_training(gt_subject *s, gt_error *err) {
    gt_status status = GT_OK;
    char text[16];
    if (!s->columns.labels || !s->columns.splits)
        GT_THROW(err, GT_NOT_FOUND,
                 "%s has no column '%s', classes are told by labels and split%s", s->path,
                 s->columns.labels ? "split" : "labels",
                 s->columns.labels ? " (an import draws one: test 0.2)" : "");
    GT_TRY(read_part(s, GT_SPLIT_TRAIN, "learn from", &s->train, err));
    GT_TRY(gt_classes_find(s->train.rows, s->train.labels, &s->known, err));
    if (s->known.count < 2)
        GT_THROW(err, GT_BAD_ARGUMENT,
                 "%s: all %zu labelled rows to learn from are of class %s, expected at least 2 "
                 "classes",
                 s->path, s->train.rows, gt_subject_class(s, s->known.labels[0], text));
done:
    return status;
}

gt_status gt_subject_read(gt_subject *s, gt_error *err) {
    gt_status status = GT_OK;
    GT_TRY(gt_subject_read_training(s, err));
    GT_TRY(read_part(s, GT_SPLIT_TEST, "judge by", &s->test, err));
    GT_TRY(gt_subject_remark_classes(s, err));
    GT_TRY(check_constant_columns(s, err));
    GT_TRY(check_ids(s, err));
done:
    return status;
}
