/* figures_size.c - figures of one size: latents that come back, and losses of pairs. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "csv.h"
#include "figures.h"
#include "histograms.h"

enum { MOST_PANELS = 8, MOST_SCATTERS = 9 };

/* ---- densities of latents ---- */

/* Rows first .. last - 1 of a table are of one part of the latents. */
static size_t end_of_part(const gt_csv *csv, size_t first) {
    size_t last = first;
    while (last < csv->rows &&
           strcmp(gt_csv_cell(csv, last, 0), gt_csv_cell(csv, first, 0)) == 0)
        last++;
    return last;
}

/* A column of those rows, at out. */
static double *read_column(const gt_csv *csv, size_t first, size_t last, size_t column,
                           double *out) {
    for (size_t row = first; row < last; row++)
        out[row - first] = gt_csv_number(csv, row, column);
    return out;
}

static gt_status draw_parts(const gt_csv *csv, double *room, const char *path,
                            const char *provenance, gt_error *err) {
    /* What both should find lies over it. */
    static const char *const names[3] = {"found by A", "found by B", "noise"};
    static const size_t columns[3] = {3, 4, 2};
    gt_panel panels[MOST_PANELS];
    gt_line lines[MOST_PANELS][3];
    char labels[MOST_PANELS][GT_HISTOGRAM_NAME];
    size_t count = 0;
    for (size_t first = 0, last; first < csv->rows && count < MOST_PANELS; first = last) {
        last = end_of_part(csv, first);
        double *x = read_column(csv, first, last, 1, room);
        room += last - first;
        for (size_t k = 0; k < 3; k++) {
            lines[count][k] = (gt_line){.name = names[k],
                                        .count = last - first,
                                        .x = x,
                                        .y = read_column(csv, first, last, columns[k], room),
                                        .style = k < 2 ? GT_LINE_SOLID : GT_LINE_DASHED};
            room += last - first;
        }
        snprintf(labels[count], GT_HISTOGRAM_NAME, "%.30s: density",
                 gt_csv_cell(csv, first, 0));
        panels[count] =
            (gt_panel){.y = {.label = labels[count]}, .lines = lines[count], .count = 3};
        count++;
    }
    const gt_figure figure = {.x = {.label = "latent"}, .provenance = provenance};
    return gt_figure_panels(path, &figure, panels, count, err);
}

gt_status gt_figures_inversion(const gt_twin *t, const char *path, const char *provenance,
                               gt_error *err) {
    gt_status status = GT_OK;
    gt_csv csv = {0};
    double *room = NULL;
    GT_TRY(gt_figures_load(t, "inversion.csv", &csv, err));
    room = calloc(4 * csv.rows + 1, sizeof *room);
    if (!room) GT_THROW(err, GT_NO_MEMORY, "no memory for a figure");
    GT_TRY(draw_parts(&csv, room, path, provenance, err));
done:
    free(room);
    gt_csv_free(&csv);
    return status;
}

/* ---- latents beside those that come back ---- */

static gt_status draw_pairs(const gt_csv *csv, double *room, int32_t *classes, const char *path,
                            const char *provenance, gt_error *err) {
    static const char *const names[2] = {"by A", "by B"};
    gt_scatter panels[MOST_SCATTERS];
    size_t count = 0;
    for (size_t first = 0, last; first < csv->rows && count < MOST_SCATTERS; first = last) {
        last = end_of_part(csv, first);
        size_t n = last - first;
        double *x = room, *y = room + 2 * n;
        for (size_t side = 0; side < 2; side++) {
            read_column(csv, first, last, 1, x + side * n);
            read_column(csv, first, last, 2 + side, y + side * n);
            for (size_t i = 0; i < n; i++) classes[side * n + i] = (int32_t)side;
        }
        panels[count++] = (gt_scatter){.count = 2 * n,
                                       .x = x,
                                       .y = y,
                                       .classes = classes,
                                       .class_names = names,
                                       .class_count = 2,
                                       .is_same = true,
                                       .title = gt_csv_cell(csv, first, 0)};
        room += 4 * n;
        classes += 2 * n;
    }
    const gt_figure figure = {.x = {.label = "latent"},
                              .y = {.label = "found in the picture"},
                              .provenance = provenance};
    return gt_figure_scatters(path, &figure, panels, count, err);
}

