/* Histograms: the bins and heights that are drawn, against counting done here. */
#include "rng.h"
#include "spy.h"

static gt_error err;

enum { MOST_BINS = 100 };

/* One set as it is drawn: edges and heights. */
typedef struct drawn {
    size_t bins;
    double edges[MOST_BINS + 1], heights[MOST_BINS], floor;
} drawn;

/* An outline goes from the floor over both ends of each bin and back to the floor. */
static drawn drawn_set(int block) {
    static double rows[2 * MOST_BINS + 2][SPY_COLUMNS];
    drawn set = {.floor = -1};
    size_t count = told_block(block, rows, 2 * MOST_BINS + 2);
    assert_true(count % 2 == 0 && count <= 2 * MOST_BINS + 2);
    set.bins = count / 2 - 1;
    set.floor = rows[0][1];
    assert_true(rows[count - 1][1] == set.floor);
    for (size_t b = 0; b < set.bins; b++) {
        const double *left = rows[2 * b + 1], *right = rows[2 * b + 2];
        assert_true(left[1] == right[1] && right[0] > left[0]);
        assert_true(left[0] == rows[2 * b][0]); /* where the bin before ends */
        set.edges[b] = left[0];
        set.edges[b + 1] = right[0];
        set.heights[b] = left[1];
    }
    return set;
}

/* Values in a bin: the last one has its upper edge, too. */
static size_t count_in(const drawn *set, size_t bin, const double *values, size_t count) {
    size_t found = 0;
    for (size_t i = 0; i < count; i++)
        found += values[i] >= set->edges[bin] &&
                 (values[i] < set->edges[bin + 1] ||
                  (bin + 1 == set->bins && values[i] == set->edges[bin + 1]));
    return found;
}

static void draw(const gt_figure *figure, const gt_histogram_set *sets, size_t count,
                 const gt_histogram_options *options) {
    assert_ok(gt_figure_histogram(in_folder("a.svg"), figure, sets, count, options, &err), err);
}

static void bins_are_counted(void **state) {
    static const double values[] = {0, 0.5, 1, 1.5, 2, 2.5, 3.999, 4, 4.5, -0.1, NAN, INFINITY};
    static const size_t expected[] = {2, 2, 2, 2}; /* 4 is in the last; 4.5 and -0.1 in none */
    const gt_figure figure = {.x = {.low = 0, .high = 4}};
    const gt_histogram_options options = {.bins = 4, .is_count = true};
    draw(&figure, &(gt_histogram_set){"a", 12, values}, 1, &options);
    drawn set = drawn_set(0);
    assert_int_equal(set.bins, 4);
    for (size_t b = 0; b < 4; b++) {
        assert_true(set.edges[b] == (double)b);
        assert_true(set.heights[b] == (double)expected[b]);
    }
    assert_string_equal(told("set ylabel ", 0), "\"number\"");
}

/* Whatever is shown of a set, its bins have the share of its values that lie there. */
static void densities_have_the_area_of_their_share(void **state) {
    enum { COUNT = 3000, BINS = 37 };
    static double values[COUNT];
    const gt_rng_key key = {5, gt_rng_stream("histogram"), 0};
    for (uint64_t i = 0; i < COUNT; i++) /* from 1 to 1000, most of them small */
        values[i] = pow(10, 3 * pow(gt_rng_uniform(key, i), 2));
    const struct {
        gt_axis x;
        bool is_count;
    } cases[] = {{{0}, true},
                 {{0}, false},
                 {{.low = 2, .high = 60}, true},
                 {{.low = 2, .high = 60}, false},
                 {{.is_log = true}, true},
                 {{.is_log = true}, false},
                 {{.is_log = true, .low = 10, .high = 500}, false},
                 {{.is_log = true, .low = -10, .high = 500}, true}}; /* no such range */
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const gt_figure figure = {.x = cases[i].x};
        const gt_histogram_options options = {.bins = BINS, .is_count = cases[i].is_count};
        draw(&figure, &(gt_histogram_set){"a", COUNT, values}, 1, &options);
        drawn set = drawn_set(0);
        assert_int_equal(set.bins, BINS);
        double area = 0;
        size_t inside = 0;
        for (size_t b = 0; b < BINS; b++) {
            size_t here = count_in(&set, b, values, COUNT);
            double width = set.edges[b + 1] - set.edges[b];
            inside += here;
            area += set.heights[b] * width;
            assert_near(set.heights[b],
                        cases[i].is_count ? (double)here : (double)here / (COUNT * width),
                        1e-9 * (double)COUNT);
        }
        if (!cases[i].is_count) assert_near(area, (double)inside / COUNT, 1e-9);
        bool is_asked = cases[i].x.high > 0 && cases[i].x.low > 0;
        assert_true(is_asked ? inside < COUNT : inside == COUNT);
    }
}

