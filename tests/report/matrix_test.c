/* Confusion matrices as drawings: what gnuplot is told of counts, shares, names and frames. */
#include "spy.h"

static const char *const two[] = {"FRI", "FRII"};

/* The cell of a block of numbers: column, row, share of the row, count. */
typedef struct cell {
    int column, row;
    double share, count;
} cell;

static size_t read_cells(cell *out, size_t most) {
    char *text = load_text("data"), *rest = NULL;
    size_t count = 0;
    for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
        cell c;
        if (sscanf(line, "%d %d %lf %lf", &c.column, &c.row, &c.share, &c.count) != 4) continue;
        assert_true(count < most);
        out[count++] = c;
    }
    free(text);
    return count;
}

static void draw(const gt_matrix *matrices, size_t count) {
    const gt_figure figure = {.x = {.label = "predicted class"}, .y = {.label = "true class"}};
    gt_error err;
    assert_ok(gt_figure_matrices(in_folder("a.svg"), &figure, matrices, count, &err), err);
}

/* Each count lies in its cell, coloured by its share of the row; a row of nothing has none. */
static void counts_lie_in_their_cells(void **state) {
    static const double counts[] = {30, 10, 0, 0, 2.5, 7.5, 0, 0, 0};
    static const char *const names[] = {"a", "b", "c"};
    static const double shares[] = {0.75, 0.25, 0, 0, 0.25, 0.75, 0, 0, 0};
    const gt_matrix matrix = {NULL, 3, names, counts};
    cell cells[9];
    draw(&matrix, 1);
    assert_int_equal(read_cells(cells, 9), 9);
    for (int i = 0; i < 9; i++) {
        assert_int_equal(cells[i].column, i % 3);
        assert_int_equal(cells[i].row, i / 3);
        assert_near(cells[i].share, shares[i], 1e-6);
        assert_near(cells[i].count, counts[i], 1e-6);
    }
    char *data = load_text("data");
    assert_non_null(strstr(data, " 30\n")); /* whole numbers as such */
    assert_non_null(strstr(data, " 2.5\n"));
    free(data);
}

/* True classes from above, predicted ones from the left, both named; colours have one scale. */
static void axes_are_named(void **state) {
    static const double counts[] = {1, 0, 0, 1};
    const gt_matrix matrix = {"knn", 2, two, counts};
    draw(&matrix, 1);
    assert_string_equal(told("set xrange ", 0), "[-0.5:1.5]");
    assert_string_equal(told("set yrange ", 0), "[1.5:-0.5]");
    assert_string_equal(told("set cbrange ", 0), "[0:1]");
    assert_non_null(strstr(told("set xlabel ", 0), "predicted class"));
    assert_non_null(strstr(told("set ylabel ", 0), "true class"));
    assert_non_null(strstr(told("set title ", 0), "knn"));
    for (int axis = 0; axis < 2; axis++) {
        const char *tics = told(axis ? "set ytics " : "set xtics ", 0);
        assert_non_null(strstr(tics, "\"FRI\" 0"));
        assert_non_null(strstr(tics, "\"FRII\" 1"));
    }
}

/* The bar of colours is as high as its label is long, of two classes too. */
static void the_bar_has_room_for_its_label(void **state) {
    static const double counts[] = {1, 0, 0, 1};
    const gt_matrix matrix = {"knn", 2, two, counts};
    double width, height, share;
    draw(&matrix, 1);
    const char *size = strstr(told("set terminal ", 0), " size ");
    assert_non_null(size);
    assert_int_equal(sscanf(size, " size %lf,%lf", &width, &height), 2);
    size = strstr(told("set colorbox ", 0), " size screen ");
    assert_non_null(size);
    assert_int_equal(sscanf(size, " size screen %*f, screen %lf", &share), 1);
    assert_true(share * height / 96 * 2.54 > 3.5); /* cm */
}

/* Beside an axis '%' would begin a format; long names end in a point of three. */
static void names_are_shown_as_they_are(void **state) {
    static const double counts[] = {1, 0, 0, 1};
    static const char *const names[] = {"90 % sure",
                                        "a class with a name that is far too long to stand"};
    const gt_matrix matrix = {NULL, 2, names, counts};
    draw(&matrix, 1);
    const char *tics = told("set ytics ", 0);
    assert_non_null(strstr(tics, "90 \\045\\045 sure"));
    assert_non_null(strstr(tics, "a class with a name"));
    assert_null(strstr(tics, "too long to stand"));
}

