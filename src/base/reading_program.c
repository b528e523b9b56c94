/* reading_program.c - where the reader program is. */
#include <dlfcn.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "reading_internal.h"

#define PROGRAM "galatea-reader"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static char told[PATH_MAX]; /* by gt_reader_program */

gt_status gt_reader_program(const char *path, gt_error *err) {
    if (path != NULL && (strlen(path) >= sizeof told || access(path, X_OK) != 0))
        return gt_fail(err, GT_NOT_FOUND, "%s: no program that can be run, expected %s", path,
                       PROGRAM);
    pthread_mutex_lock(&lock);
    snprintf(told, sizeof told, "%s", path != NULL ? path : "");
    pthread_mutex_unlock(&lock);
    return GT_OK;
}

/* In the folder of a file (its last part is cut off), or near it. */
static bool find_near(const char *file, char out[PATH_MAX]) {
    static const char *const places[] = {"", "../bin/", "../../bin/"};
    const char *slash = strrchr(file, '/');
    if (slash == NULL) return false;
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        int length =
            snprintf(out, PATH_MAX, "%.*s/%s" PROGRAM, (int)(slash - file), file, places[i]);
        if (length < PATH_MAX && access(out, X_OK) == 0) return true;
    }
    return false;
}

static bool find_in_path(char out[PATH_MAX]) {
    const char *at = getenv("PATH");
    while (at != NULL && *at) {
        size_t length = strcspn(at, ":");
        int size = snprintf(out, PATH_MAX, "%.*s/" PROGRAM, (int)length, at);
        if (length > 0 && size < PATH_MAX && access(out, X_OK) == 0) return true;
        at += length + (at[length] == ':');
    }
    return false;
}

gt_status gt_reader_find(char out[PATH_MAX], gt_error *err) {
    char self[PATH_MAX] = "";
    const char *chosen = getenv("GALATEA_READER");
    Dl_info library;
    pthread_mutex_lock(&lock);
    snprintf(out, PATH_MAX, "%s", told);
    pthread_mutex_unlock(&lock);
    if (*out) return GT_OK;
    if (chosen != NULL && *chosen) {
        if (strlen(chosen) >= PATH_MAX || access(chosen, X_OK) != 0)
            return gt_fail(err, GT_NOT_FOUND,
                           "GALATEA_READER: %s is no program that can be run", chosen);
        snprintf(out, PATH_MAX, "%s", chosen);
        return GT_OK;
    }
    if (readlink("/proc/self/exe", self, sizeof self - 1) > 0 && find_near(self, out))
        return GT_OK;
    if (dladdr(told, &library) && library.dli_fname != NULL &&
        find_near(library.dli_fname, out))
        return GT_OK;
    if (find_in_path(out)) return GT_OK;
    return gt_fail(err, GT_NOT_FOUND,
                   "the program " PROGRAM
                   ", which reads the files of others, is neither beside "
                   "%s nor in PATH; the environment variable GALATEA_READER tells where it is",
                   *self ? self : "this program");
}
