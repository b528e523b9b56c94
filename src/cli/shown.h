/* shown.h (room: cli) - names and texts of others on their way to the terminal: all of them go
 * through here.
 */
#ifndef GT_CLI_SHOWN_H
#define GT_CLI_SHOWN_H

#include <stdint.h>

#include "galatea/error.h"

/* The text for an argument of printf, with what could drive a terminal as \xNN. Lent until
 * eight more were asked for; cut where it is longer than a path can be. NULL gives "". */
const char *gt_shown(const char *text);

/* "1 image", "3 images" (gt_text_counted), lent until eight more were asked for. */
const char *gt_counted(uint64_t count, const char *noun);

/* The verb of a sentence about so many. */
const char *gt_are(uint64_t count);

/* What a command has written, as one JSON object on stdout: "out", "kind" (images, codes or
 * rows), "count", and where they are not 0 "width" (numbers of a code) and "left_out". */
typedef struct gt_written {
    const char *out, *kind;
    uint64_t count, width, left_out;
} gt_written;
GT_MUST_CHECK gt_status gt_print_written(const gt_written *written, gt_error *err);

/* Prints a text of any length on stdout in the same way. */
void gt_print_shown(const char *text);

/* A line "name       text"; none where text is NULL. */
void gt_print_fact(const char *name, const char *text);

/* The command that made something and what it was made of, by its record of provenance; a
 * record of another form as it is. NULL: nothing. */
void gt_print_record(const char *text);

#endif
