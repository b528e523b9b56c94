/* The closest images against plain loops over all of them: shapes, flips, blocks, threads,
 * ties, extremes. */
#include <omp.h>

#include "closest.h"
#include "galatea/twomodels.h"
#include "gt_test.h"
#include "parities.h"

typedef struct problem {
    gt_closest_shape shape;
    size_t samples, images, values;
    float *q, *x;
} problem;

static float noise(uint64_t i, uint64_t stream) {
    uint64_t z = i * 0x9e3779b97f4a7c15u + stream * 0xbf58476d1ce4e5b9u + 1;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return (float)((double)(z >> 40) / (1 << 23) - 1);
}

static problem make(gt_closest_shape shape, size_t samples, size_t images, float mean) {
    size_t values = shape.channels * shape.height * shape.width;
    problem p = {.shape = shape, .samples = samples, .images = images, .values = values};
    p.q = calloc(samples * values, sizeof *p.q);
    p.x = calloc(images * values, sizeof *p.x);
    for (size_t i = 0; i < samples * values; i++) p.q[i] = mean + noise(i, 1);
    for (size_t i = 0; i < images * values; i++) p.x[i] = mean + noise(i, 2);
    return p;
}

static void drop(problem *p) {
    free(p->q), free(p->x);
}

static gt_closest *search(const problem *p, size_t block) {
    gt_error err;
    gt_closest *s = NULL;
    assert_ok(gt_closest_create(&p->shape, p->samples, p->q, &s, &err), err);
    for (size_t at = 0; at < p->images; at += block) {
        size_t count = p->images - at < block ? p->images - at : block;
        assert_ok(gt_closest_add(s, at, count, p->x + at * p->values, &err), err);
    }
    return s;
}

static gt_closest_match by_loops(const problem *p, size_t q, gt_closest_kind kind) {
    gt_closest_match best = {.cosine = -2};
    float *laid = calloc(p->values, sizeof *laid);
    for (int flip = 0; flip < (p->shape.flips ? GT_FLIPS : 1); flip++) {
        gt_flip_image(&p->shape, p->q + q * p->values, flip, laid);
        for (size_t r = 0; r < p->images; r++) {
            gt_cosines both = gt_cosines_of(p->values, laid, p->x + r * p->values);
            double cosine = kind == GT_CLOSEST_PLAIN ? both.plain : both.centred;
            if (cosine > best.cosine + 1e-13) best = (gt_closest_match){r, cosine, flip};
        }
    }
    free(laid);
    return best;
}

static void check(const problem *p, size_t block) {
    gt_closest *s = search(p, block);
    for (int kind = 0; kind < GT_CLOSEST_KINDS; kind++)
        for (size_t q = 0; q < p->samples; q++) {
            gt_closest_match got = gt_closest_matches(s, (gt_closest_kind)kind)[q],
                             want = by_loops(p, q, (gt_closest_kind)kind);
            assert_near(got.cosine, want.cosine, 1e-13);
            assert_int_equal(got.row, want.row);
            assert_int_equal(got.flip, want.flip);
        }
    gt_closest_destroy(s);
}

/* Even and odd sides, lines, single pixels, colours; with images brighter than they vary. */
static void shapes_and_blocks(void **state) {
    static const gt_closest_shape shapes[] = {
        {1, 8, 8, true},  {3, 7, 5, true},  {1, 6, 9, true},  {2, 5, 4, true}, {1, 1, 9, true},
        {1, 12, 1, true}, {1, 8, 8, false}, {3, 7, 5, false}, {1, 3, 33, true}};
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        problem p = make(shapes[i], 3 + 2 * i, 150, i % 3 ? 4 : 0);
        check(&p, 150);
        check(&p, 7);
        drop(&p);
    }
}

/* More samples and images than a tile holds. */
static void larger_than_a_tile(void **state) {
    problem p = make((gt_closest_shape){1, 4, 4, true}, 300, 1100, 1);
    check(&p, 1100);
    drop(&p);
}

static void threads_change_nothing(void **state) {
    int most = omp_get_max_threads();
    problem p = make((gt_closest_shape){1, 10, 10, true}, 40, 700, 2);
    gt_closest *many = search(&p, 700);
    omp_set_num_threads(1);
    gt_closest *one = search(&p, 64);
    omp_set_num_threads(most);
    for (int kind = 0; kind < GT_CLOSEST_KINDS; kind++)
        for (size_t q = 0; q < p.samples; q++) {
            const gt_closest_match *a = &gt_closest_matches(many, (gt_closest_kind)kind)[q],
                                   *b = &gt_closest_matches(one, (gt_closest_kind)kind)[q];
            assert_true(a->row == b->row && a->flip == b->flip && a->cosine == b->cosine);
        }
    gt_closest_destroy(many), gt_closest_destroy(one);
    drop(&p);
}

