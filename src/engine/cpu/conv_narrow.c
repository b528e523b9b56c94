/* conv_narrow.c - 3x3 convolutions between a few channels, row-major or in blocks, and many in
 * blocks, either way, in tiles of 4x4 pixels (conv_tiles.h).
 *
 * Libraries fill up few channels to a register of 16. Here registers always hold 16 of the
 * many: from few to many a register is 16 results; from many to few it is 16 terms of one sum,
 * which are added up at the end. The many channels of a tile are transformed once and stay in
 * cache until they are used up.
 *
 * Pieces of the work are chunks of tiles; no sum crosses from one to another, so no bit depends
 * on how they are cut. */
#include "conv_narrow.h"
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
    enum { CHUNK = 64 };
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
    c.chunk = gt_least(gt_narrow_up((c.tiles + pieces - 1) / pieces, TOGETHER), CHUNK);
    c.chunks = (c.tiles + c.chunk - 1) / c.chunk;
    return c;
}

/* Whether values go from the few to the many. */
static bool widens(const gt_conv_problem *p, const gt_narrow *c) {
    return (p->kind == GT_CONV_FORWARD) == c->few_is_x;
}

static int64_t next_many(const gt_narrow *c) {
    return TOGETHER * c->blocks * GT_BLOCK + GT_BLOCK;
}

enum { POINT = TOGETHER * GT_BLOCK + GT_BLOCK }; /* floats of results of a point */

/* Points of one block of the many and one of the few: floats from one point to the next, and
 * where they begin. To many: (block, point, few, 16), as few is gone through innermost. To few:
 * (point, run of rows, block, row, 16), with a line behind each point, see gt_narrow_next_few.
 */
static int64_t weights_next(const gt_narrow *c, bool to_many) {
    return to_many ? c->padded * GT_BLOCK : c->padded * c->blocks * GT_BLOCK + GT_BLOCK;
}

static int64_t points_length(const gt_narrow *c, bool to_many) {
    return POINTS * (to_many ? c->blocks : 1) * weights_next(c, to_many);
}

static int64_t area_length(const gt_conv_problem *p, const gt_narrow *c) {
    if (p->kind == GT_CONV_WEIGHTS) return gt_narrow_weights_area(c);
    if (widens(p, c)) return POINTS * (gt_narrow_next_few(c) + POINT);
    return POINTS * (next_many(c) + c->padded * TOGETHER);
}

static int64_t shared_length(const gt_conv_problem *p, const gt_narrow *c) {
    if (p->kind == GT_CONV_WEIGHTS) return gt_narrow_weights_shared(c);
    return points_length(c, widens(p, c));
}

static size_t scratch_bytes(const gt_conv_problem *p, int threads) {
    gt_narrow c = cut_of(p, threads);
    return (size_t)(shared_length(p, &c) + threads * area_length(p, &c)) * sizeof(float);
}

/* ---- Weights --------------------------------------------------------------------------- */

/* Kept are the windows: (block, few, tap, 16). They become points, for the gradient of x turned
 * round, at the beginning of every run: that costs little, and kept points would be eight times
 * as many numbers to keep and to read. */
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

static int64_t weights_at(const gt_narrow *c, bool to_many, int64_t block, int64_t few) {
    if (to_many) return block * POINTS * weights_next(c, true) + few * GT_BLOCK;
    return (few / c->rows * c->blocks * c->rows + block * c->rows + few % c->rows) * GT_BLOCK;
}

/* Windows of 16 results or terms, `step` floats from tap to tap, to points with their factors.
 */
GT_ALWAYS void spread_window(const float *window, int64_t step, float *to, int64_t next) {
    enum { ROW = REACH * GT_BLOCK };
    float half[3 * ROW], points[POINTS * GT_BLOCK];
#pragma GCC unroll 3
    for (int r = 0; r < 3; r++)
        gt_tile_values(3, window + 3 * r * step, step, half + r * ROW, GT_BLOCK);
#pragma GCC unroll 6
    for (int k = 0; k < REACH; k++)
        gt_tile_values(3, half + k * GT_BLOCK, ROW, points + k * GT_BLOCK, ROW);
#pragma GCC unroll 36
    for (int k = 0; k < POINTS; k++) {
        float factor = gt_tile_factor(k / REACH) * gt_tile_factor(k % REACH);
        gt_store(to + k * next, factor * gt_load(points + k * GT_BLOCK));
    }
}

