/* captions.h (room: report) - figures of commands in words, as they stand below them on a page
 * and in a paper. What is told of one comes from its record alone. */
#ifndef GT_REPORT_CAPTIONS_H
#define GT_REPORT_CAPTIONS_H

#include <jansson.h>
#include <stdbool.h>

/* The caption of the figure at `path` with this record (gt_provenance_make); yours, NULL where
 * the record names no command that draws such a figure, or lacks what its words tell. A command
 * with several figures tells them apart by the option that named the file. is_drawn (may be
 * NULL): whether it has curves and points, not pictures alone. */
char *gt_caption_of(const json_t *record, const char *path, bool *is_drawn);

/* Whether there is one for figures that the option of a command names. */
bool gt_caption_knows(const char *command, const char *option);
#endif
