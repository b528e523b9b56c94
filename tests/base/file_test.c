/* file_test.c - exact reads with a clear word about short files; folders; the checksum. */
#include "gt_test.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "file.h"
#include "hash.h"

static char folder[64], path[128];
static const char content[] = "0123456789";

static int make_place(void **state) {
    strcpy(folder, "/tmp/galatea-file-XXXXXX");
    if (!mkdtemp(folder)) return -1;
    snprintf(path, sizeof path, "%s/data", folder);
    FILE *file = fopen(path, "w");
    if (!file) return -1;
    fwrite(content, 1, 10, file);
    return fclose(file);
}

static int remove_place(void **state) {
    char command[96];
    snprintf(command, sizeof command, "rm -r '%s'", folder);
    return system(command);
}

static void reads_at(void **state) {
    gt_error err;
    int fd = -1;
    uint64_t size = 0;
    char out[16] = "";
    assert_ok(gt_file_open(path, &fd, &size, &err), err);
    assert_int_equal(size, 10);
    assert_ok(gt_file_read_at(fd, path, 3, out, 4, &err), err);
    assert_string_equal(out, "3456");
    assert_ok(gt_file_read_at(fd, path, 10, out, 0, &err), err);
    assert_int_equal(gt_file_read_at(fd, path, 8, out, 5, &err), GT_BAD_FORMAT);
    assert_non_null(strstr(err.text, "expected 5 bytes at offset 8, the file ends after 2"));
    assert_int_equal(gt_file_read_at(fd, path, UINT64_MAX, out, 1, &err), GT_BAD_ARGUMENT);
    assert_int_equal(gt_file_read_at(fd, path, INT64_MAX, out, 1, &err), GT_BAD_ARGUMENT);
    close(fd);
    assert_int_equal(gt_file_read_at(fd, path, 0, out, 1, &err), GT_IO);
    assert_int_equal(gt_file_size(fd, path, &size, &err), GT_IO);
}

static void what_is_no_file(void **state) {
    gt_error err;
    int fd = -7;
    char pipe_path[128];
    snprintf(pipe_path, sizeof pipe_path, "%s/pipe", folder);
    assert_int_equal(mkfifo(pipe_path, 0600), 0);
    assert_int_equal(gt_file_open(pipe_path, &fd, NULL, &err), GT_IO); /* and does not wait */
    assert_int_equal(gt_file_open(folder, &fd, NULL, &err), GT_IO);
    assert_non_null(strstr(err.text, "is a folder"));
    assert_int_equal(gt_file_open("/dev/zero", &fd, NULL, &err), GT_IO);
    assert_int_equal(gt_file_open("/tmp/galatea-no-such-file", &fd, NULL, &err), GT_NOT_FOUND);
    assert_non_null(strstr(err.text, "/tmp/galatea-no-such-file: No such file or directory"));
    assert_int_equal(fd, -7);
}

static void loads_whole(void **state) {
    gt_error err;
    char *bytes = NULL;
    size_t size = 0;
    assert_ok(gt_file_load(path, 10, &bytes, &size, &err), err);
    assert_int_equal(size, 10);
    assert_string_equal(bytes, content);
    free(bytes);
    assert_int_equal(gt_file_load(path, 9, &bytes, &size, &err), GT_BAD_FORMAT);
    assert_non_null(strstr(err.text, "has 10 bytes, expected at most 9"));
}

static void makes_folders(void **state) {
    gt_error err;
    char deep[160];
    struct stat info;
    snprintf(deep, sizeof deep, "%s/a/b//c/", folder);
    assert_ok(gt_mkdirs(deep, &err), err);
    assert_ok(gt_mkdirs(deep, &err), err);
    assert_int_equal(stat(deep, &info), 0);
    assert_true(S_ISDIR(info.st_mode));
    snprintf(deep, sizeof deep, "%s/x", path);
    assert_int_equal(gt_mkdirs(deep, &err), GT_IO);
    assert_non_null(strstr(err.text, "data is a file, expected a folder"));
    assert_int_equal(gt_mkdirs("", &err), GT_NOT_FOUND);
    assert_ok(gt_mkdirs("/", &err), err);
}

