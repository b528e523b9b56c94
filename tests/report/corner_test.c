/* Corner figures as drawings: where contours, outlines and points lie, read back from SVG. */
#include "file.h"
#include "galatea/figure.h"
#include "gt_test.h"
#include "rng.h"
#include "temp_folder.h"

enum { ROWS = 20000, LINES_AT_MOST = 4000 };

/* A path of the drawing in one colour: what its points span. */
typedef struct span {
    double left, right, top, bottom;
    size_t points;
} span;

static char *drawing;

static void draw(const gt_axis *columns, size_t count, const gt_corner_set *sets, size_t n,
                 const gt_corner_options *options) {
    gt_error err;
    size_t size;
    free(drawing);
    drawing = NULL;
    setenv("TMPDIR", temp_folder, 1);
    const char *path = in_folder("a.svg");
    assert_ok(gt_figure_corner(path, &(gt_figure){0}, columns, count, sets, n, options, &err),
              err);
    assert_ok(gt_file_load(path, 1 << 26, &drawing, &size, &err), err);
}

/* "M1.5,2 L3,4": the points of one path. */
static span read_path(const char *d) {
    span s = {INFINITY, -INFINITY, INFINITY, -INFINITY, 0};
    for (const char *at = d; *at && *at != '\'' && *at != '"';) {
        double x, y;
        int length = 0;
        if (sscanf(at, "%lf,%lf%n", &x, &y, &length) == 2 && length > 0) {
            s.left = fmin(s.left, x), s.right = fmax(s.right, x);
            s.top = fmin(s.top, y), s.bottom = fmax(s.bottom, y);
            s.points++;
            at += length;
        } else {
            at++;
        }
    }
    return s;
}

/* All stroked paths of a colour, in the order of the drawing. The colour of a path is its own
 * or that of the group that it stands in, gnuplot writes both. */
static size_t paths_of(const char *rgb, span *out) {
    size_t count = 0;
    for (const char *at = strstr(drawing, "<path"); at; at = strstr(at + 1, "<path")) {
        const char *end = strchr(at, '>'), *colour = strstr(at, rgb), *d = strstr(at, " d='");
        if (!colour || colour > end || !d || d > end || count == LINES_AT_MOST) continue;
        out[count] = read_path(d + 4);
        if (out[count].points > 2) count++;
    }
    return count;
}

static double *normal_rows(size_t rows, uint64_t seed, double shift, double scale) {
    double *values = calloc(2 * rows, sizeof *values);
    for (size_t i = 0; i < 2 * rows; i++)
        values[i] = shift + scale * gt_rng_normal((gt_rng_key){seed, 1, 0}, i);
    return values;
}

static const gt_axis square[] = {{.label = "first", .low = -4, .high = 4},
                                 {.label = "second", .low = -4, .high = 4}};
/* dots of the drawing: a frame of 3.1 cm has 8 units */
static const double unit = 3.1 / 2.54 * 96 / 8;

/* The contours of a round cloud are circles of 0.5, 1, 1.5 and 2 deviations round its middle.
 */
static void contours_hold_their_masses(void **state) {
    double *values = normal_rows(ROWS, 1, 0, 1);
    static span found[LINES_AT_MOST];
    gt_corner_set set = {"cloud", "#123456", ROWS, values};
    gt_corner_options options = {.bins = 40, .smoothing = 1};
    draw(square, 2, &set, 1, &options);
    size_t count = paths_of("rgb( 18,  52,  86)", found), seen = 0;
    double radii[] = {0.5, 1, 1.5, 2};
    for (size_t r = 0; r < 4; r++)
        for (size_t i = 0; i < count; i++) {
            const span *s = &found[i];
            double across = (s->right - s->left) / 2 / unit,
                   up = (s->bottom - s->top) / 2 / unit;
            bool is_ring = fabs(across - radii[r]) < 0.22 && fabs(up - radii[r]) < 0.22;
            if (is_ring && fabs(across - up) < 0.25) {
                seen++;
                break;
            }
        }
    assert_int_equal(seen, 4);
    free(values);
}

/* What lies beyond the window counts: with half of it outside, contours of the two smaller
 * masses are left. */
static void rows_outside_count(void **state) {
    static span found[LINES_AT_MOST];
    double *values = normal_rows(ROWS, 1, 0, 1);
    for (size_t i = 0; i < ROWS; i += 2) values[i] = 100;
    gt_corner_set set = {"cloud", "#123456", ROWS, values};
    gt_corner_options options = {.bins = 40, .smoothing = 1};
    draw(square, 2, &set, 1, &options);
    size_t count = paths_of("rgb( 18,  52,  86)", found);
    double widest = 0;
    for (size_t i = 0; i < count; i++) {
        double up = found[i].bottom - found[i].top, across = found[i].right - found[i].left;
        if (fabs(up - across) < 0.4 * unit) widest = fmax(widest, across / 2 / unit);
    }
    /* 0.393 of all is 0.787 of what is here: 1.76 deviations */
    assert_near(widest, 1.76, 0.2);
    free(values);
}

