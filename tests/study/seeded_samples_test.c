/* Every kind that makes pictures: picture I follows from weights and seed, however many there
 * are, in batches of whatever size, and for any number of threads. */
#include "sampling.h"
#include "study_pictures.h"

enum { COUNT = 11 };

static const char *const
    glow[] = {"levels=2",           "flows=2", "width=8", "epochs=4", "threads=1", "batch=8",
              "learning-rate=1e-3", NULL},
    *const diffusion[] = {"width=4",        "levels=2",  "epochs=30",
                          "batch=8",        "threads=1", "learning-rate=1e-2",
                          "optimizer=adam", "ema=0",     NULL},
    *const gan[] = {"side=32",
                    "latent=8",
                    "most-channels=16",
                    "heads=1",
                    "head-size=4",
                    "attention=none",
                    "epochs=1",
                    "batch=8",
                    "micro-batch=8",
                    "threads=1",
                    "optimizer=adam",
                    "learning-rate=1e-3",
                    "ema=0",
                    NULL},
    *const walk[] = {"max-steps=60", "end-sigma=0.001", NULL};

static struct kind {
    const char *model;
    const char *const *training, *const *sampling;
    const char *run;
} kinds[] = {{"vdvae", NULL, NULL, NULL},
             {"glow", glow, NULL, NULL},
             {"diffusion", diffusion, walk, NULL}, /* of so many steps for every picture */
             {"gan", gan, NULL, NULL}};
enum { KINDS = sizeof kinds / sizeof *kinds };

static int make_all(void **state) {
    (void)state;
    begin_kept();
    const char *data = make_picture_set((made_pictures){.name = "set.h5", .rows = 24});
    for (size_t i = 0; i < KINDS; i++)
        kinds[i].run = kinds[i].training ? make_run_of(kinds[i].model, kinds[i].training, data,
                                                       kinds[i].model)
                                         : make_vdvae(data, kinds[i].model);
    return 0;
}

/* Pixels (count, values) of a set; yours. */
static float *sample(const struct kind *k, int64_t count, int64_t batch, int threads,
                     size_t *values) {
    gt_error err = {0};
    size_t made = 0;
    gt_sampled wrote;
    use_settings u;
    const gt_sample_settings how = {.out = kept_path("s.h5"),
                                    .colours = "gray",
                                    .count = count,
                                    .seed = 9,
                                    .columns = 4,
                                    .batch = batch};
    begin_use_of(&u, k->model, true);
    u.context.threads = threads;
    if (k->sampling)
        assert_ok(gt_options_preset(u.asked.options, "test", k->sampling, &err), err);
    assert_ok(gt_sample_write(&u.context, k->run, &how, u.values, &wrote, &err), err);
    end_use(&u);
    float *pixels = values_in(how.out, &made, values);
    assert_int_equal(made, count);
    return pixels;
}

/* Bytes are cut, so that the last digit of a number may carry one of them to its neighbour. */
static void assert_same(const char *model, const float *a, const float *b, size_t count) {
    size_t carried = 0;
    for (size_t i = 0; i < count; i++) {
        double d = fabs((double)a[i] - (double)b[i]);
        if (d > 1) fail_msg("%s: value %zu is %g and %g", model, i, (double)a[i], (double)b[i]);
        carried += d > 0;
    }
    if (carried > count / 100) fail_msg("%s: %zu of %zu bytes differ", model, carried, count);
}

static void pictures_follow_from_the_seed(void **state) {
    static const struct {
        int64_t count, batch;
        int threads;
    } ways[] = {{COUNT, 1, 1}, {COUNT, 4, 1}, {COUNT, 64, 1}, {COUNT, 4, 2}, {3, 8, 2}};
    (void)state;
    for (size_t k = 0; k < KINDS; k++) {
        size_t values = 0;
        float *first = sample(&kinds[k], COUNT, 8, 1, &values);
        float *again = sample(&kinds[k], COUNT, 8, 1, &values);
        double scatter = 0;
        assert_memory_equal(first, again, COUNT * values * sizeof *first);
        for (size_t i = 0; i < values; i++)
            scatter += fabs((double)first[i] - (double)first[values + i]) / (double)values;
        assert_true(scatter > 1); /* no two pictures are one */
        free(again);
        for (size_t w = 0; w < sizeof ways / sizeof *ways; w++) {
            float *other =
                sample(&kinds[k], ways[w].count, ways[w].batch, ways[w].threads, &values);
            assert_same(kinds[k].model, first, other, (size_t)ways[w].count * values);
            free(other);
        }
        free(first);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {TEST(pictures_follow_from_the_seed)};
    return cmocka_run_group_tests(tests, make_all, end_kept);
}
