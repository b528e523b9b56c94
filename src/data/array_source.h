/* array_source.h (room: data, private) - pictures that are rows of an array with columns beside
 * it, one after the other: what the readers of HDF5 files and of NumPy's arrays share. */
#ifndef GALATEA_DATA_ARRAY_SOURCE_H
#define GALATEA_DATA_ARRAY_SOURCE_H

#include "importer.h"
#include "notes.h"

typedef struct gt_array_source {
    gt_source_info info;
    gt_notes notes; /* info.note, as far as they are published */
    bool is_flat;   /* pictures lie where `flat` tells, and are not read */
    gt_flat flat;
    uint64_t next; /* the picture that comes next */
    bool is_at_end;
} gt_array_source;

/* Where the readers differ. self: the reader. */
typedef struct gt_array_reader {
    /* The pixels of picture source.next, lent until the next call. */
    gt_status (*read)(void *self, const float **pixels, gt_error *err);
    /* Fills in its columns. */
    gt_status (*fill)(void *self, uint64_t row, gt_picture *picture, gt_error *err);
    /* Lines about values that are unknown or rounded, when all pictures were given. */
    void (*tell_values)(const void *self, FILE *lines);
} gt_array_reader;

/* What was noted so far becomes the description's note. */
void gt_array_source_publish(gt_array_source *source);

/* `next` of a gt_importer. */
gt_status gt_array_source_next(gt_array_source *source, const gt_array_reader *reader,
                               void *self, gt_picture *out, bool *more,
                               gt_error *err) GT_MUST_CHECK;

#endif
