/* address_space.h (room: base) - the limit of `ulimit -v` and of batch systems.
 *
 * Libraries that cannot get memory crash or wait for ever; what is asked for before they start
 * is a sentence. Without a limit nothing here costs anything. */
#ifndef GT_BASE_ADDRESS_SPACE_H
#define GT_BASE_ADDRESS_SPACE_H

#include <stdint.h>

#include "galatea/error.h"

/* The limit in bytes, UINT64_MAX when there is none, and what is left of it. */
uint64_t gt_address_space_limit(void);
uint64_t gt_address_space_left(void);

/* GT_NO_MEMORY, naming the limit and what is needed, when fewer than `bytes` are left. `what`
 * begins the sentence: "galatea encode". */
GT_MUST_CHECK gt_status gt_address_space_need(uint64_t bytes, const char *what, gt_error *err);

#endif
