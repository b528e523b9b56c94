/* fuzz.h - what a fuzz target gives to whoever drives it: replay_main.c in ordinary builds, a
 * fuzz engine through engine_main.c; and what it may use. */
#ifndef GT_FUZZ_H
#define GT_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "galatea/error.h"

/* The target: gives the bytes to the code under test and stops the program where a promise is
 * broken. Whether they were read. Seeds in tests/corpus are read whole, and those that are
 * called refused_... are not: so a target that reads nothing fails. */
bool gt_fuzz_one(const uint8_t *bytes, size_t size);

/* The path of a file with these bytes, under this name in a folder of this process alone, which
 * is gone when the process ends well. Lent until the next call. */
const char *gt_fuzz_file(const char *name, const uint8_t *bytes, size_t size);
/* That folder. */
const char *gt_fuzz_folder(void);

/* The bytes as a text that ends. Yours (free). */
char *gt_fuzz_text(const uint8_t *bytes, size_t size);

#endif
