/* twins_alike_test.c - cosines of samples that are written by hand: how alike pictures are
 * anyway, and what is said of models that have not learned yet. */
#include <math.h>

#include "file.h"
#include "galatea/image.h"
#include "galatea/twomodels.h"
#include "twins/sweep.h"
#include "twins_call.h"

enum { COUNT = 6 };

static gt_error err;
static call here;
static gt_sweep sweep;
static gt_twin twin;

typedef enum kind { PICTURES, ONE_PICTURE, NOISE, TURNED /* by a quarter */ } kind;

static void fill(kind what, uint64_t row, float *levels) {
    gt_rng_key key = {11, gt_rng_stream("alike"), 0};
    if (what != NOISE) {
        float own[PICTURE_VALUES];
        picture(what == ONE_PICTURE ? 3 : row, PICTURE_SIDE, own);
        gt_image_turn(own, 1, PICTURE_SIDE, PICTURE_SIDE, what == TURNED, levels);
        return;
    }
    for (uint64_t i = 0; i < PICTURE_VALUES; i++)
        levels[i] = (float)floor(255 * gt_rng_uniform(key, row * PICTURE_VALUES + i));
}

static void put_set(const char *name, kind what) {
    float levels[PICTURE_VALUES];
    uint8_t bytes[PICTURE_VALUES];
    gt_dataset_writer *writer = NULL;
    const made_pictures m = {
        .name = name, .rows = COUNT, .side = PICTURE_SIDE, .channels = 1, .is_bare = true};
    const gt_dataset_info info = describe_pictures(&m);
    assert_ok(gt_dataset_writer_create(kept_path(name), &info, &writer, &err), err);
    for (uint64_t row = 0; row < COUNT; row++) {
        fill(what, row, levels);
        for (size_t i = 0; i < PICTURE_VALUES; i++) bytes[i] = (uint8_t)levels[i];
        assert_ok(gt_dataset_writer_append(writer, bytes, NULL, 1, &err), err);
    }
    assert_ok(gt_dataset_writer_commit(writer, &err), err);
}

/* Of samples of both sides what a part finds; its remarks are kept. */
static gt_numbers compare(const gt_twins_part *part, kind a, kind b) {
    gt_numbers found = {0};
    put_set("alike/diffusion/N-6/samples_a.h5", a);
    put_set("alike/diffusion/N-6/samples_b.h5", b);
    remarks_begin();
    assert_ok(part->run(&twin, &found, &err), err);
    gt_log_to(NULL, NULL);
    return found;
}

/* By a plain loop over the pictures as they were made. */
static void unpaired_are_of_other_noise(void **state) {
    float levels[2][PICTURE_VALUES];
    double sum[2] = {0};
    (void)state;
    gt_numbers found = compare(&gt_twins_cosine, PICTURES, PICTURES);
    for (uint64_t i = 0; i < COUNT; i++) {
        fill(PICTURES, i, levels[0]);
        fill(PICTURES, (i + 1) % COUNT, levels[1]);
        const gt_cosines own = gt_cosines_of(PICTURE_VALUES, levels[0], levels[1]);
        sum[0] += own.plain, sum[1] += own.centred;
    }
    assert_near(gt_numbers_get(&found, "unpaired_mean"), sum[0] / COUNT, 1e-9);
    assert_near(gt_numbers_get(&found, "unpaired_centred_mean"), sum[1] / COUNT, 1e-9);
    assert_near(gt_numbers_get(&found, "cosine_centred_median"), 1, 1e-9);
    assert_string_equal(remarks, ""); /* pairs stand out */
    gt_numbers_free(&found);
}

static void likeness_of_all_is_told(void **state) {
    static const struct {
        kind a, b;
        bool is_told;
    } cases[] = {{ONE_PICTURE, ONE_PICTURE, true}, /* whatever the noise */
                 {ONE_PICTURE, PICTURES, true},
                 {NOISE, PICTURES, false},
                 {PICTURES, ONE_PICTURE, false}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        gt_numbers found = compare(&gt_twins_cosine, cases[i].a, cases[i].b);
        if (cases[i].is_told)
            assert_has(remarks,
                       "6 images: samples of A hardly differ among themselves (median");
        else
            assert_string_equal(remarks, "");
        gt_numbers_free(&found);
    }
}

