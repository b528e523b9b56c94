/* Sheets of samples of models in training: when they are drawn, what is on them, that they are
 * what `galatea sample` draws, and that the training knows nothing of them. */
#include "sample_sheets.h"

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "galatea/interrupt.h"
#include "galatea/run.h"
#include "galatea/safetensors.h"
#include "made.h"
#include "outfile.h"
#include "png_file.h"
#include "sampling.h"
#include "study_pictures.h"
#include "train/toy_linear.h"
#include "training.h"

enum { SIDE = PICTURE_SIDE, COUNT = 6, COLUMNS = 3, UPSCALE = 4, CELL = UPSCALE * SIDE + 2 };

static const char *pictures;

static int make_all(void **state) {
    (void)state;
    begin_kept();
    pictures = make_picture_set((made_pictures){.name = "set.h5"});
    return 0;
}

/* ---- Trainings ---------------------------------------------------------------------------
 */

/* Trains, or goes on, with lists of settings; those of both, the later ones last. */
static gt_status train(const gt_model_class *model, const char *out, const char *const *usual,
                       const char *const *own, gt_error *err) {
    gt_invocation asked;
    gt_train_settings training;
    gt_train_result result;
    gt_context context = make_context(&asked, "error");
    void *settings = calloc(1, model->settings_size + 1);
    static const char *const few[] = {"epochs=3",  "batch=8",        "threads=1",
                                      "nearest=0", "sample-count=6", "sample-every=2",
                                      NULL};
    context.invocation = &asked;
    assert_ok(gt_options_add(asked.options, &gt_train_options, &training, err), *err);
    assert_ok(gt_options_add(asked.options, model->options, settings, err), *err);
    const char *const *const lists[] = {few, usual, own};
    for (size_t i = 0; i < 3; i++)
        if (lists[i]) assert_ok(gt_options_preset(asked.options, "test", lists[i], err), *err);
    assert_ok(gt_options_set(asked.options, "data", pictures, GT_FROM_COMMAND, NULL, err),
              *err);
    assert_ok(gt_options_set(asked.options, "out", out, GT_FROM_COMMAND, NULL, err), *err);
    gt_train_job job = {
        .model = model, .model_settings = settings, .settings = &training, .progress = -1};
    gt_status status = gt_training_run(&context, &job, &result, err);
    end_context(&context);
    free(settings);
    return status;
}

static void trains(const gt_model_class *model, const char *out, const char *const *usual,
                   const char *const *own) {
    gt_error err = {0};
    assert_ok(train(model, out, usual, own, &err), err);
}

static const char *in_run(const char *run, const char *name) {
    static char path[700];
    snprintf(path, sizeof path, "%s/%s", run, name);
    return path;
}

/* The sheet of an epoch; pixels are yours. */
static gt_png sheet_of(const char *run, int epoch) {
    gt_error err = {0};
    gt_png sheet = {0};
    char name[64];
    snprintf(name, sizeof name, "samples/epoch-%04d.png", epoch);
    assert_ok(read_png(in_run(run, name), &sheet, &err), err);
    return sheet;
}

static bool has_sheet(const char *run, int epoch) {
    char name[64];
    snprintf(name, sizeof name, "samples/epoch-%04d.png", epoch);
    return access(in_run(run, name), F_OK) == 0;
}

static void assert_same_sheet(gt_png a, gt_png b) {
    assert_true(a.width == b.width && a.height == b.height && a.channels == b.channels);
    assert_memory_equal(a.pixels, b.pixels, a.channels * a.width * a.height * sizeof(float));
    free(a.pixels);
    free(b.pixels);
}

