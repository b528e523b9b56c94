/* Sets of codes that a study cannot use: each is one line and exit code 1, and no file stays.
 */
#include <sys/stat.h>

#include "galatea/dataset.h"
#include "run_main.h"
#include "temp_folder.h"

enum { ROWS = 40, WIDTH = 4 };

typedef enum fault {
    NONE,
    NOT_FINITE,
    CONSTANT,
    ONE_CLASS,
    NO_TRAINING,
    FEW_OF_A_CLASS,
    FAR_LABEL,
    NO_COLUMNS,
    ZEROS,
    NARROW
} fault;

static void fill(float *code, gt_dataset_row *row, size_t i, fault kind) {
    *row = gt_dataset_row_default();
    for (size_t k = 0; k < WIDTH; k++)
        code[k] = kind == CONSTANT ? 2.0f : (float)((i * (2 * k + 3) + k) % 17) / 4;
    if (kind == NOT_FINITE && i == 5) code[2] = NAN;
    for (size_t k = 0; kind == ZEROS && i == 3 && k < WIDTH; k++) code[k] = 0;
    row->label = kind == ONE_CLASS ? 0 : (int32_t)(i % 2);
    if (kind == FEW_OF_A_CLASS) row->label = i == 1 || i == 3 || i == ROWS - 1;
    if (kind == FAR_LABEL && i == 7) row->label = INT32_MAX;
    row->split = i > 30 ? GT_SPLIT_TEST : GT_SPLIT_TRAIN;
    if (kind == NO_TRAINING) row->split = GT_SPLIT_TEST;
    row->angular_size = 10 + (double)(i % 9);
}

static void make_set(const char *path, fault kind, const char *const *names) {
    gt_error err;
    gt_dataset_writer *writer;
    gt_dataset_info info = gt_dataset_info_default();
    info.kind = GT_DATASET_CODES;
    info.type = GT_PIXEL_F32;
    info.count = ROWS;
    info.channels = kind == NARROW ? 1 : WIDTH;
    info.height = info.width = 1;
    if (kind != NO_COLUMNS) info.columns = GT_COLUMN_LABEL | GT_COLUMN_SPLIT | GT_COLUMN_SIZE;
    info.class_names = names;
    info.class_count = names ? 2 : 0;
    assert_ok(gt_dataset_writer_create(path, &info, &writer, &err), err);
    for (size_t i = 0; i < ROWS; i++) {
        float code[WIDTH];
        gt_dataset_row row;
        fill(code, &row, i, kind);
        assert_ok(gt_dataset_writer_append(writer, code, info.columns ? &row : NULL, 1, &err),
                  err);
    }
    assert_ok(gt_dataset_writer_commit(writer, &err), err);
}

static void assert_refused(const char *line, const char *says) {
    int code = run(line);
    const char *err = load("err"), *end = strchr(err, '\n');
    if (code != 1) fail_msg("'%s' ended with %d: %s", line, code, err);
    if (!end || end[1]) fail_msg("'%s' said not one line: %s", line, err);
    if (!strstr(err, says)) fail_msg("'%s' said %s", line, err);
    assert_int_equal(remove("err") | remove("out"), 0);
    if (entries_in_folder() != 1) fail_msg("'%s' left a file", line);
}

static void enter_folder(void) {
    assert_int_equal(chdir(temp_folder), 0);
}

static const char *const two[] = {"FRI", "FRII"};

static void not_a_number_is_named(void **state) {
    enter_folder();
    make_set("s.h5", NOT_FINITE, two);
    assert_refused("galatea classify s.h5 --method all --out o.csv --save d",
                   "s.h5, row 5, column 2: nan");
    assert_refused("galatea embed s.h5 --perplexity 3 --out o.h5", "s.h5: row 5, feature 2");
    assert_refused("galatea embed s.h5 --method pca --out o.h5", "s.h5: row 5, feature 2");
    assert_refused("galatea importance s.h5 --out o.csv", "s.h5: row 5, value 2 is nan");
    assert_refused("galatea data import s.h5 --out o.h5",
                   "s.h5: 1 of 40 codes have bad numbers (1 NaN, 0 infinite, 0 beyond 1e18), "
                   "the first is code number 5");
    assert_refused("galatea search s.h5 --query s.h5:1 --out o.csv", "s.h5");
    assert_refused("galatea train maf --preset small --batch 8 --data s.h5 --out d/e/f",
                   "rows are NaN, infinite or beyond 1e18 (first row 5)");
}

static void constant_codes_tell_nothing(void **state) {
    enter_folder();
    make_set("s.h5", CONSTANT, two);
    assert_refused("galatea classify s.h5 --method knn --k 5 --out o.csv --save d",
                   "s.h5: all 4 columns are constant");
    assert_refused("galatea importance s.h5 --out o.csv --figure o.svg",
                   "s.h5: all 4 components are constant");
    assert_refused("galatea embed s.h5 --perplexity 3 --out o.h5", "all 40 rows are equal");
}

