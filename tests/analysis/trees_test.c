/* Trees, forests and boosting: cuts by hand, a plain search as judge, threads, files, bad
 * input. Recorded trees are the business of replay. */
#include <omp.h>
#include <stdbool.h>

#include "boosting.h"
#include "forest.h"
#include "stored.h"
#include "temp_folder.h"
#include "tree_reference.h"

enum { ROWS = 300, FEATURES = 12 };

typedef struct cloud {
    float x[ROWS * FEATURES];
    int32_t two[ROWS], four[ROWS];
    double y[ROWS];
} cloud;

static cloud *make_cloud(void) {
    cloud *c = calloc(1, sizeof *c);
    assert_non_null(c);
    gt_rng_fill_normal((gt_rng_key){.seed = 7}, 0, ROWS * FEATURES, c->x);
    for (size_t i = 0; i < ROWS; i++) {
        const float *x = c->x + i * FEATURES;
        c->x[i * FEATURES + 5] = 3;                      /* constant */
        c->x[i * FEATURES + 6] = (float)(int)(2 * x[6]); /* many equal values */
        c->two[i] = x[0] + 0.5f * x[1] > 0;
        c->four[i] = (x[0] > 0) + 2 * (x[2] > 0.3f);
        c->y[i] = 3 * x[0] - x[3] * x[3];
    }
    return c;
}

static gt_samples two_classes(const cloud *c) {
    return (gt_samples){ROWS, FEATURES, c->x, c->two, 2};
}

static gt_samples four_classes(const cloud *c) {
    return (gt_samples){ROWS, FEATURES, c->x, c->four, 4};
}

static bool same_trees(const gt_trees *a, const gt_trees *b) {
    size_t n = (size_t)a->nodes;
    return a->trees == b->trees && a->nodes == b->nodes &&
           memcmp(a->first, b->first, (size_t)(a->trees + 1) * sizeof *a->first) == 0 &&
           memcmp(a->left, b->left, n * sizeof *a->left) == 0 &&
           memcmp(a->right, b->right, n * sizeof *a->right) == 0 &&
           memcmp(a->feature, b->feature, n * sizeof *a->feature) == 0 &&
           memcmp(a->threshold, b->threshold, n * sizeof *a->threshold) == 0 &&
           memcmp(a->value, b->value, n * (size_t)a->outputs * sizeof *a->value) == 0;
}

/* ---- one tree ------------------------------------------------------------------------------
 */

/* Values 1 2 3 | 10 11: the cut is half way, the first leaf pure, equal values not parted. */
static void cut_by_hand(void **state) {
    float x[] = {3, 10, 1, 11, 2};
    int32_t labels[] = {0, 1, 0, 1, 0};
    gt_samples samples = {5, 1, x, labels, 2};
    gt_tree_options options = {.criterion = GT_CRITERION_GINI, .min_leaf = 1};
    gt_trees *t;
    gt_error err;
    assert_ok(gt_trees_create(1, 2, &t, &err), err);
    assert_ok(gt_tree_classify(&samples, NULL, &options, (gt_rng_key){0}, t, &err), err);
    assert_int_equal(t->nodes, 3);
    assert_near(t->threshold[0], 6.5, 0.0);
    assert_near(t->impurity[0], 1 - (0.36 + 0.16), 1e-15);
    assert_int_equal(t->samples[1], 3);
    assert_near(t->value[2], 1.0, 0.0);
    assert_near(t->value[5], 1.0, 0.0);
    assert_int_equal(gt_trees_leaf(t, 0, &(float){6.5f}), 1);
    assert_int_equal(gt_trees_leaf(t, 0, &(float){6.6f}), 2);
    gt_trees_destroy(t);
}

