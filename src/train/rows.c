/* rows.c - the rows that train and the rows that judge, see rows.h. */
#include "rows.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "rng.h"

static gt_status allocate(uint64_t count, gt_train_rows *rows, gt_error *err) {
    rows->train = malloc(sizeof *rows->train * (count + 1));
    rows->validation = malloc(sizeof *rows->validation * (count + 1));
    rows->test = malloc(sizeof *rows->test * (count + 1));
    rows->all = malloc(sizeof *rows->all * (count + 1));
    if (rows->train && rows->validation && rows->test && rows->all) return GT_OK;
    return gt_fail(err, GT_NO_MEMORY, "no memory for a list of %zu rows", (size_t)count);
}

/* What is known of rows; NULL: of none. */
typedef struct known {
    const uint8_t *splits;
    const int32_t *labels; /* rows without one are left out */
} known;

static void sort_out(known of, uint64_t count, gt_train_rows *rows) {
    for (uint64_t i = 0; i < count; i++) {
        uint8_t split = of.splits ? of.splits[i] : GT_SPLIT_TRAIN;
        if (of.labels && of.labels[i] < 0) {
            rows->unlabelled += split != GT_SPLIT_TEST;
            continue;
        }
        if (split == GT_SPLIT_TRAIN) rows->train[rows->train_count++] = i;
        if (split == GT_SPLIT_VALIDATION) rows->validation[rows->validation_count++] = i;
        if (split != GT_SPLIT_TEST) rows->all[rows->all_count++] = i;
    }
}

static gt_status hold_rows_out(double share, uint64_t seed, gt_train_rows *rows,
                               gt_error *err) {
    size_t count = rows->train_count;
    size_t held = (size_t)llround(share * (double)count), left = 0;
    if (held == 0) held = 1;
    if (held >= count)
        return gt_fail(err, GT_BAD_ARGUMENT,
                       "%zu training rows, %zu of them held out for validation: none is left",
                       count, held);
    size_t *order = malloc(sizeof *order * count);
    bool *out = calloc(count, sizeof *out);
    if (!order || !out) {
        free(order);
        free(out);
        return gt_fail(err, GT_NO_MEMORY, "no memory for a list of %zu rows", count);
    }
    for (size_t i = 0; i < count; i++) order[i] = i;
    gt_rng_shuffle((gt_rng_key){seed, gt_rng_stream("hold-out"), 0}, order, count);
    for (size_t i = 0; i < held; i++) out[order[i]] = true;
    for (size_t i = 0; i < count; i++)
        if (out[i])
            rows->validation[rows->validation_count++] = rows->train[i];
        else
            rows->train[left++] = rows->train[i];
    rows->train_count = left;
    free(order);
    free(out);
    return GT_OK;
}

/* All rows that may be chosen from. */
static gt_status read_rows(gt_dataset *data, bool all_rows, bool labelled, gt_train_rows *rows,
                           gt_error *err) {
    gt_status status = GT_OK;
    const gt_dataset_info *info = gt_dataset_describe(data);
    known of = {NULL, NULL};
    if (!all_rows && (info->columns & GT_COLUMN_SPLIT))
        GT_TRY(gt_dataset_splits(data, &of.splits, err));
    if (labelled) GT_TRY(gt_dataset_labels(data, &of.labels, err));
    GT_TRY(allocate(info->count, rows, err));
    sort_out(of, info->count, rows);
done:
    return status;
}

static gt_status choose(gt_dataset *data, bool all_rows, bool labelled, double hold_out,
                        uint64_t seed, gt_train_rows *out, gt_error *err) {
    gt_status status = GT_OK;
    gt_train_rows rows = {0};
    GT_TRY(read_rows(data, all_rows, labelled, &rows, err));
    if (rows.train_count == 0)
        GT_THROW(err, GT_BAD_ARGUMENT, "%s: none of its %zu rows is %sin the training split",
                 gt_dataset_path(data), (size_t)gt_dataset_describe(data)->count,
                 labelled ? "labelled and " : "");
    if (rows.validation_count == 0 && hold_out > 0) {
        GT_TRY(hold_rows_out(hold_out, seed, &rows, err));
    }
    *out = rows;
done:
    if (status) gt_train_rows_free(&rows);
    return status;
}

