/* What a reader process may do to the one that asks: crash, hang, eat, lie, reach outside. This
 * program is its own reader. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "galatea/log.h"
#include "gt_test.h"
#include "reading_internal.h"
#include "temp_folder.h"

#if defined(__SANITIZE_ADDRESS__)
enum { HAS_SANITIZER = 1 };
#else
enum { HAS_SANITIZER = 0 };
#endif
#ifdef GT_HAVE_SECCOMP
enum { HAS_FILTER = 1 };
#else
enum { HAS_FILTER = 0 };
#endif

enum { READER_SOCKET = 3 };

/* ---- in the reader: each takes the path of a file ---- */

static gt_status crash(const char *path, gt_error *err) {
    signal(SIGSEGV, SIG_DFL); /* a sanitizer would tell of it */
    raise(SIGSEGV);
    return GT_OK;
}

static gt_status killed(const char *path, gt_error *err) {
    raise(SIGKILL);
    return GT_OK;
}

static gt_status loop(const char *path, gt_error *err) {
    for (volatile unsigned i = 0;; i++) {
    }
    return GT_OK;
}

static gt_status glutton(const char *path, gt_error *err) {
    enum { PIECE = 16 << 20, PIECES = 64 };
    for (int i = 0; i < PIECES; i++) {
        char *piece = malloc(PIECE);
        if (piece == NULL)
            return gt_fail(err, GT_NO_MEMORY, "%s: no more after %d MiB", path, 16 * i);
        memset(piece, i + 1, PIECE);
    }
    return gt_fail(err, GT_IO, "%s: ate a GiB", path);
}

/* An answer that is none: bytes of chance, straight into the socket. */
static gt_status garbage(const char *path, gt_error *err) {
    unsigned char bytes[256];
    for (size_t i = 0; i < sizeof bytes; i++) bytes[i] = (unsigned char)(i * 37 + 11);
    if (send(READER_SOCKET, bytes, sizeof bytes, 0) < 0) abort();
    return GT_OK;
}

static gt_status leaving(const char *path, gt_error *err) {
    _exit(0);
}

static gt_status opening(const char *path, gt_error *err) {
    int opened = socket(AF_INET, SOCK_STREAM, 0);
    if (opened < 0) return gt_fail_errno(err, "%s: no socket", path);
    return gt_fail(err, GT_IO, "%s: a socket", path);
}

static gt_status writer(const char *path, gt_error *err) {
    int opened = open("planted", O_WRONLY | O_CREAT, 0666);
    if (opened < 0) opened = open(path, O_RDWR);
    if (opened < 0) return gt_fail_errno(err, "%s: no file", path);
    if (write(opened, "x", 1) < 0) return gt_fail_errno(err, "%s: no byte", path);
    return gt_fail(err, GT_IO, "%s: a file", path);
}

static gt_status remover(const char *path, gt_error *err) {
    if (rename(path, "moved") == 0 || unlink(path) == 0)
        return gt_fail(err, GT_IO, "%s: gone", path);
    return gt_fail_errno(err, "%s: stays", path);
}

static gt_status starter(const char *path, gt_error *err) {
    char name[] = "touch", what[] = "planted";
    char *const words[] = {name, what, NULL};
    pid_t process = fork();
    if (process == 0) _exit(0);
    if (process > 0) return gt_fail(err, GT_IO, "%s: a process", path);
    int failed = errno;
    execv("/usr/bin/touch", words);
    errno = failed;
    return gt_fail_errno(err, "%s: no process", path);
}

/* The one that asks is not to be signalled. */
static gt_status killer(const char *path, gt_error *err) {
    if (kill(getppid(), SIGKILL) == 0) return gt_fail(err, GT_IO, "killed");
    return gt_fail_errno(err, "%s: not killed", path);
}

typedef gt_status deed_function(const char *path, gt_error *err);

