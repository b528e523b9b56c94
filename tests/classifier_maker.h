/* classifier_maker.h - classifiers of a few options, for the tests of the model. */
#ifndef GT_TEST_CLASSIFIER_MAKER_H
#define GT_TEST_CLASSIFIER_MAKER_H

#include "gt_test.h"

#include "galatea/model.h"

extern const gt_model_class gt_model_classifier;

enum { SIZE = 32, CLASSES = 3 };

/* A classifier with these options; those that are not given are the defaults. */
static inline gt_status make_classifier(const char *const *settings,
                                        const gt_model_input *input, gt_model **out,
                                        gt_error *err) {
    gt_options *options = NULL;
    void *own = calloc(1, gt_model_classifier.settings_size);
    assert_non_null(own);
    assert_ok(gt_options_create(&options, err), *err);
    assert_ok(gt_options_add(options, gt_model_classifier.options, own, err), *err);
    assert_ok(gt_options_preset(options, "test", settings, err), *err);
    gt_status status = gt_model_create(&gt_model_classifier, own, input, out, err);
    gt_options_destroy(options);
    free(own);
    return status;
}

static inline gt_model_input input_of_classes(int classes) {
    gt_model_input input = GT_MODEL_INPUT(1, SIZE, SIZE, 0, 1.0 / 255);
    input.class_rows = (gt_reals){.count = classes};
    for (int k = 0; k < classes; k++) input.class_rows.value[k] = k + 1;
    return input;
}

#endif
