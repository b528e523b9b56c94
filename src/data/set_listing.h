/* set_listing.h (room: data, private) - which files are read in turn as one source: a single
 * one, or all of those in a folder and below it, in order of name, or in an archive, in its
 * order. */
#ifndef GALATEA_DATA_SET_LISTING_H
#define GALATEA_DATA_SET_LISTING_H

#include <stdio.h>

#include "picture_files.h"
#include "picture_members.h"

typedef struct gt_set_wanted {
    gt_picture_files files;  /* their endings, as files of a folder or an archive */
    gt_picture_files others; /* of a folder that has none of these; no endings: none */
    bool is_archive;         /* such a file is an archive itself, whatever it is called */
} gt_set_wanted;

typedef struct gt_set_entry {
    char *path;   /* of a member the archive's and its name, "PATH: NAME" */
    size_t place; /* of a member in the archive */
} gt_set_entry;

/* Begins as an empty struct. */
typedef struct gt_set_listing {
    gt_set_entry *files;
    size_t count, room;
    size_t root;                 /* bytes of a path before the name in the folder or archive */
    gt_picture_members *members; /* of an archive; NULL: files lie on disk */
} gt_set_listing;

/* unpack: of gt_archive_limits_for. What is left out goes to notes. GT_NOT_FOUND for a folder
 * or an archive without such files. Close it also after a failure. */
gt_status gt_set_listing_make(const char *path, const gt_set_wanted *wanted, uint64_t unpack,
                              FILE *notes, gt_set_listing *out, gt_error *err) GT_MUST_CHECK;
void gt_set_listing_close(gt_set_listing *listing);

/* All bytes of a member of the archive, yours (free). */
gt_status gt_set_listing_load(gt_set_listing *listing, size_t index, uint8_t **bytes,
                              size_t *length, gt_error *err) GT_MUST_CHECK;

/* The split that a file's folder or name tells, as train/1.h5 and sky_train.h5 do; -1: none. */
int gt_set_listing_split(const gt_set_listing *listing, size_t index);

/* Whether all files tell one, two splits or more. */
bool gt_set_listing_has_splits(const gt_set_listing *listing);

#endif
