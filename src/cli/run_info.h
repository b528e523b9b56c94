/* run_info.h - what a run folder or a weight file is, for those who ask what a path holds. */
#ifndef GT_CLI_RUN_INFO_H
#define GT_CLI_RUN_INFO_H

#include <stdbool.h>

#include "galatea/error.h"

/* A run folder, or weights by their name. */
bool gt_run_info_applies(const char *path);

/* Prints model, epoch, the pictures or codes that it takes, what it learned from and the
 * command that made it; as JSON when asked. */
GT_MUST_CHECK gt_status gt_run_info_print(const char *path, bool wants_json, gt_error *err);

#endif
