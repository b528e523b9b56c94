/* conv_strassen.c - 1x1 convolutions and their data gradients by Strassen's algorithm
 * (conv_strassen.h): the weights, or their transpose, times pixels. A chunk of pixels at a
 * time, so that operand and result stay in cache while the sums of weights pass by. Chunks
 * follow from the shapes alone. */
#include "conv_strassen.h"

#include "conv_narrow.h"
#include "team.h"

enum {
    PARTS = GT_STRASSEN_PARTS,
    PRODUCTS = GT_STRASSEN_PRODUCTS,
    TOGETHER = GT_STRASSEN_TOGETHER
};

/* ---- Shapes -------------------------------------------------------------------------------
 */

/* Weights of a part: panels of ROWS blocks of results, of each summed channel those results.
 * Results of a part: (panel, tile, block, pixel, 16). */
enum { ROWS = 2, PANEL = ROWS * GT_BLOCK, UNIT = 4 * PANEL };

static bool applies(const gt_conv_problem *p) {
    return p->w.dim[2] == 1 && p->w.dim[3] == 1 && p->how.pad == 0 && p->how.stride == 1 &&
           p->how.less == 0 && p->how.groups == 1 && p->x_blocked && p->y_blocked &&
           p->w.dim[0] % UNIT == 0 && p->w.dim[1] % UNIT == 0 && p->x.dim[0] > 0;
}

/* Channels of the result and those that are summed, of a part. */
static int64_t results_of(const gt_conv_problem *p) {
    return p->w.dim[p->kind == GT_CONV_DATA ? 1 : 0] / 4;
}

static int64_t summed_of(const gt_conv_problem *p) {
    return p->w.dim[p->kind == GT_CONV_DATA ? 0 : 1] / 4;
}

static int64_t quarter_of(const gt_conv_problem *p) {
    return gt_strassen_quarter(p->x.dim[0] * p->x.dim[2] * p->x.dim[3]);
}

static int64_t chunks_of(const gt_conv_problem *p) {
    int64_t chunk = 4 * quarter_of(p);
    return (p->x.dim[0] * p->x.dim[2] * p->x.dim[3] + chunk - 1) / chunk;
}

static size_t weights_bytes(const gt_conv_problem *p) {
    int64_t length = gt_strassen_length(gt_shape_count(p->w) / PARTS);
    return p->kind == GT_CONV_WEIGHTS ? 0 : (size_t)length * sizeof(float);
}

/* Floats of a worker: the chunk, its results, two sums. */
static int64_t area_length(const gt_conv_problem *p) {
    int64_t quarter = quarter_of(p), summed = summed_of(p) * quarter;
    return gt_strassen_length(summed) + gt_strassen_length(results_of(p) * quarter) +
           2 * summed;
}

static size_t scratch_bytes(const gt_conv_problem *p, int threads) {
    if (p->kind == GT_CONV_WEIGHTS) return gt_strassen_weights_scratch(p, threads);
    int64_t sums = gt_strassen_at(PRODUCTS, results_of(p) * summed_of(p));
    int64_t totals = p->totals ? chunks_of(p) * p->x.dim[1] : 0;
    int64_t given = p->x_parts ? threads * gt_narrow_given_area(p) : 0;
    return (size_t)(sums + totals + threads * area_length(p) + given) * sizeof(float);
}

/* ---- Weights ------------------------------------------------------------------------------
 */

typedef struct preparation {
    const gt_conv_problem *p;
    const float *w;
    float *prepared;
} preparation;

/* Sixteen results of sixteen summed channels. */
static void prepare_square(const preparation *s, int64_t result, int64_t summed, float *to) {
    int64_t row = s->p->w.dim[1];
    if (s->p->kind == GT_CONV_FORWARD) {
        gt_turn_square(s->w + result * row + summed, row, to, PANEL);
        return;
    }
    for (int64_t k = 0; k < GT_BLOCK; k++)
        gt_store(to + k * PANEL, gt_load(s->w + (summed + k) * row + result));
}

static void prepare_part(void *self, int64_t part, int worker) {
    const preparation *s = self;
    int64_t results = results_of(s->p), summed = summed_of(s->p);
    int64_t first_result = gt_strassen_row((int)part) * results;
    int64_t first_summed = gt_strassen_column((int)part) * summed;
    float *to = s->prepared + gt_strassen_at((int)part, results * summed);
    for (int64_t r = 0; r < results; r += GT_BLOCK)
        for (int64_t k = 0; k < summed; k += GT_BLOCK)
            prepare_square(s, first_result + r, first_summed + k,
                           to + (r / PANEL * summed + k) * PANEL + r % PANEL);
}

