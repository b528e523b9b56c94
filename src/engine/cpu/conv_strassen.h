/* conv_strassen.h - convolutions of 1x1 pixel between many channels as products of matrices by
 * Strassen's algorithm, two levels deep: 49 products of parts in place of 64. Private to
 * conv_strassen*.c.
 *
 * Winograd's form of it has the fewest sums in a basis of Karstadt and Schwartz ("Matrix
 * multiplication, a little faster", 2017). Of a matrix of 2 x 2 parts one is replaced,
 *     left: 21 by 21 + 22 - 11      right: 12 by 11 - 12 + 22,
 * then each of seven products is one of sums of at most two parts, and goes to one part of the
 * result or two, of which at last 12 becomes 12 + 22 and 21 becomes 22 - 21. Both levels change
 * their basis so. The 4 x 4 parts of a matrix are numbered by the quarter they are in, then
 * within it. */
#ifndef GT_ENGINE_CONV_STRASSEN_H
#define GT_ENGINE_CONV_STRASSEN_H

#include "conv_own.h"
#include "lanes.h"

enum { GT_STRASSEN_PARTS = 16, GT_STRASSEN_PRODUCTS = 49, GT_STRASSEN_TERMS = 4 };

/* What a product takes of an operand, or the parts of the result that it goes to, with their
 * signs; the first one is +. */
typedef struct gt_strassen_sum {
    int count, part[GT_STRASSEN_TERMS];
    float sign[GT_STRASSEN_TERMS];
} gt_strassen_sum;

typedef enum gt_strassen_side {
    GT_STRASSEN_LEFT,
    GT_STRASSEN_RIGHT,
    GT_STRASSEN_RESULT
} gt_strassen_side;

gt_strassen_sum gt_strassen_sum_of(gt_strassen_side side, int product);

/* Of one level: what a product takes of 2 x 2 parts, or where it goes; there is a second one
 * where its sign is not 0. */
typedef struct gt_strassen_pair {
    int first, second, sign;
} gt_strassen_pair;

static const gt_strassen_pair gt_strassen_level[3][7] = {
    {{0, 0, 0}, {1, 0, 0}, {1, 2, -1}, {3, 0, 0}, {0, 2, 1}, {2, 0, 0}, {3, 2, -1}},
    {{0, 0, 0}, {2, 0, 0}, {3, 0, 0}, {1, 2, -1}, {3, 1, -1}, {1, 0, 0}, {1, 0, -1}},
    {{0, 3, 1}, {0, 0, 0}, {1, 0, 0}, {2, 0, 0}, {2, 3, 1}, {3, 0, 0}, {3, 1, -1}},
};

/* Which of four rows and columns of parts one is in. */
static inline int gt_strassen_row(int part) {
    return part / 8 * 2 + part % 4 / 2;
}
static inline int gt_strassen_column(int part) {
    return part / 4 % 2 * 2 + part % 2;
}

/* ---- Parts in memory ----------------------------------------------------------------------
 * Runs of `size` floats, with a line behind each, so that equal places of them do not share a
 * set of the cache. */

static inline int64_t gt_strassen_at(int part, int64_t size) {
    return part * (size + GT_BLOCK);
}
static inline int64_t gt_strassen_length(int64_t size) {
    return gt_strassen_at(GT_STRASSEN_PARTS, size);
}

/* What a product takes of an operand, in the making: sixteen numbers at a time, as they find
 * room beside the products before it. */
typedef struct gt_strassen_operand {
    const float *part[GT_STRASSEN_TERMS];
    float sign[GT_STRASSEN_TERMS];
    int count;
    int64_t size, done; /* floats; all are done at once where it is one part alone */
    float *room;
} gt_strassen_operand;

/* `next` floats from one part to the next one. */
gt_strassen_operand gt_strassen_begin(const gt_strassen_sum *sum, const float *parts,
                                      int64_t next, int64_t size, float *room);

static inline __attribute__((always_inline)) void gt_strassen_go_on(gt_strassen_operand *o) {
    const float *const *p = o->part;
    int64_t i = o->done;
    if (i >= o->size) return;
    gt_vector sum = gt_load(p[0] + i) + o->sign[1] * gt_load(p[1] + i);
    if (o->count > 2) sum += o->sign[2] * gt_load(p[2] + i) + o->sign[3] * gt_load(p[3] + i);
    gt_store(o->room + i, sum);
    o->done = i + GT_BLOCK;
}

