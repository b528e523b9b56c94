/* wide.c - attention of every pixel to all others, and its derivatives (ops/wide.c has the
 * formulas).
 *
 * A head of an image is a piece. Its matrices are brought into rows of pixels, of whole lanes
 * of channels, as they lie in blocked images: products over the pixels and products with small
 * matrices then go sixteen channels at a time. */
#include <math.h>

#include "heads.h"
#include "lanes.h"
#include "team.h"
#include "vecmath.h"

enum { LANES = GT_BLOCK };

/* Matrices are (rows, width) floats; zeros behind the pixels and behind the channels. */
typedef struct frame {
    int64_t size, pixels;
    int64_t width, rows; /* of whole lanes */
    float scale;         /* of queries */
} frame;

static frame frame_of(const gt_call *call) {
    gt_shape q = call->inputs[0].shape;
    frame f = {.size = q.dim[1] / call->attr->factor, .pixels = q.dim[2] * q.dim[3]};
    f.width = (f.size + LANES - 1) / LANES * LANES;
    f.rows = (f.pixels + LANES - 1) / LANES * LANES;
    f.scale = 1.0f / sqrtf((float)f.size);
    return f;
}

/* ---- Between images and matrices -------------------------------------------------------- */

static void read_head(const frame *f, gt_head at, float *to) {
    int64_t step;
    memset(to + f->pixels * f->width, 0,
           (size_t)((f->rows - f->pixels) * f->width) * sizeof *to);
    if (gt_head_is_blocks(&at, f->size)) {
        for (int64_t c = 0; c < f->size; c += LANES) {
            const float *from = gt_head_at(&at, c, 0, &step);
            for (int64_t n = 0; n < f->pixels; n++)
                gt_store(to + n * f->width + c, gt_load(from + n * LANES));
        }
        return;
    }
    for (int64_t c = 0; c < f->width; c++) {
        const float *from = c < f->size ? gt_head_at(&at, c, 0, &step) : NULL;
        for (int64_t n = 0; n < f->pixels; n++)
            to[n * f->width + c] = from ? from[n * step] : 0;
    }
}

static void write_head(const frame *f, gt_head at, const float *from) {
    int64_t step;
    if (gt_head_is_blocks(&at, f->size)) {
        for (int64_t c = 0; c < f->size; c += LANES) {
            float *to = gt_head_at(&at, c, 0, &step);
            for (int64_t n = 0; n < f->pixels; n++)
                gt_store(to + n * LANES, gt_load(from + n * f->width + c));
        }
        return;
    }
    for (int64_t c = 0; c < f->size; c++) {
        float *to = gt_head_at(&at, c, 0, &step);
        for (int64_t n = 0; n < f->pixels; n++) to[n * step] = from[n * f->width + c];
    }
}

/* ---- Products --------------------------------------------------------------------------- */

/* m (width,width) = a' b over the pixels, added to what is there where asked for. */
static void outer(const frame *f, const float *a, const float *b, bool adds, float *m) {
    for (int64_t d = 0; d < f->width; d += LANES)
        for (int64_t e = 0; e < f->width; e += LANES) {
            gt_vector sum[LANES];
#pragma GCC unroll 16
            for (int i = 0; i < LANES; i++)
                sum[i] = adds ? gt_load(m + (d + i) * f->width + e) : (gt_vector){0};
            for (int64_t n = 0; n < f->pixels; n++) {
                gt_vector v = gt_load(b + n * f->width + e);
                const float *factor = a + n * f->width + d;
#pragma GCC unroll 16
                for (int i = 0; i < LANES; i++) sum[i] += factor[i] * v;
            }
#pragma GCC unroll 16
            for (int i = 0; i < LANES; i++) gt_store(m + (d + i) * f->width + e, sum[i]);
        }
}

