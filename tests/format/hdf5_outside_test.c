/* hdf5_outside_test.c - HDF5 files that reach outside themselves: nothing there is read, and
 * each way has its own sentence. */
#include "gt_test.h"

#include <hdf5.h>

#include "hdf5_internal.h"
#include "hdf5_maker.h"

static void nothing_outside_the_file_is_read(void **state) {
    const hsize_t dims[] = {3, 4};
    hid_t other = create("other.h5");
    add_plain(other, "images");
    H5Fclose(other);
    hid_t file = create("trick.h5"), plist = H5Pcreate(H5P_DATASET_CREATE);
    H5Pset_external(plist, "/etc/passwd", 0, 12);
    add(file, "external", 2, dims, H5T_STD_U8LE, plist, NULL);
    H5Pclose(plist);
    H5Lcreate_external(in_folder("other.h5"), "/images", file, "elsewhere", H5P_DEFAULT,
                       H5P_DEFAULT);
    H5Lcreate_external(in_folder("other.h5"), "/", file, "otherroot", H5P_DEFAULT, H5P_DEFAULT);
    hid_t group = H5Gcreate2(file, "group", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    add_plain(group, "images");
    H5Gclose(group);
    H5Lcreate_soft("/group", file, "softgroup", H5P_DEFAULT, H5P_DEFAULT);
    H5Lcreate_soft("/group/images", file, "soft", H5P_DEFAULT, H5P_DEFAULT);
    plist = H5Pcreate(H5P_DATASET_CREATE);
    hid_t space = H5Screate_simple(2, dims, NULL);
    H5Pset_virtual(plist, space, in_folder("other.h5"), "/images", space);
    add(file, "virtual", 2, dims, H5T_STD_U8LE, plist, NULL);
    H5Pclose(plist);
    H5Sclose(space);
    H5Fclose(file);
    expect("trick.h5", "external", GT_UNSUPPORTED, "keeps its values in other files");
    expect("trick.h5", "elsewhere", GT_UNSUPPORTED, "'elsewhere' is a link to somewhere else");
    expect("trick.h5", "otherroot/images", GT_UNSUPPORTED, "'otherroot' is a link");
    expect("trick.h5", "soft", GT_UNSUPPORTED, "'soft' is a link");
    expect("trick.h5", "softgroup/images", GT_UNSUPPORTED, "'softgroup' is a link");
    expect("trick.h5", "virtual", GT_UNSUPPORTED, "virtual view");
    expect("trick.h5", "group/../group/images", GT_UNSUPPORTED, "'..' in a path");
    expect("trick.h5", "group", GT_BAD_FORMAT, "'group' is no data set");
    expect("trick.h5", "group/images/more", GT_NOT_FOUND, "has no data set 'more'");
    expect("trick.h5", "nothing", GT_NOT_FOUND, "has no data set 'nothing'");
    expect("trick.h5", "", GT_BAD_FORMAT, "is no data set");
}

/* A filter is never looked for on disk. */
static void no_plugin_is_loaded(void **state) {
    unsigned allowed = 1;
    gt_hdf5_prepare();
    assert_true(H5PLget_loading_state(&allowed) >= 0);
    assert_int_equal(allowed, 0);
}

int main(void) {
    gt_hdf5_prepare();
    const struct CMUnitTest tests[] = {
        TEST(nothing_outside_the_file_is_read),
        cmocka_unit_test(no_plugin_is_loaded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
