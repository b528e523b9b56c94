/* reading_confine.c - what a process gives up before it parses what others wrote. */
#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "reading_internal.h"

#ifdef GT_HAVE_SECCOMP
#include <seccomp.h>
#endif

/* The sanitizers' shadow is larger than any limit of memory: their builds have none. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define LIMITS_MEMORY 0
#else
#define LIMITS_MEMORY 1
#endif

static gt_status limit(int what, const char *name, uint64_t most, gt_error *err) {
    struct rlimit now;
    if (getrlimit(what, &now)) return gt_fail_errno(err, "the limit of %s", name);
    if (now.rlim_max < most) most = now.rlim_max;
    const struct rlimit wanted = {most, most};
    if (setrlimit(what, &wanted)) return gt_fail_errno(err, "the limit of %s", name);
    return GT_OK;
}

#ifdef GT_HAVE_SECCOMP

/* One system call, allowed where its arguments fit. */
typedef struct rule {
    int call;
    unsigned count;
    struct scmp_arg_cmp arguments[2];
} rule;

#define ALLOW(name)          \
    {                        \
        SCMP_SYS(name), 0, { \
            { 0 }            \
        }                    \
    }
#define ALLOW_ONE(name, ...) \
    {                        \
        SCMP_SYS(name), 1, { \
            __VA_ARGS__      \
        }                    \
    }
#define EQUALS(argument, value) \
    { argument, SCMP_CMP_EQ, value, 0 }
#define HAS_NONE_OF(argument, bits) \
    { argument, SCMP_CMP_MASKED_EQ, bits, 0 }

enum { WRITES = O_ACCMODE | O_CREAT | O_TRUNC };

static const rule rules[] = {
    /* files, to read */
    ALLOW_ONE(open, HAS_NONE_OF(1, WRITES)),
    ALLOW_ONE(openat, HAS_NONE_OF(2, WRITES)),
    ALLOW(close),
    ALLOW(read),
    ALLOW(pread64),
    ALLOW(readv),
    ALLOW(preadv),
    ALLOW(lseek),
    ALLOW(fstat),
    ALLOW(stat),
    ALLOW(lstat),
    ALLOW(newfstatat),
    ALLOW(statx),
    ALLOW(fstatfs),
    ALLOW(statfs),
    ALLOW(getdents),
    ALLOW(getdents64),
    ALLOW(readlink),
    ALLOW(readlinkat),
    ALLOW(access),
    ALLOW(faccessat),
    ALLOW(faccessat2),
    ALLOW(getcwd),
    ALLOW(flock),
    ALLOW(fcntl),
    ALLOW(dup),
    ALLOW(fadvise64),
    ALLOW(readahead),
    /* the socket, and what sanitizers have to say */
    ALLOW_ONE(write, EQUALS(0, STDERR_FILENO)),
    ALLOW_ONE(recvfrom, EQUALS(0, GT_READER_SOCKET)),
    {SCMP_SYS(sendto), 2, {EQUALS(0, GT_READER_SOCKET), EQUALS(4, 0)}},
    ALLOW(poll),
    ALLOW(ppoll),
    /* memory that is not executed */
    ALLOW_ONE(mmap, HAS_NONE_OF(2, PROT_EXEC)),
    ALLOW_ONE(mprotect, HAS_NONE_OF(2, PROT_EXEC)),
    ALLOW(munmap),
    ALLOW(mremap),
    ALLOW(brk),
    ALLOW(madvise),
    /* itself */
    ALLOW(exit),
    ALLOW(exit_group),
    ALLOW(rt_sigaction),
    ALLOW(rt_sigprocmask),
    ALLOW(rt_sigreturn),
    ALLOW(sigaltstack),
    ALLOW(restart_syscall),
    ALLOW(futex),
    ALLOW(sched_yield),
    ALLOW(sched_getaffinity),
    ALLOW(getpid),
    ALLOW(gettid),
    ALLOW(getuid),
    ALLOW(geteuid),
    ALLOW(getgid),
    ALLOW(getegid),
    ALLOW(uname),
    ALLOW(sysinfo),
    ALLOW(getrusage),
    ALLOW(getrlimit),
    ALLOW_ONE(prlimit64, EQUALS(2, 0)),
    ALLOW(getrandom),
    ALLOW(clock_gettime),
    ALLOW(clock_getres),
    ALLOW(gettimeofday),
    ALLOW(time),
    ALLOW(nanosleep),
    ALLOW(clock_nanosleep),
    ALLOW(rseq),
    ALLOW(membarrier)};

/* All others fail with EPERM, which libraries know how to take. */
static gt_status filter_calls(gt_error *err) {
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
    int failed = filter == NULL ? ENOMEM : 0;
    for (size_t i = 0; !failed && i < sizeof rules / sizeof *rules; i++)
        failed = -seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, rules[i].call, rules[i].count,
                                         rules[i].arguments);
    const struct scmp_arg_cmp own = EQUALS(0, (scmp_datum_t)getpid()); /* to end itself */
    if (!failed) failed = -seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(tgkill), 1, own);
    if (!failed) failed = -seccomp_load(filter);
    if (filter != NULL) seccomp_release(filter);
    errno = failed;
    return failed ? gt_fail_errno(err, "the filter of system calls") : GT_OK;
}

#else

static gt_status filter_calls(gt_error *err) {
    return GT_OK;
}

#endif

gt_status gt_reader_confine(uint64_t memory, gt_error *err) {
    gt_status status = GT_OK;
    if (LIMITS_MEMORY) GT_TRY(limit(RLIMIT_DATA, "memory", memory, err));
    GT_TRY(limit(RLIMIT_FSIZE, "file size", 0, err));
    GT_TRY(limit(RLIMIT_CORE, "core files", 0, err));
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
        GT_THROW(err, GT_IO, "the process cannot give up privileges");
    GT_TRY(filter_calls(err));
done:
    return status;
}
