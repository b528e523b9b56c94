/* option_json.h (room: base) - an option and its value as a member of a JSON object. */
#ifndef GT_OPTION_JSON_H
#define GT_OPTION_JSON_H

#include <stdio.h>

#include "galatea/option.h"

/* "name": value. Lists of numbers are arrays where there are several; what is not set, and the
 * infinities, for which JSON has no word, are null. */
void gt_option_write_json(FILE *stream, const gt_option_view *view);

#endif
