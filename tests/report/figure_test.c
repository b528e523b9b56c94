/* Figures: drawn in every form, the same twice, with their provenance; texts stay texts; what
 * goes wrong is one sentence. */
#include <locale.h>

#include "file.h"
#include "galatea/figure.h"
#include "gt_test.h"
#include "png_text.h"
#include "report.h"
#include "temp_folder.h"

static const char record[] = "{\"command\": \"galatea embed\", \"by\": \"\xc3\x85sa <&>\"}";
static const double ramp[] = {1, 2, 3, 4}, back[] = {4, NAN, 2, 1};

/* Folders that gnuplot was given must be gone, too. */
static void use_folder(void) {
    assert_int_equal(setenv("TMPDIR", temp_folder, 1), 0);
}

static gt_status draw_scatter(const char *path, const char *label, gt_error *err) {
    gt_figure figure = {.x = {.label = label}, .y = {.label = "b"}, .provenance = record};
    gt_scatter points = {
        .count = 4, .x = ramp, .y = back, .colour = ramp, .colour_axis = {.label = label}};
    return gt_figure_scatter(path, &figure, &points, err);
}

static gt_status draw_classes(const char *path, const char *name, gt_error *err) {
    static const int32_t classes[] = {0, 1, -1, 7};
    const char *names[] = {name, NULL};
    gt_figure figure = {.title = name};
    gt_scatter points = {.count = 4,
                         .x = ramp,
                         .y = ramp,
                         .classes = classes,
                         .class_names = names,
                         .class_count = 2};
    return gt_figure_scatter(path, &figure, &points, err);
}

static gt_status draw_frames(const char *path, const char *name, gt_error *err) {
    const gt_scatter frames[3] = {
        {.count = 4, .x = ramp, .y = back, .colour = ramp, .title = name},
        {.count = 4, .x = back, .y = ramp, .colour = back, .title = "other"},
        {.count = 4, .x = ramp, .y = ramp, .colour = ramp}};
    gt_figure figure = {.x = {.is_bare = true}, .y = {.is_bare = true}, .provenance = record};
    return gt_figure_scatters(path, &figure, frames, 3, err);
}

static gt_status draw_histogram(const char *path, const char *name, bool is_log,
                                gt_error *err) {
    gt_figure figure = {.x = {.label = name, .is_log = is_log}, .provenance = record};
    gt_histogram_set sets[] = {{name, 4, ramp}, {"b", 4, back}};
    return gt_figure_histogram(path, &figure, sets, 2, NULL, err);
}

static gt_status draw_panels(const char *path, const char *name, gt_error *err) {
    gt_line lines[] = {{name, 4, NULL, ramp, GT_LINE_BARS},
                       {name, 4, ramp, back, .is_right = true},
                       {"guide", 2, ramp, ramp, GT_LINE_DASHED}};
    gt_panel panels[] = {
        {.y = {.label = name}, .right = {.label = name}, .lines = lines, .count = 2},
        {.y = {.is_log = true}, .lines = lines + 1, .count = 2}};
    gt_figure figure = {.x = {.label = name}, .provenance = record};
    return gt_figure_panels(path, &figure, panels, 2, err);
}

static gt_status draw_matrices(const char *path, const char *name, gt_error *err) {
    static const double counts[] = {40, 9.5, 5, 50}, none[4] = {0};
    const char *const names[] = {name, "FRII"};
    const gt_matrix frames[] = {{name, 2, names, counts}, {NULL, 2, names, none}};
    const gt_figure figure = {
        .x = {.label = name}, .y = {.label = "true"}, .provenance = record};
    return gt_figure_matrices(path, &figure, frames, 2, err);
}

static gt_status draw_whiskers(const char *path, const char *name, gt_error *err) {
    static const gt_whisker numbers[] = {{2, 1, 3, 2.5}, {7, NAN, NAN, 6}, {NAN, NAN, NAN, 1}};
    const gt_whisker_row rows[] = {{name, name, {.low = 0, .high = 4}, numbers},
                                   {"energy", NULL, {.is_log = true}, numbers + 1}};
    const char *const names[] = {name, "B"};
    const gt_whiskers whiskers = {2, 2, rows, names, "real", name};
    return gt_figure_whiskers(path, &(gt_figure){.provenance = record}, &whiskers, err);
}

