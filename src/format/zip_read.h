/* zip_read.h (room: format) - where the members of a zip archive lie that are stored as they
 * are, so that their bytes can be read from the archive itself.
 *
 * Only the list at the end of the archive and the headers of those asked for are read; archives
 * and members of any size (zip64). Nothing is unpacked. Threads: one list, one thread. */
#ifndef GT_ZIP_READ_H
#define GT_ZIP_READ_H

#include <stdint.h>

#include "galatea/error.h"

typedef struct gt_zip_list gt_zip_list;

/* The descriptor, of a file of `size` bytes, is lent until close; path is for messages.
 * GT_BAD_FORMAT for what is no archive or whose list is damaged, GT_UNSUPPORTED for more than
 * 1,000,000 members. *out is yours. */
GT_MUST_CHECK gt_status gt_zip_list_open(int descriptor, const char *path, uint64_t size,
                                         gt_zip_list **out, gt_error *err);
void gt_zip_list_close(gt_zip_list *list); /* accepts NULL */

/* The first name with this ending, NULL when there is none. Lent. */
const char *gt_zip_list_ending(const gt_zip_list *list, const char *ending);

/* Where the bytes of a member lie in the archive. GT_NOT_FOUND, GT_UNSUPPORTED for one that is
 * packed, GT_BAD_FORMAT for one that would not lie in the file. */
GT_MUST_CHECK gt_status gt_zip_list_find(const gt_zip_list *list, const char *name,
                                         uint64_t *offset, uint64_t *bytes, gt_error *err);

#endif
