/* The rows of NAME_det.safetensors: x_train, y_train, x_test, y_test, of two classes. */
#include "ensemble_data.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static gt_status read_labelled(const gt_safetensors *file, const char *x_name,
                               const char *y_name, gt_labelled *out, size_t *features,
                               gt_error *err) {
    gt_status status = GT_OK;
    const gt_st_tensor *x, *y;
    int64_t *labels = NULL;
    GT_TRY(gt_safetensors_get(file, x_name, &x, err));
    GT_TRY(gt_safetensors_get(file, y_name, &y, err));
    if (x->rank != 2 || x->shape[0] < 1 || x->shape[1] < 1 ||
        y->elements != (uint64_t)x->shape[0])
        GT_THROW(err, GT_BAD_SHAPE, "%s: '%s' and '%s' do not go together",
                 gt_safetensors_path(file), x_name, y_name);
    out->rows = (size_t)x->shape[0];
    *features = (size_t)x->shape[1];
    out->x = calloc((size_t)x->elements, sizeof *out->x);
    out->labels = calloc(out->rows, sizeof *out->labels);
    labels = calloc(out->rows, sizeof *labels);
    if (!out->x || !out->labels || !labels) GT_THROW(err, GT_NO_MEMORY, "no memory for data");
    GT_TRY(gt_safetensors_read_f32(file, x, out->x, x->elements, err));
    GT_TRY(gt_safetensors_read_i64(file, y, labels, y->elements, err));
    for (size_t i = 0; i < out->rows; ++i) {
        if (labels[i] != 0 && labels[i] != 1)
            GT_THROW(err, GT_BAD_FORMAT, "%s: '%s' has class %lld, expected 0 or 1",
                     gt_safetensors_path(file), y_name, (long long)labels[i]);
        out->labels[i] = (int32_t)labels[i];
    }
done:
    free(labels);
    return status;
}

/* NAME_random.safetensors -> NAME_det.safetensors; NULL without memory or such an ending. */
static char *path_of_data(const char *path) {
    static const char ending[] = "_random.safetensors";
    size_t length = strlen(path), cut = sizeof ending - 1;
    char *out = NULL;
    if (length < cut || strcmp(path + length - cut, ending) != 0) return NULL;
    return asprintf(&out, "%.*s_det.safetensors", (int)(length - cut), path) < 0 ? NULL : out;
}

gt_status gt_ensemble_data_read(gt_ensemble_data *data, const char *path, gt_error *err) {
    gt_status status = GT_OK;
    gt_safetensors *file = NULL;
    size_t test_features = 0;
    char *beside = path_of_data(path);
    if (!beside)
        GT_THROW(err, GT_BAD_FORMAT, "%s: its name must end with _random.safetensors", path);
    GT_TRY(gt_safetensors_open(beside, &file, err));
    GT_TRY(read_labelled(file, "x_train", "y_train", &data->train, &data->features, err));
    GT_TRY(read_labelled(file, "x_test", "y_test", &data->test, &test_features, err));
    if (test_features != data->features)
        GT_THROW(err, GT_BAD_SHAPE, "%s: x_train and x_test have %zu and %zu features", beside,
                 data->features, test_features);
done:
    gt_safetensors_close(file);
    free(beside);
    return status;
}

void gt_ensemble_data_free(gt_ensemble_data *data) {
    free(data->train.x);
    free(data->train.labels);
    free(data->test.x);
    free(data->test.labels);
}