/* Two sets in two columns, one of them of few rows. */
static gt_status draw_corner(const char *path, const char *name, gt_error *err) {
    enum { ROWS = 80 };
    double values[2 * ROWS];
    for (int i = 0; i < 2 * ROWS; i++) values[i] = (i * 37 % 101 + i * 17 % 53) / 40.0;
    values[3] = NAN;
    const gt_axis columns[] = {{.label = name, .low = 0, .high = 4},
                               {.label = "m", .low = 0.5, .high = 3}};
    const gt_corner_set sets[] = {{name, "#d62728", ROWS, values}, {"few", NULL, 20, values}};
    const gt_corner_options options = {.smoothing = 1, .note = name};
    return gt_figure_corner(path, &(gt_figure){.provenance = record}, columns, 2, sets, 2,
                            &options, err);
}

static char *load(const char *path, size_t *size) {
    gt_error err;
    char *bytes = NULL;
    assert_ok(gt_file_load(path, 1 << 24, &bytes, size, &err), err);
    return bytes;
}

static bool holds(const char *bytes, size_t size, const char *text) {
    return memmem(bytes, size, text, strlen(text)) != NULL;
}

static void all_forms_carry_their_provenance(void **state) {
    gt_error err;
    size_t size;
    char *text = NULL;
    uint32_t width, height;
    use_folder();
    assert_ok(draw_scatter(in_folder("a.png"), "x", &err), err);
    char *bytes = load(in_folder("a.png"), &size);
    assert_ok(gt_png_text_find(bytes, size, "Description", &text, &err), err);
    assert_string_equal(text, record);
    assert_ok(gt_png_size(bytes, size, &width, &height, &err), err);
    assert_true(width > 1200 && height > 900);
    free(text), free(bytes);
    assert_ok(draw_scatter(in_folder("a.svg"), "x", &err), err);
    bytes = load(in_folder("a.svg"), &size);
    assert_true(holds(bytes, size,
                      "<desc>{\"command\": \"galatea embed\", \"by\": \"\xc3\x85sa "
                      "&lt;&amp;&gt;\"}</desc>"));
    free(bytes);
    assert_ok(draw_scatter(in_folder("a.pdf"), "x", &err), err);
    bytes = load(in_folder("a.pdf"), &size);
    assert_memory_equal(bytes, "%PDF-", 5);
    assert_true(holds(bytes, size, "/Subject <FEFF007B00220063006F"));
    assert_false(holds(bytes, size, "/CreationDate"));
    free(bytes);
    assert_int_equal(entries_in_folder(), 3);
}

static void equal_figures_are_equal_bytes(void **state) {
    static const char *const names[] = {"s.png", "s.pdf", "s.svg"};
    gt_error err;
    use_folder();
    for (int i = 0; i < 12; i++) {
        size_t sizes[2];
        char *bytes[2];
        for (int k = 0; k < 2; k++) {
            assert_ok(i >= 9   ? draw_whiskers(in_folder(names[i % 3]), "share", &err)
                      : i >= 6 ? draw_matrices(in_folder(names[i % 3]), "FRI", &err)
                      : i >= 3 ? draw_corner(in_folder(names[i % 3]), "gini", &err)
                               : draw_panels(in_folder(names[i % 3]), "importance", &err),
                      err);
            bytes[k] = load(in_folder(names[i % 3]), &sizes[k]);
        }
        assert_int_equal(sizes[0], sizes[1]);
        assert_memory_equal(bytes[0], bytes[1], sizes[0]);
        free(bytes[0]), free(bytes[1]);
    }
}

static gt_status write_page(const char *path, gt_error *err) {
    const char *const names[] = {in_folder("table.csv")};
    gt_report_counts counts;
    write_file(names[0], "a\n0.12345678\n", 13);
    return gt_report_write(path, &(gt_report_request){.paths = names, .count = 1}, &counts,
                           err);
}

/* Everything that has a number in it, written in the locale that is in force. */
static void draw_all(const char *stem) {
    gt_error err;
    char path[64];
    int i = 0;
    const gt_line line = {"a", 4, ramp, ramp, GT_LINE_POINTS};
    const gt_figure figure = {.x = {.low = 0.25, .high = 4.75}, .width = 12.5};
#define NEXT (snprintf(path, sizeof path, "%s-%d.svg", stem, i++), in_folder(path))
    assert_ok(draw_scatter(NEXT, "a", &err), err);
    assert_ok(draw_classes(NEXT, "a", &err), err);
    assert_ok(draw_frames(NEXT, "a", &err), err);
    assert_ok(draw_histogram(NEXT, "a", true, &err), err);
    assert_ok(draw_panels(NEXT, "a", &err), err);
    assert_ok(draw_corner(NEXT, "a", &err), err);
    assert_ok(draw_whiskers(NEXT, "a", &err), err);
    assert_ok(gt_figure_lines(NEXT, &figure, &line, 1, &err), err);
    assert_ok(write_page(NEXT, &err), err);
#undef NEXT
}

