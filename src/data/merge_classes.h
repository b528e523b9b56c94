/* merge_classes.h (room: data, private) - labels of sets that number their classes otherwise: a
 * class is what its name says. */
#ifndef GALATEA_DATA_MERGE_CLASSES_H
#define GALATEA_DATA_MERGE_CLASSES_H

#include "merge_plan.h"

/* Gives the result the classes of all sets, in the order in which these name them. Labels are
 * left out where one of several that differ does not name its classes. Notes what became of
 * them, with rows of each class where numbers change. */
gt_status gt_merge_classes(gt_merge_plan *plan, gt_error *err) GT_MUST_CHECK;

/* The number in the result of a label of one of the sets. */
int32_t gt_merge_label(const gt_merge_plan *plan, const gt_dataset_info *info, int32_t label);

#endif
