/* picture_folder.h (room: data, private) - which files with pictures a folder holds, in what
 * order, and what the names of the folders between say.
 *
 *     PICTURE               pictures
 *     CLASS/PICTURE         with classes
 *     SPLIT/PICTURE         with a split
 *     SPLIT/CLASS/PICTURE   with both, as collections for image classification come
 *     CLASS/SPLIT/PICTURE   the same
 *
 * Where everything lies in one folder, as in an unpacked archive, that is taken without it,
 * unless it is a split or, on disk, the only class. SPLIT is
 * train, test, val, valid or validation (training, testing) in letters of any case, or where
 * all are such and tell two splits or more, a longer name as train_set. Folders without
 * pictures and hidden files and folders say nothing. */
#ifndef GALATEA_DATA_PICTURE_FOLDER_H
#define GALATEA_DATA_PICTURE_FOLDER_H

#include "picture_files.h"

/* Lists a folder or what a list names (picture_list.h), or takes a file as it is (whether it
 * is one is seen on reading). GT_NOT_FOUND
 * for a folder without pictures, telling where deeper ones lie; GT_BAD_FORMAT for pictures
 * beside folders with pictures, and for other folders beside splits. */
gt_status gt_picture_folder_list(const char *path, gt_picture_files files,
                                 gt_picture_folder *out, gt_error *err);

/* The same for an archive, of whose members the caller tells: begins with the path of the
 * archive, for messages; the names of pictures in their order; then what the names say, as
 * above. add: GT_BAD_FORMAT for names that lead out of the archive's folder ("/x", "../x"). */
gt_status gt_picture_folder_begin(const char *path, gt_picture_files files,
                                  gt_picture_folder *out, gt_error *err);
gt_status gt_picture_folder_add(gt_picture_folder *folder, const char *name, gt_error *err);
gt_status gt_picture_folder_arrange(gt_picture_folder *folder, gt_error *err);

#endif
