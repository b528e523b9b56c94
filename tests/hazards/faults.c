/* faults.c - to be preloaded into the program: system calls that fail, or that are logged. By
 * variables of the environment:
 *
 * GT_FAULT=CALL:N:HOW is what happens to call number N (from 1; 0: to all) of a kind. CALL:
 * write, fsync, rename (and link), open (for writing), close (of what was open for writing),
 * flock or malloc (calls of the program's own code). HOW: the name of an error, "half" (half of
 * the bytes are written), "kill" (the process is gone before the call).
 *
 * GT_FAULT_IN=NAME is the program to which it happens (galatea): those that it starts have
 * calls of their own.
 *
 * GT_FAULT_MARK=FILE appears when that call was reached, unless the program may not write.
 *
 * GT_FAULT_NOT=FIRST-LAST is where libraries lie that are linked into the program, so that
 * their code is not its own: places in its file, hexadecimal.
 *
 * GT_FAULT_LOG=FILE gets every call that changes a file or folder, for power_states.c.
 *
 * GT_FAULT_CLOCK=1 lets the wall clock go back an hour with every look at it. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "faults.h"

enum { NOT_YET, HALF = -1, KILL = -2 };

static struct {
    char call[16];
    long number;
    int how;
    int log;                    /* descriptor, or -1 */
    uintptr_t base, begin, end; /* the program's own code... */
    uintptr_t not_from, not_to; /* ...but for these libraries */
    bool clock;
} set = {.log = -1};
static long calls;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static bool is_ready;

static int parse_how(const char *how) {
    static const struct {
        const char *name;
        int value;
    } known[] = {{"half", HALF},     {"kill", KILL},    {"ENOSPC", ENOSPC}, {"EIO", EIO},
                 {"EDQUOT", EDQUOT}, {"EROFS", EROFS},  {"ENOMEM", ENOMEM}, {"EINTR", EINTR},
                 {"EPERM", EPERM},   {"ENOLCK", ENOLCK}};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (strcmp(how, known[i].name) == 0) return known[i].value;
    abort();
}

/* Where the code of the program itself lies: the first object of the list. */
static int find_program(struct dl_phdr_info *info, size_t size, void *unused) {
    (void)size;
    (void)unused;
    for (int i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *part = &info->dlpi_phdr[i];
        if (part->p_type != PT_LOAD || !(part->p_flags & PF_X)) continue;
        set.base = info->dlpi_addr;
        set.begin = info->dlpi_addr + part->p_vaddr;
        set.end = set.begin + part->p_memsz;
    }
    return 1;
}

static bool is_meant(void) {
    const char *name = getenv("GT_FAULT_IN");
    return strcmp(program_invocation_short_name, name ? name : "galatea") == 0;
}

