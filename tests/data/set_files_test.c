/* set_files_test.c - HDF5 and npz files in archives: what a folder of them gives comes out of
 * the archive of it, and nothing that they say or are made of does harm. */
#include "import_run.h"

#include <hdf5.h>
#include <sys/stat.h>

#include "archive_maker.h"
#include "galatea/reader.h"

enum { MOST = 1 << 20 };

/* ---- archives and folders of the same files ---- */

static char *load(const char *path, size_t *size) {
    char *bytes = NULL;
    assert_ok(gt_file_load(path, MOST, &bytes, size, &err), err);
    return bytes;
}

/* One file into the archive and, by its name, into the folder "in". */
static void add_file(struct archive *out, const char *from, const char *name) {
    char path[256];
    size_t size;
    char *bytes = load(from, &size);
    snprintf(path, sizeof path, "in/%s", name);
    for (char *slash = strchr(path, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = 0;
        mkdir(in_folder(path), 0755);
        *slash = '/';
    }
    write_file(in_folder(path), bytes, size);
    pack_add(out, name, AE_IFREG, NULL, bytes, size);
    free(bytes);
}

/* Makes of both the same set, to the byte; what is told names the files alone otherwise. */
static void expect_the_same(gt_import_settings *settings, const char *folder,
                            const char *archive) {
    char note[sizeof report.note];
    gt_dataset_close(import(settings, folder));
    snprintf(note, sizeof note, "%s", report.note);
    rename(settings->out, in_folder("first.h5"));
    gt_dataset_close(import(settings, archive));
    if (strstr(note, temp_folder) == NULL) assert_string_equal(report.note, note);
    size_t size, other;
    char *first = load(in_folder("first.h5"), &size), *second = load(settings->out, &other);
    assert_int_equal(size, other);
    assert_memory_equal(first, second, size);
    free(first);
    free(second);
}

static void archives_of_hdf5_files_are_folders(void **state) {
    gt_import_settings settings = settings_for(NULL, true);
    for (packing how = TAR; how < PACKINGS; how++) {
        struct archive *out = pack_start("t", how);
        add_file(out, golden("hdf5/universe/healpix=11/001-of-001.hdf5"),
                 "healpix=11/001-of-001.hdf5");
        add_file(out, golden("hdf5/universe/healpix=5/001-of-001.hdf5"),
                 "healpix=5/001-of-001.hdf5");
        pack_finish(out);
        expect_the_same(&settings, in_folder("in"), in_folder("t"));
        assert_string_equal(report.guess, "hdf5");
        assert_int_equal(report.written, 3);
    }
}

/* Columns, texts, classes, packed chunks: one file in an archive is that file. */
static void one_file_in_an_archive_is_that_file(void **state) {
    static const char *const names[] = {"hdf5/galaxy10_sdss.h5",   "hdf5/lzf.h5",
                                        "hdf5/galaxy10_decals.h5", "hdf5/units.h5",
                                        "npz/columns.npz",         "npz/fortran.npz"};
    gt_import_settings settings = settings_for(NULL, true);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct archive *out = pack_start("t", i % 2 ? ZIP : TAR);
        const char *ending = strrchr(names[i], '.');
        char name[16];
        snprintf(name, sizeof name, "one%s", ending);
        add_file(out, golden(names[i]), name);
        pack_finish(out);
        expect_the_same(&settings, golden(names[i]), in_folder("t"));
        assert_string_equal(report.guess, strcmp(ending, ".h5") == 0 ? "hdf5" : "npy");
    }
}

