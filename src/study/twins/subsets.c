/* subsets.c - see subsets.h. subsets/subsets.json is written last: with it all are there. */
#include "subsets.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "claims.h"
#include "equal_rows.h"
#include "file.h"
#include "hash.h"
#include "learnable.h"
#include "outfile.h"
#include "provenance.h"
#include "rng.h"
#include "run_use.h"

#define RECORD "subsets/subsets.json"

/* Rows of the whole set, each kind in the order of chance. */
typedef struct dealt {
    gt_dataset *data;
    gt_row_columns columns;
    uint64_t *rows[GT_SPLIT_COUNT];
    size_t count[GT_SPLIT_COUNT];
    size_t half; /* rows of A's half, and of B's behind them */
    size_t lent; /* rows of the training split that validate */
} dealt;

static void free_dealt(dealt *d) {
    gt_dataset_close(d->data);
    for (int k = 0; k < GT_SPLIT_COUNT; k++) free(d->rows[k]);
}

static gt_status sort_out(dealt *d, uint64_t seed, gt_error *err) {
    uint64_t count = gt_dataset_describe(d->data)->count;
    uint64_t *order = malloc((count + 1) * sizeof *order);
    bool is_whole = order != NULL;
    for (int k = 0; k < GT_SPLIT_COUNT; k++) {
        d->rows[k] = malloc((count + 1) * sizeof *d->rows[k]);
        is_whole = is_whole && d->rows[k];
    }
    for (uint64_t i = 0; is_whole && i < count; i++) order[i] = i;
    if (is_whole)
        gt_rng_shuffle((gt_rng_key){seed, gt_rng_stream("twins"), 0}, order, (size_t)count);
    for (uint64_t i = 0; is_whole && i < count; i++) {
        uint8_t split = d->columns.splits ? d->columns.splits[order[i]] : GT_SPLIT_TRAIN;
        d->rows[split][d->count[split]++] = order[i];
    }
    free(order);
    return is_whole ? GT_OK : gt_fail(err, GT_NO_MEMORY, "no memory for lists of rows");
}

/* A set without validation rows lends a tenth of those that train at most, the last ones. */
static void lend(dealt *d, size_t most) {
    size_t *train = &d->count[GT_SPLIT_TRAIN], *judge = &d->count[GT_SPLIT_VALIDATION];
    if (*judge > most) *judge = most;
    if (*judge == 0 && most > 0) {
        d->lent = *train / 10 < most ? *train / 10 : most;
        *train -= d->lent;
        memcpy(d->rows[GT_SPLIT_VALIDATION], d->rows[GT_SPLIT_TRAIN] + *train,
               d->lent * sizeof **d->rows);
        *judge = d->lent;
    }
    d->half = *train / 2;
}

static gt_status check_sizes(const gt_sweep *sweep, const dealt *d, gt_error *err) {
    int64_t largest = sweep->sizes[sweep->size_count - 1];
    char lent[64] = "";
    if ((uint64_t)largest <= d->half) return GT_OK;
    if (d->lent) snprintf(lent, sizeof lent, " beside %zu that validate", d->lent);
    return gt_fail(err, GT_BAD_ARGUMENT,
                   "size %" PRId64
                   ": %s has %zu rows to learn from%s, which is at most %zu for "
                   "each of two models",
                   largest, gt_dataset_path(d->data), d->count[GT_SPLIT_TRAIN], lent, d->half);
}

static gt_status deal(const gt_sweep *sweep, dealt *d, gt_error *err) {
    gt_status status = GT_OK;
    const gt_twins_settings *settings = sweep->settings;
    GT_TRY(gt_dataset_open(sweep->job->settings->data, &d->data, err));
    GT_TRY(gt_row_columns_read(d->data, GT_COLUMNS_ALL, &d->columns, err));
    GT_TRY(sort_out(d, (uint64_t)settings->subset_seed, err));
    lend(d, (size_t)settings->validation);
    GT_TRY(check_sizes(sweep, d, err));
done:
    return status;
}

/* ---- writing ---- */

static gt_status copy_rows(const dealt *d, const uint64_t *rows, size_t count, uint8_t split,
                           gt_dataset_writer *writer, gt_error *err) {
    gt_status status = GT_OK;
    gt_use_planes planes = {NULL};
    void *bytes = malloc(gt_dataset_row_bytes(gt_dataset_describe(d->data)));
    if (!bytes) GT_THROW(err, GT_NO_MEMORY, "no memory for a row");
    for (size_t i = 0; i < count; i++) {
        gt_dataset_row row = gt_row_columns_at(&d->columns, rows[i]);
        row.split = split;
        GT_TRY(gt_dataset_values(d->data, rows[i], &row.values, err));
        GT_TRY(gt_use_planes_read(d->data, rows[i], &planes, &row, err));
        GT_TRY(gt_dataset_read_bytes(d->data, rows[i], 1, bytes, err));
        GT_TRY(gt_dataset_writer_append(writer, bytes, &row, 1, err));
    }
done:
    gt_use_planes_free(&planes);
    free(bytes);
    return status;
}