static const struct {
    const char *name;
    deed_function *function;
} deeds[] = {{"crash", crash},     {"killed", killed},   {"loop", loop},
             {"glutton", glutton}, {"garbage", garbage}, {"leaving", leaving},
             {"opening", opening}, {"writer", writer},   {"remover", remover},
             {"starter", starter}, {"killer", killer}};

/* A deed by name; "add" counts what it was given, from one request to the next, and "fill"
 * writes the number into the shared memory. */
static gt_status answer(void **state, gt_parcel *request, gt_parcel *said, gt_error *err) {
    static uint64_t total;
    const char *name = gt_take_text(request), *path = gt_take_text(request);
    *state = &total;
    for (size_t i = 0; i < sizeof deeds / sizeof *deeds; i++)
        if (strcmp(name, deeds[i].name) == 0) return deeds[i].function(path, err);
    if (strcmp(name, "fill") == 0) {
        size_t size;
        unsigned char *shared = gt_reader_shared_here(&size);
        memset(shared, 7, size);
        gt_put_count(said, size);
        return GT_OK;
    }
    if (strcmp(name, "add") != 0) return gt_fail(err, GT_NOT_FOUND, "%s: no '%s'", path, name);
    total += gt_take_count(request, UINT64_MAX);
    gt_put_count(said, total);
    gt_remark("so far %d", (int)total);
    return GT_OK;
}

/* The first message of a reader of another version. */
static int greet_as(const char *version) {
    gt_parcel hello = {0};
    gt_put_count(&hello, GT_OK);
    gt_put_text(&hello, "");
    gt_put_count(&hello, 0);
    gt_put_text(&hello, version);
    uint64_t size = hello.size;
    bool is_sent = send(READER_SOCKET, &size, sizeof size, 0) > 0 &&
                   send(READER_SOCKET, hello.bytes, hello.size, 0) > 0;
    gt_parcel_free(&hello);
    return !is_sent;
}

/* ---- the one that asks ---- */

static int enter(void **state) {
    return make_temp_folder(state) || chdir(temp_folder);
}

static int leave(void **state) {
    return chdir("/") || remove_temp_folder(state);
}

#define IN_FOLDER(name) cmocka_unit_test_setup_teardown(name, enter, leave)

static gt_reader *start(size_t shared) {
    gt_error err;
    gt_reader *reader = NULL;
    write_file("file", "here", 4);
    assert_ok(gt_reader_start("deeds", "file", shared, &reader, &err), err);
    return reader;
}

static gt_status ask(gt_reader *reader, const char *deed, uint64_t number, uint64_t *out,
                     gt_error *err) {
    gt_parcel *answer, *asked = gt_reader_request(reader);
    gt_put_text(asked, deed);
    gt_put_text(asked, "file");
    gt_put_count(asked, number);
    gt_status status = gt_reader_ask(reader, &answer, err);
    if (!status) *out = gt_take_count(answer, UINT64_MAX);
    return status;
}

/* No process of ours is left, and the file is as it was. */
static void check_unharmed(void) {
    char text[8] = "";
    FILE *file = fopen("file", "r");
    assert_true(file != NULL && fread(text, 1, sizeof text - 1, file) == 4 &&
                fclose(file) == 0);
    assert_string_equal(text, "here");
    assert_int_not_equal(access("planted", F_OK), 0);
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
    assert_int_equal(errno, ECHILD);
}

static char last_remark[64];

static void keep_remark(void *user, const char *line) {
    snprintf(last_remark, sizeof last_remark, "%s", line);
}

static void a_reader_answers_until_it_is_ended(void **state) {
    gt_error err;
    uint64_t total = 0;
    gt_reader *reader = start(0);
    gt_log_to(keep_remark, NULL);
    assert_ok(ask(reader, "add", 40, &total, &err), err);
    assert_int_equal(total, 40);
    assert_int_equal(ask(reader, "nothing", 0, &total, &err), GT_NOT_FOUND);
    assert_string_equal(err.text, "file: no 'nothing'");
    assert_ok(ask(reader, "add", 2, &total, &err), err);
    gt_log_to(NULL, NULL);
    assert_int_equal(total, 42);
    assert_string_equal(last_remark, "so far 42");
    gt_reader_end(reader);
    gt_reader_end(NULL);
    check_unharmed();
}

