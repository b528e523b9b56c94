/* catalog_internal.h - a catalogue, and what its columns are. */
#ifndef GALATEA_DATA_CATALOG_INTERNAL_H
#define GALATEA_DATA_CATALOG_INTERNAL_H

#include "catalog.h"
#include "csv.h"
#include "fits_table.h"

/* Of a column whose name tells its unit: both, which is owned, and the unit, which lies in the
 * table's text; else NULL. */
typedef struct gt_catalog_title {
    char *whole;
    const char *unit;
    bool is_nameless; /* whole is its number */
} gt_catalog_title;

struct gt_catalog {
    char *path;
    gt_csv table; /* cells without blanks around them; "": missing */
    bool is_fits;
    const char *spread;     /* the list that becomes columns (gt_fits_table_print), not ours */
    gt_fits_column *stated; /* of FITS */
    size_t stated_count;
    FILE *lines; /* of tables that are added, until the end */
    char *line_text;
    size_t line_bytes, latin1; /* of them: bytes that were no UTF-8 */
    gt_field *fields;
    size_t *places; /* of a field: its column in the table */
    size_t count;
    gt_catalog_title *titles; /* (columns) */
    char *angles[2];          /* cells of right ascension and declination in degrees */
};

char **gt_catalog_cell(const gt_catalog *catalog, uint64_t row, size_t column);

/* Names, units and types of all columns, and cells that say that nothing is known. */
gt_status gt_catalog_find_fields(gt_catalog *catalog, FILE *notes, gt_error *err) GT_MUST_CHECK;

#endif
