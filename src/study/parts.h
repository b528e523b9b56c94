/* parts.h - finished parts of a long call on disk, so that it goes on after an interruption.
 *
 * Beside an output OUT stands OUT.parts while the call runs: records of one length, each found
 * again by a key over all that it follows from (inputs, settings, the version of the program)
 * and by its own numbers. So the same command goes on where it stopped, and one with other
 * files or settings takes over what it shares and no more. A record that was cut off or damaged
 * is as none. */
#ifndef GT_STUDY_PARTS_H
#define GT_STUDY_PARTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "galatea/error.h"

typedef struct gt_parts gt_parts;

typedef struct gt_part_id {
    uint64_t key, number[2];
} gt_part_id;

/* Looks at what there is; nothing is written before the first gt_parts_add. size: bytes of what
 * a record holds; records of another size are as none. */
GT_MUST_CHECK gt_status gt_parts_open(const char *out, size_t size, gt_parts **parts,
                                      gt_error *err);

/* The end of a call with this status: the file is removed unless the same command may go on by
 * it. Accepts NULL. */
void gt_parts_finish(gt_parts *parts, gt_status status);

/* OUT.parts; lent. How many records have been found or added. */
const char *gt_parts_path(const gt_parts *parts);
size_t gt_parts_count(const gt_parts *parts);

/* Fills `out` with the record's bytes; false: there is none. */
bool gt_parts_find(gt_parts *parts, gt_part_id id, void *out);
GT_MUST_CHECK gt_status gt_parts_add(gt_parts *parts, gt_part_id id, const void *bytes,
                                     gt_error *err);

#endif
