/* latents.h (room: data) - files of what pictures are made of: an HDF5 file with one array a
 * part, (N, shape of the part), all of normal noise (kind "eps") or all as the network has them
 * (kind "z"), which the attribute `kind` of the file says.
 *
 * Beside them stand, where images were inverted, the columns set, row and id of each image,
 * round_trip (largest difference of its pixels after the way back, as a share of their range)
 * and largest_z (largest absolute z). */
#ifndef GT_DATA_LATENTS_H
#define GT_DATA_LATENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "galatea/error.h"

enum { GT_LATENT_PARTS = 16 };

typedef struct gt_latents_part {
    char name[32];
    size_t rank; /* 1 to 3 */
    uint64_t dims[3];
} gt_latents_part;

typedef struct gt_latents_info {
    uint64_t count;
    bool raw; /* kind "z"; else "eps" */
    gt_latents_part parts[GT_LATENT_PARTS];
    size_t part_count;
    const char *model, *provenance; /* NULL: none */
    const char *weights;            /* a sum over those of the model (hash.h); NULL: none */
    bool has_origin;                /* the columns above */
    size_t set_length, id_length;   /* of them: bytes of the longest text */
} gt_latents_info;

/* Numbers of one row: its parts one behind the other. */
size_t gt_latents_width(const gt_latents_info *info);

/* Where a row is from. */
typedef struct gt_latents_origin {
    const char *set, *id; /* id may be NULL */
    uint64_t row;
    float round_trip, largest_z;
} gt_latents_origin;

/* ---- Writing ----------------------------------------------------------------------------- */

typedef struct gt_latents_writer gt_latents_writer;

/* info is copied, its texts are not needed afterwards. *out is yours, to be ended by commit or
 * discard. */
GT_MUST_CHECK gt_status gt_latents_writer_create(const char *path, const gt_latents_info *info,
                                                 gt_latents_writer **out, gt_error *err);
/* rows (count, stride), of which the first numbers are written; origins (count) or NULL. */
GT_MUST_CHECK gt_status gt_latents_writer_append(gt_latents_writer *writer, const float *rows,
                                                 size_t stride,
                                                 const gt_latents_origin *origins, size_t count,
                                                 gt_error *err);
/* The file appears, if all rows are there (GT_BAD_ARGUMENT). Ends the writer in any case. */
GT_MUST_CHECK gt_status gt_latents_writer_commit(gt_latents_writer *writer, gt_error *err);
void gt_latents_writer_discard(gt_latents_writer *writer); /* accepts NULL */

/* ---- Reading ----------------------------------------------------------------------------- */

typedef struct gt_latents gt_latents;

/* Whether a file is one, by its kind; and what it holds, for gt_latents_open. Text pointers of
 * the info are NULL; *provenance (may be NULL) is yours (free), NULL where it has none. */
bool gt_latents_are_in(const char *path);
GT_MUST_CHECK gt_status gt_latents_describe(const char *path, gt_latents_info *out,
                                            char **provenance, gt_error *err);

/* expected: the parts; its count, kind, model and weights (lent until close) become those of
 * the file. One that says no kind, as of another program, is taken as noise, with a remark on
 * its mean and deviation. GT_BAD_FORMAT for another kind, GT_BAD_SHAPE naming the array that is
 * missing or has another shape. *out is yours. */
GT_MUST_CHECK gt_status gt_latents_open(const char *path, gt_latents_info *expected,
                                        gt_latents **out, gt_error *err);
/* Rows first .. first + count - 1, (count, width). */
GT_MUST_CHECK gt_status gt_latents_read(const gt_latents *file, uint64_t first, size_t count,
                                        float *rows, gt_error *err);
void gt_latents_close(gt_latents *file); /* accepts NULL */

#endif
