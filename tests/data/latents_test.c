/* Files of latents: what is written is read again, and files of other kinds and shapes are
 * refused with what was expected. */
#include "latents.h"

#include "galatea/log.h"
#include "gt_test.h"
#include "hdf5_file.h"
#include "temp_folder.h"

enum { ROWS = 5, WIDTH = 2 * 3 * 4 + 7, STRIDE = WIDTH + 2 };

static gt_latents_info two_parts(void) {
    return (gt_latents_info){
        .count = ROWS, .parts = {{"level_0", 3, {2, 3, 4}}, {"z", 1, {7}}}, .part_count = 2};
}

static void fill(float *rows) {
    for (int i = 0; i < ROWS * STRIDE; i++) rows[i] = (float)(i % 97) - 48.5f;
}

static void write_rows(const char *path, gt_latents_info info, size_t at_once) {
    gt_error err = {0};
    gt_latents_writer *writer = NULL;
    float rows[ROWS * STRIDE];
    gt_latents_origin origins[ROWS];
    fill(rows);
    for (uint64_t i = 0; i < ROWS; i++)
        origins[i] = (gt_latents_origin){"sky", i % 2 ? "an id" : NULL, 10 + i, (float)i, 2};
    assert_ok(gt_latents_writer_create(path, &info, &writer, &err), err);
    for (size_t at = 0; at < ROWS; at += at_once) {
        size_t count = ROWS - at < at_once ? ROWS - at : at_once;
        assert_ok(gt_latents_writer_append(writer, rows + at * STRIDE, STRIDE, origins + at,
                                           count, &err),
                  err);
    }
    assert_ok(gt_latents_writer_commit(writer, &err), err);
}

static void test_round_trip(void **state) {
    gt_error err = {0};
    const char *path = in_folder("l.h5");
    for (int raw = 0; raw < 2; raw++) {
        gt_latents_info info = two_parts(), seen = two_parts();
        gt_latents *file = NULL;
        float rows[ROWS * STRIDE], found[ROWS * WIDTH];
        info.raw = raw;
        info.has_origin = raw;
        info.set_length = 3;
        info.id_length = 8;
        seen.count = 0;
        assert_int_equal(gt_latents_width(&info), WIDTH);
        write_rows(path, info, raw ? 2 : 5);
        assert_ok(gt_latents_open(path, &seen, &file, &err), err);
        assert_int_equal(seen.count, ROWS);
        assert_int_equal(seen.raw, raw);
        assert_ok(gt_latents_read(file, 0, 2, found, &err), err);
        assert_ok(gt_latents_read(file, 2, 3, found + 2 * WIDTH, &err), err);
        fill(rows);
        for (size_t i = 0; i < ROWS; i++)
            assert_memory_equal(found + i * WIDTH, rows + i * STRIDE, WIDTH * sizeof *rows);
        gt_latents_close(file);
    }
}

static void test_origins(void **state) {
    gt_error err = {0};
    gt_hdf5 *file = NULL;
    gt_hdf5_array *array = NULL;
    gt_latents_info info = two_parts();
    char ids[ROWS][8];
    uint64_t rows[ROWS];
    float trips[ROWS];
    info.has_origin = true;
    info.set_length = 3;
    info.id_length = 8;
    info.model = "glow, epoch 1 of run";
    write_rows(in_folder("o.h5"), info, 3);
    assert_ok(gt_hdf5_open(in_folder("o.h5"), &file, &err), err);
    assert_ok(gt_hdf5_array_open(file, "id", &array, &err), err);
    assert_ok(gt_hdf5_array_read(array, 0, ROWS, GT_HDF5_TEXT, ids, &err), err);
    gt_hdf5_array_close(array);
    assert_ok(gt_hdf5_array_open(file, "row", &array, &err), err);
    assert_ok(gt_hdf5_array_read(array, 0, ROWS, GT_HDF5_U64, rows, &err), err);
    gt_hdf5_array_close(array);
    assert_ok(gt_hdf5_array_open(file, "round_trip", &array, &err), err);
    assert_ok(gt_hdf5_array_read(array, 0, ROWS, GT_HDF5_F32, trips, &err), err);
    gt_hdf5_array_close(array);
    for (int i = 0; i < ROWS; i++) {
        assert_string_equal(ids[i], i % 2 ? "an id" : "");
        assert_int_equal(rows[i], 10 + i);
        assert_near(trips[i], i, 0);
    }
    gt_hdf5_close(file);
}

static void refuse(const char *path, gt_latents_info expected, gt_status status,
                   const char *says) {
    gt_error err = {0};
    gt_latents *file = NULL;
    assert_int_equal(gt_latents_open(path, &expected, &file, &err), status);
    if (!strstr(err.text, says)) fail_msg("'%s' does not say '%s'", err.text, says);
}

