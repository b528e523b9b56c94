/* Brightness of pictures as weight files tell it: what is read is written and read the same. */
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "galatea/brightness.h"
#include "galatea/error.h"

bool gt_fuzz_one(const uint8_t *bytes, size_t size) {
    char once[GT_BRIGHTNESS_ROOM], twice[GT_BRIGHTNESS_ROOM];
    char *text = gt_fuzz_text(bytes, size);
    gt_brightness read = gt_brightness_parse(text);
    if (read.count > 0) {
        (void)gt_brightness_text(&read, once);
        gt_brightness again = gt_brightness_parse(once);
        GT_ASSERT(again.count == read.count);
        GT_ASSERT(strcmp(gt_brightness_text(&again, twice), once) == 0);
    }
    free(text);
    return read.count > 0;
}
