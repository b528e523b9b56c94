/* exporting.c - see exporting.h. */
#include "exporting.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "code_table.h"
#include "export.h"
#include "file.h"
#include "galatea/dataset.h"
#include "galatea/interrupt.h"
#include "galatea/log.h"
#include "provenance.h"
#include "row_list.h"
#include "run_use.h"
#include "split_rows.h"
#include "where.h"

typedef struct work {
    const gt_context *context;
    const gt_export_settings *settings;
    gt_dataset *set;
    gt_row_columns columns;
    uint64_t *rows;
    size_t count;
    gt_export *out;
    void *picture;
    gt_use_planes planes;
} work;

/* Of the rows that are chosen, those for which the conditions hold. */
static gt_status keep_where(work *w, gt_error *err) {
    gt_status status = GT_OK;
    uint64_t all = gt_dataset_describe(w->set)->count;
    size_t kept = 0;
    bool *is_left_out = calloc(all + 1, sizeof *is_left_out);
    if (!is_left_out)
        GT_THROW(err, GT_NO_MEMORY, "no memory for marks of %" PRIu64 " rows", all);
    GT_TRY(gt_where_leave_out(w->set, w->settings->where, is_left_out, err));
    for (size_t i = 0; i < w->count; i++)
        if (!is_left_out[w->rows[i]]) w->rows[kept++] = w->rows[i];
    if (kept == 0)
        GT_THROW(err, GT_BAD_ARGUMENT, "%s: none of %zu rows has %s", gt_dataset_path(w->set),
                 w->count, w->settings->where);
    w->count = kept;
done:
    free(is_left_out);
    return status;
}

static gt_status choose_rows(work *w, gt_error *err) {
    gt_status status = GT_OK;
    const gt_export_settings *settings = w->settings;
    const gt_dataset_info *info = gt_dataset_describe(w->set);
    size_t all = (size_t)info->count,
           most = settings->count > 0 ? (size_t)settings->count : all;
    const gt_row_source from = {"rows ", gt_dataset_path(w->set), info->count, all};
    if (settings->rows)
        return gt_row_list_read(&from, settings->rows, &w->rows, &w->count, err);
    GT_TRY(gt_split_rows(w->set, settings->split, settings->where ? all : most, &w->rows,
                         &w->count, err));
    if (settings->where) GT_TRY(keep_where(w, err));
    if (w->count > most) w->count = most;
done:
    return status;
}

static gt_status open_output(work *w, const char *provenance, gt_error *err) {
    const gt_export_settings *settings = w->settings;
    gt_dataset_info info = *gt_dataset_describe(w->set);
    info.count = w->count;
    info.provenance = provenance;
    bool is_single = strcmp(settings->single, "none") != 0;
    bool has_ending = gt_file_ending(settings->out, GT_EXPORT_ENDINGS) >= 0;
    if (!is_single && !has_ending)
        return gt_fail(
            err, GT_USAGE,
            "%s: its name must end in .fits, .npy, .npz or .h5, unless single files are "
            "asked for; .csv is for codes",
            settings->out);
    if (is_single && has_ending)
        return gt_fail(err, GT_USAGE,
                       "%s: a folder of single files (%s), its name must have no ending",
                       settings->out, settings->single);
    return gt_export_create(settings->out, &info, is_single ? settings->single : NULL,
                            settings->levels, &w->out, err);
}

/* One of the planes that stand behind all pictures. */
static gt_status copy_plane(work *w, unsigned plane, gt_error *err) {
    gt_status status = GT_OK;
    void *values = malloc(gt_dataset_plane_bytes(gt_dataset_describe(w->set), plane));
    if (!values) GT_THROW(err, GT_NO_MEMORY, "no memory for a plane");
    GT_TRY(gt_export_begin_plane(w->out, plane, err));
    for (size_t i = 0; i < w->count; i++) {
        if (gt_interrupt_pending())
            GT_THROW(err, GT_INTERRUPTED, "interrupted, no file written");
        GT_TRY(gt_dataset_read_plane(w->set, plane, w->rows[i], 1, values, err));
        GT_TRY(gt_export_append_plane(w->out, values, err));
    }
done:
    free(values);
    return status;
}

