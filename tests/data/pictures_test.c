/* pictures_test.c - pictures of several kinds in folders and archives become flat sets; what
 * archives may try is refused or named, and nothing is unpacked. */
#include "import_run.h"

#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "archive_maker.h"
#include "png_maker.h"

static void copy(const char *golden, const char *name) {
    char path[128], *bytes = NULL;
    size_t size;
    snprintf(path, sizeof path, "golden/format/%s", golden);
    assert_ok(gt_file_load(path, 1 << 16, &bytes, &size, &err), err);
    write_file(in_folder(name), bytes, size);
    free(bytes);
}

static png_bytes gray_png(int bits) {
    uint8_t rows[2 * 2 * 3];
    for (int i = 0; i < 12; i++) rows[i] = (uint8_t)(10 + i);
    return make_png((png_kind){3, 2, bits, PNG_COLOR_TYPE_GRAY}, rows);
}

static void save_gray(const char *name, int bits) {
    png_bytes png = gray_png(bits);
    save_png(in_folder(name), png);
    free(png.bytes);
}

static void expect_values(gt_dataset *set, uint64_t row, const float *values, size_t count) {
    float out[512];
    assert_ok(gt_dataset_read_bytes(set, row, 1, out, &err), err);
    for (size_t i = 0; i < count; i++) assert_near(out[i], values[i], 1e-6);
}

/* ---- folders ---- */

static void kinds_lie_side_by_side(void **state) {
    mkdir(in_folder("in"), 0755);
    copy("jpeg/gray.jpg", "in/a.JPG");
    copy("jpeg/gray.npy", "in/b.npy");
    copy("jpeg/colour.jpg", "in/c.jpeg");
    copy("jpeg/colour.npy", "in/d.npy"); /* (H,W,C) */
    copy("jpeg/colour.jpg", "in/e.png"); /* the bytes tell what it is */
    gt_import_settings settings = settings_for("pictures", false);
    gt_dataset *set = import(&settings, in_folder("in"));
    const gt_dataset_info *info = gt_dataset_describe(set);
    assert_int_equal(info->count * 100 + info->channels * 10 + info->type, 530 + GT_PIXEL_U8);
    assert_int_equal(info->height * 100 + info->width, 1113);
    uint8_t rows[5][3 * 11 * 13];
    assert_ok(gt_dataset_read_bytes(set, 0, 5, rows, &err), err);
    for (size_t i = 0; i < sizeof rows[0]; i++) {
        assert_near(rows[0][i], rows[1][i], 1); /* Pillow's values of the same picture */
        assert_near(rows[2][i], rows[3][i], 1);
        assert_int_equal(rows[2][i], rows[4][i]);
    }
    gt_dataset_close(set);
}

/* A copy with the EXIF data of a camera behind its first marker. */
static void write_turned(const char *to, bool is_little, uint8_t orientation) {
    static const uint8_t little[] =
        "Exif\0\0II*\0\10\0\0\0\2\0\0\1\3\0\1\0\0\0\5\0\0\0\22\1\3\0\1\0\0\0X\0\0\0";
    static const uint8_t big[] =
        "Exif\0\0MM\0*\0\0\0\10\0\2\1\0\0\3\0\0\0\1\0\5\0\0\1\22\0\3\0\0\0\1\0X\0\0";
    enum { EXIF = sizeof little - 1, MARKER = 4 };
    char *bytes = NULL;
    size_t size;
    uint8_t exif[EXIF];
    memcpy(exif, is_little ? little : big, EXIF);
    exif[EXIF - (is_little ? 4 : 3)] = orientation;
    assert_ok(gt_file_load("golden/format/jpeg/gray.jpg", 1 << 16, &bytes, &size, &err), err);
    uint8_t *all = malloc(size + MARKER + EXIF);
    memcpy(all, bytes, 2);
    memcpy(all + 2, (const uint8_t[]){0xff, 0xe1, 0, EXIF + 2}, MARKER);
    memcpy(all + 2 + MARKER, exif, EXIF);
    memcpy(all + 2 + MARKER + EXIF, bytes + 2, size - 2);
    write_file(in_folder(to), all, size + MARKER + EXIF);
    free(all);
    free(bytes);
}

