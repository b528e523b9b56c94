/* conv_strassen_deep.c - a third level of Strassen's algorithm: each of the 49 products of
 * parts by seven products of their quarters.
 *
 * The less is summed up in registers, the more of the time goes into what is around it. So the
 * quarters lie as close as they can: the four results of the third level are two panels at two
 * tiles, a square. Of its seven products two share registers where one result is the sum of
 * both, and what goes to the last result stays in the first cache until it is whole:
 *     last: p0 + p4 + p6 + p5     11: p0 + p1     21: p4 + p3     12: p2 - p6
 * Operands get into the basis of the third level on their way, and results out of it when they
 * are scattered (conv_strassen_chunk.c). */
#include "conv_strassen_tile.h"

enum {
    PRODUCTS = GT_STRASSEN_PRODUCTS,
    TOGETHER = GT_STRASSEN_TOGETHER,
    PANEL = GT_STRASSEN_PANEL,
    STEP = GT_STRASSEN_STEP,
    SUMS = GT_STRASSEN_SUMS,
    EVERY = 3 * STEP,      /* summed channels for sixteen numbers of the next operand */
    TILE = SUMS * GT_BLOCK /* floats of a tile of results */
};

typedef gt_strassen_job job;
typedef gt_strassen_chunk chunk;
typedef gt_strassen_target target;

/* The products in their order: two for each of three results, the first one of which goes to
 * the last result as well, and what goes to that one alone. Of 6 the weights are negated. */
enum { THIRD = 7, CHAINS = 4, NEGATED = 6 };
static const int order[THIRD] = {0, 1, 4, 3, NEGATED, 2, 5}, result_of[CHAINS] = {0, 2, 1, 3};

/* ---- Weights ------------------------------------------------------------------------------
 * Of each product of two levels (pair of panels, product in order, summed, 32). */

static int64_t sums_at(const job *j, int product) {
    int64_t size = gt_strassen_results(j->p) * gt_strassen_summed(j->p);
    return gt_strassen_at(product, gt_strassen_seven(size));
}

/* Sixteen numbers of what a product of two levels takes. */
static inline __attribute__((always_inline)) gt_vector
add_parts(const gt_strassen_sum *sum, const float *parts, int64_t next) {
    gt_vector v = gt_load(parts + sum->part[0] * next);
    for (int k = 1; k < sum->count; k++)
        v += sum->sign[k] * gt_load(parts + sum->part[k] * next);
    return v;
}

/* Seven panels of sums, out of four. */
static void add_panels(const job *j, const gt_strassen_sum *sum, const float *panels,
                       float *to) {
    const gt_strassen_pair *level = gt_strassen_level[GT_STRASSEN_LEFT];
    int64_t summed = gt_strassen_summed(j->p), length = summed / 2 * PANEL;
    int64_t next = gt_strassen_at(1, gt_strassen_results(j->p) * summed);
    for (int64_t i = 0; i < length; i += GT_BLOCK) {
        gt_vector v[4];
#pragma GCC unroll 4
        for (int k = 0; k < 4; k++) v[k] = add_parts(sum, panels + k * length + i, next);
        gt_strassen_change_four(GT_STRASSEN_LEFT, v, 1);
#pragma GCC unroll 7
        for (int k = 0; k < THIRD; k++) {
            gt_vector one = gt_strassen_sum_pair(level[order[k]], v);
            gt_store(to + k * length + i, order[k] == NEGATED ? -one : one);
        }
    }
}

void gt_strassen_deep_weights(const job *j, int product, float *sums) {
    int64_t results = gt_strassen_results(j->p), summed = gt_strassen_summed(j->p);
    float *to = sums + sums_at(j, product);
    for (int64_t r = 0; r < results; r += 2 * PANEL)
        add_panels(j, &j->left[product], j->prepared + r * summed,
                   to + gt_strassen_seven(r * summed));
}

/* ---- Pixels -------------------------------------------------------------------------------
 * Seven sums of each product of two levels (pair of tiles, block, pixel, 16), a line behind
 * each. */

static int64_t next_sum(const job *j) {
    return gt_strassen_summed(j->p) * j->quarter / 4 + GT_BLOCK;
}

int64_t gt_strassen_deep_rooms(const gt_conv_problem *p, int64_t quarter) {
    job j = {.p = p, .quarter = quarter};
    return 2 * THIRD * next_sum(&j) + quarter / (2 * TOGETHER) * TILE;
}

/* Signs of what a product of two levels takes; of four parts the last two are a pair like the
 * first two, or its opposite, in all of them. */
enum { ALONE = 0, TWO = 2, FOUR = 4 };

