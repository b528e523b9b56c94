/* Ranges and stretches as people and files write them: what is read is written and read the
 * same. */
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "galatea/dataset.h"
#include "galatea/image.h"

static bool read_stretch(const char *text) {
    char once[GT_STRETCH_TEXT], twice[GT_STRETCH_TEXT];
    gt_stretch read, again;
    if (!gt_stretch_read(text, &read)) return false;
    gt_stretch_text(read, once);
    GT_ASSERT(gt_stretch_read(once, &again));
    gt_stretch_text(again, twice);
    GT_ASSERT(strcmp(once, twice) == 0);
    return true;
}

static bool read_range(const char *text) {
    char said[GT_RANGE_TEXT];
    gt_error err = {0};
    gt_value_range range;
    gt_status status = gt_range_parse(text, &range, &err);
    GT_ASSERT(status == GT_OK ? range.low < range.high : *err.text);
    if (status == GT_OK) gt_range_text(range, said);
    return status == GT_OK;
}

bool gt_fuzz_one(const uint8_t *bytes, size_t size) {
    char *text = gt_fuzz_text(bytes, size);
    bool read = read_stretch(text);
    read |= read_range(text);
    free(text);
    return read;
}
