/* figures_sizes.c - figures over the sizes of a sweep: cosines, and what noise is taken out. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "csv.h"
#include "figures.h"
#include "histograms.h"

static const char *size_name(int64_t size, char out[GT_HISTOGRAM_NAME]) {
    snprintf(out, GT_HISTOGRAM_NAME, "N = %" PRId64, size);
    return out;
}

/* ---- cosines ---- */

/* The column of a table of one size; one that is not there yet adds nothing. */
static gt_status add_column(const gt_twin *t, const char *table, const char *column,
                            gt_histograms *out, gt_error *err) {
    char name[GT_HISTOGRAM_NAME];
    gt_csv csv = {0};
    gt_status status = gt_figures_load(t, table, &csv, err);
    size_t k = gt_csv_column(&csv, column);
    if (status == GT_NOT_FOUND) status = GT_OK;
    for (size_t row = 0; status == GT_OK && k < csv.columns && row < csv.rows; row++)
        status =
            gt_histograms_add(out, size_name(t->size, name), gt_csv_number(&csv, row, k), err);
    gt_csv_free(&csv);
    return status;
}

/* Both rows share their bins; the number of pictures is on a logarithmic axis, as in the paper.
 */
static gt_status draw_rows(gt_histograms rows[2], bool is_centred, const char *path,
                           const char *provenance, gt_error *err) {
    static const char *const labels[2] = {"A with B: density", "nearest: density"};
    double low = INFINITY, high = -INFINITY;
    gt_panel panels[2];
    size_t count = 0;
    for (int k = 0; k < 2; k++) gt_histograms_range(&rows[k], &low, &high);
    if (!(low < high)) low -= 0.01, high += 0.01;
    for (int k = 0; k < 2; k++) {
        gt_histograms_count(&rows[k], low, high, true);
        if (rows[k].count == 0) continue;
        panels[count++] = (gt_panel){.y = {.label = labels[k], .is_log = true},
                                     .lines = rows[k].lines,
                                     .count = rows[k].count};
    }
    if (count == 0) return gt_fail(err, GT_BAD_ARGUMENT, "there are no cosines");
    const gt_figure figure = {.x = {.label = is_centred ? "cosine without the means" : "cosine",
                                    .low = low,
                                    .high = high},
                              .provenance = provenance};
    return gt_figure_panels(path, &figure, panels, count, err);
}

gt_status gt_figures_cosines(const gt_sweep *sweep, bool is_centred, const char *path,
                             const char *provenance, gt_error *err) {
    gt_status status = GT_OK;
    const char *column = is_centred ? "cosine_centred" : "cosine";
    gt_histograms *rows = calloc(2, sizeof *rows);
    if (!rows) GT_THROW(err, GT_NO_MEMORY, "no memory for a figure");
    for (size_t i = 0; i < sweep->size_count; i++) {
        const gt_twin t = {sweep, sweep->sizes[i], 0};
        GT_TRY(add_column(&t, "cosine.csv", column, &rows[0], err));
        GT_TRY(add_column(&t, "nearest_a.csv", column, &rows[1], err));
        GT_TRY(add_column(&t, "nearest_b.csv", column, &rows[1], err));
    }
    GT_TRY(draw_rows(rows, is_centred, path, provenance, err));
done:
    for (int k = 0; rows && k < 2; k++) gt_histograms_free(&rows[k]);
    free(rows);
    return status;
}

/* ---- noise ---- */

enum { MOST_LEVELS = 32 };

/* Ratios of one size at the levels that its result names. */
typedef struct curve {
    char name[GT_HISTOGRAM_NAME];
    size_t count;
    double x[MOST_LEVELS], y[MOST_LEVELS];
} curve;

/* Numbers called PREFIX LEVEL _a. */
static void read_curve(const gt_numbers *numbers, const char *prefix, curve *out) {
    size_t length = strlen(prefix);
    for (size_t i = 0; i < numbers->count && out->count < MOST_LEVELS; i++) {
        const char *name = numbers->list[i].name;
        char *end = NULL;
        if (strncmp(name, prefix, length) != 0) continue;
        double level = strtod(name + length, &end);
        if (end == name + length || strcmp(end, "_a") != 0) continue;
        out->x[out->count] = level;
        out->y[out->count++] = numbers->list[i].value;
    }
}

/* One panel: a curve for each size, and that of the noisy pictures, which hardly differ. */
typedef struct curves {
    curve list[GT_REALS_MOST + 1];
    gt_line lines[GT_REALS_MOST + 1];
    size_t count;
} curves;

static void add_curve(curves *all, const gt_numbers *numbers, const char *prefix,
                      const char *name, gt_line_style style) {
    curve *own = &all->list[all->count];
    *own = (curve){0};
    read_curve(numbers, prefix, own);
    if (own->count == 0) return;
    snprintf(own->name, sizeof own->name, "%s", name);
    all->lines[all->count++] = (gt_line){
        .name = own->name, .count = own->count, .x = own->x, .y = own->y, .style = style};
}

static gt_status add_size(const gt_twin *t, curves panels[2], gt_error *err) {
    static const char *const prefixes[2][2] = {{"psnr_train_", "psnr_train_noisy_"},
                                               {"psnr_validation_", "psnr_validation_noisy_"}};
    gt_status status = GT_OK;
    gt_numbers numbers = {0};
    char path[GT_TWINS_PATH], name[GT_HISTOGRAM_NAME];
    if (!gt_twin_is_finished(t, &gt_twins_denoising)) return GT_OK;
    GT_TRY(gt_twin_result(t, &gt_twins_denoising, path, err));
    GT_TRY(gt_numbers_read(path, &numbers, NULL, err));
    for (int k = 0; k < 2; k++) {
        if (panels[k].count == 0)
            add_curve(&panels[k], &numbers, prefixes[k][1], "noisy", GT_LINE_DASHED);
        add_curve(&panels[k], &numbers, prefixes[k][0], size_name(t->size, name),
                  GT_LINE_POINTS);
    }
done:
    gt_numbers_free(&numbers);
    return status;
}

gt_status gt_figures_denoising(const gt_sweep *sweep, const char *path, const char *provenance,
                               gt_error *err) {
    static const char *const labels[2] = {"learned: PSNR (dB)", "others: PSNR (dB)"};
    gt_status status = GT_OK;
    gt_panel panels[2];
    size_t count = 0;
    curves *all = calloc(2, sizeof *all);
    if (!all) GT_THROW(err, GT_NO_MEMORY, "no memory for a figure");
    for (size_t i = 0; i < sweep->size_count; i++)
        GT_TRY(add_size(&(gt_twin){sweep, sweep->sizes[i], 0}, all, err));
    for (int k = 0; k < 2; k++)
        if (all[k].count > 0)
            panels[count++] = (gt_panel){
                .y = {.label = labels[k]}, .lines = all[k].lines, .count = all[k].count};
    if (count == 0) GT_THROW(err, GT_BAD_ARGUMENT, "there are no ratios of A");
    const gt_figure figure = {.x = {.label = "deviation of the noise (range / 255)"},
                              .provenance = provenance};
    GT_TRY(gt_figure_panels(path, &figure, panels, count, err));
done:
    free(all);
    return status;
}