/* A host program may have called setlocale; what is written does not follow it. */
static void no_locale_is_followed(void **state) {
    use_folder();
    draw_all("plain");
    if (!gt_test_decimal_comma()) skip();
    draw_all("comma");
    char number[8];
    snprintf(number, sizeof number, "%g", 0.5);
    setlocale(LC_ALL, "C");
    assert_string_equal(number, "0,5"); /* the host's own stays what it was */
    for (int i = 0; i < 9; i++) {
        char names[2][32];
        size_t sizes[2];
        snprintf(names[0], sizeof names[0], "plain-%d.svg", i);
        snprintf(names[1], sizeof names[1], "comma-%d.svg", i);
        char *plain = load(in_folder(names[0]), &sizes[0]);
        char *comma = load(in_folder(names[1]), &sizes[1]);
        assert_int_equal(sizes[0], sizes[1]);
        assert_memory_equal(plain, comma, sizes[0]);
        free(plain), free(comma);
    }
}

static void values_reach_the_drawing(void **state) {
    static const double other[] = {1, 2, 3, 1000};
    gt_error err;
    size_t sizes[2];
    use_folder();
    gt_line line = {"a", 4, NULL, ramp, GT_LINE_POINTS};
    gt_figure figure = {0};
    assert_ok(gt_figure_lines(in_folder("a.svg"), &figure, &line, 1, &err), err);
    line.y = other;
    assert_ok(gt_figure_lines(in_folder("b.svg"), &figure, &line, 1, &err), err);
    char *a = load(in_folder("a.svg"), &sizes[0]), *b = load(in_folder("b.svg"), &sizes[1]);
    assert_true(holds(b, sizes[1], "1000") && !holds(a, sizes[0], "1000"));
    free(a), free(b);
}

/* Places of the turned texts, which stand left and right of frames, in dots of 1/96 inch. */
static size_t turned_texts(const char *path, double *at, size_t room) {
    size_t size, count = 0;
    char *bytes = load(path, &size), *found = bytes;
    while ((found = strstr(found, "translate(")) && count < room) {
        double x, y;
        int turn = 0;
        if (sscanf(found, "translate(%lf,%lf) rotate(%d)", &x, &y, &turn) == 3 && turn)
            at[count++] = x;
        found++;
    }
    free(bytes);
    return count;
}

/* Labels stand inside the picture, however wide the numbers beside them are. */
static void wide_numbers_push_no_label_out(void **state) {
    static const double wide[] = {-0.000123, 0.000456, -2e-7, 3e-5};
    enum { LETTER = 12, WIDTH = 454 };
    gt_error err;
    double at[8];
    use_folder();
    gt_line lines[] = {{"a", 4, NULL, wide, GT_LINE_BARS},
                       {"b", 4, NULL, wide, .is_right = true}};
    gt_panel panels[] = {
        {.y = {.label = "left"}, .right = {.label = "right"}, .lines = lines, .count = 2},
        {.y = {.label = "below"}, .lines = lines, .count = 1}};
    gt_figure figure = {.x = {.label = "x"}};
    assert_ok(gt_figure_panels(in_folder("a.svg"), &figure, panels, 2, &err), err);
    assert_int_equal(turned_texts(in_folder("a.svg"), at, 8), 3);
    for (int i = 0; i < 3; i++) assert_true(at[i] >= LETTER && at[i] <= WIDTH - 3);
}

