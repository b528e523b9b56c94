/* Searches from their queries to their tables and sheets: rows in their order, ties, what a row
 * is to itself, pictures through a run, and codes of another network. */
#include <sys/stat.h>

#include "encoding.h"
#include "galatea/run.h"
#include "png_file.h"
#include "search.h"
#include "study_pictures.h"

static const char *data, *run, *other_run, *codes;

/* ---- Codes with a record as `encode` writes it ---------------------------------------------
 */

static const gt_option encode_rows[] = {
    {"data", GT_TEXT_AT(gt_encode_settings, data), NULL, "FILE", "pictures"},
    {"average", GT_CHOICE_AT(gt_encode_settings, average), "none", "WAYS", "orientations",
     .choices = GT_ENCODER_AVERAGES},
    {"untrained", GT_FLAG_AT(gt_encode_settings, untrained), NULL, NULL, "first weights"},
    {"seed", GT_INT_AT(gt_encode_settings, seed), "1", "S", "seed", .min = 0, .max = 1e9},
};
static const gt_option_table encode_table = GT_OPTION_TABLE("Encode", encode_rows);
static const gt_option_table *const recorded[] = {&encode_table, NULL};

static const char *encode(const char *path, const char *average, bool untrained) {
    gt_error err = {0};
    use_settings u;
    gt_encode_settings settings = {0};
    gt_encoded made;
    begin_use_of(&u, "vdvae", false);
    u.asked.command = "encode";
    u.asked.variant = "vdvae";
    u.asked.tables = recorded;
    u.asked.table_count = 2;
    assert_ok(gt_options_add(u.asked.options, &encode_table, &settings, &err), err);
    set_use(&u, "data", data);
    set_use(&u, "average", average);
    set_use(&u, "untrained", untrained ? "true" : "false");
    set_use(&u, "seed", "3");
    settings.out = kept_path("codes.h5");
    assert_ok(gt_encode_set(&u.context, path, &settings, u.values, &made, &err), err);
    const char *out = settings.out;
    end_use(&u);
    return out;
}

static int make_all(void **state) {
    (void)state;
    begin_kept();
    data = make_picture_set((made_pictures){.name = "set.h5", .survey = "FIRST"});
    run = make_vdvae(data, "run");
    other_run = make_vdvae(
        make_picture_set((made_pictures){.name = "others.h5", .first = 50, .survey = "FIRST"}),
        "other");
    codes = encode(run, "none", false);
    return 0;
}

/* ---- Searching -----------------------------------------------------------------------------
 */

typedef struct search {
    gt_invocation asked;
    gt_context context;
    gt_query_request request;
    gt_found found;
} search;

static void begin(search *s, const char *text, const char *with) {
    *s = (search){.found = {.top = 0}};
    s->context = make_context(&s->asked, "error");
    s->context.invocation = &s->asked;
    s->request = (gt_query_request){.context = &s->context,
                                    .text = text,
                                    .run = with,
                                    .format = "auto",
                                    .align = "none",
                                    .axes = "auto"};
}

static gt_status go(search *s, const char *set, size_t top, gt_error *err) {
    gt_status status = gt_search_open(&s->context, set, &s->request, top, &s->found, err);
    return status ? status : gt_search_run(&s->context, &s->found, err);
}

static void end(search *s) {
    gt_found_free(&s->found);
    end_context(&s->context);
}

static void find(search *s, const char *set, const char *text, size_t top) {
    gt_error err = {0};
    begin(s, text, NULL);
    assert_ok(go(s, set, top, &err), err);
}

static void expect_refusal(const char *set, const char *text, const char *with,
                           gt_status status, const char *says) {
    gt_error err = {0};
    search s;
    begin(&s, text, with);
    assert_int_equal(go(&s, set, 3, &err), status);
    assert_has(err.text, says);
    end(&s);
}

/* Rows of one direction, in twos: (1, 0), (2, 0), (0, 1), (0, 2), (-1, 0), (-4, 0). */
static const float pairs[] = {1, 0, 2, 0, 0, 1, 0, 2, -1, 0, -4, 0};
enum { PAIRS = 6 };

