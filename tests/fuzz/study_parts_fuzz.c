/* Finished parts of a call that was interrupted: a file of anyone's is refused, or records are
 * found whole and one more fits behind them. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "parts.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

enum { RECORD = 16 };

static void use(const char *out) {
    gt_error err;
    gt_parts *parts = NULL;
    char record[RECORD], again[RECORD] = "";
    const gt_part_id known = {1, {2, 3}}, fresh = {77, {1, 1}};
    gt_status status = gt_parts_open(out, RECORD, &parts, &err);
    GT_ASSERT(status == GT_OK || *err.text);
    if (status) return;
    (void)gt_parts_find(parts, known, record);
    memset(record, 'x', sizeof record);
    GT_ASSERT(gt_parts_add(parts, fresh, record, &err) == GT_OK);
    GT_ASSERT(gt_parts_find(parts, fresh, again) && memcmp(record, again, RECORD) == 0);
    gt_parts_finish(parts, GT_INTERRUPTED);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    static char out[64], path[80];
    if (!*out) {
        const char *place = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
        snprintf(out, sizeof out, "%s/gt-fuzz-parts-%ld", place, (long)getpid());
        snprintf(path, sizeof path, "%s.parts", out);
    }
    FILE *file = fopen(path, "wb");
    GT_ASSERT(file && fwrite(bytes, 1, size, file) == size && fclose(file) == 0);
    use(out);
    use(out);
    unlink(path);
    return 0;
}
