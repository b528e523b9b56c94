/* check.h (room: study) - whether what lies on the disk is whole, and fits together. */
#ifndef GT_STUDY_CHECK_H
#define GT_STUDY_CHECK_H

#include <stdbool.h>
#include <stdint.h>

#include "about.h"
#include "context.h"

/* One sentence about one file. */
typedef struct gt_check_finding {
    const char *path;
    bool is_wrong; /* else: worth knowing */
    const char *sentence;
} gt_check_finding;

/* What a check came to. */
typedef struct gt_checked {
    gt_thing thing;
    uint64_t files, rows; /* looked at */
    int wrong, notes;     /* findings */
} gt_checked;

typedef void (*gt_check_tell)(void *user, const gt_check_finding *finding);

/* Reads all of what a path leads to (about.h) and tells what is wrong with it:
 *     weights, states   checksums of every array; numbers that are not finite
 *     a run             those, its log, its settings
 *     pictures, codes   damage, bad pixels, ids that stand twice or in two splits
 *     latents           numbers that are not finite
 *     tables, figures, results, classifiers, sweeps   whether they can be read, each file
 * and of each that has a record whether its inputs are still what they were, as far as they are
 * there. Only GT_INTERRUPTED and GT_NO_MEMORY come back as failures. */
GT_MUST_CHECK gt_status gt_check(const gt_context *context, const char *path,
                                 gt_check_tell tell, void *user, gt_checked *out,
                                 gt_error *err);

/* The same of the log of a run's folder alone, which takes no time. */
GT_MUST_CHECK gt_status gt_check_log(const gt_context *context, const char *folder,
                                     gt_check_tell tell, void *user, gt_error *err);

#endif
