/* Which papers a page follows, and where it says so; sweeps of pairs of models beside the
 * printed Table 1 of the one on generators. */
#include "page.h"
#include "pages.h"

/* Each part names the figures of the papers that it follows; at the end of the page stand the
 * papers that some part follows, and no others. */
static void parts_name_their_papers(void **state) {
    put_png("map.png", record_of("galatea embed", "", ""));
    char *html = page_of(PATHS("map.png"));
    assert_true(has(html, "(as Figure 6 of <a href=\"#paper-radio\">Andrianomena &amp; Tang "
                          "2024</a>)</span>"));
    char *papers = section_of(html, "papers");
    assert_true(has(papers, "Leveraging latent space representations from variational "
                            "autoencoder. Journal of Cosmology and Astroparticle Physics 06 "
                            "(2024) 034, doi:10.1088/1475-7516/2024/06/034"));
    assert_false(has(papers, "Campagne"));
    free(papers), free(html);

    put_png("corner.png", record_of("galatea corner", "", ""));
    html = page_of(PATHS("corner.png"));
    assert_true(has(html,
                    "(as Figures 4, 8, 12 and 15 of <a href=\"#paper-generators\">Campagne "
                    "2025</a>)</span>"));
    papers = section_of(html, "papers");
    assert_true(has(papers, "Insights from a Two-Models Framework"));
    assert_true(has(papers, "arXiv:2503.23127"));
    assert_false(has(papers, "Tang"));
    free(papers), free(html);

    put_png("made.png", record_of("galatea sample", "", "")); /* of both */
    html = page_of(PATHS("made.png"));
    assert_true(has(html, "(as Figure 10 of <a href=\"#paper-radio\">Andrianomena &amp; Tang "
                          "2024</a>; Figure 3 of <a href=\"#paper-generators\">Campagne "
                          "2025</a>)</span>"));
    papers = section_of(html, "papers");
    assert_true(has(papers, "id=\"paper-radio\"") && has(papers, "id=\"paper-generators\""));
    free(papers), free(html);
}

/* What follows none names none. */
static void other_parts_name_no_paper(void **state) {
    put_png("a.png", record_of("galatea judge", "", ""));
    put_table("b.csv", NULL);
    char *html = page_of(PATHS("a.png", "b.csv"));
    assert_null(section_of(html, "papers"));
    assert_false(has(html, "Campagne") || has(html, "Andrianomena"));
    free(html);
}

/* As printed: level, then distances of what A finds and of what B finds, for three sizes. */
static const struct {
    int size, level;
    const char *a, *b;
} table1[] = {{100000, 0, "3.7e-06", "8.7e-02"}, {100000, 1, "2.6e-06", "3.6e-02"},
              {100000, 2, "4.1e-06", "1.9e-02"}, {10000, 0, "2.3e-06", "7.6e-02"},
              {10000, 1, "4.0e-06", "4.8e-02"},  {10000, 2, "3.9e-06", "2.7e-02"},
              {1000, 0, "2.6e-06", "7.9e-02"},   {1000, 1, "2.7e-06", "1.1e-01"},
              {1000, 2, "5.1e-06", "2.9e-02"}};

static void put_sweep(const char *model, const char *further) {
    char text[4096];
    int used =
        snprintf(text, sizeof text, "{\"samples\": 1000, \"subset_seed\": 1, \"rows\": [");
    static const int sizes[] = {100000, 10000, 1000};
    for (int i = 0; i < 3; i++) {
        used += snprintf(text + used, sizeof text - (size_t)used,
                         "%s{\"model\": \"%s\", \"size\": %d", i ? ", " : "", model, sizes[i]);
        for (int level = 0; level < 3; level++)
            used += snprintf(text + used, sizeof text - (size_t)used,
                             ", \"w1_level_%d_a\": 1.5e-6, \"w1_level_%d_b\": 0.0%d, "
                             "\"numbers_level_%d\": 1000000",
                             level, level, 4 + level, level);
        used += snprintf(text + used, sizeof text - (size_t)used, "}");
    }
    snprintf(text + used, sizeof text - (size_t)used, "%s]}", further);
    put_text("twins.json", text);
}

static void the_printed_table_stands_beside(void **state) {
    put_sweep("glow", ", {\"model\": \"gan\", \"size\": 1000, \"cosine_mean\": 0.9}");
    char *html = page_of(PATHS("twins.json")), *section = section_of(html, "twins");
    assert_non_null(section);
    char *text = table_text(section);
    for (size_t i = 0; i < sizeof table1 / sizeof *table1; i++) {
        char line[128];
        snprintf(line, sizeof line, "glow|%d|%d|1.5e-06|%d.0e-02|1.7e-03|%s|%s|\n",
                 table1[i].size, table1[i].level, 4 + table1[i].level, table1[i].a,
                 table1[i].b);
        if (!strstr(text, line)) fail_msg("%s is not in\n%s", line, text);
    }
    assert_false(has(text, "gan|1000|0|")); /* no level of it */
    assert_true(has(section, "<summary>All numbers</summary>"));
    assert_true(has(text, "cosine_mean||||0.9|\n"));
    assert_false(has(section, "JSON"));
    assert_true(has(section, "Table 1 of <a href=\"#paper-generators\">"));
    free(text), free(section), free(html);
}

