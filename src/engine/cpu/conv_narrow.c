/* conv_narrow.c - 3x3 convolutions between a few channels, row-major or in blocks, and many in
 * blocks, either way, in tiles of 4x4 pixels (conv_tiles.h).
 *
 * Libraries fill up few channels to a register of 16. Here registers hold 16 of the many, which
 * are results from few to many; from many to few (conv_narrow_few.c) they hold terms as well.
 * The many channels of a tile are transformed once and stay in cache until they are used up.
 *
 * Pieces of the work are chunks of tiles, or some of the results' channels where one chunk has
 * all tiles; no sum crosses from one to another, so no bit depends on how they are cut. */
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

/* Whether values go from the few to the many. */
static bool widens(const gt_conv_problem *p, const gt_narrow *c) {
    return (p->kind == GT_CONV_FORWARD) == c->few_is_x;
}

/* Threads that shared the tiles of a single chunk would each need all weights as points; so
 * they share channels, as far as there are enough. */
static int64_t shares_of(const gt_conv_problem *p, const gt_narrow *c, int threads) {
    if (p->kind == GT_CONV_WEIGHTS || p->x_parts || c->tiles > GT_NARROW_CHUNK) return 0;
    int64_t most = widens(p, c) ? gt_narrow_many_shares(c) : gt_narrow_few_shares(c);
    return most >= threads ? threads : 0;
}

/* Chunks are so long that going through the weights for each costs little, and shorter where
 * threads would be left without one; sums of gradients do not depend on the threads. */
gt_narrow gt_narrow_cut(const gt_conv_problem *p, int threads) {
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
    c.shares = shares_of(p, &c, threads);
    int64_t pieces = p->kind == GT_CONV_WEIGHTS || c.shares ? 1 : threads;
    c.chunk =
        gt_least(gt_narrow_up((c.tiles + pieces - 1) / pieces, TOGETHER), GT_NARROW_CHUNK);
    c.unit = c.chunk;
    if (p->x_parts && p->kind == GT_CONV_FORWARD) {
        c.unit = gt_strassen_asked_tiles(p->x);
        c.chunk = gt_most(c.chunk / c.unit, 1) * c.unit;
    }
    c.chunks = (c.tiles + c.chunk - 1) / c.chunk;
    return c;
}

static int64_t area_length(const gt_conv_problem *p, const gt_narrow *c) {
    if (p->kind == GT_CONV_WEIGHTS) return gt_narrow_weights_area(c);
    if (widens(p, c)) return gt_narrow_many_area(c);
    return gt_narrow_few_area(c) + (p->x_parts ? gt_narrow_made_length(c) : 0);
}

static int64_t shared_length(const gt_conv_problem *p, const gt_narrow *c) {
    if (p->kind == GT_CONV_WEIGHTS) return gt_narrow_weights_shared(c);
    if (!widens(p, c)) return gt_narrow_rims_length(c);
    return c->shares ? 0 : gt_narrow_many_shared(c);
}

static int64_t asked_length(const gt_conv_problem *p, int threads) {
    return p->x_parts ? gt_strassen_asked_length(p, threads) : 0;
}

static bool masks(const gt_conv_problem *p) {
    return p->kind == GT_CONV_DATA && !few_is_x(p);
}

static int64_t totals_length(const gt_conv_problem *p, const gt_narrow *c) {
    return p->totals && masks(p) ? gt_narrow_runs(c) * c->blocks * GT_BLOCK : 0;
}

static size_t scratch_bytes(const gt_conv_problem *p, int threads) {
    if (p->y_parts) return 0;
    gt_narrow c = gt_narrow_cut(p, threads);
    return (size_t)(shared_length(p, &c) + threads * area_length(p, &c) + totals_length(p, &c) +
                    asked_length(p, threads)) *
           sizeof(float);
}

/* ---- Weights --------------------------------------------------------------------------- */

/* Kept are the windows. They become points in every run: that costs little, and kept points
 * would be four times as many numbers to keep and to read. */