static void prepare(const gt_conv_problem *p, const float *w, float *prepared, int threads) {
    preparation s = {p, w, prepared};
    int64_t size = results_of(p) * summed_of(p);
    gt_team_run(threads, PARTS, prepare_part, &s);
    for (int64_t i = 0; i < size; i += GT_BLOCK) {
        gt_vector v[PARTS];
#pragma GCC unroll 16
        for (int k = 0; k < PARTS; k++) v[k] = gt_load(prepared + gt_strassen_at(k, size) + i);
        gt_strassen_change(GT_STRASSEN_LEFT, v);
#pragma GCC unroll 16
        for (int k = 0; k < PARTS; k++) gt_store(prepared + gt_strassen_at(k, size) + i, v[k]);
    }
}

/* ---- Work -------------------------------------------------------------------------------- */

typedef struct job {
    const gt_conv_problem *p;
    gt_strassen_images from, to;
    gt_narrow_job given;                          /* what makes images that are not there */
    const float *images, *prepared, *bias, *mask; /* mask: NULL without one */
    float *result, *sums, *area;
    float *totals; /* of every chunk those of its channels; NULL where nobody asks */
    const float *weights[PRODUCTS];
    gt_strassen_sum right[PRODUCTS], out[PRODUCTS];
    int64_t quarter; /* pixels of a part of a chunk */
    int threads;
    bool accumulate, streams; /* streams: results go past the caches */
} job;

/* TOGETHER pixels of one block of every quarter of the results, back from the basis, and added
 * to the totals of every quarter. */
static inline __attribute__((always_inline)) void
scatter_tile(const job *j, const bool masks, const bool streams, const float *from,
             int64_t block, const int64_t *places, gt_vector total[4]) {
    int64_t blocks = results_of(j->p) / GT_BLOCK;
    int64_t next = gt_strassen_at(1, results_of(j->p) * j->quarter);
    for (int q = 0; q < TOGETHER; q++) {
        gt_vector v[PARTS];
#pragma GCC unroll 16
        for (int i = 0; i < PARTS; i++) v[i] = gt_load(from + i * next + q * GT_BLOCK);
        gt_strassen_change(GT_STRASSEN_RESULT, v);
#pragma GCC unroll 16
        for (int i = 0; i < PARTS; i++) {
            int64_t at = places[gt_strassen_column(i) * j->quarter + q];
            int64_t to_block = gt_strassen_row(i) * blocks + block;
            float *to = j->result + to_block * j->to.area * GT_BLOCK + at;
            if (at < 0) continue;
            if (j->bias) v[i] += gt_load(j->bias + to_block * GT_BLOCK);
            if (j->accumulate) v[i] += gt_load(to);
            if (masks) v[i] = gt_masked(v[i], gt_load(to - j->result + j->mask));
            if (masks) total[gt_strassen_row(i)] += v[i];
            if (j->p->clip) v[i] = gt_clip(v[i]);
            if (streams)
                gt_stream(to, v[i]);
            else
                gt_store(to, v[i]);
        }
    }
}

static void scatter(const job *j, const gt_strassen_places *places, const float *parts,
                    float *totals) {
    int64_t blocks = results_of(j->p) / GT_BLOCK, tiles = j->quarter / TOGETHER;
    for (int64_t b = 0; b < blocks; b++) {
        gt_vector total[4] = {{0}};
        for (int64_t tile = 0; tile < tiles; tile++) {
            int64_t at = (b / ROWS * tiles + tile) * ROWS + b % ROWS;
            const float *from = parts + at * TOGETHER * GT_BLOCK;
            const int64_t *to = places->at + tile * TOGETHER;
            if (j->mask && j->streams)
                scatter_tile(j, true, true, from, b, to, total);
            else if (j->mask)
                scatter_tile(j, true, false, from, b, to, total);
            else if (j->streams)
                scatter_tile(j, false, true, from, b, to, total);
            else
                scatter_tile(j, false, false, from, b, to, total);
        }
        for (int64_t row = 0; totals && row < 4; row++)
            gt_store(totals + (row * blocks + b) * GT_BLOCK, total[row]);
    }
    if (j->streams) gt_stream_end();
}

