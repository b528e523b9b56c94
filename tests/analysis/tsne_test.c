/* t-SNE: parts against their definitions, forces against brute force, maps against the
 * reference's quality. */
#include <float.h>
#include <omp.h>

#include "embedding.h"
#include "galatea/tsne.h"
#include "rng.h"
#include "stored.h"
#include "tsne/descent.h"
#include "tsne/field.h"
#include "tsne/forces.h"

static void *room(size_t count, size_t size) {
    void *values = calloc(count, size);
    assert_non_null(values);
    return values;
}

/* A map like those that t-SNE makes: islands, some far from the rest, one pair of equal points.
 */
static double *islands(size_t n, double width) {
    double *y = room(2 * n, sizeof *y);
    gt_rng_key key = {11, 1, 0};
    for (size_t i = 0; i < 2 * n; i++)
        y[i] = (0.35 * gt_rng_uniform(key, 2 * (i % 34) + 1) +
                0.05 * gt_rng_normal(key, 1000 + i)) *
               width;
    y[2] = y[0], y[3] = y[1];
    return y;
}

static double norm_of_difference(size_t n, const double *a, const double *b) {
    double sum = 0, whole = 0;
    for (size_t i = 0; i < n; i++) {
        sum += (a[i] - b[i]) * (a[i] - b[i]);
        whole += b[i] * b[i];
    }
    return sqrt(sum / whole);
}

/* ---- Affinities ---------------------------------------------------------------------------
 */

static void entropy_is_that_of_the_perplexity(void **state) {
    enum { K = 91 };
    static const double scales[] = {1e-12, 1, 1e9};
    for (size_t s = 0; s < 3; s++)
        for (size_t shift = 0; shift < 2; shift++) {
            double d2[K], p[K], entropy, sum = 0, direct = 0;
            for (size_t j = 0; j < K; j++)
                d2[j] = scales[s] * ((double)shift * 1e3 +
                                     gt_rng_uniform((gt_rng_key){2, (uint32_t)s, 0}, j));
            double beta = gt_affinity_row(K, d2, 30, p, &entropy);
            for (size_t j = 0; j < K; j++) {
                sum += p[j];
                direct -= p[j] > 0 ? p[j] * log(p[j]) : 0;
                assert_near(p[j] / p[0], exp(-beta * (d2[j] - d2[0])), 1e-9 * p[j] / p[0]);
            }
            assert_near(sum, 1, 1e-14);
            assert_near(direct, log(30), 1e-12);
            assert_near(entropy, log(30), 1e-12);
        }
}

/* Equal distances, and more twins than the perplexity: as even as can be, and finite. */
static void degenerate_rows(void **state) {
    double d2[50], p[50], entropy;
    for (int j = 0; j < 50; j++) d2[j] = 2.5;
    gt_affinity_row(50, d2, 10, p, &entropy);
    for (int j = 0; j < 50; j++) assert_near(p[j], 0.02, 1e-15);
    for (int j = 0; j < 50; j++) d2[j] = j < 20 ? 0 : 1 + j;
    assert_true(isfinite(gt_affinity_row(50, d2, 10, p, &entropy)));
    for (int j = 0; j < 50; j++) assert_near(p[j], j < 20 ? 0.05 : 0, 1e-12);
}

