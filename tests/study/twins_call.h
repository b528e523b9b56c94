/* twins_call.h - a call of a sweep with the options of all its tables, for its tests. */
#ifndef GT_TEST_TWINS_CALL_H
#define GT_TEST_TWINS_CALL_H

#include "study_pictures.h"
#include "twins/twins.h"

typedef struct call {
    gt_invocation asked;
    gt_context context;
    gt_twins_settings sweep;
    gt_train_settings training;
    gt_train_job job;
    void *model;
    gt_twins_result result;
    gt_error err;
} call;

static inline void set_option(call *c, const char *key, const char *value) {
    gt_error err = {0};
    assert_ok(gt_options_set(c->asked.options, key, value, GT_FROM_COMMAND, NULL, &err), err);
}

/* settings: "key=value", ended by NULL. */
static inline void begin_call(call *c, const char *model, const char *const *settings,
                              const char *data, const char *out) {
    static const char *const small[] = {
        "batch=4",    "epochs=1",     "threads=1", "sample-every=0",
        "exact=true", "figures=none", NULL};
    gt_error err = {0};
    *c = (call){0};
    c->context = make_context(&c->asked, "error");
    c->context.invocation = &c->asked;
    assert_ok(gt_model_class_find(model, &c->job.model, &err), err);
    c->model = calloc(1, c->job.model->settings_size);
    gt_options *options = c->asked.options;
    assert_ok(gt_options_add(options, &gt_twins_options, &c->sweep, &err), err);
    assert_ok(gt_options_add(options, &gt_train_options, &c->training, &err), err);
    assert_ok(gt_options_add(options, c->job.model->options, c->model, &err), err);
    assert_ok(gt_options_preset(options, "test", small, &err), err);
    assert_ok(gt_options_preset(options, "test", settings, &err), err);
    set_option(c, "data", data);
    set_option(c, "out", out);
    c->job.settings = &c->training;
    c->job.model_settings = c->model;
    c->job.progress = -1;
}

static inline gt_status go(call *c) {
    gt_twins_result_free(&c->result);
    return gt_twins_run(&c->context, &c->job, &c->sweep, &c->result, &c->err);
}

static inline void end_call(call *c) {
    gt_twins_result_free(&c->result);
    end_context(&c->context);
    free(c->model);
}

/* A path inside a folder, until the next one is asked for. */
static inline const char *inside(const char *out, const char *name) {
    static char path[512];
    snprintf(path, sizeof path, "%s/%s", out, name);
    return path;
}

#endif
