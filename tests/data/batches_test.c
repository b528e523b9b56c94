/* batches_test.c - MiraBest and FR-DEEP batches, made here, from archives and folders. */
#include "gt_test.h"

#include <archive.h>
#include <archive_entry.h>
#include <sys/stat.h>

#include "batch_maker.h"
#include "file.h"
#include "importer.h"
#include "reading.h"
#include "temp_folder.h"

enum { SIDE = 4, PIXELS = SIDE * SIDE, MOST = 8 };

static gt_error err;

static const char *const mirabest_codes[] = {"100", "102", "104", "110", "112",
                                             "200", "201", "210", "300", "310"};
static const char *const frdeep_names[] = {"FRI", "FRII"};

/* A file that will be in a set; made in this order, which is not that of the names. */
typedef struct member {
    const char *name;
    maker bytes;
} member;

static void free_members(member *members, int count) {
    for (int i = 0; i < count; i++) free(members[i].bytes.bytes);
}

static void write_archive(const char *name, const char *folder, const member *members,
                          int count) {
    struct archive *out = archive_write_new();
    archive_write_set_format_pax_restricted(out);
    archive_write_add_filter_gzip(out);
    assert_int_equal(archive_write_open_filename(out, in_folder(name)), ARCHIVE_OK);
    for (int i = 0; i < count; i++) {
        char path[256];
        struct archive_entry *entry = archive_entry_new();
        snprintf(path, sizeof path, "%s/%s", folder, members[i].name);
        archive_entry_set_pathname(entry, path);
        archive_entry_set_filetype(entry, AE_IFREG);
        archive_entry_set_size(entry, (la_int64_t)members[i].bytes.length);
        archive_write_header(out, entry);
        archive_write_data(out, members[i].bytes.bytes, members[i].bytes.length);
        archive_entry_free(entry);
    }
    assert_int_equal(archive_write_close(out), ARCHIVE_OK);
    archive_write_free(out);
}

static void write_folder(const char *folder, const member *members, int count) {
    char path[600];
    mkdir(in_folder(folder), 0755);
    for (int i = 0; i < count; i++) {
        snprintf(path, sizeof path, "%s/%s", in_folder(folder), members[i].name);
        write_file(path, members[i].bytes.bytes, members[i].bytes.length);
    }
}

/* Two train batches, a test batch, and one of every label among them. */
static int make_mirabest(member *out) {
    const int first[] = {0, 3, 5}, second[] = {1, 2, 4, 6}, test[] = {7, 8, 9, 0};
    const char *const a[] = {"./x/100_123.251+043.797_0.1281_0034.09.png", "x/odd.png",
                             "200_001.000-10.500_0.1_1.png"};
    const char *const b[] = {"b0", "b1", "b2", "b3"};
    const char *const t[] = {"t0", "./PNG/100_359.999-000.001_0.1281_1234.09.png", "t2", "t3"};
    out[0] = (member){"data_batch_2", make_batch(second, b, 4, SIDE, SIDE, 100)};
    out[1] = (member){"batches.meta", make_meta(mirabest_codes, 10)};
    out[2] = (member){"test_batch", make_batch(test, t, 4, SIDE, SIDE, 200)};
    out[3] = (member){"data_batch_1", make_batch(first, a, 3, SIDE, SIDE, 10)};
    return 4;
}

static int make_frdeep(member *out) {
    const int labels[] = {0, 1, 1};
    const char *const names[] = {"1_a.png", "2_b.png", "3_c.png"};
    out[0] = (member){"test_batch", make_batch(labels, names, 3, 0, PIXELS, 50)};
    out[1] = (member){"data_batch_1", make_batch(labels, names, 2, 0, PIXELS, 10)};
    out[2] = (member){"batches.meta", make_meta(frdeep_names, 2)};
    return 3;
}

typedef struct expected {
    int label, split, pixel; /* pixel: the first value */
    const char *id;
} expected;

static void expect_pictures(gt_source *source, const expected *rows, size_t count) {
    assert_int_equal(source->info->count, count);
    for (size_t i = 0; i <= count; i++) {
        gt_picture picture;
        bool more;
        assert_ok(gt_source_next(source, &picture, &more, &err), err);
        assert_int_equal(more, i < count);
        if (!more) return;
        assert_int_equal(picture.height, SIDE);
        assert_int_equal(picture.width, SIDE);
        assert_int_equal(picture.channels, 1);
        assert_int_equal(picture.row.label, rows[i].label);
        assert_int_equal(picture.row.split, rows[i].split);
        assert_string_equal(picture.row.id, rows[i].id);
        for (int p = 0; p < PIXELS; p++)
            assert_true(picture.pixels[p] == (float)((rows[i].pixel + p) % 256));
    }
}