static const char *give_pairs(const char *name) {
    return give_set((given_set){.name = name, .rows = PAIRS, .width = 2, .x = pairs});
}

static const char *rows_of(const char *set, const char *rows) {
    static char text[2][700];
    static int turn;
    char *at = text[turn++ % 2];
    snprintf(at, sizeof text[0], "%s:%s", set, rows);
    return at;
}

/* Queries come in the order in which they were written, also twice; without a list all rows. */
static void keeps_the_order_of_queries(void **state) {
    static const uint64_t rows[] = {5, 0, 1, 2, 0};
    search s;
    (void)state;
    const char *set = give_pairs("p.h5");
    find(&s, set, rows_of(set, "5,0-2,0"), 2);
    assert_int_equal(s.found.queries.count, 5);
    for (size_t q = 0; q < 5; q++) {
        assert_int_equal(s.found.queries.rows[q], rows[q]);
        assert_memory_equal(s.found.queries.codes + 2 * q, pairs + 2 * rows[q],
                            2 * sizeof *pairs);
    }
    assert_memory_equal(s.found.matches + 2, s.found.matches + 8, 2 * sizeof(gt_match));
    end(&s);
    find(&s, set, set, 1);
    assert_int_equal(s.found.queries.count, PAIRS);
    end(&s);
}

/* Of equally near rows the lower one comes first; a row is none of its own matches, its twin
 * is. */
static void breaks_ties_by_row(void **state) {
    static const struct {
        const char *query;
        uint64_t rows[5];
        double scores[5];
    } cases[] = {{"0", {1, 2, 3, 4, 5}, {1, 0, 0, -1, -1}},
                 {"1", {0, 2, 3, 4, 5}, {1, 0, 0, -1, -1}},
                 {"3", {2, 0, 1, 4, 5}, {1, 0, 0, 0, 0}},
                 {"4", {5, 2, 3, 0, 1}, {1, 0, 0, -1, -1}}};
    (void)state;
    const char *set = give_pairs("p.h5");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        search s;
        find(&s, set, rows_of(set, cases[i].query), 9);
        assert_true(s.found.is_own);
        assert_int_equal(s.found.found[0], PAIRS - 1);
        for (size_t k = 0; k < PAIRS - 1; k++) {
            assert_int_equal(s.found.matches[k].row, cases[i].rows[k]);
            assert_near(s.found.matches[k].score, cases[i].scores[k], 1e-12);
        }
        end(&s);
    }
}

/* The same file by another name is the same set; a copy of it is another one. */
static void knows_itself_by_any_name(void **state) {
    char link_path[600], hard[600], roundabout[600];
    search s;
    (void)state;
    const char *set = give_pairs("p.h5"), *copy = give_pairs("copy.h5");
    snprintf(link_path, sizeof link_path, "%s", in_folder("link.h5"));
    snprintf(hard, sizeof hard, "%s", in_folder("hard.h5"));
    snprintf(roundabout, sizeof roundabout, "%s/../%s/p.h5", temp_folder,
             strrchr(temp_folder, '/') + 1);
    assert_int_equal(symlink(set, link_path), 0);
    assert_int_equal(link(set, hard), 0);
    const char *const names[] = {link_path, hard, roundabout};
    for (size_t i = 0; i < 3; i++) {
        find(&s, set, rows_of(names[i], "2"), 1);
        assert_true(s.found.is_own);
        assert_int_equal(s.found.matches[0].row, 3);
        end(&s);
    }
    find(&s, set, rows_of(copy, "2"), 1);
    assert_false(s.found.is_own);
    assert_int_equal(s.found.matches[0].row, 2);
    end(&s);
}

/* A code of zeros has no direction: it is told, and like to none. */
static void tells_zeros(void **state) {
    static const float x[] = {1, 0, 0, 0, 0, 3, 0, 0};
    gt_error err = {0};
    search s;
    (void)state;
    const char *set = give_set((given_set){.name = "z.h5", .rows = 4, .width = 2, .x = x});
    begin(&s, set, NULL);
    remarks_begin();
    assert_ok(go(&s, set, 3, &err), err);
    gt_log_to(NULL, NULL);
    assert_has(remarks, "2 of 4 queries are all zeros (first: row 1)");
    for (size_t k = 0; k < 3; k++) assert_near(s.found.matches[3 + k].score, 0, 0);
    end(&s);
}

