/* twins_verdict_test.c - verdicts of a sweep: a model whose samples are copies of its half, one
 * whose samples are real pictures that nobody saw, samples of another size, and halves of too
 * few rows. No model is trained: samples are made by other means. */
#include <jansson.h>
#include <math.h>
#include <unistd.h>

#include "file.h"
#include "judge.h"
#include "twins/numbers.h"
#include "twins_call.h"

enum { SIZE = 24, FEW = 12, SAMPLES = 24, SIDE = 24, VALUES = SIDE * SIDE };

static const char *set, *folder;

/* Training and samples of a size are done. */
static void finish(int size) {
    static const char *const parts[] = {"training_a", "training_b", "samples_a", "samples_b"};
    const gt_numbers none = {0};
    gt_error err = {0};
    char folder_of_size[64];
    snprintf(folder_of_size, sizeof folder_of_size, "diffusion/N-%d", size);
    assert_ok(gt_mkdirs(inside(folder, folder_of_size), &err), err);
    for (int i = 0; i < 4; i++) {
        char name[64], part[16];
        snprintf(name, sizeof name, "diffusion/N-%d/%s.json", size, parts[i]);
        snprintf(part, sizeof part, "%.*s", (int)strlen(parts[i]) - 2, parts[i]);
        const gt_result_head head = {
            .model = "diffusion", .part = part, .size = size, .provenance = "{}"};
        assert_ok(gt_numbers_write(inside(folder, name), &head, &none, &err), err);
    }
}

/* Samples that are the rows of a set, in bytes, `side` pixels wide each of its pixels. */
static void pretend(const char *name, const char *from, size_t times) {
    gt_error err = {0};
    gt_dataset *source = NULL;
    gt_dataset_writer *writer = NULL;
    gt_dataset_info info = gt_dataset_info_default();
    float levels[VALUES];
    uint8_t *bytes = calloc(times * times, VALUES);
    info.type = GT_PIXEL_U8;
    info.count = SAMPLES;
    info.channels = 1;
    info.height = info.width = times * SIDE;
    assert_ok(gt_dataset_open(from, &source, &err), err);
    assert_ok(gt_dataset_writer_create(inside(folder, name), &info, &writer, &err), err);
    for (uint64_t i = 0; i < SAMPLES; i++) {
        assert_ok(gt_dataset_read(source, i, 1, levels, &err), err);
        for (size_t k = 0; k < times * times * VALUES; k++) {
            size_t y = k / (times * SIDE) / times, x = k % (times * SIDE) / times;
            bytes[k] = (uint8_t)levels[y * SIDE + x];
        }
        assert_ok(gt_dataset_writer_append(writer, bytes, NULL, 1, &err), err);
    }
    assert_ok(gt_dataset_writer_commit(writer, &err), err);
    gt_dataset_close(source);
    free(bytes);
}

static void begin(call *c, const char *only) {
    static const char *const small[] = {"width=4", "levels=2", "judged-levels=0", NULL};
    begin_call(c, "diffusion", small, set, folder);
    set_option(c, "sizes", "12,24");
    set_option(c, "samples", "24");
    set_option(c, "only", only);
}

static int make_all(void **state) {
    call c;
    char copies[512];
    (void)state;
    begin_kept();
    set = make_picture_set((made_pictures){.name = "set.h5", .rows = 160, .side = SIDE});
    const char *others = make_picture_set(
        (made_pictures){.name = "others.h5", .rows = SAMPLES, .side = SIDE, .first = 1000});
    folder = kept_path("sweep");
    begin(&c, "samples"); /* for want of training it makes the halves alone */
    assert_ok(go(&c), c.err);
    end_call(&c);
    finish(SIZE);
    finish(FEW);
    snprintf(copies, sizeof copies, "%s/subsets/A-24.h5", folder);
    pretend("diffusion/N-24/samples_a.h5", copies, 1);
    pretend("diffusion/N-24/samples_b.h5", others, 1);
    pretend("diffusion/N-12/samples_a.h5", copies,
            1); /* A's first rows are those of the smaller */
    pretend("diffusion/N-12/samples_b.h5", others, 1);
    begin(&c, "cosine,nearest,morphology,verdict");
    assert_ok(go(&c), c.err);
    assert_int_equal(c.result.missing_count, 0);
    end_call(&c);
    return 0;
}

static gt_numbers numbers_of(const char *name) {
    gt_error err = {0};
    gt_numbers found = {0};
    assert_ok(gt_numbers_read(inside(folder, name), &found, NULL, &err), err);
    return found;
}

