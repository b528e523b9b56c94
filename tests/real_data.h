/* real_data.h - the folder of real data sets, for tests that are skipped without it. */
#ifndef REAL_DATA_H
#define REAL_DATA_H

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* The path of a file in the folder GALATEA_DATA names, by default the folder shared/data beside
 * the checkout (tests run in tests/). Skips the test when it is not there. */
static inline const char *real_data(const char *name) {
    static char paths[4][1024];
    static int turn;
    char *path = paths[turn++ % 4];
    const char *folder = getenv("GALATEA_DATA");
    snprintf(path, sizeof paths[0], "%s/%s", folder ? folder : "../../shared/data", name);
    if (access(path, R_OK) != 0) {
        print_message("no %s: GALATEA_DATA names the folder of real data; skipped\n", path);
        skip();
    }
    return path;
}

#endif
