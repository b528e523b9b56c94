/* layouts_test.c - published layouts (files of h5py in golden/format/hdf5) are known, and
 * formats are found by looking. */
#include "import_run.h"

#include <sys/stat.h>
#include <unistd.h>

#include "importer.h"
#include "small_set.h"

static void galaxy10_has_classes(void **state) {
    static const char *const names[] = {"sdss", "decals"};
    gt_import_settings settings = settings_for(NULL, true);
    settings.size = 64;
    settings.crop = 69;
    for (int i = 0; i < 2; i++) {
        char name[64];
        const int32_t *labels;
        const double *ra;
        snprintf(name, sizeof name, "hdf5/galaxy10_%s.h5", names[i]);
        gt_dataset *set = import(&settings, golden(name));
        const gt_dataset_info *info = gt_dataset_describe(set);
        assert_string_equal(report.guess, "hdf5");
        assert_int_equal(info->channels * 100 + info->class_count, 310);
        assert_string_equal(info->class_names[9],
                            i ? "Edge-on Galaxies with Bulge" : "Disk, Face-on, Loose Spiral");
        assert_string_equal(info->collection, i ? "Galaxy10 DECaLS" : "Galaxy10 SDSS");
        assert_ok(gt_dataset_labels(set, &labels, &err), err);
        assert_ok(gt_dataset_ra(set, &ra, &err), err);
        assert_int_equal(labels[0] * 100 + labels[1] * 10 + labels[2], 903);
        assert_near(ra[2], 30, 0);
        assert_int_not_equal(gt_field_find(info->fields, info->field_count, "redshift"),
                             info->field_count);
        gt_dataset_close(set);
    }
}

static void what_files_tell_is_taken(void **state) {
    gt_import_settings settings = settings_for(NULL, true);
    gt_dataset *set = import(&settings, golden("hdf5/units.h5"));
    assert_string_equal(gt_dataset_describe(set)->unit, "Jy/beam");
    gt_dataset_close(set);
    set = import(&settings, golden("hdf5/galaxy10_scales.h5"));
    assert_near(gt_dataset_describe(set)->pixel_scale_arcsec, 0.262, 1e-9);
    assert_string_equal(gt_dataset_describe(set)->collection, "Galaxy10 DECaLS");
    gt_dataset_close(set);
}

static void write_told(const char *name, const char *survey, double scale, double high) {
    const float pixels[4] = {0, 1, 2, 3};
    gt_dataset_info info = small_set_of(1, 2, GT_PIXEL_F32);
    info.survey = survey;
    info.pixel_scale_arcsec = scale;
    info.range = (gt_value_range){0, high, {0}};
    write_small_set(in_folder(name), &info, pixels, NULL);
}

/* What only some files tell is no word about all. */
static void what_files_tell_otherwise_is_no_one_thing(void **state) {
    gt_import_settings settings = settings_for("hdf5", true);
    mkdir(in_folder("in"), 0755);
    write_told("in/a.h5", "FIRST", 1.8, 5);
    write_told("in/b.h5", "FIRST", 1.8, 5);
    gt_dataset *set = import(&settings, in_folder("in"));
    assert_string_equal(gt_dataset_describe(set)->survey, "FIRST");
    assert_near(gt_dataset_describe(set)->pixel_scale_arcsec, 1.8, 0);
    assert_near(gt_dataset_describe(set)->range.high, 5, 0);
    assert_string_equal(report.note, "");
    gt_dataset_close(set);
    write_told("in/b.h5", "NVSS", 15, 50);
    write_told("in/c.h5", "VLASS", NAN, 50);
    set = import(&settings, in_folder("in"));
    const gt_dataset_info *info = gt_dataset_describe(set);
    assert_true(info->survey == NULL && isnan(info->pixel_scale_arcsec));
    assert_near(info->range.high, 3, 0); /* as it is found */
    assert_non_null(strstr(report.note, "the survey is FIRST in '"));
    assert_non_null(strstr(report.note, " and NVSS in '"));
    assert_non_null(strstr(report.note, "the pixel scale is 1.8 in '"));
    assert_null(strstr(report.note, "not told")); /* the first word is enough */
    gt_dataset_close(set);
}

