/* twins_parts_test.c - what a sweep measures of models that run backwards, that have a second
 * network, and that take noise away, beside the same numbers by other ways. */
#include <fcntl.h>
#include <math.h>
#include <sys/stat.h>
#include <unistd.h>

#include "denoising.h"
#include "galatea/run.h"
#include "galatea/twomodels.h"
#include "scoring.h"
#include "twins/numbers.h"
#include "twins_call.h"

enum { SAMPLES = 9, SIZE = 8 };

static const char *set, *folder;

static void sweep(const char *model, const char *const *settings, const char *only) {
    call c;
    begin_call(&c, model, settings, set, folder);
    set_option(&c, "sizes", "8");
    set_option(&c, "samples", "9");
    set_option(&c, "only", only);
    assert_ok(go(&c), c.err);
    assert_int_equal(c.result.missing_count, 0);
    end_call(&c);
}

static int make_all(void **state) {
    static const char *const glow[] = {
        "flows=2",           "width=8",        "levels=2",           "epochs=2",
        "schedule=constant", "optimizer=adam", "learning-rate=1e-3", NULL};
    static const char *const gan[] = {"side=32",
                                      "latent=4",
                                      "most-channels=16",
                                      "heads=1",
                                      "head-size=4",
                                      "attention=16",
                                      "optimizer=adam",
                                      "learning-rate=1e-3",
                                      "schedule=constant",
                                      "clip=0",
                                      "ema=0",
                                      "keep-every=1",
                                      "epochs=1",
                                      "micro-batch=4",
                                      NULL};
    (void)state;
    begin_kept();
    set = make_picture_set((made_pictures){.name = "set.h5", .rows = 48});
    folder = kept_path("sweep");
    sweep("glow", glow, "training,samples,inversion,denoising");
    sweep("gan", gan, "training,samples,scores");
    return 0;
}

static gt_numbers numbers_of(const char *name) {
    gt_error err = {0};
    gt_numbers found = {0};
    assert_ok(gt_numbers_read(inside(folder, name), &found, NULL, &err), err);
    return found;
}

static double number(const gt_numbers *numbers, const char *name) {
    double value = gt_numbers_get(numbers, name);
    if (isnan(value)) fail_msg("there is no %s", name);
    return value;
}

/* ---- the way back -------------------------------------------------------------------------
 */

/* A finds its own noise, to the rounding of single precision; B finds noise of another shape.
 */
static void own_noise_comes_back(void **state) {
    gt_numbers found = numbers_of("glow/N-8/inversion.json");
    static const char *const levels[] = {"level_0", "level_1"};
    static const double counts[] = {128, 128};
    char name[64];
    (void)state;
    assert_near(number(&found, "inversion_lost"), 0, 0);
    assert_near(number(&found, "channels_inside"), 1, 0);
    for (int i = 0; i < 2; i++) {
        snprintf(name, sizeof name, "numbers_%s", levels[i]);
        assert_near(number(&found, name), counts[i] * SAMPLES, 0);
        snprintf(name, sizeof name, "w1_%s_a", levels[i]);
        assert_true(number(&found, name) < 1e-5);
        snprintf(name, sizeof name, "correlation_%s_a", levels[i]);
        assert_true(number(&found, name) > 0.999999);
        snprintf(name, sizeof name, "largest_%s_a", levels[i]);
        assert_true(number(&found, name) < 1e-3);
        snprintf(name, sizeof name, "w1_%s_b", levels[i]);
        assert_true(number(&found, name) > 1e-4);
        snprintf(name, sizeof name, "largest_%s_b", levels[i]);
        assert_true(number(&found, name) > 1e-2);
    }
    gt_numbers_free(&found);
}

/* The noise is that of `galatea sample`: the pictures of the set that holds it. */
static void noise_is_that_of_samples(void **state) {
    gt_error err = {0};
    gt_run *run = NULL;
    float noise[SAMPLES * PICTURE_VALUES];
    (void)state;
    assert_ok(gt_run_open(inside(folder, "glow/A-8"), &run, &err), err);
    assert_int_equal(gt_model_latent_width(gt_run_model(run)), PICTURE_VALUES);
    gt_model_draw_latents(gt_run_model(run), SAMPLES, &(gt_draws){1, 0}, noise);
    char *pairs = text_of(inside(folder, "glow/N-8/inversion_pairs.csv"));
    for (size_t i = 0; i < 128; i += 7) { /* all of level 0 of the first picture stand first */
        assert_near(strtod(cell_in(pairs, i + 1, 1), NULL), (double)noise[i], 1e-6);
        assert_near(strtod(cell_in(pairs, i + 1, 2), NULL), (double)noise[i], 1e-3);
    }
    free(pairs);
    gt_run_close(run);
}

