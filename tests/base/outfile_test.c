/* outfile_test.c - a target is old or new, never between: each system call is made to fail in
 * turn by the definitions below, which take the place of the C library's in this program. */
#include "gt_test.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "beside.h"
#include "file.h"
#include "outfile.h"
#include "outfolder.h"

static int calls, fail_at; /* fail_at: number of the call that fails, 0 for none */
static char folder[64];

static int should_fail(int reason) {
    if (++calls != fail_at) return 0;
    errno = reason;
    return 1;
}

ssize_t pwrite(int fd, const void *bytes, size_t size, off_t offset) {
    if (should_fail(ENOSPC)) return -1;
    return syscall(SYS_pwrite64, fd, bytes, size, offset);
}

int fsync(int fd) {
    return should_fail(EIO) ? -1 : (int)syscall(SYS_fsync, fd);
}

int rename(const char *from, const char *to) {
    return should_fail(EDQUOT) ? -1 : (int)syscall(SYS_rename, from, to);
}

int fchmod(int fd, mode_t mode) {
    return should_fail(EPERM) ? -1 : (int)syscall(SYS_fchmod, fd, mode);
}

/* Of a file that was written to; it is closed all the same. */
int close(int fd) {
    int flags = (int)syscall(SYS_fcntl, fd, F_GETFL);
    int done = (int)syscall(SYS_close, fd);
    if (flags < 0 || (flags & O_ACCMODE) == O_RDONLY) return done;
    return should_fail(EIO) ? -1 : done;
}

static const char *in_folder(const char *name) {
    static char paths[4][512];
    static int turn;
    char *path = paths[turn++ % 4];
    snprintf(path, sizeof paths[0], "%s/%s", folder, name);
    return path;
}

static int entries(void) {
    int count = 0;
    DIR *listing = opendir(folder);
    assert_non_null(listing);
    while (readdir(listing)) count++;
    closedir(listing);
    return count - 2;
}

static void remove_entries(void) {
    DIR *listing = opendir(folder);
    assert_non_null(listing);
    for (struct dirent *entry; (entry = readdir(listing));)
        if (strcmp(entry->d_name, ".") && strcmp(entry->d_name, ".."))
            gt_beside_remove(in_folder(entry->d_name));
    closedir(listing);
}

static int make_place(void **state) {
    strcpy(folder, "/tmp/galatea-outfile-XXXXXX");
    calls = fail_at = 0;
    return mkdtemp(folder) ? 0 : -1;
}

static int remove_place(void **state) {
    remove_entries();
    return rmdir(folder);
}

static void assert_holds(const char *path, const char *text) {
    gt_error err;
    char *bytes = NULL;
    size_t size = 0;
    assert_ok(gt_file_load(path, 1 << 20, &bytes, &size, &err), err);
    assert_string_equal(bytes, text);
    free(bytes);
}

static gt_status put(const char *path, const char *text, gt_error *err) {
    return gt_outfile_save(path, text, strlen(text), err);
}

static void writes_and_replaces(void **state) {
    gt_error err;
    gt_outfile *file = NULL;
    const char *path = in_folder("a.txt");
    assert_ok(put(path, "first", &err), err);
    assert_holds(path, "first");
    chmod(path, 0640);
    assert_ok(gt_outfile_open(path, &file, &err), err);
    assert_ok(gt_outfile_write(file, "xxxx", 4, &err), err);
    assert_ok(gt_outfile_pwrite(file, 0, "sec", 3, &err), err);
    assert_ok(gt_outfile_write(file, "nd", 2, &err), err);
    assert_int_equal(strncmp(gt_outfile_path(file), folder, strlen(folder)), 0);
    assert_holds(path, "first");
    assert_int_equal(entries(), 2);
    assert_ok(gt_outfile_commit(file, &err), err);
    gt_outfile_discard(file);
    assert_holds(path, "secxnd");
    assert_int_equal(entries(), 1);
    struct stat info;
    assert_int_equal(stat(path, &info), 0);
    assert_int_equal(info.st_mode & 0777, 0640);
}

static void discarded_leaves_nothing(void **state) {
    gt_error err;
    gt_outfile *file = NULL;
    assert_ok(gt_outfile_open(in_folder("a"), &file, &err), err);
    assert_ok(gt_outfile_write(file, "x", 1, &err), err);
    assert_non_null(gt_outfile_stream(file));
    gt_outfile_discard(file);
    assert_int_equal(entries(), 0);
    gt_outfile_discard(NULL);
}

