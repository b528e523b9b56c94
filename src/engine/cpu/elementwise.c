/* elementwise.c - the interpreter of fused elementwise programs. The loops below are written to
 * vectorise; the file is compiled with GT_VECTOR_FLAGS. */
#include "program.h"

#include <math.h>
#include <string.h>
#include <unistd.h>
#ifdef __AVX512F__
#include <immintrin.h>
#endif

#include "kernels.h"
#include "team.h"
#include "vecmath.h"

enum { GT_CHUNK = 1024 }; /* floats of a register: all of a program's stay in the first cache */

/* ---- One instruction over n floats --------------------------------------------------------
 */

#define EACH(expression)                                 \
    do {                                                 \
        for (int i = 0; i < n; i++) o[i] = (expression); \
    } while (0)

static void gelu_both(int n, const float *restrict a, float *restrict o,
                      float *restrict slope) {
    for (int i = 0; i < n; i++) {
        gt_normal normal = gt_normalf(a[i]);
        o[i] = a[i] * normal.cdf;
        slope[i] = fmaf(a[i], normal.density, normal.cdf);
    }
}

static float gelu(float x) {
    return x * gt_normalf(x).cdf;
}

static float gelu_slope(float x) {
    gt_normal normal = gt_normalf(x);
    return fmaf(x, normal.density, normal.cdf);
}

/* max and min as comparisons that let a NaN of either side through. */
static float larger(float a, float b) {
    return a > b || a != a ? a : b;
}
static float smaller(float a, float b) {
    return a < b || a != a ? a : b;
}

static void apply(const gt_instruction *in, int n, const float *restrict a,
                  const float *restrict b, const float *restrict c, float *restrict o) {
    float scale = (float)in->attr->scale, shift = (float)in->attr->shift;
    switch (in->op) {
    case GT_OP_NEG:
        EACH(-a[i]);
        break;
    case GT_OP_ABS:
        EACH(fabsf(a[i]));
        break;
    case GT_OP_EXP:
        EACH(gt_expf(a[i]));
        break;
    case GT_OP_LOG:
        EACH(gt_logf(a[i]));
        break;
    case GT_OP_SQRT:
        EACH(sqrtf(a[i]));
        break;
    case GT_OP_RECIPROCAL:
        EACH(1.0f / a[i]);
        break;
    case GT_OP_SQUARE:
        EACH(a[i] * a[i]);
        break;
    case GT_OP_TANH:
        EACH(gt_tanhf(a[i]));
        break;
    case GT_OP_SIGMOID:
        EACH(gt_sigmoidf(a[i]));
        break;
    case GT_OP_SOFTPLUS:
        EACH(gt_softplusf(a[i]));
        break;
    case GT_OP_RELU:
        EACH(a[i] < 0.0f ? 0.0f : a[i]);
        break;
    case GT_OP_LEAKY_RELU:
        EACH(a[i] > 0.0f ? a[i] : scale * a[i]);
        break;
    case GT_OP_SILU:
        EACH(a[i] / (1.0f + gt_expf(-a[i])));
        break;
    case GT_OP_GELU:
        EACH(gelu(a[i]));
        break;
    case GT_OP_GELU_SLOPE:
        EACH(gelu_slope(a[i]));
        break;
    case GT_OP_STEP:
        EACH(a[i] > 0.0f ? 1.0f : 0.0f);
        break;
    case GT_OP_AFFINE:
        EACH(fmaf(scale, a[i], shift));
        break;
    case GT_OP_ADD:
        EACH(a[i] + b[i]);
        break;
    case GT_OP_SUB:
        EACH(a[i] - b[i]);
        break;
    case GT_OP_MUL:
        EACH(a[i] * b[i]);
        break;
    case GT_OP_DIV:
        EACH(a[i] / b[i]);
        break;
    case GT_OP_MAX:
        EACH(larger(a[i], b[i]));
        break;
    case GT_OP_MIN:
        EACH(smaller(a[i], b[i]));
        break;
    case GT_OP_LESS:
        EACH(a[i] < b[i] ? 1.0f : 0.0f);
        break;
    case GT_OP_SELECT:
        EACH(a[i] != 0.0f ? b[i] : c[i]);
        break;
    case GT_OP_BROADCAST:
        EACH(a[i]);
        break; /* a copy: the view did the work */
    default:
        GT_ASSERT(!"an elementwise instruction");
    }
}

