/* embed_output.c */
#include "embed_output.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "galatea/figure.h"
#include "galatea/table.h"

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
        gt_dataset_row row = gt_use_row(map->columns, i);
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

enum { MOST_COLUMNS = 9 };

static size_t list_columns(const gt_use_columns *c, gt_table_column out[MOST_COLUMNS]) {
    size_t n = 0;
    out[n++] = (gt_table_column){"row", GT_TABLE_INT, NULL, "row of the set, from 0"};
    if (c->ids) out[n++] = (gt_table_column){"id", GT_TABLE_TEXT, NULL, "name of the object"};
    out[n++] = (gt_table_column){"x", GT_TABLE_REAL, NULL, "first coordinate of the map"};
    out[n++] = (gt_table_column){"y", GT_TABLE_REAL, NULL, "second coordinate of the map"};
    if (c->ra) out[n++] = (gt_table_column){"ra", GT_TABLE_REAL, "deg", "right ascension"};
    if (c->dec) out[n++] = (gt_table_column){"dec", GT_TABLE_REAL, "deg", "declination"};
    if (c->sizes)
        out[n++] = (gt_table_column){"angular_size", GT_TABLE_REAL, "arcsec", "angular size"};
    if (c->labels)
        out[n++] = (gt_table_column){"label", GT_TABLE_TEXT, NULL, "class as labelled"};
    if (c->splits)
        out[n++] = (gt_table_column){"split", GT_TABLE_TEXT, NULL, "part of the set"};
    return n;
}

static const char *const split_names[GT_SPLIT_COUNT] = {"train", "test", "validation"};

/* Name of a class, or its number written into text, or NULL for none. */
static const char *class_name(const gt_dataset_info *info, int32_t label, char text[16]) {
    if (label < 0) return NULL;
    if ((size_t)label < info->class_count) return info->class_names[label];
    snprintf(text, 16, "%d", (int)label);
    return text;
}

static gt_status append_row(const gt_map *map, gt_table *table, size_t i, gt_error *err) {
    const gt_use_columns *c = map->columns;
    char text[16];
    gt_cell cells[MOST_COLUMNS];
    size_t n = 0;
    cells[n++] = gt_cell_int((int64_t)i);
    if (c->ids) cells[n++] = gt_cell_text(c->ids + i * (c->id_length + 1));
    cells[n++] = gt_cell_real(map->y[2 * i]);
    cells[n++] = gt_cell_real(map->y[2 * i + 1]);
    if (c->ra) cells[n++] = gt_cell_real(c->ra[i]);
    if (c->dec) cells[n++] = gt_cell_real(c->dec[i]);
    if (c->sizes) cells[n++] = gt_cell_real(c->sizes[i]);
    if (c->labels)
        cells[n++] =
            gt_cell_text(class_name(gt_dataset_describe(map->data), c->labels[i], text));
    if (c->splits) cells[n++] = gt_cell_text(split_names[c->splits[i]]);
    return gt_table_append(table, cells, err);
}

gt_status gt_map_table(const gt_map *map, const char *path, gt_error *err) {
    gt_status status = GT_OK;
    gt_table_column columns[MOST_COLUMNS];
    gt_table *table = NULL;
    GT_TRY(gt_table_create(columns, list_columns(map->columns, columns), &table, err));
    for (size_t i = 0; i < row_count(map); i++) GT_TRY(append_row(map, table, i, err));
    GT_TRY(gt_table_write(table, path, map->provenance, err));
done:
    gt_table_destroy(table);
    return status;
}

/* ---- The figure ---------------------------------------------------------------------------
 */

/* Columns of numbers that a point can be coloured by. */
static const double *numbers_of(const gt_use_columns *c, const char *name, const char **label) {
    static const char *const labels[] = {"right ascension (deg)", "declination (deg)",
                                         "angular size (arcsec)"};
    const double *const values[] = {c->ra, c->dec, c->sizes};
    const char *const names[] = {"ra", "dec", "angular_size"};
    for (size_t i = 0; i < 3; i++)
        if (strcmp(name, names[i]) == 0) {
            *label = labels[i];
            return values[i];
        }
    return NULL;
}

static size_t count_classes(const gt_dataset_info *info, const gt_use_columns *columns) {
    size_t count = info->class_count;
    for (uint64_t i = 0; i < info->count; i++)
        if (columns->labels[i] >= 0 && (size_t)columns->labels[i] >= count)
            count = (size_t)columns->labels[i] + 1;
    return count;
}

gt_status gt_map_check_column(const gt_dataset *data, const gt_use_columns *columns,
                              const char *name, gt_error *err) {
    const char *label, *path = gt_dataset_path(data);
    bool is_there = strcmp(name, "label") == 0   ? columns->labels != NULL
                    : strcmp(name, "split") == 0 ? columns->splits != NULL
                                                 : numbers_of(columns, name, &label) != NULL;
    if (!is_there)
        return gt_fail(err, GT_NOT_FOUND, "%s has no column '%s' to colour by", path, name);
    if (strcmp(name, "label") != 0) return GT_OK;
    size_t classes = count_classes(gt_dataset_describe(data), columns);
    if (classes <= GT_FIGURE_CLASSES) return GT_OK;
    return gt_fail(err, GT_UNSUPPORTED, "%s has %zu classes, a figure shows at most %d", path,
                   classes, GT_FIGURE_CLASSES);
}

