/* The progress line: what it says, and how rarely into a file. */
#include "gt_test.h"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "progress.h"

typedef struct terminal {
    int master, slave;
    char text[4096];
} terminal;

static terminal open_terminal(unsigned short columns) {
    terminal t = {.master = posix_openpt(O_RDWR | O_NOCTTY)};
    if (t.master < 0) skip(); /* a container without pseudo-terminals */
    assert_int_equal(grantpt(t.master), 0);
    assert_int_equal(unlockpt(t.master), 0);
    t.slave = open(ptsname(t.master), O_RDWR | O_NOCTTY);
    assert_true(t.slave >= 0);
    struct winsize size = {.ws_col = columns, .ws_row = 24};
    assert_int_equal(ioctl(t.slave, TIOCSWINSZ, &size), 0);
    return t;
}

/* What was written since the last call. The kernel may hand it over in pieces and late, so a
 * mark is sent behind it and waited for. */
static const char *screen(terminal *t) {
    static const char mark = '\a';
    assert_int_equal(write(t->slave, &mark, 1), 1);
    size_t length = 0;
    do {
        ssize_t got = read(t->master, t->text + length, sizeof t->text - length);
        assert_true(got > 0);
        length += (size_t)got;
    } while (t->text[length - 1] != mark);
    t->text[length - 1] = '\0';
    return t->text;
}

static double now;

static double test_clock(void) {
    return now;
}

/* A line that has been at work for `age` seconds of a clock that stands still. */
static gt_progress progress_of_age(int file, int64_t total, const char *label, double age) {
    gt_progress progress = gt_progress_start(file, total, label);
    progress.clock = test_clock;
    now = 1000;
    progress.started = now - age;
    return progress;
}

static void close_terminal(terminal *t) {
    close(t->slave);
    close(t->master);
}

static void a_terminal_shows_share_rate_and_rest(void **state) {
    terminal t = open_terminal(120);
    gt_progress progress = progress_of_age(t.slave, 1000, "epoch 1", 10);
    progress.first = 100; /* a resumed run */
    gt_progress_update(&progress, 600, "loss 1.25");
    assert_string_equal(screen(&t), "\r\033[Kepoch 1  60% [##############..........] 600/1000  "
                                    "50.0/s  ETA 0:08  loss 1.25");
    gt_progress_update(&progress, 601, NULL);
    assert_string_equal(screen(&t), ""); /* too soon after the last one */
    gt_progress_clear(&progress);
    assert_string_equal(screen(&t), "\r\033[K");
    gt_progress_update(&progress, 1000, NULL);
    assert_non_null(strstr(screen(&t), "100% [########################] 1000/1000"));
    gt_progress_finish(&progress);
    assert_string_equal(screen(&t), "\r\033[K");
    gt_progress_update(&progress, 1000, NULL);
    assert_string_equal(screen(&t), "");
    close_terminal(&t);
}

static void slow_or_endless_work_is_told_otherwise(void **state) {
    terminal t = open_terminal(120);
    gt_progress progress = progress_of_age(t.slave, 0, "reading", 100);
    progress.first = 0;
    gt_progress_update(&progress, 20, NULL);
    assert_string_equal(screen(&t), "\r\033[Kreading 20  5 s each  1:40");
    gt_progress_finish(&progress);
    close_terminal(&t);
}

static void a_line_never_wraps(void **state) {
    terminal t = open_terminal(30);
    gt_progress progress =
        progress_of_age(t.slave, 10, "a label that is much too long for it", 10);
    char extra[600];
    memset(extra, 'x', sizeof extra - 1);
    extra[sizeof extra - 1] = '\0';
    gt_progress_update(&progress, 5, extra);
    assert_int_equal(strlen(screen(&t)), 4 + 29);
    gt_progress_finish(&progress);
    close_terminal(&t);
}

static void short_work_shows_nothing(void **state) {
    terminal t = open_terminal(80);
    gt_progress progress = progress_of_age(t.slave, 10, "short", 1.9);
    for (int i = 0; i <= 10; ++i) gt_progress_update(&progress, i, NULL);
    gt_progress_finish(&progress);
    assert_string_equal(screen(&t), "");
    close_terminal(&t);
}

