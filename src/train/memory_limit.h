/* memory_limit.h (room: train) - how much memory this process may come to use, and what it has.
 */
#ifndef GT_TRAIN_MEMORY_LIMIT_H
#define GT_TRAIN_MEMORY_LIMIT_H

#include <stdint.h>

typedef struct gt_memory_limit {
    uint64_t bytes;
    const char *what; /* "the RAM of this machine", "the batch job's memory", ... ; static */
} gt_memory_limit;

/* The smallest of: RAM, the control groups this process is in (version 1 and 2), the batch
 * system's SLURM_MEM_PER_NODE, RLIMIT_AS and RLIMIT_DATA. */
gt_memory_limit gt_memory_limit_get(void);

/* Bytes that this process has taken and may touch (all allocations, touched or not), and what
 * lies in memory of its program and libraries. 0 where the C library does not tell. */
uint64_t gt_memory_in_use(void);

/* "812 MiB", "8.1 GiB". Returns text. */
const char *gt_bytes_text(uint64_t bytes, char text[32]);

#endif
