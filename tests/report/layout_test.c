/* What stands where in a figure: frames in rows, panels above each other, points by class and
 * colour, lines on their axes, legends. */
#include "gnuplot.h"
#include "spy.h"

static gt_error err;
static const double ramp[] = {1, 2, 3, 4}, back[] = {4, NAN, 2, 1};

/* ---- frames and panels ---- */

typedef struct frame {
    double left, right, top, bottom; /* in shares of the picture, from below */
} frame;

static frame told_frame(int n) {
    frame f;
    const char *const sides[] = {"set lmargin at screen", "set rmargin at screen",
                                 "set tmargin at screen", "set bmargin at screen"};
    double *const places[] = {&f.left, &f.right, &f.top, &f.bottom};
    for (int i = 0; i < 4; i++) {
        const char *rest = told(sides[i], n);
        assert_non_null(rest);
        *places[i] = strtod(rest, NULL);
    }
    return f;
}

static bool are_apart(frame a, frame b) {
    return a.right <= b.left || b.right <= a.left || a.bottom >= b.top || b.bottom >= a.top;
}

/* `count` frames inside the picture, of one size, each apart from all others. */
static void look_at_frames(size_t count) {
    frame frames[16];
    for (size_t i = 0; i < count; i++) {
        frames[i] = told_frame((int)i);
        frame f = frames[i];
        assert_true(f.left >= 0 && f.right <= 1 && f.bottom >= 0 && f.top <= 1);
        assert_true(f.left < f.right && f.bottom < f.top);
        assert_near(f.right - f.left, frames[0].right - frames[0].left, 2e-4);
        assert_near(f.top - f.bottom, frames[0].top - frames[0].bottom, 2e-4);
        for (size_t k = 0; k < i; k++) assert_true(are_apart(f, frames[k]));
    }
    assert_null(told("set lmargin at screen", (int)count));
}

/* Frames fill rows from the left; the last row may be short. */
static void frames_stand_in_rows(void **state) {
    static const size_t columns[] = {0, 1, 2, 3, 2, 3, 3, 3, 3, 3};
    gt_scatter panels[9];
    for (size_t i = 0; i < 9; i++)
        panels[i] = (gt_scatter){.count = 4, .x = ramp, .y = back, .title = i % 2 ? "t" : NULL};
    for (size_t count = 1; count <= 9; count++) {
        gt_figure figure = {.x = {.is_bare = true}, .y = {.is_bare = true}};
        assert_ok(gt_figure_scatters(in_folder("a.svg"), &figure, panels, count, &err), err);
        look_at_frames(count);
        for (size_t i = 0; i < count; i++) {
            size_t row = i / columns[count], column = i % columns[count];
            frame f = told_frame((int)i);
            assert_near(f.left, told_frame((int)column).left, 1e-9);
            if (column) assert_near(f.top, told_frame((int)(row * columns[count])).top, 1e-9);
            if (row) assert_true(f.top < told_frame((int)(i - columns[count])).bottom);
        }
        assert_int_equal(told_times("\nplot "), (int)count);
        assert_int_equal(told_times("set multiplot") + told_times("unset multiplot"), 3);
    }
}

/* Numbers and labels of axes have room left of each frame and below it; what should be the same
 * lies on a line, and nothing hides behind anything. */
static void axes_have_their_room(void **state) {
    static const int32_t classes[] = {0, 1, 0, 1};
    gt_figure figure = {.x = {.label = "latent"}, .y = {.label = "found"}};
    gt_scatter panels[5];
    for (int i = 0; i < 5; i++)
        panels[i] = (gt_scatter){.count = 4,
                                 .x = ramp,
                                 .y = ramp,
                                 .classes = classes,
                                 .class_count = 2,
                                 .is_same = true};
    assert_ok(gt_figure_scatters(in_folder("a.svg"), &figure, panels, 5, &err), err);
    look_at_frames(5);
    frame first = told_frame(0), next = told_frame(1), below = told_frame(3);
    double side = first.right - first.left, height = first.top - first.bottom;
    assert_true(first.left > 0.25 * side);
    assert_true(next.left - first.right > 0.3 * side);
    assert_true(first.bottom - below.top > 0.2 * height);
    assert_true(below.bottom > 0.2 * height);
    assert_int_equal(told_times("x with lines dashtype"), 5);
    assert_int_equal(told_times("lc rgb '#900072b2'"), 5);
    panels[0].is_same = false;
    assert_ok(gt_figure_scatters(in_folder("a.svg"), &figure, panels, 1, &err), err);
    assert_int_equal(told_times("x with lines"), 0);
    assert_int_equal(told_times("lc rgb '#900072b2'"), 0);
}

