/* classifier_test.c - the classifier as a model: names, sizes, classes, what is frozen,
 * and what is refused. */
#include "classifier_maker.h"

/* ---- Settings ------------------------------------------------------------------------------
 */

static int64_t count_learned(const gt_model *model) {
    const gt_params *params = gt_model_params(model);
    int64_t sum = 0;
    for (int i = 0; i < gt_params_count(params); i++)
        if (!gt_params_is_state(params, i)) sum += gt_shape_count(gt_params_shape(params, i));
    return sum;
}

/* 21,284,672 of torchvision's ResNet-34 without its head, less 2 x 3136 of two colours. */
static void sizes(void **state) {
    const char *const none[] = {NULL}, *const all_frozen[] = {"freeze=5", NULL};
    const gt_model_input input = input_of_classes(4);
    gt_model *model = NULL;
    gt_error err;
    assert_ok(make_classifier(none, &input, &model, &err), err);
    assert_int_equal(count_learned(model), 21284672 - 6272 + 4 * 513);
    gt_model_destroy(model);
    assert_ok(make_classifier(all_frozen, &input, &model, &err), err);
    assert_int_equal(count_learned(model), 4 * 513);
    assert_true(gt_params_is_state(gt_model_params(model),
                                   gt_params_find(gt_model_params(model), "conv1.weight")));
    gt_model_destroy(model);
}

/* A network that is only looked at, as by its preset, has two classes. */
static void classes_follow_the_labels(void **state) {
    for (int classes = 0; classes < 5; classes++) {
        const char *const settings[] = {"widths=4", "blocks=1", "class-weights=balanced", NULL};
        gt_model_input input = input_of_classes(classes);
        gt_model *model = NULL;
        gt_error err;
        assert_ok(make_classifier(settings, &input, &model, &err), err);
        const gt_params *params = gt_model_params(model);
        assert_int_equal(gt_params_shape(params, gt_params_find(params, "fc.bias")).dim[0],
                         classes < 2 ? 2 : classes);
        gt_model_destroy(model);
    }
}

static void refuses(void **state) {
    static const struct {
        const char *setting, *says;
        int64_t size;
    } cases[] = {
        {"freeze=4", "freeze 4: the encoder has a stem and 2 stages, expected 0 to 3", SIZE},
        {"class-weights=1,2", "class-weights '1,2': expected none, balanced, or 3 numbers",
         SIZE},
        {"class-weights=1,2,3,4", "one for each class", SIZE},
        {"class-weights=1,-2,3", "one for each class", SIZE},
        {"class-weights=even", "one for each class", SIZE},
        {"freeze=0", "images of 31x31: the encoder needs at least 32x32", SIZE - 1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *const settings[] = {"widths=4,6", "blocks=1,1", cases[i].setting, NULL};
        gt_model_input input = input_of_classes(CLASSES);
        gt_model *model = NULL;
        gt_error err;
        input.height = input.width = cases[i].size;
        assert_int_equal(make_classifier(settings, &input, &model, &err), GT_USAGE);
        if (!strstr(err.text, cases[i].says)) fail_msg("%s", err.text);
    }
}

/* Names of other files that stand for parts of the encoder; what learned beside it is none. */
static void names_of_other_files(void **state) {
    static const struct {
        const char *foreign, *own;
    } cases[] = {
        {"conv1.weight", "conv1.weight"},
        {"layer2.0.bn1.weight", "layer2.0.bn1.weight"},
        {"backbone.layer2.0.bn1.weight", "layer2.0.bn1.weight"},
        {"backbone.4.0.conv1.weight", "layer1.0.conv1.weight"},
        {"fc.weight", "fc.weight"},
        {"projection_head.layers.0.weight", NULL},
        {"backbone_momentum.conv1.weight", NULL},
        {"prediction_head.layers.0.weight", NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char own[GT_MODEL_NAME] = "";
        bool is_own = gt_model_classifier.alias(NULL, cases[i].foreign, own);
        if (is_own != (cases[i].own != NULL)) fail_msg("%s", cases[i].foreign);
        if (is_own) assert_string_equal(own, cases[i].own);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sizes),
        cmocka_unit_test(classes_follow_the_labels),
        cmocka_unit_test(refuses),
        cmocka_unit_test(names_of_other_files),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