static gt_status copy_planes(work *w, gt_error *err) {
    gt_status status = GT_OK;
    unsigned planes = gt_dataset_describe(w->set)->planes;
    if (planes && gt_export_planes(w->out) == GT_EXPORT_PLANES_NEVER)
        gt_remark("%s: its mask and inverse variance are not exported: files of this kind have "
                  "no place for them",
                  gt_dataset_path(w->set));
    if (gt_export_planes(w->out) != GT_EXPORT_PLANES_BEHIND) return GT_OK;
    for (unsigned plane = GT_PLANE_MASK; plane <= GT_PLANE_IVAR; plane <<= 1)
        if (planes & plane) GT_TRY(copy_plane(w, plane, err));
done:
    return status;
}

/* As a table, put in its place at the end. */
static gt_status write_codes(work *w, const char *provenance, gt_error *err) {
    gt_status status = GT_OK;
    size_t width = gt_dataset_describe(w->set)->channels;
    gt_code_table *table = NULL;
    GT_TRY(gt_code_table_create(w->settings->out, w->set, width, &table, err));
    for (size_t i = 0; i < w->count; i++) {
        GT_TRY(gt_dataset_read_bytes(w->set, w->rows[i], 1, w->picture, err));
        GT_TRY(gt_code_table_append(table, w->rows[i], w->picture, err));
    }
    GT_TRY(gt_code_table_write(table, w->settings->out, provenance, err));
done:
    gt_code_table_destroy(table);
    return status;
}

static gt_status copy_rows(work *w, gt_error *err) {
    gt_status status = GT_OK;
    gt_progress progress = gt_context_progress(w->context, (int64_t)w->count, "pictures");
    bool has_planes = gt_export_planes(w->out) == GT_EXPORT_PLANES_WITH_ROWS;
    for (size_t i = 0; i < w->count; i++) {
        gt_dataset_row row = gt_row_columns_at(&w->columns, w->rows[i]);
        if (gt_interrupt_pending())
            GT_THROW(err, GT_INTERRUPTED,
                     "interrupted after %zu of %zu pictures, no file written", i, w->count);
        GT_TRY(gt_dataset_values(w->set, w->rows[i], &row.values, err));
        if (has_planes) GT_TRY(gt_use_planes_read(w->set, w->rows[i], &w->planes, &row, err));
        GT_TRY(gt_dataset_read_bytes(w->set, w->rows[i], 1, w->picture, err));
        GT_TRY(gt_export_append(w->out, w->picture, &row, 1, err));
        gt_progress_update(&progress, (int64_t)i + 1, NULL);
    }
done:
    gt_progress_finish(&progress);
    return status;
}

static gt_status write_pictures(work *w, const char *provenance, gt_error *err) {
    gt_status status = GT_OK;
    GT_TRY(open_output(w, provenance, err));
    GT_TRY(copy_rows(w, err));
    GT_TRY(copy_planes(w, err));
    gt_export *finished = w->out;
    w->out = NULL;
    GT_TRY(gt_export_commit(finished, err));
done:
    return status;
}

gt_status gt_export_write(const gt_context *context, const char *set,
                          const gt_export_settings *settings, uint64_t *count, gt_error *err) {
    gt_status status = GT_OK;
    work w = {.context = context, .settings = settings};
    const char *const inputs[] = {set, NULL};
    char *provenance = NULL;
    GT_TRY(gt_dataset_open_any(set, &w.set, err));
    GT_TRY(choose_rows(&w, err));
    GT_TRY(gt_row_columns_read(w.set, GT_COLUMNS_ALL, &w.columns, err));
    w.picture = malloc(gt_dataset_row_bytes(gt_dataset_describe(w.set)));
    if (!w.picture) GT_THROW(err, GT_NO_MEMORY, "no memory for a picture");
    GT_TRY(gt_provenance_make(context->invocation, inputs, &provenance, err));
    *count = w.count;
    bool are_codes = gt_dataset_describe(w.set)->kind == GT_DATASET_CODES;
    if (are_codes && strcmp(settings->single, "none") == 0 &&
        gt_code_table_is_meant(settings->out))
        GT_TRY(write_codes(&w, provenance, err));
    else
        GT_TRY(write_pictures(&w, provenance, err));
done:
    gt_export_discard(w.out);
    gt_use_planes_free(&w.planes);
    gt_dataset_close(w.set);
    free(provenance);
    free(w.picture);
    free(w.rows);
    return status;
}