static void affinities_are_symmetric(void **state) {
    enum { N = 300, D = 5, K = 31 };
    gt_error err;
    gt_neighbours g;
    gt_affinity p;
    float *x = room(N * D, sizeof *x);
    double *dense = room(N * N, sizeof *dense), sum = 0, entropy = 0;
    gt_rng_fill_normal((gt_rng_key){3, 1, 0}, 0, N * D, x);
    assert_ok(gt_neighbours_find(N, D, x, K, GT_NEIGHBOURS_EXACT, 0, NULL, NULL, &g, &err),
              err);
    assert_ok(gt_affinity_create(&g, 10, &p, &err), err);
    for (size_t i = 0; i < N; i++)
        for (size_t e = p.start[i]; e < p.start[i + 1]; e++) {
            assert_true(e == p.start[i] || p.column[e] > p.column[e - 1]);
            assert_true(p.column[e] != (int32_t)i);
            dense[i * N + (size_t)p.column[e]] = p.weight[e];
            sum += p.weight[e];
            entropy += p.weight[e] * log(p.weight[e]);
        }
    assert_near(sum, 1, 1e-13);
    assert_near(p.entropy, entropy, 1e-12);
    for (size_t i = 0; i < N; i++) {
        double cond[K], whole = 0;
        gt_affinity_row(K, g.squared + i * K, 10, cond, NULL);
        for (size_t k = 0; k < K; k++)
            assert_true(dense[i * N + (size_t)g.index[i * K + k]] >=
                        cond[k] / (2 * N) * (1 - 1e-12));
        for (size_t j = 0; j < N; j++) {
            assert_near(dense[i * N + j], dense[j * N + i], 1e-18);
            whole += dense[i * N + j];
        }
        assert_true(whole >= 0.5 / N * (1 - 1e-12));
    }
    gt_affinity_free(&p);
    gt_neighbours_free(&g);
    free(x), free(dense);
}

/* ---- Forces -------------------------------------------------------------------------------
 */

static void quadtree_errors(void **state) {
    /* A little above what was measured on this map. */
    static const double bounds[][3] = {
        {0, 1e-13, 1e-13}, {0.2, 4e-3, 2e-3}, {0.5, 3e-2, 1.5e-2}};
    enum { N = 3000 };
    gt_error err;
    double *y = islands(N, 60), *want = room(2 * N, sizeof *want),
           *got = room(2 * N, sizeof *got);
    double *z_of = room(N, sizeof *z_of), z = 0;
    gt_exact_repulsion(N, y, want, z_of);
    for (int i = 0; i < N; i++) z += z_of[i];
    for (int b = 0; b < 3; b++) {
        gt_repulsion *tree;
        double got_z;
        assert_ok(gt_repulsion_create(GT_TSNE_BARNES_HUT, bounds[b][0], N, &tree, &err), err);
        assert_ok(gt_repulsion_compute(tree, y, got, &got_z, &err), err);
        double error = norm_of_difference(2 * N, got, want);
        print_message("theta %g: forces %.3g, Z %.3g\n", bounds[b][0], error,
                      fabs(got_z / z - 1));
        assert_true(error <= bounds[b][1] && fabs(got_z / z - 1) <= bounds[b][2]);
        gt_repulsion_destroy(tree);
    }
    free(y), free(want), free(got), free(z_of);
}

/* Coincident points, and ones that no halving parts before doubles end. */
static void quadtree_of_twins(void **state) {
    enum { N = 40 };
    gt_error err;
    double y[2 * N], want[2 * N], got[2 * N], z_of[N], z = 0, got_z;
    for (int i = 0; i < N; i++) {
        y[2 * i] = i < 20 ? 0 : i < 30 ? 5 : 5 + i * 1e-300;
        y[2 * i + 1] = i < 20 ? 0 : 1;
    }
    y[0] = 1e-300;
    gt_repulsion *tree;
    gt_exact_repulsion(N, y, want, z_of);
    for (int i = 0; i < N; i++) z += z_of[i];
    assert_ok(gt_repulsion_create(GT_TSNE_BARNES_HUT, 0.5, N, &tree, &err), err);
    assert_ok(gt_repulsion_compute(tree, y, got, &got_z, &err), err);
    assert_near(got_z, z, 1e-11);
    for (int i = 0; i < 2 * N; i++) assert_near(got[i], want[i], 1e-12);
    gt_repulsion_destroy(tree);
}

