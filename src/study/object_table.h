/* object_table.h (room: study) - tables with a row for each object of a set, or of several:
 * beside what was found out they tell all that the sets know of it.
 *
 * The same name means the same in each: id, ra and dec (degrees), angular_size (arcsec), label
 * (number of the class), class (its name), split, and whatever other columns the sets have.
 * Those that a table lists itself stand where it lists them, the others behind. */
#ifndef GT_STUDY_OBJECT_TABLE_H
#define GT_STUDY_OBJECT_TABLE_H

#include "run_use.h"
#include "table.h"

typedef struct gt_object_table gt_object_table;

/* name: of gt_table_call; own: the table's columns (record.h); sets: those that rows will be
 * of, lent until the end. A column of the sets that is called as one of the table's gets a
 * number, and more columns than a table has room for are left out, each with a remark. *out is
 * yours. */
GT_MUST_CHECK gt_status gt_object_table_create(const char *name, const gt_table_column *own,
                                               size_t count, gt_dataset *const *sets,
                                               size_t set_count, gt_object_table **out,
                                               gt_error *err);
void gt_object_table_destroy(gt_object_table *table); /* accepts NULL */

/* The next row: row `row` of set number `set`, with the cells of the table's own columns. */
GT_MUST_CHECK gt_status gt_object_table_append(gt_object_table *table, size_t set, uint64_t row,
                                               const gt_cell *own, gt_error *err);

GT_MUST_CHECK gt_status gt_object_table_write(const gt_object_table *table, const char *path,
                                              const char *provenance, gt_error *err);

/* How tables of several sets begin: set, row, id, ra, dec, class. */
enum { GT_OBJECT_ABOUT = 6 };
extern const gt_table_column gt_object_about[GT_OBJECT_ABOUT];

/* The cells of those; name: of the set. Texts are lent. */
void gt_object_about_cells(const char *name, const gt_dataset_info *info,
                           const gt_row_columns *columns, uint64_t row,
                           gt_cell out[GT_OBJECT_ABOUT]);

#endif
