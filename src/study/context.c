/* context.c - see context.h. */
#include "context.h"

gt_progress gt_context_progress(const gt_context *context, int64_t total, const char *label) {
    return gt_progress_start(context->progress_file, total, label);
}