/* Values that differ by no more than 1e-7 are one value. */
static void close_values_are_not_parted(void **state) {
    float x[] = {0.0f, 5e-8f, 1e-7f};
    double y[] = {0, 1, 2};
    gt_targets targets = {3, 1, x, y};
    gt_tree_options options = {.criterion = GT_CRITERION_SQUARED_ERROR, .min_leaf = 1};
    gt_trees *t;
    gt_error err;
    assert_ok(gt_trees_create(1, 1, &t, &err), err);
    assert_ok(gt_tree_regress(&targets, NULL, &options, (gt_rng_key){0}, t, &err), err);
    assert_int_equal(t->nodes, 1);
    assert_near(t->value[0], 1.0, 0.0);
    gt_trees_destroy(t);
}

/* Gini decrease of a cut, plainly. */
static double plain_gain(const cloud *c, const int32_t *labels, size_t feature, double cut) {
    double count[2][4] = {{0}}, total[2] = {0}, gain = 0;
    for (size_t i = 0; i < ROWS; i++) {
        int side = c->x[i * FEATURES + feature] > cut;
        count[side][labels[i]]++;
        total[side]++;
    }
    for (int side = 0; side < 2; side++)
        for (int k = 0; k < 4 && total[side]; k++)
            gain += count[side][k] * count[side][k] / total[side];
    return gain;
}

/* The root's cut is the best of all cuts of all features, for two classes and for four. */
static void best_of_all_cuts(void **state) {
    cloud *c = make_cloud();
    gt_samples sets[] = {two_classes(c), four_classes(c)};
    gt_tree_options options = {.criterion = GT_CRITERION_GINI, .min_leaf = 1, .max_depth = 1};
    gt_error err;
    for (size_t s = 0; s < 2; s++) {
        gt_trees *t;
        double best = 0;
        assert_ok(gt_trees_create(FEATURES, sets[s].classes, &t, &err), err);
        assert_ok(gt_tree_classify(&sets[s], NULL, &options, (gt_rng_key){0}, t, &err), err);
        for (size_t f = 0; f < FEATURES; f++)
            for (size_t i = 0; i < ROWS; i++)
                best = fmax(best, plain_gain(c, sets[s].labels, f, c->x[i * FEATURES + f]));
        double got = plain_gain(c, sets[s].labels, (size_t)t->feature[0], t->threshold[0]);
        assert_near(got, best, 1e-9);
        gt_trees_destroy(t);
    }
    free(c);
}

/* A weight of 2 is the row twice. */
static void weights_are_copies(void **state) {
    cloud *c = make_cloud();
    static float x[2 * ROWS * FEATURES];
    static double y[2 * ROWS];
    static int32_t weights[ROWS];
    size_t n = 0;
    for (size_t i = 0; i < ROWS; i++) {
        weights[i] = (int32_t)(i % 3);
        for (int32_t k = 0; k < weights[i]; k++, n++) {
            memcpy(x + n * FEATURES, c->x + i * FEATURES, FEATURES * sizeof *x);
            y[n] = c->y[i];
        }
    }
    gt_targets once = {ROWS, FEATURES, c->x, c->y}, copies = {n, FEATURES, x, y};
    gt_tree_options options = {
        .criterion = GT_CRITERION_SQUARED_ERROR, .min_leaf = 1, .max_depth = 4};
    gt_trees *a, *b;
    gt_error err;
    assert_ok(gt_trees_create(FEATURES, 1, &a, &err), err);
    assert_ok(gt_trees_create(FEATURES, 1, &b, &err), err);
    assert_ok(gt_tree_regress(&once, weights, &options, (gt_rng_key){0}, a, &err), err);
    assert_ok(gt_tree_regress(&copies, NULL, &options, (gt_rng_key){0}, b, &err), err);
    assert_int_equal(a->nodes, b->nodes);
    for (int64_t i = 0; i < a->nodes; i++) {
        assert_near(a->threshold[i], b->threshold[i], 0.0);
        assert_near(a->value[i], b->value[i], 1e-12);
        assert_near(a->weight[i], b->weight[i], 0.0);
        assert_true(a->samples[i] <= b->samples[i]);
    }
    gt_trees_destroy(a);
    gt_trees_destroy(b);
    free(c);
}

