/* Sets that do not belong together: each fact alone, what is told, refused or passed over, and
 * how it is said of several. */
#include "mismatch.h"

#include "study_pictures.h"

static gt_imaging known(void) {
    gt_imaging imaging = gt_imaging_unknown();
    imaging.survey = "FIRST";
    imaging.pixel_scale_arcsec = 1.8;
    imaging.preparation = "align=none cut=3 resize=none normalize=minmax";
    imaging.range = (gt_value_range){-1, 3};
    imaging.learned_from = "FIRST, 1.8 arcsec per pixel";
    return imaging;
}

/* What becomes of `first` and one other; what was said is in `remarks`. */
static gt_status check(const char *says, const gt_imaging *first, const gt_imaging *other,
                       const char *effect, gt_error *err) {
    gt_invocation asked;
    gt_context context = make_context(&asked, says);
    const gt_sight a = {"first.h5", *first}, b = {"other.h5", *other};
    remarks_begin();
    gt_status status = gt_mismatch_check(&context, &a, &b, 1, effect, err);
    gt_log_to(NULL, NULL);
    end_context(&context);
    return status;
}

/* A fact that only one of them states. */
enum { SURVEY, SCALE, ALIGN, CUT, RESIZE, NORMALIZE, RANGE, LEARNED, FACTS };

static gt_imaging changed(int fact) {
    static const char *const preparations[] = {
        [ALIGN] = "align=principal cut=3 resize=none normalize=minmax",
        [CUT] = "align=none cut=5 resize=none normalize=minmax",
        [RESIZE] = "align=none cut=3 resize=64 normalize=minmax",
        [NORMALIZE] = "align=none cut=3 resize=none normalize=none"};
    gt_imaging imaging = known();
    if (fact == SURVEY) imaging.survey = "NVSS";
    if (fact == SCALE) imaging.pixel_scale_arcsec = 5;
    if (fact >= ALIGN && fact <= NORMALIZE) imaging.preparation = preparations[fact];
    if (fact == RANGE) imaging.range.high = 4;
    if (fact == LEARNED) imaging.learned_from = "NVSS";
    return imaging;
}

static const char *const said[FACTS] = {"survey (NVSS and FIRST)",
                                        "pixel scale (5 and 1.8 arcsec)",
                                        "align (principal and none)",
                                        "cut (5 and 3)",
                                        "resize (64 and none)",
                                        "normalize (none and minmax)",
                                        "range of pixels (-1:4 and -1:3)",
                                        "what their networks learned from (NVSS and FIRST, 1.8 "
                                        "arcsec per pixel)"};

/* One fact at a time, and nothing else in the sentence. */
static void tells_each_fact(void **state) {
    (void)state;
    for (int fact = 0; fact < FACTS; fact++) {
        gt_error err = {0};
        char sentence[600];
        const gt_imaging first = known(), other = changed(fact);
        snprintf(sentence, sizeof sentence, "other.h5 and first.h5 differ in %s, so beware\n",
                 said[fact]);
        assert_ok(check("tell", &first, &other, ", so beware", &err), err);
        assert_string_equal(remarks, sentence);
        assert_ok(check("ignore", &first, &other, "", &err), err);
        assert_string_equal(remarks, "");
        snprintf(sentence, sizeof sentence,
                 "other.h5 and first.h5 differ in %s, which mismatch error does not allow",
                 said[fact]);
        assert_int_equal(check("error", &first, &other, ", so beware", &err), GT_MISMATCH);
        assert_string_equal(err.text, sentence);
        assert_string_equal(remarks, "");
    }
}

/* What one of the two does not state is no difference. */
static void unknown_is_no_difference(void **state) {
    gt_error err = {0};
    const gt_imaging first = known(), nothing = gt_imaging_unknown();
    (void)state;
    assert_ok(check("error", &first, &nothing, "", &err), err);
    assert_ok(check("error", &nothing, &first, "", &err), err);
    assert_ok(check("error", &first, &first, "", &err), err);
    gt_imaging other = known();
    other.survey = NULL;
    other.pixel_scale_arcsec = NAN;
    other.preparation = "align=none";
    other.range = gt_range_undeclared();
    other.learned_from = NULL;
    assert_ok(check("error", &first, &other, "", &err), err);
}

/* Nor are other ways to write the same. */
static void other_spellings_are_no_difference(void **state) {
    gt_error err = {0};
    const gt_imaging first = known();
    gt_imaging other = known();
    (void)state;
    other.survey = "First (VLA, 1.4 GHz)";
    other.pixel_scale_arcsec = 1.8 * 1.009;
    other.preparation = "normalize=minmax  cut=3 align=none resize=none";
    assert_ok(check("error", &first, &other, "", &err), err);
    other.pixel_scale_arcsec = 1.8 * 1.011;
    assert_int_equal(check("error", &first, &other, "", &err), GT_MISMATCH);
    other = known();
    other.survey = "FIRST2";
    assert_int_equal(check("error", &first, &other, "", &err), GT_MISMATCH);
}

