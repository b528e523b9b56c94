/* catalog.h (room: data) - a table of objects: CSV (also with tabs or semicolons), ECSV, or a
 * binary table of a FITS file.
 *
 * It is held in memory: as much as the file, and for FITS its text beside it. A column of CSV
 * is of whole numbers, of reals or of texts by what all its cells are; ECSV says types, units
 * and descriptions. Cells are missing that are empty or say so: "nan", "null", "n/a", "--",
 * and among numbers also "na", "none", "-", "inf" and the like. "flux [mJy]" names a column
 * and its unit. Threads: one catalogue, one thread. */
#ifndef GALATEA_DATA_CATALOG_H
#define GALATEA_DATA_CATALOG_H

#include <stdbool.h>
#include <stdio.h>

#include "galatea/dataset.h"

typedef struct gt_catalog gt_catalog;

/* hdu: number or name of the table of a FITS file (gt_fits_table_find), NULL: the first;
 * GT_USAGE for other files. Bytes that are no UTF-8 are Latin-1, which the notes tell.
 * GT_BAD_FORMAT names the line and the column, and so do the notes: columns that hold several
 * values a row are left out, and such without a name that say nothing; words among numbers make
 * a column one of texts, as do unsigned numbers beyond int64; words for missing values and
 * infinities are counted; of several tables of FITS the first is taken unasked. *out is yours.
 * GT_UNSUPPORTED for tables of other kinds (VOTable, Parquet), with the way to convert them. */
gt_status gt_catalog_open(const char *path, const char *hdu, FILE *notes, gt_catalog **out,
                          gt_error *err) GT_MUST_CHECK;

/* The same of the first table, in which the FITS column of several numbers a row that is called
 * so (NULL: the only one) becomes one for each, as gt_fits_table_print spreads it. */
gt_status gt_catalog_open_spread(const char *path, const char *list, FILE *notes,
                                 gt_catalog **out, gt_error *err) GT_MUST_CHECK;

/* One of several tables, one behind the other: begin, add each (the bytes of a FITS table),
 * end. GT_MISMATCH for a table with other columns than the first one. */
gt_status gt_catalog_begin(const char *path, gt_catalog **out, gt_error *err) GT_MUST_CHECK;
gt_status gt_catalog_add(gt_catalog *catalog, const char *bytes, size_t size,
                         gt_error *err) GT_MUST_CHECK;
gt_status gt_catalog_end(gt_catalog *catalog, FILE *notes, gt_error *err) GT_MUST_CHECK;
void gt_catalog_close(gt_catalog *catalog); /* accepts NULL */

const char *gt_catalog_path(const gt_catalog *catalog);
uint64_t gt_catalog_rows(const gt_catalog *catalog);

/* For a message that a column is missing: "; columns are separated by commas" where the file
 * looks as if other signs were meant, else "". */
const char *gt_catalog_hint(const gt_catalog *catalog);

/* Lent until close. */
const gt_field *gt_catalog_fields(const gt_catalog *catalog, size_t *count);

/* Takes fields away, those that are true. */
void gt_catalog_leave_out(gt_catalog *catalog, const bool *fields);

/* The place of the field of this name, or with this unit in its name, in letters of any case;
 * count where there is none. */
size_t gt_catalog_find(const gt_catalog *catalog, const char *name);

gt_field_value gt_catalog_value(const gt_catalog *catalog, uint64_t row, size_t field);

/* The cell as it is written, without blanks around it; "" for a missing one. Lent until close.
 */
const char *gt_catalog_text(const gt_catalog *catalog, uint64_t row, size_t field);

/* "line 7" of CSV, "row 5" of FITS (from 0). Returns out. */
enum { GT_CATALOG_PLACE = 48 };
const char *gt_catalog_place(const gt_catalog *catalog, uint64_t row,
                             char out[GT_CATALOG_PLACE]);

/* GT_BAD_FORMAT: "FILE, line 7, column 'ra': 400, expected WHAT". */
gt_status gt_catalog_bad(const gt_catalog *catalog, uint64_t row, size_t field,
                         const char *expected, gt_error *err) GT_MUST_CHECK;

#endif
