/* fits_objects_test.c - which files make which objects: names alone decide, no file is opened.
 */
#include "fits_objects.h"

#include <sys/stat.h>

#include "galatea/dataset.h"
#include "gt_test.h"
#include "temp_folder.h"

static gt_error err;

/* Empty files, with the folders that they need. */
static void touch(const char *const *names) {
    for (; *names; names++) {
        char path[512];
        snprintf(path, sizeof path, "%s", in_folder(*names));
        for (char *at = path + strlen(temp_folder) + 1; (at = strchr(at, '/')); at++) {
            *at = 0;
            mkdir(path, 0755);
            *at = '/';
        }
        write_file(path, "", 0);
    }
}

/* "NAME=FILE,FILE;..." of all objects, in order. */
static const char *listed(const char *bands, bool drops) {
    static char out[1024];
    gt_fits_objects all;
    assert_ok(gt_fits_objects_list(in_folder("in"), bands, drops, 0, &all, &err), err);
    out[0] = 0;
    for (size_t i = 0; i < all.count; i++) {
        size_t used = strlen(out);
        snprintf(out + used, sizeof out - used, "%s%s=", i ? ";" : "", all.objects[i].name);
        for (size_t b = 0; b < all.band_count; b++) {
            char *path = gt_fits_objects_path(&all, &all.objects[i], b);
            used = strlen(out);
            snprintf(out + used, sizeof out - used, "%s%s", b ? "," : "",
                     path + strlen(temp_folder) + 4);
            free(path);
        }
    }
    gt_fits_objects_free(&all);
    return out;
}

static void all_endings_are_taken(void **state) {
    static const char *const names[] = {"in/f.fits.fz", "in/a.fits", "in/b.FIT",   "in/c.fts",
                                        "in/d.fits.gz", "in/e.fz",   "in/g.fits~", "in/h.png",
                                        "in/fits",      "in/.fits",  "in/i.gz",    NULL};
    touch(names);
    assert_string_equal(listed(NULL, false),
                        "a.fits=a.fits;b.FIT=b.FIT;c.fts=c.fts;"
                        "d.fits.gz=d.fits.gz;e.fz=e.fz;f.fits.fz=f.fits.fz");
}

static void stars_stand_for_objects(void **state) {
    static const char *const names[] = {"in/x10_r.fits", "in/x10_g.fits", "in/x2_g.fits",
                                        "in/x2_r.fits",  "in/_g.fits",    NULL};
    touch(names);
    assert_string_equal(listed("g=*_g.fits,r=*_r.fits", false),
                        "x10=x10_g.fits,x10_r.fits;x2=x2_g.fits,x2_r.fits");
    assert_string_equal(listed("r=x*_r.fits,g=x*_g.fits", false),
                        "10=x10_r.fits,x10_g.fits;2=x2_r.fits,x2_g.fits");
    assert_string_equal(listed("g=x1*", true), "0_g.fits=x10_g.fits;0_r.fits=x10_r.fits");
    assert_string_equal(listed("a=1,b=SCI", false),
                        "_g.fits=_g.fits,_g.fits;x10_g.fits=x10_g.fits,x10_g.fits;"
                        "x10_r.fits=x10_r.fits,x10_r.fits;x2_g.fits=x2_g.fits,x2_g.fits;"
                        "x2_r.fits=x2_r.fits,x2_r.fits");
}

/* Objects of one name in two folders are two; folders stay classes and splits. */
static void folders_keep_objects_apart(void **state) {
    static const char *const names[] = {"in/train/FRI/a-g.fits",
                                        "in/train/FRI/a-r.fits",
                                        "in/train/FRII/a-g.fits",
                                        "in/train/FRII/a-r.fits",
                                        "in/test/FRI/b-g.fits",
                                        "in/test/FRI/b-r.fits",
                                        NULL};
    gt_fits_objects all;
    touch(names);
    assert_ok(
        gt_fits_objects_list(in_folder("in"), "g=*-g.fits,r=*-r.fits", false, 0, &all, &err),
        err);
    assert_int_equal(all.count, 3);
    assert_string_equal(all.objects[0].name, "train/FRI/a");
    assert_string_equal(all.objects[1].name, "train/FRII/a");
    assert_int_equal(all.objects[1].label, 1);
    assert_int_equal(all.objects[2].split, GT_SPLIT_TEST);
    assert_string_equal(all.folder.classes[1], "FRII");
    assert_string_equal(all.band_names, "g,r");
    gt_fits_objects_free(&all);
    assert_string_equal(listed("g=train/FRI/*g.fits,r=train/FRI/*r.fits", false),
                        "a-=train/FRI/a-g.fits,train/FRI/a-r.fits");
}

/* Each band in an order of its own: the first file of an object tells its place. */
static void lists_keep_their_order(void **state) {
    static const char *const names[] = {"in/a_g.fits", "in/b_g.fits", "in/a_r.fits",
                                        "in/b_r.fits", NULL};
    static const char list[] = "in/b_g.fits\nin/a_g.fits\nin/a_r.fits\nin/b_r.fits\n";
    gt_fits_objects all;
    touch(names);
    write_file(in_folder("ordered.txt"), list, strlen(list));
    assert_ok(gt_fits_objects_list(in_folder("ordered.txt"), "g=*_g.fits,r=*_r.fits", false, 0,
                                   &all, &err),
              err);
    assert_int_equal(all.count, 2);
    assert_string_equal(all.objects[0].name, "in/b");
    assert_string_equal(all.folder.entries[all.files[all.objects[0].first + 1]].name,
                        "in/b_r.fits");
    assert_string_equal(all.objects[1].name, "in/a");
    gt_fits_objects_free(&all);
}

static void one_file_twice_is_told(void **state) {
    static const char *const names[] = {"in/a_g.fits", "in/a_r.fits", NULL};
    static const char list[] = "in/a_g.fits\nin/a_r.fits\nin/a_g.fits\n";
    gt_fits_objects all;
    touch(names);
    write_file(in_folder("twice.txt"), list, strlen(list));
    assert_int_equal(gt_fits_objects_list(in_folder("twice.txt"), "g=*_g.fits,r=*_r.fits",
                                          false, 0, &all, &err),
                     GT_BAD_FORMAT);
    assert_non_null(
        strstr(err.text, "twice.txt: 'in/a' has two files of band g: 'in/a_g.fits'"));
    assert_int_equal(
        gt_fits_objects_list(in_folder("in"), "g=*_g.fits,r=*_x.fits", true, 0, &all, &err),
        GT_NOT_FOUND);
    assert_non_null(strstr(err.text, "none of 2 files makes an object with all bands"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(all_endings_are_taken),      TEST(stars_stand_for_objects),
        TEST(folders_keep_objects_apart), TEST(lists_keep_their_order),
        TEST(one_file_twice_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
