/* Brightness of pictures as weight files tell it: what is read is written and read the same. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "galatea/brightness.h"
#include "galatea/error.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    char once[GT_BRIGHTNESS_ROOM], twice[GT_BRIGHTNESS_ROOM], *text = malloc(size + 1);
    GT_ASSERT(text);
    if (size) memcpy(text, bytes, size);
    text[size] = 0;
    gt_brightness read = gt_brightness_parse(text);
    if (read.count > 0) {
        (void)gt_brightness_text(&read, once);
        gt_brightness again = gt_brightness_parse(once);
        GT_ASSERT(again.count == read.count);
        GT_ASSERT(strcmp(gt_brightness_text(&again, twice), once) == 0);
    }
    free(text);
    return 0;
}
