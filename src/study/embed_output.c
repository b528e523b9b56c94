/* embed_output.c */
#include "embed_output.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "column_values.h"
#include "galatea/figure.h"
#include "galatea/samples.h"
#include "object_table.h"
#include "sort.h"
#include "text_set.h"

static size_t row_count(const gt_map *map) {
    return (size_t)gt_dataset_describe(map->data)->count;
}

/* ---- The set ------------------------------------------------------------------------------
 */

static gt_dataset_info describe(const gt_dataset *data) {
    gt_dataset_info info = *gt_dataset_describe(data);
    info.kind = GT_DATASET_CODES;
    info.type = GT_PIXEL_F32;
    info.channels = 2;
    info.height = info.width = 1;
    info.model = info.provenance = NULL;
    return info;
}

gt_status gt_map_check(const gt_dataset *data, gt_error *err) {
    gt_dataset_info info = describe(data);
    gt_status status = gt_dataset_info_check(&info, err);
    if (status) gt_blame(err, "%s", gt_dataset_path(data));
    return status;
}

gt_status gt_map_save(const gt_map *map, const char *path, gt_error *err) {
    gt_status status = GT_OK;
    gt_dataset_writer *writer = NULL;
    gt_dataset_info info = describe(map->data);
    info.model = map->model;
    info.provenance = map->provenance;
    GT_TRY(gt_dataset_writer_create(path, &info, &writer, err));
    for (size_t i = 0; i < row_count(map); i++) {
        float code[2] = {(float)map->y[2 * i], (float)map->y[2 * i + 1]};
        gt_dataset_row row = gt_row_columns_at(map->columns, i);
        GT_TRY(gt_dataset_values(map->data, i, &row.values, err));
        GT_TRY(gt_dataset_writer_append(writer, code, &row, 1, err));
    }
    gt_dataset_writer *finished = writer;
    writer = NULL;
    GT_TRY(gt_dataset_writer_commit(finished, err));
done:
    gt_dataset_writer_discard(writer);
    return status;
}

/* ---- The table ----------------------------------------------------------------------------
 */

static const char *const split_names[GT_SPLIT_COUNT] = {"train", "test", "validation"};

/* Name of a class, or its number written into text, or NULL for none. */
static const char *class_name(const gt_dataset_info *info, int32_t label, char text[16]) {
    if (label < 0) return NULL;
    if ((size_t)label < info->class_count) return info->class_names[label];
    snprintf(text, 16, "%d", (int)label);
    return text;
}

gt_status gt_map_table(const gt_map *map, const char *path, gt_error *err) {
    static const gt_table_column columns[] = {
        {"row", GT_TABLE_INT, NULL, "row of the set, from 0"},
        {"id", GT_TABLE_TEXT, NULL, "name of the object; empty where the set has none"},
        {"x", GT_TABLE_REAL, NULL, "first coordinate of the map"},
        {"y", GT_TABLE_REAL, NULL, "second coordinate of the map"}};
    const gt_row_columns *c = map->columns;
    gt_status status = GT_OK;
    gt_object_table *table = NULL;
    GT_TRY(gt_object_table_create("MAP", columns, 4, &map->data, 1, &table, err));
    for (size_t i = 0; i < row_count(map); i++) {
        const char *id = c->ids ? c->ids + i * (c->id_length + 1) : NULL;
        const gt_cell cells[] = {gt_cell_int((int64_t)i), gt_cell_text(id),
                                 gt_cell_real(map->y[2 * i]), gt_cell_real(map->y[2 * i + 1])};
        GT_TRY(gt_object_table_append(table, 0, i, cells, err));
    }
    GT_TRY(gt_object_table_write(table, path, map->provenance, err));
done:
    gt_object_table_destroy(table);
    return status;
}

/* ---- The figure ---------------------------------------------------------------------------
 */

static bool is_label(const char *name) {
    return strcmp(name, "label") == 0 || strcmp(name, "class") == 0;
}

