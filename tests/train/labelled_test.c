/* Kinds that need labelled rows: which rows they get, what they are told of the classes, and
 * what is refused. */
#include "galatea/log.h"
#include "gt_test.h"
#include "needs.h"
#include "temp_folder.h"

static const gt_model_class kind = {.name = "labelled",
                                    .needs = {.labels = true, .labelled = true, .high = 1}};
static const char *const names[] = {"FRI", "FRII", "ring"};

/* Labels of rows; every third validates. */
static gt_dataset *make_set(const int32_t *labels, size_t count, size_t named) {
    gt_error err = {0};
    gt_dataset_writer *writer = NULL;
    gt_dataset *data = NULL;
    gt_dataset_info info = gt_dataset_info_default();
    info.kind = GT_DATASET_IMAGES;
    info.type = GT_PIXEL_U8;
    info.count = count;
    info.channels = info.height = info.width = 1;
    info.columns = GT_COLUMN_SPLIT | GT_COLUMN_LABEL;
    info.class_names = named ? names : NULL;
    info.class_count = named;
    assert_ok(gt_dataset_writer_create(in_folder("set.h5"), &info, &writer, &err), err);
    for (size_t i = 0; i < count; i++) {
        gt_dataset_row row = gt_dataset_row_default();
        uint8_t pixel = (uint8_t)i;
        row.label = labels[i];
        row.split = i % 3 == 2 ? GT_SPLIT_VALIDATION : GT_SPLIT_TRAIN;
        assert_ok(gt_dataset_writer_append(writer, &pixel, &row, 1, &err), err);
    }
    assert_ok(gt_dataset_writer_commit(writer, &err), err);
    assert_ok(gt_needs_open(&kind, in_folder("set.h5"), &data, &err), err);
    return data;
}

static char remarks[1024];

static void keep(void *user, const char *line) {
    (void)user;
    snprintf(remarks, sizeof remarks, "%s", line);
}

/* What a run is told of its rows; those are kept in *rows. */
static gt_status measure(gt_dataset *data, gt_train_rows *rows, gt_model_input *out,
                         gt_error *err) {
    gt_status status = GT_OK;
    gt_measured found = {0};
    const gt_train_settings settings = {.rows = "train"};
    *remarks = '\0';
    gt_log_to(keep, NULL);
    GT_TRY(gt_train_rows_from_settings(data, &kind, &settings, rows, err));
    GT_TRY(gt_needs_measure(&kind, data, rows, &found, err));
done:
    *out = found.input;
    gt_measured_free(&found);
    gt_log_to(NULL, NULL);
    return status;
}

static void rows_without_a_label_are_left_out(void **state) {
    static const int32_t labels[] = {0, 1, 1, -1, 1, -1, 0, 1, 0};
    static const uint64_t train[] = {0, 1, 4, 6, 7};
    gt_train_rows rows;
    gt_model_input input;
    gt_error err;
    char *text = NULL;
    gt_dataset *data = make_set(labels, 9, 3);
    assert_ok(measure(data, &rows, &input, &err), err);
    assert_int_equal(rows.train_count, 5);
    assert_memory_equal(rows.train, train, sizeof train);
    assert_int_equal(rows.validation_count, 2);
    assert_int_equal(rows.unlabelled, 2);
    assert_int_equal(input.class_rows.count, 3);
    assert_true(input.class_rows.value[0] == 2 && input.class_rows.value[1] == 3 &&
                input.class_rows.value[2] == 0);
    assert_non_null(strstr(remarks, "without rows to learn from, which nothing will be given "
                                    "to: ring"));
    assert_ok(gt_needs_class_names(&kind, data, &text, &err), err);
    assert_non_null(strstr(text, "\"FRII\""));
    free(text);
    gt_train_rows_free(&rows);
    gt_dataset_close(data);
}

/* Classes without names are as many as the highest label tells, of any row that is used. */
static void labels_tell_classes(void **state) {
    static const int32_t labels[] = {0, 1, 4, 0, 1, 3};
    gt_train_rows rows;
    gt_model_input input;
    gt_error err;
    gt_dataset *data = make_set(labels, 6, 0);
    assert_ok(measure(data, &rows, &input, &err), err);
    assert_int_equal(input.class_rows.count, 5);
    gt_train_rows_free(&rows);
    gt_dataset_close(data);
}

static void what_teaches_nothing(void **state) {
    static const struct {
        int32_t labels[6];
        gt_status status;
        const char *says;
    } cases[] = {
        {{1, 1, 0, 1, -1, 0},
         GT_BAD_ARGUMENT,
         "all 3 labelled rows to learn from are of class FRII, expected at least 2 classes"},
        {{-1, -1, 0, -1, -1, 1},
         GT_BAD_ARGUMENT,
         "none of its 6 rows is labelled and in the training split"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        gt_train_rows rows = {0};
        gt_model_input input;
        gt_error err;
        gt_dataset *data = make_set(cases[i].labels, 6, 3);
        assert_int_equal(measure(data, &rows, &input, &err), cases[i].status);
        if (!strstr(err.text, cases[i].says)) fail_msg("%s", err.text);
        gt_train_rows_free(&rows);
        gt_dataset_close(data);
    }
    int32_t many[130];
    for (int i = 0; i < 130; i++) many[i] = i;
    gt_train_rows rows = {0};
    gt_model_input input;
    gt_error err;
    gt_dataset *data = make_set(many, 130, 0);
    assert_int_equal(measure(data, &rows, &input, &err), GT_UNSUPPORTED);
    assert_non_null(
        strstr(err.text, "has labels up to 129, expected classes 0 to 127 at most"));
    gt_train_rows_free(&rows);
    gt_dataset_close(data);
}

/* A network has no million of outputs for two classes. */
static void labels_of_any_number_take_places(void **state) {
    static const int32_t labels[] = {100, 2147483646, 100, -1, 2147483646, 7},
                         places[] = {1, 2, 1, -1, 2, 0};
    const int32_t *read;
    gt_train_rows rows;
    gt_model_input input;
    gt_error err;
    char *text = NULL;
    gt_dataset *data = make_set(labels, 6, 0);
    assert_ok(gt_dataset_labels(data, &read, &err), err);
    assert_memory_equal(read, places, sizeof places);
    assert_ok(measure(data, &rows, &input, &err), err);
    assert_int_equal(input.class_rows.count, 3);
    assert_true(input.class_rows.value[0] == 0 && input.class_rows.value[1] == 1 &&
                input.class_rows.value[2] == 2);
    assert_ok(gt_needs_class_names(&kind, data, &text, &err), err);
    assert_non_null(strstr(text, "\"7\""));
    assert_non_null(strstr(text, "\"2147483646\""));
    free(text);
    gt_train_rows_free(&rows);
    gt_dataset_close(data);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(rows_without_a_label_are_left_out),
        TEST(labels_tell_classes),
        TEST(what_teaches_nothing),
        TEST(labels_of_any_number_take_places),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
