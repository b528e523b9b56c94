/* names.c - lists of names, and those of what a folder holds. */
#include <dirent.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "page.h"

gt_status gt_names_add(gt_names *names, const char *name, gt_error *err) {
    if (names->count == names->room) {
        size_t room = names->room ? 2 * names->room : 16;
        char **larger = realloc(names->list, room * sizeof *larger);
        if (!larger) return gt_fail(err, GT_NO_MEMORY, "no memory for a list of names");
        names->list = larger;
        names->room = room;
    }
    names->list[names->count] = strdup(name);
    if (!names->list[names->count]) return gt_fail(err, GT_NO_MEMORY, "no memory for a name");
    names->count++;
    return GT_OK;
}

void gt_names_free(gt_names *names) {
    for (size_t i = 0; i < names->count; i++) free(names->list[i]);
    free(names->list);
    *names = (gt_names){0};
}

static int is_shown(const struct dirent *entry) {
    return entry->d_name[0] != '.';
}

/* Whatever the locale. */
static int by_bytes(const struct dirent **a, const struct dirent **b) {
    return strcmp((*a)->d_name, (*b)->d_name);
}

/* What of a folder is of this kind of file. */
static gt_status list(const char *folder, mode_t kind, gt_names *out, gt_error *err) {
    gt_status status = GT_OK;
    struct dirent **entries = NULL;
    char path[PATH_MAX];
    struct stat info;
    int count = scandir(folder, &entries, is_shown, by_bytes);
    if (count < 0) return gt_fail_errno(err, "reading the folder %s", folder);
    for (int i = 0; i < count; i++) {
        int length = snprintf(path, sizeof path, "%s/%s", folder, entries[i]->d_name);
        if ((size_t)length >= sizeof path || stat(path, &info) ||
            (info.st_mode & S_IFMT) != kind)
            continue;
        GT_TRY(gt_names_add(out, path, err));
    }
done:
    for (int i = 0; i < count; i++) free(entries[i]);
    free(entries);
    return status;
}

gt_status gt_names_of_folder(const char *folder, gt_names *out, gt_error *err) {
    return list(folder, S_IFREG, out, err);
}

gt_status gt_folders_of_folder(const char *folder, gt_names *out, gt_error *err) {
    return list(folder, S_IFDIR, out, err);
}
