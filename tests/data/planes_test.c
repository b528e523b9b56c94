/* planes_test.c - mask and inverse variance go with their pictures: into a set, through import,
 * crop and merge, and are refused where they cannot follow. */
#include "gt_test.h"

#include <sys/stat.h>

#include <hdf5.h>

#include "export.h"
#include "fits_maker.h"
#include "galatea/import.h"
#include "temp_folder.h"

enum { N = 5, C = 2, H = 4, W = 4, PIXELS = H * W };

static gt_error err;
static gt_import_report report;

/* Value of a plane at row n and place i of C*H*W or H*W. */
static float ivar_at(size_t n, size_t i) {
    return (float)(1000 * n + i) / 8;
}

static uint8_t mask_at(size_t n, size_t i) {
    return (n + i) % 3 == 0;
}

static gt_dataset_info info_of(unsigned planes, uint64_t announced) {
    gt_dataset_info info = gt_dataset_info_default();
    info.count = announced;
    info.channels = C;
    info.height = H;
    info.width = W;
    info.type = GT_PIXEL_F32;
    info.planes = planes;
    return info;
}

static void write_set(const char *name, unsigned planes, uint64_t announced) {
    gt_dataset_writer *writer = NULL;
    const gt_dataset_info info = info_of(planes, announced);
    assert_ok(gt_dataset_writer_create(in_folder(name), &info, &writer, &err), err);
    for (size_t n = 0; n < N; n++) {
        float pixels[C * PIXELS], ivar[C * PIXELS];
        uint8_t mask[PIXELS];
        for (size_t i = 0; i < C * PIXELS; i++) pixels[i] = (float)i, ivar[i] = ivar_at(n, i);
        for (size_t i = 0; i < PIXELS; i++) mask[i] = mask_at(n, i);
        gt_dataset_row row = gt_dataset_row_default();
        row.mask = mask;
        row.ivar = ivar;
        assert_ok(gt_dataset_writer_append(writer, pixels, &row, 1, &err), err);
    }
    assert_ok(gt_dataset_writer_commit(writer, &err), err);
}

/* Rows from `first` on hold the planes of rows 0 .. N-1, cut to the centre of `side`. */
static void expect_planes(const char *name, uint64_t first, size_t side) {
    gt_dataset *set = NULL;
    size_t edge = (H - side) / 2;
    assert_ok(gt_dataset_open(in_folder(name), &set, &err), err);
    assert_int_equal(gt_dataset_describe(set)->planes, GT_PLANE_MASK | GT_PLANE_IVAR);
    for (size_t n = 0; n < N; n++) {
        uint8_t mask[PIXELS];
        float ivar[C * PIXELS];
        assert_ok(gt_dataset_read_plane(set, GT_PLANE_MASK, first + n, 1, mask, &err), err);
        assert_ok(gt_dataset_read_plane(set, GT_PLANE_IVAR, first + n, 1, ivar, &err), err);
        for (size_t i = 0; i < C * side * side; i++) {
            size_t c = i / (side * side), y = i / side % side + edge, x = i % side + edge;
            assert_near(ivar[i], ivar_at(n, (c * H + y) * W + x), 0);
            if (c == 0) assert_int_equal(mask[i], mask_at(n, y * W + x));
        }
    }
    uint8_t byte[PIXELS];
    assert_int_equal(gt_dataset_read_plane(set, GT_PLANE_MASK, gt_dataset_describe(set)->count,
                                           1, byte, &err),
                     GT_BAD_ARGUMENT);
    gt_dataset_close(set);
}

static gt_import_settings settings_for(void) {
    static char out[128];
    gt_import_settings settings = gt_import_settings_default();
    snprintf(out, sizeof out, "%s", in_folder("out.h5"));
    settings.out = out;
    settings.keep_values = true;
    return settings;
}

static gt_status import(const gt_import_settings *settings, const char *path) {
    return gt_import_run(settings, path, "{}", NULL, NULL, &report, &err);
}

static void sets_keep_them(void **state) {
    write_set("a.h5", GT_PLANE_MASK | GT_PLANE_IVAR, N);
    expect_planes("a.h5", 0, H);
    write_set("b.h5", GT_PLANE_MASK | GT_PLANE_IVAR, N + 7); /* copied to its size */
    expect_planes("b.h5", 0, H);
}