/* The classes that a legend shows: those with names, and all that rows have. */
static gt_status find_classes(const gt_map *maps, size_t count, gt_classes *out,
                              gt_error *err) {
    gt_status status = GT_OK;
    size_t room = 0, n = 0;
    for (size_t p = 0; p < count; p++)
        room += row_count(&maps[p]) + gt_dataset_describe(maps[p].data)->class_count;
    int32_t *labels = malloc((room + 1) * sizeof *labels);
    if (!labels) GT_THROW(err, GT_NO_MEMORY, "no memory for %zu labels", room);
    for (size_t p = 0; p < count; p++) {
        size_t named = gt_dataset_describe(maps[p].data)->class_count;
        for (size_t i = 0; i < named; i++) labels[n++] = (int32_t)i;
        for (size_t i = 0; i < row_count(&maps[p]); i++)
            if (maps[p].columns->labels[i] >= 0) labels[n++] = maps[p].columns->labels[i];
    }
    GT_TRY(gt_classes_find(n, labels, out, err));
done:
    free(labels);
    return status;
}

/* Adds the texts of a column; what is missing is none of them. */
static gt_status add_words(gt_dataset *data, size_t field, gt_text_set *words, gt_error *err) {
    gt_status status = GT_OK;
    const gt_field_value *values;
    bool fits = true;
    for (uint64_t i = 0; i < gt_dataset_describe(data)->count && fits; i++) {
        GT_TRY(gt_dataset_values(data, i, &values, err));
        GT_TRY(gt_text_set_add(words, values[field].text, &fits, err));
        if (words->count > GT_FIGURE_CLASSES) fits = false;
    }
    if (!fits)
        GT_THROW(err, GT_UNSUPPORTED,
                 "%s: '%s' has more different texts than a figure shows classes, %d",
                 gt_dataset_path(data), gt_dataset_describe(data)->fields[field].name,
                 GT_FIGURE_CLASSES);
done:
    return status;
}

static gt_status check_words(gt_dataset *data, size_t field, gt_error *err) {
    gt_text_set words = {0};
    gt_status status = add_words(data, field, &words, err);
    gt_text_set_free(&words);
    return status;
}

gt_status gt_map_check_column(gt_dataset *data, const gt_row_columns *columns, const char *name,
                              gt_error *err) {
    const char *path = gt_dataset_path(data);
    size_t field;
    if (gt_column_is_text(data, name, &field)) return check_words(data, field, err);
    if (!is_label(name) && strcmp(name, "split") != 0) {
        gt_status status = gt_column_check_numbers(data, name, err);
        if (status && columns->labels) gt_advise(err, "label colours by class");
        return status;
    }
    if (is_label(name) ? columns->labels == NULL : columns->splits == NULL)
        return gt_fail(err, GT_NOT_FOUND, "%s has no column '%s' to colour by", path, name);
    if (!is_label(name)) return GT_OK;
    gt_classes classes = {0};
    gt_map map = {.data = data, .columns = columns};
    gt_status status = find_classes(&map, 1, &classes, err);
    if (!status && classes.count > GT_FIGURE_CLASSES)
        status = gt_fail(err, GT_UNSUPPORTED, "%s has %d classes, a figure shows at most %d",
                         path, classes.count, GT_FIGURE_CLASSES);
    gt_classes_free(&classes);
    return status;
}

/* The range of all values but one in 200 at either end, which take the end's colour: one stray
 * value would else take most colours from the rest. Sizes that span a decade are shown by their
 * logarithms, and so are values of which half lie in the lowest tenth, as fluxes do. Of several
 * maps the values of all count. */
