/* augment_test.c - views: what chance draws, what becomes of the pixels, what is refused. */
#include "gt_test.h"

#include "galatea/augment.h"
#include "galatea/image.h"
#include "rng.h"

static gt_error err;

/* ---- tools ---- */

enum { MOST = 3 * 64 * 64 };

/* Smooth and uneven, from 0.1 to 0.9. */
static void paint(gt_view_shape s, float *out) {
    for (size_t c = 0; c < s.channels; c++)
        for (size_t y = 0; y < s.height; y++)
            for (size_t x = 0; x < s.width; x++)
                *out++ = (float)(0.5 + 0.2 * sin(0.3 * (double)x + (double)c) +
                                 0.2 * cos(0.21 * (double)y - 0.4 * (double)x));
}

static gt_augmenter *make(const gt_augmentation *how, gt_view_shape shape) {
    gt_augmenter *maker = NULL;
    assert_ok(gt_augmenter_create(how, shape, 1, &maker, &err), err);
    return maker;
}

/* One view by `draw`, settings as they are. */
static void apply(gt_view_shape shape, const float *src, gt_view_draw draw, float *dst) {
    gt_augmentation how = gt_augmentation_default();
    how.rotate = 1;
    gt_augmenter *maker = make(&how, shape);
    gt_augmenter_apply(maker, src, &draw, dst);
    gt_augmenter_destroy(maker);
}

static gt_view_shape square(size_t channels, size_t side) {
    return (gt_view_shape){channels, side, side, side, side};
}

static gt_view_draw whole(gt_view_shape s) {
    return (gt_view_draw){.height = s.height, .width = s.width, .brightness = 1, .contrast = 1};
}

static void assert_close(const float *got, const float *want, size_t count, double atol) {
    for (size_t i = 0; i < count; i++)
        if (!(fabs((double)got[i] - (double)want[i]) <= atol))
            fail_msg("value %zu is %.9g, expected %.9g", i, (double)got[i], (double)want[i]);
}

/* ---- draws ---- */

/* Means of what is uniform or happens by a share, over 20000 views of a fixed seed. */
static void draws_have_their_shares(void **state) {
    enum { VIEWS = 20000 };
    gt_augmentation how = gt_augmentation_default();
    double flips = 0, turns = 0, jitters = 0, blurs = 0, orders = 0, sigma = 0, bright = 0,
           area = 0, least = 1;
    how.rotate = 0.25;
    for (uint64_t row = 0; row < VIEWS; row++) {
        gt_view_draw d = gt_view_draw_make(&how, 64, 64, (gt_view_address){7, 3, row, 1});
        double share = (double)(d.height * d.width) / 4096,
               aspect = (double)d.width / (double)d.height;
        assert_true(d.height >= 1 && d.top + d.height <= 64);
        assert_true(d.width >= 1 && d.left + d.width <= 64);
        assert_true(aspect > 0.7 && aspect < 1.45); /* rounding of small windows */
        assert_true(d.brightness >= 0.2 && d.brightness <= 1.8);
        assert_true(d.contrast >= 0.2 && d.contrast <= 1.8);
        assert_true(d.sigma == 0 || (d.sigma >= 0.1 && d.sigma <= 2));
        assert_true(d.angle >= 0 && d.angle < 2 * M_PI);
        flips += d.flips_horizontally + 2 * d.flips_vertically;
        turns += d.angle > 0, jitters += d.jitters, blurs += d.sigma > 0;
        orders += d.contrast_first, sigma += d.sigma, bright += d.brightness;
        area += share, least = fmin(least, share);
    }
    assert_near(flips / VIEWS, 1.5, 0.03);
    assert_near(turns / VIEWS, 0.25, 0.02);
    assert_near(jitters / VIEWS, 0.8, 0.02);
    assert_near(blurs / VIEWS, 0.5, 0.02);
    assert_near(orders / VIEWS, 0.5, 0.02);
    assert_near(sigma / blurs, 1.05, 0.03);
    assert_near(bright / VIEWS, 1, 0.02);
    assert_true(least > 0.07 && least < 0.1);
    /* Uniform from 0.08 to 1 but for what does not fit: numpy, 400000 windows by the same rule.
     */
    assert_near(area / VIEWS, 0.4845, 0.006);
}