/* Unlimited trees know every row they saw, whichever way they cut. */
static void full_trees_know_their_rows(void **state) {
    cloud *c = make_cloud();
    gt_samples sets[] = {two_classes(c), four_classes(c)};
    gt_error err;
    for (int random = 0; random < 2; random++) {
        for (size_t s = 0; s < 2; s++) {
            gt_tree_options options = {.criterion = GT_CRITERION_GINI,
                                       .min_leaf = 1,
                                       .max_features = 3,
                                       .random_cut = random};
            gt_trees *t;
            assert_ok(gt_trees_create(FEATURES, sets[s].classes, &t, &err), err);
            assert_ok(gt_tree_classify(&sets[s], NULL, &options, (gt_rng_key){1}, t, &err),
                      err);
            assert_ok(gt_trees_check(t, &err), err);
            for (size_t i = 0; i < ROWS; i++) {
                int32_t leaf = gt_trees_leaf(t, 0, c->x + i * FEATURES);
                assert_near(t->value[leaf * t->outputs + sets[s].labels[i]], 1.0, 0.0);
            }
            for (int64_t i = 0; i < t->nodes; i++) assert_int_not_equal(t->feature[i], 5);
            gt_trees_destroy(t);
        }
    }
    free(c);
}

/* ---- ensembles -----------------------------------------------------------------------------
 */

static gt_trees *grow_forest(const cloud *c, bool extra, int threads) {
    gt_samples samples = four_classes(c);
    gt_forest_options options = extra ? gt_forest_extra() : gt_forest_random();
    gt_trees *forest;
    gt_error err;
    int before = omp_get_max_threads();
    options.trees = 20;
    omp_set_num_threads(threads);
    assert_ok(gt_forest_classify(&samples, &options, &forest, &err), err);
    omp_set_num_threads(before);
    return forest;
}

static void threads_change_nothing(void **state) {
    cloud *c = make_cloud();
    gt_samples samples = four_classes(c);
    gt_boosting_options options = gt_boosting_options_default();
    gt_error err;
    for (int extra = 0; extra < 2; extra++) {
        gt_trees *one = grow_forest(c, extra, 1), *three = grow_forest(c, extra, 3);
        assert_true(same_trees(one, three));
        gt_trees_destroy(one);
        gt_trees_destroy(three);
    }
    gt_boosting *models[2];
    int before = omp_get_max_threads();
    options.stages = 5;
    for (int i = 0; i < 2; i++) {
        omp_set_num_threads(i ? 3 : 1);
        assert_ok(gt_boosting_fit(&samples, &options, &models[i], NULL, &err), err);
    }
    omp_set_num_threads(before);
    assert_true(same_trees(models[0]->trees, models[1]->trees));
    gt_boosting_destroy(models[0]);
    gt_boosting_destroy(models[1]);
    free(c);
}

/* Large nodes whose features are shared out, and one tree at a time: still the same trees. */
static void threads_of_one_tree_change_nothing(void **state) {
    enum { MANY = 3000, WIDE = 40 };
    float *x = calloc(MANY * WIDE, sizeof *x);
    double *y = calloc(MANY, sizeof *y);
    gt_error err;
    gt_trees *forests[2];
    int before = omp_get_max_threads();
    gt_rng_fill_normal((gt_rng_key){.seed = 3}, 0, MANY * WIDE, x);
    for (size_t i = 0; i < MANY; i++) y[i] = x[i * WIDE] * x[i * WIDE + 1];
    gt_targets targets = {MANY, WIDE, x, y};
    for (int i = 0; i < 2; i++) {
        gt_forest_options options = gt_forest_regression();
        options.trees = 2;
        omp_set_num_threads(i ? 3 : 1);
        assert_ok(gt_trees_create(WIDE, 1, &forests[i], &err), err);
        assert_ok(gt_forest_regress(&targets, &options, forests[i], &err), err);
    }
    omp_set_num_threads(before);
    assert_true(same_trees(forests[0], forests[1]));
    gt_trees_destroy(forests[0]);
    gt_trees_destroy(forests[1]);
    free(x);
    free(y);
}