static void spread_weights(const gt_narrow_job *j, bool to_many, int64_t block) {
    const gt_narrow *c = &j->c;
    int64_t next = weights_next(c, to_many), step = j->is_back ? -GT_BLOCK : GT_BLOCK;
    const float *windows = j->b + block * c->padded * TAPS * GT_BLOCK;
    if (j->is_back) windows += (TAPS - 1) * GT_BLOCK; /* turned round */
    for (int64_t few = 0; few < c->padded; few++)
        spread_window(windows + few * TAPS * GT_BLOCK, step,
                      j->shared + weights_at(c, to_many, block, few), next);
}

static void spread_to_many(void *self, int64_t block, int worker) {
    spread_weights(self, true, block);
}

static void spread_to_few(void *self, int64_t block, int worker) {
    spread_weights(self, false, block);
}

/* ---- Pixels of the few ----------------------------------------------------------------- */

/* Sixteen channels from `first` on of the pixels around a tile, zero where there is none. */
static void gather(const gt_narrow *c, const float *image, int64_t first, int64_t top,
                   int64_t left, int64_t side, float *copy) {
    int64_t channels = gt_least(c->few - first, GT_BLOCK), area = c->height * c->width;
    int64_t begin = gt_most(-left, 0), end = gt_least(side, c->width - left);
    memset(copy, 0, (size_t)(side * side * GT_BLOCK) * sizeof *copy);
    for (int64_t k = 0; k < channels; k++)
        for (int64_t r = gt_most(-top, 0); r < gt_least(side, c->height - top); r++) {
            const float *row = image + (first + k) * area + (top + r) * c->width + left;
            for (int64_t x = begin; x < end; x++) copy[(r * side + x) * GT_BLOCK + k] = row[x];
        }
}

/* Sixteen of the few channels of a tile to points. */
static void spread_sixteen(const gt_narrow *c, const float *image, int64_t first,
                           gt_narrow_place at, bool are_reached, float *points) {
    float copy[POINTS * GT_BLOCK];
    if (c->few_blocked) {
        gt_narrow_spread(c, image + first * c->height * c->width, at, are_reached, points,
                         GT_BLOCK);
    } else if (are_reached) {
        gather(c, image, first, at.top - 1, at.left - 1, REACH, copy);
        gt_tile_spread_image(copy, REACH, REACH, 0, 0, points, GT_BLOCK);
    } else {
        gather(c, image, first, at.top, at.left, SIDE, copy);
        gt_tile_values_image(SIDE, copy, SIDE, SIDE, 0, 0, points, GT_BLOCK);
    }
}

void gt_narrow_spread_few(const gt_narrow *c, const float *pixels, int64_t first_tile,
                          bool are_reached, float *to) {
    int64_t next = gt_narrow_next_few(c), tiles = gt_least(c->chunk, c->tiles - first_tile);
    for (int64_t t = 0; t < gt_narrow_up(tiles, TOGETHER); t++)
        for (int64_t first = 0; first < c->padded; first += GT_BLOCK) {
            float points[POINTS * GT_BLOCK] = {0};
            size_t bytes = (size_t)gt_least(c->padded - first, GT_BLOCK) * sizeof *to;
            gt_narrow_place at = gt_narrow_at(c, first_tile + t);
            const float *image = pixels + at.image * c->few * c->height * c->width;
            if (t < tiles) spread_sixteen(c, image, first, at, are_reached, points);
            for (int k = 0; k < POINTS; k++)
                memcpy(to + k * next + t * c->padded + first, points + k * GT_BLOCK, bytes);
        }
}

/* ---- From few to many ------------------------------------------------------------------ */

/* One point of TOGETHER tiles: 16 results of each. */
static inline void widen_point(int64_t few, const float *x, const float *w, float *to) {
    gt_vector sum[TOGETHER];
#pragma GCC unroll 8
    for (int t = 0; t < TOGETHER; t++) sum[t] = (gt_vector){0};
    for (int64_t k = 0; k < few; k++) {
        gt_vector v = gt_load(w + k * GT_BLOCK);
#pragma GCC unroll 8
        for (int t = 0; t < TOGETHER; t++) sum[t] += x[t * few + k] * v;
    }
#pragma GCC unroll 8
    for (int t = 0; t < TOGETHER; t++) gt_store(to + t * GT_BLOCK, sum[t]);
}

