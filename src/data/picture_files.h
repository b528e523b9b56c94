/* picture_files.h (room: data, private) - which files are pictures, by the endings of their
 * names, and a list of such. */
#ifndef GALATEA_DATA_PICTURE_FILES_H
#define GALATEA_DATA_PICTURE_FILES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "galatea/error.h"

/* Which files count: those with one of the endings "png" or "fits|fits.gz", in letters of any
 * case. name is what they are called in messages, "PNG files". Strings are lent. */
typedef struct gt_picture_files {
    const char *name, *endings;
} gt_picture_files;

/* Whether a file of this name (folders before it allowed) is one of them. Hidden files, and
 * files in hidden folders, are not. */
bool gt_picture_files_have(gt_picture_files files, const char *name);

/* Bytes of a name without that one of their endings and its dot; all of it when it has none. */
size_t gt_picture_files_stem(gt_picture_files files, const char *name);

typedef struct gt_picture_entry {
    char *name;        /* relative to the folder */
    int depth;         /* folders in it */
    const char *class; /* its class's name, which goes on to the next '/'; NULL: none */
    int32_t label;     /* -1: none */
    uint8_t split;     /* GT_SPLIT_ */
    size_t place;      /* in the order in which they were added */
    size_t length;     /* bytes, of members of an archive that who adds them tells */
} gt_picture_entry;

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

/* Adds a name as it is, which is taken over. */
gt_status gt_picture_folder_put(gt_picture_folder *folder, char *name, gt_error *err);

/* Takes an entry out; those behind it move up. */
void gt_picture_folder_drop(gt_picture_folder *folder, size_t index);

/* The path of an entry, yours; NULL without memory. */
char *gt_picture_folder_path(const gt_picture_folder *folder, size_t index);

/* Accepts an empty struct. */
void gt_picture_folder_free(gt_picture_folder *folder);

/* Counts what is left out of a folder, and takes its name over. The first name is kept,
 * whatever order the folder is read in. */
void gt_picture_count_out(size_t *count, char **first, char *name);

#endif
