/* judge_sets_test.c - generators judged from sets: which rows, in which space, what is told of
 * them, and what is refused. */
#include "judge.h"

#include <omp.h>
#include <signal.h>

#include "galatea/interrupt.h"
#include "study_pictures.h"

static gt_error err;
static gt_invocation asked;
static gt_context context;
static const char *train, *test, *made;

static int set_up(void **state) {
    (void)state;
    omp_set_num_threads(1);
    assert_int_equal(make_temp_folder(NULL), 0);
    context = make_context(&asked, "tell");
    train = make_set((made_set){.name = "train.h5", .rows = 90, .width = 3, .seed = 1});
    test = make_set((made_set){.name = "test.h5", .rows = 80, .width = 3, .seed = 2});
    made = make_set((made_set){.name = "made.h5", .rows = 70, .width = 3, .seed = 3});
    err = (gt_error){0};
    return 0;
}

static int tear_down(void **state) {
    end_context(&context);
    return remove_temp_folder(state);
}

static gt_judge_request request_of(const char *a, const char *b, const char *c) {
    gt_judge_request request = {.sets = {{.path = a}, {.path = b}, {.path = c}},
                                .settings = gt_judge_defaults()};
    request.settings.permutations = 199;
    request.settings.subsets = 10;
    return request;
}

static gt_judge_report judge(const gt_judge_request *request) {
    gt_judge_report report = {.provenance = NULL};
    remarks_begin();
    assert_ok(gt_judge_sets(&context, request, &report, &err), err);
    gt_log_to(NULL, NULL);
    return report;
}

static void refuse(const gt_judge_request *request, gt_status status, const char *words) {
    gt_judge_report report = {.provenance = NULL};
    assert_int_equal(gt_judge_sets(&context, request, &report, &err), status);
    assert_has(err.text, words);
    gt_judge_report_free(&report);
}

/* ---- Rows and spaces --------------------------------------------------------------------- */

static void sets_of_codes(void **state) {
    gt_judge_request request = request_of(train, test, made);
    gt_judge_report r = judge(&request);
    (void)state;
    assert_string_equal(r.space, "codes of an unknown model");
    assert_int_equal(r.judgement.rows, 70);
    assert_int_equal(r.judgement.train, 90);
    assert_int_equal(r.judgement.verdict, 0);
    assert_has(r.verdict, "nothing found against it");
    assert_string_equal(remarks, "");
    gt_judge_report again = judge(&request);
    assert_memory_equal(r.judgement.judged, again.judgement.judged, sizeof r.judgement.judged);
    assert_ok(gt_judge_table(&r, in_folder("t.csv"), &err), err);
    char *text = text_of(in_folder("t.csv"));
    assert_has(text, "judge,value,low,high,real,rows,space,verdict\nfrechet,");
    assert_has(text, "\nvendi,");
    char *line = strstr(text, "nothing found against it"); /* of all rows, once */
    assert_non_null(line);
    assert_null(strstr(line + 1, "nothing found against it"));
    free(text);
    gt_judge_report_free(&r);
    gt_judge_report_free(&again);
}

/* The generated set lies elsewhere. */
static void one_that_is_off(void **state) {
    const char *off =
        make_set((made_set){.name = "off.h5", .rows = 70, .width = 3, .seed = 3, .gap = 3});
    gt_judge_request request = request_of(train, test, off);
    gt_judge_report r = judge(&request);
    (void)state;
    assert_true(r.judgement.verdict & GT_VERDICT_OFF);
    assert_has(r.verdict, "off the distribution");
    gt_judge_report_free(&r);
}