static bool differs(gt_view_address a, gt_view_address b) {
    gt_augmentation how = gt_augmentation_default();
    gt_view_draw one = gt_view_draw_make(&how, 64, 64, a),
                 other = gt_view_draw_make(&how, 64, 64, b);
    return one.brightness != other.brightness && one.contrast != other.contrast;
}

static void draws_follow_their_address(void **state) {
    gt_view_address at = {1, 2, 3, 0}, again = at;
    assert_false(differs(at, again));
    assert_true(differs(at, (gt_view_address){2, 2, 3, 0}));
    assert_true(differs(at, (gt_view_address){1, 3, 3, 0}));
    assert_true(differs(at, (gt_view_address){1, 2, 4, 0}));
    assert_true(differs(at, (gt_view_address){1, 2, 3, 1}));
    assert_true(differs((gt_view_address){1, 2, 3, 1}, (gt_view_address){1, 2, 4, 0}));
}

/* A window of nearly all of a picture four times as wide as high never has an allowed aspect.
 */
static void windows_that_never_fit(void **state) {
    gt_augmentation how = gt_augmentation_default();
    how.crop_least = 1;
    for (uint64_t row = 0; row < 200; row++) {
        gt_view_address at = {1, 0, row, 0};
        gt_view_draw wide = gt_view_draw_make(&how, 16, 64, at),
                     high = gt_view_draw_make(&how, 64, 16, at),
                     thin = gt_view_draw_make(&how, 1, 64, at);
        assert_true(wide.top == 0 && wide.height == 16 && wide.left == 21 && wide.width == 21);
        assert_true(high.left == 0 && high.width == 16 && high.top == 21 && high.height == 21);
        assert_true(thin.height == 1 && thin.width == 1 && thin.left == 31);
    }
    gt_view_draw one = gt_view_draw_make(&how, 1, 1, (gt_view_address){1, 0, 0, 0});
    assert_true(one.top == 0 && one.left == 0 && one.height == 1 && one.width == 1);
}

/* ---- geometry ---- */

/* Against the resizing of pictures, which sums in double, for windows of every kind. */
static void windows_are_resized(void **state) {
    static float src[MOST], part[MOST], want[MOST], got[MOST];
    const gt_view_shape shapes[] = {
        {1, 64, 64, 64, 64}, {3, 17, 33, 20, 9}, {2, 48, 31, 16, 16}};
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        gt_view_shape s = shapes[i];
        gt_augmentation how = gt_augmentation_default();
        how.crop_least = 0.01;
        paint(s, src);
        for (uint64_t row = 0; row < 40; row++) {
            gt_view_draw d =
                gt_view_draw_make(&how, s.height, s.width, (gt_view_address){5, 0, row, 0});
            d.jitters = d.flips_horizontally = d.flips_vertically = false;
            d.sigma = 0;
            for (size_t c = 0; c < s.channels; c++)
                for (size_t y = 0; y < d.height; y++)
                    memcpy(part + (c * d.height + y) * d.width,
                           src + (c * s.height + d.top + y) * s.width + d.left,
                           d.width * sizeof *part);
            assert_ok(gt_image_resize(part, s.channels, d.height, d.width, s.view_height,
                                      s.view_width, want, &err),
                      err);
            apply(s, src, d, got);
            assert_close(got, want, s.channels * s.view_height * s.view_width, 3e-7);
        }
    }
}

static void flips_are_exact(void **state) {
    static float src[MOST], plain[MOST], got[MOST];
    gt_view_shape s = {2, 19, 40, 19, 40};
    gt_view_draw d = {.top = 3, .left = 7, .height = 11, .width = 20};
    paint(s, src);
    apply(s, src, d, plain);
    d.flips_horizontally = d.flips_vertically = true;
    apply(s, src, d, got);
    for (size_t c = 0; c < 2; c++)
        for (size_t i = 0; i < 19 * 40; i++)
            assert_true(got[c * 760 + i] == plain[c * 760 + 759 - i]);
}

