/* hdf5_chunks_test.c - chunks of HDF5 files: those that unpack to too little, or to what their
 * checksum does not fit, are refused; those of any order, and those that were never written,
 * are read; fields of a table unpack them once, and windows end where they do. */
#include "gt_test.h"

#include <hdf5.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <zlib.h>

#include "file.h"
#include "hdf5_internal.h"
#include "hdf5_maker.h"
#include "hdf5_window.h"
#include "reading.h"

enum { CHUNK_ROWS = 8, CHUNK_ROW = 512, CHUNK_BYTES = CHUNK_ROWS * CHUNK_ROW };

/* A data set of three chunks, of which the second is given as it is stored. */
static void save_chunk(hid_t plist, const void *stored, size_t size, uint32_t skipped) {
    static unsigned char values[3 * CHUNK_BYTES];
    const hsize_t dims[] = {3 * CHUNK_ROWS, CHUNK_ROW}, chunk[] = {CHUNK_ROWS, CHUNK_ROW};
    const hsize_t at[] = {CHUNK_ROWS, 0};
    for (size_t i = 0; i < sizeof values; i++) values[i] = (unsigned char)(i * i >> 4);
    H5Pset_chunk(plist, 2, chunk);
    hid_t file = create("a.h5");
    add(file, "images", 2, dims, H5T_STD_U8LE, plist, values);
    hid_t set = H5Dopen2(file, "images", H5P_DEFAULT);
    assert_true(H5Dwrite_chunk(set, H5P_DEFAULT, skipped, at, size, stored) >= 0);
    H5Dclose(set);
    H5Fclose(file);
}

/* Reads all rows; the second chunk has to hold the number of its row, or `what` is told. */
static gt_status read_chunks(const char *what) {
    static unsigned char got[3 * CHUNK_BYTES];
    gt_hdf5 *h5 = NULL;
    gt_hdf5_array *array = NULL;
    assert_ok(gt_hdf5_open(in_folder("a.h5"), &h5, &err), err);
    assert_ok(gt_hdf5_array_open(h5, "images", &array, &err), err);
    gt_status status = gt_hdf5_array_read(array, 0, CHUNK_ROWS, GT_HDF5_U8, got, &err);
    assert_ok(status, err); /* the one before it is whole */
    status = gt_hdf5_array_read(array, 1, 3 * CHUNK_ROWS - 2, GT_HDF5_U8, got, &err);
    for (size_t i = 0; i < CHUNK_BYTES && status == GT_OK; i++)
        assert_int_equal(got[(CHUNK_ROWS - 1) * CHUNK_ROW + i], i / CHUNK_ROW);
    if (status) assert_non_null(strstr(err.text, what));
    gt_hdf5_array_close(array);
    gt_hdf5_close(h5);
    return status;
}

#define SHORT \
    "data set 'images', rows from 8: damaged (a chunk that unpacks to less than a whole one)"

/* The library takes a chunk that unpacks to less for whole, and reads on behind its bytes. */
static void chunks_that_are_too_short_are_refused(void **state) {
    unsigned char rows[CHUNK_BYTES], packed[2 * CHUNK_BYTES];
    for (size_t i = 0; i < sizeof rows; i++) rows[i] = (unsigned char)(i / CHUNK_ROW);
    const size_t lengths[] = {CHUNK_BYTES, CHUNK_BYTES - 1, 100, 1, 0};
    for (int filters = 1; filters < 4; filters++)
        for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
            hid_t plist = H5Pcreate(H5P_DATASET_CREATE);
            uLongf size = sizeof packed;
            if (filters == 1) H5Pset_shuffle(plist); /* of bytes, which stay where they are */
            H5Pset_deflate(plist, 4);
            if (filters == 3) H5Pset_shuffle(plist);
            assert_int_equal(compress(packed, &size, rows, lengths[i]), Z_OK);
            save_chunk(plist, packed, size, 0);
            assert_int_equal(read_chunks(SHORT), i == 0 ? GT_OK : GT_BAD_FORMAT);
            if (filters == 2) { /* as it is, as its mask says */
                save_chunk(plist, rows, lengths[i] + (i == 4), 1);
                assert_int_equal(read_chunks(SHORT), i == 0 ? GT_OK : GT_BAD_FORMAT);
            }
            H5Pclose(plist);
        }
    /* Without filters the index tells how many bytes are stored: here 100 of the second. */
    static const unsigned char key[16] = {0, CHUNK_BYTES >> 8, 0, 0, 0, 0, 0, 0, CHUNK_ROWS};
    hid_t plist = H5Pcreate(H5P_DATASET_CREATE);
    char *bytes = NULL;
    size_t size = 0;
    save_chunk(plist, rows, sizeof rows, 0);
    H5Pclose(plist);
    assert_int_equal(read_chunks(SHORT), GT_OK);
    assert_ok(gt_file_load(in_folder("a.h5"), 1 << 20, &bytes, &size, &err), err);
    char *at = memmem(bytes, size, key, sizeof key);
    assert_non_null(at);
    at[0] = 100, at[1] = 0;
    write_file(in_folder("a.h5"), bytes, size);
    free(bytes);
    expect("a.h5", "images", GT_BAD_FORMAT, "has chunks that are not all of one size");
}

