/* show.c - see show.h. */
#include "show.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "galatea/dataset.h"
#include "galatea/image.h"
#include "galatea/interrupt.h"
#include "labels.h"
#include "mismatch.h"
#include "provenance.h"
#include "row_list.h"
#include "run_use.h"
#include "sheet.h"
#include "split_rows.h"

enum { WHITE = 255, LONGEST_ROW = 10 };

/* Sets in the order of the rows; pictures (sets, columns, C, H, W), black where a set has no
 * more. */
typedef struct shelf {
    const gt_context *context;
    const gt_show_settings *settings;
    gt_label labels[GT_SHOW_SETS];
    size_t count, columns, channels, height, width, shown;
    float *pictures;
    gt_imaging imaging; /* of the first set */
    bool is_mixed;      /* the others are of another survey or scale */
} shelf;

static size_t values_of(const shelf *s) {
    return s->channels * s->height * s->width;
}

/* ---- Sets -------------------------------------------------------------------------------- */

static gt_status name_sets(shelf *s, const char *const *words, size_t count, gt_error *err) {
    gt_named named[GT_SHOW_SETS];
    for (; s->count < count; s->count++) {
        gt_label *label = &s->labels[s->count];
        gt_status status = gt_label_parse(words[s->count], label, err);
        if (status) return status;
        if (!*label->name) gt_base_name(label->path, label->name);
        named[s->count] = (gt_named){label->name, label->path};
    }
    return gt_names_tell_apart(named, count, err);
}

/* Whether a scale bar, or a survey, of one would be wrong for the other. */
static bool differs(const gt_imaging *a, const gt_imaging *b) {
    double scale = a->pixel_scale_arcsec;
    return (a->survey && b->survey && strcmp(a->survey, b->survey) != 0) ||
           fabs(scale - b->pixel_scale_arcsec) > 0.01 * scale;
}

/* The first set rules the size; three channels where one has them. */
static gt_status look_at(shelf *s, size_t index, const gt_dataset *data, gt_error *err) {
    const gt_dataset_info *info = gt_dataset_describe(data);
    if (info->channels != 1 && info->channels != 3)
        return gt_fail(err, GT_BAD_SHAPE, "%s has pictures of %zu channels, expected 1 or 3",
                       gt_dataset_path(data), info->channels);
    if (index == 0) {
        s->height = info->height;
        s->width = info->width;
        const gt_imaging imaging = gt_imaging_of(info);
        gt_status status = gt_imaging_copy(&imaging, &s->imaging, err);
        if (status) return status;
    }
    const gt_imaging other = gt_imaging_of(info);
    s->is_mixed |= differs(&s->imaging, &other);
    if (info->channels > s->channels) s->channels = info->channels;
    return GT_OK;
}

static gt_status look_at_all(shelf *s, gt_error *err) {
    gt_status status = GT_OK;
    gt_dataset *data = NULL;
    const char *paths[GT_SHOW_SETS + 1] = {NULL};
    for (size_t i = 0; i < s->count; i++) {
        paths[i] = s->labels[i].path;
        GT_TRY(gt_dataset_open(paths[i], &data, err));
        GT_TRY(look_at(s, i, data, err));
        gt_dataset_close(data);
        data = NULL;
    }
    GT_TRY(gt_mismatch_check_sets(s->context, paths, "", err));
done:
    gt_dataset_close(data);
    return status;
}

/* ---- Pictures ---------------------------------------------------------------------------- */

static gt_status choose_rows(const shelf *s, gt_dataset *data, uint64_t **rows, size_t *count,
                             gt_error *err) {
    const gt_show_settings *settings = s->settings;
    const gt_row_source source = {"rows ", gt_dataset_path(data),
                                  gt_dataset_describe(data)->count, GT_SHOW_PICTURES};
    if (settings->rows) return gt_row_list_read(&source, settings->rows, rows, count, err);
    return gt_split_rows(data, settings->split, (size_t)settings->count, rows, count, err);
}