static void rows_without_them_are_refused(void **state) {
    gt_dataset_writer *writer = NULL;
    gt_dataset_info info = gt_dataset_info_default();
    info.count = info.channels = info.height = info.width = 1;
    info.planes = GT_PLANE_IVAR;
    gt_dataset_row row = gt_dataset_row_default();
    assert_ok(gt_dataset_writer_create(in_folder("a.h5"), &info, &writer, &err), err);
    assert_int_equal(gt_dataset_writer_append(writer, "x", &row, 1, &err), GT_BAD_ARGUMENT);
    assert_non_null(strstr(err.text, "row 0 without its planes"));
    gt_dataset_writer_discard(writer);
}

static void imports_cut_them(void **state) {
    gt_import_settings settings = settings_for();
    write_set("a.h5", GT_PLANE_MASK | GT_PLANE_IVAR, N);
    assert_ok(import(&settings, in_folder("a.h5")), err);
    expect_planes("out.h5", 0, H);
    settings.size = 2;
    assert_ok(import(&settings, in_folder("a.h5")), err);
    expect_planes("out.h5", 0, 2);
    settings.where = "split=test";
    settings.crop = 4;
    assert_int_equal(import(&settings, in_folder("a.h5")), GT_USAGE);
}

static void what_they_cannot_follow_is_refused(void **state) {
    gt_import_settings settings = settings_for();
    gt_dataset *set = NULL;
    write_set("a.h5", GT_PLANE_MASK, N);
    settings.crop = 4;
    settings.size = 2;
    assert_int_equal(import(&settings, in_folder("a.h5")), GT_USAGE);
    assert_non_null(strstr(err.text, "a.h5: has mask or inverse variance, which --size, which "
                                     "resizes, cannot keep; --drop-planes leaves them out"));
    settings.drop_planes = true;
    assert_ok(import(&settings, in_folder("a.h5")), err);
    assert_ok(gt_dataset_open(settings.out, &set, &err), err);
    assert_int_equal(gt_dataset_describe(set)->planes, 0);
    gt_dataset_close(set);
    settings = settings_for();
    settings.align = "principal";
    assert_int_equal(import(&settings, in_folder("a.h5")), GT_USAGE);
}

static char *merge(const char *a, const char *b) {
    const char *paths[] = {in_folder(a), in_folder(b)};
    char *notes = NULL;
    assert_ok(gt_dataset_merge(paths, 2, gt_range_undeclared(), NULL, in_folder("all.h5"), NULL,
                               NULL, NULL, &notes, &err),
              err);
    return notes;
}

static void merges_keep_what_all_have(void **state) {
    write_set("a.h5", GT_PLANE_MASK | GT_PLANE_IVAR, N);
    write_set("b.h5", GT_PLANE_MASK | GT_PLANE_IVAR, N);
    write_set("c.h5", GT_PLANE_MASK, N);
    free(merge("a.h5", "b.h5"));
    expect_planes("all.h5", 0, H);
    expect_planes("all.h5", N, H);
    char *notes = merge("a.h5", "c.h5");
    assert_non_null(strstr(notes, "the inverse variance is left out: "));
    free(notes);
    gt_dataset *set = NULL;
    assert_ok(gt_dataset_open(in_folder("all.h5"), &set, &err), err);
    assert_int_equal(gt_dataset_describe(set)->planes, GT_PLANE_MASK);
    gt_dataset_close(set);
}

/* golden/format/hdf5/universe: inverse variance 2, image_mask (N,C,H,W) of zeros. */
static void the_universe_brings_them(void **state) {
    gt_import_settings settings = settings_for();
    gt_dataset *set = NULL;
    uint8_t mask[PIXELS];
    float ivar[C * PIXELS];
    assert_ok(import(&settings, "golden/format/hdf5/universe"), err);
    assert_ok(gt_dataset_open(settings.out, &set, &err), err);
    assert_ok(gt_dataset_read_plane(set, GT_PLANE_MASK, 2, 1, mask, &err), err);
    assert_ok(gt_dataset_read_plane(set, GT_PLANE_IVAR, 2, 1, ivar, &err), err);
    for (size_t i = 0; i < C * PIXELS; i++) assert_near(ivar[i], 2, 0);
    for (size_t i = 0; i < PIXELS; i++) assert_int_equal(mask[i], 0);
    assert_null(strstr(report.note, "image_ivar"));
    gt_dataset_close(set);
}

