/* small_run.h - a data set and a model so small that a run takes a second, for the tests of
 * training. */
#ifndef GT_TEST_SMALL_RUN_H
#define GT_TEST_SMALL_RUN_H

#include <spawn.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "gt_test.h"

#include "file.h"
#include "galatea/dataset.h"
#include "galatea/train.h"
#include "rng.h"
#include "same_files.h"
#include "trainer.h"

enum { SMALL_SIZE = 16, SMALL_PIXELS = SMALL_SIZE * SMALL_SIZE, SMALL_ROWS = 48 };

/* A bright spot on noise, somewhere in row `row`. */
static inline void small_picture(uint64_t row, float *pixels) {
    gt_rng_key key = {3, gt_rng_stream("small"), 0};
    double x = 3 + 10 * gt_rng_uniform(key, 2 * row),
           y = 3 + 10 * gt_rng_uniform(key, 2 * row + 1);
    for (int i = 0; i < SMALL_PIXELS; i++) {
        double dx = i % SMALL_SIZE - x, dy = i / SMALL_SIZE - y;
        pixels[i] = (float)floor(20 + 220 * exp(-(dx * dx + dy * dy) / 8));
    }
}

/* Rows 0..39 train, 40..47 test; test rows are all NaN, so that reading one would be noticed.
 * bad_row: a training row with one NaN, or -1. */
static inline void small_data(const char *path, int bad_row) {
    gt_error err = {0};
    gt_dataset_writer *writer = NULL;
    gt_dataset_info info = gt_dataset_info_default();
    info.kind = GT_DATASET_IMAGES;
    info.type = GT_PIXEL_F32;
    info.count = SMALL_ROWS;
    info.channels = 1;
    info.height = info.width = SMALL_SIZE;
    info.columns = GT_COLUMN_SPLIT | GT_COLUMN_ID;
    info.id_length = 15;
    assert_ok(gt_dataset_writer_create(path, &info, &writer, &err), err);
    for (uint64_t row = 0; row < SMALL_ROWS; row++) {
        float pixels[SMALL_PIXELS];
        char id[16];
        small_picture(row, pixels);
        if ((int)row == bad_row) pixels[100] = NAN;
        for (int i = 0; row >= 40 && i < SMALL_PIXELS; i++) pixels[i] = NAN;
        gt_dataset_row columns = gt_dataset_row_default();
        columns.split = row >= 40 ? GT_SPLIT_TEST : GT_SPLIT_TRAIN;
        snprintf(id, sizeof id, "source-%d", (int)row);
        columns.id = id;
        assert_ok(gt_dataset_writer_append(writer, pixels, &columns, 1, &err), err);
    }
    assert_ok(gt_dataset_writer_commit(writer, &err), err);
}

/* Settings of a run of seconds. */
static const char *const small_settings[] = {"encoder-blocks=16d2,8d2,4d4,1x1",
                                             "decoder-blocks=1x1,4m1,8m4,16m8",
                                             "width=8",
                                             "latents=2,1:4",
                                             "mixtures=2",
                                             "data=small.h5",
                                             "epochs=3",
                                             "batch=4",
                                             "threads=1",
                                             "optimizer=adam",
                                             "beta2=0.9",
                                             "learning-rate=3e-3",
                                             "ema=0.9",
                                             "log-every=3",
                                             "exact=true",
                                             NULL};

/* The pieces that gt_train puts together, one step at a time: of a run in steps/. */
static inline void small_trainer(const char *class, const char *const *settings,
                                 void (*look)(gt_trainer *t)) {
    gt_error err = {0};
    gt_options *options = NULL;
    gt_train_settings training;
    gt_train_job job = {.settings = &training, .progress = -1};
    assert_ok(gt_model_class_find(class, &job.model, &err), err);
    void *model = calloc(1, job.model->settings_size);
    job.model_settings = model;
    assert_ok(gt_options_create(&options, &err), err);
    assert_ok(gt_options_add(options, &gt_train_options, &training, &err), err);
    assert_ok(gt_options_add(options, job.model->options, model, &err), err);
    assert_ok(gt_options_preset(options, "small", settings, &err), err);
    assert_ok(gt_options_set(options, "out", "steps", GT_FROM_COMMAND, NULL, &err), err);
    gt_trainer t = {.job = &job, .set = &training, .progress = gt_progress_start(-1, 0, "")};
    assert_ok(gt_trainer_open(&t, &err), err);
    assert_ok(gt_trainer_compile(&t, &err), err);
    assert_ok(gt_trainer_open_journal(&t, &err), err);
    look(&t);
    gt_trainer_close(&t);
    gt_options_destroy(options);
    free(model);
}