/* Of one file the splits say which rows are which; made_set has two of four in each. */
static void one_file_by_splits(void **state) {
    const char *both = make_set((made_set){.name = "both.h5",
                                           .rows = 120,
                                           .width = 3,
                                           .seed = 1,
                                           .classes = two_classes,
                                           .class_count = 2});
    gt_judge_request request = request_of(both, both, made);
    gt_judge_report r = judge(&request);
    (void)state;
    assert_int_equal(r.sets[GT_JUDGE_TRAIN].rows, 60);
    assert_int_equal(r.sets[GT_JUDGE_TEST].rows, 60);
    assert_true(r.judgement.leaked == 0.0);
    gt_judge_report_free(&r);
    /* What is there for tests is not learned from, and nothing of another file is. */
    const char *other = make_set((made_set){.name = "other.h5",
                                            .rows = 100,
                                            .width = 3,
                                            .seed = 5,
                                            .classes = two_classes,
                                            .class_count = 2});
    request = request_of(both, other, made);
    r = judge(&request);
    assert_int_equal(r.sets[GT_JUDGE_TRAIN].rows, 60);
    assert_int_equal(r.sets[GT_JUDGE_TEST].rows, 100);
    assert_has(remarks, "both.h5: 60 rows are of other splits than train");
    gt_judge_report_free(&r);
    request.knows_splits = true;
    r = judge(&request);
    assert_int_equal(r.sets[GT_JUDGE_TRAIN].unlearned, 60);
    assert_null(strstr(remarks, "of other splits"));
    gt_judge_report_free(&r);
    request = request_of(train, train, made);
    refuse(&request, GT_USAGE, "train.h5 is the train set and the test set, and has no splits");
    const char *small = make_set((made_set){.name = "small.h5",
                                            .rows = 36,
                                            .width = 3,
                                            .seed = 1,
                                            .classes = two_classes,
                                            .class_count = 2});
    request = request_of(small, small, made);
    refuse(&request, GT_USAGE, "small.h5 (split train) has 18 rows, expected at least 20");
}

static void rows_that_are_given(void **state) {
    uint64_t list[30];
    gt_judge_request request = request_of(train, train, made);
    (void)state;
    for (uint64_t i = 0; i < 30; i++) list[i] = i;
    request.sets[GT_JUDGE_TRAIN] = (gt_judge_source){train, list, 30};
    request.sets[GT_JUDGE_TEST] = (gt_judge_source){train, list, 30};
    gt_judge_report r = judge(&request);
    assert_int_equal(r.judgement.rows, 30);
    assert_true(r.judgement.leaked == 1.0);
    assert_has(remarks, "100 % of the 30 rows compared equal rows of");
    assert_has(r.verdict, "cannot tell, 100 % of the test rows equal training rows");
    gt_judge_report_free(&r);
    list[29] = 90;
    refuse(&request, GT_BAD_ARGUMENT, "train.h5 has no row 90, only 90 rows");
}

static void no_more_rows_than_asked_for(void **state) {
    gt_judge_request request = request_of(train, test, made);
    (void)state;
    request.settings.rows = 25;
    gt_judge_report r = judge(&request);
    assert_int_equal(r.judgement.rows, 25);
    assert_int_equal(r.judgement.train, 90); /* copies are looked for in all */
    assert_int_equal(r.judgement.real, GT_REAL_HELD_BACK);
    gt_judge_report_free(&r);
    /* Sets of which no more is looked at are not to blame. */
    request.settings.rows = 10;
    refuse(&request, GT_USAGE, "10 rows are compared at most, expected at least 20");
    request.settings.rows = 60;
    request.settings.neighbours = 60;
    refuse(&request, GT_USAGE, "60 rows are compared at most, expected more than the 60");
    request.settings.rows = 0;
    request.settings.neighbours = 75;
    refuse(&request, GT_USAGE, "made.h5 has 70 rows, expected more than the 75 neighbours");
}

