/* Columns of tables compared: which rows count, windows, distances, colours, names, and what is
 * refused. */
#include <math.h>

#include "corner.h"
#include "csv.h"
#include "study_sets.h"

enum { ROWS = 300 };

static gt_error err;
static const gt_corner_settings usual = {.bins = 20, .smoothing = 0.8};

/* A table of two columns of morphology and a flag: uniform numbers on 0..1 with `shift` more,
 * the second constant. Row 0 is flagged, row 1 has -99, row 2 no number, row 3 a flag of 1. */
static const char *make_table(const char *name, int rows, double shift) {
    static const gt_table_column columns[] = {{"Gini", GT_TABLE_REAL, NULL, NULL},
                                              {"m20", GT_TABLE_FLOAT, NULL, NULL},
                                              {"flag", GT_TABLE_INT, NULL, NULL},
                                              {"id", GT_TABLE_TEXT, NULL, NULL},
                                              {"segment_area", GT_TABLE_INT, NULL, NULL}};
    gt_table *table = NULL;
    char *path = kept_path(name);
    assert_ok(gt_table_create(columns, 5, &table, &err), err);
    for (int i = 0; i < rows; i++) {
        double value = shift + (i - 3.5) / ((double)rows - 4);
        gt_cell cells[] = {gt_cell_real(i == 1   ? -99
                                        : i == 2 ? (double)NAN
                                                 : value),
                           gt_cell_float(-1.5F), gt_cell_int(i == 0 ? 2 : i == 3),
                           gt_cell_text("a,\"b"), gt_cell_int(shift > 1 ? 150 : 100)};
        assert_ok(gt_table_append(table, cells, &err), err);
    }
    assert_ok(gt_table_write(table, path, NULL, &err), err);
    gt_table_destroy(table);
    return path;
}

static gt_status compare(const char *const *words, size_t count, gt_corner_settings settings,
                         gt_corner *out) {
    gt_invocation asked = {.command = "corner", .words = words, .word_count = count};
    assert_ok(gt_options_create(&asked.options, &err), err);
    gt_context context = {
        .invocation = &asked, .threads = 1, .progress_file = -1, .mismatch = "tell"};
    gt_status status = gt_corner_compare(&context, words, count, &settings, out, &err);
    gt_options_destroy(asked.options);
    return status;
}

static void test_rows_that_count(void **state) {
    gt_corner found;
    gt_corner_settings settings = usual;
    settings.columns = "gini,M20";
    const char *words[] = {make_table("a.fits", ROWS, 0), make_table("b.csv", ROWS, 0.5),
                           make_table("few.fits", 20, 0)};
    assert_ok(compare(words, 3, settings, &found), err);
    for (size_t s = 0; s < 3; s++) {
        const gt_corner_source *set = &found.sets[s];
        size_t rows = s == 2 ? 20 : ROWS;
        assert_int_equal(set->rows, rows);
        assert_int_equal(set->flagged, 1);
        assert_int_equal(set->lost, 2);
        assert_int_equal(set->count, rows - 3);
        assert_true(set->values[0] < 0.51 && set->values[set->count] == -1.5);
    }
    assert_string_equal(found.sets[0].name, "a");
    assert_string_equal(found.sets[2].name, "few");
    gt_corner_free(&found);
}

/* Of a shift the distance is the shift; what lies beyond the first set's window is told. */
static void test_numbers(void **state) {
    gt_corner found;
    gt_corner_settings settings = usual;
    settings.columns = "gini";
    const char *words[] = {make_table("a.fits", ROWS, 0), make_table("b.csv", ROWS, 0.5),
                           make_table("a.csv", ROWS, 0)};
    assert_ok(compare(words, 3, settings, &found), err);
    const gt_corner_part *first = &found.sets[0].parts[0], *second = &found.sets[1].parts[0];
    assert_near(first->of.mean, 0.5, 1e-2);
    assert_near(first->of.sd, 0.29, 1e-2);
    assert_near(first->w1, 0, 0);
    assert_near(second->w1, 0.5 / first->of.sd, 1e-9);
    assert_near(found.sets[2].parts[0].w1, 0, 0);
    assert_near(found.windows[0].low, -0.094, 2e-3);
    assert_near(found.windows[0].high, 1.094, 2e-3);
    assert_near(second->outside, 0.406, 1e-2);
    assert_near(first->outside, 0, 0);
    assert_string_equal(found.sets[0].name, "a.fits"); /* told apart from a.csv */
    gt_corner_free(&found);
}