static void classes_are_counted(void **state) {
    enter_folder();
    make_set("s.h5", ONE_CLASS, two);
    assert_refused("galatea classify s.h5 --out o.csv --save d",
                   "rows to learn from are of class FRI, expected at least 2 classes");
    make_set("s.h5", NO_TRAINING, two);
    assert_refused("galatea classify s.h5 --out o.csv --save d",
                   "s.h5 has no labelled rows to learn from");
    make_set("s.h5", FEW_OF_A_CLASS, two);
    assert_refused("galatea classify s.h5 --method lr --cv 40 --out o.csv --save d",
                   "no class has more than 29 rows, too few for 40 folds");
    assert_refused("galatea classify s.h5 --method knn --k 33 --out o.csv --save d",
                   "33 neighbours asked of");
    make_set("s.h5", FAR_LABEL, NULL);
    assert_refused("galatea classify s.h5 --out o.csv --save d",
                   "s.h5: the label of row 7 is 2147483647, expected below that");
}

static void missing_columns_are_named(void **state) {
    enter_folder();
    make_set("s.h5", NO_COLUMNS, NULL);
    assert_refused("galatea classify s.h5 --out o.csv --save d", "s.h5 has no column 'labels'");
    assert_refused("galatea importance s.h5 --out o.csv", "no column 'angular_size'");
    assert_refused("galatea embed s.h5 --method pca --color ra --out o.h5 --figure o.svg",
                   "s.h5 has no column 'ra'");
    assert_refused("galatea search s.h5 --query s.h5:40 --out o.csv",
                   "s.h5 has 40 rows (0 to 39), row 40 is none of them");
}

/* "FR I" and "fr_i" are one name to readers of tables. */
static void alike_class_names_become_numbers(void **state) {
    static const char *const alike[] = {"FR I", "fr_i\x1b[31m"}, *const same[] = {"FR I",
                                                                                  "fr_i"};
    enter_folder();
    make_set("s.h5", NONE, same);
    assert_int_equal(run("galatea classify s.h5 --method lr --out o.csv"), 0);
    assert_non_null(strstr(load("o.csv"), "lr_p_0,lr_p_1"));
    make_set("s.h5", NONE, alike);
    assert_int_equal(run("galatea classify s.h5 --method lr --out o.csv --save d"), 0);
    assert_non_null(strstr(load("o.csv"), "lr_p_FR_I,lr_p_fr_i__31m"));
    assert_non_null(strstr(load("out"), "fr_i\\x1b[31m"));
    assert_null(strchr(load("out"), '\x1b'));
    assert_int_equal(run("galatea classify s.h5 --load d"), 0);
    assert_null(strchr(load("out"), '\x1b'));
}

/* Places that cannot be written are named before a row is read. */
static void outputs_are_checked_first(void **state) {
    enter_folder();
    make_set("s.h5", NOT_FINITE, two);
    assert_refused("galatea classify s.h5 --out no/o.csv", "no/o.csv");
    assert_refused("galatea classify s.h5 --save no/d", "no/d");
    assert_refused("galatea importance s.h5 --out no/o.csv", "no/o.csv");
    assert_refused("galatea embed s.h5 --out no/o.h5", "no/o.h5");
    assert_refused("galatea embed s.h5 --out o.h5 --table no/o.csv", "no/o.csv");
    assert_int_equal(run("galatea embed s.h5 --out o.csv --table o.csv"), 2);
    assert_non_null(strstr(load("err"), "named for two outputs"));
    assert_int_equal(run("galatea embed s.h5 --out o.h5 --table o.csv --figure ./o.csv"), 2);
    assert_int_equal(run("galatea embed s.h5 --out ./o.csv --table o.csv"), 2);
    assert_non_null(strstr(load("err"), "named for two outputs"));
    assert_int_equal(run("galatea classify s.h5 --out ./o.csv --save o.csv"), 2);
    assert_non_null(strstr(load("err"), "named for two outputs"));
    assert_int_equal(run("galatea classify s.h5 --out o.csv --save o.csv"), 2);
    assert_non_null(strstr(load("err"), "named for two outputs"));
    assert_int_equal(symlink("s.h5", "s.csv"), 0);
    assert_int_equal(run("galatea classify s.h5 --out s.csv"), 2);
    assert_non_null(strstr(load("err"), "would replace its own input"));
}

/* Remarks come before; a folder that was there stays. */
static void flows_need_two_numbers(void **state) {
    enter_folder();
    make_set("s.h5", NARROW, two);
    for (int is_there = 0; is_there < 2; is_there++) {
        assert_int_equal(run("galatea train maf --batch 8 --data s.h5 --out d"), 1);
        assert_non_null(strstr(load("err"), "s.h5: a flow needs codes of at least 2 numbers, "
                                            "these have 1"));
        assert_int_equal(rmdir("d"), is_there ? 0 : -1);
        assert_int_equal(mkdir("d", 0777), 0);
    }
    assert_int_equal(rmdir("d"), 0);
}

/* A query without a direction is as like to one row as to another. */
static void queries_of_zeros_are_remarked_upon(void **state) {
    enter_folder();
    make_set("s.h5", ZEROS, two);
    assert_int_equal(run("galatea search s.h5 --query s.h5:2-4 --out o.csv"), 0);
    assert_non_null(strstr(load("err"), "s.h5: 1 of 3 queries are all zeros (first: row 3)"));
    assert_int_equal(run("galatea search s.h5 --query s.h5:2 --out o.csv"), 0);
    assert_null(strstr(load("err"), "zeros"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(not_a_number_is_named),
        TEST(constant_codes_tell_nothing),
        TEST(classes_are_counted),
        TEST(missing_columns_are_named),
        TEST(alike_class_names_become_numbers),
        TEST(outputs_are_checked_first),
        TEST(flows_need_two_numbers),
        TEST(queries_of_zeros_are_remarked_upon),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
