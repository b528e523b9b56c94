/* galatea search CODES: the rows most like a query. */
#include <inttypes.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "galatea/file.h"
#include "galatea/hash.h"
#include "galatea/import.h"
#include "galatea/interrupt.h"
#include "galatea/log.h"
#include "galatea/progress.h"
#include "galatea/table.h"
#include "guard.h"
#include "mismatch.h"
#include "network_arguments.h"
#include "provenance.h"
#include "search_output.h"
#include "sheet.h"
#include "shown.h"

typedef struct search_settings {
    const char *query, *run, *out, *figure, *images, *colours, *format, *dataset, *axes, *align;
    int64_t top, crop;
    bool flips, rotations;
} search_settings;

static const gt_option rows[] = {
    {"query", GT_TEXT_AT(search_settings, query), NULL, "FILE[:ROWS]",
     "what to look for: rows (3,7-9) of a data set, of codes, or of any file that can be "
     "imported",
     .required = true, .path = GT_READS},
    {"run", GT_TEXT_AT(search_settings, run), NULL, "RUN",
     "run folder or weights that make codes of images", .path = GT_READS},
    {"top", GT_INT_AT(search_settings, top), "9", "N", "matches of each query", .min = 1,
     .max = 10000},
    {"flips", GT_FLAG_AT(search_settings, flips), NULL, NULL,
     "the query's mirror image counts as well"},
    {"rotations", GT_FLAG_AT(search_settings, rotations), NULL, NULL,
     "the query turned by quarters counts as well"},
    {"out", GT_TEXT_AT(search_settings, out), NULL, "FILE", "table to write (.csv, .fits)",
     .path = GT_WRITES, .endings = GT_TABLE_ENDINGS},
    {"figure", GT_TEXT_AT(search_settings, figure), NULL, "FILE",
     "pictures of query and matches to draw (.png)", .path = GT_WRITES, .endings = "png"},
    {"images", GT_TEXT_AT(search_settings, images), NULL, "FILE",
     "pictures of the searched codes; else the set they were made of", .path = GT_READS},
    {"colours", GT_CHOICE_AT(search_settings, colours), "heat", "NAME",
     "colours of pictures with one channel", .choices = "gray|heat"},
    {"format", GT_CHOICE_AT(search_settings, format), "auto", "NAME",
     "how to read a query that is no data set; auto: by its name",
     .choices = "auto|png|hdf5|mirabest|frdeep"},
    {"dataset", GT_TEXT_AT(search_settings, dataset), NULL, "PATH",
     "pictures inside an HDF5 query of another layout"},
    {"axes", GT_CHOICE_AT(search_settings, axes), "auto", "ORDER",
     "of such pictures, as data import takes it", .choices = "auto|nchw|nhwc"},
    {"crop", GT_INT_AT(search_settings, crop), "0", "N",
     "of imported queries: cut out so many pixels, then resize; 0: cut out what the model "
     "takes",
     .min = 0, .max = 65536},
    {"align", GT_CHOICE_AT(search_settings, align), "none", "HOW",
     "of imported queries: principal turns the long axis along x, as the searched set was made",
     .choices = "none|principal"},
};
static const gt_option_table table = GT_OPTION_TABLE("Options", rows);

enum { BLOCK_BYTES = 8 << 20 };

/* ---- searching ------------------------------------------------------------------------------
 */

static gt_status search_rows(const gt_found *found, gt_similarity *search, bool is_quiet,
                             gt_error *err) {
    gt_status status = GT_OK;
    uint64_t total = gt_dataset_describe(found->codes)->count;
    size_t width = found->queries->width, block = BLOCK_BYTES / sizeof(float) / width;
    block = block ? block : 1;
    float *values = malloc(block * width * sizeof *values);
    gt_progress progress =
        gt_progress_start(is_quiet ? -1 : STDERR_FILENO, (int64_t)total, "searching");
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
    size_t ways = found->queries->ways, next[8] = {0}, kept = 0;
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
        found->turns[query * found->top + kept] = found->queries->turns[way];
        out[kept++] = *best;
    }
    found->found[query] = kept;
}

