/* hdf5_write_test.c - what is written as HDF5 comes back, of equal bytes; what cannot be
 * written fails, and ends no process. */
#include "gt_test.h"

#include <hdf5.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "hdf5_internal.h"
#include "hdf5_maker.h"

/* A close that failed on a full disk leaves a block behind in HDF5 1.10.8. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void) {
    return "leak:libhdf5";
}

/* Arrays in groups that are made on the way, whole numbers as attributes, and equal bytes. */
static void groups_and_whole_attributes_are_written(void **state) {
    static const int64_t least = INT64_MIN;
    const gt_hdf5_new_attribute attributes[] = {
        {.array = "columns/z", .name = "missing", .whole = &least},
        {.array = "columns/z", .name = "unit", .text = "mag"},
        {.name = "scale", .real = 1.5}};
    const char *const names[] = {"a.h5", "b.h5"};
    static unsigned char bytes[2][1 << 16];
    size_t sizes[2];
    for (int i = 0; i < 2; i++) {
        gt_hdf5_new_array arrays[] = {
            {.name = "images", .type = GT_HDF5_U8, .rank = 1, .dims = {3}},
            {.name = "columns/z", .type = GT_HDF5_I64, .rank = 1, .dims = {3}},
            {.name = "columns/b", .type = GT_HDF5_F64, .rank = 1, .dims = {3}}};
        assert_ok(gt_hdf5_create_flat(in_folder(names[i]), arrays, 3, attributes, 3, &err),
                  err);
        assert_true(arrays[1].offset != arrays[2].offset);
        FILE *file = fopen(in_folder(names[i]), "rb");
        sizes[i] = fread(bytes[i], 1, sizeof bytes[i], file);
        fclose(file);
    }
    assert_int_equal(sizes[0], sizes[1]);
    assert_memory_equal(bytes[0], bytes[1], sizes[0]);
    gt_hdf5 *file = NULL;
    gt_hdf5_array *array = NULL;
    char **list, *text;
    size_t count;
    double number;
    assert_ok(gt_hdf5_open(in_folder("a.h5"), &file, &err), err);
    assert_ok(gt_hdf5_list(file, "columns/", &list, &count, &err), err);
    assert_int_equal(count, 2);
    free(list);
    assert_ok(gt_hdf5_array_open(file, "columns/z", &array, &err), err);
    assert_true(gt_hdf5_array_shape(array)->flat);
    assert_ok(gt_hdf5_real(file, array, "missing", &number, &err), err);
    assert_true(number == -0x1p63);
    assert_ok(gt_hdf5_text(file, array, "unit", &text, &err), err);
    assert_string_equal(text, "mag");
    free(text);
    gt_hdf5_array_close(array);
    gt_hdf5_close(file);
}

static void impossible_files_fail_on_closing_or_before(void **state) {
    gt_hdf5_new_array array = {.name = "images", .type = GT_HDF5_U8, .rank = 1, .dims = {10}};
    assert_int_equal(gt_hdf5_create_flat(in_folder("no/where.h5"), &array, 1, NULL, 0, &err),
                     GT_IO);
    assert_int_equal(gt_hdf5_create_flat("/dev/full", &array, 1, NULL, 0, &err), GT_IO);
    const gt_hdf5_new_attribute huge = {.name = "x", .text = ""};
    gt_hdf5_new_attribute many = huge;
    char *text = calloc(1, 64002);
    memset(text, 'x', 64001);
    many.text = text;
    assert_int_equal(gt_hdf5_create_flat(in_folder("a.h5"), &array, 1, &many, 1, &err),
                     GT_BAD_ARGUMENT);
    free(text);
    assert_ok(gt_hdf5_create_flat(in_folder("a.h5"), &array, 1, &huge, 1, &err), err);
}

/* HDF5 1.10.8 ends its process with a crash when a file could not be closed: it may not look
 * at what is open when the process ends. */
static void a_closing_that_failed_harms_no_end(void **state) {
    int ended = 0;
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        const hsize_t size = 1 << 16;
        const struct rlimit limit = {4096, 4096};
        static const unsigned char zeros[1 << 16];
        signal(SIGXFSZ, SIG_IGN);
        signal(SIGSEGV, SIG_DFL); /* cmocka would catch it */
        setrlimit(RLIMIT_FSIZE, &limit);
        hid_t file = H5Fcreate(in_folder("full.h5"), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
        hid_t space = H5Screate_simple(1, &size, NULL), chunks = H5Pcreate(H5P_DATASET_CREATE);
        H5Pset_chunk(chunks, 1, &size);
        hid_t array =
            H5Dcreate2(file, "a", H5T_NATIVE_UINT8, space, H5P_DEFAULT, chunks, H5P_DEFAULT);
        H5Dwrite(array, H5T_NATIVE_UINT8, H5S_ALL, H5S_ALL, H5P_DEFAULT, zeros);
        herr_t closed[] = {H5Dclose(array), H5Fclose(file)};
        exit(closed[0] < 0 || closed[1] < 0 ? 0 : 2);
    }
    assert_int_equal(waitpid(child, &ended, 0), child);
    assert_int_equal(ended, 0);
}

int main(void) {
    gt_hdf5_prepare();
    const struct CMUnitTest tests[] = {
        TEST(groups_and_whole_attributes_are_written),
        TEST(impossible_files_fail_on_closing_or_before),
        TEST(a_closing_that_failed_harms_no_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
