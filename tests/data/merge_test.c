/* merge_test.c - joined sets and their summaries. */
#include "gt_test.h"

#include <sys/stat.h>

#include "galatea/import.h"
#include "summary.h"
#include "temp_folder.h"

enum { SIDE = 3, VALUES = SIDE * SIDE };

static gt_error err;
static const char *const fr[] = {"FRI", "FRII"};
static const char *const other[] = {"FRI", "Compact"};

static gt_dataset_info describe(size_t count) {
    gt_dataset_info info = gt_dataset_info_default();
    info.count = count;
    info.channels = 1;
    info.height = info.width = SIDE;
    info.columns = GT_COLUMN_LABEL | GT_COLUMN_SPLIT | GT_COLUMN_RA | GT_COLUMN_DEC |
                   GT_COLUMN_SIZE | GT_COLUMN_ID;
    info.id_length = 4;
    info.class_names = fr;
    info.class_count = 2;
    info.survey = "FIRST";
    info.collection = "MiraBest Full";
    info.pixel_scale_arcsec = 1.8;
    return info;
}

static void write_set(const char *name, gt_dataset_info info, int start) {
    gt_dataset_writer *writer = NULL;
    assert_ok(gt_dataset_writer_create(in_folder(name), &info, &writer, &err), err);
    for (int r = 0; r < (int)info.count; r++) {
        uint8_t bytes[VALUES];
        float floats[VALUES];
        char id[16];
        for (int i = 0; i < VALUES; i++) floats[i] = bytes[i] = (uint8_t)(start + 10 * r + i);
        snprintf(id, sizeof id, "%d", start + r);
        gt_dataset_row row = {r % 2, (uint8_t)(r % 3), start, -r, 2.5 * r, id, NULL};
        const void *values = info.type == GT_PIXEL_U8 ? (void *)bytes : (void *)floats;
        assert_ok(gt_dataset_writer_append(writer, values, &row, 1, &err), err);
    }
    assert_ok(gt_dataset_writer_commit(writer, &err), err);
}

/* Joins a.h5 and b.h5, whose notes must be these. */
static gt_dataset *merge(const char *expected_notes) {
    gt_dataset *set = NULL;
    char *notes = NULL, a[512], b[512], out[512];
    snprintf(a, sizeof a, "%s", in_folder("a.h5"));
    snprintf(b, sizeof b, "%s", in_folder("b.h5"));
    snprintf(out, sizeof out, "%s", in_folder("out.h5"));
    const char *const paths[] = {a, b};
    assert_ok(gt_dataset_merge(paths, 2, gt_range_undeclared(), NULL, out,
                               "{\"command\": \"merge\"}", NULL, NULL, &notes, &err),
              err);
    for (char *at; (at = strstr(notes, temp_folder));) /* names without the folder */
        memmove(at, at + strlen(temp_folder) + 1, strlen(at + strlen(temp_folder) + 1) + 1);
    assert_string_equal(notes, expected_notes);
    free(notes);
    assert_ok(gt_dataset_open_any(out, &set, &err), err);
    return set;
}

static void rows_follow_each_other(void **state) {
    gt_dataset_info longer = describe(3);
    longer.id_length = 6;
    write_set("a.h5", describe(4), 0);
    write_set("b.h5", longer, 100);
    gt_dataset *set = merge("");
    const gt_dataset_info *info = gt_dataset_describe(set);
    assert_int_equal(info->count, 7);
    assert_int_equal(info->columns, 63);
    assert_int_equal(info->id_length, 6);
    assert_string_equal(info->survey, "FIRST");
    assert_string_equal(info->collection, "MiraBest Full");
    assert_true(info->pixel_scale_arcsec == 1.8);
    assert_string_equal(info->provenance, "{\"command\": \"merge\"}");
    const int32_t *labels;
    const uint8_t *splits;
    const double *ra, *dec, *sizes;
    const char *ids;
    float values[7 * VALUES];
    assert_ok(gt_dataset_labels(set, &labels, &err), err);
    assert_ok(gt_dataset_splits(set, &splits, &err), err);
    assert_ok(gt_dataset_ra(set, &ra, &err), err);
    assert_ok(gt_dataset_dec(set, &dec, &err), err);
    assert_ok(gt_dataset_angular_sizes(set, &sizes, &err), err);
    assert_ok(gt_dataset_ids(set, &ids, &err), err);
    assert_ok(gt_dataset_read(set, 0, 7, values, &err), err);
    for (int row = 0; row < 7; row++) {
        int start = row < 4 ? 0 : 100, r = row < 4 ? row : row - 4;
        assert_int_equal(labels[row] * 10 + splits[row], r % 2 * 10 + r % 3);
        assert_true(ra[row] == start && dec[row] == -r && sizes[row] == 2.5 * r);
        assert_int_equal(atoi(ids + row * 7), start + r);
        for (int i = 0; i < VALUES; i++)
            assert_true(values[row * VALUES + i] == start + 10 * r + i);
    }
    gt_dataset_close(set);
}

