/* json_test.c - what the writer prints, compared as text and read back by another library. */
#include "gt_test.h"

#include <jansson.h>

#include "json.h"

static char *text;
static size_t size;
static FILE *stream;

static int open_stream(void **state) {
    stream = open_memstream(&text, &size);
    return stream ? 0 : -1;
}

static int close_stream(void **state) {
    fclose(stream);
    free(text);
    return 0;
}

static void write_sample(gt_json *json) {
    gt_json_object(json, NULL);
    gt_json_text(json, "name", "a \"b\" \\ \x1b[31m \xc3\xa9\n");
    gt_json_int(json, "low", INT64_MIN);
    gt_json_array(json, "values");
    gt_json_real(json, NULL, 0.1);
    gt_json_float(json, NULL, 0.1f);
    gt_json_real(json, NULL, 1e300);
    gt_json_real(json, NULL, (double)NAN);
    gt_json_float(json, NULL, -INFINITY);
    gt_json_end(json);
    gt_json_object(json, "empty");
    gt_json_end(json);
    gt_json_array(json, "none");
    gt_json_end(json);
    gt_json_bool(json, "yes", true);
    gt_json_text(json, "nothing", NULL);
    gt_json_ready(json, "ready", "{\"a\": [1, 2]}");
    gt_json_end(json);
}

static void one_line(void **state) {
    gt_json json;
    gt_error err;
    gt_json_begin(&json, stream, 0);
    write_sample(&json);
    assert_ok(gt_json_finish(&json, &err), err);
    assert_string_equal(text, "{\"name\": \"a \\\"b\\\" \\\\ \\u001b[31m \xc3\xa9\\u000a\", "
                              "\"low\": -9223372036854775808, "
                              "\"values\": [0.1, 0.1, 1e+300, null, null], \"empty\": {}, "
                              "\"none\": [], \"yes\": true, \"nothing\": null, "
                              "\"ready\": {\"a\": [1, 2]}}\n");
}

static void indented(void **state) {
    gt_json json;
    gt_error err;
    gt_json_begin(&json, stream, 2);
    gt_json_object(&json, NULL);
    gt_json_array(&json, "a");
    gt_json_int(&json, NULL, 1);
    gt_json_int(&json, NULL, 2);
    gt_json_end(&json);
    gt_json_end(&json);
    assert_ok(gt_json_finish(&json, &err), err);
    assert_string_equal(text, "{\n  \"a\": [\n    1,\n    2\n  ]\n}\n");
}

static void another_library_reads_it(void **state) {
    for (int indent = 0; indent <= 4; indent += 2) {
        gt_json json;
        gt_error err;
        json_error_t why;
        rewind(stream);
        gt_json_begin(&json, stream, indent);
        write_sample(&json);
        assert_ok(gt_json_finish(&json, &err), err);
        json_t *root = json_loads(text, JSON_REJECT_DUPLICATES, &why);
        if (!root) fail_msg("%s", why.text);
        assert_string_equal(json_string_value(json_object_get(root, "name")),
                            "a \"b\" \\ \x1b[31m \xc3\xa9\n");
        json_t *values = json_object_get(root, "values");
        assert_true(json_real_value(json_array_get(values, 0)) == 0.1);
        assert_true(json_real_value(json_array_get(values, 2)) == 1e300);
        assert_true(json_is_null(json_array_get(values, 3)));
        assert_true(json_is_true(json_object_get(root, "yes")));
        json_decref(root);
    }
}

/* The decimal comma of some locales does not reach the output. */
static void decimal_comma(void **state) {
    gt_json json;
    gt_error err;
    if (!gt_test_decimal_comma()) skip();
    gt_json_begin(&json, stream, 0);
    gt_json_real(&json, NULL, 2.5);
    gt_status status = gt_json_finish(&json, &err);
    setlocale(LC_ALL, "C");
    assert_int_equal(status, GT_OK);
    assert_string_equal(text, "2.5\n");
}

static void full_disk(void **state) {
    gt_json json;
    gt_error err;
    FILE *full = fopen("/dev/full", "w");
    if (!full) skip();
    gt_json_begin(&json, full, 0);
    gt_json_int(&json, NULL, 1);
    assert_int_equal(gt_json_finish(&json, &err), GT_IO);
    assert_non_null(strstr(err.text, "No space left"));
    fclose(full);
}

int main(void) {
#define TEST(f) cmocka_unit_test_setup_teardown(f, open_stream, close_stream)
    const struct CMUnitTest tests[] = {
        TEST(one_line),      TEST(indented),  TEST(another_library_reads_it),
        TEST(decimal_comma), TEST(full_disk),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
