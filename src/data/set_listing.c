/* set_listing.c - the files of a folder as the Multimodal Universe has them, one for each part
 * of the sky, or of an archive. */
#include "set_listing.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "archive_reader.h"
#include "columns.h"
#include "file.h"
#include "picture_kinds.h"

enum { MOST_FILES = 1000000, DEEPEST = 4 };

/* What a folder holds besides; of each the first by its name. */
typedef struct passed_over {
    size_t others, deeper; /* pictures of other kinds, and folders below DEEPEST */
    char *other, *deep;
} passed_over;

/* Takes the path over. */
static gt_status add_path(gt_set_listing *l, char *path, gt_error *err) {
    gt_status status = GT_OK;
    if (path == NULL) GT_THROW(err, GT_NO_MEMORY, "out of memory for a name");
    if (l->count == MOST_FILES)
        GT_THROW(err, GT_UNSUPPORTED, "%s: more than %d files", path, MOST_FILES);
    if (l->count == l->room) {
        size_t room = l->room ? 2 * l->room : 64;
        gt_set_entry *grown = realloc(l->files, room * sizeof *grown);
        if (grown == NULL) GT_THROW(err, GT_NO_MEMORY, "out of memory for file names");
        l->files = grown;
        l->room = room;
    }
    l->files[l->count] = (gt_set_entry){path, l->count};
    l->count++;
    path = NULL;
done:
    free(path);
    return status;
}

static gt_status walk(gt_set_listing *l, gt_picture_files files, const char *folder, int depth,
                      const gt_folder_way *above, passed_over *passed, gt_error *err) {
    gt_status status = GT_OK;
    char *path = NULL;
    DIR *listing = NULL;
    gt_folder_way way;
    GT_TRY(gt_folder_way_enter(folder, above, &way, err));
    listing = opendir(folder);
    if (listing == NULL) GT_THROW(err, GT_IO, "%s: %s", folder, strerror(errno));
    for (struct dirent *found; (found = readdir(listing)) != NULL;) {
        struct stat info;
        if (found->d_name[0] == '.' || fstatat(dirfd(listing), found->d_name, &info, 0) != 0)
            continue;
        if (asprintf(&path, "%s/%s", folder, found->d_name) < 0)
            GT_THROW(err, GT_NO_MEMORY, "out of memory for file names");
        bool is_file = S_ISREG(info.st_mode), is_folder = S_ISDIR(info.st_mode);
        bool is_wanted = is_file && gt_picture_files_have(files, found->d_name);
        bool is_other = is_file && gt_picture_is_other(files, found->d_name);
        bool is_deeper = is_folder && depth == DEEPEST;
        if (is_folder && !is_deeper) GT_TRY(walk(l, files, path, depth + 1, &way, passed, err));
        if (is_wanted) status = add_path(l, path, err);
        if (is_other) gt_picture_count_out(&passed->others, &passed->other, path);
        if (is_deeper) gt_picture_count_out(&passed->deeper, &passed->deep, path);
        if (!is_wanted && !is_other && !is_deeper) free(path);
        path = NULL;
        if (status) goto done;
    }
done:
    free(path);
    if (listing != NULL) closedir(listing);
    return status;
}

static int by_name(const void *a, const void *b) {
    const gt_set_entry *x = a, *y = b;
    return strcmp(x->path, y->path);
}

static void forget(passed_over *passed) {
    free(passed->other);
    free(passed->deep);
    *passed = (passed_over){0};
}

static gt_status list_folder(gt_set_listing *l, const char *path, const gt_set_wanted *wanted,
                             FILE *notes, gt_error *err) {
    gt_picture_files files = wanted->files;
    passed_over passed = {0};
    gt_status status = GT_OK;
    GT_TRY(walk(l, files, path, 0, NULL, &passed, err));
    if (l->count == 0 && wanted->others.endings != NULL) {
        forget(&passed);
        files = wanted->others;
        GT_TRY(walk(l, files, path, 0, NULL, &passed, err));
    }
    l->root = strlen(path) + 1;
    if (passed.deeper > 0)
        fprintf(notes, "folders below %d others are left out: %zu, as '%.200s'\n", DEEPEST,
                passed.deeper, passed.deep + l->root);
    if (l->count == 0 && passed.others > 0)
        GT_TRY(gt_pictures_are_others(path, "folder", files, passed.others,
                                      passed.other + l->root, err));
    if (l->count == 0)
        GT_THROW(err, GT_NOT_FOUND, "%s: no %s (.%s) in this folder", path, files.name,
                 files.endings);
    if (passed.others > 0)
        fprintf(notes, GT_PICTURES_LEFT_OUT "\n", passed.others, passed.other + l->root);
    qsort(l->files, l->count, sizeof *l->files, by_name);
done:
    forget(&passed);
    return status;
}