static gt_status choose_range(const gt_scatter *panels, size_t count, bool may_be_log,
                              gt_axis *axis, gt_error *err) {
    size_t total = 0, known = 0;
    for (size_t p = 0; p < count; p++) total += panels[p].count;
    double *sorted = malloc((total + 1) * sizeof *sorted);
    if (!sorted) return gt_fail(err, GT_NO_MEMORY, "no memory for %zu values", total);
    for (size_t p = 0; p < count; p++)
        for (size_t i = 0; i < panels[p].count; i++)
            if (isfinite(panels[p].colour[i])) sorted[known++] = panels[p].colour[i];
    qsort(sorted, known, sizeof *sorted, gt_by_double);
    if (known > 0 && sorted[known / 200] < sorted[known - 1 - known / 200]) {
        axis->low = sorted[known / 200];
        axis->high = sorted[known - 1 - known / 200];
        bool is_crowded =
            sorted[0] > 0 && sorted[known / 2] < axis->low + 0.1 * (axis->high - axis->low);
        axis->is_log =
            (may_be_log || is_crowded) && axis->low > 0 && axis->high >= 10 * axis->low;
    }
    free(sorted);
    return GT_OK;
}

gt_status gt_map_check_classes(const gt_dataset *first, const gt_dataset *second,
                               gt_error *err) {
    const gt_dataset_info *a = gt_dataset_describe(first), *b = gt_dataset_describe(second);
    bool are_same = a->class_count == b->class_count;
    for (size_t i = 0; are_same && i < a->class_count; i++)
        are_same = strcmp(a->class_names[i], b->class_names[i]) == 0;
    if (are_same) return GT_OK;
    return gt_fail(err, GT_MISMATCH,
                   "%s and %s have other classes: one legend cannot show both",
                   gt_dataset_path(first), gt_dataset_path(second));
}

/* The memory of one frame, beside what is lent. */
typedef struct frame {
    double *x, *colour;
    int32_t *parts;
    char label[GT_COLUMN_LABEL_TEXT]; /* of the colours */
} frame;

/* One legend: a class without a name shows its number. */
typedef struct legend {
    gt_classes classes;
    char (*numbers)[16];
    const char **names;
    gt_text_set words; /* of a column of texts */
} legend;

static gt_status make_legend(const gt_map *maps, size_t count, legend *l, gt_error *err) {
    gt_status status = GT_OK;
    const gt_dataset_info *info = gt_dataset_describe(maps[0].data);
    GT_TRY(find_classes(maps, count, &l->classes, err));
    size_t n = (size_t)l->classes.count;
    l->numbers = calloc(n + 1, sizeof *l->numbers);
    l->names = calloc(n + 1, sizeof *l->names);
    if (!l->numbers || !l->names) GT_THROW(err, GT_NO_MEMORY, "no memory for %zu classes", n);
    for (size_t k = 0; k < n; k++)
        l->names[k] = class_name(info, l->classes.labels[k], l->numbers[k]);
done:
    return status;
}

static void free_legend(legend *l) {
    gt_classes_free(&l->classes);
    gt_text_set_free(&l->words);
    free(l->numbers);
    free(l->names);
}

static gt_status fill_words(const gt_map *map, size_t field, const gt_text_set *words,
                            frame *own, gt_scatter *points, gt_error *err) {
    gt_status status = GT_OK;
    const gt_field_value *values;
    bool is_there;
    own->parts = calloc(row_count(map), sizeof *own->parts);
    if (!own->parts) GT_THROW(err, GT_NO_MEMORY, "no memory for %zu points", row_count(map));
    for (size_t i = 0; i < row_count(map); i++) {
        GT_TRY(gt_dataset_values(map->data, i, &values, err));
        size_t place = gt_text_set_place(words, values[field].text, &is_there);
        own->parts[i] = is_there ? (int32_t)place : -1;
    }
    points->classes = own->parts;
    points->class_names = (const char *const *)words->texts;
    points->class_count = words->count;
done:
    return status;
}

