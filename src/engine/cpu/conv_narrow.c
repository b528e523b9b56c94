/* conv_narrow.c - 3x3 convolutions between a few channels, row-major or in blocks, and many in
 * blocks, either way, in tiles of 4x4 pixels (conv_tiles.h).
 *
 * Libraries fill up few channels to a register of 16. Here registers hold 16 of the many, which
 * are results from few to many; from many to few (conv_narrow_few.c) they hold terms as well.
 * The many channels of a tile are transformed once and stay in cache until they are used up.
 *
 * Pieces of the work are chunks of tiles; no sum crosses from one to another, so no bit depends
 * on how they are cut. */
#include "conv_narrow.h"
#include "conv_strassen.h"
#include "team.h"

enum { POINTS = GT_TILE_POINTS, REACH = GT_TILE_REACH, SIDE = GT_NARROW_SIDE };
enum { TAPS = GT_NARROW_TAPS, TOGETHER = GT_NARROW_TOGETHER };
enum { MOST_ROWS = 6 };

/* At most so many are few. Where they lie in blocks, libraries waste nothing: then the many are
 * so many times more. */
enum { FEW = 64, RATIO = 8 };

/* Whether the few are those of x: where both lie in blocks, the fewer ones. */
static bool few_is_x(const gt_conv_problem *p) {
    return p->x_blocked && p->y_blocked ? p->x.dim[1] < p->y.dim[1] : !p->x_blocked;
}

static int64_t few_of(const gt_conv_problem *p) {
    return few_is_x(p) ? p->x.dim[1] : p->y.dim[1];
}

static int64_t many_of(const gt_conv_problem *p) {
    return few_is_x(p) ? p->y.dim[1] : p->x.dim[1];
}

static bool applies(const gt_conv_problem *p) {
    bool is_ours = p->w.dim[2] == 3 && p->w.dim[3] == 3 && p->how.pad == 1 &&
                   p->how.stride == 1 && p->how.groups == 1;
    if (!is_ours || p->accumulate || p->x.dim[0] == 0) return false;
    int64_t few = few_of(p), many = many_of(p);
    bool many_blocked = few_is_x(p) ? p->y_blocked : p->x_blocked;
    if (few > FEW || !many_blocked || many % GT_BLOCK != 0) return false;
    return !(p->x_blocked && p->y_blocked) || (few % GT_BLOCK == 0 && RATIO * few <= many &&
                                               p->x.dim[2] >= SIDE && p->x.dim[3] >= SIDE);
}

/* ---- Cutting --------------------------------------------------------------------------- */

/* Chunks are so long that going through the weights for each costs little, and shorter where
 * threads would be left without one; sums of gradients do not depend on the threads. */
static gt_narrow cut_of(const gt_conv_problem *p, int threads) {
    gt_narrow c = {.height = p->x.dim[2],
                   .width = p->x.dim[3],
                   .few_is_x = few_is_x(p),
                   .few_blocked = p->x_blocked && p->y_blocked};
    c.down = (c.height + SIDE - 1) / SIDE;
    c.across = (c.width + SIDE - 1) / SIDE;
    c.tiles = p->x.dim[0] * c.down * c.across;
    c.few = few_of(p);
    c.blocks = many_of(p) / GT_BLOCK;
    c.rows = c.few % MOST_ROWS == 0 ? MOST_ROWS : 4;
    c.padded = gt_narrow_up(c.few, c.rows);
    int64_t pieces = p->kind == GT_CONV_WEIGHTS ? 1 : threads;
    c.chunk =
        gt_least(gt_narrow_up((c.tiles + pieces - 1) / pieces, TOGETHER), GT_NARROW_CHUNK);
    c.chunks = (c.tiles + c.chunk - 1) / c.chunk;
    return c;
}

/* Whether values go from the few to the many. */
static bool widens(const gt_conv_problem *p, const gt_narrow *c) {
    return (p->kind == GT_CONV_FORWARD) == c->few_is_x;
}