/* Published values of XXH64 with seed 0. */
static void checksum_known_answers(void **state) {
    static const struct {
        const char *text;
        uint64_t want;
    } cases[] = {
        {"", 0xef46db3751d8e999},
        {"a", 0xd24ec4f1a98c6e5b},
        {"abc", 0x44bc2cf5ad770999},
        {"Nobody inspects the spammish repetition", 0xfbcea83c8a378bf1},
    };
    char text[GT_HASH_TEXT];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_true(gt_hash64(cases[i].text, strlen(cases[i].text)) == cases[i].want);
    assert_string_equal(gt_hash_to_text(0x0123456789abcdef, text), "0123456789abcdef");
}

static void checksum_in_pieces(void **state) {
    unsigned char bytes[200];
    for (size_t i = 0; i < sizeof bytes; i++) bytes[i] = (unsigned char)(i * 37 + 11);
    for (size_t size = 0; size <= sizeof bytes; size++) {
        uint64_t whole = gt_hash64(bytes, size);
        for (size_t cut = 1; cut < 70; cut += 3) {
            gt_hash hash;
            gt_hash_begin(&hash);
            for (size_t at = 0; at < size; at += cut)
                gt_hash_add(&hash, bytes + at, cut < size - at ? cut : size - at);
            assert_true(gt_hash_end(&hash) == whole);
        }
    }
}

/* Bytes that were never written count as zeros, wherever they are. */
static void check_sparse_checksum(void) {
    enum { SIZE = 3 << 20 };
    gt_error err;
    uint64_t hash = 0;
    unsigned char *bytes = calloc(1, SIZE);
    for (int way = 0; way < 8; way++) {
        FILE *file = fopen(path, "w");
        assert_int_equal(ftruncate(fileno(file), SIZE), 0);
        memset(bytes, 0, SIZE);
        for (int part = 0; part < 3; part++) {
            size_t at = part == 2 ? SIZE - 100 : (size_t)part * (1 << 20);
            if (!(way & 1 << part)) continue;
            memset(bytes + at, 'x', 100);
            assert_int_equal(pwrite(fileno(file), bytes + at, 100, (off_t)at), 100);
        }
        fclose(file);
        assert_ok(gt_file_hash(path, &hash, &err), err);
        assert_true(hash == gt_hash64(bytes, SIZE));
    }
    free(bytes);
}

static void checksum_of_a_file(void **state) {
    gt_error err;
    uint64_t hash = 0;
    assert_ok(gt_file_hash(path, &hash, &err), err);
    assert_true(hash == gt_hash64(content, 10));
    unsigned char *big = malloc(200001);
    for (size_t i = 0; i < 200001; i++) big[i] = (unsigned char)(i * i >> 3);
    FILE *file = fopen(path, "w");
    fwrite(big, 1, 200001, file);
    fclose(file);
    assert_ok(gt_file_hash(path, &hash, &err), err);
    assert_true(hash == gt_hash64(big, 200001));
    free(big);
    check_sparse_checksum();
    assert_int_equal(gt_file_hash(folder, &hash, &err), GT_IO);
}