/* All tensors of two files, bit by bit. */
static void assert_same_tensors(const char *a, const char *b, const char *name) {
    gt_error err = {0};
    gt_safetensors *files[2];
    assert_ok(gt_safetensors_open(in_run(a, name), &files[0], &err), err);
    assert_ok(gt_safetensors_open(in_run(b, name), &files[1], &err), err);
    size_t count = gt_safetensors_count(files[0]);
    assert_int_equal(count, gt_safetensors_count(files[1]));
    for (size_t i = 0; i < count; i++) {
        const gt_st_tensor *own = gt_safetensors_at(files[0], i),
                           *other = gt_safetensors_find(files[1], own->name);
        assert_non_null(other);
        if (own->dtype != GT_ST_F32) continue; /* times and counts */
        float *x = calloc(own->elements + 1, sizeof *x),
              *y = calloc(own->elements + 1, sizeof *y);
        assert_int_equal(own->elements, other->elements);
        assert_ok(gt_safetensors_read_f32(files[0], own, x, own->elements, &err), err);
        assert_ok(gt_safetensors_read_f32(files[1], other, y, own->elements, &err), err);
        if (memcmp(x, y, own->elements * sizeof *x) != 0) fail_msg("%s differs", own->name);
        free(x);
        free(y);
    }
    gt_safetensors_close(files[0]);
    gt_safetensors_close(files[1]);
}

/* ---- What a sheet does not change --------------------------------------------------------
 */

/* Kinds whose samples take one run of a plan, several ones, and draws of decoding. */
static const char *const glow_settings[] = {"levels=2", "flows=1", "width=8", NULL},
                         *const diffusion_settings[] = {"width=4", "levels=2", "ema=0.5", NULL},
                         *const vdvae_settings[] = {"encoder-blocks=16d2,8d2,4d4,1x1",
                                                    "decoder-blocks=1x1,4m1,8m4,16m8",
                                                    "width=8",
                                                    "latents=2,1:4",
                                                    "mixtures=2",
                                                    NULL};
static const struct {
    const char *model;
    const char *const *settings;
} kinds[] = {
    {"glow", glow_settings}, {"diffusion", diffusion_settings}, {"vdvae", vdvae_settings}};
enum { KINDS = sizeof kinds / sizeof *kinds };

/* What `galatea sample` writes with a finished run. */
static void sample_to(const char *out, const char *run, const gt_model_class *model) {
    gt_error err = {0};
    gt_sampled made;
    use_settings u;
    const gt_sample_settings how = {
        .out = out, .colours = "heat", .count = COUNT, .seed = 1, .columns = COLUMNS};
    begin_use_of(&u, model->name, true);
    if (model->sketch)
        assert_ok(gt_options_preset(u.asked.options, "sketch", model->sketch, &err), err);
    assert_ok(gt_sample_write(&u.context, in_run(run, "last.safetensors"), &how, u.values,
                              &made, &err),
              err);
    end_use(&u);
}

static double number_in(const char *log, size_t line, const char *column) {
    for (size_t c = 0; c < 40; c++) {
        if (strcmp(cell_in(log, 0, c), column) != 0) continue;
        const char *cell = cell_in(log, line, c);
        return *cell ? strtod(cell, NULL) : NAN;
    }
    return NAN;
}

/* Mean and scatter in the last row of the log are those of what stands in a set. */
static void assert_same_figures(const char *run, const char *set) {
    gt_brightness_sums sums = {0};
    size_t count = 0, values = 0;
    float *pixels = values_in(set, &count, &values);
    for (size_t i = 0; i < count; i++) {
        double sum = 0;
        for (size_t k = 0; k < values; k++) sum += (double)pixels[i * values + k];
        gt_brightness_add(&sums, sum / (double)values);
    }
    gt_brightness made = gt_brightness_of(&sums);
    char *log = text_of(in_run(run, "train.csv"));
    assert_near(number_in(log, lines_in(log) - 1, "sample_mean"), made.mean, 1e-9);
    assert_near(number_in(log, lines_in(log) - 1, "sample_deviation"), made.deviation, 1e-9);
    free(log);
    free(pixels);
}

/* The same pixels, whose factors are 4 on one and 2 on the other. */
static void assert_same_pictures(gt_png sheet, gt_png drawn) {
    enum { SMALL = 2 * SIDE + 2 };
    assert_int_equal(sheet.width, COLUMNS * CELL + 2);
    assert_int_equal(drawn.width, COLUMNS * SMALL + 2);
    for (size_t c = 0; c < 3; c++)
        for (size_t i = 0; i < COUNT; i++)
            for (size_t k = 0; k < SIDE * SIDE; k++) {
                size_t x = i % COLUMNS, y = i / COLUMNS, px = k % SIDE, py = k / SIDE;
                size_t here = (c * sheet.height + 2 + y * CELL + UPSCALE * py) * sheet.width +
                              2 + x * CELL + UPSCALE * px;
                size_t there = (c * drawn.height + 2 + y * SMALL + 2 * py) * drawn.width + 2 +
                               x * SMALL + 2 * px;
                assert_true(sheet.pixels[here] == drawn.pixels[there]);
            }
    free(sheet.pixels);
    free(drawn.pixels);
}

