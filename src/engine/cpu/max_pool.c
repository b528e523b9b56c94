/* max_pool.c - maxima over windows, and values put back to where the maxima were. Blocked
 * images go 16 channels at a time; who won is found again, which is cheaper than remembering
 * it. */
#include "max_pool.h"

#include <string.h>

#include "team.h"

enum { LANES = 16 };
typedef float floats __attribute__((vector_size(LANES * sizeof(float))));
typedef int32_t ints __attribute__((vector_size(LANES * sizeof(int32_t))));

/* The part of a window that lies in the image. */
typedef struct window {
    int64_t top, bottom, left, right;
} window;

static inline window window_at(const gt_max_pool_windows *p, int64_t row, int64_t column) {
    int64_t top = row * p->stride - p->pad, left = column * p->stride - p->pad;
    window at = {top, top + p->k, left, left + p->k};
    if (at.bottom > p->height) at.bottom = p->height;
    if (at.right > p->width) at.right = p->width;
    if (top < 0) at.top = 0;
    if (left < 0) at.left = 0;
    return at;
}

/* ---- Plain images ---------------------------------------------------------------------------
 */

static inline int64_t winner(const gt_max_pool_windows *p, window at, const float *x) {
    int64_t best = at.top * p->width + at.left;
    for (int64_t row = at.top; row < at.bottom; row++)
        for (int64_t i = row * p->width + at.left; i < row * p->width + at.right; i++)
            if (x[i] > x[best] || x[i] != x[i]) best = i;
    return best;
}

static void pick_plain(const gt_max_pool_windows *p, const float *x, const float *v,
                       float *out) {
    for (int64_t row = 0; row < p->rows; row++)
        for (int64_t column = 0; column < p->columns; column++)
            *out++ = v[winner(p, window_at(p, row, column), x)];
}

static void put_plain(const gt_max_pool_windows *p, const float *x, const float *v,
                      float *out) {
    memset(out, 0, (size_t)(p->height * p->width) * sizeof *out);
    for (int64_t row = 0; row < p->rows; row++)
        for (int64_t column = 0; column < p->columns; column++)
            out[winner(p, window_at(p, row, column), x)] += *v++;
}

/* ---- Blocked images -------------------------------------------------------------------------
 */

static inline floats load(const float *from) {
    floats v;
    memcpy(&v, from, sizeof v);
    return v;
}

static inline void store(floats v, float *to) {
    memcpy(to, &v, sizeof v);
}

static inline ints choose(ints mask, ints yes, ints no) {
    return (yes & mask) | (no & ~mask);
}

/* Where a pixel beats the best so far. */
static inline ints beats(floats pixel, floats best) {
    return (pixel > best) | (pixel != pixel);
}

static inline floats largest(const gt_max_pool_windows *p, window at, const float *x) {
    floats best = load(x + (at.top * p->width + at.left) * LANES);
    for (int64_t row = at.top; row < at.bottom; row++)
        for (int64_t i = row * p->width + at.left; i < row * p->width + at.right; i++) {
            floats pixel = load(x + i * LANES);
            best = (floats)choose(beats(pixel, best), (ints)pixel, (ints)best);
        }
    return best;
}

static inline ints winners(const gt_max_pool_windows *p, window at, const float *x) {
    int64_t first = at.top * p->width + at.left;
    floats best = load(x + first * LANES);
    ints places = (int32_t)first - (ints){0};
    for (int64_t row = at.top; row < at.bottom; row++)
        for (int64_t i = row * p->width + at.left; i < row * p->width + at.right; i++) {
            floats pixel = load(x + i * LANES);
            ints mask = beats(pixel, best);
            best = (floats)choose(mask, (ints)pixel, (ints)best);
            places = choose(mask, (int32_t)i - (ints){0}, places);
        }
    return places;
}

static void pick_blocked(const gt_max_pool_windows *p, const float *x, const float *v,
                         float *out) {
    for (int64_t row = 0; row < p->rows; row++)
        for (int64_t column = 0; column < p->columns; column++, out += LANES) {
            window at = window_at(p, row, column);
            if (v == x) {
                store(largest(p, at, x), out);
                continue;
            }
            ints places = winners(p, at, x);
            for (int l = 0; l < LANES; l++) out[l] = v[(int64_t)places[l] * LANES + l];
        }
}

