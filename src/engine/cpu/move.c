/* move.c - kernels that only move values: from one layout to the other, out of the plan, parts
 * of arrays, axes in another order. Loops over memory, parallel over the outermost dimensions.
 */
#include <stdlib.h>
#include <string.h>

#include "kernels.h"
#include "team.h"

/* ---- Strided copies -------------------------------------------------------------------------
 */

/* dst[dst_offset + i * dst_stride] = src[src_offset + i * src_stride] over `dim`, added when
 * asked. */
typedef struct copy {
    int rank;
    int64_t dim[GT_MAX_RANK], src_stride[GT_MAX_RANK], dst_stride[GT_MAX_RANK];
    int64_t src_offset, dst_offset;
} copy;

static void copy_line(const float *src, int64_t ss, float *dst, int64_t ds, int64_t n,
                      bool add) {
    if (add) {
        for (int64_t i = 0; i < n; i++) dst[i * ds] += src[i * ss];
    } else if (ss == 1 && ds == 1) {
        memcpy(dst, src, (size_t)n * sizeof *dst);
    } else {
        for (int64_t i = 0; i < n; i++) dst[i * ds] = src[i * ss];
    }
}

typedef struct copying {
    const copy *copy;
    const float *src;
    float *dst;
    bool add;
} copying;

static void copy_lines(void *self, int64_t begin, int64_t end) {
    const copying *job = self;
    const copy *c = job->copy;
    int last = c->rank - 1;
    for (int64_t line = begin; line < end; line++) {
        int64_t rest = line, from = c->src_offset, to = c->dst_offset;
        for (int d = last - 1; d >= 0; d--) {
            from += rest % c->dim[d] * c->src_stride[d];
            to += rest % c->dim[d] * c->dst_stride[d];
            rest /= c->dim[d];
        }
        copy_line(job->src + from, c->rank > 0 ? c->src_stride[last] : 1, job->dst + to,
                  c->rank > 0 ? c->dst_stride[last] : 1, c->rank > 0 ? c->dim[last] : 1,
                  job->add);
    }
}

/* A stretch [begin, end) of one long line. */
static void copy_stretch(void *self, int64_t begin, int64_t end) {
    const copying *job = self;
    const copy *c = job->copy;
    int64_t from = c->src_stride[0], to = c->dst_stride[0];
    copy_line(job->src + c->src_offset + begin * from, from,
              job->dst + c->dst_offset + begin * to, to, end - begin, job->add);
}

static void swap(int64_t *list, int a, int b) {
    int64_t held = list[a];
    list[a] = list[b];
    list[b] = held;
}

/* Lines of a few values cost more to find than to copy. Every value is written once, in
 * whatever order: the longest dimension along which one side lies value by value becomes the
 * last. */
static copy with_long_lines(const copy *c) {
    enum { SHORT = 16 };
    copy turned = *c;
    int last = c->rank - 1, best = last;
    if (last < 1 || c->dim[last] >= SHORT) return turned;
    for (int d = 0; d < last; d++)
        if ((c->src_stride[d] == 1 || c->dst_stride[d] == 1) && c->dim[d] > c->dim[best])
            best = d;
    swap(turned.dim, best, last);
    swap(turned.src_stride, best, last);
    swap(turned.dst_stride, best, last);
    return turned;
}

static void run_copy(const copy *given, const float *src, float *dst, bool add, int threads) {
    copy turned = with_long_lines(given);
    const copy *c = &turned;
    copying job = {c, src, dst, add};
    int last = c->rank - 1;
    int64_t length = c->rank > 0 ? c->dim[last] : 1, lines = 1;
    for (int d = 0; d < last; d++) lines *= c->dim[d];
    if (c->rank == 1)
        gt_team_range(threads, length, GT_GRAIN, copy_stretch, &job);
    else
        gt_team_range(threads, lines, gt_grain_of(length), copy_lines, &job);
}

/* ---- Channels of images
 * ---------------------------------------------------------------------- */

/* A window of channels of an image tensor, whole planes: channels [src_c, src_c + count) of src
 * become channels [dst_c, ...) of dst, whatever the layouts. */
typedef struct channels {
    gt_shape src, dst;
    gt_layout src_layout, dst_layout;
    int64_t src_c, dst_c, count;
} channels;

/* First pixel of channel c of image n, and the distance between its pixels. */
static int64_t channel_start(gt_shape s, gt_layout layout, int64_t n, int64_t c) {
    int64_t pixels = s.dim[2] * s.dim[3];
    if (layout == GT_PLAIN) return (n * s.dim[1] + c) * pixels;
    return ((n * (s.dim[1] / GT_BLOCK) + c / GT_BLOCK) * pixels) * GT_BLOCK + c % GT_BLOCK;
}

static int64_t pixel_step(gt_layout layout) {
    return layout == GT_PLAIN ? 1 : GT_BLOCK;
}

/* Sixteen channels at once between (16, pixels) and (pixels, 16), in tiles that stay in cache.
 */