/* Blocks of the many that are made at once, and floats of their results at a point. */
enum { PAIR = 2, POINT = PAIR * TOGETHER * GT_BLOCK + GT_BLOCK };
/* Pixels of a run of tiles in one block of every quarter of the many. */
enum { PIXELS = TOGETHER * SIDE * SIDE * GT_BLOCK, QUARTERS = 4 };

static int64_t area_length(const gt_conv_problem *p, const gt_narrow *c) {
    if (p->kind == GT_CONV_WEIGHTS) return gt_narrow_weights_area(c);
    int64_t pixels = p->y_parts ? QUARTERS * PIXELS : 0;
    if (widens(p, c)) return POINTS * (gt_narrow_next_few(c) + POINT) + pixels;
    return gt_narrow_few_area(c);
}

static int64_t shared_length(const gt_conv_problem *p, const gt_narrow *c) {
    if (p->kind == GT_CONV_WEIGHTS) return gt_narrow_weights_shared(c);
    if (!widens(p, c)) return 0;
    return POINTS * c->padded * c->blocks * GT_BLOCK;
}

static bool masks(const gt_conv_problem *p) {
    return p->kind == GT_CONV_DATA && !few_is_x(p);
}

/* Totals are added up in runs that do not depend on how tiles are cut. */
static int64_t runs_of(const gt_narrow *c) {
    return gt_narrow_up(c->tiles, TOGETHER) / TOGETHER;
}

static int64_t totals_length(const gt_conv_problem *p, const gt_narrow *c) {
    return p->totals && masks(p) ? runs_of(c) * c->blocks * GT_BLOCK : 0;
}

static size_t scratch_bytes(const gt_conv_problem *p, int threads) {
    gt_narrow c = cut_of(p, threads);
    return (size_t)(shared_length(p, &c) + threads * area_length(p, &c) +
                    totals_length(p, &c)) *
           sizeof(float);
}

/* ---- Weights --------------------------------------------------------------------------- */

/* Kept are the windows: (block, few, tap, 16). They become points, for the gradient of x turned
 * round, in every run: that costs little, and kept points would be eight times as many numbers
 * to keep and to read. */
static size_t weights_bytes(const gt_conv_problem *p) {
    gt_narrow c = cut_of(p, 1);
    if (p->kind == GT_CONV_WEIGHTS) return 0;
    return (size_t)(TAPS * c.padded * c.blocks * GT_BLOCK) * sizeof(float);
}

typedef struct preparation {
    gt_narrow c;
    const float *w;
    float *to;
} preparation;

/* Sixteen windows that follow one another, which lanes take. */
static void turn_windows(const float *w, float *to) {
    enum { BEFORE = GT_BLOCK - TAPS }; /* nothing behind the last one may be read */
    static const gt_places last = {7, 8, 9, 10, 11, 12, 13, 14, 15, 0, 0, 0, 0, 0, 0, 0};
    gt_vector v[GT_BLOCK];
#pragma GCC unroll 16
    for (int l = 0; l < GT_BLOCK - 1; l++) v[l] = gt_load(w + l * TAPS);
    gt_vector end = gt_load(w + (GT_BLOCK - 1) * TAPS - BEFORE);
    v[GT_BLOCK - 1] = gt_pick(end, end, last);
    gt_transpose(v);
#pragma GCC unroll 9
    for (int t = 0; t < TAPS; t++) gt_store(to + t * GT_BLOCK, v[t]);
}

/* Rows of `count` numbers, which lanes take. */
static void turn_rows(const float *w, int64_t count, float *to) {
    int64_t done = 0;
    for (; done + GT_BLOCK <= count; done += GT_BLOCK)
        gt_turn_square(w + done, count, to + done * GT_BLOCK, GT_BLOCK);
    for (; done < count; done++)
        for (int l = 0; l < GT_BLOCK; l++) to[done * GT_BLOCK + l] = w[l * count + done];
}

