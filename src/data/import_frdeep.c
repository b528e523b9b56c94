/* import_frdeep.c - FR-DEEP (Tang, Scaife & Leahy 2019, MNRAS 488, 3358): FRI and FRII radio
 * galaxies of NVSS or FIRST as 11 train batches and a test batch of 50 pictures each. */
#include <string.h>

#include "batches.h"

extern const gt_importer gt_importer_frdeep;

static const char *const classes[] = {"FRI", "FRII"};
static const signed char same_class[] = {0, 1};

static void find_survey(const char *folder, gt_source_info *info) {
    if (strstr(folder, "NVSS") != NULL) {
        info->survey = "NVSS (VLA, 1.4 GHz)";
        info->collection = "FR-DEEP NVSS";
        info->pixel_scale_arcsec = 15;
    } else if (strstr(folder, "FIRST") != NULL) {
        info->survey = "FIRST (VLA, 1.4 GHz)";
        info->collection = "FR-DEEP FIRST";
        info->pixel_scale_arcsec = 1.8;
    }
}

static const gt_batch_scheme scheme = {
    .codes = classes,
    .code_count = 2,
    .expected = "FR-DEEP",
    .classes = classes,
    .class_count = 2,
    .class_of = same_class,
    .find_survey = find_survey,
};

static gt_status open_frdeep(const gt_source_request *request, void **self, gt_error *err) {
    return gt_batches_open(request, &scheme, self, err);
}

const gt_importer gt_importer_frdeep = {
    .name = "frdeep",
    .summary = "FR-DEEP, NVSS or FIRST: NVSS_PNG_dataset.tar.gz or the folder in it",
    .open = open_frdeep,
    .describe = gt_batches_describe,
    .next = gt_batches_next,
    .close = gt_batches_close,
};
