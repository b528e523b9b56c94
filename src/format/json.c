/* json.c - commas, indentation and escapes of JSON. */
#include "json.h"

#include <inttypes.h>
#include <math.h>

#include "text.h"

void gt_json_begin(gt_json *json, FILE *stream, int indent) {
    *json = (gt_json){.stream = stream, .indent = indent};
}

static void new_line(const gt_json *json) {
    if (json->indent) fprintf(json->stream, "\n%*s", json->indent * json->depth, "");
}

/* What stands before every value: comma, line, key. */
static void lead_in(gt_json *json, const char *key) {
    if (json->depth == 0) {
        GT_ASSERT(!json->complete && !key);
        json->complete = true;
        return;
    }
    int level = json->depth - 1;
    GT_ASSERT((json->closing[level] == '}') == (key != NULL));
    if (json->started[level]) fputs(json->indent ? "," : ", ", json->stream);
    json->started[level] = true;
    new_line(json);
    if (!key) return;
    gt_json_string(json->stream, key);
    fputs(": ", json->stream);
}

static void open_level(gt_json *json, const char *key, const char *brackets) {
    lead_in(json, key);
    GT_ASSERT(json->depth < GT_JSON_DEPTH);
    fputc(brackets[0], json->stream);
    json->closing[json->depth] = brackets[1];
    json->started[json->depth++] = false;
}

void gt_json_object(gt_json *json, const char *key) {
    open_level(json, key, "{}");
}

void gt_json_array(gt_json *json, const char *key) {
    open_level(json, key, "[]");
}

void gt_json_end(gt_json *json) {
    GT_ASSERT(json->depth > 0);
    json->depth--;
    if (json->started[json->depth]) new_line(json);
    fputc(json->closing[json->depth], json->stream);
}

void gt_json_int(gt_json *json, const char *key, int64_t value) {
    lead_in(json, key);
    fprintf(json->stream, "%" PRId64, value);
}

void gt_json_real(gt_json *json, const char *key, double value) {
    char text[GT_NUMBER_SIZE];
    lead_in(json, key);
    fputs(isfinite(value) ? gt_real_to_text(value, text) : "null", json->stream);
}

void gt_json_float(gt_json *json, const char *key, float value) {
    char text[GT_NUMBER_SIZE];
    lead_in(json, key);
    fputs(isfinite(value) ? gt_float_to_text(value, text) : "null", json->stream);
}

void gt_json_bool(gt_json *json, const char *key, bool value) {
    lead_in(json, key);
    fputs(value ? "true" : "false", json->stream);
}

void gt_json_text(gt_json *json, const char *key, const char *value) {
    lead_in(json, key);
    if (value)
        gt_json_string(json->stream, value);
    else
        fputs("null", json->stream);
}

void gt_json_null(gt_json *json, const char *key) {
    gt_json_text(json, key, NULL);
}

void gt_json_ready(gt_json *json, const char *key, const char *value) {
    lead_in(json, key);
    fputs(value, json->stream);
}

gt_status gt_json_finish(gt_json *json, gt_error *err) {
    GT_ASSERT(json->depth == 0 && json->complete);
    fputc('\n', json->stream);
    if (fflush(json->stream)) return gt_fail_errno(err, "writing JSON");
    if (ferror(json->stream))
        return gt_fail(err, GT_IO, "writing JSON: an earlier write failed");
    return GT_OK;
}
