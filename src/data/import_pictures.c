/* import_pictures.c - pictures of all kinds, one a file, also side by side. */
#include "picture_kinds.h"
#include "pictures.h"

extern const gt_importer gt_importer_pictures;

static gt_status open_pictures(const gt_source_request *request, void **self, gt_error *err) {
    return gt_pictures_open(request, gt_picture_kinds, self, err);
}

const gt_importer gt_importer_pictures = {
    .name = "pictures",
    .summary = "PNG, JPEG, npy and FITS files of one picture each in a folder or an archive; "
               "folders in "
               "it are classes, or splits of classes",
    .takes_axes = true,
    .takes_files = true,
    .takes_hdu = true,
    .open = open_pictures,
    .describe = gt_pictures_describe,
    .next = gt_pictures_next,
    .close = gt_pictures_close,
};
