/* fits_archive_test.c - an archive of FITS files gives what the folder that it holds gives:
 * pixels, ids, classes, splits, places on the sky and columns of cards. */
#include "import_run.h"

#include <sys/stat.h>
#include <unistd.h>

#include "archive_maker.h"
#include "fits_maker.h"
#include "member_window.h"

#define SKY(ra, dec)                                                                  \
    "CTYPE1  = 'RA---TAN'", "CTYPE2  = 'DEC--TAN'", "CRPIX1  = 2.0", "CRPIX2  = 2.0", \
        "CRVAL1  = " ra, "CRVAL2  = " dec, "CDELT1  = -0.001", "CDELT2  = 0.001",     \
        "RADESYS = 'ICRS'"

/* In the order in which the folder is read. */
static const char *const names[] = {"train/disc/b.fits", "train/spiral/a.fits",
                                    "test/disc/c.fits"};
static const char *const cards[3][12] = {
    {SKY("150.5", "2.25"), "OBJECT  = 'N 1'", "EXPTIME = 30", NULL},
    {SKY("0.0", "-89.0"), "OBJECT  = 'N 2'", "EXPTIME = 60", NULL},
    {SKY("10.0", "5.0"), "OBJECT  = 'N 3'", NULL}};

static const char *below(const char *name) {
    static char path[128];
    snprintf(path, sizeof path, "in/%s", name);
    return in_folder(path);
}

static void save_folder(void) {
    static const char *const folders[] = {"",           "train",        "test",
                                          "train/disc", "train/spiral", "test/disc"};
    for (size_t i = 0; i < 6; i++) mkdir(below(folders[i]), 0755);
    for (size_t i = 0; i < 3; i++) save_ramp(below(names[i]), 3 + (int)i % 2, 3, 0, cards[i]);
}

/* The files below "in", behind a folder of their own; the last one is cut to `most` bytes. */
static void pack(const char *archive, packing how, size_t most) {
    char *bytes, name[128];
    size_t size;
    struct archive *out = pack_start(archive, how);
    for (size_t i = 0; i < 3; i++) {
        snprintf(name, sizeof name, "set/%s", names[i]);
        assert_ok(gt_file_load(below(names[i]), 1 << 20, &bytes, &size, &err), err);
        pack_add(out, name, AE_IFREG, NULL, bytes, i == 2 && size > most ? most : size);
        free(bytes);
    }
    pack_add(out, "set/notes.txt", AE_IFREG, NULL, "x", 1);
    pack_add(out, "set/old.zip", AE_IFREG, NULL, "x", 1);
    pack_finish(out);
}

static void expect_rows(gt_dataset *a, gt_dataset *b) {
    float pixels[2][3 * 9];
    const gt_dataset_info *info = gt_dataset_describe(a), *other = gt_dataset_describe(b);
    assert_int_equal(info->count, 3);
    assert_int_equal(other->count, 3);
    assert_int_equal(info->columns, other->columns);
    assert_int_equal(info->field_count, other->field_count);
    assert_true(info->pixel_scale_arcsec == other->pixel_scale_arcsec);
    assert_ok(gt_dataset_read_bytes(a, 0, 3, pixels[0], &err), err);
    assert_ok(gt_dataset_read_bytes(b, 0, 3, pixels[1], &err), err);
    assert_memory_equal(pixels[0], pixels[1], sizeof pixels[0]);
    const int32_t *labels[2];
    const uint8_t *splits[2];
    const double *ra[2], *dec[2];
    const char *ids[2];
    for (int i = 0; i < 2; i++) {
        gt_dataset *set = i ? b : a;
        assert_ok(gt_dataset_labels(set, &labels[i], &err), err);
        assert_ok(gt_dataset_splits(set, &splits[i], &err), err);
        assert_ok(gt_dataset_ra(set, &ra[i], &err), err);
        assert_ok(gt_dataset_dec(set, &dec[i], &err), err);
        assert_ok(gt_dataset_ids(set, &ids[i], &err), err);
    }
    assert_memory_equal(labels[0], labels[1], 3 * sizeof *labels[0]);
    assert_memory_equal(splits[0], splits[1], 3);
    assert_memory_equal(ra[0], ra[1], 3 * sizeof *ra[0]);
    assert_memory_equal(dec[0], dec[1], 3 * sizeof *dec[0]);
    assert_memory_equal(ids[0], ids[1], 3 * (info->id_length + 1));
}

