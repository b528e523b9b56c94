/* process.c - host name and start time of a process, from the proc file system. */
#include "process.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const char *gt_process_host(char host[GT_HOST_SIZE]) {
    if (gethostname(host, GT_HOST_SIZE) || !host[0]) snprintf(host, GT_HOST_SIZE, "localhost");
    host[GT_HOST_SIZE - 1] = '\0';
    for (char *at = host; *at; at++)
        if ((unsigned char)*at <= ' ' || *at == '/') *at = '_';
    return host;
}

unsigned long long gt_process_start(pid_t pid) {
    char path[64], text[1024];
    snprintf(path, sizeof path, "/proc/%ld/stat", (long)pid);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return 0;
    ssize_t size = read(fd, text, sizeof text - 1);
    close(fd);
    if (size <= 0) return 0;
    text[size] = '\0';
    /* Field 22; field 2 is the program's name in brackets and may hold blanks and brackets. */
    char *at = strrchr(text, ')');
    for (int field = 2; at && field < 22; field++) at = strchr(at + 1, ' ');
    return at ? strtoull(at, NULL, 10) : 0;
}
