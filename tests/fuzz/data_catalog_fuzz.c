/* Tables of objects, CSV or FITS: whatever the bytes, every cell of every column can be asked
 * for. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "catalog.h"
#include "fuzz.h"

static void look(const gt_catalog *catalog) {
    size_t count, length = 0;
    const gt_field *fields = gt_catalog_fields(catalog, &count);
    char place[GT_CATALOG_PLACE];
    for (uint64_t row = 0; row < gt_catalog_rows(catalog) && row < 50; row++)
        for (size_t f = 0; f < count; f++) {
            gt_field_value value = gt_catalog_value(catalog, row, f);
            length += strlen(gt_catalog_text(catalog, row, f));
            if (fields[f].type == GT_FIELD_TEXT && value.text) length += strlen(value.text);
            length += strlen(gt_catalog_place(catalog, row, place));
        }
    volatile size_t used = length;
    (void)used;
}

bool gt_fuzz_one(const uint8_t *bytes, size_t size) {
    char *said = NULL;
    size_t said_size;
    gt_error err = {0};
    gt_catalog *catalog = NULL;
    FILE *notes = open_memstream(&said, &said_size);
    GT_ASSERT(notes);
    gt_status status =
        gt_catalog_open(gt_fuzz_file("table", bytes, size), NULL, notes, &catalog, &err);
    if (status == GT_OK)
        look(catalog);
    else
        GT_ASSERT(*err.text);
    gt_catalog_close(catalog);
    fclose(notes);
    free(said);
    return status == GT_OK;
}