static void files_appear_together(void **state) {
    gt_error err;
    for (int is_wanted = 0; is_wanted < 2; is_wanted++) {
        gt_outfiles_begin();
        assert_ok(put(in_folder("a.txt"), "first", &err), err);
        assert_ok(put(in_folder("b.txt"), "second", &err), err);
        assert_int_equal(entries(), 2);
        assert_int_equal(access(in_folder("a.txt"), F_OK), -1);
        if (is_wanted) assert_ok(gt_outfiles_end(&err), err);
        gt_outfiles_drop();
        assert_int_equal(entries(), is_wanted ? 2 : 0);
    }
    assert_holds(in_folder("a.txt"), "first");
    assert_holds(in_folder("b.txt"), "second");
    assert_ok(put(in_folder("b.txt"), "alone", &err), err);
    assert_holds(in_folder("b.txt"), "alone");
    /* What stands where it should is kept, and the others come to it. */
    gt_outfiles_begin();
    assert_ok(put(in_folder("a.txt"), "third", &err), err);
    assert_ok(put(in_folder("b.txt"), "fourth", &err), err);
    calls = 0;
    fail_at = 2; /* the flush of the folder behind the first rename */
    assert_int_equal(gt_outfiles_end(&err), GT_IO);
    fail_at = 0;
    assert_non_null(strstr(err.text, "a.txt is written whole, but"));
    assert_holds(in_folder("a.txt"), "third");
    assert_holds(in_folder("b.txt"), "fourth");
    assert_int_equal(entries(), 2);
}

static void stream_writes_text(void **state) {
    gt_error err;
    gt_outfile *file = NULL;
    const char *path = in_folder("s.csv");
    assert_ok(gt_outfile_open(path, &file, &err), err);
    FILE *stream = gt_outfile_stream(file);
    for (int i = 0; i < 5000; i++) fprintf(stream, "%d\n", i);
    assert_ok(gt_outfile_commit(file, &err), err);
    gt_outfile_discard(file);
    struct stat info;
    assert_int_equal(stat(path, &info), 0);
    assert_int_equal(info.st_size, 10 * 2 + 90 * 3 + 900 * 4 + 4000 * 5);
}

/* After every single failure: an error that names the file, the old or the new bytes, and no
 * temporary left. */
static void each_call_fails(void **state) {
    const char *path = in_folder("target");
    gt_error err;
    int n = 1;
    for (;; n++) {
        fail_at = 0;
        assert_ok(put(path, "old", &err), err);
        calls = 0;
        fail_at = n;
        gt_status status = put(path, "new", &err);
        if (calls < n) break;
        fail_at = 0;
        assert_int_equal(status, GT_IO);
        assert_non_null(strstr(err.text, folder));
        int is_kept = strstr(err.text, "target is written whole, but a power loss may") != NULL;
        assert_holds(path, is_kept ? "new" : "old");
        assert_int_equal(entries(), 1);
    }
    assert_int_equal(n, 7); /* mode, write, fsync, close, rename, fsync of the folder */
}

static void stream_failure_keeps_its_reason(void **state) {
    gt_error err;
    gt_outfile *file = NULL;
    assert_ok(gt_outfile_open(in_folder("s"), &file, &err), err);
    FILE *stream = gt_outfile_stream(file);
    calls = 0;
    fail_at = 2;
    for (int i = 0; i < 40000; i++) fprintf(stream, "%d\n", i);
    fail_at = 0;
    assert_int_equal(gt_outfile_commit(file, &err), GT_IO);
    assert_non_null(strstr(err.text, "No space left on device"));
    assert_non_null(strstr(err.text, "bytes at offset"));
    gt_outfile_discard(file);
    assert_int_equal(entries(), 0);
}

static void file_size_limit(void **state) {
    gt_error err;
    struct rlimit before, small = {.rlim_cur = 8192};
    char *bytes = calloc(1, 20000);
    gt_outfile *file = NULL;
    signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &before);
    small.rlim_max = before.rlim_max;
    assert_ok(gt_outfile_open(in_folder("big"), &file, &err), err);
    setrlimit(RLIMIT_FSIZE, &small);
    gt_status status = gt_outfile_write(file, bytes, 20000, &err);
    setrlimit(RLIMIT_FSIZE, &before);
    signal(SIGXFSZ, SIG_DFL);
    free(bytes);
    gt_outfile_discard(file);
    assert_int_equal(status, GT_IO);
    assert_non_null(strstr(err.text, "8192 of 20000 bytes at offset 0: File too large"));
    assert_int_equal(entries(), 0);
}

