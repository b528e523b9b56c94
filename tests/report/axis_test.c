/* Axes: ranges of whatever values, numbers beside them that can be told apart, and that gnuplot
 * draws all of it. */
#include "gnuplot.h"
#include "spy.h"

static const gt_axis plain = {0}, decades = {.is_log = true};

/* ---- ranges ---- */

static void ranges_surround_their_values(void **state) {
    const struct {
        const gt_axis *axis;
        double values[4], share, low, high;
    } cases[] = {
        {&plain, {1, 2, 3, 4}, 0, 1, 4},
        {&plain, {1, 2, 3, 4}, 0.1, 0.7, 4.3},
        {&plain, {-4, NAN, 6, INFINITY}, 0.5, -9, 11},
        {&plain, {NAN, NAN, INFINITY, -INFINITY}, 0.1, 0, 1},
        {&plain, {5, 5, 5, 5}, 0.1, 4.5, 5.5}, /* one value: a tenth around it */
        {&plain, {-20, -20, -20, -20}, 0, -22, -18},
        {&plain, {0, 0, 0, 0}, 0.1, -0.1, 0.1},
        {&plain, {0, 1e-9, 0, 0}, 0.1, -1e-10, 1.1e-9}, /* small is not nothing */
        {&plain, {-1e-9, 0, 0, 0}, 0.1, -1.1e-9, 1e-10},
        {&plain,
         {1e9, 1e9 + 1, 1e9, 1e9},
         0,
         0.9e9 - 0.1,
         1.1e9 + 1.1}, /* below float's digits */
        {&plain, {1e301, -1e308, 2, 3}, 0, 2, 3},
        {&decades, {1, 100, 0, -5}, 0.5, 0.1, 1000},
        {&decades, {8, 8, 8, 8}, 0.1, 4, 16},
        {&decades, {0, -1, NAN, INFINITY}, 0.1, 0.1, 1},
        {&decades, {5e-324, 1e-301, 10, 1000}, 0, 10, 1000},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        gt_range range = gt_range_empty();
        for (int k = 0; k < 4; k++) gt_range_add(&range, cases[i].axis, cases[i].values[k]);
        range = gt_range_padded(range, cases[i].axis, cases[i].share);
        double size = fabs(cases[i].high) + fabs(cases[i].low);
        if (!(fabs(range.low - cases[i].low) <= 1e-12 * size &&
              fabs(range.high - cases[i].high) <= 1e-12 * size))
            fail_msg("case %zu: %.17g to %.17g, expected %.17g to %.17g", i, range.low,
                     range.high, cases[i].low, cases[i].high);
    }
}

/* The farthest that are drawn overflow nowhere. */
static void far_ranges_stay_finite(void **state) {
    static const double pairs[][2] = {{-1e300, 1e300}, {1e-300, 1e300}, {1e-300, 1e-300},
                                      {1e300, 1e300},  {-1e300, 0},     {0, 1e-300}};
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++)
        for (int is_log = 0; is_log < 2; is_log++) {
            const gt_axis *axis = is_log ? &decades : &plain;
            gt_range range = gt_range_empty();
            for (int k = 0; k < 2; k++) gt_range_add(&range, axis, pairs[i][k]);
            range = gt_range_padded(range, axis, 0.06);
            if (!isfinite(range.low) || !isfinite(range.high) || !(range.low < range.high) ||
                (is_log && !(range.low > 0)))
                fail_msg("%g to %g: %g to %g", pairs[i][0], pairs[i][1], range.low, range.high);
        }
}