static void endings_are_known(void **state) {
    gt_error err;
    static const struct {
        const char *path, *endings;
        int index;
    } cases[] = {{"a.fits", "fits|fit|csv", 0},  {"a.FIT", "fits|fit|csv", 1},
                 {"a.b.csv", "fits|fit|csv", 2}, {"a.fits.gz", "fits|fit|csv", -1},
                 {"a", "fits|fit|csv", -1},      {"a", "h5|hdf5|", 2},
                 {"lr=0.1/a", "h5|hdf5|", 2},    {".h5", "h5|hdf5|", 2},
                 {"x/.h5", "h5|hdf5", -1},       {"h5", "h5|hdf5", -1},
                 {"a.", "h5|hdf5|", -1},         {"x/", "h5|hdf5|", -1},
                 {"a.h", "h5|hdf5", -1},         {"", "h5|", -1}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        if (gt_file_ending(cases[i].path, cases[i].endings) != cases[i].index)
            fail_msg("'%s' of %s: %d", cases[i].path, cases[i].endings,
                     gt_file_ending(cases[i].path, cases[i].endings));
    assert_int_equal(gt_file_check_ending("out", "a.x", "h5|hdf5|", &err), GT_USAGE);
    assert_string_equal(err.text, "--out a.x: its name must end in .h5 or .hdf5");
    assert_int_equal(gt_file_check_ending(NULL, "a", "fits|fit|csv", &err), GT_USAGE);
    assert_string_equal(err.text, "a: its name must end in .fits, .fit or .csv");
    assert_ok(gt_file_check_ending(NULL, "a.CSV", "fits|fit|csv", &err), err);
}

static void folders_of_files(void **state) {
    static const char *const cases[][2] = {{"a/b/c", "a/b"}, {"/c", "/"}, {"c", "."},
                                           {"./c", "."},     {"a/", "a"}, {"", "."}};
    char found[8];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        gt_file_folder(cases[i][0], found, sizeof found);
        assert_string_equal(found, cases[i][1]);
    }
    gt_file_folder("a longer one/c", found, sizeof found);
    assert_string_equal(found, "a longe");
}

typedef struct seen {
    int files, most;
} seen;

static bool count(void *user, const struct stat *file) {
    seen *s = user;
    assert_true(S_ISREG(file->st_mode));
    return ++s->files < s->most;
}

/* Links are followed, but none that leads back or to a folder around: all disks lie in that. */
static void folders_are_gone_through(void **state) {
    gt_error err;
    char name[200];
    seen s = {.most = 100};
    snprintf(name, sizeof name, "%s/a/b", folder);
    assert_ok(gt_mkdirs(name, &err), err);
    snprintf(name, sizeof name, "%s/a/b/file", folder);
    assert_int_equal(symlink(path, name), 0);
    static const char *const links[][2] = {{"b", "a/same"},
                                           {"..", "a/b/back"},
                                           {"/", "root"},
                                           {"../..", "up"},
                                           {"none", "broken"}};
    for (size_t i = 0; i < sizeof links / sizeof *links; i++) {
        snprintf(name, sizeof name, "%s/%s", folder, links[i][1]);
        assert_int_equal(symlink(links[i][0], name), 0);
    }
    assert_true(gt_folder_visit(folder, count, &s));
    assert_int_equal(s.files, 3); /* itself, and through both names of the folder */
    s = (seen){.most = 2};
    assert_false(gt_folder_visit(folder, count, &s));
    assert_int_equal(s.files, 2);
    s = (seen){.most = 100};
    assert_true(gt_folder_visit(path, count, &s));
    assert_true(gt_folder_visit("nothing", count, &s));
    assert_int_equal(s.files, 1);
    gt_folder_way first, next;
    snprintf(name, sizeof name, "%s/root", folder);
    assert_ok(gt_folder_way_enter(folder, NULL, &first, &err), err);
    assert_int_equal(gt_folder_way_enter(name, &first, &next, &err), GT_UNSUPPORTED);
    assert_non_null(strstr(err.text, "root: a link to a folder that "));
}

int main(void) {
#define TEST(f) cmocka_unit_test_setup_teardown(f, make_place, remove_place)
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(endings_are_known),
        cmocka_unit_test(folders_of_files),
        TEST(reads_at),
        TEST(what_is_no_file),
        TEST(loads_whole),
        TEST(makes_folders),
        TEST(folders_are_gone_through),
        cmocka_unit_test(checksum_known_answers),
        cmocka_unit_test(checksum_in_pieces),
        TEST(checksum_of_a_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
