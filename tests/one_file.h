/* one_file.h - one file, `path`, for all tests of a program, empty at first and gone after
 * them: make_file and remove_file are set-up and tear-down of the group. */
#ifndef ONE_FILE_H
#define ONE_FILE_H

#include <stdlib.h>
#include <unistd.h>

static char path[] = "/tmp/gt-test-XXXXXX";

static inline int make_file(void **state) {
    (void)state;
    int file = mkstemp(path);
    return file < 0 ? -1 : close(file);
}

static inline int remove_file(void **state) {
    (void)state;
    return unlink(path);
}

#endif