/* Nobody knows how many there are, which is not none. */
static void damaged_lists_of_chunks_are_refused(void **state) {
    static const unsigned char rows[CHUNK_BYTES], tree[] = "TREE\1"; /* of chunks */
    for (int is_packed = 0; is_packed < 2; is_packed++) {
        char *bytes = NULL;
        size_t size = 0;
        hid_t plist = H5Pcreate(H5P_DATASET_CREATE);
        if (is_packed) H5Pset_shuffle(plist);
        save_chunk(plist, rows, sizeof rows, 0);
        H5Pclose(plist);
        assert_ok(gt_file_load(in_folder("a.h5"), 1 << 20, &bytes, &size, &err), err);
        char *at = memmem(bytes, size, tree, sizeof tree - 1);
        assert_non_null(at);
        at[0] = 'B';
        write_file(in_folder("a.h5"), bytes, size);
        free(bytes);
        expect("a.h5", "images", GT_BAD_FORMAT, "has a damaged list of chunks");
    }
}

/* As many bytes as a whole chunk has, and a checksum that is not theirs, or none. */
static void chunks_of_another_checksum_are_refused(void **state) {
    unsigned char rows[CHUNK_BYTES], packed[2 * CHUNK_BYTES];
    for (size_t i = 0; i < sizeof rows; i++) rows[i] = (unsigned char)(i / CHUNK_ROW);
    for (int damage = 0; damage <= 5; damage++) {
        hid_t plist = H5Pcreate(H5P_DATASET_CREATE);
        uLongf size = sizeof packed;
        if (damage % 2 == 1) H5Pset_shuffle(plist);
        H5Pset_deflate(plist, 4);
        assert_int_equal(compress(packed, &size, rows, sizeof rows), Z_OK);
        if (damage > 0 && damage < 5) packed[size - (uLongf)damage] ^= 1;
        save_chunk(plist, packed, damage < 5 ? size : size - 4, 0);
        H5Pclose(plist);
        assert_int_equal(read_chunks("data set 'images'"), damage ? GT_BAD_FORMAT : GT_OK);
    }
}

/* Whatever stands in a chunk, reading it is safe; the size of a stream decides. */
static void packed_chunks_of_any_order_are_read(void **state) {
    enum { ROWS = 30, SIDE = 40 };
    const hsize_t dims[] = {ROWS, SIDE}, chunk[] = {7, 11};
    static int values[ROWS * SIDE], got[ROWS * SIDE];
    for (int i = 0; i < ROWS * SIDE; i++) values[i] = i * i;
    for (int order = 0; order < 8; order++) {
        hid_t plist = H5Pcreate(H5P_DATASET_CREATE), newest = H5Pcreate(H5P_FILE_ACCESS);
        H5Pset_libver_bounds(newest, H5F_LIBVER_V110, H5F_LIBVER_V110);
        hid_t file = H5Fcreate(in_folder("a.h5"), H5F_ACC_TRUNC, H5P_DEFAULT,
                               order > 5 ? newest : H5P_DEFAULT);
        H5Pclose(newest);
        H5Pset_chunk(plist, 2, chunk);
        if (order > 5) H5Pset_chunk_opts(plist, H5D_CHUNK_DONT_FILTER_PARTIAL_CHUNKS);
        bool is_packed = order != 7; /* else chunks of a newer index alone */
        if (order == 5) H5Pset_fletcher32(plist);
        if (order % 2 == 0) H5Pset_shuffle(plist);
        if (order > 0 && is_packed) H5Pset_deflate(plist, 3);
        if (order % 2 == 1 && is_packed) H5Pset_shuffle(plist);
        if (order > 2 && order < 5) H5Pset_fletcher32(plist);
        add(file, "images", 2, dims, H5T_NATIVE_INT, plist, values);
        H5Pclose(plist);
        H5Fclose(file);
        gt_hdf5 *h5 = NULL;
        gt_hdf5_array *array = NULL;
        assert_ok(gt_hdf5_open(in_folder("a.h5"), &h5, &err), err);
        assert_ok(gt_hdf5_array_open(h5, "images", &array, &err), err);
        for (int again = 0; again < 2; again++)
            assert_ok(gt_hdf5_array_read(array, 0, ROWS, GT_HDF5_I32, got, &err), err);
        assert_memory_equal(got, values, sizeof values);
        gt_hdf5_array_close(array);
        gt_hdf5_close(h5);
    }
}