/* A label that would be longer than the figure is high ends where that does; its unit stays. */
static void long_labels_lose_their_middle(void **state) {
    enum { LONG = 200 };
    gt_error err;
    char label[LONG + 20];
    const char cut[] = "mm\xe2\x80\xa6mm";
    use_folder();
    memset(label, 'm', LONG);
    snprintf(label + LONG, 20, " (mJy)");
    memcpy(label, "flux", 4);
    assert_ok(draw_scatter(in_folder("a.svg"), label, &err), err);
    size_t size, found = 0;
    char *text = load(in_folder("a.svg"), &size);
    for (size_t at = 64; at + 64 < size; at++) {
        size_t before = 0, behind = 0;
        if (memcmp(text + at, cut, strlen(cut)) != 0) continue;
        while (before < 64 && text[at - before - 1] != '>') before++;
        while (behind < 64 && text[at + behind] != '<') behind++;
        assert_true(before + behind > 30 && before + behind < 70);
        assert_memory_equal(text + at - before, "flux", 4);
        assert_memory_equal(text + at + behind - 5, "(mJy)", 5);
        found++;
    }
    assert_int_equal(found, 2); /* below, and beside the bar */
    free(text);
}

/* How many colours lines have. */
static size_t count_strokes(const char *path) {
    enum { MOST = 32, ROOM = 32 };
    char seen[MOST][ROOM];
    size_t size, count = 0;
    char *text = load(path, &size);
    for (const char *at = text; (at = strstr(at, "stroke='rgb("));) {
        char colour[ROOM];
        at += strlen("stroke='rgb(");
        snprintf(colour, sizeof colour, "%.*s", (int)strcspn(at, ")"), at);
        size_t same = 0;
        while (same < count && strcmp(seen[same], colour) != 0) same++;
        if (same == count && count < MOST) memcpy(seen[count++], colour, sizeof colour);
    }
    free(text);
    return count;
}

/* What has one name in two panels is one thing. */
static void equal_names_have_one_colour(void **state) {
    gt_error err;
    size_t colours[2];
    use_folder();
    for (int other = 0; other < 2; other++) {
        gt_line above[] = {{"a", 4, NULL, ramp}, {"b", 4, NULL, back}};
        gt_line below[] = {{other ? "c" : "b", 4, NULL, ramp},
                           {other ? "d" : "a", 4, NULL, back}};
        gt_panel panels[] = {{.lines = above, .count = 2}, {.lines = below, .count = 2}};
        gt_figure figure = {.x = {.label = "x"}};
        assert_ok(gt_figure_panels(in_folder("a.svg"), &figure, panels, 2, &err), err);
        colours[other] = count_strokes(in_folder("a.svg"));
    }
    assert_int_equal(colours[1], colours[0] + 2);
}

/* A guide that belongs to a line has its colour, wherever both stand; others are gray. */
static void guides_beside_a_line_have_its_colour(void **state) {
    static const gt_line_style styles[] = {GT_LINE_SOLID, GT_LINE_BESIDE, GT_LINE_DASHED};
    gt_error err;
    size_t colours[3];
    use_folder();
    for (int i = 0; i < 3; i++) {
        gt_line above[] = {{"a", 4, NULL, ramp}, {"b", 4, NULL, back}};
        gt_line below[] = {{"c", 4, NULL, ramp},
                           {"what c is beside", 4, NULL, back, styles[i]},
                           {"d", 4, NULL, ramp},
                           {"what d is beside", 4, NULL, back, styles[i]}};
        gt_panel panels[] = {{.lines = above, .count = 2}, {.lines = below, .count = 4}};
        gt_figure figure = {.x = {.label = "x"}};
        assert_ok(gt_figure_panels(in_folder("a.svg"), &figure, panels, 2, &err), err);
        colours[i] = count_strokes(in_folder("a.svg"));
    }
    assert_int_equal(colours[0], colours[1] + 2);
    assert_int_equal(colours[2], colours[1] + 1);
}

/* A scale of less than two decades has more than one number. */
static void short_logarithmic_scales_have_numbers(void **state) {
    static const double sizes[] = {12, 30, 70, 130};
    gt_error err;
    size_t size;
    use_folder();
    gt_figure figure = {0};
    gt_scatter points = {.count = 4,
                         .x = ramp,
                         .y = ramp,
                         .colour = sizes,
                         .colour_axis = {.label = "size", .is_log = true}};
    assert_ok(gt_figure_scatter(in_folder("a.svg"), &figure, &points, &err), err);
    char *bytes = load(in_folder("a.svg"), &size);
    assert_true(holds(bytes, size, ">20<") && holds(bytes, size, ">50<") &&
                holds(bytes, size, ">100<"));
    free(bytes);
}

