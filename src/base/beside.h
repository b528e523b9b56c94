/* beside.h (room: base, private) - what is written beside its place before it appears there:
 * files (outfile.h) and folders of files (outfolder.h). Its name is
 * ".NAME.PLACE-PID-NUMBER.part". */
#ifndef GT_BESIDE_H
#define GT_BESIDE_H

#include <stdbool.h>

#include "galatea/error.h"

/* A name beside the target that no other call gives; *out is the caller's. */
GT_MUST_CHECK gt_status gt_beside_name(const char *target, char **out, gt_error *err);

/* Removes what dead processes of this machine left in a folder (of "name" alone, unless it is
 * NULL), files and folders; adds to *count. */
gt_status gt_beside_sweep(const char *folder, const char *name, int *count, gt_error *err);

/* Removes a file, or a folder with its files. */
void gt_beside_remove(const char *path);

/* Gives a finished file or folder its own name and flushes the folder above. If the name could
 * not be given, what is at the target stays, and so does `path` (*is_there false). If only the
 * flush failed the finished one is there, whole, and is kept: the error says so. */
GT_MUST_CHECK gt_status gt_beside_put(const char *path, const char *target, bool *is_there,
                                      gt_error *err);

/* ---- outfile.c: what appears together (gt_outfiles_begin) ---- */

/* Whether what is finished is to wait for the others. Files of a folder that is written do not:
 * it waits as a whole. */
bool gt_beside_waits(void);
void gt_beside_in_folder(bool begins);

/* Takes both names over, which become NULL; without memory they stay. */
GT_MUST_CHECK gt_status gt_beside_wait(char **temporary, char **target, gt_error *err);
#endif
