/* conv_strassen_weights.c - gradients of the weights of 1x1 convolutions by Strassen's
 * algorithm (conv_strassen.h): gy times the transpose of x, summed over the pixels. Each of the
 * 49 products is summed over all chunks of pixels before parts of the result are made of them.
 * Pieces of the work are runs of chunks, with sums of their own that are added in their order.
 */
#include "conv_strassen.h"
#include "team.h"

enum {
    PARTS = GT_STRASSEN_PARTS,
    PRODUCTS = GT_STRASSEN_PRODUCTS,
    PIXELS = 32, /* of a part: chunks of both operands stay in cache */
    TILE = GT_STRASSEN_TOGETHER * GT_BLOCK, /* floats of a block */
    ROWS = 8,                               /* of the result at once, and blocks of columns */
    COLUMNS = 2,
    SUMS = ROWS * COLUMNS * GT_BLOCK
};

typedef struct job {
    gt_strassen_images of_x, of_gy;
    int64_t out, in; /* channels of a part */
    int64_t chunks, pieces;
    const float *x, *gy;
    float *gw, *area;
    bool accumulate;
    gt_strassen_sum left[PRODUCTS], right[PRODUCTS];
} job;

static job job_of(const gt_conv_problem *p, int threads) {
    int64_t area = p->x.dim[2] * p->x.dim[3], pixels = p->x.dim[0] * area;
    int64_t chunks = (pixels + 4 * PIXELS - 1) / (4 * PIXELS);
    return (job){.of_x = {p->w.dim[1] / GT_BLOCK, area, pixels},
                 .of_gy = {p->w.dim[0] / GT_BLOCK, area, pixels},
                 .out = p->w.dim[0] / 4,
                 .in = p->w.dim[1] / 4,
                 .chunks = chunks,
                 .pieces = chunks < threads ? chunks : threads};
}

/* Floats of a piece: the sums, a chunk of both, two operands of each. */
static int64_t area_length(const job *j) {
    return PRODUCTS * j->out * j->in + gt_strassen_length(j->out * PIXELS) +
           gt_strassen_length(j->in * PIXELS) + 2 * (j->out + j->in) * PIXELS;
}

size_t gt_strassen_weights_scratch(const gt_conv_problem *p, int threads) {
    job j = job_of(p, threads);
    return (size_t)(j.pieces * area_length(&j)) * sizeof(float);
}

/* What is done beside the products, for every tile of pixels: a run of lines of the next chunk
 * and the sums that come next are asked for, and both operands of the next product go on. */
typedef struct aside {
    gt_strassen_operand left, right;
    gt_strassen_lines of_gy, of_x;
} aside;

enum { TILES = PIXELS * GT_BLOCK / TILE, LINES = ROWS * COLUMNS / TILES };

static inline const float *next_lines(aside *beside, const float *otherwise) {
    const float *lines = gt_strassen_next_lines(&beside->of_gy, NULL);
    return lines ? lines : gt_strassen_next_lines(&beside->of_x, otherwise);
}

/* ROWS by COLUMNS blocks of a product over a chunk, added to the sums or set. */
static __attribute__((noinline)) void multiply(const float *gy, const float *x, bool adds,
                                               float *to, aside *beside) {
    const float *pixels = next_lines(beside, to), *soon = to + SUMS;
    gt_vector sum[ROWS * COLUMNS];
#pragma GCC unroll 16
    for (int i = 0; i < ROWS * COLUMNS; i++) sum[i] = (gt_vector){0};
    for (int tile = 0; tile < TILES; tile++, gy += TILE, x += TILE) {
        __builtin_prefetch(pixels + tile * GT_BLOCK);
        for (int i = 0; i < LINES; i++, soon += GT_BLOCK) __builtin_prefetch(soon, 1);
        gt_strassen_go_on(&beside->left);
        gt_strassen_go_on(&beside->right);
        for (int i = 0; i < TILE; i += GT_BLOCK) {
            gt_vector left = gt_load(x + i), right = gt_load(x + TILES * TILE + i);
#pragma GCC unroll 8
            for (int r = 0; r < ROWS; r++) {
                sum[2 * r] += gy[i + r] * left;
                sum[2 * r + 1] += gy[i + r] * right;
            }
        }
    }
#pragma GCC unroll 16
    for (int i = 0; i < ROWS * COLUMNS; i++, to += GT_BLOCK)
        gt_store(to, adds ? gt_load(to) + sum[i] : sum[i]);
}

static void multiply_product(const job *j, const float *gy, const float *x, bool adds,
                             float *to, aside *beside) {
    for (int64_t c = 0; c < j->in; c += COLUMNS * GT_BLOCK)
        for (int64_t o = 0; o < j->out; o += ROWS, to += SUMS)
            multiply(gy + o / GT_BLOCK * TILES * TILE + o % GT_BLOCK,
                     x + c / GT_BLOCK * TILES * TILE, adds, to, beside);
}