static gt_status list_archive(gt_set_listing *l, const char *path, gt_picture_files files,
                              uint64_t unpack, gt_error *err) {
    gt_status status = GT_OK;
    gt_picture_folder names = {0};
    char *label = NULL;
    GT_TRY(gt_picture_members_open_large(path, files, unpack, &l->members, err));
    GT_TRY(gt_picture_folder_begin(path, files, &names, err));
    for (gt_picture_member m;;) {
        GT_TRY(gt_picture_members_next(l->members, &m, err));
        if (m.name == NULL) break;
        GT_TRY(gt_picture_folder_add(&names, m.name, err)); /* refuses those that lead out */
        const char *name = names.entries[names.count - 1].name;
        if (asprintf(&label, "%s: %s", path, name) < 0) label = NULL;
        GT_TRY(add_path(l, label, err));
    }
    l->root = strlen(path) + 2;
done:
    gt_picture_folder_free(&names);
    return status;
}

/* What lies in an archive besides is told. An archive without such files may be one itself. */
static gt_status open_archive(gt_set_listing *l, const char *path, const gt_set_wanted *wanted,
                              uint64_t unpack, FILE *notes, gt_error *err) {
    gt_status status = GT_OK;
    char note[GT_PICTURE_MEMBERS_TEXT];
    GT_TRY(list_archive(l, path, wanted->files, unpack, err));
    if (l->count == 0 && wanted->is_archive) {
        gt_picture_members_close(l->members);
        l->members = NULL;
        return add_path(l, strdup(path), err);
    }
    GT_TRY(gt_picture_members_check_any(l->members, err));
    if (*gt_picture_members_note(l->members, note)) fprintf(notes, "%s\n", note);
done:
    return status;
}

gt_status gt_set_listing_make(const char *path, const gt_set_wanted *wanted, uint64_t unpack,
                              FILE *notes, gt_set_listing *out, gt_error *err) {
    struct stat info;
    bool is_one = gt_picture_files_have(wanted->files, path);
    if (stat(path, &info) == 0 && S_ISDIR(info.st_mode))
        return list_folder(out, path, wanted, notes, err);
    if (!is_one && gt_archive_is_one(path))
        return open_archive(out, path, wanted, unpack, notes, err);
    return add_path(out, strdup(path), err);
}

void gt_set_listing_close(gt_set_listing *listing) {
    gt_picture_members_close(listing->members);
    for (size_t i = 0; i < listing->count; i++) free(listing->files[i].path);
    free(listing->files);
    *listing = (gt_set_listing){0};
}

gt_status gt_set_listing_load(gt_set_listing *listing, size_t index, uint8_t **bytes,
                              size_t *length, gt_error *err) {
    gt_picture_member m;
    gt_status status =
        gt_picture_members_at(listing->members, listing->files[index].place, &m, err);
    return status ? status : gt_picture_members_load(listing->members, bytes, length, err);
}

int gt_set_listing_split(const gt_set_listing *listing, size_t index) {
    const char *path = listing->files[index].path + listing->root, *slash = strrchr(path, '/');
    const char *name = slash != NULL ? slash + 1 : path, *dot = strrchr(name, '.');
    char stem[NAME_MAX + 1];
    int split = gt_split_of_groups(path);
    if (dot - name > NAME_MAX) name = dot - NAME_MAX; /* a member's may be longer */
    snprintf(stem, sizeof stem, "%.*s", (int)(dot - name), name);
    return split >= 0 ? split : gt_split_of_folder(stem);
}

bool gt_set_listing_has_splits(const gt_set_listing *listing) {
    unsigned found = 0;
    for (size_t i = 0; i < listing->count; i++) {
        int split = gt_set_listing_split(listing, i);
        if (split < 0) return false;
        found |= 1u << split;
    }
    return (found & (found - 1)) != 0;
}
