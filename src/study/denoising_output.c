/* denoising_output.c - see denoising_output.h. */
#include "denoising_output.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "galatea/figure.h"
#include "grid.h"
#include "object_table.h"
#include "provenance.h"
#include "sheet.h"

/* ---- Pictures -------------------------------------------------------------------------- */

gt_status gt_denoise_sheet_create(gt_denoise_sheet *sheet, const gt_dataset_info *info,
                                  size_t pictures, size_t lines, size_t levels, gt_error *err) {
    *sheet = (gt_denoise_sheet){pictures,     lines,       levels, info->channels,
                                info->height, info->width, NULL};
    size_t values = gt_dataset_row_values(info);
    sheet->images = calloc(pictures * lines * levels * values + 1, sizeof *sheet->images);
    if (!sheet->images)
        return gt_fail(err, GT_NO_MEMORY, "no memory for a sheet of %zu images",
                       pictures * lines * levels);
    return GT_OK;
}

void gt_denoise_sheet_free(gt_denoise_sheet *sheet) {
    free(sheet->images);
    sheet->images = NULL;
}

float *gt_denoise_sheet_at(const gt_denoise_sheet *sheet, size_t picture, size_t line,
                           size_t level) {
    size_t values = sheet->channels * sheet->height * sheet->width;
    return sheet->images + ((picture * sheet->lines + line) * sheet->levels + level) * values;
}

/* WIDE: dots of a picture at least, so that the texts find room. */
enum { TEXT = 64, WIDE = 120 };

/* Under each picture its ratio; without noise there is none. The first of a row tells whose it
 * is. */
static void label(const gt_denoised *found, const gt_denoise_sheet *sheet, char (*texts)[TEXT],
                  const char **labels) {
    size_t at = 0;
    for (size_t picture = 0; picture < sheet->pictures; picture++)
        for (size_t line = 0; line < sheet->lines; line++)
            for (size_t level = 0; level < sheet->levels; level++, at++) {
                double psnr =
                    found->psnr[(level * sheet->lines + line) * found->count + picture];
                const char *name = level ? "" : line ? found->names[line - 1] : "noisy";
                char ratio[TEXT / 2] = "original";
                if (isfinite(psnr)) snprintf(ratio, sizeof ratio, "%.1f dB", psnr);
                if (isnan(psnr)) snprintf(ratio, sizeof ratio, "not finite");
                bool is_named = *name && (line || isfinite(psnr));
                snprintf(texts[at], TEXT, "%.30s%s%s", is_named ? name : "",
                         is_named ? ": " : "", ratio);
                labels[at] = texts[at];
            }
}

static gt_status draw(const gt_denoise_settings *settings, const gt_denoised *found,
                      const gt_denoise_sheet *sheet, const char *bands, const char *provenance,
                      gt_error *err) {
    gt_status status = GT_OK;
    gt_grid_options options = gt_grid_options_default();
    size_t count = sheet->pictures * sheet->lines * sheet->levels;
    char(*texts)[TEXT] = calloc(count + sheet->levels, sizeof *texts);
    const char **labels = calloc(count + sheet->levels, sizeof *labels);
    if (!texts || !labels) GT_THROW(err, GT_NO_MEMORY, "no memory for a sheet");
    label(found, sheet, texts, labels);
    for (size_t i = 0; i < sheet->levels; i++) {
        snprintf(texts[count + i], TEXT, "noise %g/255", found->levels[i].sigma);
        labels[count + i] = texts[count + i];
    }
    options.columns = sheet->levels;
    options.high = 255;
    if (sheet->width * options.upscale < WIDE)
        options.upscale = (WIDE + sheet->width - 1) / sheet->width;
    options.labels = labels;
    options.bands = bands;
    options.captions = labels + count;
    GT_TRY(gt_colour_map_find(settings->colours, &options.colours, err));
    GT_TRY(gt_sheet_write_images(settings->sheet, count, sheet->channels, sheet->height,
                                 sheet->width, sheet->images, &options, provenance, err));
done:
    free(texts);
    free(labels);
    return status;
}

/* ---- Numbers --------------------------------------------------------------------------- */

static gt_cell real_or_empty(double value) {
    return isfinite(value) ? gt_cell_real(value) : (gt_cell){0};
}