static void open_and_expect(const char *format, const char *path, const char *subset,
                            const expected *rows, size_t count) {
    gt_source source;
    const gt_source_request request = {path, subset, NULL};
    assert_ok(gt_source_open(format, &request, &source, &err), err);
    expect_pictures(&source, rows, count);
    gt_source_close(&source);
}

static void mirabest_comes_in_order_of_batches(void **state) {
    member members[MOST];
    int count = make_mirabest(members);
    const expected full[] = {{0, 0, 10, "100_123.251+043.797_0.1281_0034.09.png"},
                             {3, 0, 11, "odd.png"},
                             {5, 0, 12, "200_001.000-10.500_0.1_1.png"},
                             {1, 0, 100, "b0"},
                             {2, 0, 101, "b1"},
                             {4, 0, 102, "b2"},
                             {6, 0, 103, "b3"},
                             {7, 1, 200, "t0"},
                             {8, 1, 201, "100_359.999-000.001_0.1281_1234.09.png"},
                             {9, 1, 202, "t2"},
                             {0, 1, 203, "t3"}};
    expected confident[] = {full[0], full[2], full[3], full[4], full[6], full[10]};
    const int classes[] = {0, 1, 0, 0, 1, 0};
    for (int i = 0; i < 6; i++) confident[i].label = classes[i];
    const expected hybrid[] = {{0, 1, 201, full[8].id}, {1, 1, 202, "t2"}};
    write_archive("m.tar.gz", "F_batches", members, count);
    write_folder("F_batches", members, count);
    const char *paths[] = {in_folder("m.tar.gz"), in_folder("F_batches"),
                           in_folder("F_batches/"), temp_folder};
    for (int i = 0; i < 4; i++) {
        if (i == 3) unlink(in_folder("m.tar.gz"));
        open_and_expect("mirabest", paths[i], NULL, full, 11);
        open_and_expect("mirabest", paths[i], "full", full, 11);
        open_and_expect("mirabest", paths[i], "confident", confident, 6);
        open_and_expect("mirabest", paths[i], "hybrid", hybrid, 2);
    }
    free_members(members, count);
}

static void mirabest_names_tell_positions(void **state) {
    member members[MOST];
    gt_source source;
    gt_picture picture;
    bool more;
    int count = make_mirabest(members);
    write_archive("m.tar.gz", "F_batches", members, count);
    free_members(members, count);
    const gt_source_request request = {in_folder("m.tar.gz"), NULL, NULL};
    assert_ok(gt_source_open("mirabest", &request, &source, &err), err);
    assert_string_equal(source.info->class_names[7], "210 FRII uncertain standard");
    assert_string_equal(source.info->survey, "FIRST (VLA, 1.4 GHz)");
    assert_string_equal(source.info->collection, "MiraBest Full");
    assert_true(source.info->pixel_scale_arcsec == 1.8);
    assert_int_equal(source.info->id_length, 38);
    assert_int_equal(source.info->columns, 63);
    for (int i = 0; i < 11; i++) {
        assert_ok(gt_source_next(&source, &picture, &more, &err), err);
        if (i == 0)
            assert_true(picture.row.ra == 123.251 && picture.row.dec == 43.797 &&
                        picture.row.angular_size == 34.09);
        else if (i == 8)
            assert_true(picture.row.ra == 359.999 && picture.row.dec == -0.001 &&
                        picture.row.angular_size == 1234.09);
        else
            assert_true(isnan(picture.row.ra) && isnan(picture.row.dec) &&
                        isnan(picture.row.angular_size));
    }
    gt_source_close(&source);
}

static void frdeep_tells_its_survey(void **state) {
    member members[MOST];
    int count = make_frdeep(members);
    const expected rows[] = {{0, 0, 10, "1_a.png"},
                             {1, 0, 11, "2_b.png"},
                             {0, 1, 50, "1_a.png"},
                             {1, 1, 51, "2_b.png"},
                             {1, 1, 52, "3_c.png"}};
    const char *folders[] = {"NVSS_PNG_dataset", "FIRST_PNG_dataset", "other"};
    const char *collections[] = {"FR-DEEP NVSS", "FR-DEEP FIRST"};
    const double scales[] = {15, 1.8, NAN};
    for (int i = 0; i < 3; i++) {
        gt_source source;
        write_archive("f.tar.gz", folders[i], members, count);
        const gt_source_request request = {in_folder("f.tar.gz"), NULL, NULL};
        assert_ok(gt_source_open("frdeep", &request, &source, &err), err);
        assert_memory_equal(&source.info->pixel_scale_arcsec, &scales[i], sizeof(double));
        assert_int_equal(source.info->survey != NULL, i < 2);
        assert_int_equal(source.info->collection != NULL, i < 2);
        if (i < 2) assert_string_equal(source.info->collection, collections[i]);
        assert_string_equal(source.info->class_names[1], "FRII");
        expect_pictures(&source, rows, 5);
        gt_source_close(&source);
    }
    free_members(members, count);
}

