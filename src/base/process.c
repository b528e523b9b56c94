/* process.c - host name and start time of a process, from the proc file system. */
#include "process.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "hash.h"

const char *gt_process_host(char host[GT_HOST_SIZE]) {
    if (gethostname(host, GT_HOST_SIZE) || !host[0]) snprintf(host, GT_HOST_SIZE, "localhost");
    host[GT_HOST_SIZE - 1] = '\0';
    for (char *at = host; *at; at++)
        if ((unsigned char)*at <= ' ' || *at == '/') *at = '_';
    return host;
}

/* State and start of a process as its `stat` file has them; false when it cannot be read. */
static bool read_stat(pid_t pid, char *state, unsigned long long *start) {
    char path[64], text[1024];
    snprintf(path, sizeof path, "/proc/%ld/stat", (long)pid);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return false;
    ssize_t size = read(fd, text, sizeof text - 1);
    close(fd);
    if (size <= 0) return false;
    text[size] = '\0';
    /* Fields 3 and 22; field 2 is the program's name in brackets and may hold blanks and
     * brackets. */
    char *at = strrchr(text, ')');
    if (!at || at[1] != ' ') return false;
    *state = at[2];
    for (int field = 2; at && field < 22; field++) at = strchr(at + 1, ' ');
    *start = at ? strtoull(at, NULL, 10) : 0;
    return true;
}

unsigned long long gt_process_start(pid_t pid) {
    char state;
    unsigned long long start;
    return read_stat(pid, &state, &start) ? start : 0;
}

bool gt_process_is_alive(pid_t pid, unsigned long long start) {
    char state;
    unsigned long long started;
    if (kill(pid, 0) && errno == ESRCH) return false;
    if (!read_stat(pid, &state, &started)) return true;
    if (state == 'Z' || state == 'X') return false;
    return !start || !started || start == started;
}

uint64_t gt_process_place(void) {
    char text[GT_HOST_SIZE + 64];
    gt_process_host(text);
    size_t used = strlen(text);
    ssize_t size = readlink("/proc/self/ns/pid", text + used, sizeof text - used);
    return gt_hash64(text, used + (size > 0 ? (size_t)size : 0));
}
