/* safetensors_test.c - values out of files of the reference library, the same bytes as it
 * writes, conversions, round trips, checksums. */
#include "gt_test.h"

#include <unistd.h>

#include "file.h"
#include "galatea/safetensors.h"

static char path[64];
static const char reference[] = "golden/format/reference.safetensors";

static int make_place(void **state) {
    strcpy(path, "/tmp/galatea-st-XXXXXX");
    int fd = mkstemp(path);
    return fd < 0 ? -1 : close(fd);
}

static int remove_place(void **state) {
    return unlink(path);
}

static gt_safetensors *must_open(const char *name) {
    gt_safetensors *file = NULL;
    gt_error err;
    assert_ok(gt_safetensors_open(name, &file, &err), err);
    return file;
}

static const gt_st_tensor *must_get(const gt_safetensors *file, const char *name) {
    const gt_st_tensor *tensor = NULL;
    gt_error err;
    assert_ok(gt_safetensors_get(file, name, &tensor, &err), err);
    return tensor;
}

/* ---- reading ------------------------------------------------------------------------------
 */

static void golden_values(void **state) {
    static const struct {
        const char *name;
        int rank;
        int64_t shape[2];
        float first, last;
        double sum;
    } want[] = {
        {"param0", 1, {40}, -1.1360927820205688f, 0.23057885468006134f, 1.2407841458916664},
        {"grads", 2, {6, 40}, 9.113258758741694e-11f, -18.36345672607422f, -49.18807980542222},
        {"gan.exp_avg_sq",
         1,
         {40},
         1.46261468450864e-19f,
         82.31608581542969f,
         94.14995146183045},
        {"diffusion.params",
         2,
         {6, 40},
         -1.1361018419265747f,
         0.23379679024219513f,
         7.488991413265467},
    };
    gt_safetensors *file = must_open("golden/ops/adam.safetensors");
    assert_int_equal(gt_safetensors_count(file), 8);
    assert_string_equal(gt_safetensors_at(file, 0)->name, "param0");
    assert_null(gt_safetensors_at(file, 8));
    assert_string_equal(gt_safetensors_metadata(file, "eps"), "1e-08");
    assert_null(gt_safetensors_metadata(file, "epsilon"));
    assert_int_equal(gt_safetensors_metadata_count(file), 1);
    for (size_t i = 0; i < sizeof want / sizeof *want; i++) {
        const gt_st_tensor *tensor = NULL;
        gt_error err;
        float value[240];
        double sum = 0;
        assert_ok(gt_safetensors_require(file, want[i].name, want[i].rank, want[i].shape,
                                         &tensor, &err),
                  err);
        assert_ok(gt_safetensors_read_f32(file, tensor, value, tensor->elements, &err), err);
        for (uint64_t k = 0; k < tensor->elements; k++) sum += value[k];
        assert_true(value[0] == want[i].first);
        assert_true(value[tensor->elements - 1] == want[i].last);
        assert_near(sum, want[i].sum, 1e-12);
    }
    gt_safetensors_close(file);
}

static void lookups_that_fail(void **state) {
    gt_safetensors *file = must_open("golden/ops/adam.safetensors");
    const gt_st_tensor *tensor = NULL;
    gt_error err;
    float value[41];
    assert_null(gt_safetensors_find(file, "param"));
    assert_int_equal(gt_safetensors_get(file, "weights", &tensor, &err), GT_NOT_FOUND);
    assert_string_equal(err.text, "golden/ops/adam.safetensors holds no tensor 'weights'");
    assert_int_equal(
        gt_safetensors_require(file, "grads", 2, (int64_t[]){40, 6}, &tensor, &err),
        GT_BAD_SHAPE);
    assert_string_equal(err.text, "golden/ops/adam.safetensors: tensor 'grads' has shape 6x40, "
                                  "expected 40x6");
    assert_int_equal(gt_safetensors_require(file, "param0", 0, NULL, &tensor, &err),
                     GT_BAD_SHAPE);
    assert_non_null(strstr(err.text, "has shape 40, expected scalar"));
    assert_null(tensor);
    tensor = must_get(file, "param0");
    assert_int_equal(gt_safetensors_read_f32(file, tensor, value, 41, &err), GT_BAD_SHAPE);
    assert_non_null(strstr(err.text, "tensor 'param0' has 40 elements, expected 41"));
    assert_int_equal(gt_safetensors_read_raw(file, tensor, value, 40, &err), GT_BAD_SHAPE);
    assert_non_null(strstr(err.text, "has 160 bytes, expected 40"));
    gt_safetensors_close(file);
}

