/* Cosine search against plain loops in long double: shapes, blocks, threads, ties, extremes. */
#include <omp.h>

#include "galatea/similarity.h"
#include "stored.h"

typedef struct problem {
    size_t queries, rows, width, top;
    float *q, *x;
} problem;

static float noise(uint64_t i, uint64_t stream) {
    uint64_t z = i * 0x9e3779b97f4a7c15u + stream * 0xbf58476d1ce4e5b9u + 1;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return (float)((double)(z >> 40) / (1 << 23) - 1);
}

static problem make(size_t queries, size_t rows, size_t width, size_t top) {
    problem p = {queries,
                 rows,
                 width,
                 top,
                 calloc(queries * width, sizeof(float)),
                 calloc(rows * width, sizeof(float))};
    for (size_t i = 0; i < queries * width; i++) p.q[i] = noise(i, 1);
    for (size_t i = 0; i < rows * width; i++) p.x[i] = noise(i, 2);
    return p;
}

static void drop(problem *p) {
    free(p->q), free(p->x);
}

static double score(const problem *p, size_t q, size_t r) {
    long double dot = 0, a = 0, b = 0;
    for (size_t i = 0; i < p->width; i++) {
        long double u = p->q[q * p->width + i], v = p->x[r * p->width + i];
        dot += u * v, a += u * u, b += v * v;
    }
    return a > 0 && b > 0 ? (double)(dot / (sqrtl(a) * sqrtl(b))) : 0;
}

static gt_similarity *search(const problem *p, size_t block) {
    gt_error err;
    gt_similarity *s = NULL;
    assert_ok(gt_similarity_create(p->queries, p->width, p->q, p->top, &s, &err), err);
    for (size_t at = 0; at < p->rows; at += block) {
        size_t count = p->rows - at < block ? p->rows - at : block;
        assert_ok(gt_similarity_add(s, at, count, p->x + at * p->width, &err), err);
    }
    return s;
}

/* Each match has its true score, they fall, and no row left out is better than the last. */
static void check(const problem *p, size_t block) {
    gt_similarity *s = search(p, block);
    size_t expected = p->top < p->rows ? p->top : p->rows, found;
    for (size_t q = 0; q < p->queries; q++) {
        const gt_match *m = gt_similarity_matches(s, q, &found);
        assert_int_equal(found, expected);
        char *taken = calloc(p->rows, 1);
        for (size_t i = 0; i < found; i++) {
            assert_near(m[i].score, score(p, q, m[i].row), 1e-14);
            assert_false(taken[m[i].row]++);
            if (i)
                assert_true(m[i - 1].score > m[i].score ||
                            (m[i - 1].score == m[i].score && m[i - 1].row < m[i].row));
        }
        for (size_t r = 0; r < p->rows; r++)
            if (!taken[r]) assert_true(score(p, q, r) <= m[found - 1].score + 1e-14);
        free(taken);
    }
    gt_similarity_destroy(s);
}

static void shapes_and_blocks(void **state) {
    static const size_t shapes[][4] = {{1, 1, 1, 1},      {1, 5, 3, 9},       {3, 1000, 7, 4},
                                       {2, 5000, 256, 9}, {300, 700, 33, 20}, {5, 3000, 2, 50}};
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        problem p = make(shapes[i][0], shapes[i][1], shapes[i][2], shapes[i][3]);
        check(&p, p.rows);
        check(&p, 97);
        drop(&p);
    }
}

static void threads_and_blocks_change_no_bit(void **state) {
    problem p = make(40, 6000, 64, 30);
    int before = omp_get_max_threads();
    gt_similarity *one = NULL, *other = NULL;
    omp_set_num_threads(1);
    one = search(&p, p.rows);
    omp_set_num_threads(3);
    other = search(&p, 777);
    omp_set_num_threads(before);
    for (size_t q = 0; q < p.queries; q++) {
        size_t a, b;
        const gt_match *x = gt_similarity_matches(one, q, &a);
        const gt_match *y = gt_similarity_matches(other, q, &b);
        assert_int_equal(a, b);
        assert_memory_equal(x, y, a * sizeof *x);
    }
    gt_similarity_destroy(one), gt_similarity_destroy(other);
    drop(&p);
}

/* Copies and near-copies: float32 alone would shuffle them. */
static void close_scores_are_told_apart(void **state) {
    problem p = make(2, 4000, 100, 25);
    for (size_t r = 0; r < p.rows; r++)
        for (size_t i = 0; i < p.width; i++)
            p.x[r * p.width + i] = p.q[i] + (r % 3 ? 1e-4f * noise(r * 100 + i, 3) : 0);
    check(&p, 512);
    gt_similarity *s = search(&p, 512);
    size_t found;
    const gt_match *m = gt_similarity_matches(s, 0, &found);
    for (size_t i = 0; i < found; i++) assert_int_equal(m[i].row, 3 * i); /* the exact copies */
    gt_similarity_destroy(s);
    drop(&p);
}

