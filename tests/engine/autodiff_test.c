/* autodiff_test.c - what differentiation does with the shape of a graph: values used many
 * times, out of reach, behind a stopped gradient, differentiated again; on random graphs, in
 * double. */
#include "gt_test.h"

#include "node.h"
#include "rng.h"

enum { LEAVES = 3, SIDE = 4, COUNT = 2 * SIDE, STEPS = 14 };

typedef struct world {
    gt_graph *g;
    gt_rng_key key;
    uint64_t drawn;
    gt_tensor *leaf[LEAVES];
    double data[LEAVES][COUNT];
    gt_tensor *values[LEAVES + STEPS];
    int value_count;
} world;

static int pick(world *w, int bound) {
    return (int)gt_rng_below(w->key, w->drawn++, (uint64_t)bound);
}

/* All smooth, and bounded in size and slope as far as inputs are, so that differences are good.
 */
static gt_tensor *random_value(world *w) {
    gt_graph *g = w->g;
    gt_tensor *a = w->values[pick(w, w->value_count)], *b = w->values[pick(w, w->value_count)];
    gt_shape line = GT_SHAPE(1, SIDE), column = GT_SHAPE(2, 1);
    switch (pick(w, 12)) {
    case 0:
        return gt_add(g, a, b);
    case 1:
        return gt_mul(g, gt_tanh(g, a), b);
    case 2:
        return gt_sub(g, gt_sigmoid(g, a), gt_affine(g, b, 0.5, 0.1));
    case 3:
        return gt_mul(g, a, gt_tanh(g, gt_sum_to(g, b, line)));
    case 4:
        return gt_add(g, a, gt_silu(g, gt_sum_to(g, b, column)));
    case 5:
        return gt_softmax(g, gt_add(g, a, b), 1);
    case 6:
        return gt_div(g, a, gt_affine(g, gt_square(g, b), 1, 1));
    case 7:
        return gt_concat(g, (gt_tensor *[]){gt_slice(g, a, 1, 1, 3), gt_slice(g, b, 1, 0, 1)},
                         2, 1);
    case 8:
        return gt_tanh(g, gt_matmul(g, gt_matmul(g, a, b, false, true), a, false, false));
    case 9:
        return gt_permute(g, gt_reshape(g, gt_softplus(g, a), GT_SHAPE(SIDE, 2)),
                          (const int[]){1, 0});
    case 10:
        return gt_glu(g, gt_concat(g, (gt_tensor *[]){a, b}, 2, 0), 0);
    default:
        return gt_reverse(g, gt_gelu(g, a), pick(w, 2));
    }
}

/* Leaves, and values each made of any that came before: most are used several times. */
static gt_tensor *begin(world *w, uint32_t number) {
    *w = (world){.g = gt_graph_create(), .key = {31, 7, number}};
    for (int i = 0; i < LEAVES; i++) {
        w->leaf[i] = w->values[w->value_count++] = gt_input(w->g, "x", GT_SHAPE(2, SIDE));
        for (int k = 0; k < COUNT; k++)
            w->data[i][k] =
                0.7 * gt_rng_normal((gt_rng_key){31, (uint32_t)i, number}, (uint64_t)k);
    }
    for (int i = 0; i < STEPS; i++) {
        w->values[w->value_count] = random_value(w);
        w->value_count++;
    }
    gt_tensor *loss = gt_sum(w->g, gt_square(w->g, w->values[w->value_count - 1]));
    for (int i = 1; i <= 3; i++)
        loss = gt_add(w->g, loss, gt_sum(w->g, w->values[w->value_count - 1 - i]));
    gt_error err = {0};
    assert_ok(gt_graph_check(w->g, &err), err);
    return loss;
}

static void fetch(const world *w, gt_tensor *what, double *out) {
    gt_error err = {0};
    gt_feed feeds[LEAVES];
    for (int i = 0; i < LEAVES; i++) feeds[i] = (gt_feed){w->leaf[i], w->data[i]};
    assert_ok(gt_reference_run(w->g, feeds, LEAVES, &what, 1, &out, &err), err);
}

