/* Finished parts of a call that was interrupted: a file of anyone's is refused, or records are
 * found whole and one more fits behind them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "parts.h"

enum { RECORD = 16 };

static bool use(const char *out) {
    gt_error err;
    gt_parts *parts = NULL;
    char record[RECORD], again[RECORD] = "";
    const gt_part_id known = {1, {2, 3}}, fresh = {77, {1, 1}};
    gt_status status = gt_parts_open(out, RECORD, &parts, &err);
    GT_ASSERT(status == GT_OK || *err.text);
    if (status) return false;
    (void)gt_parts_find(parts, known, record);
    memset(record, 'x', sizeof record);
    GT_ASSERT(gt_parts_add(parts, fresh, record, &err) == GT_OK);
    GT_ASSERT(gt_parts_find(parts, fresh, again) && memcmp(record, again, RECORD) == 0);
    gt_parts_finish(parts, GT_INTERRUPTED);
    return true;
}

bool gt_fuzz_one(const uint8_t *bytes, size_t size) {
    char out[96];
    (void)gt_fuzz_file("out.parts", bytes, size);
    snprintf(out, sizeof out, "%s/out", gt_fuzz_folder());
    bool read = use(out);
    GT_ASSERT(use(out) == read);
    return read;
}
