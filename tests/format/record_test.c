/* record_test.c - rows as text, and logs that are cut back to the byte where they should be. */
#include "gt_test.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "file.h"
#include "record.h"
#include "text.h"

static char folder[64], path[96];
static const char *const names[] = {"epoch", "step", "loss", "note"};
enum { COLUMNS = 4 };

static const gt_recordlog_layout csv = {GT_RECORD_CSV, names, COLUMNS, 1};
static const gt_recordlog_layout jsonl = {GT_RECORD_JSONL, names, COLUMNS, 1};

static int make_place(void **state) {
    strcpy(folder, "/tmp/galatea-record-XXXXXX");
    if (!mkdtemp(folder)) return -1;
    snprintf(path, sizeof path, "%s/log", folder);
    return 0;
}

static int remove_place(void **state) {
    unlink(path);
    return rmdir(folder);
}

static char *row_text(gt_record_format format, const gt_cell *cells, size_t count) {
    static char *text;
    size_t size;
    free(text);
    FILE *stream = open_memstream(&text, &size);
    gt_record_row(stream, format, names, cells, count);
    fclose(stream);
    return text;
}

static void csv_text_cells(void **state) {
    static const char *const cases[][2] = {
        {"plain", "plain\n"},
        {"two words", "two words\n"},
        {"a,b", "\"a,b\"\n"},
        {"say \"x\"", "\"say \"\"x\"\"\"\n"},
        {"", "\"\"\n"},
        {" a", "\" a\"\n"},
        {"a ", "\"a \"\n"},
        {"=1+1", "\"=1+1\"\n"},
        {"+cmd", "\"+cmd\"\n"},
        {"-x", "\"-x\"\n"},
        {"@sum", "\"@sum\"\n"},
        {"-1.5e3", "-1.5e3\n"},
        {"+2", "+2\n"},
        {"-", "\"-\"\n"},
        {"-1=2", "\"-1=2\"\n"},
        {"a=b", "a=b\n"},
        {"-0523+17", "\"-0523+17\"\n"},
        {"+12.5_a", "\"+12.5_a\"\n"},
        {"\x1b[31m", "\\x1b[31m\n"},
        {"two\nlines\r", "two\\x0alines\\x0d\n"},
        {"\t=1", "\"\t=1\"\n"},
        {"\xc3\xa9", "\xc3\xa9\n"},
        {"\xff", "\\xff\n"},
        {"\xc2\x9b", "\\xc2\\x9b\n"},
        {"\xc2\xa0", "\xc2\xa0\n"},
        {"\x7f", "\\x7f\n"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        gt_cell cell = gt_cell_text(cases[i][0]);
        assert_string_equal(row_text(GT_RECORD_CSV, &cell, 1), cases[i][1]);
    }
}

static const gt_cell sample[] = {
    {.kind = GT_CELL_INT, .whole = -3},
    {.kind = GT_CELL_FLOAT, .real = 0.1f},
    {.kind = GT_CELL_REAL, .real = 1.0 / 3},
    {.kind = GT_CELL_EMPTY},
};

static void number_cells(void **state) {
    assert_string_equal(row_text(GT_RECORD_CSV, sample, 4), "-3,0.1,0.3333333333333333,\n");
    assert_string_equal(row_text(GT_RECORD_JSONL, sample, 4),
                        "{\"epoch\": -3, \"step\": 0.1, \"loss\": 0.3333333333333333, "
                        "\"note\": null}\n");
    const gt_cell odd[] = {gt_cell_real((double)-NAN), gt_cell_real((double)INFINITY),
                           gt_cell_float(-INFINITY), gt_cell_text(NULL)};
    assert_string_equal(row_text(GT_RECORD_CSV, odd, 4), "nan,inf,-inf,\n");
    assert_string_equal(row_text(GT_RECORD_JSONL, odd, 4),
                        "{\"epoch\": null, \"step\": null, \"loss\": null, \"note\": null}\n");
}

static void same_in_any_locale(void **state) {
    char before[64];
    strcpy(before, row_text(GT_RECORD_CSV, sample, 4));
    if (!gt_test_decimal_comma()) skip();
    char *after = row_text(GT_RECORD_CSV, sample, 4);
    setlocale(LC_ALL, "C");
    assert_string_equal(after, before);
}

/* Every float comes back from its text, and no text is longer than it must be. */
static void floats_come_back(void **state) {
    char text[GT_NUMBER_SIZE], shorter[GT_NUMBER_SIZE];
    for (uint32_t i = 0; i < 200000; i++) {
        uint32_t bits = i * 2654435761u;
        float value;
        memcpy(&value, &bits, sizeof value);
        if (!isfinite(value)) continue;
        gt_float_to_text(value, text);
        assert_true(strtof(text, NULL) == value);
        for (int digits = 6; digits < 9; digits++) {
            snprintf(shorter, sizeof shorter, "%.*g", digits, (double)value);
            if (strtof(shorter, NULL) != value) continue;
            assert_true(strlen(text) <= strlen(shorter));
            break;
        }
    }
}

/* ---- logs ---------------------------------------------------------------------------------
 */

static void append(gt_recordlog *log, int64_t epoch, int64_t step, const char *note) {
    gt_error err;
    const gt_cell cells[] = {gt_cell_int(epoch), gt_cell_int(step),
                             gt_cell_float(1.0f / (float)(step + 1)), gt_cell_text(note)};
    assert_ok(gt_recordlog_append(log, cells, &err), err);
}

static gt_recordlog *must_open(const gt_recordlog_layout *layout, int64_t last) {
    gt_recordlog *log = NULL;
    gt_error err;
    assert_ok(gt_recordlog_open(path, layout, last, &log, &err), err);
    return log;
}

static char *load(size_t *size) {
    char *bytes = NULL;
    gt_error err;
    assert_ok(gt_file_load(path, 1 << 20, &bytes, size, &err), err);
    return bytes;
}

static void save(const char *bytes, size_t size) {
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
}

static void assert_log(const char *want) {
    size_t size;
    char *bytes = load(&size);
    assert_string_equal(bytes, want);
    free(bytes);
}

static void grows_and_reopens(void **state) {
    gt_error err;
    gt_recordlog *log = must_open(&csv, -1);
    assert_log("epoch,step,loss,note\n");
    append(log, 0, 1, "a,b");
    append(log, 0, 3, NULL);
    assert_ok(gt_recordlog_sync(log, &err), err);
    gt_recordlog_close(log);
    assert_log("epoch,step,loss,note\n0,1,0.5,\"a,b\"\n0,3,0.25,\n");
    log = must_open(&csv, 3);
    append(log, 1, 3, "same step twice");
    append(log, 1, 7, NULL);
    gt_recordlog_close(log);
    log = must_open(&csv, 6); /* 7 goes, both rows of 3 stay */
    append(log, 1, 7, "again");
    gt_recordlog_close(log);
    assert_log("epoch,step,loss,note\n0,1,0.5,\"a,b\"\n0,3,0.25,\n1,3,0.25,same step twice\n"
               "1,7,0.125,again\n");
    gt_recordlog_close(must_open(&csv, -1));
    assert_log("epoch,step,loss,note\n");
    gt_recordlog_close(NULL);
}

static void json_lines_grow_and_reopen(void **state) {
    gt_recordlog *log = must_open(&jsonl, -1);
    assert_log("");
    append(log, 0, 1, "\"step\": 99, {}");
    append(log, 0, 3, "}, \\");
    append(log, 0, 4, NULL);
    gt_recordlog_close(log);
    gt_recordlog_close(must_open(&jsonl, 3));
    assert_log(
        "{\"epoch\": 0, \"step\": 1, \"loss\": 0.5, \"note\": \"\\\"step\\\": 99, {}\"}\n"
        "{\"epoch\": 0, \"step\": 3, \"loss\": 0.25, \"note\": \"}, \\\\\"}\n");
}

/* A row that closes a step is cut with the step's place when it will be written again. */
static void closing_rows_are_cut(void **state) {
    static const char *const columns[] = {"kind", "step"};
    static const char *const kinds[] = {"step", "epoch", "epochal", "step"};
    for (int format = 0; format < 2; format++) {
        gt_error err;
        gt_recordlog_layout layout = {.format = format ? GT_RECORD_JSONL : GT_RECORD_CSV,
                                      .names = columns,
                                      .count = 2,
                                      .key = 1};
        unlink(path);
        gt_recordlog *log = must_open(&layout, -1);
        for (int i = 0; i < 4; i++) {
            const gt_cell cells[] = {gt_cell_text(kinds[3 - i]), gt_cell_int(i < 3 ? 7 : 9)};
            assert_ok(gt_recordlog_append(log, cells, &err), err);
        }
        gt_recordlog_close(log);
        gt_recordlog_close(must_open(&layout, 7)); /* nothing is late: all rows of 7 stay */
        assert_log(format ? "{\"kind\": \"step\", \"step\": 7}\n"
                            "{\"kind\": \"epochal\", \"step\": 7}\n"
                            "{\"kind\": \"epoch\", \"step\": 7}\n"
                          : "kind,step\nstep,7\nepochal,7\nepoch,7\n");
        layout.late = "epoch";
        gt_recordlog_close(must_open(&layout, 8));
        gt_recordlog_close(must_open(&layout, 7));
        assert_log(format ? "{\"kind\": \"step\", \"step\": 7}\n"
                            "{\"kind\": \"epochal\", \"step\": 7}\n"
                          : "kind,step\nstep,7\nepochal,7\n");
    }
}

/* Cut at every byte, as a kill or a power loss may do: whole rows stay, the rest goes, and
 * going on gives the log of an undisturbed run. */
static void torn_anywhere(void **state) {
    const gt_recordlog_layout *const layouts[] = {&csv, &jsonl};
    for (int l = 0; l < 2; l++) {
        unlink(path);
        gt_recordlog *log = must_open(layouts[l], -1);
        for (int step = 1; step <= 5; step++) append(log, 0, step, "x, \"y\" }");
        gt_recordlog_close(log);
        size_t size, now;
        char *whole = load(&size);
        for (size_t cut = 0; cut <= size; cut++) {
            save(whole, cut);
            int rows = 0;
            for (size_t i = 0; i < cut; i++) rows += whole[i] == '\n';
            rows -= layouts[l] == &csv && rows > 0;
            log = must_open(layouts[l], 4);
            for (int step = rows < 4 ? rows + 1 : 5; step <= 5; step++)
                append(log, 0, step, "x, \"y\" }");
            gt_recordlog_close(log);
            char *again = load(&now);
            assert_int_equal(now, size);
            assert_memory_equal(again, whole, size);
            free(again);
        }
        free(whole);
    }
}

/* Zeros where bytes were never flushed: no row is lost that was, and the log begins or goes on.
 */
static void zeros_of_a_power_loss(void **state) {
    static const char zeros[64];
    save(zeros, sizeof zeros);
    gt_recordlog *log = must_open(&csv, -1);
    append(log, 0, 1, "first");
    gt_recordlog_close(log);
    assert_log("epoch,step,loss,note\n0,1,0.5,first\n");
    FILE *file = fopen(path, "a");
    assert_int_equal(fwrite(zeros, 1, sizeof zeros, file), sizeof zeros);
    assert_int_equal(fclose(file), 0);
    gt_recordlog_close(must_open(&csv, 9));
    assert_log("epoch,step,loss,note\n0,1,0.5,first\n");
}

static void refuse(const gt_recordlog_layout *layout, const char *content, gt_status want,
                   const char *says) {
    gt_recordlog *log = NULL;
    gt_error err;
    save(content, strlen(content));
    gt_status status = gt_recordlog_open(path, layout, 100, &log, &err);
    assert_null(log);
    if (status != want || !strstr(err.text, says)) fail_msg("%s: '%s'", content, err.text);
    assert_log(content); /* a file that is not ours is not touched */
}

static void files_that_are_not_this_log(void **state) {
#define HEAD "epoch,step,loss,note\n"
    refuse(&csv, "epoch,step,loss\n", GT_MISMATCH,
           "has the columns epoch,step,loss, expected epoch,step,loss,note");
    refuse(&csv, "epoch,step,loss,note,more\n", GT_MISMATCH, "has the columns");
    refuse(&csv, "epoch,step,loss,note,more", GT_MISMATCH, "has the columns");
    refuse(&csv, "some text of the user", GT_MISMATCH, "has the columns");
    refuse(&csv, HEAD "0,1,0.5,\n0,x,0.5,\n0,3,0.5,\n", GT_BAD_FORMAT,
           "log, line 3: expected 4 columns with a whole number under 'step'");
    refuse(&csv, HEAD "0,1\n", GT_BAD_FORMAT, "line 2");
    refuse(&csv, HEAD "0,1,2,3,4\n", GT_BAD_FORMAT, "line 2");
    refuse(&csv, HEAD "\n", GT_BAD_FORMAT, "line 2");
    refuse(&csv, HEAD "0,,2,3\n", GT_BAD_FORMAT, "line 2");
    refuse(&csv, HEAD "0,1,2,\"3\n", GT_BAD_FORMAT, "line 2");
    refuse(&csv, HEAD "0,11111111111111111111111111111111111111111111,2,3\n", GT_BAD_FORMAT,
           "line 2");
    refuse(&jsonl, "text\n", GT_BAD_FORMAT, "line 1");
    refuse(&jsonl, "{\"epoch\": 0, \"step\": 1}\n", GT_BAD_FORMAT, "line 1");
    refuse(&jsonl, "{\"epoch\": 0, \"pace\": 1, \"loss\": 1, \"note\": null}\n", GT_BAD_FORMAT,
           "line 1");
    refuse(&jsonl, "{\"epoch\": 0, \"step\": null, \"loss\": 1, \"note\": null}\n",
           GT_BAD_FORMAT, "line 1");
    refuse(&jsonl, "{\"epoch\": 0, \"step\": 1, \"loss\": 1, \"note\": null}}\n", GT_BAD_FORMAT,
           "line 1");
}

static void arguments(void **state) {
    gt_recordlog *log = NULL;
    gt_error err;
    static const char *const odd[] = {"a", "b,c"}, *const formula[] = {"=a"};
    const gt_recordlog_layout bad[] = {{GT_RECORD_CSV, names, COLUMNS, 4},
                                       {GT_RECORD_CSV, odd, 2, 0},
                                       {GT_RECORD_CSV, formula, 1, 0},
                                       {GT_RECORD_CSV, names, 0, 0}};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(gt_recordlog_open(path, &bad[i], 0, &log, &err), GT_BAD_ARGUMENT);
    assert_int_equal(access(path, F_OK), -1);
    assert_int_equal(gt_recordlog_open("/tmp/galatea-none/x", &csv, 0, &log, &err),
                     GT_NOT_FOUND);
    assert_int_equal(gt_recordlog_open(folder, &csv, 0, &log, &err), GT_IO);
    assert_int_equal(gt_recordlog_open("/dev/null", &csv, 0, &log, &err), GT_IO);
    assert_null(log);
}

/* The disk is full in the middle of a row: the row is gone, the ones before are there. */
static void full_disk(void **state) {
    gt_error err;
    struct rlimit before, small;
    gt_recordlog *log = must_open(&csv, -1);
    append(log, 0, 1, "first");
    struct stat info;
    assert_int_equal(stat(path, &info), 0);
    signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &before);
    small = (struct rlimit){.rlim_cur = (rlim_t)info.st_size + 5, .rlim_max = before.rlim_max};
    setrlimit(RLIMIT_FSIZE, &small);
    const gt_cell cells[] = {gt_cell_int(0), gt_cell_int(2), gt_cell_float(0.125f),
                             gt_cell_text("second")};
    gt_status status = gt_recordlog_append(log, cells, &err);
    setrlimit(RLIMIT_FSIZE, &before);
    signal(SIGXFSZ, SIG_DFL);
    assert_int_equal(status, GT_IO);
    assert_non_null(strstr(err.text, "5 of 17 bytes"));
    assert_non_null(strstr(err.text, "File too large"));
    assert_log("epoch,step,loss,note\n0,1,0.5,first\n");
    append(log, 0, 3, "third");
    gt_recordlog_close(log);
    assert_log("epoch,step,loss,note\n0,1,0.5,first\n0,3,0.25,third\n");
}

int main(void) {
#define TEST(f) cmocka_unit_test_setup_teardown(f, make_place, remove_place)
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(csv_text_cells),
        cmocka_unit_test(number_cells),
        cmocka_unit_test(same_in_any_locale),
        cmocka_unit_test(floats_come_back),
        TEST(grows_and_reopens),
        TEST(json_lines_grow_and_reopen),
        TEST(closing_rows_are_cut),
        TEST(torn_anywhere),
        TEST(zeros_of_a_power_loss),
        TEST(files_that_are_not_this_log),
        TEST(arguments),
        TEST(full_disk),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
