/* spy.h - what gnuplot is told, without it: a program of its name keeps the script and the
 * numbers of the last figure in the test's folder. SPIED(name) in place of TEST(name). */
#ifndef GT_TEST_REPORT_SPY_H
#define GT_TEST_REPORT_SPY_H

#include <errno.h>
#include <sys/stat.h>

#include "file.h"
#include "galatea/figure.h"
#include "gt_test.h"
#include "temp_folder.h"

enum { SPY_COLUMNS = 3, SPY_TEXT = 1 << 14 };

static char spy_path[4096]; /* of programs, before */

/* From now on `gnuplot` is this script; its working folder holds "script" and "data". */
static inline void pretend_gnuplot(const char *script) {
    char path[5000];
    if (mkdir(in_folder("bin"), 0755) && errno != EEXIST) abort();
    write_file(in_folder("bin/gnuplot"), script, strlen(script));
    assert_int_equal(chmod(in_folder("bin/gnuplot"), 0755), 0);
    snprintf(path, sizeof path, "%s:%s", in_folder("bin"), spy_path);
    assert_int_equal(setenv("PATH", path, 1), 0);
}

static inline int begin_spying(void **state) {
    char script[512];
    if (make_temp_folder(state)) return -1;
    snprintf(spy_path, sizeof spy_path, "%s", getenv("PATH"));
    snprintf(script, sizeof script,
             "#!/bin/sh\ncp script data '%s' && printf '<svg>\\n</svg>\\n' >figure\n",
             temp_folder);
    pretend_gnuplot(script);
    return setenv("TMPDIR", temp_folder, 1);
}

static inline int end_spying(void **state) {
    setenv("PATH", spy_path, 1);
    return remove_temp_folder(state);
}

#define SPIED(name) cmocka_unit_test_setup_teardown(name, begin_spying, end_spying)

/* Out of line, because gcc takes what comes out of a pointer's address for that address. */
#define OUT_OF_LINE __attribute__((noinline, unused))

/* The whole of a file in the test's folder; yours. */
static OUT_OF_LINE char *load_text(const char *name) {
    gt_error err;
    char *text = NULL;
    size_t size;
    assert_ok(gt_file_load(in_folder(name), 1 << 26, &text, &size, &err), err);
    return text;
}

/* What follows a command that begins a line of the script: its n-th time, from 0; good until
 * the next call. NULL: it was not told so often. */
static inline const char *told(const char *command, int n) {
    static char rest[SPY_TEXT];
    char *script = load_text("script");
    const char *line = script, *found = NULL;
    size_t length = strlen(command);
    for (; line && !found; line = strchr(line, '\n')) {
        line += *line == '\n';
        if (strncmp(line, command, length) == 0 && n-- == 0) found = line + length;
    }
    if (found) snprintf(rest, sizeof rest, "%.*s", (int)strcspn(found, "\n"), found);
    free(script);
    return found ? rest : NULL;
}

/* How often the script has a text. */
static inline int told_times(const char *text) {
    char *script = load_text("script");
    int count = 0;
    for (const char *at = script; (at = strstr(at, text)); at++) count++;
    free(script);
    return count;
}

/* The numbers of "set xrange [low:high]". */
static inline void told_range(const char *command, int n, double *low, double *high) {
    const char *rest = told(command, n);
    if (!rest || sscanf(rest, " [%lf:%lf]", low, high) != 2)
        fail_msg("%s, time %d: '%s'", command, n, rest ? rest : "never");
}

/* The rows of a block of numbers, the first `room` of them in out. */
static inline size_t told_block(int block, double (*out)[SPY_COLUMNS], size_t room) {
    char *data = load_text("data"), *at = data;
    size_t rows = 0;
    for (; block > 0; block--) {
        at = strstr(at, "\n\n\n");
        assert_non_null(at);
        at += 3;
    }
    while (*at && *at != '\n') {
        double row[SPY_COLUMNS] = {0};
        for (int c = 0; c < SPY_COLUMNS && *at != '\n'; c++) row[c] = strtod(at, &at);
        at += strcspn(at, "\n");
        at += *at == '\n';
        if (rows < room) memcpy(out[rows], row, sizeof row);
        rows++;
    }
    free(data);
    return rows;
}

#endif