static void refuse(const char *path, gt_status want, const char *part) {
    gt_error err;
    gt_outfile *file = NULL;
    assert_int_equal(gt_outfile_open(path, &file, &err), want);
    assert_null(file);
    if (!strstr(err.text, part)) fail_msg("'%s' does not say '%s'", err.text, part);
}

static void targets_that_are_no_files(void **state) {
    refuse(folder, GT_IO, "it is a folder");
    refuse("/dev/null", GT_IO, "a device or a pipe");
    refuse(in_folder("none/x"), GT_NOT_FOUND, "No such file or directory");
    refuse(in_folder("name/"), GT_BAD_ARGUMENT, "names no file");
    refuse("", GT_BAD_ARGUMENT, "names no file");
    gt_error err;
    assert_ok(put(in_folder("plain"), "x", &err), err);
    refuse(in_folder("plain/x"), GT_NOT_FOUND, "Not a directory");
    chmod(in_folder("plain"), 0444);
    refuse(in_folder("plain"), GT_IO, "read-only");
    assert_int_equal(symlink("nowhere", in_folder("dangling")), 0);
    refuse(in_folder("dangling"), GT_NOT_FOUND, "No such file or directory");
    assert_int_equal(mkfifo(in_folder("pipe"), 0600), 0);
    refuse(in_folder("pipe"), GT_IO, "a device or a pipe");
}

static void links_are_followed(void **state) {
    gt_error err;
    assert_ok(put(in_folder("real"), "old", &err), err);
    assert_int_equal(symlink("real", in_folder("link")), 0);
    assert_ok(put(in_folder("link"), "new", &err), err);
    assert_holds(in_folder("real"), "new");
    struct stat info;
    assert_int_equal(lstat(in_folder("link"), &info), 0);
    assert_true(S_ISLNK(info.st_mode));
}

static void odd_names(void **state) {
    static const char *const names[] = {"b[1].fits", "!keep.txt", " a", "~x", "-", ".hidden"};
    char longest[256];
    gt_error err;
    memset(longest, 'n', 255);
    longest[255] = '\0';
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        assert_ok(put(in_folder(names[i]), "x", &err), err);
    assert_ok(put(in_folder(longest), "x", &err), err);
    assert_int_equal(entries(), 7);
}

/* A child leaves its temporary behind; the sweep takes that one and none of ours. */
static void sweep_removes_only_dead_ones(void **state) {
    gt_error err;
    gt_outfile *mine = NULL;
    int removed = 0, ended = 0;
    assert_ok(gt_outfile_open(in_folder("run.csv"), &mine, &err), err);
    assert_ok(put(in_folder(".x.part"), "user's own", &err), err);
    assert_ok(put(in_folder(".x.00000000-1-1.part"), "other machine's", &err), err);
    pid_t child = fork();
    if (child == 0) {
        gt_outfile *file = NULL;
        _exit(gt_outfile_open(in_folder("run.csv"), &file, NULL) != GT_OK);
    }
    assert_int_equal(waitpid(child, &ended, 0), child);
    assert_int_equal(ended, 0);
    assert_int_equal(entries(), 4);
    assert_ok(gt_outfile_sweep(folder, &removed, &err), err);
    assert_int_equal(removed, 1);
    assert_int_equal(entries(), 3);
    assert_ok(gt_outfile_commit(mine, &err), err);
    gt_outfile_discard(mine);
    assert_int_equal(gt_outfile_sweep(in_folder("none"), NULL, &err), GT_NOT_FOUND);
}

/* A child that dies with `name` open; it stays a zombie until it is waited for. */
static pid_t die_writing(const char *name) {
    siginfo_t ended;
    pid_t child = fork();
    if (child == 0) {
        gt_outfile *file = NULL;
        if (gt_outfile_open(in_folder(name), &file, NULL)) _exit(1);
        raise(SIGKILL);
    }
    assert_int_equal(waitid(P_PID, (id_t)child, &ended, WEXITED | WNOWAIT), 0);
    return child;
}

