/* left_out.c - see left_out.h. */
#include "left_out.h"

#include <stdio.h>

#include "galatea/log.h"
#include "text.h"

static bool is_of_file(gt_status status) {
    return status == GT_BAD_FORMAT || status == GT_BAD_SHAPE || status == GT_IO ||
           status == GT_UNSUPPORTED || status == GT_NOT_FOUND;
}

bool gt_left_out_takes(gt_left_out *self, gt_status status, const gt_error *why) {
    if (!self->is_asked || !is_of_file(status)) return false;
    gt_remark("left out: %s", why->text);
    self->count++;
    return true;
}

gt_status gt_left_out_stop(const gt_left_out *self, size_t files, gt_status status,
                           const gt_error *why, gt_error *err) {
    bool has_way = files > 1 && !self->is_asked && is_of_file(status);
    return gt_fail(err, status, "%s%s", why->text,
                   has_way ? "; --drop-damaged leaves out such files" : "");
}

const char *gt_left_out_note(const gt_left_out *self, char text[GT_LEFT_OUT_TEXT]) {
    char counted[GT_COUNTED_SIZE], begun[64] = "";
    text[0] = 0;
    if (self->begun > 0)
        snprintf(begun, sizeof begun, " (%zu from %s first damaged picture on)", self->begun,
                 self->begun == 1 ? "its" : "their");
    if (self->count > 0)
        snprintf(text, GT_LEFT_OUT_TEXT, "%s cannot be read and %s left out%s",
                 gt_text_counted(self->count, "file", counted), self->count == 1 ? "is" : "are",
                 begun);
    return text;
}
