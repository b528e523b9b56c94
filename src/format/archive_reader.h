/* archive_reader.h (room: format) - the regular files inside tar and zip archives, one after
 * another.
 *
 * Nothing is unpacked to disk and member names never become paths. Folders are passed over, and
 * so are links and devices, which are counted. How much an archive may hold is bounded from the
 * start. */
#ifndef GALATEA_FORMAT_ARCHIVE_READER_H
#define GALATEA_FORMAT_ARCHIVE_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "archive_limits.h"
#include "galatea/error.h"

typedef struct gt_archive gt_archive;

/* Opens a tar (plain, gzip, bzip2, xz) or zip file; what is gzip is first inflated once to
 * check its sums and its end. GT_NOT_FOUND, GT_IO, GT_BAD_FORMAT for damaged files and files
 * that are no archive, GT_UNSUPPORTED when a limit is passed. *out is yours. */
gt_status gt_archive_open(const char *path, const gt_archive_limits *limits, gt_archive **out,
                          gt_error *err);

/* The same of an archive in memory, lent until close; name is for messages. */
gt_status gt_archive_open_bytes(const char *name, const uint8_t *bytes, size_t length,
                                const gt_archive_limits *limits, gt_archive **out,
                                gt_error *err);

/* Accepts NULL. */
void gt_archive_close(gt_archive *archive);

/* Goes to the next regular file: *name is its name, lent until the next call, NULL after the
 * last one. Entries keep their limits whether they are read or not, and one whose header says
 * that it is too large is refused at once. */
gt_status gt_archive_next(gt_archive *archive, const char **name, gt_error *err);

/* Reads the present file as a whole, once; GT_BAD_FORMAT where it is longer or shorter than its
 * header says, GT_UNSUPPORTED where it is encrypted. *bytes is yours (free), NULL when length
 * is 0. */
gt_status gt_archive_read(gt_archive *archive, uint8_t **bytes, size_t *length, gt_error *err);

/* Reads the next bytes of the present file, as many as there are up to `most`. */
gt_status gt_archive_read_some(gt_archive *archive, void *out, size_t most, size_t *length,
                               gt_error *err);

/* Counts what a file that was read unpacks to, where it is gzip itself, among the bytes of the
 * archive: what lies in packed files has no other limit. GT_BAD_FORMAT where it is damaged. */
gt_status gt_archive_count_packed(gt_archive *archive, const uint8_t *bytes, size_t length,
                                  gt_error *err);

/* Bytes of the present file as its header says, 0 where it does not. */
uint64_t gt_archive_size(const gt_archive *archive);

/* Links and devices that were passed over so far, and the name of the first; NULL for none. */
uint64_t gt_archive_passed_over(const gt_archive *archive, const char **first);

/* Whether the file begins as a tar, zip, gzip, bzip2 or xz file does. false for what cannot be
 * read. The same of its first bytes, 262 of them or all there are. */
bool gt_archive_is_one(const char *path);
bool gt_archive_begins(const void *start, size_t length);

/* Adds to an error the line that unpacks an archive, or one member of it (NULL: all), and makes
 * a set of what comes out. */
void gt_archive_advise(const char *path, const char *member, gt_error *err);

/* Back to before the first file. */
gt_status gt_archive_rewind(gt_archive *archive, gt_error *err);

#endif
