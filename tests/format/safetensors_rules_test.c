/* safetensors_rules_test.c - each rule of the format broken alone, every truncation, every
 * flipped byte: always one sentence, never a success. */
#include "gt_test.h"

#include "file.h"
#include "galatea/safetensors.h"

enum { ROOM = 4096 };

/* Length, header, zero bytes of data. Returns the size. */
static size_t build(unsigned char *file, const char *header, size_t header_size, size_t data) {
    uint64_t length = header_size;
    assert_true(8 + header_size + data <= ROOM);
    memcpy(file, &length, 8);
    memcpy(file + 8, header, header_size);
    memset(file + 8 + header_size, 0, data);
    return 8 + header_size + data;
}

static gt_status open_bytes(const unsigned char *bytes, size_t size, gt_error *err) {
    gt_safetensors *file = NULL;
    /* A copy of the exact size, so that the sanitizer sees a read beyond it. */
    unsigned char *exact = malloc(size ? size : 1);
    memcpy(exact, bytes, size);
    gt_status status = gt_safetensors_open_memory(exact, size, "case", &file, err);
    if (status) assert_null(file);
    gt_safetensors_close(file);
    free(exact);
    return status;
}

#define T "\"t\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}"
#define FIELDS(d, s, o) "{\"t\":{\"dtype\":" d ",\"shape\":" s ",\"data_offsets\":" o "}}"
#define PAIR(a, b)                                               \
    "{\"a\":{\"dtype\":\"U8\",\"shape\":[2],\"data_offsets\":" a \
    "},\"b\":{\"dtype\":\"U8\",\"shape\":[2],\"data_offsets\":" b "}}"
#define META(m) "{\"__metadata__\":" m "," T "}"

static const struct {
    const char *header;
    size_t data;
} good[] = {
    {"{}", 0},
    {"{}   ", 0},
    {"{" T "}", 8},
    {" { \"t\" : {\n\"shape\":[ 2 ],\t\"data_offsets\":[0 , 8],\"dtype\":\"F32\" } }\r\n" + 1,
     8},
    {FIELDS("\"F64\"", "[]", "[0,8]"), 8},
    {FIELDS("\"I64\"", "[1,1,1,1,1,1,1,1]", "[0,8]"), 8},
    {FIELDS("\"F32\"", "[0]", "[0,0]"), 0},
    {FIELDS("\"F32\"", "[3,0,5]", "[0,0]"), 0},
    {PAIR("[0,2]", "[2,4]"), 4},
    {PAIR("[2,4]", "[0,2]"), 4}, /* the order in the text does not matter */
    {META("{}"), 8},
    {META("{\"a\":\"\",\"\":\"b\"}"), 8},
    {META("{\"k\":\"\\u00e9\\ud83d\\ude00\\n\\/\\\\\\\"\"}"), 8},
    {"{\"\":{\"dtype\":\"U8\",\"shape\":[],\"data_offsets\":[0,1]}}", 1},
};

