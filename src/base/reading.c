/* reading.c - the asking end: starts a reader, waits for its answers, tells how it ended. */
#include "reading.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <math.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "galatea/log.h"
#include "galatea/version.h"
#include "reading_internal.h"
#include "text.h"

enum { FREE_DESCRIPTOR = 10 /* above those that a reader gets */ };

static const uint64_t usual_memory = (uint64_t)8 << 30;

static struct {
    uint64_t memory;
    double seconds;
} asked; /* by gt_reader_limit */

struct gt_reader {
    char *path, *program; /* of the file, and of the program that reads it */
    pid_t process;        /* 0: none, or ended */
    int how;              /* it ended, as waitpid tells */
    int socket, memory;
    unsigned char *shared;
    size_t size;
    gt_parcel request, answer;
    bool is_known;           /* it has said which program it is */
    gt_reader_time work;     /* for what lies at the path */
    double seconds, started; /* of processor time: for one answer, and before this one */
};

void gt_reader_limit(uint64_t memory_bytes, double seconds) {
    asked.memory = memory_bytes;
    asked.seconds = seconds;
}

/* ---- limits ---- */

static double from_environment(const char *name, double usual) {
    const char *text = getenv(name);
    double value;
    bool is_given = text != NULL && gt_text_to_real(text, &value, NULL) == GT_OK && value > 0;
    return is_given ? value : usual;
}

static uint64_t memory_limit(void) {
    if (asked.memory > 0) return asked.memory;
    double mebibytes = from_environment("GALATEA_READER_MEMORY", (double)(usual_memory >> 20));
    return mebibytes < 0x1p40 ? (uint64_t)mebibytes << 20 : (uint64_t)1 << 60;
}

static double seconds_limit(double usual) {
    return asked.seconds > 0 ? asked.seconds
                             : from_environment("GALATEA_READER_SECONDS", usual);
}

