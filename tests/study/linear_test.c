/* A model that no list names, with every use that a kind may have, through the studies: what
 * they write is what its formulas give. */
#include "density.h"
#include "encoding.h"
#include "file.h"
#include "network.h"
#include "novelty.h"
#include "png_file.h"
#include "reconstruction.h"
#include "sampling.h"
#include "study_sets.h"
#include "train/toy_linear.h"

enum { SIDE = 8, PIXELS = SIDE * SIDE, ROWS = 40, LATENT = 3 };

static gt_error err;

/* Pictures that lie near a plane of three dimensions, but for one of stripes. */
static const char *make_pictures_with(const char *name, uint64_t odd_row) {
    gt_dataset_writer *writer = NULL;
    gt_dataset_info info = gt_dataset_info_default();
    gt_rng_key key = {5, gt_rng_stream("linear"), 0};
    char *path = kept_path(name);
    info.kind = GT_DATASET_IMAGES;
    info.type = GT_PIXEL_U8;
    info.count = ROWS;
    info.channels = 1;
    info.height = info.width = SIDE;
    info.survey = "FIRST";
    info.pixel_scale_arcsec = 1.8;
    info.preparation = "align=none cut=16 resize=8 normalize=none";
    assert_ok(gt_dataset_writer_create(path, &info, &writer, &err), err);
    for (uint64_t row = 0; row < ROWS; row++) {
        uint8_t pixels[PIXELS];
        double u[3];
        for (uint64_t k = 0; k < 3; k++) u[k] = gt_rng_uniform(key, 3 * row + k) - 0.5;
        for (int i = 0; i < PIXELS; i++)
            pixels[i] = (uint8_t)(128 + 60 * u[0] * (i % 2 ? 1 : -1) +
                                  80 * u[1] * (i < PIXELS / 2 ? 1 : -1) +
                                  70 * u[2] * (i % SIDE < SIDE / 2 ? 1 : -1) +
                                  (double)((row * 7 + (uint64_t)i * 5) % 3));
        for (int i = 0; i < PIXELS && row == odd_row; i++) pixels[i] = i % 3 ? 90 : 160;
        assert_ok(gt_dataset_writer_append(writer, pixels, NULL, 1, &err), err);
    }
    assert_ok(gt_dataset_writer_commit(writer, &err), err);
    return path;
}

static const char *make_pictures(const char *name) {
    return make_pictures_with(name, ROWS);
}

/* ---- a run, and how the studies open it ---- */

static gt_model_class kind;
static linear_settings how = {.latent = LATENT, .grow = 1};
static gt_network network;
static const char *pictures, *run;

static gt_status train(const char *out) {
    static const char *const settings[] = {"epochs=30",          "batch=10",   "optimizer=adam",
                                           "learning-rate=2e-2", "ema=0.9",    "threads=1",
                                           "schedule=constant",  "hold-out=0", NULL};
    gt_options *options = NULL;
    gt_train_settings training;
    gt_train_result result;
    assert_ok(gt_options_create(&options, &err), err);
    assert_ok(gt_options_add(options, &gt_train_options, &training, &err), err);
    assert_ok(gt_options_preset(options, "test", settings, &err), err);
    assert_ok(gt_options_set(options, "data", pictures, GT_FROM_COMMAND, NULL, &err), err);
    assert_ok(gt_options_set(options, "out", out, GT_FROM_COMMAND, NULL, &err), err);
    gt_train_job job = {.model = &kind,
                        .model_settings = &how,
                        .settings = &training,
                        .progress = -1,
                        .provenance = "{}"};
    gt_status status = gt_train(&job, &result, &err);
    gt_options_destroy(options);
    return status;
}

/* `like` keeps the studies from asking the weights, which name a kind that no list has. */
static gt_context linear_context(gt_invocation *asked) {
    gt_context context = make_context(asked, "tell");
    network = (gt_network){.like = "itself",
                           .class = &kind,
                           .settings = &how,
                           .input = GT_MODEL_INPUT(1, SIDE, SIDE, 0, 1)};
    context.network = &network;
    return context;
}

/* Each test has a folder, and a run, of its own. */
static void begin(void) {
    kind = linear_class;
    how = (linear_settings){.latent = LATENT, .grow = 1};
    pictures = make_pictures("pictures.h5");
    run = kept_path("run");
    assert_ok(train(run), err);
}

static gt_run *open_run(void) {
    gt_invocation asked;
    gt_run *opened = NULL;
    gt_context context = linear_context(&asked);
    assert_ok(gt_network_open_run(&context, run, NULL, NULL, &opened, &err), err);
    end_context(&context);
    return opened;
}

static float *rows_of(const char *path, size_t values, uint64_t *count) {
    gt_dataset *data = NULL;
    assert_ok(gt_dataset_open_any(path, &data, &err), err);
    *count = gt_dataset_describe(data)->count;
    assert_int_equal(gt_dataset_row_values(gt_dataset_describe(data)), values);
    float *rows = malloc((size_t)*count * values * sizeof *rows);
    assert_ok(gt_dataset_read(data, 0, (size_t)*count, rows, &err), err);
    gt_dataset_close(data);
    return rows;
}