/* On a logarithmic axis all bins are as wide as each other on paper. */
static void logarithmic_bins_have_equal_ratios(void **state) {
    static const double values[] = {1, 10, 1000, 0, -3};
    const gt_figure figure = {.x = {.is_log = true, .low = 1, .high = 1000}};
    draw(&figure, &(gt_histogram_set){"a", 5, values}, 1, &(gt_histogram_options){.bins = 3});
    drawn set = drawn_set(0);
    for (size_t b = 0; b <= 3; b++) assert_near(set.edges[b], pow(10, (double)b), 1e-9);
    assert_near(set.heights[0], 1.0 / 3 / 9, 1e-12); /* 0 and -3 are no values here */
    assert_near(set.heights[1], 1.0 / 3 / 90, 1e-12);
    assert_near(set.heights[2], 1.0 / 3 / 900, 1e-12);
}

/* Several sets stand in the same bins, each with an area of its own; one may be empty. */
static void sets_share_their_bins(void **state) {
    static const double few[] = {1, 2}, many[] = {5, 5, 5, 5, 6, 7, 8, 9}, none[] = {NAN};
    const gt_histogram_set sets[] = {{"few", 2, few}, {"many", 8, many}, {"none", 1, none}};
    const gt_figure figure = {.x = {.low = 0, .high = 10}};
    draw(&figure, sets, 3, &(gt_histogram_options){.bins = 10});
    drawn a = drawn_set(0), b = drawn_set(1), c = drawn_set(2);
    assert_memory_equal(a.edges, b.edges, sizeof a.edges);
    assert_memory_equal(a.edges, c.edges, sizeof a.edges);
    for (size_t bin = 0; bin < 10; bin++) {
        assert_near(a.heights[bin], (double)count_in(&a, bin, few, 2) / 2, 1e-12);
        assert_near(b.heights[bin], (double)count_in(&b, bin, many, 8) / 8, 1e-12);
        assert_true(c.heights[bin] == 0);
    }
    double low, high;
    told_range("set yrange", 0, &low, &high);
    assert_true(low == 0 && high > 0.5 && high < 0.6); /* of the highest, with a little above */
    assert_string_equal(told("set ylabel ", 0), "\"density\"");
}

static void logarithmic_heights_stand_on_a_floor(void **state) {
    static const double values[] = {0.5, 0.5, 0.5, 0.5, 2.5};
    const gt_figure figure = {.x = {.low = 0, .high = 3}, .y = {.is_log = true, .label = "N"}};
    const gt_histogram_options options = {.bins = 3, .is_count = true};
    double low, high;
    draw(&figure, &(gt_histogram_set){"a", 5, values}, 1, &options);
    drawn set = drawn_set(0);
    assert_true(set.floor == 0.5 && set.heights[0] == 4 && set.heights[1] == 0.5 &&
                set.heights[2] == 1);
    told_range("set yrange", 0, &low, &high);
    assert_true(low == 0.5 && high == 6);
    assert_string_equal(told("set ylabel ", 0), "\"N\"");
}

