/* analysis_classifier_fuzz.c - any safetensors file: it is refused in one sentence, or it is a
 * classifier that answers for any row, with classes that there are. The seeds have no
 * checksums, so that damage reaches the loaders. */
#include <stdint.h>
#include <stdlib.h>

#include "galatea/classifier.h"

enum { ROWS = 3, MOST_FEATURES = 1 << 12, MOST_CLASSES = 1 << 8 };

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

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

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    gt_error err = {0};
    gt_safetensors *file = NULL;
    gt_classifier *c = NULL;
    if (gt_safetensors_open_memory(bytes, size, "fuzz", &file, &err)) return 0;
    gt_status status = gt_classifier_read(file, &c, &err);
    GT_ASSERT((status == GT_OK) == (c != NULL));
    GT_ASSERT(status == GT_OK || (err.status == status && *err.text));
    if (c) ask(c);
    gt_classifier_destroy(c);
    gt_safetensors_close(file);
    return 0;
}
