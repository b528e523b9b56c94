/* What a reader says of an HDF5 file is believed only where the file could hold it. This
 * program is its own reader: it tells of a file what the file's name asks for. */
#include <unistd.h>

#include "gt_test.h"
#include "hdf5_asking.h"
#include "hdf5_asking_internal.h"
#include "temp_folder.h"

enum { FILE_BYTES = 4096, ROWS = 6 };

/* ---- the reader ---- */

/* (6,2) float32 at byte 1024, and what is wrong with it. */
static void put_shape(gt_parcel *said, const char *lie) {
    bool is_flat = strcmp(lie, "packed") != 0;
    uint64_t type = GT_HDF5_F32, size = 4, rank = 2, first = ROWS, items = 12, offset = 1024;
    if (strcmp(lie, "type") == 0) type = GT_HDF5_TEXT + 1;
    if (strcmp(lie, "size") == 0) size = 8;
    if (strcmp(lie, "rank") == 0) rank = 5;
    if (strcmp(lie, "scalar") == 0) rank = 0;
    if (strcmp(lie, "empty") == 0) first = 0;
    if (strcmp(lie, "items") == 0) items = 13;
    if (strcmp(lie, "overflow") == 0) first = UINT64_MAX / 2 + 2;
    if (strcmp(lie, "huge") == 0) first = UINT64_MAX / 8 + 1, items = first * 2;
    if (strcmp(lie, "offset") == 0) offset = FILE_BYTES - 47;
    if (strcmp(lie, "wrap") == 0) offset = UINT64_MAX - 8;
    gt_put_count(said, 0);
    gt_put_count(said, type);
    gt_put_count(said, size);
    gt_put_count(said, false);
    gt_put_count(said, rank);
    gt_put_count(said, first);
    if (rank != 0) gt_put_count(said, 2);
    if (rank > 2)
        for (int i = 0; i < 3; i++) gt_put_count(said, 1);
    gt_put_count(said, items);
    gt_put_count(said, is_flat);
    gt_put_count(said, offset);
    gt_put_count(said, strcmp(lie, "chunk") == 0 ? 0 : 1);
    if (strcmp(lie, "more") == 0) gt_put_count(said, 0);
}

static void put_rows(gt_parcel *said, gt_parcel *request, const char *lie) {
    gt_take_count(request, 0);
    uint64_t first = gt_take_count(request, ROWS), count = gt_take_count(request, ROWS);
    for (uint64_t i = 2 * first; i < 2 * (first + count); i++) {
        const float value = (float)i;
        gt_put_bytes(said, &value, sizeof value);
    }
    if (strcmp(lie, "short") == 0) said->size--;
    if (strcmp(lie, "long") == 0) gt_put_bytes(said, "x", 1);
}

static void put_texts(gt_parcel *said, const char *first, const char *lie) {
    const char *const texts[] = {first, "name of one"};
    gt_put_texts(said, texts, 2);
    if (strcmp(lie, "texts") == 0) said->bytes[0] = 3; /* one that is not there */
    if (strcmp(lie, "end") == 0) said->bytes[said->size - 1] = 'x';
    if (strcmp(lie, "count") == 0) memset(said->bytes, 0xff, 8);
}