/* to (rows,width) = a m, added likewise. */
static void apply(const frame *f, const float *a, const float *m, bool adds, float *to) {
    for (int64_t n = 0; n < f->rows; n += LANES)
        for (int64_t e = 0; e < f->width; e += LANES) {
            gt_vector sum[LANES];
            const float *row = a + n * f->width;
            float *out = to + n * f->width + e;
#pragma GCC unroll 16
            for (int i = 0; i < LANES; i++)
                sum[i] = adds ? gt_load(out + i * f->width) : (gt_vector){0};
            for (int64_t d = 0; d < f->width; d++) {
                gt_vector v = gt_load(m + d * f->width + e);
#pragma GCC unroll 16
                for (int i = 0; i < LANES; i++) sum[i] += row[i * f->width + d] * v;
            }
#pragma GCC unroll 16
            for (int i = 0; i < LANES; i++) gt_store(out + i * f->width, sum[i]);
        }
}

static void turn(const frame *f, const float *m, float *to) {
    for (int64_t d = 0; d < f->width; d += LANES)
        for (int64_t e = 0; e < f->width; e += LANES)
            gt_turn_square(m + d * f->width + e, f->width, to + e * f->width + d, f->width);
}

/* ---- Softmaxes -------------------------------------------------------------------------- */

/* Of each row, over the channels, times the scale. */
static void soften_rows(const frame *f, float *x) {
    for (int64_t n = 0; n < f->pixels; n++, x += f->width) {
        float largest = x[0], sum = 0;
        for (int64_t c = 1; c < f->size; c++) largest = x[c] > largest ? x[c] : largest;
        for (int64_t c = 0; c < f->size; c++) x[c] = gt_expf(x[c] - largest);
        for (int64_t c = 0; c < f->size; c++) sum += x[c];
        float share = f->scale / sum;
        for (int64_t c = 0; c < f->size; c++) x[c] *= share;
    }
}

/* Of each channel, over the pixels. */
static void soften_columns(const frame *f, float *x) {
    for (int64_t c = 0; c < f->width; c += LANES) {
        float largest[LANES], sum[LANES] = {0};
        memcpy(largest, x + c, sizeof largest);
        for (int64_t n = 1; n < f->pixels; n++)
            for (int i = 0; i < LANES; i++) {
                float value = x[n * f->width + c + i];
                largest[i] = value > largest[i] ? value : largest[i];
            }
        for (int64_t n = 0; n < f->pixels; n++)
            for (int i = 0; i < LANES; i++) {
                float value = gt_expf(x[n * f->width + c + i] - largest[i]);
                x[n * f->width + c + i] = value;
                sum[i] += value;
            }
        for (int i = 0; i < LANES; i++) sum[i] = c + i < f->size ? 1.0f / sum[i] : 0;
        for (int64_t n = 0; n < f->pixels; n++)
            for (int i = 0; i < LANES; i++) x[n * f->width + c + i] *= sum[i];
    }
}

static float dot(const float *a, const float *b, int64_t count) {
    float sum = 0;
    for (int64_t i = 0; i < count; i += LANES) {
        float part[LANES];
        for (int k = 0; k < LANES; k++) part[k] = a[i + k] * b[i + k];
        for (int half = LANES / 2; half > 0; half /= 2)
            for (int k = 0; k < half; k++) part[k] += part[half + k];
        sum += part[0];
    }
    return sum;
}

/* x becomes y (x - mean), the mean of each row by the weights y / scale. With ty and tx that
 * becomes how it moves: ty (x - mean) + y (tx - moved mean), in tx. */
static void lean_rows(const frame *f, const float *y, const float *ty, float *x, float *tx) {
    for (int64_t n = 0; n < f->pixels; n++) {
        int64_t at = n * f->width;
        float mean = dot(y + at, x + at, f->width) / f->scale, moved = 0;
        if (tx)
            moved =
                (dot(ty + at, x + at, f->width) + dot(y + at, tx + at, f->width)) / f->scale;
        for (int64_t c = at; c < at + f->width && tx; c++)
            tx[c] = ty[c] * (x[c] - mean) + y[c] * (tx[c] - moved);
        for (int64_t c = at; c < at + f->width; c++) x[c] = y[c] * (x[c] - mean);
    }
}

