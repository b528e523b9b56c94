/* set_files.h (room: data, private) - files of many pictures each as one source: a single one,
 * or all in a folder or an archive (set_listing.h), as far as they agree (set_agreement.h).
 *
 * The members of an archive are read in memory, one after the other (picture_members.h). */
#ifndef GALATEA_DATA_SET_FILES_H
#define GALATEA_DATA_SET_FILES_H

#include "importer.h"
#include "set_listing.h"

typedef struct gt_set_kind {
    gt_set_wanted wanted;
    const gt_importer *one; /* reads a single file, also one in memory (request.bytes) */
} gt_set_kind;

/* request: path, dataset, axes, unpack, drops_damaged. kind is lent until close. */
gt_status gt_set_files_open(const gt_set_kind *kind, const gt_source_request *request,
                            void **self, gt_error *err) GT_MUST_CHECK;
/* As the functions of gt_importer. */
const gt_source_info *gt_set_files_describe(const void *self);
gt_status gt_set_files_next(void *self, gt_picture *out, bool *more,
                            gt_error *err) GT_MUST_CHECK;
void gt_set_files_close(void *self); /* accepts NULL */

#endif
