/* outfolder.h (room: base) - an output folder of files appears whole or not at all.
 *
 * As outfile.h, for a folder that holds files and no folders: they are written to a folder
 * beside it, which commit renames. A process killed at any moment leaves at worst a folder with
 * a temporary name, which the next one to write the same folder removes.
 *
 * Errors are GT_IO (GT_NOT_FOUND for a missing folder above) and name the target; GT_USAGE for
 * a folder that is there and holds something. */
#ifndef GT_OUTFOLDER_H
#define GT_OUTFOLDER_H

#include "galatea/error.h"

typedef struct gt_outfolder gt_outfolder;

/* Makes the temporary beside path, which is a new or an empty folder, or a link to one. */
GT_MUST_CHECK gt_status gt_outfolder_open(const char *path, gt_outfolder **out, gt_error *err);

/* Where its files are to be written (lent). */
const char *gt_outfolder_path(const gt_outfolder *folder);

/* Gives the folder its name and flushes the one above: its files are durable before. */
GT_MUST_CHECK gt_status gt_outfolder_commit(gt_outfolder *folder, gt_error *err);

/* Ends the object and, unless it was committed, removes the temporary. Accepts NULL. */
void gt_outfolder_discard(gt_outfolder *folder);

/* Whether the folder can be written, before work begins that takes long. */
GT_MUST_CHECK gt_status gt_outfolder_check(const char *path, gt_error *err);
#endif