/* Pictures by pixels and by the codes of a run; ids that train and test share are told. */
static void sets_of_pictures(void **state) {
    const char *a = make_picture_set((made_pictures){.name = "a.h5"}),
               *b = make_picture_set((made_pictures){.name = "b.h5", .first = 30}),
               *c = make_picture_set(
                   (made_pictures){.name = "c.h5", .first = 200, .is_bare = true});
    gt_judge_request request = request_of(a, b, c);
    char space[600];
    uint64_t list[PICTURE_ROWS];
    (void)state;
    for (uint64_t i = 0; i < PICTURE_ROWS; i++) list[i] = i;
    for (int s = 0; s < GT_JUDGE_GENERATED; s++) {
        request.sets[s].rows = list;
        request.sets[s].count = PICTURE_ROWS;
    }
    request.space = "pixels";
    gt_judge_report r = judge(&request);
    assert_string_equal(r.space, "pixels of 1x16x16");
    assert_has(remarks, "share 10 ids, the first 'source-30' in row 30 of ");
    assert_has(remarks, "a.h5 and row 0 of ");
    assert_has(remarks, "b.h5: 25 % of the 40 rows compared equal rows of");
    assert_has(remarks, "40 rows of 256 numbers: Frechet distances");
    gt_judge_report_free(&r);
    snprintf(space, sizeof space, "codes:%s", make_vdvae(a, "run"));
    request.space = space;
    r = judge(&request);
    assert_has(r.space, "codes of vdvae, epoch ");
    assert_true(r.judgement.columns < 256);
    gt_judge_report_free(&r);
    request.sets[GT_JUDGE_GENERATED].path =
        make_picture_set((made_pictures){.name = "unit.h5", .is_unit = true});
    refuse(&request, GT_BAD_ARGUMENT, "unit.h5: pixels from 0");
    /* It is of other pictures, and there is none. */
    request = request_of(
        make_picture_set((made_pictures){.name = "d.h5", .side = 32, .is_bare = true}),
        make_picture_set(
            (made_pictures){.name = "e.h5", .first = 100, .side = 32, .is_bare = true}),
        make_picture_set(
            (made_pictures){.name = "f.h5", .first = 200, .side = 32, .is_bare = true}));
    request.space = space;
    refuse(&request, GT_BAD_SHAPE, "d.h5");
    snprintf(space, sizeof space, "codes:%s", a);
    refuse(&request, GT_BAD_FORMAT, "a.h5");
    request.space = "codes:nowhere";
    refuse(&request, GT_NOT_FOUND, "nowhere");
}

/* ---- Morphology -------------------------------------------------------------------------- */

enum { SKY_SIDE = 32, SKY_ROWS = 40 };
static const char *sky_preparation;

/* Bytes of galaxies of so many pixels, round and with noise; the last `dark` ones are none. */
static const char *make_galaxies_in(size_t channels, const char *name, uint64_t seed,
                                    double size, size_t dark) {
    gt_dataset_writer *writer = NULL;
    gt_dataset_info info = gt_dataset_info_default();
    char *path = kept_path(name);
    info.kind = GT_DATASET_IMAGES;
    info.type = GT_PIXEL_U8;
    info.count = SKY_ROWS;
    info.channels = channels;
    info.height = info.width = SKY_SIDE;
    info.preparation = sky_preparation;
    assert_ok(gt_dataset_writer_create(path, &info, &writer, &err), err);
    for (size_t i = 0; i < SKY_ROWS; i++) {
        uint8_t bytes[3 * SKY_SIDE * SKY_SIDE] = {0};
        size_t plane = SKY_SIDE * SKY_SIDE;
        gt_rng_key key = {seed, gt_rng_stream("sky"), (uint32_t)i};
        double scale = size * (0.8 + 0.4 * gt_rng_uniform(key, 5000)),
               flat = 1 + gt_rng_uniform(key, 5001);
        for (size_t p = 0; i + dark < SKY_ROWS && p < plane; p++) {
            double x = (double)(p % SKY_SIDE) - 15.3, y = (double)(p / SKY_SIDE) - 15.8;
            bytes[p] = (uint8_t)(20 + 8 * gt_rng_uniform(key, p) +
                                 180 * exp(-hypot(x, flat * y) / scale));
        }
        for (size_t c = 1; c < channels; c++) memcpy(bytes + c * plane, bytes, plane);
        assert_ok(gt_dataset_writer_append(writer, bytes, NULL, 1, &err), err);
    }
    assert_ok(gt_dataset_writer_commit(writer, &err), err);
    return path;
}

static const char *make_galaxies(const char *name, uint64_t seed, double size, size_t dark) {
    return make_galaxies_in(1, name, seed, size, dark);
}

/* The mean of all channels is measured: grey samples of a model of colours are as good there,
 * whereas pictures are compared with none. */
static void colours_by_their_morphology(void **state) {
    const char *a = make_galaxies_in(3, "a.h5", 1, 3, 0),
               *b = make_galaxies_in(3, "b.h5", 2, 3, 0),
               *grey = make_galaxies("c.h5", 3, 3, 0);
    gt_judge_request colours = request_of(a, b, make_galaxies_in(3, "d.h5", 3, 3, 0)),
                     mixed = request_of(a, b, grey);
    gt_judge_report one = judge(&colours), other = judge(&mixed);
    (void)state;
    assert_memory_equal(one.judgement.judged, other.judgement.judged,
                        sizeof one.judgement.judged);
    assert_true(one.likeness.near.samples > 20);
    assert_int_equal(other.likeness.near.samples, 0);
    mixed.second = b;
    refuse(&mixed, GT_USAGE, "pictures of two models are compared where both go with those of");
    mixed.second = NULL;
    mixed.space = "pixels";
    refuse(&mixed, GT_BAD_SHAPE, "expected 3x32x32 as ");
    refuse(&mixed, GT_BAD_SHAPE, "; morphology takes any channels");
    gt_judge_report_free(&one);
    gt_judge_report_free(&other);
}