static void field_error(size_t n, const double *y, double spacing, double *force_error,
                        double *z_error) {
    gt_error err;
    gt_field *field;
    double *want = room(2 * n, sizeof *want), *got = room(2 * n, sizeof *got);
    double *want_z = room(n, sizeof *want_z), *got_z = room(n, sizeof *got_z), a = 0, b = 0;
    gt_exact_repulsion(n, y, want, want_z);
    assert_ok(gt_field_create(n, spacing, &field, &err), err);
    for (int i = 0; i < 2; i++) /* the second time with the kernel at hand */
        assert_ok(gt_field_repulsion(field, y, got, got_z, &err), err);
    for (size_t i = 0; i < n; i++) a += got_z[i], b += want_z[i];
    *force_error = norm_of_difference(2 * n, got, want);
    *z_error = fabs(a / b - 1);
    gt_field_destroy(field);
    free(want), free(got), free(want_z), free(got_z);
}

/* Maps as wide as those of 10^5 points, and as narrow as a start. */
static void field_errors(void **state) {
    static const struct {
        double width, spacing, force, z;
    } rows[] = {
        {150, 0.5, 2e-2, 4e-4},  {150, 0.45, 1.2e-2, 2e-4}, {150, 1.0 / 3, 3e-3, 4e-5},
        {150, 0.25, 5e-4, 6e-6}, {20, 0.45, 2e-5, 2e-7},    {1e-4, 0.45, 1e-12, 1e-14},
    };
    for (size_t r = 0; r < sizeof rows / sizeof *rows; r += IS_SLOW_BUILD ? 3 : 1) {
        enum { N = 4000 };
        double *y = islands(N, rows[r].width), force, z;
        field_error(N, y, rows[r].spacing, &force, &z);
        print_message("width %g, spacing %.3f: forces %.3g, Z %.3g\n", rows[r].width,
                      rows[r].spacing, force, z);
        assert_true(force <= rows[r].force && z <= rows[r].z);
        free(y);
    }
}

static void field_of_one_place(void **state) {
    enum { N = 50 };
    gt_error err;
    gt_field *field;
    double y[2 * N], force[2 * N], z_of[N];
    for (int i = 0; i < 2 * N; i++) y[i] = 3;
    assert_ok(gt_field_create(N, 0.45, &field, &err), err);
    assert_ok(gt_field_repulsion(field, y, force, z_of, &err), err);
    for (int i = 0; i < N; i++) assert_near(z_of[i], N - 1, 1e-9);
    for (int i = 0; i < 2 * N; i++) assert_near(force[i], 0, 1e-9);
    gt_field_destroy(field);
}

static void same_forces_for_any_threads(void **state) {
    enum { N = IS_SLOW_BUILD ? 2000 : 5000 };
    gt_error err;
    double *y = islands(N, 90);
    int before = omp_get_max_threads();
    for (int how = GT_TSNE_EXACT; how <= GT_TSNE_FFT; how++) {
        double *force[2], z[2];
        for (int i = 0; i < 2; i++) {
            gt_repulsion *r;
            force[i] = room(2 * N, sizeof *force[i]);
            omp_set_num_threads(i ? 3 : 1);
            assert_ok(gt_repulsion_create(how, 0.5, N, &r, &err), err);
            assert_ok(gt_repulsion_compute(r, y, force[i], &z[i], &err), err);
            gt_repulsion_destroy(r);
        }
        assert_memory_equal(force[0], force[1], 2 * N * sizeof *force[0]);
        assert_true(z[0] == z[1]);
        free(force[0]), free(force[1]);
    }
    omp_set_num_threads(before);
    free(y);
}

/* The gradient is that of the divergence, by central differences. */
static void gradient_of_the_divergence(void **state) {
    enum { N = 60, D = 4, K = 16 };
    gt_error err;
    gt_neighbours g;
    gt_affinity p;
    float x[N * D];
    double *y = islands(N, 8), pull[2 * N], push[2 * N], z_of[N], scratch[N], z = 0;
    gt_rng_fill_normal((gt_rng_key){5, 1, 0}, 0, N * D, x);
    assert_ok(gt_neighbours_find(N, D, x, K, GT_NEIGHBOURS_EXACT, 0, NULL, NULL, &g, &err),
              err);
    assert_ok(gt_affinity_create(&g, 5, &p, &err), err);
    gt_attraction(&p, y, pull, scratch, NULL);
    gt_exact_repulsion(N, y, push, z_of);
    for (int i = 0; i < N; i++) z += z_of[i];
    for (int i = 0; i < 2 * N; i += 7) {
        double kl[2], old = y[i], step = 1e-5;
        for (int side = 0; side < 2; side++) {
            y[i] = old + (side ? step : -step);
            assert_ok(gt_embedding_kl(N, D, x, y, 5, 1, &kl[side], &err), err);
        }
        y[i] = old;
        assert_near(4 * (pull[i] - push[i] / z), (kl[1] - kl[0]) / (2 * step), 1e-9);
    }
    gt_affinity_free(&p);
    gt_neighbours_free(&g);
    free(y);
}

