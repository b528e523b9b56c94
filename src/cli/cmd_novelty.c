/* galatea novelty RUN: the least likely codes of a set, their images, and whether a search
 * finds anything like them. */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "galatea/file.h"
#include "galatea/grid.h"
#include "galatea/interrupt.h"
#include "galatea/json.h"
#include "galatea/log.h"
#include "galatea/png_write.h"
#include "galatea/similarity.h"
#include "galatea/table.h"
#include "galatea/text.h"
#include "mismatch.h"
#include "network_arguments.h"
#include "provenance.h"
#include "scores.h"
#include "sheet.h"
#include "shown.h"

typedef struct novelty_settings {
    const char *data, *images, *search, *figure, *out, *colours;
    int64_t top;
} novelty_settings;

static const gt_option rows[] = {
    {"data", GT_TEXT_AT(novelty_settings, data), NULL, "FILE", "codes to rank",
     .required = true, .path = GT_READS},
    {"images", GT_TEXT_AT(novelty_settings, images), NULL, "FILE",
     "the images of those codes, for the figure", .path = GT_READS},
    {"search", GT_TEXT_AT(novelty_settings, search), NULL, "FILE",
     "codes in which neighbours are looked for; else those the run was trained on",
     .path = GT_READS},
    {"top", GT_INT_AT(novelty_settings, top), "4", "N", "least likely codes to show", .min = 1,
     .max = 64},
    {"figure", GT_TEXT_AT(novelty_settings, figure), NULL, "FILE.png",
     "sheet with their images, each under its log-density and class", .path = GT_WRITES,
     .endings = "png"},
    {"out", GT_TEXT_AT(novelty_settings, out), NULL, "FILE", "table of them, .fits or .csv",
     .path = GT_WRITES, .endings = GT_TABLE_ENDINGS},
    {"colours", GT_CHOICE_AT(novelty_settings, colours), "heat", "NAME",
     "colours of pictures with one channel", .choices = "gray|heat"},
};
static const gt_option_table table = GT_OPTION_TABLE("Options", rows);

enum { TYPICAL = 200, BLOCK = 1024 }; /* rows compared with, rows read at once */

/* One of the least likely codes; `nearest` is the cosine of its most similar neighbour, NaN
 * when none was looked for or it is alone in the set. */
typedef struct outlier {
    uint64_t row, neighbour;
    double log_p, nearest;
    char class[48];
    const char *id;
} outlier;

typedef struct ranking {
    gt_run *run;
    gt_scores scores;
    gt_usual usual;
    outlier *outliers;
    size_t count;
    bool is_searched;
    char *searched;              /* the set that was searched */
    double usual_low, usual_mid; /* 1 % quantile and median of the same for usual codes */
    char *provenance;
} ranking;

static bool has_neighbour(const outlier *o) {
    return !isnan(o->nearest);
}

/* ---- Ranking --------------------------------------------------------------------------- */

/* Ascending by log-density, equal ones by row. */
static int by_density(const void *a, const void *b, void *log_p) {
    uint64_t i = *(const uint64_t *)a, j = *(const uint64_t *)b;
    const double *p = log_p;
    if (p[i] != p[j]) return p[i] < p[j] ? -1 : 1;
    return (i > j) - (i < j);
}

static void describe(const ranking *r, outlier *o) {
    const gt_dataset_info *info = gt_dataset_describe(r->scores.data);
    gt_dataset_row about = gt_use_row(&r->scores.columns, o->row);
    o->id = about.id;
    if (about.label < 0) return;
    if ((size_t)about.label < info->class_count)
        snprintf(o->class, sizeof o->class, "%s", info->class_names[about.label]);
    else
        snprintf(o->class, sizeof o->class, "%d", about.label);
}

/* `order` (count) gets the rows from the least likely on. */
static gt_status rank(ranking *r, size_t top, uint64_t *order, gt_error *err) {
    for (uint64_t i = 0; i < r->scores.count; i++) order[i] = i;
    qsort_r(order, r->scores.count, sizeof *order, by_density, r->scores.log_p);
    r->count = top < r->scores.count ? top : (size_t)r->scores.count;
    r->outliers = calloc(r->count, sizeof *r->outliers);
    if (!r->outliers) return gt_fail(err, GT_NO_MEMORY, "no memory for %zu rows", r->count);
    for (size_t i = 0; i < r->count; i++) {
        r->outliers[i] =
            (outlier){.row = order[i], .log_p = r->scores.log_p[order[i]], .nearest = NAN};
        describe(r, &r->outliers[i]);
    }
    return GT_OK;
}

