/* address_space.c - what the limit leaves, from the proc file system. */
#include "address_space.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

uint64_t gt_address_space_limit(void) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_AS, &limit) || limit.rlim_cur == RLIM_INFINITY) return UINT64_MAX;
    return limit.rlim_cur;
}

/* Bytes that the process has mapped, as the limit counts them; without stdio, which allocates.
 */
static uint64_t mapped(void) {
    char text[64];
    int fd = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
    if (fd < 0) return 0;
    ssize_t size = read(fd, text, sizeof text - 1);
    close(fd);
    text[size > 0 ? size : 0] = '\0';
    return strtoull(text, NULL, 10) * (uint64_t)sysconf(_SC_PAGESIZE);
}

uint64_t gt_address_space_left(void) {
    uint64_t limit = gt_address_space_limit(), used;
    if (limit == UINT64_MAX) return limit;
    used = mapped();
    return limit > used ? limit - used : 0;
}

gt_status gt_address_space_need(uint64_t bytes, const char *what, gt_error *err) {
    uint64_t limit = gt_address_space_limit(), left = gt_address_space_left();
    if (bytes <= left) return GT_OK;
    return gt_fail(err, GT_NO_MEMORY,
                   "%s needs %" PRIu64
                   " KiB of address space, the limit (ulimit -v) is %" PRIu64 " KiB",
                   what, (limit - left + bytes + 1023) / 1024, limit / 1024);
}
