/* algorithms_test.c - which algorithm a convolution takes: the rule over shapes of models, what
 * is remembered, what cannot be done, and the text that keeps choices. */
#include "gt_test.h"

#include "cpu/conv.h"

static gt_conv_problem problem_of(gt_conv_kind kind, int64_t images, int64_t in, int64_t out,
                                  int64_t size, int k, int stride) {
    int pad = (k - 1) / 2;
    int64_t side = (size + 2 * pad - k) / stride + 1;
    return (gt_conv_problem){.kind = kind,
                             .x = GT_SHAPE(images, in, size, size),
                             .w = GT_SHAPE(out, in, k, k),
                             .y = GT_SHAPE(images, out, side, side),
                             .how = {stride, pad, 1},
                             .x_blocked = in % 16 == 0,
                             .y_blocked = out % 16 == 0};
}

/* The choice as it is remembered; the key goes to `key` if there is room for it. */
static const char *chosen(gt_conv_problem p, gt_plan_options options, char key[160]) {
    static const char *const names[] = {"direct", "winograd", "dense",    "pairs", "tiles",
                                        "narrow", "patches",  "strassen", "planes"};
    gt_error err = {0};
    gt_conv_work *work = NULL;
    gt_algorithms *own = options.algorithms ? NULL : gt_algorithms_create();
    if (own) options.algorithms = own;
    assert_ok(gt_choose_conv(&options, &p, &work, &err), err);
    char *text = gt_algorithms_text(options.algorithms), name[16] = "";
    if (*text) assert_int_equal(sscanf(text, "%159s %15s", key, name), 2);
    free(text);
    gt_conv_destroy(work);
    gt_algorithms_destroy(own);
    for (int i = 0; i < 9; i++)
        if (strcmp(name, names[i]) == 0) return names[i];
    return "none";
}

/* Maps of a few pixels are matrix products while the matrix stays in cache, four times as large
 * for a gradient of weights, which reads it once. Pairs want 2x2 pixels, 32 images and 256
 * channels; our own tiles windows of 3x3 or 4x4 of step 1, 6 pixels in a tile, 8 tiles, some
 * for each thread; for weights 32 channels and a block of them for each thread. oneDNN's
 * Winograd is left with gradients of fewer channels and many tiles. */
static void the_rule(void **state) {
    static const struct {
        int64_t images, in, out, size;
        int k, stride, threads;
        const char *forward, *data, *weights;
    } rows[] = {
        {8, 64, 64, 32, 3, 1, 1, "tiles", "tiles", "tiles"},
        {8, 64, 64, 8, 3, 1, 1, "tiles", "tiles", "tiles"},
        {3, 64, 64, 8, 3, 1, 1, "tiles", "tiles", "tiles"},    /* 12 tiles */
        {1, 64, 64, 8, 3, 1, 1, "direct", "direct", "direct"}, /* 4 tiles */
        {4, 64, 64, 8, 3, 1, 2, "tiles", "tiles", "tiles"},    /* 8 for each thread */
        {4, 64, 64, 8, 3, 1, 3, "direct", "direct", "tiles"},  /* none for the third one */
        {4, 64, 64, 8, 3, 1, 5, "direct", "direct", "direct"}, /* 4 blocks of channels */
        {8, 64, 64, 5, 3, 1, 1, "tiles", "tiles", "tiles"},    /* 25 pixels in 64 */
        {8, 64, 64, 6, 4, 1, 1, "tiles", "tiles", "tiles"},    /* in 3x3 of 5x5 */
        {64, 512, 512, 2, 3, 1, 1, "pairs", "pairs", "pairs"},
        {31, 512, 512, 2, 3, 1, 1, "direct", "direct", "dense"}, /* 2048 x 2048 */
        {64, 240, 240, 2, 3, 1, 1, "dense", "dense", "dense"},   /* 960 x 960 */
        {31, 528, 528, 2, 3, 1, 1, "direct", "direct", "direct"},
        {64, 32, 64, 1, 3, 1, 1, "dense", "dense", "dense"},
        {8, 64, 64, 8, 1, 1, 1, "direct", "direct", "direct"},
        {8, 64, 64, 8, 3, 2, 1, "direct", "direct", "direct"},
        {8, 64, 64, 8, 5, 1, 1, "direct", "direct", "direct"},
        {8, 64, 3, 32, 3, 1, 1, "narrow", "narrow", "narrow"}, /* plain on one side */
        {8, 3, 64, 32, 3, 1, 1, "direct", "narrow", "direct"}, /* as oneDNN has it */
        {8, 64, 64, 8, 2, 2, 1, "patches", "patches", "direct"},
        {7, 16, 16, 16, 3, 1, 1, "tiles", "tiles", "direct"},   /* 112 tiles of 16 channels */
        {8, 16, 16, 32, 3, 1, 1, "tiles", "tiles", "winograd"}, /* 512 */
    };
    char key[160];
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        for (gt_conv_kind kind = GT_CONV_FORWARD; kind <= GT_CONV_WEIGHTS; kind++) {
            const char *want = kind == GT_CONV_FORWARD ? rows[i].forward
                               : kind == GT_CONV_DATA  ? rows[i].data
                                                       : rows[i].weights;
            gt_conv_problem p = problem_of(kind, rows[i].images, rows[i].in, rows[i].out,
                                           rows[i].size, rows[i].k, rows[i].stride);
            const char *got = chosen(p, (gt_plan_options){.threads = rows[i].threads}, key);
            if (strcmp(got, want) != 0)
                fail_msg("row %zu, %s: %s, expected %s", i, key, got, want);
        }
}