/* Seconds of processor time of the reader so far. */
static double time_taken(const gt_reader *r) {
    clockid_t clock;
    struct timespec now;
    if (r->process == 0 || clock_getcpuclockid(r->process, &clock) ||
        clock_gettime(clock, &now))
        return 0;
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static gt_status check_time(void *self, gt_error *err) {
    const gt_reader *r = self;
    if (time_taken(r) - r->started <= r->seconds) return GT_OK;
    return gt_fail(
        err, GT_UNSUPPORTED,
        "%s: reading took more than %.3g s of processor time without a result, and was "
        "stopped; the file is damaged, or GALATEA_READER_SECONDS has to allow more",
        r->path, r->seconds);
}

/* ---- starting ---- */

/* The environment of readers: one thread each, and no plug-ins. */
static char **make_environment(void) {
    static char one_blas[] = "OPENBLAS_NUM_THREADS=1", one_thread[] = "OMP_NUM_THREADS=1",
                no_plugins[] = "HDF5_PLUGIN_PRELOAD=::";
    char *const own[] = {one_blas, one_thread, no_plugins};
    enum { OWN = sizeof own / sizeof *own };
    size_t count = 0, used = 0;
    while (environ != NULL && environ[count] != NULL) count++;
    char **out = calloc(count + OWN + 1, sizeof *out);
    for (size_t i = 0; out != NULL && i < OWN; i++) out[used++] = own[i];
    for (size_t i = 0; out != NULL && i < count; i++) {
        bool is_own = false;
        for (size_t k = 0; k < OWN; k++)
            is_own |= strncmp(environ[i], own[k], strcspn(own[k], "=") + 1) == 0;
        if (!is_own) out[used++] = environ[i];
    }
    return out;
}

/* Descriptors as readers know them, nothing to read or to print on, and no others. Under
 * sanitizers what they find is to be seen. */
static int set_descriptors(posix_spawn_file_actions_t *actions, int socket, int memory) {
    int failed = posix_spawn_file_actions_addopen(actions, 0, "/dev/null", O_RDONLY, 0);
    for (int i = 1; i <= 2 && !failed; i++) {
#ifdef __SANITIZE_ADDRESS__
        if (i == 2) break;
#endif
        failed = posix_spawn_file_actions_addopen(actions, i, "/dev/null", O_WRONLY, 0);
    }
    if (!failed) failed = posix_spawn_file_actions_adddup2(actions, socket, GT_READER_SOCKET);
    if (!failed && memory >= 0)
        failed = posix_spawn_file_actions_adddup2(actions, memory, GT_READER_SHARED);
    int first = memory >= 0 ? GT_READER_SHARED + 1 : GT_READER_SHARED;
    return failed ? failed : posix_spawn_file_actions_addclosefrom_np(actions, first);
}

/* All signals as at the start of a program, none held back. */
static int set_signals(posix_spawnattr_t *attributes) {
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    int failed = posix_spawnattr_setsigmask(attributes, &none);
    if (!failed) failed = posix_spawnattr_setsigdefault(attributes, &all);
    if (failed) return failed;
    return posix_spawnattr_setflags(attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
}

static gt_status spawn(gt_reader *r, const char *program, const char *service, int socket,
                       gt_error *err) {
    char memory[GT_NUMBER_SIZE], name[] = "galatea-reader", word[32];
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    char **environment = make_environment();
    char *const words[] = {name, word, memory, NULL};
    snprintf(word, sizeof word, "%s", service);
    snprintf(memory, sizeof memory, "%llu", (unsigned long long)memory_limit());
    int failed = environment == NULL ? ENOMEM : posix_spawn_file_actions_init(&actions);
    if (!failed) {
        failed = posix_spawnattr_init(&attributes);
        if (!failed) failed = set_descriptors(&actions, socket, r->memory);
        if (!failed) failed = set_signals(&attributes);
        if (!failed)
            failed =
                posix_spawn(&r->process, program, &actions, &attributes, words, environment);
        posix_spawn_file_actions_destroy(&actions);
        posix_spawnattr_destroy(&attributes);
    }
    free(environment);
    errno = failed;
    if (!failed) return GT_OK;
    r->process = 0;
    return gt_fail_errno(err, "%s: the reader %s cannot be started", r->path, program);
}

static int move_up(int descriptor) {
    int moved = descriptor < 0 ? -1 : fcntl(descriptor, F_DUPFD_CLOEXEC, FREE_DESCRIPTOR);
    int why = moved < 0 && errno == EINVAL ? EMFILE : errno; /* beyond what may be open */
    if (descriptor >= 0) close(descriptor);
    errno = why;
    return moved;
}

static gt_status open_socket(gt_reader *r, int *other, gt_error *err) {
    int pair[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair))
        return gt_fail_errno(err, "%s: a socket for its reader", r->path);
    r->socket = move_up(pair[0]);
    *other = move_up(pair[1]);
    if (r->socket < 0 || *other < 0)
        return gt_fail_errno(err, "%s: a socket for its reader", r->path);
    return GT_OK;
}

/* Memory that can grow and never shrink: a mapping whose memory went away would kill. A limit
 * of file size counts for it too: under one there is none. */
static gt_status open_shared(gt_reader *r, size_t size, gt_error *err) {
    struct rlimit files;
    bool is_free = getrlimit(RLIMIT_FSIZE, &files) == 0 && files.rlim_cur == RLIM_INFINITY;
    if (size == 0 || !is_free) return GT_OK;
    r->memory = move_up(memfd_create("galatea", MFD_CLOEXEC | MFD_ALLOW_SEALING));
    if (r->memory < 0 || fcntl(r->memory, F_ADD_SEALS, F_SEAL_SHRINK))
        return gt_fail_errno(err, "%s: memory for its reader", r->path);
    return gt_reader_grow(r, size, err);
}

/* One without a process. */
static gt_status create(const char *path, const char *program, gt_reader **out, gt_error *err) {
    gt_reader *r = calloc(1, sizeof *r);
    if (r == NULL) return gt_fail(err, GT_NO_MEMORY, "out of memory for a reader");
    r->socket = r->memory = -1;
    r->path = strdup(path);
    r->program = strdup(program);
    r->work = gt_reader_work(path);
    r->seconds = seconds_limit(r->work.patience) + r->work.seconds;
    *out = r;
    if (r->path != NULL && r->program != NULL) return GT_OK;
    gt_reader_end(r);
    *out = NULL;
    return gt_fail(err, GT_NO_MEMORY, "out of memory for a reader");
}

gt_status gt_reader_meet(int socket, const char *path, gt_reader **out, gt_error *err) {
    gt_status status = create(path, "", out, err);
    if (status)
        close(socket);
    else
        (*out)->socket = socket;
    return status;
}

gt_status gt_reader_start(const char *service, const char *path, size_t shared, gt_reader **out,
                          gt_error *err) {
    gt_status status = GT_OK;
    char program[PATH_MAX];
    int other = -1;
    gt_reader *r = NULL;
    GT_TRY(gt_reader_find(program, err));
    GT_TRY(create(path, program, &r, err));
    GT_TRY(open_socket(r, &other, err));
    GT_TRY(open_shared(r, shared, err));
    GT_TRY(spawn(r, program, service, other, err));
    *out = r;
    r = NULL;
done:
    if (other >= 0) close(other);
    gt_reader_end(r);
    return status;
}

void gt_reader_goes_further(gt_reader *r) {
    r->seconds = seconds_limit(GT_READER_PATIENCE) + r->work.seconds;
}

/* ---- ending ---- */

/* Waits for the end of the process, unless somebody else has. */
static void collect(gt_reader *r) {
    while (r->process > 0 && waitpid(r->process, &r->how, 0) < 0 && errno == EINTR) {
    }
    r->process = 0;
}

void gt_reader_end(gt_reader *r) {
    if (r == NULL) return;
    if (r->process > 0) kill(r->process, SIGKILL);
    collect(r);
    if (r->socket >= 0) close(r->socket);
    if (r->memory >= 0) close(r->memory);
    if (r->shared != NULL) munmap(r->shared, r->size);
    gt_parcel_free(&r->request);
    gt_parcel_free(&r->answer);
    free(r->path);
    free(r->program);
    free(r);
}

/* What somebody can do who has another reader than this program's own. */
static gt_status is_foreign(const gt_reader *r, const char *what, gt_error *err) {
    return gt_fail(
        err, GT_MISMATCH,
        "%s: its reader %s %s, expected galatea-reader %s: install both programs from "
        "one build, or let GALATEA_READER name the right one",
        r->path, r->program, what, gt_version());
}

static bool was_killed(gt_reader *r) {
    collect(r);
    return WIFSIGNALED(r->how) && WTERMSIG(r->how) == SIGKILL;
}

/* One that ends by itself before it has said what it is has not looked at the file. */
static gt_status tell_no_greeting(gt_reader *r, gt_error *err) {
    char what[80];
    snprintf(what, sizeof what, "ended (%s %d) before it said anything",
             WIFSIGNALED(r->how) ? "signal" : "code",
             WIFSIGNALED(r->how) ? WTERMSIG(r->how) : WEXITSTATUS(r->how));
    return is_foreign(r, what, err);
}

/* The sentence for a reader that is gone. */
static gt_status tell_end(gt_reader *r, gt_error *err) {
    if (was_killed(r))
        return gt_fail(err, GT_IO,
                       "%s: the process that read it was killed: by somebody, or for lack of "
                       "memory",
                       r->path);
    if (WIFSIGNALED(r->how))
        return gt_fail(
            err, GT_BAD_FORMAT,
            "%s: the process that read it ended by signal %d (%s); the file is damaged "
            "or made to do harm",
            r->path, WTERMSIG(r->how), strsignal(WTERMSIG(r->how)));
    return gt_fail(
        err, GT_BAD_FORMAT,
        "%s: the process that read it ended with code %d; the file is damaged or made "
        "to do harm",
        r->path, WEXITSTATUS(r->how));
}

gt_status gt_reader_is_wrong(const gt_reader *r, gt_error *err) {
    return gt_fail(err, GT_BAD_FORMAT,
                   "%s: the process that read it gave an answer that cannot be; the file is "
                   "damaged or made to do harm",
                   r->path);
}

/* ---- asking ---- */

gt_parcel *gt_reader_request(gt_reader *r) {
    gt_parcel_clear(&r->request);
    return &r->request;
}

gt_status gt_reader_send(gt_reader *r, gt_error *err) {
    gt_error why;
    r->started = time_taken(r);
    gt_status status = gt_message_send(r->socket, &r->request, &why);
    if (status == GT_IO) return GT_OK; /* it is gone: receiving tells how */
    return status ? gt_fail(err, status, "%s: %s", r->path, why.text) : GT_OK;
}

/* Of which file, what its reader may take, and how it may take more. */
static void tell_limit(const gt_reader *r, gt_error *err) {
    unsigned long long most = memory_limit() >> 20;
    if (err == NULL) return;
    if (strstr(err->text, r->path) == NULL) gt_blame(err, "%s", r->path);
    if (asked.memory > 0)
        gt_advise(err, "its reader may take %llu MiB (gt_reader_limit)", most);
    else
        gt_advise(err, "its reader may take %llu MiB: GALATEA_READER_MEMORY=%llu allows more",
                  most, 2 * most);
}

/* The head of an answer. */
static gt_status open_answer(gt_reader *r, gt_error *err) {
    gt_parcel *a = &r->answer;
    gt_status said = (gt_status)gt_take_count(a, GT_STATUS_COUNT - 1);
    const char *sentence = gt_take_text(a);
    size_t count = (size_t)gt_take_count(a, GT_READER_REMARKS);
    for (size_t i = 0; i < count && !a->failed; i++) {
        const char *line = gt_take_text(a);
        if (line != NULL) gt_remark("%s", line);
    }
    if (a->failed || sentence == NULL || (said && *sentence == 0))
        return gt_reader_is_wrong(r, err);
    if (said) (void)gt_fail(err, said, "%s", sentence);
    if (said == GT_NO_MEMORY) tell_limit(r, err);
    return said;
}

static gt_status receive_one(gt_reader *r, gt_error *err) {
    gt_error why;
    bool is_open = false;
    gt_status status = gt_message_receive(r->socket, &r->answer, &is_open, check_time, r, &why);
    if (status == GT_BAD_FORMAT) return gt_reader_is_wrong(r, err);
    if (status) return gt_fail(err, status, "%s", why.text);
    if (is_open) return open_answer(r, err);
    return r->is_known || was_killed(r) ? tell_end(r, err) : tell_no_greeting(r, err);
}

static gt_status make_acquaintance(gt_reader *r, gt_error *err) {
    char what[80];
    gt_status status = receive_one(r, err);
    if (status) return status;
    const char *version = gt_take_text(&r->answer);
    if (version == NULL) return gt_reader_is_wrong(r, err);
    snprintf(what, sizeof what, "is of version %.40s", version);
    if (strcmp(version, gt_version()) != 0) return is_foreign(r, what, err);
    r->is_known = true;
    return GT_OK;
}

gt_status gt_reader_receive(gt_reader *r, gt_parcel **answer, gt_error *err) {
    gt_status status = r->is_known ? GT_OK : make_acquaintance(r, err);
    if (!status) status = receive_one(r, err);
    *answer = &r->answer;
    return status;
}

gt_status gt_reader_ask(gt_reader *r, gt_parcel **answer, gt_error *err) {
    gt_status status = gt_reader_send(r, err);
    return status ? status : gt_reader_receive(r, answer, err);
}

/* ---- shared memory ---- */

unsigned char *gt_reader_shared(const gt_reader *r, size_t *size) {
    *size = r->size;
    return r->shared;
}

gt_status gt_reader_grow(gt_reader *r, size_t size, gt_error *err) {
    if (size <= r->size || r->memory < 0) return GT_OK;
    if (size > memory_limit() || ftruncate(r->memory, (off_t)size)) {
        (void)gt_fail(err, GT_NO_MEMORY, "%s: needs %zu MiB of memory for its pictures",
                      r->path, (size >> 20) + 1);
        tell_limit(r, err);
        return GT_NO_MEMORY;
    }
    if (r->shared != NULL) munmap(r->shared, r->size);
    r->shared = mmap(NULL, size, PROT_READ, MAP_SHARED, r->memory, 0);
    if (r->shared == MAP_FAILED) r->shared = NULL;
    r->size = r->shared != NULL ? size : 0;
    return r->shared != NULL ? GT_OK
                             : gt_fail_errno(err, "%s: memory for its pictures", r->path);
}