static void shared_memory_grows(void **state) {
    gt_error err;
    uint64_t seen = 0;
    size_t size;
    gt_reader *reader = start(5000);
    assert_ok(ask(reader, "fill", 0, &seen, &err), err);
    assert_int_equal(seen, 5000);
    assert_int_equal(gt_reader_shared(reader, &size)[4999], 7);
    assert_ok(gt_reader_grow(reader, 3 << 20, &err), err);
    assert_int_equal(gt_reader_shared(reader, &size)[size - 1], 0);
    assert_ok(ask(reader, "fill", 0, &seen, &err), err);
    assert_int_equal(seen, 3 << 20);
    assert_int_equal(gt_reader_shared(reader, &size)[size - 1], 7);
    assert_int_equal(gt_reader_grow(reader, SIZE_MAX, &err), GT_NO_MEMORY);
    gt_reader_end(reader);
    check_unharmed();
}

static void expect_line(const char *deed, gt_status expected, const char *sentence) {
    gt_error err;
    uint64_t none;
    gt_reader *reader = start(0);
    gt_status status = ask(reader, deed, 0, &none, &err);
    if (status != expected || strstr(err.text, sentence) == NULL)
        fail_msg("%s: status %d, %s", deed, (int)status, err.text);
    gt_reader_end(reader);
    check_unharmed();
}

static void what_a_reader_does_is_a_sentence_here(void **state) {
    expect_line("crash", GT_BAD_FORMAT,
                "file: the process that read it ended by signal 11 (Seg");
    expect_line("killed", GT_IO, "file: the process that read it was killed: by somebody");
    expect_line("garbage", GT_BAD_FORMAT, "file: the process that read it gave an answer that");
    expect_line("leaving", GT_BAD_FORMAT, "file: the process that read it ended with code 0");
}

static void a_reader_that_hangs_is_stopped(void **state) {
    gt_reader_limit(0, 0.05);
    expect_line("loop", GT_UNSUPPORTED, "file: reading took more than 0.06");
    gt_reader_limit(0, 0);
}

/* Holes count as bytes. */
static double patience_for(off_t bytes) {
    assert_int_equal(truncate("file", bytes), 0);
    return gt_reader_work("file").patience;
}

static void a_small_file_is_not_waited_for_long(void **state) {
    write_file("file", "here", 4);
    assert_near(patience_for(4), 5, 0.01);
    assert_near(patience_for(1000000), 25, 0.01);
    assert_near(patience_for((off_t)1 << 40), 60, 0);
    assert_near(gt_reader_work(".").patience, 60, 0); /* the file lies in it */
    assert_near(patience_for(4), gt_reader_work(".").patience, 0);
}

static void a_reader_that_eats_is_held(void **state) {
    if (HAS_SANITIZER) skip(); /* their shadow memory is larger than any limit */
    gt_reader_limit(100 << 20, 0);
    expect_line("glutton", GT_NO_MEMORY, "file: no more after ");
    expect_line("glutton", GT_NO_MEMORY, "; its reader may take 100 MiB (gt_reader_limit)");
    gt_reader_limit(0, 0);
    setenv("GALATEA_READER_MEMORY", "60", 1);
    expect_line("glutton", GT_NO_MEMORY,
                "; its reader may take 60 MiB: GALATEA_READER_MEMORY=120 allows more");
    unsetenv("GALATEA_READER_MEMORY");
}

