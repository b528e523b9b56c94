/* conv_narrow_rims.c - few results of a 3x3 convolution from what each tile gives to its own
 * pixels and to those around it. Terms are added in one order, so that no bit depends on who
 * has made which tile. */
#include "conv_narrow.h"
#include "team.h"

enum { POINTS = GT_TILE_POINTS, REACH = GT_TILE_REACH, SIDE = GT_NARROW_SIDE };
enum { WIDE = GT_NARROW_WIDE, LAST = REACH - 1 };

/* In memory: (tile, one of the few, 48), which are the pixels of the tile; the rows above and
 * below it, the columns left and right of it; the corners and zeros. */
enum { INSIDE = 0, EDGES = GT_BLOCK, CORNERS = 2 * GT_BLOCK, KEPT = 3 * GT_BLOCK };
enum { CORNER = 4 }; /* how many there are; behind them are zeros */

static int64_t channels_of(const gt_narrow *c) {
    return gt_narrow_up(c->few, WIDE);
}

int64_t gt_narrow_rims_length(const gt_narrow *c) {
    return c->tiles * channels_of(c) * KEPT;
}

static float *kept_at(const gt_narrow_job *j, int64_t tile, int64_t channel) {
    return j->shared + (tile * channels_of(&j->c) + channel) * KEPT;
}

/* Sixteen numbers of every channel in every tile. */
static void keep_sixteen(const gt_narrow_job *j, gt_vector v[GT_BLOCK], int64_t channel,
                         int64_t tile, int64_t tiles, int part) {
    gt_transpose(v);
    for (int64_t t = 0; t < tiles; t++)
        for (int k = 0; k < WIDE; k++)
            gt_store(kept_at(j, tile + t, channel + k) + part, v[k * WIDE + t]);
}

void gt_narrow_keep(const gt_narrow_job *j, const gt_vector pixels[POINTS], int64_t channel,
                    int64_t tile, int64_t tiles) {
    gt_vector inside[GT_BLOCK], edges[GT_BLOCK], corners[GT_BLOCK] = {{0}};
    for (int i = 0; i < SIDE; i++) {
        for (int k = 0; k < SIDE; k++) inside[i * SIDE + k] = pixels[(1 + i) * REACH + 1 + k];
        edges[i] = pixels[1 + i];
        edges[SIDE + i] = pixels[LAST * REACH + 1 + i];
        edges[2 * SIDE + i] = pixels[(1 + i) * REACH];
        edges[3 * SIDE + i] = pixels[(1 + i) * REACH + LAST];
    }
    for (int i = 0; i < CORNER; i++) corners[i] = pixels[i / 2 * LAST * REACH + i % 2 * LAST];
    keep_sixteen(j, inside, channel, tile, tiles, INSIDE);
    keep_sixteen(j, edges, channel, tile, tiles, EDGES);
    keep_sixteen(j, corners, channel, tile, tiles, CORNERS);
}

/* ---- What a tile takes ------------------------------------------------------------------- */

/* The tiles around one, by row and column, whose first channel is kept there; zeros where there
 * is none. */
typedef struct around {
    const float *kept[3][3];
    int64_t next[3][3]; /* floats from one channel to the next */
} around;

static around around_of(const gt_narrow_job *j, int64_t tile, gt_narrow_place at) {
    static const float zeros[KEPT];
    const gt_narrow *c = &j->c;
    around a;
    for (int r = -1; r <= 1; r++)
        for (int k = -1; k <= 1; k++) {
            int64_t top = at.top + r * SIDE, left = at.left + k * SIDE;
            bool is_there = top >= 0 && top < c->height && left >= 0 && left < c->width;
            a.kept[1 + r][1 + k] = is_there ? kept_at(j, tile + r * c->across + k, 0) : zeros;
            a.next[1 + r][1 + k] = is_there ? KEPT : 0;
        }
    return a;
}

/* The pixels of one channel. */
static gt_vector take(const around *a, int64_t channel, float bias) {
#define Z 16
    static const gt_places above = {4, 5, 6, 7, Z, Z, Z, Z, Z, Z, Z, Z, Z, Z, Z, Z},
                           below = {Z, Z, Z, Z, Z, Z, Z, Z, Z, Z, Z, Z, 0, 1, 2, 3},
                           left = {12, Z, Z, Z, 13, Z, Z, Z, 14, Z, Z, Z, 15, Z, Z, Z},
                           right = {Z, Z, Z, 8, Z, Z, Z, 9, Z, Z, Z, 10, Z, Z, Z, 11};
#undef Z
    static const gt_places upper = {3, 4, 4, 18, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4},
                           lower = {4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 1, 4, 4, 16};
    const gt_vector zero = {0};
    gt_vector v[3][3];
    for (int r = 0; r < 3; r++)
        for (int k = 0; k < 3; k++) {
            int part = r == 1 && k == 1 ? INSIDE : r == 1 || k == 1 ? EDGES : CORNERS;
            v[r][k] = gt_load(a->kept[r][k] + channel * a->next[r][k] + part);
        }
    gt_vector sum = v[1][1] + bias;
    sum += gt_pick(v[0][1], zero, above);
    sum += gt_pick(v[2][1], zero, below);
    sum += gt_pick(v[1][0], zero, left);
    sum += gt_pick(v[1][2], zero, right);
    sum += gt_pick(v[0][0], v[0][2], upper);
    return sum + gt_pick(v[2][0], v[2][2], lower);
}

/* Pixels of a tile to those that are inside. */
static void place(const gt_narrow *c, gt_vector pixels, gt_narrow_place at, int64_t lanes,
                  float *to) {
    int64_t rows = gt_least(SIDE, c->height - at.top),
            columns = gt_least(SIDE, c->width - at.left);
    float numbers[GT_BLOCK];
    gt_store(numbers, pixels);
    for (int64_t r = 0; r < rows; r++, to += c->width * lanes) {
        if (lanes == 1 && columns == SIDE)
            memcpy(to, numbers + r * SIDE, SIDE * sizeof *to);
        else
            for (int64_t x = 0; x < columns; x++) to[x * lanes] = numbers[r * SIDE + x];
    }
}

static void take_tiles(void *self, int64_t begin, int64_t end) {
    const gt_narrow_job *j = self;
    const gt_narrow *c = &j->c;
    int64_t area = c->height * c->width, lanes = c->few_blocked ? GT_BLOCK : 1;
    for (int64_t tile = begin; tile < end; tile++) {
        gt_narrow_place at = gt_narrow_at(c, tile);
        around a = around_of(j, tile, at);
        float *image =
            j->result + at.image * c->few * area + (at.top * c->width + at.left) * lanes;
        for (int64_t k = 0; k < c->few; k++) {
            gt_vector pixels = take(&a, k, j->bias ? j->bias[k] : 0);
            if (j->clips) pixels = gt_clip(pixels);
            place(c, pixels, at, lanes, image + k / lanes * lanes * area + k % lanes);
        }
    }
}

void gt_narrow_take(gt_narrow_job *j) {
    enum { GRAIN = 512 }; /* channels of tiles */
    gt_team_range(j->threads, j->c.tiles, 1 + GRAIN / j->c.few, take_tiles, j);
}
