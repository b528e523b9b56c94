/* study_learning.h - classifiers at their defaults, and two classes that they tell apart, for
 * the tests of learning, folders and comparisons. */
#ifndef GT_TEST_STUDY_LEARNING_H
#define GT_TEST_STUDY_LEARNING_H

#include "classify/classify.h"
#include "study_sets.h"

enum { ROWS = 60, WIDTH = 4 };

static inline made_set apart(const char *name, uint64_t seed, const char *const *classes) {
    return (made_set){.name = name,
                      .rows = ROWS,
                      .width = WIDTH,
                      .seed = seed,
                      .gap = 5,
                      .classes = classes,
                      .class_count = 2};
}

/* Settings of all kinds of classifiers at their defaults, among the options of a context. */
typedef struct bench {
    gt_invocation asked;
    gt_context context;
    void *settings[GT_METHODS_AT_MOST];
} bench;

static inline void set_up(bench *b, const char *says) {
    gt_error err = {0};
    size_t count = 0;
    const gt_classifier_class *const *kinds = gt_classifier_classes(&count);
    *b = (bench){0};
    b->context = make_context(&b->asked, says);
    b->context.invocation = &b->asked;
    for (size_t i = 0; i < count; i++) {
        b->settings[i] = calloc(1, kinds[i]->settings_size + 1);
        assert_ok(gt_options_add(b->asked.options, kinds[i]->options, b->settings[i], &err),
                  err);
    }
}

static inline void tear_down(bench *b) {
    for (size_t i = 0; i < GT_METHODS_AT_MOST; i++) free(b->settings[i]);
    end_context(&b->context);
}

static inline gt_learning_request request_of(const bench *b, const char *set,
                                             const char *methods) {
    return (gt_learning_request){.set = set, .methods = methods, .settings = b->settings};
}

/* Classifiers of codes.h5 in the folder "fitted". */
static inline const char *learn_folder(bench *b, const char *methods) {
    gt_error err = {0};
    char *folder = kept_path("fitted");
    made_set m = apart("codes.h5", 1, two_classes);
    m.survey = "FIRST";
    gt_learning_request request = request_of(b, make_set(m), methods);
    request.save = folder;
    gt_learning l = {.fitting.plan = {.seed = 1, .seeds = 1}};
    assert_ok(gt_learn(&b->context, &request, &l, &err), err);
    gt_learning_finish(&l, GT_OK);
    return folder;
}

#endif
