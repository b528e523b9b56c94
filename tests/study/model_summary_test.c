/* Sizes of networks: the numbers that papers and the public code state. */
#include "model_summary.h"

#include "gt_test.h"

static gt_error err;

static gt_model_summary plan(const char *model, const char *preset, int64_t channels) {
    gt_model_summary s;
    gt_model_input input = GT_MODEL_INPUT(channels, 64, 64, 0, 1);
    assert_ok(gt_model_summary_plan(model, preset, &input, &s, &err), err);
    return s;
}

static void test_published(void **state) {
    static const struct {
        const char *model;
        int64_t channels, learned;
    } rows[] = {
        {"diffusion", 1, 7659264},
        {"maf", 256, 31555584},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        gt_model_summary s = plan(rows[i].model, "paper", rows[i].channels);
        if (s.total != rows[i].learned)
            fail_msg("%s: %lld, expected %lld", rows[i].model, (long long)s.total,
                     (long long)rows[i].learned);
    }
}

/* Every objective's part is counted once, and the last preset is the usual one. */
static void test_all(void **state) {
    size_t count = 0;
    const gt_model_class *const *kinds = gt_model_classes(&count);
    for (size_t i = 0; i < count; i++) {
        gt_model_summary usual = plan(kinds[i]->name, NULL, 3);
        const char *last = kinds[i]->presets[kinds[i]->preset_count - 1].name;
        assert_string_equal(usual.preset, last);
        int64_t sum = 0;
        for (int k = 0; k < usual.objective_count; k++) sum += usual.learned[k];
        assert_int_equal(sum, usual.total);
        assert_true(usual.total > 0 && usual.total == plan(kinds[i]->name, last, 3).total);
    }
}

static void test_refusals(void **state) {
    gt_model_summary s;
    gt_model_input input = GT_MODEL_INPUT(1, 64, 60, 0, 1);
    assert_int_equal(gt_model_summary_plan("difusion", NULL, &input, &s, &err), GT_USAGE);
    assert_int_equal(gt_model_summary_plan("diffusion", "huge", &input, &s, &err), GT_USAGE);
    assert_int_equal(gt_model_summary_plan("diffusion", NULL, &input, &s, &err), GT_USAGE);
    assert_non_null(strstr(err.text, "multiples of 8"));
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_published),
                                       cmocka_unit_test(test_all),
                                       cmocka_unit_test(test_refusals)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
