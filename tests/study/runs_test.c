/* Trainings settled and run, and what is made with a run: codes, samples, views. */
#include <sys/stat.h>

#include "encoding.h"
#include "galatea/run.h"
#include "sampling.h"
#include "study_pictures.h"
#include "training.h"
#include "views.h"

enum { SIDE = 32, PICTURES = 24 };

/* A bright spot in each picture, to the right in those of class 1. */
static const char *make_pictures(const char *name, size_t side) {
    gt_error err = {0};
    gt_dataset_writer *writer = NULL;
    gt_dataset_info info = gt_dataset_info_default();
    char *path = kept_path(name);
    info.kind = GT_DATASET_IMAGES;
    info.type = GT_PIXEL_U8;
    info.count = PICTURES;
    info.channels = 1;
    info.height = info.width = side;
    info.columns = GT_COLUMN_LABEL | GT_COLUMN_SPLIT;
    info.class_names = two_classes;
    info.class_count = 2;
    assert_ok(gt_dataset_writer_create(path, &info, &writer, &err), err);
    for (size_t i = 0; i < PICTURES; i++) {
        uint8_t *pixels = calloc(side, side);
        gt_dataset_row row = gt_dataset_row_default();
        row.label = (int32_t)(i % 2);
        pixels[(2 + i / 2) % side * side + (i % 2 ? side - 4 : 3)] = 250;
        assert_ok(gt_dataset_writer_append(writer, pixels, &row, 1, &err), err);
        free(pixels);
    }
    assert_ok(gt_dataset_writer_commit(writer, &err), err);
    return path;
}

/* Options of a training of one model, as a command has them. */
typedef struct training {
    gt_invocation asked;
    gt_context context;
    gt_train_settings settings;
    gt_augmentation views;
    const gt_model_class *model;
    void *model_settings;
} training;

static void set(training *t, const char *key, const char *value) {
    gt_error err = {0};
    assert_ok(gt_options_set(t->asked.options, key, value, GT_FROM_COMMAND, NULL, &err), err);
}

static void set_up(training *t, const char *model, const char *data, const char *out) {
    gt_error err = {0};
    *t = (training){.model = NULL};
    t->context = make_context(&t->asked, "error");
    assert_ok(gt_model_class_find(model, &t->model, &err), err);
    t->model_settings = calloc(1, t->model->settings_size + 1);
    assert_ok(gt_options_add(t->asked.options, &gt_train_options, &t->settings, &err), err);
    assert_ok(gt_options_add(t->asked.options, t->model->options, t->model_settings, &err),
              err);
    if (gt_train_view_options(t->model))
        assert_ok(
            gt_options_add(t->asked.options, gt_train_view_options(t->model), &t->views, &err),
            err);
    set(t, "data", data);
    set(t, "out", out);
    set(t, "threads", "1");
    set(t, "epochs", "1");
    set(t, "batch", "8");
}

static void tear_down(training *t) {
    end_context(&t->context);
    free(t->model_settings);
}

static gt_status settle(training *t, const char *usual, gt_error *err) {
    return gt_training_resolve_settings(t->asked.options, t->model, &t->settings, usual, err);
}

static gt_status train(training *t, gt_error *err) {
    gt_train_result result;
    gt_train_job job = {.model = t->model,
                        .model_settings = t->model_settings,
                        .augmentation = gt_train_view_options(t->model) ? &t->views : NULL,
                        .settings = &t->settings,
                        .progress = -1};
    t->context.invocation = &t->asked;
    gt_status status = gt_training_run(&t->context, &job, &result, err);
    assert_null(job.provenance);
    assert_null(job.probes);
    return status;
}

/* A run of simclr that learned the pictures for one epoch; the path of its folder. */
static const char *make_run(const char *data) {
    gt_error err = {0};
    training t;
    const char *out = kept_path("simclr");
    set_up(&t, "simclr", data, out);
    assert_ok(settle(&t, "tiny", &err), err);
    assert_ok(train(&t, &err), err);
    tear_down(&t);
    return out;
}