static const struct {
    const char *header;
    size_t data;
    const char *says;
} bad[] = {
    {"", 0, "the header ends at byte 0, expected '{'"},
    {" {}", 0, "header byte 0 is 0x20, expected '{'"},
    {"[]", 0, "header byte 0 is '[', expected '{'"},
    {"{", 0, "the header ends at byte 1"},
    {"{}x", 0, "header byte 2 is 'x', expected the end of the header"},
    {"{}{}", 0, "expected the end of the header"},
    {"{" T "", 8, "expected ',' or '}'"},
    {"{" T ",}", 8, "expected a string"},
    {"{," T "}", 8, "expected a string"},
    {"{" T " " T "}", 8, "expected ',' or '}'"},
    {"{t:1}", 0, "expected a string"},
    {"{\"t\"}", 0, "expected ':'"},
    {"{\"t\":1}", 0, "expected '{'"},
    {"{\"t\":null}", 0, "expected '{'"},
    {"{\"t\":{}}", 0, "is missing"},
    {"{\"t", 0, "expected the end of a string"},
    {"{\"t\\", 0, "after a backslash"},
    {"{\"\\u12", 0, "four hexadecimal digits"},
    {"{\"\\x41\":", 0, "after a backslash"},
    {"{\"\\u12g4\":", 0, "four hexadecimal digits"},
    {"{\"\\ud800\":", 0, "expected a low surrogate"},
    {"{\"\\ud800\\u0041\":", 0, "expected a low surrogate"},
    {"{\"\\ud800\\ud800\":", 0, "expected a low surrogate"},
    {"{\"\\udc00\":", 0, "high surrogate"},
    {"{\"a\\u0000b\":", 0, "without a zero character"},
    {"{\"a\nb\":", 0, "an escaped control character"},
    {"{\"\xff\":", 0, "header byte 2 is 0xff, expected UTF-8"},
    {"{\"\xc3\":", 0, "UTF-8"},
    {"{\"\xc0\x80\":", 0, "UTF-8"},
    {"{\"\xed\xa0\x80\":", 0, "UTF-8"},
    {"{\"\xf4\x90\x80\x80\":", 0, "UTF-8"},
    {"{\xef\xbb\xbf}", 0, "expected a string"},
    {"{" T "," T "}", 8, "'t' begins at data byte 0, the one before ends at 8"},
    {"{\"t\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0]}," T "}", 8,
     "tensor 't' stands there twice"},
    {"{\"\\u0074\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0]}," T "}", 8,
     "tensor 't' stands there twice"},
    {FIELDS("F32", "[2]", "[0,8]"), 8, "expected a string"},
    {FIELDS("\"f32\"", "[2]", "[0,8]"), 8, "element type 'f32' is not known"},
    {FIELDS("\"F8_E4M3\"", "[8]", "[0,8]"), 8, "element type 'F8_E4M3' is not known"},
    {FIELDS("\"F32\"", "2", "[0,8]"), 8, "expected '['"},
    {FIELDS("\"F32\"", "[1 2]", "[0,8]"), 8, "expected ',' or ']'"},
    {FIELDS("\"F32\"", "[2,]", "[0,8]"), 8, "a whole number"},
    {FIELDS("\"F32\"", "[-2]", "[0,8]"), 8, "a whole number"},
    {FIELDS("\"F32\"", "[2.0]", "[0,8]"), 8, "expected ',' or ']'"},
    {FIELDS("\"F32\"", "[2e0]", "[0,8]"), 8, "expected ',' or ']'"},
    {FIELDS("\"F32\"", "[02]", "[0,8]"), 8, "without leading zeros"},
    {FIELDS("\"F32\"", "[\"2\"]", "[0,8]"), 8, "a whole number"},
    {FIELDS("\"F32\"", "[[2]]", "[0,8]"), 8, "a whole number"},
    {FIELDS("\"F32\"", "[9223372036854775808]", "[0,8]"), 8, "below 2^63"},
    {FIELDS("\"F32\"", "[99999999999999999999]", "[0,8]"), 8, "below 2^63"},
    {FIELDS("\"F32\"", "[1,1,1,1,1,1,1,1,2]", "[0,8]"), 8, "more than 8 sizes"},
    {FIELDS("\"F32\"", "[2]", "[0,8,8]"), 8, "a begin and an end"},
    {FIELDS("\"F32\"", "[2]", "[8]"), 8, "a begin and an end"},
    {FIELDS("\"F32\"", "[2]", "[]"), 8, "a begin and an end"},
    {FIELDS("\"F32\"", "[2]", "[8,0]"), 8, "a begin and an end"},
    {FIELDS("\"F32\"", "[2]", "[-8,0]"), 8, "a whole number"},
    {FIELDS("\"F32\"", "[2]", "{\"a\":1}"), 8, "expected '['"},
    {"{\"t\":{\"dtype\":\"F32\",\"shape\":[2]}}", 8, "is missing"},
    {"{\"t\":{\"shape\":[2],\"data_offsets\":[0,8]}}", 8, "is missing"},
    {"{\"t\":{\"dtype\":\"F32\",\"data_offsets\":[0,8]}}", 8, "is missing"},
    {"{\"t\":{\"dtype\":\"F32\",\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}", 8,
     "the field dtype stands there twice"},
    {"{\"t\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8],\"x\":1}}", 8,
     "unknown field 'x'"},
    /* shape against span */
    {FIELDS("\"F32\"", "[3]", "[0,8]"), 8, "F32 of shape 3 takes 12 bytes, its offsets span 8"},
    {FIELDS("\"F64\"", "[2]", "[0,8]"), 8, "takes 16 bytes, its offsets span 8"},
    {FIELDS("\"F32\"", "[]", "[0,8]"), 8, "F32 of shape scalar takes 4 bytes"},
    {FIELDS("\"F32\"", "[0]", "[0,8]"), 8, "takes 0 bytes"},
    {FIELDS("\"F32\"", "[4294967296,4294967296]", "[0,0]"), 0, "too large"},
    {FIELDS("\"F32\"", "[4611686018427387905]", "[0,4]"), 4, "too large"},
    {FIELDS("\"F32\"", "[0,4294967296,4294967296]", "[0,0]"), 0, "too large"},
    {FIELDS("\"U8\"", "[9223372036854775807]", "[0,9223372036854775807]"), 8,
     "promises 9223372036854775807 bytes of data, the file has 8"},
    /* layout */
    {FIELDS("\"F32\"", "[2]", "[0,8]"), 7, "promises 8 bytes of data, the file has 7"},
    {FIELDS("\"F32\"", "[2]", "[0,8]"), 9, "promises 8 bytes of data, the file has 9"},
    {FIELDS("\"F32\"", "[2]", "[4,12]"), 12, "begins at data byte 4, the one before ends at 0"},
    {"{}", 1, "promises 0 bytes of data, the file has 1"},
    {PAIR("[0,2]", "[3,5]"), 5, "'b' begins at data byte 3, the one before ends at 2 (hole)"},
    {PAIR("[0,2]", "[1,3]"), 3,
     "'b' begins at data byte 1, the one before ends at 2 (overlap)"},
    {PAIR("[0,2]", "[0,2]"), 2, "(overlap)"},
    {PAIR("[0,2]", "[2,4]"), 3, "promises 4 bytes"},
    /* metadata */
    {META("null"), 8, "expected '{'"},
    {META("[]"), 8, "expected '{'"},
    {META("{\"a\":1}"), 8, "expected a string"},
    {META("{\"a\":null}"), 8, "expected a string"},
    {META("{\"a\":{\"b\":\"c\"}}"), 8, "expected a string"},
    {META("{\"a\":\"b\",}"), 8, "expected a string"},
    {META("{\"a\":\"b\" \"c\":\"d\"}"), 8, "expected ',' or '}'"},
    {META("{\"a\":\"1\",\"b\":\"2\",\"a\":\"3\"}"), 8, "key 'a' stands there twice"},
    {META("{\"a\":\"1\",\"\\u0061\":\"3\"}"), 8, "key 'a' stands there twice"},
    {META("{\"a\":\"\xff\"}"), 8, "UTF-8"},
    {"{\"__metadata__\":{},\"__metadata__\":{}}", 0, "__metadata__ stands there twice"},
};