static void narrow_attraction_is_near(void **state) {
    enum { N = 500, D = 6, K = 31 };
    gt_error err;
    gt_neighbours g;
    gt_affinity p;
    float *x = room(N * D, sizeof *x);
    double *y = islands(N, 50), wide[2 * N], narrow[2 * N], scratch[N], energy[2];
    gt_rng_fill_normal((gt_rng_key){6, 1, 0}, 0, N * D, x);
    assert_ok(gt_neighbours_find(N, D, x, K, GT_NEIGHBOURS_EXACT, 0, NULL, NULL, &g, &err),
              err);
    assert_ok(gt_affinity_create(&g, 10, &p, &err), err);
    gt_attraction(&p, y, wide, scratch, &energy[0]);
    assert_ok(gt_affinity_narrow(&p, &err), err);
    gt_attraction(&p, y, narrow, scratch, &energy[1]);
    double error = norm_of_difference(2 * N, narrow, wide);
    print_message("attraction in float: error %.3g\n", error);
    assert_true(error > 0 && error < 2e-6);
    assert_near(energy[0], energy[1], 1e-6);
    gt_affinity_free(&p);
    gt_neighbours_free(&g);
    free(x), free(y);
}

static void descent_by_hand(void **state) {
    gt_error err;
    gt_descent d;
    double y[3] = {0, 0, 0}, g[3] = {1, -2, 0};
    assert_ok(gt_descent_create(3, &d, &err), err);
    gt_descent_step(&d, g, 0.5, 10, y); /* no update yet: gains fall to 0.8 */
    assert_near(y[0], -8, 1e-14);
    assert_near(y[1], 16, 1e-14);
    g[1] = 2; /* with the update: the gain falls; the first against it: rises */
    gt_descent_step(&d, g, 0.5, 10, y);
    assert_near(d.gain[0], 1, 1e-14);
    assert_near(d.gain[1], 0.64, 1e-14);
    assert_near(y[0], -8 - 4 - 10, 1e-14);
    assert_near(y[1], 16 + 8 - 12.8, 1e-13);
    g[2] = 1;
    for (int i = 0; i < 50; i++) {
        g[2] = -g[2];
        d.update[2] = g[2];
        gt_descent_step(&d, g, 0, 0, y);
    }
    assert_near(d.gain[2], 0.01, 0);
    gt_descent_free(&d);
}

/* ---- Whole maps ---------------------------------------------------------------------------
 */

/* Recorded positions: every way from the recorded start, and forces off the grid within 1.5
 * times the errors that interpolation by polynomials of degree 2 has at the spacing of its
 * nodes. */
static void recorded_positions(void **state) {
    static const double errors[][3] = {{1.0, 2.4e-2, 4e-3},
                                       {0.77, 8e-3, 7e-4},
                                       {0.51, 3e-3, 4e-4},
                                       {0.39, 1e-3, 6e-5},
                                       {0.19, 1e-4, 5e-6}};
    char path[512];
    gt_error err;
    gt_safetensors *file;
    size_t count;
    assert_ok(
        gt_safetensors_open(fixture_path("tsne/gradients.safetensors", path), &file, &err),
        err);
    double *y = stored_f64(file, "y", &count);
    for (size_t i = 0; i < sizeof errors / sizeof *errors; i++) {
        double force, z;
        field_error(count / 2, y, errors[i][0] / 3, &force, &z);
        print_message("interval %.2f: forces %.3g, Z %.3g\n", errors[i][0], force, z);
        assert_true(force <= 1.5 * errors[i][1] && z <= 1.5 * errors[i][2]);
    }
    free(y);
    gt_safetensors_close(file);
}

