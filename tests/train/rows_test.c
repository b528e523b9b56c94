/* Which rows train and which judge. */
#include "gt_test.h"

#include "one_file.h"
#include "rows.h"

/* 100 rows; splits: a pattern of '0', '1', '2' that is repeated, NULL for no column; likewise
 * ids, a letter each. */
static gt_dataset *make_named(const char *splits, const char *ids) {
    gt_error err = {0};
    gt_dataset_writer *writer = NULL;
    gt_dataset *data = NULL;
    gt_dataset_info info = gt_dataset_info_default();
    info.kind = GT_DATASET_IMAGES;
    info.type = GT_PIXEL_U8;
    info.count = 100;
    info.channels = info.height = info.width = 1;
    info.columns = (splits ? GT_COLUMN_SPLIT : 0) | (ids ? GT_COLUMN_ID : 0);
    info.id_length = ids ? 1 : 0;
    assert_ok(gt_dataset_writer_create(path, &info, &writer, &err), err);
    for (int i = 0; i < 100; i++) {
        gt_dataset_row row = gt_dataset_row_default();
        uint8_t pixel = (uint8_t)i;
        const char id[] = {ids ? ids[(size_t)i % strlen(ids)] : '\0', '\0'};
        if (ids) row.id = id;
        if (splits) row.split = (uint8_t)(splits[(size_t)i % strlen(splits)] - '0');
        assert_ok(gt_dataset_writer_append(writer, &pixel, &row, 1, &err), err);
    }
    assert_ok(gt_dataset_writer_commit(writer, &err), err);
    assert_ok(gt_dataset_open(path, &data, &err), err);
    return data;
}

static gt_dataset *make_set(const char *splits) {
    return make_named(splits, NULL);
}

/* A kind that asks nothing of its rows. */
static const gt_model_class kind = {.name = "any"};

/* Both lists ascend and share no row. */
static void assert_sound(const gt_train_rows *rows) {
    int times[100] = {0};
    for (size_t i = 0; i < rows->train_count; i++) times[rows->train[i]]++;
    for (size_t i = 0; i < rows->validation_count; i++) times[rows->validation[i]]++;
    for (int i = 0; i < 100; i++) assert_true(times[i] <= 1);
    for (size_t i = 1; i < rows->train_count; i++)
        assert_true(rows->train[i - 1] < rows->train[i]);
    for (size_t i = 1; i < rows->validation_count; i++)
        assert_true(rows->validation[i - 1] < rows->validation[i]);
}

static gt_train_rows choose(const char *splits, bool all, double hold_out, int64_t seed) {
    gt_error err = {0};
    gt_train_rows rows;
    gt_dataset *data = make_set(splits);
    const gt_train_settings settings = {
        .rows = all ? "all" : "train", .hold_out = hold_out, .seed = seed};
    assert_ok(gt_train_rows_from_settings(data, &kind, &settings, &rows, &err), err);
    gt_dataset_close(data);
    assert_sound(&rows);
    return rows;
}

static void expect(const char *splits, bool all, double hold_out, size_t train,
                   size_t validation) {
    gt_train_rows rows = choose(splits, all, hold_out, 1);
    assert_int_equal(rows.train_count, train);
    assert_int_equal(rows.validation_count, validation);
    gt_train_rows_free(&rows);
}

static void test_counts(void **unused) {
    expect(NULL, false, 0.1, 90, 10);
    expect(NULL, false, 0, 100, 0);
    expect(NULL, false, 0.001, 99, 1);  /* at least one */
    expect("01", false, 0.1, 45, 5);    /* the test half is not touched */
    expect("0012", false, 0.1, 50, 25); /* a validation split needs no hold-out */
    expect("0012", false, 0, 50, 25);
    expect("0012", true, 0.1, 90, 10);
    expect("01", true, 0, 100, 0);
}

static void test_test_rows_stay_out(void **unused) {
    gt_train_rows rows = choose("001", false, 0.2, 7);
    for (size_t i = 0; i < rows.train_count; i++) assert_true(rows.train[i] % 3 != 2);
    for (size_t i = 0; i < rows.validation_count; i++) assert_true(rows.validation[i] % 3 != 2);
    gt_train_rows_free(&rows);
}