/* One legend or one bar serves all frames, in a place of its own. */
static void frames_share_legend_and_bar(void **state) {
    static const int32_t classes[] = {0, 1, 0, 1};
    static const char *const names[] = {"FRI", "FRII"};
    double low, high;
    gt_figure figure = {0};
    gt_scatter panels[5];
    for (int i = 0; i < 5; i++)
        panels[i] = (gt_scatter){.count = 4,
                                 .x = ramp,
                                 .y = ramp,
                                 .classes = classes,
                                 .class_names = names,
                                 .class_count = 2};
    assert_ok(gt_figure_scatters(in_folder("a.svg"), &figure, panels, 5, &err), err);
    assert_int_equal(told_times("set key at screen"), 1);
    assert_int_equal(told_times("unset key"), 4);
    assert_true(told_frame(0).top < 1 - 0.15 / 13); /* below the legend */
    const double far[] = {10, 20, 30, 400};
    for (int i = 0; i < 5; i++)
        panels[i] =
            (gt_scatter){.count = 4, .x = ramp, .y = ramp, .colour = i == 3 ? far : ramp};
    assert_ok(gt_figure_scatters(in_folder("a.svg"), &figure, panels, 5, &err), err);
    told_range("set cbrange", 0, &low, &high);
    assert_true(low == 1 && high == 400); /* of the colours of all */
    assert_null(told("set cbrange", 1));
    assert_int_equal(told_times("unset colorbox"), 4);
    assert_int_equal(told_times("set colorbox user"), 1);
    look_at_frames(5);
    for (int i = 0; i < 5; i++) assert_true(told_frame(i).right < 0.95);
}

static void panels_stand_above_each_other(void **state) {
    enum { MOST = 8 };
    gt_line line = {"a", 4, NULL, ramp, GT_LINE_SOLID};
    gt_panel panels[MOST];
    for (int i = 0; i < MOST; i++)
        panels[i] = (gt_panel){.y = {.label = "y"}, .lines = &line, .count = 1};
    for (size_t count = 2; count <= MOST; count++) {
        gt_figure figure = {.x = {.label = "x"}, .title = count % 2 ? "title" : NULL};
        double low, high, first[2];
        assert_ok(gt_figure_panels(in_folder("a.svg"), &figure, panels, count, &err), err);
        look_at_frames(count);
        told_range("set xrange", 0, &first[0], &first[1]);
        for (size_t i = 0; i < count; i++) {
            assert_near(told_frame((int)i).left, told_frame(0).left, 1e-9);
            if (i) assert_true(told_frame((int)i).top < told_frame((int)i - 1).bottom);
            told_range("set xrange", (int)i, &low, &high);
            assert_true(low == first[0] && high == first[1]);
        }
        assert_int_equal(told_times("set xlabel \"x\""), 1); /* below the last */
        assert_int_equal(told_times("set format x ''"), (int)count - 1);
        assert_int_equal(told_times("set title \"title\""), (int)(count % 2));
    }
}

/* ---- points ---- */

static gt_status scatter(const gt_figure *figure, const gt_scatter *points) {
    return gt_figure_scatter(in_folder("a.svg"), figure, points, &err);
}

/* Each class has a block and a colour; points of none are pale and drawn first. */
static void points_go_to_their_class(void **state) {
    static const double x[] = {1, 2, 3, 4, 5, 6}, y[] = {6, 5, 4, 3, 2, INFINITY};
    static const int32_t classes[] = {1, -1, 0, 7, 1, 1};
    static const char *const names[] = {"FR \"I\"", NULL, "none"};
    const gt_scatter points = {
        .count = 6, .x = x, .y = y, .classes = classes, .class_names = names, .class_count = 3};
    double rows[6][SPY_COLUMNS];
    assert_ok(scatter(&(gt_figure){0}, &points), err);
    assert_int_equal(told_block(0, rows, 6), 2);
    assert_true(rows[0][0] == 2 && rows[1][0] == 4);
    assert_int_equal(told_block(1, rows, 6), 1);
    assert_true(rows[0][0] == 3 && rows[0][1] == 4);
    assert_int_equal(told_block(2, rows, 6), 2); /* the third point of it is not finite */
    assert_true(rows[0][0] == 1 && rows[1][0] == 5);
    assert_int_equal(told_block(3, rows, 6), 1);
    assert_true(isnan(rows[0][0])); /* a block has a line */
    assert_int_equal(told_times("title \"FR \\042I\\042\""), 1);
    assert_int_equal(told_times("title \"1\""), 1);
    assert_int_equal(told_times("title \"none\""), 0); /* nobody is there */
    assert_int_equal(told_times("title \"no class\""), 1);
    assert_string_equal(gt_gnuplot_colour(0), gt_gnuplot_colour(GT_GNUPLOT_COLOURS));
}

