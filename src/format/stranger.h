/* stranger.h (room: format) - what came in place of the file that was expected. */
#ifndef GT_STRANGER_H
#define GT_STRANGER_H

#include <stddef.h>

#include "galatea/error.h"

enum { GT_STRANGER_BYTES = 64 }; /* that are enough to tell */

/* Adds to a sentence that refuses a file whose first bytes, or all of it, these are: that it is
 * empty, a web page or XML (servers send one in place of a file that they have not). Of
 * anything else nothing. */
void gt_stranger_tell(const void *bytes, size_t length, gt_error *err);

/* GT_BAD_FORMAT: "no PNG file", and that. */
gt_status gt_stranger_refuse(const char *kind, const void *bytes, size_t length, gt_error *err);

#endif