/* A copy, and a copy laid otherwise, are found as such; of two the first. */
static void copies(void **state) {
    problem p = make((gt_closest_shape){1, 9, 12, true}, GT_FLIPS, 100, 3);
    for (int flip = 0; flip < GT_FLIPS; flip++) {
        gt_flip_image(&p.shape, p.q + (size_t)flip * p.values, flip,
                      p.x + (20 + 10 * (size_t)flip) * p.values);
        gt_flip_image(&p.shape, p.q + (size_t)flip * p.values, flip,
                      p.x + (60 + 10 * (size_t)flip) * p.values);
    }
    gt_closest *s = search(&p, 100);
    for (int kind = 0; kind < GT_CLOSEST_KINDS; kind++)
        for (int q = 0; q < GT_FLIPS; q++) {
            gt_closest_match got = gt_closest_matches(s, (gt_closest_kind)kind)[q];
            assert_near(got.cosine, 1, 1e-14);
            assert_int_equal(got.row, 20 + 10 * q);
            assert_int_equal(got.flip, q);
        }
    gt_closest_destroy(s);
    drop(&p);
}

/* Zeros are like nothing, and images of one value like nothing without their mean; lengths that
 * float32 cannot square are searched all the same. */
static void extremes(void **state) {
    problem p = make((gt_closest_shape){1, 8, 8, true}, 4, 80, 0);
    for (size_t i = 0; i < p.values; i++) {
        p.q[i] = 0;
        p.q[p.values + i] = 0.1F;
        p.x[3 * p.values + i] *= 1e20F;
        p.x[4 * p.values + i] *= 1e-20F;
        p.x[5 * p.values + i] = 0;
        p.x[6 * p.values + i] = 7;
        p.q[3 * p.values + i] = p.x[4 * p.values + i] * 1e20F;
        p.q[2 * p.values + i] = p.x[3 * p.values + i] * 1e-20F;
    }
    gt_closest *s = search(&p, 80);
    const gt_closest_match *plain = gt_closest_matches(s, GT_CLOSEST_PLAIN),
                           *centred = gt_closest_matches(s, GT_CLOSEST_CENTRED);
    assert_true(plain[0].cosine == 0 && centred[0].cosine == 0 && centred[1].cosine == 0);
    assert_int_equal(plain[0].row, 0);
    assert_int_equal(plain[1].row, 6);
    assert_near(plain[1].cosine, 1, 1e-14);
    assert_int_equal(centred[2].row, 3);
    assert_near(centred[2].cosine, 1, 1e-7);
    assert_int_equal(plain[3].row, 4);
    assert_near(plain[3].cosine, 1, 1e-7);
    gt_closest_destroy(s);
    drop(&p);
}

static void refusals(void **state) {
    gt_error err;
    gt_closest *s = NULL;
    problem p = make((gt_closest_shape){1, 4, 4, true}, 2, 5, 0);
    gt_closest_shape empty = {1, 0, 4, true}, huge = {1 << 20, 1 << 20, 1 << 30, true};
    assert_int_equal(gt_closest_create(&empty, 2, p.q, &s, &err), GT_BAD_ARGUMENT);
    assert_int_equal(gt_closest_create(&huge, 2, p.q, &s, &err), GT_BAD_ARGUMENT);
    assert_int_equal(gt_closest_create(&p.shape, 0, p.q, &s, &err), GT_BAD_ARGUMENT);
    assert_ok(gt_closest_create(&p.shape, 2, p.q, &s, &err), err);
    assert_true(gt_closest_matches(s, GT_CLOSEST_PLAIN)[1].cosine == -2);
    p.x[3 * p.values + 1] = NAN, p.x[4 * p.values] = INFINITY;
    assert_int_equal(gt_closest_add(s, 100, 5, p.x, &err), GT_NOT_FINITE);
    assert_string_equal(err.text, "image 103 holds a NaN or an infinity");
    gt_closest_destroy(s);
    p.q[p.values] = NAN;
    assert_int_equal(gt_closest_create(&p.shape, 2, p.q, &s, &err), GT_NOT_FINITE);
    assert_string_equal(err.text, "sample 1 holds a NaN or an infinity");
    drop(&p);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shapes_and_blocks),
        cmocka_unit_test(larger_than_a_tile),
        cmocka_unit_test(threads_change_nothing),
        cmocka_unit_test(copies),
        cmocka_unit_test(extremes),
        cmocka_unit_test(refusals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