/* 1x1 windows between few channels that are planes on both sides. */
static void planes(void **state) {
    static const struct {
        int64_t in, out, size;
        int k;
        bool x_blocked;
        const char *name;
    } rows[] = {
        {12, 12, 8, 1, false, "planes"}, {64, 40, 4, 1, false, "planes"},
        {65, 12, 8, 1, false, "direct"}, {1, 12, 8, 1, false, "direct"},
        {12, 12, 6, 1, false, "direct"}, /* no whole registers of pixels */
        {12, 12, 8, 3, false, "direct"}, {16, 12, 8, 1, true, "direct"},
    };
    char key[160];
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        for (gt_conv_kind kind = GT_CONV_FORWARD; kind <= GT_CONV_WEIGHTS; kind++) {
            gt_conv_problem p =
                problem_of(kind, 2, rows[i].in, rows[i].out, rows[i].size, rows[i].k, 1);
            p.x_blocked = rows[i].x_blocked, p.y_blocked = false;
            const char *want = kind == GT_CONV_WEIGHTS ? "direct" : rows[i].name;
            assert_string_equal(chosen(p, (gt_plan_options){.threads = 1}, key), want);
        }
}

/* Everything that tells two problems apart is in the key. */
static void keys(void **state) {
    gt_conv_problem base = problem_of(GT_CONV_FORWARD, 8, 32, 32, 8, 3, 1), p[11];
    char key[11][160];
    for (int i = 0; i < 11; i++) p[i] = base;
    p[1].kind = GT_CONV_DATA;
    p[2].bias = true;
    p[3].accumulate = true;
    p[4] = problem_of(GT_CONV_FORWARD, 9, 32, 32, 8, 3, 1);
    p[5] = problem_of(GT_CONV_FORWARD, 8, 48, 32, 8, 3, 1);
    p[6] = problem_of(GT_CONV_FORWARD, 8, 32, 32, 8, 3, 2);
    p[7] = problem_of(GT_CONV_FORWARD, 8, 32, 32, 8, 5, 1);
    p[8].x_blocked = false;
    p[9].y_blocked = false;
    for (int i = 0; i < 11; i++) {
        chosen(p[i], (gt_plan_options){.threads = i == 10 ? 2 : 1}, key[i]);
        for (int k = 0; k < i; k++) assert_string_not_equal(key[i], key[k]);
    }
    assert_string_equal(key[0], "forward:8x32x8x8:32x32x3x3:p1:s1:g1:bb:t1");
}

/* What is written down wins over the rule, unless it cannot be done; the first of two lines
 * counts; exact plans ask nobody and remember nothing. */
static void remembered(void **state) {
    gt_error err = {0};
    char key[160], line[512];
    gt_conv_problem p = problem_of(GT_CONV_FORWARD, 8, 64, 64, 8, 3, 1);
    assert_string_equal(chosen(p, (gt_plan_options){.threads = 1}, key), "tiles");
    gt_algorithms *cache = gt_algorithms_create();
    snprintf(line, sizeof line, "%s direct\n%s winograd\n", key, key);
    assert_ok(gt_algorithms_parse(cache, line, &err), err);
    gt_plan_options options = {.threads = 1, .algorithms = cache};
    assert_string_equal(chosen(p, options, key), "direct");
    gt_algorithms_destroy(cache);
    options.algorithms = cache = gt_algorithms_create();
    snprintf(line, sizeof line, "%s dense", key); /* 8x8 pixels are no matrix product */
    assert_ok(gt_algorithms_parse(cache, line, &err), err);
    gt_conv_work *work = NULL;
    assert_ok(gt_choose_conv(&options, &p, &work, &err), err);
    assert_string_not_equal(gt_conv_name(work), "dense");
    gt_conv_destroy(work);
    gt_algorithms_destroy(cache);
    options = (gt_plan_options){.threads = 1, .exact = true};
    assert_string_equal(chosen(p, options, key), "none");
}

static void texts(void **state) {
    static const struct {
        const char *text, *error;
    } bad[] = {
        {"key", "algorithms, line 1: expected 'key choice'"},
        {"a direct\nb direct extra\n", "algorithms, line 2: expected 'key choice'"},
        {"a fast\n", "algorithms, line 1: choice 'fast', expected direct, winograd, dense, "
                     "pairs, tiles, narrow, strassen, planes or patches"},
        {"a direct\nb DIRECT\n",
         "algorithms, line 2: choice 'DIRECT', expected direct, "
         "winograd, dense, pairs, tiles, narrow, strassen, planes or patches"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        gt_error err = {0};
        gt_algorithms *cache = gt_algorithms_create();
        assert_int_equal(gt_algorithms_parse(cache, bad[i].text, &err), GT_BAD_FORMAT);
        assert_string_equal(err.text, bad[i].error);
        gt_algorithms_destroy(cache);
    }
    /* written back sorted, each key once, as it was first */
    gt_error err = {0};
    gt_algorithms *cache = gt_algorithms_create();
    assert_ok(gt_algorithms_parse(cache, "z dense\na winograd\nm direct\na direct", &err), err);
    char *text = gt_algorithms_text(cache);
    assert_string_equal(text, "a winograd\nm direct\nz dense\n");
    free(text);
    for (int i = 0; i < 200; i++) {
        char line[32];
        snprintf(line, sizeof line, "key%03d direct\n", i);
        assert_ok(gt_algorithms_parse(cache, line, &err), err);
    }
    text = gt_algorithms_text(cache);
    assert_int_equal(strlen(text), 28 + 200 * 14);
    free(text);
    gt_algorithms_destroy(cache);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(the_rule), cmocka_unit_test(planes),
                                       cmocka_unit_test(keys), cmocka_unit_test(remembered),
                                       cmocka_unit_test(texts)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