/* ---- Products -----------------------------------------------------------------------------
 */

static inline __attribute__((always_inline)) gt_vector sum_pair(gt_strassen_pair of,
                                                                const gt_vector *v) {
    return of.sign == 0  ? v[of.first]
           : of.sign > 0 ? v[of.first] + v[of.second]
                         : v[of.first] - v[of.second];
}

/* Sixteen numbers of all sums that are not one part alone. */
static void add_weights_at(const job *j, int64_t i, int64_t size) {
    const gt_strassen_pair *level = gt_strassen_level[GT_STRASSEN_LEFT];
    gt_vector v[PARTS];
#pragma GCC unroll 16
    for (int k = 0; k < PARTS; k++) v[k] = gt_load(j->prepared + gt_strassen_at(k, size) + i);
#pragma GCC unroll 7
    for (int outer = 0; outer < 7; outer++) {
        gt_vector of[4];
#pragma GCC unroll 4
        for (int k = 0; k < 4; k++)
            of[k] = sum_pair(level[outer], (gt_vector[]){v[k], v[4 + k], v[8 + k], v[12 + k]});
#pragma GCC unroll 7
        for (int inner = 0; inner < 7; inner++)
            if (level[outer].sign || level[inner].sign)
                gt_store(j->sums + gt_strassen_at(7 * outer + inner, size) + i,
                         sum_pair(level[inner], of));
    }
}

static void add_weights(void *self, int64_t begin, int64_t end) {
    const job *j = self;
    for (int64_t i = begin; i < end; i++)
        add_weights_at(j, i * GT_BLOCK, results_of(j->p) * summed_of(j->p));
}

static const float *weights_of(const job *j, int product) {
    int64_t size = results_of(j->p) * summed_of(j->p);
    gt_strassen_sum sum = gt_strassen_sum_of(GT_STRASSEN_LEFT, product);
    return sum.count == 1 ? j->prepared + gt_strassen_at(sum.part[0], size)
                          : j->sums + gt_strassen_at(product, size);
}

/* What is done beside the products of a tile: for every eight channels two lines of weights and
 * one of each of two runs of pixels are asked for, and sixteen numbers of the next operand are
 * added up. */
enum { STEP = 8 };

typedef struct aside {
    const float *weights, *pixels, *others;
    gt_strassen_operand *operand;
} aside;

/* A panel of results at TOGETHER pixels. */
static inline __attribute__((always_inline)) void multiply(int64_t summed, const float *w,
                                                           const float *x, const aside *beside,
                                                           gt_vector sum[ROWS * TOGETHER]) {
    const float *weights = beside->weights, *pixels = beside->pixels, *others = beside->others;
    gt_strassen_operand next = *beside->operand;
#pragma GCC unroll 32
    for (int i = 0; i < ROWS * TOGETHER; i++) sum[i] = (gt_vector){0};
    for (int64_t k = 0; k < summed; k += STEP) {
        __builtin_prefetch(weights);
        __builtin_prefetch(weights + GT_BLOCK);
        __builtin_prefetch(pixels);
        __builtin_prefetch(others);
        weights += 2 * GT_BLOCK, pixels += GT_BLOCK, others += GT_BLOCK;
        gt_strassen_go_on(&next);
        for (int l = 0; l < STEP; l++, w += PANEL) {
            gt_vector first = gt_load(w), second = gt_load(w + GT_BLOCK);
#pragma GCC unroll 16
            for (int q = 0; q < TOGETHER; q++) {
                sum[q] += x[q * GT_BLOCK + l] * first;
                sum[TOGETHER + q] += x[q * GT_BLOCK + l] * second;
            }
        }
        x += k % GT_BLOCK == 0 ? STEP : TOGETHER * GT_BLOCK - STEP;
    }
    beside->operand->done = next.done;
}

/* Where a tile of a product goes, and how: the first one is set. */
typedef enum change { SET, ADD, SUBTRACT } change;

typedef struct target {
    float *to;
    change how;
} target;

static inline __attribute__((always_inline)) void put(const gt_vector sum[ROWS * TOGETHER],
                                                      float *to, const change how) {
#pragma GCC unroll 32
    for (int i = 0; i < ROWS * TOGETHER; i++, to += GT_BLOCK)
        gt_store(to, how == SET   ? sum[i]
                     : how == ADD ? gt_load(to) + sum[i]
                                  : gt_load(to) - sum[i]);
}

