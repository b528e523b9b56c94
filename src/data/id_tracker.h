/* id_tracker.h (room: data) - ids that stand in more than one split, or more than once in one.
 *
 * An object that is learnt from and judged by makes a score worthless; but file names may
 * repeat where objects do not, so it is told and left to the reader. */
#ifndef GALATEA_DATA_ID_TRACKER_H
#define GALATEA_DATA_ID_TRACKER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "galatea/dataset.h"
#include "galatea/error.h"

typedef struct gt_tracked_id gt_tracked_id;

/* Ids so far; begins as an empty struct. */
typedef struct gt_id_tracker {
    gt_tracked_id *ids;
    size_t count, room;
    char *texts;
    size_t used, text_room;
    bool takes_whole_paths; /* set before the first row */
} gt_id_tracker;

/* The next row; NULL and "" are no ids, and blanks around one say nothing. Of a path in a
 * folder called as its split, what is below that folder is looked at, so that train/FRI/J1.png
 * meets test/FRI/J1.png, unless the tracker takes whole paths. GT_NO_MEMORY. */
gt_status gt_id_tracker_add(gt_id_tracker *tracker, const char *id, uint8_t split,
                            gt_error *err);

enum { GT_ID_TEXT = 360 };

/* Sentences with the first such id (in order of row) in shared and repeated, "" for none.
 * Changes the order of the tracker. */
void gt_id_tracker_report(gt_id_tracker *tracker, char shared[GT_ID_TEXT],
                          char repeated[GT_ID_TEXT]);

/* Ids that stand in more than one split: how many, and of the first the two rows, counted as
 * they were added. id is lent by the tracker. */
typedef struct gt_shared_id {
    uint64_t count, rows[2];
    const char *id;
} gt_shared_id;

/* Likewise changes the order of the tracker. */
gt_shared_id gt_id_tracker_shared(gt_id_tracker *tracker);

void gt_id_tracker_free(gt_id_tracker *tracker);

/* The shared ids of a whole set, "" if there are none or no ids or splits. */
gt_status gt_dataset_shared_ids(gt_dataset *set, char shared[GT_ID_TEXT], gt_error *err);

#endif