/* The rows that learn, and behind them those that validate. */
typedef struct part {
    const char *name;
    const uint64_t *rows;
    size_t count;
    uint8_t split;
    bool is_judged;
} part;

static gt_status write_subset(const gt_sweep *sweep, const dealt *d, const part *p,
                              const char *provenance, gt_error *err) {
    gt_status status = GT_OK;
    gt_dataset_writer *writer = NULL;
    gt_dataset_info info = *gt_dataset_describe(d->data);
    size_t judged = p->is_judged ? d->count[GT_SPLIT_VALIDATION] : 0;
    char path[GT_TWINS_PATH];
    info.count = p->count + judged;
    info.columns |= GT_COLUMN_SPLIT;
    info.provenance = provenance;
    GT_TRY(gt_sweep_path(sweep, path, err, "subsets/%s.h5", p->name));
    GT_TRY(gt_dataset_writer_create(path, &info, &writer, err));
    GT_TRY(copy_rows(d, p->rows, p->count, p->split, writer, err));
    GT_TRY(
        copy_rows(d, d->rows[GT_SPLIT_VALIDATION], judged, GT_SPLIT_VALIDATION, writer, err));
    gt_dataset_writer *finished = writer;
    writer = NULL;
    GT_TRY(gt_dataset_writer_commit(finished, err));
done:
    gt_dataset_writer_discard(writer);
    return status;
}

/* Rows of that split that are in test.h5, which is the test split's or that of those that
 * validate. */
static size_t count_test(const gt_sweep *sweep, const dealt *d, int split) {
    size_t most = (size_t)sweep->settings->samples;
    return d->count[split] < most ? d->count[split] : most;
}

static gt_status write_test(const gt_sweep *sweep, const dealt *d, const char *provenance,
                            gt_error *err) {
    int split = d->count[GT_SPLIT_TEST] ? GT_SPLIT_TEST : GT_SPLIT_VALIDATION;
    const part test = {.name = "test",
                       .rows = d->rows[split],
                       .count = count_test(sweep, d, split),
                       .split = (uint8_t)split};
    return test.count ? write_subset(sweep, d, &test, provenance, err) : GT_OK;
}

static gt_status write_sizes(const gt_sweep *sweep, const dealt *d, const char *provenance,
                             gt_error *err) {
    gt_status status = GT_OK;
    for (size_t i = 0; i < sweep->size_count; i++)
        for (int side = 0; side < 2; side++) {
            char name[GT_TWINS_NAME];
            snprintf(name, sizeof name, "%c-%" PRId64, gt_side_letter(side), sweep->sizes[i]);
            const part own = {.name = name,
                              .rows = d->rows[GT_SPLIT_TRAIN] + (side ? d->half : 0),
                              .count = (size_t)sweep->sizes[i],
                              .split = GT_SPLIT_TRAIN,
                              .is_judged = true};
            GT_TRY(write_subset(sweep, d, &own, provenance, err));
        }
    GT_TRY(write_test(sweep, d, provenance, err));
done:
    return status;
}

/* ---- whose they are ---- */

/* The checksum of the whole set, in two halves that a number of JSON holds exactly. */
static gt_status put_hash(const gt_sweep *sweep, gt_numbers *out, gt_error *err) {
    gt_status status = GT_OK;
    uint64_t hash = 0;
    GT_TRY(gt_file_hash(sweep->job->settings->data, &hash, err));
    GT_TRY(gt_numbers_put(out, (double)(hash >> 32), err, "hash_high"));
    GT_TRY(gt_numbers_put(out, (double)(hash & UINT32_MAX), err, "hash_low"));
done:
    return status;
}

static gt_status check_same_set(const gt_sweep *sweep, const char *path, gt_error *err) {
    gt_status status = GT_OK;
    gt_numbers was = {0}, is = {0};
    GT_TRY(gt_numbers_read(path, &was, NULL, err));
    GT_TRY(put_hash(sweep, &is, err));
    for (size_t i = 0; i < is.count; i++)
        if (gt_numbers_get(&was, is.list[i].name) != is.list[i].value)
            GT_THROW(err, GT_MISMATCH,
                     "%s holds subsets of another set than %s: choose another folder",
                     sweep->folder, sweep->job->settings->data);
done:
    gt_numbers_free(&was);
    gt_numbers_free(&is);
    return status;
}

/* Marks the rows that any subset gets: those of the largest size, and others of all. */
static void mark_rows(const gt_sweep *sweep, const dealt *d, bool *is_used) {
    size_t largest = (size_t)sweep->sizes[sweep->size_count - 1];
    for (int side = 0; side < 2; side++)
        for (size_t i = 0; i < largest; i++)
            is_used[d->rows[GT_SPLIT_TRAIN][(side ? d->half : 0) + i]] = true;
    for (size_t i = 0; i < d->count[GT_SPLIT_VALIDATION]; i++)
        is_used[d->rows[GT_SPLIT_VALIDATION][i]] = true;
    for (size_t i = 0; i < count_test(sweep, d, GT_SPLIT_TEST); i++)
        is_used[d->rows[GT_SPLIT_TEST][i]] = true;
}

