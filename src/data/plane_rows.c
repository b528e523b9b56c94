/* plane_rows.c - see plane_rows.h. */
#include "plane_rows.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "galatea/image.h"
#include "importer.h"
#include "text.h"

static bool is_bad(float pixel) {
    return !(fabsf(pixel) < GT_IMAGE_HUGE);
}

void gt_plane_rows_spare(const gt_plane_rows *self, float *cut, size_t channels,
                         size_t pixels) {
    bool has_mask = self->planes & GT_PLANE_MASK, has_ivar = self->planes & GT_PLANE_IVAR;
    float *mask = cut + channels * pixels, *ivar = mask + (has_mask ? pixels : 0);
    for (size_t i = 0; self->planes && i < channels * pixels; i++) {
        if (!is_bad(cut[i])) continue;
        if (has_mask) mask[i % pixels] = 1;
        if (has_ivar) ivar[i] = 0;
    }
}

void gt_plane_rows_store(gt_plane_rows *self, const float *cut, size_t channels, size_t pixels,
                         const char *name, gt_row_block *block, size_t at) {
    const float *from = cut + channels * pixels;
    uint8_t *mask = gt_row_block_mask(block, at);
    float *ivar = gt_row_block_ivar(block, at);
    for (size_t i = 0; mask != NULL && i < pixels; i++) mask[i] = from[i] != 0;
    if (mask != NULL) from += pixels;
    for (size_t i = 0; ivar != NULL && i < channels * pixels; i++) {
        ivar[i] = from[i];
        if (from[i] >= 0 && isfinite(from[i])) continue;
        if (self->puts_zero) ivar[i] = 0;
        if (self->no_weight++ > 0) continue;
        self->first = from[i];
        snprintf(self->where, sizeof self->where, "%s", name);
    }
}

const char *gt_plane_rows_text(const gt_plane_rows *self, char text[GT_PLANE_ROWS_TEXT]) {
    char counted[GT_COUNTED_SIZE];
    text[0] = 0;
    if (self->no_weight > 0)
        snprintf(text, GT_PLANE_ROWS_TEXT,
                 "%s without meaning (NaN, negative, or infinite as float32), the first %g in "
                 "picture %s: %s",
                 gt_text_counted(self->no_weight, GT_IVAR_NOUN, counted), (double)self->first,
                 self->where,
                 self->puts_zero ? "0 is put there"
                                 : "nothing can be weighed by them; --bad-pixels zero puts 0 "
                                   "there, --drop-planes leaves all out");
    return text;
}
