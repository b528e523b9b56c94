/* npy_rows.h (room: format) - the rows of an npy file, or of an npz archive's member, one after
 * another: what stands at each place along the first axis.
 *
 * A file is read with pread in blocks, also where the first index runs fastest (Fortran order);
 * a member is unpacked as it comes, and as a whole only in that order. Memory is that of a
 * block. Threads: one object, one thread. */
#ifndef GALATEA_FORMAT_NPY_ROWS_H
#define GALATEA_FORMAT_NPY_ROWS_H

#include "archive_reader.h"
#include "npy.h"

typedef struct gt_npy_rows gt_npy_rows;

/* GT_NOT_FOUND, GT_IO, GT_BAD_FORMAT, GT_UNSUPPORTED. Messages here and below name the file. An
 * array of rank 0 has one row. *out is yours. */
gt_status gt_npy_rows_open(const char *path, gt_npy_rows **out, gt_error *err);

/* The member that the archive is at (gt_archive_next), which is read no other way then; path
 * and name are for messages, "PATH: NAME: ...". */
gt_status gt_npy_rows_open_member(gt_archive *archive, const char *path, const char *name,
                                  gt_npy_rows **out, gt_error *err);

/* Accepts NULL. */
void gt_npy_rows_close(gt_npy_rows *rows);

/* Lent until close. */
const gt_npy *gt_npy_rows_array(const gt_npy_rows *rows);

/* The next row's stored values, lent until the next call; not beyond the last. */
gt_status gt_npy_rows_next(gt_npy_rows *rows, const void **out, gt_error *err);

#endif
