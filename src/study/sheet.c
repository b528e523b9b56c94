/* sheet.c - a grid of pictures drawn and written. */
#include "sheet.h"

#include "png_write.h"

gt_status gt_sheet_write_images(const char *path, size_t count, size_t channels, size_t height,
                                size_t width, const float *images,
                                const gt_grid_options *options, const char *provenance,
                                gt_error *err) {
    gt_status status = GT_OK;
    gt_sheet sheet = {0};
    GT_TRY(gt_grid_draw(count, channels, height, width, images, options, &sheet, err));
    GT_TRY(gt_png_write(path, sheet.width, sheet.height, sheet.channels, sheet.pixels,
                        provenance, err));
done:
    gt_sheet_destroy(&sheet);
    return status;
}

gt_status gt_sheet_write(const char *path, const gt_run *run, size_t count, size_t columns,
                         const char *colours, const float *images, const char *provenance,
                         gt_error *err) {
    gt_grid_options options = gt_grid_options_default();
    gt_shape made = gt_model_made(gt_run_model(run));
    options.columns = columns;
    options.high = 255;
    gt_status status = gt_colour_map_find(colours, &options.colours, err);
    if (status) return status;
    return gt_sheet_write_images(path, count, (size_t)made.dim[0], (size_t)made.dim[1],
                                 (size_t)made.dim[2], images, &options, provenance, err);
}