static void recorded_data(void **state) {
    char path[512];
    gt_error err;
    gt_safetensors *file;
    size_t rows, count;
    assert_ok(
        gt_safetensors_open(fixture_path("tsne/affinities.safetensors", path), &file, &err),
        err);
    float *x = stored_f32(file, "x", &count);
    for (int how = GT_TSNE_EXACT; how <= GT_TSNE_FFT; how++) {
        double *y = stored_f64(file, "init_pca", &rows), kl, trust, recall;
        gt_tsne_settings settings = gt_tsne_settings_default();
        gt_tsne_result result;
        rows /= 2;
        settings.forces = how;
        assert_ok(gt_tsne_run(rows, count / rows, x, &settings, y, NULL, NULL, &result, &err),
                  err);
        assert_ok(gt_embedding_kl(rows, count / rows, x, y, 30, 0, &kl, &err), err);
        assert_ok(gt_embedding_quality(rows, count / rows, x, y, 12, &trust, NULL, &err), err);
        assert_ok(gt_embedding_quality(rows, count / rows, x, y, 10, NULL, &recall, &err), err);
        print_message("%s: KL %.4f, trustworthiness %.4f, recall %.4f\n",
                      gt_tsne_forces_name(how), kl, trust, recall);
        assert_true(kl <= 1.06 && trust >= 0.96);
        assert_near(recall, 0.353, 0.02);
        assert_near(result.kl, kl, 0.03);
        free(y);
    }
    free(x);
    gt_safetensors_close(file);
}

/* Three clouds far apart stay apart, from either start, and the same bits come again. */
static void clouds_stay_apart(void **state) {
    enum { N = 1200, D = 10 };
    gt_error err;
    float *x = room(N * D, sizeof *x);
    double *y[2], recall;
    gt_tsne_settings settings = gt_tsne_settings_default();
    gt_tsne_result result;
    settings.iterations = IS_SLOW_BUILD ? 300 : 400;
    gt_rng_fill_normal((gt_rng_key){8, 1, 0}, 0, N * D, x);
    for (size_t i = 0; i < N; i++) x[i * D + i % 3] += 30;
    int before = omp_get_max_threads();
    for (int i = 0; i < 2; i++) {
        y[i] = room(2 * N, sizeof *y[i]);
        omp_set_num_threads(1 + 2 * i);
        assert_ok(gt_tsne_start_pca(N, D, x, y[i], &err), err);
        assert_ok(gt_tsne_run(N, D, x, &settings, y[i], NULL, NULL, &result, &err), err);
    }
    omp_set_num_threads(before);
    assert_int_equal(result.forces, GT_TSNE_FFT);
    assert_memory_equal(y[0], y[1], 2 * N * sizeof *y[0]);
    gt_tsne_start_random(N, 5, y[1]);
    assert_ok(gt_tsne_run(N, D, x, &settings, y[1], NULL, NULL, &result, &err), err);
    for (int i = 0; i < 2; i++) {
        double cloud[N], clustering;
        for (int k = 0; k < N; k++) cloud[k] = k % 3;
        assert_ok(gt_embedding_clustering(N, y[i], cloud, 10, &clustering, &err), err);
        assert_near(clustering, 0, 0);
        assert_ok(gt_embedding_quality(N, D, x, y[i], 10, NULL, &recall, &err), err);
        assert_true(recall > 0.2);
        free(y[i]);
    }
    free(x);
}

/* ---- Measures -----------------------------------------------------------------------------
 */

