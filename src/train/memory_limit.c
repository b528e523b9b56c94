/* memory_limit.c - the limits that the machine, the control groups and the batch system set. */
#include "memory_limit.h"

#include <inttypes.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

static void lower(gt_memory_limit *limit, uint64_t bytes, const char *what) {
    if (bytes > 0 && bytes < limit->bytes) *limit = (gt_memory_limit){bytes, what};
}

/* The number in a file of one line; 0 when there is none ("max", no such file). */
static uint64_t number_in(const char *path) {
    uint64_t number = 0;
    FILE *file = fopen(path, "re");
    if (!file) return 0;
    if (fscanf(file, "%" SCNu64, &number) != 1) number = 0;
    (void)fclose(file);
    return number;
}

/* The limit of a group and of all groups above it: `group` is "/a/b", cut from the right. */
static void lower_by_group(gt_memory_limit *limit, const char *root, const char *leaf,
                           char *group) {
    char path[4400];
    for (;;) {
        snprintf(path, sizeof path, "%s%s/%s", root, group, leaf);
        lower(limit, number_in(path), "the memory limit of the control group");
        char *slash = strrchr(group, '/');
        if (!slash) return;
        *slash = 0;
    }
}

static void lower_by_groups(gt_memory_limit *limit) {
    char line[4200];
    FILE *file = fopen("/proc/self/cgroup", "re");
    if (!file) return;
    while (fgets(line, sizeof line, file)) {
        line[strcspn(line, "\n")] = 0;
        char *kinds = strchr(line, ':');
        char *group = kinds ? strchr(kinds + 1, ':') : NULL;
        if (!group) continue;
        *group++ = 0;
        if (kinds[1] == 0)
            lower_by_group(limit, "/sys/fs/cgroup", "memory.max", group);
        else if (strstr(kinds, "memory"))
            lower_by_group(limit, "/sys/fs/cgroup/memory", "memory.limit_in_bytes", group);
    }
    (void)fclose(file);
}

gt_memory_limit gt_memory_limit_get(void) {
    gt_memory_limit limit = {UINT64_MAX, "RAM"};
    long pages = sysconf(_SC_PHYS_PAGES), size = sysconf(_SC_PAGESIZE);
    if (pages > 0 && size > 0)
        lower(&limit, (uint64_t)pages * (uint64_t)size, "the RAM of this machine");
    lower_by_groups(&limit);
    const char *slurm = getenv("SLURM_MEM_PER_NODE"); /* MiB */
    if (slurm)
        lower(&limit, (uint64_t)strtoull(slurm, NULL, 10) << 20, "the batch job's memory");
    struct rlimit address, data;
    if (getrlimit(RLIMIT_AS, &address) == 0 && address.rlim_cur != RLIM_INFINITY)
        lower(&limit, address.rlim_cur, "the address space limit (ulimit -v)");
    if (getrlimit(RLIMIT_DATA, &data) == 0 && data.rlim_cur != RLIM_INFINITY)
        lower(&limit, data.rlim_cur, "the data limit (ulimit -d)");
    return limit;
}

/* Pages of files, from "size resident shared ..." in pages. */
static uint64_t program_bytes(void) {
    uint64_t size, resident, shared = 0;
    FILE *file = fopen("/proc/self/statm", "re");
    if (!file) return 0;
    if (fscanf(file, "%" SCNu64 " %" SCNu64 " %" SCNu64, &size, &resident, &shared) != 3)
        shared = 0;
    (void)fclose(file);
    return shared * (uint64_t)sysconf(_SC_PAGESIZE);
}

uint64_t gt_memory_in_use(void) {
    struct mallinfo2 taken = mallinfo2();
    uint64_t bytes = (uint64_t)taken.uordblks + taken.hblkhd;
    return bytes ? bytes + program_bytes() : 0;
}

const char *gt_bytes_text(uint64_t bytes, char text[32]) {
    double mib = (double)bytes / (1 << 20);
    if (mib < 1)
        snprintf(text, 32, "%.0f KiB", mib * 1024);
    else if (mib < 1024)
        snprintf(text, 32, "%.0f MiB", mib);
    else
        snprintf(text, 32, "%.1f GiB", mib / 1024);
    return text;
}