/* Every pixel of a window gets v or 0: that needs no scattered writes. */
static void put_blocked(const gt_max_pool_windows *p, const float *x, const float *v,
                        float *out) {
    memset(out, 0, (size_t)(p->height * p->width * LANES) * sizeof *out);
    for (int64_t row = 0; row < p->rows; row++)
        for (int64_t column = 0; column < p->columns; column++, v += LANES) {
            window at = window_at(p, row, column);
            ints places = winners(p, at, x), given = (ints)load(v);
            for (int64_t y = at.top; y < at.bottom; y++)
                for (int64_t i = y * p->width + at.left; i < y * p->width + at.right; i++) {
                    floats share = (floats)((places == (int32_t)i) & given);
                    store(load(out + i * LANES) + share, out + i * LANES);
                }
        }
}

/* ---- All planes -----------------------------------------------------------------------------
 */

typedef struct pooling {
    const gt_max_pool_windows *windows;
    const float *x, *v;
    float *out;
} pooling;

static void pick_planes(void *self, int64_t begin, int64_t end) {
    const pooling *job = self;
    const gt_max_pool_windows *p = job->windows;
    int64_t large = p->height * p->width * p->lanes, small = p->rows * p->columns * p->lanes;
    for (int64_t i = begin; i < end; i++)
        (p->lanes == LANES ? pick_blocked : pick_plain)(
            p, job->x + i * large, job->v + i * large, job->out + i * small);
}

static void put_planes(void *self, int64_t begin, int64_t end) {
    const pooling *job = self;
    const gt_max_pool_windows *p = job->windows;
    int64_t large = p->height * p->width * p->lanes, small = p->rows * p->columns * p->lanes;
    for (int64_t i = begin; i < end; i++)
        (p->lanes == LANES ? put_blocked : put_plain)(p, job->x + i * large, job->v + i * small,
                                                      job->out + i * large);
}

/* Planes that are worth a piece of work. */
static int64_t grain_of(const gt_max_pool_windows *p) {
    enum { FLOATS = 1 << 13 };
    return 1 + FLOATS / (p->height * p->width * p->lanes);
}

void gt_max_pool_run(const gt_max_pool_windows *p, const float *x, const float *v, float *out,
                     int threads) {
    pooling job = {p, x, v, out};
    gt_team_range(threads, p->planes, grain_of(p), pick_planes, &job);
}

void gt_max_pool_back_run(const gt_max_pool_windows *p, const float *x, const float *v,
                          float *out, int threads) {
    pooling job = {p, x, v, out};
    gt_team_range(threads, p->planes, grain_of(p), put_planes, &job);
}

gt_max_pool_windows gt_max_pool_windows_of(const gt_attr *attr, gt_shape large, gt_shape small,
                                           gt_layout layout) {
    int64_t lanes = layout == GT_BLOCKED ? LANES : 1;
    return (gt_max_pool_windows){.k = attr->factor,
                                 .stride = attr->conv.stride,
                                 .pad = attr->conv.pad,
                                 .lanes = lanes,
                                 .planes = large.dim[0] * large.dim[1] / lanes,
                                 .height = large.dim[2],
                                 .width = large.dim[3],
                                 .rows = small.dim[2],
                                 .columns = small.dim[3]};
}

static gt_status run(const gt_call *call, gt_error *err) {
    gt_max_pool_windows windows = gt_max_pool_windows_of(
        call->attr, call->inputs[1].shape, call->result.shape, call->result.layout);
    gt_max_pool_run(&windows, gt_in(call, 0), gt_in(call, 1), gt_out(call), call->threads);
    return GT_OK;
}

static gt_status run_back(const gt_call *call, gt_error *err) {
    gt_max_pool_windows windows = gt_max_pool_windows_of(
        call->attr, call->result.shape, call->inputs[1].shape, call->result.layout);
    gt_max_pool_back_run(&windows, gt_in(call, 0), gt_in(call, 1), gt_out(call), call->threads);
    return GT_OK;
}

const gt_kernel gt_cpu_max_pool = {.name = "max pool", .layout = GT_LAYOUT_SHARED, .run = run};
const gt_kernel gt_cpu_max_pool_back = {
    .name = "max pool, gradient", .layout = GT_LAYOUT_SHARED, .run = run_back};
