/* queries.c - from FILE:ROWS to codes. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fits_image.h"
#include "galatea/image.h"
#include "galatea/log.h"
#include "queries_internal.h"
#include "row_list.h"

enum { MOST_QUERIES = 1000000 };

/* ---- FILE:ROWS ------------------------------------------------------------------------------
 */

/* The colon behind the name of a file: ids may have colons, and so may folders. */
static const char *find_colon(const char *text) {
    char path[sizeof((gt_queries *)NULL)->path];
    for (const char *at = strchr(text, ':'); at; at = strchr(at + 1, ':')) {
        size_t length = (size_t)(at - text);
        if (length == 0 || length >= sizeof path) continue;
        snprintf(path, sizeof path, "%.*s", (int)length, text);
        if (access(path, F_OK) == 0) return at;
    }
    return strrchr(text, ':');
}

/* A file of the whole name comes first; else what follows the name of one are rows. */
static gt_status split_text(const char *text, gt_queries *q, const char **rows, gt_error *err) {
    const char *colon = find_colon(text);
    bool has_rows = access(text, F_OK) != 0 && colon && colon > text;
    size_t length = has_rows ? (size_t)(colon - text) : strlen(text);
    *rows = has_rows ? colon + 1 : NULL;
    if (has_rows && !**rows)
        return gt_fail(err, GT_USAGE, "query %s: expected FILE, FILE:ROWS or FILE:ID", text);
    if (length >= sizeof q->path)
        return gt_fail(err, GT_USAGE, "query: a name of %zu bytes is too long", length);
    snprintf(q->path, sizeof q->path, "%.*s", (int)length, text);
    return GT_OK;
}

static bool are_rows(const char *text) {
    return strspn(text, "0123456789,-") == strlen(text);
}

const char *gt_query_id(const gt_queries *queries, uint64_t row) {
    size_t width = gt_dataset_describe(queries->data)->id_length + 1;
    return queries->ids ? queries->ids + row * width : NULL;
}

/* Whether an id is the name that is asked for, or that of its picture, "NAME.fits". */
static bool is_called(const char *id, const char *name, bool by_file) {
    static const char endings[] = "|png|jpg|jpeg|npy|" GT_FITS_ENDINGS "|";
    size_t length = strlen(name);
    char ending[16];
    if (!by_file) return strcmp(id, name) == 0;
    if (length == 0 || strncmp(id, name, length) != 0 || id[length] != '.') return false;
    snprintf(ending, sizeof ending, "|%.12s|", id + length + 1);
    return strcasestr(endings, ending) != NULL;
}

/* The rows of an object, by its name; none is no failure. */
static gt_status find_id(gt_queries *q, const char *name, gt_error *err) {
    const gt_dataset_info *info = gt_dataset_describe(q->data);
    if (!q->ids) return GT_OK;
    q->rows = malloc((info->count + 1) * sizeof *q->rows);
    if (!q->rows) return gt_fail(err, GT_NO_MEMORY, "no memory for rows");
    for (int by_file = 0; by_file < 2 && !q->count; by_file++)
        for (uint64_t r = 0; r < info->count; r++)
            if (is_called(gt_query_id(q, r), name, by_file)) q->rows[q->count++] = r;
    return GT_OK;
}

static gt_status no_id(const gt_queries *q, const char *name, gt_error *err) {
    gt_status status = gt_fail(
        err, GT_NOT_FOUND,
        "query %s:%.100s: no row has this id, expected one, or ROWS as 3,7-9", q->path, name);
    const char *first = q->ids ? gt_query_id(q, 0) : NULL;
    if (first && *first) gt_advise(err, "its first one is '%.60s'", first);
    return status;
}

/* Names of digits alone (SDSS) look like numbers of rows: what is both is a row. */
static gt_status choose_rows(gt_queries *q, const char *rows, gt_error *err) {
    const gt_row_source source = {"query ...:", q->path, gt_dataset_describe(q->data)->count,
                                  MOST_QUERIES};
    bool is_id = rows && strncmp(rows, "id=", 3) == 0;
    const char *name = is_id ? rows + 3 : rows;
    uint64_t *listed = NULL;
    size_t count = 0;
    gt_status status = name ? find_id(q, name, err) : GT_OK;
    if (status) return status;
    if (is_id || (name && !are_rows(name))) return q->count ? GT_OK : no_id(q, rows, err);
    status = gt_row_list_read(&source, rows, &listed, &count, err);
    if (status && q->count > 0) return GT_OK;
    if (status && q->ids) gt_advise(err, "and no row has the id %.60s", rows);
    if (status) return status;
    if (q->count > 0)
        gt_remark("query %s:%s: taken as rows; %s:id=%s asks for the object of that name",
                  q->path, rows, q->path, rows);
    free(q->rows);
    q->rows = listed;
    q->count = count;
    return GT_OK;
}

/* ---- rows as they are
 * ------------------------------------------------------------------------
 */