static void colours_are_values(void **state) {
    static const double colour[] = {0.5, 80, NAN, -3};
    const gt_scatter points = {.count = 4,
                               .x = ramp,
                               .y = ramp,
                               .colour = colour,
                               .colour_axis = {.label = "z", .is_log = true}};
    double rows[4][SPY_COLUMNS], low, high;
    assert_ok(scatter(&(gt_figure){0}, &points), err);
    assert_int_equal(told_block(0, rows, 4),
                     2); /* pale: without a colour, or none on this axis */
    assert_true(rows[0][0] == 3 && rows[1][0] == 4);
    assert_int_equal(told_block(1, rows, 4), 2);
    assert_true(rows[0][2] == 0.5 && rows[1][2] == 80);
    told_range("set cbrange", 0, &low, &high);
    assert_near(low, 0.5, 1e-12);
    assert_near(high, 80, 1e-9);
    assert_string_equal(told("set cblabel ", 0), "\"z\" offset 1.2,0");
}

/* 10^5 points are all there, and smaller than a few are. */
static void many_points_are_drawn(void **state) {
    enum { COUNT = 100000 };
    double *x = malloc(COUNT * sizeof *x), first[1][SPY_COLUMNS], few, many;
    for (int i = 0; i < COUNT; i++) x[i] = sin(i);
    gt_scatter points = {.count = COUNT, .x = x, .y = x};
    assert_ok(scatter(&(gt_figure){0}, &points), err);
    assert_int_equal(told_block(1, first, 1), COUNT);
    char *script = load_text("script");
    assert_int_equal(sscanf(strstr(script, " ps "), " ps %lf", &many), 1);
    free(script);
    points.count = 100;
    assert_ok(scatter(&(gt_figure){0}, &points), err);
    script = load_text("script");
    assert_int_equal(sscanf(strstr(script, " ps "), " ps %lf", &few), 1);
    assert_true(many > 0 && many < few / 3);
    free(script);
    free(x);
}

/* Of a map distances mean something: one scale for both axes; a plot has two. */
static void maps_have_one_scale(void **state) {
    static const double x[] = {0, 100, 50, 1}, y[] = {3, 4, 5, 6};
    const gt_scatter points = {.count = 4, .x = x, .y = y};
    double a[2], b[2];
    for (int is_map = 0; is_map < 2; is_map++) {
        const gt_figure figure = {.x = {.is_bare = is_map}, .y = {.is_bare = is_map}};
        assert_ok(scatter(&figure, &points), err);
        told_range("set xrange", 0, &a[0], &a[1]);
        told_range("set yrange", 0, &b[0], &b[1]);
        assert_true(a[0] < 0 && a[1] > 100 && b[0] < 3 && b[1] > 6);
        bool is_equal = fabs((a[1] - a[0]) - (b[1] - b[0])) < 1e-9;
        assert_true(is_equal == is_map && told_times("set size ratio 1") == is_map);
    }
}

static void one_point_is_a_figure(void **state) {
    double rows[2][SPY_COLUMNS], low, high;
    const gt_scatter point = {.count = 1, .x = ramp, .y = back, .colour = ramp};
    assert_ok(scatter(&(gt_figure){.x = {.is_log = true}}, &point), err);
    assert_int_equal(told_block(1, rows, 2), 1);
    told_range("set xrange", 0, &low, &high);
    assert_true(low < 1 && high > 1);
    told_range("set cbrange", 0, &low, &high);
    assert_true(low < 1 && high > 1);
}

/* ---- lines ---- */

static void lines_go_to_their_axis(void **state) {
    static const double wide[] = {100, 200, 300, 400};
    const gt_line lines[] = {{"left", 4, ramp, back, GT_LINE_POINTS},
                             {"right", 4, ramp, wide, .is_right = true},
                             {NULL, 2, ramp, ramp, GT_LINE_DASHED},
                             {"empty", 0, NULL, NULL, GT_LINE_SOLID}};
    const gt_panel panel = {.right = {.label = "r"}, .lines = lines, .count = 4};
    double rows[4][SPY_COLUMNS], low, high;
    assert_ok(gt_figure_panels(in_folder("a.svg"), &(gt_figure){0}, &panel, 1, &err), err);
    assert_int_equal(told_block(0, rows, 4), 3); /* without the one that is no number */
    assert_true(rows[1][0] == 3 && rows[1][1] == 2);
    assert_int_equal(told_block(1, rows, 4), 4);
    assert_int_equal(told_block(3, rows, 4), 1);
    assert_true(isnan(rows[0][0]));
    told_range("set yrange", 0, &low, &high);
    assert_true(low < 1 && high > 4 && high < 5);
    told_range("set y2range", 0, &low, &high);
    assert_true(low > 0 && low < 100 && high > 400);
    assert_int_equal(told_times("axes x1y2"), 1);
    assert_int_equal(told_times("notitle"), 1);
    assert_int_equal(told_times(gt_gnuplot_colour(2)), 1); /* the guide took none */
}