/* A row for each run, level and picture. */
static gt_status tabulate(const char *path, const gt_denoised *found, gt_dataset *data,
                          const char *provenance, gt_error *err) {
    static const gt_table_column columns[] = {
        {"run", GT_TABLE_TEXT, NULL, "model that takes the noise out"},
        {"row", GT_TABLE_INT, NULL, "row of the data set, from 0"},
        {"noise", GT_TABLE_REAL, NULL, "deviation of the noise, in units of the range / 255"},
        {"psnr_noisy", GT_TABLE_REAL, NULL, "PSNR with the noise, in dB; empty: there is none"},
        {"psnr_denoised", GT_TABLE_REAL, NULL, "PSNR of what the model leaves, in dB"},
    };
    gt_status status = GT_OK;
    gt_object_table *table = NULL;
    GT_TRY(gt_object_table_create("DENOISING", columns, sizeof columns / sizeof *columns, &data,
                                  1, &table, err));
    for (size_t k = 0; k < found->run_count; k++)
        for (size_t level = 0; level < found->level_count; level++) {
            const double *noisy = found->psnr + level * (1 + found->run_count) * found->count;
            const double *left = noisy + (k + 1) * found->count;
            for (size_t i = 0; i < found->count; i++)
                GT_TRY(gt_object_table_append(
                    table, 0, found->rows[i],
                    (gt_cell[]){gt_cell_text(found->names[k]),
                                gt_cell_int((int64_t)found->rows[i]),
                                gt_cell_real(found->levels[level].sigma),
                                real_or_empty(noisy[i]), real_or_empty(left[i])},
                    err));
        }
    GT_TRY(gt_object_table_write(table, path, provenance, err));
done:
    gt_object_table_destroy(table);
    return status;
}

/* PSNR in against PSNR out, by run; the diagonal is a model that does nothing. */
static gt_status plot(const char *path, const gt_denoised *found, const char *provenance,
                      gt_error *err) {
    gt_status status = GT_OK;
    gt_line lines[GT_DENOISE_RUNS + 1];
    size_t count = found->level_count, kept = 0;
    double *x = malloc((count + 1) * (1 + found->run_count) * sizeof *x), ends[2];
    if (!x) GT_THROW(err, GT_NO_MEMORY, "no memory for a figure");
    for (size_t i = 0; i < count; i++) {
        if (!isfinite(found->levels[i].noisy)) continue;
        x[kept] = found->levels[i].noisy;
        for (size_t k = 0; k < found->run_count; k++)
            x[(k + 1) * count + kept] = found->levels[i].mean[k];
        kept++;
    }
    if (!kept) GT_THROW(err, GT_BAD_ARGUMENT, "%s: no level has noise", path);
    for (size_t k = 0; k < found->run_count; k++)
        lines[k] =
            (gt_line){found->names[k], kept, x, x + (k + 1) * count, GT_LINE_POINTS, false};
    ends[0] = ends[1] = x[0];
    for (size_t i = 1; i < kept; i++) {
        ends[0] = fmin(ends[0], x[i]);
        ends[1] = fmax(ends[1], x[i]);
    }
    lines[found->run_count] = (gt_line){"noise as it is", 2, ends, ends, GT_LINE_DASHED, false};
    const gt_figure figure = {.x = {.label = "PSNR with noise (dB)"},
                              .y = {.label = "PSNR denoised (dB)"},
                              .provenance = provenance};
    GT_TRY(gt_figure_lines(path, &figure, lines, found->run_count + 1, err));
done:
    free(x);
    return status;
}

gt_status gt_denoise_write(const gt_context *context, const char *const *runs,
                           const gt_denoise_settings *settings, const gt_denoised *found,
                           const gt_denoise_sheet *sheet, gt_dataset *data, gt_error *err) {
    gt_status status = GT_OK;
    const char *inputs[GT_DENOISE_RUNS + 2] = {settings->data};
    char *provenance = NULL;
    for (size_t k = 0; k < found->run_count; k++) inputs[k + 1] = runs[k];
    GT_TRY(gt_provenance_make(context->invocation, inputs, &provenance, err));
    if (settings->out) GT_TRY(tabulate(settings->out, found, data, provenance, err));
    if (settings->figure) GT_TRY(plot(settings->figure, found, provenance, err));
    if (settings->sheet)
        GT_TRY(draw(settings, found, sheet, gt_dataset_describe(data)->bands, provenance, err));
done:
    free(provenance);
    return status;
}