static gt_status fill_frame(const gt_map *map, const char *colour, const legend *classes,
                            frame *own, gt_scatter *points, gt_error *err) {
    gt_status status = GT_OK;
    size_t n = row_count(map);
    own->x = calloc(2 * n, sizeof *own->x);
    if (!own->x) GT_THROW(err, GT_NO_MEMORY, "no memory for %zu points", n);
    for (size_t i = 0; i < n; i++) own->x[i] = map->y[2 * i], own->x[n + i] = map->y[2 * i + 1];
    *points = (gt_scatter){.count = n, .x = own->x, .y = own->x + n, .title = map->title};
    size_t field;
    if (colour && is_label(colour)) {
        own->parts = calloc(n, sizeof *own->parts);
        if (!own->parts) GT_THROW(err, GT_NO_MEMORY, "no memory for %zu points", n);
        for (size_t i = 0; i < n; i++)
            own->parts[i] = gt_classes_place(&classes->classes, map->columns->labels[i]);
        points->classes = own->parts;
        points->class_names = classes->names;
        points->class_count = (size_t)classes->classes.count;
    } else if (colour && strcmp(colour, "split") == 0) {
        own->parts = calloc(n, sizeof *own->parts);
        if (!own->parts) GT_THROW(err, GT_NO_MEMORY, "no memory for %zu points", n);
        for (size_t i = 0; i < n; i++) own->parts[i] = map->columns->splits[i];
        points->classes = own->parts;
        points->class_names = split_names;
        points->class_count = GT_SPLIT_COUNT;
    } else if (colour && gt_column_is_text(map->data, colour, &field)) {
        GT_TRY(fill_words(map, field, &classes->words, own, points, err));
    } else if (colour) {
        GT_TRY(gt_column_numbers(map->data, colour, &own->colour, own->label, err));
        points->colour = own->colour;
        points->colour_axis.label = own->label;
    }
done:
    return status;
}

/* What maps are coloured by when nobody says: classes, where all have the same and not too
 * many. "none": by nothing. */
static const char *usual_colour(const gt_map *maps, size_t count, const char *asked) {
    if (asked) return strcmp(asked, "none") == 0 ? NULL : asked;
    for (size_t p = 0; p < count; p++)
        if (!maps[p].columns->labels ||
            gt_map_check_column(maps[p].data, maps[p].columns, "label", NULL) ||
            gt_map_check_classes(maps[0].data, maps[p].data, NULL))
            return NULL;
    return "label";
}

gt_status gt_map_figure(const gt_map *maps, size_t count, const char *path, const char *asked,
                        gt_error *err) {
    gt_status status = GT_OK;
    const char *colour = usual_colour(maps, count, asked);
    bool is_one = count == 1;
    legend classes = {.names = NULL};
    gt_scatter *panels = calloc(count, sizeof *panels);
    frame *own = calloc(count, sizeof *own);
    if (!panels || !own) GT_THROW(err, GT_NO_MEMORY, "no memory for %zu maps", count);
    size_t field;
    if (colour && is_label(colour)) GT_TRY(make_legend(maps, count, &classes, err));
    for (size_t p = 0; colour && p < count; p++)
        if (gt_column_is_text(maps[p].data, colour, &field))
            GT_TRY(add_words(maps[p].data, field, &classes.words, err));
    for (size_t p = 0; p < count; p++)
        GT_TRY(fill_frame(&maps[p], colour, &classes, &own[p], &panels[p], err));
    gt_figure figure = {
        .x = {.is_bare = true}, .y = {.is_bare = true}, .provenance = maps[0].provenance};
    if (is_one) {
        figure.x = (gt_axis){.label = maps[0].axes[0], .is_bare = !maps[0].axes[0]};
        figure.y = (gt_axis){.label = maps[0].axes[1], .is_bare = !maps[0].axes[1]};
    }
    if (panels[0].colour)
        GT_TRY(choose_range(panels, count, strcmp(colour, "angular_size") == 0,
                            &panels[0].colour_axis, err));
    for (size_t p = 1; p < count; p++) panels[p].colour_axis = panels[0].colour_axis;
    GT_TRY(is_one ? gt_figure_scatter(path, &figure, panels, err)
                  : gt_figure_scatters(path, &figure, panels, count, err));
done:
    for (size_t p = 0; own && p < count; p++) {
        free(own[p].x);
        free(own[p].colour);
        free(own[p].parts);
    }
    free_legend(&classes);
    free(own);
    free(panels);
    return status;
}
