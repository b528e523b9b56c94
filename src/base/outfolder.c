/* outfolder.c - write beside, rename, flush the folder above. */
#include "outfolder.h"

#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "beside.h"

struct gt_outfolder {
    char *target;    /* the folder to appear, links resolved */
    char *temporary; /* beside it; NULL when there is nothing to remove */
    bool is_open;    /* files are written to it */
};

/* Without slashes behind it, and with the end of a link in the link's place. */
static gt_status resolve(const char *path, char **out, gt_error *err) {
    struct stat info;
    size_t length = strlen(path);
    while (length > 1 && path[length - 1] == '/') length--;
    char *target = strndup(path, length);
    if (target && lstat(target, &info) == 0 && S_ISLNK(info.st_mode)) {
        free(target);
        target = realpath(path, NULL);
        if (!target) return gt_fail_errno(err, "making the folder %s", path);
    }
    *out = target;
    return target ? GT_OK : gt_fail(err, GT_NO_MEMORY, "no memory for a path");
}

static gt_status check_empty(const char *path, gt_error *err) {
    DIR *listing = opendir(path);
    if (!listing && errno == ENOENT) return GT_OK;
    if (!listing) return gt_fail_errno(err, "making the folder %s", path);
    int entries = 0;
    while (readdir(listing)) entries++;
    closedir(listing);
    if (entries > 2) /* . and .. */
        return gt_fail(err, GT_USAGE, "%s is there already, expected a new or an empty folder",
                       path);
    return GT_OK;
}

/* What cannot be removed of what dead processes left may stay. */
static void sweep(const char *target) {
    const char *slash = strrchr(target, '/');
    char *above = slash ? strndup(target, (size_t)(slash - target) + 1) : strdup("./");
    int swept = 0;
    if (above) (void)gt_beside_sweep(above, slash ? slash + 1 : target, &swept, NULL);
    free(above);
}

static gt_status make_temporary(gt_outfolder *folder, gt_error *err) {
    int failed;
    sweep(folder->target);
    do {
        free(folder->temporary);
        gt_status status = gt_beside_name(folder->target, &folder->temporary, err);
        if (status) return status;
        failed = mkdir(folder->temporary, 0777);
    } while (failed && errno == EEXIST);
    if (!failed) return GT_OK;
    gt_status status = gt_fail_errno(err, "making the folder %s", folder->target);
    free(folder->temporary);
    folder->temporary = NULL;
    return status;
}

gt_status gt_outfolder_open(const char *path, gt_outfolder **out, gt_error *err) {
    gt_status status = GT_OK;
    gt_outfolder *folder = calloc(1, sizeof *folder);
    if (!folder) return gt_fail(err, GT_NO_MEMORY, "no memory to write %s", path);
    GT_TRY(resolve(path, &folder->target, err));
    GT_TRY(check_empty(folder->target, err));
    GT_TRY(make_temporary(folder, err));
    folder->is_open = true;
    gt_beside_in_folder(true);
    *out = folder;
    folder = NULL;
done:
    gt_outfolder_discard(folder);
    return status;
}

const char *gt_outfolder_path(const gt_outfolder *folder) {
    return folder->temporary;
}

static void leave(gt_outfolder *folder) {
    if (folder->is_open) gt_beside_in_folder(false);
    folder->is_open = false;
}

gt_status gt_outfolder_commit(gt_outfolder *folder, gt_error *err) {
    bool is_there;
    leave(folder);
    if (gt_beside_waits()) return gt_beside_wait(&folder->temporary, &folder->target, err);
    gt_status status = gt_beside_put(folder->temporary, folder->target, &is_there, err);
    if (is_there) {
        free(folder->temporary);
        folder->temporary = NULL;
    }
    return status;
}

void gt_outfolder_discard(gt_outfolder *folder) {
    if (!folder) return;
    leave(folder);
    if (folder->temporary) gt_beside_remove(folder->temporary);
    free(folder->temporary);
    free(folder->target);
    free(folder);
}

gt_status gt_outfolder_check(const char *path, gt_error *err) {
    gt_outfolder *folder = NULL;
    gt_status status = gt_outfolder_open(path, &folder, err);
    gt_outfolder_discard(folder);
    return status;
}