gt_status gt_figures_pairs(const gt_twin *t, const char *path, const char *provenance,
                           gt_error *err) {
    gt_status status = GT_OK;
    gt_csv csv = {0};
    double *room = NULL;
    int32_t *classes = NULL;
    GT_TRY(gt_figures_load(t, "inversion_pairs.csv", &csv, err));
    room = calloc(4 * csv.rows + 1, sizeof *room);
    classes = calloc(2 * csv.rows + 1, sizeof *classes);
    if (!room || !classes) GT_THROW(err, GT_NO_MEMORY, "no memory for a figure");
    GT_TRY(draw_pairs(&csv, room, classes, path, provenance, err));
done:
    free(room);
    free(classes);
    gt_csv_free(&csv);
    return status;
}

/* ---- losses ---- */

/* The epochs of a table in their order; of more than there is room for, some, and the last. */
static size_t list_epochs(const gt_csv *csv, double epochs[MOST_PANELS]) {
    size_t there = 0, kept = 0;
    for (size_t row = 0; row < csv->rows; row++)
        there += row == 0 || gt_csv_number(csv, row, 0) != gt_csv_number(csv, row - 1, 0);
    size_t at = 0, panels = there < MOST_PANELS ? there : MOST_PANELS;
    for (size_t row = 0; row < csv->rows && kept < panels; row++) {
        if (row > 0 && gt_csv_number(csv, row, 0) == gt_csv_number(csv, row - 1, 0)) continue;
        size_t wanted = panels > 1 ? kept * (there - 1) / (panels - 1) : 0;
        if (at++ == wanted) epochs[kept++] = gt_csv_number(csv, row, 0);
    }
    return kept;
}

static gt_status read_losses(const gt_csv *csv, const double *epochs, size_t count,
                             gt_histograms *out, gt_error *err) {
    static const char *const names[4] = {"A: own, B's", "A: own, real", "B: own, A's",
                                         "B: own, real"};
    gt_status status = GT_OK;
    for (size_t row = 0; row < csv->rows; row++)
        for (size_t e = 0; e < count; e++) {
            if (gt_csv_number(csv, row, 0) != epochs[e]) continue;
            for (size_t k = 0; k < 4; k++)
                GT_TRY(
                    gt_histograms_add(&out[e], names[k], gt_csv_number(csv, row, 2 + k), err));
        }
done:
    return status;
}

static gt_status draw_losses(gt_histograms *epochs, const double *numbers, size_t count,
                             const char *path, const char *provenance, gt_error *err) {
    double low = INFINITY, high = -INFINITY;
    gt_panel panels[MOST_PANELS];
    char labels[MOST_PANELS][GT_HISTOGRAM_NAME];
    for (size_t e = 0; e < count; e++) gt_histograms_range(&epochs[e], &low, &high);
    if (!(low < high)) return gt_fail(err, GT_BAD_ARGUMENT, "all losses are alike");
    for (size_t e = 0; e < count; e++) {
        gt_histograms_count(&epochs[e], low, high, false);
        snprintf(labels[e], GT_HISTOGRAM_NAME, "epoch %g: density", numbers[e]);
        panels[e] = (gt_panel){
            .y = {.label = labels[e]}, .lines = epochs[e].lines, .count = epochs[e].count};
    }
    const gt_figure figure = {.x = {.label = "loss", .low = low, .high = high},
                              .provenance = provenance};
    return gt_figure_panels(path, &figure, panels, count, err);
}

gt_status gt_figures_scores(const gt_twin *t, const char *path, const char *provenance,
                            gt_error *err) {
    gt_status status = GT_OK;
    gt_csv csv = {0};
    double numbers[MOST_PANELS];
    gt_histograms *epochs = calloc(MOST_PANELS, sizeof *epochs);
    if (!epochs) GT_THROW(err, GT_NO_MEMORY, "no memory for a figure");
    GT_TRY(gt_figures_load(t, "scores.csv", &csv, err));
    size_t count = list_epochs(&csv, numbers);
    GT_TRY(read_losses(&csv, numbers, count, epochs, err));
    GT_TRY(draw_losses(epochs, numbers, count, path, provenance, err));
done:
    for (size_t e = 0; epochs && e < MOST_PANELS; e++) gt_histograms_free(&epochs[e]);
    free(epochs);
    gt_csv_free(&csv);
    return status;
}
