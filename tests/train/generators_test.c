/* generators_test.c - what the models that make pictures cannot learn from, and settings that a
 * run does not go on with: one line each, and nothing made, changed or lost. */
#include <dirent.h>

#include "small_run.h"

static gt_error err;

enum { ROWS = 24, MOST_WORDS = 24 };

typedef struct generator {
    const char *model;
    const char *settings[MOST_WORDS]; /* of a run of a moment */
    const char *other, *told;         /* a setting of the network, and what is said of it */
    size_t height, width;             /* sides that it cannot take */
    const char *sides;                /* what is said of them */
} generator;

static const generator generators[] = {
    {.model = "gan",
     .settings = {"side=32", "latent=4", "channels=1", "most-channels=16", "heads=1",
                  "head-size=4", "attention=none", "batch=4", "micro-batch=2", "ema=0"},
     .other = "latent=8",
     .told = "latent = 4, not 8",
     .height = 16,
     .width = 12,
     .sides = "images of 16x12: the GAN learns from square ones"},
    {.model = "diffusion",
     .settings = {"width=4", "levels=2", "batch=8"},
     .other = "width=8",
     .told = "width = 4, not 8",
     .height = 16,
     .width = 18,
     .sides = "images of 16x18: a U-Net of 2 levels needs sides that are multiples of 4"},
    {.model = "glow",
     .settings = {"levels=2", "flows=1", "width=4", "batch=8"},
     .other = "flows=2",
     .told = "flows = 1, not 2",
     .height = 16,
     .width = 18,
     .sides = "images of 16x18: a Glow of 2 levels"},
};
enum { GENERATORS = sizeof generators / sizeof *generators };

/* ---- sets ---- */

static void make_set(const char *path, size_t height, size_t width, bool is_flat) {
    gt_dataset_writer *writer = NULL;
    gt_dataset_info info = gt_dataset_info_default();
    gt_dataset_row columns = gt_dataset_row_default();
    float pixels[32 * 32];
    info.kind = GT_DATASET_IMAGES;
    info.type = GT_PIXEL_F32;
    info.count = ROWS;
    info.channels = 1;
    info.height = height;
    info.width = width;
    assert_ok(gt_dataset_writer_create(path, &info, &writer, &err), err);
    for (uint64_t row = 0; row < ROWS; row++) {
        gt_rng_key key = {5, gt_rng_stream("generators"), (uint32_t)row};
        for (size_t i = 0; i < height * width; i++)
            pixels[i] = is_flat ? 7 : (float)gt_rng_below(key, i, 200);
        assert_ok(gt_dataset_writer_append(writer, pixels, &columns, 1, &err), err);
    }
    assert_ok(gt_dataset_writer_commit(writer, &err), err);
}

/* ---- calls ---- */

static gt_status set_word(gt_options *options, const char *word) {
    char key[64];
    const char *value = strchr(word, '=') + 1;
    snprintf(key, sizeof key, "%.*s", (int)(value - word - 1), word);
    return gt_options_set(options, key, value, GT_FROM_COMMAND, NULL, &err);
}

/* more: words over the generator's own, ended by NULL. */
static gt_status train(const generator *g, const char *const *more, gt_train_result *result) {
    gt_status status = GT_OK;
    gt_options *options = NULL;
    gt_train_settings training;
    gt_train_job job = {.settings = &training, .progress = -1};
    assert_ok(gt_model_class_find(g->model, &job.model, &err), err);
    const gt_model_preset *preset = &job.model->presets[0];
    void *settings = calloc(1, job.model->settings_size);
    job.model_settings = settings;
    assert_ok(gt_options_create(&options, &err), err);
    assert_ok(gt_options_add(options, &gt_train_options, &training, &err), err);
    assert_ok(gt_options_add(options, job.model->options, settings, &err), err);
    assert_ok(gt_options_preset(options, "tiny", preset->settings, &err), err);
    assert_ok(gt_options_preset(options, "tiny", preset->training, &err), err);
    assert_ok(gt_options_preset(options, "small", g->settings, &err), err);
    assert_ok(set_word(options, "threads=1"), err);
    assert_ok(set_word(options, "epochs=1"), err);
    for (; *more; more++) assert_ok(set_word(options, *more), err);
    status = gt_train(&job, result, &err);
    gt_options_destroy(options);
    free(settings);
    return status;
}

static void refused(const generator *g, const char *const *more, const char *sentence) {
    gt_train_result result;
    gt_status status = train(g, more, &result);
    if (status == GT_OK || !strstr(err.text, sentence) || strchr(err.text, '\n'))
        fail_msg("%s: status %d, '%s', expected '%s'", g->model, status, err.text, sentence);
}

#define WORDS(...) ((const char *const[]){__VA_ARGS__, NULL})

/* ---- tests ---- */

static void test_sets_that_teach_nothing(void **unused) {
    for (int i = 0; i < GENERATORS; i++) {
        const generator *g = &generators[i];
        refused(g, WORDS("data=flat.h5", "out=none"),
                "flat.h5: all pixels of its 22 training rows are 7: nothing to learn");
        make_set("sides.h5", g->height, g->width, false);
        refused(g, WORDS("data=sides.h5", "out=none"), g->sides);
        refused(g, WORDS("data=set.h5", "out=none", "batch=200", "micro-batch=0"),
                "set.h5: 22 rows to train on do not fill one batch of 200: choose a smaller "
                "--batch");
        assert_false(small_exists("none"));
    }
}

/* Sums of all files of a folder that is refused stay. */
static uint64_t sum_of(const char *folder) {
    uint64_t sum = 0;
    DIR *entries = opendir(folder);
    assert_non_null(entries);
    for (struct dirent *entry; (entry = readdir(entries));) {
        char path[512], *bytes = NULL;
        size_t size = 0;
        if (entry->d_name[0] == '.') continue;
        snprintf(path, sizeof path, "%s/%.200s", folder, entry->d_name);
        assert_ok(gt_file_load(path, 1 << 28, &bytes, &size, &err), err);
        for (size_t i = 0; i < size; i++) sum = sum * 31 + (unsigned char)bytes[i];
        free(bytes);
    }
    closedir(entries);
    return sum;
}

static void test_runs_that_do_not_go_on(void **unused) {
    for (int i = 0; i < GENERATORS; i++) {
        const generator *g = &generators[i];
        gt_train_result result;
        char told[160];
        assert_ok(train(g, WORDS("data=set.h5", "out=run", "learning-rate=1e-4"), &result),
                  err);
        assert_false(result.was_finished);
        uint64_t sum = sum_of("run");
        snprintf(told, sizeof told, "run was begun with %s; resume it without that change",
                 g->told);
        refused(g, WORDS("data=set.h5", "out=run", "learning-rate=1e-4", "epochs=2", g->other),
                told);
        refused(g, WORDS("data=set.h5", "out=run", "epochs=2", "learning-rate=0.5"),
                "run was begun with learning-rate = 0.0001, not 0.5; resume it without");
        assert_true(sum_of("run") == sum);
        assert_ok(train(g, WORDS("data=set.h5", "out=run", "learning-rate=1e-4"), &result),
                  err);
        assert_true(result.was_finished && result.epochs == 1);
        assert_true(sum_of("run") == sum);
        assert_int_equal(system("rm -rf run"), 0);
    }
}

static int folder(void **state) {
    if (small_folder(state)) return -1;
    make_set("set.h5", 16, 16, false);
    make_set("flat.h5", 16, 16, true);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_sets_that_teach_nothing),
                                       cmocka_unit_test(test_runs_that_do_not_go_on)};
    return cmocka_run_group_tests(tests, folder, small_remove);
}