/* ---- Loading and summing strided chunks ----------------------------------------------------
 */

/* Position of a chunk in the iteration space. */
typedef struct gt_place {
    int64_t index[GT_LOOP_RANK];
} gt_place;

static gt_place place_of(const gt_program *p, int64_t linear) {
    gt_place place;
    for (int d = p->rank - 1; d >= 0; d--) {
        place.index[d] = linear % p->dim[d];
        linear /= p->dim[d];
    }
    return place;
}

static int64_t offset_at(const int64_t *stride, const gt_place *place, int rank) {
    int64_t offset = 0;
    for (int d = 0; d < rank; d++) offset += place->index[d] * stride[d];
    return offset;
}

/* Advances by `step` along the innermost dimension, which must not pass its end by more than
 * carry. */
static void advance(const gt_program *p, gt_place *place, int64_t step) {
    int d = p->rank - 1;
    place->index[d] += step;
    while (d > 0 && place->index[d] >= p->dim[d]) {
        place->index[d] = 0;
        place->index[--d]++;
    }
}

enum { LANES = 16 };

/* Whether a chunk walks whole pixels of blocked images along which the operand has one value
 * (or one sum) a channel. */
static bool by_channel(const gt_program *p, const int64_t *stride, int64_t start, int n) {
    return p->rank >= 2 && p->dim[p->rank - 1] == LANES && stride[p->rank - 1] == 1 &&
           stride[p->rank - 2] == 0 && start % LANES == 0 && n % LANES == 0;
}

/* Advances by whole pixels, the dimension before the lanes; not past its end. */
static void advance_pixels(const gt_program *p, gt_place *place, int64_t pixels) {
    int d = p->rank - 2;
    place->index[d] += pixels;
    while (d > 0 && place->index[d] >= p->dim[d]) {
        place->index[d] = 0;
        place->index[--d]++;
    }
}

static void gather_run(float *restrict to, const float *restrict from, int64_t stride,
                       int64_t n) {
    if (stride == 1) {
        for (int64_t i = 0; i < n; i++) to[i] = from[i];
    } else if (stride == 0) {
        float value = from[0];
        for (int64_t i = 0; i < n; i++) to[i] = value;
    } else {
        for (int64_t i = 0; i < n; i++) to[i] = from[i * stride];
    }
}

/* One value a channel of blocked images: sixteen lanes, the same for every pixel. */
static void gather_channels(const gt_program *p, const gt_view *view, int64_t start, int n,
                            float *restrict to) {
    const float *base = (const float *)*view->data + view->offset;
    int pixel = p->rank - 2;
    gt_place place = place_of(p, start);
    for (int done = 0; done < n;) {
        int64_t pixels = p->dim[pixel] - place.index[pixel];
        if (pixels > (n - done) / LANES) pixels = (n - done) / LANES;
        const float *from = base + offset_at(view->stride, &place, p->rank);
        float lanes[LANES];
        for (int j = 0; j < LANES; j++) lanes[j] = from[j];
        for (int64_t i = 0; i < pixels; i++)
            for (int j = 0; j < LANES; j++) to[done + i * LANES + j] = lanes[j];
        done += (int)(pixels * LANES);
        advance_pixels(p, &place, pixels);
    }
}

static void gather(const gt_program *p, const gt_view *view, int64_t start, int n, float *to) {
    if (by_channel(p, view->stride, start, n)) {
        gather_channels(p, view, start, n, to);
        return;
    }
    const float *base = (const float *)*view->data + view->offset;
    gt_place place = place_of(p, start);
    int last = p->rank - 1;
    for (int done = 0; done < n;) {
        int64_t run = p->dim[last] - place.index[last];
        if (run > n - done) run = n - done;
        gather_run(to + done, base + offset_at(view->stride, &place, p->rank),
                   view->stride[last], run);
        done += (int)run;
        advance(p, &place, run);
    }
}