/* Densities have area 1 each, so that sets of any size can be compared: of two equal ones of
 * other sizes the outlines agree. */
static void densities_ignore_sizes(void **state) {
    static span few[LINES_AT_MOST], many[LINES_AT_MOST];
    double *values = normal_rows(ROWS, 1, 0, 1), *half = calloc(ROWS, sizeof *half);
    for (size_t c = 0; c < 2; c++)
        memcpy(half + c * ROWS / 2, values + c * ROWS, ROWS / 2 * sizeof *half);
    const gt_corner_set sets[] = {{"all", "#123456", ROWS, values},
                                  {"half", "#654321", ROWS / 2, half}};
    draw(square, 1, sets, 2, NULL);
    size_t a = paths_of("rgb( 18,  52,  86)", many), b = paths_of("rgb(101,  67,  33)", few);
    double highest[2] = {0};
    for (size_t i = 0; i < a; i++) highest[0] = fmax(highest[0], many[i].bottom - many[i].top);
    for (size_t i = 0; i < b; i++) highest[1] = fmax(highest[1], few[i].bottom - few[i].top);
    assert_near(highest[0], highest[1], 0.04 * highest[0]);
    assert_near(highest[0], 8 * unit / 1.08, 0.05 * highest[0]);
    free(values), free(half);
}

/* Fewer than 50 finite rows are points, and no contour holds a mass. */
static void few_rows_are_points(void **state) {
    double *values = normal_rows(60, 3, 0, 1);
    gt_corner_set set = {"few", "#123456", 60, values};
    draw(square, 2, &set, 1, NULL);
    assert_non_null(strstr(drawing, "contours hold"));
    for (size_t i = 0; i < 11; i++) values[i] = NAN;
    draw(square, 2, &set, 1, NULL);
    assert_null(strstr(drawing, "contours hold"));
    size_t points = 0;
    for (const char *at = drawing; (at = strstr(at, "xlink:href='#gpPt6'")); at++) points++;
    assert_int_equal(points, 49);
    free(values);
}

static size_t count_of(const char *text) {
    size_t count = 0;
    for (const char *at = drawing; (at = strstr(at, text)); at++) count++;
    return count;
}

/* Labels stand once below and once beside, a long name is cut, a long note takes lines. */
static void texts_have_their_places(void **state) {
    double *values = normal_rows(60, 3, 0, 1), wide[5 * 60];
    for (size_t i = 0; i < 300; i++) wide[i] = values[i % 120];
    gt_axis columns[5];
    for (size_t i = 0; i < 5; i++) columns[i] = square[i % 2];
    const char *name =
        "a name that is much too long for the room beside the frames and goes on "
        "and on and on until it would run over the masses";
    gt_corner_set set = {name, NULL, 60, wide};
    char note[300] = "";
    for (int i = 0; i < 28; i++) strcat(note, "word word ");
    gt_corner_options options = {.note = note};
    draw(columns, 5, &set, 1, &options);
    assert_int_equal(count_of(">first<"), 3 + 2); /* below columns 0, 2, 4; beside 2, 4 */
    assert_int_equal(count_of(">second<"), 2 + 2);
    assert_int_equal(count_of(">86.5 %<"), 1);
    assert_null(strstr(drawing, name));
    assert_non_null(strstr(drawing, "a name that is much too long"));
    assert_non_null(strstr(drawing, "...<"));
    assert_true(count_of("word word") >= 3);
    free(values);
}

/* A set all of whose rows lie outside, and one without rows, leave the others' frames alone. */
static void empty_sets(void **state) {
    static span found[LINES_AT_MOST];
    double *values = normal_rows(100, 3, 0, 1), *far = normal_rows(100, 3, 50, 1);
    const gt_corner_set sets[] = {{"here", "#123456", 100, values},
                                  {"far", "#654321", 100, far},
                                  {"none", "#abcdef", 0, NULL}};
    draw(square, 2, sets, 3, NULL);
    assert_true(paths_of("rgb( 18,  52,  86)", found) >= 4);
    assert_non_null(strstr(drawing, ">far (100 % outside)<"));
    assert_non_null(strstr(drawing, ">none (no rows)<"));
    assert_non_null(strstr(drawing, ">here<"));
    free(values), free(far);
}

