/* atlas.c - see atlas.h. */
#include "atlas.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "embed_output.h"
#include "file.h"
#include "guard.h"
#include "provenance.h"
#include "table.h"

/* ---- Reading ------------------------------------------------------------------------------
 */

static gt_status check_outputs(const gt_atlas *a, gt_error *err) {
    gt_status status = GT_OK;
    const gt_embed_settings *s = a->settings;
    const char *inputs[GT_MAPS_AT_MOST + 1] = {NULL},
                                         *outputs[GT_MAPS_AT_MOST + 2] = {s->table, s->figure};
    for (size_t i = 0; i < a->count; i++) inputs[i] = a->list[i].path;
    /* a folder that is to be made cannot be tried */
    for (size_t i = 0; i < a->count; i++)
        if (a->count == 1 || access(s->out, F_OK) == 0) outputs[2 + i] = a->list[i].out;
    if (a->count > 1 && s->table)
        GT_THROW(err, GT_USAGE, "table %s holds the map of one file, there are %zu", s->table,
                 a->count);
    if (a->count == 1) status = gt_file_check_ending("out", s->out, GT_DATASET_ENDINGS, err);
    if (status && gt_file_ending(s->out, GT_TABLE_ENDINGS) >= 0)
        gt_advise(err, "table %s writes the map as a table, beside the set", s->out);
    if (status) goto done;
    GT_TRY(gt_guard_files(inputs, outputs, 2 + a->count, err));
    if (s->color && !s->figure)
        GT_THROW(err, GT_USAGE, "color %s colours the figure, and none is asked for", s->color);
done:
    return status;
}

static gt_status read_rows(gt_embedding *e, gt_error *err) {
    gt_status status = GT_OK;
    GT_TRY(gt_dataset_open_any(e->path, &e->data, err));
    GT_TRY(gt_map_check(e->data, err));
    const gt_dataset_info *info = gt_dataset_describe(e->data);
    if (!*e->title) gt_maker_name(e->data, e->title);
    GT_TRY(gt_row_columns_read(e->data, GT_COLUMNS_ALL, &e->columns, err));
    if (e->settings->color && strcmp(e->settings->color, "none") != 0)
        GT_TRY(gt_map_check_column(e->data, &e->columns, e->settings->color, err));
    e->rows = (size_t)info->count;
    e->features = gt_dataset_row_values(info);
    if (gt_embed_is_tsne(e) &&
        gt_tsne_check_perplexity(e->rows, e->settings->perplexity, err)) {
        status = err->status;
        gt_blame(err, "%s", e->path);
        goto done;
    }
    e->x = calloc(e->rows, e->features * sizeof *e->x);
    e->y = calloc(e->rows, 2 * sizeof *e->y);
    if (!e->x || !e->y)
        GT_THROW(err, GT_NO_MEMORY, "%s: no memory for %zu rows of %zu values", e->path,
                 e->rows, e->features);
    GT_TRY(gt_dataset_read(e->data, 0, e->rows, e->x, err));
done:
    return status;
}

/* ---- Writing ------------------------------------------------------------------------------
 */

static gt_map view(gt_embedding *e, const char *provenance) {
    gt_map map = {.data = e->data,
                  .columns = &e->columns,
                  .y = e->y,
                  .model = e->model,
                  .provenance = provenance,
                  .title = e->title};
    snprintf(e->model, sizeof e->model, "%s of %.300s", gt_embed_is_tsne(e) ? "t-SNE" : "PCA",
             e->path);
    for (int i = 0; i < 2 && !gt_embed_is_tsne(e); i++) {
        snprintf(e->axes[i], sizeof e->axes[i], "component %d (%.1f %% of the variance)", i + 1,
                 100 * e->ratio[i]);
        map.axes[i] = e->axes[i];
    }
    return map;
}