static void prepare_block(void *self, int64_t block, int worker) {
    const preparation *s = self;
    const gt_narrow *c = &s->c;
    int64_t length = TAPS * GT_BLOCK, used = c->few * length;
    float *to = s->to + block * c->padded * length;
    memset(to + used, 0, (size_t)(c->padded * length - used) * sizeof *to);
    if (c->few_is_x) { /* the many are the rows of w */
        turn_rows(s->w + block * used, c->few * TAPS, to);
        return;
    }
    for (int64_t few = 0; few < c->few; few++)
        turn_windows(s->w + (few * c->blocks + block) * length, to + few * length);
}

static void prepare(const gt_conv_problem *p, const float *w, float *prepared, int threads) {
    preparation s = {cut_of(p, threads), w, prepared};
    gt_team_run(threads, s.c.blocks, prepare_block, &s);
}

/* The windows of a block to points: (block, point, few, 16). */
static void spread_block(void *self, int64_t block, int worker) {
    const gt_narrow_job *j = self;
    int64_t few = j->c.padded, next = few * GT_BLOCK;
    const float *windows = j->b + block * few * TAPS * GT_BLOCK;
    float *to = j->shared + block * POINTS * next;
    for (int64_t k = 0; k < few; k++, windows += TAPS * GT_BLOCK, to += GT_BLOCK)
        gt_narrow_spread_window(j, windows, to, next);
}

/* ---- Pixels of the few ----------------------------------------------------------------- */

/* Tiles of a row that are spread together, and columns of pixels around them: sixteen of each
 * row of a channel change sides at once. */
enum { STRIP = TOGETHER, COLUMNS = 3 * GT_BLOCK };

/* Channels of an image, a row of pixels after the other. */
typedef struct planes {
    const float *first; /* pixel of the first channel */
    int64_t count, height, width;
} planes;

/* `rows` by `columns` pixels from (top, left) on of sixteen channels, or as many as there are,
 * to (row, COLUMNS, 16), zero where there is none. */
static void gather(const planes *from, int64_t top, int64_t left, int64_t rows, int64_t columns,
                   float *to) {
    for (int64_t r = 0; r < rows; r++)
        for (int64_t x = 0; x < columns; x += GT_BLOCK) {
            bool is_inside = top + r >= 0 && top + r < from->height;
            int64_t begin = is_inside ? -(left + x) : GT_BLOCK, end = from->width - (left + x);
            const float *row = from->first + (top + r) * from->width + left + x;
            gt_vector v[GT_BLOCK] = {{0}};
            for (int64_t k = 0; k < gt_least(from->count, GT_BLOCK); k++)
                v[k] = gt_load_between(row + k * from->height * from->width, begin, end);
            gt_transpose(v);
#pragma GCC unroll 16
            for (int i = 0; i < GT_BLOCK; i++)
                gt_store(to + (r * COLUMNS + x + i) * GT_BLOCK, v[i]);
        }
}

/* Sixteen of the few channels of some tiles of a row to points, `step` floats from a tile to
 * the next. */
static void spread_strip(const gt_narrow *c, const float *image, int64_t first,
                         gt_narrow_place at, int64_t tiles, bool are_reached, float *to,
                         int64_t step) {
    float strip[REACH * COLUMNS * GT_BLOCK];
    int64_t next = gt_narrow_next_few(c), rim = are_reached ? 1 : 0;
    planes from = {image + first * c->height * c->width, c->few - first, c->height, c->width};
    if (!c->few_blocked)
        gather(&from, at.top - rim, at.left - rim, SIDE + 2 * rim, SIDE * tiles + 2 * rim,
               strip);
    for (int64_t t = 0; t < tiles; t++, to += step, at.left += SIDE) {
        if (c->few_blocked)
            gt_narrow_spread(c, from.first, at, are_reached, to, next);
        else if (are_reached)
            gt_tile_spread_image(strip, REACH, COLUMNS, 0, t * SIDE, to, next);
        else
            gt_tile_values_image(SIDE, strip, SIDE, COLUMNS, 0, t * SIDE, to, next);
    }
}

/* What the last sixteen channels of a tile have too much the next tile writes over, and behind
 * the last tile a line is empty. */
