/* Lists of convolution algorithms: what is read is written again to the same text. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "galatea/plan.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    gt_error err = {0};
    char *text = malloc(size + 1);
    gt_algorithms *first = gt_algorithms_create(), *second = gt_algorithms_create();
    GT_ASSERT(text && first && second);
    if (size) memcpy(text, bytes, size);
    text[size] = 0;
    if (gt_algorithms_parse(first, text, &err) == GT_OK) {
        char *once = gt_algorithms_text(first), *twice;
        GT_ASSERT(once && gt_algorithms_parse(second, once, &err) == GT_OK);
        twice = gt_algorithms_text(second);
        GT_ASSERT(twice && strcmp(once, twice) == 0);
        free(once);
        free(twice);
    } else {
        GT_ASSERT(*err.text);
    }
    gt_algorithms_destroy(first);
    gt_algorithms_destroy(second);
    free(text);
    return 0;
}
