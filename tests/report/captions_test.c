/* Figures in words: which caption a record has, what of it is told, and what has none. */
#include "gt_test.h"

#include "captions.h"

static void assert_caption(const char *command, const char *options, const char *inputs,
                           const char *path, const char *expected, bool is_drawn) {
    char text[1024];
    bool drawn = !is_drawn;
    snprintf(text, sizeof text,
             "{\"command\": \"galatea %s\", \"options\": {%s}, \"inputs\": {%s}}", command,
             options, inputs);
    json_t *record = json_loads(text, 0, NULL);
    assert_non_null(record);
    char *words = gt_caption_of(record, path, &drawn);
    if (expected)
        assert_string_equal(words, expected);
    else
        assert_null(words);
    assert_true(drawn == is_drawn);
    free(words);
    json_decref(record);
}

/* Values and inputs stand where the words want them; a part in brackets only when it was said.
 */
static void words_tell_what_was_said(void **state) {
    (void)state;
    assert_caption("embed", "\"method\": \"tsne\", \"perplexity\": 12, \"color\": null",
                   "\"a.h5\": \"1\", \"b.h5\": \"2\"", "map.png",
                   "Map of the codes of a.h5, b.h5 by t-SNE (perplexity 12); each point is an "
                   "object, neighbours have similar codes, and axes and far distances mean "
                   "nothing.",
                   true);
    assert_caption("embed", "\"method\": \"pca\", \"color\": \"[{z}]\"", "\"<c>.h5\": \"1\"",
                   "x/map.png",
                   "The first two principal components of the codes of <c>.h5; each point is "
                   "an object, coloured by [{z}], gray where there is none.",
                   true);
    assert_caption(
        "sample glow", "\"seed\": 3, \"temperature\": 0.7", "", "s.png",
        "Pictures drawn from the model with seed 3 at temperature 0.7; none of these "
        "galaxies exists.",
        false);
    assert_caption("sample gan", "\"seed\": 3, \"from-latents\": \"z.h5\"", "", "s.png",
                   "Pictures that the model makes of the latents in z.h5.", false);
}

/* Texts and numbers are told; what is a list, a flag or nothing was not said. */
static void only_texts_and_numbers_are_told(void **state) {
    static const char cold[] =
        "Pictures drawn from the model with seed 1; none of these galaxies "
        "exists.";
    static const char *const unsaid[] = {"null", "[0.7, 1]", "true", "{\"a\": 1}"};
    char options[128];
    (void)state;
    for (size_t i = 0; i < sizeof unsaid / sizeof *unsaid; i++) {
        snprintf(options, sizeof options, "\"seed\": 1, \"temperature\": %s", unsaid[i]);
        assert_caption("sample glow", options, "", "s.png", cold, false);
    }
    assert_caption("sample glow", "\"seed\": [1]", "", "s.png", NULL, false);
}

/* The name of the file tells which of several it is; a renamed one is the first. */
static void figures_of_one_command_differ(void **state) {
    static const char options[] = "\"figure\": \"out/p.png\", \"sheet\": \"d.png\"";
    static const char curve[] =
        "PSNR of pictures after denoising against that with the noise, a "
        "mean over the pictures; the dashed line is noise left as it is.";
    (void)state;
    assert_caption("denoise", options, "", "elsewhere/p.png", curve, true);
    assert_caption("denoise", options, "", "renamed.png", curve, true);
    assert_caption("denoise", options, "", "d.png",
                   "Pictures with more and more noise (deviations of 255), and below what each "
                   "model leaves of them, with the PSNR of each.",
                   false);
    assert_caption("twins glow", "", "", "s/glow/N-10/inversion_pairs.svg",
                   "Latents that A and B find in pictures of A, against the noise that A made "
                   "them of; dashed: where both are the same.",
                   true);
    assert_caption("twins glow", "", "", "s/pictures-100.png",
                   "Real pictures, and those that model A of each kind made, a row for each.",
                   false);
}

/* Braces and brackets are closed where they should be, sentences end, and of two rows the
 * general one does not stand before the special one. */
static void all_words_are_sound(void **state) {
    static const struct {
        const char *command, *file, *when, *text;
    } rows[] = {
#define GT_CAPTION(command, file, when, is_drawn, text) {command, file, when, text},
#include "../../src/report/captions.def"
#undef GT_CAPTION
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        int braces = 0, brackets = 0;
        for (const char *at = rows[i].text; *at; at++) {
            braces += (*at == '{') - (*at == '}');
            brackets += (*at == '[') - (*at == ']');
            if (braces < 0 || braces > 1 || brackets < 0 || brackets > 1 ||
                (braces && strchr("[] ", *at)))
                fail_msg("%s: %s", rows[i].command, at);
        }
        assert_int_equal(braces + brackets, 0);
        assert_true(rows[i].text[strlen(rows[i].text) - 1] == '.');
        for (size_t k = 0; k < i; k++)
            if (strcmp(rows[k].command, rows[i].command) == 0 && !rows[k].when &&
                (!rows[k].file || strcmp(rows[k].file, rows[i].file) == 0))
                fail_msg("%s, row %zu: never comes", rows[i].command, i);
    }
}

static void others_have_none(void **state) {
    (void)state;
    assert_caption("bench", "", "", "a.png", NULL, false);
    assert_caption("density", "\"figure\": \"a.png\"", "", "a.png", NULL, true); /* of what? */
    assert_caption("sampler", "", "", "a.png", NULL, false);
    assert_null(gt_caption_of(NULL, "a.png", NULL));
    assert_true(gt_caption_knows("denoise", "sheet") && gt_caption_knows("judge", "figure"));
    assert_false(gt_caption_knows("denoise", "out") || gt_caption_knows("bench", "figure"));
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(words_tell_what_was_said),
                                       cmocka_unit_test(figures_of_one_command_differ),
                                       cmocka_unit_test(only_texts_and_numbers_are_told),
                                       cmocka_unit_test(all_words_are_sound),
                                       cmocka_unit_test(others_have_none)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