static void archives_are_read_as_the_folder_is(void **state) {
    static const char *const archives[PACKINGS] = {"s.tar", "s.tar.gz", "s.txz", "s.zip"};
    gt_import_settings settings = settings_for("fits", true);
    const gt_field_value *values;
    char folder_set[128];
    save_folder();
    settings.size = 3;
    settings.cards = "EXPTIME";
    snprintf(folder_set, sizeof folder_set, "%s", in_folder("folder.h5"));
    const char *out = settings.out;
    settings.out = folder_set;
    gt_dataset *expected = import(&settings, in_folder("in"));
    settings.out = out;
    settings.format = NULL;
    for (packing how = TAR; how < PACKINGS; how++) {
        pack(archives[how], how, 1 << 20);
        gt_dataset *set = import(&settings, in_folder(archives[how]));
        assert_string_equal(report.guess, "fits");
        expect_rows(expected, set);
        assert_string_equal(gt_dataset_describe(set)->fields[0].name, "EXPTIME");
        assert_ok(gt_dataset_values(set, 1, &values, &err), err);
        assert_int_equal(values[0].integer, 60);
        assert_non_null(strstr(report.note,
                               "archives in the archive are left out: 1, as 'set/old.zip'\n"
                               "equal pictures in more than one split: 1"));
        gt_dataset_close(set);
    }
    gt_dataset_close(expected);
}

static void damaged_members_are_named_or_left_out(void **state) {
    gt_import_settings settings = settings_for("fits", true);
    save_folder();
    settings.size = 3;
    pack("s.tar", TAR, 2900);
    refuse(&settings, in_folder("s.tar"), GT_BAD_FORMAT,
           "s.tar: set/test/disc/c.fits: HDU 0: 20 bytes of data");
    settings.drop_damaged = true;
    gt_dataset *set = import(&settings, in_folder("s.tar"));
    assert_int_equal(gt_dataset_describe(set)->count, 2);
    assert_non_null(strstr(report.note, "1 file cannot be read and is left out"));
    gt_dataset_close(set);
}

static void what_an_archive_cannot_do_is_said(void **state) {
    gt_import_settings settings = settings_for("fits", true);
    struct archive *out = pack_start("none.tar", TAR);
    pack_add(out, "a.png", AE_IFREG, NULL, "x", 1);
    pack_finish(out);
    refuse(&settings, in_folder("none.tar"), GT_NOT_FOUND,
           "none.tar: no FITS files in this archive");
    save_folder();
    pack("s.zip", ZIP, 1 << 20);
    settings.bands = "g=0,r=0";
    settings.size = 3;
    gt_dataset *set = import(&settings, in_folder("s.zip"));
    assert_int_equal(gt_dataset_describe(set)->channels, 2);
    gt_dataset_close(set);
}

/* ---- bands ---- */

static const char *const band_files[] = {"a_g.fits", "a_r.fits", "b_g.fits", "b_r.fits",
                                         "c_g.fits", "d_g.fits", "d_r.fits"};
enum { BAND_FILES = sizeof band_files / sizeof *band_files };

/* File i has pixels 100 i, 100 i + 1 ... */
static void save_band(size_t i) {
    float values[9];
    fits_bytes f = {0};
    for (size_t k = 0; k < 9; k++) values[k] = (float)(100 * i + k);
    fits_begin(&f, -32, 3, 3, 0);
    fits_end(&f);
    fits_floats(&f, values, 9);
    save_fits(below(band_files[i]), &f);
    free_fits(&f);
}

static void pack_bands(const char *archive, packing how, const size_t *order) {
    char *bytes;
    size_t size;
    struct archive *out = pack_start(archive, how);
    for (size_t i = 0; i < BAND_FILES; i++) {
        const char *name = band_files[order[i]];
        assert_ok(gt_file_load(below(name), 1 << 20, &bytes, &size, &err), err);
        pack_add(out, name, AE_IFREG, NULL, bytes, size);
        free(bytes);
    }
    pack_finish(out);
}

/* The objects a, b and d in this order, both bands of each. */
static void expect_bands(gt_dataset *set, const char *objects) {
    static const size_t file_of[] = {['a'] = 0, ['b'] = 2, ['d'] = 5};
    const char *ids;
    const gt_dataset_info *info = gt_dataset_describe(set);
    float pixels[18];
    assert_int_equal(info->count, 3);
    assert_int_equal(info->channels, 2);
    assert_ok(gt_dataset_ids(set, &ids, &err), err);
    for (size_t i = 0; i < 3; i++) {
        const char *id = ids + i * (info->id_length + 1);
        assert_int_equal(id[0], objects[i]);
        assert_ok(gt_dataset_read_bytes(set, i, 1, pixels, &err), err);
        for (size_t band = 0; band < 2; band++)
            assert_true(pixels[9 * band + 6] == (float)(100 * (file_of[(int)id[0]] + band)));
    }
}

