/* hdf5_answer.c - the reader's end of hdf5_asking.h. */
#include <stdlib.h>

#include "hdf5_asking.h"
#include "hdf5_asking_internal.h"
#include "hdf5_internal.h"

typedef struct answering {
    gt_hdf5 *file;
    gt_hdf5_array **arrays;
    size_t count;
} answering;

static gt_status answer_file(void **state, gt_parcel *request, gt_error *err) {
    static answering only;
    *state = &only;
    const char *path = gt_take_text(request);
    if (path == NULL) return gt_fail(err, GT_BAD_ARGUMENT, "a file without a name");
    return gt_hdf5_open(path, &only.file, err);
}

static gt_status answer_names(gt_status status, char **names, size_t count, gt_parcel *answer) {
    if (!status) gt_put_texts(answer, (const char *const *)names, count);
    free(names);
    return status;
}

static gt_status answer_list(answering *a, gt_parcel *request, gt_parcel *answer,
                             gt_error *err) {
    char **names = NULL;
    size_t count = 0;
    gt_status status = gt_hdf5_list(a->file, gt_take_text(request), &names, &count, err);
    return answer_names(status, names, count, answer);
}

static gt_status answer_array(answering *a, gt_parcel *request, gt_parcel *answer,
                              gt_error *err) {
    gt_hdf5_array **arrays = realloc(a->arrays, (a->count + 1) * sizeof *arrays);
    if (arrays == NULL) return gt_fail(err, GT_NO_MEMORY, "out of memory for a data set");
    a->arrays = arrays;
    gt_status status =
        gt_hdf5_array_open(a->file, gt_take_text(request), &arrays[a->count], err);
    if (status) return status;
    const gt_hdf5_shape *shape = gt_hdf5_array_shape(arrays[a->count]);
    gt_put_count(answer, a->count++);
    gt_put_count(answer, shape->type);
    gt_put_count(answer, shape->item_size);
    gt_put_count(answer, shape->big_endian);
    gt_put_count(answer, shape->rank);
    for (size_t i = 0; i < shape->rank; i++) gt_put_count(answer, shape->dims[i]);
    gt_put_count(answer, shape->items);
    gt_put_count(answer, shape->flat);
    gt_put_count(answer, shape->offset);
    gt_put_count(answer, shape->chunk_rows);
    return GT_OK;
}

static const gt_hdf5_array *take_array(const answering *a, gt_parcel *request) {
    size_t number = (size_t)gt_take_count(request, SIZE_MAX);
    return number < a->count ? a->arrays[number] : NULL;
}

static gt_status answer_value_names(answering *a, gt_parcel *request, gt_parcel *answer,
                                    gt_error *err) {
    char **names = NULL;
    size_t count = 0;
    const gt_hdf5_array *array = take_array(a, request);
    if (array == NULL) return gt_fail(err, GT_BAD_ARGUMENT, "no such data set");
    gt_status status = gt_hdf5_value_names(array, &names, &count, err);
    return answer_names(status, names, count, answer);
}

static gt_status answer_rows(answering *a, gt_parcel *request, gt_parcel *answer,
                             gt_error *err) {
    const gt_hdf5_array *array = take_array(a, request);
    uint64_t first = gt_take_count(request, UINT64_MAX);
    size_t count = (size_t)gt_take_count(request, SIZE_MAX);
    gt_hdf5_type type = (gt_hdf5_type)gt_take_count(request, GT_HDF5_TEXT);
    if (array == NULL || request->failed)
        return gt_fail(err, GT_BAD_ARGUMENT, "no such data set");
    const gt_hdf5_shape *shape = gt_hdf5_array_shape(array);
    size_t size = type == GT_HDF5_TEXT ? shape->item_size : gt_hdf5_type_size(type);
    /* no overflow: the one who asks has counted */
    void *out = gt_parcel_extend(answer, count * (shape->items / shape->dims[0]) * size);
    if (out == NULL) return gt_fail(err, GT_NO_MEMORY, "out of memory for rows");
    return gt_hdf5_array_read(array, first, count, type, out, err);
}

static gt_status answer_texts(answering *a, gt_parcel *request, gt_parcel *answer,
                              gt_error *err) {
    char **texts = NULL;
    size_t count = 0;
    bool has_array = gt_take_count(request, true);
    const gt_hdf5_array *array = take_array(a, request);
    gt_status status = gt_hdf5_texts(a->file, has_array ? array : NULL, gt_take_text(request),
                                     &texts, &count, err);
    return answer_names(status, texts, count, answer);
}

static gt_status answer_real(answering *a, gt_parcel *request, gt_parcel *answer,
                             gt_error *err) {
    double value;
    bool has_array = gt_take_count(request, true);
    const gt_hdf5_array *array = take_array(a, request);
    gt_status status =
        gt_hdf5_real(a->file, has_array ? array : NULL, gt_take_text(request), &value, err);
    if (!status) gt_put_real(answer, value);
    return status;
}

gt_status gt_hdf5_answer(void **state, gt_parcel *request, gt_parcel *answer, gt_error *err) {
    gt_hdf5_question question = (gt_hdf5_question)gt_take_count(request, GT_HDF5_ASKS_LAST);
    if (question == GT_HDF5_ASKS_FILE) return answer_file(state, request, err);
    answering *a = *state;
    switch (question) {
    case GT_HDF5_ASKS_HAS:
        gt_put_count(answer, gt_hdf5_has(a->file, gt_take_text(request)));
        return GT_OK;
    case GT_HDF5_ASKS_LIST:
        return answer_list(a, request, answer, err);
    case GT_HDF5_ASKS_ARRAY:
        return answer_array(a, request, answer, err);
    case GT_HDF5_ASKS_VALUE_NAMES:
        return answer_value_names(a, request, answer, err);
    case GT_HDF5_ASKS_ROWS:
        return answer_rows(a, request, answer, err);
    case GT_HDF5_ASKS_TEXTS:
        return answer_texts(a, request, answer, err);
    default:
        return answer_real(a, request, answer, err);
    }
}
