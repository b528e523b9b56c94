/* move.c - see move.h. Loops over memory, parallel over the outermost dimensions. */
#include "move.h"

#include <lapacke.h>
#include <math.h>
#include <string.h>

#include "galatea/team.h"
#include "onednn.h"

enum { GRAIN = 1 << 14 }; /* floats below which handing over costs more than it saves */

/* Items of `each` floats that are worth a piece of work. */
static int64_t grain_of(int64_t each) {
    return 1 + (GRAIN - 1) / (each > 0 ? each : 1);
}

bool gt_can_block(gt_shape shape) {
    return shape.rank == 4 && shape.dim[1] % GT_BLOCK == 0;
}

bool gt_layouts_differ(gt_shape shape) {
    return gt_can_block(shape) && shape.dim[2] * shape.dim[3] > 1;
}

/* ---- Strided copies -------------------------------------------------------------------------
 */

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
    const gt_copy *copy;
    const float *src;
    float *dst;
    bool add;
} copying;

static void copy_lines(void *self, int64_t begin, int64_t end) {
    const copying *job = self;
    const gt_copy *c = job->copy;
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
    const gt_copy *c = job->copy;
    int64_t from = c->src_stride[0], to = c->dst_stride[0];
    copy_line(job->src + c->src_offset + begin * from, from,
              job->dst + c->dst_offset + begin * to, to, end - begin, job->add);
}

void gt_copy_run(const gt_copy *c, const float *src, float *dst, bool add, int threads) {
    copying job = {c, src, dst, add};
    int last = c->rank - 1;
    int64_t length = c->rank > 0 ? c->dim[last] : 1, lines = 1;
    for (int d = 0; d < last; d++) lines *= c->dim[d];
    if (c->rank == 1)
        gt_team_range(threads, length, GRAIN, copy_stretch, &job);
    else
        gt_team_range(threads, lines, grain_of(length), copy_lines, &job);
}

/* ---- Channels of images
 * ---------------------------------------------------------------------- */

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

static void move_block(const gt_channels *m, const float *src, float *dst, int64_t n, int64_t c,
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
    const gt_channels *move;
    const float *src;
    float *dst;
    bool add, whole; /* sixteen channels at once */
} moving;