static void check_doubles(const gt_safetensors *file, const char *name, const double *want) {
    const gt_st_tensor *tensor = must_get(file, name);
    double value[8];
    float single[8];
    gt_error err;
    assert_ok(gt_safetensors_read_f64(file, tensor, value, tensor->elements, &err), err);
    assert_ok(gt_safetensors_read_f32(file, tensor, single, tensor->elements, &err), err);
    for (uint64_t i = 0; i < tensor->elements; i++) {
        assert_true(value[i] == want[i]);
        assert_true(single[i] == (float)want[i]);
    }
}

static void every_type_as_float(void **state) {
    gt_safetensors *file = must_open(reference);
    check_doubles(file, "w", (double[]){-2.5, -1.5, -0.5, 0.5, 1.5, 2.5});
    check_doubles(file, "d", (double[]){3.14159265358979311600});
    check_doubles(file, "half",
                  (double[]){1, -2, 65504, 0x1p-24, 0x1.998p-4, (double)INFINITY});
    check_doubles(file, "mask", (double[]){1, 0, 1});
    check_doubles(file, "n", (double[]){-7});
    check_doubles(file, "u", (double[]){0x1p63});
    check_doubles(file, "i32", (double[]){-2147483648.0, 2147483647.0});
    check_doubles(file, "u32", (double[]){4294967295.0});
    check_doubles(file, "i16", (double[]){-32768});
    check_doubles(file, "u16", (double[]){65535});
    check_doubles(file, "i8", (double[]){-128, 127});
    check_doubles(file, "u8", (double[]){0, 255});
    check_doubles(file, "größe \"x\"", (double[]){1});
    check_doubles(file, "empty", NULL);
    assert_int_equal(must_get(file, "n")->rank, 0);
    assert_int_equal(must_get(file, "empty")->rank, 2);
    assert_string_equal(gt_safetensors_metadata(file, "note"),
                        "a \"quoted\" \\ line and \xc3\xa9");
    gt_safetensors_close(file);
}

/* ---- writing ------------------------------------------------------------------------------
 */

static gt_safetensors_writer *new_writer(void) {
    gt_safetensors_writer *writer = NULL;
    gt_error err;
    assert_ok(gt_safetensors_writer_create(&writer, &err), err);
    return writer;
}

static void must_add(gt_safetensors_writer *writer, const char *name, gt_st_dtype dtype,
                     int rank, const int64_t *shape, const void *data) {
    gt_error err;
    assert_ok(gt_safetensors_writer_add(writer, name, dtype, rank, shape, data, &err), err);
}

/* Copies a file through reader and writer, arrays in reverse; data is kept until saved. */
static void copy_file(const char *from, int checksums) {
    enum { MOST = 64 };
    gt_safetensors *file = must_open(from);
    gt_safetensors_writer *writer = new_writer();
    gt_error err;
    void *data[MOST];
    size_t count = gt_safetensors_count(file);
    assert_true(count <= MOST);
    for (size_t i = count; i-- > 0;) {
        const gt_st_tensor *tensor = gt_safetensors_at(file, i);
        data[i] = malloc(tensor->bytes + 1);
        assert_ok(gt_safetensors_read_raw(file, tensor, data[i], tensor->bytes, &err), err);
        must_add(writer, tensor->name, tensor->dtype, tensor->rank, tensor->shape, data[i]);
    }
    for (size_t i = 0; i < gt_safetensors_metadata_count(file); i++) {
        const char *key, *value = gt_safetensors_metadata_at(file, i, &key);
        assert_ok(gt_safetensors_writer_metadata(writer, key, value, &err), err);
    }
    assert_ok(gt_safetensors_writer_save(writer, path, checksums, &err), err);
    for (size_t i = 0; i < count; i++) free(data[i]);
    gt_safetensors_writer_destroy(writer);
    gt_safetensors_close(file);
}