/* Coefficients by their deviation over test; what cannot be measured is left out and counted.
 */
static void galaxies_by_their_morphology(void **state) {
    const char *a = make_galaxies("a.h5", 1, 3, 0), *b = make_galaxies("b.h5", 2, 3, 0),
               *c = make_galaxies("c.h5", 3, 3, 4), *dark = make_galaxies("dark.h5", 4, 3, 30);
    gt_judge_request request = request_of(a, b, c);
    (void)state;
    gt_judge_report r = judge(&request);
    assert_has(r.space, "morphology by concentration, asymmetry, ");
    assert_true(r.sets[GT_JUDGE_GENERATED].lost >= 4);
    assert_int_equal(r.judgement.generated, SKY_ROWS - r.sets[GT_JUDGE_GENERATED].lost);
    assert_int_equal(r.sets[GT_JUDGE_GENERATED].rows, SKY_ROWS);
    assert_true(r.judgement.columns <= 5);
    gt_judge_report_free(&r);
    request = request_of(a, b, dark);
    refuse(&request, GT_USAGE, "dark.h5: ");
    refuse(&request, GT_USAGE, "of 40 rows have a morphology that can be trusted");
}

/* Small sources have no smoothness: one column fewer, and it is named. */
static void constant_coefficients_are_left_out(void **state) {
    const char *a = make_galaxies("a.h5", 1, 1.2, 0), *b = make_galaxies("b.h5", 2, 1.2, 0),
               *c = make_galaxies("c.h5", 3, 1.2, 0);
    gt_judge_request request = request_of(a, b, c);
    (void)state;
    gt_judge_report r = judge(&request);
    assert_int_equal(r.judgement.columns, 4);
    assert_has(remarks, "b.h5: smoothness is the same in all rows, and is left out");
    assert_null(strstr(r.space, "smoothness"));
    gt_judge_report_free(&r);
}

/* A stretch that all sets tell is undone; where one does not, all stay as they are. */
static void shapes_are_those_of_light(void **state) {
    const char *names[] = {"a.h5", "b.h5", "c.h5"}, *sets[3];
    gt_judge_report r[3];
    (void)state;
    for (int told = 0; told < 3; told++) {
        for (int s = 0; s < 3; s++) {
            sky_preparation = s < told + (told == 2) ? "align=none normalize=asinh:10" : NULL;
            sets[s] = make_galaxies(names[s], (uint64_t)s + 1, 3, 0);
        }
        gt_judge_request request = request_of(sets[0], sets[1], sets[2]);
        r[told] = judge(&request);
        if (told == 0) assert_null(strstr(remarks, "stretch"));
        if (told == 1) assert_has(remarks, "a.h5 records a stretch (asinh:10), and of ");
        if (told == 1) assert_has(remarks, "c.h5 no way back to flux is known");
        if (told == 2) assert_has(remarks, "c.h5: its stretch (asinh:10) is undone before");
    }
    sky_preparation = NULL;
    assert_memory_equal(r[0].judgement.judged, r[1].judgement.judged,
                        sizeof r[0].judgement.judged);
    assert_true(r[2].judgement.judged[0].value != r[0].judgement.judged[0].value);
    for (int i = 0; i < 3; i++) gt_judge_report_free(&r[i]);
}

/* ---- What comes of it -------------------------------------------------------------------- */

static float *codes_of(const char *path, gt_points *out) {
    gt_dataset *set = NULL;
    assert_ok(gt_codes_open(path, &set, &err), err);
    const gt_dataset_info *info = gt_dataset_describe(set);
    float *x = calloc(info->count * info->channels, sizeof *x);
    assert_non_null(x);
    assert_ok(gt_dataset_read(set, 0, (size_t)info->count, x, &err), err);
    *out = (gt_points){path, (size_t)info->count, info->channels, x};
    gt_dataset_close(set);
    return x;
}