/* ---- Settings ---------------------------------------------------------------------------- */

/* A preset fills what nobody said; a run that is there knows its settings, and no preset that
 * is only usual changes them. */
static void settles_by_run_or_preset(void **state) {
    gt_error err = {0};
    training t;
    const char *data = make_pictures("set.h5", SIDE);
    (void)state;
    set_up(&t, "simclr", data, in_folder("other"));
    assert_int_equal(settle(&t, "no such preset", &err), GT_USAGE);
    tear_down(&t);
    const char *run = make_run(data);
    set_up(&t, "simclr", data, run);
    assert_ok(settle(&t, "paper", &err), err);
    assert_int_equal(gt_options_source(t.asked.options, "batch"), GT_FROM_COMMAND);
    assert_int_equal(gt_options_source(t.asked.options, "schedule"), GT_FROM_RUN);
    tear_down(&t);
    set_up(&t, "byol", data, run);
    assert_int_equal(settle(&t, "paper", &err), GT_MISMATCH);
    assert_has(err.text, "is a run of model simclr, not byol: choose another folder");
    tear_down(&t);
}

/* "key=value" of a list, or NULL. */
static const char *value_of(const char *const *pairs, const char *key) {
    for (; *pairs; pairs++)
        if (strncmp(*pairs, key, strlen(key)) == 0 && (*pairs)[strlen(key)] == '=')
            return *pairs + strlen(key) + 1;
    return NULL;
}

/* The preset that is named, else the usual one, for the network and for its training; what the
 * command says stands above both. */
static void presets_fill_the_rest(void **state) {
    static const char *const names[] = {NULL, "small", "tiny"};
    (void)state;
    const char *data = make_pictures("set.h5", SIDE);
    for (size_t i = 0; i < 3; i++) {
        gt_error err = {0};
        training t;
        char *text = NULL, line[200];
        const gt_model_preset *preset = NULL;
        set_up(&t, "simclr", data, in_folder("none"));
        if (names[i]) set(&t, "preset", names[i]);
        assert_ok(settle(&t, "tiny", &err), err);
        assert_ok(gt_model_preset_find(t.model, names[i] ? names[i] : "tiny", &preset, &err),
                  err);
        assert_ok(gt_options_text(t.asked.options, GT_OPTIONS_PLAIN, &text, &err), err);
        snprintf(line, sizeof line, "\nwidths = %s\n", value_of(preset->settings, "widths"));
        assert_has(text, line);
        assert_int_equal(gt_options_source(t.asked.options, "widths"), GT_FROM_PRESET);
        snprintf(line, sizeof line, "optimizer = %s\n",
                 value_of(preset->training, "optimizer"));
        assert_has(text, line);
        assert_has(text, "epochs = 1\n");
        assert_has(text, "batch = 8\n");
        free(text);
        tear_down(&t);
    }
}

/* A probe that cannot be is told before anything is written. */
static void refuses_probes(void **state) {
    gt_error err = {0};
    training t;
    const char *data = make_pictures("set.h5", SIDE), *larger = make_pictures("large.h5", 40);
    const char *codes = make_set((made_set){.name = "c.h5",
                                            .rows = 60,
                                            .width = 3,
                                            .seed = 1,
                                            .classes = two_classes,
                                            .class_count = 2});
    const char *unit =
        make_picture_set((made_pictures){.name = "unit.h5", .side = SIDE, .is_unit = true});
    const char *const probes[] = {larger, codes, "nothing.h5", unit};
    const gt_status statuses[] = {GT_BAD_SHAPE, GT_MISMATCH, GT_NOT_FOUND, GT_BAD_ARGUMENT};
    const char *out = kept_path("run");
    (void)state;
    for (size_t i = 0; i < 4; i++) {
        set_up(&t, "simclr", data, out);
        set(&t, "probe", probes[i]);
        assert_ok(settle(&t, "tiny", &err), err);
        assert_int_equal(train(&t, &err), statuses[i]);
        assert_has(err.text, probes[i]);
        assert_int_not_equal(access(out, F_OK), 0);
        tear_down(&t);
    }
}

