/* notes.c - lines that grow in memory. */
#include "notes.h"

#include <stdlib.h>

gt_status gt_notes_open(gt_notes *notes, gt_error *err) {
    notes->lines = open_memstream(&notes->text, &notes->size);
    return notes->lines != NULL ? GT_OK : gt_fail(err, GT_NO_MEMORY, "out of memory for notes");
}

void gt_notes_close(gt_notes *notes) {
    if (notes->lines != NULL) fclose(notes->lines);
    free(notes->text);
    *notes = (gt_notes){0};
}

const char *gt_notes_text(gt_notes *notes) {
    fflush(notes->lines);
    return notes->size > 0 ? notes->text : NULL;
}