/* The sum of a run; many chains of additions side by side, as one alone waits for each of them.
 */
static double sum_run(const float *from, int64_t n) {
    enum { CHAINS = 32 };
    double part[CHAINS] = {0};
    int64_t i = 0;
    for (; i + CHAINS <= n; i += CHAINS)
        for (int j = 0; j < CHAINS; j++) part[j] += (double)from[i + j];
    for (int j = 0; i + j < n; j++) part[j] += (double)from[i + j];
    for (int half = CHAINS / 2; half > 0; half /= 2)
        for (int j = 0; j < half; j++) part[j] += part[half + j];
    return part[0];
}

static void scatter_sum(const gt_program *p, const gt_fold *sum, int64_t start, int n,
                        const float *from, double *to) {
    gt_place place = place_of(p, start);
    int last = p->rank - 1;
    for (int done = 0; done < n;) {
        int64_t run = p->dim[last] - place.index[last];
        if (run > n - done) run = n - done;
        double *target = to + offset_at(sum->stride, &place, p->rank);
        if (sum->stride[last] == 0) {
            target[0] += sum_run(from + done, run);
        } else {
            int64_t stride = sum->stride[last];
            for (int64_t i = 0; i < run; i++) target[i * stride] += from[done + i];
        }
        done += (int)run;
        advance(p, &place, run);
    }
}

/* Sums of sixteen lanes over pixels; four chains of additions run side by side. */
static void sum_lanes(const float *restrict from, int64_t pixels, double *restrict to) {
    enum { CHAINS = 4 };
    float part[CHAINS * LANES] = {0};
    int64_t i = 0;
    for (; i + CHAINS <= pixels; i += CHAINS)
        for (int j = 0; j < CHAINS * LANES; j++) part[j] += from[i * LANES + j];
    for (; i < pixels; i++)
        for (int j = 0; j < LANES; j++) part[j] += from[i * LANES + j];
    for (int j = 0; j < LANES; j++)
        to[j] += (double)part[j] + part[LANES + j] + part[2 * LANES + j] + part[3 * LANES + j];
}

static void sum_chunk(const gt_program *p, const gt_fold *sum, int64_t start, int n,
                      const float *from, double *to) {
    if (!by_channel(p, sum->stride, start, n)) {
        scatter_sum(p, sum, start, n, from, to);
        return;
    }
    gt_place place = place_of(p, start);
    for (int done = 0; done < n;) {
        int64_t pixels = p->dim[p->rank - 2] - place.index[p->rank - 2];
        if (pixels > (n - done) / LANES) pixels = (n - done) / LANES;
        sum_lanes(from + done, pixels, to + offset_at(sum->stride, &place, p->rank));
        done += (int)(pixels * LANES);
        advance_pixels(p, &place, pixels);
    }
}

/* ---- Storing
 * ---------------------------------------------------------------------------------
 */

/* A result that no cache can hold is written past them, so that no line of it is read before it
 * is overwritten. */
static bool exceeds_caches(int64_t floats) {
    enum { USUAL = 32 << 20 };
    long cache = sysconf(_SC_LEVEL3_CACHE_SIZE);
    return floats * (int64_t)sizeof(float) >= (cache > 0 ? cache : USUAL);
}

#ifdef __AVX512F__
static void stream(float *to, const float *from, int n) {
    int i = 0;
    if ((uintptr_t)to % 64 == 0)
        for (; i + 16 <= n; i += 16) _mm512_stream_ps(to + i, _mm512_loadu_ps(from + i));
    memcpy(to + i, from + i, (size_t)(n - i) * sizeof *to);
}
#else
static void stream(float *to, const float *from, int n) {
    memcpy(to, from, (size_t)n * sizeof *to);
}
#endif

/* ---- Running --------------------------------------------------------------------------------
 */

static bool in_place(const gt_program *p, const gt_view *view) {
    int64_t expected = 1;
    for (int d = p->rank - 1; d >= 0; d--) {
        if (p->dim[d] != 1 && view->stride[d] != expected) return false;
        expected *= p->dim[d];
    }
    return true;
}