static void refuses_bad_numbers(void **state) {
    float x[2 * PAIRS];
    (void)state;
    const char *good = give_pairs("p.h5");
    memcpy(x, pairs, sizeof x);
    x[9] = NAN;
    const char *bad = give_set((given_set){.name = "n.h5", .rows = PAIRS, .width = 2, .x = x});
    expect_refusal(good, bad, NULL, GT_NOT_FINITE, "n.h5, row 4: a value is nan");
    expect_refusal(good, rows_of(bad, "2,4"), NULL, GT_NOT_FINITE, "row 4: a value is nan");
    expect_refusal(bad, good, NULL, GT_NOT_FINITE, "n.h5");
    search s;
    find(&s, good, rows_of(bad, "0-3"), 1); /* rows that are not asked for do not matter */
    end(&s);
}

/* ---- Tables --------------------------------------------------------------------------------
 */

/* Columns that the set has, and cells that are empty where a row tells nothing. */
static void writes_tables(void **state) {
    static const int32_t labels[PAIRS] = {0, 1, -1, 1, 0, 1};
    static const char *const ids[PAIRS] = {"a", "b", "c", "d", "e", ""};
    gt_error err = {0};
    search s;
    (void)state;
    const char *set = give_set((given_set){.name = "t.h5",
                                           .rows = PAIRS,
                                           .width = 2,
                                           .x = pairs,
                                           .labels = labels,
                                           .ids = ids,
                                           .classes = two_classes,
                                           .class_count = 2});
    static const char *const lines[][7] = {
        {"query", "rank", "row", "cosine", "id", "label", "class"},
        {"3", "1", "2", "1", "c", "", ""},
        {"3", "2", "0", "0", "a", "0", "FRI"},
        {"5", "1", "4", "1", "e", "0", "FRI"},
        {"5", "2", "2", "0", "c", "", ""}};
    find(&s, set, rows_of(set, "3,5"), 2);
    const char *out = kept_path("m.csv");
    assert_ok(gt_found_write_table(&s.found, out, "{}", &err), err);
    char *text = text_of(out);
    assert_int_equal(lines_in(text), 5);
    for (size_t i = 0; i < 5; i++)
        for (size_t k = 0; k < 7; k++) assert_string_equal(cell_in(text, i, k), lines[i][k]);
    free(text);
    assert_int_equal(gt_found_write_table(&s.found, in_folder("m.txt"), "{}", &err), GT_USAGE);
    assert_false(is_there(in_folder("m.txt")));
    end(&s);
    const char *bare = give_pairs("bare.h5");
    find(&s, bare, rows_of(bare, "3"), 1);
    assert_ok(gt_found_write_table(&s.found, out, "{}", &err), err);
    text = text_of(out);
    assert_string_equal(text, "query,rank,row,cosine\n3,1,2,1\n");
    free(text);
    end(&s);
}

static void names_turns(void **state) {
    static const char *const names[] = {
        "as it is", "90 deg",           "180 deg",           "270 deg",
        "mirrored", "mirrored, 90 deg", "mirrored, 180 deg", "mirrored, 270 deg"};
    (void)state;
    for (int turn = 0; turn < 8; turn++)
        assert_string_equal(gt_found_turn_name(turn), names[turn]);
}

/* ---- Pictures through a run ----------------------------------------------------------------
 */

/* Every picture finds its own code, by the settings in the record of the codes: averages over
 * orientations, and first weights of a seed. */