/* Equal levels are one line: in a histogram of one full bin there is one height alone. */
static void equal_levels_are_one_line(void **state) {
    static span found[LINES_AT_MOST];
    double values[200];
    for (size_t i = 0; i < 200; i++) values[i] = 0.05;
    gt_corner_set set = {"one", "#123456", 100, values};
    draw(square, 2, &set, 1, NULL);
    size_t count = paths_of("rgb( 18,  52,  86)", found), rings = 0;
    for (size_t i = 0; i < count; i++)
        rings += found[i].right - found[i].left < unit && found[i].bottom - found[i].top < unit;
    assert_true(rings <= 1);
}

/* A cloud round the frame's edge has contours that end at it. */
static void contours_reach_the_frame(void **state) {
    static span found[LINES_AT_MOST];
    const double left = 1.95 / 2.54 * 96, dot = 0.6;
    double *values = normal_rows(ROWS, 1, 0, 1);
    for (size_t i = 0; i < ROWS; i++) values[i] -= 4; /* columns, not rows, lie together */
    gt_corner_set set = {"cloud", "#123456", ROWS, values};
    draw(square, 2, &set, 1, &(gt_corner_options){.bins = 10, .smoothing = 0.5});
    size_t count = paths_of("rgb( 18,  52,  86)", found), at_edge = 0;
    for (size_t i = 0; i < count; i++) {
        bool is_contour = found[i].bottom - found[i].top < 4.5 * unit;
        at_edge +=
            is_contour && fabs(found[i].left - left) < dot && found[i].right < left + 3 * unit;
    }
    assert_true(at_edge >= 2);
    free(values);
}

/* Lines of a colour; gnuplot joins those of one contour into one path. */
static size_t lines_of(const char *rgb) {
    size_t count = 0;
    for (const char *at = strstr(drawing, "<path"); at; at = strstr(at + 1, "<path")) {
        const char *end = strchr(at, '>'), *colour = strstr(at, rgb);
        for (; colour && colour < end && at < end; at++) count += *at == 'M';
    }
    return count;
}

/* Few rows are smoothed more: no islands; not at all where that is asked for. */
static void few_rows_leave_no_islands(void **state) {
    double *values = normal_rows(120, 5, 0, 1);
    gt_corner_set set = {"cloud", "#123456", 120, values};
    draw(square, 2, &set, 1, &(gt_corner_options){.bins = 40, .smoothing = 0.8});
    size_t smooth = lines_of("rgb( 18,  52,  86)");
    draw(square, 2, &set, 1, &(gt_corner_options){.bins = 40, .smoothing = 0});
    size_t rough = lines_of("rgb( 18,  52,  86)");
    if (smooth > 4 + 2 + 3 || rough < 4 * smooth) /* contours, outlines, legend */
        fail_msg("%zu lines, and %zu without smoothing", smooth, rough);
    free(values);
}

static double height_of_drawing(void) {
    const char *at = strstr(drawing, "viewBox=\"0 0 ");
    double width = 0, height = 0;
    if (!at || sscanf(at, "viewBox=\"0 0 %lf %lf", &width, &height) != 2) fail_msg("no size");
    return height;
}

/* Above the frames of a narrow figure is a line for each set and no more: what contours hold
 * stands in the corner that is free. */
static void narrow_figures_are_not_empty_above(void **state) {
    const double dots = 96 / 2.54, frames = 2 * 3.1 + 0.16, line = 0.44;
    double *values = normal_rows(100, 3, 0, 1);
    const gt_corner_set sets[] = {{"a", "#123456", 100, values}, {"b", "#654321", 100, values}};
    draw(square, 2, sets, 1, NULL);
    double one = height_of_drawing();
    draw(square, 2, sets, 2, NULL);
    double two = height_of_drawing();
    assert_near(two - one, line * dots, 1.01);
    assert_near(one, (1.3 + frames + 0.16 + line + 0.3) * dots, 1.01);
    assert_non_null(strstr(drawing, "contours hold"));
    free(values);
}

/* Wide figures have sets and masses at one height, beside the first frame and at the right. */
static void wide_figures_have_both_beside(void **state) {
    double *values = normal_rows(300, 3, 0, 1);
    gt_axis columns[6];
    for (size_t i = 0; i < 6; i++) columns[i] = square[0];
    const gt_corner_set sets[] = {{"a", "#123456", 100, values}, {"b", "#654321", 100, values}};
    double height[2];
    for (size_t n = 1; n <= 2; n++) {
        draw(columns, 5, sets, n, NULL);
        height[n - 1] = height_of_drawing();
    }
    assert_near(height[0], height[1], 0);
    assert_near(height[0], (1.3 + 5 * 3.1 + 4 * 0.16 + 0.3) * 96 / 2.54, 1.01);
    draw(columns, 6, sets, 2, NULL);
    assert_near(height_of_drawing() - height[0], (3.1 + 0.16) * 96 / 2.54, 1.01);
    free(values);
}

