/* room.h - a limit of the address space (ulimit -v), as batch systems set it. */
#ifndef GT_CLI_ROOM_H
#define GT_CLI_ROOM_H

#include <stdio.h>

#include "galatea/error.h"

/* Under a limit: sets OpenMP to so many threads and starts them; GT_NO_MEMORY, naming the limit
 * and what is needed, when they and an empty call of the command do not fit. */
GT_MUST_CHECK gt_status gt_room_check(const char *command, int threads, gt_error *err);

/* Under a limit that may be the reason of a failure: prints it behind the failure's sentence.
 */
void gt_room_tell(FILE *stream, const gt_error *err);

#endif