static int signs_of(const gt_strassen_sum *sum) {
    if (sum->count == 1) return ALONE;
    int last_of_pair = sum->sign[1] < 0;
    return sum->count == 2 ? TWO + last_of_pair : FOUR + 2 * (sum->sign[2] < 0) + last_of_pair;
}

/* All seven in the making, beside the product before them. */
typedef struct operand {
    const float *part[GT_STRASSEN_TERMS];
    int signs;
    int64_t half, next;       /* floats of half the channels of a tile, and to the next sum */
    int64_t done, end, pairs; /* floats of each part; to the end of the pair; pairs left */
    float *to;
} operand;

static operand begin(const job *j, const float *parts, int product, float *room) {
    int64_t summed = gt_strassen_summed(j->p), half = summed / 2 * TOGETHER;
    const gt_strassen_sum *sum = &j->right[product];
    operand o = {.signs = signs_of(sum),
                 .half = half,
                 .next = next_sum(j),
                 .end = half,
                 .pairs = j->quarter / (2 * TOGETHER),
                 .to = room};
    for (int k = 0; k < sum->count; k++)
        o.part[k] = parts + gt_strassen_at(sum->part[k], summed * j->quarter);
    return o;
}

/* Sixteen numbers of a part's quarter. */
static inline __attribute__((always_inline)) gt_vector number_at(const operand *o, int part,
                                                                 int quarter) {
    return gt_load(o->part[part] + o->done + (quarter / 2 + quarter % 2 * 2) * o->half);
}

/* Sixteen numbers of each quarter, by what the signs are: they are added without products, for
 * which there is no time beside those of the tiles. */
static inline __attribute__((always_inline)) void
add_quarters(const operand *o, const int signs, gt_vector v[4]) {
#pragma GCC unroll 4
    for (int k = 0; k < 4; k++) {
        v[k] = number_at(o, 0, k);
        if (signs == ALONE) continue;
        v[k] = signs & 1 ? v[k] - number_at(o, 1, k) : v[k] + number_at(o, 1, k);
        if (signs < FOUR) continue;
        gt_vector other = signs & 1 ? number_at(o, 2, k) - number_at(o, 3, k)
                                    : number_at(o, 2, k) + number_at(o, 3, k);
        v[k] = signs & 2 ? v[k] - other : v[k] + other;
    }
}

static inline __attribute__((always_inline)) void take_quarters(const operand *o,
                                                                gt_vector v[4]) {
    if (o->signs == ALONE)
        add_quarters(o, ALONE, v);
    else if (o->signs == TWO)
        add_quarters(o, TWO, v);
    else if (o->signs == TWO + 1)
        add_quarters(o, TWO + 1, v);
    else if (o->signs == FOUR)
        add_quarters(o, FOUR, v);
    else if (o->signs == FOUR + 1)
        add_quarters(o, FOUR + 1, v);
    else if (o->signs == FOUR + 2)
        add_quarters(o, FOUR + 2, v);
    else
        add_quarters(o, FOUR + 3, v);
}

static inline __attribute__((always_inline)) void go_on(operand *o) {
    const gt_strassen_pair *level = gt_strassen_level[GT_STRASSEN_RIGHT];
    if (o->pairs == 0) return;
    gt_vector v[4];
    take_quarters(o, v);
    gt_strassen_change_four(GT_STRASSEN_RIGHT, v, 1);
    float *to = o->to;
    const int64_t next = o->next;
#pragma GCC unroll 7
    for (int k = 0; k < THIRD; k++) gt_store(to + k * next, gt_strassen_sum_pair(level[k], v));
    o->to = to + GT_BLOCK;
    o->done += GT_BLOCK;
    if (o->done == o->end) o->done += 3 * o->half, o->end += 4 * o->half, o->pairs--;
}

/* ---- Products -----------------------------------------------------------------------------
 */

/* What is done beside the products: all weights of the next product of two levels are asked
 * for beside this one, pixels in two runs of lines, and its operand is made. */
typedef struct aside {
    const float *weights, *pixels, *others;
    operand *operand;
} aside;

/* Lines of weights for every STEP channels: each is asked for once while as many go by once for
 * each pair of tiles. */
enum { LINES = STEP * GT_STRASSEN_ROWS / (GT_STRASSEN_MOST / 4 / (2 * TOGETHER)) };