/* The golden file was written by the public safetensors package. */
static void same_bytes_as_the_reference(void **state) {
    char *want = NULL, *got = NULL;
    size_t want_size, got_size;
    gt_error err;
    copy_file(reference, 0);
    assert_ok(gt_file_load(reference, 1 << 16, &want, &want_size, &err), err);
    assert_ok(gt_file_load(path, 1 << 16, &got, &got_size, &err), err);
    assert_int_equal(got_size, want_size);
    assert_memory_equal(got, want, want_size);
    free(want);
    free(got);
}

static gt_status pattern_source(void *context, uint64_t first, void *out, size_t size,
                                gt_error *err) {
    uint64_t *asked = context;
    if (*asked != first) return gt_fail(err, GT_BAD_ARGUMENT, "asked out of order");
    *asked += size;
    for (size_t i = 0; i < size; i++)
        ((unsigned char *)out)[i] = (unsigned char)((first + i) % 251);
    return GT_OK;
}

static void streamed_array(void **state) {
    enum { SIZE = 300001 };
    gt_safetensors_writer *writer = new_writer();
    gt_error err;
    uint64_t asked = 0;
    assert_ok(gt_safetensors_writer_stream(writer, "big", GT_ST_U8, 1, (int64_t[]){SIZE},
                                           pattern_source, &asked, &err),
              err);
    assert_ok(gt_safetensors_writer_save(writer, path, 1, &err), err);
    assert_int_equal(asked, SIZE);
    gt_safetensors_writer_destroy(writer);
    gt_safetensors *file = must_open(path);
    assert_ok(gt_safetensors_verify(file, &err), err);
    float *value = malloc(SIZE * sizeof *value);
    assert_ok(gt_safetensors_read_f32(file, must_get(file, "big"), value, SIZE, &err), err);
    for (int i = 0; i < SIZE; i++) assert_true(value[i] == (float)(i % 251));
    free(value);
    gt_safetensors_close(file);
}

static gt_status failing_source(void *context, uint64_t first, void *out, size_t size,
                                gt_error *err) {
    return gt_fail(err, GT_NOT_FINITE, "layer 3 went wrong");
}

static void failed_save_leaves_the_old_file(void **state) {
    copy_file(reference, 0);
    gt_safetensors_writer *writer = new_writer();
    gt_error err;
    assert_ok(gt_safetensors_writer_stream(writer, "t", GT_ST_U8, 1, (int64_t[]){9},
                                           failing_source, NULL, &err),
              err);
    assert_int_equal(gt_safetensors_writer_save(writer, path, 1, &err), GT_NOT_FINITE);
    assert_non_null(strstr(err.text, "tensor 't': layer 3 went wrong"));
    assert_int_equal(gt_safetensors_writer_save(writer, "/tmp/none-such/x", 1, &err),
                     GT_NOT_FOUND);
    gt_safetensors_writer_destroy(writer);
    gt_safetensors *file = must_open(path);
    assert_int_equal(gt_safetensors_count(file), 15);
    gt_safetensors_close(file);
}

static void special_floats_and_halves(void **state) {
    static const uint16_t bf16[] = {0x3f80, 0xc000, 0x7f80, 0x0001, 0x7f7f};
    static const uint16_t f16[] = {0x0000, 0x8000, 0x0001, 0x03ff,
                                   0x0400, 0x7bff, 0xfc00, 0x7e00};
    static const double f64[] = {1e300, -1e-300, 0.1, -0.0};
    gt_safetensors_writer *writer = new_writer();
    gt_error err;
    must_add(writer, "bf16", GT_ST_BF16, 1, (int64_t[]){5}, bf16);
    must_add(writer, "f16", GT_ST_F16, 1, (int64_t[]){8}, f16);
    must_add(writer, "f64", GT_ST_F64, 2, (int64_t[]){2, 2}, f64);
    assert_ok(gt_safetensors_writer_save(writer, path, 0, &err), err);
    gt_safetensors_writer_destroy(writer);
    gt_safetensors *file = must_open(path);
    check_doubles(file, "bf16", (double[]){1, -2, (double)INFINITY, 0x1p-133, 0x1.fep127});
    float value[8];
    assert_ok(gt_safetensors_read_f32(file, must_get(file, "f16"), value, 8, &err), err);
    assert_true(value[0] == 0 && !signbit(value[0]) && value[1] == 0 && signbit(value[1]));
    assert_true(value[2] == 0x1p-24f && value[3] == 0x1.ff8p-15f && value[4] == 0x1p-14f);
    assert_true(value[5] == 65504 && value[6] == -INFINITY && isnan(value[7]));
    assert_ok(gt_safetensors_read_f32(file, must_get(file, "f64"), value, 4, &err), err);
    assert_true(value[0] == INFINITY && value[1] == 0 && value[2] == 0.1f);
    gt_safetensors_close(file);
}

