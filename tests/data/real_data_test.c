/* real_data_test.c - the published MiraBest and FR-DEEP files give the papers' sets. */
#include "gt_test.h"

#include "galatea/import.h"
#include "real_data.h"
#include "temp_folder.h"

static gt_error err;
static gt_import_report report;

static gt_dataset *import(gt_import_settings settings, const char *path) {
    gt_dataset *set = NULL;
    settings.out = in_folder("out.h5");
    assert_ok(gt_import_run(&settings, path, NULL, NULL, NULL, &report, &err), err);
    assert_ok(gt_dataset_open(in_folder("out.h5"), &set, &err), err);
    return set;
}

/* Rows of one split and class. */
static int count_rows(gt_dataset *set, int split, int label) {
    const int32_t *labels;
    const uint8_t *splits;
    int count = 0;
    assert_ok(gt_dataset_labels(set, &labels, &err), err);
    assert_ok(gt_dataset_splits(set, &splits, &err), err);
    for (uint64_t i = 0; i < gt_dataset_describe(set)->count; i++)
        count += labels[i] == label && splits[i] == split;
    return count;
}

static void mirabest_confident_is_the_papers(void **state) {
    gt_import_settings settings = gt_import_settings_default();
    settings.format = "mirabest";
    settings.subset = "confident";
    settings.size = 64;
    gt_dataset *set = import(settings, real_data("original/MiraBest_F_batches.tar.gz"));
    const gt_dataset_info *info = gt_dataset_describe(set);
    assert_int_equal(info->count, 729 + 104);
    assert_int_equal(info->height, 64);
    assert_int_equal(info->type, GT_PIXEL_U8);
    assert_int_equal(count_rows(set, GT_SPLIT_TRAIN, 0), 348);
    assert_int_equal(count_rows(set, GT_SPLIT_TRAIN, 1), 381);
    assert_int_equal(count_rows(set, GT_SPLIT_TEST, 0), 49);
    assert_int_equal(count_rows(set, GT_SPLIT_TEST, 1), 55);
    const double *ra, *dec, *sizes;
    assert_ok(gt_dataset_ra(set, &ra, &err), err);
    assert_ok(gt_dataset_dec(set, &dec, &err), err);
    assert_ok(gt_dataset_angular_sizes(set, &sizes, &err), err);
    for (uint64_t i = 0; i < info->count; i++)
        assert_true(ra[i] >= 0 && ra[i] < 360 && fabs(dec[i]) < 90 && sizes[i] > 0);
    gt_dataset_close(set);
}

/* Row for row what the same pictures give as chunked HDF5. */
static void mirabest_equals_its_hdf5_copy(void **state) {
    enum { PIXELS = 150 * 150 };
    static float a[PIXELS], b[PIXELS];
    gt_import_settings settings = gt_import_settings_default();
    gt_dataset *first = NULL, *second = NULL;
    const char *archive = real_data("original/MiraBest_F_batches.tar.gz");
    const char *copy = real_data("mirabest_full.h5");
    settings.format = "mirabest";
    gt_dataset_close(import(settings, archive));
    assert_int_equal(rename(in_folder("out.h5"), in_folder("archive.h5")), 0);
    settings.format = "hdf5";
    second = import(settings, copy);
    assert_ok(gt_dataset_open(in_folder("archive.h5"), &first, &err), err);
    const gt_dataset_info *x = gt_dataset_describe(first), *y = gt_dataset_describe(second);
    const char *ids, *other_ids;
    const int32_t *labels, *other_labels;
    assert_int_equal(x->count, 1256);
    assert_int_equal(y->count, 1256);
    assert_int_equal(x->class_count, 10);
    for (size_t i = 0; i < 10; i++) assert_string_equal(x->class_names[i], y->class_names[i]);
    assert_ok(gt_dataset_ids(first, &ids, &err), err);
    assert_ok(gt_dataset_ids(second, &other_ids, &err), err);
    assert_ok(gt_dataset_labels(first, &labels, &err), err);
    assert_ok(gt_dataset_labels(second, &other_labels, &err), err);
    for (uint64_t i = 0; i < x->count; i++) {
        assert_string_equal(ids + i * (x->id_length + 1), other_ids + i * (y->id_length + 1));
        assert_int_equal(labels[i], other_labels[i]);
        assert_ok(gt_dataset_read(first, i, 1, a, &err), err);
        assert_ok(gt_dataset_read(second, i, 1, b, &err), err);
        assert_memory_equal(a, b, sizeof a);
    }
    gt_dataset_close(first);
    gt_dataset_close(second);
}

