/* picture_kinds.h (room: data, private) - files that hold one picture each: which kinds there
 * are, and one of them as values. The bytes tell the kind, not the name: a JPEG called .png is
 * read.
 *
 * A new kind is a row of the table in picture_kinds.c. */
#ifndef GALATEA_DATA_PICTURE_KINDS_H
#define GALATEA_DATA_PICTURE_KINDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "galatea/error.h"
#include "numbers.h"
#include "picture_files.h"

/* All kinds, by their endings. */
extern const gt_picture_files gt_picture_kinds;

/* What a note says of a number of them, and the first (gt_picture_is_other). */
#define GT_PICTURES_LEFT_OUT "pictures of other kinds are left out: %zu, as '%.200s'"

/* Whether a file that is none of `files` is a picture all the same, or one of many: it is left
 * out, and told. */
bool gt_picture_is_other(gt_picture_files files, const char *name);

/* GT_NOT_FOUND: in a folder or archive nothing but `count` of these, as `first`. */
gt_status gt_pictures_are_others(const char *path, const char *where, gt_picture_files files,
                                 size_t count, const char *first, gt_error *err) GT_MUST_CHECK;

/* A file, or a member of an archive that is in memory. */
typedef struct gt_picture_file {
    const char *path; /* of the file; of a member its name, for messages */
    const uint8_t *bytes;
    size_t length;    /* bytes NULL: the file is read */
    const char *axes; /* of three sides: "nchw", "nhwc"; NULL or "auto": guess */
    const char *hdu;  /* of FITS files: number or name; NULL: the first with an image */
} gt_picture_file;

/* What can be told without decoding. */
typedef struct gt_still_head {
    const char *type; /* "uint8", "uint16", "float32" ... Static */
    bool is_scaled;   /* values go from 0 to the most that the type holds, as in PNG */
    size_t channels;  /* 0: 1 or 3, only the pixels know */
} gt_still_head;

typedef struct gt_still {
    const char *type; /* as above */
    bool is_scaled;
    size_t channels, height,
        width; /* without colour one channel, in whatever form it is stored */
    bool had_alpha;
    float *pixels; /* (C,H,W), yours (free) */
    gt_rounding rounding;
    bool is_turned; /* as its EXIF orientation says */
} gt_still;

/* files: which kinds are asked for. Messages name the path. GT_BAD_FORMAT for what is none of
 * them or damaged, GT_UNSUPPORTED, GT_USAGE for axes that are unclear. */
gt_status gt_still_peek(const gt_picture_file *file, gt_picture_files files, gt_still_head *out,
                        gt_error *err) GT_MUST_CHECK;
gt_status gt_still_read(const gt_picture_file *file, gt_picture_files files, gt_still *out,
                        gt_error *err) GT_MUST_CHECK;

#endif
