/* hdf5_names_test.c - what the groups and tables of an HDF5 file hold, by name. */
#include "gt_test.h"

#include <hdf5.h>
#include <stdlib.h>

#include "file.h"
#include "galatea/log.h"
#include "hdf5_internal.h"
#include "hdf5_maker.h"

static void lists_name_everything(void **state) {
    gt_hdf5 *file = NULL;
    char **names = NULL;
    size_t count;
    hid_t out = create("a.h5");
    const hsize_t three[] = {3};
    static const int values[3];
    hid_t group = H5Gcreate2(out, "group", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    add(out, "b", 1, three, H5T_NATIVE_INT, H5P_DEFAULT, values);
    add_plain(out, "a");
    add_plain(group, "inside");
    H5Lcreate_soft("/a", out, "soft", H5P_DEFAULT, H5P_DEFAULT);
    H5Gclose(group);
    H5Fclose(out);
    assert_ok(gt_hdf5_open(in_folder("a.h5"), &file, &err), err);
    assert_ok(gt_hdf5_list(file, "/", &names, &count, &err), err);
    assert_int_equal(count, 4);
    const char *expected[] = {"a", "b", "group/", "soft"};
    for (int i = 0; i < 4; i++) assert_string_equal(names[i], expected[i]);
    free(names);
    assert_ok(gt_hdf5_list(file, "group/", &names, &count, &err), err);
    assert_int_equal(count, 1);
    assert_string_equal(names[0], "inside");
    free(names);
    assert_int_equal(gt_hdf5_list(file, "none", &names, &count, &err), GT_NOT_FOUND);
    assert_int_equal(gt_hdf5_list(file, "a", &names, &count, &err), GT_BAD_FORMAT);
    assert_true(gt_hdf5_has(file, "group/inside") && gt_hdf5_has(file, "/soft"));
    assert_false(gt_hdf5_has(file, "group/none") || gt_hdf5_has(file, "a/inside"));
    assert_false(gt_hdf5_has(file, "soft/x") || gt_hdf5_has(file, ""));
    gt_hdf5_close(file);
}

/* As damage may leave it. */
static void names_are_never_empty(void **state) {
    gt_hdf5 *file = NULL;
    char **names, *bytes;
    size_t count, size;
    hid_t out = create("a.h5");
    add_plain(out, "nameless");
    add_plain(out, "named");
    H5Fclose(out);
    assert_ok(gt_file_load(in_folder("a.h5"), 1 << 20, &bytes, &size, &err), err);
    char *name = memmem(bytes, size, "nameless", 8);
    assert_non_null(name);
    *name = 0;
    write_file(in_folder("a.h5"), bytes, size);
    free(bytes);
    assert_ok(gt_hdf5_open(in_folder("a.h5"), &file, &err), err);
    assert_ok(gt_hdf5_list(file, "/", &names, &count, &err), err);
    for (size_t i = 0; i < count; i++) assert_true(*names[i]);
    assert_int_equal(count, 1);
    free(names);
    gt_hdf5_close(file);
}

static void keep_remark(void *user, const char *line) {
    snprintf(user, 256, "%s", line);
}

/* What is beyond the limits is counted. */
static void names_beyond_the_limits_are_told(void **state) {
    enum { MOST = 1000, MORE = 2 };
    static const int values[4];
    const hsize_t two[] = {2};
    char longest[300], remark[256] = "";
    gt_hdf5 *file = NULL;
    char **names;
    size_t count;
    hid_t out = create("a.h5"), table = H5Tcreate(H5T_COMPOUND, 8);
    hid_t group = H5Gcreate2(out, "group", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    for (int i = 0; i < MOST + MORE; i++) {
        char name[16];
        snprintf(name, sizeof name, "n%04d", i);
        H5Lcreate_soft("/table", group, name, H5P_DEFAULT, H5P_DEFAULT);
    }
    memset(longest, 'x', sizeof longest);
    longest[sizeof longest - 1] = 0;
    H5Tinsert(table, longest, 0, H5T_NATIVE_INT);
    H5Tinsert(table, "n", 4, H5T_NATIVE_INT);
    add(out, "table", 1, two, table, H5P_DEFAULT, values);
    H5Tclose(table);
    H5Gclose(group);
    H5Fclose(out);
    assert_ok(gt_hdf5_open(in_folder("a.h5"), &file, &err), err);
    gt_log_to(keep_remark, remark);
    assert_ok(gt_hdf5_list(file, "/", &names, &count, &err), err);
    free(names);
    assert_string_equal(remark, "");
    assert_ok(gt_hdf5_list(file, "/group", &names, &count, &err), err);
    free(names);
    assert_int_equal(count, MOST);
    assert_non_null(strstr(remark, "a.h5: 2 names in '/group' passed over, expected at most "
                                   "1000 of up to 254 bytes"));
    assert_ok(gt_hdf5_list(file, "table", &names, &count, &err), err);
    free(names);
    assert_int_equal(count, 1);
    assert_non_null(strstr(remark, "a.h5: 1 name in '/table' passed over"));
    gt_log_to(NULL, NULL);
    gt_hdf5_close(file);
}

int main(void) {
    gt_hdf5_prepare();
    const struct CMUnitTest tests[] = {
        TEST(lists_name_everything),
        TEST(names_are_never_empty),
        TEST(names_beyond_the_limits_are_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