static void asked_ranges_hold_where_they_can(void **state) {
    const struct {
        gt_axis axis;
        bool holds;
    } cases[] = {
        {{.low = -1, .high = 3}, true},
        {{.low = 3, .high = -1}, false},
        {{.low = 2, .high = 2}, false},
        {{.low = NAN, .high = 1}, false},
        {{.low = -INFINITY, .high = 1}, false},
        {{.low = 0, .high = INFINITY}, false},
        {{.low = 1, .high = 100, .is_log = true}, true},
        {{.low = 0, .high = 100, .is_log = true}, false},
        {{.low = -5, .high = 100, .is_log = true}, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        gt_range range = {7, 8};
        bool holds = gt_range_asked(&cases[i].axis, &range);
        if (holds != cases[i].holds) fail_msg("case %zu", i);
        assert_true(range.low == (holds ? cases[i].axis.low : 7));
    }
}

/* ---- numbers beside an axis ---- */

/* What an axis of this range is told, in the file "script". */
static void tell_axis(const char *name, const gt_axis *axis, double low, double high) {
    gt_gnuplot job = {.width = 12, .height = 9, .script = fopen(in_folder("script"), "w")};
    assert_non_null(job.script);
    gt_gnuplot_axis(&job, name, axis, low, high);
    assert_int_equal(fclose(job.script), 0);
}

/* The numbers as gnuplot would write them; how many. */
static size_t numbers_of(double low, double high, char out[64][32]) {
    int digits;
    size_t count = 0;
    double step;
    const char *format = told("set format y ", 0);
    assert_int_equal(sscanf(format, "'%%.%dg'", &digits), 1);
    const char *ticks = told("set ytics ", 0);
    if (*ticks != '(') {
        step = strtod(ticks, NULL);
        assert_true(step > 0);
        for (double at = ceil(low / step); at * step <= high && count < 64; at++)
            snprintf(out[count++], 32, "%.*g", digits, at * step);
        return count;
    }
    for (; *ticks != ')' && count < 64; ticks += strcspn(ticks, ",)")) {
        char *end;
        double at = strtod(ticks + 1, &end);
        assert_true(end != ticks + 1 && at >= low && at <= high);
        snprintf(out[count++], 32, "%.*g", digits, at);
        ticks = end;
    }
    return count;
}

static void numbers_can_be_told_apart(void **state) {
    static const double pairs[][2] = {{0, 1},
                                      {-1, 1},
                                      {0.13, 0.87},
                                      {-3e-7, 2e-8},
                                      {1e-5, 2e-5},
                                      {0, 1e300},
                                      {-1e300, 1e300},
                                      {59000, 59003},
                                      {2459000.1, 2459000.9},
                                      {1e9, 1e9 + 200},
                                      {1.4e9, 1.401e9},
                                      {1e-300, 9e-300},
                                      {99, 101},
                                      {0.999999, 1.000001}};
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        char numbers[64][32];
        tell_axis("y", &plain, pairs[i][0], pairs[i][1]);
        size_t count = numbers_of(pairs[i][0], pairs[i][1], numbers);
        if (count < 3 || count > 8)
            fail_msg("%g to %g: %zu numbers", pairs[i][0], pairs[i][1], count);
        for (size_t k = 1; k < count; k++)
            if (strcmp(numbers[k - 1], numbers[k]) == 0)
                fail_msg("%.9g to %.9g: %s twice", pairs[i][0], pairs[i][1], numbers[k]);
    }
}

/* From any place, over less than two decades: never one number, never a crowd. */
static void short_logarithmic_axes_have_numbers(void **state) {
    for (double low = 1e-5; low < 3e4; low *= 1.37)
        for (double ratio = 1.01; ratio < 100; ratio *= 1.29) {
            char numbers[64][32];
            tell_axis("y", &decades, low, low * ratio);
            assert_non_null(told("set logscale y", 0));
            size_t count = numbers_of(low, low * ratio, numbers);
            if (count < 2 || count > 9)
                fail_msg("%g to %g: %zu numbers", low, low * ratio, count);
        }
    tell_axis("y", &decades, 1, 1e5); /* gnuplot's own do well here */
    assert_string_equal(told("set ytics ", 0), "autofreq");
}

/* Side by side they have room: 12 cm, less what is beside the frame. */
static void numbers_below_have_room(void **state) {
    static const double pairs[][2] = {
        {0, 1}, {-0.0004, 0.0003}, {2459000.1, 2459000.9}, {-123456, 654321}, {1e-11, 5e-11}};
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        double low = pairs[i][0], high = pairs[i][1];
        tell_axis("x", &plain, low, high);
        double step = strtod(told("set xtics ", 0), NULL);
        double each = gt_gnuplot_tick_width(&plain, low, high);
        assert_true(each * floor((high - low) / step) <= 12);
    }
}

