/* run_files.c - the names that a run gives to its files. */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "file.h"
#include "galatea/run.h"
#include "state_file.h"

enum { LOG = 1, STATE = 2, WEIGHTS = 4, TELLS = 8 /* a folder with it holds a run */ };

/* Where a training leaves pictures of its epochs, and how it calls those and weights. */
static const char samples[] = "/samples", of_epoch[] = "epoch-", weights[] = ".safetensors";

static const struct {
    const char *name;
    int kind;
} files[] = {
    {"config", LOG},
    {"algorithms.txt", LOG},
    {"train.csv", LOG},
    {"train.jsonl", LOG},
    {"run.lock", LOG | TELLS},
    {"failed_batch.txt", STATE},
    {"nearest.csv", STATE},
    {"state.safetensors", STATE | TELLS},
    {"state.previous.safetensors", STATE | TELLS},
    {"best.safetensors", WEIGHTS | TELLS},
    {"last.safetensors", WEIGHTS | TELLS},
};
enum { FILES = sizeof files / sizeof *files };

bool gt_run_is_of_epoch(const char *name) {
    size_t length = strlen(name), end = sizeof weights - 1;
    return strncmp(name, of_epoch, sizeof of_epoch - 1) == 0 && length > end &&
           strcmp(name + length - end, weights) == 0;
}

/* 0 for a name that no run gives. */
static int kind_of(const char *name) {
    if (gt_run_is_of_epoch(name)) return WEIGHTS;
    for (size_t i = 0; i < FILES; i++)
        if (strcmp(files[i].name, name) == 0) return files[i].kind;
    return 0;
}

gt_status gt_run_path(const char *folder, const char *name, char path[GT_PATH_SIZE],
                      gt_error *err) {
    GT_ASSERT(kind_of(name) != 0);
    int length = snprintf(path, GT_PATH_SIZE, "%s/%s", folder, name);
    if (length > 0 && length < GT_PATH_SIZE - 64) return GT_OK;
    return gt_fail(err, GT_BAD_ARGUMENT, "the path of %s is longer than %d bytes", name,
                   GT_PATH_SIZE - 64);
}

bool gt_run_begins_with(const char *name) {
    return (kind_of(name) & LOG) != 0;
}

bool gt_run_is_folder(const char *path) {
    char file[PATH_MAX];
    for (size_t i = 0; i < FILES; i++) {
        if (!(files[i].kind & TELLS)) continue;
        int length = snprintf(file, sizeof file, "%s/%s", path, files[i].name);
        if (length < PATH_MAX && access(file, F_OK) == 0) return true;
    }
    return false;
}

bool gt_run_owns(const char *path) {
    char real[PATH_MAX], folder[PATH_MAX];
    if (!realpath(path, real)) snprintf(real, sizeof real, "%s", path);
    const char *slash = strrchr(real, '/');
    gt_file_folder(real, folder, sizeof folder);
    const char *name = slash ? slash + 1 : real;
    size_t length = strlen(folder), end = sizeof samples - 1;
    if (strncmp(name, of_epoch, sizeof of_epoch - 1) == 0 && length > end &&
        strcmp(folder + length - end, samples) == 0) {
        folder[length - end] = '\0';
        return gt_run_is_folder(folder);
    }
    return kind_of(name) != 0 && gt_run_is_folder(folder);
}
