/* address_space.c - what the limits leave, from the proc file system. */
#include "address_space.h"

#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

/* As the kernel counts them, and where statm has that: all that is mapped, or what of it is the
 * process's own to write to. */
static const struct {
    int resource;
    size_t column;
    gt_address_limit about;
} limits[] = {
    {RLIMIT_AS, 0, {"address space", "ulimit -v", UINT64_MAX, UINT64_MAX}},
    {RLIMIT_DATA, 5, {"data", "ulimit -d", UINT64_MAX, UINT64_MAX}},
};
enum { LIMITS = sizeof limits / sizeof *limits, COLUMNS = 6 };

/* Bytes by column; without stdio, which allocates. */
static void read_statm(uint64_t bytes[COLUMNS]) {
    char text[160], *at = text;
    int fd = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
    ssize_t size = fd < 0 ? 0 : read(fd, text, sizeof text - 1);
    if (fd >= 0) close(fd);
    text[size > 0 ? size : 0] = '\0';
    for (int i = 0; i < COLUMNS; i++)
        bytes[i] = strtoull(at, &at, 10) * (uint64_t)sysconf(_SC_PAGESIZE);
}

bool gt_address_space_is_limited(void) {
    for (int i = 0; i < LIMITS; i++) {
        struct rlimit limit;
        if (getrlimit(limits[i].resource, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY)
            return true;
    }
    return false;
}

gt_address_limit gt_address_space_limit(void) {
    uint64_t used[COLUMNS];
    gt_address_limit least = limits[0].about;
    if (!gt_address_space_is_limited()) return least;
    read_statm(used);
    for (int i = 0; i < LIMITS; i++) {
        struct rlimit limit;
        if (getrlimit(limits[i].resource, &limit) || limit.rlim_cur == RLIM_INFINITY) continue;
        gt_address_limit found = limits[i].about;
        uint64_t taken = used[limits[i].column];
        found.bytes = limit.rlim_cur;
        found.left = found.bytes > taken ? found.bytes - taken : 0;
        if (found.left < least.left) least = found;
    }
    return least;
}

gt_status gt_address_space_need(uint64_t bytes, const char *what, gt_error *err) {
    gt_address_limit limit = gt_address_space_limit();
    if (bytes <= limit.left) return GT_OK;
    return gt_fail(err, GT_NO_MEMORY,
                   "%s needs %" PRIu64 " KiB of %s, the limit (%s) is %" PRIu64 " KiB", what,
                   (limit.bytes - limit.left + bytes + 1023) / 1024, limit.of, limit.name,
                   limit.bytes / 1024);
}

gt_status gt_stacks_enlarge(gt_error *err) {
    const rlim_t least = (rlim_t)512 << 10, usual = (rlim_t)8 << 20;
    struct rlimit limit;
    pthread_attr_t attributes;
    if (getrlimit(RLIMIT_STACK, &limit) || limit.rlim_cur >= least) return GT_OK;
    if (limit.rlim_max < least)
        return gt_fail(err, GT_NO_MEMORY,
                       "the stack is limited to %llu KiB, expected at least %llu (ulimit -s)",
                       (unsigned long long)(limit.rlim_cur / 1024),
                       (unsigned long long)(least / 1024));
    limit.rlim_cur = limit.rlim_max < usual ? limit.rlim_max : usual;
    if (setrlimit(RLIMIT_STACK, &limit))
        return gt_fail_errno(err, "raising the limit of stacks");
    if (pthread_getattr_default_np(&attributes)) return GT_OK;
    if (pthread_attr_setstacksize(&attributes, (size_t)limit.rlim_cur) == 0)
        (void)pthread_setattr_default_np(
            &attributes); /* threads go by the limit at the start */
    (void)pthread_attr_destroy(&attributes);
    return GT_OK;
}
