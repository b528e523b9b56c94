/* granted.c - how many threads this process may have at work. */
#include <math.h>
#include <omp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "team.h"

/* Processors of the affinity mask, which a control group's cpuset narrows too. */
static int processors(void) {
    int count = omp_get_num_procs();
    return count > 0 ? count : 1;
}

/* The quota of one control group of version 2 in processors, or infinity. */
static double quota_at(const char *folder) {
    char path[512], text[64];
    double quota, period;
    int length = snprintf(path, sizeof path, "/sys/fs/cgroup%s/cpu.max", folder);
    FILE *file = length > 0 && (size_t)length < sizeof path ? fopen(path, "re") : NULL;
    if (!file) return INFINITY;
    bool found = fscanf(file, "%63s %lf", text, &period) == 2;
    fclose(file);
    char *end = text;
    quota = found ? strtod(text, &end) : 0;
    return found && *end == '\0' && quota > 0 && period > 0 ? quota / period : INFINITY;
}

/* The same under version 1, where the folder of the controller has two files. */
static double old_quota(void) {
    long quota = 0, period = 0;
    FILE *file = fopen("/sys/fs/cgroup/cpu/cpu.cfs_quota_us", "re");
    if (!file) return INFINITY;
    bool found = fscanf(file, "%ld", &quota) == 1;
    fclose(file);
    file = fopen("/sys/fs/cgroup/cpu/cpu.cfs_period_us", "re");
    if (!file) return INFINITY;
    found = fscanf(file, "%ld", &period) == 1 && found;
    fclose(file);
    return found && quota > 0 && period > 0 ? (double)quota / (double)period : INFINITY;
}

/* The least quota of the process's control group and of those around it. */
static double quota_in_processors(void) {
    char line[512], folder[512] = "";
    double least = old_quota();
    FILE *file = fopen("/proc/self/cgroup", "re");
    while (file && fgets(line, sizeof line, file))
        if (strncmp(line, "0::/", 4) == 0) snprintf(folder, sizeof folder, "%s", line + 3);
    if (file) fclose(file);
    folder[strcspn(folder, "\n")] = '\0';
    for (;;) {
        double here = quota_at(strcmp(folder, "/") == 0 ? "" : folder);
        if (here < least) least = here;
        char *slash = strrchr(folder, '/');
        if (!slash) return least;
        *slash = '\0';
    }
}

int gt_threads_granted(int asked) {
    static const double slack = 1e-3; /* of a quota that is a whole number but for rounding */
    int granted = asked, limit = omp_get_thread_limit(), some = processors();
    double quota = quota_in_processors();
    if (granted > limit) granted = limit;
    if (granted > some) granted = some;
    if (granted > quota) granted = (int)ceil(quota - slack);
    if (granted > GT_TEAM_MOST) granted = GT_TEAM_MOST;
    return granted > 1 ? granted : 1;
}
