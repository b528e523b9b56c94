/* process.h (room: base, private) - who runs: the names by which another process, or the same
 * command started again, can tell whether an owner is still alive. */
#ifndef GT_BASE_PROCESS_H
#define GT_BASE_PROCESS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum { GT_HOST_SIZE = 256 };

/* This machine's name; blanks and slashes become '_'. Returns host. */
const char *gt_process_host(char host[GT_HOST_SIZE]);

/* Start of a process of this machine in clock ticks after boot; 0 when there is none. */
unsigned long long gt_process_start(pid_t pid);

/* Whether the process of this machine that began at `start` (0: any) is at work. One that has
 * ended and waits for its parent to notice (a zombie) is not. In doubt it is. */
bool gt_process_is_alive(pid_t pid, unsigned long long start);

/* A number for where process ids count: this machine and, in containers, their own space. */
uint64_t gt_process_place(void);

#endif