static size_t weights_bytes(const gt_conv_problem *p) {
    gt_narrow c = gt_narrow_cut(p, 1);
    if (p->kind == GT_CONV_WEIGHTS) return 0;
    return (size_t)(gt_narrow_windows(&c) * c.blocks) * sizeof(float);
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

/* Windows of a block (few, tap, 16) to their order. */
static void order_windows(const float *from, int64_t few, float *to) {
    enum { WIDE = GT_NARROW_WIDE, WINDOW = GT_NARROW_WINDOW };
    for (int64_t k = 0; k < few; k += WIDE, from += WIDE * WINDOW)
        for (int64_t tap = 0; tap < TAPS; tap++, to += WIDE * GT_BLOCK) {
            gt_vector v[WIDE];
            for (int i = 0; i < WIDE; i++) v[i] = gt_load(from + i * WINDOW + tap * GT_BLOCK);
            gt_narrow_exchange(v);
            for (int i = 0; i < WIDE; i++) gt_store(to + i * GT_BLOCK, v[i]);
        }
}

static void prepare_block(void *self, int64_t block, int worker) {
    enum { WINDOW = GT_NARROW_WINDOW };
    const preparation *s = self;
    const gt_narrow *c = &s->c;
    float windows[FEW * WINDOW] = {0};
    if (c->few_is_x) /* the many are the rows of w */
        turn_rows(s->w + block * c->few * WINDOW, c->few * TAPS, windows);
    for (int64_t few = 0; !c->few_is_x && few < c->few; few++)
        turn_windows(s->w + (few * c->blocks + block) * WINDOW, windows + few * WINDOW);
    order_windows(windows, c->few, s->to + block * gt_narrow_windows(c));
}

static void prepare(const gt_conv_problem *p, const float *w, float *prepared, int threads) {
    preparation s = {gt_narrow_cut(p, threads), w, prepared};
    gt_team_run(threads, s.c.blocks, prepare_block, &s);
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

/* Whether results are so many that no second cache has them when they are read. */
static bool streams(const gt_conv_problem *p, const float *result) {
    enum { MANY = 1 << 20 };
    gt_shape to = p->kind == GT_CONV_DATA ? p->x : p->y;
    return gt_shape_count(to) >= MANY && (uintptr_t)result % (GT_BLOCK * sizeof *result) == 0;
}

static int64_t gives_parts(const gt_conv_problem *p) {
    gt_narrow c = gt_narrow_cut(p, 1);
    bool gives = p->kind == GT_CONV_FORWARD && widens(p, &c) && gt_strassen_given(p->y) > 0 &&
                 gt_narrow_can_leave(p);
    return gives ? p->x.dim[1] : 0;
}

/* Where each thread has some of what is asked for at once, and none much more than others. */
static bool takes_parts(const gt_conv_problem *p, int threads) {
    gt_narrow c = gt_narrow_cut(p, 1);
    int64_t asked = gt_strassen_asked_tiles(p->x);
    if (p->kind != GT_CONV_FORWARD || widens(p, &c) || asked == 0) return false;
    return c.tiles / asked % threads == 0 || c.tiles / asked >= 4 * threads;
}

/* ---- All three ------------------------------------------------------------------------- */

static gt_status run(const gt_conv_problem *p, const float *a, const float *b,
                     const gt_conv_beside *beside, float *result, bool accumulate,
                     void *scratch, int threads, gt_error *err) {
    gt_narrow_job j = {.c = gt_narrow_cut(p, threads),
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
                       .streams = streams(p, result)};
    j.area = j.shared + shared_length(p, &j.c);
    j.area_length = area_length(p, &j.c);
    if (totals_length(p, &j.c)) j.totals = j.area + threads * j.area_length;
    if (p->kind == GT_CONV_WEIGHTS) {
        gt_narrow_weights_run(&j, threads);
    } else if (p->y_parts) {
        gt_narrow_leave(&j);
    } else if (widens(p, &j.c)) {
        gt_narrow_many_run(&j);
        if (j.totals)
            gt_conv_add_totals(j.totals, gt_narrow_runs(&j.c), p->x.dim[1], beside->totals);
    } else {
        if (p->x_parts)
            j.makes = gt_strassen_asked(p, a, threads, j.area + threads * j.area_length);
        gt_narrow_few_run(&j);
    }
    return GT_OK;
}

const gt_conv_own gt_conv_narrow = {.name = "narrow",
                                    .one_order = true,
                                    .clips = true,
                                    .masks = masks,
                                    .gives_parts = gives_parts,
                                    .takes_parts = takes_parts,
                                    .applies = applies,
                                    .weights_bytes = weights_bytes,
                                    .scratch = scratch_bytes,
                                    .prepare = prepare,
                                    .run = run};
