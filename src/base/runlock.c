/* runlock.c - the lock file of a run folder.
 *
 * Whoever looks at a lock in order to take it over holds flock on the folder meanwhile; the
 * kernel frees that when the process dies, so it cannot go stale itself. */
#include "runlock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#include "process.h"

enum { LINE_SIZE = 512, TRIES = 200, TRY_MILLISECONDS = 10 };

static const char lock_name[] = "run.lock";

struct gt_runlock {
    int folder;
    char line[LINE_SIZE];
};

typedef struct holder {
    char host[GT_HOST_SIZE], since[32];
    long pid;
    unsigned long long start;
} holder;

static gt_status fail_taking(gt_error *err, const char *folder) {
    return gt_fail_errno(err, "taking %s/%s", folder, lock_name);
}

static void wait_a_moment(void) {
    nanosleep(&(struct timespec){.tv_nsec = TRY_MILLISECONDS * 1000000L}, NULL);
}

static void describe_self(char line[LINE_SIZE]) {
    char host[GT_HOST_SIZE], since[32];
    time_t now = time(NULL);
    struct tm utc;
    strftime(since, sizeof since, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&now, &utc));
    snprintf(line, LINE_SIZE, "%s %ld %llu %s\n", gt_process_host(host), (long)getpid(),
             gt_process_start(getpid()), since);
}

/* The line in the lock, "" when it is gone, empty or unreadable. */
static void read_line(int folder, char line[LINE_SIZE]) {
    line[0] = '\0';
    int fd = openat(folder, lock_name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0) return;
    ssize_t size = read(fd, line, LINE_SIZE - 1);
    close(fd);
    line[size > 0 ? size : 0] = '\0';
}

static bool parse_line(const char *line, holder *who) {
    return sscanf(line, "%255s %ld %llu %31s", who->host, &who->pid, &who->start, who->since) ==
               4 &&
           who->pid > 0;
}

static bool is_alive(const holder *who) {
    char host[GT_HOST_SIZE];
    if (strcmp(who->host, gt_process_host(host)) != 0) return true;
    return gt_process_is_alive((pid_t)who->pid, who->start);
}

/* The kernel's lock on the folder, for the moment of looking and replacing. File systems that
 * do not know it (some network ones) are used without. */
static gt_status guard_folder(int fd, const char *folder, gt_error *err) {
    for (int i = 0; i < TRIES; i++) {
        if (flock(fd, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK) return GT_OK;
        wait_a_moment();
    }
    return gt_fail(err, GT_MISMATCH, "another process is opening the run in %s", folder);
}

static gt_status create_lock(gt_runlock *lock, const char *folder, bool *taken, gt_error *err) {
    size_t length = strlen(lock->line);
    *taken = false;
    int fd = openat(lock->folder, lock_name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (fd < 0) return errno == EEXIST ? GT_OK : fail_taking(err, folder);
    ssize_t put = write(fd, lock->line, length);
    if (put >= 0 && (size_t)put < length) errno = ENOSPC;
    bool whole = put == (ssize_t)length;
    if ((close(fd) || !whole)) {
        gt_status status = fail_taking(err, folder);
        unlinkat(lock->folder, lock_name, 0);
        return status;
    }
    *taken = true;
    return GT_OK;
}

/* Removes a lock whose owner is dead. A lock without a readable line may be one that is being
 * written on a file system without flock; after a while its writer must have died. */
static gt_status clear_stale(int fd, const char *folder, gt_error *err) {
    char line[LINE_SIZE];
    holder who;
    bool readable = false;
    for (int i = 0; i < TRIES / 10 && !readable; i++) {
        read_line(fd, line);
        readable = parse_line(line, &who);
        if (!readable) wait_a_moment();
    }
    if (readable && is_alive(&who))
        return gt_fail(
            err, GT_MISMATCH,
            "%s is in use by process %ld on %s since %s (if that run is dead, delete %s/%s)",
            folder, who.pid, who.host, who.since, folder, lock_name);
    if (unlinkat(fd, lock_name, 0) && errno != ENOENT) return fail_taking(err, folder);
    return GT_OK;
}

gt_status gt_runlock_acquire(const char *folder, gt_runlock **out, gt_error *err) {
    gt_status status = GT_OK;
    bool taken = false;
    gt_runlock *lock = calloc(1, sizeof *lock);
    if (!lock) return gt_fail(err, GT_NO_MEMORY, "no memory for the lock of %s", folder);
    lock->folder = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (lock->folder < 0) {
        status = fail_taking(err, folder);
        goto done;
    }
    describe_self(lock->line);
    GT_TRY(guard_folder(lock->folder, folder, err));
    GT_TRY(create_lock(lock, folder, &taken, err));
    if (!taken) {
        GT_TRY(clear_stale(lock->folder, folder, err));
        GT_TRY(create_lock(lock, folder, &taken, err));
        if (!taken) GT_THROW(err, GT_MISMATCH, "%s was just taken by another run", folder);
    }
    flock(lock->folder, LOCK_UN);
    *out = lock;
    lock = NULL;
done:
    if (lock && lock->folder >= 0) close(lock->folder);
    free(lock);
    return status;
}

void gt_runlock_release(gt_runlock *lock) {
    char line[LINE_SIZE];
    if (!lock) return;
    read_line(lock->folder, line);
    if (strcmp(line, lock->line) == 0) unlinkat(lock->folder, lock_name, 0);
    close(lock->folder);
    free(lock);
}
