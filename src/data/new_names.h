/* new_names.h (room: data, private) - columns by other names, "label=ans,z=Z_PHOT", and which
 * column of a catalogue stands for one that every set may have. */
#ifndef GALATEA_DATA_NEW_NAMES_H
#define GALATEA_DATA_NEW_NAMES_H

#include "catalog.h"

enum { GT_NEW_NAMES_MOST = 64 };

typedef struct gt_new_name {
    char name[GT_FIELD_NAME + 1], old[GT_FIELD_NAME + 1];
    int place; /* in gt_columns; -1: a field */
} gt_new_name;

typedef struct gt_new_names {
    gt_new_name list[GT_NEW_NAMES_MOST];
    size_t count;
} gt_new_names;

/* text NULL: none. GT_USAGE for what is no such list, or names something twice. */
gt_status gt_new_names_read(const char *text, gt_new_names *out, gt_error *err) GT_MUST_CHECK;

/* The field that stands for a column of gt_columns: that which is to be called so, else the
 * first that has a usual name and is to have no other; positions and sizes are numbers then, in
 * a unit of angles if they tell one.
 * The number of fields where there is none. */
size_t gt_catalog_stand_in(const gt_catalog *catalog, const gt_new_names *names, size_t place);

/* A number of the field that stands for a position or a size, in degrees or arcsec, whatever
 * the unit of its column; NaN for none. */
double gt_catalog_angle(const gt_catalog *catalog, uint64_t row, size_t field, size_t place);

#endif