void gt_narrow_spread_few(const gt_narrow *c, const float *pixels, int64_t first_tile,
                          bool are_reached, float *to) {
    int64_t next = gt_narrow_next_few(c), tiles = gt_least(c->chunk, c->tiles - first_tile);
    for (int64_t t = 0, count = 0; t < tiles; t += count) {
        gt_narrow_place at = gt_narrow_at(c, first_tile + t);
        count = gt_least(gt_least(STRIP, tiles - t), c->across - at.left / SIDE);
        const float *image = pixels + at.image * c->few * c->height * c->width;
        for (int64_t first = (c->padded - 1) / GT_BLOCK * GT_BLOCK; first >= 0;
             first -= GT_BLOCK)
            spread_strip(c, image, first, at, count, are_reached, to + t * c->padded + first,
                         c->padded);
    }
    size_t left = (size_t)((gt_narrow_up(tiles, TOGETHER) - tiles) * c->padded) * sizeof *to;
    for (int k = 0; left > 0 && k < POINTS; k++)
        memset(to + k * next + tiles * c->padded, 0, left);
}

/* ---- From few to many ------------------------------------------------------------------ */

/* One point of TOGETHER tiles: 16 results of each in one block or two, whose weights are `next`
 * floats apart. */
GT_ALWAYS void widen_point(const int blocks, int64_t few, const float *x, const float *w,
                           int64_t next, float *to) {
    gt_vector sum[PAIR][TOGETHER];
#pragma GCC unroll 2
    for (int b = 0; b < blocks; b++)
#pragma GCC unroll 8
        for (int t = 0; t < TOGETHER; t++) sum[b][t] = (gt_vector){0};
    for (int64_t k = 0; k < few; k++) {
        gt_vector v[PAIR];
#pragma GCC unroll 2
        for (int b = 0; b < blocks; b++) v[b] = gt_load(w + b * next + k * GT_BLOCK);
#pragma GCC unroll 8
        for (int t = 0; t < TOGETHER; t++)
#pragma GCC unroll 2
            for (int b = 0; b < blocks; b++) sum[b][t] += x[t * few + k] * v[b];
    }
#pragma GCC unroll 2
    for (int b = 0; b < blocks; b++)
#pragma GCC unroll 8
        for (int t = 0; t < TOGETHER; t++)
            gt_store(to + (b * TOGETHER + t) * GT_BLOCK, sum[b][t]);
}

/* All points of a run of tiles, `few` of which are given, of a block or of two that are `step`
 * apart. */
GT_ALWAYS void widen_run(const gt_narrow_job *j, const int blocks, const float *few,
                         int64_t block, int64_t step, float *sums) {
    int64_t padded = j->c.padded, length = padded * GT_BLOCK, next = step * POINTS * length;
    int64_t next_few = gt_narrow_next_few(&j->c);
    const float *w = j->shared + block * POINTS * length;
    for (int k = 0; k < POINTS; k++, few += next_few, w += length, sums += POINT)
        widen_point(blocks, padded, few, w, next, sums);
}

static gt_vector bias_of(const gt_narrow_job *j, int64_t block) {
    return j->bias ? gt_load(j->bias + block * GT_BLOCK) : (gt_vector){0};
}

/* The pixels of a tile to those of a plane of 16 channels that are inside; with a mask, added
 * to their total. */
static inline __attribute__((always_inline)) void
place_many(const gt_narrow_job *j, const gt_vector *pixels, gt_narrow_place at, float *plane,
           const bool streams, const bool masks, gt_vector *total) {
    const gt_narrow *c = &j->c;
    int64_t rows = gt_least(SIDE, c->height - at.top),
            columns = gt_least(SIDE, c->width - at.left);
    for (int64_t r = 0; r < rows; r++)
        for (int64_t x = 0; x < columns; x++) {
            float *to = plane + ((at.top + r) * c->width + at.left + x) * GT_BLOCK;
            gt_vector v = j->clips ? gt_clip(pixels[r * SIDE + x]) : pixels[r * SIDE + x];
            if (masks) v = gt_masked(v, gt_load(to - j->result + j->mask));
            if (masks) *total += v;
            if (streams)
                gt_stream(to, v);
            else
                gt_store(to, v);
        }
}

