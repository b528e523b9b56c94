/* import_test.c - PNG folders and foreign HDF5 files become flat data sets: rows, geometry,
 * scaling, selection, and what is said about bad pixels. */
#include "gt_test.h"

#include <hdf5.h>
#include <sys/stat.h>
#include <unistd.h>

#include "galatea/import.h"
#include "png_maker.h"
#include "temp_folder.h"

static gt_error err;
static gt_import_report report;

static gt_import_settings settings_for(const char *format) {
    static char out[128]; /* longer lived than what in_folder gives */
    gt_import_settings settings = gt_import_settings_default();
    snprintf(out, sizeof out, "%s", in_folder("out.h5"));
    settings.format = format;
    settings.out = out;
    return settings;
}

/* Imports and opens the result. */
static gt_dataset *import(const gt_import_settings *settings, const char *path) {
    gt_dataset *set = NULL;
    assert_ok(gt_import_run(settings, path, "{}", NULL, NULL, &report, &err), err);
    assert_ok(gt_dataset_open(in_folder("out.h5"), &set, &err), err);
    assert_int_equal(gt_dataset_describe(set)->count, report.written);
    return set;
}

static void expect_failure(const gt_import_settings *settings, const char *path,
                           gt_status status, const char *words) {
    int before = entries_in_folder();
    gt_status got = gt_import_run(settings, path, NULL, NULL, NULL, &report, &err);
    if (got != status || !strstr(err.text, words))
        fail_msg("%s '%s', expected %s '%s'", gt_status_name(got), err.text,
                 gt_status_name(status), words);
    assert_int_equal(entries_in_folder(), before); /* nothing half-written */
}

/* ---- PNG ---- */

static void save_gray(const char *name, int side, int start) {
    uint8_t *rows = malloc((size_t)(side * side));
    for (int i = 0; i < side * side; i++) rows[i] = (uint8_t)(start + i);
    png_bytes png = make_png((png_kind){side, side, 8, PNG_COLOR_TYPE_GRAY, 0}, rows);
    save_png(in_folder(name), png);
    free(png.bytes);
    free(rows);
}

static void expect_row(gt_dataset *set, uint64_t row, const float *values, size_t count) {
    float out[256];
    const gt_dataset_info *info = gt_dataset_describe(set);
    if (info->type == GT_PIXEL_F32) /* as they are stored */
        assert_ok(gt_dataset_read_bytes(set, row, 1, out, &err), err);
    else
        assert_ok(gt_dataset_read(set, row, 1, out, &err), err);
    for (size_t i = 0; i < count; i++) assert_near(out[i], values[i], 1e-6);
}

static void a_folder_of_pngs_is_sorted(void **state) {
    mkdir(in_folder("in"), 0755);
    save_gray("in/b.png", 2, 20);
    save_gray("in/a10.PNG", 2, 10);
    save_gray("in/a2.png", 2, 2);
    write_file(in_folder("in/readme.txt"), "x", 1);
    write_file(in_folder("in/.hidden.png"), "x", 1);
    mkdir(in_folder("in/empty"), 0755);
    gt_import_settings settings = settings_for("png");
    gt_dataset *set = import(&settings, in_folder("in"));
    const gt_dataset_info *info = gt_dataset_describe(set);
    assert_int_equal(info->count, 3);
    assert_int_equal(info->columns, GT_COLUMN_ID);
    const char *ids;
    assert_ok(gt_dataset_ids(set, &ids, &err), err);
    assert_string_equal(ids, "a10.PNG");
    assert_string_equal(ids + info->id_length + 1, "a2.png");
    assert_string_equal(ids + 2 * (info->id_length + 1), "b.png");
    expect_row(set, 1, (float[]){2, 3, 4, 5}, 4);
    gt_dataset_close(set);
}

static void folders_are_classes(void **state) {
    mkdir(in_folder("in"), 0755);
    mkdir(in_folder("in/spiral"), 0755);
    mkdir(in_folder("in/elliptical"), 0755);
    mkdir(in_folder("in/nothing"), 0755);
    save_gray("in/spiral/1.png", 2, 1);
    save_gray("in/elliptical/2.png", 2, 2);
    save_gray("in/elliptical/1.png", 2, 3);
    gt_import_settings settings = settings_for("png");
    gt_dataset *set = import(&settings, in_folder("in"));
    const gt_dataset_info *info = gt_dataset_describe(set);
    const int32_t *labels;
    const char *ids;
    assert_ok(gt_dataset_labels(set, &labels, &err), err);
    assert_ok(gt_dataset_ids(set, &ids, &err), err);
    assert_int_equal(info->class_count, 2);
    assert_string_equal(info->class_names[0], "elliptical");
    assert_string_equal(info->class_names[1], "spiral");
    assert_int_equal(labels[0] * 100 + labels[1] * 10 + labels[2], 1);
    assert_string_equal(ids, "elliptical/1.png");
    gt_dataset_close(set);
    save_gray("in/loose.png", 2, 3);
    expect_failure(&settings, in_folder("in"), GT_BAD_FORMAT,
                   "PNG files beside sub-folders with PNG files ('loose.png' and 'elliptical");
}

