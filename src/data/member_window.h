/* member_window.h (room: data, private) - members of an archive in another order than they lie
 * in, a few at a time together: the bands of an object.
 *
 * As many groups as fit into memory are collected in one pass over the archive. So one whose
 * groups lie together is gone through once, any other as often as it holds that memory. */
#ifndef GALATEA_DATA_MEMBER_WINDOW_H
#define GALATEA_DATA_MEMBER_WINDOW_H

#include "picture_members.h"

typedef struct gt_wanted_member {
    size_t place; /* in the archive, as gt_picture_members_at has it */
    size_t length;
} gt_wanted_member;

typedef struct gt_member_window gt_member_window;

/* wanted: count of them, `group` after `group`, in the order in which they will be asked for,
 * copied. room: bytes in memory at a time, exceeded only by a single group. members are lent
 * until close. *out is yours. */
gt_status gt_member_window_open(gt_picture_members *members, const gt_wanted_member *wanted,
                                size_t count, size_t group, size_t room, gt_member_window **out,
                                gt_error *err) GT_MUST_CHECK;

/* How often the archive is gone through when all are asked for once in their order. */
size_t gt_member_window_passes(const gt_member_window *window);

/* Number `index` of those wanted, lent until one of another group is asked for. */
gt_status gt_member_window_at(gt_member_window *window, size_t index, gt_picture_member *out,
                              gt_error *err) GT_MUST_CHECK;

/* Accepts NULL. */
void gt_member_window_close(gt_member_window *window);

#endif
