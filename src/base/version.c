/* The version, said once in CMakeLists.txt. */
#include "galatea/version.h"

const char *gt_version(void) {
    return GT_VERSION_TEXT;
}
