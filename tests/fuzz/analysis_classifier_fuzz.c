/* analysis_classifier_fuzz.c - any safetensors file: it is refused in one sentence, or it is a
 * classifier that answers for any row, with classes that there are. Files are written again
 * with checksums that fit, so that damage reaches the loaders. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "galatea/classifier.h"

enum { ROWS = 3, MOST_FEATURES = 1 << 12, MOST_CLASSES = 1 << 8 };

static void check_answers(const gt_prediction *out, const gt_classes *classes) {
    for (size_t i = 0; i < ROWS; i++)
        GT_ASSERT(gt_classes_place(classes, out->predicted[i]) >= 0);
}

static void ask(const gt_classifier *c) {
    gt_error err;
    size_t features = gt_classifier_features(c);
    size_t classes = (size_t)gt_classifier_classes_of(c)->count;
    if (features > MOST_FEATURES || classes > MOST_CLASSES) return;
    float *x = malloc(ROWS * features * sizeof *x);
    gt_prediction out = {.probability = malloc(ROWS * classes * sizeof *out.probability),
                         .score = malloc(ROWS * sizeof *out.score),
                         .predicted = malloc(ROWS * sizeof *out.predicted)};
    GT_ASSERT(x && out.probability && out.score && out.predicted);
    for (size_t i = 0; i < ROWS * features; i++) x[i] = i % 2 ? -1e30f : 0.25f * (float)i;
    gt_status status = gt_classifier_predict(c, ROWS, x, &out, &err);
    GT_ASSERT(status == GT_OK || *err.text);
    if (!status) check_answers(&out, gt_classifier_classes_of(c));
    free(x);
    free(out.probability);
    free(out.score);
    free(out.predicted);
}

static gt_status write_again(const gt_safetensors *file, uint8_t *room, const char *path,
                             gt_error *err) {
    gt_status status = GT_OK;
    gt_safetensors_writer *writer = NULL;
    GT_TRY(gt_safetensors_writer_create(&writer, err));
    for (size_t i = 0; i < gt_safetensors_count(file); i++) {
        const gt_st_tensor *t = gt_safetensors_at(file, i);
        GT_TRY(gt_safetensors_read_raw(file, t, room, t->bytes, err));
        GT_TRY(
            gt_safetensors_writer_add(writer, t->name, t->dtype, t->rank, t->shape, room, err));
        room += t->bytes;
    }
    for (size_t i = 0; i < gt_safetensors_metadata_count(file); i++) {
        const char *key, *value = gt_safetensors_metadata_at(file, i, &key);
        if (strcmp(key, "checksum") != 0)
            GT_TRY(gt_safetensors_writer_metadata(writer, key, value, err));
    }
    GT_TRY(gt_safetensors_writer_save(writer, path, 1, err));
done:
    gt_safetensors_writer_destroy(writer);
    return status;
}

static gt_status read_classifier(const char *path, gt_error *err) {
    gt_classifier *c = NULL;
    gt_status status = gt_classifier_load(path, &c, err);
    GT_ASSERT((status == GT_OK) == (c != NULL));
    if (c) ask(c);
    gt_classifier_destroy(c);
    return status;
}

bool gt_fuzz_one(const uint8_t *bytes, size_t size) {
    gt_status status = GT_OK;
    char path[128];
    gt_error err = {0};
    gt_safetensors *file = NULL;
    uint8_t *room = malloc(size + 1);
    snprintf(path, sizeof path, "%s/classifier", gt_fuzz_folder());
    GT_ASSERT(room);
    GT_TRY(gt_safetensors_open_memory(bytes, size, "fuzz", &file, &err));
    GT_TRY(write_again(file, room, path, &err));
    GT_TRY(read_classifier(path, &err));
done:
    GT_ASSERT(status == GT_OK || (err.status == status && *err.text));
    gt_safetensors_close(file);
    free(room);
    return status == GT_OK;
}
