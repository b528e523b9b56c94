/* merge.c - several sets of one shape become one, row by row. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "columns.h"
#include "file.h"
#include "galatea/import.h"
#include "id_tracker.h"
#include "merge_classes.h"
#include "merge_fields.h"
#include "merge_plan.h"
#include "row_block.h"
#include "row_columns.h"

enum { BUFFER_BYTES = 1 << 22, BUFFER_ROWS = 4096 };

typedef struct joining {
    gt_merge_plan plan;
    gt_dataset_writer *writer;
    gt_row_block rows;   /* on their way into the result */
    uint64_t seen, done; /* rows read; written */
    gt_id_tracker tracked;
} joining;

/* Pixels within the range that is told, else within that which the set declares; NaN is none.
 */
static gt_status check_values(const joining *j, const gt_dataset *set, uint64_t first,
                              size_t count, gt_error *err) {
    bool is_told = gt_range_is_declared(j->plan.told);
    gt_value_range range = is_told ? j->plan.told : gt_dataset_range(gt_dataset_describe(set));
    if (!gt_range_is_declared(range)) return GT_OK;
    size_t each = gt_dataset_row_values(&j->plan.info);
    const float *values = (const float *)(const void *)j->rows.bytes;
    float low = (float)range.low, high = (float)range.high;
    for (size_t i = 0; i < count * each; i++)
        if (values[i] < low || values[i] > high)
            return gt_fail(err, GT_BAD_ARGUMENT,
                           "%s, row %" PRIu64 ": a pixel is %g, expected %.9g to %.9g%s",
                           gt_dataset_path(set), first + i / each, (double)values[i], range.low,
                           range.high, is_told ? " (--range)" : ", which the set declares");
    return GT_OK;
}

/* Moves what is wanted of `count` rows to the front; how many are. */
static size_t leave_out(joining *j, size_t count) {
    size_t kept = 0;
    for (size_t i = 0; i < count; i++, j->seen++) {
        if (j->plan.is_left_out && j->plan.is_left_out[j->seen]) continue;
        if (kept < i)
            memmove(gt_row_block_pixels(&j->rows, kept), gt_row_block_pixels(&j->rows, i),
                    gt_dataset_row_bytes(&j->plan.info));
        j->rows.rows[kept++] = j->rows.rows[i];
    }
    return kept;
}

static gt_status read_pixels(joining *j, const gt_dataset *set, uint64_t first, size_t count,
                             gt_error *err) {
    gt_status status = GT_OK;
    gt_row_block *rows = &j->rows;
    GT_TRY(gt_dataset_read_bytes(set, first, count, rows->bytes, err));
    GT_TRY(check_values(j, set, first, count, err));
    if (rows->masks != NULL)
        GT_TRY(gt_dataset_read_plane(set, GT_PLANE_MASK, first, count, rows->masks, err));
    if (rows->ivars != NULL)
        GT_TRY(gt_dataset_read_plane(set, GT_PLANE_IVAR, first, count, rows->ivars, err));
done:
    return status;
}

static gt_status copy_set(joining *j, gt_dataset *set, gt_import_tick tick, void *user,
                          gt_error *err) {
    gt_status status = GT_OK;
    gt_row_columns columns;
    gt_field_block own = {0};
    size_t *map = NULL, most = j->rows.room;
    const gt_dataset_row *rows = j->rows.rows;
    const gt_dataset_info *info = gt_dataset_describe(set);
    uint64_t count = info->count;
    GT_TRY(gt_row_columns_read(set, j->plan.info.columns, &columns, err));
    map = calloc(info->field_count + 1, sizeof *map);
    if (map == NULL) GT_THROW(err, GT_NO_MEMORY, "out of memory for columns");
    gt_fields_map(info->fields, info->field_count, &j->plan.fields, map);
    GT_TRY(gt_field_block_open(info->fields, info->field_count, most, &own, err));
    for (uint64_t first = 0; first < count; first += most) {
        size_t now = count - first < most ? (size_t)(count - first) : most;
        GT_TRY(read_pixels(j, set, first, now, err));
        GT_TRY(gt_field_block_read(&own, set, first, now, err));
        for (size_t i = 0; i < now; i++) {
            gt_dataset_row row = gt_row_columns_at(&columns, first + i);
            row.label = gt_merge_label(&j->plan, info, row.label);
            gt_fields_convert(info->fields, info->field_count, gt_field_block_row(&own, i), map,
                              &j->rows.fields, i);
            gt_row_block_put(&j->rows, i, &row);
        }
        size_t kept = leave_out(j, now);
        for (size_t i = 0; i < kept; i++)
            GT_TRY(gt_id_tracker_add(&j->tracked, rows[i].id, rows[i].split, err));
        if (kept) GT_TRY(gt_dataset_writer_append(j->writer, j->rows.bytes, rows, kept, err));
        j->done += kept;
        if (tick != NULL) GT_TRY(tick(user, j->done, j->plan.info.count, err));
    }
done:
    gt_field_block_close(&own);
    free(map);
    return status;
}

