/* npy_test.c - headers and values of files that NumPy wrote (golden/format/npy: 0 1 2 3 100 7
 * in (2,3); whole numbers with a sign negated, reals divided by -4), and headers that lie. */
#include "gt_test.h"

#include <stdlib.h>

#include "file.h"
#include "npy.h"

static gt_error err;

static uint8_t *load(const char *name, gt_npy *array, gt_status expected) {
    char path[128], *bytes = NULL;
    size_t size = 0;
    snprintf(path, sizeof path, "golden/format/npy/%s.npy", name);
    assert_ok(gt_file_load(path, 1 << 16, &bytes, &size, &err), err);
    gt_status status = gt_npy_parse((const uint8_t *)bytes, size, size, array, &err);
    if (status != expected) fail_msg("%s: %s", name, status ? err.text : "accepted");
    return (uint8_t *)bytes;
}

static void every_type_is_read(void **state) {
    static const struct {
        const char *name;
        double factor;
    } cases[] = {{"bool", 1},     {"u1", 1},     {"i1", -1},      {"u2be", 1},
                 {"i2", -1},      {"u4", 1},     {"i4be", -1},    {"u8", 1},
                 {"i8be", -1},    {"f2", -0.25}, {"f2be", -0.25}, {"f4", -0.25},
                 {"f4be", -0.25}, {"f8", -0.25}, {"f8be", -0.25}, {"v2", 1}};
    const double base[6] = {0, 1, 2, 3, 100, 7};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        gt_npy array;
        float floats[6];
        gt_rounding rounded = {0};
        double reals[6];
        int64_t wholes[6];
        uint8_t *bytes = load(cases[i].name, &array, GT_OK);
        assert_int_equal(array.rank, 2);
        assert_int_equal(array.dims[0] * 10 + array.dims[1], 23);
        gt_npy_floats(&array, bytes + array.offset, 6, floats, &rounded);
        gt_npy_reals(&array, bytes + array.offset, 6, reals);
        gt_npy_wholes(&array, bytes + array.offset, 6, wholes);
        for (int k = 0; k < 6; k++) {
            double want = array.type == GT_NPY_BOOL ? base[k] != 0 : base[k] * cases[i].factor;
            assert_near(floats[k], want, 0);
            assert_near(reals[k], want, 0);
            assert_int_equal(wholes[k], (int64_t)want);
        }
        free(bytes);
    }
}

static void texts_are_read(void **state) {
    static const char *const wide[] = {"M 31", "",
                                       "Gro\xc3\x9f"
                                       "e Wolke"};
    static const char *const narrow[] = {"M 31", "", "NGC 1"};
    for (int turn = 0; turn < 2; turn++) {
        gt_npy array;
        char out[64];
        uint8_t *bytes = load(turn ? "bytes" : "text", &array, GT_OK);
        assert_true(gt_npy_is_text(array.type) && gt_npy_text_room(&array) <= sizeof out);
        for (size_t i = 0; i < 3; i++) {
            gt_npy_text(&array, bytes + array.offset + i * array.item_size, out);
            assert_string_equal(out, (turn ? narrow : wide)[i]);
        }
        free(bytes);
    }
}

static void order_and_rank_are_told(void **state) {
    gt_npy array;
    free(load("fortran", &array, GT_OK));
    assert_true(array.fortran);
    free(load("scalar", &array, GT_OK));
    assert_int_equal(array.rank + array.items, 1);
}

static void other_types_are_refused(void **state) {
    static const struct {
        const char *name, *words;
    } cases[] = {{"objects", "Python objects, which are never run"},
                 {"records", "a.dtype.names}) of such an array a makes an array of each"},
                 {"complex", "'<c8', expected whole or real numbers"},
                 {"time", "'<M8[s]', expected whole or real numbers"}};
    gt_npy array;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        free(load(cases[i].name, &array, GT_UNSUPPORTED));
        assert_non_null(strstr(err.text, cases[i].words));
    }
    free(load("none", &array, GT_BAD_FORMAT));
    assert_non_null(strstr(err.text, "without values"));
}