static maker from_corpus(const char *name) {
    char path[80], *bytes = NULL;
    size_t length = 0;
    snprintf(path, sizeof path, "corpus/format_pickle/%s", name);
    assert_ok(gt_file_load(path, 1 << 20, &bytes, &length, &err), err);
    return (maker){.bytes = (uint8_t *)bytes, .length = length};
}

/* Two pictures of 2 x 2, labels 1 and 0, as other Pythons and numpys pickle them. */
static void batches_of_other_writers_are_read(void **state) {
    static const char *const writers[] = {"python2", "python3_protocol2", "python3_protocol4",
                                          "numpy2_protocol5", "numpy2_readonly"};
    for (size_t i = 0; i < sizeof writers / sizeof *writers; i++) {
        member members[3] = {{"data_batch_1", from_corpus(writers[i])},
                             {"test_batch", from_corpus(writers[i])},
                             {"batches.meta", make_meta(frdeep_names, 2)}};
        write_folder(writers[i], members, 3);
        gt_source source;
        const gt_source_request request = {.path = in_folder(writers[i])};
        assert_ok(gt_source_open("frdeep", &request, &source, &err), err);
        assert_int_equal(source.info->count, 4);
        for (int row = 0; row < 4; row++) {
            gt_picture picture;
            bool more;
            assert_ok(gt_source_next(&source, &picture, &more, &err), err);
            assert_int_equal(picture.height * 10 + picture.width, 22);
            assert_int_equal(picture.row.label, 1 - row % 2);
            assert_int_equal(picture.row.split, row / 2);
            assert_string_equal(picture.row.id, row % 2 ? "2_b.png" : "1_a.png");
            for (int p = 0; p < 4; p++)
                assert_true(picture.pixels[p] == (float)((250 + 4 * (row % 2) + p) % 256));
        }
        gt_source_close(&source);
        free_members(members, 3);
    }
}

static void expect_failure(const char *format, const char *path, const char *subset,
                           gt_status status, const char *words) {
    gt_source source;
    const gt_source_request request = {path, subset, NULL};
    gt_status got = gt_source_open(format, &request, &source, &err);
    if (got != status || !strstr(err.text, words))
        fail_msg("%s '%s', expected %s '%s'", gt_status_name(got), err.text,
                 gt_status_name(status), words);
}

static void missing_batches_are_named(void **state) {
    member members[MOST];
    int count = make_mirabest(members);
    for (int left_out = 0; left_out < count; left_out++) {
        member rest[MOST];
        int kept = 0;
        for (int i = 0; i < count; i++)
            if (i != left_out) rest[kept++] = members[i];
        write_archive("m.tar.gz", "x", rest, kept);
        char words[64];
        snprintf(words, sizeof words, "%s is missing", members[left_out].name);
        if (strcmp(members[left_out].name, "data_batch_2") == 0) continue; /* a smaller set */
        expect_failure("mirabest", in_folder("m.tar.gz"), NULL, GT_BAD_FORMAT, words);
    }
    members[1].name = "data_batch_3"; /* was batches.meta */
    members[0].name = "other";
    write_archive("m.tar.gz", "x", members, count);
    expect_failure("mirabest", in_folder("m.tar.gz"), NULL, GT_BAD_FORMAT,
                   "data_batch_2 is missing");
    members[1].name = members[0].name = "batches.meta";
    write_archive("m.tar.gz", "x", members, count);
    expect_failure("mirabest", in_folder("m.tar.gz"), NULL, GT_BAD_FORMAT,
                   "holds batches.meta twice");
    write_archive("m.tar.gz", "x", members, 1);
    expect_failure("mirabest", in_folder("m.tar.gz"), NULL, GT_BAD_FORMAT, "no data_batch_1");
    free_members(members, count);
}