/* A column of one value gets a window round it, and a word about it; its distances have no
 * unit. */
static void test_constant_column(void **state) {
    gt_corner found;
    gt_corner_settings settings = usual;
    settings.columns = "gini,m20";
    settings.figure = kept_path("a.svg");
    settings.out = kept_path("t.csv");
    const char *words[] = {make_table("a.fits", ROWS, 0), make_table("b.csv", ROWS, 0.5)};
    assert_ok(compare(words, 2, settings, &found), err);
    assert_true(found.is_constant[1] && !found.is_constant[0]);
    assert_near(found.windows[1].low, -2, 0);
    assert_near(found.windows[1].high, -1, 0);
    assert_true(isnan(found.sets[1].parts[1].w1));
    assert_string_equal(found.note,
                        "m20: nearly all of a is -1.5; the window is widened round that.");
    gt_corner_free(&found);
    char *text = NULL;
    size_t size;
    assert_ok(gt_file_load(settings.figure, 1 << 22, &text, &size, &err), err);
    assert_non_null(strstr(text, "nearly all of a is"));
    assert_non_null(strstr(text, "galatea corner"));
    free(text);
    assert_ok(gt_file_load(settings.out, 1 << 22, &text, &size, &err), err);
    assert_memory_equal(text, "set,column,rows,used,flagged,not_finite,mean,sd,", 48);
    free(text);
}

static void test_colours_and_names(void **state) {
    gt_corner found;
    gt_corner_settings settings = usual;
    settings.columns = "gini";
    const char *path = make_table("a.fits", ROWS, 0);
    char words[6][256];
    static const char *const names[] = {"a diffusion", "My GAN", "other",
                                        "Glow",        "glow 2", "diffusion"};
    const char *list[6];
    for (int i = 0; i < 6; i++) {
        snprintf(words[i], sizeof words[i], "%s=%s", names[i], path);
        list[i] = words[i];
    }
    assert_ok(compare(list, 6, settings, &found), err);
    static const char *const colours[] = {"#d62728", "#00b5c8", "#ff7f0e",
                                          "#2ca02c", "#9467bd", "#1f4fd8"};
    for (int i = 0; i < 6; i++) {
        assert_string_equal(found.sets[i].name, names[i]);
        assert_string_equal(found.sets[i].colour, colours[i]);
    }
    gt_corner_free(&found);
}

/* Sets whose segments have other areas differ in more than shape. */
static void test_areas(void **state) {
    gt_corner found;
    gt_corner_settings settings = usual;
    settings.columns = "gini";
    const char *words[] = {make_table("a.fits", ROWS, 0), make_table("b.csv", ROWS, 0.5),
                           make_table("c.csv", ROWS, 2)};
    remarks_begin();
    assert_ok(compare(words, 3, settings, &found), err);
    gt_log_to(NULL, NULL);
    assert_non_null(strstr(remarks, "c: segments have a median area of 150 pixels"));
    assert_null(strstr(remarks, "b: segments"));
    gt_corner_free(&found);
}

/* A table of several sets, as they stand in it mixed. */
static const char *put_sets(const char *name, const char *const *sets, size_t count) {
    char *path = kept_path(name), text[4096] = "Set,gini,flag,segment_area\n";
    for (size_t row = 0; row < 12; row++)
        for (size_t s = 0; s < count; s++)
            sprintf(text + strlen(text), "%s,%g,%d,%zu\n", sets[s], (double)row + 100 * s,
                    row > s, s ? 2 * s : 2);
    write_file(path, text, strlen(text));
    return path;
}

static void expect_sets(const gt_corner *found, const char *const *names, size_t count) {
    assert_int_equal(found->set_count, count);
    for (size_t s = 0; s < count; s++) assert_string_equal(found->sets[s].name, names[s]);
}

