/* arrays.c - reading and writing the arrays of stored classifiers. */
#include "arrays.h"

#include <math.h>
#include <stdlib.h>

static gt_status find(const gt_safetensors *file, const char *name, int64_t rows,
                      int64_t columns, const gt_st_tensor **out, gt_error *err) {
    gt_status status = GT_OK;
    GT_TRY(gt_safetensors_get(file, name, out, err));
    if (rows < 0) rows = (*out)->rank > 0 ? (*out)->shape[0] : 0;
    if (rows < 1) GT_THROW(err, GT_BAD_FORMAT, "'%s' is empty", name);
    int64_t shape[] = {rows, columns};
    GT_TRY(gt_safetensors_require(file, name, columns ? 2 : 1, shape, out, err));
done:
    return status;
}

static gt_status check_finite(const char *name, size_t count, const double *values,
                              gt_error *err) {
    for (size_t i = 0; i < count; i++)
        if (!isfinite(values[i]))
            return gt_fail(err, GT_BAD_FORMAT, "value %zu of '%s' is %g, expected a finite one",
                           i, name, values[i]);
    return GT_OK;
}

gt_status gt_array_f64(const gt_safetensors *file, const char *name, int64_t rows,
                       int64_t columns, double **out, size_t *found, gt_error *err) {
    gt_status status = GT_OK;
    const gt_st_tensor *tensor;
    GT_TRY(find(file, name, rows, columns, &tensor, err));
    *out = calloc(tensor->elements, sizeof **out);
    if (!*out) GT_THROW(err, GT_NO_MEMORY, "no memory for '%s'", name);
    GT_TRY(gt_safetensors_read_f64(file, tensor, *out, tensor->elements, err));
    GT_TRY(check_finite(name, tensor->elements, *out, err));
    if (found) *found = (size_t)tensor->shape[0];
done:
    return status;
}

gt_status gt_array_f32(const gt_safetensors *file, const char *name, int64_t rows,
                       int64_t columns, float **out, size_t *found, gt_error *err) {
    gt_status status = GT_OK;
    const gt_st_tensor *tensor;
    GT_TRY(find(file, name, rows, columns, &tensor, err));
    *out = calloc(tensor->elements, sizeof **out);
    if (!*out) GT_THROW(err, GT_NO_MEMORY, "no memory for '%s'", name);
    GT_TRY(gt_safetensors_read_f32(file, tensor, *out, tensor->elements, err));
    for (size_t i = 0; i < tensor->elements; i++)
        if (!isfinite((*out)[i]))
            GT_THROW(err, GT_BAD_FORMAT, "value %zu of '%s' is %g, expected a finite one", i,
                     name, (double)(*out)[i]);
    if (found) *found = (size_t)tensor->shape[0];
done:
    return status;
}

gt_status gt_array_i32(const gt_safetensors *file, const char *name, int64_t rows,
                       int32_t least, int32_t most, int32_t **out, gt_error *err) {
    gt_status status = GT_OK;
    const gt_st_tensor *tensor;
    int64_t *wide = NULL;
    GT_TRY(find(file, name, rows, 0, &tensor, err));
    wide = calloc(tensor->elements, sizeof *wide);
    *out = calloc(tensor->elements, sizeof **out);
    if (!wide || !*out) GT_THROW(err, GT_NO_MEMORY, "no memory for '%s'", name);
    GT_TRY(gt_safetensors_read_i64(file, tensor, wide, tensor->elements, err));
    for (size_t i = 0; i < tensor->elements; i++) {
        if (wide[i] < least || wide[i] > most)
            GT_THROW(err, GT_BAD_FORMAT, "value %zu of '%s' is %lld, expected %d to %d", i,
                     name, (long long)wide[i], least, most);
        (*out)[i] = (int32_t)wide[i];
    }
done:
    free(wide);
    return status;
}

gt_status gt_array_add(gt_safetensors_writer *writer, const char *name, gt_st_dtype type,
                       size_t rows, size_t columns, const void *data, gt_error *err) {
    int64_t shape[] = {(int64_t)rows, (int64_t)columns};
    return gt_safetensors_writer_add(writer, name, type, columns ? 2 : 1, shape, data, err);
}