/* Several facts stand in one sentence, in their order. */
static void tells_several_facts(void **state) {
    gt_error err = {0};
    const gt_imaging first = known();
    gt_imaging other = changed(SURVEY);
    (void)state;
    other.pixel_scale_arcsec = 5;
    other.range.low = 0;
    assert_ok(check("tell", &first, &other, "", &err), err);
    assert_string_equal(remarks,
                        "other.h5 and first.h5 differ in survey (NVSS and FIRST), pixel scale "
                        "(5 and 1.8 arcsec), range of pixels (0:3 and -1:3)\n");
}

/* Of several each that differs is named, with what it differs in. */
static void names_further_ones(void **state) {
    gt_error err = {0};
    gt_invocation asked;
    gt_context context = make_context(&asked, "tell");
    const gt_sight first = {"first.h5", known()};
    const gt_sight others[] = {{"same.h5", known()},
                               {"scale.h5", changed(SCALE)},
                               {"survey.h5", changed(SURVEY)},
                               {"same again.h5", known()},
                               {"cut.h5", changed(CUT)}};
    (void)state;
    remarks_begin();
    assert_ok(gt_mismatch_check(&context, &first, others, 5, "", &err), err);
    assert_string_equal(remarks,
                        "scale.h5 and first.h5 differ in pixel scale (5 and 1.8 arcsec); "
                        "survey.h5 in survey (NVSS and FIRST); cut.h5 in cut (5 and 3)\n");
    remarks_begin();
    assert_ok(gt_mismatch_check(&context, &first, others, 2, "", &err), err);
    assert_string_equal(remarks,
                        "scale.h5 and first.h5 differ in pixel scale (5 and 1.8 arcsec)\n");
    remarks_begin();
    assert_ok(gt_mismatch_check(&context, &first, others, 1, "", &err), err);
    assert_ok(gt_mismatch_check(&context, &first, NULL, 0, "", &err), err);
    assert_string_equal(remarks, "");
    gt_log_to(NULL, NULL);
    end_context(&context);
}

/* Those that there is no room for are counted. */
static void counts_what_is_too_long(void **state) {
    gt_error err = {0};
    gt_invocation asked;
    gt_context context = make_context(&asked, "error");
    const gt_sight first = {"first.h5", known()};
    gt_sight others[12];
    (void)state;
    for (size_t i = 0; i < 12; i++) others[i] = (gt_sight){"cut.h5", changed(CUT)};
    assert_int_equal(gt_mismatch_check(&context, &first, others, 12, "", &err), GT_MISMATCH);
    assert_has(err.text,
               "cut.h5 and first.h5 differ in cut (5 and 3); cut.h5 in cut (5 and 3); ");
    assert_has(err.text, "; cut.h5 in cut (5 and 3), and 4 further also differ, which mismatch "
                         "error does not allow");
    end_context(&context);
}

/* Files: the first with each of the others, by what is stored in them. */
static void compares_files(void **state) {
    gt_error err = {0};
    gt_invocation asked;
    gt_context context = make_context(&asked, "error");
    const char *first = make_picture_set(
                   (made_pictures){.name = "a.h5", .rows = 2, .survey = "FIRST", .scale = 1.8}),
               *scale = make_picture_set(
                   (made_pictures){.name = "b.h5", .rows = 2, .survey = "FIRST", .scale = 6}),
               *bare = make_picture_set((made_pictures){.name = "c.h5", .rows = 2}),
               *prepared = make_picture_set(
                   (made_pictures){.name = "d.h5", .rows = 2, .preparation = "align=none"}),
               *aligned = make_picture_set((made_pictures){
                   .name = "e.h5", .rows = 2, .preparation = "align=principal"});
    const char *const fine[] = {first, bare, prepared, first, NULL};
    const char *const other[] = {first, bare, scale, NULL};
    const char *const steps[] = {prepared, first, aligned, NULL};
    const char *const missing[] = {first, "nothing.h5", NULL};
    const char *const alone[] = {first, NULL};
    (void)state;
    assert_ok(gt_mismatch_check_sets(&context, fine, "", &err), err);
    assert_ok(gt_mismatch_check_sets(&context, alone, "", &err), err);
    assert_int_equal(gt_mismatch_check_sets(&context, other, "", &err), GT_MISMATCH);
    assert_has(err.text, "b.h5 and ");
    assert_has(err.text, "a.h5 differ in pixel scale (6 and 1.8 arcsec)");
    assert_int_equal(gt_mismatch_check_sets(&context, steps, "", &err), GT_MISMATCH);
    assert_has(err.text, "differ in align (principal and none)");
    assert_int_equal(gt_mismatch_check_sets(&context, missing, "", &err), GT_NOT_FOUND);
    assert_has(err.text, "nothing.h5");
    const gt_sight sight = {"a run", changed(SURVEY)};
    assert_int_equal(gt_mismatch_check_files(&context, &sight, alone, "", &err), GT_MISMATCH);
    assert_has(err.text, "a.h5 and a run differ in survey (FIRST and NVSS)");
    end_context(&context);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tells_each_fact),
        cmocka_unit_test(unknown_is_no_difference),
        cmocka_unit_test(other_spellings_are_no_difference),
        cmocka_unit_test(tells_several_facts),
        cmocka_unit_test(names_further_ones),
        cmocka_unit_test(counts_what_is_too_long),
        TEST(compares_files),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
