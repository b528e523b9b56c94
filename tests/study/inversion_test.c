/* Inversions against the model's own graph, and samples of latents: what is written makes the
 * same images again, two runs of one configuration have the same noise, what is not finite is
 * left out, and what is refused. */
#include "inversion.h"

#include "hdf5_file.h"
#include "latent_parts.h"
#include "png_file.h"
#include "sampling.h"
#include "study_pictures.h"

enum { SIDE = PICTURE_SIDE, VALUES = PICTURE_VALUES, ROWS = 19, BATCH = 8 };

static const char *data, *floats, *glow, *glow_too, *glow_of_floats, *gan, *gan_too, *diffusion,
    *diffusion_too, *vdvae;

static const char *make_glow(const char *set, const char *name, const char *seed) {
    char from[32];
    const char *settings[] = {"flows=2",
                              "levels=2",
                              "width=8",
                              "batch=8",
                              "exact=true",
                              "ema=0",
                              "optimizer=adam",
                              "epochs=2",
                              "clip=0",
                              from,
                              "threads=1",
                              "learning-rate=1e-3",
                              "skip-threshold=0",
                              "schedule=constant",
                              NULL};
    snprintf(from, sizeof from, "seed=%s", seed);
    return make_run_of("glow", settings, set, name);
}

static int make_all(void **state) {
    static const char *const of_gan[] = {
        "side=32",   "latent=8",           "most-channels=16", "heads=2",
        "batch=8",   "micro-batch=8",      "epochs=1",         "head-size=4",
        "threads=1", "learning-rate=2e-4", "optimizer=adam",   "attention=none",
        "ema=0",     "exact=true",         "skip-threshold=0", NULL};
    static const char *const of_diffusion[] = {"width=4",   "levels=2",   "batch=8", "epochs=1",
                                               "threads=1", "exact=true", NULL};
    begin_kept();
    data = make_picture_set((made_pictures){.name = "set.h5", .rows = ROWS});
    floats = make_picture_set(
        (made_pictures){.name = "floats.h5", .rows = ROWS, .is_float = true, .range = {-1, 3}});
    const char *second =
        make_picture_set((made_pictures){.name = "second.h5", .rows = ROWS, .first = 100});
    glow = make_glow(data, "glow", "1");
    glow_too = make_glow(second, "glow_too", "2");
    glow_of_floats = make_glow(floats, "glow_of_floats", "1");
    gan = make_run_of("gan", of_gan, data, "gan");
    gan_too = make_run_of("gan", of_gan, second, "gan_too");
    diffusion = make_run_of("diffusion", of_diffusion, data, "diffusion");
    diffusion_too = make_run_of("diffusion", of_diffusion, second, "diffusion_too");
    vdvae = make_vdvae(data, "vdvae");
    return 0;
}

/* ---- Calls ------------------------------------------------------------------------------- */

static gt_status invert(const char *run, const char *const *sets, size_t count,
                        gt_inversion_settings settings, const char *filling, gt_inversion *out,
                        gt_error *err) {
    use_settings u;
    const gt_model_class *kind = NULL;
    assert_ok(gt_model_class_find("glow", &kind, err), *err);
    begin_use(&u, "ignore", kind->invert_options, kind->invert_size);
    if (filling) set_use(&u, "filling", filling);
    settings.exact = true;
    if (!settings.batch) settings.batch = BATCH;
    if (!settings.kind) settings.kind = "eps";
    gt_status status = gt_invert(&u.context, run, sets, count, &settings, u.values, out, err);
    end_use(&u);
    return status;
}

static gt_status sample(const char *run, const char *model, gt_sample_settings settings,
                        gt_sampled *made, gt_error *err) {
    use_settings u;
    begin_use_of(&u, model, true);
    if (strcmp(model, "diffusion") == 0) set_use(&u, "max-steps", "3");
    settings.exact = true;
    settings.colours = "gray";
    settings.columns = 4;
    if (!settings.batch) settings.batch = BATCH;
    gt_status status = gt_sample_write(&u.context, run, &settings, u.values, made, err);
    end_use(&u);
    return status;
}