static void trainings_are_as_without(void **state) {
    static const char *const none[] = {"sample-every=0", NULL};
    (void)state;
    for (size_t i = 0; i < KINDS; i++) {
        gt_error err = {0};
        const gt_model_class *model = NULL;
        char with[600], without[600];
        snprintf(with, sizeof with, "%s", in_folder("with"));
        snprintf(without, sizeof without, "%s", in_folder("without"));
        assert_ok(gt_model_class_find(kinds[i].model, &model, &err), err);
        trains(model, with, kinds[i].settings, NULL);
        trains(model, without, kinds[i].settings, none);
        assert_same_tensors(with, without, "last.safetensors");
        assert_same_tensors(with, without, "best.safetensors");
        assert_same_tensors(with, without, "state.safetensors");
        char *a = text_of(in_run(with, "algorithms.txt")),
             *b = text_of(in_run(without, "algorithms.txt"));
        assert_string_equal(a, b);
        free(a);
        free(b);
        assert_true(access(in_run(without, "samples"), F_OK) != 0);
        assert_true(has_sheet(with, 2) && has_sheet(with, 3) && !has_sheet(with, 1));
        gt_png drawn = {0};
        sample_to(kept_path("drawn.png"), with, model);
        assert_ok(read_png(kept_path("drawn.png"), &drawn, &err), err);
        assert_same_pictures(sheet_of(with, 3), drawn);
        sample_to(kept_path("drawn.h5"), with, model);
        assert_same_figures(with, kept_path("drawn.h5"));
        assert_int_equal(remove_temp_folder(NULL), 0);
        assert_int_equal(make_temp_folder(NULL), 0);
    }
}

/* ---- What stands in the log --------------------------------------------------------------
 */

static void figures_stand_in_the_log(void **state) {
    static const char *const own[] = {"log-every=1000", NULL};
    const char *run = in_folder("run");
    (void)state;
    remarks_begin();
    trains(&linear_class, run, NULL, own);
    assert_has(remarks, ", probes ");
    assert_has(remarks, "sample_mean ");
    char *log = text_of(in_run(run, "train.csv"));
    assert_int_equal(lines_in(log), 4); /* names, and three epochs */
    assert_true(isnan(number_in(log, 1, "sample_mean")));
    assert_true(number_in(log, 2, "sample_seconds") > 0);
    double mean = number_in(log, 3, "sample_mean"),
           deviation = number_in(log, 3, "sample_deviation");
    assert_true(mean > 0 && mean < 255 && deviation > 0);
    assert_true(mean != number_in(log, 2, "sample_mean"));
    free(log);
    gt_log_to(NULL, NULL);
}

/* A run that was begun without goes on without columns, and has its sheets all the same. */
static void old_logs_go_on(void **state) {
    static const char *const begun[] = {"sample-every=0", "epochs=1", NULL},
                             *const later[] = {"sample-every=1", "epochs=2", NULL};
    const char *run = in_folder("run");
    (void)state;
    trains(&linear_class, run, NULL, begun);
    remarks_begin();
    trains(&linear_class, run, NULL, later);
    assert_has(remarks, "train.csv was begun without sample_mean, and goes on without");
    gt_log_to(NULL, NULL);
    char *log = text_of(in_run(run, "train.csv"));
    assert_null(strstr(log, "sample_mean"));
    free(log);
    assert_true(has_sheet(run, 2) && !has_sheet(run, 1));
}

/* ---- Interrupted and resumed -------------------------------------------------------------
 */

static gt_session *stopped_by_decode; /* NULL: nobody is */
static int bad_picture = -1;

