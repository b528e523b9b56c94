/* zip_write.h (room: format) - zip archives whose members are stored as they are, as
 * numpy.savez makes them, written beside their place and renamed.
 *
 *     GT_TRY(gt_zip_create("made.npz", &zip, err));
 *     GT_TRY(gt_zip_begin(zip, "images.npy", GT_NPY_HEADER, err));
 *     GT_TRY(gt_zip_append(zip, bytes, size, err));
 *     GT_TRY(gt_zip_end(zip, header, err));
 *     GT_TRY(gt_zip_commit(zip, err));
 * done:
 *     gt_zip_discard(zip);
 *
 * Archives and members of any size (zip64); equal calls give equal bytes, for no time is told.
 * Threads: one archive, one thread. */
#ifndef GT_ZIP_WRITE_H
#define GT_ZIP_WRITE_H

#include <stddef.h>
#include <stdint.h>

#include "galatea/error.h"

typedef struct gt_zip gt_zip;

/* *out is yours. What gt_outfile_open returns. */
GT_MUST_CHECK gt_status gt_zip_create(const char *path, gt_zip **out, gt_error *err);

/* Begins a member that opens with `head` bytes, which are given at its end. The name is copied.
 */
GT_MUST_CHECK gt_status gt_zip_begin(gt_zip *zip, const char *name, size_t head, gt_error *err);
GT_MUST_CHECK gt_status gt_zip_append(gt_zip *zip, const void *bytes, size_t size,
                                      gt_error *err);
GT_MUST_CHECK gt_status gt_zip_end(gt_zip *zip, const void *head, gt_error *err);

/* Puts the archive in its place. It is to be discarded in any case. */
GT_MUST_CHECK gt_status gt_zip_commit(gt_zip *zip, gt_error *err);
void gt_zip_discard(gt_zip *zip); /* accepts NULL */

#endif
