/* How far pixels are from flux, by what a set says of them; and rows that conditions leave. */
#include "flux.h"

#include "study_pictures.h"
#include "where.h"

/* ---- flux ---- */

typedef struct said {
    gt_pixel_type type;
    gt_value_range range;
    const char *preparation;
    double value, flux; /* of a pixel as it is stored, after the curve is undone: 0..1 */
    bool is_lost;
    const char *name;
} said;

static void curves_are_undone_and_cuts_are_told(void **state) {
    const gt_value_range none = {NAN, NAN}, log_ = {-1, 9, {GT_CURVE_LOG, 1000}},
                         plain = {0, 5};
    const double half = sinh(0.5 * asinh(10)) / 10;
    const said cases[] = {
        {GT_PIXEL_U8, none, NULL, 0, 0, false, ""},
        {GT_PIXEL_U8, plain, "align=none normalize=minmax", 0, 0, false, ""},
        {GT_PIXEL_U8, none, "normalize=asinh:10", 127.5, half, false, "asinh:10"},
        {GT_PIXEL_F32, none, "cut=64 normalize=asinh:10/1", 0.5, half, false, "asinh:10"},
        {GT_PIXEL_F32, none, "normalize=none+asinh:10/1", 0.5, half, false, "asinh:10"},
        {GT_PIXEL_U8, log_, NULL, 127.5, expm1(0.5 * log(1001)) / 1000, false, "log:1000"},
        {GT_PIXEL_F32, log_, NULL, 0, 0, false, ""}, /* floats lie before their curve */
        {GT_PIXEL_F32, none, "normalize=sigma-clip:3/1", 0, 0, true, "sigma-clip:3"},
        {GT_PIXEL_U8, none, "normalize=lupton:8:0.2", 0, 0, true, "lupton:8:0.2"},
        {GT_PIXEL_U8, none, "normalize=zscale:0.25", 0, 0, true, "zscale:0.25"},
        {GT_PIXEL_U8, none, "normalize=minmax+asinh:10", 0, 0, true, "asinh:10"},
        {GT_PIXEL_U8, log_, "normalize=percentile:1:99", 0, 0, true, "percentile:1:99"},
        {GT_PIXEL_U8, none, "normalize=asinh:x", 0, 0, true, "asinh:x"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const said *s = &cases[i];
        gt_dataset_info info = gt_dataset_info_default();
        info.type = s->type, info.range = s->range, info.preparation = s->preparation;
        const gt_flux flux = gt_flux_of(&info);
        assert_string_equal(flux.name, s->name);
        assert_int_equal(flux.is_lost, s->is_lost);
        assert_int_equal(flux.curve.curve != GT_CURVE_LINEAR, s->value > 0);
        if (s->value > 0)
            assert_near(gt_stretch_undo(flux.curve, s->value / flux.white), s->flux, 1e-12);
    }
}

/* ---- rows ---- */

/* Marks that are there stay; a set is asked as an import asks its source. */
static void conditions_leave_rows(void **state) {
    enum { ROWS = 8 };
    gt_error err;
    gt_dataset *set = NULL;
    bool marks[ROWS] = {[6] = true};
    const char *path = make_picture_set((made_pictures){.name = "s.h5", .rows = ROWS});
    assert_ok(gt_dataset_open(path, &set, &err), err);
    assert_ok(gt_where_leave_out(set, NULL, marks, &err), err);
    for (int i = 0; i < ROWS; i++) assert_int_equal(marks[i], i == 6);
    assert_ok(gt_where_leave_out(set, "split!=test", marks, &err), err);
    for (int i = 0; i < ROWS; i++) assert_int_equal(marks[i], i % 4 == 3 || i == 6);
    assert_int_equal(gt_where_leave_out(set, "redshift>1", marks, &err), GT_USAGE);
    assert_has(err.text, "no column 'redshift'");
    assert_int_equal(gt_where_leave_out(set, "split", marks, &err), GT_USAGE);
    gt_dataset_close(set);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(curves_are_undone_and_cuts_are_told),
        TEST(conditions_leave_rows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