/* One set by the values of a column, which it must have; numbers stand with its name. */
static void test_by_column(void **state) {
    gt_corner found;
    gt_corner_settings settings = usual;
    const char *const sets[] = {"spiral", "", "ring"};
    const char *words[] = {put_sets("galaxies.csv", sets, 3)};
    settings.columns = "gini", settings.by = "SET";
    assert_ok(compare(words, 1, settings, &found), err);
    expect_sets(&found, (const char *[]){"spiral", "no SET", "ring"}, 3);
    gt_corner_free(&found);
    /* Rows without a value are not those whose value says so. */
    const char *const alike[] = {"no SET", "", "no name"};
    words[0] = put_sets("alike.csv", alike, 3);
    assert_ok(compare(words, 1, settings, &found), err);
    expect_sets(&found, (const char *[]){"'no SET'", "no SET", "'no name'"}, 3);
    gt_corner_free(&found);
    words[0] = put_sets("galaxies.csv", sets, 3);
    settings.by = "flag";
    assert_ok(compare(words, 1, settings, &found), err);
    expect_sets(&found, (const char *[]){"flag 0", "flag 1"}, 2);
    assert_int_equal(found.sets[0].rows + found.sets[1].rows, 36);
    gt_corner_free(&found);
    words[0] = make_table("a.fits", ROWS, 0);
    assert_int_equal(compare(words, 1, settings, &found), GT_BAD_ARGUMENT);
    assert_has(err.text, "none of 1 rows of flag 2 counts"); /* the first one is to be real */
    gt_corner_free(&found);
    settings.by = "gini";
    assert_int_equal(compare(words, 1, settings, &found), GT_BAD_ARGUMENT);
    assert_has(err.text, "more than 8 sets with those of its column 'gini'");
    gt_corner_free(&found);
    settings.by = "class";
    assert_int_equal(compare(words, 1, settings, &found), GT_NOT_FOUND);
    assert_has(err.text, "a.fits has no column 'class'");
    gt_corner_free(&found);
}

/* The first that stands there is what others are compared with. */
static void test_blanks(void **state) {
    gt_corner found;
    gt_corner_settings settings = usual;
    const char *text = "# by hand\n x , gini\n 1, 2 \n3,4\n";
    const char *words[] = {kept_path("blanks.csv")};
    settings.columns = "  gini ,x";
    write_file(words[0], text, strlen(text));
    assert_ok(compare(words, 1, settings, &found), err);
    assert_string_equal(found.columns[0], "gini");
    assert_near(found.sets[0].parts[0].of.mean, 3, 0);
    assert_near(found.sets[0].parts[1].of.mean, 2, 0);
    gt_corner_free(&found);
}

static void test_table_of_sets(void **state) {
    gt_corner found;
    gt_corner_settings settings = usual;
    settings.columns = "gini";
    settings.out = kept_path("of_sets.csv");
    const char *const sets[] = {"test", "glow", "gan"};
    const char *words[] = {put_sets("shapes.csv", sets, 3), make_table("a.fits", ROWS, 0)};
    assert_ok(compare(words, 2, settings, &found), err);
    expect_sets(&found, (const char *[]){"test", "glow", "gan", "a"}, 4);
    for (size_t s = 0; s < 3; s++) {
        const gt_corner_source *set = &found.sets[s];
        assert_int_equal(set->rows, 12);
        assert_int_equal(set->count, 12);
        assert_near(set->values[11], 11 + 100 * (double)s, 0);
        assert_near(set->parts[0].w1 * found.sets[0].parts[0].of.sd, 100 * (double)s, 1e-9);
        assert_near(set->area, s == 2 ? 4 : 2, 0);
    }
    assert_int_equal(found.sets[3].rows, ROWS);
    assert_string_equal(found.sets[1].colour, "#2ca02c");
    gt_corner_free(&found);
    /* the table that came of it has a column `set`, too */
    settings.columns = "mean";
    words[0] = settings.out;
    settings.out = NULL;
    assert_ok(compare(words, 1, settings, &found), err);
    expect_sets(&found, (const char *[]){"test", "glow", "gan", "a"}, 4);
    assert_near(found.sets[2].values[0], 205.5, 1e-9);
    gt_corner_free(&found);
}

static void test_names_of_sets(void **state) {
    gt_corner found;
    gt_corner_settings settings = usual;
    settings.columns = "gini";
    const char *path = put_sets("shapes.csv", (const char *[]){"test", ""}, 2);
    const char *other = put_sets("more.csv", (const char *[]){"test", "gan"}, 2);
    const char *one = put_sets("one.csv", (const char *[]){"gan"}, 1);
    char named[300];
    snprintf(named, sizeof named, "Sky=%s", path);
    const char *words[] = {named, path, other, one};
    assert_ok(compare(words, 4, settings, &found), err);
    expect_sets(&found,
                (const char *[]){"Sky test", "Sky no name", "test (shapes)", "no name",
                                 "test (more)", "gan", "one"},
                7);
    gt_corner_free(&found);
    const char *nine[] = {"a", "b", "c", "d", "e", "f", "g", "h", "i"};
    const char *many[] = {put_sets("nine.csv", nine, 9)};
    assert_int_equal(compare(many, 1, settings, &found), GT_BAD_ARGUMENT);
    assert_non_null(strstr(err.text, "nine.csv: more than 8 sets with those of its column"));
    gt_corner_free(&found);
    const char *full[] = {put_sets("eight.csv", nine, 8), one};
    assert_int_equal(compare(full, 2, settings, &found), GT_BAD_ARGUMENT);
    assert_string_equal(strstr(err.text, "one.csv"), "one.csv: more than 8 sets");
    gt_corner_free(&found);
}