static void expect_labels(gt_dataset *set, const int32_t *expected) {
    const int32_t *labels;
    assert_ok(gt_dataset_labels(set, &labels, &err), err);
    for (uint64_t i = 0; i < gt_dataset_describe(set)->count; i++)
        assert_int_equal(labels[i], expected[i]);
}

static void what_differs_is_left_out_with_a_note(void **state) {
    gt_dataset_info b = describe(2);
    b.class_names = other;
    b.columns &= ~(unsigned)GT_COLUMN_RA;
    b.survey = "NVSS";
    b.collection = "FR-DEEP NVSS";
    b.pixel_scale_arcsec = 15;
    write_set("a.h5", describe(2), 0);
    write_set("b.h5", b, 50);
    gt_dataset *set = merge("column 'ra': rows of b.h5 have none\n"
                            "a.h5 and b.h5 have other classes, labels go by their names: FRI 1 "
                            "+ 1, FRII 1 + 0, Compact 0 + 1\n"
                            "collection is left out: a.h5 has MiraBest Full, b.h5 has FR-DEEP "
                            "NVSS\n");
    const gt_dataset_info *info = gt_dataset_describe(set);
    assert_int_equal(info->columns, 63);
    const double *ra;
    assert_ok(gt_dataset_ra(set, &ra, &err), err);
    assert_true(ra[0] == 0 && !isnan(ra[1]) && isnan(ra[2]) && isnan(ra[3]));
    assert_int_equal(info->class_count, 3);
    assert_string_equal(info->class_names[2], "Compact");
    expect_labels(set, (const int32_t[]){0, 1, 0, 2});
    assert_null(info->survey);
    assert_null(info->collection);
    assert_true(isnan(info->pixel_scale_arcsec));
    gt_dataset_close(set);
}

static void classes_go_by_their_names(void **state) {
    static const char *const turned[] = {"FRII", "FRI"};
    gt_dataset_info b = describe(2);
    b.class_names = turned;
    write_set("a.h5", describe(2), 0);
    write_set("b.h5", b, 50);
    gt_dataset *set = merge("a.h5 and b.h5 have other classes, labels go by their names: FRI 1 "
                            "+ 1, FRII 1 + 1\n");
    assert_int_equal(gt_dataset_describe(set)->class_count, 2);
    expect_labels(set, (const int32_t[]){0, 1, 1, 0});
    gt_dataset_close(set);
    b.class_names = NULL;
    b.class_count = 0;
    write_set("b.h5", b, 50);
    set = merge("labels are left out: b.h5 does not name its classes, as a.h5 does\n");
    assert_int_equal(gt_dataset_describe(set)->columns & GT_COLUMN_LABEL, 0);
    assert_int_equal(gt_dataset_describe(set)->class_count, 0);
    gt_dataset_close(set);
}