static void jpegs_are_laid_as_they_were_seen(void **state) {
    enum { H = 11, W = 13 };
    uint8_t plain[H][W], got[H * W];
    mkdir(in_folder("exif"), 0755);
    gt_import_settings settings = settings_for("pictures", false);
    for (uint8_t orientation = 0; orientation <= 9; orientation++) {
        write_turned("exif/a.jpg", orientation % 2, orientation);
        gt_dataset *set = import(&settings, in_folder("exif"));
        const gt_dataset_info *info = gt_dataset_describe(set);
        bool is_across = orientation >= 5 && orientation <= 8;
        assert_int_equal(info->height, is_across ? W : H);
        assert_int_equal(info->width, is_across ? H : W);
        assert_ok(gt_dataset_read_bytes(set, 0, 1, orientation ? got : plain[0], &err), err);
        for (size_t i = 0; orientation > 0 && i < H * W; i++) {
            size_t y = i / info->width, x = i % info->width;
            /* which pixel lies there, by what EXIF says of row 0 and column 0 */
            const size_t from[10][2] = {[1] = {y, x},
                                        [2] = {y, W - 1 - x},
                                        [3] = {H - 1 - y, W - 1 - x},
                                        [4] = {H - 1 - y, x},
                                        [5] = {x, y},
                                        [6] = {H - 1 - x, y},
                                        [7] = {H - 1 - x, W - 1 - y},
                                        [8] = {x, W - 1 - y},
                                        [9] = {y, x}};
            assert_int_equal(got[i], plain[from[orientation][0]][from[orientation][1]]);
        }
        bool is_told = strstr(report.note, "1 picture turned as EXIF says they were seen");
        assert_int_equal(is_told, orientation >= 2 && orientation <= 8);
        gt_dataset_close(set);
    }
}

static void types_may_differ(void **state) {
    mkdir(in_folder("in"), 0755);
    save_gray("in/a.png", 8);
    copy("npy/f4be.npy", "in/b.npy");
    copy("npy/fortran.npy", "in/c.npy");
    gt_import_settings settings = settings_for("pictures", false);
    settings.keep_values = true;
    gt_dataset *set = import(&settings, in_folder("in"));
    assert_non_null(
        strstr(report.note, "pictures of 2 types (1 uint8, 2 float32): values are"));
    expect_values(set, 0, (float[]){10, 11, 12, 13, 14, 15}, 6);
    expect_values(set, 1, (float[]){0, -0.25f, -0.5f, -0.75f, -25, -1.75f}, 6);
    expect_values(set, 2, (float[]){0, 1, 2, 3, 100, 7}, 6);
    gt_dataset_close(set);
    save_gray("in/d.png", 16);
    gt_dataset_close(import(&settings, in_folder("in")));
    assert_non_null(strstr(report.note, "pictures of 16 bits: 1; all others are widened"));
}

static void what_floats_lose_is_told(void **state) {
    gt_import_settings settings = settings_for("pictures", true);
    mkdir(in_folder("in"), 0755);
    copy("npy/wide.npy", "in/a.npy");
    copy("npy/wide.npy", "in/b.npy");
    gt_dataset_close(import(&settings, in_folder("in")));
    assert_string_equal(
        report.note,
        "4 pixels have more digits than float32 and are rounded (float64); 2 pixels, below "
        "1.2e-38, lose most digits or all: scaled before, none would be lost");
}

/* A FITS image of 16-bit numbers: 256, 257 ... from the bottom row up. */
static size_t make_fits(unsigned char bytes[2880 * 2], int width, int height) {
    char cards[6][81];
    snprintf(cards[0], 81, "%-80s", "SIMPLE  =                    T");
    snprintf(cards[1], 81, "%-80s", "BITPIX  =                   16");
    snprintf(cards[2], 81, "%-80s", "NAXIS   =                    2");
    snprintf(cards[3], 81, "NAXIS1  = %20d%50s", width, "");
    snprintf(cards[4], 81, "NAXIS2  = %20d%50s", height, "");
    snprintf(cards[5], 81, "%-80s", "END");
    memset(bytes, ' ', 2880);
    memset(bytes + 2880, 0, 2880);
    for (int i = 0; i < 6; i++) memcpy(bytes + 80 * i, cards[i], 80);
    for (int i = 0; i < width * height; i++) {
        bytes[2880 + 2 * i] = 1;
        bytes[2881 + 2 * i] = (unsigned char)i;
    }
    return 2880 * 2;
}

