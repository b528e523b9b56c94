/* Lists of rows, queries, and what a search finds of them. */
#include "search.h"

#include "galatea/interrupt.h"
#include "row_list.h"
#include "study_sets.h"

/* ---- Lists of rows ----------------------------------------------------------------------- */

static void reads_lists(void **state) {
    static const struct {
        const char *text;
        size_t count;
        uint64_t rows[4];
    } good[] = {{"3", 1, {3}}, {"3,7-9", 4, {3, 7, 8, 9}}, {"9,0", 2, {9, 0}}, {"4-4", 1, {4}}};
    const gt_row_source from = {"rows ", "set.h5", 10, 4};
    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        gt_error err = {0};
        uint64_t *rows = NULL;
        size_t count = 0;
        assert_ok(gt_row_list_read(&from, good[i].text, &rows, &count, &err), err);
        assert_int_equal(count, good[i].count);
        assert_memory_equal(rows, good[i].rows, count * sizeof *rows);
        free(rows);
    }
}

static void refuses_lists(void **state) {
    static const struct {
        const char *text;
        gt_status status;
        const char *says;
    } bad[] = {{"", GT_USAGE, "expected rows as 3,7-9"},
               {",3", GT_USAGE, "expected rows as 3,7-9"},
               {"3,", GT_USAGE, "expected rows as 3,7-9"},
               {"9-7", GT_USAGE, "expected rows as 3,7-9"},
               {"-1", GT_USAGE, "expected rows as 3,7-9"},
               {"x", GT_USAGE, "expected rows as 3,7-9"},
               {"99999999999999999999", GT_USAGE, "expected rows as 3,7-9"},
               {"10", GT_BAD_ARGUMENT, "set.h5 has 10 rows (0 to 9), row 10 is none of them"},
               {"8-12", GT_BAD_ARGUMENT, "row 12 is none of them"},
               {"0-4", GT_USAGE, "more than 4 rows"},
               {"0-2,0-2", GT_USAGE, "more than 4 rows"}};
    const gt_row_source from = {"rows ", "set.h5", 10, 4};
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        gt_error err = {0};
        uint64_t *rows = NULL;
        size_t count = 0;
        assert_int_equal(gt_row_list_read(&from, bad[i].text, &rows, &count, &err),
                         bad[i].status);
        assert_has(err.text, bad[i].says);
        assert_null(rows);
    }
}

/* ---- Searching --------------------------------------------------------------------------- */

/* Row i points 10 i degrees up from the first axis. */
static const char *make_named(const char *name, uint64_t rows, const char *survey,
                              const char *const *ids) {
    gt_error err = {0};
    gt_dataset_writer *writer = NULL;
    gt_dataset_info info = gt_dataset_info_default();
    char *path = kept_path(name);
    info.kind = GT_DATASET_CODES;
    info.type = GT_PIXEL_F32;
    info.count = rows;
    info.channels = 2;
    info.height = info.width = 1;
    info.survey = survey;
    info.columns = ids ? GT_COLUMN_ID : 0;
    info.id_length = ids ? 30 : 0;
    assert_ok(gt_dataset_writer_create(path, &info, &writer, &err), err);
    for (uint64_t i = 0; i < rows; i++) {
        double angle = (double)i * M_PI / 18;
        float code[] = {(float)(3 * cos(angle)), (float)(3 * sin(angle))};
        gt_dataset_row row = gt_dataset_row_default();
        if (ids) row.id = ids[i];
        assert_ok(gt_dataset_writer_append(writer, code, ids ? &row : NULL, 1, &err), err);
    }
    assert_ok(gt_dataset_writer_commit(writer, &err), err);
    return path;
}

static const char *make_circle(const char *name, uint64_t rows, const char *survey) {
    return make_named(name, rows, survey, NULL);
}

static gt_query_request request_of(const gt_context *context, const char *text) {
    return (gt_query_request){
        .context = context, .text = text, .format = "auto", .align = "none", .axes = "auto"};
}