static void accepts_the_good(void **state) {
    unsigned char file[ROOM];
    gt_error err;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        size_t size = build(file, good[i].header, strlen(good[i].header), good[i].data);
        if (open_bytes(file, size, &err)) fail_msg("%s: %s", good[i].header, err.text);
    }
}

static void refuses_the_bad(void **state) {
    unsigned char file[ROOM];
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        gt_error err = {0};
        size_t size = build(file, bad[i].header, strlen(bad[i].header), bad[i].data);
        gt_status status = open_bytes(file, size, &err);
        gt_status wanted =
            strstr(bad[i].says, "not known") || strstr(bad[i].says, "more than 8")
                ? GT_UNSUPPORTED
                : GT_BAD_FORMAT;
        if (status != wanted || !strstr(err.text, bad[i].says) || strncmp(err.text, "case", 4))
            fail_msg("%s: %s: '%s'", bad[i].header, gt_status_name(status), err.text);
    }
    print_message("%zu broken rules, each named\n", sizeof bad / sizeof *bad);
}

static void zero_byte_inside(void **state) {
    static const char header[] =
        "{\"a\0b\":{\"dtype\":\"U8\",\"shape\":[],\"data_offsets\":[0,1]}}";
    static const char behind[] = "{}\0\0";
    unsigned char file[ROOM];
    gt_error err;
    size_t size = build(file, header, sizeof header - 1, 1);
    assert_int_equal(open_bytes(file, size, &err), GT_BAD_FORMAT);
    size = build(file, behind, sizeof behind - 1, 0);
    assert_int_equal(open_bytes(file, size, &err), GT_BAD_FORMAT);
}