/* A data set that was begun: chunks that were never written hold its fill value, or no texts.
 */
static void chunks_that_were_never_written_are_filled(void **state) {
    enum { ROWS = 40, WRITTEN = 15, WIDTH = 3, CHUNK = 10 };
    const hsize_t dims[] = {ROWS, WIDTH}, chunk[] = {CHUNK, WIDTH}, start[] = {0, 0},
                  written[] = {WRITTEN, WIDTH};
    float values[WRITTEN * WIDTH], got[ROWS * WIDTH], fill = 3;
    const char *words[WRITTEN];
    char texts[ROWS];
    for (int i = 0; i < WRITTEN * WIDTH; i++) values[i] = (float)(i + 7);
    for (int i = 0; i < WRITTEN; i++) words[i] = "w";
    hid_t file = create("a.h5"), text = H5Tcopy(H5T_C_S1);
    H5Tset_size(text, H5T_VARIABLE);
    for (int is_text = 0; is_text < 2; is_text++) {
        hid_t plist = H5Pcreate(H5P_DATASET_CREATE), type = is_text ? text : H5T_NATIVE_FLOAT;
        int rank = is_text ? 1 : 2;
        hid_t space = H5Screate_simple(rank, dims, NULL),
              memory = H5Screate_simple(rank, written, NULL);
        H5Pset_chunk(plist, rank, chunk);
        H5Pset_deflate(plist, 4);
        if (!is_text) H5Pset_fill_value(plist, type, &fill);
        hid_t set = H5Dcreate2(file, is_text ? "id" : "images", type, space, H5P_DEFAULT, plist,
                               H5P_DEFAULT);
        H5Sselect_hyperslab(space, H5S_SELECT_SET, start, NULL, written, NULL);
        assert_true(H5Dwrite(set, type, memory, space, H5P_DEFAULT,
                             is_text ? (void *)words : (void *)values) >= 0);
        H5Dclose(set);
        H5Sclose(memory);
        H5Sclose(space);
        H5Pclose(plist);
    }
    H5Tclose(text);
    H5Fclose(file);
    gt_hdf5 *h5 = NULL;
    gt_hdf5_array *array = NULL;
    assert_ok(gt_hdf5_open(in_folder("a.h5"), &h5, &err), err);
    assert_ok(gt_hdf5_array_open(h5, "images", &array, &err), err);
    assert_ok(gt_hdf5_array_read(array, 0, ROWS, GT_HDF5_F32, got, &err), err);
    for (int i = 0; i < ROWS * WIDTH; i++)
        assert_true(got[i] == (i < WRITTEN * WIDTH ? values[i] : fill));
    gt_hdf5_array_close(array);
    assert_ok(gt_hdf5_array_open(h5, "id", &array, &err), err);
    assert_ok(gt_hdf5_array_read(array, 0, ROWS, GT_HDF5_TEXT, texts, &err), err);
    for (int i = 0; i < ROWS; i++) assert_int_equal(texts[i], i < WRITTEN ? 'w' : 0);
    gt_hdf5_array_close(array);
    gt_hdf5_close(h5);
}

static double seconds_of_children(void) {
    struct rusage used;
    assert_int_equal(getrusage(RUSAGE_CHILDREN, &used), 0);
    return (double)used.ru_utime.tv_sec + 1e-6 * (double)used.ru_utime.tv_usec;
}