static void whole_numbers(void **state) {
    static const double f64[] = {-0x1p63, 4503599627370497.0, -3, 0};
    static const double wrong[][1] = {{0.5}, {0x1p63}, {-0x1.0000000000001p63}, {(double)NAN}};
    static const uint64_t u64[] = {INT64_MAX, 1ull << 63};
    static const uint8_t truth[] = {0, 1, 2};
    gt_safetensors_writer *writer = new_writer();
    gt_error err;
    int64_t value[4];
    float single[3];
    must_add(writer, "f64", GT_ST_F64, 1, (int64_t[]){4}, f64);
    for (int i = 0; i < 4; i++)
        must_add(writer, (char[]){'w', (char)('0' + i), 0}, GT_ST_F64, 0, NULL, wrong[i]);
    must_add(writer, "u64", GT_ST_U64, 1, (int64_t[]){2}, u64);
    must_add(writer, "truth", GT_ST_BOOL, 1, (int64_t[]){3}, truth);
    assert_ok(gt_safetensors_writer_save(writer, path, 0, &err), err);
    gt_safetensors_writer_destroy(writer);
    gt_safetensors *file = must_open(path);
    assert_ok(gt_safetensors_read_i64(file, must_get(file, "f64"), value, 4, &err), err);
    for (int i = 0; i < 4; i++) assert_true(value[i] == (int64_t)f64[i]);
    for (int i = 0; i < 4; i++) {
        const gt_st_tensor *tensor = must_get(file, (char[]){'w', (char)('0' + i), 0});
        assert_int_equal(gt_safetensors_read_i64(file, tensor, value, 1, &err), GT_BAD_FORMAT);
    }
    assert_int_equal(gt_safetensors_read_i64(file, must_get(file, "u64"), value, 2, &err),
                     GT_BAD_FORMAT);
    assert_non_null(strstr(err.text, "tensor 'u64': element 1 is no whole number of 64 bits"));
    assert_int_equal(gt_safetensors_read_f32(file, must_get(file, "truth"), single, 3, &err),
                     GT_BAD_FORMAT);
    assert_non_null(strstr(err.text, "element 2 is no truth value"));
    gt_safetensors_close(file);
    file = must_open(reference);
    static const char *const names[] = {"i32", "i16", "i8", "n", "u32", "u16", "u8", "mask"};
    static const int64_t first[] = {INT32_MIN,  INT16_MIN, INT8_MIN, -7,
                                    UINT32_MAX, 65535,     0,        1};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const gt_st_tensor *tensor = must_get(file, names[i]);
        assert_ok(gt_safetensors_read_i64(file, tensor, value, tensor->elements, &err), err);
        assert_true(value[0] == first[i]);
    }
    gt_safetensors_close(file);
}

static void writer_refuses(void **state) {
    gt_safetensors_writer *writer = new_writer();
    gt_error err;
    const int64_t shape[9] = {1, 1, 1, 1, 1, 1, 1, 1, 1}, vast[2] = {1ll << 40, 1ll << 40},
                  less[1] = {-1};
    float x = 0;
    assert_int_equal(gt_safetensors_writer_add(writer, "a", GT_ST_F32, 9, shape, &x, &err),
                     GT_BAD_ARGUMENT);
    assert_int_equal(gt_safetensors_writer_add(writer, "a", GT_ST_F32, 2, vast, &x, &err),
                     GT_BAD_SHAPE);
    assert_int_equal(gt_safetensors_writer_add(writer, "a", GT_ST_F32, 1, less, &x, &err),
                     GT_BAD_SHAPE);
    assert_int_equal(
        gt_safetensors_writer_add(writer, "a", GT_ST_DTYPE_COUNT, 0, NULL, &x, &err),
        GT_BAD_ARGUMENT);
    assert_int_equal(gt_safetensors_writer_add(writer, "\xff", GT_ST_F32, 0, NULL, &x, &err),
                     GT_BAD_ARGUMENT);
    assert_int_equal(
        gt_safetensors_writer_add(writer, "__metadata__", GT_ST_F32, 0, NULL, &x, &err),
        GT_BAD_ARGUMENT);
    assert_ok(gt_safetensors_writer_metadata(writer, "k", "v", &err), err);
    assert_int_equal(gt_safetensors_writer_metadata(writer, "k", "w", &err), GT_BAD_ARGUMENT);
    assert_int_equal(gt_safetensors_writer_metadata(writer, "checksum", "", &err),
                     GT_BAD_ARGUMENT);
    assert_int_equal(gt_safetensors_writer_metadata(writer, "x", "\xc3", &err),
                     GT_BAD_ARGUMENT);
    must_add(writer, "a", GT_ST_F32, 0, NULL, &x);
    must_add(writer, "a", GT_ST_F32, 0, NULL, &x);
    assert_int_equal(gt_safetensors_writer_save(writer, path, 0, &err), GT_BAD_ARGUMENT);
    assert_non_null(strstr(err.text, "tensor 'a' was added twice"));
    gt_safetensors_writer_destroy(writer);
    gt_safetensors_writer_destroy(NULL);
    gt_safetensors_close(NULL);
}