/* Of sets and of rows in memory the same numbers. */
static void files_change_no_number(void **state) {
    gt_judge_request request = request_of(train, test, made);
    gt_judge_report r = judge(&request);
    gt_points points[GT_JUDGE_SETS];
    float *x[] = {codes_of(train, &points[0]), codes_of(test, &points[1]),
                  codes_of(made, &points[2])};
    gt_judgement j;
    (void)state;
    assert_ok(gt_judge_points(&points[0], &points[1], &points[2], &request.settings, &j, &err),
              err);
    assert_memory_equal(j.judged, r.judgement.judged, sizeof j.judged);
    assert_int_equal(j.verdict, r.judgement.verdict);
    for (int s = 0; s < GT_JUDGE_SETS; s++) free(x[s]);
    gt_judge_report_free(&r);
}

/* Pictures are levels by 255, as bytes and as floats of any range. */
static void bytes_and_floats_are_one(void **state) {
    gt_value_range range = {-3, 10};
    const char
        *a = make_picture_set((made_pictures){.name = "a.h5", .is_bare = true}),
        *b = make_picture_set((made_pictures){.name = "b.h5", .first = 100, .is_bare = true}),
        *c = make_picture_set((made_pictures){.name = "c.h5", .first = 200, .is_bare = true}),
        *f = make_picture_set((made_pictures){
            .name = "f.h5", .first = 200, .is_bare = true, .is_float = true, .range = range});
    gt_judge_request bytes = request_of(a, b, c), floats = request_of(a, b, f);
    bytes.space = floats.space = "pixels";
    gt_judge_report of_bytes = judge(&bytes), of_floats = judge(&floats);
    (void)state;
    for (gt_judge which = 0; which < GT_JUDGES; which++)
        assert_near(of_floats.judgement.judged[which].value,
                    of_bytes.judgement.judged[which].value,
                    2e-4 * fabs(of_bytes.judgement.judged[which].value) + 1e-6);
    /* A picture beside its like is no farther than 1 a pixel. */
    assert_true(of_bytes.judgement.judged[GT_JUDGE_ENERGY].value < sqrt(PICTURE_VALUES));
    gt_judge_report_free(&of_bytes);
    gt_judge_report_free(&of_floats);
}

/* What a network makes of grey pictures in three channels, or at twice the side, is fitted. */
static void samples_of_another_shape(void **state) {
    const char *a = make_picture_set((made_pictures){.name = "a.h5", .is_bare = true}),
               *b = make_picture_set(
                   (made_pictures){.name = "b.h5", .first = 100, .is_bare = true}),
               *c = make_picture_set(
                   (made_pictures){.name = "c.h5", .first = 200, .is_bare = true}),
               *colour = make_picture_set((made_pictures){
                   .name = "colour.h5", .first = 200, .is_bare = true, .channels = 3}),
               *large = make_picture_set((made_pictures){
                   .name = "large.h5", .first = 200, .is_bare = true, .side = 32});
    gt_judge_request request = request_of(a, b, c);
    (void)state;
    request.space = "pixels";
    gt_judge_report grey = judge(&request);
    request.sets[GT_JUDGE_GENERATED].path = colour;
    gt_judge_report same = judge(&request);
    assert_memory_equal(grey.judgement.judged, same.judgement.judged,
                        sizeof grey.judgement.judged);
    request.sets[GT_JUDGE_GENERATED].path = large;
    gt_judge_report fitted = judge(&request);
    assert_int_equal(fitted.judgement.columns, PICTURE_VALUES);
    assert_has(remarks, "large.h5 has pictures of 32x32 pixels beside 16x16");
    /* Grey samples of a model of colours are no colours; real ones are not fitted. */
    request = request_of(colour, colour, c);
    request.space = "pixels";
    refuse(&request, GT_BAD_SHAPE, "c.h5 has rows of 1x16x16, expected 3x16x16");
    request = request_of(a, large, c);
    refuse(&request, GT_BAD_SHAPE, "large.h5 has rows of 1x32x32, expected 1x16x16");
    gt_judge_report_free(&grey);
    gt_judge_report_free(&same);
    gt_judge_report_free(&fitted);
}