/* Who writes a name takes away what dead ones left of it, and of it alone. */
static void next_writer_sweeps(void **state) {
    gt_error err;
    gt_outfile *mine = NULL;
    char longest[256];
    memset(longest, 'n', 255);
    longest[255] = '\0';
    const char *const names[] = {"sky.h5", ".hidden", "a.b.c", longest};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        pid_t child = die_writing(names[i]), other = die_writing("sky.h5x");
        assert_int_equal(entries(), 2);
        assert_ok(gt_outfile_open(in_folder(names[i]), &mine, &err), err);
        assert_int_equal(entries(), 2); /* ours, and what was left of the other name */
        assert_ok(put(in_folder(names[i]), "x", &err), err);
        assert_int_equal(entries(), 3); /* a living one keeps its own */
        gt_outfile_discard(mine);
        assert_int_equal(waitpid(child, NULL, 0), child);
        assert_int_equal(waitpid(other, NULL, 0), other);
        remove_entries();
    }
}

/* Killed at random moments, a writer that replaces one file over and over leaves it whole. */
static void killed_at_any_moment(void **state) {
    enum { KILLS = 40, SIZE = 100000 };
    static char pattern[SIZE];
    gt_error err;
    const char *path = in_folder("weights");
    memset(pattern, '-', SIZE - 1);
    assert_ok(put(path, pattern, &err), err);
    for (int k = 0; k < KILLS; k++) {
        pid_t child = fork();
        if (child == 0) {
            for (int i = 0;; i++) {
                gt_outfile *file = NULL;
                memset(pattern, 'a' + i % 26, SIZE - 1);
                if (gt_outfile_open(path, &file, NULL)) _exit(1);
                if (gt_outfile_write(file, pattern, SIZE - 1, NULL)) _exit(1);
                if (gt_outfile_commit(file, NULL)) _exit(1);
                gt_outfile_discard(file);
            }
        }
        usleep((useconds_t)(500 + 613 * k % 7000));
        kill(child, SIGKILL);
        waitpid(child, NULL, 0);
        char *bytes = NULL;
        size_t size = 0;
        assert_ok(gt_file_load(path, SIZE, &bytes, &size, &err), err);
        assert_int_equal(size, SIZE - 1);
        for (size_t i = 1; i < size; i++) assert_int_equal(bytes[i], bytes[0]);
        free(bytes);
    }
    assert_ok(gt_outfile_sweep(folder, NULL, &err), err);
    assert_int_equal(entries(), 1);
}

/* ---- folders ---- */

static gt_status fill(const char *path, const char *text, gt_error *err) {
    gt_status status = GT_OK;
    gt_outfolder *out = NULL;
    char place[1024];
    GT_TRY(gt_outfolder_open(path, &out, err));
    snprintf(place, sizeof place, "%s/inside", gt_outfolder_path(out));
    GT_TRY(put(place, text, err));
    GT_TRY(gt_outfolder_commit(out, err));
done:
    gt_outfolder_discard(out);
    return status;
}

/* Whole or not at all, as files. */
static void each_call_fails_for_folders(void **state) {
    const char *path = in_folder("all");
    gt_error err;
    int n = 1, kept = 0;
    for (;; n++) {
        calls = 0;
        fail_at = n;
        gt_status status = fill(path, "new", &err);
        if (calls < n) break;
        fail_at = 0;
        assert_int_equal(status, GT_IO);
        assert_non_null(strstr(err.text, folder));
        int is_kept = strstr(err.text, "all is written whole, but a power loss may") != NULL;
        assert_int_equal(entries(), is_kept);
        if (is_kept) assert_holds(in_folder("all/inside"), "new");
        remove_entries();
        kept += is_kept;
    }
    assert_int_equal(n, 8); /* write, fsync, close, rename, fsync, rename, fsync */
    assert_int_equal(kept, 1);
}

/* What this thread put in place is known, and nothing else. */
static void knows_what_appeared(void **state) {
    gt_error err;
    assert_int_equal(mkdir(in_folder("made"), 0777), 0);
    FILE *other = fopen(in_folder("other"), "w");
    assert_non_null(other);
    fclose(other);
    assert_false(gt_outfile_appeared(in_folder("none")));
    assert_false(gt_outfile_appeared(in_folder("made")));
    assert_false(gt_outfile_appeared(in_folder("other")));
    calls = 0;
    fail_at = 5; /* the rename */
    assert_int_equal(put(in_folder("other"), "new", &err), GT_IO);
    fail_at = 0;
    assert_false(gt_outfile_appeared(in_folder("other")));
    assert_ok(put(in_folder("other"), "new", &err), err);
    assert_ok(fill(in_folder("all"), "inside", &err), err);
    for (int i = 0; i < 50; i++) assert_ok(put(in_folder("many"), "x", &err), err);
    assert_true(gt_outfile_appeared(in_folder("other")));
    assert_true(gt_outfile_appeared(in_folder("all")));
    assert_false(gt_outfile_appeared(in_folder("made")));
}

