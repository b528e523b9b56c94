/* What pictures remember of how they were taken, compared, joined and handed on. */
#include "gt_test.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "galatea/imaging.h"

/* Undeclared. */
#define NO_RANGE \
    { NAN, NAN }

static const char plain[] = "align=none cut=64 resize=none normalize=none";
static const char turned[] = "align=principal cut=150 resize=64 normalize=asinh:0.1";

static void differ(gt_imaging a, gt_imaging b, const char *expected) {
    char text[GT_IMAGING_ROOM] = "";
    bool is_other = gt_imaging_compare(&a, &b, text);
    assert_int_equal(is_other, *expected != 0);
    assert_int_equal(gt_imaging_compare(&a, &b, NULL), is_other);
    if (is_other) assert_string_equal(text, expected);
}

static void differences_are_named(void **state) {
    gt_imaging nothing = gt_imaging_unknown();
    gt_imaging first = {"FIRST (VLA, 1.4 GHz)", 1.8, plain, NULL, NO_RANGE};
    differ(nothing, nothing, "");
    differ(first, nothing, "");
    differ(nothing, first, "");
    differ(first, first, "");
    differ((gt_imaging){"first", 1.801, NULL, NULL, NO_RANGE}, first, "");
    differ((gt_imaging){NULL, INFINITY, "smoothed by hand", NULL, NO_RANGE}, first, "");
    differ((gt_imaging){NULL, 0, NULL, NULL, NO_RANGE}, first, "");
    differ((gt_imaging){"FIRST", 4.21875, NULL, NULL, NO_RANGE}, first,
           "pixel scale (4.21875 and 1.8 arcsec)");
    differ((gt_imaging){"NVSS", 15, NULL, NULL, NO_RANGE}, first,
           "survey (NVSS and FIRST (VLA, 1.4 GHz)), pixel scale (15 and 1.8 arcsec)");
    differ((gt_imaging){NULL, NAN, turned, NULL, NO_RANGE}, first,
           "align (principal and none), cut (150 and 64), resize (64 and none), "
           "normalize (asinh:0.1 and none)");
    differ((gt_imaging){NULL, NAN, "align=none normalize=minmax", NULL, NO_RANGE}, first,
           "normalize (minmax and none)");
    differ((gt_imaging){NULL, NAN, NULL, "FIRST", NO_RANGE},
           (gt_imaging){NULL, NAN, NULL, "NVSS", NO_RANGE},
           "what their networks learned from (FIRST and NVSS)");
    differ((gt_imaging){NULL, NAN, NULL, NULL, NO_RANGE, NULL, "g,r,i"},
           (gt_imaging){NULL, NAN, NULL, NULL, NO_RANGE, NULL, "g,r,z"},
           "bands (g,r,i and g,r,z)");
}

/* Codes, and gray pictures, have no bands of the three that their network saw. */
static void bands_go_where_there_are_as_many_channels(void **state) {
    gt_dataset_info info = gt_dataset_info_default();
    const gt_imaging gri = {NULL, NAN, NULL, NULL, NO_RANGE, NULL, "g,r,i"};
    for (size_t channels = 1; channels <= 4; channels++) {
        info.channels = channels;
        gt_imaging_put(&gri, &info);
        assert_int_equal(info.bands != NULL, channels == 3);
    }
    info.channels = 3;
    gt_imaging_put(&gri, &info);
    assert_string_equal(gt_imaging_of(&info).bands, "g,r,i");
}

static void long_texts_are_cut(void **state) {
    char name[5000], text[GT_IMAGING_ROOM];
    memset(name, 'x', sizeof name - 1);
    name[sizeof name - 1] = 0;
    gt_imaging a = {name, 1, name, name, NO_RANGE}, b = {"y", 2, "align=none", "z", NO_RANGE};
    assert_true(gt_imaging_compare(&a, &b, text));
    assert_true(strlen(text) < GT_IMAGING_ROOM);
    gt_imaging_text(&a, text);
    assert_true(strlen(text) < GT_IMAGING_ROOM);
}

