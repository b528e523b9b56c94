/* pages.h - results of every kind, written into the folder of a test, in which it runs, and
 * pages made of them. PAGED(name) in place of TEST(name). gnuplot is the one of spy.h. */
#ifndef GT_TEST_REPORT_PAGES_H
#define GT_TEST_REPORT_PAGES_H

#include <ctype.h>

#include "galatea/dataset.h"
#include "galatea/log.h"
#include "galatea/safetensors.h"
#include "png_write.h"
#include "report.h"
#include "spy.h"
#include "table.h"

enum { REMARKS = 1 << 14 };

static char remarks[REMARKS]; /* of the test so far, a line each */

static inline void keep_remark(void *user, const char *line) {
    (void)user;
    size_t used = strlen(remarks);
    snprintf(remarks + used, REMARKS - used, "%s\n", line);
}

static inline int begin_pages(void **state) {
    *remarks = '\0';
    gt_log_to(keep_remark, NULL);
    return begin_spying(state) || chdir(temp_folder);
}

static inline int end_pages(void **state) {
    gt_log_to(NULL, NULL);
    return chdir("/") || end_spying(state);
}

#define PAGED(name) cmocka_unit_test_setup_teardown(name, begin_pages, end_pages)

/* ---- results ---- */

/* A record as commands write it; good for eight more calls. options, inputs: members as JSON,
 * "" for none. */
static inline const char *record_of(const char *command, const char *options,
                                    const char *inputs) {
    static char texts[8][1024];
    static int turn;
    char *text = texts[turn++ % 8];
    snprintf(
        text, sizeof texts[0],
        "{\"command\": \"%s\", \"version\": \"1\", \"options\": {%s}, \"line\": \"%s --said\", "
        "\"inputs\": {%s}}",
        command, options, command, inputs);
    return text;
}

static inline void put_text(const char *path, const char *text) {
    write_file(path, text, strlen(text));
}

static inline void put_png(const char *path, const char *record) {
    gt_error err;
    assert_ok(gt_png_write(path, 1, 1, 1, (const uint8_t *)"", record, &err), err);
}

/* The table "name, flux" in the form that the ending says. */
static inline void put_table(const char *path, const char *record) {
    static const gt_table_column columns[] = {{"name", GT_TABLE_TEXT},
                                              {"flux", GT_TABLE_REAL, .unit = "mJy"}};
    gt_error err;
    gt_table *table = NULL;
    assert_ok(gt_table_create(columns, 2, &table, &err), err);
    gt_cell row[] = {gt_cell_text("3C <31>"), gt_cell_real(12.25)};
    assert_ok(gt_table_append(table, row, &err), err);
    assert_ok(gt_table_write(table, path, record, &err), err);
    gt_table_destroy(table);
}

/* A data set of one code. */
static inline void put_codes(const char *path, const char *record) {
    gt_error err;
    gt_dataset_writer *writer = NULL;
    gt_dataset_info info = gt_dataset_info_default();
    info.kind = GT_DATASET_CODES;
    info.type = GT_PIXEL_F32;
    info.count = info.channels = info.height = info.width = 1;
    info.provenance = record;
    assert_ok(gt_dataset_writer_create(path, &info, &writer, &err), err);
    assert_ok(gt_dataset_writer_append(writer, (float[]){1}, NULL, 1, &err), err);
    assert_ok(gt_dataset_writer_commit(writer, &err), err);
}

static inline void put_run(const char *folder, const char *log, const char *settings) {
    char path[256];
    assert_int_equal(mkdir(folder, 0755), 0);
    snprintf(path, sizeof path, "%s/train.csv", folder);
    put_text(path, log);
    snprintf(path, sizeof path, "%s/config", folder);
    put_text(path, settings);
}

/* The weights of a run, which say what model they are of; NULL: they do not. */
static inline void put_weights(const char *path, const char *model, const char *record) {
    gt_error err;
    gt_safetensors_writer *writer = NULL;
    assert_ok(gt_safetensors_writer_create(&writer, &err), err);
    if (model) assert_ok(gt_safetensors_writer_metadata(writer, "model", model, &err), err);
    if (record)
        assert_ok(gt_safetensors_writer_metadata(writer, "provenance", record, &err), err);
    assert_ok(gt_safetensors_writer_save(writer, path, 0, &err), err);
    gt_safetensors_writer_destroy(writer);
}

