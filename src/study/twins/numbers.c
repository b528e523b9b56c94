/* numbers.c - see numbers.h. */
#include "numbers.h"

#include <jansson.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "file.h"
#include "json.h"
#include "outfile.h"

enum { MOST_BYTES = 1 << 24 };

/* A new one at the end. */
static gt_status append(gt_numbers *numbers, const char *format, va_list args, gt_number **out,
                        gt_error *err) {
    gt_number *list = realloc(numbers->list, (numbers->count + 1) * sizeof *list);
    if (!list) return gt_fail(err, GT_NO_MEMORY, "no memory for %zu numbers", numbers->count);
    numbers->list = list;
    *out = &list[numbers->count++];
    **out = (gt_number){.value = NAN};
    vsnprintf((*out)->name, sizeof(*out)->name, format, args);
    return GT_OK;
}

gt_status gt_numbers_put(gt_numbers *numbers, double value, gt_error *err, const char *format,
                         ...) {
    gt_number *own = NULL;
    va_list args;
    va_start(args, format);
    gt_status status = append(numbers, format, args, &own, err);
    va_end(args);
    if (status == GT_OK) own->value = value;
    return status;
}

gt_status gt_numbers_put_text(gt_numbers *numbers, const char *text, gt_error *err,
                              const char *format, ...) {
    gt_number *own = NULL;
    va_list args;
    va_start(args, format);
    gt_status status = append(numbers, format, args, &own, err);
    va_end(args);
    if (status == GT_OK) snprintf(own->text, sizeof own->text, "%s", text);
    return status;
}

gt_status gt_numbers_put_summary(gt_numbers *numbers, const char *name, size_t count,
                                 const double *values, gt_error *err) {
    gt_status status = GT_OK;
    gt_summary found;
    GT_TRY(gt_summarize(count, values, &found, err));
    GT_TRY(gt_numbers_put(numbers, found.mean, err, "%s_mean", name));
    GT_TRY(gt_numbers_put(numbers, found.sd, err, "%s_sd", name));
    GT_TRY(gt_numbers_put(numbers, found.mid, err, "%s_median", name));
    GT_TRY(gt_numbers_put(numbers, found.least, err, "%s_least", name));
    GT_TRY(gt_numbers_put(numbers, found.most, err, "%s_most", name));
done:
    return status;
}

const gt_number *gt_numbers_find(const gt_numbers *numbers, const char *name) {
    for (size_t i = 0; i < numbers->count; i++)
        if (strcmp(numbers->list[i].name, name) == 0) return &numbers->list[i];
    return NULL;
}

double gt_numbers_get(const gt_numbers *numbers, const char *name) {
    const gt_number *found = gt_numbers_find(numbers, name);
    return found ? found->value : (double)NAN;
}

void gt_numbers_free(gt_numbers *numbers) {
    free(numbers->list);
    *numbers = (gt_numbers){0};
}

void gt_numbers_put_json(const gt_numbers *numbers, gt_json *json) {
    for (size_t i = 0; i < numbers->count; i++) {
        const gt_number *own = &numbers->list[i];
        if (*own->text)
            gt_json_text(json, own->name, own->text);
        else
            gt_json_real(json, own->name, own->value);
    }
}

static gt_status write_result(FILE *stream, const gt_result_head *head,
                              const gt_numbers *numbers, gt_error *err) {
    gt_json json;
    gt_json_begin(&json, stream, 2);
    gt_json_object(&json, NULL);
    gt_json_text(&json, "model", head->model);
    gt_json_int(&json, "size", head->size);
    gt_json_text(&json, "part", head->part);
    if (head->edition) gt_json_int(&json, "edition", head->edition);
    gt_json_real(&json, "seconds", head->seconds);
    gt_json_object(&json, "numbers");
    gt_numbers_put_json(numbers, &json);
    gt_json_end(&json);
    gt_json_ready(&json, "provenance", head->provenance);
    gt_json_end(&json);
    return gt_json_finish(&json, err);
}

gt_status gt_numbers_write(const char *path, const gt_result_head *head,
                           const gt_numbers *numbers, gt_error *err) {
    gt_status status = GT_OK;
    gt_outfile *file = NULL;
    GT_TRY(gt_outfile_open(path, &file, err));
    FILE *stream = gt_outfile_stream(file);
    if (!stream) GT_THROW(err, GT_NO_MEMORY, "no memory for %s", path);
    GT_TRY(write_result(stream, head, numbers, err));
    GT_TRY(gt_outfile_commit(file, err));
done:
    gt_outfile_discard(file);
    return status;
}

static gt_status read_number(const char *name, const json_t *value, gt_numbers *out,
                             gt_error *err) {
    if (json_is_string(value))
        return gt_numbers_put_text(out, json_string_value(value), err, "%s", name);
    return gt_numbers_put(out, json_is_number(value) ? json_number_value(value) : (double)NAN,
                          err, "%s", name);
}

gt_status gt_numbers_read(const char *path, gt_numbers *out, double *seconds, gt_error *err) {
    gt_status status = GT_OK;
    char *text = NULL;
    size_t size;
    json_t *root = NULL;
    json_error_t where;
    GT_TRY(gt_file_load(path, MOST_BYTES, &text, &size, err));
    root = json_loadb(text, size, JSON_REJECT_DUPLICATES, &where);
    json_t *numbers = json_object_get(root, "numbers"), *value;
    const char *name;
    if (!json_is_object(numbers))
        GT_THROW(
            err, GT_BAD_FORMAT,
            "%s: not the result of a part of a sweep; remove it, and the part is done again",
            path);
    json_object_foreach(numbers, name, value) GT_TRY(read_number(name, value, out, err));
    const json_t *took = json_object_get(root, "seconds");
    if (seconds) *seconds = json_is_number(took) ? json_number_value(took) : (double)NAN;
done:
    json_decref(root);
    free(text);
    return status;
}

int64_t gt_numbers_edition(const char *path) {
    char *text = NULL;
    size_t size;
    if (gt_file_load(path, MOST_BYTES, &text, &size, NULL)) return 0;
    json_t *root = json_loadb(text, size, JSON_REJECT_DUPLICATES, NULL);
    int64_t edition = json_integer_value(json_object_get(root, "edition"));
    json_decref(root);
    free(text);
    return edition;
}
