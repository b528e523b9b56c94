/* parts.h - figures of finished fits on disk, so that an interrupted study goes on.
 *
 * Beside an output OUT stands OUT.parts while the study runs: a record for each fit, found
 * again by all that its figures follow from (values, labels, splits, settings, seed, fold, and
 * the version of the program). So the same command goes on where it stopped, and one with other
 * files or settings takes over what it shares and no more. A record that was cut off or damaged
 * is as none. */
#ifndef GT_CLI_PARTS_H
#define GT_CLI_PARTS_H

#include "classify.h"

typedef struct gt_parts gt_parts;

/* Reads what there is; nothing is written before the first gt_parts_add. */
GT_MUST_CHECK gt_status gt_parts_open(const char *out, gt_parts **parts, gt_error *err);
void gt_parts_close(gt_parts *parts); /* accepts NULL */

/* The study is whole: the file is of no more use. Accepts NULL. */
void gt_parts_remove(gt_parts *parts);

/* OUT.parts; lent. How many records have been found or added. */
const char *gt_parts_path(const gt_parts *parts);
size_t gt_parts_count(const gt_parts *parts);

/* What the figures of a method's fits follow from, but for seed and fold. */
GT_MUST_CHECK gt_status gt_parts_key(const gt_options *options, const gt_method *method,
                                     const gt_subject *subject, int32_t folds, uint64_t *key,
                                     gt_error *err);

bool gt_parts_find(const gt_parts *parts, uint64_t key, gt_fit_place place, gt_verdict *out);
GT_MUST_CHECK gt_status gt_parts_add(gt_parts *parts, uint64_t key, gt_fit_place place,
                                     const gt_verdict *verdict, gt_error *err);

#endif
