/* search.c - see search.h. */
#include "search.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "file.h"
#include "galatea/import.h"
#include "galatea/interrupt.h"
#include "galatea/log.h"
#include "guard.h"
#include "hash.h"
#include "mismatch.h"

enum { BLOCK_BYTES = 8 << 20 };

/* ---- searching ------------------------------------------------------------------------------
 */

static gt_status search_rows(const gt_found *found, gt_similarity *search,
                             const gt_context *context, gt_error *err) {
    gt_status status = GT_OK;
    uint64_t total = gt_dataset_describe(found->codes)->count;
    size_t width = found->queries.width, block = BLOCK_BYTES / sizeof(float) / width;
    block = block ? block : 1;
    float *values = malloc(block * width * sizeof *values);
    gt_progress progress = gt_context_progress(context, (int64_t)total, "searching");
    if (!values) GT_THROW(err, GT_NO_MEMORY, "no memory for %zu codes", block);
    for (uint64_t at = 0; at < total; at += block) {
        size_t count = total - at < block ? (size_t)(total - at) : block;
        if (gt_interrupt_pending()) GT_THROW(err, GT_INTERRUPTED, "interrupted");
        GT_TRY(gt_dataset_read(found->codes, at, count, values, err));
        status = gt_similarity_add(search, at, count, values, err);
        if (status) {
            gt_blame(err, "%s", gt_dataset_path(found->codes));
            goto done;
        }
        gt_progress_update(&progress, (int64_t)(at + count), NULL);
    }
done:
    gt_progress_finish(&progress);
    free(values);
    return status;
}

/* The lists of a query's orientations become one: each row once, by its best score. `next` are
 * their heads; own is a row to leave out. */
static void merge_ways(gt_found *found, const gt_similarity *search, size_t query,
                       uint64_t own) {
    size_t ways = found->queries.ways, next[8] = {0}, kept = 0;
    gt_match *out = found->matches + query * found->top;
    while (kept < found->top) {
        const gt_match *best = NULL;
        size_t way = 0, count;
        for (size_t w = 0; w < ways; w++) {
            const gt_match *list = gt_similarity_matches(search, query * ways + w, &count);
            if (next[w] >= count) continue;
            const gt_match *head = &list[next[w]];
            if (!best || head->score > best->score ||
                (head->score == best->score && head->row < best->row))
                best = head, way = w;
        }
        if (!best) break;
        next[way]++;
        bool is_known = best->row == own;
        for (size_t i = 0; ways > 1 && i < kept && !is_known; i++)
            is_known = out[i].row == best->row;
        if (is_known) continue;
        found->turns[query * found->top + kept] = found->queries.turns[way];
        out[kept++] = *best;
    }
    found->found[query] = kept;
}

/* A row of zeros has no direction: every other is as like to it. */
static void remark_zeros(const gt_queries *q) {
    size_t zeros = 0, first = 0;
    for (size_t i = 0; i < q->count; i++) {
        const float *code = q->codes + i * q->ways * q->width;
        size_t k = 0;
        while (k < q->width && code[k] == 0) k++;
        if (k == q->width && zeros++ == 0) first = i;
    }
    if (zeros)
        gt_remark("%s: %zu of %zu queries are all zeros (first: row %" PRIu64
                  "): their cosines are 0, their matches mean nothing",
                  q->path, zeros, q->count, q->rows[first]);
}

gt_status gt_search_run(const gt_context *context, gt_found *found, gt_error *err) {
    gt_status status = GT_OK;
    const gt_queries *q = &found->queries;
    gt_similarity *similarity = NULL;
    remark_zeros(q);
    found->is_own = gt_file_is_same(q->path, gt_dataset_path(found->codes));
    found->matches = calloc(q->count, found->top * sizeof *found->matches);
    found->turns = calloc(q->count, found->top * sizeof *found->turns);
    found->found = calloc(q->count, sizeof *found->found);
    if (!found->matches || !found->turns || !found->found)
        GT_THROW(err, GT_NO_MEMORY, "no memory for %zu matches of %zu queries", found->top,
                 q->count);
    GT_TRY(gt_similarity_create(q->count * q->ways, q->width, q->codes,
                                found->top + found->is_own, &similarity, err));
    GT_TRY(search_rows(found, similarity, context, err));
    for (size_t i = 0; i < q->count; i++)
        merge_ways(found, similarity, i, found->is_own ? q->rows[i] : UINT64_MAX);
done:
    gt_similarity_destroy(similarity);
    return status;
}