/* A picture, its mask DQ of 16-bit numbers and its inverse variances in HDU 2; the first row of
 * the file is the last one of the set. */
static void save_units(const char *name, float first, int mask_height) {
    fits_bytes f = {0};
    float values[9], ivar[9];
    unsigned char mask[18] = {0};
    for (int i = 0; i < 9; i++) values[i] = first + (float)i, ivar[i] = 2 * first + (float)i;
    mask[2 * ((int)first % 9) + 1] = 4;
    fits_begin(&f, -32, 3, 3, 0);
    fits_end(&f);
    fits_floats(&f, values, 9);
    fits_begin(&f, 16, 3, mask_height, 0);
    fits_card(&f, "EXTNAME = 'DQ'");
    fits_end(&f);
    fits_data(&f, mask, (size_t)(6 * mask_height));
    fits_begin(&f, -32, 3, 3, 0);
    fits_end(&f);
    fits_floats(&f, ivar, 9);
    save_fits(in_folder(name), &f);
    free_fits(&f);
}

static void expect_units(gt_dataset *set, uint64_t row, size_t channels, const float *first) {
    uint8_t mask[9], expected[9] = {0};
    float ivar[2 * 9];
    assert_ok(gt_dataset_read_plane(set, GT_PLANE_MASK, row, 1, mask, &err), err);
    assert_ok(gt_dataset_read_plane(set, GT_PLANE_IVAR, row, 1, ivar, &err), err);
    for (size_t c = 0; c < channels; c++) {
        int marked = (int)first[c] % 9;
        expected[3 * (2 - marked / 3) + marked % 3] = 1;
        for (size_t i = 0; i < 9; i++)
            assert_near(ivar[9 * c + i], 2 * first[c] + (float)(3 * (2 - i / 3) + i % 3), 0);
    }
    assert_memory_equal(mask, expected, 9);
}

static void units_of_fits_files_are_planes_where_it_is_said(void **state) {
    gt_import_settings settings = settings_for();
    gt_dataset *set = NULL;
    mkdir(in_folder("in"), 0755);
    save_units("in/a_g.fits", 1, 3);
    save_units("in/a_r.fits", 5, 3);
    assert_ok(import(&settings, in_folder("in")), err);
    assert_ok(gt_dataset_open(settings.out, &set, &err), err);
    assert_int_equal(gt_dataset_describe(set)->planes, 0);
    gt_dataset_close(set);
    settings.mask_hdu = "dq";
    settings.ivar_hdu = "2";
    assert_ok(import(&settings, in_folder("in")), err);
    assert_string_equal(report.note, "");
    assert_ok(gt_dataset_open(settings.out, &set, &err), err);
    expect_units(set, 0, 1, (const float[]){1});
    expect_units(set, 1, 1, (const float[]){5});
    gt_dataset_close(set);
    settings.bands = "g=*_g.fits,r=*_r.fits";
    assert_ok(import(&settings, in_folder("in")), err);
    assert_ok(gt_dataset_open(settings.out, &set, &err), err);
    expect_units(set, 0, 2, (const float[]){1, 5});
    gt_dataset_close(set);
    save_units("in/b_g.fits", 7, 3);
    save_units("in/b_r.fits", 7, 2);
    assert_int_equal(import(&settings, in_folder("in")), GT_BAD_SHAPE);
    assert_non_null(strstr(err.text, "'b': --mask-hdu has 1 x 2 x 3 pixels, beside 1 x 3 x 3"));
    settings.drop_damaged = true;
    assert_ok(import(&settings, in_folder("in")), err);
    assert_int_equal(report.written, 1);
    settings.mask_hdu = "none";
    assert_int_equal(import(&settings, in_folder("in")), GT_NOT_FOUND);
    assert_non_null(strstr(err.text, "--mask-hdu none: "));
    settings.bands = "g=0,r=1";
    assert_int_equal(import(&settings, in_folder("in")), GT_USAGE);
}

