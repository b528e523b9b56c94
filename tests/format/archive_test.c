/* archive_test.c - regular files come out of archives; links and cuts do not. */
#include "archive_maker.h"

#include "archive_reader.h"
#include "file.h"

static gt_error err;

static char large[200000];

static void write_sample(const char *name, packing how) {
    for (size_t i = 0; i < sizeof large; i++) large[i] = (char)(i * i >> 3);
    struct archive *out = pack_start(name, how);
    if (how != ZIP) pack_add(out, "folder", AE_IFDIR, NULL, NULL, 0);
    pack_add(out, "folder/first", AE_IFREG, NULL, "hello", 5);
    pack_add(out, "../../evil", AE_IFREG, NULL, "evil", 4);
    if (how != ZIP) {
        pack_add(out, "soft", AE_IFLNK, "/etc/passwd", NULL, 0);
        pack_add(out, "hard", AE_IFREG, "folder/first", NULL, 0);
        pack_add(out, "pipe", AE_IFIFO, NULL, NULL, 0);
    }
    pack_add(out, "empty", AE_IFREG, NULL, NULL, 0);
    pack_add(out, "large", AE_IFREG, NULL, large, sizeof large);
    pack_finish(out);
}

static void expect_member(gt_archive *archive, const char *name, const void *bytes,
                          size_t size) {
    const char *got;
    uint8_t *content = NULL;
    size_t length;
    assert_ok(gt_archive_next(archive, &got, &err), err);
    assert_string_equal(got, name);
    assert_ok(gt_archive_read(archive, &content, &length, &err), err);
    assert_int_equal(length, size);
    if (size) assert_memory_equal(content, bytes, size);
    free(content);
}

/* What --unpack asks for stands, however large or small the packed bytes are. */
static void most_is_what_is_asked_for(void **state) {
    const gt_archive_limits usual = gt_archive_limits_default();
    const gt_archive_limits asked = gt_archive_limits_for("gone", UINT64_C(1) << 40);
    assert_true(gt_archive_most(&usual, 50) == 50000 + (1 << 20));
    assert_true(gt_archive_most(&usual, UINT64_C(1) << 40) == usual.bytes);
    for (uint64_t packed = 1; packed < 1 << 22; packed = 3 * packed + 1)
        assert_true(gt_archive_most(&asked, packed) == UINT64_C(1) << 40);
}

static void regular_files_come_out(void **state) {
    const gt_archive_limits limits = gt_archive_limits_default();
    for (packing how = TAR; how <= ZIP; how++) {
        gt_archive *archive = NULL;
        const char *name;
        write_sample("a", how);
        assert_ok(gt_archive_open(in_folder("a"), &limits, &archive, &err), err);
        for (int turn = 0; turn < 2; turn++) {
            if (turn == 1) assert_ok(gt_archive_rewind(archive, &err), err);
            expect_member(archive, "folder/first", "hello", 5);
            assert_ok(gt_archive_next(archive, &name, &err), err); /* not read */
            assert_string_equal(name, "../../evil");
            expect_member(archive, "empty", NULL, 0);
            expect_member(archive, "large", large, sizeof large);
            assert_ok(gt_archive_next(archive, &name, &err), err);
            assert_null(name);
        }
        gt_archive_close(archive);
        assert_int_equal(entries_in_folder(), 1); /* nothing was unpacked */
    }
}

/* Reads all of an archive. */
static gt_status walk(const char *path, gt_archive_limits limits) {
    gt_status status = GT_OK;
    gt_archive *archive = NULL;
    const char *name = "";
    GT_TRY(gt_archive_open(path, &limits, &archive, &err));
    while (name != NULL) {
        uint8_t *bytes = NULL;
        size_t length;
        GT_TRY(gt_archive_next(archive, &name, &err));
        if (name != NULL) GT_TRY(gt_archive_read(archive, &bytes, &length, &err));
        free(bytes);
    }
done:
    gt_archive_close(archive);
    return status;
}