static __attribute__((noinline)) void multiply_tile(int64_t summed, const float *w,
                                                    const float *x, const target *targets,
                                                    int count, const aside *beside) {
    gt_vector sum[ROWS * TOGETHER];
    for (int k = 0; k < count; k++)
        for (int i = 0; i < ROWS * TOGETHER; i++)
            __builtin_prefetch(targets[k].to + i * GT_BLOCK, 1);
    multiply(summed, w, x, beside, sum);
    for (int k = 0; k < count; k++) {
        if (targets[k].how == SET)
            put(sum, targets[k].to, SET);
        else if (targets[k].how == ADD)
            put(sum, targets[k].to, ADD);
        else
            put(sum, targets[k].to, SUBTRACT);
    }
}

/* A chunk on its way. Lines are asked for beside its last products, so that the second cache
 * still has them when all are done. */
typedef struct chunk {
    float *out;
    unsigned held; /* which parts of the results have something */
    int last;      /* the first one of those products */
    gt_strassen_lines soon, to, mask;
} chunk;

static int last_products(const job *j, const chunk *c) {
    int64_t runs =
        gt_strassen_runs(&c->soon) + gt_strassen_runs(&c->to) + gt_strassen_runs(&c->mask);
    int64_t each = 2 * results_of(j->p) / PANEL * j->quarter / TOGETHER;
    int64_t products = (runs + each - 1) / each;
    return products < PRODUCTS ? PRODUCTS - (int)products : 0;
}

static const float *next_lines(chunk *c, int product, const float *otherwise) {
    if (product < c->last) return otherwise;
    const float *lines = gt_strassen_next_lines(&c->soon, NULL);
    if (!lines) lines = gt_strassen_next_lines(&c->to, NULL);
    return lines ? lines : gt_strassen_next_lines(&c->mask, otherwise);
}

static int targets_of(const job *j, int product, chunk *c, target *targets) {
    const gt_strassen_sum *sum = &j->out[product];
    for (int k = 0; k < sum->count; k++) {
        bool is_held = c->held >> sum->part[k] & 1;
        targets[k].to = c->out + gt_strassen_at(sum->part[k], results_of(j->p) * j->quarter);
        targets[k].how = !is_held ? SET : sum->sign[k] > 0 ? ADD : SUBTRACT;
        c->held |= 1u << sum->part[k];
    }
    return sum->count;
}

static void multiply_product(const job *j, int product, const float *x,
                             gt_strassen_operand *next, chunk *c) {
    int64_t panels = results_of(j->p) / PANEL, summed = summed_of(j->p);
    int64_t tiles = j->quarter / TOGETHER, lines = summed * ROWS / tiles;
    const float *w = j->weights[product];
    target targets[GT_STRASSEN_TERMS];
    int count = targets_of(j, product, c, targets);
    for (int64_t panel = 0; panel < panels; panel++, w += summed * PANEL) {
        const float *soon = panel + 1 < panels
                                ? w + summed * PANEL
                                : j->weights[product < PRODUCTS - 1 ? product + 1 : 0];
        for (int64_t tile = 0; tile < tiles; tile++) {
            aside beside = {soon + tile * lines * GT_BLOCK, next_lines(c, product, w),
                            next_lines(c, product, w), next};
            multiply_tile(summed, w, x + tile * summed * TOGETHER, targets, count, &beside);
            for (int k = 0; k < count; k++) targets[k].to += PANEL * TOGETHER;
        }
    }
}

/* A chunk of images to parts in the basis. */
static void take_chunk(const job *j, int64_t number, int worker, float *parts) {
    if (j->p->x_parts) {
        gt_narrow_give(&j->given, number, worker, parts);
        return;
    }
    gt_strassen_places from = gt_strassen_places_of(&j->from, number, j->quarter);
    gt_strassen_gather(&j->from, j->images, &from, GT_STRASSEN_RIGHT, false, parts);
}

static gt_strassen_operand begin(const job *j, const float *parts, int product, float *rooms) {
    int64_t size = summed_of(j->p) * j->quarter;
    return gt_strassen_begin(&j->right[product], parts, gt_strassen_at(1, size), size,
                             rooms + product % 2 * size);
}

