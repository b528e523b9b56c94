/* runlock_test.c - one folder, one owner; dead owners of this host do not count. */
#include "gt_test.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "runlock.h"

static char folder[64], path[128];

static int make_place(void **state) {
    strcpy(folder, "/tmp/galatea-lock-XXXXXX");
    if (!mkdtemp(folder)) return -1;
    snprintf(path, sizeof path, "%s/run.lock", folder);
    return 0;
}

static int remove_place(void **state) {
    unlink(path);
    return rmdir(folder);
}

static void write_lock(const char *text) {
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

static void take_and_release(void **state) {
    gt_error err;
    gt_runlock *lock = NULL;
    assert_ok(gt_runlock_acquire(folder, &lock, &err), err);
    assert_int_equal(access(path, F_OK), 0);
    gt_runlock_release(lock);
    assert_int_equal(access(path, F_OK), -1);
    gt_runlock_release(NULL);
    assert_int_equal(gt_runlock_acquire("/tmp/galatea-none", &lock, &err), GT_NOT_FOUND);
}

static void second_is_told_who(void **state) {
    gt_error err;
    char pid[32];
    gt_runlock *first = NULL, *second = NULL;
    assert_ok(gt_runlock_acquire(folder, &first, &err), err);
    assert_int_equal(gt_runlock_acquire(folder, &second, &err), GT_MISMATCH);
    assert_null(second);
    snprintf(pid, sizeof pid, "process %ld on ", (long)getpid());
    assert_non_null(strstr(err.text, pid));
    assert_non_null(strstr(err.text, path));
    assert_int_equal(access(path, F_OK), 0);
    gt_runlock_release(first);
    assert_ok(gt_runlock_acquire(folder, &second, &err), err);
    gt_runlock_release(second);
}

static void dead_owner(void **state) {
    gt_error err;
    gt_runlock *lock = NULL;
    int ended = 0;
    pid_t child = fork();
    if (child == 0) {
        if (gt_runlock_acquire(folder, &lock, NULL)) _exit(1);
        raise(SIGKILL);
    }
    assert_int_equal(waitpid(child, &ended, 0), child);
    assert_true(WIFSIGNALED(ended));
    assert_int_equal(access(path, F_OK), 0);
    assert_ok(gt_runlock_acquire(folder, &lock, &err), err);
    gt_runlock_release(lock);
}

/* An owner that has ended counts as gone also while its parent has not noticed. */
static void owner_is_a_zombie(void **state) {
    gt_error err;
    gt_runlock *lock = NULL;
    siginfo_t ended;
    pid_t child = fork();
    if (child == 0) {
        if (gt_runlock_acquire(folder, &lock, NULL)) _exit(1);
        raise(SIGKILL);
    }
    assert_int_equal(waitid(P_PID, (id_t)child, &ended, WEXITED | WNOWAIT), 0);
    assert_int_equal(access(path, F_OK), 0);
    assert_ok(gt_runlock_acquire(folder, &lock, &err), err);
    gt_runlock_release(lock);
    assert_int_equal(waitpid(child, NULL, 0), child);
}

/* Process 1 lives, but did not start at tick 1: the number was used again after a restart. */
static void reused_process_number(void **state) {
    gt_error err;
    char host[256], line[512];
    gt_runlock *lock = NULL;
    assert_int_equal(gethostname(host, sizeof host), 0);
    snprintf(line, sizeof line, "%s %ld 1 2024-06-07T12:00:00Z\n", host, (long)getppid());
    write_lock(line);
    assert_ok(gt_runlock_acquire(folder, &lock, &err), err);
    gt_runlock_release(lock);
}

static void other_host_is_believed(void **state) {
    gt_error err;
    gt_runlock *lock = NULL;
    write_lock("no-such-host 4194305 1 2024-06-07T12:00:00Z\n");
    assert_int_equal(gt_runlock_acquire(folder, &lock, &err), GT_MISMATCH);
    assert_non_null(
        strstr(err.text, "process 4194305 on no-such-host since 2024-06-07T12:00:00Z"));
    assert_int_equal(access(path, F_OK), 0);
}

static void unreadable_lines(void **state) {
    static const char *const lines[] = {"", "\n", "host", "host x 1 now\n", "host -4 1 now\n"};
    gt_error err;
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        gt_runlock *lock = NULL;
        write_lock(lines[i]);
        assert_ok(gt_runlock_acquire(folder, &lock, &err), err);
        gt_runlock_release(lock);
    }
}

static void release_spares_a_foreign_lock(void **state) {
    gt_error err;
    gt_runlock *lock = NULL;
    assert_ok(gt_runlock_acquire(folder, &lock, &err), err);
    write_lock("other 1 1 2024-06-07T12:00:00Z\n");
    gt_runlock_release(lock);
    assert_int_equal(access(path, F_OK), 0);
}

/* Starts at the closing of `gate`, reports one byte, and lives until `end` is closed. */
static void start_and_tell(int gate, int told, int end) {
    gt_runlock *lock = NULL;
    char byte;
    if (read(gate, &byte, 1) != 0) _exit(9);
    gt_status status = gt_runlock_acquire(folder, &lock, NULL);
    byte = status == GT_OK ? 1 : status == GT_MISMATCH ? 0 : 9;
    _exit(write(told, &byte, 1) != 1 || read(end, &byte, 1) != 0);
}

/* Sixteen processes start at once over a stale lock: exactly one gets the folder. */
static void many_starts_at_once(void **state) {
    enum { ROUNDS = 20, STARTS = 16 };
    char host[256], line[512], got;
    gethostname(host, sizeof host);
    snprintf(line, sizeof line, "%s 4194305 1 2024-06-07T12:00:00Z\n", host);
    for (int round = 0; round < ROUNDS; round++) {
        int gate[2], told[2], end[2], winners = 0, ended = 0;
        write_lock(line);
        assert_true(pipe(gate) == 0 && pipe(told) == 0 && pipe(end) == 0);
        for (int i = 0; i < STARTS; i++) {
            if (fork()) continue;
            close(gate[1]);
            close(end[1]);
            start_and_tell(gate[0], told[1], end[0]);
        }
        close(gate[1]);
        for (int i = 0; i < STARTS; i++) {
            assert_int_equal(read(told[0], &got, 1), 1);
            assert_in_range(got, 0, 1);
            winners += got;
        }
        close(end[1]);
        for (int i = 0; i < STARTS; i++) assert_true(wait(&ended) > 0 && ended == 0);
        close(gate[0]), close(told[0]), close(told[1]), close(end[0]);
        assert_int_equal(winners, 1);
    }
}

int main(void) {
#define TEST(f) cmocka_unit_test_setup_teardown(f, make_place, remove_place)
    const struct CMUnitTest tests[] = {
        TEST(take_and_release),
        TEST(second_is_told_who),
        TEST(dead_owner),
        TEST(owner_is_a_zombie),
        TEST(reused_process_number),
        TEST(other_host_is_believed),
        TEST(unreadable_lines),
        TEST(many_starts_at_once),
        TEST(release_spares_a_foreign_lock),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