static void test_seed_decides(void **unused) {
    gt_train_rows a = choose(NULL, false, 0.2, 1), b = choose(NULL, false, 0.2, 1);
    gt_train_rows c = choose(NULL, false, 0.2, 2);
    assert_memory_equal(a.validation, b.validation, 20 * sizeof *a.validation);
    assert_memory_not_equal(a.validation, c.validation, 20 * sizeof *a.validation);
    gt_train_rows_free(&a);
    gt_train_rows_free(&b);
    gt_train_rows_free(&c);
}

static void expect_shared(const char *splits, const char *ids, double hold_out,
                          const char *text) {
    gt_error err = {0};
    gt_train_rows rows;
    char shared[GT_ID_TEXT];
    gt_dataset *data = make_named(splits, ids);
    const gt_train_settings settings = {.rows = "train", .hold_out = hold_out, .seed = 1};
    assert_ok(gt_train_rows_from_settings(data, &kind, &settings, &rows, &err), err);
    assert_ok(gt_train_rows_shared_ids(data, &rows, shared, &err), err);
    if (*text ? !strstr(shared, text) : *shared) fail_msg("'%s', expected '%s'", shared, text);
    gt_train_rows_free(&rows);
    gt_dataset_close(data);
}

/* Objects that are learned from and judged by, also where a share is held out. */
static void test_shared_ids(void **unused) {
    expect_shared("0012", "abcd", 0, "");
    expect_shared("0012", "abca", 0,
                  "ids in more than one split: 1 (the first: 'a' in row 0, train, and row 3, "
                  "validation)");
    expect_shared("0012", "abac", 0, ""); /* those of the test split are not looked at */
    expect_shared(NULL, "abcd", 0.1, "ids in more than one split: 4 ");
    expect_shared(NULL, "abcd", 0, "");
    expect_shared("0012", NULL, 0, "");
}

static void test_nothing_left(void **unused) {
    gt_error err = {0};
    gt_train_rows rows;
    gt_dataset *data = make_set("12");
    const gt_train_settings settings = {.rows = "train", .hold_out = 0.1, .seed = 1};
    assert_int_equal(gt_train_rows_from_settings(data, &kind, &settings, &rows, &err),
                     GT_BAD_ARGUMENT);
    assert_non_null(strstr(err.text, "none of its 100 rows is in the training split"));
    gt_dataset_close(data);
}

/* Shares of the rows that are not of the test split, each row once, by the seed. */
static void test_drawn(void **unused) {
    gt_error err = {0};
    gt_train_rows rows, other;
    int times[100] = {0};
    gt_dataset *data = make_set("0001");
    gt_train_settings settings = {
        .rows = "train", .train_share = 0.5, .test_share = 0.1, .seed = 1};
    assert_ok(gt_train_rows_from_settings(data, &kind, &settings, &rows, &err), err);
    assert_int_equal(rows.all_count, 75);
    assert_int_equal(rows.train_count, 37);
    assert_int_equal(rows.test_count, 7);
    assert_int_equal(rows.validation_count, 31);
    for (size_t i = 0; i < rows.train_count; i++) times[rows.train[i]]++;
    for (size_t i = 0; i < rows.test_count; i++) times[rows.test[i]]++;
    for (size_t i = 0; i < rows.validation_count; i++) times[rows.validation[i]]++;
    for (int i = 0; i < 100; i++) assert_int_equal(times[i], i % 4 != 3);
    settings.seed = 2;
    assert_ok(gt_train_rows_from_settings(data, &kind, &settings, &other, &err), err);
    assert_true(memcmp(rows.train, other.train, 37 * sizeof *rows.train) != 0);
    gt_train_rows_free(&rows);
    gt_train_rows_free(&other);
    settings.rows = "all";
    assert_ok(gt_train_rows_from_settings(data, &kind, &settings, &rows, &err), err);
    assert_int_equal(rows.all_count, 100);
    gt_train_rows_free(&rows);
    settings.rows = "train", settings.train_share = 0.01;
    assert_int_equal(gt_train_rows_from_settings(data, &kind, &settings, &rows, &err),
                     GT_BAD_ARGUMENT);
    assert_non_null(strstr(err.text, "75 rows give 0 to train on"));
    gt_dataset_close(data);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_counts),       cmocka_unit_test(test_test_rows_stay_out),
        cmocka_unit_test(test_seed_decides), cmocka_unit_test(test_nothing_left),
        cmocka_unit_test(test_drawn),        cmocka_unit_test(test_shared_ids),
    };
    return cmocka_run_group_tests(tests, make_file, remove_file);
}
