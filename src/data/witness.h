/* witness.h (room: data, private) - whether the file of an open set is still the one that was
 * opened. What was read while it changed is worth nothing; a file whose time stamp alone
 * changed is the same, once its hash is known.
 *
 * Threads: any number at once, but for beginning and ending. */
#ifndef GALATEA_DATA_WITNESS_H
#define GALATEA_DATA_WITNESS_H

#include <stdbool.h>
#include <stdint.h>

#include "galatea/error.h"

typedef struct gt_witness gt_witness;

/* Looks at an open file; path is lent. *out is yours. */
gt_status gt_witness_create(int descriptor, const char *path, gt_witness **out,
                            gt_error *err) GT_MUST_CHECK;
void gt_witness_destroy(gt_witness *witness); /* accepts NULL */

/* Hands over the hash of the file's bytes. */
void gt_witness_accept_hash(gt_witness *witness, uint64_t hash);

/* GT_MISMATCH when the file has other bytes, or another one has its name. A file that was only
 * touched is told in a remark, the first time. */
gt_status gt_witness_check(gt_witness *witness, gt_error *err) GT_MUST_CHECK;

/* How often the file was written so far without a change: to be asked before reading. */
unsigned gt_witness_touched(gt_witness *witness);

/* To be asked after reading, which ended with *status: whether it is to be done again, since
 * the file was touched meanwhile. *touched is what was told before, and is renewed. *status
 * becomes GT_MISMATCH where the file changed, whether reading failed or not. */
bool gt_witness_wants_again(gt_witness *witness, unsigned *touched, gt_status *status,
                            gt_error *err);

#endif
