/* room.h - limits of the address space (ulimit -v) and the stack (-s), as batch systems set
 * them. */
#ifndef GT_CLI_ROOM_H
#define GT_CLI_ROOM_H

#include <stdio.h>

#include "galatea/error.h"

/* Stacks of this thread and of others to come: raises a limit that is too low for the work
 * where the user may; GT_NO_MEMORY names it where not. */
GT_MUST_CHECK gt_status gt_room_for_stacks(gt_error *err);

/* Under a limit: sets OpenMP to so many threads and starts them; GT_NO_MEMORY, naming the limit
 * and what is needed, when they and an empty call of the command do not fit. */
GT_MUST_CHECK gt_status gt_room_check(const char *command, int threads, gt_error *err);

/* Under a limit that may be the reason of a failure: prints it behind the failure's sentence.
 */
void gt_room_tell(FILE *stream, const gt_error *err);

#endif
