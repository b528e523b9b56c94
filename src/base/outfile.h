/* outfile.h (room: base) - an output file appears whole or not at all.
 *
 * Bytes go to a temporary file in the folder of the target; commit flushes it to the disk
 * (fsync), renames it onto the target and flushes the folder. Until the rename the old file
 * stands untouched; a process killed at any moment leaves the old file or the new one, and at
 * worst a temporary named ".NAME.PLACE-PID-NUMBER.part", which the next one to write the same
 * name removes, or gt_outfile_sweep.
 *
 *     gt_outfile *file = NULL;
 *     GT_TRY(gt_outfile_open(path, &file, err));
 *     GT_TRY(gt_outfile_write(file, bytes, size, err));
 *     GT_TRY(gt_outfile_commit(file, err));
 * done:
 *     gt_outfile_discard(file);
 *
 * Errors are GT_IO (GT_NOT_FOUND for a missing folder) and name the target, the bytes and the
 * system's reason. Threads: one gt_outfile, one thread. */
#ifndef GT_OUTFILE_H
#define GT_OUTFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "galatea/error.h"

typedef struct gt_outfile gt_outfile;

/* Opens the temporary beside path. A symbolic link is followed, so that the file it names is
 * replaced and not the link. A folder, a device or a pipe as target is refused, and so is a
 * file that its owner has made read-only; an existing file's permissions are kept. */
GT_MUST_CHECK gt_status gt_outfile_open(const char *path, gt_outfile **out, gt_error *err);

/* Appends after the last byte that this function wrote. */
GT_MUST_CHECK gt_status gt_outfile_write(gt_outfile *file, const void *bytes, size_t size,
                                         gt_error *err);

/* Writes at an offset from the start, without moving the end that gt_outfile_write knows. */
GT_MUST_CHECK gt_status gt_outfile_pwrite(gt_outfile *file, uint64_t offset, const void *bytes,
                                          size_t size, gt_error *err);

/* Lends a stdio stream on the file, for text; NULL when out of memory. It appends
 * as gt_outfile_write does, through a buffer; commit flushes it and reports what failed. */
FILE *gt_outfile_stream(gt_outfile *file);

/* For libraries that write by themselves: the descriptor, or the temporary's path (lent). They
 * may truncate and rewrite the file but must not replace it by another one. */
int gt_outfile_fd(const gt_outfile *file);
const char *gt_outfile_path(const gt_outfile *file);

/* Makes the bytes durable under the target's name. After an error the temporary is gone, and
 * what was at the target is there; but where only the flush of the folder behind the rename
 * fails the finished file is kept, and the error says that a power loss may take it away. */
GT_MUST_CHECK gt_status gt_outfile_commit(gt_outfile *file, gt_error *err);

/* Ends the object and, unless it was committed, removes the temporary. Accepts NULL. */
void gt_outfile_discard(gt_outfile *file);

/* Results of one call that belong together: what this thread commits after begin stays under
 * its temporary name, durable, until end puts all in place, one rename behind the other, or
 * drop removes them. drop after end, or without begin, does nothing. */
void gt_outfiles_begin(void);
GT_MUST_CHECK gt_status gt_outfiles_end(gt_error *err);
void gt_outfiles_drop(void);

/* Whether what stands at the path is a file, or a folder (outfolder.h), that this thread
 * committed, one of the last 64: for whoever tells what is finished although something behind
 * it failed. Takes no memory. */
bool gt_outfile_appeared(const char *path);

/* A whole file at once: opened, written and committed. */
GT_MUST_CHECK gt_status gt_outfile_save(const char *path, const void *bytes, size_t size,
                                        gt_error *err);

/* Removes from a folder the temporaries whose process on this machine is gone. Those of living
 * processes and of other machines stay. *removed (NULL allowed) counts them. */
GT_MUST_CHECK gt_status gt_outfile_sweep(const char *folder, int *removed, gt_error *err);
#endif