static void a_folder_of_hdf5_files_is_one_source(void **state) {
    gt_import_settings settings = settings_for(NULL, true);
    gt_dataset *set = import(&settings, golden("hdf5/universe"));
    const gt_dataset_info *info = gt_dataset_describe(set);
    const char *ids;
    float row[2 * 4 * 4];
    assert_string_equal(report.guess, "hdf5");
    assert_int_equal(info->count * 10 + info->channels, 32);
    assert_string_equal(info->bands, "des-g,des-r");
    assert_near(info->pixel_scale_arcsec, 0.262, 1e-9);
    assert_null(strstr(report.note, "image_band")); /* where these come from */
    assert_null(strstr(report.note, "image_scale"));
    assert_ok(gt_dataset_ids(set, &ids, &err), err);
    assert_string_equal(ids, "11-0"); /* healpix=11 comes before healpix=5 */
    assert_string_equal(ids + info->id_length + 1, "5-0");
    assert_ok(gt_dataset_read_bytes(set, 2, 1, row, &err), err);
    assert_near(row[3], 5035, 0);
    size_t type = gt_field_find(info->fields, info->field_count, "TYPE");
    assert_true(type < info->field_count && info->fields[type].type == GT_FIELD_TEXT);
    gt_dataset_close(set);
}

static void copy(const char *from, const char *name) {
    char *bytes = NULL;
    size_t size;
    assert_ok(gt_file_load(golden(from), 1 << 16, &bytes, &size, &err), err);
    write_file(in_folder(name), bytes, size);
    free(bytes);
}

static void files_of_a_folder_agree(void **state) {
    gt_import_settings settings = settings_for(NULL, true);
    mkdir(in_folder("in"), 0755);
    copy("hdf5/galaxy10_sdss.h5", "in/a.h5");
    copy("hdf5/universe/healpix=5/001-of-001.hdf5", "in/b.h5");
    assert_int_equal(gt_import_run(&settings, in_folder("in"), NULL, NULL, NULL, &report, &err),
                     GT_MISMATCH);
    assert_non_null(strstr(err.text, "in/b.h5: differs from "));
    assert_non_null(strstr(err.text, "in the shape of the pictures"));
}

static void a_folder_that_holds_itself_is_refused(void **state) {
    gt_import_settings settings = settings_for("hdf5", true);
    mkdir(in_folder("in"), 0755);
    copy("hdf5/universe/healpix=5/001-of-001.hdf5", "in/a.h5");
    assert_int_equal(symlink("../in", in_folder("in/back")), 0);
    assert_int_equal(gt_import_run(&settings, in_folder("in"), NULL, NULL, NULL, &report, &err),
                     GT_UNSUPPORTED);
    assert_non_null(strstr(err.text, "in/back: a folder that holds itself"));
}

static void expect_guess(const char *path, const char *format) {
    const char *guess = NULL;
    assert_ok(gt_importer_guess(path, &guess, &err), err);
    assert_string_equal(guess, format);
}

static void expect_refusal(const char *path, gt_status status, const char *words) {
    const char *guess = NULL;
    gt_status got = gt_importer_guess(path, &guess, &err);
    if (got != status || !strstr(err.text, words))
        fail_msg("%s: %s '%s'", path, gt_status_name(got), got ? err.text : guess);
}

static void files_tell_their_format(void **state) {
    expect_guess(golden("hdf5/galaxy10_sdss.h5"), "hdf5");
    expect_guess(golden("npy/f4.npy"), "npy");
    expect_guess(golden("npz/columns.npz"), "npy");
    expect_guess(golden("jpeg/gray.jpg"), "pictures");
    expect_guess(golden("hdf5/universe"), "hdf5");
    static const struct {
        const char *name, *bytes, *format;
    } begun[] = {{"a", "SIMPLE  =                    T", "fits"},
                 {"a.zip", "PK\3\4", "pictures"}, /* damaged: it is said on reading */
                 {"MiraBest_F_batches.tar.gz", "\x1f\x8b", "mirabest"},
                 {"NVSS_PNG_dataset.tar.gz", "\x1f\x8b", "frdeep"},
                 {"a.fits.gz", "\x1f\x8b", "fits"}};
    for (size_t i = 0; i < sizeof begun / sizeof *begun; i++) {
        write_file(in_folder(begun[i].name), begun[i].bytes, strlen(begun[i].bytes));
        expect_guess(in_folder(begun[i].name), begun[i].format);
    }
}