/* However narrow a frame whose ends have no numbers: one alone would have no scale. */
static void narrow_frames_have_two_numbers(void **state) {
    for (double low = -2; low < 2; low += 0.0371)
        for (double length = 0.011; length < 9; length *= 1.43) {
            gt_gnuplot job = {.width = 19,
                              .frame = 1.2 + 0.3 * length,
                              .inset = 0.08,
                              .script = fopen(in_folder("script"), "w")};
            double first, step, last;
            assert_non_null(job.script);
            gt_gnuplot_axis(&job, "x", &plain, low, low + length);
            assert_int_equal(fclose(job.script), 0);
            const char *ticks = told("set xtics ", 0);
            assert_int_equal(sscanf(ticks, "%lf,%lf,%lf", &first, &step, &last), 3);
            if (first < low || first + step > last)
                fail_msg("%g to %g: %s", low, low + length, ticks);
        }
}

static void axes_are_told_what_they_are(void **state) {
    double low, high;
    tell_axis("x", &(gt_axis){.label = "size (\")", .low = 0.5, .high = 2.5}, -7, 7);
    assert_string_equal(told("set xlabel ", 0), "\"size (\\042)\" offset 0,0.3");
    told_range("set xrange", 0, &low, &high);
    assert_true(low == 0.5 && high == 2.5);
    assert_null(told("set logscale", 0));
    tell_axis("cb", &(gt_axis){.low = 0, .high = 2.5, .is_log = true}, 1, 50);
    told_range("set cbrange", 0, &low, &high);
    assert_true(low == 1 && high == 50); /* a range from 0 is none of a logarithmic axis */
    assert_null(told("set cblabel", 0));
    tell_axis("y", &(gt_axis){.is_bare = true}, 0, 1);
    assert_string_equal(told("set format y ", 1), "''");
    assert_string_equal(told("set ytics scale", 0), " 0");
}

/* ---- gnuplot itself ---- */

/* Numbers drawn at the left of a figure: texts that end where the frame begins. */
static int numbers_drawn(const char *svg) {
    int count = 0;
    for (const char *at = svg; (at = strstr(at, "text-anchor=\"end\"")); at++) count++;
    return count;
}

static void gnuplot_draws_the_farthest(void **state) {
    static const struct {
        double values[3];
        bool is_log;
    } cases[] = {{{-1e300, 0, 1e300}, false}, {{1e-300, 1, 1e300}, true},
                 {{0, 5e-10, 1e-9}, false},   {{2459000.1, 2459000.5, 2459000.9}, false},
                 {{5, 5, 5}, false},          {{12, 13, 20}, true},
                 {{5e-324, 3, 3}, true},      {{1e308, 1, NAN}, false}};
    static const double x[] = {1, 2, 3};
    gt_error err;
    assert_int_equal(setenv("TMPDIR", temp_folder, 1), 0);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        gt_figure figure = {.y = {.is_log = cases[i].is_log}};
        gt_line line = {.count = 3, .x = x, .y = cases[i].values, .style = GT_LINE_POINTS};
        assert_ok(gt_figure_lines(in_folder("a.svg"), &figure, &line, 1, &err), err);
        char *svg = load_text("a.svg");
        if (numbers_drawn(svg) < 2) fail_msg("case %zu: %d numbers", i, numbers_drawn(svg));
        assert_null(strstr(svg, ">nan<"));
        free(svg);
    }
    assert_int_equal(entries_in_folder(), 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(ranges_surround_their_values),        TEST(far_ranges_stay_finite),
        TEST(asked_ranges_hold_where_they_can),    TEST(numbers_can_be_told_apart),
        TEST(short_logarithmic_axes_have_numbers), TEST(numbers_below_have_room),
        TEST(axes_are_told_what_they_are),         TEST(narrow_frames_have_two_numbers),
        TEST(gnuplot_draws_the_farthest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
