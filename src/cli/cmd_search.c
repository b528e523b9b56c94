/* galatea search CODES: the rows most like a query. */
#include <inttypes.h>
#include <stdlib.h>

#include "cli.h"
#include "galatea/interrupt.h"
#include "json.h"
#include "network_arguments.h"
#include "provenance.h"
#include "search.h"
#include "shown.h"
#include "table.h"
#include "text.h"

typedef struct search_settings {
    const char *query, *run, *out, *figure, *images, *colours, *format, *dataset, *axes, *align;
    int64_t top, crop;
    bool flips, rotations;
} search_settings;

static const gt_option rows[] = {
    {"query", GT_TEXT_AT(search_settings, query), NULL, "FILE[:ROWS]",
     "what to look for: rows (3,7-9, or an object's id) of a data set, of codes, or of any "
     "file that can be imported",
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
     "how to read a query that is no data set; auto: by looking at it",
     .choices = "auto|mirabest|frdeep|png|pictures|npy|fits|hdf5|table"},
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

static void json_match(gt_json *json, const gt_found *found, size_t query, size_t rank) {
    size_t at = query * found->top + rank;
    gt_dataset_row row = gt_row_columns_at(&found->columns, found->matches[at].row);
    gt_json_object(json, NULL);
    gt_json_int(json, "row", (int64_t)found->matches[at].row);
    gt_json_real(json, "cosine", found->matches[at].score);
    if (row.id) gt_json_text(json, "id", row.id);
    if (found->columns.labels) gt_json_int(json, "label", row.label);
    if (found->queries.ways > 1)
        gt_json_text(json, "orientation", gt_found_turn_name(found->turns[at]));
    gt_json_end(json);
}

static gt_status print_json(const gt_found *found, gt_error *err) {
    gt_json json;
    gt_json_begin(&json, stdout, 2);
    gt_json_object(&json, NULL);
    gt_json_text(&json, "file", gt_dataset_path(found->codes));
    gt_json_int(&json, "rows", (int64_t)gt_dataset_describe(found->codes)->count);
    gt_json_text(&json, "query_file", found->queries.path);
    gt_json_array(&json, "queries");
    for (size_t q = 0; q < found->queries.count; q++) {
        gt_json_object(&json, NULL);
        gt_json_int(&json, "row", (int64_t)found->queries.rows[q]);
        gt_json_array(&json, "matches");
        for (size_t rank = 0; rank < found->found[q]; rank++) json_match(&json, found, q, rank);
        gt_json_end(&json);
        gt_json_end(&json);
    }
    gt_json_end(&json);
    gt_json_end(&json);
    return gt_json_finish(&json, err);
}

static void print_text(const gt_found *found) {
    printf("%8s %5s %10s %8s  %s\n", "query", "rank", "row", "cosine", "id");
    for (size_t q = 0; q < found->queries.count; q++)
        for (size_t rank = 0; rank < found->found[q]; rank++) {
            const gt_match *match = &found->matches[q * found->top + rank];
            const char *id = gt_row_columns_at(&found->columns, match->row).id;
            char shown[256];
            printf("%8" PRIu64 " %5zu %10" PRIu64 " %8.5f  %s\n", found->queries.rows[q],
                   rank + 1, match->row, match->score,
                   gt_text_shown(id ? id : "", shown, sizeof shown));
        }
}

static gt_status write_outputs(const gt_call *call, const gt_found *found, gt_dataset *images,
                               gt_error *err) {
    const search_settings *settings = call->settings;
    gt_status status = GT_OK;
    char *provenance = NULL;
    const char *inputs[] = {call->words[0], found->queries.path, NULL};
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

static gt_status print_result(const gt_call *call, const gt_found *found, gt_error *err) {
    const search_settings *settings = call->settings;
    if (call->wants_json) return print_json(found, err);
    if (!settings->out && !settings->figure)
        print_text(found);
    else if (!call->is_quiet)
        printf("%s%s%s: of %s the %zu most like %s%s\n", gt_shown(settings->out),
               settings->out && settings->figure ? ", " : "", gt_shown(settings->figure),
               gt_counted(gt_dataset_describe(found->codes)->count, "row"), found->top,
               found->queries.count > 1 ? "each of " : "",
               gt_counted(found->queries.count, "query"));
    return GT_OK;
}

static gt_status run(gt_call *call, gt_error *err) {
    const search_settings *settings = call->settings;
    gt_status status = GT_OK;
    const gt_query_request request = {.context = &call->context,
                                      .text = settings->query,
                                      .run = settings->run,
                                      .format = settings->format,
                                      .dataset = settings->dataset,
                                      .axes = settings->axes,
                                      .align = settings->align,
                                      .crop = settings->crop,
                                      .flips = settings->flips,
                                      .rotations = settings->rotations};
    const char *const outputs[] = {settings->out, settings->figure};
    gt_found found = {0};
    gt_dataset *images = NULL;
    GT_TRY(gt_interrupt_install(err));
    GT_TRY(gt_search_open(&call->context, call->words[0], &request, (size_t)settings->top,
                          &found, err));
    if (settings->figure)
        GT_TRY(gt_found_open_images(&found, settings->images, outputs, 2, &images, err));
    GT_TRY(gt_search_run(&call->context, &found, err));
    GT_TRY(write_outputs(call, &found, images, err));
    GT_TRY(print_result(call, &found, err));
done:
    gt_dataset_close(images);
    gt_found_free(&found);
    return status;
}

static const char *const examples[] = {
    "galatea search codes.h5 --query set.h5:12 --run run --top 9 --out matches.csv --figure "
    "matches.png",
    "galatea search codes.h5 --query codes.h5:0-99 --out matches.fits",
    "galatea search codes.h5 --query codes.h5:J1234+56 --out alike.csv",
    "galatea search real.h5 --query made.h5 --flips --top 1 --out closest.csv",
    "galatea search codes.h5 --query galaxy.png --run run --flips --rotations",
    NULL};

const gt_command gt_command_search = {
    .name = "search",
    .summary = "find the rows most like a query",
    .description =
        "Compares the query's code with all codes of CODES by cosine, exactly, and lists the "
        "rows most alike; equal ones in order of their rows. CODES is read block by block "
        "and may be larger than memory. A set of images may be searched as well, pixel by "
        "pixel: the real pictures to which generated ones come closest.\n\n"
        "A query is a row of codes, by its number or id (FILE:id=7 where an id could be a "
        "number; .fits, .jpg and the like may be left out), or an image, of which --run "
        "makes a code with the settings recorded in CODES. Images that are no data set yet "
        "go through the steps of `data import`. A row of CODES itself is not counted among "
        "its own matches.\n\n"
        "With --flips and --rotations a row counts by the best of its cosines with the "
        "query's 2, 4 or 8 orientations (codes are not averaged); the table says which it "
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
