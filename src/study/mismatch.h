/* mismatch.h (room: study) - sets, runs and classifiers of other surveys, scales or
 * preparations are told when they meet. */
#ifndef GT_MISMATCH_H
#define GT_MISMATCH_H

#include "context.h"
#include "galatea/imaging.h"

/* Something that remembers how its pictures were taken, under the name that a person gave it.
 */
typedef struct gt_sight {
    const char *name;
    gt_imaging imaging;
} gt_sight;

/* Compares the first with each of the others: one remark about those that differ, each in its
 * words as long as there is room, and how many more do; GT_MISMATCH where the context says
 * error, nothing where it says ignore. effect: what follows from it (", ..."), or "". */
GT_MUST_CHECK gt_status gt_mismatch_check(const gt_context *context, const gt_sight *first,
                                          const gt_sight *others, size_t count,
                                          const char *effect, gt_error *err);

/* The same with data sets for the others: files, up to a NULL. */
GT_MUST_CHECK gt_status gt_mismatch_check_files(const gt_context *context,
                                                const gt_sight *first, const char *const *paths,
                                                const char *effect, gt_error *err);

/* The same among data sets, of which the first is compared with each of the others. */
GT_MUST_CHECK gt_status gt_mismatch_check_sets(const gt_context *context,
                                               const char *const *paths, const char *effect,
                                               gt_error *err);

#endif