/* Sums at points `step` floats apart to 4x4 pixels with `added` to each. */
static inline __attribute__((always_inline)) void
join(const float *sums, int64_t step, gt_vector added, const bool settled, gt_vector *pixels) {
    gt_vector half[SIDE * REACH];
#pragma GCC unroll 6
    for (int k = 0; k < REACH; k++) {
        gt_vector points[REACH];
#pragma GCC unroll 6
        for (int r = 0; r < REACH; r++) points[r] = gt_load(sums + (r * REACH + k) * step);
        gt_tile_join(SIDE, false, settled, points, 1, half + k, REACH);
    }
#pragma GCC unroll 4
    for (int r = 0; r < SIDE; r++)
        gt_tile_join(SIDE, false, settled, half + r * REACH, 1, pixels + r * SIDE, 1);
#pragma GCC unroll 16
    for (int k = 0; k < SIDE * SIDE; k++) pixels[k] += added;
}

/* The pixels of a tile to those of a plane of 16 channels that are inside. */
static inline __attribute__((always_inline)) void place_many(const gt_narrow_job *j,
                                                             const gt_vector *pixels,
                                                             gt_narrow_place at, float *plane,
                                                             const bool streams) {
    const gt_narrow *c = &j->c;
    int64_t rows = gt_least(SIDE, c->height - at.top),
            columns = gt_least(SIDE, c->width - at.left);
    for (int64_t r = 0; r < rows; r++)
        for (int64_t x = 0; x < columns; x++) {
            float *to = plane + ((at.top + r) * c->width + at.left + x) * GT_BLOCK;
            gt_vector v = j->clips ? gt_clip(pixels[r * SIDE + x]) : pixels[r * SIDE + x];
            if (streams)
                gt_stream(to, v);
            else
                gt_store(to, v);
        }
}

static void widen_chunk(void *self, int64_t chunk, int worker) {
    const gt_narrow_job *j = self;
    const gt_narrow *c = &j->c;
    int64_t first = chunk * c->chunk, tiles = gt_least(c->chunk, c->tiles - first);
    int64_t next = gt_narrow_next_few(c), plane = c->height * c->width * GT_BLOCK;
    float *few = j->area + worker * j->area_length, *sums = few + POINTS * next;
    gt_narrow_spread_few(c, j->a, first, true, few);
    for (int64_t b = 0; b < c->blocks; b++) {
        const float *w = j->shared + weights_at(c, true, b, 0);
        gt_vector bias = j->bias ? gt_load(j->bias + b * GT_BLOCK) : (gt_vector){0};
        for (int64_t t = 0; t < tiles; t += TOGETHER) {
            for (int64_t i = 0; !j->streams && i < gt_least(TOGETHER, tiles - t); i++) {
                gt_narrow_place at = gt_narrow_at(c, first + t + i);
                gt_narrow_fetch(c, j->result + (at.image * c->blocks + b) * plane, at, 1);
            }
            for (int k = 0; k < POINTS; k++)
                widen_point(c->padded, few + k * next + t * c->padded,
                            w + k * weights_next(c, true), sums + k * POINT);
            for (int64_t i = 0; i < gt_least(TOGETHER, tiles - t); i++) {
                gt_narrow_place at = gt_narrow_at(c, first + t + i);
                gt_vector pixels[SIDE * SIDE];
                join(sums + i * GT_BLOCK, POINT, bias, true, pixels);
                float *to = j->result + (at.image * c->blocks + b) * plane;
                if (j->streams)
                    place_many(j, pixels, at, to, true);
                else
                    place_many(j, pixels, at, to, false);
            }
        }
    }
    if (j->streams) gt_stream_end();
}

/* ---- From many to few ------------------------------------------------------------------ */

/* Of four registers the sums of all lanes. */
typedef float four __attribute__((vector_size(4 * sizeof(float))));

static inline four add_up(const gt_vector s[4]) {
    static const gt_places left = {0, 16, 1, 17, 4, 20, 5, 21, 8, 24, 9, 25, 12, 28, 13, 29},
                           right = {2, 18, 3, 19, 6, 22, 7, 23, 10, 26, 11, 27, 14, 30, 15, 31};
    static const gt_places first = {0, 1, 16, 17, 4, 5, 20, 21, 8, 9, 24, 25, 12, 13, 28, 29},
                           last = {2, 3, 18, 19, 6, 7, 22, 23, 10, 11, 26, 27, 14, 15, 30, 31};
    gt_vector a = gt_pick(s[0], s[1], left) + gt_pick(s[0], s[1], right),
              b = gt_pick(s[2], s[3], left) + gt_pick(s[2], s[3], right),
              sums = gt_pick(a, b, first) + gt_pick(a, b, last);
    four quarters[4]; /* each has a part of all four */
    memcpy(quarters, &sums, sizeof sums);
    return (quarters[0] + quarters[1]) + (quarters[2] + quarters[3]);
}