/* ---- codes and reconstructions ---- */

/* Signal of three dimensions over noise of a level or two: what is lost is that noise. */
static void codes_and_back(void **state) {
    gt_invocation asked;
    gt_encoded encoded;
    gt_reconstruction shown;
    (void)state;
    begin();
    gt_context context = linear_context(&asked);
    gt_encode_settings encode = {
        .data = pictures, .out = kept_path("codes.h5"), .average = "none"};
    assert_ok(gt_encode_set(&context, run, &encode, NULL, &encoded, &err), err);
    assert_int_equal(encoded.count, ROWS);
    assert_int_equal(encoded.width, LATENT);
    gt_reconstruct_settings settings = {.data = pictures,
                                        .out = kept_path("r.png"),
                                        .split = "any",
                                        .colours = "gray",
                                        .count = 4,
                                        .columns = 4};
    assert_ok(gt_reconstruct_write(&context, run, &settings, &shown, &err), err);
    assert_int_equal(shown.count, 4);
    if (!(shown.low > 30)) fail_msg("a reconstruction of %.4g dB", shown.low);
    end_context(&context);
}

/* ---- samples ---- */

static void sample(const char *from, const char *out, double temperature) {
    gt_invocation asked;
    gt_sampled made = {.width = 9};
    gt_context context = linear_context(&asked);
    gt_sample_settings settings = {
        .out = out, .colours = "gray", .count = 5, .seed = 3, .columns = 5, .batch = 2};
    assert_ok(
        gt_sample_write(&context, from, &settings, &(linear_sample){temperature}, &made, &err),
        err);
    assert_int_equal(made.width, 0);
    end_context(&context);
}

/* At temperature 0 all are the mean that was learned, as levels of bytes. */
static void samples_are_levels(void **state) {
    uint64_t count = 0;
    (void)state;
    begin();
    const char *cold = kept_path("cold.h5"), *warm = kept_path("warm.h5");
    gt_run *opened = open_run();
    gt_params *params = gt_model_params(gt_run_model(opened));
    const float *mean =
        gt_params_values(params) + gt_params_offset(params, gt_params_find(params, "mean"));
    sample(run, cold, 0);
    sample(run, warm, 1);
    float *a = rows_of(cold, PIXELS, &count), *b = rows_of(warm, PIXELS, &count);
    assert_int_equal(count, 5);
    for (int i = 0; i < 5 * PIXELS; i++) {
        double level = ((double)mean[i % PIXELS] + 1) * 127.5;
        assert_near((double)a[i], floor(level), fabs(level - round(level)) < 1e-3 ? 1.001 : 0);
    }
    assert_true(memcmp(a, b, 5 * PIXELS * sizeof *a) != 0);
    free(a);
    free(b);
    gt_run_close(opened);
}

/* ---- samples of another size ---- */

/* Twice the pixels on a side: half the pixel scale, and a sheet with room for them. */
static void samples_grow(void **state) {
    gt_dataset *data = NULL;
    gt_png sheet = {0}, grown_sheet = {0};
    uint64_t count = 0;
    (void)state;
    begin();
    const char *grown = kept_path("grown"), *set = kept_path("grown.h5");
    sample(run, kept_path("sheet.png"), 1);
    assert_ok(read_png(in_folder("sheet.png"), &sheet, &err), err);
    how.grow = 2;
    assert_int_equal(train(kept_path("refused")), GT_BAD_ARGUMENT);
    assert_has(err.text, "linear: makes pictures of 1x16x16 from those of 1x8x8");
    kind.reconstruct = NULL;
    assert_ok(train(grown), err);
    sample(grown, set, 1);
    float *a = rows_of(set, 4 * PIXELS, &count);
    for (int i = 0; i < PIXELS; i++) { /* blocks of 2 x 2 pixels */
        const float *block = a + (i / SIDE) * 4 * SIDE + (i % SIDE) * 2;
        assert_true(block[0] == block[1] && block[0] == block[2 * SIDE]);
    }
    assert_ok(gt_dataset_open(set, &data, &err), err);
    const gt_dataset_info *info = gt_dataset_describe(data);
    assert_int_equal(info->height, 2 * SIDE);
    assert_near(info->pixel_scale_arcsec, 0.9, 1e-12);
    assert_string_equal(info->preparation, "align=none cut=16 resize=none normalize=none");
    gt_dataset_close(data);
    free(a);
    sample(grown, kept_path("grown.png"), 1);
    assert_ok(read_png(in_folder("grown.png"), &grown_sheet, &err), err);
    assert_int_equal(grown_sheet.width - sheet.width, 2 * 5 * SIDE); /* drawn twice as large */
    assert_int_equal(grown_sheet.height - sheet.height, 2 * SIDE);
    free(sheet.pixels);
    free(grown_sheet.pixels);
}

static gt_status sample_nothing(const gt_model *model, gt_graph *g, int64_t batch,
                                const void *settings, gt_model_graph *out, gt_error *error) {
    (void)model, (void)settings, (void)error;
    out->output = gt_constant(g, 0, GT_SHAPE(batch, 3));
    return GT_OK;
}