static void sizes_are_brought_together(void **state) {
    mkdir(in_folder("in"), 0755);
    save_gray("in/a.png", 4, 0);
    save_gray("in/b.png", 3, 0);
    gt_import_settings settings = settings_for("png");
    expect_failure(
        &settings, in_folder("in"), GT_BAD_SHAPE,
        "picture 'b.png': 3 x 3 pixels, the first picture has 4 x 4; --size cuts out "
        "their centres, --whole --size resizes them");
    settings.size = 4;
    expect_failure(&settings, in_folder("in"), GT_BAD_SHAPE,
                   "'b.png': 3 x 3 pixels, expected at least 4 x 4");
    settings.size = 2;
    gt_dataset *set = import(&settings, in_folder("in"));
    expect_row(set, 0, (float[]){5, 6, 9, 10}, 4); /* the centre */
    expect_row(set, 1, (float[]){0, 1, 3, 4}, 4);
    gt_dataset_close(set);
    settings.crop = 3;
    settings.size = 1;
    set = import(&settings, in_folder("in"));
    assert_int_equal(gt_dataset_row_values(gt_dataset_describe(set)), 1);
    expect_row(set, 1, (float[]){4}, 1);
    gt_dataset_close(set);
    settings.crop = 2;
    settings.size = 6;
    settings.pixels = "float32";
    set = import(&settings, in_folder("in"));
    assert_int_equal(gt_dataset_row_values(gt_dataset_describe(set)), 36);
    gt_dataset_close(set);
}

/* The largest square in the middle, of larger and smaller pictures than the result. */
static void whole_pictures_are_resized(void **state) {
    mkdir(in_folder("in"), 0755);
    save_gray("in/a.png", 4, 0);
    save_gray("in/b.png", 2, 8);
    save_gray("in/c.png", 1, 7);
    gt_import_settings settings = settings_for("png");
    settings.whole = true;
    expect_failure(&settings, in_folder("in"), GT_USAGE, "--whole needs --size");
    settings.size = 2;
    gt_dataset *set = import(&settings, in_folder("in"));
    expect_row(set, 1, (float[]){8, 9, 10, 11}, 4);
    expect_row(set, 2, (float[]){7, 7, 7, 7}, 4);
    assert_string_equal(gt_dataset_describe(set)->preparation,
                        "align=none cut=whole resize=2 normalize=none");
    assert_true(isnan(gt_dataset_describe(set)->pixel_scale_arcsec));
    gt_dataset_close(set);
    settings.crop = 2;
    expect_failure(&settings, in_folder("in"), GT_USAGE,
                   "--whole and --crop are two ways to cut");
    settings.crop = 0;
    settings.align = "principal";
    expect_failure(&settings, in_folder("in"), GT_USAGE, "--whole and --align, which cuts");
    settings.align = "none";
    settings.pixel_scale = 3;
    expect_failure(&settings, in_folder("in"), GT_USAGE, "--whole and --pixel-scale: each");
    settings.whole = false;
    gt_dataset_close(import(&settings, in_folder("in/a.png")));
    rename(in_folder("out.h5"), in_folder("scaled.h5"));
    settings.format = "hdf5";
    settings.whole = true;
    settings.pixel_scale = 0;
    gt_dataset_close(import(&settings, in_folder("scaled.h5")));
    assert_non_null(strstr(report.note, "the pixel scale is left out: --whole gives each"));
}

static void other_pngs_are_refused(void **state) {
    gt_import_settings settings = settings_for("png");
    mkdir(in_folder("in"), 0755);
    expect_failure(&settings, in_folder("in"), GT_NOT_FOUND, "no PNG files in this folder");
    expect_failure(&settings, in_folder("none"), GT_NOT_FOUND, "none");
    save_gray("in/a.png", 2, 0);
    write_file(in_folder("in/b.png"), "not a picture", 13);
    expect_failure(&settings, in_folder("in"), GT_BAD_FORMAT, "b.png: no PNG file");
    write_file(in_folder("in/b.png"), "", 0);
    expect_failure(&settings, in_folder("in"), GT_BAD_FORMAT, "b.png: no PNG file");
    save_gray("in/b.png", 2, 0);
    settings.dataset = "x";
    expect_failure(&settings, in_folder("in"), GT_USAGE, "--dataset is not for the format png");
}

static void save_kind(const char *name, png_kind kind, const uint8_t *rows) {
    png_bytes png = make_png(kind, rows);
    save_png(in_folder(name), png);
    free(png.bytes);
}

