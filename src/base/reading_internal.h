/* reading_internal.h (room: base) - what both ends of the socket know. */
#ifndef GT_READING_INTERNAL_H
#define GT_READING_INTERNAL_H

#include <limits.h>

#include "reading.h"

enum {
    GT_READER_SOCKET = 3, /* descriptors of the reader */
    GT_READER_SHARED = 4,
    GT_READER_REMARKS = 64 /* in one answer at most */
};

/* Bytes of one request or answer at most. */
#define GT_READER_MESSAGE ((uint64_t)1 << 28)

/* Gives up what a parser of files does not need: processes, network, writing, and memory beyond
 * `memory` bytes. Nothing of it comes back. */
GT_MUST_CHECK gt_status gt_reader_confine(uint64_t memory, gt_error *err);

/* The program's path; GT_NOT_FOUND. */
GT_MUST_CHECK gt_status gt_reader_find(char out[PATH_MAX], gt_error *err);

/* Seconds of processor time for what lies at a path, a file or all files below a folder: those
 * that reading so many bytes may take, and how long to wait beyond them for one answer. That is
 * short for a small file, which holds nothing that takes long: most of what can, packed bytes,
 * is bounded by a thousand times the size. */
typedef struct gt_reader_time {
    double seconds, patience;
} gt_reader_time;
#define GT_READER_PATIENCE 60.0
gt_reader_time gt_reader_work(const char *path);

/* Whole messages through a socket: a size, then the parcel's bytes. Receiving gives *is_open
 * false at the end of the other side; `wait` (NULL: wait as long as it takes) is asked again
 * and again while nothing comes, and ends the waiting with its failure. GT_IO, GT_BAD_FORMAT
 * for a size that cannot be. */
GT_MUST_CHECK gt_status gt_message_send(int socket, const gt_parcel *parcel, gt_error *err);
GT_MUST_CHECK gt_status gt_message_receive(int socket, gt_parcel *parcel, bool *is_open,
                                           gt_status (*wait)(void *user, gt_error *err),
                                           void *user, gt_error *err);

#endif