static void the_whole_picture_is_itself(void **state) {
    static float src[MOST], got[MOST];
    const size_t sides[] = {1, 2, 15, 16, 17, 64};
    for (size_t i = 0; i < sizeof sides / sizeof *sides; i++) {
        gt_view_shape s = square(3, sides[i]);
        paint(s, src);
        apply(s, src, whole(s), got);
        assert_memory_equal(got, src, 3 * sides[i] * sides[i] * sizeof *src);
    }
}

/* A quarter turn of a square is exact but for the rounding of sine and cosine. */
static void quarter_turns(void **state) {
    static float src[MOST], want[MOST], got[MOST];
    for (size_t side = 1; side <= 64; side += 21) {
        gt_view_shape s = square(1, side);
        paint(s, src);
        for (int turns = 1; turns < 4; turns++) {
            gt_view_draw d = whole(s);
            d.angle = turns * M_PI / 2;
            gt_image_turn(src, 1, side, side, turns, want);
            apply(s, src, d, got);
            assert_close(got, want, side * side, 1e-6);
        }
    }
}

/* The corners of a turned picture come from outside; a window well inside has none. */
static void outside_is_sky(void **state) {
    static float src[MOST], got[MOST];
    gt_view_shape s = square(1, 32);
    gt_view_draw d = whole(s);
    for (size_t i = 0; i < 32 * 32; i++) src[i] = 1;
    d.angle = M_PI / 4;
    apply(s, src, d, got);
    assert_true(got[0] == 0 && got[31] == 0 && got[31 * 32] == 0 && got[32 * 32 - 1] == 0);
    assert_near(got[16 * 32 + 16], 1, 1e-6);
    d.top = d.left = 10, d.height = d.width = 12;
    apply(s, src, d, got);
    for (size_t i = 0; i < 32 * 32; i++) assert_near(got[i], 1, 1e-6);
}

/* ---- values ---- */

static void brightness_and_contrast(void **state) {
    const float src[] = {0.1f, 0.2f, 0.3f, 0.8f};
    float got[4];
    gt_view_shape s = square(1, 2);
    gt_view_draw d = whole(s);
    d.jitters = true, d.brightness = 1.5, d.contrast = 2; /* 0.15 0.3 0.45 1, mean 0.475 */
    apply(s, src, d, got);
    const float then[] = {0, 0.125f, 0.425f, 1};
    assert_close(got, then, 4, 1e-6);
    d.contrast_first = true; /* mean 0.35: 0 0.05 0.25 1 */
    apply(s, src, d, got);
    const float first[] = {0, 0.075f, 0.375f, 1};
    assert_close(got, first, 4, 1e-6);
}

/* Three channels: the mean of the grey picture; two: of both. */
static void contrast_of_channels(void **state) {
    const float src[] = {0.2f, 0.4f, 0.9f};
    float got[3];
    gt_view_shape s = square(3, 1);
    gt_view_draw d = whole(s);
    d.jitters = true, d.contrast = 0.5;
    apply(s, src, d, got);
    double grey = 0.2989 * 0.2 + 0.587 * 0.4 + 0.114 * 0.9;
    for (int c = 0; c < 3; c++) assert_near(got[c], 0.5 * (double)src[c] + 0.5 * grey, 1e-6);
    s.channels = 2;
    apply(s, src, d, got);
    for (int c = 0; c < 2; c++) assert_near(got[c], 0.5 * (double)src[c] + 0.15, 1e-6);
}

static void white_is_what_is_said(void **state) {
    const float src[] = {100, 200, 50, 250};
    float got[4];
    gt_augmentation how = gt_augmentation_default();
    gt_augmenter *maker = NULL;
    gt_view_draw d = {.height = 2, .width = 2, .jitters = true, .brightness = 2, .contrast = 1};
    assert_ok(gt_augmenter_create(&how, square(1, 2), 255, &maker, &err), err);
    gt_augmenter_apply(maker, src, &d, got);
    const float want[] = {200, 255, 100, 255}; /* min(2 x, 255) */
    assert_close(got, want, 4, 1e-4);
    gt_augmenter_destroy(maker);
}

