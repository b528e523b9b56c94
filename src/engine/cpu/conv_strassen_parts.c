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

const float *gt_strassen_add(const gt_strassen_sum *sum, const float *parts, int64_t size,
                             float *room) {
    const float *p[GT_STRASSEN_TERMS], *sign = sum->sign;
    for (int k = 0; k < GT_STRASSEN_TERMS; k++)
        p[k] = parts + gt_strassen_at(sum->part[k], size);
    if (sum->count == 1) return p[0];
    if (sum->count == 2) {
        for (int64_t i = 0; i < size; i += GT_BLOCK)
            gt_store(room + i, gt_load(p[0] + i) + sign[1] * gt_load(p[1] + i));
        return room;
    }
    for (int64_t i = 0; i < size; i += GT_BLOCK)
        gt_store(room + i, (gt_load(p[0] + i) + sign[1] * gt_load(p[1] + i)) +
                               (sign[2] * gt_load(p[2] + i) + sign[3] * gt_load(p[3] + i)));
    return room;
}

/* ---- Pixels -------------------------------------------------------------------------------
 */

gt_strassen_places gt_strassen_places_of(const gt_strassen_images *of, int64_t chunk,
                                         int64_t quarter) {
    gt_strassen_places places = {.quarter = quarter};
    for (int64_t i = 0; i < 4 * quarter; i++) {
        int64_t pixel = chunk * 4 * quarter + i, image = pixel / of->area;
        int64_t at = image * of->blocks * of->area + pixel % of->area;
        places.at[i] = pixel < of->pixels ? at * GT_BLOCK : -1;
    }
    return places;
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
    int64_t next = gt_strassen_at(1, blocks * GT_BLOCK * quarter);
    for (int64_t b = 0; b < blocks; b++)
        for (int64_t tile = 0; tile < quarter / TOGETHER; tile++) {
            const float *of_quarter[4];
            float *to = parts + (tile * blocks + b) * TOGETHER * GT_BLOCK;
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

void gt_strassen_fetch(const gt_strassen_images *of, const float *images,
                       const gt_strassen_places *places, int product) {
    int64_t blocks = of->blocks;
    for (int64_t b = blocks * product / PRODUCTS; b < blocks * (product + 1) / PRODUCTS; b++)
        for (int64_t i = 0; i < 4 * places->quarter; i++)
            if (places->at[i] >= 0)
                __builtin_prefetch(images + places->at[i] + b * of->area * GT_BLOCK, 0, 2);
}