/* Rows of one set; the sheet grows by columns where this is the longest so far. */
static gt_status read_set(shelf *s, size_t index, gt_error *err) {
    gt_status status = GT_OK;
    gt_dataset *data = NULL;
    uint64_t *rows = NULL;
    size_t count = 0;
    float *picture = NULL;
    GT_TRY(gt_dataset_open(s->labels[index].path, &data, err));
    const gt_dataset_info *info = gt_dataset_describe(data);
    GT_TRY(gt_use_check_unit(data, err));
    GT_TRY(choose_rows(s, data, &rows, &count, err));
    picture = malloc(gt_dataset_row_values(info) * sizeof *picture);
    if (!picture) GT_THROW(err, GT_NO_MEMORY, "no memory for a picture");
    for (size_t i = 0; i < count; i++) {
        if (gt_interrupt_pending()) GT_THROW(err, GT_INTERRUPTED, "interrupted");
        GT_TRY(gt_dataset_read_rows(data, &rows[i], 1, picture, err));
        GT_TRY(gt_use_check_pixels(gt_dataset_path(data), gt_dataset_range(info), rows[i], 1,
                                   gt_dataset_row_values(info), picture, err));
        float *shown = s->pictures + (index * GT_SHOW_PICTURES + i) * values_of(s);
        GT_TRY(gt_use_fit(info, picture, s->channels, s->height, s->width, shown, err));
        if (info->channels == 3) gt_colour_arrange(info->bands, s->height * s->width, shown);
    }
    if (count > s->columns) s->columns = count;
    s->shown += count;
done:
    gt_dataset_close(data);
    free(rows);
    free(picture);
    return status;
}

static gt_status read_pictures(shelf *s, gt_error *err) {
    gt_status status = GT_OK;
    s->pictures = calloc(s->count * GT_SHOW_PICTURES, values_of(s) * sizeof *s->pictures);
    if (!s->pictures)
        GT_THROW(err, GT_NO_MEMORY, "no memory for pictures of %zu sets", s->count);
    for (size_t i = 0; i < s->count; i++) GT_TRY(read_set(s, i, err));
    for (size_t i = 1; i < s->count; i++) /* closer together */
        memmove(s->pictures + i * s->columns * values_of(s),
                s->pictures + i * GT_SHOW_PICTURES * values_of(s),
                s->columns * values_of(s) * sizeof *s->pictures);
done:
    return status;
}

static gt_status draw(const shelf *s, gt_error *err) {
    gt_status status = GT_OK;
    gt_grid_options options = gt_grid_options_default();
    char *provenance = NULL;
    const char *inputs[GT_SHOW_SETS + 1] = {NULL};
    const char **names = calloc(s->count * s->columns, sizeof *names);
    if (!names) GT_THROW(err, GT_NO_MEMORY, "no memory for names");
    for (size_t i = 0; i < s->count; i++) {
        inputs[i] = s->labels[i].path;
        names[i * s->columns] = s->labels[i].name;
    }
    options.columns = s->columns;
    if (s->count == 1 && s->columns > LONGEST_ROW) options.columns = LONGEST_ROW;
    options.labels = names;
    options.high = WHITE;
    GT_TRY(gt_colour_map_find(s->settings->colours, &options.colours, err));
    GT_TRY(gt_provenance_make(s->context->invocation, inputs, &provenance, err));
    GT_TRY(gt_sheet_write_of(s->settings->out, s->count * s->columns, s->channels, s->height,
                             s->width, s->pictures, &options, s->is_mixed ? NULL : &s->imaging,
                             provenance, err));
done:
    free(names);
    free(provenance);
    return status;
}

gt_status gt_show_write(const gt_context *context, const char *const *words, size_t count,
                        const gt_show_settings *settings, size_t *pictures, gt_error *err) {
    gt_status status = GT_OK;
    shelf s = {.context = context, .settings = settings, .imaging = gt_imaging_unknown()};
    GT_ASSERT(count >= 1 && count <= GT_SHOW_SETS);
    GT_TRY(name_sets(&s, words, count, err));
    GT_TRY(look_at_all(&s, err));
    GT_TRY(read_pictures(&s, err));
    GT_TRY(draw(&s, err));
    *pictures = s.shown;
done:
    free(s.pictures);
    gt_imaging_free(&s.imaging);
    return status;
}