/* The same of columns, whose weights sum to 1. */
static void lean_columns(const frame *f, const float *y, const float *ty, float *x, float *tx) {
    for (int64_t c = 0; c < f->width; c += LANES) {
        gt_vector mean = {0}, moved = {0};
        for (int64_t n = 0; n < f->pixels; n++) {
            int64_t at = n * f->width + c;
            gt_vector of_y = gt_load(y + at), of_x = gt_load(x + at);
            mean += of_y * of_x;
            if (tx) moved += gt_load(ty + at) * of_x + of_y * gt_load(tx + at);
        }
        for (int64_t n = 0; n < f->pixels; n++) {
            int64_t at = n * f->width + c;
            gt_vector of_y = gt_load(y + at), rest = gt_load(x + at) - mean;
            if (tx)
                gt_store(tx + at, gt_load(ty + at) * rest + of_y * (gt_load(tx + at) - moved));
            gt_store(x + at, of_y * rest);
        }
    }
}

/* ---- Pieces ----------------------------------------------------------------------------- */

typedef struct attention {
    const gt_call *call;
    frame f;
    int64_t heads, third, room; /* channels of a third; floats of a thread's memory */
    float *scratch;
} attention;

/* One head: softmaxes, values, what the gradient begins with, and how they move. */
typedef struct matrices {
    float *q, *k, *v, *tq, *tk, *tv, *g;
    float *made, *moved;               /* of a gradient or its motion */
    float *c, *tc, *gc, *tgc, *turned; /* (width,width) */
} matrices;

enum { LARGE = 9, SMALL = 5 };

static int64_t room_of(const frame *f) {
    return LARGE * f->rows * f->width + SMALL * f->width * f->width;
}

static size_t scratch_bytes(const gt_call *call) {
    frame f = frame_of(call);
    return (size_t)(call->threads * room_of(&f)) * sizeof(float);
}

static matrices matrices_at(const frame *f, float *memory) {
    matrices m;
    float **large[LARGE] = {&m.q, &m.k, &m.v, &m.tq, &m.tk, &m.tv, &m.g, &m.made, &m.moved};
    float **small[SMALL] = {&m.c, &m.tc, &m.gc, &m.tgc, &m.turned};
    for (int i = 0; i < LARGE; i++, memory += f->rows * f->width) *large[i] = memory;
    for (int i = 0; i < SMALL; i++, memory += f->width * f->width) *small[i] = memory;
    return m;
}

static bool is_back(const gt_call *call) {
    return call->op == GT_OP_WIDE_BACK;
}

/* The tangent, NULL where there is none. */
static const gt_operand *tangent(const gt_call *call) {
    int at = is_back(call) ? 3 : 2;
    return call->input_count > at ? &call->inputs[at] : NULL;
}

static void prepare_head(const attention *job, int64_t image, int64_t first, matrices *m) {
    const gt_call *call = job->call;
    const frame *f = &job->f;
    const gt_operand *kv = &call->inputs[1], *t = tangent(call);
    read_head(f, gt_head_of(&call->inputs[0], image, first), m->q);
    read_head(f, gt_head_of(kv, image, first), m->k);
    read_head(f, gt_head_of(kv, image, first + job->third), m->v);
    soften_rows(f, m->q);
    soften_columns(f, m->k);
    outer(f, m->k, m->v, false, m->c);
    if (t) {
        read_head(f, gt_head_of(t, image, first), m->tq);
        read_head(f, gt_head_of(t, image, first + job->third), m->tk);
        read_head(f, gt_head_of(t, image, first + 2 * job->third), m->tv);
        lean_rows(f, m->q, NULL, m->tq, NULL);
        lean_columns(f, m->k, NULL, m->tk, NULL);
        outer(f, m->tk, m->v, false, m->tc);
        outer(f, m->k, m->tv, true, m->tc);
    }
    if (is_back(call)) read_head(f, gt_head_of(&call->inputs[2], image, first), m->g);
}

