/* unfold.c - windows of images as columns, and their transpose. Each tap of all windows of a
 * plane is that plane moved, so rows are copied, or added, as they lie. */
#include "kernels.h"

#include <string.h>

#include "team.h"

/* `planes` of height x width pixels, with rows x columns windows of k x k. */
typedef struct windows {
    int64_t k, stride, pad, planes, height, width, rows, columns;
} windows;

/* Windows whose tap lies in a side of n pixels: [first, end) of `count`. */
static void inside(const windows *w, int64_t tap, int64_t n, int64_t count, int64_t *first,
                   int64_t *end) {
    int64_t low = w->pad - tap, high = n + w->pad - tap; /* low <= window * stride < high */
    *first = low > 0 ? (low + w->stride - 1) / w->stride : 0;
    *end = high > 0 ? (high + w->stride - 1) / w->stride : 0;
    if (*end > count) *end = count;
    if (*first > *end) *first = *end;
}

/* Where one tap of all windows lies: rows [top, bottom) and columns [left, right) of windows,
 * the first of them at pixel (0,0) + offset. */
typedef struct tap {
    int64_t top, bottom, left, right, offset;
} tap;

static tap tap_at(const windows *w, int64_t t) {
    int64_t dy = t / w->k, dx = t % w->k;
    tap at = {.offset = (dy - w->pad) * w->width + dx - w->pad};
    inside(w, dy, w->height, w->rows, &at.top, &at.bottom);
    inside(w, dx, w->width, w->columns, &at.left, &at.right);
    return at;
}

/* The values of one tap of all windows of a plane; zeros outside. */
static void gather_tap(const windows *w, tap at, const float *plane, float *values) {
    memset(values, 0, (size_t)(w->rows * w->columns) * sizeof *values);
    for (int64_t y = at.top; y < at.bottom; y++) {
        const float *from = plane + y * w->stride * w->width + at.offset;
        float *to = values + y * w->columns;
        for (int64_t x = at.left; x < at.right; x++) to[x] = from[x * w->stride];
    }
}

static void scatter_tap(const windows *w, tap at, const float *values, float *plane) {
    for (int64_t y = at.top; y < at.bottom; y++) {
        const float *from = values + y * w->columns;
        float *to = plane + y * w->stride * w->width + at.offset;
        for (int64_t x = at.left; x < at.right; x++) to[x * w->stride] += from[x];
    }
}

typedef struct unfolding {
    const windows *w;
    const float *src;
    float *dst;
} unfolding;

static void gather_planes(void *self, int64_t begin, int64_t end) {
    const unfolding *job = self;
    const windows *w = job->w;
    int64_t pixels = w->height * w->width, each = w->rows * w->columns, taps = w->k * w->k;
    for (int64_t i = begin; i < end; i++)
        gather_tap(w, tap_at(w, i % taps), job->src + i / taps * pixels, job->dst + i * each);
}

static void put_planes(void *self, int64_t begin, int64_t end) {
    const unfolding *job = self;
    const windows *w = job->w;
    int64_t pixels = w->height * w->width, each = w->rows * w->columns, taps = w->k * w->k;
    for (int64_t p = begin; p < end; p++) {
        memset(job->dst + p * pixels, 0, (size_t)pixels * sizeof *job->dst);
        for (int64_t t = 0; t < taps; t++)
            scatter_tap(w, tap_at(w, t), job->src + (p * taps + t) * each,
                        job->dst + p * pixels);
    }
}

static windows windows_of(const gt_attr *attr, gt_shape image) {
    windows w = {.k = attr->factor,
                 .stride = attr->conv.stride,
                 .pad = attr->conv.pad,
                 .planes = image.dim[0] * image.dim[1],
                 .height = image.dim[2],
                 .width = image.dim[3]};
    w.rows = (w.height + 2 * w.pad - w.k) / w.stride + 1;
    w.columns = (w.width + 2 * w.pad - w.k) / w.stride + 1;
    return w;
}

static gt_status run(const gt_call *call, gt_error *err) {
    enum { GRAIN = 1 << 14 };
    bool back = call->attr->back;
    windows w = windows_of(call->attr, back ? call->result.shape : call->inputs[0].shape);
    unfolding job = {&w, gt_in(call, 0), gt_out(call)};
    int64_t taps = w.k * w.k, each = w.rows * w.columns;
    if (back)
        gt_team_range(call->threads, w.planes, 1 + GRAIN / (each * taps), put_planes, &job);
    else
        gt_team_range(call->threads, w.planes * taps, 1 + GRAIN / each, gather_planes, &job);
    return GT_OK;
}

const gt_kernel gt_cpu_unfold = {.name = "unfold", .run = run};
