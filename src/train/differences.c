/* differences.c - sentences about what differs between a file and a model. */
#include "differences.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum { DIFFERENCES_SHOWN = 3 };

void gt_differences_add(gt_differences *found, const char *format, ...) {
    size_t used = strlen(found->text);
    if (found->count++ >= DIFFERENCES_SHOWN) return;
    if (used) used += (size_t)snprintf(found->text + used, sizeof found->text - used, "; ");
    if (used >= sizeof found->text) return;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(found->text + used, sizeof found->text - used, format, arguments);
    va_end(arguments);
}

void gt_differences_compare(gt_differences *found, const gt_st_tensor *tensor, const char *name,
                            gt_shape shape) {
    char have[GT_ST_SHAPE_TEXT], want[96];
    bool same = tensor && tensor->rank == shape.rank;
    for (int i = 0; same && i < shape.rank; i++) same = tensor->shape[i] == shape.dim[i];
    gt_shape_text(shape, want);
    if (!tensor)
        gt_differences_add(found, "'%s' %s is missing", name, want);
    else if (!same)
        gt_differences_add(found, "'%s' is %s, expected %s", name,
                           gt_st_shape_text(tensor->rank, tensor->shape, have), want);
}

const char *gt_differences_more(const gt_differences *found, char more[GT_DIFFERENCES_MORE]) {
    more[0] = 0;
    if (found->count > DIFFERENCES_SHOWN)
        snprintf(more, GT_DIFFERENCES_MORE, "; and %d more", found->count - DIFFERENCES_SHOWN);
    return more;
}

gt_status gt_differences_conclude(const gt_differences *found, const char *path,
                                  gt_error *err) {
    char more[GT_DIFFERENCES_MORE];
    if (found->count == 0) return GT_OK;
    return gt_fail(err, GT_MISMATCH, "%s does not fit the model: %s%s%s", path, found->text,
                   gt_differences_more(found, more), found->way_out ? found->way_out : "");
}