/* A legend has the classes of all frames, and points of none, if there are any. */
static void legends_are_of_all_frames(void **state) {
    static const int32_t few[] = {0, 0, 0, 0}, more[] = {0, 1, 1, -1};
    static const char *const names[] = {"round", "flat"};
    gt_error err;
    size_t size;
    use_folder();
    gt_figure figure = {.x = {.is_bare = true}, .y = {.is_bare = true}};
    gt_scatter frames[2];
    for (int i = 0; i < 2; i++)
        frames[i] = (gt_scatter){.count = 4,
                                 .x = ramp,
                                 .y = back,
                                 .classes = i ? more : few,
                                 .class_names = names,
                                 .class_count = 2};
    for (int i = 0; i < 3; i++) {
        const char *path = in_folder("a.svg");
        assert_ok(i < 2 ? gt_figure_scatter(path, &figure, &frames[i], &err)
                        : gt_figure_scatters(path, &figure, frames, 2, &err),
                  err);
        char *bytes = load(path, &size);
        assert_true(holds(bytes, size, ">round<"));
        assert_int_equal(holds(bytes, size, ">flat<"), i > 0);
        assert_int_equal(holds(bytes, size, ">no class<"), i > 0);
        free(bytes);
    }
}

/* Lines that mark something are named in the legend. */
static void marks_are_named(void **state) {
    static const double mark = 2.5;
    gt_error err;
    size_t size;
    use_folder();
    gt_figure figure = {0};
    gt_histogram_set set = {"a", 4, ramp};
    gt_histogram_options options = {.marks = &mark, .mark_count = 1, .mark_name = "threshold"};
    assert_ok(gt_figure_histogram(in_folder("a.svg"), &figure, &set, 1, &options, &err), err);
    char *bytes = load(in_folder("a.svg"), &size);
    assert_true(holds(bytes, size, "threshold"));
    free(bytes);
    figure.x = (gt_axis){.low = 2.6, .high = 4}; /* the line is not in the frame */
    assert_ok(gt_figure_histogram(in_folder("a.svg"), &figure, &set, 1, &options, &err), err);
    bytes = load(in_folder("a.svg"), &size);
    assert_false(holds(bytes, size, "threshold"));
    free(bytes);
}

static const char *const hostile[] = {"`touch x`",
                                      "'; system(\"touch x\")",
                                      "''; system('touch x') #",
                                      "a''''; !touch x",
                                      "\"; !touch x",
                                      "x\n!touch x\n",
                                      "\\",
                                      "'\\",
                                      "\\\"; system(\"touch x\") #",
                                      "@touch",
                                      "$(touch x)",
                                      "%s%n{/Bold x}^2_3",
                                      "\xff\xc3",
                                      "'",
                                      "",
                                      "\x1b[31m"};

enum { HOSTILE = sizeof hostile / sizeof *hostile, FRAMES = 9, PANELS = 8 };

/* One figure of each kind, in which every text is one of them. */
static void draw_hostile(const char *path) {
    static const int32_t classes[] = {0, 1, 2, 3};
    gt_error err;
    gt_scatter points = {.count = 4,
                         .x = ramp,
                         .y = ramp,
                         .classes = classes,
                         .class_names = hostile,
                         .class_count = HOSTILE};
    gt_scatter frames[FRAMES];
    gt_histogram_set sets[HOSTILE];
    gt_line lines[HOSTILE];
    gt_panel panels[PANELS];
    for (int i = 0; i < HOSTILE; i++) {
        sets[i] = (gt_histogram_set){hostile[i], 4, ramp};
        lines[i] = (gt_line){hostile[i], 4, ramp, ramp, .is_right = i % 2};
    }
    for (int i = 0; i < FRAMES; i++)
        frames[i] = (gt_scatter){.count = 4, .x = ramp, .y = ramp, .title = hostile[i]};
    for (int i = 0; i < PANELS; i++)
        panels[i] = (gt_panel){.y = {.label = hostile[i]},
                               .right = {.label = hostile[i + 1]},
                               .lines = lines + 2 * i,
                               .count = 2};
    gt_figure figure = {.title = hostile[1], .x = {.label = hostile[2]}};
    assert_ok(gt_figure_scatter(path, &figure, &points, &err), err);
    assert_ok(gt_figure_scatters(path, &figure, frames, FRAMES, &err), err);
    assert_ok(gt_figure_histogram(path, &figure, sets, HOSTILE, NULL, &err), err);
    assert_ok(gt_figure_panels(path, &figure, panels, PANELS, &err), err);
    for (int i = 0; i < HOSTILE; i++) assert_ok(draw_scatter(path, hostile[i], &err), err);
    const gt_matrix matrix = {hostile[3], HOSTILE, hostile,
                              (const double[HOSTILE * HOSTILE]){1}};
    assert_ok(gt_figure_matrices(path, &figure, &matrix, 1, &err), err);
    gt_whisker_row rows[HOSTILE];
    const gt_whisker number = {2, 1, 3, 2};
    for (int i = 0; i < HOSTILE; i++)
        rows[i] = (gt_whisker_row){hostile[i], hostile[HOSTILE - 1 - i], {0}, &number};
    const gt_whiskers whiskers = {HOSTILE, 1, rows, hostile, hostile[4], hostile[8]};
    assert_ok(gt_figure_whiskers(path, &figure, &whiskers, &err), err);
    for (int i = 0; i < HOSTILE; i += GT_CORNER_SETS) {
        gt_corner_set of[GT_CORNER_SETS];
        const gt_axis columns[] = {{.label = hostile[i], .high = 5},
                                   {.label = hostile[i + 7], .high = 5}};
        const gt_corner_options options = {.note = hostile[i + 1]};
        for (int k = 0; k < GT_CORNER_SETS; k++)
            of[k] = (gt_corner_set){hostile[i + k], NULL, 2, ramp};
        assert_ok(
            gt_figure_corner(path, &figure, columns, 2, of, GT_CORNER_SETS, &options, &err),
            err);
    }
}