static gt_status copy_all(joining *j, const char *out, gt_import_tick tick, void *user,
                          gt_error *err) {
    gt_status status = GT_OK;
    const gt_merge_plan *plan = &j->plan;
    GT_TRY(gt_row_block_open(&plan->info, BUFFER_BYTES, BUFFER_ROWS, &j->rows, err));
    GT_TRY(gt_dataset_writer_create(out, &plan->info, &j->writer, err));
    for (size_t i = 0; i < plan->count; i++)
        GT_TRY(copy_set(j, plan->sets[i], tick, user, err));
    gt_dataset_writer *writer = j->writer;
    j->writer = NULL;
    GT_TRY(gt_dataset_writer_commit(writer, err));
done:
    return status;
}

static void note_shared_ids(joining *j) {
    char shared[GT_ID_TEXT], repeated[GT_ID_TEXT];
    gt_id_tracker_report(&j->tracked, shared, repeated);
    if (shared[0] != 0) fprintf(j->plan.notes, "%s\n", shared);
    if (repeated[0] != 0) fprintf(j->plan.notes, "%s\n", repeated);
}

/* ---- the whole ---- */

static gt_status check_output(const char *const *paths, size_t count, const char *out,
                              gt_error *err) {
    for (size_t i = 0; i < count; i++)
        if (gt_file_is_same(paths[i], out))
            return gt_fail(err, GT_BAD_ARGUMENT, "%s is both an input and the output",
                           paths[i]);
    return GT_OK;
}

gt_status gt_dataset_merge_check(const char *const *paths, size_t count, gt_value_range told,
                                 gt_error *err) {
    gt_merge_plan plan = {.count = count, .told = told};
    gt_status status = gt_merge_plan_open(&plan, paths, err);
    gt_merge_plan_close(&plan);
    return status;
}

gt_status gt_dataset_merge(const char *const *paths, size_t count, gt_value_range told,
                           const bool *is_left_out, const char *out, const char *provenance,
                           gt_import_tick tick, void *user, char **notes, gt_error *err) {
    gt_status status = GT_OK;
    joining j = {.plan = {.count = count, .told = told, .is_left_out = is_left_out}};
    char *text = NULL;
    size_t length = 0;
    if (count == 0) GT_THROW(err, GT_BAD_ARGUMENT, "no sets to join");
    j.plan.notes = open_memstream(&text, &length);
    if (j.plan.notes == NULL) GT_THROW(err, GT_NO_MEMORY, "out of memory");
    GT_TRY(check_output(paths, count, out, err));
    GT_TRY(gt_merge_plan_open(&j.plan, paths, err));
    GT_TRY(gt_merge_plan_make(&j.plan, provenance, err));
    GT_TRY(copy_all(&j, out, tick, user, err));
    note_shared_ids(&j);
done:
    gt_id_tracker_free(&j.tracked);
    if (j.plan.notes != NULL) fclose(j.plan.notes);
    if (status == GT_OK)
        *notes = text;
    else
        free(text);
    gt_dataset_writer_discard(j.writer);
    gt_row_block_close(&j.rows);
    gt_merge_plan_close(&j.plan);
    return status;
}
