/* import_png.c - PNG cut-outs, one a file. */
#include "pictures.h"

extern const gt_importer gt_importer_png;

static gt_status open_png(const gt_source_request *request, void **self, gt_error *err) {
    return gt_pictures_open(request, (gt_picture_files){"PNG files", "png"}, self, err);
}

const gt_importer gt_importer_png = {
    .name = "png",
    .summary =
        "PNG cut-outs in a folder or an archive; folders in it are classes, or splits of "
        "classes",
    .takes_files = true,
    .open = open_png,
    .describe = gt_pictures_describe,
    .next = gt_pictures_next,
    .close = gt_pictures_close,
};