/* ---- checksums ----------------------------------------------------------------------------
 */

static gt_status open_and_verify(const char *bytes, size_t size, gt_error *err) {
    gt_safetensors *file = NULL;
    gt_status status = gt_safetensors_open_memory(bytes, size, "run/last", &file, err);
    if (status == GT_OK) status = gt_safetensors_verify(file, err);
    gt_safetensors_close(file);
    return status;
}

static void every_flipped_bit_is_found(void **state) {
    char *bytes = NULL;
    size_t size = 0, named = 0;
    gt_error err;
    copy_file(reference, 1);
    assert_ok(gt_file_load(path, 1 << 16, &bytes, &size, &err), err);
    assert_ok(open_and_verify(bytes, size, &err), err);
    for (size_t at = 0; at < size; at++) {
        for (int bit = 0; bit < 8; bit++) {
            bytes[at] ^= (char)(1 << bit);
            if (open_and_verify(bytes, size, &err) == GT_OK)
                fail_msg("bit %d of byte %zu is not missed", bit, at);
            if (strncmp(err.text, "run/last", 8)) fail_msg("%s", err.text);
            named += strstr(err.text, "run/last is damaged: tensor '") != NULL;
            bytes[at] ^= (char)(1 << bit);
        }
    }
    print_message("%zu of %zu flipped bits named by tensor\n", named, size * 8);
    assert_true(named >= 92 * 8); /* all of the data */
    free(bytes);
}

static void no_checksums(void **state) {
    gt_error err;
    gt_safetensors *file = must_open(reference);
    assert_int_equal(gt_safetensors_verify(file, &err), GT_NOT_FOUND);
    assert_non_null(strstr(err.text, "carries no checksums"));
    gt_safetensors_close(file);
    copy_file(reference, 1);
    file = must_open(path);
    assert_ok(gt_safetensors_verify(file, &err), err);
    gt_safetensors_close(file);
}

static void equal_contents_equal_bytes(void **state) {
    uint64_t first, second;
    gt_error err;
    copy_file("golden/ops/adam.safetensors", 1);
    assert_ok(gt_file_hash(path, &first, &err), err);
    char *bytes = NULL;
    size_t size;
    assert_ok(gt_file_load(path, 1 << 16, &bytes, &size, &err), err);
    uint64_t header;
    memcpy(&header, bytes, 8);
    assert_int_equal(header % 8, 0);
    free(bytes);
    copy_file("golden/ops/adam.safetensors", 1);
    assert_ok(gt_file_hash(path, &second, &err), err);
    assert_true(first == second);
}

int main(void) {
#define TEST(f) cmocka_unit_test_setup_teardown(f, make_place, remove_place)
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(golden_values),
        cmocka_unit_test(lookups_that_fail),
        cmocka_unit_test(every_type_as_float),
        TEST(same_bytes_as_the_reference),
        TEST(streamed_array),
        TEST(failed_save_leaves_the_old_file),
        TEST(special_floats_and_halves),
        TEST(whole_numbers),
        TEST(writer_refuses),
        TEST(every_flipped_bit_is_found),
        TEST(no_checksums),
        TEST(equal_contents_equal_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
