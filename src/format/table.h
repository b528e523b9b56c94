/* table.h (room: format) - a table of results as a file that TOPCAT, astropy and people open.
 *
 *     static const gt_table_column columns[] = {
 *         {"id", GT_TABLE_TEXT, .description = "name of the source"},
 *         {"size", GT_TABLE_REAL, .unit = "arcsec", .description = "angular size"}};
 *     gt_table *table = NULL;
 *     GT_TRY(gt_table_create(columns, 2, &table, err));
 *     gt_cell row[] = {gt_cell_text("J1234"), gt_cell_real(31.5)};
 *     GT_TRY(gt_table_append(table, row, err));
 *     GT_TRY(gt_table_write(table, "sizes.fits", provenance, err));
 * done:
 *     gt_table_destroy(table);
 *
 * Cells are those of record.h. Threads: one table, one thread. */
#ifndef GT_TABLE_H
#define GT_TABLE_H

#include <stddef.h>
#include <stdint.h>

#include "galatea/error.h"
#include "record.h"

/* What a column holds, and as which FITS type it is stored. */
typedef enum gt_table_kind {
    GT_TABLE_INT,   /* int64_t, K */
    GT_TABLE_REAL,  /* double, D */
    GT_TABLE_FLOAT, /* float, E */
    GT_TABLE_TEXT   /* A, as wide as the longest cell */
} gt_table_kind;

typedef struct gt_table_column {
    const char *name; /* 1 to 240 bytes, no control characters, no two alike in any case */
    gt_table_kind kind;
    const char *unit; /* "arcsec", "deg", as the FITS standard has them, which knows no dB;
                         NULL: none */
    const char *description; /* NULL: none */
    const char *ucd;         /* of the IVOA; NULL: that of the name, where it has one */
} gt_table_column;

typedef struct gt_table gt_table;

/* What names in FITS may be: 1 to 68 letters, digits, '_' and '-'. Others are made such, with
 * '_' for each character that is none and a number behind those that would be alike. */
enum { GT_TABLE_FITS_NAME = 69 };

/* A table without rows; the columns (1 to 900) are copied. GT_BAD_ARGUMENT for a wrong name.
 * *out is yours. */
GT_MUST_CHECK gt_status gt_table_create(const gt_table_column *columns, size_t count,
                                        gt_table **out, gt_error *err);

/* What the table is of, as FITS files name it (EXTNAME), "MORPHOLOGY"; "TABLE" without. Lent.
 */
void gt_table_call(gt_table *table, const char *name);

/* Appends a row of one cell per column; texts are copied. GT_CELL_EMPTY fits every column, a
 * whole number also a column of reals; anything else is GT_BAD_ARGUMENT. */
GT_MUST_CHECK gt_status gt_table_append(gt_table *table, const gt_cell *cells, gt_error *err);

/* What the name of a table may end in, in letters of any case (gt_file_ending). */
#define GT_TABLE_ENDINGS "fits|fit|csv"

/* Writes the table whole or not at all (outfile.h), by the ending of path, GT_USAGE for
 * another.
 *
 * .fits and .fit: one binary table with TTYPE, TUNIT, TCOMM, TUCD, and provenance in HISTORY
 * cards (joined again they are the text); names that have to be others are told in a remark.
 * Bytes that are not printable ASCII appear as \xNN. Empty whole numbers are TNULL (-2^63),
 * empty reals NaN.
 *
 * .csv: RFC 4180 through gt_record_row, without comments, so that everything opens it; units,
 * descriptions and provenance are left out. Empty cells and NaN are empty.
 *
 * The same table gives the same bytes. provenance: NULL for none. */
GT_MUST_CHECK gt_status gt_table_write(const gt_table *table, const char *path,
                                       const char *provenance, gt_error *err);

/* A remark on columns that are called otherwise in the FITS file at path. */
void gt_table_tell_fits_names(const gt_table *table, const char *path);

/* Accepts NULL. */
void gt_table_destroy(gt_table *table);
#endif
