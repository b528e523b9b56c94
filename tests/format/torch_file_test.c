/* torch_file_test.c - weights that torch.save of PyTorch 2.15 wrote come back; what is no
 * dictionary of tensors, cut or turned is refused, and nothing in it is run.
 *
 * corpus/format_torch/nested: {"GAN": state, "version": text, "optimizer": Adam's, "half":
 * ...}; values are 1/8, 2/8, ... */
#include "gt_test.h"

#include "file.h"
#include "temp_folder.h"
#include "torch_file.h"

static const char nested[] = "corpus/format_torch/nested";
static gt_error err;

static void expect_array(const gt_safetensors *file, const char *name, gt_st_dtype dtype,
                         int rank, const int64_t *shape, double first, double step) {
    const gt_st_tensor *tensor;
    float values[16];
    assert_ok(gt_safetensors_require(file, name, rank, shape, &tensor, &err), err);
    assert_int_equal(tensor->dtype, dtype);
    assert_ok(gt_safetensors_read_f32(file, tensor, values, tensor->elements, &err), err);
    for (uint64_t i = 0; i < tensor->elements; i++)
        assert_near(values[i], first + step * (double)i, 1e-6);
}

static void test_nested(void **state) {
    gt_safetensors *file = NULL;
    assert_true(gt_torch_is_one(nested));
    assert_ok(gt_arrays_open(nested, &file, &err), err);
    expect_array(file, "GAN.0.weight", GT_ST_F32, 4, (const int64_t[]){2, 1, 2, 2}, 1 / 8.,
                 1 / 8.);
    expect_array(file, "GAN.1.bias", GT_ST_F32, 1, (const int64_t[]){2}, 1 / 8., 1 / 8.);
    expect_array(file, "GAN.1.num_batches_tracked", GT_ST_I64, 0, NULL, 1, 0);
    expect_array(file, "own", GT_ST_F32, 4, (const int64_t[]){2, 1, 2, 2}, 1 / 8., 1 / 8.);
    expect_array(file, "rows", GT_ST_F32, 2, (const int64_t[]){2, 4}, 5 / 8., 1 / 8.);
    expect_array(file, "half", GT_ST_F16, 1, (const int64_t[]){3}, 1 / 8., 1 / 8.);
    expect_array(file, "upper", GT_ST_BF16, 1, (const int64_t[]){3}, 1 / 8., 1 / 8.);
    expect_array(file, "double", GT_ST_F64, 1, (const int64_t[]){2}, 1 / 8., 1 / 8.);
    expect_array(file, "whole", GT_ST_I64, 2, (const int64_t[]){1, 2}, 3, -4);
    expect_array(file, "yes", GT_ST_BOOL, 0, NULL, 1, 0);
    expect_array(file, "empty", GT_ST_F32, 2, (const int64_t[]){0, 3}, 0, 0);
    expect_array(file, "optimizer.state.3.step", GT_ST_F32, 0, NULL, 1, 0);
    assert_non_null(gt_safetensors_find(file, "optimizer.state.0.exp_avg_sq"));
    assert_null(gt_safetensors_find(file, "version"));
    assert_null(gt_safetensors_find(file, "list"));
    gt_safetensors_close(file);
}

static void test_state(void **state) {
    gt_safetensors *file = NULL;
    assert_ok(gt_arrays_open("corpus/format_torch/state", &file, &err), err);
    assert_int_equal(gt_safetensors_count(file), 7);
    expect_array(file, "0.bias", GT_ST_F32, 1, (const int64_t[]){2}, 1 / 8., 1 / 8.);
    gt_safetensors_close(file);
}

/* Settings, sets, dates and types beside weights are no obstacle. */
static void test_beside(void **state) {
    const char *const names[] = {"corpus/format_torch/beside",
                                 "corpus/format_torch/beside_protocol4"};
    for (int i = 0; i < 2; i++) {
        gt_safetensors *file = NULL;
        assert_ok(gt_arrays_open(names[i], &file, &err), err);
        assert_int_equal(gt_safetensors_count(file), 1);
        expect_array(file, "w", GT_ST_F32, 2, (const int64_t[]){2, 2}, 1 / 8., 1 / 8.);
        gt_safetensors_close(file);
    }
}

/* Averages are often kept as a list in the order of the parameters: {"w": t, "ema": {"decay":
 * 0.9, "shadow_params": [t, (t, u[::2])]}, "betas": (0.9, 0.99), "none": []}. */
