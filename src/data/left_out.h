/* left_out.h (room: data, private) - files of a folder that cannot be read, where the others
 * are wanted all the same (--drop-damaged): each is named in a remark, and all are counted. */
#ifndef GALATEA_DATA_LEFT_OUT_H
#define GALATEA_DATA_LEFT_OUT_H

#include <stdbool.h>
#include <stddef.h>

#include "galatea/error.h"

typedef struct gt_left_out {
    bool is_asked;
    size_t count;
    size_t begun; /* of these, whose first pictures are in: they were given before the damage */
} gt_left_out;

/* Whether to go on without a file that failed so: is_asked, and the failure is of the file
 * alone. It is then told and counted. why names the file. */
bool gt_left_out_takes(gt_left_out *self, gt_status status, const gt_error *why);

/* The failure of one of so many files, with the way to go on without it where it is of that
 * file alone. */
gt_status gt_left_out_stop(const gt_left_out *self, size_t files, gt_status status,
                           const gt_error *why, gt_error *err);

/* "3 files cannot be read and are left out (1 from its first damaged picture on)"; "" for none.
 * Returns text. */
enum { GT_LEFT_OUT_TEXT = 128 };
const char *gt_left_out_note(const gt_left_out *self, char text[GT_LEFT_OUT_TEXT]);

#endif
