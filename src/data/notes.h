/* notes.h (room: data, private) - what is to be told of a source, one line behind the other. */
#ifndef GALATEA_DATA_NOTES_H
#define GALATEA_DATA_NOTES_H

#include <stdio.h>

#include "galatea/error.h"

/* Begins as an empty struct. */
typedef struct gt_notes {
    FILE *lines; /* to be written to */
    char *text;
    size_t size;
} gt_notes;

gt_status gt_notes_open(gt_notes *notes, gt_error *err) GT_MUST_CHECK;
void gt_notes_close(gt_notes *notes);

/* All lines so far, lent until the next one is written; NULL: there are none. */
const char *gt_notes_text(gt_notes *notes);

#endif
