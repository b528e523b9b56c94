/* import_hdf5.c - HDF5 files, single or many. */
#include "hdf5_file.h"
#include "hdf5_source.h"
#include "set_files.h"

extern const gt_importer gt_importer_hdf5;

static gt_status open_hdf5(const gt_source_request *request, void **self, gt_error *err) {
    static const gt_set_kind kind = {.wanted.files = {"HDF5 files", GT_HDF5_ENDINGS},
                                     .one = &gt_hdf5_source_one};
    return gt_set_files_open(&kind, request, self, err);
}

const gt_importer gt_importer_hdf5 = {
    .name = "hdf5",
    .summary = "HDF5, as that of netCDF 4, with pictures (N,C,H,W), (N,H,W,C) or (N,H,W) or "
               "codes (N,D), also "
               "compressed (--dataset PATH); a folder or an archive of such files",
    .takes_dataset = true,
    .takes_axes = true,
    .takes_files = true,
    .open = open_hdf5,
    .describe = gt_set_files_describe,
    .next = gt_set_files_next,
    .close = gt_set_files_close,
};