static void copies_are_told(void **state) {
    const char *copies =
        make_set((made_set){.name = "copies.h5", .rows = 70, .width = 3, .seed = 1});
    gt_judge_request request = request_of(train, test, copies);
    gt_judge_report r = judge(&request);
    (void)state;
    assert_int_equal(r.judgement.verdict & GT_VERDICT_MEMORISES, GT_VERDICT_MEMORISES);
    assert_has(r.verdict, "memorises, C_T -");
    assert_has(remarks, "copies.h5: 100 % of the 70 rows compared equal rows of");
    gt_judge_report_free(&r);
}

static void a_second_model_tells_that_it_generalises(void **state) {
    gt_judge_request request = request_of(train, test, made);
    (void)state;
    request.settings.cosine_twins = 0.7;
    request.settings.cosine_train = 0.6;
    gt_judge_report r = judge(&request);
    assert_int_equal(r.judgement.verdict, GT_VERDICT_GENERALISES);
    assert_has(r.verdict, "generalises, samples of two models are nearer to each other");
    gt_judge_report_free(&r);
}

static void repeated_rows_are_told(void **state) {
    float x[60 * 3];
    (void)state;
    for (size_t i = 0; i < 60 * 3; i++)
        x[i] = (float)gt_rng_normal((gt_rng_key){4, 1, 0}, i < 30 * 3 ? i : i - 30 * 3);
    const char *twice =
        give_set((given_set){.name = "twice.h5", .rows = 60, .width = 3, .x = x});
    gt_judge_request request = request_of(twice, test, made);
    gt_judge_report r = judge(&request);
    assert_near(r.judgement.repeats[GT_JUDGE_TRAIN], 1.0, 0);
    assert_has(remarks, "twice.h5: 100 % of the 60 rows compared equal another");
    assert_has(r.verdict, "nothing is said of collapse");
    gt_judge_report_free(&r);
}

static void the_record_names_what_was_read(void **state) {
    gt_judge_request request = request_of(train, test, made);
    gt_judge_report r = judge(&request);
    (void)state;
    assert_has(r.provenance, "train.h5");
    assert_has(r.provenance, "test.h5");
    assert_has(r.provenance, "made.h5");
    assert_ok(gt_judge_table(&r, in_folder("t.fits"), &err), err);
    assert_int_equal(gt_judge_table(&r, in_folder("t.txt"), &err), GT_USAGE);
    gt_judge_report_free(&r);
}

/* ---- Refusals ---------------------------------------------------------------------------- */

static void refuses_what_does_not_go_together(void **state) {
    const char *wide =
                   make_set((made_set){.name = "wide.h5", .rows = 70, .width = 4, .seed = 3}),
               *few = make_set((made_set){.name = "few.h5", .rows = 12, .width = 3, .seed = 3}),
               *pictures = make_picture_set((made_pictures){.name = "p.h5"});
    gt_judge_request request = request_of(train, test, wide);
    (void)state;
    refuse(&request, GT_BAD_SHAPE, "wide.h5 has codes of 4 numbers, expected 3 as");
    request = request_of(train, test, few);
    refuse(&request, GT_USAGE, "few.h5 has 12 rows, expected at least 20");
    request = request_of(train, test, pictures);
    refuse(&request, GT_USAGE, "p.h5 holds pictures");
    request = request_of(train, test, test);
    refuse(&request, GT_USAGE, "test.h5 is the generated set and the test set");
    request = request_of(train, test, made);
    request.space = "pixels";
    refuse(&request, GT_USAGE, "holds codes, which have no space pixels");
    request.space = "codes:";
    refuse(&request, GT_USAGE,
           "space codes:, expected morphology, pixels, centred, codes or codes:RUN");
    request.space = "colour";
    refuse(&request, GT_USAGE, "space colour, expected");
}

static void refuses_codes_of_two_models(void **state) {
    const char *a = make_set((made_set){
                   .name = "a.h5", .rows = 40, .width = 3, .seed = 1, .model = "simclr"}),
               *b = make_set((made_set){
                   .name = "b.h5", .rows = 40, .width = 3, .seed = 2, .model = "byol"});
    gt_judge_request request = request_of(a, b, made);
    (void)state;
    refuse(&request, GT_MISMATCH, "b.h5 has codes of byol");
}

