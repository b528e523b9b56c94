/* galatea data views: what training on pairs of views sees. */
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "galatea/augment.h"
#include "galatea/dataset.h"
#include "galatea/interrupt.h"
#include "galatea/json.h"
#include "provenance.h"
#include "row_list.h"
#include "run_use.h"
#include "sheet.h"
#include "shown.h"

typedef struct views_settings {
    const char *rows, *out, *colours;
    int64_t count, seed, epoch;
} views_settings;

enum { FIRST_ROWS = 8, MOST_ROWS = 256, MOST_VIEWS = 64, WHITE = 255 };

static const gt_option rows[] = {
    {"rows", GT_TEXT_AT(views_settings, rows), NULL, "LIST",
     "rows of the set as 3,7-9 (default: the first eight)"},
    {"count", GT_INT_AT(views_settings, count), "8", "N", "views of each", .min = 1,
     .max = MOST_VIEWS},
    {"out", GT_TEXT_AT(views_settings, out), NULL, "FILE.png", "sheet to draw",
     .required = true, .path = GT_WRITES, .endings = "png"},
    {"seed", GT_INT_AT(views_settings, seed), "1", "S", "that of the training", .min = 0,
     .max = 9e15},
    {"epoch", GT_INT_AT(views_settings, epoch), "1", "N",
     "whose two views come first; those of later epochs follow", .min = 1, .max = 1e6},
    {"colours", GT_CHOICE_AT(views_settings, colours), "heat", "NAME",
     "colours of pictures with one channel", .choices = "gray|heat"},
};
static const gt_option_table table = GT_OPTION_TABLE("Options", rows);

/* Pictures, each with its views behind it: (count, 1 + views, values). */
typedef struct gallery {
    gt_dataset *data;
    uint64_t *rows;
    size_t count, views, values;
    float *images;
} gallery;

static gt_status choose_rows(gallery *g, const char *text, gt_error *err) {
    const gt_dataset_info *info = gt_dataset_describe(g->data);
    const gt_row_source source = {"--rows ", gt_dataset_path(g->data), info->count, MOST_ROWS};
    if (text) return gt_row_list_read(&source, text, &g->rows, &g->count, err);
    g->count = info->count < FIRST_ROWS ? (size_t)info->count : FIRST_ROWS;
    g->rows = malloc((g->count + 1) * sizeof *g->rows);
    if (!g->rows) return gt_fail(err, GT_NO_MEMORY, "no memory for a list of rows");
    for (size_t i = 0; i < g->count; i++) g->rows[i] = i;
    return GT_OK;
}

static gt_status make_views(gallery *g, const gt_call *call, gt_error *err) {
    const views_settings *settings = call->settings;
    const gt_augmentation *how = call->parts[0];
    gt_status status = GT_OK;
    const gt_dataset_info *info = gt_dataset_describe(g->data);
    gt_view_shape shape = {info->channels, info->height, info->width, info->height,
                           info->width};
    gt_augmenter *maker = NULL;
    gt_progress progress = gt_call_progress(call, (int64_t)g->count, "pictures");
    GT_TRY(gt_augmenter_create(how, shape, WHITE, &maker, err));
    g->values = gt_dataset_row_values(info);
    g->images = calloc(g->count * (1 + g->views), g->values * sizeof *g->images);
    if (!g->images)
        GT_THROW(err, GT_NO_MEMORY, "no memory for %zu pictures", g->count * (1 + g->views));
    for (size_t i = 0; i < g->count; i++) {
        float *picture = g->images + i * (1 + g->views) * g->values;
        GT_TRY(gt_dataset_read_rows(g->data, &g->rows[i], 1, picture, err));
        GT_TRY(gt_use_check_pixels(gt_dataset_path(g->data), g->rows[i], 1, g->values, picture,
                                   err));
        for (size_t v = 0; v < g->views; v++) {
            gt_view_address at = {(uint64_t)settings->seed,
                                  (uint32_t)(settings->epoch - 1 + (int64_t)v / 2), g->rows[i],
                                  (uint32_t)(v % 2)};
            gt_augmenter_view(maker, picture, at, picture + (1 + v) * g->values);
        }
        if (gt_interrupt_pending()) GT_THROW(err, GT_INTERRUPTED, "interrupted");
        gt_progress_update(&progress, (int64_t)i + 1, NULL);
    }
done:
    gt_progress_finish(&progress);
    gt_augmenter_destroy(maker);
    return status;
}