/* A set none of whose rows counts leaves the others their numbers and the figure. */
static void test_set_without_rows(void **state) {
    gt_corner found;
    gt_corner_settings settings = usual;
    settings.columns = "gini";
    settings.figure = kept_path("left.svg");
    settings.out = kept_path("left.csv");
    char *lost = kept_path("lost.csv"), *empty = kept_path("empty.csv"), *text = NULL;
    size_t size;
    write_file(lost, "gini,flag\n1,2\n-99,0\n,1\n", 23);
    write_file(empty, "gini\n", 5);
    const char *words[] = {make_table("a.fits", ROWS, 0), lost, empty,
                           make_table("b.csv", ROWS, 0.5)};
    remarks_begin();
    assert_ok(compare(words, 4, settings, &found), err);
    gt_log_to(NULL, NULL);
    assert_non_null(strstr(remarks, "none of 3 rows of lost counts: 1 have no flag of 0 or 1, "
                                    "2 no number in every column"));
    assert_non_null(strstr(remarks, "none of 0 rows of empty counts"));
    const gt_corner_part *none = &found.sets[1].parts[0];
    assert_int_equal(found.sets[1].count, 0);
    assert_true(isnan(none->w1) && isnan(none->outside) && isnan(none->of.mean));
    assert_near(found.sets[3].parts[0].w1, 0.5 / found.sets[0].parts[0].of.sd, 1e-9);
    assert_string_equal(found.note, "lost: no row counts. empty: no row counts.");
    gt_corner_free(&found);
    assert_ok(gt_file_load(settings.out, 1 << 22, &text, &size, &err), err);
    assert_non_null(strstr(text, "\nlost,gini,3,0,1,2,,,"));
    free(text);
    assert_ok(gt_file_load(settings.figure, 1 << 22, &text, &size, &err), err);
    assert_non_null(strstr(text, ">b<"));
    assert_null(strstr(text, ">lost<"));
    free(text);
    const char *first[] = {lost, words[0]};
    assert_int_equal(compare(first, 2, settings, &found), GT_BAD_ARGUMENT);
    gt_corner_free(&found);
}

static gt_csv table;

static const char *cell(size_t row, const char *column) {
    size_t at = gt_csv_column(&table, column);
    assert_true(at < table.columns);
    return gt_csv_cell(&table, row, at);
}

/* A row for each column of each set, with the numbers that were found. */
static void test_table_of_numbers(void **state) {
    gt_corner found;
    gt_corner_settings settings = usual;
    char *text = NULL, *only = kept_path("only.csv");
    size_t size;
    settings.columns = "gini,segment_area";
    settings.out = kept_path("numbers.csv");
    settings.bins = 10;
    write_file(only, "gini,segment_area\n7,7\n", 22);
    const char *words[] = {make_table("a.fits", ROWS, 0), make_table("b.csv", ROWS, 0.5), only};
    assert_ok(compare(words, 3, settings, &found), err);
    assert_ok(gt_file_load(settings.out, 1 << 22, &text, &size, &err), err);
    assert_ok(gt_csv_parse(text, size, &table, &err), err);
    assert_int_equal(table.columns, 16);
    assert_int_equal(table.rows, 6);
    for (size_t row = 0; row < 6; row++) {
        const gt_corner_source *set = &found.sets[row / 2];
        const gt_corner_part *part = &set->parts[row % 2];
        assert_string_equal(cell(row, "set"), set->name);
        assert_string_equal(cell(row, "column"), found.columns[row % 2]);
        assert_near(gt_csv_number(&table, row, 2), (double)set->rows, 0);
        assert_near(gt_csv_number(&table, row, 3), (double)set->count, 0);
        const double numbers[] = {part->of.mean,
                                  part->of.sd,
                                  part->of.low,
                                  part->of.mid,
                                  part->of.high,
                                  part->w1,
                                  part->outside,
                                  found.windows[row % 2].low,
                                  found.windows[row % 2].high};
        for (size_t k = 0; k < 9; k++) {
            double value = gt_csv_number(&table, row, 6 + k);
            if (isnan(numbers[k]))
                assert_true(isnan(value));
            else
                assert_near(value, numbers[k], 0);
        }
    }
    assert_string_equal(cell(4, "sd"), ""); /* of one row there is none */
    assert_string_equal(cell(4, "mean"), "7");
    assert_string_equal(cell(4, "outside"), "1");
    assert_string_equal(cell(3, "w1"), ""); /* the first set's area is one number */
    assert_near(found.windows[0].count, 10, 0);
    gt_csv_free(&table);
    gt_corner_free(&found);
    free(text);
}