static void places_of_folders(void **state) {
    gt_error err;
    char slashes[600];
    assert_ok(put(in_folder("file"), "x", &err), err);
    assert_int_equal(mkdir(in_folder("empty"), 0777), 0);
    assert_int_equal(mkdir(in_folder("full"), 0777), 0);
    assert_ok(put(in_folder("full/.hidden"), "x", &err), err);
    assert_ok(gt_outfolder_check(in_folder("new"), &err), err);
    assert_ok(gt_outfolder_check(in_folder("empty"), &err), err);
    snprintf(slashes, sizeof slashes, "%s///", in_folder("new"));
    assert_ok(gt_outfolder_check(slashes, &err), err);
    assert_int_equal(gt_outfolder_check(in_folder("full"), &err), GT_USAGE);
    assert_non_null(strstr(err.text, "full is there already, expected a new or an empty"));
    assert_int_not_equal(gt_outfolder_check(in_folder("file"), &err), GT_OK);
    assert_non_null(strstr(err.text, "/file"));
    assert_int_equal(gt_outfolder_check(in_folder("no/such"), &err), GT_NOT_FOUND);
    assert_non_null(strstr(err.text, "no/such"));
    assert_int_equal(entries(), 3); /* looking leaves nothing */
    assert_int_equal(symlink("empty", in_folder("link")), 0);
    assert_ok(fill(in_folder("link"), "through", &err), err);
    assert_holds(in_folder("empty/inside"), "through");
    assert_int_equal(entries(), 4);
}

/* A folder waits for the files that belong to it, its own files do not. */
static void folders_appear_together(void **state) {
    gt_error err;
    for (int is_wanted = 0; is_wanted < 2; is_wanted++) {
        gt_outfiles_begin();
        assert_ok(fill(in_folder("all"), "inside", &err), err);
        assert_ok(put(in_folder("a.txt"), "beside", &err), err);
        assert_int_equal(access(in_folder("all"), F_OK), -1);
        assert_int_equal(access(in_folder("a.txt"), F_OK), -1);
        if (is_wanted) assert_ok(gt_outfiles_end(&err), err);
        gt_outfiles_drop();
        assert_int_equal(entries(), is_wanted ? 2 : 0);
    }
    assert_holds(in_folder("all/inside"), "inside");
    assert_holds(in_folder("a.txt"), "beside");
}

/* The next writer of the name takes away what a dead one left. */
static void next_folder_sweeps(void **state) {
    gt_error err;
    pid_t child = fork();
    if (child == 0) {
        gt_outfolder *out = NULL;
        char place[1024];
        if (gt_outfolder_open(in_folder("all"), &out, NULL)) _exit(1);
        snprintf(place, sizeof place, "%s/inside", gt_outfolder_path(out));
        _exit(put(place, "half", NULL) != GT_OK);
    }
    int ended = 0;
    assert_int_equal(waitpid(child, &ended, 0), child);
    assert_int_equal(ended, 0);
    assert_int_equal(entries(), 1);
    assert_ok(fill(in_folder("all"), "new", &err), err);
    assert_int_equal(entries(), 1);
    assert_holds(in_folder("all/inside"), "new");
}

int main(void) {
#define TEST(f) cmocka_unit_test_setup_teardown(f, make_place, remove_place)
    const struct CMUnitTest tests[] = {
        TEST(writes_and_replaces),
        TEST(discarded_leaves_nothing),
        TEST(files_appear_together),
        TEST(stream_writes_text),
        TEST(each_call_fails),
        TEST(stream_failure_keeps_its_reason),
        TEST(file_size_limit),
        TEST(targets_that_are_no_files),
        TEST(links_are_followed),
        TEST(odd_names),
        TEST(sweep_removes_only_dead_ones),
        TEST(next_writer_sweeps),
        TEST(killed_at_any_moment),
        TEST(each_call_fails_for_folders),
        TEST(knows_what_appeared),
        TEST(places_of_folders),
        TEST(folders_appear_together),
        TEST(next_folder_sweeps),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