/* What the network makes, as levels; stops the process's session, or spoils a picture. */
static gt_status decode(const gt_model *model, const float *output, int64_t count,
                        const gt_draws *draws, float *images, gt_error *err) {
    const gt_model_input *in = gt_model_input_of(model);
    size_t values = (size_t)(in->channels * in->height * in->width);
    (void)draws, (void)err;
    for (size_t i = 0; i < (size_t)count * values; i++)
        images[i] = (float)(((double)output[i] + 1) * 127.5);
    if (bad_picture >= 0) images[(size_t)bad_picture * values + 3] = NAN;
    if (stopped_by_decode) gt_session_stop(stopped_by_decode);
    return GT_OK;
}

static gt_status stop_in_a_sheet(const gt_model_class *model, const char *run,
                                 const char *const *settings, gt_error *err) {
    gt_session session = {.sink = NULL};
    gt_session *before = gt_session_enter(&session);
    stopped_by_decode = &session;
    gt_status status = train(model, run, NULL, settings, err);
    stopped_by_decode = NULL;
    gt_session_enter(before);
    return status;
}

/* Temporaries of a process that is no more. */
static void leave_a_part(const char *run) {
    pid_t child = fork();
    if (child == 0) {
        gt_outfile *file = NULL;
        _exit(gt_outfile_open(in_run(run, "samples/epoch-0002.png"), &file, NULL) ? 1 : 0);
    }
    int how = 0;
    assert_int_equal(waitpid(child, &how, 0), child);
    assert_int_equal(how, 0);
}

static size_t entries_of(const char *path) {
    size_t count = 0;
    DIR *folder = opendir(path);
    assert_non_null(folder);
    for (struct dirent *e; (e = readdir(folder));) count += strcmp(e->d_name, ".") != 0;
    closedir(folder);
    return count - 1; /* ".." */
}

/* Stopped while a sheet is drawn, a run draws it when it goes on; what a killed process left
 * beside it is gone, and all is as if nothing had happened. */
static void resumed_runs_draw_the_same(void **state) {
    static const char *const many[] = {"sample-count=100", NULL}; /* several batches */
    gt_error err = {0};
    gt_model_class model = linear_class;
    char run[600], whole[600];
    (void)state;
    model.decode = decode;
    snprintf(run, sizeof run, "%s", in_folder("run"));
    snprintf(whole, sizeof whole, "%s", in_folder("whole"));
    trains(&model, whole, NULL, many);
    assert_int_equal(stop_in_a_sheet(&model, run, many, &err), GT_INTERRUPTED);
    assert_has(err.text, "saved: the same command goes on from there");
    assert_false(has_sheet(run, 2));
    assert_int_equal(mkdir(in_run(run, "samples"), 0777), 0);
    leave_a_part(run);
    assert_int_equal(entries_of(in_run(run, "samples")), 1);
    trains(&model, run, NULL, many);
    assert_int_equal(entries_of(in_run(run, "samples")), 2);
    assert_same_sheet(sheet_of(run, 2), sheet_of(whole, 2));
    assert_same_sheet(sheet_of(run, 3), sheet_of(whole, 3));
    assert_same_tensors(run, whole, "state.safetensors");
}

/* ---- Pictures that are not what they should be -------------------------------------------
 */

/* Nobody takes a picture that is none for an empty sky. */
static void bad_pictures_are_crossed_out(void **state) {
    gt_model_class model = linear_class;
    char run[600];
    (void)state;
    model.decode = decode;
    bad_picture = 4;
    snprintf(run, sizeof run, "%s", in_folder("run"));
    remarks_begin();
    trains(&model, run, NULL, NULL);
    bad_picture = -1;
    gt_log_to(NULL, NULL);
    assert_has(remarks, "6 samples of epoch 2: 1 with values that are not finite, crossed out");
    gt_png sheet = sheet_of(run, 3);
    size_t left = 2 + 4 % COLUMNS * CELL, top = 2 + 4 / COLUMNS * CELL;
    for (size_t y = 0; y < UPSCALE * SIDE; y++)
        for (size_t x = 0; x < UPSCALE * SIDE; x++)
            assert_true((sheet.pixels[(top + y) * sheet.width + left + x] != 0) ==
                        (x / UPSCALE == y / UPSCALE || x / UPSCALE == SIDE - 1 - y / UPSCALE));
    free(sheet.pixels);
    char *log = text_of(in_run(run, "train.csv"));
    assert_true(isfinite(number_in(log, lines_in(log) - 1, "sample_mean")));
    free(log);
}