/* What is asked for beside the sums of a point: pairs of pixels of the tiles that come next, in
 * all blocks. */
typedef struct coming {
    const float *tiles[TOGETHER];
    int64_t row, plane; /* floats from one row, and from one block, to the next */
    int64_t pairs, next;
} coming;

static coming coming_of(const gt_narrow *c, const float *images, int64_t first, int64_t end) {
    coming soon = {.row = c->width * GT_BLOCK, .plane = c->height * c->width * GT_BLOCK};
    int64_t tiles = gt_most(gt_least(TOGETHER, end - first), 0);
    for (int64_t t = 0; t < tiles; t++) {
        gt_narrow_place at = gt_narrow_at(c, first + t);
        soon.tiles[t] =
            images + at.image * c->blocks * soon.plane + at.top * soon.row + at.left * GT_BLOCK;
    }
    soon.pairs = tiles * SIDE * SIDE / 2;
    return soon;
}

/* One point, four tiles, some rows: sums over the many. x (block, TOGETHER, 16), w
 * (block, row, 16), to (row, TOGETHER). */
static inline __attribute__((always_inline)) void
narrow_rows(int rows, int64_t blocks, const float *x, const float *w, float *to, coming *c) {
    enum { PAIRS = SIDE * SIDE / 2 };
    int64_t pair = c->next++, plane = 0;
    const float *soon = x;
    if (pair < c->pairs) {
        plane = c->plane;
        soon = c->tiles[pair / PAIRS] + pair % PAIRS / 2 * c->row + pair % 2 * 2 * GT_BLOCK;
    }
    gt_vector sum[MOST_ROWS][4];
#pragma GCC unroll 6
    for (int r = 0; r < rows; r++)
#pragma GCC unroll 4
        for (int t = 0; t < 4; t++) sum[r][t] = (gt_vector){0};
    for (int64_t b = 0; b < blocks; b++, x += TOGETHER * GT_BLOCK, w += rows * GT_BLOCK) {
        gt_vector v[4];
        __builtin_prefetch(soon, 0, 2);
        __builtin_prefetch(soon + GT_BLOCK, 0, 2);
        soon += plane;
#pragma GCC unroll 4
        for (int t = 0; t < 4; t++) v[t] = gt_load(x + t * GT_BLOCK);
#pragma GCC unroll 6
        for (int r = 0; r < rows; r++) {
            gt_vector u = gt_hold(gt_load(w + r * GT_BLOCK));
#pragma GCC unroll 4
            for (int t = 0; t < 4; t++) sum[r][t] += u * v[t];
        }
    }
#pragma GCC unroll 6
    for (int r = 0; r < rows; r++) {
        four sums = add_up(sum[r]);
        memcpy(to + r * TOGETHER, &sums, sizeof sums);
    }
}

static void narrow_point(const gt_narrow *c, const float *x, const float *w, float *to,
                         coming *soon) {
    for (int64_t first = 0; first < c->padded; first += c->rows) {
        for (int t = 0; t < TOGETHER; t += 4) {
            const float *tiles = x + t * GT_BLOCK;
            if (c->rows == 6)
                narrow_rows(6, c->blocks, tiles, w, to + first * TOGETHER + t, soon);
            else
                narrow_rows(4, c->blocks, tiles, w, to + first * TOGETHER + t, soon);
        }
        w += c->rows * c->blocks * GT_BLOCK;
    }
}

/* TOGETHER tiles of the many to (point, block, tile, 16). */
static void spread_many(const gt_narrow *c, const float *pixels, int64_t first, int64_t tiles,
                        float *to) {
    int64_t plane = c->height * c->width * GT_BLOCK, next = next_many(c);
    for (int64_t b = 0; b < c->blocks; b++)
        for (int64_t t = 0; t < tiles; t++) {
            gt_narrow_place at = gt_narrow_at(c, first + t);
            const float *image = pixels + (at.image * c->blocks + b) * plane;
            if (b + 1 < c->blocks) gt_narrow_fetch(c, image + plane, at, 0);
            gt_narrow_spread(c, image, at, true, to + (b * TOGETHER + t) * GT_BLOCK, next);
        }
}