/* Rows of a query's own direction, and against it, at many lengths: rounding stays inside. */
static void no_cosine_beyond_one(void **state) {
    for (size_t width = 1; width < 80; width += 3) {
        problem p = make(40, 80, width, 80);
        size_t found;
        for (size_t i = 0; i < 40 * width; i++) {
            p.x[i] = p.q[i];
            p.x[40 * width + i] = -p.q[i];
        }
        gt_similarity *s = search(&p, 80);
        for (size_t q = 0; q < p.queries; q++) {
            const gt_match *m = gt_similarity_matches(s, q, &found);
            assert_true(m[0].score <= 1 && m[0].score > 1 - 1e-15);
            assert_true(m[found - 1].score >= -1 && m[found - 1].score < -1 + 1e-15);
        }
        gt_similarity_destroy(s);
        drop(&p);
    }
}

static void zeros_and_extremes(void **state) {
    problem p = make(3, 600, 20, 600);
    memset(p.q, 0, p.width * sizeof *p.q);
    for (size_t r = 0; r < 600; r += 4)
        for (size_t i = 0; i < p.width; i++) {
            p.x[r * p.width + i] *= r % 8 ? 1e38f : 1e-37f;
            p.x[(r + 1) * p.width + i] = 0;
        }
    for (size_t i = 0; i < p.width; i++) p.q[p.width + i] *= 1e38f;
    check(&p, 128);
    gt_similarity *s = search(&p, 600);
    size_t found;
    const gt_match *m = gt_similarity_matches(s, 0, &found);
    for (size_t i = 0; i < found; i++) assert_true(m[i].score == 0 && m[i].row == i);
    gt_similarity_destroy(s);
    drop(&p);
}

static void wrong_values_are_named(void **state) {
    problem p = make(2, 3000, 8, 3);
    gt_similarity *s = NULL;
    gt_error err;
    p.q[8 + 5] = INFINITY;
    assert_int_equal(gt_similarity_create(2, 8, p.q, 3, &s, &err), GT_NOT_FINITE);
    assert_non_null(strstr(err.text, "query 1, value 5 is inf"));
    p.q[8 + 5] = 0;
    p.x[2001 * 8] = NAN;
    assert_ok(gt_similarity_create(2, 8, p.q, 3, &s, &err), err);
    assert_int_equal(gt_similarity_add(s, 10, 3000, p.x, &err), GT_NOT_FINITE);
    assert_non_null(strstr(err.text, "row 2011"));
    gt_similarity_destroy(s);
    assert_int_equal(gt_similarity_create(2, 8, p.q, 0, &s, &err), GT_BAD_ARGUMENT);
    assert_int_equal(gt_similarity_create(0, 8, p.q, 1, &s, &err), GT_BAD_ARGUMENT);
    drop(&p);
}

/* The stored answers of numpy: queries are rows of the test set, matches those of the other. */
static void stored_answers(void **state) {
    static const char *const names[] = {"classifiers/mbclike_det.safetensors",
                                        "classifiers/frdeeplike_det.safetensors"};
    for (int f = 0; f < 2; f++) {
        char path[512];
        gt_error err;
        gt_safetensors *file = NULL;
        size_t count, all, known, asked, found;
        assert_ok(gt_safetensors_open(fixture_path(names[f], path), &file, &err), err);
        float *train = stored_f32(file, "x_train", &known);
        float *test = stored_f32(file, "x_test", &asked);
        int32_t *query = stored_i32(file, "similarity.query_idx", &count);
        int32_t *rows = stored_i32(file, "similarity.top8_idx", &all);
        double *scores = stored_f64(file, "similarity.top8_score", NULL);
        size_t width = 256, top = all / count;
        problem p = {count, known / width, width, top, calloc(count * width, sizeof(float)),
                     train};
        for (size_t q = 0; q < count; q++)
            memcpy(p.q + q * width, test + (size_t)query[q] * width, width * sizeof *p.q);
        gt_similarity *s = search(&p, 100);
        for (size_t i = 0; i < all; i++) {
            const gt_match *m = gt_similarity_matches(s, i / top, &found);
            assert_int_equal(m[i % top].row, rows[i]);
            assert_near(m[i % top].score, scores[i], 1e-9);
        }
        gt_similarity_destroy(s);
        free(p.q), free(train), free(test), free(query), free(rows), free(scores);
        gt_safetensors_close(file);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shapes_and_blocks),
        cmocka_unit_test(threads_and_blocks_change_no_bit),
        cmocka_unit_test(close_scores_are_told_apart),
        cmocka_unit_test(no_cosine_beyond_one),
        cmocka_unit_test(zeros_and_extremes),
        cmocka_unit_test(wrong_values_are_named),
        cmocka_unit_test(stored_answers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
