/* fits_table.h (room: format) - binary tables of FITS files, to be shown. */
#ifndef GT_FITS_TABLE_H
#define GT_FITS_TABLE_H

#include <stdbool.h>
#include <stdio.h>

#include "csv.h"

/* Bytes are those of a file, of which the first binary table is meant, or begin with the table.
 * Reads the names of the columns and the first
 * rows (at most `most`) out of the bytes of a file, and says in *rows how many there are. Whole
 * numbers (B, I, J, K), reals (E, D), texts (A) and logicals (L, 1X) become cells; what is
 * undefined is empty, and a column of anything else says so in parentheses. GT_NOT_FOUND when
 * there is no binary table, GT_BAD_FORMAT for damage: sizes are checked against the bytes that
 * are there. End out with gt_csv_free. */
GT_MUST_CHECK gt_status gt_fits_table_parse(const char *bytes, size_t size, size_t most,
                                            gt_csv *out, uint64_t *rows, gt_error *err);

/* The same as lines of CSV, with or without that of the names. spread: the name of
 * a column of several numbers a row, which becomes one for each, NAME0, NAME1, ... (a digit at
 * the end of NAME: NAME_0); "": the only such column, unless there are columns c0, c1, ...
 * of any name; NULL: none. GT_UNSUPPORTED beyond GT_FITS_COLUMNS. Bytes of texts that are no
 * UTF-8 are taken as Latin-1; *latin1 grows by how many these are. */
GT_MUST_CHECK gt_status gt_fits_table_print(const char *bytes, size_t size, bool has_names,
                                            const char *spread, FILE *out, uint64_t *rows,
                                            size_t *latin1, gt_error *err);

/* The first binary table of `rows` rows in a file, as bytes that the functions here take, yours
 * (free); NULL where there is none. *other: rows of the first table of another number, 0: there
 * is none. What gt_fits_file_open returns. */
GT_MUST_CHECK gt_status gt_fits_table_load(const char *path, uint64_t rows, char **bytes,
                                           size_t *size, uint64_t *other, gt_error *err);

/* The same of a file in memory, which messages call `name`. */
GT_MUST_CHECK gt_status gt_fits_table_load_bytes(const char *name, const uint8_t *held,
                                                 size_t length, uint64_t rows, char **bytes,
                                                 size_t *size, uint64_t *other, gt_error *err);

/* What the header says of a column. */
typedef struct gt_fits_column {
    char name[72], unit[72], description[512],
        ucd[72]; /* "" where not stated; cut to the room */
    char type;   /* the letter of TFORM */
    size_t repeat;
    size_t values; /* numbers or texts a row */
} gt_fits_column;

enum { GT_FITS_COLUMNS = 999 };

/* How many binary tables there are up to the first damage, and as many as fit into a text:
 * "1 'OBJECTS', 2". */
enum { GT_FITS_TABLES_TEXT = 256 };
size_t gt_fits_table_list(const char *bytes, size_t size, char out[GT_FITS_TABLES_TEXT]);

/* Where the table begins that is meant by a number (0: the primary HDU) or by a name as
 * gt_fits_is_called has them. GT_NOT_FOUND tells which there are. */
GT_MUST_CHECK gt_status gt_fits_table_find(const char *bytes, size_t size, const char *hdu,
                                           size_t *at, gt_error *err);

/* The columns of that table, in their order, spread or not, at most GT_FITS_COLUMNS. */
GT_MUST_CHECK gt_status gt_fits_table_columns(const char *bytes, size_t size,
                                              const char *spread, gt_fits_column *out,
                                              size_t *count, gt_error *err);

/* The same of those columns alone that have one of `count` names, in letters of any case, as
 * they stand in the file: of wide tables much faster. */
GT_MUST_CHECK gt_status gt_fits_table_parse_columns(const char *bytes, size_t size,
                                                    const char *const *names, size_t count,
                                                    size_t most, gt_csv *out, uint64_t *rows,
                                                    gt_error *err);
#endif
