/* Log-densities, what is usual, and the least likely codes, under a flow of two blocks. */
#include "density.h"
#include "novelty.h"
#include "study_sets.h"

enum { ROWS = 80, WIDTH = 3, FAR = 37 };

static made_set plain(const char *name, uint64_t seed) {
    return (made_set){.name = name,
                      .rows = ROWS,
                      .width = WIDTH,
                      .seed = seed,
                      .classes = two_classes,
                      .class_count = 2};
}

static made_set with_far_row(const char *name) {
    made_set m = plain(name, 2);
    m.far_row = FAR;
    return m;
}

/* Figures of a set are those of its log-densities; what is usual follows from the rows of
 * split 0, which the flow learned from and held out. */
static void measures_sets(void **state) {
    gt_error err = {0};
    gt_invocation asked;
    gt_context context = make_context(&asked, "error");
    const char *known = make_set(plain("codes.h5", 1));
    const char *others = make_set(with_far_row("others.h5"));
    const char *run = make_flow(known), *const sets[] = {known, others};
    gt_densities d = {0};
    (void)state;
    assert_ok(gt_densities_compute(&context, run, sets, 2, &d, &err), err);
    assert_int_equal(d.count, 2);
    assert_string_equal(d.sets[0].name, "codes");
    assert_string_equal(d.sets[1].name, "others");
    for (size_t i = 0; i < 2; i++) {
        const gt_scores *s = &d.sets[i];
        double low = INFINITY, high = -INFINITY, sum = 0;
        assert_int_equal(s->count, ROWS);
        for (uint64_t k = 0; k < s->count; k++) {
            low = fmin(low, s->log_p[k]);
            high = fmax(high, s->log_p[k]);
            sum += s->log_p[k];
        }
        assert_near(d.ranges[i].low, low, 0);
        assert_near(d.ranges[i].high, high, 0);
        if (isfinite(low)) assert_near(d.ranges[i].mean, sum / ROWS, 1e-9 * fabs(sum));
        assert_near(gt_scores_below(s, d.ranges[i].median), 0.5, 0.02);
        assert_near(gt_scores_below(s, INFINITY), 1, 0);
        assert_near(gt_scores_below(s, low), 0, 0);
    }
    assert_true(d.usual.is_known);
    assert_int_equal(d.usual.train_count + d.usual.held_count, ROWS / 2); /* split 0 */
    assert_int_equal(d.usual.held_count, ROWS / 10);
    double lowest = INFINITY;
    for (uint64_t k = 0; k < ROWS; k++)
        if (k % 4 < 2) lowest = fmin(lowest, d.sets[0].log_p[k]);
    assert_true(d.usual.minimum >= lowest);
    assert_true(d.usual.permille <= d.usual.percent);
    assert_true(d.sets[1].log_p[FAR] < d.usual.minimum);
    assert_has(d.provenance, "\"inputs\"");
    gt_densities_free(&d);
    end_context(&context);
}

static void refuses_other_codes(void **state) {
    gt_error err = {0};
    gt_invocation asked;
    gt_context context = make_context(&asked, "error");
    const char *known = make_set(plain("codes.h5", 1)), *run = make_flow(known);
    const char *wide =
        make_set((made_set){.name = "wide.h5", .rows = 9, .width = 5, .seed = 1});
    const char *const sets[] = {wide};
    gt_densities d = {0};
    (void)state;
    assert_int_equal(gt_densities_compute(&context, run, sets, 1, &d, &err), GT_BAD_SHAPE);
    assert_has(err.text, "has codes of 5 numbers");
    gt_densities_free(&d);
    end_context(&context);
}

/* Where the set that it learned from is gone, nothing is usual, and a remark says so. */
static void goes_on_without_the_origin(void **state) {
    gt_error err = {0};
    gt_invocation asked;
    gt_context context = make_context(&asked, "error");
    const char *known = make_set(plain("codes.h5", 1)), *run = make_flow(known);
    const char *const sets[] = {make_set(plain("others.h5", 2))};
    gt_densities d = {0};
    gt_novelty n = {0};
    (void)state;
    assert_int_equal(remove(known), 0);
    remarks_begin();
    assert_ok(gt_densities_compute(&context, run, sets, 1, &d, &err), err);
    assert_false(d.usual.is_known);
    assert_has(remarks, "shares below what is usual are left out");
    const gt_novelty_request request = {.run = run, .data = sets[0], .top = 2};
    assert_ok(gt_novelty_find(&context, &request, &n, &err), err);
    assert_false(n.is_searched);
    assert_has(remarks, "no search for neighbours");
    assert_false(gt_outlier_has_neighbour(&n.outliers[0]));
    gt_log_to(NULL, NULL);
    gt_novelty_free(&n);
    gt_densities_free(&d);
    end_context(&context);
}

/* The far row comes first, with the class and the nearest of the other codes. */
static void ranks_the_far_row_first(void **state) {
    gt_error err = {0};
    gt_invocation asked;
    gt_context context = make_context(&asked, "error");
    const char *known = make_set(plain("codes.h5", 1)), *run = make_flow(known);
    const char *others = make_set(with_far_row("others.h5"));
    gt_novelty n = {0};
    (void)state;
    const gt_novelty_request request = {.run = run, .data = others, .top = 5};
    assert_ok(gt_novelty_find(&context, &request, &n, &err), err);
    assert_int_equal(n.count, 5);
    assert_int_equal(n.outliers[0].row, FAR);
    assert_string_equal(n.outliers[0].class, two_classes[FAR % 2]);
    for (size_t i = 1; i < n.count; i++)
        assert_true(n.outliers[i - 1].log_p <= n.outliers[i].log_p);
    assert_true(n.is_searched);
    assert_string_equal(n.searched, known);
    assert_true(n.usual_low <= n.usual_mid && n.usual_mid <= 1);
    assert_true(gt_outlier_has_neighbour(&n.outliers[0]));
    size_t far = 0;
    for (size_t i = 0; i < n.count; i++) far += n.outliers[i].nearest < n.usual_low;
    assert_int_equal(gt_novelty_far(&n), far);
    gt_novelty_free(&n);
    end_context(&context);
}

/* Searched in itself a row is no neighbour of its own; and no more are told than there are. */
static void is_no_neighbour_of_itself(void **state) {
    gt_error err = {0};
    gt_invocation asked;
    gt_context context = make_context(&asked, "error");
    const char *known = make_set(plain("codes.h5", 1)), *run = make_flow(known);
    made_set small = plain("small.h5", 3);
    small.rows = 6;
    const char *few = make_set(small);
    gt_novelty n = {0};
    (void)state;
    const gt_novelty_request request = {.run = run, .data = few, .search = few, .top = 20};
    assert_ok(gt_novelty_find(&context, &request, &n, &err), err);
    assert_int_equal(n.count, 6);
    for (size_t i = 0; i < n.count; i++) {
        assert_true(n.outliers[i].neighbour != n.outliers[i].row);
        assert_true(n.outliers[i].nearest < 1);
    }
    gt_novelty_free(&n);
    end_context(&context);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(measures_sets),
        TEST(refuses_other_codes),
        TEST(goes_on_without_the_origin),
        TEST(ranks_the_far_row_first),
        TEST(is_no_neighbour_of_itself),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
