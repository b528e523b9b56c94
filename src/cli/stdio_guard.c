/* Standard streams that may be closed, full, or a pipe nobody reads. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "cli_internal.h"

void gt_stdio_guard(void) {
    /* Opened the wrong way round on purpose: reading stdin or writing stdout still fails. */
    for (int file = 0; file <= 2; ++file) {
        if (fcntl(file, F_GETFD) != -1) continue;
        int opened = open("/dev/null", file == 0 ? O_WRONLY : O_RDONLY);
        if (opened >= 0 && opened != file) close(opened);
    }
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN); /* a file at its size limit is a write error as well */
}

static bool has_reader_left(void) {
    struct pollfd out = {.fd = STDOUT_FILENO, .events = POLLOUT};
    return poll(&out, 1, 0) > 0 && (out.revents & POLLERR);
}

gt_status gt_stdio_finish(gt_error *err) {
    errno = 0;
    bool is_lost = fflush(stdout) != 0 || ferror(stdout);
    if (!is_lost) return GT_OK;
    if (has_reader_left()) {
        signal(SIGPIPE, SIG_DFL);
        raise(SIGPIPE);
    }
    return gt_fail(err, GT_IO, "standard output: %s",
                   errno ? strerror(errno) : "writing failed");
}

void gt_stdio_remark(void *user, const char *line) {
    const char *over_progress = isatty(STDERR_FILENO) ? "\r\033[K" : "";
    fprintf(stderr, "%sgalatea: %s\n", over_progress, line);
}
