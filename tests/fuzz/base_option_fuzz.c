/* Fuzz target: configuration text and command lines. Whatever is accepted must come back
 * unchanged through its own printed form. First byte 'a': the rest are arguments, one a line.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "galatea/option.h"

typedef struct all_kinds {
    bool flag;
    int64_t number;
    double real;
    const char *text, *choice;
} all_kinds;

static const gt_option rows[] = {
    {"flag", GT_FLAG_AT(all_kinds, flag), "true", NULL, "a flag"},
    {"number", GT_INT_AT(all_kinds, number), "5", "N", "a number", .min = -10, .max = 1e15},
    {"real", GT_REAL_AT(all_kinds, real), "0.5", "X", "a real number"},
    {"text", GT_TEXT_AT(all_kinds, text), NULL, "TEXT", "a text"},
    {"choice", GT_CHOICE_AT(all_kinds, choice), "b", "X", "a choice", .choices = "a|b|cd"},
};
static const gt_option_table table = GT_OPTION_TABLE("All", rows);

static void must(int condition) {
    if (!condition) abort();
}

static gt_status parse_lines(gt_options *options, char *lines, gt_error *err) {
    enum { MOST = 64 };
    const char *arguments[MOST];
    int count = 0;
    while (lines && count < MOST) arguments[count++] = strsep(&lines, "\n");
    for (int i = 0; i < count; ++i) /* a target reads no files */
        if (strncmp(arguments[i], "--config", 8) == 0) return gt_fail(err, GT_USAGE, "a file");
    return gt_options_parse(options, count, arguments, err);
}

static void check_round_trip(const gt_options *options, const all_kinds *first) {
    all_kinds second;
    gt_error err;
    char *text = NULL, *again = NULL;
    gt_options *other = NULL;
    must(gt_options_text(options, GT_OPTIONS_PLAIN, &text, &err) == GT_OK);
    must(gt_options_create(&other, &err) == GT_OK);
    must(gt_options_add(other, &table, &second, &err) == GT_OK);
    must(gt_options_read_text(other, "again", text, strlen(text), GT_FROM_RUN, &err) == GT_OK);
    must(gt_options_text(other, GT_OPTIONS_PLAIN, &again, &err) == GT_OK);
    must(strcmp(text, again) == 0);
    must(second.flag == first->flag && second.number == first->number);
    must(memcmp(&second.real, &first->real, sizeof second.real) == 0);
    must(!first->text == !second.text && (!first->text || !strcmp(first->text, second.text)));
    gt_options_destroy(other);
    free(text);
    free(again);
}

bool gt_fuzz_one(const uint8_t *data, size_t size) {
    all_kinds settings;
    gt_error err;
    gt_options *options = NULL;
    gt_status status;
    char *text = gt_fuzz_text(data, size);
    must(gt_options_create(&options, &err) == GT_OK);
    must(gt_options_add(options, &table, &settings, &err) == GT_OK);
    if (*text == 'a')
        status = parse_lines(options, text + 1, &err);
    else
        status = gt_options_read_text(options, "fuzz", text, size, GT_FROM_FILE, &err);
    must(status == GT_OK || strlen(err.text) > 0);
    check_round_trip(options, &settings); /* also after a failure: what was set stays valid */
    gt_options_destroy(options);
    free(text);
    return status == GT_OK;
}