static gt_status try_corner(const gt_axis *columns, size_t column_count,
                            const gt_corner_set *sets, size_t set_count, size_t bins,
                            gt_error *err) {
    const gt_corner_options options = {.bins = bins};
    setenv("TMPDIR", temp_folder, 1);
    return gt_figure_corner(in_folder("never.svg"), &(gt_figure){0}, columns, column_count,
                            sets, set_count, &options, err);
}

/* What can be no figure is refused before gnuplot is begun, and leaves no file. */
static void refusals(void **state) {
    gt_error err;
    double values[20] = {1, 2};
    gt_axis columns[10];
    gt_corner_set sets[9];
    for (size_t i = 0; i < 10; i++) columns[i] = square[0];
    for (size_t i = 0; i < 9; i++) sets[i] = (gt_corner_set){"a", NULL, 2, values};
    static const struct {
        size_t columns, sets, bins;
        const char *says;
    } cases[] = {{10, 1, 20, "10 columns of 1 sets in 20 bins, expected 1 to 9 of 1 to 8"},
                 {0, 1, 20, "0 columns of 1 sets"},
                 {2, 9, 20, "2 columns of 9 sets"},
                 {2, 0, 20, "2 columns of 0 sets"},
                 {2, 1, 201, "in 201 bins, expected 1 to 9 of 1 to 8 in at most 200"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_int_equal(
            try_corner(columns, cases[i].columns, sets, cases[i].sets, cases[i].bins, &err),
            GT_BAD_ARGUMENT);
        if (!strstr(err.text, cases[i].says)) fail_msg("%s: %s", cases[i].says, err.text);
    }
    static const char *const colours[] = {"red",     "#12345",  "#1234567",
                                          "#12345g", "123456#", ""};
    for (size_t i = 0; i < sizeof colours / sizeof *colours; i++) {
        sets[1].colour = colours[i];
        assert_int_equal(try_corner(columns, 2, sets, 2, 20, &err), GT_BAD_ARGUMENT);
        assert_non_null(strstr(err.text, "expected #RRGGBB"));
    }
    sets[1].colour = "#ABCdef";
    columns[1].is_log = true;
    columns[1].low = 1;
    assert_int_equal(try_corner(columns, 2, sets, 2, 20, &err), GT_BAD_ARGUMENT);
    assert_non_null(strstr(err.text, "column 1 from 1 to 4, expected a linear range"));
    assert_int_equal(access(in_folder("never.svg"), F_OK), -1);
    columns[1].is_log = false;
    assert_ok(try_corner(columns, 2, sets, 2, 20, &err), err);
}

/* Most of a set is enough to be told; half of it is not. */
static void what_lies_outside_is_told(void **state) {
    double *values = normal_rows(200, 3, 0, 0.5);
    gt_corner_set set = {"cloud", "#123456", 200, values};
    for (size_t i = 0; i < 100; i++) values[i] = 9;
    draw(square, 2, &set, 1, NULL);
    assert_null(strstr(drawing, "outside"));
    for (size_t i = 50; i < 150; i++) values[200 + i] = -9; /* in the other column */
    draw(square, 2, &set, 1, NULL);
    assert_non_null(strstr(drawing, ">cloud (75 % outside)<"));
    set.name =
        "a name that is much too long for the room that there is above of all the frames";
    draw(square, 2, &set, 1, NULL);
    assert_non_null(strstr(drawing, "... (75 % outside)<"));
    free(values);
}

/* Numbers side by side do not run into each other: steps of 0.5 here, not of 0.2. */
static void numbers_below_have_room(void **state) {
    static const gt_axis axes[] = {{.label = "first", .low = 1.75, .high = 2.85},
                                   {.label = "second", .low = 10, .high = 20}};
    double *values = normal_rows(40, 1, 2, 0.1);
    gt_corner_set set = {"cloud", "#123456", 40, values};
    draw(axes, 2, &set, 1, NULL);
    assert_non_null(strstr(drawing, ">2.5<"));
    assert_null(strstr(drawing, ">2.2<"));
    free(values);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(contours_hold_their_masses),    TEST(rows_outside_count),
        TEST(densities_ignore_sizes),        TEST(few_rows_are_points),
        TEST(texts_have_their_places),       TEST(empty_sets),
        TEST(equal_levels_are_one_line),     TEST(contours_reach_the_frame),
        TEST(few_rows_leave_no_islands),     TEST(narrow_figures_are_not_empty_above),
        TEST(what_lies_outside_is_told),     TEST(numbers_below_have_room),
        TEST(wide_figures_have_both_beside), TEST(refusals),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    free(drawing);
    return failed;
}
