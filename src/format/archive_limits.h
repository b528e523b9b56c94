/* archive_limits.h (room: format) - how much of an archive, or of what is packed, is unpacked.
 */
#ifndef GALATEA_FORMAT_ARCHIVE_LIMITS_H
#define GALATEA_FORMAT_ARCHIVE_LIMITS_H

#include <stdbool.h>
#include <stdint.h>

typedef struct gt_archive_limits {
    uint64_t members;      /* entries of any kind */
    uint64_t member_bytes; /* one file */
    uint64_t bytes;        /* everything, unpacked */
    uint64_t ratio;        /* unpacked to packed, beyond the first MiB */
    bool can_be_raised;    /* by the option --unpack, which messages then name */
    bool is_glance;        /* the first files alone matter: gzip is not gone through before */
} gt_archive_limits;

/* 100,000 entries, 1 GiB each, 4 GiB together, 1000 to 1. */
gt_archive_limits gt_archive_limits_default(void);

/* The same for this file: twice its bytes where that is more than 4 GiB, also for one member.
 * unpack: the most bytes in place of all that, at any ratio, as the option --unpack asks for;
 * 0: not. */
gt_archive_limits gt_archive_limits_for(const char *path, uint64_t unpack);

/* "; --unpack allows more", or nothing, to end the sentence of a limit. Static. */
const char *gt_archive_way_out(const gt_archive_limits *limits);

/* Bytes that so many packed ones may unpack to. */
uint64_t gt_archive_most(const gt_archive_limits *limits, uint64_t packed);

#endif