static gt_status prepare(gt_call *call, gt_error *err) {
    gt_program *program = call->program;
    int last_use[GT_PROGRAM_REGISTERS] = {0}, free_slots[GT_PROGRAM_REGISTERS];
    int free_count = 0;
    for (int i = 0; i < program->instruction_count; i++) {
        const gt_instruction *in = &program->instructions[i];
        int used[3] = {in->a, in->b, in->c};
        for (int k = 0; k < 3; k++)
            if (used[k] >= 0) last_use[used[k]] = i;
    }
    for (int i = 0; i < program->sum_count; i++)
        last_use[program->sums[i].source] = program->instruction_count;
    program->slots = 0;
    program->streams = exceeds_caches(program->total);
    for (int r = 0; r < program->register_count; r++) {
        gt_register *reg = &program->registers[r];
        reg->slot = -1;
        if (reg->kind == GT_REGISTER_FILL ||
            (reg->kind == GT_REGISTER_VIEW && !in_place(program, &reg->view)))
            reg->slot = program->slots++;
    }
    for (int i = 0; i < program->instruction_count; i++) {
        const gt_instruction *in = &program->instructions[i];
        int results[2] = {in->result, in->second};
        for (int k = 0; k < 2; k++) {
            if (results[k] < 0) continue;
            gt_register *reg = &program->registers[results[k]];
            if (reg->output && program->streams)
                reg->slot = program->slots++;
            else if (!reg->output)
                reg->slot = free_count > 0 ? free_slots[--free_count] : program->slots++;
        }
        for (int r = 0; r < program->register_count; r++) {
            gt_register *reg = &program->registers[r];
            if (reg->kind == GT_REGISTER_SCRATCH && !reg->output && reg->slot >= 0 &&
                last_use[r] == i && r != in->result && r != in->second)
                free_slots[free_count++] = reg->slot;
        }
    }
    program->accumulators = 0;
    for (int i = 0; i < program->sum_count; i++) {
        program->sums[i].scratch = program->accumulators;
        program->accumulators += program->sums[i].count;
    }
    return GT_OK;
}

/* ---- Sharing out --------------------------------------------------------------------------
 */

/* Parts of a run: they follow from the number of threads asked for, and each has accumulators
 * of its own, so that sums do not depend on who does what. */
static int64_t parts_of(const gt_program *p, int threads) {
    enum { LEAST = 4, EACH = 2 }; /* chunks of a part, parts for a thread */
    int64_t chunks = (p->total + GT_CHUNK - 1) / GT_CHUNK;
    int64_t most = p->accumulators * 16 > p->total ? threads : (int64_t)threads * EACH;
    int64_t parts = chunks / LEAST;
    if (threads == 1 || parts < 2) return 1;
    return parts < most ? parts : most;
}

static size_t round_up(size_t bytes) {
    return (bytes + 63) / 64 * 64;
}

static size_t slot_bytes(const gt_program *p) {
    return round_up((size_t)p->slots * GT_CHUNK * sizeof(float));
}

static size_t sum_bytes(const gt_program *p) {
    return round_up((size_t)p->accumulators * sizeof(double));
}

static size_t scratch_bytes(const gt_call *call) {
    const gt_program *program = call->program;
    int threads = call->threads;
    return (size_t)threads * slot_bytes(program) +
           (size_t)parts_of(program, threads) * sum_bytes(program);
}