/* Two trees added to three are the five that grow at once. */
static void forests_grow_on(void **state) {
    cloud *c = make_cloud();
    gt_targets targets = {ROWS, FEATURES, c->x, c->y};
    gt_forest_options options = gt_forest_regression();
    gt_trees *whole, *parts;
    gt_error err;
    double importance[FEATURES], sum = 0;
    assert_ok(gt_trees_create(FEATURES, 1, &whole, &err), err);
    assert_ok(gt_trees_create(FEATURES, 1, &parts, &err), err);
    options.trees = 5;
    assert_ok(gt_forest_regress(&targets, &options, whole, &err), err);
    options.trees = 3;
    assert_ok(gt_forest_regress(&targets, &options, parts, &err), err);
    options.trees = 2;
    assert_ok(gt_forest_regress(&targets, &options, parts, &err), err);
    assert_true(same_trees(whole, parts));
    assert_ok(gt_trees_importance(whole, true, importance, &err), err);
    for (size_t f = 0; f < FEATURES; f++) sum += importance[f];
    assert_near(sum, 1.0, 1e-12);
    assert_near(importance[5], 0.0, 0.0);
    assert_true(importance[0] > 0.5);
    gt_trees_destroy(whole);
    gt_trees_destroy(parts);
    free(c);
}

static void boosting_learns(void **state) {
    cloud *c = make_cloud();
    gt_samples sets[] = {two_classes(c), four_classes(c)};
    gt_boosting_options options = gt_boosting_options_default();
    gt_error err;
    options.stages = 40;
    for (size_t s = 0; s < 2; s++) {
        size_t K = (size_t)sets[s].classes;
        gt_boosting *model;
        double deviance[40], *raw = calloc(ROWS * K, sizeof *raw),
                             *share = calloc(ROWS * K, sizeof *share);
        int wrong = 0;
        assert_ok(gt_boosting_fit(&sets[s], &options, &model, deviance, &err), err);
        for (int i = 1; i < 40; i++) assert_true(deviance[i] < deviance[i - 1]);
        assert_ok(gt_boosting_predict(model, -1, ROWS, FEATURES, c->x, raw, &err), err);
        gt_boosting_shares(model, ROWS, raw, share);
        for (size_t i = 0; i < ROWS; i++) {
            double sum = 0;
            for (size_t k = 0; k < K; k++) sum += share[i * K + k];
            assert_near(sum, 1.0, 1e-12);
            wrong += share[i * K + (size_t)sets[s].labels[i]] < 0.5;
        }
        assert_true(wrong < ROWS / 50);
        gt_boosting_destroy(model);
        free(raw);
        free(share);
    }
    free(c);
}

/* ---- files ---------------------------------------------------------------------------------
 */

static void stored_models_come_back(void **state) {
    cloud *c = make_cloud();
    gt_samples samples = four_classes(c);
    gt_boosting_options options = gt_boosting_options_default();
    gt_trees *forest = grow_forest(c, false, 2), *forest_back;
    gt_boosting *model, *model_back;
    gt_safetensors_writer *writer;
    gt_safetensors *file;
    gt_error err;
    const char *path = in_folder("model.safetensors");
    options.stages = 3;
    assert_ok(gt_boosting_fit(&samples, &options, &model, NULL, &err), err);
    assert_ok(gt_safetensors_writer_create(&writer, &err), err);
    assert_ok(gt_trees_store(forest, "rf.", writer, &err), err);
    assert_ok(gt_boosting_store(model, "grad.", writer, &err), err);
    assert_ok(gt_safetensors_writer_save(writer, path, 1, &err), err);
    gt_safetensors_writer_destroy(writer);
    assert_ok(gt_safetensors_open(path, &file, &err), err);
    assert_ok(gt_trees_load(file, "rf.", &forest_back, &err), err);
    assert_ok(gt_boosting_load(file, "grad.", &model_back, &err), err);
    assert_true(same_trees(forest, forest_back));
    assert_true(same_trees(model->trees, model_back->trees));
    assert_int_equal(model->classes, model_back->classes);
    assert_near(model->learning_rate, model_back->learning_rate, 0.0);
    for (int k = 0; k < 4; k++) assert_near(model->initial[k], model_back->initial[k], 0.0);
    gt_trees *none = NULL;
    assert_int_equal(gt_trees_load(file, "ext.", &none, &err), GT_NOT_FOUND);
    gt_safetensors_close(file);
    gt_trees_destroy(forest);
    gt_trees_destroy(forest_back);
    gt_boosting_destroy(model);
    gt_boosting_destroy(model_back);
    free(c);
}