/* Numbers of another model, of another size, and of a level that the paper has not, stand
 * alone. */
static void others_have_nothing_printed(void **state) {
    put_sweep("other", ", {\"model\": \"glow\", \"size\": 500, \"w1_level_0_a\": 1e-6, "
                       "\"w1_level_0_b\": 0.5}, {\"model\": \"glow\", \"size\": 1000, "
                       "\"w1_level_3_b\": 0.25}");
    char *html = page_of(PATHS("twins.json")), *section = section_of(html, "twins");
    char *text = table_text(section);
    assert_true(has(text, "other|1000|1|1.5e-06|5.0e-02|1.7e-03|||\n"));
    assert_true(has(text, "glow|500|0|1.0e-06|5.0e-01||||\n"));
    assert_true(has(text, "glow|1000|3||2.5e-01||||\n"));
    free(text), free(section), free(html);
}

/* A sweep in which nothing was run backwards shows its numbers alone; what is no sweep lies
 * elsewhere. */
static void sweeps_without_inversion(void **state) {
    put_text("twins.json",
             "{\"subset_seed\": 1, \"rows\": [{\"model\": \"gan\", \"size\": 9}]}");
    char *html = page_of(PATHS("twins.json")), *section = section_of(html, "twins");
    assert_non_null(section);
    char *text = table_text(section);
    assert_string_equal(text, "model|N|\ngan|9|\nmodel|gan|\nsize|9|\n");
    assert_false(has(section, "Table 1</th>"));
    free(text), free(section), free(html);
    static const char *const none[] = {
        "{\"rows\": [{\"model\": \"gan\", \"size\": 9}]}", "{\"subset_seed\": 1, \"rows\": []}",
        "{\"subset_seed\": 1, \"rows\": 7}", "{\"subset_seed\": 1, \"rows\": [{\"size\": 9}]}",
        "[1]"};
    for (size_t i = 0; i < sizeof none / sizeof *none; i++) {
        put_text("twins.json", none[i]);
        html = page_of(PATHS("twins.json"));
        assert_null(section_of(html, "twins"));
        free(html);
    }
}

/* What the command shows of its sweep stands open, with a row for each size of each model. */
static void main_numbers_of_a_sweep(void **state) {
    put_text("twins.json",
             "{\"subset_seed\": 1, \"rows\": [{\"model\": \"gan\", \"size\": 9, \"epochs\": 3, "
             "\"cosine_median\": 0.123456, \"copies_a\": 2, \"other\": 7, "
             "\"verdict_pixels_a\": \"copied <50 %>\"}, "
             "{\"model\": \"glow\", \"size\": 1000, \"epochs\": 4, \"cosine_median\": null}]}");
    char *html = page_of(PATHS("twins.json")), *section = section_of(html, "twins");
    char *text = table_text(section), *rest = NULL;
    static const char open[] = "model|N|epochs|cosine of A and B|copies of A|verdict on A|\n"
                               "gan|9|3|0.1235|2|copied <50 %>|\n"
                               "glow|1000|4||||\n";
    rest = text + strlen(open);
    assert_memory_equal(text, open, strlen(open));
    assert_true(has(rest, "other|7||\n") && has(rest, "epochs|3|4|\n"));
    free(text), free(section), free(html);
}

/* Hostile names and numbers stay text. */
static void a_hostile_sweep(void **state) {
    put_text(
        "twins.json",
        "{\"subset_seed\": {}, \"rows\": [{\"model\": \"<b>&\", \"size\": \"x\", "
        "\"w1_level_0_b\": 1e308, \"w1_level_0_a\": \"y\", \"numbers_level_0\": -1}, {}, 3, "
        "null, {\"model\": 5, \"w1_level_1_b\": 0}]}");
    char *html = page_of(PATHS("twins.json")), *section = section_of(html, "twins");
    char *text = table_text(section);
    assert_true(has(text, "<b>&|0|0||1.0e+308||||\n"));
    assert_true(has(text, "?|0|1||0.0e+00||||\n"));
    free(text), free(section), free(html);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        PAGED(parts_name_their_papers),         PAGED(other_parts_name_no_paper),
        PAGED(the_printed_table_stands_beside), PAGED(others_have_nothing_printed),
        PAGED(sweeps_without_inversion),        PAGED(a_hostile_sweep),
        PAGED(main_numbers_of_a_sweep),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