static gt_status answer(void **state, gt_parcel *request, gt_parcel *said, gt_error *err) {
    static char lie[32];
    *state = lie;
    switch ((gt_hdf5_question)gt_take_count(request, GT_HDF5_ASKS_LAST)) {
    case GT_HDF5_ASKS_FILE: {
        const char *path = gt_take_text(request), *name = strrchr(path, '/');
        snprintf(lie, sizeof lie, "%s", name != NULL ? name + 1 : path);
        if (strcmp(lie, "refused") == 0)
            return gt_fail(err, GT_UNSUPPORTED, "%s: is refused", lie);
        return GT_OK;
    }
    case GT_HDF5_ASKS_HAS:
        gt_put_count(said, strcmp(lie, "has") == 0 ? 7 : 1);
        return GT_OK;
    case GT_HDF5_ASKS_ARRAY:
        put_shape(said, lie);
        return GT_OK;
    case GT_HDF5_ASKS_ROWS:
        put_rows(said, request, lie);
        return GT_OK;
    case GT_HDF5_ASKS_REAL:
        gt_put_real(said, 2.5);
        if (strcmp(lie, "real") == 0) gt_put_real(said, 1);
        return GT_OK;
    case GT_HDF5_ASKS_LIST:
        put_texts(said, strcmp(lie, "nameless") == 0 ? "" : "group/", lie);
        return GT_OK;
    default:
        put_texts(said, "", lie);
        return GT_OK;
    }
}

/* ---- the one that asks ---- */

static gt_hdf5 *open_file(const char *lie) {
    static const char bytes[FILE_BYTES];
    gt_error err;
    gt_hdf5 *file = NULL;
    write_file(in_folder(lie), bytes, sizeof bytes);
    assert_ok(gt_hdf5_open(in_folder(lie), &file, &err), err);
    return file;
}

static void expect_doubt(gt_status status, const char *lie, const gt_error *err) {
    char sentence[128];
    snprintf(sentence, sizeof sentence, "/%s: the process that read it gave an answer that",
             lie);
    if (status != GT_BAD_FORMAT || strstr(err->text, sentence) == NULL)
        fail_msg("%s: %d, %s", lie, (int)status, status ? err->text : "");
}

static void what_is_possible_is_believed(void **state) {
    gt_error err;
    gt_hdf5_array *array = NULL;
    float rows[4];
    char **names = NULL;
    size_t count;
    double real;
    gt_hdf5 *file = open_file("truth");
    assert_true(gt_hdf5_has(file, "images"));
    assert_ok(gt_hdf5_array_open(file, "images", &array, &err), err);
    const gt_hdf5_shape *shape = gt_hdf5_array_shape(array);
    assert_int_equal(shape->items, 12);
    assert_true(shape->flat && !shape->big_endian);
    assert_int_equal(shape->offset, 1024);
    assert_ok(gt_hdf5_array_read(array, 3, 2, GT_HDF5_F32, rows, &err), err);
    for (int i = 0; i < 4; i++) assert_near(rows[i], 6 + i, 0);
    assert_ok(gt_hdf5_texts(file, array, "names", &names, &count, &err), err);
    assert_int_equal(count, 2);
    assert_string_equal(names[0], "");
    assert_string_equal(names[1], "name of one");
    free(names);
    assert_ok(gt_hdf5_list(file, "", &names, &count, &err), err);
    assert_string_equal(names[1], "name of one");
    free(names);
    assert_ok(gt_hdf5_value_names(array, &names, &count, &err), err);
    free(names);
    assert_ok(gt_hdf5_real(file, NULL, "scale", &real, &err), err);
    assert_near(real, 2.5, 0);
    gt_hdf5_array_close(array);
    gt_hdf5_close(file);
}

/* Rows outside are no question at all. */
static void wrong_questions_are_not_asked(void **state) {
    gt_error err;
    gt_hdf5_array *array = NULL;
    float rows[4];
    gt_hdf5 *file = open_file("truth");
    assert_ok(gt_hdf5_array_open(file, "images", &array, &err), err);
    assert_int_equal(gt_hdf5_array_read(array, ROWS, 1, GT_HDF5_F32, rows, &err),
                     GT_BAD_ARGUMENT);
    assert_int_equal(gt_hdf5_array_read(array, 0, 1, GT_HDF5_TEXT, rows, &err), GT_BAD_FORMAT);
    gt_hdf5_array_close(array);
    gt_hdf5_close(file);
}

