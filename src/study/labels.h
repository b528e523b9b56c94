/* labels.h - what sets are called when several stand side by side. */
#ifndef GT_STUDY_LABELS_H
#define GT_STUDY_LABELS_H

#include <stdbool.h>

#include "galatea/dataset.h"

enum { GT_LABEL_ROOM = 128 };

/* A word of the command line: FILE, or NAME=FILE. */
typedef struct gt_label {
    const char *path;         /* within the word */
    char name[GT_LABEL_ROOM]; /* "" where none was given */
} gt_label;

/* A file of the whole name comes first. GT_USAGE for a name without a file behind it, or too
 * long a name. */
GT_MUST_CHECK gt_status gt_label_parse(const char *word, gt_label *out, gt_error *err);

/* What made a set, by its record. */
typedef struct gt_maker {
    char model[64];    /* "vdvae"; "" for images, and where nothing is told */
    bool is_untrained; /* a network that had learned nothing */
} gt_maker;
gt_maker gt_maker_of(const gt_dataset_info *info);

/* "VDVAE", "SimCLR, untrained", "pixels"; else the file's name without folder and ending. */
void gt_maker_name(const gt_dataset *set, char name[GT_LABEL_ROOM]);

/* The labelled objects that a set shows: the collection, else the set that codes were made of,
 * else the file itself; without folder and ending. */
void gt_objects_name(const gt_dataset *set, char name[GT_LABEL_ROOM]);

/* A file's name without folder and ending. */
void gt_base_name(const char *path, char name[GT_LABEL_ROOM]);

/* A name, and the file that has it. */
typedef struct gt_named {
    char *name; /* GT_LABEL_ROOM bytes */
    const char *path;
} gt_named;

/* Gives names that several files have as much of the path as tells the files apart: "codes" of
 * lr=0.1/codes.h5 becomes "lr=0.1/codes", "VDVAE" becomes "VDVAE (lr=0.1/codes)". A
 * file that stands there twice is remarked. */
GT_MUST_CHECK gt_status gt_names_tell_apart(const gt_named *list, size_t count, gt_error *err);

#endif
