/* exporting.h (room: study) - the pictures of a set as files that other programs open. */
#ifndef GT_STUDY_EXPORTING_H
#define GT_STUDY_EXPORTING_H

#include "context.h"

typedef struct gt_export_settings {
    const char *out;    /* .fits, .npy, .npz, .h5, or a folder */
    const char *single; /* "none", or a file for each picture: "fits", "png" */
    const char *split;  /* auto, any, train, test or validation */
    const char *rows;   /* as 3,7-9; NULL: of the split */
    const char *where;  /* of the split, those for which conditions hold (where.h); NULL: all */
    int64_t count;      /* at most so many; 0: all */
    bool levels;        /* bytes stay bytes, where they stand for values too */
} gt_export_settings;

/* Writes rows of the set in their order (export.h), whole or not at all. *count: how many.
 * GT_BAD_ARGUMENT for rows that are not there, and what gt_export_create says. */
GT_MUST_CHECK gt_status gt_export_write(const gt_context *context, const char *set,
                                        const gt_export_settings *settings, uint64_t *count,
                                        gt_error *err);

#endif