static void to_blocked(const float *src, float *dst, int64_t pixels, bool add) {
    for (int64_t p = 0; p < pixels; p++)
        for (int64_t c = 0; c < GT_BLOCK; c++) {
            float value = src[c * pixels + p];
            dst[p * GT_BLOCK + c] = add ? dst[p * GT_BLOCK + c] + value : value;
        }
}

static void to_plain(const float *src, float *dst, int64_t pixels, bool add) {
    for (int64_t c = 0; c < GT_BLOCK; c++)
        for (int64_t p = 0; p < pixels; p++) {
            float value = src[p * GT_BLOCK + c];
            dst[c * pixels + p] = add ? dst[c * pixels + p] + value : value;
        }
}

static void move_block(const channels *m, const float *src, float *dst, int64_t n, int64_t c,
                       bool add) {
    int64_t pixels = m->src.dim[2] * m->src.dim[3];
    const float *from = src + channel_start(m->src, m->src_layout, n, m->src_c + c);
    float *to = dst + channel_start(m->dst, m->dst_layout, n, m->dst_c + c);
    if (m->src_layout == m->dst_layout) {
        copy_line(from, 1, to, 1, pixels * GT_BLOCK, add);
    } else if (m->src_layout == GT_PLAIN) {
        to_blocked(from, to, pixels, add);
    } else {
        to_plain(from, to, pixels, add);
    }
}

typedef struct moving {
    const channels *move;
    const float *src;
    float *dst;
    bool add, whole; /* sixteen channels at once */
} moving;

/* Items are channels, or 16 of them, image by image. */
static void move_pieces(void *self, int64_t begin, int64_t end) {
    const moving *job = self;
    const channels *m = job->move;
    int64_t step = job->whole ? GT_BLOCK : 1, pieces = m->count / step;
    for (int64_t i = begin; i < end; i++) {
        int64_t n = i / pieces, c = i % pieces * step;
        if (job->whole) {
            move_block(m, job->src, job->dst, n, c, job->add);
            continue;
        }
        copy_line(job->src + channel_start(m->src, m->src_layout, n, m->src_c + c),
                  pixel_step(m->src_layout),
                  job->dst + channel_start(m->dst, m->dst_layout, n, m->dst_c + c),
                  pixel_step(m->dst_layout), m->src.dim[2] * m->src.dim[3], job->add);
    }
}

static void run_channels(const channels *m, const float *src, float *dst, bool add,
                         int threads) {
    int64_t pixels = m->src.dim[2] * m->src.dim[3];
    bool whole =
        m->src_c % GT_BLOCK == 0 && m->dst_c % GT_BLOCK == 0 && m->count % GT_BLOCK == 0;
    int64_t step = whole ? GT_BLOCK : 1;
    moving job = {m, src, dst, add, whole};
    gt_team_range(threads, m->src.dim[0] * (m->count / step), gt_grain_of(pixels * step),
                  move_pieces, &job);
}

/* ---- Between layouts
 * ------------------------------------------------------------------------- */

static gt_status reorder(const gt_call *call, gt_error *err) {
    gt_shape shape = call->result.shape;
    channels all = {.src = shape,
                    .dst = shape,
                    .src_layout = call->inputs[0].layout,
                    .dst_layout = call->result.layout,
                    .count = shape.dim[1]};
    run_channels(&all, gt_in(call, 0), gt_out(call), false, call->threads);
    return GT_OK;
}

static gt_status fetch(const gt_call *call, gt_error *err) {
    gt_shape shape = call->result.shape;
    float *to = *(void *const *)call->host;
    if (call->inputs[0].layout == GT_BLOCKED) {
        channels all = {.src = shape,
                        .dst = shape,
                        .src_layout = GT_BLOCKED,
                        .dst_layout = GT_PLAIN,
                        .count = shape.dim[1]};
        run_channels(&all, gt_in(call, 0), to, call->accumulate, call->threads);
    } else {
        copy flat = {
            .rank = 1, .dim = {gt_shape_count(shape)}, .src_stride = {1}, .dst_stride = {1}};
        run_copy(&flat, gt_in(call, 0), to, call->accumulate, call->threads);
    }
    return GT_OK;
}

const gt_kernel gt_cpu_reorder = {.name = "reorder", .run = reorder};
const gt_kernel gt_cpu_fetch = {.name = "output", .run = fetch};

/* ---- Axes in another order
 * ------------------------------------------------------------------- */

static void row_major(gt_shape shape, int64_t *stride) {
    int64_t step = 1;
    for (int d = shape.rank - 1; d >= 0; d--) {
        stride[d] = step;
        step *= shape.dim[d];
    }
}

