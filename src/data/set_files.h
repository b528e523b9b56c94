/* set_files.h (room: data, private) - files of many pictures each as one source: a single one,
 * or all in a folder or an archive. What they tell of their pictures must be the same, but for
 * the classes: labels go by the names of these where not all files have the same.
 *
 * The members of an archive are read in memory, one after the other (picture_members.h). */
#ifndef GALATEA_DATA_SET_FILES_H
#define GALATEA_DATA_SET_FILES_H

#include "importer.h"
#include "picture_folder.h"

typedef struct gt_set_kind {
    gt_picture_files files;  /* their endings, as files of a folder or an archive */
    gt_picture_files others; /* of a folder that has none of these; no endings: none */
    bool is_archive;         /* such a file is an archive itself, whatever it is called */
    const gt_importer *one;  /* reads a single file, also one in memory (request.bytes) */
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
