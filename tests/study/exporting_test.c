/* exporting_test.c - which rows of a set become files, and what these hold. */
#include "exporting.h"

#include "study_pictures.h"

static gt_error err;

static gt_export_settings settings_for(const char *out) {
    return (gt_export_settings){.out = out, .single = "none", .split = "any"};
}

static gt_status export(const char *set, const gt_export_settings *settings, uint64_t *count) {
    gt_invocation asked;
    gt_context context = make_context(&asked, "error");
    gt_status status = gt_export_write(&context, set, settings, count, &err);
    end_context(&context);
    return status;
}

/* The ids and pixels of a set are those of the pictures with these numbers. */
static void expect_rows(const char *path, const uint64_t *rows, size_t count) {
    gt_dataset *set = NULL;
    float levels[PICTURE_VALUES], pixels[PICTURE_VALUES];
    const char *ids;
    assert_ok(gt_dataset_open(path, &set, &err), err);
    const gt_dataset_info *info = gt_dataset_describe(set);
    assert_int_equal(info->count, count);
    assert_string_equal(info->survey, "FIRST");
    assert_ok(gt_dataset_ids(set, &ids, &err), err);
    for (size_t i = 0; i < count; i++) {
        assert_string_equal(ids + i * (info->id_length + 1), picture_row(rows[i]).id);
        picture(rows[i], PICTURE_SIDE, levels);
        assert_ok(gt_dataset_read(set, i, 1, pixels, &err), err);
        assert_memory_equal(pixels, levels, sizeof levels);
    }
    gt_dataset_close(set);
}

static void takes_the_rows_that_are_asked_for(void **state) {
    static const uint64_t all[] = {0, 1, 2, 3, 4, 5, 6, 7}, test[] = {3, 7}, list[] = {6, 2, 3};
    uint64_t count = 0;
    (void)state;
    const char *set =
        make_picture_set((made_pictures){.name = "s.h5", .rows = 8, .survey = "FIRST"});
    gt_export_settings settings = settings_for(kept_path("a.h5"));
    assert_ok(export(set, &settings, &count), err);
    assert_int_equal(count, 8);
    expect_rows(settings.out, all, 8);
    settings.split = "test";
    assert_ok(export(set, &settings, &count), err);
    expect_rows(settings.out, test, 2);
    settings.count = 1;
    assert_ok(export(set, &settings, &count), err);
    expect_rows(settings.out, test, 1);
    settings.count = 1, settings.split = "any", settings.where = "split=test,id!=''";
    assert_ok(export(set, &settings, &count), err);
    expect_rows(settings.out, test, 1);
    settings.where = "id=nobody";
    assert_int_equal(export(set, &settings, &count), GT_BAD_ARGUMENT);
    assert_has(err.text, "none of 8 rows has id=nobody");
    settings.where = "z>1";
    assert_int_equal(export(set, &settings, &count), GT_USAGE);
    settings.rows = "6,2-3";
    assert_ok(export(set, &settings, &count), err);
    expect_rows(settings.out, list, 3);
}

/* Floats are values as they are stored, with a header of 128 bytes before them. */
static void arrays_hold_values(void **state) {
    uint64_t count = 0;
    float levels[PICTURE_VALUES], pixels[PICTURE_VALUES];
    const gt_value_range range = {-1, 3};
    (void)state;
    const char *set = make_picture_set(
        (made_pictures){.name = "f.h5", .rows = 4, .is_float = true, .range = range});
    gt_export_settings settings = settings_for(kept_path("a.npy"));
    settings.rows = "2";
    assert_ok(export(set, &settings, &count), err);
    FILE *file = fopen(settings.out, "rb");
    assert_int_equal(fseek(file, 128, SEEK_SET), 0);
    assert_int_equal(fread(pixels, sizeof *pixels, PICTURE_VALUES, file), PICTURE_VALUES);
    assert_int_equal(fgetc(file), EOF);
    fclose(file);
    picture(2, PICTURE_SIDE, levels);
    gt_range_to_values(range, PICTURE_VALUES, levels);
    assert_memory_equal(pixels, levels, sizeof levels);
}

static void refuse(const char *set, gt_export_settings settings, gt_status expected,
                   const char *words) {
    uint64_t count;
    gt_status got = export(set, &settings, &count);
    if (got != expected || !strstr(err.text, words))
        fail_msg("'%s', not '%s'", err.text, words);
}

static void refuses(void **state) {
    (void)state;
    const char *set = make_picture_set((made_pictures){.name = "s.h5", .rows = 4});
    const char *bare =
        make_picture_set((made_pictures){.name = "b.h5", .rows = 4, .is_bare = true});
    gt_export_settings settings = settings_for(kept_path("a"));
    refuse(set, settings, GT_USAGE, "its name must end in .fits, .npy, .npz or .h5");
    settings.out = kept_path("a.fits");
    refuse("none.h5", settings, GT_NOT_FOUND, "none.h5");
    settings.split = "test";
    refuse(bare, settings, GT_NOT_FOUND, "split");
    settings.rows = "4";
    refuse(set, settings, GT_BAD_ARGUMENT, "has 4 rows");
    settings.rows = "x";
    refuse(set, settings, GT_USAGE, "rows");
    settings.rows = NULL, settings.split = "any", settings.single = "png";
    refuse(set, settings, GT_USAGE, "its name must have no ending");
    settings.out = kept_path("b.h5/a"), settings.single = "fits";
    refuse(set, settings, GT_NOT_FOUND, "making the folder");
    assert_int_equal(entries_in_folder(), 2); /* the two sets */
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(takes_the_rows_that_are_asked_for),
        TEST(arrays_hold_values),
        TEST(refuses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