static void header_lengths(void **state) {
    static const struct {
        uint64_t length;
        const char *says;
    } cases[] = {
        {3, "a header of 3 bytes, the file has 2 left"},
        {100000000, "a header of 100000000 bytes, the file has 2 left"},
        {100000001, "expected at most 100000000"},
        {UINT64_MAX, "a header of 18446744073709551615 bytes, expected at most 100000000"},
        {UINT64_MAX - 7, "expected at most 100000000"},
        {0x0808000004034b50, "a pickle or zip archive, as torch.save writes"},
        {0x469cf96c0a8a0280, "safetensors.torch.save_file(state_dict, 'weights.safetensors')"},
    };
    unsigned char file[10] = "........{}";
    gt_error err;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        memcpy(file, &cases[i].length, 8);
        assert_int_equal(open_bytes(file, 10, &err), GT_BAD_FORMAT);
        if (!strstr(err.text, cases[i].says)) fail_msg("%s", err.text);
    }
    for (size_t size = 0; size < 8; size++) {
        assert_int_equal(open_bytes(file, size, &err), GT_BAD_FORMAT);
        assert_non_null(strstr(err.text, "expected at least 8"));
    }
}

/* A nested header costs no stack: depth is fixed by the grammar. */
static void deep_nesting(void **state) {
    enum { DEPTH = 1000000 };
    unsigned char *file = malloc(8 + DEPTH);
    uint64_t length = DEPTH;
    gt_error err;
    memcpy(file, &length, 8);
    file[8] = '{';
    memset(file + 9, '[', DEPTH - 1);
    assert_int_equal(open_bytes(file, 8 + DEPTH, &err), GT_BAD_FORMAT);
    for (size_t i = 0; i + 5 <= DEPTH; i += 5) memcpy(file + 8 + i, "{\"a\":", 5);
    assert_int_equal(open_bytes(file, 8 + DEPTH, &err), GT_BAD_FORMAT);
    free(file);
}

static void every_truncation(void **state) {
    char *bytes = NULL;
    size_t size = 0;
    gt_error err;
    assert_ok(gt_file_load("golden/format/reference.safetensors", ROOM, &bytes, &size, &err),
              err);
    unsigned char *exact = (unsigned char *)bytes;
    assert_ok(open_bytes(exact, size, &err), err);
    for (size_t cut = 0; cut < size; cut++) {
        err.text[0] = '\0';
        assert_int_equal(open_bytes(exact, cut, &err), GT_BAD_FORMAT);
        assert_true(strlen(err.text) > 20);
    }
    free(bytes);
}

/* Whatever one byte of the header becomes, opening ends with a verdict; most are refusals. */
static void every_changed_header_byte(void **state) {
    char *bytes = NULL;
    size_t size = 0, refused = 0, tried = 0;
    gt_error err;
    assert_ok(gt_file_load("golden/format/reference.safetensors", ROOM, &bytes, &size, &err),
              err);
    uint64_t header;
    memcpy(&header, bytes, 8);
    for (size_t at = 0; at < 8 + header; at++) {
        char before = bytes[at];
        for (int value = 0; value < 256; value += 5) {
            bytes[at] = (char)value;
            refused += open_bytes((unsigned char *)bytes, size, &err) != GT_OK;
            tried++;
        }
        bytes[at] = before;
    }
    print_message("%zu of %zu changed headers refused\n", refused, tried);
    assert_true(refused > tried * 9 / 10);
    free(bytes);
}

static void not_a_file(void **state) {
    gt_safetensors *file = NULL;
    gt_error err;
    assert_int_equal(gt_safetensors_open("golden/none.safetensors", &file, &err), GT_NOT_FOUND);
    assert_non_null(strstr(err.text, "golden/none.safetensors"));
    assert_int_equal(gt_safetensors_open("golden", &file, &err), GT_IO);
    assert_int_equal(gt_safetensors_open_memory(NULL, 0, "x", &file, &err), GT_BAD_FORMAT);
    assert_null(file);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(accepts_the_good),
        cmocka_unit_test(refuses_the_bad),
        cmocka_unit_test(zero_byte_inside),
        cmocka_unit_test(header_lengths),
        cmocka_unit_test(deep_nesting),
        cmocka_unit_test(every_truncation),
        cmocka_unit_test(every_changed_header_byte),
        cmocka_unit_test(not_a_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