/* One picture as gray, as a palette of grays and as RGB; then a coloured one beside them. */
static void channels_follow_colour(void **state) {
    const uint8_t gray[] = {0, 10}, index[] = {0, 1}, rgb[] = {0, 0, 0, 10, 10, 10};
    const uint8_t coloured[] = {1, 2, 3, 4, 5, 6};
    gt_import_settings settings = settings_for("png");
    mkdir(in_folder("in"), 0755);
    save_kind("in/a.png", (png_kind){2, 1, 8, PNG_COLOR_TYPE_RGB}, rgb);
    settings.size = 1;
    gt_dataset *set = import(&settings, in_folder("in"));
    assert_int_equal(gt_dataset_describe(set)->channels, 1); /* alone as well */
    gt_dataset_close(set);
    settings.size = 0;
    save_kind("in/b.png", (png_kind){2, 1, 8, PNG_COLOR_TYPE_PALETTE, .is_gray = 1}, index);
    save_kind("in/c.png", (png_kind){2, 1, 8, PNG_COLOR_TYPE_GRAY}, gray);
    set = import(&settings, in_folder("in"));
    assert_int_equal(gt_dataset_describe(set)->channels, 1);
    for (uint64_t row = 0; row < 3; row++) expect_row(set, row, (float[]){0, 10}, 2);
    gt_dataset_close(set);
    settings.channels = "3";
    set = import(&settings, in_folder("in"));
    for (uint64_t row = 0; row < 3; row++)
        expect_row(set, row, (float[]){0, 10, 0, 10, 0, 10}, 6);
    gt_dataset_close(set);
    settings.channels = "auto";
    save_kind("in/d.png", (png_kind){2, 1, 8, PNG_COLOR_TYPE_RGB}, coloured);
    set = import(&settings, in_folder("in"));
    expect_row(set, 1, (float[]){0, 10, 0, 10, 0, 10}, 6);
    expect_row(set, 3, (float[]){1, 4, 2, 5, 3, 6}, 6);
    gt_dataset_close(set);
    settings.channels = "1";
    expect_failure(&settings, in_folder("in"), GT_BAD_SHAPE,
                   "picture 'd.png': a picture with colours, expected gray");
}

static void bits_are_brought_together(void **state) {
    const uint8_t deep[] = {0, 0, 128, 128}, gray[] = {0, 128};
    gt_import_settings settings = settings_for("png");
    mkdir(in_folder("in"), 0755);
    save_kind("in/a.png", (png_kind){2, 1, 8, PNG_COLOR_TYPE_GRAY}, gray);
    save_kind("in/b.png", (png_kind){2, 1, 16, PNG_COLOR_TYPE_GRAY}, deep);
    settings.pixels = "float32";
    settings.normalize = "none";
    gt_dataset *set = import(&settings, in_folder("in"));
    expect_row(set, 0, (float[]){0, 128 * 257}, 2);
    expect_row(set, 1, (float[]){0, 128 * 257}, 2);
    assert_string_equal(report.note,
                        "pictures of 16 bits: 1; all others are widened to 16 bits");
    gt_dataset_close(set);
}

static void expect_splits(const char *folder, const char *expected, size_t classes) {
    char text[64] = "";
    const uint8_t *splits;
    const int32_t *labels;
    gt_import_settings settings = settings_for("png");
    gt_dataset *set = import(&settings, in_folder(folder));
    const gt_dataset_info *info = gt_dataset_describe(set);
    assert_int_equal(info->class_count, classes);
    assert_ok(gt_dataset_splits(set, &splits, &err), err);
    if (classes > 0) assert_ok(gt_dataset_labels(set, &labels, &err), err);
    for (size_t i = 0; i < info->count; i++)
        snprintf(text + strlen(text), sizeof text - strlen(text), "%d%c ", splits[i],
                 classes > 0 && labels[i] >= 0 ? 'a' + labels[i] : '-');
    assert_string_equal(text, expected);
    gt_dataset_close(set);
}

static void make_folders(const char *const *names) {
    for (; *names; names++) mkdir(in_folder(*names), 0755);
}

