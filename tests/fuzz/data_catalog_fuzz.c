/* Tables of objects, CSV or FITS: whatever the bytes, every cell of every column can be asked
 * for. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "catalog.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

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

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    char path[64], *said = NULL;
    size_t said_size;
    gt_error err = {0};
    gt_catalog *catalog = NULL;
    int file = memfd_create("fuzz", 0);
    FILE *notes = open_memstream(&said, &said_size);
    if (file < 0 || !notes || write(file, bytes, size) != (ssize_t)size) abort();
    snprintf(path, sizeof path, "/proc/self/fd/%d", file);
    if (gt_catalog_open(path, notes, &catalog, &err) == GT_OK)
        look(catalog);
    else
        GT_ASSERT(*err.text);
    gt_catalog_close(catalog);
    fclose(notes);
    free(said);
    close(file);
    return 0;
}