/* Rows of a file of latents of a run; yours. */
static float *latents_in(const char *run, const char *path, bool *is_raw) {
    gt_error err = {0};
    gt_run *opened = NULL;
    gt_latents *file = NULL;
    gt_latents_info info = {0};
    assert_ok(gt_run_open(run, &opened, &err), err);
    gt_latent_parts_of(gt_run_model(opened), &info);
    assert_ok(gt_latents_open(path, &info, &file, &err), err);
    float *rows = calloc(info.count, gt_latents_width(&info) * sizeof *rows);
    assert_ok(gt_latents_read(file, 0, info.count, rows, &err), err);
    if (is_raw) *is_raw = info.raw;
    gt_latents_close(file);
    gt_run_close(opened);
    return rows;
}

/* ---- Inversions -------------------------------------------------------------------------- */

/* One image at a time, by the model's own graph. */
static void test_numbers(void **state) {
    static const char *const fillings[] = {"noise", "middle"};
    for (int f = 0; f < 2; f++) {
        gt_error err = {0};
        gt_inversion found = {0};
        gt_run *run = NULL;
        gt_inference *inference = NULL;
        bool is_raw = true;
        char *out = kept_path("l.h5");
        assert_ok(invert(glow, &data, 1, (gt_inversion_settings){.out = out, .seed = 4},
                         fillings[f], &found, &err),
                  err);
        float *rows = latents_in(glow, out, &is_raw);
        assert_false(is_raw);
        assert_int_equal(found.width, VALUES);
        assert_ok(gt_run_open(glow, &run, &err), err);
        const gt_use_options how = {.use = GT_USE_INVERT,
                                    .settings = &fillings[f],
                                    .batch = 1,
                                    .threads = 1,
                                    .exact = true,
                                    .latents = {.checked = true}};
        assert_ok(gt_inference_create(run, &how, &inference, &err), err);
        double sum = 0, numbers = 0;
        for (uint64_t row = 0; row < ROWS; row++) {
            float levels[VALUES];
            const float *one = NULL;
            picture(row, SIDE, levels);
            assert_ok(gt_inference_run(inference, levels, 1, 4, row, &one, &err), err);
            for (size_t i = 0; i < VALUES; i++)
                assert_near(rows[row * VALUES + i], one[i], 1e-4);
            assert_near(found.sets[0].largest_z[row], one[VALUES + 1], 1e-4);
            assert_true(one[VALUES] < 1e-5f);
            for (size_t i = 0; i < VALUES / 2; i++, numbers++) sum += (double)one[i];
        }
        const gt_inverted_part *finest = &found.sets[0].parts[0];
        assert_string_equal(finest->name, "level_0");
        assert_int_equal(finest->numbers, ROWS * VALUES / 2);
        assert_near(finest->mean, sum / numbers, 1e-4);
        assert_true(finest->deviation > 0 && finest->largest >= finest->deviation);
        assert_true(found.sets[0].worst < 1e-5 && found.sets[0].above == 0);
        gt_inference_destroy(inference);
        gt_run_close(run);
        gt_inversion_free(&found);
        free(rows);
    }
}

/* Latents of either kind make the dequantised images again: those whose pixels lie in the bins
 * of the ones that went in. */
static void test_images_come_back(void **state) {
    static const char *const kinds[] = {"eps", "z"};
    for (int k = 0; k < 2; k++) {
        gt_error err = {0};
        gt_inversion found = {0};
        gt_sampled made = {0};
        size_t count = 0, width = 0;
        char *out = kept_path("l.h5"), *again = kept_path("again.h5");
        assert_ok(invert(glow_of_floats, &floats, 1,
                         (gt_inversion_settings){.out = out, .kind = kinds[k]}, NULL, &found,
                         &err),
                  err);
        gt_inversion_free(&found);
        assert_ok(sample(glow_of_floats, "glow",
                         (gt_sample_settings){.out = again, .latents = out}, &made, &err),
                  err);
        assert_int_equal(made.count, ROWS);
        float *levels = values_in(again, &count, &width);
        for (uint64_t row = 0; row < ROWS; row++) {
            float original[VALUES];
            picture(row, SIDE, original);
            for (size_t i = 0; i < VALUES; i++) {
                double low = floor((double)original[i] / 8) * 8 * 255 / 256;
                double seen = (double)levels[row * VALUES + i];
                if (seen < low - 2e-3 || seen > low + 8 * 255.0 / 256 + 2e-3)
                    fail_msg("pixel %zu of %d: %g became %g", i, (int)row, (double)original[i],
                             seen);
            }
        }
        free(levels);
    }
}

