/* picture_list.h (room: data, private) - a text file that names pictures, for those whose
 * folders mean nothing: the name of a file in each line, seen from the list's own folder; blank
 * lines and lines that begin with # say nothing. Its name ends in .txt, .lst or .list, and it
 * begins as neither FITS nor gzip do. */
#ifndef GALATEA_DATA_PICTURE_LIST_H
#define GALATEA_DATA_PICTURE_LIST_H

#include <stdbool.h>

#include "picture_files.h"

/* Whether a file looks like one. */
bool gt_picture_list_is_one(const char *path);

/* Its pictures in its order, without classes or splits; whether they are any is seen on
 * reading. GT_NOT_FOUND for a list without names, or of which no file is there. */
gt_status gt_picture_list_read(const char *path, gt_picture_files files, gt_picture_folder *out,
                               gt_error *err) GT_MUST_CHECK;

/* Whether a line has the name of one of these files. */
bool gt_picture_list_names(const char *text, size_t size, gt_picture_files files);

#endif
