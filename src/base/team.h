/* team.h (room: base) - work shared out over threads, a piece at a time.
 *
 * How work is cut may depend on how many threads are asked for, never on how many there are:
 * the pieces are the same whether one thread does them all or each has its own. A thread that
 * the system does not schedule is not waited for, unless it is in the middle of a piece;
 * waiting sleeps, so that others get the processor.
 *
 * Threads: any thread may run work at any time. The helpers serve one caller at once; the
 * others do their pieces alone. */
#ifndef GT_TEAM_H
#define GT_TEAM_H

#include <stddef.h>
#include <stdint.h>

enum { GT_TEAM_MOST = 256 }; /* threads of a team at most */

/* How many threads work when `asked` (at least 1) are asked for: never more than processors
 * that this process may run on, than its control groups' share of processor time (rounded up),
 * and than OMP_THREAD_LIMIT. */
int gt_threads_granted(int asked);

/* Does piece `i` of 0..pieces-1. `worker` is below the number of threads asked for, and no two
 * pieces that run at once have the same: it numbers working memory. */
typedef void (*gt_piece_function)(void *self, int64_t i, int worker);

/* Runs every piece once, on the calling thread and up to threads - 1 others, and returns when
 * all are done. Pieces that call it again run that work alone. OpenMP regions inside a piece
 * have one thread. */
void gt_team_run(int threads, int64_t pieces, gt_piece_function piece, void *self);

/* [begin, end) of 0..count-1. */
typedef void (*gt_range_function)(void *self, int64_t begin, int64_t end);

/* The same for a range, cut into pieces of at least `grain` items, a few for each thread. */
void gt_team_range(int threads, int64_t count, int64_t grain, gt_range_function range,
                   void *self);
#endif
