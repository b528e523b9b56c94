/* Nearest neighbours: stored answers of the reference, ties, a plain search as judge, threads.
 */
#include <omp.h>
#include <stdbool.h>

#include "galatea/metrics.h"
#include "knn.h"
#include "rng.h"
#include "stored.h"

static void check_fixture(const char *name) {
    char path[512];
    gt_error err;
    gt_safetensors *file;
    assert_ok(gt_safetensors_open(fixture_path(name, path), &file, &err), err);
    size_t rows, n;
    enum { K = 20, MOST = 128 };
    int32_t *labels = stored_i32(file, "y_train", &rows),
            *truth = stored_i32(file, "y_test", &n);
    float *x = stored_f32(file, "x_train", NULL), *query = stored_f32(file, "x_test", NULL);
    int32_t *pred = stored_i32(file, "knn.pred", NULL),
            *near = stored_i32(file, "knn.neigh_idx", NULL);
    double *proba = stored_f64(file, "knn.proba1", NULL),
           *want = stored_f64(file, "knn.metrics", NULL);
    double *dist = stored_f64(file, "knn.neigh_dist", NULL), worst = 0.0;
    static int32_t predicted[MOST], votes[MOST * 2];
    static double score[MOST], distances[MOST * K];
    static int64_t neighbours[MOST * K];
    assert_true(n <= MOST);

    gt_knn_problem known = {rows, 256, 2, x, labels, GT_KNN_DEFAULT_K};
    gt_knn_answer answer = {predicted, votes, score, neighbours, distances};
    assert_ok(gt_knn_classify(&known, n, query, &answer, &err), err);
    int ties = 0;
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(predicted[i], pred[i]);
        assert_int_equal(votes[2 * i] + votes[2 * i + 1], K);
        assert_near(score[i], proba[i], 0.0);
        ties += votes[2 * i] == K / 2;
        for (size_t j = i * K; j < (i + 1) * K; j++) {
            assert_int_equal(neighbours[j], near[j]);
            worst = fmax(worst, fabs(distances[j] - dist[j]));
        }
    }
    gt_binary_metrics got;
    assert_ok(gt_binary_metrics_compute(n, truth, predicted, score, &got, &err), err);
    assert_near(got.accuracy, want[0], 0.0);
    assert_near(got.roc_auc, want[1], 1.2e-16);
    assert_near(got.specificity, want[2], 0.0);
    assert_near(got.recall, want[3], 0.0);
    print_message("%s: largest error of a distance %.3g (tolerance 1e-9), %d tied votes\n",
                  name, worst, ties);
    assert_true(worst <= 1e-9);
    free(labels), free(truth), free(x), free(query), free(pred), free(near), free(proba);
    free(want), free(dist);
    gt_safetensors_close(file);
}

static void mirabest_like_codes(void **state) {
    check_fixture("classifiers/mbclike_det.safetensors");
}

static void frdeep_like_codes(void **state) {
    check_fixture("classifiers/frdeeplike_det.safetensors");
}

/* Points on a line at 0, 1, 2, ...; the query in the middle has ties on both sides. */
static void ties_go_to_the_lower_index(void **state) {
    float x[] = {2, 0, 1, 3, 1, 3}, query[] = {2};
    int32_t labels[] = {0, 1, 1, 0, 1, 0}, votes[2], predicted;
    int64_t near[4];
    double distance[4];
    gt_error err;
    gt_knn_problem known = {6, 1, 2, x, labels, 4};
    gt_knn_answer answer = {&predicted, votes, NULL, near, distance};
    assert_ok(gt_knn_classify(&known, 1, query, &answer, &err), err);
    int64_t want[] = {0, 2, 3, 4};
    for (int i = 0; i < 4; i++) assert_int_equal(near[i], want[i]);
    assert_near(distance[0], 0.0, 0.0);
    assert_near(distance[3], 1.0, 0.0);
    assert_int_equal(votes[0], 2);
    assert_int_equal(predicted, 0); /* 2:2 */
}