static gt_status draw(const gallery *g, const gt_call *call, gt_error *err) {
    const views_settings *settings = call->settings;
    const gt_dataset_info *info = gt_dataset_describe(g->data);
    gt_status status = GT_OK;
    gt_grid_options options = gt_grid_options_default();
    char *provenance = NULL;
    char epochs[MOST_VIEWS][24];
    const char *captions[1 + MOST_VIEWS] = {"picture"};
    const char *const inputs[] = {call->words[0], NULL};
    for (size_t v = 0; v < g->views; v++) {
        snprintf(epochs[v], sizeof epochs[v], "epoch %d", (int)settings->epoch + (int)v / 2);
        captions[1 + v] = v % 2 ? "" : epochs[v];
    }
    options.columns = 1 + g->views;
    options.captions = captions;
    options.high = WHITE;
    GT_TRY(gt_colour_map_find(settings->colours, &options.colours, err));
    GT_TRY(gt_provenance_make(&call->invocation, inputs, &provenance, err));
    GT_TRY(gt_sheet_write_images(settings->out, g->count * (1 + g->views), info->channels,
                                 info->height, info->width, g->images, &options, provenance,
                                 err));
done:
    free(provenance);
    return status;
}

static gt_status tell(const gallery *g, const gt_call *call, gt_error *err) {
    const views_settings *settings = call->settings;
    if (call->wants_json) {
        gt_json json;
        gt_json_begin(&json, stdout, 2);
        gt_json_object(&json, NULL);
        gt_json_int(&json, "pictures", (int64_t)g->count);
        gt_json_int(&json, "views_of_each", (int64_t)g->views);
        gt_json_text(&json, "sheet", settings->out);
        gt_json_end(&json);
        return gt_json_finish(&json, err);
    }
    if (!call->is_quiet)
        printf("%s: %s, %s of each\n", gt_shown(settings->out), gt_counted(g->count, "picture"),
               gt_counted(g->views, "view"));
    return GT_OK;
}

static gt_status run(gt_call *call, gt_error *err) {
    const views_settings *settings = call->settings;
    gt_status status = GT_OK;
    gallery g = {.views = (size_t)settings->count};
    GT_TRY(gt_interrupt_install(err));
    GT_TRY(gt_augmentation_check(call->parts[0], err));
    GT_TRY(gt_dataset_open(call->words[0], &g.data, err));
    GT_TRY(choose_rows(&g, settings->rows, err));
    GT_TRY(make_views(&g, call, err));
    GT_TRY(draw(&g, call, err));
    GT_TRY(tell(&g, call, err));
done:
    gt_dataset_close(g.data);
    free(g.rows);
    free(g.images);
    return status;
}

static gt_part part_at(size_t index) {
    if (index > 0) return (gt_part){0};
    return (gt_part){&gt_augmentation_options, sizeof(gt_augmentation)};
}

static const char *const examples[] = {
    "galatea data views set.h5 --out views.png",
    "galatea data views set.h5 --rows 0,1,2 --count 8 --out views.png",
    "galatea data views set.h5 --rows 5-9 --crop-least 0.5 --rotate 1 --out mild.png", NULL};

const gt_command gt_command_data_views = {
    .name = "data views",
    .summary = "show the augmented views that training learns from",
    .description =
        "Draws a sheet with a row for each picture: itself, then the two views of it that "
        "simclr, byol and simsiam get in epoch 1 of a training with the same --seed and the "
        "same options of views, then those of epoch 2, and so on. A crop that loses the source "
        "or a jitter that drowns it is seen here before it costs hours.",
    .usage = "FILE",
    .min_words = 1,
    .max_words = 1,
    .word_path = GT_READS,
    .table = &table,
    .settings_size = sizeof(views_settings),
    .part_at = part_at,
    .examples = examples,
    .has_json = true,
    .run = run};