static void pictures_find_themselves(void **state) {
    static const struct {
        const char *average;
        bool untrained;
    } cases[] = {{"none", false}, {"flips", false}, {"all", false}, {"none", true}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        gt_error err = {0};
        search s;
        const char *set = encode(run, cases[i].average, cases[i].untrained);
        begin(&s, data, run);
        assert_ok(go(&s, set, 1, &err), err);
        assert_false(s.found.is_own);
        assert_non_null(s.found.queries.pictures);
        size_t count = 0, width = 0;
        float *stored = values_in(set, &count, &width);
        assert_int_equal(s.found.queries.width, width);
        for (size_t q = 0; q < PICTURE_ROWS * width; q++)
            assert_near((double)s.found.queries.codes[q], (double)stored[q], 2e-7);
        for (size_t q = 0; q < PICTURE_ROWS; q++) {
            assert_int_equal(s.found.matches[q].row, q);
            assert_near(s.found.matches[q].score, 1, 1e-5);
        }
        free(stored);
        end(&s);
    }
}

/* Flips make two codes a query, quarter turns four, both eight; each row is found once. */
static void lays_queries(void **state) {
    static const struct {
        bool flips, rotations;
        size_t ways;
        int turns[8];
    } cases[] = {{false, false, 1, {0}},
                 {true, false, 2, {0, 4}},
                 {false, true, 4, {0, 1, 2, 3}},
                 {true, true, 8, {0, 1, 2, 3, 4, 5, 6, 7}}};
    (void)state;
    for (size_t i = 0; i < 4; i++) {
        gt_error err = {0};
        search s;
        begin(&s, rows_of(data, "7"), run);
        s.request.flips = cases[i].flips;
        s.request.rotations = cases[i].rotations;
        assert_ok(go(&s, codes, PICTURE_ROWS, &err), err);
        assert_int_equal(s.found.queries.ways, cases[i].ways);
        for (size_t w = 0; w < cases[i].ways; w++)
            assert_int_equal(s.found.queries.turns[w], cases[i].turns[w]);
        bool is_seen[PICTURE_ROWS] = {false};
        assert_true(s.found.found[0] >= PICTURE_ROWS / cases[i].ways);
        assert_int_equal(s.found.matches[0].row, 7);
        assert_int_equal(s.found.turns[0], 0);
        for (size_t k = 0; k < s.found.found[0]; k++) {
            assert_false(is_seen[s.found.matches[k].row]);
            is_seen[s.found.matches[k].row] = true;
            if (k) assert_true(s.found.matches[k - 1].score >= s.found.matches[k].score);
        }
        end(&s);
    }
}

static void refuses_pictures(void **state) {
    (void)state;
    expect_refusal(codes, data, NULL, GT_USAGE, "holds images, ");
    expect_refusal(codes, data, other_run, GT_MISMATCH,
                   "encode it again, codes of two networks have nothing in common");
    expect_refusal(codes, data, "nothing", GT_NOT_FOUND, "nothing");
    const char *large = make_picture_set((made_pictures){.name = "l.h5", .side = 20});
    expect_refusal(codes, large, run, GT_BAD_SHAPE, "has images of 1x20x20");
    const char *odd = make_picture_set(
        (made_pictures){.name = "o.h5", .rows = 5, .is_float = true, .odd_row = 3, .odd = 300});
    expect_refusal(codes, odd, run, GT_BAD_ARGUMENT, "row 3: a pixel is 300");
    const char *nvss = make_picture_set((made_pictures){.name = "v.h5", .survey = "NVSS"});
    expect_refusal(codes, nvss, run, GT_MISMATCH, "differ in survey (NVSS and FIRST)");
    write_file(in_folder("notes"), "x", 1);
    expect_refusal(codes, in_folder("notes"), run, GT_NOT_FOUND, "query: ");
    assert_int_equal(entries_in_folder(), 4); /* the three sets and the notes */
}

/* The weights of the run in a file of other bytes (blanks behind its header) are the same
 * network; with one of them changed they are another. */