/* The rest of it, and where it is. */
const float *gt_strassen_finish(gt_strassen_operand *operand);

/* ---- The change of basis ------------------------------------------------------------------
 */

static inline __attribute__((always_inline)) void
gt_strassen_change_four(gt_strassen_side side, gt_vector *v, int step) {
    gt_vector *p12 = v + step, *p21 = v + 2 * step, *p22 = v + 3 * step;
    if (side == GT_STRASSEN_LEFT) *p21 += *p22 - *v;
    if (side == GT_STRASSEN_RIGHT) *p12 = (*v - *p12) + *p22;
    if (side == GT_STRASSEN_RESULT) *p12 += *p22, *p21 = *p22 - *p21;
}

/* Operands to the basis, a result back from it: the same places of all parts. */
static inline __attribute__((always_inline)) void gt_strassen_change(gt_strassen_side side,
                                                                     gt_vector *v) {
#pragma GCC unroll 4
    for (int i = 0; i < 4; i++) gt_strassen_change_four(side, v + 4 * i, 1);
#pragma GCC unroll 4
    for (int i = 0; i < 4; i++) gt_strassen_change_four(side, v + i, 4);
}

/* ---- Pixels -------------------------------------------------------------------------------
 * Counted through all images, a chunk at a time, of which each part has a quarter: TOGETHER
 * pixels go to the first one, as many to the second, and so on in turns, as pixels that are
 * read or written at once would share a set of the cache if they were far apart. Parts of
 * channels and pixels are in tiles of TOGETHER pixels: (tile, block, pixel, 16). */

enum { GT_STRASSEN_MOST = 256, GT_STRASSEN_TOGETHER = 8 }; /* MOST: pixels of a chunk */

typedef struct gt_strassen_images {
    int64_t blocks, area, pixels; /* of an image, of one in pixels, of all images */
} gt_strassen_images;

/* Floats before each pixel of a chunk in the first block, by quarters; -1: behind the last one.
 */
typedef struct gt_strassen_places {
    int64_t quarter; /* pixels of a quarter */
    int64_t at[GT_STRASSEN_MOST];
} gt_strassen_places;

/* Pixels of a quarter: as many as stay in cache, fewer where there are few in all, so that each
 * of two threads has a chunk. */
static inline int64_t gt_strassen_quarter(int64_t pixels) {
    return pixels <= GT_STRASSEN_MOST ? GT_STRASSEN_MOST / 8 : GT_STRASSEN_MOST / 4;
}

gt_strassen_places gt_strassen_places_of(const gt_strassen_images *of, int64_t chunk,
                                         int64_t quarter);

/* Where among them a pixel is that is the `number`-th of its chunk. */
static inline int64_t gt_strassen_place(int64_t quarter, int64_t number) {
    uint64_t tile = (uint64_t)number / GT_STRASSEN_TOGETHER;
    return (int64_t)(tile % 4) * quarter + (int64_t)(tile / 4) * GT_STRASSEN_TOGETHER +
           number % GT_STRASSEN_TOGETHER;
}

/* A chunk to parts in the basis. Rows of parts are of channels and columns of pixels, but the
 * other way round for the right operand of gradients of weights (`pixel_rows`). Tiles of both
 * operands of gradients of weights are sorted by block: (block, tile, pixel, 16). */
void gt_strassen_gather(const gt_strassen_images *of, const float *images,
                        const gt_strassen_places *places, gt_strassen_side side,
                        bool pixel_rows, float *parts);

/* ---- Pixels that are given as parts -------------------------------------------------------
 * What makes images in tiles of 4 x 4 pixels may make the right operand of a forward
 * convolution instead, when a chunk of it is asked for (conv_narrow_many.c). A quarter then has
 * every fourth tile. */

enum { GT_STRASSEN_SIDE = 4, GT_STRASSEN_TILE = GT_STRASSEN_SIDE * GT_STRASSEN_SIDE };

/* Pixels of a quarter where images of such a shape can be given so, else 0. */
int64_t gt_strassen_given(gt_shape images);

/* As gt_strassen_places_of, of pixels that are given. */
gt_strassen_places gt_strassen_places_given(const gt_strassen_images *of, int64_t width,
                                            int64_t chunk, int64_t quarter);