/* A row is not among its own matches; neighbours on both sides come in order of their rows. */
static void finds_neighbours(void **state) {
    gt_error err = {0};
    gt_invocation asked;
    gt_context context = make_context(&asked, "error");
    const char *set = make_circle("circle.h5", 12, NULL);
    char text[600];
    snprintf(text, sizeof text, "%s:4,0", set);
    gt_query_request request = request_of(&context, text);
    gt_found found = {0};
    (void)state;
    assert_ok(gt_search_open(&context, set, &request, 3, &found, &err), err);
    assert_ok(gt_search_run(&context, &found, &err), err);
    assert_true(found.is_own);
    assert_int_equal(found.queries.count, 2);
    assert_int_equal(found.found[0], 3);
    const uint64_t first[] = {3, 5}, second[] = {1, 2, 3};
    bool is_low_first = found.matches[0].row == first[0];
    assert_true(is_low_first
                    ? found.matches[1].row == first[1]
                    : found.matches[0].row == first[1] && found.matches[1].row == first[0]);
    assert_near(found.matches[0].score, cos(M_PI / 18), 1e-6);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(found.matches[3 + i].row, second[i]);
        assert_near(found.matches[3 + i].score, cos((double)(i + 1) * M_PI / 18), 1e-6);
    }
    gt_found_free(&found);
    end_context(&context);
}

/* More matches than there are rows: what there is, and no more. */
static void finds_no_more_than_there_is(void **state) {
    gt_error err = {0};
    gt_invocation asked;
    gt_context context = make_context(&asked, "error");
    const char *set = make_circle("circle.h5", 3, NULL),
               *other = make_circle("other.h5", 5, NULL);
    gt_query_request request = request_of(&context, other);
    gt_found found = {0};
    (void)state;
    assert_ok(gt_search_open(&context, set, &request, 50, &found, &err), err);
    assert_ok(gt_search_run(&context, &found, &err), err);
    assert_false(found.is_own);
    assert_int_equal(found.queries.count, 5);
    for (size_t q = 0; q < 5; q++) assert_int_equal(found.found[q], 3);
    gt_found_free(&found);
    end_context(&context);
}

static void expect_refusal(const gt_context *context, const char *set, const char *text,
                           gt_status status, const char *says) {
    gt_error err = {0};
    gt_query_request request = request_of(context, text);
    gt_found found = {0};
    assert_int_equal(gt_search_open(context, set, &request, 3, &found, &err), status);
    assert_has(err.text, says);
    gt_found_free(&found);
}

static void refuses_queries(void **state) {
    gt_invocation asked;
    gt_context context = make_context(&asked, "error");
    const char *set = make_circle("circle.h5", 6, NULL);
    const char *wide =
        make_set((made_set){.name = "wide.h5", .rows = 4, .width = 5, .seed = 1});
    char text[600];
    (void)state;
    snprintf(text, sizeof text, "%s:6", set);
    expect_refusal(&context, set, text, GT_BAD_ARGUMENT, "row 6 is none of them");
    snprintf(text, sizeof text, "%s:a", set);
    expect_refusal(&context, set, text, GT_NOT_FOUND,
                   "no row has this id, expected one, or ROWS");
    snprintf(text, sizeof text, "%s:", set);
    expect_refusal(&context, set, text, GT_USAGE, "expected FILE, FILE:ROWS or FILE:ID");
    expect_refusal(&context, set, "/no/J12", GT_NOT_FOUND, "what is searched has rows as ");
    expect_refusal(&context, set, wide, GT_MISMATCH, "gives codes of 5 numbers");
    end_context(&context);
}

/* A file that has a colon in its name is itself, not rows of another. */
static void takes_the_whole_name_first(void **state) {
    gt_error err = {0};
    gt_invocation asked;
    gt_context context = make_context(&asked, "error");
    const char *set = make_circle("circle.h5", 6, NULL), *named = make_circle("a:3", 2, NULL);
    gt_query_request request = request_of(&context, named);
    gt_found found = {0};
    (void)state;
    assert_ok(gt_search_open(&context, set, &request, 1, &found, &err), err);
    assert_int_equal(found.queries.count, 2);
    assert_string_equal(found.queries.path, named);
    gt_found_free(&found);
    end_context(&context);
}

/* Rows by the names of their objects: with or without the ending of a picture, names of digits
 * alone, and such as have a colon. What is a number of a row as well is that row, and told. */