/* Whatever a class, an axis or a set is called, it is drawn and nothing else happens. */
static void texts_stay_texts(void **state) {
    char before[4096];
    gt_error err;
    use_folder();
    assert_non_null(getcwd(before, sizeof before));
    assert_int_equal(chdir(temp_folder), 0);
    draw_hostile("a.svg");
    assert_int_equal(entries_in_folder(), 1);
    size_t size;
    assert_ok(draw_classes("a.svg", hostile[1], &err), err);
    char *bytes = load("a.svg", &size);
    assert_true(holds(bytes, size, "&#39;; system(&quot;touch x&quot;)") ||
                holds(bytes, size, "'; system(\"touch x\")") ||
                holds(bytes, size, "'; system(&quot;touch x&quot;)"));
    free(bytes);
    assert_int_equal(chdir(before), 0);
}

static void file_names_stay_names(void **state) {
    static const char *const names[] = {"| touch x.png", "'; !touch x.pdf", "`touch x`.svg",
                                        "a b\"c.png"};
    char before[4096];
    gt_error err;
    use_folder();
    assert_non_null(getcwd(before, sizeof before));
    assert_int_equal(chdir(temp_folder), 0);
    for (int i = 0; i < 4; i++) {
        assert_ok(draw_histogram(names[i], "a", true, &err), err);
        assert_int_equal(access(names[i], R_OK), 0);
        assert_int_equal(entries_in_folder(), i + 1);
    }
    assert_int_equal(chdir(before), 0);
}

/* Frames share one colour bar, each has its name; what would need two scales is refused. */
static void frames_stand_side_by_side(void **state) {
    static const double none[] = {NAN, NAN, NAN, NAN};
    gt_error err;
    size_t sizes[2];
    uint32_t alone[2], beside[2];
    char *bytes[2];
    use_folder();
    for (int k = 0; k < 2; k++) {
        assert_ok(draw_frames(in_folder("a.svg"), "first", &err), err);
        bytes[k] = load(in_folder("a.svg"), &sizes[k]);
    }
    assert_int_equal(sizes[0], sizes[1]);
    assert_memory_equal(bytes[0], bytes[1], sizes[0]);
    assert_true(holds(bytes[0], sizes[0], ">first<") && holds(bytes[0], sizes[0], ">other<"));
    free(bytes[0]), free(bytes[1]);
    assert_ok(draw_scatter(in_folder("a.png"), "x", &err), err);
    bytes[0] = load(in_folder("a.png"), &sizes[0]);
    assert_ok(gt_png_size(bytes[0], sizes[0], &alone[0], &alone[1], &err), err);
    assert_ok(draw_frames(in_folder("a.png"), "first", &err), err);
    bytes[1] = load(in_folder("a.png"), &sizes[1]);
    assert_ok(gt_png_size(bytes[1], sizes[1], &beside[0], &beside[1], &err), err);
    assert_true(beside[0] > alone[0] && beside[1] < beside[0] / 2);
    free(bytes[0]), free(bytes[1]);
    gt_scatter frames[10] = {{.count = 4, .x = ramp, .y = ramp, .colour = ramp},
                             {.count = 4, .x = ramp, .y = ramp}};
    gt_figure figure = {0};
    assert_int_equal(gt_figure_scatters(in_folder("b.png"), &figure, frames, 2, &err),
                     GT_BAD_ARGUMENT);
    assert_non_null(strstr(err.text, "frame 1 is coloured otherwise"));
    assert_int_equal(gt_figure_scatters(in_folder("b.png"), &figure, frames, 10, &err),
                     GT_BAD_ARGUMENT);
    frames[1] = (gt_scatter){.count = 4, .x = ramp, .y = none, .colour = ramp};
    assert_int_equal(gt_figure_scatters(in_folder("b.png"), &figure, frames, 2, &err),
                     GT_BAD_ARGUMENT);
    assert_int_equal(entries_in_folder(), 2);
}

