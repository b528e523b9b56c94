/* sexagesimal.h (room: format) - angles as "12 34 56.7": hours or degrees, minutes, seconds. */
#ifndef GT_SEXAGESIMAL_H
#define GT_SEXAGESIMAL_H

#include <stdbool.h>

/* "10:20:30.5", "-01 02 03", "10h20m30.5s", "-1d02m03s": false for anything else, and where
 * minutes or seconds are 60 and more. A right ascension given in hours (all but those with a
 * d) comes in degrees. */
bool gt_sexagesimal_read(const char *text, bool is_ra, double *degrees);

#endif