static void expect(gt_status got, gt_status status, const char *words) {
    if (got != status || !strstr(err.text, words))
        fail_msg("%s '%s', expected %s '%s'", gt_status_name(got), err.text,
                 gt_status_name(status), words);
}

static void limits_hold(void **state) {
    gt_archive_limits limits = gt_archive_limits_default();
    write_sample("a", TAR);
    limits.members = 5;
    expect(walk(in_folder("a"), limits), GT_UNSUPPORTED, "more than 5 entries");
    limits = gt_archive_limits_default();
    limits.member_bytes = 199999;
    expect(walk(in_folder("a"), limits), GT_UNSUPPORTED, "a file of more than 199999 bytes");
    limits = gt_archive_limits_default();
    limits.bytes = 150000;
    for (packing how = TAR; how <= ZIP; how++) {
        write_sample("a", how);
        expect(walk(in_folder("a"), limits), GT_UNSUPPORTED,
               "unpacks to more than 150000 bytes");
    }
}

/* Cuts the file to 300 lengths below `whole`. */
static void cut_everywhere(const char *name, size_t whole) {
    char *bytes = NULL;
    size_t size;
    assert_ok(gt_file_load(in_folder(name), 1 << 22, &bytes, &size, &err), err);
    for (size_t i = 0; i < 300; i++) {
        size_t length = i * ((whole ? whole : size) - 1) / 299;
        write_file(in_folder("cut"), bytes, length);
        gt_status status = walk(in_folder("cut"), gt_archive_limits_default());
        if (status != GT_BAD_FORMAT || !strstr(err.text, "cut"))
            fail_msg("cut to %zu of %zu: %s", length, size, gt_status_name(status));
    }
    free(bytes);
}

/* A tar file is whole with the first block of zeros behind its last file. */
static size_t tar_needs(const char *name) {
    char *bytes = NULL;
    size_t size;
    assert_ok(gt_file_load(in_folder(name), 1 << 22, &bytes, &size, &err), err);
    while (bytes[size - 1] == 0) size--;
    free(bytes);
    return (size + 511) / 512 * 512 + 512;
}

static void cut_archives_are_refused(void **state) {
    write_sample("a", TAR_GZ);
    cut_everywhere("a", 0);
    write_sample("a", TAR_XZ);
    cut_everywhere("a", 0);
    write_sample("a", ZIP);
    cut_everywhere("a", 0);
    write_sample("a", TAR);
    cut_everywhere("a", tar_needs("a"));
}

static void changed_gzip_data_are_noticed(void **state) {
    char *bytes = NULL;
    size_t size;
    write_sample("a", TAR_GZ);
    assert_ok(gt_file_load(in_folder("a"), 1 << 22, &bytes, &size, &err), err);
    for (size_t i = 10; i < size; i += size / 97) { /* the first ten bytes hold no data */
        bytes[i] ^= 4;
        write_file(in_folder("b"), bytes, size);
        gt_status status = walk(in_folder("b"), gt_archive_limits_default());
        if (status == GT_OK) fail_msg("changed byte %zu went unnoticed", i);
        bytes[i] ^= 4;
    }
    free(bytes);
}

static void other_files_are_refused(void **state) {
    const gt_archive_limits limits = gt_archive_limits_default();
    assert_int_equal(walk(in_folder("none"), limits), GT_NOT_FOUND);
    assert_int_equal(walk(temp_folder, limits), GT_IO);
    write_file(in_folder("empty"), "", 0);
    assert_int_equal(walk(in_folder("empty"), limits), GT_BAD_FORMAT);
    write_file(in_folder("text"), "no archive at all", 17);
    assert_int_equal(walk(in_folder("text"), limits), GT_BAD_FORMAT);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(most_is_what_is_asked_for),
        TEST(regular_files_come_out),
        TEST(limits_hold),
        TEST(cut_archives_are_refused),
        TEST(changed_gzip_data_are_noticed),
        TEST(other_files_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
