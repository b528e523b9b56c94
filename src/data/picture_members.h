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
    const uint8_t *bytes; /* NULL only of gt_picture_members_open_large */
    size_t length;
} gt_picture_member;

/* Has `look` see the names of an archive's first files: 1000, or as many as lie in 64 MiB. None
 * of what cannot be read. */
void gt_picture_members_glance(const char *path, void (*look)(void *user, const char *name),
                               void *user);

/* unpack: of gt_archive_limits_for. What gt_archive_open returns. *out is yours. */
gt_status gt_picture_members_open(const char *path, gt_picture_files files, uint64_t unpack,
                                  gt_picture_members **out, gt_error *err);
void gt_picture_members_close(gt_picture_members *members); /* accepts NULL */

/* The same for files that are larger than a picture: they come without their bytes, which load
 * gives of the present one, yours (free). GT_UNSUPPORTED, with the line that unpacks it, for
 * one that takes more than a third of this reader's memory. */
gt_status gt_picture_members_open_large(const char *path, gt_picture_files files,
                                        uint64_t unpack, gt_picture_members **out,
                                        gt_error *err);
gt_status gt_picture_members_load(gt_picture_members *members, uint8_t **bytes, size_t *length,
                                  gt_error *err) GT_MUST_CHECK;

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