/* golden/format/hdf5/make_wide.py says what of these numbers is lost. */
static void what_floats_lose_is_told(void **state) {
    static const char *const paths[] = {"golden/format/hdf5/wide.h5",
                                        "golden/format/npy/wide.npz"};
    for (int i = 0; i < 2; i++) {
        gt_import_settings settings = settings_for();
        gt_dataset *set = NULL;
        float ivar[2][4];
        assert_ok(import(&settings, paths[i]), err);
        assert_string_equal(
            report.note,
            "3 pixels have more digits than float32 and are rounded (float64); 1 pixel, below "
            "1.2e-38, loses most digits or all: scaled before, none would be lost\n"
            "2 inverse variances have more digits than float32 and are rounded (float64)\n"
            "3 inverse variances without meaning (NaN, negative, or infinite as float32), the "
            "first inf in picture number 0: nothing can be weighed by them; --bad-pixels zero "
            "puts 0 there, --drop-planes leaves all out");
        settings.bad_pixels = "zero";
        assert_ok(import(&settings, paths[i]), err);
        assert_non_null(strstr(report.note, "in picture number 0: 0 is put there"));
        assert_ok(gt_dataset_open(settings.out, &set, &err), err);
        assert_ok(gt_dataset_read_plane(set, GT_PLANE_IVAR, 0, 2, ivar, &err), err);
        const float expected[2][4] = {{0.1f, 0.5f, 0, 0}, {0, 4, 5, 6}};
        assert_memory_equal(ivar, expected, sizeof ivar);
        gt_dataset_close(set);
        settings.drop_planes = true;
        settings.bad_pixels = "error";
        assert_ok(import(&settings, paths[i]), err);
        assert_null(strstr(report.note, "without meaning"));
    }
}

/* golden/format/hdf5/make_last.py says what stands where. */
static void channels_may_be_last(void **state) {
    static const char *const paths[] = {"golden/format/hdf5/last.h5",
                                        "golden/format/npy/last.npz"};
    enum { ROWS = 2, CHANNELS = 3, HEIGHT = 5, WIDTH = 6, ALL = HEIGHT * WIDTH };
    for (int k = 0; k < 2; k++) {
        gt_import_settings settings = settings_for();
        gt_dataset *set = NULL;
        float pixels[CHANNELS * ALL], ivar[CHANNELS * ALL];
        uint8_t mask[ALL];
        assert_ok(import(&settings, paths[k]), err);
        assert_null(strstr(report.note, "left out"));
        assert_ok(gt_dataset_open(settings.out, &set, &err), err);
        for (uint64_t n = 0; n < ROWS; n++) {
            assert_ok(gt_dataset_read_bytes(set, n, 1, pixels, &err), err);
            assert_ok(gt_dataset_read_plane(set, GT_PLANE_IVAR, n, 1, ivar, &err), err);
            assert_ok(gt_dataset_read_plane(set, GT_PLANE_MASK, n, 1, mask, &err), err);
            for (size_t i = 0; i < CHANNELS * ALL; i++) {
                size_t c = i / ALL, y = i % ALL / WIDTH, x = i % WIDTH;
                assert_near(pixels[i], (double)(100 * n + 10 * y + x + 50 * c), 0);
                assert_near(ivar[i], pixels[i] + 0.5f, 0);
                assert_int_equal(mask[i % ALL], x == 2);
            }
        }
        gt_dataset_close(set);
    }
}

/* As networks want their masks: with an axis for one channel, wherever it stands. */
static void masks_may_have_an_axis_of_one(void **state) {
    const hsize_t shapes[][4] = {{N, 1, H, W}, {N, H, W, 1}};
    gt_import_settings settings = settings_for();
    gt_dataset *set = NULL;
    uint8_t mask[N * PIXELS], found[PIXELS];
    for (size_t i = 0; i < N * PIXELS; i++) mask[i] = mask_at(i / PIXELS, i % PIXELS);
    for (int s = 0; s < 2; s++) {
        write_set("in.h5", 0, N);
        hid_t file = H5Fopen(in_folder("in.h5"), H5F_ACC_RDWR, H5P_DEFAULT);
        hid_t space = H5Screate_simple(4, shapes[s], NULL);
        hid_t array = H5Dcreate2(file, "mask", H5T_STD_U8LE, space, H5P_DEFAULT, H5P_DEFAULT,
                                 H5P_DEFAULT);
        assert_true(H5Dwrite(array, H5T_NATIVE_UCHAR, H5S_ALL, H5S_ALL, H5P_DEFAULT, mask) >=
                    0);
        H5Dclose(array);
        H5Sclose(space);
        H5Fclose(file);
        assert_ok(import(&settings, in_folder("in.h5")), err);
        assert_ok(gt_dataset_open(settings.out, &set, &err), err);
        assert_ok(gt_dataset_read_plane(set, GT_PLANE_MASK, 2, 1, found, &err), err);
        assert_memory_equal(found, mask + 2 * PIXELS, PIXELS);
        gt_dataset_close(set);
    }
}