static void what_is_not_read_has_a_way_out(void **state) {
    static const struct {
        const char *name, *bytes;
        size_t count;
        const char *says;
    } cases[] = {
        {"a", "PAR1", 4, "/a: Parquet, which is not read; in Python: "},
        {"a", "II*\0", 4, "/a: a TIFF, GIF or WebP picture"},
        {"a", "ARROW1\0", 7, "/a: Arrow (Feather)"},
        {"a", "CDF\1\0\0", 6,
         "/a: netCDF of the classic kind, which is not read; nccopy -k nc4 /"},
        {"a", "#ASDF 1.0.0", 11, "/a: ASDF, which is not read; in Python: "},
        {"a", "MATLAB 5.0 MAT-file", 19, "/a: MATLAB's format"},
        {"a", "<?xml version='1.0'?>\n<VOTABLE>", 31, "/a: a VOTable, which holds no pictures"},
        {"a.pkl", "\x80\4", 2, "/a.pkl: a pickle, which is read in"},
        {"a.pt", "PK\3\4", 4, "/a.pt: tensors of torch.save, which are read as weights alone"},
        {"a.safetensors", "{}", 2, "/a.safetensors: safetensors, which are read as weights"},
        {"a.h5.gz", "\x1f\x8b", 2, "one file that is packed"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        write_file(in_folder(cases[i].name), cases[i].bytes, cases[i].count);
        expect_refusal(in_folder(cases[i].name), GT_UNSUPPORTED, cases[i].says);
    }
    write_file(in_folder("a"), "plain text", 10);
    expect_refusal(in_folder("a"), GT_NOT_FOUND, "/a: no file of known pictures");
    mkdir(in_folder("z"), 0755);
    expect_refusal(in_folder("z"), GT_NOT_FOUND, "/z: a folder without known pictures");
    mkdir(in_folder("z/images"), 0755);
    write_file(in_folder("z/images/.zarray"), "{}", 2);
    expect_refusal(in_folder("z"), GT_UNSUPPORTED,
                   "/z/images: a Zarr store, which is not read");
    expect_refusal(in_folder("none"), GT_NOT_FOUND, "none");
}

static void folders_tell_their_format(void **state) {
    mkdir(in_folder("in"), 0755);
    mkdir(in_folder("in/class"), 0755);
    write_file(in_folder("in/readme.txt"), "", 0);
    write_file(in_folder("in/class/a.PNG"), "", 0);
    expect_guess(in_folder("in"), "pictures");
    write_file(in_folder("in/class/b.h5"), "", 0);
    expect_refusal(in_folder("in"), GT_USAGE, "/in: holds files of several formats, as ");
    mkdir(in_folder("tables"), 0755);
    write_file(in_folder("tables/train-00000.parquet"), "", 0);
    expect_refusal(in_folder("tables"), GT_UNSUPPORTED, "train-00000.parquet: Parquet");
    mkdir(in_folder("NVSS_PNG_dataset"), 0755);
    write_file(in_folder("NVSS_PNG_dataset/data_batch_1"), "", 0);
    expect_guess(in_folder("NVSS_PNG_dataset"), "frdeep");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(what_files_tell_is_taken),       TEST(what_files_tell_otherwise_is_no_one_thing),
        TEST(galaxy10_has_classes),           TEST(a_folder_of_hdf5_files_is_one_source),
        TEST(files_of_a_folder_agree),        TEST(a_folder_that_holds_itself_is_refused),
        TEST(files_tell_their_format),        TEST(folders_tell_their_format),
        TEST(what_is_not_read_has_a_way_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
