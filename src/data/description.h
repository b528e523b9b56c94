/* description.h (room: data, private) - what a set says of itself (gt_dataset_info): its texts
 * as a table, and a copy that owns what it points to. */
#ifndef GALATEA_DATA_DESCRIPTION_H
#define GALATEA_DATA_DESCRIPTION_H

#include "galatea/dataset.h"

enum { GT_INFO_TEXTS = 8 };

/* Names of the texts, as attributes of a file are called, in the order in which it has them. */
extern const char *const gt_info_text_names[GT_INFO_TEXTS];

/* The member that holds the text of this number. */
const char **gt_info_text(gt_dataset_info *info, size_t text);

/* Begins as an empty struct. The fields of info are lent: whoever has the list owns them. */
typedef struct gt_description {
    gt_dataset_info info;
    char *texts[GT_INFO_TEXTS];
    char **class_names; /* names and pointers in one block */
} gt_description;

/* Copies all but the fields, of which there are none in the copy. GT_NO_MEMORY. To be freed in
 * any case. */
gt_status gt_description_copy(const gt_dataset_info *info, gt_description *out,
                              gt_error *err) GT_MUST_CHECK;
void gt_description_free(gt_description *description);

#endif