/* Pixels that are taken as they are come back as they were. */
static void test_pixels_as_they_are(void **state) {
    gt_error err = {0};
    gt_inversion found = {0};
    gt_sampled made = {0};
    size_t count = 0, width = 0;
    char *out = kept_path("l.h5"), *again = kept_path("again.h5");
    assert_ok(invert(glow_of_floats, &floats, 1, (gt_inversion_settings){.out = out}, "none",
                     &found, &err),
              err);
    gt_inversion_free(&found);
    assert_ok(sample(glow_of_floats, "glow", (gt_sample_settings){.out = again, .latents = out},
                     &made, &err),
              err);
    float *levels = values_in(again, &count, &width);
    for (uint64_t row = 0; row < ROWS; row++) {
        float original[VALUES];
        picture(row, SIDE, original);
        for (size_t i = 0; i < VALUES; i++)
            assert_near(levels[row * VALUES + i], original[i], 5e-3);
    }
    free(levels);
}

/* ---- Noise ------------------------------------------------------------------------------- */

/* Rows of one model's pictures of given noise, and of the noise that another finds in them. */
static void there_and_back(const char *maker, const char *finder, const float *noise,
                           int64_t count, float *back) {
    static const double temperature = 1;
    static const char *const filling = "noise";
    gt_error err = {0};
    gt_run *a = NULL, *b = NULL;
    gt_inference *there = NULL, *here = NULL;
    const float *made = NULL, *found = NULL;
    gt_use_options how = {.use = GT_USE_SAMPLE,
                          .settings = &temperature,
                          .batch = count,
                          .threads = 1,
                          .exact = true,
                          .latents = {.given = true, .inner = true}};
    assert_ok(gt_run_open(maker, &a, &err), err);
    assert_ok(gt_run_open(finder, &b, &err), err);
    assert_ok(gt_inference_create(a, &how, &there, &err), err);
    how.use = GT_USE_INVERT;
    how.settings = &filling;
    assert_ok(gt_inference_create(b, &how, &here, &err), err);
    assert_ok(gt_inference_run(there, noise, (size_t)count, 0, 0, &made, &err), err);
    assert_ok(gt_inference_run(here, made, (size_t)count, 0, 0, &found, &err), err);
    memcpy(back, found, (size_t)count * gt_inference_width(here) * sizeof *back);
    gt_inference_destroy(there);
    gt_inference_destroy(here);
    gt_run_close(a);
    gt_run_close(b);
}

/* Noise that was saved comes back from the pictures made of it, and not from another network.
 */
static void test_noise_comes_back(void **state) {
    enum { COUNT = 11 };
    gt_error err = {0};
    gt_sampled made = {0};
    const char *path = kept_path("noise.h5");
    float back[COUNT * VALUES];
    double apart = 0;
    assert_ok(
        sample(glow, "glow",
               (gt_sample_settings){
                   .out = kept_path("s.h5"), .save_latents = path, .count = COUNT, .seed = 9},
               &made, &err),
        err);
    float *noise = latents_in(glow, path, NULL);
    there_and_back(glow, glow, noise, COUNT, back);
    for (size_t i = 0; i < COUNT * VALUES; i++) assert_near(back[i], noise[i], 1e-4);
    there_and_back(glow, glow_too, noise, COUNT, back);
    for (size_t i = 0; i < COUNT * VALUES; i++)
        apart += fabs((double)back[i] - (double)noise[i]) / (COUNT * VALUES);
    assert_true(apart > 0.05);
    free(noise);
}

