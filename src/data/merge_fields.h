/* merge_fields.h (room: data) - the fields that several sets have, as those of one. */
#ifndef GALATEA_DATA_MERGE_FIELDS_H
#define GALATEA_DATA_MERGE_FIELDS_H

#include <stdio.h>

#include "field_block.h"
#include "fields.h"

/* The fields of all sets, by name. Whole numbers and reals become reals (beyond 2^53 texts,
 * which keep them exactly), numbers and texts texts; a unit that two state differently is no
 * longer stated. notes gets a line for each such field, and for each that a set lacks. */
gt_status gt_fields_unite(gt_dataset *const *sets, size_t count, FILE *notes,
                          gt_field_list *out, gt_error *err) GT_MUST_CHECK;

/* map[i]: where field i of a set stands in a united list. */
void gt_fields_map(const gt_field *fields, size_t count, const gt_field_list *united,
                   size_t *map);

/* Puts the values of a row of a set into a place of a block of the united ones; what the set
 * lacks is missing. */
void gt_fields_convert(const gt_field *fields, size_t count, const gt_field_value *values,
                       const size_t *map, gt_field_block *to, size_t place);

#endif