/* Pixels that become 0 weigh nothing. */
static void bad_pixels_weigh_nothing(void **state) {
    gt_import_settings settings = settings_for();
    gt_dataset_writer *writer = NULL;
    gt_dataset *set = NULL;
    const gt_dataset_info info = info_of(GT_PLANE_MASK | GT_PLANE_IVAR, 1);
    float pixels[C * PIXELS] = {0}, ivar[C * PIXELS], kept[C * PIXELS];
    uint8_t mask[PIXELS] = {0}, marked[PIXELS];
    for (size_t i = 0; i < C * PIXELS; i++) ivar[i] = 2;
    pixels[3] = NAN;
    pixels[PIXELS + 5] = 1e20f;
    gt_dataset_row row = gt_dataset_row_default();
    row.mask = mask;
    row.ivar = ivar;
    assert_ok(gt_dataset_writer_create(in_folder("bad.h5"), &info, &writer, &err), err);
    assert_ok(gt_dataset_writer_append(writer, pixels, &row, 1, &err), err);
    assert_ok(gt_dataset_writer_commit(writer, &err), err);
    settings.bad_pixels = "zero";
    assert_ok(import(&settings, in_folder("bad.h5")), err);
    assert_ok(gt_dataset_open(settings.out, &set, &err), err);
    assert_ok(gt_dataset_read_plane(set, GT_PLANE_MASK, 0, 1, marked, &err), err);
    assert_ok(gt_dataset_read_plane(set, GT_PLANE_IVAR, 0, 1, kept, &err), err);
    for (size_t i = 0; i < C * PIXELS; i++) {
        assert_int_equal(marked[i % PIXELS], i % PIXELS == 3 || i % PIXELS == 5);
        assert_near(kept[i], i == 3 || i == PIXELS + 5 ? 0 : 2, 0);
    }
    gt_dataset_close(set);
}