static void run_chunk(const job *j, int64_t chunk, bool adds, float *area) {
    int64_t gy_size = j->out * PIXELS, x_size = j->in * PIXELS;
    float *gy = area + PRODUCTS * j->out * j->in, *x = gy + gt_strassen_length(gy_size);
    float *rooms_gy = x + gt_strassen_length(x_size), *rooms_x = rooms_gy + 2 * gy_size;
    gt_strassen_places of_gy = gt_strassen_places_of(&j->of_gy, chunk, PIXELS),
                       of_x = gt_strassen_places_of(&j->of_x, chunk, PIXELS);
    gt_strassen_gather(&j->of_gy, j->gy, &of_gy, GT_STRASSEN_LEFT, false, gy);
    gt_strassen_gather(&j->of_x, j->x, &of_x, GT_STRASSEN_RIGHT, true, x);
    of_gy = gt_strassen_places_of(&j->of_gy, chunk + 1, PIXELS);
    of_x = gt_strassen_places_of(&j->of_x, chunk + 1, PIXELS);
    aside beside = {
        .left =
            gt_strassen_begin(&j->left[0], gy, gt_strassen_at(1, gy_size), gy_size, rooms_gy),
        .right = gt_strassen_begin(&j->right[0], x, gt_strassen_at(1, x_size), x_size, rooms_x),
        .of_gy = gt_strassen_lines_of(&j->of_gy, j->gy, &of_gy, TILES),
        .of_x = gt_strassen_lines_of(&j->of_x, j->x, &of_x, TILES)};
    for (int k = 0; k < PRODUCTS; k++) {
        const float *left = gt_strassen_finish(&beside.left),
                    *right = gt_strassen_finish(&beside.right);
        int coming = k + 1 < PRODUCTS ? k + 1 : 0; /* the first ones are parts */
        int64_t room = coming % 2;
        beside.left = gt_strassen_begin(&j->left[coming], gy, gt_strassen_at(1, gy_size),
                                        gy_size, rooms_gy + room * gy_size);
        beside.right = gt_strassen_begin(&j->right[coming], x, gt_strassen_at(1, x_size),
                                         x_size, rooms_x + room * x_size);
        multiply_product(j, left, right, adds, area + k * j->out * j->in, &beside);
    }
}

static void run_piece(void *self, int64_t piece, int worker) {
    const job *j = self;
    int64_t begin = j->chunks * piece / j->pieces, end = j->chunks * (piece + 1) / j->pieces;
    float *area = j->area + piece * area_length(j);
    for (int64_t chunk = begin; chunk < end; chunk++) run_chunk(j, chunk, chunk > begin, area);
}

/* Sixteen numbers of a product, by all pieces. */
static inline gt_vector total_of(const job *j, int product, int64_t at) {
    const float *from = j->area + product * j->out * j->in + at;
    gt_vector total = gt_load(from);
    for (int64_t i = 1; i < j->pieces; i++) total += gt_load(from + i * area_length(j));
    return total;
}

static inline __attribute__((always_inline)) void give(gt_strassen_pair to, gt_vector v,
                                                       gt_vector *parts, int step) {
    parts[to.first * step] += v;
    if (to.sign > 0) parts[to.second * step] += v;
    if (to.sign < 0) parts[to.second * step] -= v;
}

/* Sixteen numbers of every part, back from the basis. */
static void finish_parts(const job *j, int64_t at, gt_vector *parts) {
    const gt_strassen_pair *level = gt_strassen_level[GT_STRASSEN_RESULT];
    for (int i = 0; i < PARTS; i++) parts[i] = (gt_vector){0};
#pragma GCC unroll 7
    for (int outer = 0; outer < 7; outer++) {
        gt_vector quarter[4] = {{0}};
#pragma GCC unroll 7
        for (int inner = 0; inner < 7; inner++)
            give(level[inner], total_of(j, 7 * outer + inner, at), quarter, 1);
#pragma GCC unroll 4
        for (int i = 0; i < 4; i++) give(level[outer], quarter[i], parts + i, 4);
    }
    gt_strassen_change(GT_STRASSEN_RESULT, parts);
}

/* Where the sums of a product have sixteen numbers of a row. */
static int64_t sums_at(const job *j, int64_t row, int64_t column) {
    int64_t wide = COLUMNS * GT_BLOCK, tile = column / wide * (j->out / ROWS) + row / ROWS;
    return tile * SUMS + row % ROWS * wide + column % wide;
}

static void finish_row(void *self, int64_t row, int worker) {
    const job *j = self;
    for (int64_t column = 0; column < j->in; column += GT_BLOCK) {
        gt_vector parts[PARTS];
        finish_parts(j, sums_at(j, row, column), parts);
        for (int i = 0; i < PARTS; i++) {
            float *to = j->gw + (gt_strassen_row(i) * j->out + row) * 4 * j->in +
                        gt_strassen_column(i) * j->in + column;
            gt_store(to, j->accumulate ? gt_load(to) + parts[i] : parts[i]);
        }
    }
}

void gt_strassen_weights_run(const gt_conv_problem *p, const float *x, const float *gy,
                             float *gw, bool accumulate, float *scratch, int threads) {
    job j = job_of(p, threads);
    j.x = x;
    j.gy = gy;
    j.gw = gw;
    j.area = scratch;
    j.accumulate = accumulate;
    for (int k = 0; k < PRODUCTS; k++) {
        j.left[k] = gt_strassen_sum_of(GT_STRASSEN_LEFT, k);
        j.right[k] = gt_strassen_sum_of(GT_STRASSEN_RIGHT, k);
    }
    gt_team_run(threads, j.pieces, run_piece, &j);
    gt_team_run(threads, j.out, finish_row, &j);
}