static inline __attribute__((always_inline)) void
multiply(int64_t summed, const float *w, const float *x, aside *beside, gt_vector sum[SUMS]) {
    aside soon = *beside;
    for (int64_t k = 0; k < summed; k += STEP, w += STEP * PANEL) {
#pragma GCC unroll 16
        for (int i = 0; i < LINES; i++) __builtin_prefetch(soon.weights + i * GT_BLOCK);
        __builtin_prefetch(soon.pixels);
        __builtin_prefetch(soon.others);
        soon.weights += LINES * GT_BLOCK;
        soon.pixels += GT_BLOCK, soon.others += GT_BLOCK;
        if (k % EVERY == 0) go_on(soon.operand);
        gt_strassen_step(w, x, sum);
        x += k % GT_BLOCK == 0 ? STEP : TOGETHER * GT_BLOCK - STEP;
    }
    *beside = soon;
}

/* A product of two levels on its way. */
typedef struct work {
    int64_t summed; /* channels of half a part */
    const float *x; /* its seven sums */
    int64_t next;   /* floats from one to the next */
    float *last;    /* the last result of each pair of tiles, before it is whole */
    target targets[GT_STRASSEN_TERMS];
    int count;
} work;

/* The products of a chain at a pair of tiles, `at` floats behind where targets begin. */
static inline __attribute__((always_inline)) void multiply_chain(const work *k, int chain,
                                                                 int64_t pair, const float *w,
                                                                 int64_t at, aside *beside) {
    const float *x = k->x + pair * k->summed * TOGETHER;
    float *last = k->last + pair * TILE;
    gt_vector sum[SUMS];
#pragma GCC unroll 32
    for (int i = 0; i < SUMS; i++) sum[i] = (gt_vector){0};
    multiply(k->summed, w, x + order[2 * chain] * k->next, beside, sum);
    if (chain == CHAINS - 1) {
#pragma GCC unroll 32
        for (int i = 0; i < SUMS; i++) sum[i] += gt_load(last + i * GT_BLOCK);
    } else {
        bool is_negated = order[2 * chain] == NEGATED;
        gt_strassen_how how = is_negated ? GT_STRASSEN_SUBTRACT : GT_STRASSEN_ADD;
        target to = {last, chain == 0 ? GT_STRASSEN_SET : how};
        gt_strassen_put_all(sum, &to, 1, 0);
        multiply(k->summed, w + k->summed * PANEL, x + order[2 * chain + 1] * k->next, beside,
                 sum);
    }
    gt_strassen_put_all(sum, k->targets, k->count, at);
}

/* Two panels at all tiles. */
static __attribute__((noinline)) void multiply_panels(const job *j, const work *k, int product,
                                                      const float *w, int64_t to, aside *beside,
                                                      chunk *c) {
    int64_t row = j->quarter * PANEL, pairs = j->quarter / (2 * TOGETHER);
    for (int chain = 0; chain < CHAINS; chain++, w += 2 * k->summed * PANEL) {
        int64_t at = to + result_of[chain] / 2 * row + result_of[chain] % 2 * TILE;
        for (int64_t pair = 0; pair < pairs; pair++) {
            bool is_short = chain == CHAINS - 1; /* shorter than a run of lines */
            beside->pixels = is_short ? w : gt_strassen_lines_beside(c, product, w);
            beside->others = is_short ? w : gt_strassen_lines_beside(c, product, w);
            multiply_chain(k, chain, pair, w, at + pair * 2 * TILE, beside);
        }
    }
}

static void multiply_product(const job *j, int product, work *k, operand *next, chunk *c) {
    int64_t results = gt_strassen_results(j->p), summed = gt_strassen_summed(j->p);
    int then = product + 1 < PRODUCTS ? product + 1 : 0;
    const float *w = c->sums + sums_at(j, product);
    aside beside = {.weights = c->sums + sums_at(j, then), .operand = next};
    k->count = gt_strassen_targets(j, product, c, k->targets);
    for (int64_t r = 0; r < results; r += 2 * PANEL)
        multiply_panels(j, k, product, w + gt_strassen_seven(r * summed), r * j->quarter,
                        &beside, c);
}

void gt_strassen_deep_multiply(const job *j, const float *parts, float *rooms, chunk *c) {
    int64_t length = THIRD * next_sum(j);
    operand this = begin(j, parts, 0, rooms), next;
    work k = {.summed = gt_strassen_summed(j->p) / 2,
              .next = next_sum(j),
              .last = rooms + 2 * length};
    for (int product = 0; product < PRODUCTS; product++, this = next) {
        int coming = product + 1 < PRODUCTS ? product + 1 : 0;
        k.x = rooms + product % 2 * length;
        while (this.pairs > 0) go_on(&this);
        next = begin(j, parts, coming, rooms + coming % 2 * length);
        if (coming == 0) next.pairs = 0; /* of the next chunk, which is not there */
        multiply_product(j, product, &k, &next, c);
    }
}