/* Each kind of damage is refused, and named. */
static void damaged_trees_are_refused(void **state) {
    cloud *c = make_cloud();
    gt_trees *t = grow_forest(c, false, 1);
    gt_error err;
    assert_ok(gt_trees_check(t, &err), err);
#define REFUSED(place, damage, says)                              \
    do {                                                          \
        __typeof__(place) kept = place;                           \
        place = damage;                                           \
        assert_int_equal(gt_trees_check(t, &err), GT_BAD_FORMAT); \
        assert_non_null(strstr(err.text, says));                  \
        place = kept;                                             \
    } while (0)
    REFUSED(t->left[0], 0, "tree 0, node 0: a child does not come after it");
    REFUSED(t->right[0], INT32_MAX, "outside the tree");
    REFUSED(t->left[0], -1, "does not come after");
    REFUSED(t->right[0], t->left[0], "its children are one");
    REFUSED(t->feature[0], FEATURES, "its feature is out of range");
    REFUSED(t->feature[0], -1, "its feature is out of range");
    REFUSED(t->threshold[0], (double)NAN, "its threshold is not finite");
    REFUSED(t->value[1], (double)INFINITY, "its value is not finite");
    REFUSED(t->impurity[0], (double)NAN, "its impurity is not finite");
    REFUSED(t->weight[0], (double)NAN, "its weight is not finite");
    REFUSED(t->first[1], 0, "begins at node 0 and ends at 0");
    REFUSED(t->first[1], INT64_MAX, "begins at node 0");
    REFUSED(t->first[0], 1, "do not cover");
#undef REFUSED
    gt_trees_destroy(t);
    free(c);
}

/* ---- bad input -----------------------------------------------------------------------------
 */

static void bad_samples_are_refused(void **state) {
    cloud *c = make_cloud();
    gt_samples samples = two_classes(c);
    gt_forest_options options = gt_forest_random();
    gt_boosting_options boosting = gt_boosting_options_default();
    gt_trees *forest = NULL;
    gt_boosting *model = NULL;
    gt_error err;
    options.trees = 2;
    c->x[2 * FEATURES + 4] = NAN;
    assert_int_equal(gt_forest_classify(&samples, &options, &forest, &err), GT_NOT_FINITE);
    assert_non_null(strstr(err.text, "row 2, feature 4 is nan"));
    c->x[2 * FEATURES + 4] = 0;
    c->two[3] = 2;
    assert_int_equal(gt_forest_classify(&samples, &options, &forest, &err), GT_BAD_ARGUMENT);
    assert_non_null(strstr(err.text, "row 3 is 2, expected 0 to 1"));
    for (size_t i = 0; i < ROWS; i++) c->two[i] = 1;
    assert_int_equal(gt_boosting_fit(&samples, &boosting, &model, NULL, &err), GT_BAD_ARGUMENT);
    assert_non_null(strstr(err.text, "class 0 has no training row"));
    assert_ok(gt_forest_classify(&samples, &options, &forest, &err), err);
    double share[2];
    assert_ok(gt_forest_predict(forest, 1, FEATURES, c->x, share, &err), err);
    assert_near(share[1], 1.0, 0.0);
    assert_int_equal(gt_forest_predict(forest, 1, FEATURES + 1, c->x, share, &err),
                     GT_BAD_SHAPE);
    gt_trees_destroy(forest);
    options.trees = 0;
    assert_int_equal(gt_forest_classify(&samples, &options, &forest, &err), GT_BAD_ARGUMENT);
    c->y[0] = NAN;
    gt_targets targets = {ROWS, FEATURES, c->x, c->y};
    assert_int_equal(gt_targets_check(&targets, &err), GT_NOT_FINITE);
    free(c);
}

