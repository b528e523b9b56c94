/* fixed_test.c - tensors of a weight file that follow from the settings: written, checked,
 * not missed. */
#include "gt_test.h"

#include "glow.h"
#include "maf.h"
#include "one_file.h"
#include "weights.h"

static gt_model *make(void) {
    gt_error err;
    gt_model *model = NULL;
    maf_settings settings = {.blocks = 2, .width = 5};
    gt_model_input input = GT_MODEL_INPUT(3, 1, 1, 0, 1);
    assert_ok(gt_model_create(&gt_model_maf, &settings, &input, &model, &err), err);
    assert_ok(gt_model_init(model, 1, &err), err);
    return model;
}

/* Saves the weights with the masks of the model but for the first, for which `mask` stands;
 * NULL: no mask at all. */
static void save(const gt_model *model, const float *mask) {
    gt_error err;
    gt_safetensors_writer *writer = NULL;
    gt_params *params = gt_model_params(model);
    gt_model_fixed fixed;
    assert_ok(gt_safetensors_writer_create(&writer, &err), err);
    assert_ok(gt_weights_add(writer, "", model, GT_OF_ALL, gt_params_values(params), &err),
              err);
    for (int i = 0; mask && gt_model_fixed_at(model, i, &fixed); i++)
        assert_ok(gt_safetensors_writer_add(writer, fixed.name, GT_ST_F32, fixed.shape.rank,
                                            fixed.shape.dim, i ? fixed.values : mask, &err),
                  err);
    assert_ok(gt_safetensors_writer_save(writer, path, false, &err), err);
    gt_safetensors_writer_destroy(writer);
}

static gt_status load(gt_model *model, gt_error *err) {
    gt_safetensors *file = NULL;
    bool is_given[32];
    assert_true(gt_params_count(gt_model_params(model)) <= 32);
    assert_ok(gt_safetensors_open(path, &file, err), *err);
    gt_status status = gt_weights_import(file, model, NULL, is_given, err);
    gt_safetensors_close(file);
    return status;
}

static void masks(void **state) {
    gt_error err;
    gt_model *model = make();
    gt_model_fixed fixed;
    float mask[15];
    assert_true(gt_model_fixed_at(model, 0, &fixed));
    assert_string_equal(fixed.name, "0.joiner.mask");
    assert_int_equal(gt_shape_count(fixed.shape), 15);
    memcpy(mask, fixed.values, sizeof mask);
    save(model, mask);
    assert_ok(load(model, &err), err);
    save(model, NULL);
    assert_ok(load(model, &err), err);
    mask[14] = 1 - mask[14];
    save(model, mask);
    assert_int_equal(load(model, &err), GT_MISMATCH);
    assert_non_null(strstr(err.text, "'0.joiner.mask' is not what the settings make it"));
    gt_model_destroy(model);
}

/* The mark of an actnorm may be missing from a file, and must not tell that it has no values.
 */
static void actnorms(void **state) {
    static const float never = 0, set = 1;
    gt_error err;
    gt_model *model = NULL;
    const glow_settings settings = {
        .flows = 1, .levels = 1, .width = 2, .bits = 5, .coupling = "affine", .mixing = "lu"};
    gt_model_input input = GT_MODEL_INPUT(1, 4, 4, 0, 1);
    assert_ok(gt_model_create(&gt_model_glow, &settings, &input, &model, &err), err);
    assert_ok(gt_model_init(model, 1, &err), err);
    save(model, NULL);
    assert_ok(load(model, &err), err);
    save(model, &set);
    assert_ok(load(model, &err), err);
    save(model, &never);
    assert_int_equal(load(model, &err), GT_MISMATCH);
    assert_non_null(strstr(err.text, "'blocks.0.flows.0.actnorm.initialized' is not 1: the "
                                     "actnorm has no values yet"));
    gt_model_destroy(model);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(masks), cmocka_unit_test(actnorms)};
    return cmocka_run_group_tests(tests, make_file, remove_file);
}
