/* views.c - see views.h. */
#include "views.h"

#include <stdio.h>
#include <stdlib.h>

#include "galatea/dataset.h"
#include "galatea/interrupt.h"
#include "provenance.h"
#include "row_list.h"
#include "run_use.h"
#include "sheet.h"

enum { FIRST_ROWS = 8, MOST_ROWS = 256, WHITE = 255 };

/* Pictures, each with its views behind it: (count, 1 + views, values). */
typedef struct gallery {
    const gt_context *context;
    const gt_views_settings *settings;
    gt_dataset *data;
    uint64_t *rows;
    size_t count, views, values;
    float *images;
} gallery;

static gt_status choose_rows(gallery *g, const char *text, gt_error *err) {
    const gt_dataset_info *info = gt_dataset_describe(g->data);
    const gt_row_source source = {"rows ", gt_dataset_path(g->data), info->count, MOST_ROWS};
    if (text) return gt_row_list_read(&source, text, &g->rows, &g->count, err);
    g->count = info->count < FIRST_ROWS ? (size_t)info->count : FIRST_ROWS;
    g->rows = malloc((g->count + 1) * sizeof *g->rows);
    if (!g->rows) return gt_fail(err, GT_NO_MEMORY, "no memory for a list of rows");
    for (size_t i = 0; i < g->count; i++) g->rows[i] = i;
    return GT_OK;
}

static gt_status make_views(gallery *g, const gt_augmentation *how, gt_error *err) {
    const gt_views_settings *settings = g->settings;
    gt_status status = GT_OK;
    const gt_dataset_info *info = gt_dataset_describe(g->data);
    gt_view_shape shape = {info->channels, info->height, info->width, info->height,
                           info->width};
    gt_augmenter *maker = NULL;
    gt_progress progress = gt_context_progress(g->context, (int64_t)g->count, "pictures");
    GT_TRY(gt_use_check_unit(g->data, err));
    GT_TRY(gt_augmenter_create(how, shape, WHITE, &maker, err));
    g->values = gt_dataset_row_values(info);
    g->images = calloc(g->count * (1 + g->views), g->values * sizeof *g->images);
    if (!g->images)
        GT_THROW(err, GT_NO_MEMORY, "no memory for %zu pictures", g->count * (1 + g->views));
    for (size_t i = 0; i < g->count; i++) {
        float *picture = g->images + i * (1 + g->views) * g->values;
        GT_TRY(gt_dataset_read_rows(g->data, &g->rows[i], 1, picture, err));
        GT_TRY(gt_use_check_pixels(gt_dataset_path(g->data), gt_dataset_range(info), g->rows[i],
                                   1, g->values, picture, err));
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

static gt_status draw(const gallery *g, gt_error *err) {
    const gt_views_settings *settings = g->settings;
    const gt_dataset_info *info = gt_dataset_describe(g->data);
    gt_status status = GT_OK;
    gt_grid_options options = gt_grid_options_default();
    char *provenance = NULL;
    char epochs[GT_VIEWS_AT_MOST][24];
    const char *captions[1 + GT_VIEWS_AT_MOST] = {"picture"};
    const char *const inputs[] = {gt_dataset_path(g->data), NULL};
    for (size_t v = 0; v < g->views; v++) {
        snprintf(epochs[v], sizeof epochs[v], "epoch %d", (int)settings->epoch + (int)v / 2);
        captions[1 + v] = v % 2 ? "" : epochs[v];
    }
    options.columns = 1 + g->views;
    options.captions = captions;
    options.bands = info->bands;
    options.high = WHITE;
    GT_TRY(gt_colour_map_find(settings->colours, &options.colours, err));
    GT_TRY(gt_provenance_make(g->context->invocation, inputs, &provenance, err));
    GT_TRY(gt_sheet_write_images(settings->out, g->count * (1 + g->views), info->channels,
                                 info->height, info->width, g->images, &options, provenance,
                                 err));
done:
    free(provenance);
    return status;
}

gt_status gt_views_write(const gt_context *context, const char *data,
                         const gt_views_settings *settings, const gt_augmentation *how,
                         size_t *pictures, gt_error *err) {
    gt_status status = GT_OK;
    gallery g = {.context = context, .settings = settings, .views = (size_t)settings->count};
    GT_TRY(gt_augmentation_check(how, err));
    GT_TRY(gt_dataset_open(data, &g.data, err));
    GT_TRY(choose_rows(&g, settings->rows, err));
    GT_TRY(make_views(&g, how, err));
    GT_TRY(draw(&g, err));
    *pictures = g.count;
done:
    gt_dataset_close(g.data);
    free(g.rows);
    free(g.images);
    return status;
}
