/* guard.h (room: study) - what a command writes is kept apart from what it reads, before the
 * work begins. */
#ifndef GT_GUARD_H
#define GT_GUARD_H

#include "context.h"

/* Looks at all paths of what was asked for, as .path of its options and word_path of its words
 * mark them. GT_USAGE for an empty word, for an output that is an input, also through links or
 * in a folder that is read; for two outputs in one place; for a file that a run keeps in its
 * folder; and for a name whose ending (.endings) tells of another form than what is written.
 * GT_IO, GT_NOT_FOUND where no file can be written. */
GT_MUST_CHECK gt_status gt_guard_paths(const gt_invocation *asked, gt_option_path word_path,
                                       gt_error *err);

/* The same for files whose names a command makes or finds itself: inputs up to a NULL, outputs
 * (count) may hold NULLs. */
GT_MUST_CHECK gt_status gt_guard_files(const char *const *inputs, const char *const *outputs,
                                       size_t count, gt_error *err);

#endif