/* ---- Codes ------------------------------------------------------------------------------- */

static gt_dataset *encode(const char *run, const char *data, const char *average,
                          bool untrained, int64_t batch) {
    gt_error err = {0};
    gt_invocation asked;
    gt_context context = make_context(&asked, "error");
    gt_dataset *codes = NULL;
    gt_encoded made;
    const gt_model_class *model = NULL;
    char out[600];
    snprintf(out, sizeof out, "%s", in_folder("codes.h5"));
    assert_ok(gt_run_class(run, &model, &err), err);
    void *how = calloc(1, model->encode_size + 1);
    if (model->encode_options)
        assert_ok(gt_options_add(asked.options, model->encode_options, how, &err), err);
    const gt_encode_settings settings = {.data = data,
                                         .out = out,
                                         .average = average,
                                         .seed = 3,
                                         .batch = batch,
                                         .untrained = untrained};
    assert_ok(gt_encode_set(&context, run, &settings, how, &made, &err), err);
    assert_ok(gt_codes_open(out, &codes, &err), err);
    assert_int_equal(made.count, gt_dataset_describe(codes)->count);
    assert_int_equal(made.width, gt_dataset_describe(codes)->channels);
    strcat(out, ".parts");
    assert_int_not_equal(access(out, F_OK), 0);
    free(how);
    end_context(&context);
    return codes;
}

static float *values_of(gt_dataset *codes) {
    gt_error err = {0};
    const gt_dataset_info *info = gt_dataset_describe(codes);
    float *x = calloc(info->count, info->channels * sizeof *x);
    assert_ok(gt_dataset_read(codes, 0, info->count, x, &err), err);
    gt_dataset_close(codes);
    return x;
}

/* A code for each picture, with its columns; the cut into batches changes nothing, weights that
 * learned nothing and averages do. */
static void encodes_sets(void **state) {
    gt_error err = {0};
    const char *data = make_pictures("set.h5", SIDE), *run = make_run(data);
    const int32_t *labels = NULL;
    (void)state;
    gt_dataset *codes = encode(run, data, "none", false, 0);
    size_t width = gt_dataset_describe(codes)->channels;
    assert_int_equal(gt_dataset_describe(codes)->count, PICTURES);
    assert_has(gt_dataset_describe(codes)->model, "simclr, epoch 1 of");
    assert_has(gt_dataset_describe(codes)->provenance, "\"training\"");
    assert_ok(gt_dataset_labels(codes, &labels, &err), err);
    for (int i = 0; i < PICTURES; i++) assert_int_equal(labels[i], i % 2);
    float *plain = values_of(codes), *cut = values_of(encode(run, data, "none", false, 5));
    for (size_t i = 0; i < PICTURES * width; i++) assert_near(plain[i], cut[i], 1e-5);
    codes = encode(run, data, "none", true, 0);
    assert_has(gt_dataset_describe(codes)->model, "simclr, untrained");
    float *fresh = values_of(codes), *flips = values_of(encode(run, data, "flips", false, 0));
    double by_learning = 0, by_flips = 0;
    for (size_t i = 0; i < PICTURES * width; i++) {
        by_learning = fmax(by_learning, fabs(plain[i] - fresh[i]));
        by_flips = fmax(by_flips, fabs(plain[i] - flips[i]));
    }
    assert_true(by_learning > 1e-4);
    assert_true(by_flips > 1e-6);
    free(plain);
    free(cut);
    free(fresh);
    free(flips);
}