/* What is saved is what images are made of, whatever the kind of model, and the same for two
 * runs of one configuration. */
static void test_equal_noise(void **state) {
    const struct {
        const char *model, *run, *other;
        size_t width;
    } cases[] = {{"glow", glow, glow_too, VALUES},
                 {"gan", gan, gan_too, 8 + 8 * 8 + 16 * 16 + 32 * 32},
                 {"diffusion", diffusion, diffusion_too, VALUES}};
    enum { COUNT = BATCH + 3 };
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        gt_error err = {0};
        gt_sampled made = {0};
        gt_sample_settings settings = {.out = kept_path("s.h5"),
                                       .save_latents = kept_path("n.h5"),
                                       .count = COUNT,
                                       .seed = 7};
        const char *seeded = settings.out, *saved = settings.save_latents;
        assert_ok(sample(cases[k].run, cases[k].model, settings, &made, &err), err);
        settings = (gt_sample_settings){.out = kept_path("t.h5"), .latents = saved, .seed = 7};
        assert_ok(sample(cases[k].run, cases[k].model, settings, &made, &err), err);
        assert_int_equal(made.count, COUNT);
        size_t count = 0, values = 0;
        float *a = values_in(seeded, &count, &values);
        float *b = values_in(settings.out, &count, &values);
        assert_memory_equal(a, b, count * values * sizeof *a);
        free(a);
        free(b);
        settings = (gt_sample_settings){.out = kept_path("u.h5"),
                                        .save_latents = kept_path("m.h5"),
                                        .count = COUNT,
                                        .batch = 3,
                                        .seed = 7};
        assert_ok(sample(cases[k].other, cases[k].model, settings, &made, &err), err);
        a = latents_in(cases[k].run, saved, NULL);
        b = latents_in(cases[k].other, settings.save_latents, NULL);
        assert_memory_equal(a, b, COUNT * cases[k].width * sizeof *a);
        assert_true(a[0] != a[cases[k].width]);
        free(a);
        free(b);
    }
}

/* ---- What is lost ------------------------------------------------------------------------ */

/* Noise for a Glow, with numbers that no picture comes of in some rows. */
static void write_latents(const char *path, const char *run, size_t count,
                          const bool *is_broken, bool is_raw) {
    gt_error err = {0};
    gt_run *opened = NULL;
    gt_latents_writer *writer = NULL;
    gt_latents_info info = {.count = count, .raw = is_raw};
    const gt_draws draws = {.seed = 1};
    assert_ok(gt_run_open(run, &opened, &err), err);
    gt_latent_parts_of(gt_run_model(opened), &info);
    size_t width = gt_latents_width(&info);
    float *rows = calloc(count, width * sizeof *rows);
    gt_model_draw_latents(gt_run_model(opened), (int64_t)count, &draws, rows);
    for (size_t i = 0; i < count; i++)
        if (is_broken && is_broken[i]) rows[i * width + i] = i % 2 ? NAN : INFINITY;
    assert_ok(gt_latents_writer_create(path, &info, &writer, &err), err);
    assert_ok(gt_latents_writer_append(writer, rows, width, NULL, count, &err), err);
    assert_ok(gt_latents_writer_commit(writer, &err), err);
    gt_run_close(opened);
    free(rows);
}