/* Derivative of `scalar` by x[i][k], central and of fourth order: good to 1e-10 here. */
static double difference(world *w, gt_tensor *scalar, int i, int k) {
    static const double offset[] = {-2, -1, 1, 2}, weight[] = {1, -8, 8, -1}, step = 1e-3;
    double here = w->data[i][k], sum = 0;
    for (int p = 0; p < 4; p++) {
        double value;
        w->data[i][k] = here + offset[p] * step;
        fetch(w, scalar, &value);
        sum += weight[p] * value;
    }
    w->data[i][k] = here;
    return sum / (12 * step);
}

static void assert_gradient(world *w, gt_tensor *scalar, gt_tensor *const *grads,
                            uint32_t graph) {
    for (int i = 0; i < LEAVES; i++) {
        double got[COUNT], size = 1;
        fetch(w, grads[i], got);
        for (int k = 0; k < COUNT; k++) size = fmax(size, fabs(got[k]));
        for (int k = 0; k < COUNT; k++) {
            double want = difference(w, scalar, i, k);
            if (!(fabs(got[k] - want) <= 1e-7 * size))
                fail_msg("graph %u, leaf %d, number %d: %.12g, not %.12g", graph, i, k, got[k],
                         want);
        }
    }
}

/* sum of v_i . t_i with fixed numbers v that are drawn as constants of the graph. */
static gt_tensor *dotted(world *w, gt_tensor *const *t, const double (*v)[COUNT]) {
    gt_graph *g = w->g;
    gt_tensor *sum = gt_constant(g, 0, gt_shape_scalar());
    for (int i = 0; i < LEAVES; i++)
        for (int k = 0; k < COUNT; k++) {
            gt_tensor *row = gt_slice(g, gt_reshape(g, t[i], GT_SHAPE(COUNT)), 0, k, 1);
            sum = gt_add(g, sum, gt_affine(g, gt_sum(g, row), v[i][k], 0));
        }
    return sum;
}

static void draw(double (*v)[COUNT], uint32_t stream) {
    for (int i = 0; i < LEAVES; i++)
        for (int k = 0; k < COUNT; k++)
            v[i][k] = gt_rng_normal((gt_rng_key){5, stream, (uint32_t)i}, (uint64_t)k);
}

static void random_graphs(void **state) {
    for (uint32_t number = 0; number < 40; number++) {
        world w;
        double v[LEAVES][COUNT];
        gt_tensor *first[LEAVES], *second[LEAVES], *loss = begin(&w, number);
        draw(v, number);
        gt_grad(w.g, loss, w.leaf, LEAVES, first);
        assert_gradient(&w, loss, first, number);
        if (number % 4 == 0) {
            gt_tensor *along = dotted(&w, first, v);
            gt_grad(w.g, along, w.leaf, LEAVES, second);
            assert_gradient(&w, along, second, number);
        }
        gt_graph_destroy(w.g);
    }
}

static double dot(const world *w, gt_tensor *const *t, double (*v)[COUNT]) {
    double sum = 0, out[COUNT];
    for (int i = 0; i < LEAVES; i++) {
        fetch(w, t[i], out);
        for (int k = 0; k < COUNT; k++) sum += v[i][k] * out[k];
    }
    return sum;
}

/* Second derivatives do not depend on their order: a.Hb = b.Ha. */
static void hessians_are_symmetric(void **state) {
    for (uint32_t number = 100; number < 140; number++) {
        world w;
        double a[LEAVES][COUNT], b[LEAVES][COUNT];
        gt_tensor *first[LEAVES], *ha[LEAVES], *hb[LEAVES], *loss = begin(&w, number);
        draw(a, 1);
        draw(b, 2);
        gt_grad(w.g, loss, w.leaf, LEAVES, first);
        gt_grad(w.g, dotted(&w, first, a), w.leaf, LEAVES, ha);
        gt_grad(w.g, dotted(&w, first, b), w.leaf, LEAVES, hb);
        double left = dot(&w, ha, b), right = dot(&w, hb, a);
        assert_near(left, right, 1e-9 * (1 + fabs(left)));
        gt_graph_destroy(w.g);
    }
}

