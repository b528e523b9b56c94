/* address_space.h (room: base) - the limits of `ulimit -v` and `ulimit -d`, as batch systems
 * set them.
 *
 * Libraries that cannot get memory crash or wait for ever; what is asked for before they start
 * is a sentence. Without a limit nothing here costs anything. */
#ifndef GT_BASE_ADDRESS_SPACE_H
#define GT_BASE_ADDRESS_SPACE_H

#include <stdbool.h>
#include <stdint.h>

#include "galatea/error.h"

/* The one of them that leaves least. */
typedef struct gt_address_limit {
    const char *of, *name; /* "address space", "ulimit -v" */
    uint64_t bytes, left;  /* UINT64_MAX where there is none */
} gt_address_limit;

bool gt_address_space_is_limited(void);
gt_address_limit gt_address_space_limit(void);

/* GT_NO_MEMORY, naming the limit and what is needed, when fewer than `bytes` are left. `what`
 * begins the sentence: "galatea encode". */
GT_MUST_CHECK gt_status gt_address_space_need(uint64_t bytes, const char *what, gt_error *err);

/* Stacks of this thread and of others to come: raises a limit that is too low for the work
 * where the user may; GT_NO_MEMORY names it where not. */
GT_MUST_CHECK gt_status gt_stacks_enlarge(gt_error *err);

#endif