/* Rows that are equal must tie exactly wherever they stand in their block. */
static void equal_rows_are_at_equal_distance(void **state) {
    enum { ROWS = 71, WIDTH = 37 };
    static float x[ROWS * WIDTH], query[WIDTH];
    static int32_t labels[ROWS];
    int64_t near[ROWS];
    gt_error err;
    gt_rng_fill_normal((gt_rng_key){1, 1, 0}, 0, WIDTH, query);
    gt_rng_fill_normal((gt_rng_key){1, 2, 0}, 0, WIDTH, x);
    for (int i = 1; i < ROWS; i++) memcpy(x + i * WIDTH, x, WIDTH * sizeof *x);
    gt_knn_problem known = {ROWS, WIDTH, 1, x, labels, ROWS};
    gt_knn_answer answer = {.neighbours = near};
    assert_ok(gt_knn_classify(&known, 1, query, &answer, &err), err);
    for (int i = 0; i < ROWS; i++) assert_int_equal(near[i], i);
}

enum { ROWS = 203, QUERIES = 45, WIDTH = 19, CLASSES = 5, K = 7 };

/* The definition: k times the nearest row that was not taken yet. */
static void search_plainly(const float *x, const float *query, int64_t near[K]) {
    bool taken[ROWS] = {false};
    for (int k = 0; k < K; k++) {
        double least = INFINITY;
        for (int r = 0; r < ROWS; r++) {
            double sum = 0.0;
            for (int f = 0; f < WIDTH; f++) {
                double d = (double)query[f] - x[r * WIDTH + f];
                sum += d * d;
            }
            if (taken[r] || sum >= least) continue;
            least = sum;
            near[k] = r;
        }
        taken[near[k]] = true;
    }
}

static void many_classes_against_a_plain_search(void **state) {
    static float x[ROWS * WIDTH], query[QUERIES * WIDTH];
    static int32_t labels[ROWS], votes[2][QUERIES * CLASSES], predicted[2][QUERIES];
    static int64_t near[2][QUERIES * K];
    gt_error err;
    gt_rng_fill_normal((gt_rng_key){3, 1, 0}, 0, ROWS * WIDTH, x);
    gt_rng_fill_normal((gt_rng_key){3, 2, 0}, 0, QUERIES * WIDTH, query);
    for (int i = 0; i < ROWS; i++)
        labels[i] = (int32_t)gt_rng_below((gt_rng_key){3, 3, 0}, (uint64_t)i, CLASSES);
    gt_knn_problem known = {ROWS, WIDTH, CLASSES, x, labels, K};
    int before = omp_get_max_threads();
    for (int run = 0; run < 2; run++) {
        gt_knn_answer answer = {predicted[run], votes[run], NULL, near[run], NULL};
        omp_set_num_threads(run == 0 ? 1 : 5);
        assert_ok(gt_knn_classify(&known, QUERIES, query, &answer, &err), err);
    }
    omp_set_num_threads(before);
    assert_memory_equal(near[0], near[1], sizeof near[0]);
    assert_memory_equal(votes[0], votes[1], sizeof votes[0]);
    assert_memory_equal(predicted[0], predicted[1], sizeof predicted[0]);
    for (int q = 0; q < QUERIES; q++) {
        int64_t want[K];
        int32_t count[CLASSES] = {0}, winner = 0;
        search_plainly(x, query + q * WIDTH, want);
        for (int k = 0; k < K; k++) {
            assert_int_equal(near[0][q * K + k], want[k]);
            count[labels[want[k]]]++;
        }
        for (int c = 1; c < CLASSES; c++) winner = count[c] > count[winner] ? c : winner;
        assert_int_equal(predicted[0][q], winner);
    }
}

