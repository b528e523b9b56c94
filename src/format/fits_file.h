/* fits_file.h (room: format, private) - the units (HDUs) of a FITS file, one after another, and
 * bytes of their data, from a plain file or one that is gzip as a whole, on disk or in memory.
 *
 * Every unit is checked to lie inside the file, in whole blocks, before it is told of; of the
 * last one what fills its last block may be missing. A gzip file is first inflated to nothing,
 * which checks its sums, its end and its limits (gt_archive_limits_default), then again as far
 * as it is read: forwards that is one pass, and memory does not grow. */
#ifndef GALATEA_FORMAT_FITS_FILE_H
#define GALATEA_FORMAT_FITS_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "fits_header.h"
#include "galatea/error.h"

typedef struct gt_fits_file gt_fits_file;

/* GT_NOT_FOUND, GT_IO, GT_BAD_FORMAT for what is no FITS file or damaged as gzip,
 * GT_UNSUPPORTED beyond the limits. Messages here and below name the file. *out is yours. */
gt_status gt_fits_file_open(const char *path, gt_fits_file **out, gt_error *err);

/* The same for a file in memory, lent until close, which messages call `name`. */
gt_status gt_fits_file_open_bytes(const char *name, const uint8_t *bytes, size_t size,
                                  gt_fits_file **out, gt_error *err);

/* Accepts NULL. */
void gt_fits_file_close(gt_fits_file *file);

/* A header and the data behind it. */
typedef struct gt_fits_unit {
    int number;          /* 0: the primary one */
    gt_fits_cards cards; /* lent until the next call */
    uint64_t data_at, data_bytes;
} gt_fits_unit;

/* The next unit; *more false after the last one. GT_BAD_FORMAT for damaged ones. */
gt_status gt_fits_file_next(gt_fits_file *file, gt_fits_unit *out, bool *more, gt_error *err);

/* When all units were gone through: whether the file ends before its last block does. */
bool gt_fits_file_lacks_padding(const gt_fits_file *file);

/* Whether it is gzip as a whole. */
bool gt_fits_file_is_packed(const gt_fits_file *file);

bool gt_fits_file_is_in_memory(const gt_fits_file *file);

/* Exactly `size` bytes at `offset`. */
gt_status gt_fits_file_read(gt_fits_file *file, uint64_t offset, void *out, size_t size,
                            gt_error *err);

#endif