/* A point spreads with the variance of the Gaussian in both directions and keeps its sum, and a
 * flat picture stays flat up to its borders; also where the reach is larger than the picture.
 */
static void blurs_spread_by_sigma(void **state) {
    static float src[MOST], got[MOST];
    gt_augmentation how = gt_augmentation_default();
    const double sigmas[] = {0.3, 0.8, 1, 1.4, 2, 5};
    for (int kind = 0; kind < 2; kind++)
        for (size_t i = 0; i < sizeof sigmas / sizeof *sigmas; i++) {
            gt_view_shape s = square(1, 63);
            gt_view_draw d = whole(s);
            double sum = 0, across = 0, down = 0;
            how.blur_kind = kind ? "gauss" : "ebox3";
            d.sigma = sigmas[i];
            memset(src, 0, sizeof src);
            src[31 * 63 + 31] = 1;
            gt_augmenter *maker = make(&how, s);
            gt_augmenter_apply(maker, src, &d, got);
            for (int v = 0; v < 63 * 63; v++) {
                sum += (double)got[v];
                across += (double)got[v] * (v % 63 - 31) * (v % 63 - 31);
                down += (double)got[v] * (v / 63 - 31) * (v / 63 - 31);
            }
            assert_near(sum, 1, 1e-5);
            /* A sampled Gaussian narrower than a pixel has less variance than its sigma says.
             */
            double want = sigmas[i] * sigmas[i];
            if (!kind || sigmas[i] >= 0.8) assert_near(across / want, 1, 0.01);
            assert_near(down, across, 1e-5);
            for (int v = 0; v < 63 * 63; v++) src[v] = 0.75f;
            gt_augmenter_apply(maker, src, &d, got);
            for (int v = 0; v < 63 * 63; v++) assert_near(got[v], 0.75, 1e-6);
            gt_augmenter_destroy(maker);
        }
}

static void small_pictures_are_blurred(void **state) {
    static float src[MOST], got[MOST];
    for (size_t side = 1; side < 20; side += 3) {
        gt_view_shape s = square(2, side);
        gt_view_draw d = whole(s);
        paint(s, src);
        d.sigma = 32;
        apply(s, src, d, got);
        for (size_t v = 0; v < 2 * side * side; v++) assert_true(got[v] > 0.05f && got[v] < 1);
        if (side == 1) assert_close(got, src, 2, 1e-6);
    }
}

/* ---- whole views ---- */

/* Any order of calls, and a view in place of the picture, give the same bits. */
static void views_do_not_remember(void **state) {
    static float src[MOST], want[MOST], got[MOST], between[MOST];
    gt_augmentation how = gt_augmentation_default();
    gt_view_shape s = {3, 37, 50, 37, 50};
    size_t bytes = 3 * 37 * 50 * sizeof(float);
    how.rotate = 0.5;
    paint(s, src);
    gt_augmenter *maker = make(&how, s), *other = make(&how, s);
    for (uint64_t row = 0; row < 50; row++) {
        gt_view_address at = {9, 1, row, 0}, another = {9, 1, 999 - row, 1};
        gt_augmenter_view(maker, src, at, want);
        gt_augmenter_view(other, src, another, between);
        memcpy(got, src, bytes);
        gt_augmenter_view(other, got, at, got);
        assert_memory_equal(got, want, bytes);
        for (size_t i = 0; i < 3 * 37 * 50; i++) assert_true(want[i] >= 0 && want[i] <= 1);
    }
    gt_augmenter_destroy(maker);
    gt_augmenter_destroy(other);
}

/* ---- what is refused ---- */

