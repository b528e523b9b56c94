/* toy_run.h - runs of the toy of two networks (toy_gan.h): whole ones, and their pieces one
 * step at a time. */
#ifndef GT_TEST_TOY_RUN_H
#define GT_TEST_TOY_RUN_H

#include "small_run.h"
#include "toy_gan.h"

#include "galatea/interrupt.h"
#include "galatea/run.h"
#include "galatea/safetensors.h"
#include "galatea/synth.h"

static gt_error err;

static const char *const toy_usual[] = {
    "data=sky.h5", "epochs=3", "batch=4",      "threads=1",   "schedule=constant", "ema=0.5",
    "out=run",     "flip=no",  "hold-out=0.2", "log-every=1", "exact=true",        NULL};

typedef struct call {
    gt_options *options;
    gt_train_settings training;
    toy_settings toy;
    gt_train_job job;
} call;

static const gt_model_class *kind = &toy_class; /* of all that follows */

/* A job with the usual settings and "key=value" words over them. */
static inline call *open_call(const char *const *words, int count) {
    call *c = calloc(1, sizeof *c);
    c->job = (gt_train_job){
        .model = kind, .model_settings = &c->toy, .settings = &c->training, .progress = -1};
    assert_ok(gt_options_create(&c->options, &err), err);
    assert_ok(gt_options_add(c->options, &gt_train_options, &c->training, &err), err);
    assert_ok(gt_options_add(c->options, &toy_options, &c->toy, &err), err);
    assert_ok(gt_options_preset(c->options, "usual", toy_usual, &err), err);
    for (int i = 0; i < count; i++) {
        char key[64];
        const char *value = strchr(words[i], '=') + 1;
        snprintf(key, sizeof key, "%.*s", (int)(value - words[i] - 1), words[i]);
        assert_ok(gt_options_set(c->options, key, value, GT_FROM_COMMAND, NULL, &err), err);
    }
    return c;
}

static inline void close_call(call *c) {
    gt_options_destroy(c->options);
    free(c);
}

static inline gt_status toy_train(const char *const *words, int count,
                                  gt_train_result *result) {
    call *c = open_call(words, count);
    gt_status status = gt_train(&c->job, result, &err);
    close_call(c);
    return status;
}

#define TOY_TRAIN(result, ...)                    \
    toy_train((const char *const[]){__VA_ARGS__}, \
              (int)(sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *)), result)

enum { MOST_MORE = 8 };
static const char *toy_more[MOST_MORE]; /* settings for the next, ended by NULL */

/* The pieces of a run, one step at a time. */
static inline void toy_trainer(const char *out, void (*look)(gt_trainer *t)) {
    char word[64];
    const char *words[1 + MOST_MORE] = {word};
    int count = 1;
    snprintf(word, sizeof word, "out=%s", out);
    for (; toy_more[count - 1]; count++) words[count] = toy_more[count - 1];
    call *c = open_call(words, count);
    gt_trainer t = {
        .job = &c->job, .set = &c->training, .progress = gt_progress_start(-1, 0, "")};
    assert_ok(gt_trainer_open(&t, &err), err);
    assert_ok(gt_trainer_compile(&t, &err), err);
    assert_ok(gt_trainer_open_journal(&t, &err), err);
    assert_ok(gt_loader_begin(t.loader, (uint32_t)t.at.epoch, (size_t)t.at.batch, &err), err);
    for (int k = 0; k < t.learner_count; k++)
        gt_learner_begin_epoch(&t.learners[k], t.at.epoch, c->training.epochs);
    look(&t);
    gt_trainer_close(&t);
    close_call(c);
}

static inline float *part_of(const gt_trainer *t, float *vector, int objective, size_t *count) {
    gt_model_range range = gt_model_range_of(t->model, objective);
    *count = range.count;
    return vector + range.first;
}

static inline void stop_after_seven(gt_trainer *t) {
    for (int i = 0; i < 7; i++) assert_ok(gt_trainer_step(t, &err), err);
    assert_ok(gt_trainer_save(t, &err), err);
}

static inline void stop_after_two(gt_trainer *t) {
    assert_int_equal(t->at.step, 7);
    for (int i = 0; i < 2; i++) assert_ok(gt_trainer_step(t, &err), err);
    assert_ok(gt_trainer_save(t, &err), err);
}

static inline void compare_files(const char *one, const char *other) {
    char *a = NULL, *b = NULL;
    size_t m = 0, n = 0;
    assert_ok(gt_file_load(one, 1 << 22, &a, &m, &err), err);
    assert_ok(gt_file_load(other, 1 << 22, &b, &n, &err), err);
    assert_int_equal(m, n);
    assert_memory_equal(a, b, n);
    free(a);
    free(b);
}

/* The cell of a column in a line of the log; *length 0: empty. */
static inline const char *cell(const char *head, const char *line, const char *name,
                               size_t *length) {
    size_t size = strlen(name);
    while (strncmp(head, name, size) != 0 || (head[size] != ',' && head[size] != '\n')) {
        head += strcspn(head, ",\n") + 1;
        line += strcspn(line, ",\n") + 1;
        if (head[-1] == '\n' || !head[0]) fail_msg("no column %s", name);
    }
    *length = strcspn(line, ",\n");
    return line;
}

static inline int folder(void **state) {
    if (small_folder(state)) return -1;
    gt_synth *synth = NULL;
    gt_synth_settings sky = gt_synth_settings_default();
    sky.count = 64;
    sky.size = TOY_SIDE;
    sky.pixel = 7.2;
    sky.beam = 21.6;
    sky.test = 0.1;
    sky.out = "sky.h5";
    assert_ok(gt_synth_create(&sky, &synth, &err), err);
    assert_ok(gt_synth_write(synth, NULL, NULL, NULL, &err), err);
    gt_synth_destroy(synth);
    return 0;
}

#endif