/* 0 stands for a source below 8 pixels in the column smoothness alone: how many there are. */
static void test_small_sources_are_told_apart(void **state) {
    gt_corner found;
    gt_corner_settings settings = usual;
    char *text = NULL, *real = kept_path("real.csv"), *made = kept_path("made.csv");
    size_t size;
    settings.columns = "gini,Smoothness";
    settings.out = kept_path("small.csv");
    settings.figure = kept_path("small.svg");
    write_file(real, "gini,smoothness\n0,0\n1,0.5\n2,0\n3,0.25\n", 37);
    write_file(made, "gini,smoothness\n0,-0.1\n1,0.5\n", 29);
    const char *words[] = {real, made};
    assert_ok(compare(words, 2, settings, &found), err);
    assert_int_equal(found.sets[0].parts[1].small, 2);
    assert_int_equal(found.sets[0].parts[0].small, 0);
    assert_int_equal(found.sets[1].parts[1].small, 0);
    assert_string_equal(found.note,
                        "smoothness, dashed: without sources below 8 pixels, where it is 0: "
                        "50 % of real, 0 % of made.");
    gt_corner_free(&found);
    assert_ok(gt_file_load(settings.out, 1 << 22, &text, &size, &err), err);
    assert_ok(gt_csv_parse(text, size, &table, &err), err);
    assert_string_equal(cell(0, "small"), "");
    assert_string_equal(cell(1, "small"), "2");
    assert_string_equal(cell(3, "small"), "0");
    gt_csv_free(&table);
    free(text);
    assert_ok(gt_file_load(settings.figure, 1 << 22, &text, &size, &err), err);
    assert_non_null(strstr(text, "stroke-dasharray"));
    free(text);
    settings.columns = "gini";
    assert_ok(compare(words, 2, settings, &found), err);
    assert_string_equal(found.note, "");
    assert_int_equal(found.apart, 0);
    gt_corner_free(&found);
}

/* Of FITS and CSV, in letters of any case, in any order of columns: the same numbers. */
static void test_forms_agree(void **state) {
    gt_corner found[2];
    gt_corner_settings settings = usual;
    settings.columns = "m20,GINI";
    for (int i = 0; i < 2; i++) {
        const char *words[] = {make_table(i ? "same.fits" : "same.csv", ROWS, 0.25)};
        assert_ok(compare(words, 1, settings, &found[i]), err);
    }
    const gt_corner_source *a = &found[0].sets[0], *b = &found[1].sets[0];
    assert_int_equal(a->count, b->count);
    assert_memory_equal(a->values, b->values, 2 * a->count * sizeof *a->values);
    assert_near(a->area, b->area, 0);
    assert_string_equal(a->name, b->name);
    for (int i = 0; i < 2; i++) gt_corner_free(&found[i]);
}

