/* Tables of text: whatever the bytes, all cells lie in the copy and end. */
#include <string.h>

#include "csv.h"
#include "fuzz.h"

bool gt_fuzz_one(const uint8_t *bytes, size_t size) {
    gt_csv csv;
    gt_error err;
    volatile size_t length = 0;
    if (gt_csv_parse((const char *)bytes, size, &csv, &err)) return false;
    for (size_t r = 0; r < csv.rows; r++)
        for (size_t c = 0; c < csv.columns; c++) length += strlen(gt_csv_cell(&csv, r, c));
    gt_csv_free(&csv);
    return true;
}