static void bands_are_put_together_in_any_order(void **state) {
    static const struct {
        size_t order[BAND_FILES];
        const char *objects;
    } cases[] = {{{0, 1, 2, 3, 4, 5, 6}, "abd"}, /* an object behind the other */
                 {{0, 2, 4, 5, 1, 3, 6}, "abd"}, /* a band behind the other */
                 {{5, 2, 0, 4, 1, 3, 6}, "dba"}, /* and in another order */
                 {{6, 0, 3, 4, 5, 2, 1}, "dab"}};
    gt_import_settings settings = settings_for("fits", true);
    mkdir(below(""), 0755);
    for (size_t i = 0; i < BAND_FILES; i++) save_band(i);
    settings.bands = "g=*_g.fits,r=*_r.fits";
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        for (packing how = TAR; how < PACKINGS; how++) {
            pack_bands("bands.archive.tar", how, cases[i].order);
            settings.incomplete = "error";
            refuse(&settings, in_folder("bands.archive.tar"), GT_NOT_FOUND,
                   "1 of 4 objects have no file for some band: 'c' without r");
            settings.incomplete = "drop";
            gt_dataset *set = import(&settings, in_folder("bands.archive.tar"));
            assert_non_null(strstr(report.note, "1 object left out, for want of a band"));
            expect_bands(set, cases[i].objects);
            gt_dataset_close(set);
        }
    }
}

/* Room for two of four bytes each: what lies together is gone through once, what lies apart
 * once a pair of groups. */
static void windows_collect_what_fits(void **state) {
    static const struct {
        size_t places[8], passes;
    } cases[] = {{{0, 1, 2, 3, 4, 5, 6, 7}, 1},
                 {{1, 0, 2, 3, 5, 4, 6, 7}, 1},
                 {{0, 4, 1, 5, 2, 6, 3, 7}, 2},
                 {{7, 6, 5, 4, 3, 2, 1, 0}, 2}};
    const gt_picture_files files = {"FITS files", "fits"};
    struct archive *out = pack_start("w.tar", TAR);
    for (char name[] = "0.fits"; name[0] < '8'; name[0]++)
        pack_add(out, name, AE_IFREG, NULL, name, 4);
    pack_finish(out);
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        gt_picture_members *members;
        gt_member_window *window;
        gt_wanted_member wanted[8];
        gt_picture_member m;
        for (size_t i = 0; i < 8; i++) wanted[i] = (gt_wanted_member){cases[c].places[i], 4};
        assert_ok(gt_picture_members_open(in_folder("w.tar"), files, 0, &members, &err), err);
        assert_ok(gt_member_window_open(members, wanted, 8, 2, 16, &window, &err), err);
        assert_int_equal(gt_member_window_passes(window), cases[c].passes);
        for (size_t i = 0; i < 9; i++) {
            assert_ok(gt_member_window_at(window, i % 8, &m, &err), err);
            assert_int_equal(m.bytes[0], '0' + cases[c].places[i % 8]);
            assert_int_equal(m.name[0], '0' + cases[c].places[i % 8]);
            assert_int_equal(m.length, 4);
        }
        gt_member_window_close(window);
        gt_picture_members_close(members);
    }
}

/* Where so many FITS files come first that no other picture was looked for. */
static void other_pictures_are_told(void **state) {
    gt_import_settings settings = settings_for("fits", true);
    char *bytes = NULL;
    size_t size = 0;
    save_folder();
    settings.size = 3;
    struct archive *out = pack_start("both.tar", TAR);
    assert_ok(gt_file_load(in_folder("in/train/spiral/a.fits"), 1 << 20, &bytes, &size, &err),
              err);
    pack_add(out, "a.fits", AE_IFREG, NULL, bytes, size);
    pack_add(out, "b.png", AE_IFREG, NULL, "x", 1);
    pack_add(out, "c.npy", AE_IFREG, NULL, "x", 1);
    pack_finish(out);
    free(bytes);
    gt_dataset *set = import(&settings, in_folder("both.tar"));
    assert_int_equal(gt_dataset_describe(set)->count, 1);
    assert_string_equal(report.note,
                        "pictures of other kinds in the archive are left out: 2, as 'b.png'");
    gt_dataset_close(set);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(archives_are_read_as_the_folder_is),  TEST(damaged_members_are_named_or_left_out),
        TEST(what_an_archive_cannot_do_is_said),   TEST(other_pictures_are_told),
        TEST(bands_are_put_together_in_any_order), TEST(windows_collect_what_fits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