static void densities_hold_all(void **state) {
    enum { BINS = 120 };
    char *table = text_of(inside(folder, "glow/N-8/inversion.csv"));
    (void)state;
    assert_int_equal(lines_in(table), 2 * BINS + 1);
    for (size_t column = 2; column < 5; column++) {
        double sum = 0;
        for (size_t i = 1; i <= BINS; i++) sum += strtod(cell_in(table, i, column), NULL) * 0.1;
        assert_near(sum, 1, 1e-9); /* no latent is beyond 6 */
    }
    free(table);
}

/* ---- the second network -------------------------------------------------------------------
 */

/* Scores of both sets of samples by one side's network, as `galatea score` has them. */
static void score(int side, float scores[2][SAMPLES]) {
    gt_error err = {0};
    gt_invocation asked;
    gt_context context = make_context(&asked, "ignore");
    gt_scoring scored = {0};
    char a[512], b[512];
    snprintf(a, sizeof a, "%s/gan/N-8/samples_a.h5", folder);
    snprintf(b, sizeof b, "%s/gan/N-8/samples_b.h5", folder);
    const char *const sets[] = {a, b};
    context.invocation = &asked;
    assert_ok(gt_scoring_compute(&context, inside(folder, side ? "gan/B-8" : "gan/A-8"), sets,
                                 2, &scored, &err),
              err);
    for (int k = 0; k < 2; k++)
        for (size_t i = 0; i < SAMPLES; i++)
            scores[k][i] = scored.sets[k].values[i * scored.width];
    gt_scoring_free(&scored);
    end_context(&context);
}

static void losses_are_of_pairs(void **state) {
    char *table = text_of(inside(folder, "gan/N-8/scores.csv"));
    (void)state;
    assert_int_equal(lines_in(table),
                     2 * SAMPLES + 1); /* before the first step, and behind the last */
    for (int side = 0; side < 2; side++) {
        float scores[2][SAMPLES];
        score(side, scores);
        for (size_t i = 0; i < SAMPLES; i++) {
            const char *cell = cell_in(table, SAMPLES + i + 1, side ? 4 : 2);
            double expected =
                gt_pair_loss((double)scores[side][i], (double)scores[1 - side][i]);
            assert_near(strtod(cell, NULL), expected, 1e-5);
        }
    }
    for (size_t i = 1; i <= SAMPLES; i++) { /* A and B begin with the same weights */
        assert_string_equal(cell_in(table, i, 0), "0");
        double one = strtod(cell_in(table, i, 2), NULL),
               other = strtod(cell_in(table, i, 4), NULL);
        assert_near(one, other, 1e-12);
        assert_true(one >= 2 - 1e-6);
    }
    free(table);
}

static void sums_are_of_the_last_epoch(void **state) {
    gt_numbers found = numbers_of("gan/N-8/scores.json");
    char *table = text_of(inside(folder, "gan/N-8/scores.csv"));
    double sum = 0, u[SAMPLES], v[SAMPLES], w1 = 0;
    gt_error err = {0};
    (void)state;
    for (size_t i = 0; i < SAMPLES; i++) {
        u[i] = strtod(cell_in(table, SAMPLES + i + 1, 2), NULL);
        v[i] = strtod(cell_in(table, SAMPLES + i + 1, 5), NULL);
        sum += u[i];
    }
    assert_near(number(&found, "loss_a_with_b_mean"), sum / SAMPLES, 1e-9);
    assert_ok(gt_wasserstein(SAMPLES, u, SAMPLES, v, &w1, &err), err);
    assert_near(number(&found, "w1_loss_a_with_b_loss_b_with_train"), w1, 1e-9);
    free(table);
    gt_numbers_free(&found);
}

/* Kept weights are those of their epoch: the last ones are those in use. */
static void weights_of_epochs_stay(void **state) {
    gt_error err = {0};
    static const char *const names[] = {"epoch-0000", "epoch-0001", "best"};
    gt_run *runs[3];
    double apart[2] = {0};
    (void)state;
    for (int i = 0; i < 3; i++) {
        char path[256];
        snprintf(path, sizeof path, "gan/A-8/%s.safetensors", names[i]);
        assert_ok(gt_run_open(inside(folder, path), &runs[i], &err), err);
        assert_int_equal(gt_run_epoch(runs[i]), i < 2 ? i : 1);
        assert_true(gt_run_owns(inside(folder, path)));
    }
    gt_params *last = gt_model_params(gt_run_model(runs[2]));
    for (int i = 0; i < 2; i++)
        for (int64_t k = 0; k < gt_params_learned_floats(last); k++)
            apart[i] +=
                fabs((double)gt_params_values(gt_model_params(gt_run_model(runs[i])))[k] -
                     (double)gt_params_values(last)[k]);
    assert_true(apart[0] > 0);
    assert_near(apart[1], 0, 0);
    for (int i = 0; i < 3; i++) gt_run_close(runs[i]);
}