/* ---- as the reference ----------------------------------------------------------------------
 */

/* RandomState(0).randint(0, 2**31 - 1) and RandomState(5).randint(0, 10, 6) of NumPy. */
static void numbers_of_the_reference(void **state) {
    static const uint32_t words[] = {209652396, 398764591, 924231285},
                          small[] = {3, 6, 6, 0, 9, 8};
    uint32_t got[6];
    gt_reference_draw(0, GT_REFERENCE_SEED, 3, got);
    assert_memory_equal(got, words, sizeof words);
    gt_reference_draw(5, 10, 6, got);
    assert_memory_equal(got, small, sizeof small);
    gt_reference_draw(5, 1, 2, got);
    assert_int_equal(got[0] + got[1], 0);
}

/* Rows in order, weights and sums with them, whatever the values: at random, with many equal
 * ones, and such that medians of three part off two rows at a time, which ends in a heap. */
static void rows_sorted_as_the_reference(void **state) {
    enum { N = 24, KINDS = 3 };
    static const float worst[N] = {0, 13, 8, 2,  21, 16, 4, 15, 20, 6,  18, 12,
                                   1, 17, 3, 10, 5,  23, 7, 19, 9,  14, 11, 22};
    uint32_t row[N];
    int32_t weight[N];
    double sum[N];
    float x[N], value[N];
    for (int kind = 0; kind < KINDS; kind++) {
        gt_rng_fill_normal((gt_rng_key){.seed = 3}, 0, N, x);
        for (size_t i = 0; i < N; i++) {
            if (kind == 1) x[i] = (float)(int)(2 * x[i]);
            if (kind == 2) x[i] = worst[i];
            row[i] = (uint32_t)i;
            weight[i] = (int32_t)i + 1;
            sum[i] = 2.0 * (double)i;
        }
        gt_reference_sort((gt_row_run){N, row, weight, sum}, x, value);
        for (size_t i = 0; i < N; i++) {
            assert_true(value[i] == x[row[i]] && (i == 0 || value[i - 1] <= value[i]));
            assert_true(weight[i] == (int32_t)row[i] + 1 && sum[i] == 2.0 * row[i]);
        }
    }
}

/* The first n terms of the harmonic series, as NumPy adds them. */
static void sums_of_the_reference(void **state) {
    static const struct {
        size_t n;
        double sum;
    } cases[] = {{0, 0x0.0p+0},
                 {1, 0x1.0000000000000p+0},
                 {7, 0x1.4be2be2be2be2p+1},
                 {8, 0x1.5be2be2be2be2p+1},
                 {15, 0x1.a8bbba47475d4p+1},
                 {128, 0x1.5bb8ae9541ca7p+2},
                 {129, 0x1.5c37b09149ba9p+2},
                 {300, 0x1.92172a3e6965ap+2},
                 {1000, 0x1.df11f45f4e61ap+2}};
    double x[1000];
    for (size_t i = 0; i < 1000; i++) x[i] = 1.0 / (double)(i + 1);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_true(gt_reference_sum(cases[i].n, x) == cases[i].sum);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cut_by_hand),
        cmocka_unit_test(close_values_are_not_parted),
        cmocka_unit_test(best_of_all_cuts),
        cmocka_unit_test(weights_are_copies),
        cmocka_unit_test(full_trees_know_their_rows),
        cmocka_unit_test(threads_change_nothing),
        cmocka_unit_test(threads_of_one_tree_change_nothing),
        cmocka_unit_test(forests_grow_on),
        cmocka_unit_test(boosting_learns),
        TEST(stored_models_come_back),
        cmocka_unit_test(damaged_trees_are_refused),
        cmocka_unit_test(bad_samples_are_refused),
        cmocka_unit_test(numbers_of_the_reference),
        cmocka_unit_test(rows_sorted_as_the_reference),
        cmocka_unit_test(sums_of_the_reference),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