/* Neighbouring dimensions that both sides walk as one become one, and lines get long. */
static void join_dimensions(copy *c) {
    for (int d = c->rank - 2; d >= 0; d--) {
        bool unit = c->dim[d + 1] == 1;
        bool joined = c->src_stride[d] == c->src_stride[d + 1] * c->dim[d + 1] &&
                      c->dst_stride[d] == c->dst_stride[d + 1] * c->dim[d + 1];
        if (!unit && !joined) continue;
        int gone = unit ? d + 1 : d;
        if (!unit) c->dim[d + 1] *= c->dim[d];
        size_t behind = (size_t)(c->rank - gone - 1) * sizeof c->dim[0];
        memmove(c->dim + gone, c->dim + gone + 1, behind);
        memmove(c->src_stride + gone, c->src_stride + gone + 1, behind);
        memmove(c->dst_stride + gone, c->dst_stride + gone + 1, behind);
        c->rank--;
    }
}

/* The part of a copy shared by slice, pad and concat: input `shape` against result, at `start`
 * along axis. */
static copy window(gt_shape small, gt_shape src, gt_shape dst, int axis, int64_t src_start,
                   int64_t dst_start) {
    copy c = {.rank = small.rank};
    memcpy(c.dim, small.dim, sizeof c.dim);
    row_major(src, c.src_stride);
    row_major(dst, c.dst_stride);
    c.src_offset = src_start * c.src_stride[axis];
    c.dst_offset = dst_start * c.dst_stride[axis];
    return c;
}

static gt_status make_copy(gt_call *call, copy c, gt_error *err) {
    copy *kept = call->state = malloc(sizeof *kept);
    if (!kept) return gt_fail(err, GT_NO_MEMORY, "preparing a copy: out of memory");
    join_dimensions(&c);
    *kept = c;
    return GT_OK;
}

static gt_status prepare_permute(gt_call *call, gt_error *err) {
    copy c = {.rank = call->result.shape.rank};
    int64_t stride[GT_MAX_RANK];
    memcpy(c.dim, call->result.shape.dim, sizeof c.dim);
    row_major(call->inputs[0].shape, stride);
    row_major(call->result.shape, c.dst_stride);
    for (int d = 0; d < c.rank; d++) c.src_stride[d] = stride[call->attr->order[d]];
    return make_copy(call, c, err);
}

static gt_status prepare_reverse(gt_call *call, gt_error *err) {
    gt_shape shape = call->result.shape;
    int axis = call->attr->axis;
    copy c = window(shape, shape, shape, axis, shape.dim[axis] - 1, 0);
    c.src_stride[axis] = -c.src_stride[axis];
    return make_copy(call, c, err);
}

static gt_status run_one_copy(const gt_call *call, gt_error *err) {
    run_copy(call->state, gt_in(call, 0), gt_out(call), false, call->threads);
    return GT_OK;
}

const gt_kernel gt_cpu_permute = {
    .name = "permute", .prepare = prepare_permute, .run = run_one_copy};
const gt_kernel gt_cpu_reverse = {
    .name = "reverse", .prepare = prepare_reverse, .run = run_one_copy};

/* ---- Parts of arrays: slice, pad, concat
 * ------------------------------------------------------ */

static bool by_channels(const gt_call *call) {
    return call->result.shape.rank == 4 && call->attr->axis == 1;
}

/* Where part i begins in the result. */
static int64_t start_of(const gt_call *call, int part) {
    int64_t at = call->op == GT_OP_PAD ? call->attr->start : 0;
    for (int i = 0; i < part; i++) at += call->inputs[i].shape.dim[call->attr->axis];
    return at;
}

static void move_channels(const gt_call *call, int i) {
    const gt_operand *u = &call->inputs[i];
    bool slice = call->op == GT_OP_SLICE;
    channels part = {u->shape,
                     call->result.shape,
                     u->layout,
                     call->result.layout,
                     slice ? call->attr->start : 0,
                     start_of(call, i),
                     slice ? call->result.shape.dim[1] : u->shape.dim[1]};
    run_channels(&part, gt_in(call, i), gt_out(call), false, call->threads);
}

/* Along the images a window is a run of memory in either layout, as long as both sides have the
 * same one. */
static void move_window(const gt_call *call, int i) {
    gt_shape shape = call->inputs[i].shape;
    bool slice = call->op == GT_OP_SLICE;
    copy part = window(slice ? call->result.shape : shape, shape, call->result.shape,
                       call->attr->axis, slice ? call->attr->start : 0, start_of(call, i));
    join_dimensions(&part);
    run_copy(&part, gt_in(call, i), gt_out(call), false, call->threads);
}

static gt_status run_window(const gt_call *call, gt_error *err) {
    int64_t count = gt_shape_count(call->result.shape);
    float *out = gt_out(call), fill = (float)call->attr->shift;
    for (int64_t i = 0; call->op == GT_OP_PAD && i < count; i++) out[i] = fill;
    for (int i = 0; i < call->input_count; i++)
        (by_channels(call) ? move_channels : move_window)(call, i);
    return GT_OK;
}

const gt_kernel gt_cpu_window = {.name = "part", .layout = GT_LAYOUT_WINDOW, .run = run_window};
