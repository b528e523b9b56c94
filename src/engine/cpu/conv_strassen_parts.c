/* conv_strassen_parts.c - sums of parts, and pixels as parts, see conv_strassen.h. */
#include "conv_strassen.h"

enum {
    PARTS = GT_STRASSEN_PARTS,
    PRODUCTS = GT_STRASSEN_PRODUCTS,
    TOGETHER = GT_STRASSEN_TOGETHER
};

gt_strassen_sum gt_strassen_sum_of(gt_strassen_side side, int product) {
    gt_strassen_sum sum = {0};
    gt_strassen_pair outer = gt_strassen_level[side][product / 7],
                     inner = gt_strassen_level[side][product % 7];
    for (int i = 0; i < (outer.sign ? 2 : 1); i++)
        for (int k = 0; k < (inner.sign ? 2 : 1); k++) {
            sum.sign[sum.count] = (float)((i ? outer.sign : 1) * (k ? inner.sign : 1));
            sum.part[sum.count++] =
                4 * (i ? outer.second : outer.first) + (k ? inner.second : inner.first);
        }
    return sum;
}

gt_strassen_operand gt_strassen_begin(const gt_strassen_sum *sum, const float *parts,
                                      int64_t next, int64_t size, float *room) {
    gt_strassen_operand o = {.count = sum->count, .size = size, .room = room};
    for (int k = 0; k < GT_STRASSEN_TERMS; k++) {
        o.part[k] = parts + sum->part[k] * next;
        o.sign[k] = sum->sign[k];
    }
    if (sum->count == 1) o.done = size;
    return o;
}

const float *gt_strassen_finish(gt_strassen_operand *o) {
    while (o->done < o->size) gt_strassen_go_on(o);
    return o->count == 1 ? o->part[0] : o->room;
}

/* ---- Pixels -------------------------------------------------------------------------------
 */

gt_strassen_places gt_strassen_places_of(const gt_strassen_images *of, int64_t chunk,
                                         int64_t quarter) {
    gt_strassen_places places = {.quarter = quarter};
    int64_t first = chunk * 4 * quarter, image = first / of->area, in_image = first % of->area;
    for (int64_t i = 0; i < 4 * quarter; i++) {
        int64_t at = image * of->blocks * of->area + in_image;
        places.at[gt_strassen_place(quarter, i)] = first + i < of->pixels ? at * GT_BLOCK : -1;
        if (++in_image == of->area) in_image = 0, image++;
    }
    return places;
}

int64_t gt_strassen_given(gt_shape images) {
    enum { SIDE = GT_STRASSEN_SIDE };
    int64_t pixels = images.dim[0] * images.dim[2] * images.dim[3];
    int64_t quarter = gt_strassen_quarter(pixels), across = images.dim[3] / SIDE;
    bool has_tiles = images.dim[2] % SIDE == 0 && images.dim[3] % SIDE == 0 && across > 0;
    return has_tiles && pixels % (4 * quarter) == 0 && quarter / 4 % across == 0 ? quarter : 0;
}

gt_strassen_places gt_strassen_places_given(const gt_strassen_images *of, int64_t width,
                                            int64_t chunk, int64_t quarter) {
    enum { SIDE = GT_STRASSEN_SIDE, TILE = GT_STRASSEN_TILE };
    gt_strassen_places places = {.quarter = quarter};
    int64_t across = width / SIDE, of_image = of->area / TILE;
    for (int64_t i = 0; i < 4 * quarter; i++) {
        int64_t tile = chunk * quarter / 4 + i / TILE, at = tile % of_image, pixel = i % TILE;
        int64_t row = at / across * SIDE + pixel / SIDE, x = at % across * SIDE + pixel % SIDE;
        places.at[i / TILE % 4 * quarter + i / TILE / 4 * TILE + pixel] =
            (tile / of_image * of->blocks * of->area + row * width + x) * GT_BLOCK;
    }
    return places;
}

int64_t gt_strassen_asked_tiles(gt_shape images) {
    return 4 * gt_strassen_given(images) / GT_STRASSEN_TILE;
}

/* TOGETHER pixels of one block of every quarter. */
static inline __attribute__((always_inline)) void
gather_tile(const float *const *images, const int64_t *places, int64_t quarter,
            gt_strassen_side side, bool pixel_rows, float *to, int64_t next) {
    for (int q = 0; q < TOGETHER; q++) {
        gt_vector v[PARTS];
#pragma GCC unroll 16
        for (int i = 0; i < PARTS; i++) {
            int row = gt_strassen_row(i), column = gt_strassen_column(i);
            int64_t at = places[(pixel_rows ? row : column) * quarter + q];
            const float *from = images[pixel_rows ? column : row];
            v[i] = at < 0 ? (gt_vector){0} : gt_load(from + at);
        }
        gt_strassen_change(side, v);
#pragma GCC unroll 16
        for (int i = 0; i < PARTS; i++) gt_store(to + i * next + q * GT_BLOCK, v[i]);
    }
}

void gt_strassen_gather(const gt_strassen_images *of, const float *images,
                        const gt_strassen_places *places, gt_strassen_side side,
                        bool pixel_rows, float *parts) {
    int64_t blocks = of->blocks / 4, quarter = places->quarter;
    int64_t next = gt_strassen_at(1, blocks * GT_BLOCK * quarter), tiles = quarter / TOGETHER;
    bool by_block = side == GT_STRASSEN_LEFT || pixel_rows;
    for (int64_t b = 0; b < blocks; b++)
        for (int64_t tile = 0; tile < tiles; tile++) {
            const float *of_quarter[4];
            int64_t place = by_block ? b * tiles + tile : tile * blocks + b;
            float *to = parts + place * TOGETHER * GT_BLOCK;
            const int64_t *at = places->at + tile * TOGETHER;
            for (int i = 0; i < 4; i++)
                of_quarter[i] = images + (i * blocks + b) * of->area * GT_BLOCK;
            if (side == GT_STRASSEN_LEFT)
                gather_tile(of_quarter, at, quarter, GT_STRASSEN_LEFT, false, to, next);
            else if (pixel_rows)
                gather_tile(of_quarter, at, quarter, GT_STRASSEN_RIGHT, true, to, next);
            else
                gather_tile(of_quarter, at, quarter, GT_STRASSEN_RIGHT, false, to, next);
        }
}

gt_strassen_lines gt_strassen_lines_of(const gt_strassen_images *of, const float *images,
                                       const gt_strassen_places *places, int64_t most) {
    int64_t length = 1;
    while (2 * length <= most && 2 * length <= 4 * places->quarter) length *= 2;
    return (gt_strassen_lines){.block = images,
                               .blocks = images ? of->blocks : 0,
                               .plane = of->area * GT_BLOCK,
                               .places = places,
                               .length = length};
}
