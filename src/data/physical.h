/* physical.h (room: data) - pictures that were scaled each by itself, as the values that they
 * were made of: an import keeps which value became black and which white in two columns. */
#ifndef GALATEA_DATA_PHYSICAL_H
#define GALATEA_DATA_PHYSICAL_H

#include <stdbool.h>

#include "fields.h"
#include "galatea/dataset.h"

/* Appends the columns "vmin" and "vmax", in a unit (NULL: unknown). */
gt_status gt_physical_add_fields(gt_field_list *list, const char *unit,
                                 gt_error *err) GT_MUST_CHECK;

/* Where a set has them. */
typedef struct gt_physical {
    bool is_known;
    size_t vmin, vmax; /* its fields */
    const char *unit;
    gt_value_range range; /* of its pixels, to 0..1 */
    double softening;     /* of an asinh between the limits; 0: none */
} gt_physical;

/* Known where the set has both columns and its pictures were last scaled by themselves. */
gt_physical gt_physical_of(const gt_dataset_info *info);

/* The A of "asinh:A", or "asinh:A/1", as an import names that scaling (it is asinh(A t) /
 * asinh(A)); 0 for another one. */
double gt_physical_softening(const char *scaling);

/* Levels of one row as physical values, in place; NaN where its limits are unknown. */
void gt_physical_from_levels(const gt_physical *physical, const gt_field_value *row,
                             float *levels, size_t count);

#endif