static void impossible_shapes_are_refused(void **state) {
    static const char *const lies[] = {"type",     "size", "rank",   "scalar", "empty", "items",
                                       "overflow", "huge", "offset", "wrap",   "chunk", "more"};
    for (size_t i = 0; i < sizeof lies / sizeof *lies; i++) {
        gt_error err;
        gt_hdf5_array *array = NULL;
        gt_hdf5 *file = open_file(lies[i]);
        expect_doubt(gt_hdf5_array_open(file, "images", &array, &err), lies[i], &err);
        assert_null(array);
        gt_hdf5_close(file);
    }
}

/* Packed bytes are somewhere: their offset is not looked at. */
static void packed_ones_have_no_place(void **state) {
    gt_error err;
    gt_hdf5_array *array = NULL;
    gt_hdf5 *file = open_file("packed");
    assert_ok(gt_hdf5_array_open(file, "images", &array, &err), err);
    assert_false(gt_hdf5_array_shape(array)->flat);
    gt_hdf5_array_close(array);
    gt_hdf5_close(file);
}

static void rows_have_their_length(void **state) {
    static const char *const lies[] = {"short", "long"};
    for (size_t i = 0; i < 2; i++) {
        gt_error err;
        gt_hdf5_array *array = NULL;
        float rows[4];
        gt_hdf5 *file = open_file(lies[i]);
        assert_ok(gt_hdf5_array_open(file, "images", &array, &err), err);
        expect_doubt(gt_hdf5_array_read(array, 0, 2, GT_HDF5_F32, rows, &err), lies[i], &err);
        gt_hdf5_array_close(array);
        gt_hdf5_close(file);
    }
}

static void names_have_their_ends(void **state) {
    static const char *const lies[] = {"texts", "end", "count"};
    for (size_t i = 0; i < 3; i++) {
        gt_error err;
        char **names = NULL;
        size_t count;
        gt_hdf5 *file = open_file(lies[i]);
        expect_doubt(gt_hdf5_list(file, "", &names, &count, &err), lies[i], &err);
        expect_doubt(gt_hdf5_texts(file, NULL, "x", &names, &count, &err), lies[i], &err);
        assert_null(names);
        assert_int_equal(count, 0);
        gt_hdf5_close(file);
    }
}

static void what_a_group_holds_has_a_name(void **state) {
    gt_error err;
    char **names = NULL;
    size_t count;
    gt_hdf5 *file = open_file("nameless");
    expect_doubt(gt_hdf5_list(file, "", &names, &count, &err), "nameless", &err);
    assert_null(names);
    assert_int_equal(count, 0);
    gt_hdf5_close(file);
}

static void other_answers_have_their_form(void **state) {
    gt_error err;
    double real;
    gt_hdf5 *file = open_file("real");
    expect_doubt(gt_hdf5_real(file, NULL, "x", &real, &err), "real", &err);
    gt_hdf5_close(file);
    file = open_file("has");
    assert_false(gt_hdf5_has(file, "images"));
    gt_hdf5_close(file);
    file = NULL;
    write_file(in_folder("refused"), "x", 1);
    assert_int_equal(gt_hdf5_open(in_folder("refused"), &file, &err), GT_UNSUPPORTED);
    assert_string_equal(err.text, "refused: is refused");
    assert_int_equal(gt_hdf5_open(in_folder("missing"), &file, &err), GT_NOT_FOUND);
    assert_null(file);
}

int main(int argc, char **argv) {
    static const gt_reader_service services[] = {{"hdf5", answer}, {NULL, NULL}};
    gt_error err;
    if (argc > 1) return gt_reader_serve(argc, argv, services);
    if (gt_reader_program("/proc/self/exe", &err)) return 1;
    const struct CMUnitTest tests[] = {
        TEST(what_is_possible_is_believed),  TEST(wrong_questions_are_not_asked),
        TEST(impossible_shapes_are_refused), TEST(packed_ones_have_no_place),
        TEST(rows_have_their_length),        TEST(names_have_their_ends),
        TEST(what_a_group_holds_has_a_name), TEST(other_answers_have_their_form),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
