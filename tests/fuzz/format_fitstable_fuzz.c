/* FITS tables: whatever the bytes, no cell is read from outside them. */
#include <string.h>

#include "fits_table.h"
#include "fuzz.h"

bool gt_fuzz_one(const uint8_t *bytes, size_t size) {
    gt_csv csv;
    gt_error err;
    uint64_t rows;
    volatile size_t length = 0;
    if (gt_fits_table_parse((const char *)bytes, size, 20, &csv, &rows, &err)) return false;
    for (size_t r = 0; r < csv.rows; r++)
        for (size_t c = 0; c < csv.columns; c++) length += strlen(gt_csv_cell(&csv, r, c));
    const char *const last = gt_csv_name(&csv, csv.columns - 1);
    gt_csv some;
    if (!gt_fits_table_parse_columns((const char *)bytes, size, &last, 1, 20, &some, &rows,
                                     &err)) { /* else a name is shown otherwise than it is */
        length += some.columns;
        gt_csv_free(&some);
    }
    gt_csv_free(&csv);
    return true;
}