__attribute__((constructor)) static void begin(void) {
    const char *fault = getenv("GT_FAULT"), *log = getenv("GT_FAULT_LOG");
    const char *libraries = getenv("GT_FAULT_NOT");
    unsigned long first, last;
    char how[16];
    (void)dl_iterate_phdr(find_program, NULL);
    if (libraries && sscanf(libraries, "%lx-%lx", &first, &last) == 2) {
        set.not_from = set.base + first;
        set.not_to = set.base + last;
    }
    if (is_meant() && fault &&
        sscanf(fault, "%15[^:]:%ld:%15s", set.call, &set.number, how) == 3)
        set.how = parse_how(how);
    if (log)
        set.log = (int)syscall(SYS_openat, AT_FDCWD, log,
                               O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
    set.clock = getenv("GT_FAULT_CLOCK") != NULL;
    is_ready = true;
}

static void leave_mark(void) {
    const char *mark = getenv("GT_FAULT_MARK");
    if (!mark) return;
    int file = (int)syscall(SYS_openat, AT_FDCWD, mark, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
    if (file >= 0) syscall(SYS_close, file);
}

/* What is to happen to this call: 0, HALF or the number of an error. */
static int fate(const char *call) {
    if (!is_ready || !set.how || strcmp(call, set.call) != 0) return 0;
    if (__atomic_add_fetch(&calls, 1, __ATOMIC_SEQ_CST) != set.number && set.number > 0)
        return 0;
    leave_mark();
    if (set.how == KILL) syscall(SYS_kill, getpid(), SIGKILL);
    return set.how;
}

static bool is_file_to_write(int fd) {
    struct stat info;
    int flags = (int)syscall(SYS_fcntl, fd, F_GETFL);
    return flags >= 0 && (flags & O_ACCMODE) != O_RDONLY && fd > 2 && fstat(fd, &info) == 0 &&
           S_ISREG(info.st_mode);
}

/* ---- the log ---------------------------------------------------------------------------- */

static void put(const fault_event *event, const char *first, const char *second,
                const void *bytes) {
    pthread_mutex_lock(&lock);
    syscall(SYS_write, set.log, event, sizeof *event);
    if (event->first) syscall(SYS_write, set.log, first, event->first);
    if (event->second) syscall(SYS_write, set.log, second, event->second);
    if (event->size) syscall(SYS_write, set.log, bytes, event->size);
    pthread_mutex_unlock(&lock);
}

static uint64_t number_of(int fd) {
    struct stat info;
    return fstat(fd, &info) ? 0 : info.st_ino;
}

/* Without the path of the working folder before it. */
static const char *relative(const char *name) {
    char here[4096];
    if (*name != '/' || !getcwd(here, sizeof here)) return name;
    size_t length = strlen(here);
    return strncmp(name, here, length) == 0 && name[length] == '/' ? name + length + 1 : name;
}

static void log_names(int kind, uint64_t file, const char *first, const char *second) {
    if (set.log < 0) return;
    first = relative(first);
    if (second) second = relative(second);
    fault_event event = {.kind = kind, .file = file, .first = (uint32_t)strlen(first)};
    if (second) event.second = (uint32_t)strlen(second);
    put(&event, first, second, NULL);
}

static void log_bytes(int fd, uint64_t offset, const void *bytes, size_t size) {
    if (set.log < 0 || !is_file_to_write(fd)) return;
    fault_event event = {
        .kind = FAULT_WRITE, .file = number_of(fd), .offset = offset, .size = size};
    put(&event, NULL, NULL, bytes);
}

/* "folder/name" of a name below a descriptor of a folder. */
static const char *name_below(int folder, const char *name, char *room, size_t size) {
    char link[64];
    if (folder == AT_FDCWD || *name == '/') return name;
    snprintf(link, sizeof link, "/proc/self/fd/%d", folder);
    ssize_t length = readlink(link, room, size - strlen(name) - 2);
    if (length < 0) return name;
    snprintf(room + length, size - (size_t)length, "/%s", name);
    return room;
}

/* ---- the calls -------------------------------------------------------------------------- */

#define FAIL_AS(how, value) \
    if ((how) > 0) {        \
        errno = (how);      \
        return value;       \
    }

static ssize_t pwrite_at(int fd, const void *bytes, size_t size, off_t offset) {
    int how = is_file_to_write(fd) ? fate("write") : 0;
    FAIL_AS(how, -1)
    if (how == HALF) size = (size + 1) / 2;
    ssize_t done = syscall(SYS_pwrite64, fd, bytes, size, offset);
    if (done > 0) log_bytes(fd, (uint64_t)offset, bytes, (size_t)done);
    return done;
}
ssize_t pwrite(int fd, const void *bytes, size_t size, off_t offset) {
    return pwrite_at(fd, bytes, size, offset);
}
ssize_t pwrite64(int fd, const void *bytes, size_t size, off_t offset) {
    return pwrite_at(fd, bytes, size, offset);
}

ssize_t write(int fd, const void *bytes, size_t size) {
    int how = is_file_to_write(fd) ? fate("write") : 0;
    FAIL_AS(how, -1)
    if (how == HALF) size = (size + 1) / 2;
    off_t at = set.log >= 0 ? lseek(fd, 0, SEEK_CUR) : 0;
    ssize_t done = syscall(SYS_write, fd, bytes, size);
    if (done > 0) log_bytes(fd, (uint64_t)at, bytes, (size_t)done);
    return done;
}

static int cut(int fd, off_t size) {
    int done = (int)syscall(SYS_ftruncate, fd, size);
    if (set.log >= 0 && done == 0) {
        fault_event event = {
            .kind = FAULT_CUT, .file = number_of(fd), .offset = (uint64_t)size};
        put(&event, NULL, NULL, NULL);
    }
    return done;
}
int ftruncate(int fd, off_t size) {
    return cut(fd, size);
}
int ftruncate64(int fd, off_t size) {
    return cut(fd, size);
}

int fsync(int fd) {
    int how = fate("fsync");
    FAIL_AS(how, -1)
    int done = (int)syscall(SYS_fsync, fd);
    if (set.log >= 0 && done == 0) {
        struct stat info;
        bool is_folder = fstat(fd, &info) == 0 && S_ISDIR(info.st_mode);
        fault_event event = {.kind = is_folder ? FAULT_SYNC_FOLDER : FAULT_SYNC,
                             .file = info.st_ino};
        put(&event, NULL, NULL, NULL);
    }
    return done;
}

int close(int fd) {
    int how = is_ready && is_file_to_write(fd) ? fate("close") : 0;
    int done = (int)syscall(SYS_close, fd);
    FAIL_AS(how, -1)
    return done;
}

int flock(int fd, int operation) {
    int how = fate("flock");
    FAIL_AS(how, -1)
    return (int)syscall(SYS_flock, fd, operation);
}

int rename(const char *from, const char *to) {
    int how = fate("rename");
    FAIL_AS(how, -1)
    int done = (int)syscall(SYS_rename, from, to);
    if (done == 0) log_names(FAULT_RENAME, 0, from, to);
    return done;
}

int link(const char *from, const char *to) {
    int how = fate("rename");
    FAIL_AS(how, -1)
    int done = (int)syscall(SYS_link, from, to);
    if (done == 0) log_names(FAULT_LINK, 0, from, to);
    return done;
}

int unlinkat(int folder, const char *name, int flags) {
    char room[4096];
    int done = (int)syscall(SYS_unlinkat, folder, name, flags);
    if (done == 0 && set.log >= 0)
        log_names(FAULT_UNLINK, 0, name_below(folder, name, room, sizeof room), NULL);
    return done;
}
int unlink(const char *name) {
    return unlinkat(AT_FDCWD, name, 0);
}

int mkdir(const char *name, mode_t mode) {
    int done = (int)syscall(SYS_mkdir, name, mode);
    struct stat info;
    if (done == 0 && stat(name, &info) == 0) log_names(FAULT_MKDIR, info.st_ino, name, NULL);
    return done;
}

static int open_below(int folder, const char *name, int flags, mode_t mode) {
    bool writes = (flags & O_ACCMODE) != O_RDONLY;
    int how = writes ? fate("open") : 0;
    FAIL_AS(how, -1)
    bool is_new = writes && set.log >= 0 && (flags & O_CREAT) &&
                  syscall(SYS_faccessat, folder, name, F_OK) != 0;
    int fd = (int)syscall(SYS_openat, folder, name, flags, mode);
    char room[4096];
    if (fd >= 0 && is_new)
        log_names(FAULT_CREATE, number_of(fd), name_below(folder, name, room, sizeof room),
                  NULL);
    return fd;
}

static mode_t mode_of(int flags, va_list more) {
    return flags & (O_CREAT | O_TMPFILE) ? va_arg(more, mode_t) : 0;
}

#define OPEN(function, first, folder, name)           \
    int function(first, int flags, ...) {             \
        va_list more;                                 \
        va_start(more, flags);                        \
        mode_t mode = mode_of(flags, more);           \
        va_end(more);                                 \
        return open_below(folder, name, flags, mode); \
    }
OPEN(open, const char *name, AT_FDCWD, name)
OPEN(open64, const char *name, AT_FDCWD, name)
#define BELOW int folder, const char *name
OPEN(openat, BELOW, folder, name)
OPEN(openat64, BELOW, folder, name)

/* ---- memory and clock ------------------------------------------------------------------- */

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *block, size_t size);

static bool is_refused(const void *caller) {
    uintptr_t at = (uintptr_t)caller;
    bool is_own = at >= set.begin && at < set.end && !(at >= set.not_from && at <= set.not_to);
    return is_ready && is_own && fate("malloc") > 0;
}

#define OR_NOTHING(call)                           \
    if (is_refused(__builtin_return_address(0))) { \
        errno = ENOMEM;                            \
        return NULL;                               \
    }                                              \
    return call;

void *malloc(size_t size) {
    OR_NOTHING(__libc_malloc(size))
}
void *calloc(size_t count, size_t size) {
    OR_NOTHING(__libc_calloc(count, size))
}
void *realloc(void *block, size_t size) {
    OR_NOTHING(__libc_realloc(block, size))
}

/* strdup and its kind take their memory inside the C library. */
char *strdup(const char *text) {
    size_t size = strlen(text) + 1;
    char *copy = is_refused(__builtin_return_address(0)) ? NULL : __libc_malloc(size);
    if (!copy) errno = ENOMEM;
    return copy ? memcpy(copy, text, size) : NULL;
}

int clock_gettime(clockid_t clock, struct timespec *now) {
    static long looks;
    int done = (int)syscall(SYS_clock_gettime, clock, now);
    if (is_ready && set.clock && clock == CLOCK_REALTIME)
        now->tv_sec -= 3600 * __atomic_add_fetch(&looks, 1, __ATOMIC_SEQ_CST);
    return done;
}

time_t time(time_t *out) {
    struct timespec now;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    if (out) *out = now.tv_sec;
    return now.tv_sec;
}
