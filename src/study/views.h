/* views.h (room: study) - pictures of a set beside the augmented views that training makes of
 * them. */
#ifndef GT_STUDY_VIEWS_H
#define GT_STUDY_VIEWS_H

#include "context.h"
#include "galatea/augment.h"

enum { GT_VIEWS_AT_MOST = 64 };

typedef struct gt_views_settings {
    const char *rows;    /* as 3,7-9; NULL: the first eight */
    const char *out;     /* the sheet, .png */
    const char *colours; /* gray or heat */
    int64_t count;       /* views of each, 1 to GT_VIEWS_AT_MOST */
    int64_t seed, epoch; /* of the training; epoch from 1 on */
} gt_views_settings;

/* Draws a row for each picture: itself, then the two views of it that a training makes in that
 * epoch, in the next, and so on. *pictures: how many they are. */
GT_MUST_CHECK gt_status gt_views_write(const gt_context *context, const char *data,
                                       const gt_views_settings *settings,
                                       const gt_augmentation *how, size_t *pictures,
                                       gt_error *err);

#endif