/* Pixels of one of the few channels of a tile to those that are inside. */
static void place_one(const gt_narrow_job *j, const gt_vector *pixels, int lane,
                      int64_t channel, gt_narrow_place at) {
    const gt_narrow *c = &j->c;
    int64_t area = c->height * c->width, lanes = c->few_blocked ? GT_BLOCK : 1;
    float added = j->bias ? j->bias[channel] : 0;
    float *to =
        j->result + (at.image * c->few + channel / lanes * lanes) * area + channel % lanes;
    for (int64_t r = 0; r < gt_least(SIDE, c->height - at.top); r++)
        for (int64_t x = 0; x < gt_least(SIDE, c->width - at.left); x++) {
            float y = pixels[r * SIDE + x][lane] + added;
            to[((at.top + r) * c->width + at.left + x) * lanes] = j->clips && y <= 0 ? 0 : y;
        }
}

/* Sums (point, row, TOGETHER): two rows of the few are a register. */
static void place_few(const gt_narrow_job *j, const float *sums, int64_t first, int64_t tiles) {
    const gt_narrow *c = &j->c;
    for (int64_t k = 0; k < c->padded; k += 2) {
        gt_vector pixels[SIDE * SIDE];
        join(sums + k * TOGETHER, c->padded * TOGETHER, (gt_vector){0}, false, pixels);
        for (int64_t channel = k; channel < gt_least(k + 2, c->few); channel++)
            for (int64_t t = 0; t < tiles; t++)
                place_one(j, pixels, (int)((channel - k) * TOGETHER + t), channel,
                          gt_narrow_at(c, first + t));
    }
}

static void narrow_chunk(void *self, int64_t chunk, int worker) {
    const gt_narrow_job *j = self;
    const gt_narrow *c = &j->c;
    int64_t first = chunk * c->chunk, end = gt_least(first + c->chunk, c->tiles);
    float *many = j->area + worker * j->area_length, *sums = many + POINTS * next_many(c);
    for (; first < end; first += TOGETHER) {
        int64_t tiles = gt_least(TOGETHER, end - first);
        coming soon = coming_of(c, j->a, first + tiles, end);
        spread_many(c, j->a, first, tiles, many);
        for (int i = 0; i < POINTS; i++)
            narrow_point(c, many + i * next_many(c), j->shared + i * weights_next(c, false),
                         sums + i * c->padded * TOGETHER, &soon);
        place_few(j, sums, first, tiles);
    }
}

/* Whether results are so many that no second cache has them when they are read. */
static bool streams(const gt_conv_problem *p, const float *result) {
    enum { MANY = 1 << 20 };
    gt_shape to = p->kind == GT_CONV_DATA ? p->x : p->y;
    return gt_shape_count(to) >= MANY && (uintptr_t)result % (GT_BLOCK * sizeof *result) == 0;
}

/* ---- All three ------------------------------------------------------------------------- */

static gt_status run(const gt_conv_problem *p, const float *a, const float *b,
                     const float *bias, float *result, bool accumulate, void *scratch,
                     int threads, gt_error *err) {
    gt_narrow_job j = {.c = cut_of(p, threads),
                       .a = a,
                       .b = b,
                       .bias = bias,
                       .result = result,
                       .shared = scratch,
                       .is_back = p->kind == GT_CONV_DATA,
                       .clips = p->clip,
                       .accumulate = accumulate,
                       .streams = streams(p, result)};
    j.area = j.shared + shared_length(p, &j.c);
    j.area_length = area_length(p, &j.c);
    if (p->kind == GT_CONV_WEIGHTS) {
        gt_narrow_weights_run(&j, threads);
    } else {
        bool to_many = widens(p, &j.c);
        gt_team_run(threads, j.c.blocks, to_many ? spread_to_many : spread_to_few, &j);
        gt_team_run(threads, j.c.chunks, to_many ? widen_chunk : narrow_chunk, &j);
    }
    return GT_OK;
}

const gt_conv_own gt_conv_narrow = {.name = "narrow",
                                    .one_order = true,
                                    .clips = true,
                                    .applies = applies,
                                    .weights_bytes = weights_bytes,
                                    .scratch = scratch_bytes,
                                    .prepare = prepare,
                                    .run = run};
