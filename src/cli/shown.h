/* shown.h - names and texts of others on their way to the terminal: all of them go through
 * here.
 */
#ifndef GT_CLI_SHOWN_H
#define GT_CLI_SHOWN_H

/* The text for an argument of printf, with what could drive a terminal as \xNN. Lent until
 * eight more were asked for; cut where it is longer than a path can be. NULL gives "". */
const char *gt_shown(const char *text);

/* Prints a text of any length on stdout in the same way. */
void gt_print_shown(const char *text);

#endif