/* ---- noise --------------------------------------------------------------------------------
 */

static void ratios_are_those_of_denoise(void **state) {
    gt_error err = {0};
    gt_denoised found;
    use_settings u;
    char data[512], run[512];
    const char *const runs[] = {run};
    (void)state;
    snprintf(data, sizeof data, "%s/subsets/B-8.h5", folder);
    snprintf(run, sizeof run, "%s/glow/B-8", folder);
    gt_numbers numbers = numbers_of("glow/N-8/denoising_b.json");
    begin_use(&u, "error", NULL, 0);
    for (int i = 0; i < 2; i++) {
        const gt_denoise_settings how = {.data = data,
                                         .split = i ? "validation" : "train",
                                         .levels = {1, {25}},
                                         .count = 64,
                                         .seed = 1,
                                         .exact = true};
        assert_ok(gt_denoise(&u.context, runs, 1, &how, &found, &err), err);
        assert_int_equal(found.count, i ? 48 / 8 : SIZE);
        const char *name = i ? "psnr_validation_25_b" : "psnr_train_25_b";
        assert_near(number(&numbers, name), found.levels[0].mean[0], 1e-9);
        gt_denoised_free(&found);
    }
    end_use(&u);
    gt_numbers_free(&numbers);
}

/* ---- figures ------------------------------------------------------------------------------
 */

static ino_t drawn(const char *name) {
    struct stat about;
    if (stat(inside(folder, name), &about)) fail_msg("%s is not drawn", name);
    assert_true(about.st_size > 1000);
    return about.st_ino;
}

static void draw(const char *model) {
    static const char *const none[] = {NULL};
    call c;
    gt_error err = {0};
    begin_call(&c, model, none, set, folder);
    assert_ok(gt_twins_resolve_settings(c.asked.options, c.job.model, &c.training, NULL, &err),
              err);
    set_option(&c, "figures", "svg");
    set_option(&c, "only", "training");
    assert_ok(go(&c), c.err);
    assert_int_equal(c.result.now, 0);
    end_call(&c);
}

/* From what is there, once; again when a table of them is newer. */
static void figures_follow_their_tables(void **state) {
    (void)state;
    if (system("command -v gnuplot >/dev/null 2>&1")) skip();
    assert_int_not_equal(access(inside(folder, "glow/denoising.svg"), F_OK), 0);
    draw("glow");
    ino_t densities = drawn("glow/N-8/inversion.svg"),
          pairs = drawn("glow/N-8/inversion_pairs.svg"), ratios = drawn("glow/denoising.svg");
    assert_int_not_equal(access(inside(folder, "glow/cosine.svg"), F_OK),
                         0); /* no table of it */
    assert_int_equal(utimensat(AT_FDCWD, inside(folder, "glow/N-8/inversion.csv"), NULL, 0), 0);
    draw("glow");
    assert_int_not_equal(drawn("glow/N-8/inversion.svg"), densities);
    assert_int_equal(drawn("glow/N-8/inversion_pairs.svg"), pairs);
    assert_int_equal(drawn("glow/denoising.svg"), ratios);
    ino_t sheet = drawn("pictures-8.png"); /* rows of both models */
    draw("gan");
    drawn("gan/N-8/scores.svg");
    assert_int_equal(drawn("pictures-8.png"), sheet);
    assert_int_not_equal(access(inside(folder, "morphology-8.svg"), F_OK), 0); /* no shapes */
    char *text = text_of(inside(folder, "gan/N-8/scores.svg"));
    assert_has(text, "epoch 0: density");
    assert_has(text, "galatea test"); /* the record of who asked */
    free(text);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(own_noise_comes_back),
        cmocka_unit_test(noise_is_that_of_samples),
        cmocka_unit_test(densities_hold_all),
        cmocka_unit_test(losses_are_of_pairs),
        cmocka_unit_test(sums_are_of_the_last_epoch),
        cmocka_unit_test(weights_of_epochs_stay),
        cmocka_unit_test(ratios_are_those_of_denoise),
        cmocka_unit_test(figures_follow_their_tables),
    };
    return cmocka_run_group_tests(tests, make_all, end_kept);
}
