/* beside.c - temporary names, what dead processes left under them, and the rename at the end.
 */
#include "beside.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "file.h"
#include "outfile.h"
#include "process.h"

/* Processes on different machines may write into the same folder with the same process id. */
static unsigned place_number(void) {
    return (unsigned)gt_process_place();
}

gt_status gt_beside_name(const char *target, char **out, gt_error *err) {
    static atomic_uint counter;
    const char *slash = strrchr(target, '/'), *name = slash ? slash + 1 : target;
    char tail[64];
    snprintf(tail, sizeof tail, ".%08x-%ld-%u.part", place_number(), (long)getpid(),
             atomic_fetch_add(&counter, 1));
    if (asprintf(out, "%.*s.%.*s%s", (int)(name - target), target,
                 (int)(NAME_MAX - 1 - strlen(tail)), name, tail) >= 0)
        return GT_OK;
    *out = NULL;
    return gt_fail(err, GT_NO_MEMORY, "no memory for a path");
}

/* ---- what dead processes left ---- */

/* ".NAME.PLACE-PID-NUMBER.part" of this machine whose process is gone; *stem is the length of
 * NAME. */
static bool is_left_over(const char *entry, size_t *stem) {
    unsigned place, number;
    long pid;
    int used = 0;
    size_t length = strlen(entry);
    if (entry[0] != '.' || length < 8 || strcmp(entry + length - 5, ".part")) return false;
    const char *last = entry + length - 5;
    while (last > entry && last[-1] != '.') last--;
    if (sscanf(last, "%8x-%ld-%u.part%n", &place, &pid, &number, &used) != 3) return false;
    if (last[used] || pid <= 0 || place != place_number() || last - entry < 2) return false;
    *stem = (size_t)(last - entry) - 2;
    return !gt_process_is_alive((pid_t)pid, 0);
}

/* Whether NAME, of which only the beginning stands in the longest of entries, is `name`. */
static bool is_of(const char *entry, size_t stem, const char *name) {
    if (strncmp(entry + 1, name, stem) != 0) return false;
    return name[stem] == '\0' || strlen(entry) >= NAME_MAX;
}

/* A file, or a folder of files; false with errno. */
static bool remove_at(int folder, const char *name) {
    if (unlinkat(folder, name, 0) == 0 || errno == ENOENT) return true;
    if (errno != EISDIR && errno != EPERM) return false;
    int fd = openat(folder, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    DIR *listing = fd < 0 ? NULL : fdopendir(fd);
    if (!listing) {
        if (fd >= 0) close(fd);
        return false;
    }
    for (struct dirent *entry; (entry = readdir(listing)) != NULL;)
        (void)unlinkat(fd, entry->d_name, 0);
    closedir(listing);
    return unlinkat(folder, name, AT_REMOVEDIR) == 0;
}

void gt_beside_remove(const char *path) {
    (void)remove_at(AT_FDCWD, path);
}

gt_status gt_beside_sweep(const char *folder, const char *name, int *count, gt_error *err) {
    gt_status status = GT_OK;
    size_t stem;
    DIR *listing = opendir(folder);
    if (!listing) return gt_fail_errno(err, "reading the folder %s", folder);
    for (struct dirent *entry; (entry = readdir(listing));) {
        if (!is_left_over(entry->d_name, &stem)) continue;
        if (name && !is_of(entry->d_name, stem, name)) continue;
        if (!remove_at(dirfd(listing), entry->d_name)) {
            status = gt_fail_errno(err, "removing a left-over in %s", folder);
            break;
        }
        ++*count;
    }
    closedir(listing);
    return status;
}

/* ---- the end ---- */

enum { LAST = 64 };
static _Thread_local struct stat appeared[LAST];
static _Thread_local unsigned appeared_count;

static void remember(const char *path) {
    if (stat(path, &appeared[appeared_count % LAST]) == 0) appeared_count++;
}

/* The number of one that was removed is soon given again: the time tells them apart. */
static bool is_same(const struct stat *a, const struct stat *b) {
    return a->st_dev == b->st_dev && a->st_ino == b->st_ino &&
           a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

bool gt_outfile_appeared(const char *path) {
    struct stat info;
    if (stat(path, &info)) return false;
    for (unsigned i = 0; i < LAST && i < appeared_count; i++)
        if (is_same(&appeared[i], &info)) return true;
    return false;
}

gt_status gt_beside_put(const char *path, const char *target, bool *is_there, gt_error *err) {
    *is_there = rename(path, target) == 0;
    if (!*is_there) return gt_fail_errno(err, "renaming what is finished to %s", target);
    remember(target);
    gt_status status = gt_file_keep_name(target, err);
    if (status)
        gt_blame(err, "%s is written whole, but a power loss may still take it away", target);
    return status;
}
