/* lanes_test.c - squares of numbers turned, parts of sixteen, lines past the caches, and the
 * settled order of additions, against what they stand for. */
#include "gt_test.h"

#include "cpu/conv_tiles.h"
#include "rng.h"

static float *drawn(uint32_t stream, int64_t count) {
    float *numbers = malloc((size_t)count * sizeof *numbers);
    assert_non_null(numbers);
    gt_rng_fill_normal((gt_rng_key){31, stream, 0}, 0, (size_t)count, numbers);
    return numbers;
}

/* Rows become columns, whatever lies between them, and nothing else is written. */
static void squares_are_turned(void **state) {
    enum { ROOM = 40 * GT_BLOCK };
    for (int64_t from_row = GT_BLOCK; from_row <= 40; from_row += 3)
        for (int64_t to_row = GT_BLOCK; to_row <= 40; to_row += 4) {
            float *from = drawn(1, ROOM), *to = drawn(2, ROOM), *before = drawn(2, ROOM);
            gt_turn_square(from, from_row, to, to_row);
            for (int64_t i = 0; i < ROOM; i++) {
                int64_t row = i / to_row, column = i % to_row;
                bool is_inside = row < GT_BLOCK && column < GT_BLOCK;
                float want = is_inside ? from[column * from_row + row] : before[i];
                if (to[i] != want)
                    fail_msg("rows %lld and %lld apart: number %lld", (long long)from_row,
                             (long long)to_row, (long long)i);
            }
            free(from), free(to), free(before);
        }
}

/* Of sixteen numbers those between two places, and zeros, whatever the others are. */
static void parts_are_loaded(void **state) {
    enum { ROOM = 3 * GT_BLOCK };
    float *from = drawn(9, ROOM);
    for (int begin = -3; begin <= GT_BLOCK + 2; begin++)
        for (int end = -2; end <= GT_BLOCK + 3; end++) {
            float around[ROOM];
            for (int i = 0; i < ROOM; i++) {
                int l = i - GT_BLOCK;
                around[i] = begin <= l && l < end ? from[i] : NAN;
            }
            gt_vector v = gt_load_between(around + GT_BLOCK, begin, end);
            for (int l = 0; l < GT_BLOCK; l++) {
                bool is_inside = begin <= l && l < end;
                if (v[l] != (is_inside ? from[GT_BLOCK + l] : 0))
                    fail_msg("from %d to %d: number %d", begin, end, l);
            }
        }
    free(from);
}

/* Lines that go past the caches arrive as they are, and nothing beside them is written. */
static void lines_arrive(void **state) {
    enum { LINES = 9, ROOM = LINES * GT_BLOCK };
    static _Alignas(64) float to[ROOM];
    float *from = drawn(7, ROOM);
    for (int i = 1; i < LINES; i += 2)
        gt_stream(to + i * GT_BLOCK, gt_hold(gt_load(from + i * GT_BLOCK)));
    gt_stream_end();
    for (int i = 0; i < ROOM; i++)
        if (to[i] != (i / GT_BLOCK % 2 ? from[i] : 0)) fail_msg("number %d", i);
    free(from);
}

/* The order of additions that is settled gives what any other does, but for rounding. */
static void settled_joins(void **state) {
    enum { REACH = GT_TILE_REACH };
    float *drawn_points = drawn(8, REACH * GT_BLOCK);
    gt_vector points[REACH], free_order[4], settled[4];
    for (int k = 0; k < REACH; k++) points[k] = gt_load(drawn_points + k * GT_BLOCK);
    gt_tile_join(4, false, false, points, 1, free_order, 1);
    gt_tile_join(4, false, true, points, 1, settled, 1);
    for (int i = 0; i < 4; i++)
        for (int l = 0; l < GT_BLOCK; l++)
            if (!(fabsf(settled[i][l] - free_order[i][l]) < 1e-5f)) fail_msg("%d %d", i, l);
    free(drawn_points);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(squares_are_turned),
        cmocka_unit_test(parts_are_loaded),
        cmocka_unit_test(lines_arrive),
        cmocka_unit_test(settled_joins),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