/* Bars stand on zero, each 0.8 of a step wide, and none is cut off. */
static void bars_stand_on_zero(void **state) {
    static const double x[] = {10, 15, 20, 25}, below[] = {-1, -2, -3, -4};
    static const double mixed[] = {-1, 2, -3, 4};
    const double *const heights[] = {ramp, below, mixed};
    for (int i = 0; i < 3; i++) {
        const gt_line bars = {NULL, 4, x, heights[i], GT_LINE_BARS};
        double rows[4][SPY_COLUMNS], low, high;
        assert_ok(gt_figure_lines(in_folder("a.svg"), &(gt_figure){0}, &bars, 1, &err), err);
        assert_int_equal(told_block(0, rows, 4), 4);
        for (int k = 0; k < 4; k++) assert_near(rows[k][2], 4, 1e-12);
        told_range("set xrange", 0, &low, &high);
        assert_true(low <= 8 && high >= 27);
        told_range("set yrange", 0, &low, &high);
        assert_true(i == 0 ? low == 0 : i == 1 ? high == 0 : low < -3 && high > 4);
    }
}

/* Entries of a legend go into as many columns as have room: 12 cm here. */
static void legends_keep_to_the_picture(void **state) {
    const char *const brief[] = {"a", "b", "c", NULL}, *const one[] = {"a"};
    const char *const longer[] = {
        "of a name that is so long that it fills a row alone, or more", "b"};
    const char *const wide[] = {"\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9", "b", "c", "d"};
    assert_int_equal(gt_gnuplot_legend_rows(12, brief, 4), 1);
    assert_int_equal(gt_gnuplot_legend_rows(12, one, 1), 1);
    assert_int_equal(gt_gnuplot_legend_rows(12, longer, 2), 2);
    assert_int_equal(gt_gnuplot_legend_rows(2, brief, 4), 3);
    assert_int_equal(gt_gnuplot_legend_rows(12, wide, 4), 1); /* letters count, not bytes */
    assert_int_equal(gt_gnuplot_legend_rows(12, brief, 0), 0);
}

static void what_cannot_be_laid_out_is_refused(void **state) {
    enum { MOST_LINES = 200 };
    static gt_line lines[MOST_LINES + 1];
    gt_panel panel = {.lines = lines, .count = MOST_LINES + 1}, empty = {.lines = lines};
    static const int32_t classes[4];
    const gt_scatter both = {
        .count = 4, .x = ramp, .y = ramp, .colour = ramp, .classes = classes, .class_count = 1};
    const gt_scatter many = {.count = 4,
                             .x = ramp,
                             .y = ramp,
                             .classes = classes,
                             .class_count = GT_FIGURE_CLASSES + 1};
    gt_panel nine[9];
    for (int i = 0; i < 9; i++) nine[i] = (gt_panel){.lines = lines, .count = 1};
    for (int i = 0; i <= MOST_LINES; i++) lines[i] = (gt_line){"a", 4, ramp, ramp};
#define REFUSES(call, sentence)                                    \
    do {                                                           \
        assert_int_equal(call, GT_BAD_ARGUMENT);                   \
        if (!strstr(err.text, sentence)) fail_msg("%s", err.text); \
    } while (0)
    const char *out = in_folder("a.svg");
    const gt_figure figure = {0}, large = {.width = 101}, high = {.height = 1e9};
    REFUSES(gt_figure_panels(out, &figure, &panel, 1, &err), "201 lines, expected at most 200");
    REFUSES(gt_figure_panels(out, &figure, &empty, 1, &err), "a panel without lines");
    REFUSES(gt_figure_panels(out, &figure, nine, 9, &err), "9 panels, expected 1 to 8");
    REFUSES(scatter(&figure, &both), "1 classes with a colour");
    REFUSES(scatter(&figure, &many), "65 classes, expected at most 64");
    REFUSES(scatter(&large, &(gt_scatter){.count = 4, .x = ramp, .y = ramp}),
            "a figure of 101 x 9 cm, expected at most 100");
    REFUSES(gt_figure_panels(out, &high, nine, 1, &err), "cm, expected at most 100");
#undef REFUSES
    assert_int_equal(entries_in_folder(), 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        SPIED(frames_stand_in_rows),
        SPIED(frames_share_legend_and_bar),
        SPIED(axes_have_their_room),
        SPIED(panels_stand_above_each_other),
        SPIED(points_go_to_their_class),
        SPIED(colours_are_values),
        SPIED(many_points_are_drawn),
        SPIED(maps_have_one_scale),
        SPIED(one_point_is_a_figure),
        SPIED(lines_go_to_their_axis),
        SPIED(bars_stand_on_zero),
        SPIED(legends_keep_to_the_picture),
        SPIED(what_cannot_be_laid_out_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
