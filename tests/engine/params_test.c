/* params_test.c - layout of the parameter vector, names, and what is refused. */
#include "gt_test.h"

#include "galatea/params.h"

static gt_params *params;

static int set_up(void **state) {
    params = gt_params_create();
    return params ? 0 : -1;
}

static int tear_down(void **state) {
    gt_params_destroy(params);
    return 0;
}

static void layout(void **state) {
    gt_error err = {0};
    char name[32];
    int64_t offset = 0, elements = 0;
    for (int i = 0; i < 200; i++) {
        gt_shape shape = i % 3 ? GT_SHAPE(i + 1, 3) : gt_shape_scalar();
        snprintf(name, sizeof name, "blocks.%d.weight", i);
        assert_int_equal(gt_params_add(params, name, shape), i);
        assert_int_equal(gt_params_offset(params, i), offset);
        elements += gt_shape_count(shape);
        offset += (gt_shape_count(shape) + 15) / 16 * 16;
    }
    assert_null(gt_params_values(params));
    assert_ok(gt_params_allocate(params, &err), err);
    assert_int_equal(gt_params_floats(params), offset);
    assert_int_equal(gt_params_elements(params), elements);
    assert_int_equal((uintptr_t)gt_params_values(params) % 64, 0);
    for (int64_t i = 0; i < offset; i++) assert_true(gt_params_values(params)[i] == 0);
    assert_int_equal(gt_params_count(params), 200);
    assert_int_equal(gt_params_find(params, "blocks.137.weight"), 137);
    assert_int_equal(gt_params_find(params, "blocks.200.weight"), -1);
    assert_string_equal(gt_params_name(params, 7), "blocks.7.weight");
    assert_true(gt_shape_equal(gt_params_shape(params, 7), GT_SHAPE(8, 3)));
}

static void leaf_of_a_parameter(void **state) {
    gt_error err = {0};
    gt_graph *g = gt_graph_create();
    gt_params_add(params, "bias", GT_SHAPE(5));
    int index = gt_params_add(params, "weight", GT_SHAPE(4, 2));
    gt_tensor *w = gt_params_tensor(g, params, index);
    assert_ok(gt_graph_check(g, &err), err);
    assert_string_equal(gt_tensor_name(w), "weight");
    assert_true(gt_shape_equal(gt_tensor_shape(w), GT_SHAPE(4, 2)));
    gt_graph_destroy(g);
}

/* The first failure stays, and reaches the graph and the allocation. */
static void refuse(gt_status status, const char *text) {
    gt_error err = {0};
    gt_graph *g = gt_graph_create();
    assert_int_equal(gt_params_add(params, "fine otherwise", GT_SHAPE(2)), -1);
    gt_params_tensor(g, params, -1);
    assert_int_equal(gt_graph_check(g, &err), status);
    assert_non_null(strstr(err.text, text));
    assert_int_equal(gt_params_allocate(params, &err), status);
    assert_string_equal(err.text, text);
    gt_graph_destroy(g);
}

static void state_behind(void **state) {
    gt_error err = {0};
    int a = gt_params_add(params, "a", GT_SHAPE(3));
    int mean = gt_params_add_state(params, "mean", GT_SHAPE(17));
    int b = gt_params_add(params, "b", GT_SHAPE(2));
    int var = gt_params_add_state(params, "var", GT_SHAPE(2));
    assert_ok(gt_params_allocate(params, &err), err);
    assert_true(gt_params_is_state(params, mean) && gt_params_is_state(params, var));
    assert_false(gt_params_is_state(params, a) || gt_params_is_state(params, b));
    assert_int_equal(gt_params_learned_floats(params), 32);
    assert_int_equal(gt_params_offset(params, b), 16);
    assert_int_equal(gt_params_offset(params, mean), 32);
    assert_int_equal(gt_params_offset(params, var), 64);
    assert_int_equal(gt_params_floats(params), 80);
    assert_int_equal(gt_params_elements(params), 24);
    assert_int_equal(gt_params_add_state(params, "a", GT_SHAPE(1)), -1);
}

static void twice(void **state) {
    gt_params_add(params, "w", GT_SHAPE(2));
    assert_int_equal(gt_params_add(params, "w", GT_SHAPE(3)), -1);
    refuse(GT_BAD_ARGUMENT, "parameter 'w' exists twice");
    assert_int_equal(gt_params_count(params), 1);
}

static void bad_shapes(void **state) {
    static const gt_shape shapes[] = {
        {2, {3, 0}}, {2, {-1, -1}}, {7, {1, 1, 1, 1, 1, 1}}, {-1, {0}}, {2, {INT64_MAX, 2}}};
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        gt_error err = {0};
        gt_params *p = gt_params_create();
        assert_int_equal(gt_params_add(p, "w", shapes[i]), -1);
        assert_int_equal(gt_params_allocate(p, &err), GT_BAD_SHAPE);
        gt_params_destroy(p);
    }
    gt_params_add(params, "w", shapes[0]);
    refuse(GT_BAD_SHAPE, "parameter 'w' has shape 3x0, expected dimensions of at least 1");
}

static void too_large(void **state) {
    gt_params_add(params, "a", GT_SHAPE(1LL << 59));
    gt_params_add(params, "b", GT_SHAPE(1LL << 59));
    assert_int_equal(gt_params_count(params), 1);
}

static void more_than_memory(void **state) {
#ifdef __SANITIZE_ADDRESS__
    skip(); /* the sanitizer ends the program where malloc would return NULL */
#endif
    gt_error err = {0};
    gt_params_add(params, "a", GT_SHAPE(1LL << 45));
    assert_int_equal(gt_params_allocate(params, &err), GT_NO_MEMORY);
    assert_string_equal(err.text, "no memory for 35184372088832 parameters");
}

static void nameless(void **state) {
    gt_params_add(params, "", GT_SHAPE(2));
    refuse(GT_BAD_ARGUMENT, "a parameter has no name");
}

static void after_allocation(void **state) {
    gt_error err = {0};
    assert_ok(gt_params_allocate(params, &err), err); /* an empty list is one too */
    assert_int_equal(gt_params_allocate(params, &err), GT_BAD_ARGUMENT);
    gt_params_add(params, "w", GT_SHAPE(2));
    refuse(GT_BAD_ARGUMENT, "parameter 'w' comes after the allocation");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(layout, set_up, tear_down),
        cmocka_unit_test_setup_teardown(leaf_of_a_parameter, set_up, tear_down),
        cmocka_unit_test_setup_teardown(state_behind, set_up, tear_down),
        cmocka_unit_test_setup_teardown(twice, set_up, tear_down),
        cmocka_unit_test_setup_teardown(bad_shapes, set_up, tear_down),
        cmocka_unit_test_setup_teardown(too_large, set_up, tear_down),
        cmocka_unit_test_setup_teardown(more_than_memory, set_up, tear_down),
        cmocka_unit_test_setup_teardown(nameless, set_up, tear_down),
        cmocka_unit_test_setup_teardown(after_allocation, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
