/* conv_strassen_chunk.c - see conv_strassen_chunk.h: operand and result of a chunk stay in
 * cache while the sums of weights pass by. */
#include "conv_strassen_chunk.h"

#include "team.h"

enum {
    PARTS = GT_STRASSEN_PARTS,
    PRODUCTS = GT_STRASSEN_PRODUCTS,
    TOGETHER = GT_STRASSEN_TOGETHER,
    ROWS = GT_STRASSEN_ROWS,
    PANEL = GT_STRASSEN_PANEL
};

typedef gt_strassen_job job;

/* ---- Working memory -----------------------------------------------------------------------
 */

int64_t gt_strassen_sums_length(const gt_conv_problem *p) {
    return gt_strassen_at(PRODUCTS, gt_strassen_results(p) * gt_strassen_summed(p));
}

bool gt_strassen_shares_sums(const gt_conv_problem *p, int threads) {
    enum { MOST = 1 << 24 };
    return threads * gt_strassen_sums_length(p) > MOST;
}

/* Of a worker: whether its sums of weights are made; they, unless they are shared; the results
 * of a chunk; two sums of pixels; the chunk. */
static int64_t own_sums(const gt_conv_problem *p, int threads) {
    return gt_strassen_shares_sums(p, threads) ? 0 : gt_strassen_sums_length(p);
}

int64_t gt_strassen_area(const gt_conv_problem *p, int64_t quarter, int threads) {
    int64_t summed = gt_strassen_summed(p) * quarter;
    return GT_BLOCK + own_sums(p, threads) +
           gt_strassen_length(gt_strassen_results(p) * quarter) + 2 * summed +
           gt_strassen_length(summed);
}

/* ---- Results ------------------------------------------------------------------------------
 */

/* TOGETHER pixels of one block of every quarter of the results, back from the basis, and added
 * to the totals of every quarter. */
static inline __attribute__((always_inline)) void
scatter_tile(const job *j, const bool masks, const bool streams, const float *from,
             int64_t block, const int64_t *places, gt_vector total[4]) {
    int64_t blocks = gt_strassen_results(j->p) / GT_BLOCK;
    int64_t next = gt_strassen_at(1, gt_strassen_results(j->p) * j->quarter);
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
    int64_t blocks = gt_strassen_results(j->p) / GT_BLOCK, tiles = j->quarter / TOGETHER;
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
static void add_weights_at(const job *j, int64_t i, int64_t size, float *sums) {
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
                gt_store(sums + gt_strassen_at(7 * outer + inner, size) + i,
                         sum_pair(level[inner], of));
    }
}

static void add_shared(void *self, int64_t begin, int64_t end) {
    const job *j = self;
    int64_t size = gt_strassen_results(j->p) * gt_strassen_summed(j->p);
    for (int64_t i = begin; i < end; i++) add_weights_at(j, i * GT_BLOCK, size, j->sums);
}

void gt_strassen_add_weights(gt_strassen_job *j) {
    enum { GRAIN = 256 };
    int64_t size = gt_strassen_results(j->p) * gt_strassen_summed(j->p);
    gt_team_range(j->threads, size / GT_BLOCK, GRAIN, add_shared, j);
}

/* Each worker makes all sums for itself, once: it has them in its own caches then, where those
 * that others made would have to come from theirs. */
static void add_own(const job *j, float *is_made, float *sums) {
    int64_t size = gt_strassen_results(j->p) * gt_strassen_summed(j->p);
    if (*is_made != 0) return;
    for (int64_t i = 0; i < size; i += GT_BLOCK) add_weights_at(j, i, size, sums);
    *is_made = 1;
}

static const float *weights_of(const job *j, int product, const float *sums) {
    int64_t size = gt_strassen_results(j->p) * gt_strassen_summed(j->p);
    const gt_strassen_sum *sum = &j->left[product];
    return sum->count == 1 ? j->prepared + gt_strassen_at(sum->part[0], size)
                           : sums + gt_strassen_at(product, size);
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
    const float *sums; /* of weights */
    float *out;
    unsigned held; /* which parts of the results have something */
    int last;      /* the first one of those products */
    gt_strassen_lines soon, to, mask;
} chunk;

static int last_products(const job *j, const chunk *c) {
    int64_t runs =
        gt_strassen_runs(&c->soon) + gt_strassen_runs(&c->to) + gt_strassen_runs(&c->mask);
    int64_t each = 2 * gt_strassen_results(j->p) / PANEL * j->quarter / TOGETHER;
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
        targets[k].to =
            c->out + gt_strassen_at(sum->part[k], gt_strassen_results(j->p) * j->quarter);
        targets[k].how = !is_held ? SET : sum->sign[k] > 0 ? ADD : SUBTRACT;
        c->held |= 1u << sum->part[k];
    }
    return sum->count;
}

static void multiply_product(const job *j, int product, const float *x,
                             gt_strassen_operand *next, chunk *c) {
    int64_t panels = gt_strassen_results(j->p) / PANEL, summed = gt_strassen_summed(j->p);
    int64_t tiles = j->quarter / TOGETHER, lines = summed * ROWS / tiles;
    const float *w = weights_of(j, product, c->sums);
    const float *then = weights_of(j, product < PRODUCTS - 1 ? product + 1 : 0, c->sums);
    target targets[GT_STRASSEN_TERMS];
    int count = targets_of(j, product, c, targets);
    for (int64_t panel = 0; panel < panels; panel++, w += summed * PANEL) {
        const float *soon = panel + 1 < panels ? w + summed * PANEL : then;
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
    int64_t size = gt_strassen_summed(j->p) * j->quarter;
    return gt_strassen_begin(&j->right[product], parts, gt_strassen_at(1, size), size,
                             rooms + product % 2 * size);
}

void gt_strassen_compute(const job *j, int64_t number, int64_t before, int worker) {
    int64_t results = gt_strassen_length(gt_strassen_results(j->p) * j->quarter);
    float *area = j->area + worker * gt_strassen_area(j->p, j->quarter, j->threads),
          *sums = area + GT_BLOCK;
    float *out = sums + own_sums(j->p, j->threads), *rooms = out + results;
    float *parts = rooms + 2 * gt_strassen_summed(j->p) * j->quarter;
    gt_strassen_places to = gt_strassen_places_of(&j->to, number - before, j->quarter),
                       soon = gt_strassen_places_of(&j->from, number + j->threads, j->quarter);
    const float *images = j->p->x_parts ? NULL : j->images;
    if (!j->sums) add_own(j, area, sums);
    chunk c = {
        .sums = j->sums ? j->sums : sums,
        .out = out,
        .soon = gt_strassen_lines_of(&j->from, images, &soon, gt_strassen_summed(j->p) / STEP),
        .to = gt_strassen_lines_of(&j->to, j->streams ? NULL : j->result, &to,
                                   gt_strassen_summed(j->p) / STEP),
        .mask = gt_strassen_lines_of(&j->to, j->mask, &to, gt_strassen_summed(j->p) / STEP)};
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
        to = gt_strassen_places_given(&j->to, j->width, number - before, j->quarter);
    scatter(j, &to, out, j->totals ? j->totals + number * j->p->x.dim[1] : NULL);
}