/* Names, masses and the note are there; few rows are points; of what has no window, no set, no
 * colour and no finite row one is told. */
static void corners(void **state) {
    gt_error err;
    size_t size;
    use_folder();
    assert_ok(draw_corner(in_folder("a.svg"), "gini", &err), err);
    char *bytes = load(in_folder("a.svg"), &size);
    assert_true(holds(bytes, size, ">few<") && holds(bytes, size, "86.5 %"));
    assert_true(holds(bytes, size, "contours hold"));
    free(bytes);
    const double none[] = {NAN, 1, 2, INFINITY};
    gt_axis columns[] = {{.label = "a", .low = 0, .high = 5}, {.label = "b", .high = 5}};
    gt_corner_set set = {"a", NULL, 2, ramp};
    gt_figure figure = {0};
    const char *path = in_folder("b.svg");
    assert_ok(gt_figure_corner(path, &figure, columns, 2, &set, 1, NULL, &err), err);
    bytes = load(path, &size); /* points alone: no masses in the legend */
    assert_false(holds(bytes, size, "contours hold"));
    free(bytes);
    columns[1].high = 0;
    assert_int_equal(gt_figure_corner(path, &figure, columns, 2, &set, 1, NULL, &err),
                     GT_BAD_ARGUMENT);
    assert_non_null(strstr(err.text, "column 1 from 0 to 0, expected a linear range"));
    columns[1].high = 5;
    set.colour = "#12345g";
    assert_int_equal(gt_figure_corner(path, &figure, columns, 2, &set, 1, NULL, &err),
                     GT_BAD_ARGUMENT);
    set = (gt_corner_set){"a", NULL, 2, none};
    assert_int_equal(gt_figure_corner(path, &figure, columns, 2, &set, 1, NULL, &err),
                     GT_BAD_ARGUMENT);
    assert_non_null(strstr(err.text, "no row is finite"));
    assert_int_equal(gt_figure_corner(path, &figure, columns, 0, &set, 1, NULL, &err),
                     GT_BAD_ARGUMENT);
    assert_int_equal(gt_figure_corner(path, &figure, columns, 2, &set, 9, NULL, &err),
                     GT_BAD_ARGUMENT);
}

/* Names, remarks, the note and the numbers of both scales are there; what is no number is not.
 */
static void whiskers_beside_what_is_best(void **state) {
    gt_error err;
    size_t size;
    use_folder();
    assert_ok(draw_whiskers(in_folder("a.svg"), "share", &err), err);
    char *bytes = load(in_folder("a.svg"), &size);
    assert_true(holds(bytes, size, ">share<") && holds(bytes, size, ">energy<"));
    assert_true(holds(bytes, size, ">B<") && holds(bytes, size, ">real<"));
    assert_true(holds(bytes, size, ">4<")); /* the end of the range that was asked for */
    assert_false(holds(bytes, size, "nan"));
    free(bytes);
}

static void long_notes_take_several_lines(void **state) {
    static const char note[] = "morphology by concentration, asymmetry, smoothness, gini, m20, "
                               "273 rows of each set; lines are 95 % intervals";
    gt_error err;
    size_t size;
    use_folder();
    const gt_whisker number = {2, 1, 3, 2};
    const gt_whisker_row row = {"a", "low", {0}, &number};
    const char *const name = "b";
    const gt_whiskers whiskers = {1, 1, &row, &name, "real", note};
    assert_ok(gt_figure_whiskers(in_folder("n.svg"), &(gt_figure){0}, &whiskers, &err), err);
    char *bytes = load(in_folder("n.svg"), &size);
    assert_false(holds(bytes, size, note));
    assert_true(holds(bytes, size, "morphology by concentration, asymmetry"));
    assert_true(holds(bytes, size, "lines are 95 % intervals"));
    free(bytes);
}

