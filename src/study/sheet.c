/* sheet.c - a grid of pictures drawn and written. */
#include "sheet.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "file.h"
#include "galatea/figure.h"
#include "png_write.h"

/* Dots of a picture on paper, of all beside each other; a note. */
enum { CELL_DOTS = 260, FIGURE_DOTS = 4200, NOTE = 300 };

bool gt_sheet_is_figure(const char *path) {
    return gt_file_ending(path, "pdf|svg") >= 0;
}

/* "FIRST, 1.8 arcsec per pixel" */
static void name_survey(const gt_imaging *imaging, char out[NOTE]) {
    const char *survey = imaging && imaging->survey ? imaging->survey : "";
    if (imaging && isfinite(imaging->pixel_scale_arcsec))
        snprintf(out, NOTE, "%.200s%s%.6g arcsec per pixel", survey, *survey ? ", " : "",
                 imaging->pixel_scale_arcsec);
    else
        snprintf(out, NOTE, "%.200s", survey);
}

/* Pixels large enough for print, without gaps and texts: the figure has its own. */
static gt_status draw_figure(const char *path, size_t count, size_t channels, size_t height,
                             size_t width, const float *images, const gt_grid_options *options,
                             const gt_imaging *imaging, const char *provenance, gt_error *err) {
    gt_status status = GT_OK;
    gt_sheet sheet = {0};
    gt_grid_options own = *options;
    char note[NOTE];
    const char **labels = NULL;
    if (!own.columns) own.columns = (size_t)ceil(sqrt((double)count));
    size_t rows = (count + own.columns - 1) / own.columns;
    size_t wanted =
        FIGURE_DOTS / own.columns < CELL_DOTS ? FIGURE_DOTS / own.columns : CELL_DOTS;
    own.upscale = width < wanted ? wanted / width : 1;
    own.padding = 0;
    own.background = UINT8_MAX;
    own.labels = own.captions = NULL;
    labels = calloc(rows * own.columns, sizeof *labels);
    if (!labels) GT_THROW(err, GT_NO_MEMORY, "no memory for the texts of %s", path);
    for (size_t i = 0; options->labels && i < count; i++) labels[i] = options->labels[i];
    GT_TRY(gt_grid_draw(count, channels, height, width, images, &own, &sheet, err));
    name_survey(imaging, note);
    const gt_picture_sheet drawn = {
        .pixels = sheet.pixels,
        .rows = rows,
        .columns = own.columns,
        .cell_height = height * own.upscale,
        .cell_width = width * own.upscale,
        .channels = sheet.channels,
        .captions = options->captions,
        .labels = labels,
        .pixel_arcsec = imaging ? imaging->pixel_scale_arcsec / (double)own.upscale : 0,
        .note = note};
    GT_TRY(gt_figure_sheet(path, &(gt_figure){.provenance = provenance}, &drawn, err));
done:
    gt_sheet_destroy(&sheet);
    free(labels);
    return status;
}

gt_status gt_sheet_write_of(const char *path, size_t count, size_t channels, size_t height,
                            size_t width, const float *images, const gt_grid_options *options,
                            const gt_imaging *imaging, const char *provenance, gt_error *err) {
    gt_status status = GT_OK;
    gt_sheet sheet = {0};
    if (gt_sheet_is_figure(path))
        return draw_figure(path, count, channels, height, width, images, options, imaging,
                           provenance, err);
    GT_TRY(gt_grid_draw(count, channels, height, width, images, options, &sheet, err));
    GT_TRY(gt_png_write(path, sheet.width, sheet.height, sheet.channels, sheet.pixels,
                        provenance, err));
done:
    gt_sheet_destroy(&sheet);
    return status;
}

gt_status gt_sheet_write_images(const char *path, size_t count, size_t channels, size_t height,
                                size_t width, const float *images,
                                const gt_grid_options *options, const char *provenance,
                                gt_error *err) {
    return gt_sheet_write_of(path, count, channels, height, width, images, options, NULL,
                             provenance, err);
}

gt_status gt_sheet_write(const char *path, const gt_run *run, size_t count, size_t columns,
                         const char *colours, const float *images, const char *provenance,
                         gt_error *err) {
    gt_grid_options options = gt_grid_options_default();
    gt_shape made = gt_model_made(gt_run_model(run));
    options.columns = columns < count ? columns : count;
    options.high = 255;
    gt_status status = gt_colour_map_find(colours, &options.colours, err);
    if (status) return status;
    const gt_imaging imaging = gt_run_imaging(run);
    options.bands = imaging.bands;
    return gt_sheet_write_of(path, count, (size_t)made.dim[0], (size_t)made.dim[1],
                             (size_t)made.dim[2], images, &options, &imaging, provenance, err);
}