static void finds_objects_by_name(void **state) {
    static const char *const ids[] = {"587722954732398859", "J1+2.fits", "J1+2.2", "1",
                                      "cube.fits:2",        "J1+2.JPG",  "a"};
    static const struct {
        const char *asked;
        size_t count;
        uint64_t rows[2];
        const char *said;
    } cases[] = {{"587722954732398859", 1, {0}, ""},
                 {"J1+2.fits", 1, {1}, ""},
                 {"J1+2", 2, {1, 5}, ""},
                 {"J1+2.2", 1, {2}, ""},
                 {"1", 1, {1}, ":1: taken as rows; "},
                 {"id=1", 1, {3}, ""},
                 {"2", 1, {2}, ""},
                 {"3,1", 2, {3, 1}, ""},
                 {"cube.fits:2", 1, {4}, ""},
                 {"id=a", 1, {6}, ""}};
    gt_error err = {0};
    gt_invocation asked;
    gt_context context = make_context(&asked, "error");
    const char *set = make_named("named.h5", 7, NULL, ids);
    char text[600];
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        gt_found found = {0};
        snprintf(text, sizeof text, "%s:%s", set, cases[i].asked);
        gt_query_request request = request_of(&context, text);
        remarks_begin();
        assert_ok(gt_search_open(&context, set, &request, 1, &found, &err), err);
        gt_log_to(NULL, NULL);
        assert_int_equal(found.queries.count, cases[i].count);
        for (size_t k = 0; k < cases[i].count; k++)
            assert_int_equal(found.queries.rows[k], cases[i].rows[k]);
        if (*cases[i].said)
            assert_has(remarks, cases[i].said);
        else
            assert_string_equal(remarks, "");
        gt_found_free(&found);
    }
    snprintf(text, sizeof text, "%s:999", set);
    expect_refusal(&context, set, text, GT_BAD_ARGUMENT,
                   "row 999 is none of them; and no row has the id 999");
    snprintf(text, sizeof text, "%s:id=2", set);
    expect_refusal(&context, set, text, GT_NOT_FOUND, "id=2: no row has this id");
    expect_refusal(&context, set, text, GT_NOT_FOUND, "; its first one is '");
    end_context(&context);
}

/* ---- Sets that do not match -------------------------------------------------------------- */

static gt_status open_beside(const char *says, gt_error *err) {
    gt_invocation asked;
    gt_context context = make_context(&asked, says);
    const char *set = make_circle("first.h5", 6, "FIRST"),
               *other = make_circle("nvss.h5", 6, "NVSS");
    gt_query_request request = request_of(&context, other);
    gt_found found = {0};
    remarks_begin();
    gt_status status = gt_search_open(&context, set, &request, 2, &found, err);
    gt_log_to(NULL, NULL);
    gt_found_free(&found);
    end_context(&context);
    return status;
}

static void tells_other_surveys(void **state) {
    gt_error err = {0};
    (void)state;
    assert_ok(open_beside("tell", &err), err);
    assert_has(remarks, "differ in survey (NVSS and FIRST)");
    assert_ok(open_beside("ignore", &err), err);
    assert_string_equal(remarks, "");
    assert_int_equal(open_beside("error", &err), GT_MISMATCH);
    assert_has(err.text, "differ in survey (NVSS and FIRST)");
    assert_string_equal(remarks, "");
}

/* ---- Pictures ---------------------------------------------------------------------------- */

enum { SIDE = 4 };

/* One bright pixel in each picture, at place `row`. */
static const char *make_pictures(const char *name, bool is_mirrored) {
    gt_error err = {0};
    gt_dataset_writer *writer = NULL;
    gt_dataset_info info = gt_dataset_info_default();
    char *path = kept_path(name);
    info.kind = GT_DATASET_IMAGES;
    info.type = GT_PIXEL_U8;
    info.count = SIDE * SIDE;
    info.channels = 1;
    info.height = info.width = SIDE;
    assert_ok(gt_dataset_writer_create(path, &info, &writer, &err), err);
    for (size_t row = 0; row < SIDE * SIDE; row++) {
        uint8_t pixels[SIDE * SIDE] = {0};
        size_t x = row % SIDE, y = row / SIDE;
        pixels[y * SIDE + (is_mirrored ? SIDE - 1 - x : x)] = 200;
        assert_ok(gt_dataset_writer_append(writer, pixels, NULL, 1, &err), err);
    }
    assert_ok(gt_dataset_writer_commit(writer, &err), err);
    return path;
}

