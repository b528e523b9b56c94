/* conv_narrow_rims_test.c - few results out of what tiles give to their own pixels and to those
 * around them, against a sum over all tiles: images of one tile and of several, sides that fill
 * none, channels that fill no four, in planes and in a block, a bias, clipped. */
#include "kernel_call.h"

#include "cpu/conv_narrow.h"

enum { REACH = GT_TILE_REACH, POINTS = GT_TILE_POINTS, SIDE = GT_NARROW_SIDE };
enum { WIDE = GT_NARROW_WIDE, MANY = 16 };

typedef struct geometry {
    int64_t images, few, height, width;
    bool few_blocked, clips, has_bias;
} geometry;

static const geometry geometries[] = {
    {1, 1, 4, 4, false, false, false},   {2, 3, 1, 9, false, true, true},
    {1, 12, 16, 20, false, false, true}, {3, 6, 11, 7, false, true, false},
    {2, 16, 9, 13, true, false, true},   {1, 17, 8, 24, false, false, true},
};
enum { GEOMETRIES = sizeof geometries / sizeof *geometries };

static gt_narrow_job job_of(const geometry *e, int threads) {
    gt_conv_problem p = {.kind = GT_CONV_FORWARD,
                         .x = GT_SHAPE(e->images, MANY * e->few, e->height, e->width),
                         .w = GT_SHAPE(e->few, MANY * e->few, 3, 3),
                         .y = GT_SHAPE(e->images, e->few, e->height, e->width),
                         .how = {.stride = 1, .pad = 1, .groups = 1},
                         .x_blocked = true,
                         .y_blocked = e->few_blocked};
    return (gt_narrow_job){
        .c = gt_narrow_cut(&p, threads), .threads = threads, .clips = e->clips};
}

/* What a tile gives, of every channel (row, column), drawn. */
static float *given_by(const gt_narrow *c) {
    return call_drawn(c->tiles * c->few * POINTS, 3, 1);
}

/* Four channels of as many tiles as a register holds, what is too much no number. */
static void keep_all(const gt_narrow_job *j, const float *given) {
    const gt_narrow *c = &j->c;
    for (int64_t channel = 0; channel < c->few; channel += WIDE)
        for (int64_t tile = 0; tile < c->tiles; tile += WIDE) {
            gt_vector pixels[POINTS];
            int64_t tiles = gt_least(WIDE, c->tiles - tile);
            for (int i = 0; i < POINTS; i++)
                for (int l = 0; l < GT_BLOCK; l++) {
                    int64_t k = channel + l / WIDE, t = tile + l % WIDE;
                    bool is_there = k < c->few && t < c->tiles;
                    pixels[i][l] = is_there ? given[(t * c->few + k) * POINTS + i] : NAN;
                }
            gt_narrow_keep(j, pixels, channel, tile, tiles);
        }
}

/* (image, channel, row, column). */
static double *sums_of(const gt_narrow_job *j, const geometry *e, const float *given) {
    const gt_narrow *c = &j->c;
    int64_t area = e->height * e->width, count = e->images * e->few * area;
    double *sums = calloc((size_t)count, sizeof *sums);
    for (int64_t i = 0; i < count; i++)
        sums[i] = j->bias ? (double)j->bias[i / area % e->few] : 0;
    for (int64_t t = 0; t < c->tiles; t++)
        for (int64_t i = 0; i < e->few * POINTS; i++) {
            gt_narrow_place at = gt_narrow_at(c, t);
            int64_t row = at.top - 1 + i % POINTS / REACH, x = at.left - 1 + i % REACH;
            if (row < 0 || row >= e->height || x < 0 || x >= e->width) continue;
            sums[((at.image * e->few + i / POINTS) * e->height + row) * e->width + x] +=
                (double)given[t * e->few * POINTS + i];
        }
    return sums;
}

static void tiles_give_to_each_other(void **state) {
    for (int i = 0; i < GEOMETRIES; i++)
        for (int threads = 1; threads <= 3; threads++) {
            const geometry *e = &geometries[i];
            gt_narrow_job j = job_of(e, threads);
            gt_shape shape = GT_SHAPE(e->images, e->few, e->height, e->width);
            int64_t count = gt_shape_count(shape), room = gt_narrow_rims_length(&j.c);
            float *given = given_by(&j.c), *bias = call_drawn(e->few, 4, 1);
            float *result = call_new(count), *plain = call_new(count);
            j.shared = call_new(room);
            j.result = result;
            j.bias = e->has_bias ? bias : NULL;
            double *want = sums_of(&j, e, given);
            keep_all(&j, given);
            gt_narrow_take(&j);
            call_check_guard(result, count, "result");
            call_check_guard(j.shared, room, "what is kept");
            memcpy(plain, result, (size_t)count * sizeof *plain);
            if (e->few_blocked) call_block(shape, result, plain, true);
            for (int64_t k = 0; k < count; k++)
                assert_float_equal(plain[k], e->clips ? fmax(want[k], 0) : want[k], 1e-5);
            free(given), free(bias), free(result), free(plain), free(j.shared), free(want);
        }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(tiles_give_to_each_other)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