static void fits_files_lie_beside_others(void **state) {
    unsigned char bytes[2880 * 2];
    mkdir(in_folder("in"), 0755);
    copy("npy/f4.npy", "in/a.npy");
    write_file(in_folder("in/b.fits"), bytes, make_fits(bytes, 3, 2));
    gt_import_settings settings = settings_for("pictures", false);
    settings.format = NULL;
    settings.keep_values = true;
    gt_dataset *set = import(&settings, in_folder("in"));
    assert_string_equal(report.guess, "pictures");
    expect_values(set, 1, (float[]){259, 260, 261, 256, 257, 258}, 6); /* the top first */
    assert_non_null(strstr(report.note, "of FITS files the pixels are taken"));
    assert_null(strstr(report.note, "but for its ending"));
    gt_dataset_close(set);
    write_file(in_folder("in/a.fits"), bytes, make_fits(bytes, 3, 2));
    gt_dataset_close(import(&settings, in_folder("in")));
    assert_non_null(strstr(report.note, "1 of 3 pictures have the name of another one but for "
                                        "its ending, as 'a.fits' and 'a.npy'"));
    write_file(in_folder("in/c.fits"), bytes, 2880);
    refuse(&settings, in_folder("in"), GT_BAD_FORMAT, "in/c.fits: ");
}

/* Folders that mean nothing are refused with the way round them. */
static void lists_take_what_lies_anywhere(void **state) {
    static const char names[] = "# all\nsub/b.npy\r\n\na.png\n";
    static const char marked[] = "\xef\xbb\xbfsub/b.npy\r\n";
    const char *ids;
    mkdir(in_folder("in"), 0755);
    mkdir(in_folder("in/sub"), 0755);
    save_gray("in/a.png", 8);
    copy("npy/f4.npy", "in/sub/b.npy");
    gt_import_settings settings = settings_for("pictures", true);
    refuse(&settings, in_folder("in"), GT_BAD_FORMAT,
           "('a.png' and 'sub/b.npy'), expected only one of the two; a list (.txt) of their "
           "names, one a line, takes all");
    settings.format = NULL;
    write_file(in_folder("in/all.list"), names, sizeof names - 1);
    gt_dataset *set = import(&settings, in_folder("in/all.list"));
    assert_string_equal(report.guess, "pictures");
    assert_ok(gt_dataset_ids(set, &ids, &err), err);
    assert_string_equal(ids, "sub/b.npy");
    assert_false(gt_dataset_describe(set)->columns & GT_COLUMN_LABEL);
    expect_values(set, 1, (float[]){10, 11, 12, 13, 14, 15}, 6);
    gt_dataset_close(set);
    write_file(in_folder("in/marked.txt"), marked, sizeof marked - 1);
    set = import(&settings, in_folder("in/marked.txt"));
    assert_ok(gt_dataset_ids(set, &ids, &err), err);
    assert_string_equal(ids, "sub/b.npy");
    gt_dataset_close(set);
}

/* Not even that they would have had more bits than the others. */
static void damaged_pictures_say_nothing_of_others(void **state) {
    png_bytes deep = gray_png(16);
    mkdir(in_folder("in"), 0755);
    save_gray("in/b.png", 8);
    write_file(in_folder("in/a.png"), deep.bytes, deep.length - 20);
    free(deep.bytes);
    gt_import_settings settings = settings_for("pictures", true);
    refuse(&settings, in_folder("in"), GT_BAD_FORMAT, "; --drop-damaged leaves out such files");
    refuse(&settings, in_folder("in/a.png"), GT_BAD_FORMAT, "in/a.png: ");
    assert_null(strstr(err.text, "--drop-damaged"));
    settings.drop_damaged = true;
    gt_dataset *set = import(&settings, in_folder("in"));
    assert_null(strstr(report.note, "16 bits"));
    uint8_t pixels[6];
    assert_ok(gt_dataset_read_bytes(set, 0, 1, pixels, &err), err);
    assert_memory_equal(pixels, "\12\13\14\15\16\17", 6);
    gt_dataset_close(set);
}