static void run_chunk(const gt_program *p, int64_t start, int n, float *slots, const float **in,
                      float **out, double *accumulators) {
    for (int r = 0; r < p->register_count; r++) {
        const gt_register *reg = &p->registers[r];
        float *scratch = slots + (int64_t)reg->slot * GT_CHUNK;
        if (reg->kind == GT_REGISTER_VIEW && reg->slot < 0) {
            in[r] = (const float *)*reg->view.data + reg->view.offset + start;
        } else if (reg->kind == GT_REGISTER_VIEW) {
            gather(p, &reg->view, start, n, scratch);
            in[r] = scratch;
        } else if (reg->kind == GT_REGISTER_FILL) {
            in[r] = scratch;
        } else {
            out[r] = reg->output && !p->streams ? (float *)*reg->output + start : scratch;
            in[r] = out[r];
        }
    }
    for (int i = 0; i < p->instruction_count; i++) {
        const gt_instruction *ins = &p->instructions[i];
        if (ins->second >= 0) {
            gelu_both(n, in[ins->a], out[ins->result], out[ins->second]);
        } else {
            apply(ins, n, in[ins->a], ins->b >= 0 ? in[ins->b] : NULL,
                  ins->c >= 0 ? in[ins->c] : NULL, out[ins->result]);
        }
    }
    for (int i = 0; i < p->sum_count; i++)
        sum_chunk(p, &p->sums[i], start, n, in[p->sums[i].source],
                  accumulators + p->sums[i].scratch);
    for (int r = 0; p->streams && r < p->register_count; r++)
        if (p->registers[r].output) stream((float *)*p->registers[r].output + start, in[r], n);
}

typedef struct program_run {
    const gt_program *program;
    int threads;
    int64_t parts;
    char *scratch;
} program_run;

static double *accumulators_of(const program_run *r, int64_t part) {
    size_t at = (size_t)r->threads * slot_bytes(r->program);
    return (double *)(void *)(r->scratch + at + (size_t)part * sum_bytes(r->program));
}

/* A part is a stretch of whole chunks, apart from the very end. */
static void run_part(void *self, int64_t part, int worker) {
    const program_run *r = self;
    const gt_program *p = r->program;
    const float *in[GT_PROGRAM_REGISTERS];
    float *out[GT_PROGRAM_REGISTERS];
    float *slots = (float *)(void *)(r->scratch + (size_t)worker * slot_bytes(p));
    double *accumulators = accumulators_of(r, part);
    memset(accumulators, 0, (size_t)p->accumulators * sizeof(double));
    for (int i = 0; i < p->register_count; i++)
        if (p->registers[i].kind == GT_REGISTER_FILL)
            for (int k = 0; k < GT_CHUNK; k++)
                slots[(int64_t)p->registers[i].slot * GT_CHUNK + k] =
                    (float)p->registers[i].fill;
    int64_t chunks = (p->total + GT_CHUNK - 1) / GT_CHUNK;
    int64_t begin = chunks * part / r->parts, end = chunks * (part + 1) / r->parts;
    for (int64_t chunk = begin; chunk < end; chunk++) {
        int64_t start = chunk * GT_CHUNK;
        int n = (int)(p->total - start < GT_CHUNK ? p->total - start : GT_CHUNK);
        run_chunk(p, start, n, slots, in, out, accumulators);
    }
}

/* Accumulators [begin, end) of all sums, over the parts in their order. */
static void finish_sums(void *self, int64_t begin, int64_t end) {
    const program_run *r = self;
    for (int i = 0; i < r->program->sum_count; i++) {
        const gt_fold *sum = &r->program->sums[i];
        int64_t from = begin > sum->scratch ? begin : sum->scratch;
        int64_t to = end < sum->scratch + sum->count ? end : sum->scratch + sum->count;
        for (int64_t j = from; j < to; j++) {
            double total = 0;
            for (int64_t part = 0; part < r->parts; part++)
                total += accumulators_of(r, part)[j];
            ((float *)*sum->data)[j - sum->scratch] = (float)total;
        }
    }
}

static gt_status run(const gt_call *call, gt_error *err) {
    enum { GRAIN = 1 << 13 };
    const gt_program *p = call->program;
    int threads = call->threads;
    program_run r = {p, threads, parts_of(p, threads), call->scratch};
    gt_team_run(threads, r.parts, run_part, &r);
    if (p->sum_count) gt_team_range(threads, p->accumulators, GRAIN, finish_sums, &r);
    return GT_OK;
}

const gt_kernel gt_cpu_elementwise = {
    .name = "elementwise", .prepare = prepare, .scratch = scratch_bytes, .run = run};