/* A graph that gives something else is no picture. */
static void samples_of_the_wrong_size(void **state) {
    gt_invocation asked;
    gt_sampled made = {.width = 9};
    gt_sample_settings settings = {
        .out = in_folder("none.h5"), .colours = "gray", .count = 1, .batch = 1};
    (void)state;
    begin();
    gt_context context = linear_context(&asked);
    kind.sample = sample_nothing;
    assert_int_equal(gt_sample_write(&context, run, &settings, NULL, &made, &err),
                     GT_BAD_SHAPE);
    assert_has(err.text, "linear makes 1x3 for 1 pictures of 1x8x8");
    end_context(&context);
}

/* ---- densities ---- */

/* Log-density of levels under x = z W + mean + noise, from the whole covariance: its triangular
 * factor L, with L y = x - mean, has |y|^2 and the determinant. */
static double log_density(const gt_run *opened, const float *levels) {
    static double c[PIXELS][PIXELS];
    const gt_params *params = gt_model_params(gt_run_model(opened));
    const float *values = gt_params_values(gt_model_params(gt_run_model(opened)));
    const float *w = values + gt_params_offset(params, gt_params_find(params, "weight"));
    const float *mean = values + gt_params_offset(params, gt_params_find(params, "mean"));
    double log_sd = (double)values[gt_params_offset(params, gt_params_find(params, "log_sd"))];
    double y[PIXELS], sum = PIXELS * (log(2.0 / 255) - log(2 * M_PI) / 2);
    for (int i = 0; i < PIXELS; i++)
        for (int j = 0; j < PIXELS; j++) {
            c[i][j] = i == j ? exp(2 * log_sd) : 0;
            for (int k = 0; k < LATENT; k++)
                c[i][j] += (double)w[k * PIXELS + i] * (double)w[k * PIXELS + j];
        }
    for (int i = 0; i < PIXELS; i++) {
        for (int j = 0; j <= i; j++) {
            for (int k = 0; k < j; k++) c[i][j] -= c[i][k] * c[j][k];
            c[i][j] = i == j ? sqrt(c[i][j]) : c[i][j] / c[j][j];
        }
        y[i] = (double)levels[i] * 2 / 255 - 1 - (double)mean[i];
        for (int k = 0; k < i; k++) y[i] -= c[i][k] * y[k];
        y[i] /= c[i][i];
        sum -= log(c[i][i]) + y[i] * y[i] / 2;
    }
    return sum;
}

static void densities_of_images(void **state) {
    gt_invocation asked;
    gt_densities found = {.count = 0};
    uint64_t count = 0;
    char *table = NULL;
    size_t length = 0;
    (void)state;
    begin();
    gt_context context = linear_context(&asked);
    const char *sets[] = {pictures}, *out = kept_path("d.csv");
    assert_ok(gt_densities_compute(&context, run, sets, 1, &found, &err), err);
    assert_int_equal(found.sets[0].count, ROWS);
    float *levels = rows_of(pictures, PIXELS, &count);
    double worst = 0;
    for (int i = 0; i < ROWS; i++) {
        double expected = log_density(found.run, levels + i * PIXELS);
        worst = fmax(worst, fabs(found.sets[0].log_p[i] - expected) / PIXELS);
    }
    print_message("densities differ by up to %.2g nats a value\n", worst);
    assert_true(worst < 1e-4);
    double bits = gt_scores_bits(found.run, found.ranges[0].mean);
    assert_near(bits, -found.ranges[0].mean / log(2) / PIXELS, 1e-12);
    assert_ok(gt_densities_table(&found, out, &err), err);
    assert_ok(gt_file_load(out, 1 << 20, &table, &length, &err), err);
    assert_has(table, "log_density,bits_per_value\n");
    free(table);
    free(levels);
    gt_densities_free(&found);
    end_context(&context);
}

static void novel_images(void **state) {
    gt_invocation asked;
    gt_novelty found = {.count = 0};
    (void)state;
    begin();
    gt_context context = linear_context(&asked);
    const char *noise = make_pictures_with("noise.h5", 17);
    gt_novelty_request request = {.run = run, .data = noise, .search = pictures, .top = 2};
    assert_ok(gt_novelty_find(&context, &request, &found, &err), err);
    assert_int_equal(found.outliers[0].row, 17);
    assert_true(found.is_searched && gt_outlier_has_neighbour(&found.outliers[0]));
    gt_novelty_free(&found);
    found = (gt_novelty){.count = 0};
    request.search = make_set((made_set){.name = "codes.h5", .rows = 9, .width = 4});
    assert_true(gt_novelty_find(&context, &request, &found, &err) != GT_OK);
    assert_has(err.text, "codes.h5");
    gt_novelty_free(&found);
    end_context(&context);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(codes_and_back),      TEST(samples_are_levels),
        TEST(samples_grow),        TEST(samples_of_the_wrong_size),
        TEST(densities_of_images), TEST(novel_images),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
