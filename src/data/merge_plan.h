/* merge_plan.h (room: data, private) - what several sets have in common, and so what one made
 * of them will be. */
#ifndef GALATEA_DATA_MERGE_PLAN_H
#define GALATEA_DATA_MERGE_PLAN_H

#include <stdio.h>

#include "fields.h"
#include "galatea/imaging.h"

/* `count`, `told`, `is_left_out` and `notes` are told by who begins; the rest begins empty. The
 * description points into the struct, which stays where it is. */
typedef struct gt_merge_plan {
    size_t count;            /* sets */
    gt_value_range told;     /* of the result's pixels, or undeclared */
    const bool *is_left_out; /* of all rows, one set behind the other; NULL: none */
    FILE *notes;             /* a line for each thing that is left out */
    gt_dataset **sets;
    gt_dataset_info info; /* of the result */
    gt_field_list fields;
    const char **class_names; /* of the result, where the sets' differ; lent by these */
    char preparation[GT_PREPARATION_ROOM];
    unsigned noted; /* facts (imaging_facts.h) that a note was on */
} gt_merge_plan;

/* Opens the sets. GT_MISMATCH where they cannot be one, GT_USAGE for a range told of sets that
 * have none. To be closed in any case. */
gt_status gt_merge_plan_open(gt_merge_plan *plan, const char *const *paths,
                             gt_error *err) GT_MUST_CHECK;
void gt_merge_plan_close(gt_merge_plan *plan);

/* Describes the result of open sets. */
gt_status gt_merge_plan_make(gt_merge_plan *plan, const char *provenance,
                             gt_error *err) GT_MUST_CHECK;

#endif
