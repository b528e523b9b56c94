/* csv.h (room: format) - small tables of text read back: CSV as RFC 4180 has it.
 *
 * Cells are parted by commas, or by tabs or semicolons where these stand between the names and
 * no comma does; lines by \n or \r\n. A cell in double quotes may hold all of them; a quote in
 * it is written twice. The first line holds the names of the columns, and every line has as
 * many cells; empty lines of a table of several columns do not count. Lines before it that
 * begin with # are comments, as astropy writes them; where a line with a number follows at
 * once, the last comment has the names, as of numpy. Blanks round names and round numbers do
 * not count. Comments that are the header of an ECSV table (astropy's) tell of the columns, and
 * of another delimiter. */
#ifndef GT_CSV_H
#define GT_CSV_H

#include <stddef.h>
#include <stdint.h>

#include "galatea/error.h"

/* What an ECSV header says of a column; NULL where it does not. */
typedef struct gt_csv_about {
    const char *name, *unit, *description, *ucd;
    const char *type, *subtype; /* "int64", "float32", "string" ...; of values that are more
                                   than one number or text */
} gt_csv_about;

typedef struct gt_csv {
    size_t columns, rows; /* rows without the names */
    char **cells;         /* (rows + 1, columns), names first */
    char *text;           /* what the cells point into */
    size_t *lines;        /* (rows + 1): where each begins in the file, from 1 */
    gt_csv_about *about;  /* (columns); NULL: no ECSV */
    char *about_text;     /* what these point into */
} gt_csv;

/* Reads size bytes. GT_BAD_FORMAT naming the line: no line at all, a zero byte, a wrong number
 * of cells, a quote that is not closed or is followed by more; more than 10^4 columns or 10^8
 * cells; an ECSV header that tells of other columns. End out with gt_csv_free. */
GT_MUST_CHECK gt_status gt_csv_parse(const char *bytes, size_t size, gt_csv *out,
                                     gt_error *err);

const char *gt_csv_name(const gt_csv *csv, size_t column);
const char *gt_csv_cell(const gt_csv *csv, size_t row, size_t column);

/* To be said behind a fault of a table that seems to have other separators than commas; "". */
const char *gt_csv_hint(const gt_csv *csv);

/* The column of a name, or csv->columns. */
size_t gt_csv_column(const gt_csv *csv, const char *name);

/* A cell as a number; NaN for an empty one and for text. */
double gt_csv_number(const gt_csv *csv, size_t row, size_t column);

/* Accepts an empty struct. */
void gt_csv_free(gt_csv *csv);
#endif