static void folders_are_splits(void **state) {
    gt_import_settings settings = settings_for("png");
    make_folders((const char *const[]){"in", "in/Train", "in/Train/FRI", "in/Train/FRII",
                                       "in/test", "in/test/FRII", "in/VALIDATION",
                                       "in/VALIDATION/FRI", "in/.git", "in/empty", NULL});
    save_gray("in/Train/FRII/1.png", 2, 0);
    save_gray("in/Train/FRI/2.png", 2, 0);
    save_gray("in/test/FRII/1.png", 2, 0);
    save_gray("in/VALIDATION/FRI/1.png", 2, 0);
    save_gray("in/.git/1.png", 2, 0);
    write_file(in_folder("in/test/FRII/Thumbs.db"), "x", 1);
    write_file(in_folder("in/test/FRII/._1.png"), "x", 1);
    expect_splits("in", "0a 0b 1b 2a ", 2);
    make_folders((const char *const[]){"in/extra", NULL});
    save_gray("in/extra/1.png", 2, 0);
    expect_failure(&settings, in_folder("in"), GT_BAD_FORMAT,
                   "'extra/1.png' lies beside folders of splits");
    rename(in_folder("in/extra/1.png"), in_folder("in/Train/1.png"));
    expect_failure(&settings, in_folder("in"), GT_BAD_FORMAT,
                   "PNG files beside sub-folders with PNG files ('Train/1.png' and");
    make_folders((const char *const[]){"flat", "flat/train", "flat/val", NULL});
    save_gray("flat/train/1.png", 2, 0);
    save_gray("flat/val/1.png", 2, 0);
    expect_splits("flat", "0- 2- ", 0);
    make_folders((const char *const[]){"flat/unlabeled", NULL}); /* train is no class then */
    save_gray("flat/unlabeled/1.png", 2, 0);
    remove(in_folder("out.h5"));
    expect_failure(&settings, in_folder("flat"), GT_BAD_FORMAT,
                   "'unlabeled/1.png' lies beside folders of splits");
    make_folders((const char *const[]){"two", "two/train", "two/test", "two/train/FRI",
                                       "two/test/fri", NULL});
    save_gray("two/train/FRI/1.png", 2, 0);
    save_gray("two/test/fri/2.png", 2, 0);
    expect_splits("two", "0a 1b ", 2);
    assert_non_null(
        strstr(report.note, "classes that capitals alone tell apart: 'FRI' and 'fri'"));
}

/* CLASS/SPLIT, and longer names, where all folders are such. */
static void splits_may_lie_below_classes(void **state) {
    make_folders((const char *const[]){"in", "in/FRI", "in/FRI/train", "in/FRI/val", "in/FRII",
                                       "in/FRII/train", NULL});
    save_gray("in/FRI/train/1.png", 2, 0);
    save_gray("in/FRI/val/1.png", 2, 0);
    save_gray("in/FRII/train/1.png", 2, 0);
    expect_splits("in", "0a 0b 2a ", 2);
    make_folders((const char *const[]){"in/FRII/other", NULL});
    save_gray("in/FRII/other/1.png", 2, 0);
    gt_import_settings settings = settings_for("png");
    remove(in_folder("out.h5"));
    expect_failure(&settings, in_folder("in"), GT_NOT_FOUND, "4 deeper, as 'FRI/train/1.png'");
    make_folders((const char *const[]){"long", "long/Training set", "long/Training set/FRI",
                                       "long/test-set", "long/test-set/FRI", NULL});
    save_gray("long/Training set/FRI/1.png", 2, 0);
    save_gray("long/test-set/FRI/1.png", 2, 0);
    expect_splits("long", "0a 1a ", 1);
    assert_non_null(strstr(report.note, "'FRI/1.png' in row 0, train"));
}

static void deeper_pictures_are_told(void **state) {
    gt_import_settings settings = settings_for("png");
    make_folders((const char *const[]){"in", "in/a", "in/a/b", "in/c", "in/c/d", NULL});
    save_gray("in/c/d/2.png", 2, 0);
    save_gray("in/a/b/1.png", 2, 0);
    expect_failure(&settings, in_folder("in"), GT_NOT_FOUND,
                   "no PNG files in this folder or its classes, but 2 deeper, as 'a/b/1.png'");
    save_gray("in/a/0.png", 2, 0);
    gt_dataset_close(import(&settings, in_folder("in")));
    assert_int_equal(report.written, 1);
    assert_string_equal(report.note, "2 PNG files lie deeper than classes and are left out, as "
                                     "'a/b/1.png'");
    assert_int_equal(symlink("..", in_folder("in/a/b/round")), 0); /* and does not end */
    gt_dataset_close(import(&settings, in_folder("in")));
    assert_int_equal(report.written, 1);
}