static void noise_is_like_nothing(void **state) {
    (void)state;
    put_set("alike/subsets/B-6.h5", NOISE);
    put_set("alike/subsets/A-6.h5", PICTURES);
    gt_numbers found = compare(&gt_twins_nearest, NOISE, NOISE);
    assert_true(gt_numbers_get(&found, "nearest_centred_a_median") < 0.3);
    assert_has(remarks, "6 images: samples of A are unlike all pictures that it learned from");
    gt_numbers_free(&found);
    found = compare(&gt_twins_nearest, PICTURES, NOISE);
    assert_near(gt_numbers_get(&found, "copies_a"), 1, 0);
    assert_string_equal(remarks, "");
    gt_numbers_free(&found);
}

static void turned_copies_are_found(void **state) {
    (void)state;
    put_set("alike/subsets/A-6.h5", PICTURES);
    for (int turns = 0; turns < 2; turns++) {
        here.training.nearest_turns = turns;
        gt_numbers found = compare(&gt_twins_nearest, TURNED, NOISE);
        assert_near(gt_numbers_get(&found, "copies_a"), turns, 0);
        gt_numbers_free(&found);
    }
    here.training.nearest_turns = false;
}

/* What A learned and B did not is learned by heart; what both did may be chance. */
static void copies_are_set_against_the_other_half(void **state) {
    (void)state;
    put_set("alike/subsets/A-6.h5", PICTURES);
    put_set("alike/subsets/B-6.h5", NOISE);
    gt_numbers found = compare(&gt_twins_nearest, PICTURES, NOISE);
    assert_near(gt_numbers_get(&found, "copies_own_a"), COUNT, 0);
    assert_near(gt_numbers_get(&found, "copies_other_a"), 0, 0);
    assert_near(gt_numbers_get(&found, "copied_originals_a"), COUNT, 0);
    assert_near(gt_numbers_get(&found, "beyond_chance_a"), 1, 1e-12);
    assert_true(gt_numbers_get(&found, "beyond_chance_low_a") < 0.5);
    gt_numbers_free(&found);
    put_set("alike/subsets/B-6.h5", PICTURES);
    found = compare(&gt_twins_nearest, PICTURES, NOISE);
    assert_near(gt_numbers_get(&found, "copies_a"), 1, 0);
    assert_near(gt_numbers_get(&found, "copies_own_a"), 0, 0);
    assert_near(gt_numbers_get(&found, "copies_other_a"), COUNT, 0);
    gt_numbers_free(&found);
}

/* What real pictures would count as: those that are learned from as copies, noise as none. */
static void real_pictures_are_measured_alike(void **state) {
    char path[PATH_MAX];
    (void)state;
    put_set("alike/subsets/A-6.h5", PICTURES);
    gt_numbers found = compare(&gt_twins_nearest, PICTURES, PICTURES);
    assert_true(isnan(gt_numbers_get(&found, "copies_real_a"))); /* there are none */
    gt_numbers_free(&found);
    put_set("alike/subsets/test.h5", PICTURES);
    found = compare(&gt_twins_nearest, NOISE, NOISE);
    assert_near(gt_numbers_get(&found, "copies_real_a"), 1, 0);
    assert_near(gt_numbers_get(&found, "nearest_real_centred_a_median"), 1, 1e-6);
    gt_numbers_free(&found);
    put_set("alike/subsets/test.h5", NOISE);
    found = compare(&gt_twins_nearest, PICTURES, PICTURES);
    assert_near(gt_numbers_get(&found, "copies_real_a"), 0, 0);
    gt_numbers_free(&found);
    snprintf(path, sizeof path, "%s", kept_path("alike/subsets/test.h5"));
    assert_int_equal(remove(path), 0);
}

static int make_all(void **state) {
    static const char *const none[] = {NULL};
    (void)state;
    begin_kept();
    begin_call(&here, "diffusion", none, kept_path("none.h5"), kept_path("alike"));
    sweep = (gt_sweep){.context = &here.context,
                       .job = &here.job,
                       .settings = &here.sweep,
                       .folder = here.training.out};
    twin = (gt_twin){&sweep, COUNT, 0};
    assert_ok(gt_mkdirs(inside(sweep.folder, "subsets"), &err), err);
    assert_ok(gt_mkdirs(inside(sweep.folder, "diffusion/N-6"), &err), err);
    return 0;
}

static int end_all(void **state) {
    end_call(&here);
    return end_kept(state);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(unpaired_are_of_other_noise),
        cmocka_unit_test(likeness_of_all_is_told),
        cmocka_unit_test(noise_is_like_nothing),
        cmocka_unit_test(turned_copies_are_found),
        cmocka_unit_test(copies_are_set_against_the_other_half),
        cmocka_unit_test(real_pictures_are_measured_alike),
    };
    return cmocka_run_group_tests(tests, make_all, end_all);
}