static void every_fact_that_is_lost_is_told(void **state) {
    gt_dataset_info a = describe(2), b = describe(2);
    a.survey = NULL;
    a.collection = NULL;
    b.bands = "r";
    b.pixel_scale_arcsec = NAN;
    a.preparation = "align=none cut=3 resize=none normalize=none";
    b.preparation = "align=none cut=3 resize=none";
    a.range = (gt_value_range){.low = 0, .high = 2};
    a.unit = "Jy";
    b.model = "vdvae";
    write_set("a.h5", a, 0);
    write_set("b.h5", b, 50);
    gt_dataset_close(merge("collection is left out: a.h5 has none, b.h5 has MiraBest Full\n"
                           "pixel scale is left out: b.h5 does not tell it\n"
                           "normalize is left out: b.h5 does not tell it\n"
                           "range of pixels is left out: b.h5 does not tell it\n"
                           "unit is left out: b.h5 does not tell it\n"
                           "survey is left out: a.h5 does not tell it\n"
                           "list of bands is left out: a.h5 has none, b.h5 has r\n"
                           "model is left out: a.h5 has none, b.h5 has vdvae\n"));
    b.preparation = NULL;
    b.survey = NULL;
    b.pixel_scale_arcsec = a.pixel_scale_arcsec;
    b.range = a.range;
    b.unit = a.unit;
    b.collection = b.bands = b.model = NULL;
    write_set("b.h5", b, 50);
    gt_dataset_close(merge("preparation is left out: b.h5 does not tell it\n"));
}

static void ids_of_two_splits_are_told(void **state) {
    write_set("a.h5", describe(4), 0);
    write_set("b.h5", describe(3), 3); /* its first row has the id of a's last */
    gt_dataset_close(
        merge("ids more than once in a split: 1 (the first: '3' in rows 3 and 4)\n"));
    write_set("b.h5", describe(3), 2);
    gt_dataset_close(
        merge("ids in more than one split: 2 (the first: '2' in row 2, validation, and row 4, "
              "train); a score by objects that were learnt from is worth nothing\n"));
}

static void expect_failure(const char *const *paths, size_t count, const char *out,
                           gt_status status, const char *words) {
    char *notes = NULL;
    int before = entries_in_folder();
    gt_status got = gt_dataset_merge(paths, count, gt_range_undeclared(), NULL, out, NULL, NULL,
                                     NULL, &notes, &err);
    if (got != status || !strstr(err.text, words))
        fail_msg("%s '%s', expected %s '%s'", gt_status_name(got), err.text,
                 gt_status_name(status), words);
    assert_int_equal(entries_in_folder(), before);
}

static void sets_that_do_not_fit_are_refused(void **state) {
    gt_dataset_info floats = describe(2), codes = describe(2), wide = describe(2);
    floats.type = codes.type = GT_PIXEL_F32;
    codes.kind = GT_DATASET_CODES;
    codes.channels = VALUES;
    codes.height = codes.width = 1;
    wide.channels = 3;
    wide.height = 1;
    write_set("a.h5", describe(2), 0);
    write_set("floats.h5", floats, 0);
    write_set("codes.h5", codes, 0);
    write_set("wide.h5", wide, 0);
    const char *others[] = {"floats.h5", "codes.h5", "wide.h5"};
    const char *words[] = {
        "floats.h5 --range LOW:HIGH --pixels uint8 --out SET.h5 makes bytes of floats",
        "codes.h5: codes of 9 x 1 x 1", "wide.h5: images of 3 x 1 x 3 uint8"};
    for (int i = 0; i < 3; i++) {
        const char *const paths[] = {in_folder("a.h5"), in_folder(others[i])};
        expect_failure(paths, 2, in_folder("out.h5"), GT_MISMATCH, words[i]);
    }
    const char *const none[] = {in_folder("a.h5"), in_folder("none.h5")};
    expect_failure(none, 2, in_folder("out.h5"), GT_NOT_FOUND, "none.h5");
    assert_int_equal(symlink(in_folder("a.h5"), in_folder("link.h5")), 0);
    assert_int_equal(link(in_folder("a.h5"), in_folder("hard.h5")), 0);
    const char *targets[] = {"a.h5", "link.h5", "hard.h5"};
    for (int i = 0; i < 3; i++) {
        const char *const paths[] = {in_folder("wide.h5"), in_folder("a.h5")};
        expect_failure(paths, 2, in_folder(targets[i]), GT_BAD_ARGUMENT,
                       "a.h5 is both an input and the output");
    }
}

static gt_summary summarise(const char *name) {
    gt_summary summary;
    const gt_source_request request = {.path = in_folder(name)};
    assert_ok(gt_summary_read("hdf5", &request, NULL, NULL, &summary, &err), err);
    return summary;
}