static void refuses_to_encode(void **state) {
    gt_error err = {0};
    gt_invocation asked;
    gt_context context = make_context(&asked, "error");
    const char *data = make_pictures("set.h5", SIDE), *run = make_run(data);
    gt_encoded made;
    gt_encode_settings settings = {
        .data = make_pictures("large.h5", 40), .out = in_folder("codes.h5"), .average = "none"};
    (void)state;
    assert_int_equal(gt_encode_set(&context, run, &settings, NULL, &made, &err), GT_BAD_SHAPE);
    assert_has(err.text, "has images of 1x40x40");
    settings.data = in_folder("nothing.h5");
    assert_int_equal(gt_encode_set(&context, run, &settings, NULL, &made, &err), GT_NOT_FOUND);
    assert_int_not_equal(access(in_folder("codes.h5"), F_OK), 0);
    end_context(&context);
}

/* ---- Samples and views ------------------------------------------------------------------- */

static float *draw_codes(const gt_context *context, const char *run, int64_t count) {
    gt_error err = {0};
    gt_dataset *codes = NULL;
    gt_sampled made = {.width = 9};
    char out[600];
    snprintf(out, sizeof out, "%s", in_folder("drawn.h5"));
    const gt_sample_settings settings = {
        .out = out, .count = count, .seed = 4, .colours = "gray"};
    assert_ok(gt_sample_write(context, run, &settings, NULL, &made, &err), err);
    assert_int_equal(made.width, 3);
    assert_ok(gt_codes_open(out, &codes, &err), err);
    assert_int_equal(gt_dataset_describe(codes)->count, count);
    return values_of(codes);
}

/* A longer series begins with the shorter one; codes are no pictures. */
static void samples_codes(void **state) {
    gt_error err = {0};
    gt_invocation asked;
    gt_context context = make_context(&asked, "error");
    gt_sampled made = {.width = 9};
    const char *data = make_set((made_set){.name = "c.h5",
                                           .rows = 60,
                                           .width = 3,
                                           .seed = 1,
                                           .classes = two_classes,
                                           .class_count = 2});
    const char *run = make_flow(data);
    float *few = draw_codes(&context, run, 5), *many = draw_codes(&context, run, 9);
    (void)state;
    assert_memory_equal(few, many, 5 * 3 * sizeof *few);
    free(few);
    free(many);
    const gt_sample_settings sheet = {.out = in_folder("s.png"), .count = 4, .colours = "gray"};
    assert_int_equal(gt_sample_write(&context, run, &sheet, NULL, &made, &err), GT_USAGE);
    assert_has(err.text, "draws codes, not images");
    assert_int_not_equal(access(in_folder("s.png"), F_OK), 0);
    end_context(&context);
}

static void draws_views(void **state) {
    gt_error err = {0};
    gt_invocation asked;
    gt_context context = make_context(&asked, "error");
    gt_augmentation how;
    size_t pictures = 0;
    const char *data = make_pictures("set.h5", SIDE), *out = in_folder("views.png");
    gt_views_settings settings = {
        .rows = "3,7-9", .out = out, .colours = "gray", .count = 2, .seed = 1, .epoch = 1};
    (void)state;
    assert_ok(gt_options_add(asked.options, &gt_augmentation_options, &how, &err), err);
    assert_ok(gt_views_write(&context, data, &settings, &how, &pictures, &err), err);
    assert_int_equal(pictures, 4);
    assert_int_equal(access(out, F_OK), 0);
    settings.rows = NULL;
    assert_ok(gt_views_write(&context, data, &settings, &how, &pictures, &err), err);
    assert_int_equal(pictures, 8);
    settings.rows = "24";
    assert_int_equal(gt_views_write(&context, data, &settings, &how, &pictures, &err),
                     GT_BAD_ARGUMENT);
    end_context(&context);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(settles_by_run_or_preset),
        TEST(presets_fill_the_rest),
        TEST(refuses_probes),
        TEST(encodes_sets),
        TEST(refuses_to_encode),
        TEST(samples_codes),
        TEST(draws_views),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