static gt_status parse(const char *header, size_t values) {
    uint8_t bytes[512] = {0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0};
    gt_npy array;
    size_t length = strlen(header);
    bytes[8] = (uint8_t)length;
    memcpy(bytes + 10, header, length);
    return gt_npy_parse(bytes, 10 + length + values, 10 + length + values, &array, &err);
}

static void headers_have_a_grammar(void **state) {
    static const struct {
        const char *header;
        size_t values;
        gt_status status;
    } cases[] = {
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }  \n", 24, GT_OK},
        {"{\"shape\":(6L,),\"fortran_order\":True,\"descr\":\"<f4\"}", 24, GT_OK},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': ()}", 4, GT_OK},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (6)}", 24, GT_BAD_FORMAT},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (-6,)}", 24, GT_BAD_FORMAT},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (6,)}", 23, GT_BAD_FORMAT},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (6,)}", 25, GT_BAD_FORMAT},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (4294967296, 4294967296)}", 0,
         GT_BAD_FORMAT},
        {"{'descr': '<f8', 'fortran_order': False, 'shape': (2305843009213693952,)}", 0,
         GT_BAD_FORMAT},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999999,)}", 24,
         GT_BAD_FORMAT},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (1,1,1,1,1,1,1,1,1)}", 4,
         GT_BAD_FORMAT},
        {"{'descr': '<f4', 'fortran_order': 0, 'shape': (6,)}", 24, GT_BAD_FORMAT},
        {"{'descr': '<f4', 'shape': (6,)}", 24, GT_BAD_FORMAT},
        {"{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': (6,)}", 24,
         GT_BAD_FORMAT},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (6,), 'more': 1}", 24,
         GT_BAD_FORMAT},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (6,)} or exit()", 24,
         GT_BAD_FORMAT},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (3*2,)}", 24, GT_BAD_FORMAT},
        {"{'descr': '\\x3cf4', 'fortran_order': False, 'shape': (6,)}", 24, GT_BAD_FORMAT},
        {"{'descr': '<f16', 'fortran_order': False, 'shape': (1,)}", 16, GT_UNSUPPORTED},
        {"{'descr': '<f4x', 'fortran_order': False, 'shape': (6,)}", 24, GT_UNSUPPORTED},
        {"{'descr': '', 'fortran_order': False, 'shape': (6,)}", 24, GT_UNSUPPORTED},
        {"{'descr': '<U5000', 'fortran_order': False, 'shape': (1,)}", 20000, GT_UNSUPPORTED},
        {"", 0, GT_BAD_FORMAT},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        gt_status got = parse(cases[i].header, cases[i].values > 24 ? 26 : cases[i].values);
        if (got != cases[i].status)
            fail_msg("%s: %s '%s'", cases[i].header, gt_status_name(got), got ? err.text : "");
    }
}

static void a_file_cut_anywhere_is_refused(void **state) {
    char *bytes = NULL;
    size_t size = 0;
    gt_npy array;
    assert_ok(gt_file_load("golden/format/npy/f4.npy", 1 << 16, &bytes, &size, &err), err);
    for (size_t length = 0; length < size; length++)
        assert_int_equal(gt_npy_parse((const uint8_t *)bytes, length, length, &array, &err),
                         GT_BAD_FORMAT);
    bytes[6] = 9;
    assert_int_equal(gt_npy_parse((const uint8_t *)bytes, size, size, &array, &err),
                     GT_UNSUPPORTED);
    memcpy(bytes + 6, "\2\0\377\377\377\177", 6);
    assert_int_equal(gt_npy_parse((const uint8_t *)bytes, size, size, &array, &err),
                     GT_UNSUPPORTED);
    free(bytes);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_type_is_read),
        cmocka_unit_test(texts_are_read),
        cmocka_unit_test(order_and_rank_are_told),
        cmocka_unit_test(other_types_are_refused),
        cmocka_unit_test(headers_have_a_grammar),
        cmocka_unit_test(a_file_cut_anywhere_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