static int has_turn(const gt_query_request *request, int turn) {
    return (turn < 4 || request->flips) && ((turn & 3) == 0 || request->rotations);
}

static void list_turns(const gt_query_request *request, gt_queries *q) {
    for (int turn = 0; turn < 8; turn++)
        if (has_turn(request, turn)) q->turns[q->ways++] = turn;
}

/* Pictures that are compared pixel by pixel, laid in every way that is asked for. */
static gt_status turn_pictures(const gt_query_request *request, gt_queries *q,
                               const float *pictures, gt_error *err) {
    const gt_dataset_info *info = gt_dataset_describe(q->data);
    if (request->rotations && info->height != info->width)
        return gt_fail(
            err, GT_BAD_SHAPE,
            "%s: pictures of %zux%zu pixels, expected square ones to be turned by quarters",
            q->path, info->height, info->width);
    q->codes = malloc(q->count * q->ways * q->width * sizeof *q->codes);
    if (!q->codes) return gt_fail(err, GT_NO_MEMORY, "no memory for %zu queries", q->count);
    for (size_t i = 0; i < q->count; i++)
        for (size_t w = 0; w < q->ways; w++)
            gt_image_turn(pictures + i * q->width, info->channels, info->height, info->width,
                          q->turns[w], q->codes + (i * q->ways + w) * q->width);
    return GT_OK;
}

/* Rows of the same kind as those searched, as they are. */
static gt_status copy_codes(const gt_query_request *request, gt_queries *q, float *values,
                            gt_error *err) {
    size_t width = gt_dataset_row_values(gt_dataset_describe(q->data));
    bool are_codes = gt_dataset_describe(q->data)->kind == GT_DATASET_CODES;
    if (are_codes && (request->flips || request->rotations))
        return gt_fail(err, GT_USAGE, "flips and rotations are for pictures, %s holds codes",
                       q->path);
    if (!are_codes && gt_dataset_describe(request->codes)->kind == GT_DATASET_CODES)
        return gt_fail(err, GT_USAGE, "%s holds images, %s codes: a run makes codes of them",
                       q->path, gt_dataset_path(request->codes));
    q->width = width;
    if (!are_codes) return turn_pictures(request, q, values, err);
    q->codes = malloc(q->count * width * sizeof *q->codes);
    if (!q->codes) return gt_fail(err, GT_NO_MEMORY, "no memory for %zu queries", q->count);
    memcpy(q->codes, values, q->count * width * sizeof *q->codes);
    return GT_OK;
}

gt_status gt_queries_read(const gt_query_request *request, gt_queries *out, gt_error *err) {
    gt_status status = GT_OK;
    gt_run *run = NULL;
    const char *rows = NULL;
    float *values = NULL;
    *out = (gt_queries){0};
    GT_TRY(split_text(request->text, out, &rows, err));
    if (request->run) GT_TRY(gt_queries_open_run(request, out->path, &run, err));
    const gt_imaging learned = run ? gt_run_imaging(run) : gt_imaging_unknown();
    GT_TRY(gt_imaging_copy(&learned, &out->learned, err));
    GT_TRY(gt_queries_open_data(request, run, out, err));
    if (gt_dataset_describe(out->data)->columns & GT_COLUMN_ID)
        GT_TRY(gt_dataset_ids(out->data, &out->ids, err));
    GT_TRY(choose_rows(out, rows, err));
    list_turns(request, out);
    const gt_dataset_info *info = gt_dataset_describe(out->data);
    size_t each = gt_dataset_row_values(info);
    size_t wanted = gt_dataset_row_values(gt_dataset_describe(request->codes));
    values = calloc(out->count, each * sizeof *values);
    if (!values) GT_THROW(err, GT_NO_MEMORY, "no memory for %zu queries", out->count);
    GT_TRY(gt_dataset_read_rows(out->data, out->rows, out->count, values, err));
    for (size_t i = 0; i < out->count; i++)
        GT_TRY(gt_use_check_finite(out->path, out->rows[i], 1, each, values + i * each,
                                   "a value", err));
    if (info->kind == GT_DATASET_IMAGES) {
        out->pictures = values;
        values = NULL;
    }
    if (run && out->pictures)
        GT_TRY(gt_queries_encode(request, run, out, err));
    else
        GT_TRY(copy_codes(request, out, out->pictures ? out->pictures : values, err));
    if (out->width != wanted)
        GT_THROW(err, GT_MISMATCH, "%s gives codes of %zu numbers, %s has codes of %zu",
                 out->path, out->width, gt_dataset_path(request->codes), wanted);
done:
    free(values);
    gt_run_close(run);
    return status;
}

void gt_queries_free(gt_queries *queries) {
    char path[300];
    gt_dataset_close(queries->data);
    gt_imaging_free(&queries->learned);
    free(queries->rows);
    free(queries->codes);
    free(queries->pictures);
    if (!*queries->temporary) return;
    snprintf(path, sizeof path, "%s/set.h5", queries->temporary);
    unlink(path);
    rmdir(queries->temporary);
}