static const char *text_in(const gt_numbers *numbers, const char *name) {
    const gt_number *found = gt_numbers_find(numbers, name);
    if (!found || !*found->text) fail_msg("%s is no text", name);
    return found->text;
}

static void copies_are_told(void **state) {
    gt_numbers a = numbers_of("diffusion/N-24/verdict_a.json"),
               near = numbers_of("diffusion/N-24/nearest_a.json"),
               b = numbers_of("diffusion/N-24/verdict_b.json");
    (void)state;
    assert_near(gt_numbers_get(&near, "copies_a"), 1, 0);
    assert_near(gt_numbers_get(&near, "nearest_centred_a_median"), 1, 1e-6);
    assert_has(text_in(&a, "verdict_pixels_a"), "memorises");
    assert_near(gt_numbers_get(&a, "authenticity_pixels_a"), 0, 0);
    assert_true(gt_numbers_get(&a, "c_t_pixels_a") < -3);
    assert_true(gt_numbers_get(&a, "c_t_centred_a") < -3);
    assert_has(text_in(&a, "verdict_centred_a"), "memorises");
    assert_null(strstr(text_in(&b, "verdict_pixels_b"), "memorises"));
    assert_true(gt_numbers_get(&b, "authenticity_pixels_b") > 0);
    char *lines = text_of(inside(folder, "diffusion/N-24/verdict_a.txt"));
    assert_has(lines, "pixels: memorises");
    assert_has(lines, "morphology: ");
    free(lines);
    gt_numbers_free(&a);
    gt_numbers_free(&b);
    gt_numbers_free(&near);
}

/* Twelve rows are too few for any number, but copies can be counted. */
static void copies_of_few_rows_are_told(void **state) {
    gt_numbers a = numbers_of("diffusion/N-12/verdict_a.json"),
               b = numbers_of("diffusion/N-12/verdict_b.json");
    char *lines = text_of(inside(folder, "diffusion/N-12/verdict_a.txt"));
    (void)state;
    assert_string_equal(text_in(&a, "verdict_pixels_a"), "memorises");
    assert_has(lines, "pixels: memorises: ");
    assert_has(lines, "of 24 samples 13 are near copies of one of 12 training pictures, 0 of "
                      "one of 12 unseen");
    assert_has(lines, "; no other verdict: ");
    free(lines);
    assert_null(gt_numbers_find(&b, "verdict_pixels_b"));
    lines = text_of(inside(folder, "diffusion/N-12/verdict_b.txt"));
    assert_has(lines, "pixels: no verdict: ");
    free(lines);
    gt_numbers_free(&a);
    gt_numbers_free(&b);
}

/* What galatea judge says of side B's samples. */
static void judge(size_t most_side, gt_judge_report *out) {
    gt_error err = {0};
    char train[512], test[512], made[512];
    use_settings u;
    gt_judge_request request = {.sets = {{.path = train}, {.path = test}, {.path = made}},
                                .space = "pixels",
                                .most_side = most_side,
                                .settings = gt_judge_defaults()};
    request.settings.seed = 1; /* that of the samples */
    snprintf(train, sizeof train, "%s/subsets/B-24.h5", folder);
    snprintf(test, sizeof test, "%s/subsets/test.h5", folder);
    snprintf(made, sizeof made, "%s/diffusion/N-24/samples_b.h5", folder);
    begin_use(&u, "ignore", NULL, 0);
    *out = (gt_judge_report){0};
    assert_ok(gt_judge_sets(&u.context, &request, out, &err), err);
    end_use(&u);
}

/* The table has all numbers of the judgement, with those of real pictures. */
static void numbers_are_those_of_the_judge(void **state) {
    gt_judge_report found;
    char *table = text_of(inside(folder, "diffusion/N-24/verdict_b.csv"));
    (void)state;
    judge(0, &found);
    assert_int_equal(found.judgement.columns, VALUES);
    assert_int_equal(found.judgement.train, SIZE); /* those that validate are none of them */
    for (gt_judge which = 0; which < GT_JUDGES; which++) {
        const gt_judged *own = &found.judgement.judged[which];
        assert_string_equal(cell_in(table, 1 + (size_t)which, 0), "pixels");
        assert_string_equal(cell_in(table, 1 + (size_t)which, 1), gt_judge_name(which));
        if (isnan(own->value)) continue;
        assert_near(strtod(cell_in(table, 1 + (size_t)which, 2), NULL), own->value, 1e-9);
        assert_near(strtod(cell_in(table, 1 + (size_t)which, 5), NULL), own->real, 1e-9);
    }
    free(table);
    gt_judge_report_free(&found);
}

