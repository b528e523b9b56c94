/* trees_file.c - trees in safetensors files. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "trees_room.h"

enum { NAME_LENGTH = 256, ARRAYS = 9 };

/* One array of the struct, as it stands in a file. */
typedef struct stored_array {
    const char *name;
    gt_st_dtype dtype;
    int rank;
    int64_t shape[2];
    void *data;
} stored_array;

static void list_arrays(const gt_trees *t, stored_array list[ARRAYS]) {
    const stored_array arrays[ARRAYS] = {
        {"first", GT_ST_I64, 1, {t->trees + 1}, t->first},
        {"left", GT_ST_I32, 1, {t->nodes}, t->left},
        {"right", GT_ST_I32, 1, {t->nodes}, t->right},
        {"feature", GT_ST_I32, 1, {t->nodes}, t->feature},
        {"threshold", GT_ST_F64, 1, {t->nodes}, t->threshold},
        {"value", GT_ST_F64, 2, {t->nodes, t->outputs}, t->value},
        {"impurity", GT_ST_F64, 1, {t->nodes}, t->impurity},
        {"weight", GT_ST_F64, 1, {t->nodes}, t->weight},
        {"samples", GT_ST_I32, 1, {t->nodes}, t->samples},
    };
    memcpy(list, arrays, sizeof arrays);
}

static const char *full_name(const char *prefix, const char *name, char out[NAME_LENGTH]) {
    snprintf(out, NAME_LENGTH, "%s%s", prefix, name);
    return out;
}

gt_status gt_trees_store(const gt_trees *trees, const char *prefix,
                         gt_safetensors_writer *writer, gt_error *err) {
    gt_status status = GT_OK;
    char name[NAME_LENGTH];
    stored_array list[ARRAYS];
    int64_t one = 1;
    list_arrays(trees, list);
    for (int i = 0; i < ARRAYS; i++)
        GT_TRY(gt_safetensors_writer_add(writer, full_name(prefix, list[i].name, name),
                                         list[i].dtype, list[i].rank, list[i].shape,
                                         list[i].data, err));
    GT_TRY(gt_safetensors_writer_add(writer, full_name(prefix, "features", name), GT_ST_I64, 1,
                                     &one, &trees->features, err));
done:
    return status;
}

/* The sizes that the other arrays must have. */
static gt_status read_sizes(const gt_safetensors *file, const char *prefix, int64_t *features,
                            int64_t *outputs, int64_t *trees, int64_t *nodes, gt_error *err) {
    gt_status status = GT_OK;
    char name[NAME_LENGTH];
    const gt_st_tensor *tensor;
    int64_t one = 1;
    GT_TRY(gt_safetensors_require(file, full_name(prefix, "features", name), 1, &one, &tensor,
                                  err));
    GT_TRY(gt_safetensors_read_i64(file, tensor, features, 1, err));
    GT_TRY(gt_safetensors_get(file, full_name(prefix, "value", name), &tensor, err));
    if (tensor->rank != 2 || tensor->shape[0] < 1)
        GT_THROW(err, GT_BAD_SHAPE, "%s: '%s' is no table of nodes and outputs",
                 gt_safetensors_path(file), name);
    *nodes = tensor->shape[0];
    *outputs = tensor->shape[1];
    GT_TRY(gt_safetensors_get(file, full_name(prefix, "first", name), &tensor, err));
    if (tensor->rank != 1 || tensor->shape[0] < 2)
        GT_THROW(err, GT_BAD_SHAPE, "%s: '%s' is no list of two or more numbers",
                 gt_safetensors_path(file), name);
    *trees = tensor->shape[0] - 1;
done:
    return status;
}

static gt_status read_array(const gt_safetensors *file, const char *prefix,
                            const stored_array *array, gt_error *err) {
    gt_status status = GT_OK;
    char name[NAME_LENGTH];
    const gt_st_tensor *tensor;
    full_name(prefix, array->name, name);
    GT_TRY(gt_safetensors_require(file, name, array->rank, array->shape, &tensor, err));
    if (tensor->dtype != array->dtype)
        GT_THROW(err, GT_BAD_FORMAT, "%s: '%s' is %s, expected %s", gt_safetensors_path(file),
                 name, gt_st_dtype_name(tensor->dtype), gt_st_dtype_name(array->dtype));
    GT_TRY(gt_safetensors_read_raw(file, tensor, array->data, tensor->bytes, err));
done:
    return status;
}

gt_status gt_trees_load(const gt_safetensors *file, const char *prefix, gt_trees **out,
                        gt_error *err) {
    gt_status status = GT_OK;
    int64_t features = 0, outputs = 0, count = 0, nodes = 0;
    gt_trees *trees = NULL;
    stored_array list[ARRAYS];
    GT_TRY(read_sizes(file, prefix, &features, &outputs, &count, &nodes, err));
    GT_TRY(gt_trees_create(features, outputs, &trees, err));
    GT_TRY(gt_trees_reserve(trees, count, nodes, err));
    trees->trees = count;
    trees->nodes = nodes;
    list_arrays(trees, list);
    for (int i = 0; i < ARRAYS; i++) GT_TRY(read_array(file, prefix, &list[i], err));
    status = gt_trees_check(trees, err);
    if (status) {
        gt_blame(err, "%s: '%s'", gt_safetensors_path(file), prefix);
        goto done;
    }
    *out = trees;
    trees = NULL;
done:
    gt_trees_destroy(trees);
    return status;
}
