/* novelty_output.c - the least likely codes as a sheet of pictures and as a table. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "grid.h"
#include "novelty.h"
#include "object_table.h"
#include "png_write.h"

/* ---- Figure ---------------------------------------------------------------------------- */

static gt_status check_images(const gt_novelty *r, gt_dataset *images, gt_error *err) {
    const gt_dataset_info *info = gt_dataset_describe(images);
    gt_row_columns columns;
    if (info->count != r->scores.count)
        return gt_fail(err, GT_MISMATCH, "%s has %" PRIu64 " images, %s has %" PRIu64 " %ss",
                       gt_dataset_path(images), info->count, r->scores.path, r->scores.count,
                       gt_scores_word(r->run));
    gt_status status = gt_row_columns_read(images, GT_COLUMNS_ALL, &columns, err);
    for (size_t i = 0; i < r->count && !status; i++) {
        gt_dataset_row about = gt_row_columns_at(&columns, r->outliers[i].row);
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

static gt_status draw(const gt_novelty *r, gt_dataset *images, const char *colours,
                      const char *path, gt_error *err) {
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
        const gt_outlier *o = &r->outliers[i];
        chosen[i] = o->row;
        snprintf(texts[i], sizeof texts[i], *o->class ? "%.5g (%s)" : "%.5g%s", o->log_p,
                 o->class);
        captions[i] = texts[i];
    }
    options.columns = r->count;
    options.captions = captions;
    options.bands = info->bands;
    options.high = 255;
    options.upscale = info->width < WIDE ? (WIDE + info->width - 1) / info->width : 1;
    if (options.upscale > 64) options.upscale = 64;
    GT_TRY(gt_colour_map_find(colours, &options.colours, err));
    GT_TRY(gt_dataset_read_rows(images, chosen, r->count, pixels, err));
    GT_TRY(gt_grid_draw(r->count, info->channels, info->height, info->width, pixels, &options,
                        &sheet, err));
    GT_TRY(gt_png_write(path, sheet.width, sheet.height, sheet.channels, sheet.pixels,
                        r->provenance, err));
done:
    gt_sheet_destroy(&sheet);
    free(texts);
    free(captions);
    free(chosen);
    free(pixels);
    return status;
}

gt_status gt_novelty_figure(const gt_novelty *r, const char *images_path, const char *colours,
                            const char *path, gt_error *err) {
    gt_status status = GT_OK;
    gt_dataset *images = NULL;
    GT_TRY(gt_dataset_open(images_path, &images, err));
    GT_TRY(check_images(r, images, err));
    GT_TRY(draw(r, images, colours, path, err));
done:
    gt_dataset_close(images);
    return status;
}

/* ---- Table ----------------------------------------------------------------------------- */

gt_status gt_novelty_table(const gt_novelty *r, const char *path, gt_error *err) {
    char subject[GT_SCORES_ROOM], help[GT_SCORES_ROOM + 40];
    snprintf(help, sizeof help, "log-density of the code%s, in nats",
             gt_scores_subject(r->run, subject));
    const gt_table_column columns[] = {
        {"row", GT_TABLE_INT, NULL, "row of the data set, from 0"},
        {"id", GT_TABLE_TEXT, NULL, "name of the object"},
        {"class", GT_TABLE_TEXT, NULL, "label of the data set"},
        {"log_density", GT_TABLE_REAL, NULL, help},
        {"neighbour", GT_TABLE_INT, NULL, "row of the most similar code of the searched set"},
        {"cosine", GT_TABLE_REAL, NULL, "cosine similarity to that neighbour"},
    };
    enum { COLUMNS = sizeof columns / sizeof *columns };
    gt_status status = GT_OK;
    gt_object_table *made = NULL;
    gt_dataset *const set = r->scores.data;
    GT_TRY(gt_object_table_create("NOVELTY", columns, COLUMNS, &set, 1, &made, err));
    for (size_t i = 0; i < r->count; i++) {
        const gt_outlier *o = &r->outliers[i];
        gt_cell cells[COLUMNS] = {
            gt_cell_int((int64_t)o->row),
            gt_cell_text(o->id),
            gt_cell_text(*o->class ? o->class : NULL),
            gt_cell_real(o->log_p),
            gt_outlier_has_neighbour(o) ? gt_cell_int((int64_t)o->neighbour) : gt_cell_empty(),
            gt_outlier_has_neighbour(o) ? gt_cell_real(o->nearest) : gt_cell_empty(),
        };
        GT_TRY(gt_object_table_append(made, 0, o->row, cells, err));
    }
    GT_TRY(gt_object_table_write(made, path, r->provenance, err));
done:
    gt_object_table_destroy(made);
    return status;
}