/* -99 is a number where no coefficient is meant; a flag is what its column says. */
static void test_what_a_row_says(void **state) {
    static const struct {
        const char *text, *columns;
        size_t count, flagged, lost;
    } cases[] = {
        {"size\n-99\n1\n", "size", 2, 0, 0},
        {"Asymmetry\n-99\n1\n", "asymmetry", 1, 0, 1},
        {"size,flag\n1,0\n2,1\n3,2\n4,\n5,x\n", "size", 2, 3, 0},
        {"size,FLAG\n1,1.5\n2,-1\n", "size", 1, 1, 0},
        {"size,flag\n,2\n1,0\n", "size", 1, 1, 0}, /* flagged before it is lost */
        {"a,b\n1,\n,1\n1,1\n1e999,1\n", "a,b", 1, 0, 3},
        {"set,a\nx,1\nx,2\n", "a", 2, 0, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        gt_corner found;
        gt_corner_settings settings = usual;
        const char *words[] = {kept_path("case.csv")};
        settings.columns = cases[i].columns;
        write_file(words[0], cases[i].text, strlen(cases[i].text));
        assert_ok(compare(words, 1, settings, &found), err);
        const gt_corner_source *set = &found.sets[0];
        if (set->count != cases[i].count || set->flagged != cases[i].flagged ||
            set->lost != cases[i].lost)
            fail_msg("case %zu: %zu, %zu, %zu", i, set->count, set->flagged, set->lost);
        assert_string_equal(set->name, "case");
        gt_corner_free(&found);
    }
}

static void refused(const char *columns, const char *path, gt_status expected,
                    const char *text) {
    gt_corner found;
    gt_corner_settings settings = usual;
    settings.columns = columns;
    settings.out = kept_path("never.csv");
    const char *words[] = {make_table("a.fits", ROWS, 0), path};
    assert_int_equal(compare(words, 2, settings, &found), expected);
    if (!strstr(err.text, text)) fail_msg("'%s' is not in: %s", text, err.text);
    assert_int_equal(access(settings.out, F_OK), -1);
    gt_corner_free(&found);
}

static void test_refusals(void **state) {
    const char *good = make_table("b.csv", ROWS, 0);
    refused(NULL, good, GT_NOT_FOUND,
            "a.fits has no column 'concentration'; it has Gini, m20, flag, id, segment_area");
    refused("gini,,m20", good, GT_USAGE, "columns: expected 1 to 9 names");
    refused("gini,GINI", good, GT_USAGE, "columns: 'GINI' is named twice");
    refused("a,b,c,d,e,f,g,h,i,j", good, GT_USAGE, "columns: expected 1 to 9 names");
    refused("id", good, GT_BAD_ARGUMENT,
            "a.fits: column 'id' is text ('a,\"b'), expected numbers");
    refused("gini", kept_path("nothing.csv"), GT_NOT_FOUND, "nothing.csv");
    write_file(kept_path("bad.csv"), "a,b\n1\n", 6);
    refused("gini", kept_path("bad.csv"), GT_BAD_FORMAT, "bad.csv");
    write_file(kept_path("bad.fits"), "SIMPLE  =", 9);
    refused("gini", kept_path("bad.fits"), GT_BAD_FORMAT, "bad.fits");
    char *blocks = malloc(2880);
    snprintf(blocks, 2880, "%-80s%-80s%-80s", "SIMPLE  =                    T",
             "BITPIX  =                    8", "NAXIS   =                    0");
    memset(blocks + 240, ' ', 2640);
    memcpy(blocks + 240, "END", 3);
    write_file(kept_path("image.fits"), blocks, 2880);
    free(blocks);
    refused("gini", kept_path("image.fits"), GT_NOT_FOUND, "image.fits: no binary table in it");
    const char *apart = "id x gini\n1 2 3\n";
    char many[400] = "a1";
    write_file(kept_path("apart.csv"), apart, strlen(apart));
    refused("gini", kept_path("apart.csv"), GT_NOT_FOUND,
            "no column 'gini'; it has id x gini; columns are separated by commas");
    for (int i = 2; i < 80; i++) sprintf(many + strlen(many), ",a%d", i);
    write_file(kept_path("many.csv"), many, strlen(many));
    refused("gini", kept_path("many.csv"), GT_NOT_FOUND, "it has a1, a2, a3, ");
    assert_string_equal(err.text + strlen(err.text) - 5, ", ...");
    refused("gini, ,m20", good, GT_USAGE, "columns: expected 1 to 9 names");
    write_file(kept_path("words.csv"), "gini\n\nabc\n", 10);
    refused("gini", kept_path("words.csv"), GT_BAD_ARGUMENT,
            "words.csv: column 'gini' is text ('abc'), expected numbers");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_rows_that_count),
        TEST(test_numbers),
        TEST(test_constant_column),
        TEST(test_colours_and_names),
        TEST(test_areas),
        TEST(test_refusals),
        TEST(test_table_of_numbers),
        TEST(test_small_sources_are_told_apart),
        TEST(test_forms_agree),
        TEST(test_what_a_row_says),
        TEST(test_by_column),
        TEST(test_blanks),
        TEST(test_table_of_sets),
        TEST(test_names_of_sets),
        TEST(test_set_without_rows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