static void write_forward(const attention *job, const matrices *m, gt_head y) {
    const frame *f = &job->f;
    bool moves = tangent(job->call) != NULL;
    apply(f, moves ? m->tq : m->q, m->c, false, m->made);
    if (moves) apply(f, m->q, m->tc, true, m->made);
    write_head(f, y, m->made);
}

static void write_query(const attention *job, const matrices *m, gt_head gx) {
    const frame *f = &job->f;
    bool moves = tangent(job->call) != NULL;
    turn(f, m->c, m->turned);
    apply(f, m->g, m->turned, false, m->made);
    if (moves) {
        turn(f, m->tc, m->turned);
        apply(f, m->g, m->turned, false, m->moved);
    }
    lean_rows(f, m->q, m->tq, m->made, moves ? m->moved : NULL);
    write_head(f, gx, moves ? m->moved : m->made);
}

static void write_key(const attention *job, const matrices *m, gt_head gx) {
    const frame *f = &job->f;
    bool moves = tangent(job->call) != NULL;
    turn(f, m->gc, m->turned);
    apply(f, m->v, m->turned, false, m->made);
    if (moves) {
        apply(f, m->tv, m->turned, false, m->moved);
        turn(f, m->tgc, m->turned);
        apply(f, m->v, m->turned, true, m->moved);
    }
    lean_columns(f, m->k, m->tk, m->made, moves ? m->moved : NULL);
    write_head(f, gx, moves ? m->moved : m->made);
}

static void write_value(const attention *job, const matrices *m, gt_head gx) {
    const frame *f = &job->f;
    bool moves = tangent(job->call) != NULL;
    apply(f, moves ? m->tk : m->k, m->gc, false, m->made);
    if (moves) apply(f, m->k, m->tgc, true, m->made);
    write_head(f, gx, m->made);
}

static void write_back(const attention *job, const matrices *m, gt_head gx) {
    outer(&job->f, m->q, m->g, false, m->gc);
    if (tangent(job->call)) outer(&job->f, m->tq, m->g, false, m->tgc);
    write_query(job, m, gx);
    gx.first += job->third;
    write_key(job, m, gx);
    gx.first += job->third;
    write_value(job, m, gx);
}

static void run_head(void *self, int64_t i, int worker) {
    const attention *job = self;
    int64_t image = i / job->heads, first = i % job->heads * job->f.size;
    matrices m = matrices_at(&job->f, job->scratch + worker * job->room);
    gt_head out = gt_head_of(&job->call->result, image, first);
    prepare_head(job, image, first, &m);
    if (is_back(job->call))
        write_back(job, &m, out);
    else
        write_forward(job, &m, out);
}

static gt_status run(const gt_call *call, gt_error *err) {
    gt_shape q = call->inputs[0].shape;
    attention job = {.call = call,
                     .f = frame_of(call),
                     .heads = call->attr->factor,
                     .third = q.dim[1],
                     .scratch = call->scratch};
    job.room = room_of(&job.f);
    gt_team_run(call->threads, q.dim[0] * job.heads, run_head, &job);
    return GT_OK;
}

const gt_kernel gt_cpu_wide = {.name = "attention to all",
                               .layout = GT_LAYOUT_IMAGES,
                               .images = GT_IMAGE_RESULT | 1 << 0 | 1 << 1 | 1 << 2,
                               .scratch = scratch_bytes,
                               .run = run};
const gt_kernel gt_cpu_wide_back = {.name = "attention to all, gradient",
                                    .layout = GT_LAYOUT_IMAGES,
                                    .images =
                                        GT_IMAGE_RESULT | 1 << 0 | 1 << 1 | 1 << 2 | 1 << 3,
                                    .scratch = scratch_bytes,
                                    .run = run};
