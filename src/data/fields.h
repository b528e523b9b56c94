/* fields.h (room: data) - lists of fields (galatea/dataset.h) that are made one by one. */
#ifndef GALATEA_DATA_FIELDS_H
#define GALATEA_DATA_FIELDS_H

#include <stdbool.h>

#include "galatea/dataset.h"

/* A list that owns its texts; begins as an empty struct. */
typedef struct gt_field_list {
    gt_field *fields;
    size_t count, room;
} gt_field_list;

/* Whether name is one of the columns that every set may have, or what tables call a row. */
bool gt_field_is_reserved(const char *name);

/* As many a file may bring: the others are left to what an import adds, and to those that are
 * asked for by name. */
enum { GT_FIELD_USUAL = GT_FIELD_MOST - 20 };

/* Appends a copy of a field. A name that no field can have is made one: '/' and control
 * characters become '_', an empty one "column"; a reserved one, and one that is there, get
 * "_2", "_3" ... behind them. The caller tells of it where list->fields[...].name differs.
 * GT_UNSUPPORTED beyond GT_FIELD_MOST or GT_FIELD_NAME. */
gt_status gt_field_list_add(gt_field_list *list, const gt_field *field,
                            gt_error *err) GT_MUST_CHECK;

/* Appends all of them as they are called. */
gt_status gt_field_list_copy(gt_field_list *list, const gt_field *fields, size_t count,
                             gt_error *err) GT_MUST_CHECK;

/* Frees what the struct holds and empties it. */
void gt_field_list_free(gt_field_list *list);

/* GT_BAD_ARGUMENT for fields that a set cannot have together. */
gt_status gt_fields_check(const gt_field *fields, size_t count, gt_error *err) GT_MUST_CHECK;

/* Where pictures lie whose objects have positions of their own (join.h). */
#define GT_IMAGE_RA "ra_image"
#define GT_IMAGE_DEC "dec_image"

/* The group of a set's file that holds them. */
#define GT_FIELD_GROUP "columns/"

/* A number of a field; NaN for a missing one, and for texts. */
double gt_field_real(gt_field_type type, gt_field_value value);

/* Bytes of one value as a set stores it. */
size_t gt_field_size(const gt_field *field);

#endif
