/* Stands in for a fuzz engine: gives a fuzz target every file of a folder, each of them also
 * cut short and damaged in a repeatable way, so that ordinary builds test the parsers too. A
 * file that is not read whole fails, as one does that is read and called refused_....
 *
 *     fuzz_NAME FOLDER [DAMAGED_COPIES_PER_FILE]      fuzz_NAME FILE */
#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fuzz.h"

enum { LARGEST_SEED = 1 << 24 };

/* What is being run, for the last words of a crash. */
static char current[512];

static void on_crash(int number) {
    ssize_t ignored = write(STDERR_FILENO, current, strlen(current));
    (void)ignored;
    signal(number, SIG_DFL);
    raise(number);
}

static uint64_t next_random(uint64_t *state) {
    uint64_t z = (*state += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

static struct { long seeds, read_seeds, wrong, copies, read; } found;

/* An exact-size copy each time: a read behind the end is then one behind the allocation. */
static bool run_once(const uint8_t *data, size_t size) {
    uint8_t *copy = malloc(size ? size : 1);
    if (!copy) exit(2);
    memcpy(copy, data, size);
    bool read = gt_fuzz_one(copy, size);
    free(copy);
    return read;
}

static void run_damaged(const uint8_t *seed, size_t size, const char *name, long copies) {
    uint8_t *damaged = malloc(size ? size : 1);
    if (!damaged) exit(2);
    for (long n = 0; n < copies && size > 0; ++n) {
        uint64_t state = (uint64_t)n * 7919 + size;
        memcpy(damaged, seed, size);
        snprintf(current, sizeof current, "crashed on damaged copy %ld of %s\n", n, name);
        for (uint64_t left = next_random(&state) % 8 + 1; left > 0; --left)
            damaged[next_random(&state) % size] = (uint8_t)next_random(&state);
        size_t length = n % 3 == 0 ? next_random(&state) % (size + 1) : size;
        found.read += run_once(damaged, length);
        found.copies++;
    }
    free(damaged);
}

/* Whether it is read whole is a promise of its name. */
static void run_whole(const uint8_t *seed, size_t size, const char *path) {
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
    bool wanted = strncmp(name, "refused_", 8) != 0, read = run_once(seed, size);
    found.seeds++;
    found.read_seeds += read;
    found.wrong += read != wanted;
    if (read != wanted) fprintf(stderr, "%s: is %s\n", path, read ? "read" : "refused");
}

static void run_file(const char *path, long copies) {
    FILE *file = fopen(path, "rb");
    uint8_t *seed = malloc(LARGEST_SEED);
    if (!file || !seed) {
        fprintf(stderr, "%s: cannot be read\n", path);
        exit(2);
    }
    size_t size = fread(seed, 1, LARGEST_SEED, file);
    fclose(file);
    snprintf(current, sizeof current, "crashed on %s\n", path);
    run_whole(seed, size, path);
    run_damaged(seed, size, path, copies);
    free(seed);
}

static void run_folder(const char *folder, long copies) {
    DIR *directory = opendir(folder);
    if (!directory) {
        fprintf(stderr, "%s: no such folder\n", folder);
        exit(2);
    }
    for (struct dirent *entry; (entry = readdir(directory));) {
        char path[4096];
        snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        if (entry->d_name[0] != '.') run_file(path, copies);
    }
    closedir(directory);
}

int main(int argc, char **argv) {
    if (argc < 2) return 2;
    long copies = argc > 2 ? atol(argv[2]) : 0;
    struct stat about;
    signal(SIGSEGV, on_crash);
    signal(SIGABRT, on_crash);
    signal(SIGFPE, on_crash);
    signal(SIGBUS, on_crash);
    if (stat(argv[1], &about) != 0) return 2;
    if (S_ISDIR(about.st_mode))
        run_folder(argv[1], copies);
    else
        run_file(argv[1], copies);
    printf("%ld inputs, %ld of them read; %ld damaged copies, %ld of them read\n", found.seeds,
           found.read_seeds, found.copies, found.read);
    return found.wrong == 0 && found.seeds > 0 ? 0 : 1;
}
