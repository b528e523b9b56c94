/* show.h (room: study) - pictures of several sets below each other, a row for each set: real
 * and generated ones, figure 3 of the two-models paper. */
#ifndef GT_STUDY_SHOW_H
#define GT_STUDY_SHOW_H

#include "context.h"

enum { GT_SHOW_SETS = 16, GT_SHOW_PICTURES = 64 };

typedef struct gt_show_settings {
    const char *rows;    /* of each set, as 3,7-9; NULL: the first of the split */
    const char *split;   /* auto, any, train, test or validation */
    const char *out;     /* the sheet, .png, .pdf or .svg (sheet.h) */
    const char *colours; /* gray or heat */
    int64_t count;       /* pictures of each set, 1 to GT_SHOW_PICTURES */
} gt_show_settings;

/* Draws `count` (1 to GT_SHOW_SETS) sets, FILE or NAME=FILE, in rows with their names below the
 * first picture. Pictures of other sizes are brought to that of the first set, gray ones stand
 * beside coloured ones; each is shown in the range that its set declares. A row is as long as
 * its set allows. *pictures: how many they are. GT_BAD_SHAPE for pictures of neither one nor
 * three channels, GT_BAD_ARGUMENT for rows that are not there, GT_NOT_FINITE. */
GT_MUST_CHECK gt_status gt_show_write(const gt_context *context, const char *const *words,
                                      size_t count, const gt_show_settings *settings,
                                      size_t *pictures, gt_error *err);

#endif
