/* picture_folder.h (room: data, private) - which files with pictures a folder holds, in what
 * order, and what the names of the folders between say.
 *
 *     PICTURE               pictures
 *     CLASS/PICTURE         with classes
 *     SPLIT/PICTURE         with a split
 *     SPLIT/CLASS/PICTURE   with both, as collections for image classification come
 *     CLASS/SPLIT/PICTURE   the same
 *
 * Where everything lies in one folder, as in an unpacked archive, that is taken without it,
 * unless it is a split or, on disk, the only class. SPLIT is
 * train, test, val, valid or validation (training, testing) in letters of any case, or where
 * all are such and tell two splits or more, a longer name as train_set. Folders without
 * pictures and hidden files and folders say nothing. */
#ifndef GALATEA_DATA_PICTURE_FOLDER_H
#define GALATEA_DATA_PICTURE_FOLDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "galatea/error.h"

typedef struct gt_picture_entry {
    char *name;        /* relative to the folder */
    int depth;         /* folders in it */
    const char *class; /* its class's name, which goes on to the next '/'; NULL: none */
    int32_t label;     /* -1: none */
    uint8_t split;     /* GT_SPLIT_ */
    size_t place;      /* in the order in which they were added */
    size_t length;     /* bytes, of members of an archive that who adds them tells */
} gt_picture_entry;

/* Which files count: those with one of the endings "png" or "fits|fits.gz", in letters of any
 * case. name is what they are called in messages, "PNG files". Strings are lent. */
typedef struct gt_picture_files {
    const char *name, *endings;
} gt_picture_files;

typedef struct gt_picture_folder {
    gt_picture_files files;
    char *path; /* with the folder around all; NULL for a single file, whose entry is the whole
                   path */
    gt_picture_entry *entries; /* by split, class and name; of an archive as they lie in it */
    size_t count, room, added; /* entries; of all that were ever added */
    bool is_archive;
    char **classes; /* in order of name */
    size_t class_count;
    bool has_splits;
    size_t deeper; /* pictures below all that has a meaning: left out */
    char *deepest; /* one of them, NULL for none */
    size_t others; /* pictures of kinds that are not taken */
    char *other;   /* the first of them, NULL for none */
} gt_picture_folder;

/* Lists a folder or what a list names (picture_list.h), or takes a file as it is (whether it
 * is one is seen on reading). GT_NOT_FOUND
 * for a folder without pictures, telling where deeper ones lie; GT_BAD_FORMAT for pictures
 * beside folders with pictures, and for other folders beside splits. */
gt_status gt_picture_folder_list(const char *path, gt_picture_files files,
                                 gt_picture_folder *out, gt_error *err);

/* Whether a file of this name (folders before it allowed) is one of them. Hidden files, and
 * files in hidden folders, are not. */
bool gt_picture_files_have(gt_picture_files files, const char *name);

/* Bytes of a name without that one of their endings and its dot; all of it when it has none. */
size_t gt_picture_files_stem(gt_picture_files files, const char *name);

/* Counts what is left out of a folder, and takes its name over. The first name is kept,
 * whatever order the folder is read in. */
void gt_picture_count_out(size_t *count, char **first, char *name);

/* The same for an archive, of whose members the caller tells: begins with the path of the
 * archive, for messages; the names of pictures in their order; then what the names say, as
 * above. add: GT_BAD_FORMAT for names that lead out of the archive's folder ("/x", "../x"). */
gt_status gt_picture_folder_begin(const char *path, gt_picture_files files,
                                  gt_picture_folder *out, gt_error *err);
gt_status gt_picture_folder_add(gt_picture_folder *folder, const char *name, gt_error *err);
gt_status gt_picture_folder_arrange(gt_picture_folder *folder, gt_error *err);

/* Adds a name as it is, which is taken over. */
gt_status gt_picture_folder_put(gt_picture_folder *folder, char *name, gt_error *err);

/* Takes an entry out; those behind it move up. */
void gt_picture_folder_drop(gt_picture_folder *folder, size_t index);

/* The path of an entry, yours; NULL without memory. */
char *gt_picture_folder_path(const gt_picture_folder *folder, size_t index);

/* Accepts an empty struct. */
void gt_picture_folder_free(gt_picture_folder *folder);

#endif
