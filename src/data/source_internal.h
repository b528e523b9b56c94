/* source_internal.h (room: data, private) - what both ends of a source agree on. */
#ifndef GT_DATA_SOURCE_INTERNAL_H
#define GT_DATA_SOURCE_INTERNAL_H

#include "source_parcel.h"
#include "source_reading.h"

enum {
    GT_SOURCE_OPEN,
    GT_SOURCE_NEXT,
    GT_SOURCE_GLANCE,          /* the path of an archive -> gt_picture_members_glance */
    GT_SOURCE_PICTURES = 4096, /* in one answer at most */
    GT_SOURCE_ALIGNED = 64     /* bytes: where pixels begin */
};

/* A request for pictures: GT_SOURCE_NEXT, and which half of the shared memory they go to. The
 * answer: how many; whether there are no more; bytes of the next one if even that found no
 * room; the note; then of each its values, and whether its pixels lie flat in a file: if so
 * where, else their offset in the half, and themselves where nothing is shared. */

#endif