/* ---- opening --------------------------------------------------------------------------------
 */

/* Queries beside what is searched, or else beside what the run learned from. */
static gt_status check_imaging(const gt_context *context, const gt_found *found,
                               const char *run, gt_error *err) {
    const gt_queries *q = &found->queries;
    const gt_sight searched = {gt_dataset_path(found->codes),
                               gt_imaging_of(gt_dataset_describe(found->codes))};
    const gt_sight asked = {q->path, gt_imaging_of(gt_dataset_describe(q->data))};
    const gt_sight learned = {run, q->learned};
    bool is_other = gt_imaging_compare(&asked.imaging, &searched.imaging, NULL);
    return gt_mismatch_check(context, is_other ? &searched : &learned, &asked, 1, "", err);
}

gt_status gt_search_open(const gt_context *context, const char *path,
                         const gt_query_request *request, size_t top, gt_found *found,
                         gt_error *err) {
    gt_status status = GT_OK;
    gt_query_request whole = *request;
    gt_progress progress = gt_context_progress(context, 0, "queries");
    found->top = top;
    GT_TRY(gt_dataset_open_any(path, &found->codes, err));
    GT_TRY(gt_row_columns_read(found->codes, GT_COLUMNS_ALL, &found->columns, err));
    whole.codes = found->codes;
    GT_TRY(gt_queries_read(&whole, &found->queries, err));
    gt_progress_finish(&progress);
    GT_TRY(check_imaging(context, found, request->run, err));
done:
    gt_progress_finish(&progress);
    return status;
}

void gt_found_free(gt_found *found) {
    gt_queries_free(&found->queries);
    gt_dataset_close(found->codes);
    free(found->matches);
    free(found->turns);
    free(found->found);
    *found = (gt_found){0};
}

/* ---- pictures of the matches ----------------------------------------------------------------
 */

/* The set that the codes were made of, with the checksum it had, by their record; yours. */
static void recorded_set(const gt_dataset *codes, char **path, char **hash) {
    const char *record = gt_dataset_describe(codes)->provenance;
    json_t *root = record ? json_loads(record, 0, NULL) : NULL;
    const char *name =
        json_string_value(json_object_get(json_object_get(root, "options"), "data"));
    const char *sum =
        name ? json_string_value(json_object_get(json_object_get(root, "inputs"), name)) : NULL;
    *path = name ? strdup(name) : NULL;
    *hash = sum ? strdup(sum) : NULL;
    json_decref(root);
}

static bool is_unchanged(const char *path, const char *hash) {
    uint64_t now;
    char text[GT_HASH_TEXT];
    if (!hash || gt_input_hash(path, &now, NULL)) return false;
    return strcmp(gt_hash_to_text(now, text), hash) == 0;
}

gt_status gt_found_open_images(const gt_found *found, const char *path,
                               const char *const *outputs, size_t count, gt_dataset **images,
                               gt_error *err) {
    gt_status status = GT_OK;
    const gt_dataset_info *codes = gt_dataset_describe(found->codes);
    char *recorded = NULL, *hash = NULL;
    if (!path && codes->kind == GT_DATASET_IMAGES) path = gt_dataset_path(found->codes);
    if (!path) {
        recorded_set(found->codes, &recorded, &hash);
        if (!recorded || !is_unchanged(recorded, hash))
            GT_THROW(err, GT_USAGE,
                     "a figure needs images: the set that %s was made of (%s) %s",
                     gt_dataset_path(found->codes), recorded ? recorded : "not recorded",
                     recorded ? "is not there or has changed" : "is not known");
        const char *const inputs[] = {recorded, NULL};
        GT_TRY(gt_guard_files(inputs, outputs, count, err));
        path = recorded;
    }
    GT_TRY(gt_dataset_open(path, images, err));
    if (gt_dataset_describe(*images)->count != codes->count)
        GT_THROW(err, GT_MISMATCH, "%s has %" PRIu64 " pictures, %s %" PRIu64 " codes", path,
                 gt_dataset_describe(*images)->count, gt_dataset_path(found->codes),
                 codes->count);
done:
    free(recorded);
    free(hash);
    return status;
}