/* ---- Neighbours ------------------------------------------------------------------------ */

/* Queries are the outliers, then usual codes: rows spread evenly over the ranking. */
static gt_status read_queries(const ranking *r, const uint64_t *order, uint64_t *queries,
                              size_t count, float *out, gt_error *err) {
    size_t usual = count - r->count;
    for (size_t i = 0; i < r->count; i++) queries[i] = r->outliers[i].row;
    for (size_t i = 0; i < usual; i++)
        queries[r->count + i] = order[(2 * i + 1) * r->scores.count / (2 * usual)];
    return gt_dataset_read_rows(r->scores.data, queries, count, out, err);
}

static gt_status search_all(gt_similarity *search, const gt_dataset *data, const gt_call *call,
                            gt_error *err) {
    gt_status status = GT_OK;
    const gt_dataset_info *info = gt_dataset_describe(data);
    gt_progress progress = gt_call_progress(call, (int64_t)info->count, "searching");
    float *block = malloc(BLOCK * info->channels * sizeof *block);
    if (!block) GT_THROW(err, GT_NO_MEMORY, "no memory for %d codes", BLOCK);
    for (uint64_t at = 0; at < info->count; at += BLOCK) {
        size_t n = info->count - at < BLOCK ? (size_t)(info->count - at) : BLOCK;
        if (gt_interrupt_pending())
            GT_THROW(err, GT_INTERRUPTED, "interrupted, no file written");
        GT_TRY(gt_dataset_read(data, at, n, block, err));
        GT_TRY(gt_similarity_add(search, at, n, block, err));
        gt_progress_update(&progress, (int64_t)(at + n), NULL);
    }
done:
    gt_progress_finish(&progress);
    if (status) gt_blame(err, "%s", gt_dataset_path(data));
    free(block);
    return status;
}

/* The best match that is not the query itself. */
static gt_match best_other(const gt_similarity *search, size_t query, bool is_same_set,
                           uint64_t row) {
    size_t found = 0;
    const gt_match *matches = gt_similarity_matches(search, query, &found);
    for (size_t i = 0; i < found; i++)
        if (!is_same_set || matches[i].row != row) return matches[i];
    return (gt_match){.score = NAN};
}

