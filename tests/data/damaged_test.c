/* Damaged files of every format through reader processes, which may die of them: here each is a
 * failure with a sentence of one line that names the file, or pictures, and nothing is left. Of
 * the whole seeds some are read.
 *
 *     data_damaged_test [COPIES [FORMAT [FIRST]]]     so many damaged copies of each format's
 *                                                     seeds, from number FIRST on; a line for
 *                                                     each format tells what became of them */
#include <dirent.h>
#include <errno.h>
#include <sys/wait.h>
#include <unistd.h>

#include "file.h"
#include "gt_test.h"
#include "importer.h"
#include "rng.h"
#include "temp_folder.h"

enum { USUAL_COPIES = 24, MOST_DAMAGE = 8, MOST_SEEDS = 32, MOST_BYTES = 1 << 22 };

static long copies = USUAL_COPIES, first;
static const char *only;

typedef struct seed {
    char name[64], *bytes;
    size_t size;
    const char *format; /* that of the whole file */
} seed;

typedef struct outcome {
    long read, refused, died;
} outcome;

static size_t load_seeds(const char *folder, seed out[MOST_SEEDS]) {
    size_t count = 0;
    gt_error err;
    DIR *listing = opendir(folder);
    assert_non_null(listing);
    for (struct dirent *entry; (entry = readdir(listing)) && count < MOST_SEEDS;) {
        char path[512];
        if (entry->d_name[0] == '.') continue;
        snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        snprintf(out[count].name, sizeof out[count].name, "%.60s", entry->d_name);
        assert_ok(gt_file_load(path, MOST_BYTES, &out[count].bytes, &out[count].size, &err),
                  err);
        assert_ok(gt_importer_guess(path, &out[count].format, &err), err);
        count++;
    }
    closedir(listing);
    assert_true(count > 0);
    return count;
}

/* One to eight bytes changed, and every third copy cut. */
static void write_damaged(const char *path, const seed *from, long copy) {
    const gt_rng_key key = {.seed = (uint64_t)copy, .stream = gt_rng_stream(from->name)};
    gt_rng_block draw = gt_rng_bits(key, 0);
    size_t size = copy % 3 == 0 ? draw.word[1] % from->size : from->size;
    char *bytes = malloc(from->size);
    memcpy(bytes, from->bytes, from->size);
    for (uint64_t i = draw.word[0] % MOST_DAMAGE + 1; i > 0; i--) {
        draw = gt_rng_bits(key, i);
        bytes[draw.word[0] % from->size] = (char)draw.word[1];
    }
    write_file(path, bytes, size);
    free(bytes);
}

static gt_status read_all(const char *format, const char *path, gt_error *err) {
    gt_source source = {0};
    const gt_source_request request = {.path = path};
    bool more = true;
    gt_status status = gt_source_open(format, &request, &source, err);
    for (int i = 0; !status && more && i < 64; i++) {
        gt_picture picture;
        status = gt_source_next(&source, &picture, &more, err);
        if (!status && more) status = gt_source_pixels(&source, &picture, err);
    }
    gt_source_close(&source);
    return status;
}

static void judge(const char *path, gt_status status, const gt_error *err, outcome *found) {
    if (status) {
        assert_true(status > GT_OK && status < GT_STATUS_COUNT);
        assert_non_null(strstr(err->text, strrchr(path, '/') + 1));
        assert_null(strchr(err->text, '\n'));
    }
    found->read += status == GT_OK;
    found->died += status && strstr(err->text, "ended by signal") != NULL;
    found->refused += status != GT_OK;
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
    assert_int_equal(errno, ECHILD);
}

static size_t count_read(const seed *seeds, size_t count) {
    size_t read = 0;
    for (size_t i = 0; i < count && !read; i++) { /* one will do */
        gt_error err;
        const char *path = in_folder("whole");
        write_file(path, seeds[i].bytes, seeds[i].size);
        read += read_all(seeds[i].format, path, &err) == GT_OK;
        unlink(path);
    }
    return read;
}

static void try_damaged(const seed *one, long copy, outcome *found) {
    gt_error err;
    const char *path = in_folder(one->name);
    write_damaged(path, one, copy);
    gt_status status = read_all(one->format, path, &err);
    judge(path, status, &err, found);
    assert_int_equal(entries_in_folder(), 1);
    unlink(path);
}

static void try_seeds(const char *folder) {
    seed seeds[MOST_SEEDS];
    outcome found = {0};
    if (only != NULL && strcmp(only, folder) != 0) return;
    char from[256];
    snprintf(from, sizeof from, "corpus/%s", folder);
    size_t count = load_seeds(from, seeds);
    assert_true(count_read(seeds, count) > 0);
    for (long i = first; i < first + copies; i++)
        try_damaged(&seeds[(size_t)i % count], i, &found);
    printf("%-18s %ld files: %ld read, %ld refused, of these %ld readers died\n", folder,
           copies, found.read, found.refused, found.died);
    for (size_t i = 0; i < count; i++) free(seeds[i].bytes);
}

static void hdf5_files(void **state) {
    try_seeds("data_dataset");
}

static void fits_files(void **state) {
    try_seeds("format_fitsimage");
}

static void png_files(void **state) {
    try_seeds("format_png");
}

static void jpeg_files(void **state) {
    try_seeds("format_jpeg");
}

static void archives(void **state) {
    try_seeds("format_archive");
}

static void arrays(void **state) {
    try_seeds("format_npy");
}

int main(int argc, char **argv) {
    if (argc > 1) copies = strtol(argv[1], NULL, 10);
    if (argc > 2) only = argv[2];
    if (argc > 3) first = strtol(argv[3], NULL, 10);
    const struct CMUnitTest tests[] = {
        TEST(hdf5_files), TEST(fits_files), TEST(png_files),
        TEST(jpeg_files), TEST(archives),   TEST(arrays),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