/* ---- pages ---- */

static gt_report_counts counted; /* of the last page */

static inline gt_status write_page_of(const char *const *paths, int count, gt_error *err) {
    const gt_report_request request = {
        .paths = paths, .count = (size_t)count, .line = "galatea report"};
    return gt_report_write("page.html", &request, &counted, err);
}

/* Every element is closed where it should be, every & begins an entity that is known: what a
 * browser takes for a page without mending it. */
static inline void assert_well_formed(const char *html) {
    char open[64][16];
    int depth = 0;
    for (const char *at = html; *at; at++) {
        if (*at == '&' && strncmp(at, "&lt;", 4) && strncmp(at, "&gt;", 4) &&
            strncmp(at, "&amp;", 5) && strncmp(at, "&quot;", 6) && strncmp(at, "&#39;", 5) &&
            strncmp(at, "&middot;", 8) && strncmp(at, "&plusmn;", 8) &&
            strncmp(at, "&ndash;", 7))
            fail_msg("no entity: %.40s", at);
        if (*at != '<' || at[1] == '!') continue;
        bool is_end = at[1] == '/';
        char name[16] = "";
        for (int i = 0; i < 15 && isalnum(at[1 + is_end + i]); i++)
            name[i] = at[1 + is_end + i];
        if (!*name) fail_msg("no element: %.40s", at);
        const char *end = at + strcspn(at + 1, "<>") + 1;
        if (*end != '>') fail_msg("an element that does not end: %.40s", at);
        at = end;
        if (!strcmp(name, "meta") || !strcmp(name, "img")) continue;
        if (!is_end) {
            assert_true(depth < 64);
            strcpy(open[depth++], name);
        } else if (!depth || strcmp(open[--depth], name) != 0)
            fail_msg("</%s> ends <%s>", name, depth >= 0 ? open[depth] : "nothing");
    }
    if (depth) fail_msg("<%s> is not ended", open[depth - 1]);
}

/* The page of these paths; yours. */
static inline char *page_of(const char *const *paths, int count) {
    gt_error err;
    assert_ok(write_page_of(paths, count, &err), err);
    char *html = load_text("page.html");
    assert_well_formed(html);
    return html;
}

#define PATHS(...)                      \
    (const char *const[]){__VA_ARGS__}, \
        (int)(sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *))

/* One section of a page; yours. NULL: it has none of this name. */
static inline char *section_of(const char *html, const char *anchor) {
    char begin[64];
    snprintf(begin, sizeof begin, "<section id=\"%s\">", anchor);
    const char *at = strstr(html, begin);
    if (!at) return NULL;
    return strndup(at, (size_t)(strstr(at, "</section>") - at));
}

static inline bool has(const char *html, const char *text) {
    return strstr(html, text) != NULL;
}

/* The rows of the tables as text, for the eye: cells parted by |, a row a line; yours. */
static inline char *table_text(const char *html) {
    static const struct {
        const char *entity, *text;
    } entities[] = {{"&lt;", "<"},    {"&gt;", ">"},      {"&amp;", "&"},
                    {"&quot;", "\""}, {"&plusmn;", "+-"}, {"&ndash;", "-"}};
    char *out = malloc(strlen(html) + 1), *end = out;
    for (const char *table = html; (table = strstr(table, "<table")); table++) {
        const char *last = strstr(table, "</table>");
        for (const char *at = table; at < last; at++) {
            if (strncmp(at, "</td>", 5) == 0 || strncmp(at, "</th>", 5) == 0) *end++ = '|';
            if (strncmp(at, "</tr>", 5) == 0) *end++ = '\n';
            if (*at == '<')
                at = strchr(at, '>');
            else if (*at == '&')
                for (size_t i = 0; i < sizeof entities / sizeof *entities; i++) {
                    size_t length = strlen(entities[i].entity);
                    if (strncmp(at, entities[i].entity, length) != 0) continue;
                    end = stpcpy(end, entities[i].text);
                    at += length - 1;
                    break;
                }
            else if (*at != '\n')
                *end++ = *at;
        }
    }
    *end = '\0';
    return out;
}

#endif