static void test_lost_samples(void **state) {
    enum { COUNT = 12, LEFT = 9 };
    static const bool is_broken[COUNT] = {false, true,  false, false, true,  false,
                                          false, false, false, false, false, true};
    gt_error err = {0};
    gt_sampled made = {0};
    gt_hdf5 *file = NULL;
    char *names = NULL;
    size_t count = 0, values = 0;
    gt_png sheet = {0};
    const char *broken = kept_path("broken.h5"), *whole = kept_path("whole.h5");
    write_latents(broken, glow, COUNT, is_broken, false);
    write_latents(whole, glow, COUNT, NULL, false);
    gt_sample_settings settings = {.out = kept_path("s.h5"), .latents = broken};
    remarks_begin();
    assert_ok(sample(glow, "glow", settings, &made, &err), err);
    assert_has(remarks, "3 of 12 images (25 %) are not finite and left out, at temperature 1 "
                        "(1,4,11)");
    assert_has(remarks, "of the pixels lie beyond the range learned from");
    assert_int_equal(made.count, LEFT);
    assert_int_equal(made.lost, 3);
    assert_ok(gt_hdf5_open(settings.out, &file, &err), err);
    assert_ok(gt_hdf5_text(file, NULL, "left_out", &names, &err), err);
    assert_string_equal(names, "1,4,11");
    gt_hdf5_close(file);
    free(names);
    float *left = values_in(settings.out, &count, &values);
    assert_int_equal(count, LEFT);
    settings = (gt_sample_settings){.out = kept_path("w.h5"), .latents = whole};
    assert_ok(sample(glow, "glow", settings, &made, &err), err);
    float *all = values_in(settings.out, &count, &values);
    for (size_t i = 0, at = 0; i < COUNT; i++)
        if (!is_broken[i])
            assert_memory_equal(left + at++ * VALUES, all + i * VALUES, VALUES * sizeof *all);
    free(left);
    free(all);
    /* on a sheet they keep their places, crossed out */
    settings = (gt_sample_settings){.out = kept_path("s.png"), .latents = broken};
    assert_ok(sample(glow, "glow", settings, &made, &err), err);
    assert_ok(read_png(settings.out, &sheet, &err), err);
    size_t cell = sheet.width / 4, x = 2 + cell;
    assert_int_equal(sheet.pixels[2 * sheet.width + x], 255);
    assert_int_equal(sheet.pixels[2 * sheet.width + x + 4], 0);
    free(sheet.pixels);
}

static void test_nothing_left(void **state) {
    static const bool is_broken[2] = {true, true};
    gt_error err = {0};
    gt_sampled made = {0};
    const char *broken = kept_path("broken.h5"), *out = kept_path("s.h5");
    write_latents(broken, glow, 2, is_broken, false);
    assert_int_equal(
        sample(glow, "glow", (gt_sample_settings){.out = out, .latents = broken}, &made, &err),
        GT_NOT_FINITE);
    assert_has(err.text, "none of 2 images is finite");
    assert_false(is_there(out));
}

/* ---- Several sets, and what is refused --------------------------------------------------- */

static void test_sets_and_figure(void **state) {
    gt_error err = {0};
    gt_inversion found = {0};
    gt_hdf5 *file = NULL;
    gt_hdf5_array *array = NULL;
    char names[2 * ROWS][6], ids[2 * ROWS][16];
    const char *second = make_picture_set(
        (made_pictures){.name = "two.h5", .rows = ROWS, .first = 40, .is_bare = true});
    const char *const sets[] = {data, second};
    gt_inversion_settings settings = {.out = kept_path("l.h5"), .figure = kept_path("l.svg")};
    assert_ok(invert(glow, sets, 2, settings, NULL, &found, &err), err);
    assert_int_equal(found.count, 2);
    assert_string_equal(found.sets[1].name, "two");
    assert_int_equal(found.sets[1].parts[1].numbers, ROWS * VALUES / 2);
    gt_inversion_free(&found);
    assert_ok(gt_hdf5_open(settings.out, &file, &err), err);
    assert_ok(gt_hdf5_array_open(file, "set", &array, &err), err);
    size_t size = gt_hdf5_array_shape(array)->item_size;
    assert_int_equal(size, 3);
    assert_ok(gt_hdf5_array_read(array, 0, 2 * ROWS, GT_HDF5_TEXT, names, &err), err);
    assert_memory_equal((char *)names, "set", 3);
    assert_memory_equal((char *)names + ROWS * size, "two", 3);
    gt_hdf5_array_close(array);
    assert_ok(gt_hdf5_array_open(file, "id", &array, &err), err);
    assert_int_equal(gt_hdf5_array_shape(array)->item_size, 15);
    assert_ok(gt_hdf5_array_read(array, 0, 2 * ROWS, GT_HDF5_TEXT, ids, &err), err);
    assert_memory_equal((char *)ids + 15, "source-1", 9);
    gt_hdf5_array_close(array);
    gt_hdf5_close(file);
    char *text = text_of(settings.figure);
    assert_has(text, "two level_1");
    free(text);
}