static void knows_weights_elsewhere(void **state) {
    char *bytes = NULL, from[600];
    size_t size = 0;
    gt_error err = {0};
    (void)state;
    snprintf(from, sizeof from, "%s/best.safetensors", run);
    assert_ok(gt_file_load(from, 1 << 28, &bytes, &size, &err), err);
    uint64_t head = 0;
    memcpy(&head, bytes, sizeof head);
    size_t before = sizeof head + (size_t)head;
    char *wider = calloc(1, size + 8);
    memcpy(wider, bytes, before);
    memset(wider + before, ' ', 8);
    memcpy(wider + before + 8, bytes + before, size - before);
    head += 8;
    memcpy(wider, &head, sizeof head);
    const char *weights = kept_path("weights.safetensors");
    write_file(weights, wider, size + 8);
    search s;
    begin(&s, rows_of(data, "7"), weights);
    assert_ok(go(&s, codes, 1, &err), err);
    assert_int_equal(s.found.matches[0].row, 7);
    end(&s);
    free(wider);
    free(bytes);
    snprintf(from, sizeof from, "%s/best.safetensors", other_run);
    assert_ok(gt_file_load(from, 1 << 28, &bytes, &size, &err), err);
    write_file(weights, bytes, size);
    free(bytes);
    expect_refusal(codes, rows_of(data, "7"), weights, GT_MISMATCH, "was made by ");
}

/* ---- Sheets --------------------------------------------------------------------------------
 */

enum { PADDING = 4, UPSCALE = 258 / PICTURE_SIDE };

/* The recorded set shows the matches while it is what it was; an output must not replace it. */
static void finds_the_recorded_pictures(void **state) {
    gt_error err = {0};
    gt_dataset *images = NULL;
    search s;
    (void)state;
    const char *kept = data;
    data = make_picture_set((made_pictures){.name = "mine.h5", .survey = "FIRST"});
    const char *mine = data, *set = encode(run, "none", false);
    data = kept;
    const char *const fine[] = {NULL, kept_path("s.png")}, *const clash[] = {mine};
    find(&s, set, rows_of(set, "1"), 2);
    assert_ok(gt_found_open_images(&s.found, NULL, fine, 2, &images, &err), err);
    assert_string_equal(gt_dataset_path(images), mine);
    gt_dataset_close(images);
    images = NULL;
    assert_int_equal(gt_found_open_images(&s.found, NULL, clash, 1, &images, &err), GT_USAGE);
    assert_has(err.text, "would replace its own input");
    make_picture_set((made_pictures){.name = "mine.h5", .first = 1, .survey = "FIRST"});
    assert_int_equal(gt_found_open_images(&s.found, NULL, fine, 2, &images, &err), GT_USAGE);
    assert_has(err.text, "is not there or has changed");
    assert_int_equal(remove(mine), 0);
    assert_int_equal(gt_found_open_images(&s.found, NULL, fine, 2, &images, &err), GT_USAGE);
    assert_ok(gt_found_open_images(&s.found, data, fine, 2, &images, &err), err);
    gt_dataset_close(images);
    end(&s);
}

/* A query's picture, then its matches; several queries have a line each. */
static void draws_sheets(void **state) {
    static const struct {
        const char *rows;
        size_t top, columns, lines;
        bool is_own; /* pictures among themselves: the nearest is another one */
    } cases[] = {{"7", 2, 3, 1, false},
                 {"7,9,11", 2, 3, 3, false},
                 {"7", 5, 6, 1, false},
                 {"7", 9, 5, 2, false},
                 {"7", 3, 4, 1, true}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        gt_error err = {0};
        gt_dataset *images = NULL;
        gt_png sheet = {0};
        float levels[PICTURE_VALUES];
        search s;
        const char *out = kept_path("s.png");
        bool is_own = cases[i].is_own;
        begin(&s, rows_of(data, cases[i].rows), is_own ? NULL : run);
        assert_ok(go(&s, is_own ? data : codes, cases[i].top, &err), err);
        assert_int_equal(s.found.matches[0].row == 7, !is_own);
        assert_ok(gt_found_open_images(&s.found, NULL, NULL, 0, &images, &err), err);
        assert_ok(gt_found_draw(&s.found, images, "gray", out, "{}", &err), err);
        assert_ok(read_png(out, &sheet, &err), err);
        size_t cell = UPSCALE * PICTURE_SIDE + PADDING;
        assert_int_equal(sheet.width, cases[i].columns * cell + PADDING);
        assert_true(sheet.height >= cases[i].lines * cell + PADDING);
        assert_true(sheet.height < cases[i].lines * (cell + 40) + PADDING);
        for (size_t place = 0; place < 2; place++) { /* the query, and its nearest */
            picture(place ? s.found.matches[0].row : 7, PICTURE_SIDE, levels);
            for (size_t k = 0; k < PICTURE_VALUES; k++) {
                size_t x = PADDING + UPSCALE * (k % PICTURE_SIDE) + place * cell,
                       y = PADDING + UPSCALE * (k / PICTURE_SIDE);
                assert_near((double)sheet.pixels[y * sheet.width + x], (double)levels[k], 0);
            }
        }
        free(sheet.pixels);
        gt_dataset_close(images);
        end(&s);
    }
}