/* Both models, each beside its real rows; of a size that has no number nothing is drawn. */
static void numbers_are_drawn(void **state) {
    call c;
    (void)state;
    if (system("command -v gnuplot >/dev/null 2>&1")) skip();
    begin(&c, "verdict");
    set_option(&c, "figures", "svg");
    assert_ok(go(&c), c.err);
    end_call(&c);
    char *text = text_of(inside(folder, "diffusion/N-24/verdict_pixels.svg"));
    assert_has(text, ">A<");
    assert_has(text, ">B<");
    assert_has(text, "pixels, 24 images to learn from, 24 rows of each set");
    free(text);
    assert_int_not_equal(access(inside(folder, "diffusion/N-12/verdict_pixels.svg"), F_OK), 0);
}

/* Copies have the shapes of what they are copies of: their distance to real ones is small. */
static void shapes_are_beside_real_ones(void **state) {
    gt_numbers a = numbers_of("diffusion/N-24/morphology_a.json");
    (void)state;
    assert_near(gt_numbers_get(&a, "area_a"), 1, 0.2);
    assert_true(gt_numbers_get(&a, "gini_w1_a") < 1);
    assert_true(gt_numbers_get(&a, "unmeasured_a") < 0.5);
    assert_true(isfinite(gt_numbers_get(&a, "gini_mean_real")));
    gt_numbers_free(&a);
}

/* Pictures are halved until their sides are small enough, and samples of twice the size, every
 * pixel of which is there four times, are the same pictures. */
static void pictures_are_brought_to_a_size(void **state) {
    gt_judge_report found;
    char copies[512];
    (void)state;
    judge(SIDE / 2, &found);
    assert_int_equal(found.judgement.columns, VALUES / 4);
    assert_string_equal(found.space, "pixels of 1x12x12");
    gt_judge_report_free(&found);
    snprintf(copies, sizeof copies, "%s/subsets/B-24.h5", folder);
    pretend("diffusion/N-24/samples_b.h5", copies, 2);
    judge(SIDE, &found);
    assert_int_equal(found.judgement.columns, VALUES);
    assert_true(found.judgement.verdict & GT_VERDICT_MEMORISES);
    gt_judge_report_free(&found);
}

/* A row of the whole table has each of its numbers once. */
static void no_name_stands_twice(void **state) {
    char *text = text_of(inside(folder, "twins.json"));
    json_error_t where;
    json_t *root = json_loads(text, JSON_REJECT_DUPLICATES, &where);
    (void)state;
    if (!root) fail_msg("twins.json: %s", where.text);
    const json_t *row = json_array_get(json_object_get(root, "rows"), 0);
    assert_true(json_is_string(json_object_get(row, "verdict_pixels_a")));
    assert_true(json_is_number(json_object_get(row, "gini_mean_real")));
    json_decref(root);
    free(text);
}

/* An older sweep has not set copies against chance: none is not what it says. */
static void copies_beside_unknown_ones_are_no_verdict(void **state) {
    call c;
    gt_error err = {0};
    gt_numbers near = numbers_of("diffusion/N-12/nearest_a.json");
    const gt_result_head head = {
        .model = "diffusion", .part = "nearest", .size = FEW, .provenance = "{}"};
    (void)state;
    for (size_t i = 0; i < near.count; i++)
        if (strcmp(near.list[i].name, "copies_own_a") == 0) near.list[i].value = NAN;
    assert_ok(
        gt_numbers_write(inside(folder, "diffusion/N-12/nearest_a.json"), &head, &near, &err),
        err);
    gt_numbers_free(&near);
    assert_int_equal(unlink(inside(folder, "diffusion/N-12/verdict_a.json")), 0);
    begin(&c, "verdict");
    assert_ok(go(&c), c.err);
    end_call(&c);
    gt_numbers a = numbers_of("diffusion/N-12/verdict_a.json");
    assert_null(gt_numbers_find(&a, "verdict_pixels_a"));
    gt_numbers_free(&a);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_name_stands_twice),
        cmocka_unit_test(copies_are_told),
        cmocka_unit_test(copies_of_few_rows_are_told),
        cmocka_unit_test(numbers_are_those_of_the_judge),
        cmocka_unit_test(numbers_are_drawn),
        cmocka_unit_test(shapes_are_beside_real_ones),
        cmocka_unit_test(pictures_are_brought_to_a_size),
        cmocka_unit_test(copies_beside_unknown_ones_are_no_verdict),
    };
    return cmocka_run_group_tests(tests, make_all, end_kept);
}
