/* conv_narrow_weights.c - gradients of the weights of convolutions between few channels and
 * many: at each point of the tiles sums of products of one of the few with 16 of the many.
 *
 * Pieces of the work are blocks of the many, each with all tiles in their order; a piece
 * transforms what it reads itself, and the few are transformed once for all. */
#include "conv_narrow.h"
#include "team.h"

enum { POINTS = GT_TILE_POINTS, REACH = GT_TILE_REACH, TAPS = GT_NARROW_TAPS };
enum { MOST_SUMS = 12, SHORT = 16 }; /* SHORT: tiles that one adds up, for rounding's sake */

static int64_t next_panel(const gt_narrow *c) {
    return c->chunk * GT_BLOCK + GT_BLOCK;
}

int64_t gt_narrow_weights_shared(const gt_narrow *c) {
    return c->chunks * POINTS * gt_narrow_next_few(c);
}

/* 16 of the many of a chunk, and their sums. */
int64_t gt_narrow_weights_area(const gt_narrow *c) {
    return POINTS * (next_panel(c) + c->padded * GT_BLOCK);
}

static void spread_chunk(void *self, int64_t chunk, int worker) {
    const gt_narrow_job *j = self;
    const gt_narrow *c = &j->c;
    gt_narrow_spread_few(c, c->few_is_x ? j->a : j->b, chunk * c->chunk, c->few_is_x,
                         j->shared + chunk * POINTS * gt_narrow_next_few(c));
}

/* Some points of some rows of the few and 16 of the many: the sums over tiles. */
GT_ALWAYS void multiply_rows(const gt_narrow *c, const int points, const int rows,
                             int64_t tiles, const float *few, const float *many, float *total) {
    int64_t next_few = gt_narrow_next_few(c), next_many = next_panel(c), padded = c->padded;
    for (int64_t first = 0; first < tiles; first += SHORT) {
        gt_vector sum[MOST_SUMS];
#pragma GCC unroll 12
        for (int i = 0; i < points * rows; i++) sum[i] = (gt_vector){0};
        for (int64_t t = first; t < gt_least(first + SHORT, tiles); t++) {
#pragma GCC unroll 2
            for (int k = 0; k < points; k++) {
                gt_vector v = gt_load(many + k * next_many + t * GT_BLOCK);
                const float *of = few + k * next_few + t * padded;
#pragma GCC unroll 12
                for (int r = 0; r < rows; r++) sum[k * rows + r] += of[r] * v;
            }
        }
#pragma GCC unroll 2
        for (int k = 0; k < points; k++)
#pragma GCC unroll 12
            for (int r = 0; r < rows; r++) {
                float *to = total + (k * padded + r) * GT_BLOCK;
                gt_store(to, gt_load(to) + sum[k * rows + r]);
            }
    }
}

/* Additions must not wait for each other: twelve sums at once, or eight, of one point where its
 * rows are so many, of two elsewhere. */
GT_ALWAYS void multiply_points(const gt_narrow *c, const int points, const int rows,
                               int64_t tiles, const float *few, const float *panel,
                               float *sums) {
    for (int k = 0; k < POINTS; k += points)
        for (int64_t row = 0; row < c->padded; row += rows)
            multiply_rows(c, points, rows, tiles, few + k * gt_narrow_next_few(c) + row,
                          panel + k * next_panel(c), sums + (k * c->padded + row) * GT_BLOCK);
}

/* The products of a chunk, whose many are in a panel. */
static void multiply(const gt_narrow *c, int64_t tiles, const float *few, const float *panel,
                     float *sums) {
    if (c->padded % 12 == 0)
        multiply_points(c, 1, 12, tiles, few, panel, sums);
    else if (c->padded % 6 == 0)
        multiply_points(c, 1, 6, tiles, few, panel, sums);
    else if (c->padded % 8 == 0)
        multiply_points(c, 1, 8, tiles, few, panel, sums);
    else
        multiply_points(c, 2, 4, tiles, few, panel, sums);
}

/* The windows between one of the few and 16 of the many. */
static void join(const gt_narrow_job *j, const float *sums, int64_t block, int64_t few) {
    const gt_narrow *c = &j->c;
    bool is_row = c->few_is_x; /* whether the many are the rows of w */
    int64_t next = is_row ? c->few * TAPS : TAPS;
    float *to = j->result + block * GT_BLOCK * next +
                few * (is_row ? TAPS : c->blocks * GT_BLOCK * TAPS);
    gt_vector points[POINTS], half[3 * REACH], taps[TAPS];
    for (int k = 0; k < POINTS; k++)
        points[k] = gt_load(sums + (k * c->padded + few) * GT_BLOCK);
    for (int k = 0; k < REACH; k++)
        gt_tile_join(3, true, false, points + k, REACH, half + k, REACH);
    for (int r = 0; r < 3; r++)
        gt_tile_join(3, true, false, half + r * REACH, 1, taps + r * 3, 1);
    for (int l = 0; l < GT_BLOCK; l++)
        for (int t = 0; t < TAPS; t++) {
            float held = j->accumulate ? to[l * next + t] : 0;
            to[l * next + t] = held + taps[t][l];
        }
}

/* Asks for the tile of the many that comes two rows of tiles later, behind the last one in the
 * next block: memory takes so long, and more at once would push each other out. */
GT_ALWAYS void fetch_ahead(const gt_narrow *c, const float *images, int64_t block,
                           int64_t tile) {
    enum { MOST = 16 };
    int64_t soon = tile + gt_least(2 * c->across, MOST);
    if (soon >= c->tiles) block = gt_least(block + 1, c->blocks - 1), soon %= c->tiles;
    gt_narrow_place at = gt_narrow_at(c, soon);
    gt_narrow_fetch(
        c, images + (at.image * c->blocks + block) * c->height * c->width * GT_BLOCK, at, 0);
}

static void weigh_block(void *self, int64_t block, int worker) {
    const gt_narrow_job *j = self;
    const gt_narrow *c = &j->c;
    const float *images = c->few_is_x ? j->b : j->a;
    int64_t plane = c->height * c->width * GT_BLOCK;
    float *panel = j->area + worker * j->area_length, *sums = panel + POINTS * next_panel(c);
    memset(sums, 0, (size_t)(POINTS * c->padded * GT_BLOCK) * sizeof *sums);
    for (int64_t chunk = 0; chunk < c->chunks; chunk++) {
        int64_t first = chunk * c->chunk, tiles = gt_least(c->chunk, c->tiles - first);
        for (int64_t t = 0; t < tiles; t++) {
            gt_narrow_place at = gt_narrow_at(c, first + t);
            fetch_ahead(c, images, block, first + t);
            gt_narrow_spread(c, images + (at.image * c->blocks + block) * plane, at,
                             !c->few_is_x, panel + t * GT_BLOCK, next_panel(c));
        }
        multiply(c, tiles, j->shared + chunk * POINTS * gt_narrow_next_few(c), panel, sums);
    }
    for (int64_t few = 0; few < c->few; few++) join(j, sums, block, few);
}

void gt_narrow_weights_run(gt_narrow_job *j, int threads) {
    gt_team_run(threads, j->c.chunks, spread_chunk, j);
    gt_team_run(threads, j->c.blocks, weigh_block, j);
}