/* One block of every quarter of the channels at four tiles that follow one another, which are
 * the `number`-th four of their chunk: `pixels` is (quarter, tile, pixel, 16), `place` floats
 * from one quarter to the next; `block` is the number in a quarter. */
static inline void gt_strassen_give(int64_t blocks, int64_t quarter, int64_t number,
                                    int64_t block, const float *pixels, int64_t place,
                                    float *parts) {
    enum { TOGETHER = GT_STRASSEN_TOGETHER, TILE = GT_STRASSEN_TILE };
    int64_t next = gt_strassen_at(1, blocks * quarter * GT_BLOCK);
    for (int p = 0; p < TILE; p++) {
        gt_vector v[GT_STRASSEN_PARTS];
#pragma GCC unroll 16
        for (int i = 0; i < GT_STRASSEN_PARTS; i++)
            v[i] = gt_load(pixels + gt_strassen_row(i) * place +
                           (gt_strassen_column(i) * TILE + p) * GT_BLOCK);
        gt_strassen_change(GT_STRASSEN_RIGHT, v);
        int64_t at = (number * TILE + p) / TOGETHER * blocks + block;
        float *one = parts + (at * TOGETHER + p % TOGETHER) * GT_BLOCK;
#pragma GCC unroll 16
        for (int i = 0; i < GT_STRASSEN_PARTS; i++, one += next) gt_store(one, v[i]);
    }
}

/* ---- Results that are asked for -----------------------------------------------------------
 * In turn results of a forward convolution whose pixels are given as parts are not made before
 * one from many channels to few runs that alone reads them (conv_narrow_few.c): what they are
 * made of stands in their place, and it asks for some tiles at a time, which stay in cache. */

typedef struct gt_strassen_job gt_strassen_job;

/* Tiles of 4 x 4 pixels of a chunk; 0: images of such a shape cannot be given as parts. */
int64_t gt_strassen_asked_tiles(gt_shape images);

/* Of the problem that reads them: floats that all workers need, and the job that was left in
 * the place of its images, which gets `scratch` to work with. */
int64_t gt_strassen_asked_length(const gt_conv_problem *reader, int threads);
const gt_strassen_job *gt_strassen_asked(const gt_conv_problem *reader, const float *place,
                                         int threads, float *scratch);

/* The tiles of whole chunks, of which `tile` is the first: (block, tile, pixel, 16). */
void gt_strassen_make(const gt_strassen_job *job, int64_t tile, int64_t tiles, int worker,
                      float *to);

/* Pixels of a chunk that will be read or written, to be asked for in runs of lines beside the
 * products: all at once they would keep memory from what is wanted now. */
typedef struct gt_strassen_lines {
    const float *block;    /* of the images: the one whose lines come next */
    int64_t blocks, plane; /* how many there are from this one on; floats */
    const gt_strassen_places *places;
    int64_t length, next; /* lines of a run; the first pixel of the next one */
} gt_strassen_lines;

/* None of no images. */
gt_strassen_lines gt_strassen_lines_of(const gt_strassen_images *of, const float *images,
                                       const gt_strassen_places *places, int64_t most);

/* How many there are in all, before the first one. */
static inline int64_t gt_strassen_runs(const gt_strassen_lines *l) {
    return 4 * l->places->quarter / l->length * l->blocks;
}

/* The first line of the next run; where there is none any more, `otherwise`. */
static inline const float *gt_strassen_next_lines(gt_strassen_lines *l,
                                                  const float *otherwise) {
    if (l->blocks == 0) return otherwise;
    const float *block = l->block;
    int64_t at = l->places->at[gt_strassen_place(l->places->quarter, l->next)];
    l->next += l->length;
    if (l->next == 4 * l->places->quarter) l->next = 0, l->block += l->plane, l->blocks--;
    return at < 0 ? otherwise : block + at;
}

/* ---- Gradients of the weights (conv_strassen_weights.c) -----------------------------------
 */

/* As in gt_conv_own. */
size_t gt_strassen_weights_scratch(const gt_conv_problem *problem, int threads);
void gt_strassen_weights_run(const gt_conv_problem *problem, const float *x, const float *gy,
                             float *gw, bool accumulate, float *scratch, int threads);

#endif