static gt_status tell_equal(const gt_sweep *sweep, const dealt *d, gt_error *err) {
    size_t largest = (size_t)sweep->sizes[sweep->size_count - 1];
    const uint64_t *learned = d->rows[GT_SPLIT_TRAIN];
    const gt_row_group groups[GT_ROW_GROUPS] = {
        [GT_ROWS_OF_A] = {{learned}, {largest}},
        [GT_ROWS_OF_B] = {{learned + d->half}, {largest}},
        [GT_ROWS_UNSEEN] = {
            {d->rows[GT_SPLIT_VALIDATION], d->rows[GT_SPLIT_TEST]},
            {d->count[GT_SPLIT_VALIDATION], count_test(sweep, d, GT_SPLIT_TEST)}}};
    return gt_equal_rows_tell(d->data, groups, err);
}

/* Their pixels, in the order of the set. */
static gt_status check_rows(const gt_sweep *sweep, const dealt *d, gt_error *err) {
    gt_status status = GT_OK;
    size_t all = (size_t)gt_dataset_describe(d->data)->count, count = 0;
    bool *is_used = calloc(all + 1, sizeof *is_used);
    uint64_t *rows = calloc(all + 1, sizeof *rows);
    if (!is_used || !rows) GT_THROW(err, GT_NO_MEMORY, "no memory for a list of rows");
    mark_rows(sweep, d, is_used);
    for (size_t row = 0; row < all; row++)
        if (is_used[row]) rows[count++] = row;
    GT_TRY(gt_learnable_read(sweep, d->data, rows, count, err));
    GT_TRY(tell_equal(sweep, d, err));
done:
    free(is_used);
    free(rows);
    return status;
}

gt_status gt_subsets_check(const gt_sweep *sweep, gt_error *err) {
    gt_status status = GT_OK;
    dealt d = {0};
    char path[GT_TWINS_PATH];
    GT_TRY(gt_sweep_path(sweep, path, err, RECORD));
    bool are_there = access(path, F_OK) == 0;
    if (are_there) GT_TRY(check_same_set(sweep, path, err));
    GT_TRY(deal(sweep, &d, err));
    GT_TRY(gt_learnable_check(sweep, d.data, d.count[GT_SPLIT_VALIDATION], err));
    if (!are_there) GT_TRY(check_rows(sweep, &d, err));
done:
    free_dealt(&d);
    return status;
}

static gt_status write_record(const gt_sweep *sweep, const dealt *d, const char *path,
                              const char *provenance, gt_error *err) {
    static const char *const names[] = {"rows_train", "rows_test", "rows_validation"};
    gt_status status = GT_OK;
    gt_numbers numbers = {0};
    const gt_result_head head = {.part = "subsets", .provenance = provenance};
    for (int k = 0; k < GT_SPLIT_COUNT; k++)
        GT_TRY(gt_numbers_put(&numbers, (double)d->count[k], err, "%s", names[k]));
    GT_TRY(gt_numbers_put(&numbers, (double)d->lent, err, "rows_lent"));
    GT_TRY(put_hash(sweep, &numbers, err));
    GT_TRY(gt_numbers_write(path, &head, &numbers, err));
done:
    gt_numbers_free(&numbers);
    return status;
}

static gt_status make(const gt_sweep *sweep, const char *path, gt_error *err) {
    gt_status status = GT_OK;
    dealt d = {0};
    char folder[GT_TWINS_PATH], *provenance = NULL;
    const char *const inputs[] = {sweep->job->settings->data, NULL};
    GT_TRY(gt_sweep_path(sweep, folder, err, "subsets"));
    GT_TRY(gt_mkdirs(folder, err));
    GT_TRY(gt_outfile_sweep(folder, NULL, err));
    GT_TRY(deal(sweep, &d, err));
    GT_TRY(gt_provenance_make(sweep->context->invocation, inputs, &provenance, err));
    GT_TRY(write_sizes(sweep, &d, provenance, err));
    GT_TRY(write_record(sweep, &d, path, provenance, err));
done:
    free_dealt(&d);
    free(provenance);
    return status;
}

gt_status gt_subsets_make(const gt_sweep *sweep, gt_error *err) {
    gt_status status = GT_OK;
    gt_claim *claim = NULL;
    char path[GT_TWINS_PATH];
    GT_TRY(gt_sweep_path(sweep, path, err, RECORD));
    if (access(path, F_OK) == 0) goto done;
    GT_TRY(gt_claim_wait(sweep, "subsets", &claim, err));
    if (access(path, F_OK) == 0) /* of another process meanwhile */
        GT_TRY(check_same_set(sweep, path, err));
    else
        GT_TRY(make(sweep, path, err));
done:
    gt_claim_release(claim);
    return status;
}
