/* fits_objects.h (room: data, private) - which FITS files make which pictures: one file an
 * object, or one for each band.
 *
 * PATH is a file, a folder (picture_folder.h: classes and splits by the names of sub-folders),
 * or a list of files (picture_list.h). An archive (.tar, .tar.gz, .tgz, .tar.bz2, .tbz2,
 * .tar.xz, .txz, .zip) is taken as the folder that it holds, in its own order.
 *
 * Bands are told as "g=*_g.fits,r=*_r.fits": a file is the band whose pattern its name fits,
 * and its object is what the star stands for, in its folder. A pattern with a '/' is compared
 * with the whole name below PATH, and folders are no classes then. Objects of a list or an
 * archive come in the order of their first files. "g=1,r=ERR", without stars:
 * every file has all bands, in the units (HDUs) of these numbers or names. */
#ifndef GALATEA_DATA_FITS_OBJECTS_H
#define GALATEA_DATA_FITS_OBJECTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "galatea/error.h"
#include "member_window.h"
#include "picture_folder.h"
#include "picture_members.h"

/* The endings of archives. */
#define GT_FITS_ARCHIVE_ENDINGS "tar|tar.gz|tgz|tar.bz2|tbz2|tar.xz|txz|zip"

enum { GT_FITS_MOST_BANDS = 64 };

typedef struct gt_fits_band {
    char *name;
    char *pattern; /* with one star; NULL: every file has this band */
    char *hdu;     /* NULL: as for all */
} gt_fits_band;

typedef struct gt_fits_object {
    char *name; /* of the file, or what the star stands for, relative to PATH */
    int32_t label;
    uint8_t split;
    size_t first; /* in files: one a band, in order of the bands */
    size_t place; /* of the first of its files in an archive or a list */
} gt_fits_object;

typedef struct gt_fits_objects {
    gt_picture_folder folder;
    gt_picture_members *members;            /* of an archive; NULL: files lie on disk */
    gt_member_window *window;               /* of its bands; NULL: members come as they lie */
    char left_out[GT_PICTURE_MEMBERS_TEXT]; /* of it or of the folder, to be told */
    bool is_alone;                          /* PATH is one file */
    bool is_list;                           /* of files anywhere */
    gt_fits_band *bands;
    size_t band_count;     /* at least 1; the only one has no name where none are asked for */
    char band_names[1024]; /* "g,r" */
    gt_fits_object *objects;
    size_t count;
    size_t *files;      /* places in folder.entries */
    size_t unmatched;   /* files that fit no pattern */
    size_t incomplete;  /* objects left out because a band is missing */
    char examples[256]; /* of these: "'a' without r" */
} gt_fits_objects;

/* bands: NULL for none. unpack: of gt_archive_limits_for. drops_incomplete: objects without a
 * file for every band are left out, else GT_NOT_FOUND. GT_USAGE for bands that are none,
 * GT_BAD_FORMAT for a file that fits two patterns or two files of one band and object,
 * GT_UNSUPPORTED for a large archive whose bands lie far apart. */
gt_status gt_fits_objects_list(const char *path, const char *bands, bool drops_incomplete,
                               uint64_t unpack, gt_fits_objects *out, gt_error *err);

/* The path of a band's file, yours; NULL without memory. */
char *gt_fits_objects_path(const gt_fits_objects *all, const gt_fits_object *object,
                           size_t band);

/* The file of a band, lent until that of another object is asked for: in memory where there is
 * an archive, else bytes NULL, and name its path, which is *path, yours. */
gt_status gt_fits_objects_file(const gt_fits_objects *all, const gt_fits_object *object,
                               size_t band, gt_picture_member *out, char **path, gt_error *err);

/* Takes an object out; those behind it move up. */
void gt_fits_objects_drop(gt_fits_objects *all, size_t index);

/* Accepts an empty struct. */
void gt_fits_objects_free(gt_fits_objects *all);

#endif