static void alpha_and_deep_pictures_are_told(void **state) {
    const uint8_t deep[] = {0, 0, 10, 0, 40, 0, 20, 0};
    const uint8_t alpha[] = {1, 0, 2, 9, 3, 255, 4, 7};
    gt_import_settings settings = settings_for("png");
    png_bytes png = make_png((png_kind){2, 2, 16, PNG_COLOR_TYPE_GRAY, 0}, deep);
    save_png(in_folder("deep.png"), png);
    free(png.bytes);
    png = make_png((png_kind){2, 2, 8, PNG_COLOR_TYPE_GRAY_ALPHA, 0}, alpha);
    save_png(in_folder("alpha.png"), png);
    free(png.bytes);
    gt_dataset *set = import(&settings, in_folder("deep.png")); /* auto: minmax */
    expect_row(set, 0, (float[]){0, 64, 255, 128}, 4);
    gt_dataset_close(set);
    settings.normalize = "none";
    expect_failure(
        &settings, in_folder("deep.png"), GT_BAD_ARGUMENT,
        "a pixel of 2560 does not fit uint8 (0 to 255); --normalize minmax or --pixels "
        "float32");
    settings.pixels = "float32";
    set = import(&settings, in_folder("deep.png"));
    expect_row(set, 0, (float[]){0, 2560, 10240, 5120}, 4);
    gt_dataset_close(set);
    set = import(&settings, in_folder("alpha.png"));
    expect_row(set, 0, (float[]){1, 2, 3, 4}, 4);
    assert_int_equal(report.alpha_pictures, 1);
    gt_dataset_close(set);
}

/* ---- HDF5 ---- */

enum { ROWS = 50, SIDE = 6 };

static void add(hid_t where, const char *name, int rank, const hsize_t *dims, hid_t type,
                hid_t plist, const void *values) {
    hid_t space = H5Screate_simple(rank, dims, NULL);
    hid_t set = H5Dcreate2(where, name, type, space, H5P_DEFAULT, plist, H5P_DEFAULT);
    assert_true(set >= 0);
    assert_true(H5Dwrite(set, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) >= 0);
    H5Dclose(set);
    H5Sclose(space);
}

static void name_classes(hid_t file, const char *list, const char *names, size_t width,
                         hsize_t count) {
    hid_t set = H5Dopen2(file, list, H5P_DEFAULT), type = H5Tcopy(H5T_C_S1);
    H5Tset_size(type, width);
    hid_t space = H5Screate_simple(1, &count, NULL);
    hid_t at = H5Acreate2(set, "label_names", type, space, H5P_DEFAULT, H5P_DEFAULT);
    H5Awrite(at, type, names);
    H5Aclose(at);
    H5Sclose(space);
    H5Tclose(type);
    H5Dclose(set);
}