static gt_status search(gt_found *found, bool is_quiet, gt_error *err) {
    gt_status status = GT_OK;
    const gt_queries *q = found->queries;
    gt_similarity *similarity = NULL;
    found->is_own = gt_file_is_same(q->path, gt_dataset_path(found->codes));
    found->matches = calloc(q->count, found->top * sizeof *found->matches);
    found->turns = calloc(q->count, found->top * sizeof *found->turns);
    found->found = calloc(q->count, sizeof *found->found);
    if (!found->matches || !found->turns || !found->found)
        GT_THROW(err, GT_NO_MEMORY, "no memory for %zu matches of %zu queries", found->top,
                 q->count);
    GT_TRY(gt_similarity_create(q->count * q->ways, q->width, q->codes,
                                found->top + found->is_own, &similarity, err));
    GT_TRY(search_rows(found, similarity, is_quiet, err));
    for (size_t i = 0; i < q->count; i++)
        merge_ways(found, similarity, i, found->is_own ? q->rows[i] : UINT64_MAX);
done:
    gt_similarity_destroy(similarity);
    return status;
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

static gt_status open_images(const search_settings *settings, const gt_found *found,
                             gt_dataset **images, gt_error *err) {
    gt_status status = GT_OK;
    const gt_dataset_info *codes = gt_dataset_describe(found->codes);
    const char *path = settings->images;
    char *recorded = NULL, *hash = NULL;
    if (!path && codes->kind == GT_DATASET_IMAGES) path = gt_dataset_path(found->codes);
    if (!path) {
        recorded_set(found->codes, &recorded, &hash);
        if (!recorded || !is_unchanged(recorded, hash))
            GT_THROW(err, GT_USAGE,
                     "--figure needs --images FILE: the set that %s was made of (%s) %s",
                     gt_dataset_path(found->codes), recorded ? recorded : "not recorded",
                     recorded ? "is not there or has changed" : "is not known");
        const char *const inputs[] = {recorded, NULL};
        const char *const outputs[] = {settings->out, settings->figure};
        GT_TRY(gt_guard_files(inputs, outputs, 2, err));
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

/* ---- the whole ------------------------------------------------------------------------------
 */

/* Queries beside what is searched, or else beside what the run learned from. */
static gt_status check_imaging(const gt_call *call, const gt_found *found, gt_error *err) {
    const search_settings *settings = call->settings;
    const gt_queries *q = found->queries;
    const gt_sight searched = {gt_dataset_path(found->codes),
                               gt_imaging_of(gt_dataset_describe(found->codes))};
    const gt_sight asked = {q->path, gt_imaging_of(gt_dataset_describe(q->data))};
    const gt_sight learned = {settings->run, q->learned};
    bool is_other = gt_imaging_compare(&asked.imaging, &searched.imaging, NULL);
    return gt_mismatch_check(&call->context, is_other ? &searched : &learned, &asked, 1, "",
                             err);
}

static gt_status write_outputs(const gt_call *call, const gt_found *found, gt_dataset *images,
                               gt_error *err) {
    const search_settings *settings = call->settings;
    gt_status status = GT_OK;
    char *provenance = NULL;
    const char *inputs[] = {call->words[0], found->queries->path, NULL};
    if (!settings->out && !settings->figure) goto done;
    GT_TRY(gt_provenance_make(&call->invocation, inputs, &provenance, err));
    if (settings->out) GT_TRY(gt_found_write_table(found, settings->out, provenance, err));
    if (settings->figure)
        GT_TRY(
            gt_found_draw(found, images, settings->colours, settings->figure, provenance, err));
done:
    free(provenance);
    return status;
}

static gt_status tell(const gt_call *call, const gt_found *found, gt_error *err) {
    const search_settings *settings = call->settings;
    if (call->wants_json) return gt_found_print_json(found, err);
    if (!settings->out && !settings->figure)
        gt_found_print(found);
    else if (!call->is_quiet)
        printf("%s%s%s: of %" PRIu64 " rows the %zu most like %s%zu quer%s\n",
               gt_shown(settings->out), settings->out && settings->figure ? ", " : "",
               gt_shown(settings->figure), gt_dataset_describe(found->codes)->count, found->top,
               found->queries->count > 1 ? "each of " : "", found->queries->count,
               found->queries->count > 1 ? "ies" : "y");
    return GT_OK;
}

static gt_status run(gt_call *call, gt_error *err) {
    const search_settings *settings = call->settings;
    gt_status status = GT_OK;
    gt_queries queries = {0};
    gt_found found = {.queries = &queries, .top = (size_t)settings->top};
    gt_dataset *images = NULL;
    gt_progress progress = gt_call_progress(call, 0, "queries");
    GT_TRY(gt_interrupt_install(err));
    GT_TRY(gt_dataset_open_any(call->words[0], &found.codes, err));
    GT_TRY(gt_use_columns_read(found.codes, &found.columns, err));
    GT_TRY(gt_queries_read(&(gt_query_request){.text = settings->query,
                                               .context = &call->context,
                                               .run = settings->run,
                                               .format = settings->format,
                                               .dataset = settings->dataset,
                                               .axes = settings->axes,
                                               .align = settings->align,
                                               .crop = settings->crop,
                                               .flips = settings->flips,
                                               .rotations = settings->rotations,
                                               .codes = found.codes},
                           &queries, err));
    gt_progress_finish(&progress);
    GT_TRY(check_imaging(call, &found, err));
    if (settings->figure) GT_TRY(open_images(settings, &found, &images, err));
    remark_zeros(&queries);
    GT_TRY(search(&found, call->is_quiet, err));
    GT_TRY(write_outputs(call, &found, images, err));
    GT_TRY(tell(call, &found, err));
done:
    gt_progress_finish(&progress);
    gt_dataset_close(images);
    gt_queries_free(&queries);
    gt_dataset_close(found.codes);
    free(found.matches);
    free(found.turns);
    free(found.found);
    return status;
}

static const char *const examples[] = {
    "galatea search codes.h5 --query set.h5:12 --run run --top 9 --out matches.csv --figure "
    "matches.png",
    "galatea search codes.h5 --query codes.h5:0-99 --out matches.fits",
    "galatea search codes.h5 --query galaxy.png --run run --flips --rotations", NULL};

const gt_command gt_command_search = {
    .name = "search",
    .summary = "find the rows most like a query",
    .description =
        "Compares the query's code with all codes of CODES by cosine, exactly, and lists the "
        "rows most alike; equal ones in order of their rows. CODES is read block by block and "
        "may be larger than memory. A set of images may be searched as well, pixel by "
        "pixel.\n\n"
        "A query is a row of codes, or an image, of which --run makes a code with the settings "
        "recorded in CODES. Images that are no data set yet go through the steps of `data "
        "import`. A row of CODES itself is not counted among its own matches.\n\n"
        "With --flips and --rotations a row counts by the best of its cosines with the query's "
        "2, 4 or 8 orientations (codes are not averaged); the table says which it "
        "was.\n\n" GT_NETWORK_HELP,
    .usage = "CODES",
    .min_words = 1,
    .max_words = 1,
    .word_path = GT_READS,
    .table = &table,
    .settings_size = sizeof(search_settings),
    .examples = examples,
    .has_json = true,
    .has_threads = true,
    .meets_sets = true,
    .takes_weights = true,
    .run = run};
