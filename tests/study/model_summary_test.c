/* Sizes of networks: the numbers that papers and the public code state. */
#include "model_summary.h"

#include "gt_test.h"
#include "study_sets.h"

static gt_error err;
static int networks = -1; /* for which there is still memory; -1: all */

gt_status __real_gt_model_create(const gt_model_class *kind, const void *settings,
                                 const gt_model_input *input, gt_model **out, gt_error *error);
gt_status __wrap_gt_model_create(const gt_model_class *kind, const void *settings,
                                 const gt_model_input *input, gt_model **out, gt_error *error);

gt_status __wrap_gt_model_create(const gt_model_class *kind, const void *settings,
                                 const gt_model_input *input, gt_model **out, gt_error *error) {
    if (networks == 0) return gt_fail(error, GT_NO_MEMORY, "no memory for a network");
    if (networks > 0) networks--;
    return __real_gt_model_create(kind, settings, input, out, error);
}

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

/* A flow takes no pictures, and does not keep the others back. */
static void test_lists(void **state) {
    size_t count, kinds, with = 0;
    gt_model_summary *list = NULL;
    gt_model_input one = GT_MODEL_INPUT(1, 64, 64, 0, 1),
                   many = GT_MODEL_INPUT(9, 64, 64, 0, 1);
    const gt_model_class *const *all = gt_model_classes(&kinds), *maf;
    for (size_t i = 0; i < kinds; i++) with += gt_model_has_preset(all[i], "tiny");
    assert_true(with > 3 && !gt_model_has_preset(all[0], "huge"));
    remarks_begin();
    assert_ok(gt_model_summary_list(NULL, "tiny", &one, &list, &count, &err), err);
    assert_int_equal(count, with);
    assert_string_equal(remarks, "");
    free(list);
    assert_ok(gt_model_summary_list(NULL, "small", &one, &list, &count, &err), err);
    assert_has(remarks, "maf, preset small: a flow needs codes of at least 2 numbers, these "
                        "have 1; channels, height and width tell another size\n");
    for (size_t i = 0; i < count; i++) assert_string_equal(list[i].preset, "small");
    free(list);
    assert_ok(gt_model_class_find("maf", &maf, &err), err);
    assert_int_equal(gt_model_summary_list(maf, NULL, &one, &list, &count, &err), GT_USAGE);
    assert_has(err.text, "maf, preset small: a flow needs codes of at least 2 numbers");
    assert_int_equal(gt_model_summary_list(maf, "huge", &many, &list, &count, &err), GT_USAGE);
    assert_ok(gt_model_summary_list(maf, "small", &many, &list, &count, &err), err);
    assert_true(count == 1 && list[0].kind == maf && list[0].total > 0);
    free(list);
    gt_log_to(NULL, NULL);
}

/* A network that has no memory is not one that has no such size. */
static void test_no_memory(void **state) {
    size_t count;
    gt_model_summary *list = NULL;
    gt_model_input one = GT_MODEL_INPUT(1, 64, 64, 0, 1);
    remarks_begin();
    for (int n = 0; n < 2; n++) {
        networks = n;
        assert_int_equal(gt_model_summary_list(NULL, "tiny", &one, &list, &count, &err),
                         GT_NO_MEMORY);
        assert_string_equal(err.text, "no memory for a network");
        assert_null(list);
    }
    networks = -1;
    assert_string_equal(remarks, "");
    gt_log_to(NULL, NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_published), cmocka_unit_test(test_all),
        cmocka_unit_test(test_refusals), cmocka_unit_test(test_lists),
        cmocka_unit_test(test_no_memory)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