/* Bright for what is dark is told, with both figures; three channels are colours, and of five
 * the first one is shown. */
static void drift_is_told(void **state) {
    gt_model_class model = linear_class;
    (void)state;
    model.decode = decode; /* without what was learned: in the middle of the range */
    remarks_begin();
    trains(&model, in_folder("run"), NULL, (const char *const[]){"sample-count=64", NULL});
    gt_log_to(NULL, NULL);
    assert_has(remarks, "brightness of 64 samples of epoch 2: mean 1");
    assert_has(remarks, " pictures learned from: mean ");
    assert_has(remarks, " standard errors");
}

/* Where a stretch lies between, it is that of levels, which have no unit. */
static void drift_of_stretched_pictures_is_of_levels(void **state) {
    const gt_brightness made = {.count = 64, .mean = 120, .deviation = 2},
                        known = {.count = 300, .mean = 2, .deviation = 1};
    (void)state;
    remarks_begin();
    gt_made_remark_drift("64 samples", &made, &known, (gt_value_range){0, 1, {0}});
    assert_has(remarks, "brightness of 64 samples: mean 0.4706, scatter");
    remarks_begin();
    gt_made_remark_drift("64 samples", &made, &known,
                         (gt_value_range){0, 1, {GT_CURVE_ASINH, 0.1}});
    gt_log_to(NULL, NULL);
    assert_has(remarks, "brightness (stretched, 0 to 255) of 64 samples: mean 120, scatter");
}

static void channels_are_colours(void **state) {
    static const size_t channels[] = {3, 5};
    const char *gray = pictures;
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        char name[32];
        snprintf(name, sizeof name, "of-%zu.h5", channels[i]);
        pictures = make_picture_set((made_pictures){.name = name, .channels = channels[i]});
        trains(&linear_class, in_folder(name + 3), NULL, NULL);
        gt_png sheet = sheet_of(in_folder(name + 3), 3);
        assert_int_equal(sheet.width, COLUMNS * CELL + 2);
        assert_int_equal(sheet.channels, 3);
        free(sheet.pixels);
    }
    pictures = gray;
}

/* Codes have no pictures, and what makes none of nothing has no sheets. */
static void suits_who_makes_pictures(void **state) {
    gt_error err = {0};
    static const struct {
        const char *model;
        bool suits;
    } cases[] = {{"vdvae", true},     {"gan", true},  {"glow", true},
                 {"diffusion", true}, {"maf", false}, {"simclr", false}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const gt_model_class *model = NULL;
        assert_ok(gt_model_class_find(cases[i].model, &model, &err), err);
        assert_int_equal(gt_sample_sheets_suit(model), cases[i].suits);
    }
}

/* ---- Whose files they are ----------------------------------------------------------------
 */

static void sheets_are_the_runs(void **state) {
    const char *run = in_folder("run");
    (void)state;
    trains(&linear_class, run, NULL, NULL);
    assert_true(gt_run_owns(in_run(run, "samples/epoch-0002.png")));
    assert_true(gt_run_owns(in_run(run, "samples/epoch-0007.png"))); /* to come */
    assert_false(gt_run_owns(in_run(run, "samples/mine.png")));
    assert_false(gt_run_owns(in_run(run, "epoch-0002.png")));
    assert_false(gt_run_owns(in_folder("samples/epoch-0002.png")));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(trainings_are_as_without),
        TEST(figures_stand_in_the_log),
        TEST(old_logs_go_on),
        TEST(resumed_runs_draw_the_same),
        TEST(bad_pictures_are_crossed_out),
        TEST(drift_is_told),
        TEST(drift_of_stretched_pictures_is_of_levels),
        TEST(channels_are_colours),
        TEST(suits_who_makes_pictures),
        TEST(sheets_are_the_runs),
    };
    return cmocka_run_group_tests(tests, make_all, end_kept);
}
