/* picture_files.c - see picture_files.h. */
#include "picture_files.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { MAX_FILES = 50000000 };

size_t gt_picture_files_stem(gt_picture_files files, const char *name) {
    const char *endings = files.endings;
    size_t length = strlen(name);
    for (size_t own; *endings != 0; endings += own + (endings[own] == '|')) {
        own = strcspn(endings, "|"); /* may have dots in it: "fits.gz" */
        if (length > own + 1 && name[length - own - 1] == '.' &&
            strncasecmp(name + length - own, endings, own) == 0)
            return length - own - 1;
    }
    return length;
}

bool gt_picture_files_have(gt_picture_files files, const char *name) {
    const char *slash = strrchr(name, '/');
    if (*(slash != NULL ? slash + 1 : name) == '.') return false;
    for (const char *at = name; (at = strstr(at, "/.")) != NULL; at++)
        if (at[2] != '/' && at[2] != '.') return false;
    return gt_picture_files_stem(files, name) < strlen(name);
}

void gt_picture_count_out(size_t *count, char **first, char *name) {
    ++*count;
    bool is_first = *first == NULL || strcmp(name, *first) < 0;
    free(is_first ? *first : name);
    if (is_first) *first = name;
}

gt_status gt_picture_folder_put(gt_picture_folder *f, char *name, gt_error *err) {
    gt_status status = GT_OK;
    if (f->count == MAX_FILES)
        GT_THROW(err, GT_UNSUPPORTED, "%s: more than %d files", f->path, MAX_FILES);
    if (f->count == f->room) {
        size_t room = f->room ? 2 * f->room : 256;
        gt_picture_entry *grown = realloc(f->entries, room * sizeof *grown);
        if (grown == NULL) GT_THROW(err, GT_NO_MEMORY, "out of memory for file names");
        f->entries = grown;
        f->room = room;
    }
    f->entries[f->count] = (gt_picture_entry){.name = name, .label = -1, .place = f->added++};
    f->count++;
    name = NULL;
done:
    free(name);
    return status;
}

void gt_picture_folder_drop(gt_picture_folder *f, size_t index) {
    free(f->entries[index].name);
    f->count--;
    memmove(f->entries + index, f->entries + index + 1,
            (f->count - index) * sizeof *f->entries);
}

char *gt_picture_folder_path(const gt_picture_folder *folder, size_t index) {
    char *path = NULL;
    const char *name = folder->entries[index].name;
    if (folder->path == NULL || name[0] == '/') return strdup(name);
    return asprintf(&path, "%s/%s", folder->path, name) < 0 ? NULL : path;
}

void gt_picture_folder_free(gt_picture_folder *folder) {
    for (size_t i = 0; i < folder->count; i++) free(folder->entries[i].name);
    for (size_t i = 0; i < folder->class_count; i++) free(folder->classes[i]);
    free(folder->entries);
    free(folder->classes);
    free(folder->path);
    free(folder->deepest);
    free(folder->other);
}