/* Items are channels, or 16 of them, image by image. */
static void move_pieces(void *self, int64_t begin, int64_t end) {
    const moving *job = self;
    const gt_channels *m = job->move;
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

void gt_channels_run(const gt_channels *m, const float *src, float *dst, bool add,
                     int threads) {
    int64_t pixels = m->src.dim[2] * m->src.dim[3];
    bool whole =
        m->src_c % GT_BLOCK == 0 && m->dst_c % GT_BLOCK == 0 && m->count % GT_BLOCK == 0;
    int64_t step = whole ? GT_BLOCK : 1;
    moving job = {m, src, dst, add, whole};
    gt_team_range(threads, m->src.dim[0] * (m->count / step), grain_of(pixels * step),
                  move_pieces, &job);
}

/* ---- Pooling
 * --------------------------------------------------------------------------------- */

/* Both layouts are (planes, H, W, lanes). */
static void pool_plane(int64_t h, int64_t w, int64_t lanes, int k, const float *src,
                       float *dst) {
    float scale = 1.0f / (float)(k * k);
    for (int64_t y = 0; y < h / k; y++)
        for (int64_t x = 0; x < w / k; x++) {
            float *to = dst + (y * (w / k) + x) * lanes;
            for (int64_t l = 0; l < lanes; l++) to[l] = 0;
            for (int64_t i = 0; i < k; i++)
                for (int64_t j = 0; j < k; j++) {
                    const float *from = src + ((y * k + i) * w + x * k + j) * lanes;
                    for (int64_t l = 0; l < lanes; l++) to[l] += from[l];
                }
            for (int64_t l = 0; l < lanes; l++) to[l] *= scale;
        }
}

static void upsample_plane(int64_t h, int64_t w, int64_t lanes, int k, const float *src,
                           float *dst) {
    for (int64_t y = 0; y < h; y++)
        for (int64_t x = 0; x < w; x++) {
            const float *from = src + (y / k * (w / k) + x / k) * lanes;
            float *to = dst + (y * w + x) * lanes;
            for (int64_t l = 0; l < lanes; l++) to[l] = from[l];
        }
}

static int64_t lanes_of(gt_layout layout) {
    return layout == GT_BLOCKED ? GT_BLOCK : 1;
}

typedef struct resizing {
    gt_shape shape; /* of the larger image */
    int64_t lanes, size;
    int k;
    const float *src;
    float *dst;
} resizing;

static resizing resizing_of(gt_shape s, int k, gt_layout layout, const float *src, float *dst) {
    int64_t lanes = lanes_of(layout);
    return (resizing){s, lanes, s.dim[2] * s.dim[3] * lanes, k, src, dst};
}

static void pool_planes(void *self, int64_t begin, int64_t end) {
    const resizing *r = self;
    for (int64_t p = begin; p < end; p++)
        pool_plane(r->shape.dim[2], r->shape.dim[3], r->lanes, r->k, r->src + p * r->size,
                   r->dst + p * (r->size / (r->k * r->k)));
}

static void upsample_planes(void *self, int64_t begin, int64_t end) {
    const resizing *r = self;
    for (int64_t p = begin; p < end; p++)
        upsample_plane(r->shape.dim[2], r->shape.dim[3], r->lanes, r->k,
                       r->src + p * (r->size / (r->k * r->k)), r->dst + p * r->size);
}

void gt_pool_run(gt_shape s, int k, gt_layout layout, const float *src, float *dst,
                 int threads) {
    resizing job = resizing_of(s, k, layout, src, dst);
    gt_team_range(threads, s.dim[0] * s.dim[1] / job.lanes, grain_of(job.size), pool_planes,
                  &job);
}

void gt_upsample_run(gt_shape s, int k, gt_layout layout, const float *src, float *dst,
                     int threads) {
    resizing job = resizing_of(s, k, layout, src, dst);
    gt_team_range(threads, s.dim[0] * s.dim[1] / job.lanes, grain_of(job.size), upsample_planes,
                  &job);
}

/* ---- Reductions
 * ------------------------------------------------------------------------------- */

typedef struct summing {
    int64_t n, count;
    const float *src;
    float *dst;
} summing;

static void sum_stretch(void *self, int64_t begin, int64_t end) {
    enum { TILE = 1024 };
    const summing *job = self;
    for (int64_t start = begin; start < end; start += TILE) {
        int64_t size = end - start < TILE ? end - start : TILE;
        double total[TILE] = {0};
        for (int64_t k = 0; k < job->n; k++)
            for (int64_t i = 0; i < size; i++) total[i] += job->src[k * job->count + start + i];
        for (int64_t i = 0; i < size; i++) job->dst[start + i] = (float)total[i];
    }
}

void gt_sum_first_run(int64_t n, int64_t count, const float *src, float *dst, int threads) {
    summing job = {n, count, src, dst};
    gt_team_range(threads, count, grain_of(n), sum_stretch, &job);
}

void gt_reduce_max_run(int64_t outer, int64_t length, int64_t inner, const float *src,
                       float *dst) {
    for (int64_t o = 0; o < outer; o++)
        for (int64_t i = 0; i < inner; i++) {
            float largest = src[o * length * inner + i];
            for (int64_t k = 1; k < length; k++) {
                float value = src[(o * length + k) * inner + i];
                if (value > largest || value != value) largest = value;
            }
            dst[o * inner + i] = largest;
        }
}

/* ---- Small matrices
 * ---------------------------------------------------------------------------- */

size_t gt_matrix_work(int64_t n) {
    return (size_t)(n * n) * sizeof(double) + (size_t)n * sizeof(lapack_int);
}

static gt_status factorize(int64_t n, const float *src, double *lu, lapack_int *pivots,
                           gt_error *err) {
    for (int64_t i = 0; i < n * n; i++) lu[i] = src[i];
    lapack_int info = LAPACKE_dgetrf(LAPACK_ROW_MAJOR, (lapack_int)n, (lapack_int)n, lu,
                                     (lapack_int)n, pivots);
    if (info == 0) return GT_OK;
    return gt_fail(err, GT_NOT_FINITE, "a %lld x %lld matrix is singular or not finite",
                   (long long)n, (long long)n);
}

gt_status gt_inverse_run(int64_t n, const float *src, float *dst, void *work, gt_error *err) {
    gt_status status = GT_OK;
    double *lu = work;
    lapack_int *pivots = (lapack_int *)(void *)(lu + n * n);
    GT_TRY(factorize(n, src, lu, pivots, err));
    if (LAPACKE_dgetri(LAPACK_ROW_MAJOR, (lapack_int)n, lu, (lapack_int)n, pivots) != 0)
        GT_THROW(err, GT_NOT_FINITE, "a matrix cannot be inverted");
    for (int64_t i = 0; i < n * n; i++) dst[i] = (float)lu[i];
done:
    return status;
}

gt_status gt_log_abs_det_run(int64_t n, const float *src, float *dst, void *work,
                             gt_error *err) {
    gt_status status = GT_OK;
    double *lu = work, total = 0;
    GT_TRY(factorize(n, src, lu, (lapack_int *)(void *)(lu + n * n), err));
    for (int64_t i = 0; i < n; i++) total += log(fabs(lu[i * n + i]));
    *dst = (float)total;
done:
    return status;
}
