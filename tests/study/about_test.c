/* What a path leads to, and what is told of it. */
#include "about.h"

#include <sys/stat.h>

#include "galatea/dataset.h"
#include "galatea/safetensors.h"
#include "gt_test.h"
#include "latents.h"
#include "png_write.h"
#include "temp_folder.h"

static void write_text(const char *path, const char *text) {
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    assert_int_equal(fclose(file), 0);
}

static const char *fact(const gt_about *about, const char *name) {
    for (int i = 0; i < about->count; i++)
        if (strcmp(about->facts[i].name, name) == 0) return about->facts[i].text;
    return "";
}

static void read_about(const char *path, gt_thing thing, gt_about *out) {
    gt_error err = {0};
    assert_int_equal(gt_thing_of(path), thing);
    assert_ok(gt_about_read(path, out, &err), err);
    assert_int_equal(out->thing, thing);
    assert_true(*out->sentence != '\0');
}

/* A thing of that kind, of which the sentence begins so. */
static void expect_sentence(const char *path, gt_thing thing, const char *begins) {
    gt_about about;
    read_about(path, thing, &about);
    if (strncmp(about.sentence, begins, strlen(begins)) != 0)
        fail_msg("%s: '%s', expected '%s'", path, about.sentence, begins);
    gt_about_free(&about);
}

static void tables_and_results(void **state) {
    gt_about about;
    write_text("t.csv", "id,size\nA,3\nB,4\n");
    read_about("t.csv", GT_THING_TABLE, &about);
    assert_string_equal(about.sentence, "a table of 2 rows and 2 columns");
    assert_string_equal(fact(&about, "columns"), "id, size");
    assert_null(about.provenance);
    gt_about_free(&about);
    write_text("r.json", "{\"provenance\": {\"line\": \"galatea x\"}, \"accuracy\": 1}");
    read_about("r.json", GT_THING_RESULT, &about);
    assert_string_equal(fact(&about, "members"), "provenance, accuracy");
    assert_non_null(strstr(about.provenance, "galatea x"));
    gt_about_free(&about);
    write_text("page.html", "<html><body>a page of some length</body></html>");
    expect_sentence("page.html", GT_THING_PAGE, "");
}

static void folders(void **state) {
    gt_about about;
    assert_int_equal(mkdir("fitted", 0777) | mkdir("sweep", 0777) | mkdir("empty", 0777), 0);
    write_text("fitted/manifest.json",
               "{\"features\": 8, \"names\": [\"a\", \"b\"], \"methods\": [\"knn\"]}");
    read_about("fitted", GT_THING_CLASSIFIERS, &about);
    assert_string_equal(about.sentence, "fitted classifiers for rows of 8 numbers");
    assert_string_equal(fact(&about, "names"), "a, b");
    gt_about_free(&about);
    write_text("sweep/twins.json", "{\"subset_seed\": 1, \"rows\": []}");
    expect_sentence("sweep", GT_THING_SWEEP,
                    "a sweep of pairs of models; galatea report shows it");
    expect_sentence("sweep/twins.json", GT_THING_RESULT,
                    "JSON, the table of a sweep of pairs of models");
    assert_int_equal(gt_thing_of("empty"), GT_THING_SET); /* others say what is wrong */
}

/* One that was begun, without results, and what lies in it. */
static void parts_of_a_sweep(void **state) {
    gt_about about;
    assert_int_equal(mkdir("begun", 0777) | mkdir("begun/subsets", 0777), 0);
    assert_int_equal(mkdir("begun/glow", 0777) | mkdir("begun/glow/N-12", 0777), 0);
    write_text("begun/config", "sizes = 12,40\nsamples = 8\n");
    assert_int_equal(gt_thing_of("begun"), GT_THING_SET);
    write_text("begun/subsets/subsets.json", "{}");
    write_text("begun/glow/config", "preset = tiny\n");
    read_about("begun", GT_THING_SWEEP, &about);
    assert_string_equal(fact(&about, "sizes"), "12,40");
    assert_string_equal(fact(&about, "models"), "glow");
    gt_about_free(&about);
    static const struct {
        const char *path;
        gt_thing thing;
        const char *begins;
    } parts[] = {
        {"begun/subsets", GT_THING_SWEEP, "a part of a sweep"},
        {"begun/glow", GT_THING_SWEEP, "a part of a sweep"},
        {"begun/glow/N-12", GT_THING_SWEEP, "a part of a sweep"},
        {"begun/config", GT_THING_NOTE, "the settings of a sweep of pairs of models"},
        {"begun/glow/config", GT_THING_NOTE, "the settings of a model of a sweep"},
        {"begun/subsets/subsets.json", GT_THING_RESULT, "JSON, not known to be of galatea"}};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        expect_sentence(parts[i].path, parts[i].thing, parts[i].begins);
    assert_int_equal(unlink("begun/subsets/subsets.json"), 0); /* what it was known by */
    assert_int_equal(gt_thing_of("begun"), GT_THING_SET);
    assert_int_equal(gt_thing_of("begun/glow"), GT_THING_SET);
    write_text("config", "sizes = 12,40\n"); /* anybody's */
    assert_int_equal(gt_thing_of("config"), GT_THING_SET);
}