/* Some tiles of one block to their places. */
static void place_run(const gt_narrow_job *j, int64_t first, int64_t tiles, int64_t block,
                      const float *sums) {
    const gt_narrow *c = &j->c;
    gt_vector total = {0}, bias = bias_of(j, block);
    for (int64_t i = 0; i < tiles; i++) {
        gt_narrow_place at = gt_narrow_at(c, first + i);
        gt_vector pixels[SIDE * SIDE];
        gt_narrow_join(sums + i * GT_BLOCK, POINT, bias, true, pixels);
        float *to =
            j->result + (at.image * c->blocks + block) * c->height * c->width * GT_BLOCK;
        if (j->streams && j->mask)
            place_many(j, pixels, at, to, true, true, &total);
        else if (j->mask)
            place_many(j, pixels, at, to, false, true, &total);
        else if (j->streams)
            place_many(j, pixels, at, to, true, false, &total);
        else
            place_many(j, pixels, at, to, false, false, &total);
    }
    if (j->totals)
        gt_store(j->totals + (first / TOGETHER * c->blocks + block) * GT_BLOCK, total);
}

/* Asks for what a run of tiles will write, and for its mask. Compilers leave out calls of
 * functions that only ask. */
GT_ALWAYS void fetch_run(const gt_narrow_job *j, int64_t first, int64_t tiles, int64_t block) {
    const gt_narrow *c = &j->c;
    for (int64_t i = 0; i < tiles; i++) {
        gt_narrow_place at = gt_narrow_at(c, first + i);
        int64_t plane = (at.image * c->blocks + block) * c->height * c->width * GT_BLOCK;
        if (!j->streams) gt_narrow_fetch(c, j->result + plane, at, 1);
        if (j->mask) gt_narrow_fetch(c, j->mask + plane, at, 0);
    }
}

/* Tiles of a chunk, two blocks at a time, which share what is loaded of the few. */
static void widen_tiles(const gt_narrow_job *j, int64_t first, int64_t tiles, const float *few,
                        float *sums) {
    const gt_narrow *c = &j->c;
    for (int64_t b = 0; b < c->blocks; b += PAIR) {
        int64_t pair = gt_least(PAIR, c->blocks - b);
        for (int64_t t = 0; t < tiles; t += TOGETHER) {
            int64_t run = gt_least(TOGETHER, tiles - t);
            for (int64_t i = 0; i < pair; i++) fetch_run(j, first + t, run, b + i);
            if (pair == PAIR)
                widen_run(j, PAIR, few + t * c->padded, b, 1, sums);
            else
                widen_run(j, 1, few + t * c->padded, b, 0, sums);
            for (int64_t i = 0; i < pair; i++)
                place_run(j, first + t, run, b + i, sums + i * TOGETHER * GT_BLOCK);
        }
    }
}

/* A run of tiles of one block to (tile, pixel, 16). */
static void join_run(const gt_narrow_job *j, int64_t block, const float *sums, float *to) {
    gt_vector bias = bias_of(j, block);
    for (int i = 0; i < TOGETHER; i++) {
        gt_vector pixels[SIDE * SIDE];
        gt_narrow_join(sums + i * GT_BLOCK, POINT, bias, true, pixels);
#pragma GCC unroll 16
        for (int k = 0; k < SIDE * SIDE; k++, to += GT_BLOCK)
            gt_store(to, j->clips ? gt_clip(pixels[k]) : pixels[k]);
    }
}

/* Tiles of a chunk as parts: a run of them in one block of every quarter at a time. They go
 * past the caches: sixteen places at once would share a set of the first one. */
