/* source_reading.h (room: data) - importers at work in a reader process.
 *
 * The reader runs the importer and lays pixels into one half of the shared memory while the
 * other half is used up here. */
#ifndef GT_DATA_SOURCE_READING_H
#define GT_DATA_SOURCE_READING_H

#include "importer.h"
#include "reading.h"

typedef struct gt_source_reading gt_source_reading;

/* Opens a source in a reader. *out is yours; its description is lent until close, and a picture
 * until the next. Failures are the importer's, or those of gt_reader_receive. */
gt_status gt_source_reading_open(const char *format, const gt_source_request *request,
                                 gt_source_reading **out, gt_error *err);
const gt_source_info *gt_source_reading_info(const gt_source_reading *reading);
gt_status gt_source_reading_next(gt_source_reading *reading, gt_picture *out, bool *more,
                                 gt_error *err);
/* Accepts NULL. */
void gt_source_reading_close(gt_source_reading *reading);

/* gt_picture_members_glance in a reader. */
void gt_source_reading_glance(const char *path, void (*look)(void *user, const char *name),
                              void *user);

/* The service "source" of readers: answers with the importers of `find`. */
typedef gt_status gt_importer_finder(const char *name, const gt_importer **out, gt_error *err);
gt_status gt_source_answer(gt_importer_finder *find, void **state, gt_parcel *request,
                           gt_parcel *answer, gt_error *err);

#endif
