/* The fuzz engine's way to a target. */
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    (void)gt_fuzz_one(bytes, size);
    return 0;
}
