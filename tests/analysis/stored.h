/* stored.h - arrays of a fixture file, as the types that the analysis room works on. */
#ifndef GT_STORED_H
#define GT_STORED_H

#include "galatea/safetensors.h"
#include "gt_test.h"

/* The array, to be freed; *n (NULL allowed) is its number of elements. */
static inline double *stored_f64(const gt_safetensors *file, const char *name, size_t *n) {
    gt_error err;
    const gt_st_tensor *tensor;
    assert_ok(gt_safetensors_get(file, name, &tensor, &err), err);
    double *values = calloc(tensor->elements, sizeof *values);
    assert_non_null(values);
    assert_ok(gt_safetensors_read_f64(file, tensor, values, tensor->elements, &err), err);
    if (n) *n = tensor->elements;
    return values;
}

static inline int32_t *stored_i32(const gt_safetensors *file, const char *name, size_t *n) {
    size_t count;
    double *values = stored_f64(file, name, &count);
    int32_t *out = calloc(count, sizeof *out);
    assert_non_null(out);
    for (size_t i = 0; i < count; i++) out[i] = (int32_t)values[i];
    free(values);
    if (n) *n = count;
    return out;
}

static inline float *stored_f32(const gt_safetensors *file, const char *name, size_t *n) {
    size_t count;
    double *values = stored_f64(file, name, &count);
    float *out = calloc(count, sizeof *out);
    assert_non_null(out);
    for (size_t i = 0; i < count; i++) out[i] = (float)values[i];
    free(values);
    if (n) *n = count;
    return out;
}

/* Path of a file of the large fixtures; skips the test when they are not there. */
static inline const char *fixture_path(const char *name, char path[512]) {
    const char *folder = getenv("GALATEA_FIXTURES");
    snprintf(path, 512, "%s/%s", folder ? folder : "../../shared/fixtures", name);
    FILE *file = fopen(path, "rb");
    if (!file) {
        print_message("%s is not here (set GALATEA_FIXTURES); test skipped\n", path);
        skip();
    }
    fclose(file);
    return path;
}

#endif