static void a_reader_reaches_nothing_outside(void **state) {
    if (!HAS_FILTER) skip(); /* built without libseccomp */
    expect_line("opening", GT_IO, "file: no socket: Operation not permitted");
    expect_line("writer", GT_IO, "file: no file: Operation not permitted");
    expect_line("remover", GT_IO, "file: stays: Operation not permitted");
    expect_line("starter", GT_IO, "file: no process: Operation not permitted");
    expect_line("killer", GT_IO, "file: not killed: Operation not permitted");
}

/* Descriptors of the program that asks are not the reader's, however they stand. */
static void the_lowest_descriptors_may_be_free(void **state) {
    gt_error err;
    uint64_t seen;
    int kept = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 20);
    close(STDIN_FILENO);
    gt_reader *reader = start(4096);
    assert_ok(ask(reader, "fill", 0, &seen, &err), err);
    gt_reader_end(reader);
    if (kept >= 0) dup2(kept, STDIN_FILENO), close(kept);
    check_unharmed();
}

static void another_version_is_told_with_a_way_out(void **state) {
    gt_error err;
    gt_reader *reader;
    gt_parcel *answer;
    write_file("file", "here", 4);
    assert_ok(gt_reader_start("older", "file", 0, &reader, &err), err);
    assert_int_equal(gt_reader_ask(reader, &answer, &err), GT_MISMATCH);
    assert_non_null(
        strstr(err.text, "file: its reader /proc/self/exe is of version 0.0.1, exp"));
    assert_non_null(strstr(err.text, "install both programs from one build"));
    gt_reader_end(reader);
    check_unharmed();
}

/* As for lack of memory, which may come before the first word. */
static void one_that_is_killed_at_its_start_is_no_foreign_one(void **state) {
    gt_error err;
    gt_reader *reader;
    gt_parcel *answer;
    write_file("file", "here", 4);
    assert_ok(gt_reader_start("doomed", "file", 0, &reader, &err), err);
    assert_int_equal(gt_reader_ask(reader, &answer, &err), GT_IO);
    assert_non_null(strstr(err.text, "file: the process that read it was killed: by somebody"));
    gt_reader_end(reader);
    check_unharmed();
}

static void a_missing_program_is_named(void **state) {
    gt_error err;
    uint64_t none;
    assert_int_equal(gt_reader_program("nowhere/reader", &err), GT_NOT_FOUND);
    assert_non_null(strstr(err.text, "nowhere/reader"));
    assert_ok(gt_reader_program("/bin/true", &err), err); /* a program, and none that answers */
    gt_reader *reader = start(0);
    assert_int_equal(ask(reader, "add", 0, &none, &err), GT_MISMATCH);
    assert_non_null(strstr(err.text, "its reader /bin/true ended (code 0) before it said"));
    gt_reader_end(reader);
    assert_ok(gt_reader_program("/proc/self/exe", &err), err);
}

int main(int argc, char **argv) {
    static const gt_reader_service services[] = {{"deeds", answer}, {NULL, NULL}};
    gt_error err;
    if (argc > 1 && strcmp(argv[1], "older") == 0) return greet_as("0.0.1");
    if (argc > 1 && strcmp(argv[1], "doomed") == 0) return raise(SIGKILL);
    if (argc > 1) return gt_reader_serve(argc, argv, services);
    if (gt_reader_program("/proc/self/exe", &err)) return 1;
    const struct CMUnitTest tests[] = {
        IN_FOLDER(a_reader_answers_until_it_is_ended),
        IN_FOLDER(shared_memory_grows),
        IN_FOLDER(what_a_reader_does_is_a_sentence_here),
        IN_FOLDER(a_reader_that_hangs_is_stopped),
        IN_FOLDER(a_small_file_is_not_waited_for_long),
        IN_FOLDER(a_reader_that_eats_is_held),
        IN_FOLDER(a_reader_reaches_nothing_outside),
        IN_FOLDER(the_lowest_descriptors_may_be_free),
        IN_FOLDER(another_version_is_told_with_a_way_out),
        IN_FOLDER(one_that_is_killed_at_its_start_is_no_foreign_one),
        IN_FOLDER(a_missing_program_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