static void latents(void **state) {
    gt_error err = {0};
    gt_about about;
    gt_latents_info info = {
        .count = 3, .part_count = 2, .provenance = "{\"line\": \"galatea invert\"}"};
    gt_latents_writer *writer = NULL;
    const float rows[3 * 14] = {0};
    info.parts[0] = (gt_latents_part){"top", 3, {2, 2, 2}};
    info.parts[1] = (gt_latents_part){"rest", 1, {6}};
    assert_ok(gt_latents_writer_create("z.h5", &info, &writer, &err), err);
    assert_ok(gt_latents_writer_append(writer, rows, 14, NULL, 3, &err), err);
    assert_ok(gt_latents_writer_commit(writer, &err), err);
    read_about("z.h5", GT_THING_LATENTS, &about);
    assert_string_equal(about.sentence, "latents of 3 images, as noise (eps)");
    assert_int_equal(about.count, 2);
    assert_non_null(strstr(about.provenance, "galatea invert"));
    gt_about_free(&about);
}

static void weights_of_others(void **state) {
    gt_error err = {0};
    gt_about about;
    gt_safetensors_writer *writer = NULL;
    const float numbers[6] = {0};
    assert_ok(gt_safetensors_writer_create(&writer, &err), err);
    assert_ok(gt_safetensors_writer_add(writer, "conv.weight", GT_ST_F32, 2, (int64_t[]){2, 3},
                                        numbers, &err),
              err);
    assert_ok(gt_safetensors_writer_save(writer, "w.safetensors", 0, &err), err);
    gt_safetensors_writer_destroy(writer);
    read_about("w.safetensors", GT_THING_ARRAYS, &about);
    assert_string_equal(about.sentence, "weights, or other arrays, 1 arrays of 6 numbers");
    assert_string_equal(fact(&about, "first"), "conv.weight, F32 2x3");
    gt_about_free(&about);
}

static void pictures(void **state) {
    gt_error err = {0};
    gt_about about;
    const uint8_t pixels[6] = {0};
    assert_ok(gt_png_write(
                  "a.png", 3, 2, 1, pixels,
                  "{\"command\": \"galatea data show\", \"inputs\": {\"s.h5\": \"1\"}}", &err),
              err);
    assert_ok(gt_png_write("b.png", 3, 2, 1, pixels, NULL, &err), err);
    read_about("a.png", GT_THING_FIGURE, &about);
    assert_string_equal(about.sentence, "a figure or sheet, PNG, 3 x 2 pixels");
    assert_string_equal(fact(&about, "caption"),
                        "Pictures of s.h5, a row or more for each set.");
    gt_about_free(&about);
    assert_int_equal(gt_thing_of("b.png"), GT_THING_SET); /* a cut-out */
}

static void what_is_wrong_is_said(void **state) {
    gt_error err = {0};
    gt_about about;
    assert_int_equal(gt_thing_of("nothing"), GT_THING_NONE);
    assert_int_equal(gt_about_read("nothing", &about, &err), GT_NOT_FOUND);
    write_text("bad.json", "{");
    assert_int_equal(gt_about_read("bad.json", &about, &err), GT_BAD_FORMAT);
    assert_non_null(strstr(err.text, "bad.json"));
    gt_about_free(&about);
    write_text("bad.csv", "a,b\n1\n");
    assert_int_equal(gt_about_read("bad.csv", &about, &err), GT_BAD_FORMAT);
    gt_about_free(&about);
    write_text("bad.safetensors", "12345678");
    assert_int_equal(gt_about_read("bad.safetensors", &about, &err), GT_BAD_FORMAT);
    gt_about_free(&about);
    assert_string_equal(gt_thing_name(GT_THING_SET), "a data set");
}

static int enter_folder(void **state) {
    return make_temp_folder(state) || chdir(temp_folder);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tables_and_results),    cmocka_unit_test(folders),
        cmocka_unit_test(parts_of_a_sweep),      cmocka_unit_test(latents),
        cmocka_unit_test(weights_of_others),     cmocka_unit_test(pictures),
        cmocka_unit_test(what_is_wrong_is_said),
    };
    return cmocka_run_group_tests(tests, enter_folder, remove_temp_folder);
}
