/* gzip_check.h (room: format) - whether gzip data is whole, and keeps its limits. */
#ifndef GALATEA_FORMAT_GZIP_CHECK_H
#define GALATEA_FORMAT_GZIP_CHECK_H

#include <stddef.h>
#include <stdint.h>

#include "archive_limits.h"
#include "galatea/error.h"

/* Inflates a gzip file to nothing, checks every sum and the end, and tells the bytes that it
 * holds; files that do not start as gzip are GT_OK and 0 at once. fd is left at its start.
 * Messages do not name the file. */
gt_status gt_gzip_check(int fd, const gt_archive_limits *limits, uint64_t *size, gt_error *err);

/* The same of bytes in memory. */
gt_status gt_gzip_check_bytes(const uint8_t *bytes, size_t length,
                              const gt_archive_limits *limits, uint64_t *size, gt_error *err);

#endif