/* Such texts lie in the heap of the file, which is read by its bytes. */
static void texts_of_any_length_are_read(void **state) {
    static const char *const ids[] = {"one", "a longer one", ""};
    static const unsigned char pixels[3 * 4 * 4] = {1, 2, 3};
    const hsize_t shape[] = {3, 4, 4}, count = 3;
    gt_import_settings settings = settings_for(NULL, true);
    hid_t file = H5Fcreate(in_folder("b.h5"), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    hid_t cube = H5Screate_simple(3, shape, NULL), row = H5Screate_simple(1, &count, NULL);
    hid_t text = H5Tcopy(H5T_C_S1);
    H5Tset_size(text, H5T_VARIABLE);
    hid_t images =
        H5Dcreate2(file, "images", H5T_STD_U8LE, cube, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    hid_t names = H5Dcreate2(file, "id", text, row, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    H5Dwrite(images, H5T_STD_U8LE, H5S_ALL, H5S_ALL, H5P_DEFAULT, pixels);
    H5Dwrite(names, text, H5S_ALL, H5S_ALL, H5P_DEFAULT, ids);
    H5Dclose(images);
    H5Dclose(names);
    H5Tclose(text);
    H5Sclose(cube);
    H5Sclose(row);
    H5Fclose(file);
    struct archive *out = pack_start("t", ZIP);
    add_file(out, in_folder("b.h5"), "b.h5");
    pack_finish(out);
    expect_the_same(&settings, in_folder("b.h5"), in_folder("t"));
    gt_dataset *set = import(&settings, in_folder("t"));
    const char *found;
    assert_ok(gt_dataset_ids(set, &found, &err), err);
    assert_string_equal(found + gt_dataset_describe(set)->id_length + 1, "a longer one");
    gt_dataset_close(set);
}

static void folders_in_archives_tell_splits(void **state) {
    const uint8_t *splits;
    gt_import_settings settings = settings_for(NULL, true);
    struct archive *out = pack_start("t", TAR);
    add_file(out, golden("hdf5/units.h5"), "test/a.h5");
    add_file(out, golden("hdf5/units.h5"), "train/b.nc"); /* netCDF is HDF5 */
    pack_finish(out);
    expect_the_same(&settings, in_folder("in"), in_folder("t"));
    gt_dataset *set = import(&settings, in_folder("t"));
    assert_ok(gt_dataset_splits(set, &splits, &err), err);
    assert_int_equal(splits[0] * 10 + splits[gt_dataset_describe(set)->count - 1],
                     GT_SPLIT_TEST * 10 + GT_SPLIT_TRAIN);
    assert_non_null(strstr(report.note, "the split is told by the names of the files"));
    gt_dataset_close(set);
}

/* Longer than any file's name may be. */
static void names_of_any_length_tell_splits(void **state) {
    const uint8_t *splits;
    char name[400];
    size_t size;
    char *bytes = load(golden("hdf5/units.h5"), &size);
    gt_import_settings settings = settings_for("hdf5", true);
    struct archive *out = pack_start("t", TAR);
    for (int i = 0; i < 2; i++) {
        memset(name, 'a' + i, 300);
        strcpy(name + 300, i ? "_train.h5" : "_test.h5");
        pack_add(out, name, AE_IFREG, NULL, bytes, size);
    }
    pack_finish(out);
    gt_dataset *set = import(&settings, in_folder("t"));
    assert_ok(gt_dataset_splits(set, &splits, &err), err);
    assert_int_equal(splits[0], GT_SPLIT_TEST);
    assert_int_equal(splits[gt_dataset_describe(set)->count - 1], GT_SPLIT_TRAIN);
    gt_dataset_close(set);
    free(bytes);
}

static void folders_that_lie_too_deep_are_told(void **state) {
    gt_import_settings settings = settings_for(NULL, true);
    struct archive *out = pack_start("t.tar", TAR);
    add_file(out, golden("hdf5/units.h5"), "1/2/3/4/a.h5");
    add_file(out, golden("hdf5/units.h5"), "1/2/3/4/6/a.h5");
    add_file(out, golden("hdf5/units.h5"), "1/2/3/4/5/a.h5");
    pack_finish(out);
    gt_dataset_close(import(&settings, in_folder("in")));
    assert_non_null(
        strstr(report.note, "folders below 4 others are left out: 2, as '1/2/3/4/5'"));
}

/* A file of `count` pictures, with an array that is left out, or (scale not 0) packed. */
static void make_cube(const char *name, hsize_t count, const char *beside, double scale) {
    static const unsigned char pixels[8 * 4 * 4] = {1, 2, 3};
    const hsize_t shape[] = {count, 4, 4};
    hid_t file = H5Fcreate(in_folder(name), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    for (int i = 0; i < 2; i++) {
        hid_t space = H5Screate_simple(3 - i, shape, NULL), one = H5Screate(H5S_SCALAR);
        hid_t array = H5Dcreate2(file, i ? beside : "images", H5T_STD_U8LE, space, H5P_DEFAULT,
                                 H5P_DEFAULT, H5P_DEFAULT);
        H5Dwrite(array, H5T_STD_U8LE, H5S_ALL, H5S_ALL, H5P_DEFAULT, pixels);
        if (scale != 0) {
            hid_t note = H5Acreate2(array, "scale_factor", H5T_NATIVE_DOUBLE, one, H5P_DEFAULT,
                                    H5P_DEFAULT);
            H5Awrite(note, H5T_NATIVE_DOUBLE, &scale);
            H5Aclose(note);
        }
        H5Dclose(array);
        H5Sclose(space);
        H5Sclose(one);
    }
    H5Fclose(file);
}

static void what_a_later_file_leaves_out_is_told(void **state) {
    gt_import_settings settings = settings_for(NULL, true);
    mkdir(in_folder("in"), 0755);
    make_cube("in/a.h5", 3, "dust", 0);
    make_cube("in/b.h5", 5, "dust", 0);
    make_cube("in/c.h5", 5, "spectrum", 0);
    gt_dataset_close(import(&settings, in_folder("in")));
    assert_non_null(strstr(report.note, "left out: 'dust' (uint8 3 x 4)"));
    assert_null(strstr(report.note, "in/b.h5: "));
    assert_non_null(strstr(report.note, "in/c.h5: left out: 'spectrum' (uint8 5 x 4)"));
}

static void add_texts(const char *name, const char *column, const char *texts, hsize_t count) {
    hid_t text = H5Tcopy(H5T_C_S1), row = H5Screate_simple(1, &count, NULL);
    hid_t file = H5Fopen(in_folder(name), H5F_ACC_RDWR, H5P_DEFAULT);
    H5Tset_size(text, 4);
    hid_t array = H5Dcreate2(file, column, text, row, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    H5Dwrite(array, text, H5S_ALL, H5S_ALL, H5P_DEFAULT, texts);
    H5Dclose(array);
    H5Tclose(text);
    H5Sclose(row);
    H5Fclose(file);
}

/* As texts are classes in the order of their names in each file by itself. */
static void labels_of_files_with_other_classes_go_by_names(void **state) {
    static const char *const classes[] = {"FRI", "FRII", "bent"};
    const int32_t expected[] = {1, 2, -1, 0, 1, 0}, *labels;
    gt_import_settings settings = settings_for(NULL, true);
    mkdir(in_folder("in"), 0755);
    make_cube("in/a.h5", 3, "dust", 0);
    make_cube("in/b.h5", 3, "dust", 0);
    add_texts("in/a.h5", "labels", "FRIIbent\0\0\0", 3);
    add_texts("in/b.h5", "labels", "FRI\0FRIIFRI", 3);
    gt_dataset *set = import(&settings, in_folder("in"));
    assert_int_equal(gt_dataset_describe(set)->class_count, 3);
    for (int i = 0; i < 3; i++)
        assert_string_equal(gt_dataset_describe(set)->class_names[i], classes[i]);
    assert_ok(gt_dataset_labels(set, &labels, &err), err);
    assert_memory_equal(labels, expected, sizeof expected);
    assert_non_null(strstr(report.note, "have other classes: labels go by their names"));
    gt_dataset_close(set);
    remove(settings.out);
    add_texts("in/b.h5", "survey", "A\0\0\0B\0\0\0C\0\0", 3);
    refuse(&settings, in_folder("in"), GT_MISMATCH,
           "a.h5: 'survey' beside ''; of each imported by itself galatea data merge makes one");
}

static void add_fact(const char *name, const char *fact, const char *text) {
    hid_t file = H5Fopen(in_folder(name), H5F_ACC_RDWR, H5P_DEFAULT);
    hid_t type = H5Tcopy(H5T_C_S1), one = H5Screate(H5S_SCALAR);
    H5Tset_size(type, strlen(text));
    hid_t note = H5Acreate2(file, fact, type, one, H5P_DEFAULT, H5P_DEFAULT);
    H5Awrite(note, type, text);
    H5Aclose(note);
    H5Sclose(one);
    H5Tclose(type);
    H5Fclose(file);
}

/* Codes of two networks are not those of the first. */
static void facts_that_differ_are_declared_by_none(void **state) {
    gt_import_settings settings = settings_for(NULL, true);
    mkdir(in_folder("in"), 0755);
    settings.dataset = "codes";
    for (int i = 0; i < 2; i++) {
        const char *name = i ? "in/b.h5" : "in/a.h5";
        make_cube(name, 3, "codes", 0);
        add_fact(name, "model", i ? "glow" : "vdvae");
        add_fact(name, "learned_from", "sky");
    }
    gt_dataset *set = import(&settings, in_folder("in"));
    assert_null(gt_dataset_describe(set)->model);
    assert_string_equal(gt_dataset_describe(set)->learned_from, "sky");
    assert_non_null(strstr(report.note, "the model is vdvae in '"));
    gt_dataset_close(set);
}

/* Bytes of one file are hundredths in the other. */
static void packed_files_are_not_mixed_with_others(void **state) {
    gt_import_settings settings = settings_for(NULL, true);
    mkdir(in_folder("in"), 0755);
    for (int i = 0; i < 2; i++) { /* whichever comes first */
        make_cube("in/a.h5", 3, "dust", i ? 0 : 0.01);
        make_cube("in/b.h5", 3, "dust", i ? 0.01 : 0);
        refuse(&settings, in_folder("in"), GT_MISMATCH,
               "a.h5 in whether the values are packed (scale_factor)");
    }
}

static void npz_files_are_read_side_by_side(void **state) {
    gt_import_settings settings = settings_for(NULL, true);
    struct archive *out = pack_start("t", TAR_GZ);
    add_file(out, golden("npz/columns.npz"), "a.npz");
    add_file(out, golden("npz/columns.npz"), "b.npz");
    pack_finish(out);
    expect_the_same(&settings, in_folder("in"), in_folder("t"));
    assert_string_equal(report.guess, "npy");
    assert_int_equal(report.written, 8);
    add_file(out = pack_start("t", TAR), golden("npz/columns.npz"), "a.npz");
    add_file(out, golden("npz/two.npz"), "b.npz");
    pack_finish(out);
    int before = entries_in_folder();
    assert_int_not_equal(
        gt_import_run(&settings, in_folder("t"), NULL, NULL, NULL, &report, &err), GT_OK);
    assert_non_null(strstr(err.text, "t: b.npz: "));
    assert_int_equal(entries_in_folder(), before);
}

/* ---- what else there is ---- */

static void what_is_not_read_is_told(void **state) {
    gt_import_settings settings = settings_for(NULL, true);
    struct archive *out = pack_start("t.tar", TAR);
    add_file(out, golden("hdf5/units.h5"), "a.h5");
    add_file(out, golden("npz/two.npz"), "b.npz");
    pack_add(out, "c.tar.gz", AE_IFREG, NULL, "x", 1);
    pack_add(out, "d.h5", AE_IFLNK, "/etc/passwd", NULL, 0);
    pack_add(out, "e.tif", AE_IFREG, NULL, "x", 1);
    pack_add(out, ".f.h5", AE_IFREG, NULL, "x", 1);
    pack_finish(out);
    gt_dataset_close(import(&settings, in_folder("t.tar")));
    static const char *const told[] = {
        "links and devices in the archive are left out: 1, as 'd.h5'",
        "archives in the archive are left out: 1, as 'c.tar.gz'",
        "files of many pictures in the archive are left out: 1, as 'b.npz'",
        "pictures of other kinds in the archive are left out: 1, as 'e.tif'"};
    for (int i = 0; i < 4; i++) assert_non_null(strstr(report.note, told[i]));
    gt_dataset_close(import(&settings, in_folder("in"))); /* the folder tells as well */
    assert_non_null(strstr(report.note, "pictures of other kinds are left out: 1, as 'b.npz'"));
    settings.format = "npy";
    unlink(in_folder("in/b.npz"));
    refuse(&settings, in_folder("in"), GT_NOT_FOUND,
           "in: no npz or npy files in this folder, but 1 of other kinds, as 'a.h5'; expected "
           "*.npz|npy");
}

/* Seven planes of 8 x 8 bytes, as NumPy writes them. */
static void write_planes(const char *path) {
    enum { START = 10, HEADER = 118, PLANES = 7 * 8 * 8 };
    char bytes[START + HEADER + PLANES + 1] = "\x93NUMPY\1";
    bytes[8] = HEADER;
    snprintf(bytes + START, HEADER + 1, "%-*s\n", HEADER - 1,
             "{'descr': '|u1', 'fortran_order': False, 'shape': (7, 8, 8), }");
    for (int i = 0; i < PLANES; i++) bytes[START + HEADER + i] = (char)(i % 100);
    write_file(path, bytes, START + HEADER + PLANES);
}

/* They are channels of one picture, or pictures where arrays are asked for. */
static void planes_of_arrays_in_a_folder(void **state) {
    static const char told[] = "7 planes of an array ('a.npy') are channels of one picture; "
                               "--format npy, for a folder, takes each for a picture";
    gt_import_settings settings = settings_for(NULL, true);
    mkdir(in_folder("in"), 0755);
    write_planes(in_folder("in/a.npy"));
    write_planes(in_folder("in/b.npy"));
    gt_dataset *set = import(&settings, in_folder("in"));
    assert_int_equal(gt_dataset_describe(set)->channels, 7);
    assert_int_equal(report.written, 2);
    assert_non_null(strstr(report.note, told));
    gt_dataset_close(set);
    settings.format = "npy";
    set = import(&settings, in_folder("in"));
    assert_int_equal(gt_dataset_describe(set)->channels, 1);
    assert_int_equal(report.written, 14);
    gt_dataset_close(set);
}

static void kinds_are_not_mixed(void **state) {
    gt_import_settings settings = settings_for(NULL, true);
    struct archive *out = pack_start("t.tar", TAR);
    add_file(out, golden("npz/nhw.npy"), "a.npy");
    add_file(out, golden("hdf5/units.h5"), "b/b.h5");
    pack_finish(out);
    for (int i = 0; i < 2; i++) { /* the folder as well */
        refuse(&settings, in_folder(i ? "in" : "t.tar"), GT_USAGE,
               "holds files of several formats, as '");
        assert_non_null(strstr(err.text, "--format hdf5 or --format pictures takes those"));
    }
    settings.format = "hdf5";
    gt_dataset_close(import(&settings, in_folder("t.tar")));
    assert_non_null(strstr(report.note, "other kinds in the archive are left out: 1, as 'a."));
    out = pack_start("t.tar", TAR);
    pack_add(out, "a.txt", AE_IFREG, NULL, "x", 1);
    pack_finish(out);
    settings.format = "hdf5";
    refuse(&settings, in_folder("t.tar"), GT_NOT_FOUND, "t.tar: no HDF5 files in this archive");
}

/* ---- hostile and damaged members ---- */

static const char *archive_of(const char *name, const void *bytes, size_t size) {
    struct archive *out = pack_start("t.tar", TAR);
    size_t length;
    char *good = load(golden("hdf5/units.h5"), &length);
    pack_add(out, "a.h5", AE_IFREG, NULL, good, length);
    pack_add(out, name, AE_IFREG, NULL, bytes, size);
    pack_finish(out);
    free(good);
    return in_folder("t.tar");
}

/* A file whose pictures lie in another one. */
static hid_t begin_file(void) {
    return H5Fcreate(in_folder("b.h5"), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
}

static void add_elsewhere(hid_t file, int way) {
    const hsize_t shape[] = {3, 4, 4};
    hid_t space = H5Screate_simple(3, shape, NULL), how = H5Pcreate(H5P_DATASET_CREATE);
    if (way == 0)
        H5Lcreate_external("a.h5", "/images", file, "images", H5P_DEFAULT, H5P_DEFAULT);
    if (way == 1) H5Lcreate_soft("/other", file, "images", H5P_DEFAULT, H5P_DEFAULT);
    if (way == 2) H5Pset_external(how, "/etc/passwd", 0, 48);
    if (way == 3) H5Pset_virtual(how, space, "a.h5", "/images", space);
    if (way > 1)
        H5Dclose(
            H5Dcreate2(file, "images", H5T_STD_U8LE, space, H5P_DEFAULT, how, H5P_DEFAULT));
    H5Pclose(how);
    H5Sclose(space);
    H5Fclose(file);
}

static void members_reach_no_other_file(void **state) {
    static const char *const words[] = {"t.tar: b.h5: 'images' is a link to somewhere else",
                                        "t.tar: b.h5: 'images' is a link to somewhere else",
                                        "'images' keeps its values in other files",
                                        "'images' is a virtual view of other data sets"};
    gt_import_settings settings = settings_for(NULL, true);
    for (int way = 0; way < 4; way++) {
        size_t size;
        add_elsewhere(begin_file(), way);
        char *bytes = load(in_folder("b.h5"), &size);
        refuse(&settings, archive_of("b.h5", bytes, size), GT_UNSUPPORTED, words[way]);
        free(bytes);
    }
    refuse(&settings, archive_of("../b.h5", "x", 1), GT_BAD_FORMAT,
           "t.tar: the name '../b.h5' leads out of the archive's folder");
}

static void damaged_members_are_named(void **state) {
    gt_import_settings settings = settings_for(NULL, true);
    size_t size;
    char *bytes = load(golden("hdf5/units.h5"), &size);
    const struct {
        const char *bytes;
        size_t size;
    } parts[] = {{bytes, 0}, {"x", 1}, {bytes, 100}, {bytes, size / 2}, {bytes, size - 1}};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        settings.drop_damaged = false;
        const char *path = archive_of("b.h5", parts[i].bytes, parts[i].size);
        refuse(&settings, path, GT_BAD_FORMAT, "t.tar: b.h5: ");
        assert_non_null(strstr(err.text, "; --drop-damaged leaves out such files"));
        settings.drop_damaged = true;
        gt_dataset_close(import(&settings, path));
        assert_non_null(strstr(report.note, "1 file cannot be read and is left out"));
        unlink(settings.out);
    }
    free(bytes);
}

/* ZIP says twice how long a member is: at its head and in its list. */
static void lengths_that_lie_are_refused(void **state) {
    gt_import_settings settings = settings_for("hdf5", true);
    size_t size, whole;
    char *bytes = load(golden("hdf5/units.h5"), &size);
    struct archive *out = pack_start("t.zip", ZIP);
    pack_add(out, "a.h5", AE_IFREG, NULL, bytes, size);
    pack_finish(out);
    char *zip = load(in_folder("t.zip"), &whole), *list = memmem(zip, whole, "PK\1\2", 4);
    assert_non_null(list);
    for (int i = 0; i < 3; i++) {
        const uint32_t told =
            (uint32_t[]){(uint32_t)size - 7, (uint32_t)size + 7, UINT32_MAX - 1}[i];
        memcpy(list + 24, &told, sizeof told);
        memcpy(zip + 22, &told, sizeof told);
        write_file(in_folder("t.zip"), zip, whole);
        refuse(&settings, in_folder("t.zip"), i < 2 ? GT_BAD_FORMAT : GT_UNSUPPORTED,
               "t.zip: ");
    }
    free(zip);
    free(bytes);
}

static void encrypted_members_are_told(void **state) {
    gt_import_settings settings = settings_for("hdf5", true);
    size_t size;
    char *bytes = load(golden("hdf5/units.h5"), &size);
    struct archive *out = archive_write_new();
    archive_write_set_format_zip(out);
    if (archive_write_set_options(out, "zip:encryption=zipcrypt") != ARCHIVE_OK) skip();
    archive_write_set_passphrase(out, "secret");
    assert_int_equal(archive_write_open_filename(out, in_folder("t.zip")), ARCHIVE_OK);
    pack_add(out, "a.h5", AE_IFREG, NULL, bytes, size);
    pack_finish(out);
    refuse(&settings, in_folder("t.zip"), GT_UNSUPPORTED,
           "t.zip: 'a.h5' is encrypted, which is not read; mkdir FOLDER && unzip ");
    free(bytes);
}

static void members_beyond_the_memory_are_refused(void **state) {
    enum { LARGE = 24 << 20 };
    gt_import_settings settings = settings_for(NULL, true);
    char *bytes = calloc(1, LARGE);
    size_t size;
    char *good = load(golden("hdf5/units.h5"), &size);
    memcpy(bytes, good, size); /* bytes behind a file's end are nobody's */
    struct archive *out = pack_start("t.tar", TAR);
    pack_add(out, "a.h5", AE_IFREG, NULL, bytes, LARGE);
    pack_finish(out);
    gt_reader_limit(60 << 20, 0);
    refuse(
        &settings, in_folder("t.tar"), GT_UNSUPPORTED,
        "t.tar: 'a.h5' takes 25 MiB of memory, expected at most 20, a third of its reader's");
    assert_non_null(strstr(err.text, "GALATEA_READER_MEMORY=100 allows it; tar -xf "));
    assert_non_null(strstr(err.text, "t.tar a.h5 && galatea data import a.h5 --out SET.h5"));
    gt_reader_limit(100 << 20, 0);
    gt_dataset_close(import(&settings, in_folder("t.tar")));
    gt_reader_limit(0, 0);
    free(bytes);
    free(good);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(archives_of_hdf5_files_are_folders),
        TEST(one_file_in_an_archive_is_that_file),
        TEST(texts_of_any_length_are_read),
        TEST(folders_in_archives_tell_splits),
        TEST(names_of_any_length_tell_splits),
        TEST(folders_that_lie_too_deep_are_told),
        TEST(what_a_later_file_leaves_out_is_told),
        TEST(labels_of_files_with_other_classes_go_by_names),
        TEST(facts_that_differ_are_declared_by_none),
        TEST(packed_files_are_not_mixed_with_others),
        TEST(npz_files_are_read_side_by_side),
        TEST(what_is_not_read_is_told),
        TEST(planes_of_arrays_in_a_folder),
        TEST(kinds_are_not_mixed),
        TEST(members_reach_no_other_file),
        TEST(damaged_members_are_named),
        TEST(lengths_that_lie_are_refused),
        TEST(encrypted_members_are_told),
        TEST(members_beyond_the_memory_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
