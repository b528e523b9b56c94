/* dataset_fields.h (room: data) - the fields in the file of a set: where they lie, and their
 * values.
 *
 * They are what the group "columns" holds, and one-dimensional arrays of N values beside the
 * main one that are none of the six columns, so that sets of other programs keep theirs.
 * Numbers of any type are read, as int64 or double; what cannot be one (compressed, of another
 * length, of compound type) is left out with a remark. */
#ifndef GALATEA_DATA_DATASET_FIELDS_H
#define GALATEA_DATA_DATASET_FIELDS_H

#include "fields.h"
#include "hdf5_file.h"

typedef struct gt_stored_field {
    gt_hdf5_type type; /* in the file */
    size_t size;       /* bytes of one value there */
    uint64_t offset;
    bool has_missing; /* another value stands for none */
    double missing;
} gt_stored_field;

/* Begins as an empty struct. */
typedef struct gt_stored_fields {
    gt_field_list list;
    gt_stored_field *stored; /* list.count of them */
} gt_stored_fields;

/* path, size: of the file. */
gt_status gt_stored_fields_find(const gt_hdf5 *file, const char *path, uint64_t size,
                                uint64_t rows, gt_stored_fields *out,
                                gt_error *err) GT_MUST_CHECK;
void gt_stored_fields_free(gt_stored_fields *fields);

/* Values as gt_dataset_read_field gives them, out of the open file. */
gt_status gt_stored_field_read(const gt_stored_fields *fields, size_t index, int descriptor,
                               const char *path, uint64_t first, size_t count, void *out,
                               gt_error *err) GT_MUST_CHECK;

/* What an array says about itself in the attributes unit (units), description and ucd, and in
 * missing (_FillValue, missing_value). texts[3] own what field lends. */
gt_status gt_field_describe(const gt_hdf5 *file, const gt_hdf5_array *array, gt_field *field,
                            double *missing, char *texts[3], gt_error *err) GT_MUST_CHECK;

/* Whether a whole number is the one that stands for none; the ends of int64 are not taken for
 * their neighbours, which as reals are the same. */
bool gt_field_is_none(int64_t whole, double missing);

/* gt_hdf5_list in the order in which a set's writer had the columns (attribute place). */
gt_status gt_field_names(const gt_hdf5 *file, const char *group, char ***names, size_t *count,
                         gt_error *err) GT_MUST_CHECK;

/* The type as which a stored one is kept. */
gt_field_type gt_field_type_of(gt_hdf5_type type);

#endif