static void what_is_no_picture_is_named(void **state) {
    gt_import_settings settings = settings_for("pictures", false);
    copy("npy/objects.npy", "a.npy");
    refuse(&settings, in_folder("a.npy"), GT_UNSUPPORTED, "a.npy: holds Python objects");
    copy("npy/text.npy", "a.npy");
    refuse(&settings, in_folder("a.npy"), GT_BAD_FORMAT,
           "an array of rank 1 and type text, expected one picture");
    assert_non_null(strstr(err.text, "; numpy.savez('set.npz', images=i, labels=l) puts"));
    settings.format = "npy"; /* which takes several pictures of a file */
    refuse(&settings, in_folder("a.npy"), GT_BAD_FORMAT, "a.npy: rank 1 and type text");
    assert_non_null(strstr(err.text, "; numpy.savez('set.npz', images=i, labels=l) puts"));
    settings.format = "pictures";
    copy("jpeg/cmyk.jpg", "a.jpg");
    refuse(&settings, in_folder("a.jpg"), GT_UNSUPPORTED, "a.jpg: a JPEG of 4 channels (CMYK)");
    mkdir(in_folder("in"), 0755);
    refuse(&settings, in_folder("in"), GT_NOT_FOUND, "no pictures in this folder");
    save_gray("in/x.TIF", 8);
    save_gray("in/b.gif", 8);
    refuse(&settings, in_folder("in"), GT_NOT_FOUND,
           "no pictures in this folder, but 2 of other kinds, as 'b.gif'; expected *.png|jpg|");
    settings.dataset = "x";
    refuse(&settings, in_folder("in"), GT_USAGE, "--dataset is not for the format pictures");
}

/* Nothing that looks like a picture is passed over in silence: neither one of a kind that is
 * not read, nor a link to a file that has gone. */
static void what_is_left_out_of_a_folder_is_told(void **state) {
    gt_import_settings settings = settings_for("pictures", false);
    mkdir(in_folder("in"), 0755);
    mkdir(in_folder("in/a"), 0755);
    save_gray("in/a/x.png", 8);
    save_gray("in/a/y.TIF", 8);
    save_gray("in/a/b.gif", 8);
    save_gray("in/a/.hidden.gif", 8);
    save_gray("in/a/set.npz", 8);
    gt_dataset_close(import(&settings, in_folder("in")));
    assert_string_equal(report.note, "pictures of other kinds are left out: 3, as 'a/b.gif'");
    assert_int_equal(symlink("gone", in_folder("in/a/link.png")), 0);
    unlink(in_folder("out.h5"));
    refuse(&settings, in_folder("in"), GT_NOT_FOUND, "link.png: No such file or directory");
    settings.drop_damaged = true;
    gt_dataset_close(import(&settings, in_folder("in")));
    assert_non_null(strstr(report.note, "1 file cannot be read and is left out"));
}

/* A link to another folder is a class; one that leads back has no end. */
static void folders_that_hold_themselves(void **state) {
    gt_import_settings settings = settings_for("pictures", false);
    uint64_t hash;
    mkdir(in_folder("in"), 0755);
    mkdir(in_folder("in/a"), 0755);
    save_gray("in/a/x.png", 8);
    assert_int_equal(symlink("a", in_folder("in/b")), 0);
    gt_dataset *set = import(&settings, in_folder("in"));
    assert_int_equal(gt_dataset_describe(set)->count, 2);
    assert_int_equal(gt_dataset_describe(set)->class_count, 2);
    gt_dataset_close(set);
    assert_int_equal(symlink("..", in_folder("in/a/up")), 0);
    refuse(&settings, in_folder("in"), GT_UNSUPPORTED,
           "/up: a folder that holds itself, by a link that leads back");
    assert_int_equal(gt_input_hash(in_folder("in"), &hash, &err), GT_UNSUPPORTED);
    assert_non_null(strstr(err.text, "in/a/up: a folder that holds itself"));
    assert_int_equal(unlink(in_folder("in/a/up")), 0);
    assert_int_equal(symlink("/", in_folder("in/root")), 0);
    refuse(&settings, in_folder("in"), GT_UNSUPPORTED, "/root: a link to a folder that ");
    assert_int_equal(gt_input_hash(in_folder("in"), &hash, &err), GT_UNSUPPORTED);
    assert_non_null(strstr(err.text, "in/root: a link to a folder that "));
}