/* Compressed bytes, several images a chunk, with every column under its other name. */
static void write_foreign(const char *name) {
    static unsigned char images[ROWS * SIDE * SIDE], matched[ROWS], split[ROWS];
    static signed char labels[ROWS];
    static double ra[ROWS], dec[ROWS], flux[ROWS];
    static long long object[ROWS];
    const hsize_t dims[] = {ROWS, 1, SIDE, SIDE}, chunk[] = {7, 1, SIDE, SIDE};
    for (int i = 0; i < ROWS * SIDE * SIDE; i++) images[i] = (unsigned char)(i * 7 % 251);
    for (int i = 0; i < ROWS; i++) {
        matched[i] = (unsigned char)(i % 3);
        split[i] = (unsigned char)(i % 5 == 0);
        labels[i] = (signed char)(i % 2);
        ra[i] = i;
        flux[i] = i * 0.25;
        dec[i] = -i;
        object[i] = 5000000000 + i;
    }
    hid_t file = H5Fcreate(in_folder(name), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    hid_t plist = H5Pcreate(H5P_DATASET_CREATE);
    H5Pset_chunk(plist, 4, chunk);
    H5Pset_shuffle(plist);
    H5Pset_deflate(plist, 6);
    add(file, "images", 4, dims, H5T_STD_U8LE, plist, images);
    add(file, "labels", 1, dims, H5T_STD_I8LE, H5P_DEFAULT, labels);
    name_classes(file, "labels", "FRI\0FRII", 4, 2);
    add(file, "split", 1, dims, H5T_STD_U8LE, H5P_DEFAULT, split);
    add(file, "mirabest", 1, dims, H5T_STD_U8LE, H5P_DEFAULT, matched);
    add(file, "ra_deg", 1, dims, H5T_NATIVE_DOUBLE, H5P_DEFAULT, ra);
    add(file, "dec_deg", 1, dims, H5T_NATIVE_DOUBLE, H5P_DEFAULT, dec);
    add(file, "flux", 1, dims, H5T_NATIVE_DOUBLE, H5P_DEFAULT, flux);
    add(file, "objid", 1, dims, H5T_NATIVE_LLONG, H5P_DEFAULT, object);
    H5Pclose(plist);
    H5Fclose(file);
}

static void foreign_hdf5_becomes_flat(void **state) {
    write_foreign("in.h5");
    gt_import_settings settings = settings_for("hdf5");
    settings.survey = "FIRST";
    settings.pixel_scale = 1.8;
    gt_dataset *set = import(&settings, in_folder("in.h5"));
    const gt_dataset_info *info = gt_dataset_describe(set);
    assert_int_equal(info->count, ROWS);
    assert_int_equal(info->columns, GT_COLUMN_LABEL | GT_COLUMN_SPLIT | GT_COLUMN_RA |
                                        GT_COLUMN_DEC | GT_COLUMN_ID);
    assert_string_equal(info->class_names[1], "FRII");
    assert_string_equal(info->survey, "FIRST");
    assert_true(info->pixel_scale_arcsec == 1.8);
    const int32_t *labels;
    const double *dec;
    const char *ids;
    assert_ok(gt_dataset_labels(set, &labels, &err), err);
    assert_ok(gt_dataset_dec(set, &dec, &err), err);
    assert_ok(gt_dataset_ids(set, &ids, &err), err);
    for (int r = 0; r < ROWS; r++) {
        float values[SIDE * SIDE];
        char id[32];
        for (int i = 0; i < SIDE * SIDE; i++)
            values[i] = (float)((r * SIDE * SIDE + i) * 7 % 251);
        expect_row(set, (uint64_t)r, values, SIDE * SIDE);
        assert_int_equal(labels[r], r % 2);
        assert_true(dec[r] == -r);
        snprintf(id, sizeof id, "%lld", 5000000000LL + r);
        assert_string_equal(ids + (size_t)r * (info->id_length + 1), id);
    }
    gt_dataset_close(set);
}

static void rows_are_selected(void **state) {
    write_foreign("in.h5");
    gt_import_settings settings = settings_for("hdf5");
    settings.crop = 4;
    settings.size = 2;
    settings.pixel_scale = 3;
    settings.where = "mirabest!=2,split=0";
    gt_dataset *set = import(&settings, in_folder("in.h5"));
    int expected = 0;
    for (int i = 0; i < ROWS; i++) expected += i % 3 != 2 && i % 5 != 0;
    assert_int_equal(report.written, expected);
    assert_int_equal(report.read, ROWS);
    assert_true(gt_dataset_describe(set)->pixel_scale_arcsec == 6);
    gt_dataset_close(set);
    settings.where = "objid>=5000000010,objid<5000000012";
    set = import(&settings, in_folder("in.h5"));
    assert_int_equal(report.written, 2);
    gt_dataset_close(set);
    settings.where = NULL;
    settings.split = "test";
    set = import(&settings, in_folder("in.h5"));
    assert_int_equal(report.written, 10);
    gt_dataset_close(set);
    settings.where = "mirabest==1,objid<=5000000030,labels>0"; /* row 25 of the test split */
    set = import(&settings, in_folder("in.h5"));
    assert_int_equal(report.written, 1);
    gt_dataset_close(set);
}

/* Classes and splits by name, numbers with a fraction, blanks and quotes as in pandas. */
static void rows_are_selected_by_names_and_reals(void **state) {
    static const struct {
        const char *where;
        int first, step, count; /* of the rows that are taken */
    } cases[] = {
        {"labels=FRII", 1, 2, 25}, {"labels != 'FRI'", 1, 2, 25},
        {"split=test", 0, 5, 10},  {"split=\"test\",labels=FRI", 0, 10, 5},
        {"ra>39.5", 40, 1, 10},    {"ra >= 40, dec > -42.5", 40, 1, 3},
        {"ra_deg<2", 0, 1, 2},     {"flux=2.5", 10, 1, 1},
        {"flux<=0.25", 0, 1, 2},   {"flux!=1e9", 0, 1, 50},
    };
    write_foreign("in.h5");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        gt_import_settings settings = settings_for("hdf5");
        settings.where = cases[i].where;
        gt_dataset *set = import(&settings, in_folder("in.h5"));
        const double *ra;
        assert_ok(gt_dataset_ra(set, &ra, &err), err);
        if ((int)report.written != cases[i].count)
            fail_msg("%s takes %d rows", cases[i].where, (int)report.written);
        for (int k = 0; k < cases[i].count; k++)
            assert_true(ra[k] == cases[i].first + k * cases[i].step);
        gt_dataset_close(set);
    }
}

static void wrong_selections_are_refused(void **state) {
    write_foreign("in.h5");
    const char *wheres[] = {"mirabest",
                            "=2",
                            "mirabest=x",
                            "mirabest=",
                            "mira=1",
                            "mirabest=1.5",
                            "mirabest=1,,split=0",
                            "labels=FRIII",
                            "labels>FRI",
                            "split=some",
                            "ra=far",
                            "mirabest=7"};
    const char *words[] = {
        "'mirabest', expected column=value",
        "'=2', expected column=value",
        "--where mirabest=x",
        "--where mirabest=",
        "no column 'mira', did you mean 'mirabest'?",
        "--where mirabest=1.5",
        "'', expected column=value",
        "--where labels=FRIII: no class 'FRIII', expected a number or one of "
        "'FRI', 'FRII'",
        "'FRI' is a name, which = and != compare",
        "no split 'some', expected a number or train, test, validation",
        "--where ra=far: ",
        "none of 50 pictures fits --where and --split"};
    enum { CASES = sizeof wheres / sizeof *wheres };
    for (int i = 0; i < CASES; i++) {
        gt_import_settings settings = settings_for("hdf5");
        settings.where = wheres[i];
        expect_failure(&settings, in_folder("in.h5"), i < CASES - 1 ? GT_USAGE : GT_NOT_FOUND,
                       words[i]);
    }
    mkdir(in_folder("in"), 0755);
    save_gray("in/a.png", 2, 0);
    gt_import_settings settings = settings_for("png");
    settings.split = "train";
    expect_failure(&settings, in_folder("in"), GT_USAGE,
                   "--split train: the source has no column 'split'");
}