static void wrong_input_is_named(void **state) {
    float x[] = {0, 1, 2, 3}, bad[] = {0, 1, INFINITY, 3};
    int32_t labels[] = {0, 1}, wrong[] = {0, 2}, predicted[2];
    double score[2];
    gt_knn_answer answer = {.predicted = predicted, .score = score};
    gt_error err;
    gt_knn_problem known = {2, 2, 2, x, labels, 3};
    assert_int_equal(gt_knn_classify(&known, 2, x, &answer, &err), GT_BAD_ARGUMENT);
    assert_string_equal(err.text, "3 neighbours asked of 2 training rows");
    known.k = 0;
    assert_int_equal(gt_knn_classify(&known, 2, x, &answer, &err), GT_BAD_ARGUMENT);
    known.k = 1, known.labels = wrong;
    assert_int_equal(gt_knn_classify(&known, 2, x, &answer, &err), GT_BAD_ARGUMENT);
    assert_string_equal(err.text, "class of training row 1 is 2, expected 0 to 1");
    known.labels = labels, known.classes = 1;
    assert_int_equal(gt_knn_classify(&known, 2, x, &answer, &err), GT_BAD_ARGUMENT);
    known.classes = 2;
    assert_int_equal(gt_knn_classify(&known, 2, bad, &answer, &err), GT_NOT_FINITE);
    assert_string_equal(err.text, "query row 1, feature 0 is inf, expected a finite number");
    known.x = bad;
    assert_int_equal(gt_knn_classify(&known, 2, x, &answer, &err), GT_NOT_FINITE);
    known.x = x;
    assert_ok(gt_knn_classify(&known, 0, x, &answer, &err), err); /* no question, no answer */
    known.features = 0;
    assert_int_equal(gt_knn_classify(&known, 2, x, &answer, &err), GT_BAD_ARGUMENT);
}

/* Leave-one-out says of each row what a search among all others does. */
static void leaving_one_out_is_a_search_among_the_others(void **state) {
    enum { COUNT = 60, VALUES = 3, KINDS = 3, NEAR = 4 };
    float x[COUNT * VALUES], others[(COUNT - 1) * VALUES];
    int32_t labels[COUNT], other_labels[COUNT - 1], told;
    size_t right = 0;
    double accuracy;
    gt_error err;
    gt_rng_fill_uniform((gt_rng_key){5, gt_rng_stream("test"), 0}, 0, COUNT * VALUES, x);
    for (size_t i = 0; i < COUNT; i++) labels[i] = (int32_t)(x[i * VALUES] * KINDS);
    for (size_t i = 0; i < COUNT; i++) {
        for (size_t k = 0, n = 0; k < COUNT; k++) {
            if (k == i) continue;
            memcpy(others + n * VALUES, x + k * VALUES, VALUES * sizeof *x);
            other_labels[n++] = labels[k];
        }
        gt_knn_problem known = {COUNT - 1, VALUES, KINDS, others, other_labels, NEAR};
        gt_knn_answer answer = {.predicted = &told};
        assert_ok(gt_knn_classify(&known, 1, x + i * VALUES, &answer, &err), err);
        right += told == labels[i];
    }
    assert_true(right > 0 && right < COUNT);
    gt_knn_problem all = {COUNT, VALUES, KINDS, x, labels, NEAR};
    assert_ok(gt_knn_leave_one_out(&all, &accuracy, &err), err);
    assert_near(accuracy, (double)right / COUNT, 0.0);
    all.k = COUNT;
    assert_int_equal(gt_knn_leave_one_out(&all, &accuracy, &err), GT_BAD_ARGUMENT);
    all.k = NEAR;
    labels[7] = KINDS;
    assert_int_equal(gt_knn_leave_one_out(&all, &accuracy, &err), GT_BAD_ARGUMENT);
    assert_non_null(strstr(err.text, "row 7 is of class 3"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(mirabest_like_codes),
        cmocka_unit_test(frdeep_like_codes),
        cmocka_unit_test(ties_go_to_the_lower_index),
        cmocka_unit_test(equal_rows_are_at_equal_distance),
        cmocka_unit_test(many_classes_against_a_plain_search),
        cmocka_unit_test(wrong_input_is_named),
        cmocka_unit_test(leaving_one_out_is_a_search_among_the_others),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