static int ascending(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* The range of all values but one in 200 at either end, which take the end's colour: one stray
 * value would else take most colours from the rest. Sizes that span a decade are shown by their
 * logarithms. Of several maps the values of all count. */
static gt_status choose_range(const gt_scatter *panels, size_t count, bool may_be_log,
                              gt_axis *axis, gt_error *err) {
    size_t total = 0, known = 0;
    for (size_t p = 0; p < count; p++) total += panels[p].count;
    double *sorted = malloc((total + 1) * sizeof *sorted);
    if (!sorted) return gt_fail(err, GT_NO_MEMORY, "no memory for %zu values", total);
    for (size_t p = 0; p < count; p++)
        for (size_t i = 0; i < panels[p].count; i++)
            if (isfinite(panels[p].colour[i])) sorted[known++] = panels[p].colour[i];
    qsort(sorted, known, sizeof *sorted, ascending);
    if (known > 0 && sorted[known / 200] < sorted[known - 1 - known / 200]) {
        axis->low = sorted[known / 200];
        axis->high = sorted[known - 1 - known / 200];
        axis->is_log = may_be_log && axis->low > 0 && axis->high >= 10 * axis->low;
    }
    free(sorted);
    return GT_OK;
}

/* Names for all classes that occur; those without one show their number. */
static gt_status list_classes(const gt_map *map, const char ***names, size_t *count,
                              gt_error *err) {
    const gt_dataset_info *info = gt_dataset_describe(map->data);
    *count = count_classes(info, map->columns);
    *names = calloc(*count + 1, sizeof **names);
    if (!*names) return gt_fail(err, GT_NO_MEMORY, "no memory for %zu classes", *count);
    for (size_t i = 0; i < info->class_count; i++) (*names)[i] = info->class_names[i];
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
    double *x;
    const char **names;
    int32_t *parts;
} frame;

static gt_status fill_frame(const gt_map *map, const char *colour, frame *own,
                            gt_scatter *points, gt_error *err) {
    gt_status status = GT_OK;
    size_t n = row_count(map);
    own->x = calloc(2 * n, sizeof *own->x);
    if (!own->x) GT_THROW(err, GT_NO_MEMORY, "no memory for %zu points", n);
    for (size_t i = 0; i < n; i++) own->x[i] = map->y[2 * i], own->x[n + i] = map->y[2 * i + 1];
    *points = (gt_scatter){.count = n, .x = own->x, .y = own->x + n, .title = map->title};
    if (colour && strcmp(colour, "label") == 0) {
        GT_TRY(list_classes(map, &own->names, &points->class_count, err));
        points->classes = map->columns->labels;
        points->class_names = own->names;
    } else if (colour && strcmp(colour, "split") == 0) {
        own->parts = calloc(n, sizeof *own->parts);
        if (!own->parts) GT_THROW(err, GT_NO_MEMORY, "no memory for %zu points", n);
        for (size_t i = 0; i < n; i++) own->parts[i] = map->columns->splits[i];
        points->classes = own->parts;
        points->class_names = split_names;
        points->class_count = GT_SPLIT_COUNT;
    } else if (colour) {
        points->colour = numbers_of(map->columns, colour, &points->colour_axis.label);
    }
done:
    return status;
}

/* Sets without names may have a class more or less among their labels. */
static void agree_on_classes(gt_scatter *panels, size_t count) {
    size_t most = 0;
    for (size_t p = 0; p < count; p++)
        if (panels[p].class_count > panels[most].class_count) most = p;
    for (size_t p = 0; p < count; p++) {
        panels[p].class_count = panels[most].class_count;
        panels[p].class_names = panels[most].class_names;
    }
}

gt_status gt_map_figure(const gt_map *maps, size_t count, const char *path, const char *colour,
                        gt_error *err) {
    gt_status status = GT_OK;
    bool is_one = count == 1;
    gt_scatter *panels = calloc(count, sizeof *panels);
    frame *own = calloc(count, sizeof *own);
    if (!panels || !own) GT_THROW(err, GT_NO_MEMORY, "no memory for %zu maps", count);
    for (size_t p = 0; p < count; p++)
        GT_TRY(fill_frame(&maps[p], colour, &own[p], &panels[p], err));
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
    agree_on_classes(panels, count);
    GT_TRY(is_one ? gt_figure_scatter(path, &figure, panels, err)
                  : gt_figure_scatters(path, &figure, panels, count, err));
done:
    for (size_t p = 0; own && p < count; p++) {
        free(own[p].x);
        free(own[p].names);
        free(own[p].parts);
    }
    free(own);
    free(panels);
    return status;
}