static gt_status write_outputs(const gt_atlas *a, gt_error *err) {
    gt_status status = GT_OK;
    const gt_embed_settings *s = a->settings;
    char *provenance = NULL;
    const char *inputs[GT_MAPS_AT_MOST + 1] = {NULL};
    gt_map maps[GT_MAPS_AT_MOST];
    for (size_t i = 0; i < a->count; i++) inputs[i] = a->list[i].path;
    GT_TRY(gt_provenance_make(a->context->invocation, inputs, &provenance, err));
    for (size_t i = 0; i < a->count; i++) maps[i] = view(&a->list[i], provenance);
    if (a->count > 1) GT_TRY(gt_mkdirs(s->out, err));
    for (size_t i = 0; i < a->count; i++) GT_TRY(gt_map_save(&maps[i], a->list[i].out, err));
    if (s->table) GT_TRY(gt_map_table(&maps[0], s->table, err));
    if (s->figure) GT_TRY(gt_map_figure(maps, a->count, s->figure, s->color, err));
done:
    free(provenance);
    return status;
}

/* ---- The whole ----------------------------------------------------------------------------
 */

static gt_status name_file(gt_atlas *a, const char *word, size_t index, gt_error *err) {
    gt_status status = GT_OK;
    gt_embedding *e = &a->list[index];
    gt_label label;
    char base[GT_LABEL_ROOM];
    GT_TRY(gt_label_parse(word, &label, err));
    *e = (gt_embedding){.context = a->context, .settings = a->settings, .path = label.path};
    snprintf(e->title, sizeof e->title, "%s", label.name);
    gt_base_name(*label.name ? label.name : label.path, base);
    int length = a->count == 1
                     ? snprintf(e->out, sizeof e->out, "%s", a->settings->out)
                     : snprintf(e->out, sizeof e->out, "%s/%s.h5", a->settings->out, base);
    if ((size_t)length >= sizeof e->out)
        GT_THROW(err, GT_USAGE, "out: a name of %d bytes is too long", length);
    for (size_t i = 0; i < index; i++)
        if (strcmp(a->list[i].out, e->out) == 0)
            GT_THROW(err, GT_USAGE, "%s and %s would both be mapped to %s: call them NAME=FILE",
                     a->list[i].path, e->path, e->out);
done:
    return status;
}

static gt_status read_all(gt_atlas *a, gt_error *err) {
    gt_status status = GT_OK;
    const char *color = a->settings->color;
    gt_named *named = NULL;
    for (size_t i = 0; i < a->count; i++) {
        GT_TRY(read_rows(&a->list[i], err));
        if (i > 0 && color && (strcmp(color, "label") == 0 || strcmp(color, "class") == 0))
            GT_TRY(gt_map_check_classes(a->list[0].data, a->list[i].data, err));
    }
    named = calloc(a->count, sizeof *named);
    if (!named) GT_THROW(err, GT_NO_MEMORY, "no memory for names");
    for (size_t i = 0; i < a->count; i++)
        named[i] = (gt_named){a->list[i].title, a->list[i].path};
    GT_TRY(gt_names_tell_apart(named, a->count, err));
done:
    free(named);
    return status;
}

gt_status gt_atlas_make(const gt_context *context, const gt_embed_settings *settings,
                        const char *const *words, size_t count, gt_atlas *a, gt_error *err) {
    gt_status status = GT_OK;
    GT_ASSERT(count > 0 && count <= GT_MAPS_AT_MOST);
    *a = (gt_atlas){.context = context, .settings = settings, .count = count};
    a->list = calloc(count, sizeof *a->list);
    if (!a->list) GT_THROW(err, GT_NO_MEMORY, "no memory for %zu maps", count);
    for (size_t i = 0; i < count; i++) GT_TRY(name_file(a, words[i], i, err));
    GT_TRY(check_outputs(a, err));
    GT_TRY(read_all(a, err));
    for (size_t i = 0; i < count; i++) GT_TRY(gt_embed_map(&a->list[i], err));
    GT_TRY(write_outputs(a, err));
done:
    return status;
}

void gt_atlas_free(gt_atlas *a) {
    for (size_t i = 0; a->list && i < a->count; i++) {
        gt_dataset_close(a->list[i].data);
        free(a->list[i].x);
        free(a->list[i].y);
    }
    free(a->list);
}