/* ---- archives ---- */

static void archives_are_read_as_folders_are(void **state) {
    png_bytes png = gray_png(8);
    gt_import_settings settings = settings_for("pictures", false);
    for (packing how = TAR; how < PACKINGS; how++) {
        struct archive *out = pack_start("a", how);
        pack_add(out, "./top/readme.txt", AE_IFREG, NULL, "x", 1);
        pack_add(out, "./top/train/spiral/2.png", AE_IFREG, NULL, png.bytes, png.length);
        pack_add(out, "./top/train/elliptical/1.png", AE_IFREG, NULL, png.bytes, png.length);
        pack_add(out, "./top/test/spiral/._0.png", AE_IFREG, NULL, "x", 1); /* hidden */
        pack_add(out, "./top/test/spiral/0.png", AE_IFREG, NULL, png.bytes, png.length);
        pack_finish(out);
        gt_dataset *set = import(&settings, in_folder("a"));
        const gt_dataset_info *info = gt_dataset_describe(set);
        const int32_t *labels;
        const uint8_t *splits;
        const char *ids;
        assert_ok(gt_dataset_labels(set, &labels, &err), err);
        assert_ok(gt_dataset_splits(set, &splits, &err), err);
        assert_ok(gt_dataset_ids(set, &ids, &err), err);
        assert_int_equal(info->count * 10 + info->class_count, 32);
        assert_int_equal(labels[0] * 100 + labels[1] * 10 + labels[2], 101);
        assert_int_equal(splits[0] * 100 + splits[1] * 10 + splits[2], 1);
        assert_string_equal(ids, "train/spiral/2.png"); /* in the archive's order */
        gt_dataset_close(set);
        unlink(in_folder("out.h5"));
        assert_int_equal(entries_in_folder(), 1);
    }
    settings.format = "png";
    gt_dataset_close(import(&settings, in_folder("a")));
    free(png.bytes);
}

/* With the folder around all that archives have. */
static void unpacked_archives_are_folders(void **state) {
    static const char *const folders[] = {
        "in",          "in/docs",         "in/top", "in/top/train", "in/top/train/disc",
        "in/top/test", "in/top/test/disc"};
    gt_import_settings settings = settings_for("pictures", false);
    const char *ids;
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++)
        mkdir(in_folder(folders[i]), 0755);
    write_file(in_folder("in/docs/notes.txt"), "x", 1);
    mkdir(in_folder("far"), 0755);
    save_gray("far/2.png", 8);
    save_gray("in/top/test/disc/0.png", 8);
    save_gray("in/top/train/disc/1.png", 8);
    assert_int_equal(symlink("../../../far", in_folder("in/top/train/spiral")), 0);
    gt_dataset *set = import(&settings, in_folder("in"));
    const gt_dataset_info *info = gt_dataset_describe(set);
    assert_int_equal(strncmp(report.note, "equal pictures in more than one split: 1 ", 41), 0);
    assert_int_equal(info->count * 10 + info->class_count, 32);
    assert_true(info->columns & GT_COLUMN_SPLIT);
    assert_ok(gt_dataset_ids(set, &ids, &err), err);
    assert_string_equal(ids, "train/disc/1.png");
    assert_string_equal(ids + info->id_length + 1, "train/spiral/2.png");
    gt_dataset_close(set);
    set = import(&settings, in_folder("in/top/train/disc"));
    assert_int_equal(gt_dataset_describe(set)->class_count, 0);
    gt_dataset_close(set);
    mkdir(in_folder("one"), 0755); /* the only class is one */
    assert_int_equal(symlink("../far", in_folder("one/disc")), 0);
    set = import(&settings, in_folder("one"));
    assert_int_equal(gt_dataset_describe(set)->class_count, 1);
    gt_dataset_close(set);
}