static void give_tiles(const gt_narrow_job *j, int64_t first, int64_t tiles, const float *few,
                       float *sums) {
    int64_t blocks = j->c.blocks / QUARTERS;
    float *pixels = sums + POINTS * POINT;
    for (int64_t t = 0; t < tiles; t += TOGETHER)
        for (int64_t b = 0; b < blocks; b++) {
            for (int64_t q = 0; q < QUARTERS; q += PAIR) {
                widen_run(j, PAIR, few + t * j->c.padded, q * blocks + b, blocks, sums);
                for (int64_t i = 0; i < PAIR; i++)
                    join_run(j, (q + i) * blocks + b, sums + i * TOGETHER * GT_BLOCK,
                             pixels + (q + i) * PIXELS);
            }
            for (int64_t i = 0; i < TOGETHER; i += QUARTERS)
                gt_strassen_give(blocks, j->parts, first + t + i, b,
                                 pixels + i * SIDE * SIDE * GT_BLOCK, PIXELS, j->result);
        }
    gt_stream_end();
}

static void widen_chunk(void *self, int64_t chunk, int worker) {
    const gt_narrow_job *j = self;
    const gt_narrow *c = &j->c;
    int64_t first = chunk * c->chunk, tiles = gt_least(c->chunk, c->tiles - first);
    float *few = j->area + worker * j->area_length,
          *sums = few + POINTS * gt_narrow_next_few(c);
    gt_narrow_spread_few(c, j->a, first, true, few);
    if (j->parts)
        give_tiles(j, first, tiles, few, sums);
    else
        widen_tiles(j, first, tiles, few, sums);
    if (j->streams) gt_stream_end();
}

/* Whether results are so many that no second cache has them when they are read. */
static bool streams(const gt_conv_problem *p, const float *result) {
    enum { MANY = 1 << 20 };
    gt_shape to = p->kind == GT_CONV_DATA ? p->x : p->y;
    return gt_shape_count(to) >= MANY && (uintptr_t)result % (GT_BLOCK * sizeof *result) == 0;
}

static bool gives_parts(const gt_conv_problem *p) {
    gt_narrow c = cut_of(p, 1);
    return p->kind == GT_CONV_FORWARD && widens(p, &c) && gt_strassen_given(p->y) > 0;
}

/* ---- All three ------------------------------------------------------------------------- */

static gt_status run(const gt_conv_problem *p, const float *a, const float *b,
                     const gt_conv_beside *beside, float *result, bool accumulate,
                     void *scratch, int threads, gt_error *err) {
    gt_narrow_job j = {.c = cut_of(p, threads),
                       .a = a,
                       .b = b,
                       .bias = beside->bias,
                       .mask = p->mask && masks(p) ? beside->mask : NULL,
                       .result = result,
                       .threads = threads,
                       .shared = scratch,
                       .is_back = p->kind == GT_CONV_DATA,
                       .clips = p->clip,
                       .accumulate = accumulate,
                       .streams = streams(p, result),
                       .parts = p->y_parts ? gt_strassen_given(p->y) : 0};
    j.area = j.shared + shared_length(p, &j.c);
    j.area_length = area_length(p, &j.c);
    if (totals_length(p, &j.c)) j.totals = j.area + threads * j.area_length;
    if (p->kind == GT_CONV_WEIGHTS) {
        gt_narrow_weights_run(&j, threads);
    } else if (widens(p, &j.c)) {
        gt_team_run(threads, j.c.blocks, spread_block, &j);
        gt_team_run(threads, j.c.chunks, widen_chunk, &j);
        if (j.totals) gt_conv_add_totals(j.totals, runs_of(&j.c), p->x.dim[1], beside->totals);
    } else {
        gt_narrow_few_run(&j);
    }
    return GT_OK;
}

const gt_conv_own gt_conv_narrow = {.name = "narrow",
                                    .one_order = true,
                                    .clips = true,
                                    .masks = masks,
                                    .gives_parts = gives_parts,
                                    .applies = applies,
                                    .weights_bytes = weights_bytes,
                                    .scratch = scratch_bytes,
                                    .prepare = prepare,
                                    .run = run};