/* A query without bands, a JPEG say, beside a set whose first band is the shortest. */
static void each_set_has_its_own_colours(void **state) {
    gt_error err = {0};
    gt_dataset *images = NULL;
    gt_png sheet = {0};
    search s;
    const char *set = make_picture_set((made_pictures){"grz.h5", .rows = 3, .channels = 3,
                                                       .bands = "g,r,z", .has_colours = true}),
               *asked = make_picture_set(
                   (made_pictures){"rgb.h5", .rows = 1, .channels = 3, .has_colours = true}),
               *out = kept_path("colours.png");
    (void)state;
    begin(&s, asked, NULL);
    assert_ok(go(&s, set, 1, &err), err);
    assert_ok(gt_found_open_images(&s.found, NULL, NULL, 0, &images, &err), err);
    assert_ok(gt_found_draw(&s.found, images, "gray", out, "{}", &err), err);
    assert_ok(read_png(out, &sheet, &err), err);
    for (size_t c = 0; c < 3; c++) {
        const float *plane = sheet.pixels + c * sheet.height * sheet.width;
        size_t y = PADDING + 3, query = PADDING + 3, match = query + sheet.width / 2;
        assert_near((double)plane[y * sheet.width + query], 50.0 * (double)c, 0);
        assert_near((double)plane[y * sheet.width + match], 50.0 * (double)(2 - c), 0);
    }
    free(sheet.pixels);
    gt_dataset_close(images);
    end(&s);
}

static void refuses_sheets(void **state) {
    gt_error err = {0};
    gt_dataset *images = NULL;
    search s;
    (void)state;
    begin(&s, data, run);
    assert_ok(go(&s, codes, 200, &err), err);
    assert_ok(gt_found_open_images(&s.found, NULL, NULL, 0, &images, &err), err);
    assert_int_equal(gt_found_draw(&s.found, images, "gray", in_folder("s.png"), "{}", &err),
                     GT_USAGE);
    assert_has(err.text, "figure: 8040 pictures, a sheet holds at most 4096");
    gt_dataset_close(images);
    images = NULL;
    const char *large = make_picture_set((made_pictures){.name = "l.h5", .side = 20});
    assert_ok(gt_found_open_images(&s.found, large, NULL, 0, &images, &err), err);
    s.found.top = 2;
    assert_int_equal(gt_found_draw(&s.found, images, "gray", in_folder("s.png"), "{}", &err),
                     GT_MISMATCH);
    assert_has(err.text, "has pictures of 1x16x16, ");
    gt_dataset_close(images);
    assert_false(is_there(in_folder("s.png")));
    end(&s);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(keeps_the_order_of_queries),
        TEST(breaks_ties_by_row),
        TEST(knows_itself_by_any_name),
        TEST(tells_zeros),
        TEST(refuses_bad_numbers),
        TEST(writes_tables),
        cmocka_unit_test(names_turns),
        TEST(pictures_find_themselves),
        TEST(lays_queries),
        TEST(refuses_pictures),
        TEST(knows_weights_elsewhere),
        TEST(finds_the_recorded_pictures),
        TEST(draws_sheets),
        TEST(each_set_has_its_own_colours),
        TEST(refuses_sheets),
    };
    return cmocka_run_group_tests(tests, make_all, end_kept);
}