static void summaries_count_everything(void **state) {
    gt_dataset_info info = describe(5);
    info.provenance = "{}";
    write_set("a.h5", info, 0);
    gt_summary s = summarise("a.h5");
    double sum = 0, squares = 0;
    for (int r = 0; r < 5; r++)
        for (int i = 0; i < VALUES; i++) {
            sum += 10 * r + i;
            squares += (10 * r + i) * (10 * r + i);
        }
    double mean = sum / (5 * VALUES);
    assert_int_equal(s.count, 5);
    assert_string_equal(s.type, "uint8");
    assert_true(s.least == 0 && s.most == 48);
    assert_near(s.mean, mean, 1e-12);
    assert_near(s.deviation, sqrt(squares / (5 * VALUES) - mean * mean), 1e-12);
    assert_int_equal(s.class_count, 2);
    assert_string_equal(s.class_names[1], "FRII");
    assert_int_equal(s.class_rows[0] * 10 + s.class_rows[1], 32);
    assert_int_equal(s.split_rows[0] * 100 + s.split_rows[1] * 10 + s.split_rows[2], 221);
    assert_string_equal(s.survey, "FIRST");
    assert_string_equal(s.collection, "MiraBest Full");
    assert_string_equal(s.provenance, "{}");
    assert_int_equal(s.bad_pictures + s.constant_pictures + s.unlabelled, 0);
    assert_false(s.is_codes || s.has_other_sizes);
    gt_summary_destroy(&s);
    gt_summary_destroy(&s); /* empty now */
}

static void summaries_see_what_is_wrong(void **state) {
    gt_dataset_writer *writer = NULL;
    gt_dataset_info info = describe(4);
    info.type = GT_PIXEL_F32;
    info.class_names = NULL;
    info.class_count = 0;
    const float pictures[4][VALUES] = {{1, 2, 3, 4, 5, 6, 7, 8, 9},
                                       {NAN, INFINITY, -1e20f, 4, 4, 4, 4, 4, 4},
                                       {5, 5, 5, 5, 5, 5, 5, 5, 5},
                                       {NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN}};
    const gt_dataset_row rows[] = {{.label = 2, .id = "a"},
                                   {.label = -1, .id = "b"},
                                   {.label = 0, .id = "c"},
                                   {.label = 2, .id = "d"}};
    assert_ok(gt_dataset_writer_create(in_folder("a.h5"), &info, &writer, &err), err);
    assert_ok(gt_dataset_writer_append(writer, pictures, rows, 4, &err), err);
    assert_ok(gt_dataset_writer_commit(writer, &err), err);
    gt_summary s = summarise("a.h5");
    assert_int_equal(s.faults.nan * 100 + s.faults.infinite * 10 + s.faults.huge, 1011);
    assert_int_equal(s.bad_pictures, 2);
    assert_string_equal(s.first_bad, "'b'");
    assert_int_equal(s.constant_pictures, 1);
    assert_string_equal(s.first_constant, "'c'");
    assert_true(s.least == 1 && s.most == 9);
    assert_near(s.mean, (45 + 6 * 4 + 9 * 5) / 24.0, 1e-12);
    assert_int_equal(s.class_count, 2); /* those that are there, called by their numbers */
    assert_string_equal(s.class_names[1], "2");
    assert_int_equal(s.class_rows[0] * 10 + s.class_rows[1], 12);
    assert_int_equal(s.unlabelled, 1);
    gt_summary_destroy(&s);
}

/* A set whose pixels leave the range that it declares is refused, as everywhere. */
static void declared_ranges_hold(void **state) {
    gt_dataset_info info = describe(4);
    char path[512], out[512];
    info.type = GT_PIXEL_F32;
    info.range = (gt_value_range){0, 37};
    write_set("beyond.h5", info, 0);
    snprintf(path, sizeof path, "%s", in_folder("beyond.h5"));
    snprintf(out, sizeof out, "%s", in_folder("refused.h5"));
    expect_failure((const char *const[]){path}, 1, out, GT_BAD_ARGUMENT,
                   "beyond.h5, row 3: a pixel is 38, expected 0 to 37, which the set declares");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(rows_follow_each_other),
        TEST(classes_go_by_their_names),
        TEST(every_fact_that_is_lost_is_told),
        TEST(what_differs_is_left_out_with_a_note),
        TEST(ids_of_two_splits_are_told),
        TEST(sets_that_do_not_fit_are_refused),
        TEST(summaries_count_everything),
        TEST(summaries_see_what_is_wrong),
        TEST(declared_ranges_hold),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