/* Float pictures (N,H,W) in a group; picture 1 has one bad pixel of each kind, 2 is constant.
 */
static void write_floats(const char *name) {
    enum { COUNT = 4, WIDE = 4 };
    float values[COUNT][WIDE][WIDE];
    for (int i = 0; i < COUNT * WIDE * WIDE; i++) (&values[0][0][0])[i] = (float)i - 20;
    values[1][1][1] = NAN;
    values[1][1][2] = -INFINITY;
    values[1][2][1] = 1e38f;
    values[3][0][0] = NAN; /* at the border only */
    for (int i = 0; i < WIDE * WIDE; i++) (&values[2][0][0])[i] = 7;
    const hsize_t dims[] = {COUNT, WIDE, WIDE};
    hid_t file = H5Fcreate(in_folder(name), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    hid_t group = H5Gcreate2(file, "cutouts", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    add(group, "flux", 3, dims, H5T_IEEE_F32LE, H5P_DEFAULT, values);
    H5Gclose(group);
    H5Fclose(file);
}

static void bad_pixels_follow_the_policy(void **state) {
    write_floats("in.h5");
    gt_import_settings settings = settings_for("hdf5");
    expect_failure(&settings, in_folder("in.h5"), GT_NOT_FINITE, "2 of 4 pictures have bad");
    settings.dataset = "cutouts/flux"; /* which is the only one */
    settings.pixels = "float32";
    settings.normalize = "none";
    expect_failure(&settings, in_folder("in.h5"), GT_NOT_FINITE,
                   "in.h5: 2 of 4 pictures have bad pixels (2 NaN, 1 infinite, 1 beyond 1e18), "
                   "the first is picture number 1; --bad-pixels zero or drop goes on");
    settings.size = 2; /* what lies outside the crop does not count */
    expect_failure(&settings, in_folder("in.h5"), GT_NOT_FINITE, "1 of 4 pictures");
    settings.bad_pixels = "drop";
    gt_dataset *set = import(&settings, in_folder("in.h5"));
    assert_int_equal(report.written, 3);
    assert_int_equal(report.bad_pictures, 1);
    assert_int_equal(report.constant_pictures, 1);
    assert_string_equal(report.first_constant, "number 2");
    expect_row(set, 0, (float[]){-15, -14, -11, -10}, 4);
    expect_row(set, 1, (float[]){7, 7, 7, 7}, 4);
    gt_dataset_close(set);
    settings.bad_pixels = "zero";
    set = import(&settings, in_folder("in.h5"));
    assert_int_equal(report.written, 4);
    expect_row(set, 1, (float[]){0, 0, 0, 6}, 4);
    gt_dataset_close(set);
}

static void every_picture_may_be_bad(void **state) {
    enum { COUNT = 3 };
    float values[COUNT * 4];
    const hsize_t dims[] = {COUNT, 2, 2};
    for (int i = 0; i < COUNT * 4; i++) values[i] = NAN;
    hid_t file = H5Fcreate(in_folder("in.h5"), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    add(file, "images", 3, dims, H5T_IEEE_F32LE, H5P_DEFAULT, values);
    H5Fclose(file);
    gt_import_settings settings = settings_for("hdf5");
    expect_failure(&settings, in_folder("in.h5"), GT_NOT_FINITE, "3 of 3 pictures");
    settings.bad_pixels = "drop";
    expect_failure(&settings, in_folder("in.h5"), GT_NOT_FINITE, "all 3 pictures");
    settings.bad_pixels = "zero";
    gt_dataset *set = import(&settings, in_folder("in.h5"));
    assert_int_equal(report.constant_pictures, 3);
    gt_dataset_close(set);
}

static void columns_that_do_not_fit_are_told(void **state) {
    const hsize_t dims[] = {3, 2, 2}, four[] = {4};
    static const float pixels[12];
    static const double reals[4] = {0.5, 1, 2};
    hid_t file = H5Fcreate(in_folder("in.h5"), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    add(file, "images", 3, dims, H5T_IEEE_F32LE, H5P_DEFAULT, pixels);
    add(file, "labels", 1, dims, H5T_NATIVE_DOUBLE, H5P_DEFAULT, reals);
    add(file, "split", 1, four, H5T_NATIVE_DOUBLE, H5P_DEFAULT, reals);
    H5Fclose(file);
    gt_import_settings settings = settings_for("hdf5");
    gt_dataset *set = import(&settings, in_folder("in.h5"));
    assert_non_null(strstr(report.note, "each picture is scaled by itself"));
    gt_dataset_close(set);
    settings.normalize = "minmax"; /* nobody has to be told then */
    set = import(&settings, in_folder("in.h5"));
    assert_int_equal(gt_dataset_describe(set)->columns, 0);
    assert_string_equal(
        report.note,
        "column 'labels' is not taken as label: expected a whole number below 2^31 or a text "
        "for each picture, of at most 1000 classes\n"
        "column 'split' is not taken as split: expected 0 (train), 1 (test) or 2 (validation), "
        "or these words, for each picture\n"
        "left out: 'split' (float64 4)\n"
        "column 'labels' is called 'labels_2'");
    gt_dataset_close(set);
}

static void foreign_labels_are_checked(void **state) {
    const hsize_t dims[] = {3, 2, 2};
    static const float pixels[12];
    static const int labels[] = {0, 2, 1};
    hid_t file = H5Fcreate(in_folder("in.h5"), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    add(file, "images", 3, dims, H5T_IEEE_F32LE, H5P_DEFAULT, pixels);
    add(file, "labels", 1, dims, H5T_NATIVE_INT, H5P_DEFAULT, labels);
    name_classes(file, "labels", "ab", 1, 2);
    H5Fclose(file);
    gt_import_settings settings = settings_for("hdf5");
    expect_failure(&settings, in_folder("in.h5"), GT_BAD_FORMAT,
                   "the label of picture 1 is 2, expected -1 to 1");
}

static gt_status stop_at_once(void *user, uint64_t done, uint64_t total, gt_error *error) {
    return gt_fail(error, GT_INTERRUPTED, "stopped after %d of %d", (int)done, (int)total);
}

static void a_stopped_import_leaves_nothing(void **state) {
    mkdir(in_folder("in"), 0755);
    for (int i = 0; i < 65; i++) {
        char name[32];
        snprintf(name, sizeof name, "in/%02d.png", i);
        save_gray(name, 2, i);
    }
    gt_import_settings settings = settings_for("png");
    assert_int_equal(
        gt_import_run(&settings, in_folder("in"), NULL, stop_at_once, NULL, &report, &err),
        GT_INTERRUPTED);
    assert_string_equal(err.text, "stopped after 64 of 65");
    assert_int_equal(entries_in_folder(), 1);
}

static void hashes_see_names_and_bytes(void **state) {
    uint64_t first, second;
    mkdir(in_folder("in"), 0755);
    mkdir(in_folder("in/below"), 0755);
    write_file(in_folder("in/a"), "1", 1);
    write_file(in_folder("in/below/b"), "2", 1);
    assert_ok(gt_input_hash(in_folder("in"), &first, &err), err);
    assert_ok(gt_input_hash(in_folder("in/"), &second, &err), err);
    assert_true(first == second);
    write_file(in_folder("in/below/b"), "3", 1);
    assert_ok(gt_input_hash(in_folder("in"), &second, &err), err);
    assert_true(first != second);
    write_file(in_folder("in/below/b"), "2", 1);
    assert_int_equal(rename(in_folder("in/below/b"), in_folder("in/below/c")), 0);
    assert_ok(gt_input_hash(in_folder("in"), &second, &err), err);
    assert_true(first != second);
    assert_int_equal(gt_input_hash(in_folder("none"), &second, &err), GT_NOT_FOUND);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(a_folder_of_pngs_is_sorted),
        TEST(folders_are_classes),
        TEST(sizes_are_brought_together),
        TEST(whole_pictures_are_resized),
        TEST(other_pngs_are_refused),
        TEST(channels_follow_colour),
        TEST(bits_are_brought_together),
        TEST(folders_are_splits),
        TEST(splits_may_lie_below_classes),
        TEST(deeper_pictures_are_told),
        TEST(alpha_and_deep_pictures_are_told),
        TEST(foreign_hdf5_becomes_flat),
        TEST(rows_are_selected),
        TEST(rows_are_selected_by_names_and_reals),
        TEST(wrong_selections_are_refused),
        TEST(bad_pixels_follow_the_policy),
        TEST(every_picture_may_be_bad),
        TEST(columns_that_do_not_fit_are_told),
        TEST(foreign_labels_are_checked),
        TEST(a_stopped_import_leaves_nothing),
        TEST(hashes_see_names_and_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
