/* pictures.h (room: data, private) - what the importers of one picture a file share: a folder,
 * an archive or a single file, in the order of picture_folder.h. Ids are the names relative to
 * the folder.
 *
 * Pictures come in one number of channels: three if any of them shows a colour, else one,
 * unless arrays have others. Where some have 16 bits, those of 8 are widened to them as PNG
 * itself widens values; arrays stay as they are. */
#ifndef GALATEA_DATA_PICTURES_H
#define GALATEA_DATA_PICTURES_H

#include "importer.h"
#include "picture_folder.h"

/* gt_importer's functions, for the files asked for. *self is yours. */
gt_status gt_pictures_open(const gt_source_request *request, gt_picture_files files,
                           void **self, gt_error *err);
const gt_source_info *gt_pictures_describe(const void *self);
gt_status gt_pictures_next(void *self, gt_picture *out, bool *more, gt_error *err);
void gt_pictures_close(void *self);

#endif