static void short_work_is_no_line_of_a_file(void **state) {
    int ends[2];
    assert_int_equal(pipe2(ends, O_NONBLOCK), 0);
    terminal t = open_terminal(80);
    for (int i = 0; i < 3; ++i) {
        setenv("TERM", i == 2 ? "dumb" : "xterm", 1);
        int file = i == 0 ? ends[1] : i == 1 ? -1 : t.slave;
        gt_progress progress = progress_of_age(file, 9, "x", 59);
        gt_progress_update(&progress, 5, NULL);
        gt_progress_clear(&progress);
        gt_progress_finish(&progress);
    }
    setenv("TERM", "xterm", 1);
    char byte;
    assert_int_equal(read(ends[0], &byte, 1), -1);
    assert_string_equal(screen(&t), "");
    close(ends[0]);
    close(ends[1]);
    close_terminal(&t);
}

static void long_work_is_a_line_now_and_then(void **state) {
    int ends[2];
    char text[512];
    assert_int_equal(pipe2(ends, O_NONBLOCK), 0);
    gt_progress progress = progress_of_age(ends[1], 1000, "fitting", 0);
    for (int i = 0; i <= 250; i++, now++)
        gt_progress_update(&progress, i, i == 60 ? "rf" : NULL);
    gt_progress_finish(&progress);
    now += 1000;
    gt_progress_update(&progress, 999, NULL);
    ssize_t got = read(ends[0], text, sizeof text - 1);
    assert_true(got > 0);
    text[got] = '\0';
    assert_string_equal(text, "fitting   6% 60/1000  1.0/s  ETA 15:40  rf\n"
                              "fitting  12% 120/1000  1.0/s  ETA 14:40\n"
                              "fitting  24% 240/1000  1.0/s  ETA 12:40\n");
    close(ends[0]);
    close(ends[1]);
}

/* One long step without a word: the time goes on. */
static void a_silent_step_is_shown(void **state) {
    terminal t = open_terminal(80);
    gt_progress progress = gt_progress_start(t.slave, 0, "thinking");
    progress.delay = 0;
    gt_progress_update(&progress, 0, "deeply");
    assert_non_null(strstr(screen(&t), "thinking 0"));
    const char *text = "";
    for (int i = 0; i < 200 && !strstr(text, "thinking"); i++) {
        usleep(100000);
        text = screen(&t);
    }
    assert_non_null(strstr(text, "thinking 0"));
    assert_non_null(strstr(text, "deeply"));
    gt_progress_finish(&progress);
    assert_non_null(strstr(screen(&t), "\r\033[K"));
    usleep(1600000);
    assert_string_equal(screen(&t), "");
    close_terminal(&t);
}

/* What was forgotten goes at the end. */
static void a_line_left_behind_is_taken_away(void **state) {
    terminal t = open_terminal(80);
    gt_progress progress = progress_of_age(t.slave, 10, "lost", 10);
    gt_progress_update(&progress, 5, NULL);
    assert_non_null(strstr(screen(&t), "lost"));
    gt_progress_stop();
    assert_string_equal(screen(&t), "\r\033[K");
    gt_progress_stop();
    assert_string_equal(screen(&t), "");
    close_terminal(&t);
}

static void durations_read_well(void **state) {
    static const struct {
        double seconds;
        const char *text;
    } cases[] = {{0, "0:00"},    {6.6, "0:07"},      {59.6, "1:00"},
                 {723, "12:03"}, {11045, "3:04:05"}, {3600 * 51 + 61, "2 d 3:01:01"},
                 {NAN, "?"},     {INFINITY, "?"},    {-1, "?"}};
    char text[32];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i)
        assert_string_equal(gt_duration_text(cases[i].seconds, text), cases[i].text);
}

int main(void) {
    setenv("TERM", "xterm", 1);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_terminal_shows_share_rate_and_rest),
        cmocka_unit_test(slow_or_endless_work_is_told_otherwise),
        cmocka_unit_test(a_line_never_wraps),
        cmocka_unit_test(short_work_shows_nothing),
        cmocka_unit_test(short_work_is_no_line_of_a_file),
        cmocka_unit_test(long_work_is_a_line_now_and_then),
        cmocka_unit_test(a_silent_step_is_shown),
        cmocka_unit_test(a_line_left_behind_is_taken_away),
        cmocka_unit_test(durations_read_well),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
