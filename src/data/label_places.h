/* label_places.h (room: data) - labels of any number as places of classes. */
#ifndef GT_LABEL_PLACES_H
#define GT_LABEL_PLACES_H

#include "galatea/dataset.h"

/* Where labels of a set without names of classes reach `most` or more, and fewer of them are
 * there: from now on its labels are 0, 1, ... in their order, and the names of its classes
 * their numbers. That is remarked. Other sets stay as they are. */
GT_MUST_CHECK gt_status gt_labels_take_places(gt_dataset *set, int32_t most, gt_error *err);

#endif