static int by_value(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void take_matches(ranking *r, const gt_similarity *search, const uint64_t *queries,
                         size_t count, bool is_same_set, double *usual) {
    for (size_t i = 0; i < count; i++) {
        gt_match best = best_other(search, i, is_same_set, queries[i]);
        if (i >= r->count) {
            usual[i - r->count] = best.score;
            continue;
        }
        r->outliers[i].nearest = best.score;
        r->outliers[i].neighbour = best.row;
    }
    size_t n = count - r->count;
    qsort(usual, n, sizeof *usual, by_value);
    r->usual_low = usual[n / 100];
    r->usual_mid = usual[n / 2];
    r->is_searched = !isnan(r->usual_mid); /* a set of one row has no other */
}

static gt_status find_neighbours(ranking *r, const gt_call *call, const uint64_t *order,
                                 const char *path, gt_error *err) {
    gt_status status = GT_OK;
    gt_dataset *data = NULL;
    gt_similarity *search = NULL;
    size_t width = gt_dataset_describe(r->scores.data)->channels;
    size_t usual = r->scores.count < TYPICAL ? (size_t)r->scores.count : TYPICAL;
    size_t count = r->count + usual;
    uint64_t *queries = malloc(count * sizeof *queries);
    float *codes = malloc(count * width * sizeof *codes);
    double *scores = malloc(usual * sizeof *scores);
    if (!queries || !codes || !scores) GT_THROW(err, GT_NO_MEMORY, "no memory for queries");
    GT_TRY(gt_codes_open(path, &data, err));
    if (gt_dataset_describe(data)->channels != width)
        GT_THROW(err, GT_BAD_SHAPE, "%s has codes of %zu numbers, %s of %zu", path,
                 gt_dataset_describe(data)->channels, r->scores.path, width);
    GT_TRY(read_queries(r, order, queries, count, codes, err));
    GT_TRY(gt_similarity_create(count, width, codes, 2, &search, err));
    GT_TRY(search_all(search, data, call, err));
    bool is_same_set = gt_file_is_same(path, r->scores.path);
    take_matches(r, search, queries, count, is_same_set, scores);
    r->searched = strdup(path);
    if (!r->searched) GT_THROW(err, GT_NO_MEMORY, "no memory for a path");
done:
    gt_similarity_destroy(search);
    gt_dataset_close(data);
    free(queries);
    free(codes);
    free(scores);
    return status;
}

/* In the set given, or in that which the run was trained on, where it is still there. */
static gt_status search_somewhere(ranking *r, const gt_call *call, const uint64_t *order,
                                  gt_error *err) {
    const novelty_settings *settings = call->settings;
    gt_run_origin origin = {0};
    gt_error why;
    const char *const paths[] = {settings->data, NULL};
    if (settings->search) return find_neighbours(r, call, order, settings->search, err);
    if (gt_run_origin_find(call->words[0], paths, &origin, &why)) {
        gt_remark("%s: no search for neighbours (--search names another set)", why.text);
        return GT_OK;
    }
    gt_status status = find_neighbours(r, call, order, origin.path, err);
    gt_run_origin_free(&origin);
    return status;
}

/* ---- Figure ---------------------------------------------------------------------------- */

static gt_status check_images(const ranking *r, gt_dataset *images, gt_error *err) {
    const gt_dataset_info *info = gt_dataset_describe(images);
    gt_use_columns columns;
    if (info->count != r->scores.count)
        return gt_fail(err, GT_MISMATCH, "%s has %" PRIu64 " images, %s has %" PRIu64 " codes",
                       gt_dataset_path(images), info->count, r->scores.path, r->scores.count);
    gt_status status = gt_use_columns_read(images, &columns, err);
    for (size_t i = 0; i < r->count && !status; i++) {
        gt_dataset_row about = gt_use_row(&columns, r->outliers[i].row);
        const char *id = r->outliers[i].id;
        if (id && about.id && strcmp(id, about.id) != 0)
            status = gt_fail(err, GT_MISMATCH,
                             "row %" PRIu64 " is '%s' in %s and '%s' in %s: these are not the "
                             "images of those codes",
                             r->outliers[i].row, id, r->scores.path, about.id,
                             gt_dataset_path(images));
    }
    return status;
}

static gt_status draw_images(const ranking *r, const novelty_settings *settings,
                             gt_dataset *images, gt_error *err) {
    enum { WIDE = 240 }; /* screen pixels, for the caption to fit */
    gt_status status = GT_OK;
    const gt_dataset_info *info = gt_dataset_describe(images);
    gt_sheet sheet = {0};
    gt_grid_options options = gt_grid_options_default();
    char(*texts)[96] = calloc(r->count, sizeof *texts);
    const char **captions = calloc(r->count, sizeof *captions);
    uint64_t *chosen = calloc(r->count, sizeof *chosen);
    float *pixels = calloc(r->count * gt_dataset_row_values(info), sizeof *pixels);
    if (!texts || !captions || !chosen || !pixels)
        GT_THROW(err, GT_NO_MEMORY, "no memory for %zu images", r->count);
    for (size_t i = 0; i < r->count; i++) {
        const outlier *o = &r->outliers[i];
        chosen[i] = o->row;
        snprintf(texts[i], sizeof texts[i], *o->class ? "%.5g (%s)" : "%.5g%s", o->log_p,
                 o->class);
        captions[i] = texts[i];
    }
    options.columns = r->count;
    options.captions = captions;
    options.high = 255;
    options.upscale = info->width < WIDE ? (WIDE + info->width - 1) / info->width : 1;
    if (options.upscale > 64) options.upscale = 64;
    GT_TRY(gt_colour_map_find(settings->colours, &options.colours, err));
    GT_TRY(gt_dataset_read_rows(images, chosen, r->count, pixels, err));
    GT_TRY(gt_grid_draw(r->count, info->channels, info->height, info->width, pixels, &options,
                        &sheet, err));
    GT_TRY(gt_png_write(settings->figure, sheet.width, sheet.height, sheet.channels,
                        sheet.pixels, r->provenance, err));
done:
    gt_sheet_destroy(&sheet);
    free(texts);
    free(captions);
    free(chosen);
    free(pixels);
    return status;
}

static gt_status draw(const ranking *r, const novelty_settings *settings, gt_error *err) {
    gt_status status = GT_OK;
    gt_dataset *images = NULL;
    GT_TRY(gt_dataset_open(settings->images, &images, err));
    GT_TRY(check_images(r, images, err));
    GT_TRY(draw_images(r, settings, images, err));
done:
    gt_dataset_close(images);
    return status;
}

/* ---- Telling --------------------------------------------------------------------------- */

static gt_status write_table(const ranking *r, const char *path, gt_error *err) {
    static const gt_table_column columns[] = {
        {"row", GT_TABLE_INT, NULL, "row of the data set, from 0"},
        {"id", GT_TABLE_TEXT, NULL, "name of the object"},
        {"class", GT_TABLE_TEXT, NULL, "label of the data set"},
        {"log_density", GT_TABLE_REAL, NULL, "log-density of the code, in nats"},
        {"neighbour", GT_TABLE_INT, NULL, "row of the most similar code of the searched set"},
        {"cosine", GT_TABLE_REAL, NULL, "cosine similarity to that neighbour"},
    };
    enum { COLUMNS = sizeof columns / sizeof *columns };
    gt_status status = GT_OK;
    gt_table *made = NULL;
    GT_TRY(gt_table_create(columns, COLUMNS, &made, err));
    for (size_t i = 0; i < r->count; i++) {
        const outlier *o = &r->outliers[i];
        gt_cell cells[COLUMNS] = {
            gt_cell_int((int64_t)o->row),
            gt_cell_text(o->id),
            gt_cell_text(*o->class ? o->class : NULL),
            gt_cell_real(o->log_p),
            has_neighbour(o) ? gt_cell_int((int64_t)o->neighbour) : gt_cell_empty(),
            has_neighbour(o) ? gt_cell_real(o->nearest) : gt_cell_empty(),
        };
        GT_TRY(gt_table_append(made, cells, err));
    }
    GT_TRY(gt_table_write(made, path, r->provenance, err));
done:
    gt_table_destroy(made);
    return status;
}

static void print_text(const ranking *r) {
    size_t far = 0;
    printf("%8s  %-24s %-12s %12s  %s\n", "row", "id", "class", "log-density",
           r->is_searched ? "nearest neighbour (cosine)" : "");
    for (size_t i = 0; i < r->count; i++) {
        const outlier *o = &r->outliers[i];
        char id[256], class[4 * sizeof o->class];
        printf("%8" PRIu64 "  %-24s %-12s %12.5g", o->row,
               gt_text_shown(o->id ? o->id : "", id, sizeof id),
               gt_text_shown(o->class, class, sizeof class), o->log_p);
        if (has_neighbour(o)) printf("  row %" PRIu64 " (%.3f)", o->neighbour, o->nearest);
        printf("\n");
        far += o->nearest < r->usual_low;
    }
    if (r->usual.is_known)
        printf("%.2f%% of %" PRIu64 " codes lie below the lowest log-density (%.5g) that was "
               "trained on\n",
               100 * gt_scores_below(&r->scores, r->usual.minimum), r->scores.count,
               r->usual.minimum);
    if (r->is_searched)
        printf("%zu of %zu have no neighbour in %s as near as is usual: usual codes have one "
               "at %.3f (median), 99 of 100 above %.3f\n",
               far, r->count, gt_shown(r->searched), r->usual_mid, r->usual_low);
}

static gt_status print_json(const ranking *r, gt_error *err) {
    gt_json json;
    gt_json_begin(&json, stdout, 2);
    gt_json_object(&json, NULL);
    gt_json_text(&json, "file", r->scores.path);
    gt_json_int(&json, "codes", (int64_t)r->scores.count);
    if (r->usual.is_known) {
        gt_json_real(&json, "training_minimum", r->usual.minimum);
        gt_json_real(&json, "below_training_minimum",
                     gt_scores_below(&r->scores, r->usual.minimum));
    }
    if (r->is_searched) {
        gt_json_text(&json, "searched", r->searched);
        gt_json_real(&json, "usual_cosine_median", r->usual_mid);
        gt_json_real(&json, "usual_cosine_0.01", r->usual_low);
    }
    gt_json_array(&json, "outliers");
    for (size_t i = 0; i < r->count; i++) {
        const outlier *o = &r->outliers[i];
        gt_json_object(&json, NULL);
        gt_json_int(&json, "row", (int64_t)o->row);
        gt_json_text(&json, "id", o->id);
        gt_json_text(&json, "class", *o->class ? o->class : NULL);
        gt_json_real(&json, "log_density", o->log_p);
        if (has_neighbour(o)) {
            gt_json_int(&json, "neighbour", (int64_t)o->neighbour);
            gt_json_real(&json, "cosine", o->nearest);
        }
        gt_json_end(&json);
    }
    gt_json_end(&json);
    gt_json_end(&json);
    return gt_json_finish(&json, err);
}

/* ---- All ------------------------------------------------------------------------------- */

static gt_status check_call(const gt_call *call, gt_error *err) {
    const novelty_settings *settings = call->settings;
    gt_status status = GT_OK;
    if (settings->figure && !settings->images)
        GT_THROW(err, GT_USAGE, "--figure shows images: give the set of them with --images");
    if (settings->images && !settings->figure)
        GT_THROW(err, GT_USAGE, "--images is for the figure: give it a name with --figure");
done:
    return status;
}

static gt_status run(gt_call *call, gt_error *err) {
    const novelty_settings *settings = call->settings;
    gt_status status = GT_OK;
    ranking r = {.count = 0};
    uint64_t *order = NULL;
    const char *inputs[5] = {settings->data};
    size_t input_count = 1;
    if (settings->images) inputs[input_count++] = settings->images;
    if (settings->search) inputs[input_count++] = settings->search;
    GT_TRY(gt_interrupt_install(err));
    GT_TRY(check_call(call, err));
    GT_TRY(gt_scores_open_run(&call->context, call->words[0], settings->data, &r.run, err));
    const char *const sets[] = {settings->data, settings->search, NULL};
    GT_TRY(gt_mismatch_check_files(
        &call->context, &(gt_sight){call->words[0], gt_run_imaging(r.run)}, sets, "", err));
    GT_TRY(gt_scores_compute(r.run, settings->data, &call->context, &r.scores, err));
    order = malloc((r.scores.count + 1) * sizeof *order);
    if (!order) GT_THROW(err, GT_NO_MEMORY, "no memory for a list of rows");
    GT_TRY(rank(&r, (size_t)settings->top, order, err));
    GT_TRY(search_somewhere(&r, call, order, err));
    GT_TRY(gt_usual_find(r.run, &call->context, call->words[0], &r.scores, 1, &r.usual, err));
    inputs[input_count] = gt_run_path_of(r.run);
    GT_TRY(gt_provenance_make(&call->invocation, inputs, &r.provenance, err));
    if (settings->figure) GT_TRY(draw(&r, settings, err));
    if (settings->out) GT_TRY(write_table(&r, settings->out, err));
    if (call->wants_json)
        GT_TRY(print_json(&r, err));
    else
        print_text(&r);
done:
    gt_scores_free(&r.scores);
    gt_run_close(r.run);
    free(r.outliers);
    free(r.searched);
    free(r.provenance);
    free(order);
    return status;
}

static const char *const examples[] = {
    "galatea novelty flow --data codes.h5 --images set.h5 --top 4 --figure outliers.png",
    "galatea novelty flow --data mirabest.h5 --search first.h5 --top 10 --json", NULL};

const gt_command gt_command_novelty = {
    .name = "novelty",
    .summary = "find the least likely objects of a set",
    .description =
        "RUN is a run of `train maf`. The codes of a set are ranked by their log-density, and "
        "the least likely ones told, with their images on a sheet when --images names them.\n\n"
        "As a check, each is searched for among the codes that the run was trained on (or in "
        "--search): the cosine of its nearest neighbour stands beside what is usual for 200 "
        "codes from all over the ranking. An object that is really new has no near "
        "neighbour.\n\n" GT_NETWORK_HELP,
    .usage = "RUN",
    .min_words = 1,
    .max_words = 1,
    .word_path = GT_READS,
    .table = &table,
    .settings_size = sizeof(novelty_settings),
    .examples = examples,
    .has_json = true,
    .has_threads = true,
    .meets_sets = true,
    .takes_weights = true,
    .run = run};