/* As NumPy's arrays, with columns: texts beyond ASCII, missing ones, classes. */
static void archives_of_arrays_bring_all_back(void **state) {
    static const char *const classes[] = {"FRI", "caf\xc3\xa9"};
    static const gt_field fields[] = {
        {"mag", GT_FIELD_REAL}, {"n", GT_FIELD_INTEGER}, {"mask", GT_FIELD_TEXT, .length = 6}};
    gt_import_settings settings = settings_for();
    gt_export *out = NULL;
    gt_dataset *set = NULL;
    const int32_t *labels;
    const char *ids;
    const gt_field_value *values;
    gt_dataset_info info = info_of(GT_PLANE_MASK | GT_PLANE_IVAR, N);
    info.columns = GT_COLUMN_LABEL | GT_COLUMN_ID;
    info.class_names = classes, info.class_count = 2;
    info.id_length = 4, info.fields = fields, info.field_count = 3;
    assert_ok(gt_export_create(in_folder("a.npz"), &info, NULL, false, &out, &err), err);
    assert_int_equal(gt_export_planes(out), GT_EXPORT_PLANES_BEHIND);
    for (size_t n = 0; n < N; n++) {
        float pixels[C * PIXELS];
        const gt_field_value own[] = {
            {.real = 0.5 * (double)n}, {.integer = -7}, {.text = "\xe2\x88\x9e"}};
        gt_dataset_row row = gt_dataset_row_default();
        for (size_t i = 0; i < C * PIXELS; i++) pixels[i] = (float)(n + i);
        row.label = n == 1 ? -1 : (int32_t)(n % 2), row.id = n == 2 ? "" : "J\xc3\xa9";
        row.values = n == 3 ? NULL : own;
        assert_ok(gt_export_append(out, pixels, &row, 1, &err), err);
    }
    for (unsigned plane = GT_PLANE_MASK; plane <= GT_PLANE_IVAR; plane <<= 1) {
        assert_ok(gt_export_begin_plane(out, plane, &err), err);
        for (size_t n = 0; n < N; n++) {
            float ivar[C * PIXELS];
            uint8_t mask[PIXELS];
            for (size_t i = 0; i < C * PIXELS; i++) ivar[i] = ivar_at(n, i);
            for (size_t i = 0; i < PIXELS; i++) mask[i] = mask_at(n, i);
            assert_ok(gt_export_append_plane(
                          out, plane == GT_PLANE_MASK ? (const void *)mask : ivar, &err),
                      err);
        }
    }
    assert_ok(gt_export_commit(out, &err), err);
    assert_int_equal(entries_in_folder(), 1);
    assert_ok(import(&settings, in_folder("a.npz")), err);
    assert_null(strstr(report.note, "left out"));
    expect_planes("out.h5", 0, H);
    assert_ok(gt_dataset_open(settings.out, &set, &err), err);
    assert_string_equal(gt_dataset_describe(set)->class_names[1], classes[1]);
    assert_string_equal(gt_dataset_describe(set)->fields[2].name, "mask_column");
    assert_ok(gt_dataset_labels(set, &labels, &err), err);
    assert_ok(gt_dataset_ids(set, &ids, &err), err);
    assert_true(labels[0] == 0 && labels[1] == -1 && labels[3] == 1);
    assert_string_equal(ids, "J\xc3\xa9");
    assert_int_equal(gt_dataset_describe(set)->id_length,
                     8); /* as wide as the longest, in UTF-8 */
    assert_int_equal(gt_dataset_describe(set)->fields[2].length, 4);
    for (size_t n = 0; n < N; n++) {
        float pixel;
        assert_ok(gt_dataset_values(set, n, &values, &err), err);
        bool is_missing = n == 3;
        assert_true(is_missing ? isnan(values[0].real) : values[0].real == 0.5 * (double)n);
        assert_true(values[1].integer == (is_missing ? GT_FIELD_NO_INTEGER : -7));
        assert_string_equal(values[2].text, is_missing ? "" : "\xe2\x88\x9e");
        float all[C * PIXELS];
        assert_ok(gt_dataset_read_bytes(set, n, 1, all, &err), err);
        pixel = all[C * PIXELS - 1];
        assert_near(pixel, (double)(n + C * PIXELS - 1), 0);
    }
    gt_dataset_close(set);
}

/* A column may be called as the array of the codes is. */
static void columns_of_codes_have_other_names(void **state) {
    static const gt_field field = {"codes", GT_FIELD_INTEGER};
    const float code[3] = {1, 2, 3};
    const gt_field_value own = {.integer = 7}, *values;
    gt_import_settings settings = settings_for();
    gt_dataset_row row = gt_dataset_row_default();
    gt_export *out = NULL;
    gt_dataset *set = NULL;
    gt_dataset_info info = gt_dataset_info_default();
    info.kind = GT_DATASET_CODES;
    info.type = GT_PIXEL_F32;
    info.count = info.height = info.width = 1;
    info.channels = 3;
    info.fields = &field, info.field_count = 1;
    row.values = &own;
    assert_ok(gt_export_create(in_folder("c.npz"), &info, NULL, false, &out, &err), err);
    assert_ok(gt_export_append(out, code, &row, 1, &err), err);
    assert_ok(gt_export_commit(out, &err), err);
    settings.dataset = "codes";
    assert_ok(import(&settings, in_folder("c.npz")), err);
    assert_ok(gt_dataset_open_any(settings.out, &set, &err), err);
    assert_string_equal(gt_dataset_describe(set)->fields[0].name, "codes_column");
    assert_ok(gt_dataset_values(set, 0, &values, &err), err);
    assert_int_equal(values[0].integer, 7);
    gt_dataset_close(set);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(sets_keep_them),
        TEST(rows_without_them_are_refused),
        TEST(imports_cut_them),
        TEST(what_they_cannot_follow_is_refused),
        TEST(merges_keep_what_all_have),
        TEST(the_universe_brings_them),
        TEST(units_of_fits_files_are_planes_where_it_is_said),
        TEST(what_floats_lose_is_told),
        TEST(masks_may_have_an_axis_of_one),
        TEST(bad_pixels_weigh_nothing),
        TEST(channels_may_be_last),
        TEST(archives_of_arrays_bring_all_back),
        TEST(columns_of_codes_have_other_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