static void run_chunk(void *self, int64_t number, int worker) {
    const job *j = self;
    int64_t results = gt_strassen_length(results_of(j->p) * j->quarter);
    float *out = j->area + worker * area_length(j->p), *rooms = out + results;
    float *parts = rooms + 2 * summed_of(j->p) * j->quarter;
    gt_strassen_places to = gt_strassen_places_of(&j->to, number, j->quarter),
                       soon = gt_strassen_places_of(&j->from, number + j->threads, j->quarter);
    const float *images = j->p->x_parts ? NULL : j->images;
    chunk c = {.out = out,
               .soon = gt_strassen_lines_of(&j->from, images, &soon, summed_of(j->p) / STEP),
               .to = gt_strassen_lines_of(&j->to, j->streams ? NULL : j->result, &to,
                                          summed_of(j->p) / STEP),
               .mask = gt_strassen_lines_of(&j->to, j->mask, &to, summed_of(j->p) / STEP)};
    c.last = last_products(j, &c);
    take_chunk(j, number, worker, parts);
    gt_strassen_operand this = begin(j, parts, 0, rooms), next;
    for (int product = 0; product < PRODUCTS; product++, this = next) {
        const float *right = gt_strassen_finish(&this);
        int coming = product + 1 < PRODUCTS ? product + 1 : 0; /* the first one is a part */
        next = begin(j, parts, coming, rooms);
        multiply_product(j, product, right, &next, &c);
    }
    if (j->p->x_parts)
        to = gt_strassen_places_given(&j->to, j->p->y.dim[3], number, j->quarter);
    scatter(j, &to, out, j->totals ? j->totals + number * j->p->x.dim[1] : NULL);
}

/* Whether results are so many that no cache has them when they are read, and memory would read
 * them for nothing before they are overwritten. */
static bool streams(const gt_conv_problem *p, const float *result) {
    enum { MANY = 1 << 22 };
    return results_of(p) * 4 * p->x.dim[0] * p->x.dim[2] * p->x.dim[3] >= MANY &&
           (uintptr_t)result % (GT_BLOCK * sizeof *result) == 0;
}

static gt_status run(const gt_conv_problem *p, const float *a, const float *b,
                     const gt_conv_beside *beside, float *result, bool accumulate,
                     void *scratch, int threads, gt_error *err) {
    if (p->kind == GT_CONV_WEIGHTS) {
        gt_strassen_weights_run(p, a, b, result, accumulate, scratch, threads);
        return GT_OK;
    }
    enum { GRAIN = 256 };
    int64_t area = p->x.dim[2] * p->x.dim[3], pixels = p->x.dim[0] * area;
    job j = {.p = p,
             .from = {4 * summed_of(p) / GT_BLOCK, area, pixels},
             .to = {4 * results_of(p) / GT_BLOCK, area, pixels},
             .images = a,
             .prepared = b,
             .bias = beside->bias,
             .mask = p->mask ? beside->mask : NULL,
             .result = result,
             .sums = scratch,
             .quarter = quarter_of(p),
             .threads = threads,
             .accumulate = accumulate || p->accumulate};
    j.streams = !j.accumulate && streams(p, result);
    j.area = j.sums + gt_strassen_at(PRODUCTS, results_of(p) * summed_of(p));
    float *behind = j.area + threads * area_length(p);
    if (p->totals) j.totals = behind;
    if (p->x_parts) j.given = gt_narrow_given(p, a, behind);
    for (int k = 0; k < PRODUCTS; k++) {
        j.weights[k] = weights_of(&j, k);
        j.right[k] = gt_strassen_sum_of(GT_STRASSEN_RIGHT, k);
        j.out[k] = gt_strassen_sum_of(GT_STRASSEN_RESULT, k);
    }
    gt_team_range(threads, results_of(p) * summed_of(p) / GT_BLOCK, GRAIN, add_weights, &j);
    gt_team_run(threads, chunks_of(p), run_chunk, &j);
    if (p->totals) gt_conv_add_totals(j.totals, chunks_of(p), p->x.dim[1], beside->totals);
    return GT_OK;
}

static bool masks(const gt_conv_problem *p) {
    return true;
}

static bool takes_parts(const gt_conv_problem *p) {
    return p->kind == GT_CONV_FORWARD && p->w.dim[0] == p->w.dim[1] &&
           gt_strassen_given(p->x) > 0;
}

const gt_conv_own gt_conv_strassen = {.name = "strassen",
                                      .clips = true,
                                      .masks = masks,
                                      .takes_parts = takes_parts,
                                      .applies = applies,
                                      .weights_bytes = weights_bytes,
                                      .scratch = scratch_bytes,
                                      .prepare = prepare,
                                      .run = run};