/* A gradient is linear in its seed, and the chain may be cut at any value. */
static void seeds_and_chains(void **state) {
    for (uint32_t number = 200; number < 220; number++) {
        world w;
        begin(&w, number);
        gt_tensor *y = w.values[w.value_count - 1], *dy;
        gt_tensor *whole[LEAVES], *twice[LEAVES], *once[LEAVES], *last[LEAVES];
        gt_tensor *seed = gt_tanh(w.g, w.leaf[0]), *other = gt_square(w.g, w.leaf[1]);
        gt_grad_from(w.g, y, gt_add(w.g, gt_affine(w.g, seed, -2, 0), other), w.leaf, LEAVES,
                     whole);
        gt_grad_from(w.g, y, seed, w.leaf, LEAVES, twice);
        gt_grad_from(w.g, y, other, w.leaf, LEAVES, once);
        gt_tensor *end = gt_sum(w.g, gt_square(w.g, y));
        gt_grad(w.g, end, w.leaf, LEAVES, last);
        gt_grad(w.g, end, &y, 1, &dy);
        gt_tensor *chained[LEAVES];
        gt_grad_from(w.g, y, dy, w.leaf, LEAVES, chained);
        for (int i = 0; i < LEAVES; i++) {
            double a[COUNT], b[COUNT], c[COUNT], p[COUNT], q[COUNT];
            fetch(&w, whole[i], a), fetch(&w, twice[i], b), fetch(&w, once[i], c);
            fetch(&w, last[i], p), fetch(&w, chained[i], q);
            for (int k = 0; k < COUNT; k++) {
                double size = fabs(a[k]) + fabs(b[k]) + fabs(c[k]) + 1;
                assert_near(a[k], -2 * b[k] + c[k], 1e-13 * size);
                assert_near(p[k], q[k], 1e-13 * (1 + fabs(p[k])));
            }
        }
        gt_graph_destroy(w.g);
    }
}

/* ---- By hand -------------------------------------------------------------------------- */

static double value_at(gt_graph *g, gt_tensor *x, gt_tensor *y, double at) {
    gt_error err = {0};
    double out, *outputs = &out;
    gt_feed feed = {x, &at};
    assert_ok(gt_reference_run(g, &feed, 1, &y, 1, &outputs, &err), err);
    return out;
}

/* One value as every input of a concatenation, below and above what fits a small list. */
static void used_many_times(void **state) {
    static const int counts[] = {1, 2, 7, 8, 9, 16, 17, 100};
    for (size_t c = 0; c < sizeof counts / sizeof *counts; c++) {
        gt_graph *g = gt_graph_create();
        gt_tensor *x = gt_input(g, "x", GT_SHAPE(1)), *parts[100], *grad, *sum = x;
        for (int i = 0; i < counts[c]; i++) parts[i] = x;
        gt_tensor *row = gt_concat(g, parts, counts[c], 0);
        gt_grad(g, gt_sum(g, gt_square(g, row)), &x, 1, &grad);
        assert_near(value_at(g, x, grad, 1.5), 2 * 1.5 * counts[c], 1e-12);
        for (int i = 1; i < counts[c]; i++) sum = gt_add(g, sum, i % 2 ? x : sum);
        gt_grad(g, gt_sum(g, sum), &x, 1, &grad);
        double slope = 1; /* doubled every other time */
        for (int i = 1; i < counts[c]; i++) slope = i % 2 ? slope + 1 : 2 * slope;
        assert_near(value_at(g, x, grad, 0.3), slope, 1e-12 * slope);
        gt_graph_destroy(g);
    }
}

/* x^5, differentiated until nothing is left. */
static void again_and_again(void **state) {
    static const double at_two[] = {80, 160, 240, 240, 120, 0};
    gt_graph *g = gt_graph_create();
    gt_tensor *x = gt_input(g, "x", gt_shape_scalar()),
              *y = gt_mul(g, gt_square(g, gt_square(g, x)), x);
    for (int order = 1; order <= 6; order++) {
        gt_grad(g, y, &x, 1, &y);
        assert_near(value_at(g, x, y, 2), at_two[order - 1], 1e-9);
    }
    gt_graph_destroy(g);
}