/* A folder and an archive of the same files, in the order of their names. */
static void pack_too(struct archive *out, const char *name, const void *bytes, size_t size) {
    char path[64];
    snprintf(path, sizeof path, "in/%s", name);
    write_file(in_folder(path), bytes, size);
    pack_add(out, name, AE_IFREG, NULL, bytes, size);
}

static size_t pack_gzip(const void *bytes, size_t size, unsigned char *out, size_t room) {
    z_stream z = {.next_in = (Bytef *)(uintptr_t)bytes, .avail_in = (uInt)size};
    z.next_out = out;
    z.avail_out = (uInt)room;
    deflateInit2(&z, 9, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY);
    assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
    deflateEnd(&z);
    return room - z.avail_out;
}

/* Two files and one that is gzip, which the archive holds too. */
static void make_fits_archive(packing how) {
    unsigned char plain[2880 * 2], packed[2880];
    size_t size = make_fits(plain, 3, 2);
    struct archive *out = pack_start("t", how);
    mkdir(in_folder("in"), 0755);
    pack_too(out, "a.fits", plain, size);
    plain[2880] = 2;
    pack_too(out, "b.fts", plain, size);
    plain[2880] = 3;
    pack_too(out, "c.fits.gz", packed, pack_gzip(plain, size, packed, sizeof packed));
    pack_finish(out);
}

/* As the folder's import has them. */
static void expect_the_same(const gt_import_settings *settings, const char *folder,
                            const char *archive) {
    float values[2][512] = {{0}};
    gt_dataset *set = NULL;
    for (int i = 0; i < 2; i++) {
        set = import(settings, i ? archive : folder);
        const gt_dataset_info *info = gt_dataset_describe(set);
        size_t count = info->count * info->channels * info->height * info->width;
        assert_true(count > 0 && count <= 512);
        assert_ok(gt_dataset_read_bytes(set, 0, info->count, values[i], &err), err);
        gt_dataset_close(set);
    }
    assert_memory_equal(values[0], values[1], sizeof values[0]);
}

static void fits_files_in_archives_are_read(void **state) {
    gt_import_settings settings = settings_for("pictures", true);
    for (packing how = TAR; how < PACKINGS; how++) {
        make_fits_archive(how);
        settings.format = "pictures";
        expect_the_same(&settings, in_folder("in"), in_folder("t"));
        settings.format = NULL;
        gt_dataset *set = import(&settings, in_folder("t"));
        assert_int_equal(gt_dataset_describe(set)->count, 3);
        expect_values(set, 0, (float[]){259, 260, 261, 256, 257, 258}, 6);
        expect_values(set, 2, (float[]){259, 260, 261, 768, 257, 258}, 6);
        assert_non_null(strstr(report.note, "--format fits, for an archive of them"));
        gt_dataset_close(set);
    }
}

static void what_lies_beside_fits_files_is_told(void **state) {
    gt_import_settings settings = settings_for("fits", true);
    make_fits_archive(TAR);
    save_gray("in/z.png", 8);
    gt_dataset_close(import(&settings, in_folder("in")));
    assert_non_null(strstr(report.note, "pictures of other kinds are left out: 1, as 'z.png'"));
}

static void units_of_fits_files_in_archives(void **state) {
    gt_import_settings settings = settings_for("pictures", true);
    char *bytes;
    size_t size;
    mkdir(in_folder("in"), 0755);
    assert_ok(gt_file_load(golden("fits/tiled.fits.fz"), 1 << 20, &bytes, &size, &err), err);
    struct archive *out = pack_start("t", ZIP);
    pack_too(out, "a.fits.fz", bytes, size);
    pack_finish(out);
    free(bytes);
    settings.hdu = "GZIP";
    expect_the_same(&settings, in_folder("in"), in_folder("t"));
    settings.hdu = "none";
    refuse(&settings, in_folder("t"), GT_NOT_FOUND, "t: a.fits.fz: no HDU none, it has");
}

