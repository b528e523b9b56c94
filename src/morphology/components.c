#include "components.h"

typedef struct filling {
    int height, width;
    int32_t *labels, from, to;
    int32_t *stack; /* runs of pixels that wait, each its first one and the one behind it */
    int waiting, count;
} filling;

/* The run of a row that has the pixel. */
static int take_run(filling *f, int at) {
    int begin = at, end = at + 1, row = at / f->width * f->width;
    while (begin > row && f->labels[begin - 1] == f->from) begin--;
    while (end < row + f->width && f->labels[end] == f->from) end++;
    for (int k = begin; k < end; k++) f->labels[k] = f->to;
    f->stack[f->waiting++] = begin;
    f->stack[f->waiting++] = end;
    f->count += end - begin;
    return end;
}

/* Runs of row i that touch columns [begin, end). */
static void take_row(filling *f, int i, int begin, int end) {
    if (i < 0 || i >= f->height) return;
    int row = i * f->width, last = row + (end < f->width ? end : f->width - 1);
    for (int at = row + (begin > 0 ? begin - 1 : 0); at <= last; at++)
        if (f->labels[at] == f->from) at = take_run(f, at);
}

int gt_fill_component(int height, int width, int32_t *labels, int start, int32_t to,
                      int32_t *stack) {
    filling f = {height, width, labels, labels[start], to, stack, 0, 0};
    take_run(&f, start);
    while (f.waiting) {
        int end = f.stack[--f.waiting], begin = f.stack[--f.waiting];
        int y = begin / width, x = begin - y * width;
        take_row(&f, y - 1, x, x + end - begin);
        take_row(&f, y + 1, x, x + end - begin);
    }
    return f.count;
}