static void what_agrees_is_kept(void **state) {
    char preparation[GT_PREPARATION_ROOM], text[GT_IMAGING_ROOM];
    gt_imaging a = {"FIRST (VLA)", 1.8, plain, "X", NO_RANGE},
               b = {"FIRST", 1.8, turned, NULL, NO_RANGE};
    gt_imaging_agree(&a, &(gt_imaging){"FIRST", 1.8, plain, "X", NO_RANGE}, preparation);
    gt_imaging_text(&a, text);
    assert_string_equal(text, "FIRST (VLA), 1.8 arcsec per pixel, align none, cut 64, "
                              "resize none, normalize none");
    gt_imaging_agree(&a, &b, preparation);
    assert_string_equal(a.survey, "FIRST (VLA)");
    assert_null(a.preparation);
    assert_null(a.learned_from);
    b.preparation = "align=none cut=150 resize=64 normalize=none";
    b.pixel_scale_arcsec = 4.2;
    a.preparation = plain;
    gt_imaging_agree(&a, &b, preparation);
    assert_true(isnan(a.pixel_scale_arcsec));
    assert_string_equal(a.preparation, "align=none normalize=none");
}

static void steps_add_up(void **state) {
    char out[GT_PREPARATION_ROOM];
    gt_imaging_prepare(NULL, turned, out);
    assert_string_equal(out, turned);
    gt_imaging_prepare(turned, "align=none cut=64 resize=none normalize=none", out);
    assert_string_equal(out, turned);
    gt_imaging_prepare(turned, "align=principal cut=32 resize=none normalize=none", out);
    assert_string_equal(out, "align=principal+principal cut=75 resize=32 normalize=asinh:0.1");
    gt_imaging_prepare(plain, "align=principal cut=40 resize=20 normalize=minmax", out);
    assert_string_equal(out, "align=principal cut=40 resize=20 normalize=minmax");
    gt_imaging_prepare(plain, "align=none cut=64x40 resize=none normalize=minmax", out);
    assert_string_equal(out, "align=none normalize=minmax");
    gt_imaging_prepare("align=none", turned, out);
    assert_string_equal(out, "align=principal");
    gt_imaging_prepare("seen through fog", turned, out);
    assert_string_equal(out, "");
}

/* ---- names and texts ---- */

typedef struct pairs {
    char text[8][2][64];
    size_t count;
} pairs;

static gt_status put(void *user, const char *name, const char *text, gt_error *err) {
    pairs *p = user;
    snprintf(p->text[p->count][0], 64, "%s", name);
    snprintf(p->text[p->count++][1], 64, "%s", text);
    return GT_OK;
}

static const char *get(const void *user, const char *name) {
    const pairs *p = user;
    for (size_t i = 0; i < p->count; i++)
        if (strcmp(p->text[i][0], name) == 0) return p->text[i][1];
    return NULL;
}

static void facts_survive_a_file(void **state) {
    gt_error err;
    pairs kept = {.count = 0}, none = {.count = 0};
    const gt_imaging facts = {"NVSS", 1.0 / 3, plain, "X", NO_RANGE, NULL, "g,r,i"},
                     nothing = gt_imaging_unknown();
    gt_imaging copy;
    assert_ok(gt_imaging_save(&facts, put, &kept, &err), err);
    gt_imaging back = gt_imaging_load(get, &kept);
    assert_ok(gt_imaging_copy(&back, &copy, &err), err);
    assert_string_equal(copy.survey, "NVSS");
    assert_true(copy.pixel_scale_arcsec == 1.0 / 3);
    assert_string_equal(copy.preparation, plain);
    assert_string_equal(copy.learned_from, "X");
    assert_string_equal(copy.bands, "g,r,i");
    gt_imaging_free(&copy);
    assert_null(copy.survey);
    assert_ok(gt_imaging_save(&nothing, put, &none, &err), err);
    assert_int_equal(none.count, 0);
    back = gt_imaging_load(get, &none);
    assert_true(isnan(back.pixel_scale_arcsec) && !back.survey && !back.preparation);
    snprintf(kept.text[1][1], 64, "wide");
    assert_true(isnan(gt_imaging_load(get, &kept).pixel_scale_arcsec));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bands_go_where_there_are_as_many_channels),
        cmocka_unit_test(differences_are_named),
        cmocka_unit_test(long_texts_are_cut),
        cmocka_unit_test(what_agrees_is_kept),
        cmocka_unit_test(steps_add_up),
        cmocka_unit_test(facts_survive_a_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