static void refuse(gt_augmentation how, const char *text) {
    err.text[0] = 0;
    assert_int_equal(gt_augmentation_check(&how, &err), GT_BAD_ARGUMENT);
    if (strcmp(err.text, text) != 0) fail_msg("'%s', expected '%s'", err.text, text);
}

static void wrong_settings_are_named(void **state) {
    const gt_augmentation good = gt_augmentation_default();
    gt_augmentation a = good;
    assert_ok(gt_augmentation_check(&good, &err), err);
    a.crop_least = 0;
    refuse(a, "crop-least 0, expected above 0 to 1");
    a.crop_least = 1.5;
    refuse(a, "crop-least 1.5, expected above 0 to 1");
    a.crop_least = NAN;
    refuse(a, "crop-least nan, expected above 0 to 1");
    a = good, a.flip_vertical = -0.1;
    refuse(a, "flip-vertical -0.1, expected 0 to 1");
    a = good, a.jitter = 1.01;
    refuse(a, "jitter 1.01, expected 0 to 1");
    a = good, a.rotate = 2;
    refuse(a, "rotate 2, expected 0 to 1");
    a = good, a.contrast = -1;
    refuse(a, "contrast -1, expected 0 to 10");
    a = good, a.blur_most = 33;
    refuse(a, "blur-most 33, expected 0.01 to 32");
    a = good, a.blur_least = 1, a.blur_most = 0.5;
    refuse(a, "blur-least 1 is above blur-most 0.5, expected at most that");
    a = good, a.blur_kind = "box";
    refuse(a, "blur-kind 'box', expected ebox3 or gauss");
}

static void wrong_sizes_are_named(void **state) {
    const gt_augmentation how = gt_augmentation_default();
    gt_augmenter *maker = NULL;
    gt_view_shape s = square(1, 64);
    s.width = 0;
    assert_int_equal(gt_augmenter_create(&how, s, 1, &maker, &err), GT_BAD_SHAPE);
    s = square(1, 40000);
    assert_int_equal(gt_augmenter_create(&how, s, 1, &maker, &err), GT_BAD_SHAPE);
    assert_non_null(strstr(err.text, "1x40000x40000, expected sides from 1 to 32768"));
    assert_int_equal(gt_augmenter_create(&how, square(1, 4), 0, &maker, &err), GT_BAD_ARGUMENT);
    assert_null(maker);
}

/* The table's defaults are those of the struct. */
static void options_agree(void **state) {
    gt_options *options = NULL;
    gt_augmentation read = {0}, want = gt_augmentation_default();
    assert_ok(gt_options_create(&options, &err), err);
    assert_ok(gt_options_add(options, &gt_augmentation_options, &read, &err), err);
    assert_string_equal(read.blur_kind, want.blur_kind);
    read.blur_kind = want.blur_kind;
    assert_memory_equal(&read, &want, sizeof read);
    assert_int_equal(gt_options_set(options, "crop-least", "1.5", GT_FROM_COMMAND, NULL, &err),
                     GT_USAGE);
    assert_int_equal(gt_options_set(options, "jitter", "-1", GT_FROM_COMMAND, NULL, &err),
                     GT_USAGE);
    gt_options_destroy(options);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(draws_have_their_shares),
        cmocka_unit_test(draws_follow_their_address),
        cmocka_unit_test(windows_that_never_fit),
        cmocka_unit_test(windows_are_resized),
        cmocka_unit_test(flips_are_exact),
        cmocka_unit_test(the_whole_picture_is_itself),
        cmocka_unit_test(quarter_turns),
        cmocka_unit_test(outside_is_sky),
        cmocka_unit_test(brightness_and_contrast),
        cmocka_unit_test(contrast_of_channels),
        cmocka_unit_test(white_is_what_is_said),
        cmocka_unit_test(blurs_spread_by_sigma),
        cmocka_unit_test(small_pictures_are_blurred),
        cmocka_unit_test(views_do_not_remember),
        cmocka_unit_test(wrong_settings_are_named),
        cmocka_unit_test(wrong_sizes_are_named),
        cmocka_unit_test(options_agree),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