static void refuses_pixels_that_are_none(void **state) {
    gt_value_range range = {-1, 3};
    const char *a = make_picture_set(
                   (made_pictures){.name = "a.h5", .is_float = true, .range = range}),
               *b = make_picture_set((made_pictures){
                   .name = "b.h5", .is_float = true, .range = range, .odd_row = 4, .odd = NAN});
    gt_judge_request request = request_of(a, a, b);
    (void)state;
    request.space = "pixels";
    refuse(&request, GT_NOT_FINITE, "b.h5, row 4: a pixel is nan");
}

static void refuses_codes_that_are_none(void **state) {
    float x[40 * 3] = {0};
    (void)state;
    for (size_t i = 0; i < 40 * 3; i++) x[i] = (float)i;
    x[3 * 17 + 1] = INFINITY;
    const char *bad = give_set((given_set){.name = "bad.h5", .rows = 40, .width = 3, .x = x});
    gt_judge_request request = request_of(train, test, bad);
    refuse(&request, GT_NOT_FINITE, "bad.h5, row 17: its code");
    x[3 * 17 + 1] = 1e38F; /* one of these makes all intervals infinite */
    const char *far = give_set((given_set){.name = "far.h5", .rows = 40, .width = 3, .x = x});
    request = request_of(train, test, far);
    refuse(&request, GT_NOT_FINITE, "far.h5, row 17: its code has 1e+38, expected");
}

/* A signal ends it, and nothing is left behind. */
static void stops_when_asked(void **state) {
    gt_judge_request request = request_of(train, test, made);
    gt_judge_report report = {.provenance = NULL};
    (void)state;
    assert_ok(gt_interrupt_install(&err), err);
    raise(SIGTERM);
    gt_status status = gt_judge_sets(&context, &request, &report, &err);
    gt_interrupt_remove();
    assert_int_equal(status, GT_INTERRUPTED);
    gt_judge_report_free(&report);
}

static void other_surveys_are_told(void **state) {
    const char *a = make_set((made_set){
                   .name = "a.h5", .rows = 40, .width = 3, .seed = 1, .survey = "FIRST"}),
               *b = make_set((made_set){
                   .name = "b.h5", .rows = 40, .width = 3, .seed = 2, .survey = "SDSS"});
    gt_judge_request request = request_of(a, b, made);
    gt_judge_report r = judge(&request);
    (void)state;
    assert_has(remarks, "differ in survey");
    gt_judge_report_free(&r);
    context.mismatch = "error";
    refuse(&request, GT_MISMATCH, "differ in survey");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(sets_of_codes, set_up, tear_down),
        cmocka_unit_test_setup_teardown(one_that_is_off, set_up, tear_down),
        cmocka_unit_test_setup_teardown(one_file_by_splits, set_up, tear_down),
        cmocka_unit_test_setup_teardown(rows_that_are_given, set_up, tear_down),
        cmocka_unit_test_setup_teardown(no_more_rows_than_asked_for, set_up, tear_down),
        cmocka_unit_test_setup_teardown(sets_of_pictures, set_up, tear_down),
        cmocka_unit_test_setup_teardown(galaxies_by_their_morphology, set_up, tear_down),
        cmocka_unit_test_setup_teardown(colours_by_their_morphology, set_up, tear_down),
        cmocka_unit_test_setup_teardown(constant_coefficients_are_left_out, set_up, tear_down),
        cmocka_unit_test_setup_teardown(shapes_are_those_of_light, set_up, tear_down),
        cmocka_unit_test_setup_teardown(files_change_no_number, set_up, tear_down),
        cmocka_unit_test_setup_teardown(bytes_and_floats_are_one, set_up, tear_down),
        cmocka_unit_test_setup_teardown(samples_of_another_shape, set_up, tear_down),
        cmocka_unit_test_setup_teardown(copies_are_told, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_second_model_tells_that_it_generalises, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(repeated_rows_are_told, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_record_names_what_was_read, set_up, tear_down),
        cmocka_unit_test_setup_teardown(refuses_what_does_not_go_together, set_up, tear_down),
        cmocka_unit_test_setup_teardown(refuses_codes_of_two_models, set_up, tear_down),
        cmocka_unit_test_setup_teardown(refuses_pixels_that_are_none, set_up, tear_down),
        cmocka_unit_test_setup_teardown(refuses_codes_that_are_none, set_up, tear_down),
        cmocka_unit_test_setup_teardown(stops_when_asked, set_up, tear_down),
        cmocka_unit_test_setup_teardown(other_surveys_are_told, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
