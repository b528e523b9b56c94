/* Rows as people write them: what is taken is there, and not more than may be. */
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "row_list.h"

enum { THERE = 1000, MOST = 50 };

bool gt_fuzz_one(const uint8_t *bytes, size_t size) {
    static const gt_row_source from = {"rows ", "set.h5", THERE, MOST};
    gt_error err = {0};
    uint64_t *rows = NULL;
    size_t count = 0;
    char *text = gt_fuzz_text(bytes, size);
    gt_status status = gt_row_list_read(&from, text, &rows, &count, &err);
    if (status == GT_OK) {
        GT_ASSERT(count > 0 && count <= MOST);
        for (size_t i = 0; i < count; i++) GT_ASSERT(rows[i] < THERE);
        free(rows);
    } else {
        GT_ASSERT(*err.text);
    }
    free(text);
    return status == GT_OK;
}