static void test_listed(void **state) {
    gt_safetensors *file = NULL;
    assert_ok(gt_arrays_open("corpus/format_torch/listed", &file, &err), err);
    assert_int_equal(gt_safetensors_count(file), 3);
    expect_array(file, "w", GT_ST_F32, 1, (const int64_t[]){2}, 1 / 8., 1 / 8.);
    expect_array(file, "ema.shadow_params.0", GT_ST_F32, 1, (const int64_t[]){2}, 1, 1);
    expect_array(file, "ema.shadow_params.1.0", GT_ST_F32, 1, (const int64_t[]){2}, 1 / 8.,
                 1 / 8.);
    gt_safetensors_close(file);
}

/* As modules with channels last and transposed tensors are saved. */
static void test_turned(void **state) {
    gt_safetensors *file = NULL;
    const gt_st_tensor *tensor;
    int64_t whole[24];
    assert_ok(gt_arrays_open("corpus/format_torch/turned", &file, &err), err);
    assert_int_equal(gt_safetensors_metadata_count(file), 0);
    expect_array(file, "w", GT_ST_F32, 2, (const int64_t[]){4, 3}, 1 / 8., 1 / 8.);
    expect_array(file, "conv", GT_ST_F16, 4, (const int64_t[]){2, 3, 1, 2}, 1 / 8., 1 / 8.);
    expect_array(file, "plain", GT_ST_F32, 2, (const int64_t[]){2, 2}, 1 / 8., 1 / 8.);
    assert_ok(
        gt_safetensors_require(file, "whole", 3, (const int64_t[]){2, 3, 4}, &tensor, &err),
        err);
    assert_ok(gt_safetensors_read_raw(file, tensor, whole, sizeof whole, &err), err);
    for (int i = 0; i < 24; i++) assert_int_equal(whole[i], i);
    gt_safetensors_close(file);
}

static void refuse(const char *path, gt_status status, const char *sentence) {
    gt_safetensors *file = NULL;
    assert_int_equal(gt_arrays_open(path, &file, &err), status);
    if (!strstr(err.text, sentence)) fail_msg("%s", err.text);
    assert_non_null(strstr(err.text, path));
    assert_null(file);
}

static const char *made(const char *name, const void *bytes, size_t size) {
    const char *path = in_folder(name);
    write_file(path, bytes, size);
    return path;
}

static void test_refusals(void **state) {
    static const char old[] = "\x80\2\x8a\nl\xfc\x9c\x46\xf9 j\xa8P\x19.\x80\2M\xe9\3.";
    refuse("corpus/format_torch/refused_sliced", GT_UNSUPPORTED,
           "the numbers of 'w' do not lie one behind the other");
    refuse("corpus/format_torch/refused_module", GT_UNSUPPORTED,
           "the name torch.nn.modules.container.Sequential, which files of data and weights do "
           "not need; nothing was run; in Python torch.save({k: v.float().clone() for k, v in "
           "model.state_dict().items()}, 'weights.pt') saves tensors alone");
    refuse("corpus/format_torch/refused_neg", GT_UNSUPPORTED,
           "a tensor whose numbers are kept with the other sign, expected one saved after");
    refuse("corpus/format_torch/refused_bare", GT_UNSUPPORTED,
           "something but a dictionary of tensors");
    refuse("corpus/format_torch/refused_twice", GT_BAD_FORMAT, "two tensors are called 'a.b'");
    refuse("corpus/format_torch/refused_deep", GT_UNSUPPORTED,
           "more than 8 dictionaries or lists in each other");
    refuse(made("old.pt", old, sizeof old - 1), GT_UNSUPPORTED,
           "torch.save before PyTorch 1.6");
    refuse("corpus/format_archive/b.zip", GT_BAD_FORMAT, "no member data.pkl");
    assert_false(gt_torch_is_one("corpus/format_archive/b.tar"));
}

/* Cut anywhere, and with any byte of its list and pickle another, it is refused or read, and
 * whoever describes it tells why. */
static void test_damage(void **state) {
    char *bytes = NULL, *text = NULL;
    size_t size = 0, refused = 0;
    assert_ok(gt_file_load(nested, 1 << 20, &bytes, &size, &err), err);
    for (size_t cut = 0; cut < size; cut += 97) {
        assert_int_not_equal(gt_torch_describe(made("cut.pt", bytes, cut), &text, &err), GT_OK);
        assert_true(err.text[0] != 0);
    }
    for (size_t at = 0; at < size; at += 13) {
        bytes[at] ^= 0x41;
        const char *path = made("other.pt", bytes, size);
        if (gt_torch_describe(path, &text, &err))
            refused++;
        else
            free(text);
        bytes[at] ^= 0x41;
    }
    assert_true(refused > size / 13 / 4);
    free(bytes);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nested), cmocka_unit_test(test_state),
        cmocka_unit_test(test_listed), cmocka_unit_test(test_beside),
        cmocka_unit_test(test_turned), cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_damage)};
    return cmocka_run_group_tests(tests, make_temp_folder, remove_temp_folder);
}
