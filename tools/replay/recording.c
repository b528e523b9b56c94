/* A recording: its tensors and what was done with each, its metadata, the first failure. */
#include "recording.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "text.h"

void gt_recording_fail(gt_recording *rec, gt_status status, const char *format, ...) {
    char text[512];
    va_list arguments;
    if (rec->status) return;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    rec->status = gt_fail(rec->err, status, "%s: %s", gt_safetensors_path(rec->file), text);
}

int gt_recording_find(const gt_recording *rec, const char *name) {
    int low = 0, high = (int)gt_safetensors_count(rec->file) - 1;
    while (low <= high) {
        int middle = (low + high) / 2, index = rec->by_name[middle];
        int order = strcmp(name, gt_safetensors_at(rec->file, (size_t)index)->name);
        if (order == 0) return index;
        if (order < 0)
            high = middle - 1;
        else
            low = middle + 1;
    }
    return -1;
}

/* Marks the tensor as an input and returns room for its elements. */
static void *input_room(gt_recording *rec, const char *name, size_t size,
                        const gt_st_tensor **tensor) {
    if (rec->status) return NULL;
    int index = gt_recording_find(rec, name);
    if (index < 0) {
        gt_recording_fail(rec, GT_BAD_FORMAT, "no tensor '%s'", name);
        return NULL;
    }
    *tensor = gt_safetensors_at(rec->file, (size_t)index);
    if (rec->uses[index] == GT_REPLAY_UNUSED) {
        rec->uses[index] = GT_REPLAY_INPUT;
        rec->result->inputs++;
    }
    void *room = calloc((size_t)(*tensor)->elements + 1, size);
    if (!room) gt_recording_fail(rec, GT_NO_MEMORY, "no memory for '%s'", name);
    return room;
}

float *gt_recording_input(gt_recording *rec, const char *name, uint64_t *count) {
    const gt_st_tensor *tensor;
    float *values = input_room(rec, name, sizeof *values, &tensor);
    if (!values) return NULL;
    *count = tensor->elements;
    rec->status = gt_safetensors_read_f32(rec->file, tensor, values, *count, rec->err);
    if (!rec->status) return values;
    free(values);
    return NULL;
}

double *gt_recording_input_double(gt_recording *rec, const char *name, uint64_t *count) {
    const gt_st_tensor *tensor;
    double *values = input_room(rec, name, sizeof *values, &tensor);
    if (!values) return NULL;
    *count = tensor->elements;
    rec->status = gt_safetensors_read_f64(rec->file, tensor, values, *count, rec->err);
    if (!rec->status) return values;
    free(values);
    return NULL;
}

const char *gt_recording_text(gt_recording *rec, const char *key) {
    const char *text = gt_safetensors_metadata(rec->file, key);
    if (!text) gt_recording_fail(rec, GT_BAD_FORMAT, "no metadata '%s'", key);
    return text;
}

/* Python writes "none" or "None" for a number that there is not. */
double gt_recording_number(gt_recording *rec, const char *key, double if_none) {
    double value = if_none;
    const char *text = gt_recording_text(rec, key);
    if (!text || strcmp(text, "none") == 0 || strcmp(text, "None") == 0) return if_none;
    if (gt_text_to_real(text, &value, NULL))
        gt_recording_fail(rec, GT_BAD_FORMAT, "metadata '%s': '%s' is not a number", key, text);
    return value;
}

json_t *gt_recording_object(gt_recording *rec, const char *key) {
    json_error_t where;
    const char *text = gt_recording_text(rec, key);
    if (!text) return NULL;
    json_t *object = json_loads(text, JSON_REJECT_DUPLICATES, &where);
    if (json_is_object(object)) return object;
    gt_recording_fail(rec, GT_BAD_FORMAT, "metadata '%s' is not a JSON object: %s", key,
                      object ? "another value" : where.text);
    json_decref(object);
    return NULL;
}

double gt_recording_real(gt_recording *rec, const json_t *object, const char *key) {
    const json_t *value = json_object_get(object, key);
    if (!json_is_number(value))
        gt_recording_fail(rec, GT_BAD_FORMAT, "metadata: no number '%s'", key);
    return json_number_value(value);
}

int gt_recording_int(gt_recording *rec, const json_t *object, const char *key) {
    const json_t *value = json_object_get(object, key);
    json_int_t number = json_integer_value(value);
    if (!json_is_integer(value) || number < 0 || number > 1 << 20)
        gt_recording_fail(rec, GT_BAD_FORMAT, "metadata: no whole number '%s' up to 2^20", key);
    return (int)number;
}

const char *gt_recording_word(gt_recording *rec, const json_t *object, const char *key) {
    const char *text = json_string_value(json_object_get(object, key));
    if (!text) gt_recording_fail(rec, GT_BAD_FORMAT, "metadata: no text '%s'", key);
    return text ? text : "";
}