static void frdeep_is_the_papers(void **state) {
    const char *archives[] = {"original/NVSS_PNG_dataset.tar.gz",
                              "original/FIRST_PNG_dataset.tar.gz"};
    const double scales[] = {15, 1.8};
    for (int i = 0; i < 2; i++) {
        gt_import_settings settings = gt_import_settings_default();
        settings.format = "frdeep";
        settings.size = 64;
        gt_dataset *set = import(settings, real_data(archives[i]));
        const gt_dataset_info *info = gt_dataset_describe(set);
        assert_int_equal(info->count, 600);
        assert_true(info->pixel_scale_arcsec == scales[i]);
        assert_int_equal(count_rows(set, GT_SPLIT_TRAIN, 0), 11 * 22);
        assert_int_equal(count_rows(set, GT_SPLIT_TRAIN, 1), 11 * 28);
        assert_int_equal(count_rows(set, GT_SPLIT_TEST, 0), 22);
        assert_int_equal(count_rows(set, GT_SPLIT_TEST, 1), 28);
        const int32_t *labels;
        assert_ok(gt_dataset_labels(set, &labels, &err), err);
        for (int batch = 0; batch < 12; batch++) {
            int second_class = 0;
            for (int r = 0; r < 50; r++) second_class += labels[50 * batch + r];
            assert_int_equal(second_class, 28);
        }
        gt_dataset_close(set);
    }
}

/* The older two-class archive is not taken for the ten-class one. */
static void the_basic_archive_is_refused_as_mirabest(void **state) {
    gt_import_settings settings = gt_import_settings_default();
    settings.format = "mirabest";
    settings.out = in_folder("out.h5");
    const char *path = real_data("original/MiraBest_basic_batches.tar.gz");
    assert_int_equal(gt_import_run(&settings, path, NULL, NULL, NULL, &report, &err),
                     GT_MISMATCH);
    assert_non_null(strstr(err.text, "2 classes that are not those of MiraBest_F_batches"));
}

/* The 2,443 FIRST sources without a MiraBest test source among them. */
static void the_unlabelled_set_has_2443_sources(void **state) {
    gt_import_settings settings = gt_import_settings_default();
    settings.format = "hdf5";
    settings.crop = 150;
    settings.size = 64;
    settings.where = "mirabest!=2";
    gt_dataset_close(import(settings, real_data("first_curated.h5")));
    assert_int_equal(report.written, 2057);
    assert_int_equal(report.constant_pictures, 1);
    assert_int_equal(rename(in_folder("out.h5"), in_folder("a.h5")), 0);
    settings.where = "split=0,in_first_curated=0";
    gt_dataset_close(import(settings, real_data("mirabest_full.h5")));
    assert_int_equal(report.written, 386);
    assert_int_equal(rename(in_folder("out.h5"), in_folder("b.h5")), 0);
    const char *const paths[] = {in_folder("a.h5"), in_folder("b.h5")};
    char *notes = NULL;
    gt_dataset *set = NULL;
    assert_ok(gt_dataset_merge(paths, 2, gt_range_undeclared(), NULL, in_folder("all.h5"), NULL,
                               NULL, NULL, &notes, &err),
              err);
    assert_non_null(strstr(notes, "have other classes, labels go by their names"));
    free(notes);
    assert_ok(gt_dataset_open(in_folder("all.h5"), &set, &err), err);
    assert_int_equal(gt_dataset_describe(set)->count, 2443);
    assert_int_equal(gt_dataset_describe(set)->height, 64);
    assert_near(gt_dataset_describe(set)->pixel_scale_arcsec, 1.8 * 150 / 64, 1e-12);
    gt_dataset_close(set);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(mirabest_confident_is_the_papers),
        TEST(mirabest_equals_its_hdf5_copy),
        TEST(frdeep_is_the_papers),
        TEST(the_basic_archive_is_refused_as_mirabest),
        TEST(the_unlabelled_set_has_2443_sources),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