static void damaged_fits_files_in_archives(void **state) {
    gt_import_settings settings = settings_for("pictures", true);
    unsigned char bytes[2880 * 2], packed[2880];
    size_t size = make_fits(bytes, 3, 2), length = pack_gzip(bytes, size, packed, 2880);
    struct archive *out = pack_start("t", TAR);
    pack_add(out, "a.fits", AE_IFREG, NULL, bytes, size);
    pack_add(out, "b.fits", AE_IFREG, NULL, bytes, 2880);
    pack_add(out, "c.fits.gz", AE_IFREG, NULL, packed, length - 9);
    pack_add(out, "d.fits.gz", AE_IFREG, NULL, packed, length);
    pack_finish(out);
    refuse(&settings, in_folder("t"), GT_BAD_FORMAT, "t: b.fits: HDU 0: 0 bytes of data");
    settings.drop_damaged = true;
    gt_dataset *set = import(&settings, in_folder("t"));
    assert_int_equal(gt_dataset_describe(set)->count, 2);
    assert_non_null(strstr(report.note, "2 files cannot be read and are left out"));
    gt_dataset_close(set);
}

/* An archive of one good picture and one more member. */
static const char *trick(const char *name, unsigned type, const void *bytes, size_t size) {
    png_bytes png = gray_png(8);
    struct archive *out = pack_start("t.tar", TAR);
    pack_add(out, "a.png", AE_IFREG, NULL, png.bytes, png.length);
    pack_add(out, name, type, type == AE_IFLNK ? "/etc/passwd" : NULL, bytes, size);
    pack_finish(out);
    free(png.bytes);
    return in_folder("t.tar");
}

static void tricks_of_archives(void **state) {
    gt_import_settings settings = settings_for("pictures", false);
    refuse(&settings, trick("../b.png", AE_IFREG, "x", 1), GT_BAD_FORMAT,
           "t.tar: the name '../b.png' leads out of the archive's folder");
    refuse(&settings, trick("c/../../b.png", AE_IFREG, "x", 1), GT_BAD_FORMAT,
           "leads out of the archive's folder");
    refuse(&settings, trick("/tmp/b.png", AE_IFREG, "x", 1), GT_BAD_FORMAT,
           "the name '/tmp/b.png' leads out");
    refuse(&settings, trick("b.png", AE_IFREG, "x", 1), GT_BAD_FORMAT,
           "t.tar: b.png: no PNG file");
    refuse(&settings, trick("b.png", AE_IFREG, "", 0), GT_BAD_FORMAT,
           "t.tar: b.png: no PNG file");
    gt_dataset_close(import(&settings, trick("b.png", AE_IFLNK, NULL, 0)));
    assert_string_equal(report.note,
                        "links and devices in the archive are left out: 1, as 'b.png'");
    gt_dataset_close(import(&settings, trick("b.png", AE_IFIFO, NULL, 0)));
    assert_string_equal(report.note,
                        "links and devices in the archive are left out: 1, as 'b.png'");
    gt_dataset_close(import(&settings, trick("in.tar.gz", AE_IFREG, "x", 1)));
    assert_string_equal(report.note, "archives in the archive are left out: 1, as 'in.tar.gz'");
    unsigned char bytes[2880 * 2];
    settings.keep_values = true;
    gt_dataset *set =
        import(&settings, trick("b.fits", AE_IFREG, bytes, make_fits(bytes, 3, 2)));
    expect_values(set, 0, (float[]){10, 11, 12, 13, 14, 15}, 6);
    expect_values(set, 1, (float[]){259, 260, 261, 256, 257, 258}, 6);
    gt_dataset_close(set);
    refuse(&settings, trick("b.fits", AE_IFREG, "SIMPLE  =", 9), GT_BAD_FORMAT,
           "t.tar: b.fits: 9 bytes, expected whole blocks of 2880: the file is cut");
    struct archive *out = pack_start("n.zip", ZIP);
    pack_add(out, "in.zip", AE_IFREG, NULL, "x", 1);
    pack_finish(out);
    refuse(&settings, in_folder("n.zip"), GT_NOT_FOUND,
           "no pictures in this archive, but another archive, 'in.zip'; unzip ");
    out = pack_start("n.zip", ZIP);
    pack_add(out, "sky/b.TIF", AE_IFREG, NULL, "x", 1);
    pack_add(out, "a.gif", AE_IFREG, NULL, "x", 1);
    pack_finish(out);
    refuse(
        &settings, in_folder("n.zip"), GT_NOT_FOUND,
        "no pictures in this archive, but 2 of other kinds, as 'sky/b.TIF'; expected *.png|");
    out = pack_start("n.zip", ZIP);
    pack_add(out, "set.h5", AE_IFREG, NULL, "x", 1);
    pack_finish(out);
    refuse(&settings, in_folder("n.zip"), GT_NOT_FOUND,
           "no pictures in this archive, but a file of many, 'set.h5'; --format hdf5 reads it");
    gt_dataset_close(import(&settings, trick("set.npz", AE_IFREG, "x", 1)));
    assert_string_equal(report.note,
                        "files of many pictures in the archive are left out: 1, as 'set.npz'");
}

