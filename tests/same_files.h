/* same_files.h - files that must have the same bytes. */
#ifndef SAME_FILES_H
#define SAME_FILES_H

#include "gt_test.h"

#include "file.h"

static inline void assert_same_file(const char *a, const char *b) {
    gt_error err = {0};
    char *x = NULL, *y = NULL;
    size_t nx = 0, ny = 0;
    assert_ok(gt_file_load(a, 1 << 28, &x, &nx, &err), err);
    assert_ok(gt_file_load(b, 1 << 28, &y, &ny, &err), err);
    if (nx != ny || memcmp(x, y, nx) != 0) fail_msg("%s and %s differ", a, b);
    free(x);
    free(y);
}

#endif