/* Deals the rows of `all` out in the order of a permutation. */
static void distribute_rows(const size_t *order, size_t train, size_t test,
                            gt_train_rows *rows) {
    rows->train_count = rows->validation_count = 0;
    for (size_t i = 0; i < rows->all_count; i++) {
        uint64_t row = rows->all[order[i]];
        if (i < train)
            rows->train[rows->train_count++] = row;
        else if (i < train + test)
            rows->test[rows->test_count++] = row;
        else
            rows->validation[rows->validation_count++] = row;
    }
}

static gt_status draw(gt_dataset *data, bool all_rows, bool labelled, double train, double test,
                      uint64_t seed, gt_train_rows *out, gt_error *err) {
    gt_status status = GT_OK;
    size_t *order = NULL;
    gt_train_rows rows = {0};
    GT_TRY(read_rows(data, all_rows, labelled, &rows, err));
    size_t count = rows.all_count;
    size_t trained = (size_t)(train * (double)count), tested = (size_t)(test * (double)count);
    if (trained < 2 || trained + tested >= count)
        GT_THROW(err, GT_BAD_ARGUMENT,
                 "%s: %zu rows give %zu to train on and %zu to leave alone, which leaves %zu "
                 "for validation; expected at least 2 and 1",
                 gt_dataset_path(data), count, trained, tested,
                 trained + tested < count ? count - trained - tested : 0);
    order = malloc(count * sizeof *order);
    if (!order) GT_THROW(err, GT_NO_MEMORY, "no memory for a list of %zu rows", count);
    for (size_t i = 0; i < count; i++) order[i] = i;
    gt_rng_shuffle((gt_rng_key){seed, gt_rng_stream("shares"), 0}, order, count);
    distribute_rows(order, trained, tested, &rows);
    *out = rows;
done:
    free(order);
    if (status) gt_train_rows_free(&rows);
    return status;
}

gt_status gt_train_rows_from_settings(gt_dataset *data, const gt_model_class *kind,
                                      const gt_train_settings *settings, gt_train_rows *out,
                                      gt_error *err) {
    bool all = strcmp(settings->rows, "all") == 0, labelled = kind->needs.labelled;
    uint64_t seed = (uint64_t)settings->seed;
    if (settings->train_share > 0)
        return draw(data, all, labelled, settings->train_share, settings->test_share, seed, out,
                    err);
    return choose(data, all, labelled, settings->hold_out, seed, out, err);
}

gt_status gt_train_rows_shared_ids(gt_dataset *data, const gt_train_rows *rows,
                                   char shared[GT_ID_TEXT], gt_error *err) {
    gt_status status = GT_OK;
    gt_id_tracker tracker = {0};
    const gt_dataset_info *info = gt_dataset_describe(data);
    const char *ids;
    uint8_t *splits = NULL; /* as the lists say, whatever the set does */
    char repeated[GT_ID_TEXT];
    shared[0] = 0;
    if (!(info->columns & GT_COLUMN_ID) || rows->validation_count == 0) goto done;
    GT_TRY(gt_dataset_ids(data, &ids, err));
    splits = malloc(info->count);
    if (!splits) GT_THROW(err, GT_NO_MEMORY, "no memory for %zu rows", (size_t)info->count);
    memset(splits, GT_SPLIT_COUNT, info->count);
    for (size_t i = 0; i < rows->train_count; i++) splits[rows->train[i]] = GT_SPLIT_TRAIN;
    for (size_t i = 0; i < rows->validation_count; i++)
        splits[rows->validation[i]] = GT_SPLIT_VALIDATION;
    for (uint64_t i = 0; i < info->count; i++)
        GT_TRY(gt_id_tracker_add(
            &tracker, splits[i] < GT_SPLIT_COUNT ? ids + i * (info->id_length + 1) : "",
            splits[i] % GT_SPLIT_COUNT, err));
    gt_id_tracker_report(&tracker, shared, repeated);
done:
    gt_id_tracker_free(&tracker);
    free(splits);
    return status;
}

void gt_train_rows_free(gt_train_rows *rows) {
    free(rows->train);
    free(rows->validation);
    free(rows->test);
    free(rows->all);
    *rows = (gt_train_rows){0};
}
