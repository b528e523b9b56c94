/* reader_path.c - tells every test program where the reader is that was built with it. */
#include <stdlib.h>

#include "galatea/reader.h"

__attribute__((constructor)) static void tell_reader(void) {
    if (getenv("GALATEA_READER") == NULL && gt_reader_program(GT_READER_PATH, NULL) != GT_OK)
        abort();
}