static void refuse_inversion(const char *run, const char *set, gt_status status,
                             const char *says) {
    gt_error err = {0};
    gt_inversion found = {0};
    const gt_inversion_settings settings = {.out = kept_path("no.h5")};
    assert_int_equal(invert(run, &set, 1, settings, NULL, &found, &err), status);
    assert_has(err.text, says);
    assert_false(is_there(settings.out));
    gt_inversion_free(&found);
}

static void refuse_sample(const char *run, const char *model, const char *latents,
                          int64_t count, gt_status status, const char *says) {
    gt_error err = {0};
    gt_sampled made = {0};
    const gt_sample_settings settings = {
        .out = kept_path("no.h5"), .latents = latents, .count = count};
    assert_int_equal(sample(run, model, settings, &made, &err), status);
    assert_has(err.text, says);
    assert_false(is_there(settings.out));
}

static void test_refusals(void **state) {
    gt_error err = {0};
    gt_sampled made = {0};
    refuse_inversion(vdvae, data, GT_UNSUPPORTED,
                     "is a run of model vdvae, which cannot tell what images are made of");
    refuse_inversion(gan, data, GT_UNSUPPORTED, "is a run of model gan, which cannot tell");
    refuse_inversion(
        glow, make_picture_set((made_pictures){.name = "wide.h5", .rows = 3, .side = SIDE + 4}),
        GT_BAD_SHAPE, "has images of 1x20x20");
    refuse_inversion(glow_of_floats,
                     make_picture_set((made_pictures){.name = "odd.h5",
                                                      .rows = 3,
                                                      .is_float = true,
                                                      .range = {-1, 3},
                                                      .odd_row = 1,
                                                      .odd = 3.5f}),
                     GT_BAD_ARGUMENT, "row 1: a pixel is 3.5, expected");
    const char *eps = kept_path("eps.h5"), *z = kept_path("z.h5"), *of_gan = kept_path("g.h5");
    write_latents(eps, glow, 3, NULL, false);
    write_latents(of_gan, gan, 3, NULL, false);
    write_latents(z, gan, 3, NULL, true);
    refuse_sample(glow, "glow", eps, 4, GT_BAD_ARGUMENT, "count 4: ");
    refuse_sample(vdvae, "vdvae", eps, 0, GT_UNSUPPORTED,
                  "is a run of model vdvae, which makes no images of latents that are given");
    refuse_sample(gan, "gan", eps, 0, GT_BAD_SHAPE, "no array 'z', expected one of (N,8)");
    refuse_sample(glow, "glow", of_gan, 0, GT_BAD_SHAPE,
                  "no array 'level_0', expected one of (N,2,8,8)");
    refuse_sample(gan, "gan", z, 0, GT_MISMATCH, "holds latents of kind z, expected the noise");
    const gt_sample_settings both = {
        .out = kept_path("no.h5"), .latents = eps, .save_latents = kept_path("no2.h5")};
    assert_int_equal(sample(glow, "glow", both, &made, &err), GT_USAGE);
    const gt_sample_settings untold = {
        .out = kept_path("no.h5"), .save_latents = kept_path("no2.h5"), .count = 2};
    assert_int_equal(sample(vdvae, "vdvae", untold, &made, &err), GT_UNSUPPORTED);
    assert_has(err.text, "vdvae, which does not tell the noise that its images are made of");
    assert_false(is_there(both.out) || is_there(both.save_latents));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_numbers),          TEST(test_images_come_back), TEST(test_pixels_as_they_are),
        TEST(test_noise_comes_back), TEST(test_equal_noise),      TEST(test_lost_samples),
        TEST(test_nothing_left),     TEST(test_sets_and_figure),  TEST(test_refusals),
    };
    return cmocka_run_group_tests(tests, make_all, end_kept);
}