static void quality_by_hand(void **state) {
    float line[] = {0, 1, 3, 6, 10, 15, 21};
    double same[14] = {0}, swapped[14] = {0}, trust, recall;
    gt_error err;
    for (int i = 0; i < 7; i++) same[2 * i] = line[i], swapped[2 * i] = line[i];
    assert_ok(gt_embedding_quality(7, 1, line, same, 2, &trust, &recall, &err), err);
    assert_near(trust, 1, 0);
    assert_near(recall, 1, 0);
    swapped[0] = 21, swapped[12] = 0;
    assert_ok(gt_embedding_quality(7, 1, line, swapped, 1, &trust, &recall, &err), err);
    /* The ends changed places. In the map 0:5 (6 away), 1:6 (1), 2:1 (2), 3:2 (3), 4:3 (4), 5:4
     * (5), 6:1 (1). In the data 0:1, 1:0, 2:1, 3:2, 4:3, 5:4, 6:5; rank of 5 from 0 is 5, of 6
     * from 1 is 6, of 1 from 6 is
     * 5. Excess 4 + 5 + 4. */
    assert_near(recall, 4.0 / 7, 1e-15);
    assert_near(trust, 1 - 2.0 / (7 * 1 * (14 - 3 - 1)) * 13, 1e-15);
    assert_int_equal(gt_embedding_quality(7, 1, line, same, 4, &trust, &recall, &err),
                     GT_BAD_ARGUMENT);
}

static void clustering_by_hand(void **state) {
    double y[] = {0, 0, 1, 0, 10, 0, 11, 0, 50, 50}, values[] = {1, 2, 5, 7, NAN}, out;
    gt_error err;
    assert_ok(gt_embedding_clustering(5, y, values, 1, &out, &err), err);
    /* Neighbours differ by 1, 1, 2, 2; pairs by 1, 4, 6, 3, 5, 2. */
    assert_near(out, 1.5 / 3.5, 1e-15);
    values[1] = values[2] = values[3] = 1;
    assert_ok(gt_embedding_clustering(5, y, values, 1, &out, &err), err);
    assert_true(isnan(out));
}

static void wrong_input_is_named(void **state) {
    enum { N = 100 };
    gt_error err;
    gt_tsne_result result;
    gt_tsne_settings settings = gt_tsne_settings_default();
    float x[2 * N] = {0};
    double y[2 * N];
    assert_int_equal(gt_tsne_start_pca(N, 2, x, y, &err), GT_BAD_ARGUMENT);
    assert_string_equal(err.text, "all 100 rows are equal: there is nothing to map");
    gt_rng_fill_normal((gt_rng_key){9, 1, 0}, 0, 2 * N, x);
    gt_tsne_start_random(N, 1, y);
    settings.perplexity = 33;
    assert_int_equal(gt_tsne_run(N, 2, x, &settings, y, NULL, NULL, &result, &err),
                     GT_BAD_ARGUMENT);
    assert_string_equal(err.text,
                        "perplexity 33 needs 101 rows, there are 100: expected 1 to 32.6");
    settings.perplexity = 20;
    settings.rate = 1e300;
    assert_int_equal(gt_tsne_run(N, 2, x, &settings, y, NULL, NULL, &result, &err),
                     GT_NOT_FINITE);
    x[7] = INFINITY;
    assert_int_equal(gt_tsne_run(N, 2, x, &settings, y, NULL, NULL, &result, &err),
                     GT_NOT_FINITE);
    assert_string_equal(err.text, "row 3, feature 1 is inf, expected a finite number");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(entropy_is_that_of_the_perplexity),
        cmocka_unit_test(degenerate_rows),
        cmocka_unit_test(affinities_are_symmetric),
        cmocka_unit_test(quadtree_errors),
        cmocka_unit_test(quadtree_of_twins),
        cmocka_unit_test(field_errors),
        cmocka_unit_test(field_of_one_place),
        cmocka_unit_test(same_forces_for_any_threads),
        cmocka_unit_test(gradient_of_the_divergence),
        cmocka_unit_test(narrow_attraction_is_near),
        cmocka_unit_test(descent_by_hand),
        cmocka_unit_test(recorded_positions),
        cmocka_unit_test(recorded_data),
        cmocka_unit_test(clouds_stay_apart),
        cmocka_unit_test(quality_by_hand),
        cmocka_unit_test(clustering_by_hand),
        cmocka_unit_test(wrong_input_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