static void test_refusals(void **state) {
    gt_error err = {0};
    gt_latents_info other = two_parts();
    write_rows(in_folder("l.h5"), two_parts(), 5);
    other.parts[0].dims[1] = 5;
    refuse(in_folder("l.h5"), other, GT_BAD_SHAPE,
           "'level_0' is float32 (N,2,3,4), expected float32 (N,2,5,4)");
    other = two_parts();
    other.parts[1].rank = 3;
    other.parts[1].dims[1] = other.parts[1].dims[2] = 1;
    refuse(in_folder("l.h5"), other, GT_BAD_SHAPE, "'z' is float32 (N,7), expected float32");
    memcpy(other.parts[1].name, "noise_0", 8);
    refuse(in_folder("l.h5"), other, GT_BAD_SHAPE, "no array 'noise_0', expected one of (N,7");
    gt_hdf5_new_array array = {.name = "z", .type = GT_HDF5_F32, .rank = 2, .dims = {5, 7}};
    gt_hdf5_new_attribute kind = {.name = "kind", .text = "EPS"};
    assert_ok(gt_hdf5_create_flat(in_folder("k.h5"), &array, 1, &kind, 1, &err), err);
    refuse(in_folder("k.h5"), two_parts(), GT_BAD_FORMAT, "kind 'EPS', expected latents of");
    assert_ok(gt_hdf5_create_flat(in_folder("k.h5"), &array, 1, NULL, 0, &err), err);
    refuse(in_folder("k.h5"), two_parts(), GT_BAD_SHAPE,
           "; expected HDF5 with 'level_0' (N,2,3,4), 'z' (N,7) of normal noise");
    write_file(in_folder("noise.npy"), "x", 1);
    refuse(in_folder("noise.npy"), two_parts(), GT_BAD_FORMAT,
           "; expected HDF5 with 'level_0'");
    refuse(in_folder("none.h5"), two_parts(), GT_NOT_FOUND, "none.h5");
}

static void put(const char *path, uint64_t offset, const void *bytes, size_t size) {
    FILE *file = fopen(path, "r+");
    assert_true(file && !fseek(file, (long)offset, SEEK_SET));
    assert_int_equal(fwrite(bytes, 1, size, file), size);
    fclose(file);
}

/* Arrays of the names, as another program writes them, are noise. */
static void test_files_of_others(void **state) {
    gt_error err = {0};
    gt_latents_info info = two_parts();
    gt_latents *file = NULL;
    float rows[ROWS * WIDTH], level[ROWS * 24];
    double z[ROWS * 7];
    gt_hdf5_new_array arrays[] = {
        {.name = "z", .type = GT_HDF5_F64, .rank = 2, .dims = {ROWS, 7}},
        {.name = "level_0", .type = GT_HDF5_F32, .rank = 4, .dims = {ROWS, 2, 3, 4}}};
    assert_ok(gt_hdf5_create_flat(in_folder("own.h5"), arrays, 2, NULL, 0, &err), err);
    for (int i = 0; i < ROWS * 7; i++) z[i] = 0.25 * i;
    for (int i = 0; i < ROWS * 24; i++) level[i] = (float)-i;
    put(in_folder("own.h5"), arrays[0].offset, z, sizeof z);
    put(in_folder("own.h5"), arrays[1].offset, level, sizeof level);
    info.raw = true;
    assert_ok(gt_latents_open(in_folder("own.h5"), &info, &file, &err), err);
    assert_int_equal(info.count, ROWS);
    assert_false(info.raw);
    assert_ok(gt_latents_read(file, 0, ROWS, rows, &err), err);
    for (int i = 0; i < ROWS * WIDTH; i++) {
        int row = i / WIDTH, at = i % WIDTH;
        assert_true(rows[i] == (at < 24 ? -(row * 24 + at) : 0.25f * (row * 7 + at - 24)));
    }
    gt_latents_close(file);
    assert_false(gt_latents_are_in(in_folder("own.h5")));
}

static char told[300];

static void keep_remark(void *user, const char *line) {
    (void)user;
    snprintf(told, sizeof told, "%s", line);
}

/* What is no normal noise can be seen. */
static void test_noise_of_others_is_told(void **state) {
    gt_error err = {0};
    gt_latents_info info = two_parts();
    gt_latents *file = NULL;
    float z[ROWS * 7], level[ROWS * 24];
    gt_hdf5_new_array arrays[] = {
        {.name = "z", .type = GT_HDF5_F32, .rank = 2, .dims = {ROWS, 7}},
        {.name = "level_0", .type = GT_HDF5_F32, .rank = 4, .dims = {ROWS, 2, 3, 4}}};
    (void)state;
    assert_ok(gt_hdf5_create_flat(in_folder("flat.h5"), arrays, 2, NULL, 0, &err), err);
    for (int i = 0; i < ROWS * 7; i++) z[i] = 3;
    for (int i = 0; i < ROWS * 24; i++) level[i] = i % 2 ? 5 : 1;
    put(in_folder("flat.h5"), arrays[0].offset, z, sizeof z);
    put(in_folder("flat.h5"), arrays[1].offset, level, sizeof level);
    gt_log_to(keep_remark, NULL);
    assert_ok(gt_latents_open(in_folder("flat.h5"), &info, &file, &err), err);
    gt_log_to(NULL, NULL);
    gt_latents_close(file);
    if (!strstr(told, "of mean 0 and deviation 1; its own are 3 and 1.76"))
        fail_msg("%s", told);
}

/* A file is whole or not there. */
static void test_unfinished(void **state) {
    gt_error err = {0};
    gt_latents_writer *writer = NULL;
    const gt_latents_info info = two_parts();
    float rows[(ROWS + 1) * WIDTH] = {0};
    const char *path = in_folder("u.h5");
    assert_ok(gt_latents_writer_create(path, &info, &writer, &err), err);
    assert_ok(gt_latents_writer_append(writer, rows, WIDTH, NULL, 2, &err), err);
    assert_int_equal(gt_latents_writer_append(writer, rows, WIDTH, NULL, ROWS, &err),
                     GT_BAD_ARGUMENT);
    assert_int_equal(gt_latents_writer_commit(writer, &err), GT_BAD_ARGUMENT);
    assert_int_not_equal(access(path, F_OK), 0);
    assert_int_equal(entries_in_folder(), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_round_trip),
        TEST(test_origins),
        TEST(test_refusals),
        TEST(test_files_of_others),
        TEST(test_noise_of_others_is_told),
        TEST(test_unfinished),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