static void bombs_are_refused(void **state) {
    enum { SIZE = 1 << 20 };
    gt_import_settings settings = settings_for("pictures", false);
    char *zeros = calloc(1, SIZE);
    unsigned char packed[1 << 14];
    for (packing how = TAR_GZ; how < PACKINGS; how++) {
        if (how == TAR_XZ) continue;
        struct archive *out = pack_start("bomb", how);
        for (int i = 0; i < 2; i++)
            pack_add(out, i ? "b.txt" : "a.txt", AE_IFREG, NULL, zeros, SIZE);
        pack_finish(out);
        settings.unpack = 0.0015; /* GiB */
        refuse(&settings, in_folder("bomb"), GT_UNSUPPORTED,
               "bomb: unpacks to more than 1610612 bytes; --unpack allows more");
        settings.unpack = 0.1;
        refuse(&settings, in_folder("bomb"), GT_NOT_FOUND, "no pictures in this archive");
    }
    size_t size = pack_gzip(zeros, SIZE, packed, sizeof packed);
    struct archive *out = pack_start("bomb", TAR); /* of members that are packed themselves */
    pack_add(out, "a.fits.gz", AE_IFREG, NULL, packed, size);
    pack_add(out, "b.fits.gz", AE_IFREG, NULL, packed, size);
    pack_finish(out);
    settings.drop_damaged = true;
    settings.unpack = 0.0015;
    refuse(&settings, in_folder("bomb"), GT_UNSUPPORTED, "bomb: unpacks to more than");
    free(zeros);
}

static void cut_archives_are_refused(void **state) {
    gt_import_settings settings = settings_for("pictures", false);
    char *bytes = NULL;
    size_t size;
    assert_ok(gt_file_load(trick("b/c.txt", AE_IFREG, "x", 1), 1 << 20, &bytes, &size, &err),
              err);
    for (size_t length = 0; length < 1024; length += 97) {
        write_file(in_folder("cut.tar"), bytes, length);
        refuse(&settings, in_folder("cut.tar"), GT_BAD_FORMAT, "cut.tar");
    }
    free(bytes);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(kinds_lie_side_by_side),
        TEST(jpegs_are_laid_as_they_were_seen),
        TEST(types_may_differ),
        TEST(what_floats_lose_is_told),
        TEST(fits_files_lie_beside_others),
        TEST(lists_take_what_lies_anywhere),
        TEST(damaged_pictures_say_nothing_of_others),
        TEST(what_is_no_picture_is_named),
        TEST(what_is_left_out_of_a_folder_is_told),
        TEST(folders_that_hold_themselves),
        TEST(archives_are_read_as_folders_are),
        TEST(unpacked_archives_are_folders),
        TEST(fits_files_in_archives_are_read),
        TEST(what_lies_beside_fits_files_is_told),
        TEST(units_of_fits_files_in_archives),
        TEST(damaged_fits_files_in_archives),
        TEST(tricks_of_archives),
        TEST(bombs_are_refused),
        TEST(cut_archives_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