/* Runs gt_train with "key=value" words over small defaults. */
static inline gt_status small_train(const char *const *words, int count,
                                    gt_train_result *result, gt_error *err) {
    gt_status status = GT_OK;
    gt_options *options = NULL;
    gt_train_settings training;
    gt_train_job job = {.settings = &training, .progress = -1};
    void *model = NULL;
    GT_TRY(gt_model_class_find("vdvae", &job.model, err));
    model = calloc(1, job.model->settings_size);
    job.model_settings = model;
    GT_TRY(gt_options_create(&options, err));
    GT_TRY(gt_options_add(options, &gt_train_options, &training, err));
    GT_TRY(gt_options_add(options, job.model->options, model, err));
    GT_TRY(gt_options_preset(options, "small", small_settings, err));
    for (int i = 0; i < count; i++) {
        char key[64];
        const char *value = strchr(words[i], '=') + 1;
        snprintf(key, sizeof key, "%.*s", (int)(value - words[i] - 1), words[i]);
        GT_TRY(gt_options_set(options, key, value, GT_FROM_COMMAND, NULL, err));
    }
    GT_TRY(gt_train(&job, result, err));
done:
    gt_options_destroy(options);
    free(model);
    return status;
}

/* small_train(RESULT, ERR, "out=run", ...) */
#define SMALL_TRAIN(result, err, ...)                                                       \
    small_train((const char *const[]){__VA_ARGS__},                                         \
                (int)(sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *)), result, \
                err)

/* The same in a process of its own, which a test may signal: the test program called with
 * "child" and the words. Exit code: the status; the sentence goes to child.txt. */
static inline int small_child(int argc, char **argv) {
    gt_train_result result;
    gt_error err = {0};
    gt_status status = small_train((const char *const *)argv + 2, argc - 2, &result, &err);
    FILE *file = fopen("child.txt", "w");
    fputs(err.text, file);
    fclose(file);
    return (int)status;
}

static inline pid_t small_spawn(char *const *words, int count) {
    extern char **environ;
    char *argv[16] = {(char[]){"test"}, (char[]){"child"}};
    pid_t pid = 0;
    memcpy(argv + 2, words, (size_t)count * sizeof *words);
    assert_int_equal(posix_spawn(&pid, "/proc/self/exe", NULL, NULL, argv, environ), 0);
    return pid;
}

/* Waits; the exit code, or -signal. */
static inline int small_wait(pid_t pid) {
    int how = 0;
    assert_int_equal(waitpid(pid, &how, 0), pid);
    return WIFEXITED(how) ? WEXITSTATUS(how) : -WTERMSIG(how);
}

/* All that a run keeps, against the one in the folder "reference". */
static inline void assert_same_run(const char *folder) {
    static const char *const files[] = {"last.safetensors", "best.safetensors",
                                        "state.safetensors"};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        char a[96], b[96];
        snprintf(a, sizeof a, "reference/%s", files[i]);
        snprintf(b, sizeof b, "%s/%s", folder, files[i]);
        assert_same_file(a, b);
    }
}

static inline bool small_exists(const char *path) {
    return access(path, F_OK) == 0;
}

/* Into a new empty folder, for the whole test program. */
static inline int small_folder(void **unused) {
    char folder[] = "/tmp/galatea-train-XXXXXX";
    if (!mkdtemp(folder) || chdir(folder) != 0) return -1;
    small_data("small.h5", -1);
    return 0;
}

static inline int small_remove(void **unused) {
    char folder[512], command[600];
    if (!getcwd(folder, sizeof folder) || chdir("/") != 0) return -1;
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    return system(command);
}

#endif