static void nothing_to_draw_is_said(void **state) {
    static const double none[] = {NAN, INFINITY, -INFINITY, NAN}, same[] = {5, 5, 5, 5};
    static const double zeros[4] = {0};
    gt_error err;
    gt_figure figure = {0};
    use_folder();
    gt_scatter points = {.count = 4, .x = ramp, .y = none};
    assert_int_equal(gt_figure_scatter(in_folder("a.png"), &figure, &points, &err),
                     GT_BAD_ARGUMENT);
    assert_non_null(strstr(err.text, "none of 4 points"));
    gt_histogram_set set = {"a", 4, none};
    assert_int_equal(gt_figure_histogram(in_folder("a.png"), &figure, &set, 1, NULL, &err),
                     GT_BAD_ARGUMENT);
    gt_line line = {"a", 4, NULL, none};
    assert_int_equal(gt_figure_lines(in_folder("a.png"), &figure, &line, 1, &err),
                     GT_BAD_ARGUMENT);
    assert_int_equal(gt_figure_panels(in_folder("a.png"), &figure, NULL, 0, &err),
                     GT_BAD_ARGUMENT);
    const char *const names[] = {"a", "b"};
    const gt_matrix matrix = {NULL, 2, names, none};
    assert_int_equal(gt_figure_matrices(in_folder("a.png"), &figure, &matrix, 1, &err),
                     GT_BAD_ARGUMENT);
    assert_non_null(strstr(err.text, "a count is nan"));
    assert_int_equal(gt_figure_matrices(in_folder("a.png"), &figure, &matrix, 0, &err),
                     GT_BAD_ARGUMENT);
    const gt_whisker nowhere = {NAN, NAN, 1, NAN};
    const gt_whisker_row row = {"a", NULL, {0}, &nowhere};
    gt_whiskers whiskers = {1, 1, &row, names, "real", NULL};
    assert_int_equal(gt_figure_whiskers(in_folder("a.png"), &figure, &whiskers, &err),
                     GT_BAD_ARGUMENT);
    assert_non_null(strstr(err.text, "no number can be shown"));
    whiskers.count = 33;
    assert_int_equal(gt_figure_whiskers(in_folder("a.png"), &figure, &whiskers, &err),
                     GT_BAD_ARGUMENT);
    assert_int_equal(draw_scatter(in_folder("a.gif"), "a", &err), GT_USAGE);
    assert_int_equal(draw_scatter(in_folder(".png"), "a", &err), GT_USAGE);
    assert_int_equal(draw_scatter(in_folder("no/a.png"), "a", &err), GT_NOT_FOUND);
    assert_int_equal(entries_in_folder(), 0);
    /* one value alone is something */
    set.values = same;
    assert_ok(gt_figure_histogram(in_folder("a.png"), &figure, &set, 1, NULL, &err), err);
    points = (gt_scatter){.count = 4, .x = same, .y = same, .colour = same};
    assert_ok(gt_figure_scatter(in_folder("a.png"), &figure, &points, &err), err);
    gt_line bars = {.count = 4, .y = zeros, .style = GT_LINE_BARS};
    assert_ok(gt_figure_lines(in_folder("a.png"), &figure, &bars, 1, &err), err);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(all_forms_carry_their_provenance),
        TEST(equal_figures_are_equal_bytes),
        TEST(no_locale_is_followed),
        TEST(values_reach_the_drawing),
        TEST(wide_numbers_push_no_label_out),
        TEST(long_labels_lose_their_middle),
        TEST(equal_names_have_one_colour),
        TEST(guides_beside_a_line_have_its_colour),
        TEST(short_logarithmic_scales_have_numbers),
        TEST(legends_are_of_all_frames),
        TEST(marks_are_named),
        TEST(texts_stay_texts),
        TEST(file_names_stay_names),
        TEST(frames_stand_side_by_side),
        TEST(corners),
        TEST(whiskers_beside_what_is_best),
        TEST(long_notes_take_several_lines),
        TEST(nothing_to_draw_is_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
