/* heads.h - where the channels of a head of attention lie in images of either layout. */
#ifndef GT_ENGINE_HEADS_H
#define GT_ENGINE_HEADS_H

#include "kernels.h"

/* Some channels of an image from `first` on. */
typedef struct gt_head {
    float *image;
    gt_layout layout;
    int64_t first, pixels;
} gt_head;

static inline gt_head gt_head_of(const gt_operand *operand, int64_t image, int64_t first) {
    gt_shape s = operand->shape;
    int64_t pixels = s.dim[2] * s.dim[3];
    float *data = *operand->data;
    return (gt_head){data + image * s.dim[1] * pixels, operand->layout, first, pixels};
}

/* Pixel n of its channel c, and the distance to the next pixel. */
static inline float *gt_head_at(const gt_head *head, int64_t c, int64_t n, int64_t *step) {
    int64_t channel = head->first + c;
    *step = gt_lanes(head->layout);
    if (head->layout == GT_PLAIN) return head->image + channel * head->pixels + n;
    return head->image + (channel / GT_BLOCK * head->pixels + n) * GT_BLOCK +
           channel % GT_BLOCK;
}

/* Whether it is made of whole blocks. */
static inline bool gt_head_is_blocks(const gt_head *head, int64_t size) {
    return head->layout == GT_BLOCKED && head->first % GT_BLOCK == 0 && size % GT_BLOCK == 0;
}

#endif
