/* A recording that single precision misses because of a near tie, or because its network is a
 * sensitive one, is right at a closer look; one that is wrong stays wrong. */
#include "gt_test.h"

#include <unistd.h>

#include "changed_copy.h"
#include "closer.h"
#include "temp_folder.h"

static const char ties[] = "golden/ops/near_ties.safetensors";

static gt_replay_result replay(const char *path, bool in_double) {
    gt_error err;
    gt_replay_result result;
    gt_replay_settings settings = {.threads = 1, .in_double = in_double};
    assert_ok(gt_replay_file(path, &settings, NULL, NULL, &result, &err), err);
    return result;
}

/* Fifteen arguments in it are what rounding leaves: single precision takes the sign of some
 * otherwise, whatever processor it runs on. */
static void test_near_ties(void **state) {
    gt_replay_result single = replay(ties, false), wide = replay(ties, true);
    assert_true(single.passed && wide.passed);
    assert_true(single.decisions_otherwise > 0 && single.looked_at > 0);
    assert_true(single.worst_ratio <= 1);
    assert_int_equal(wide.decisions_otherwise, 0);
    assert_int_equal(wide.looked_at, 0);
}

/* By what a slope would change, and by a little. */
static void test_wrong_stays_wrong(void **state) {
    const char *const tensors[] = {"grad.branches.0.3.bias", "grad.x", "out"};
    for (int i = 0; i < 6; ++i) {
        char to[256];
        gt_error err;
        gt_safetensors *file;
        float values[4096];
        const gt_st_tensor *tensor;
        assert_ok(gt_safetensors_open(ties, &file, &err), err);
        tensor = gt_safetensors_find(file, tensors[i / 2]);
        assert_true(tensor->elements <= 4096);
        assert_ok(gt_safetensors_read_f32(file, tensor, values, tensor->elements, &err), err);
        gt_safetensors_close(file);
        snprintf(to, sizeof to, "%s/ties.safetensors", temp_folder);
        float by = i % 2 ? 1 : 0.01F;
        copy_changed(ties, to, tensors[i / 2], 2, values[2] + by);
        gt_replay_result result = replay(to, false);
        assert_false(result.passed);
        assert_true(result.outside > 0);
        assert_int_equal(result.looked_at, 0);
    }
}

/* A logarithm of a determinant near 1 that was recorded in single precision, `by` times the
 * tolerance of its kind beside what it is; nothing was measured for the copy. */
static gt_replay_result replay_sensitive(double by) {
    static const char flow[] = "golden/glow/rgb_additive_plain.safetensors";
    static const char name[] = "loss/logdet.blocks.1.flows.0.invconv";
    gt_error err;
    gt_safetensors *file;
    float value;
    assert_ok(gt_safetensors_open(flow, &file, &err), err);
    assert_ok(gt_safetensors_read_f32(file, gt_safetensors_find(file, name), &value, 1, &err),
              err);
    gt_safetensors_close(file);
    double moved = value + by * 1.52e-4 * fabs((double)value);
    copy_changed(flow, in_folder("flow.safetensors"), name, 0, (float)moved);
    return replay(in_folder("flow.safetensors"), false);
}

static void test_sensitive(void **state) {
    gt_replay_result as_is = replay_sensitive(0), beside = replay_sensitive(1.5),
                     wrong = replay_sensitive(90);
    assert_true(as_is.passed && as_is.looked_at == 0);
    assert_true(beside.passed && beside.looked_at == 1);
    assert_true(!wrong.passed && wrong.outside == 1);
}

static void test_far_from_a_tie(void **state) {
    gt_replay_look look = {.follows = true};
    const float taken[] = {1, 0, 1};
    const double near[] = {-1e-6, -2, 2}, far[] = {-1e-2, -2, 2}, low[] = {0, -3, 0};
    gt_replay_look_compare(&look, taken, NULL, near, 3);
    assert_int_equal(look.otherwise, 1);
    assert_true(look.farthest > 4e-7 && look.farthest < 6e-7);
    gt_replay_look_compare(&look, taken, NULL, far, 3);
    assert_true(look.farthest > 4e-3 && look.farthest < 6e-3);
    gt_replay_look_compare(&look, taken, low, near, 3); /* -3 < -2 */
    assert_int_equal(look.otherwise, 4);
    assert_true(look.farthest > 0.3);
}

static void test_noted_in_order(void **state) {
    gt_replay_look look = {0};
    for (int i = 0; i < 600; ++i) {
        float values[3] = {(float)i, 1, 2};
        assert_true(gt_replay_look_note(&look, values, 1 + i % 3));
    }
    assert_null(gt_replay_look_next(&look, 2)); /* the first is one long */
    for (int i = 0; i < 600; ++i) {
        const float *values = gt_replay_look_next(&look, 1 + i % 3);
        assert_true(values && values[0] == (float)i);
    }
    assert_null(gt_replay_look_next(&look, 1));
    for (size_t i = 0; i < look.count; ++i) free(look.noted[i].values);
    free(look.noted);
}

static void test_jitter(void **state) {
    gt_replay_look look = {.jitter = 6e-8, .seed = 1};
    int up = 0;
    for (int i = 0; i < 1000; ++i) {
        double value = gt_replay_look_jitter(&look, 3, i, 2);
        assert_true(fabs(fabs(value - 2) - 1.2e-7) < 1e-12);
        up += value > 2;
    }
    assert_true(up > 420 && up < 580);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_near_ties),      cmocka_unit_test(test_wrong_stays_wrong),
        cmocka_unit_test(test_sensitive),      cmocka_unit_test(test_far_from_a_tie),
        cmocka_unit_test(test_noted_in_order), cmocka_unit_test(test_jitter)};
    return cmocka_run_group_tests(tests, make_temp_folder, remove_temp_folder);
}
