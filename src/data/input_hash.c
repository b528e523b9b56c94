/* input_hash.c - one number for a file, or for all files below a folder. */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "file.h"
#include "galatea/import.h"
#include "hash.h"

enum { MAX_DEPTH = 8 };

static int is_listed(const struct dirent *entry) {
    return strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
}

static int by_name(const struct dirent **a, const struct dirent **b) {
    return strcmp((*a)->d_name, (*b)->d_name);
}

static gt_status add_folder(const char *path, size_t root, int depth,
                            const gt_folder_way *above, gt_hash *hash, gt_error *err);

/* A file adds its name below the root, a zero byte and its own sum; others add nothing. */
static gt_status add_entry(const char *path, size_t root, int depth, const gt_folder_way *above,
                           gt_hash *hash, gt_error *err) {
    struct stat info;
    uint64_t sum;
    if (stat(path, &info) != 0) return GT_OK; /* a broken link */
    if (S_ISDIR(info.st_mode)) return add_folder(path, root, depth + 1, above, hash, err);
    if (!S_ISREG(info.st_mode)) return GT_OK;
    gt_status status = gt_file_hash(path, &sum, err);
    if (status) return status;
    gt_hash_add(hash, path + root, strlen(path + root) + 1);
    gt_hash_add(hash, &sum, sizeof sum);
    return GT_OK;
}

static gt_status add_folder(const char *path, size_t root, int depth,
                            const gt_folder_way *above, gt_hash *hash, gt_error *err) {
    struct dirent **entries = NULL;
    gt_folder_way way;
    gt_status status = gt_folder_way_enter(path, above, &way, err);
    if (status) return status;
    if (depth > MAX_DEPTH)
        return gt_fail(err, GT_UNSUPPORTED, "%s: folders nested deeper than %d", path,
                       MAX_DEPTH);
    int count = scandir(path, &entries, is_listed, by_name);
    if (count < 0) return gt_fail(err, GT_IO, "%s: %s", path, strerror(errno));
    for (int i = 0; i < count; i++) {
        char *below = NULL;
        if (status == GT_OK && asprintf(&below, "%s/%s", path, entries[i]->d_name) < 0)
            status = gt_fail(err, GT_NO_MEMORY, "out of memory for a path");
        if (status == GT_OK) status = add_entry(below, root, depth, &way, hash, err);
        free(below);
        free(entries[i]);
    }
    free(entries);
    return status;
}

gt_status gt_input_hash(const char *path, uint64_t *out, gt_error *err) {
    struct stat info;
    gt_hash hash;
    if (stat(path, &info) != 0 || !S_ISDIR(info.st_mode)) return gt_file_hash(path, out, err);
    gt_hash_begin(&hash);
    gt_status status = add_folder(path, strlen(path), 0, NULL, &hash, err);
    if (status == GT_OK) *out = gt_hash_end(&hash);
    return status;
}