/* Fields of records in one chunk of 64 MiB: it is unpacked once, not for each of them. */
static void fields_of_a_table_share_its_chunks(void **state) {
    enum { FIELDS = 120, ROWS = 3 };
    if (IS_SLOW_BUILD) skip();
    const hsize_t rows = ROWS, most = H5S_UNLIMITED, chunk = (64 << 20) / (4 * FIELDS);
    float values[ROWS][FIELDS], got[ROWS];
    gt_hdf5 *h5 = NULL;
    gt_hdf5_array *fields[FIELDS];
    char name[32];
    hid_t type = H5Tcreate(H5T_COMPOUND, sizeof values[0]), file = create("a.h5");
    for (size_t i = 0; i < FIELDS; i++) {
        snprintf(name, sizeof name, "f%zu", i);
        H5Tinsert(type, name, 4 * i, H5T_NATIVE_FLOAT);
        for (size_t row = 0; row < ROWS; row++) values[row][i] = (float)(100 * row + i);
    }
    hid_t plist = H5Pcreate(H5P_DATASET_CREATE), space = H5Screate_simple(1, &rows, &most);
    H5Pset_chunk(plist, 1, &chunk);
    H5Pset_deflate(plist, 1);
    hid_t set = H5Dcreate2(file, "table", type, space, H5P_DEFAULT, plist, H5P_DEFAULT);
    assert_true(H5Dwrite(set, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) >= 0);
    H5Dclose(set);
    H5Sclose(space);
    H5Pclose(plist);
    H5Tclose(type);
    H5Fclose(file);
    assert_ok(gt_hdf5_open(in_folder("a.h5"), &h5, &err), err);
    double before = seconds_of_children();
    for (size_t i = 0; i < FIELDS; i++) {
        snprintf(name, sizeof name, "table/f%zu", i);
        assert_ok(gt_hdf5_array_open(h5, name, &fields[i], &err), err);
        assert_ok(gt_hdf5_array_read(fields[i], 0, ROWS, GT_HDF5_F32, got, &err), err);
        for (size_t row = 0; row < ROWS; row++) assert_true(got[row] == values[row][i]);
    }
    for (size_t i = 0; i < FIELDS; i++) gt_hdf5_array_close(fields[i]);
    gt_hdf5_close(h5);
    double seconds = seconds_of_children() - before;
    if (seconds > 1) fail_msg("%.1f s of the reader", seconds);
}

static void windows_end_where_chunks_do(void **state) {
    enum { ROWS = 1000, SIDE = 32, ROW = SIDE * SIDE };
    const hsize_t dims[] = {ROWS, SIDE, SIDE};
    const hsize_t chunks[][3] = {
        {ROWS, SIDE, SIDE}, {700, 16, SIDE}, {300, 10, 7}, {1, SIDE, SIDE}, {7, SIDE, SIDE}};
    const size_t most[] = {ROWS, 700, 300, 19, 14};
    unsigned char *values = malloc(ROWS * ROW);
    for (size_t i = 0; i < ROWS * ROW; i++) values[i] = (unsigned char)(i * i >> 5);
    for (int c = 0; c < 5; c++) {
        hid_t out = create("a.h5"), plist = H5Pcreate(H5P_DATASET_CREATE);
        H5Pset_chunk(plist, 3, chunks[c]);
        H5Pset_shuffle(plist);
        H5Pset_deflate(plist, 1);
        H5Pset_fletcher32(plist);
        add(out, "images", 3, dims, H5T_STD_U8LE, plist, values);
        H5Pclose(plist);
        H5Fclose(out);
        gt_hdf5 *file = NULL;
        gt_hdf5_array *array = NULL;
        gt_hdf5_window window;
        size_t loads = 0;
        uint64_t first = UINT64_MAX;
        assert_ok(gt_hdf5_open(in_folder("a.h5"), &file, &err), err);
        assert_ok(gt_hdf5_array_open(file, "images", &array, &err), err);
        assert_ok(gt_hdf5_window_open(&window, array, GT_HDF5_U8, 20000, &err), err);
        assert_int_equal(window.most, most[c]);
        for (uint64_t row = 0; row < ROWS; row++) {
            const void *at;
            assert_ok(gt_hdf5_window_row(&window, row, &at, &err), err);
            assert_memory_equal(at, values + row * ROW, ROW);
            loads += window.first != first;
            first = window.first;
        }
        assert_int_equal(loads, (ROWS + most[c] - 1) / most[c]);
        gt_hdf5_window_close(&window);
        gt_hdf5_array_close(array);
        gt_hdf5_close(file);
    }
    free(values);
}

int main(void) {
    gt_hdf5_prepare();
    const struct CMUnitTest tests[] = {
        TEST(chunks_that_are_too_short_are_refused),
        TEST(damaged_lists_of_chunks_are_refused),
        TEST(chunks_of_another_checksum_are_refused),
        TEST(packed_chunks_of_any_order_are_read),
        TEST(chunks_that_were_never_written_are_filled),
        TEST(fields_of_a_table_share_its_chunks),
        TEST(windows_end_where_chunks_do),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
