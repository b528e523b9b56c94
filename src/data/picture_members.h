/* picture_members.h (room: data, private) - the pictures in an archive, one at a time in
 * memory. Forwards each costs what it holds; a step back begins the archive anew. */
#ifndef GALATEA_DATA_PICTURE_MEMBERS_H
#define GALATEA_DATA_PICTURE_MEMBERS_H

#include "galatea/error.h"
#include "picture_folder.h"

typedef struct gt_picture_members gt_picture_members;

/* One of them, lent until the next is read. */
typedef struct gt_picture_member {
    const char *name;
    const uint8_t *bytes; /* never NULL */
    size_t length;
} gt_picture_member;

/* Whether an archive holds FITS files and no other pictures, by the names of its first files:
 * 1000, or as many as lie in 64 MiB. false for what cannot be read. */
bool gt_picture_members_are_fits(const char *path);

/* unpack: of gt_archive_limits_for. What gt_archive_open returns. *out is yours. */
gt_status gt_picture_members_open(const char *path, gt_picture_files files, uint64_t unpack,
                                  gt_picture_members **out, gt_error *err);
void gt_picture_members_close(gt_picture_members *members); /* accepts NULL */

/* The next one; its name is NULL behind the last. */
gt_status gt_picture_members_next(gt_picture_members *members, gt_picture_member *out,
                                  gt_error *err);

/* The one at a place from 0 on: of gt_picture_entry, where all were added. */
gt_status gt_picture_members_at(gt_picture_members *members, size_t place,
                                gt_picture_member *out, gt_error *err);

/* Behind the last: GT_NOT_FOUND for an archive without pictures that holds files which have
 * some where they are unpacked, or pictures of other kinds. */
gt_status gt_picture_members_check_any(const gt_picture_members *members,
                                       gt_error *err) GT_MUST_CHECK;

/* The sentences about what is left out, with a line feed between; "" for none. */
enum { GT_PICTURE_MEMBERS_TEXT = 768 };
const char *gt_picture_members_note(const gt_picture_members *members,
                                    char text[GT_PICTURE_MEMBERS_TEXT]);

#endif
