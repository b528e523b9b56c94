/* Manifests of saved classifiers, beside the weights of one: a folder is refused in a sentence
 * that names it, or has what it says. */
#include <stdio.h>
#include <string.h>

#include "classify/classify.h"
#include "fuzz.h"

/* Neighbours of four rows in two classes. */
static void save_classifier(const char *path) {
    static const float x[] = {0, 1, 2, 3};
    static const int32_t labels[] = {0, 0, 1, 1};
    static const int64_t neighbours = 1; /* all its settings */
    const gt_samples samples = {4, 1, x, labels, 2};
    const gt_classifier_class *kind = NULL;
    gt_classifier *fitted = NULL;
    gt_error err;
    GT_ASSERT(gt_classifier_class_find("knn", &kind, &err) == GT_OK);
    GT_ASSERT(kind->settings_size == sizeof neighbours);
    GT_ASSERT(gt_classifier_fit(kind, &samples, &neighbours, GT_FEATURES_PLAIN, 0, &fitted,
                                &err) == GT_OK);
    GT_ASSERT(gt_classifier_save(fitted, path, &err) == GT_OK);
    gt_classifier_destroy(fitted);
}

bool gt_fuzz_one(const uint8_t *bytes, size_t size) {
    static char weights[128];
    const char *folder = gt_fuzz_folder();
    gt_error err = {0};
    gt_folder read = {0};
    if (!*weights) {
        snprintf(weights, sizeof weights, "%s/knn.safetensors", folder);
        save_classifier(weights);
    }
    (void)gt_fuzz_file("manifest.json", bytes, size);
    gt_status status = gt_folder_load(folder, &read, &err);
    if (status) {
        GT_ASSERT(strstr(err.text, folder) || err.status == GT_NO_MEMORY);
    } else {
        GT_ASSERT(read.methods.count == 1 && read.features == 1 && read.count == 2);
        GT_ASSERT(read.names[0] && read.names[1]);
    }
    gt_folder_close(&read);
    return status == GT_OK;
}
