/* batches.h (room: data) - the reader behind the formats that come as pickled batches. */
#ifndef GALATEA_DATA_BATCHES_H
#define GALATEA_DATA_BATCHES_H

#include "importer.h"

/* What one format makes of batch files. All pointers are static. */
typedef struct gt_batch_scheme {
    const char *const *codes; /* what label_names in batches.meta must be */
    size_t code_count;
    const char *expected;       /* the data set's name, for messages */
    const char *const *classes; /* class names of the result */
    size_t class_count;
    const signed char *class_of; /* by label in the batches; -1: left out */
    unsigned columns;            /* beside label, split and id: what read_name fills in */
    void (*read_name)(const char *name, gt_dataset_row *row);
    /* Survey, collection and arcsec per pixel, by the name of the folder; may leave them. */
    void (*find_survey)(const char *folder, gt_source_info *info);
    const char *collection; /* where the folder does not matter to its name; else NULL */
} gt_batch_scheme;

/* The functions of a gt_importer; open takes the scheme as well. */
gt_status gt_batches_open(const gt_source_request *request, const gt_batch_scheme *scheme,
                          void **self, gt_error *err);
const gt_source_info *gt_batches_describe(const void *self);
gt_status gt_batches_next(void *self, gt_picture *out, bool *more, gt_error *err);
void gt_batches_close(void *self);

#endif
