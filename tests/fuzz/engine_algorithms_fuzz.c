/* Lists of convolution algorithms: what is read is written again to the same text. */
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "galatea/plan.h"

bool gt_fuzz_one(const uint8_t *bytes, size_t size) {
    gt_error err = {0};
    gt_algorithms *first = gt_algorithms_create(), *second = gt_algorithms_create();
    char *text = gt_fuzz_text(bytes, size);
    GT_ASSERT(first && second);
    gt_status status = gt_algorithms_parse(first, text, &err);
    if (status == GT_OK) {
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
    return status == GT_OK;
}
