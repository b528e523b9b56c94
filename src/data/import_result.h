/* import_result.h (room: data, private) - the data set that an import makes, as it follows from
 * what is asked for and what the source says. */
#ifndef GALATEA_DATA_IMPORT_RESULT_H
#define GALATEA_DATA_IMPORT_RESULT_H

#include "bands.h"
#include "fields.h"
#include "galatea/imaging.h"
#include "importer.h"
#include "stretching.h"

/* The first members are what it follows from, lent; the rest begins empty. The description
 * points into the struct, which stays where it is. */
typedef struct gt_import_result {
    const gt_import_settings *settings;
    const char *path; /* of the source, for messages */
    const gt_source_info *source;
    const gt_bands *bands;
    const gt_stretching *stretching;
    size_t side;     /* of the square that is cut out of pictures; 0: they stay whole */
    bool is_aligned; /* --align */
    gt_dataset_info info;
    gt_field_list fields; /* those of the source, then the limits of each picture */
    char preparation[GT_PREPARATION_ROOM];
} gt_import_result;

/* GT_USAGE for settings that do not fit the source. To be cleared in any case. */
gt_status gt_import_result_describe(gt_import_result *result, const char *provenance,
                                    gt_error *err) GT_MUST_CHECK;
void gt_import_result_clear(gt_import_result *result);

#endif