/* Numbers of few classes; of many there would be no room. One bar of colours is for all. */
static void frames_and_numbers(void **state) {
    enum { MANY = 25 };
    static double counts[MANY * MANY];
    static const char *names[MANY];
    for (int i = 0; i < MANY; i++) names[i] = "class", counts[i * MANY + i] = 3;
    const gt_matrix many = {NULL, MANY, names, counts};
    draw(&many, 1);
    char *script = load_text("script");
    assert_null(strstr(script, "with labels"));
    free(script);
    static const double few[] = {1, 0, 0, 1};
    gt_matrix frames[9];
    for (int i = 0; i < 9; i++) frames[i] = (gt_matrix){NULL, 2, two, few};
    draw(frames, 9);
    script = load_text("script");
    assert_non_null(strstr(script, "with labels"));
    free(script);
    for (int i = 0; i < 9; i++) assert_non_null(told("plot ", i));
    assert_null(told("plot ", 9));
    assert_non_null(told("unset colorbox", 7));
    assert_null(told("unset colorbox", 8));
    /* inside of the paper, none on another */
    double left = 1, bottom = 1;
    for (int i = 0; i < 9; i++) {
        left = atof(told("set lmargin at screen ", i));
        assert_true(left > 0 && atof(told("set rmargin at screen ", i)) < 1);
        bottom = atof(told("set bmargin at screen ", i));
        assert_true(bottom > 0 && atof(told("set tmargin at screen ", i)) < 1);
    }
    assert_true(left > atof(told("set rmargin at screen ", 7)));
    assert_true(atof(told("set tmargin at screen ", 8)) <
                atof(told("set bmargin at screen ", 0)));
}

/* Longer names have more room beside the frames, and more classes have larger frames. */
static void names_and_classes_have_room(void **state) {
    enum { MOST = 12 };
    static double counts[MOST * MOST];
    static const char *const names[MOST] = {"a", "b", "c", "d", "e", "f",
                                            "g", "h", "i", "j", "k", "l"};
    static const char *const longer[MOST] = {"a class of galaxies", "b", "c"};
    double cm[3], left[3];
    for (int i = 0; i < 3; i++) {
        const gt_matrix matrix = {NULL, i < 2 ? 3 : MOST, i == 1 ? longer : names, counts};
        double width, height, share, end;
        draw(&matrix, 1);
        const char *terminal = told("set terminal svg noenhanced dynamic size ", 0);
        assert_int_equal(sscanf(terminal, "%lf,%lf", &width, &height), 2);
        share = atof(told("set lmargin at screen ", 0));
        end = atof(told("set rmargin at screen ", 0));
        left[i] = share * width;
        cm[i] = (end - share) * width;
        /* cells are squares */
        double low = atof(told("set bmargin at screen ", 0));
        double high = atof(told("set tmargin at screen ", 0));
        assert_near((high - low) * height, cm[i], 1);
    }
    assert_near(cm[1], cm[0], 0.5);
    assert_true(left[1] > left[0] + 50);
    assert_true(cm[2] > 3 * cm[0]);
    assert_near(left[2], left[0], 0.5);
}

static void what_is_no_matrix(void **state) {
    static const double counts[] = {1, 0, -1, 1};
    static const char *names[GT_FIGURE_CLASSES + 1];
    static double many[(GT_FIGURE_CLASSES + 1) * (GT_FIGURE_CLASSES + 1)];
    const gt_figure figure = {.width = 0};
    gt_matrix matrix = {NULL, 2, two, counts};
    gt_error err;
    assert_int_equal(gt_figure_matrices(in_folder("a.svg"), &figure, &matrix, 1, &err),
                     GT_BAD_ARGUMENT);
    assert_non_null(strstr(err.text, "a count is -1"));
    matrix = (gt_matrix){NULL, GT_FIGURE_CLASSES + 1, names, many};
    assert_int_equal(gt_figure_matrices(in_folder("a.svg"), &figure, &matrix, 1, &err),
                     GT_BAD_ARGUMENT);
    assert_non_null(strstr(err.text, "a matrix of 65 classes, expected 1 to 64"));
    assert_int_equal(gt_figure_matrices(in_folder("a.svg"), &figure, &matrix, 10, &err),
                     GT_BAD_ARGUMENT);
    assert_non_null(strstr(err.text, "10 matrices, expected 1 to 9"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        SPIED(counts_lie_in_their_cells),
        SPIED(axes_are_named),
        SPIED(the_bar_has_room_for_its_label),
        SPIED(names_are_shown_as_they_are),
        SPIED(frames_and_numbers),
        SPIED(names_and_classes_have_room),
        SPIED(what_is_no_matrix),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
