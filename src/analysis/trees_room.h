/* trees_room.h - room in the arrays of trees, for those who make them. Private. */
#ifndef GT_ANALYSIS_TREES_ROOM_H
#define GT_ANALYSIS_TREES_ROOM_H

#include "trees.h"

/* Room for so many more trees and nodes; the counts stay. */
gt_status gt_trees_reserve(gt_trees *trees, int64_t more_trees, int64_t more_nodes,
                           gt_error *err) GT_MUST_CHECK;

#endif