static void one_value_has_a_bin(void **state) {
    static const double same[] = {-7, -7, -7};
    draw(&(gt_figure){0}, &(gt_histogram_set){"a", 3, same}, 1,
         &(gt_histogram_options){.bins = 8, .is_count = true});
    drawn set = drawn_set(0);
    double all = 0;
    for (size_t b = 0; b < 8; b++) all += set.heights[b];
    assert_true(all == 3 && set.edges[0] < -7 && set.edges[8] > -7);
    draw(&(gt_figure){0}, &(gt_histogram_set){"a", 3, same}, 1, NULL);
    assert_int_equal(drawn_set(0).bins, 60);
}

/* A mark is a line from bottom to top, where the frame has its place; named once. */
static void marks_stand_in_the_frame(void **state) {
    static const double values[] = {0, 10}, marks[] = {-1, 0, 2.5, 10, 11, NAN};
    const gt_figure figure = {.x = {.low = 0, .high = 10}};
    gt_histogram_options options = {.marks = marks, .mark_count = 6, .mark_name = "1 \"%\""};
    draw(&figure, &(gt_histogram_set){"a", 2, values}, 1, &options);
    assert_int_equal(told_times("set arrow"), 3);
    assert_int_equal(
        strncmp(told("set arrow", 1), " from first 2.5, graph 0 to first 2.5, ", 39), 0);
    assert_int_equal(told_times("title \"1 \\042\\045\\042\""), 1);
    options.mark_count = 1; /* out of the frame: no line, no name */
    draw(&figure, &(gt_histogram_set){"a", 2, values}, 1, &options);
    assert_int_equal(told_times("set arrow") + told_times("title \"1 "), 0);
}

static void what_cannot_be_counted_is_refused(void **state) {
    static const double values[] = {1, 2, 3}, none[] = {NAN, INFINITY, -INFINITY};
    static const gt_histogram_set many[65] = {{"a", 3, values}};
    const struct {
        gt_axis x;
        const gt_histogram_set *sets;
        size_t count, bins;
        const char *sentence;
    } cases[] = {
        {{0}, many, 0, 0, "0 sets in 60 bins, expected 1 to 64"},
        {{0}, many, 65, 0, "65 sets in 60 bins"},
        {{0}, many, 1, 10001, "1 sets in 10001 bins"},
        {{0}, &(gt_histogram_set){"a", 3, none}, 1, 0, "no value can be shown"},
        {{0}, &(gt_histogram_set){"a", 0, NULL}, 1, 0, "no value can be shown"},
        {{.is_log = true},
         &(gt_histogram_set){"a", 2, (double[]){0, -1}},
         1,
         0,
         "no value can"},
        {{.low = 5, .high = 6}, many, 1, 0, "no value lies in the range shown"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const gt_figure figure = {.x = cases[i].x};
        const gt_histogram_options options = {.bins = cases[i].bins};
        gt_status status = gt_figure_histogram(in_folder("a.svg"), &figure, cases[i].sets,
                                               cases[i].count, &options, &err);
        assert_int_equal(status, GT_BAD_ARGUMENT);
        if (!strstr(err.text, cases[i].sentence)) fail_msg("case %zu: %s", i, err.text);
    }
    assert_int_equal(entries_in_folder(), 1); /* the program alone */
}

int main(void) {
    const struct CMUnitTest tests[] = {
        SPIED(bins_are_counted),
        SPIED(densities_have_the_area_of_their_share),
        SPIED(logarithmic_bins_have_equal_ratios),
        SPIED(sets_share_their_bins),
        SPIED(logarithmic_heights_stand_on_a_floor),
        SPIED(one_value_has_a_bin),
        SPIED(marks_stand_in_the_frame),
        SPIED(what_cannot_be_counted_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
