/* claims.h - one part, one process: what several that share a sweep agree by. */
#ifndef GT_TWINS_CLAIMS_H
#define GT_TWINS_CLAIMS_H

#include "sweep.h"

typedef struct gt_claim gt_claim;

enum { GT_CLAIM_NAME = 128 };

/* Takes the part of that name; *out is NULL when a living process has it. What a dead one had
 * is taken over (runlock.h). */
GT_MUST_CHECK gt_status gt_claim_try(const gt_sweep *sweep, const char *name, gt_claim **out,
                                     gt_error *err);
/* The same, but waits until it is free. GT_INTERRUPTED. */
GT_MUST_CHECK gt_status gt_claim_wait(const gt_sweep *sweep, const char *name, gt_claim **out,
                                      gt_error *err);
void gt_claim_release(gt_claim *claim); /* accepts NULL */
/* Takes away what dead processes left: one that was killed behind the result of its part is
 * asked about that part no more. */
GT_MUST_CHECK gt_status gt_claims_clear(const gt_sweep *sweep, gt_error *err);

#endif