/* Pictures are compared pixel by pixel, mirror images where they are asked for. */
static void finds_pictures_as_they_are(void **state) {
    gt_error err = {0};
    gt_invocation asked;
    gt_context context = make_context(&asked, "error");
    const char *set = make_pictures("set.h5", false), *other = make_pictures("other.h5", true);
    gt_query_request request = request_of(&context, other);
    gt_found found = {0};
    (void)state;
    assert_ok(gt_search_open(&context, set, &request, 1, &found, &err), err);
    assert_ok(gt_search_run(&context, &found, &err), err);
    assert_int_equal(found.queries.ways, 1);
    for (size_t q = 0; q < found.queries.count; q++) {
        assert_int_equal(found.matches[q].row, q / SIDE * SIDE + SIDE - 1 - q % SIDE);
        assert_near(found.matches[q].score, 1, 1e-6);
        assert_string_equal(gt_found_turn_name(found.turns[q]), "as it is");
    }
    gt_found_free(&found);
    request.flips = true;
    assert_ok(gt_search_open(&context, set, &request, 2, &found, &err), err);
    assert_ok(gt_search_run(&context, &found, &err), err);
    assert_int_equal(found.queries.ways, 2);
    for (size_t q = 0; q < found.queries.count; q++) {
        bool is_mirrored[SIDE * SIDE] = {false};
        for (size_t m = 0; m < 2; m++) {
            assert_near(found.matches[2 * q + m].score, 1, 1e-6);
            is_mirrored[found.matches[2 * q + m].row] = true;
        }
        assert_true(is_mirrored[q]);
        assert_true(is_mirrored[q / SIDE * SIDE + SIDE - 1 - q % SIDE]);
    }
    gt_found_free(&found);
    end_context(&context);
}

/* Without a record of what codes were made of, pictures must be named; and they must be as many
 * as the codes. */
static void asks_for_pictures(void **state) {
    gt_error err = {0};
    gt_invocation asked;
    gt_context context = make_context(&asked, "error");
    const char *set = make_circle("circle.h5", 6, NULL),
               *images = make_pictures("set.h5", false);
    gt_query_request request = request_of(&context, set);
    gt_found found = {0};
    gt_dataset *pictures = NULL;
    (void)state;
    assert_ok(gt_search_open(&context, set, &request, 1, &found, &err), err);
    assert_int_equal(gt_found_open_images(&found, NULL, NULL, 0, &pictures, &err), GT_USAGE);
    assert_has(err.text, "(not recorded) is not known");
    assert_int_equal(gt_found_open_images(&found, images, NULL, 0, &pictures, &err),
                     GT_MISMATCH);
    assert_has(err.text, "16 pictures");
    gt_dataset_close(pictures);
    gt_found_free(&found);
    end_context(&context);
}

/* ---- Stopping ---------------------------------------------------------------------------- */

/* A session that was asked to stop ends its search; another one of the process goes on. */
static void stops_by_session(void **state) {
    gt_error err = {0};
    gt_invocation asked;
    gt_context context = make_context(&asked, "error");
    const char *set = make_circle("circle.h5", 12, NULL);
    gt_query_request request = request_of(&context, set);
    gt_session stopped = {0}, other = {0};
    (void)state;
    gt_session_stop(&stopped);
    for (int i = 0; i < 2; i++) {
        gt_found found = {0};
        gt_session *before = gt_session_enter(i ? &other : &stopped);
        assert_ok(gt_search_open(&context, set, &request, 3, &found, &err), err);
        assert_int_equal(gt_search_run(&context, &found, &err), i ? GT_OK : GT_INTERRUPTED);
        gt_session_enter(before);
        gt_found_free(&found);
    }
    end_context(&context);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_lists),
        cmocka_unit_test(refuses_lists),
        TEST(finds_neighbours),
        TEST(finds_no_more_than_there_is),
        TEST(refuses_queries),
        TEST(takes_the_whole_name_first),
        TEST(finds_objects_by_name),
        TEST(tells_other_surveys),
        TEST(finds_pictures_as_they_are),
        TEST(asks_for_pictures),
        TEST(stops_by_session),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