static void other_sets_are_refused(void **state) {
    member members[MOST];
    int count = make_frdeep(members);
    write_archive("f.tar.gz", "x", members, count);
    free_members(members, count);
    expect_failure("mirabest", in_folder("f.tar.gz"), NULL, GT_MISMATCH,
                   "2 classes that are not those of MiraBest_F_batches");
    expect_failure("mirabest", in_folder("f.tar.gz"), "half", GT_USAGE,
                   "--subset half: expected one of full|confident");
    expect_failure("frdeep", in_folder("f.tar.gz"), "full", GT_USAGE, "has no subsets");
    expect_failure("frdeep", in_folder("none"), NULL, GT_NOT_FOUND, "none");
    expect_failure("frdeep", temp_folder, NULL, GT_BAD_FORMAT, "no data_batch_1");
    write_file(in_folder("empty"), "", 0);
    expect_failure("frdeep", in_folder("empty"), NULL, GT_BAD_FORMAT, "empty");
    expect_failure(
        "nrrd", in_folder("empty"), NULL, GT_NOT_FOUND,
        "no format 'nrrd', expected one of mirabest, frdeep, png, pictures, npy, hdf5, fits");
}

/* A set with this one train batch, which must fail so. */
static void expect_batch(maker batch, gt_status status, const char *words) {
    member members[MOST];
    int count = make_frdeep(members);
    free(members[1].bytes.bytes);
    members[1].bytes = batch;
    write_archive("f.tar.gz", "x", members, count);
    free_members(members, count);
    expect_failure("frdeep", in_folder("f.tar.gz"), NULL, status, words);
    assert_non_null(strstr(err.text, "f.tar.gz: data_batch_1"));
}

static maker text_batch(const char *bytes, size_t length) {
    maker m = {0};
    put(&m, bytes, length);
    return m;
}

#define TEXT_BATCH(bytes) text_batch(bytes, sizeof bytes - 1)

static void wrong_batches_are_named(void **state) {
    const int labels[] = {0, 1, 2};
    const char *const names[] = {"a", "b", "c"};
    expect_batch(make_batch(labels, names, 3, 0, PIXELS, 0), GT_BAD_FORMAT,
                 "label 2 is not one of 0 to 1");
    expect_batch(make_batch(labels, names, 2, 0, 15, 0), GT_BAD_FORMAT,
                 "picture 0 has 15 pixels, no square");
    expect_batch(make_batch(labels, names, 0, 0, PIXELS, 0), GT_BAD_FORMAT,
                 "0 labels, 0 pictures, 0 names");
    expect_batch(TEXT_BATCH("\x80\3N."), GT_BAD_FORMAT, "no list 'labels'");
    expect_batch(TEXT_BATCH("\x80\3}(X\6\0\0\0labels}u."), GT_BAD_FORMAT, "no list 'labels'");
    expect_batch(
        TEXT_BATCH("\x80\3}(X\6\0\0\0labels](K\0K\1eX\4\0\0\0data]X\x9\0\0\0filenames]u."),
        GT_BAD_FORMAT, "2 labels, 0 pictures, 0 names");
    expect_batch(
        TEXT_BATCH(
            "\x80\3}(X\6\0\0\0labels](K\0eX\4\0\0\0data](K\1eX\x9\0\0\0filenames](NNeu."),
        GT_BAD_FORMAT, "1 labels, 1 pictures, 2 names");
    expect_batch(
        TEXT_BATCH("\x80\3}(X\6\0\0\0labels](K\0eX\4\0\0\0data](K\1eX\x9\0\0\0filenames](Neu."),
        GT_BAD_FORMAT, "picture 0 is no uint8 array");
    expect_batch(TEXT_BATCH("\x80\3cos\nsystem\n."), GT_UNSUPPORTED, "the name os.system");
    expect_batch(TEXT_BATCH(""), GT_BAD_FORMAT, "0 bytes left");
}

static void cut_batches_are_refused(void **state) {
    member members[MOST];
    int count = make_frdeep(members);
    size_t length = members[0].bytes.length;
    for (int i = 0; i < 300; i++) {
        members[0].bytes.length = (size_t)i * (length - 1) / 299;
        write_folder("x", members, count);
        expect_failure("frdeep", in_folder("x"), NULL, GT_BAD_FORMAT, "x: test_batch");
    }
    free_members(members, count);
}

int main(void) {
    gt_reader_be_here(true); /* hundreds of archives: what readers do is tested elsewhere */
    const struct CMUnitTest tests[] = {
        TEST(mirabest_comes_in_order_of_batches),
        TEST(mirabest_names_tell_positions),
        TEST(frdeep_tells_its_survey),
        TEST(batches_of_other_writers_are_read),
        TEST(missing_batches_are_named),
        TEST(other_sets_are_refused),
        TEST(wrong_batches_are_named),
        TEST(cut_batches_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