/* Of x stop(x) only the first factor moves, also when it is differentiated again; a value
 * behind a stop alone leads nowhere. */
static void stopped(void **state) {
    gt_graph *g = gt_graph_create();
    gt_tensor *x = gt_input(g, "x", gt_shape_scalar()), *first, *second, *both[2];
    gt_tensor *y = gt_mul(g, gt_mul(g, x, x), gt_stop_gradient(g, gt_exp(g, x)));
    gt_grad(g, y, &x, 1, &first);
    gt_grad(g, first, &x, 1, &second);
    assert_near(value_at(g, x, first, 0.5), 2 * 0.5 * exp(0.5), 1e-12);
    assert_near(value_at(g, x, second, 0.5), 2 * exp(0.5), 1e-12);
    gt_tensor *inner = gt_exp(g, x), *hidden = gt_stop_gradient(g, inner);
    gt_tensor *wrt[] = {inner, hidden};
    gt_grad(g, gt_square(g, hidden), wrt, 2, both);
    assert_int_equal(both[0]->op, GT_OP_CONSTANT); /* out of reach */
    assert_near(value_at(g, x, both[1], 0.5), 2 * exp(0.5), 1e-12);
    gt_graph_destroy(g);
}

/* A value named twice has its gradient twice; what does not lead to the loss, or comes after
 * it, has zeros of its own shape; the gradient by an inner value is not that by what it is made
 * of. */
static void named_and_unreachable(void **state) {
    gt_graph *g = gt_graph_create();
    gt_tensor *x = gt_input(g, "x", gt_shape_scalar()),
              *far = gt_input(g, "far", GT_SHAPE(3, 2));
    gt_tensor *h = gt_square(g, x), *loss = gt_mul(g, h, x), *late = gt_exp(g, loss);
    gt_tensor *wrt[] = {x, far, h, x, late, loss}, *grads[6];
    gt_grad(g, loss, wrt, 6, grads);
    assert_ptr_equal(grads[0], grads[3]);
    assert_true(grads[1]->op == GT_OP_CONSTANT && grads[1]->attr.shift == 0);
    assert_true(gt_shape_equal(grads[1]->shape, far->shape));
    assert_true(grads[4]->op == GT_OP_CONSTANT && grads[4]->attr.shift == 0);
    assert_near(value_at(g, x, grads[0], 3), 27, 1e-12);
    assert_near(value_at(g, x, grads[2], 3), 3, 1e-12);
    assert_near(value_at(g, x, grads[5], 3), 1, 0);
    bool needed[6];
    gt_error err = {0};
    assert_ok(gt_tensor_needs(loss, wrt, 6, needed, &err), err);
    assert_true(needed[0] && !needed[1] && needed[2] && needed[3] && !needed[4] && needed[5]);
    gt_graph_destroy(g);
}

/* Nodes of a gradient of a gradient are backward, too, and nothing stays switched on. */
static void marks(void **state) {
    gt_graph *g = gt_graph_create();
    gt_tensor *x = gt_input(g, "x", gt_shape_scalar()), *first, *second;
    gt_grad(g, gt_exp(g, gt_square(g, x)), &x, 1, &first);
    int count = g->count;
    gt_grad(g, first, &x, 1, &second);
    for (int id = count; id < g->count; id++) assert_true(g->nodes[id]->backward);
    assert_true(g->count > count && !g->differentiating);
    assert_false(gt_exp(g, second)->backward);
    gt_graph_destroy(g);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_graphs),         cmocka_unit_test(hessians_are_symmetric),
        cmocka_unit_test(seeds_and_chains),      cmocka_unit_test(used_many_times),
        cmocka_unit_test(again_and_again),       cmocka_unit_test(stopped),
        cmocka_unit_test(named_and_unreachable), cmocka_unit_test(marks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
