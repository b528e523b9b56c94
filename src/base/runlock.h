/* runlock.h (room: base) - one run folder, one owner.
 *
 * The owner keeps a file "run.lock" in the folder with one line: host, process id, start of the
 * process in clock ticks after boot (so that a reused process id is not mistaken), UTC time.
 * A lock whose process on this host is gone is taken over. Locks of other hosts are believed.
 */
#ifndef GT_RUNLOCK_H
#define GT_RUNLOCK_H

#include "galatea/error.h"

typedef struct gt_runlock gt_runlock;

/* Takes the folder, which must exist. GT_MISMATCH when another run holds it, naming host,
 * process and time and the file to delete if that run is known to be dead; GT_IO, GT_NOT_FOUND.
 * Two starts at once: one succeeds. (On network file systems without flock a stale lock that
 * two processes take over within the same few milliseconds is the one exception.) */
GT_MUST_CHECK gt_status gt_runlock_acquire(const char *folder, gt_runlock **out, gt_error *err);

/* Removes the lock if it is still ours, and ends the object. Accepts NULL. */
void gt_runlock_release(gt_runlock *lock);
#endif
