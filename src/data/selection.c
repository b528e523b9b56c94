/* selection.c - comparisons of columns, all of which must hold. */
#include "selection.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "text.h"

enum { MAX_TEXT = 256 };

/* Longer signs first, so that "<=" is not taken for "<". */
static const struct {
    const char *sign;
    int relation;
} relations[] = {
    {"!=", GT_UNEQUAL}, {"<=", GT_LESS_EQUAL}, {">=", GT_MORE_EQUAL}, {"==", GT_EQUAL},
    {"=", GT_EQUAL},    {"<", GT_LESS},        {">", GT_MORE},
};

static const char *const split_names[GT_SPLIT_COUNT] = {"train", "test", "validation"};

/* ---- columns ---- */

/* Columns that every source may have; labels and split are looked for behind the source's own,
 * under which they are the numbers that the file has. */
static const struct {
    const char *name;
    unsigned bit;
    gt_selected what;
} common[] = {
    {"ra", GT_COLUMN_RA, GT_RA},
    {"dec", GT_COLUMN_DEC, GT_DEC},
    {"labels", GT_COLUMN_LABEL, GT_LABEL},
    {"split", GT_COLUMN_SPLIT, GT_SPLIT},
    {"angular_size", GT_COLUMN_SIZE, GT_SIZE},
};
enum { COMMON = sizeof common / sizeof *common };

static bool find_common(const gt_source_info *info, const char *name, gt_condition *out) {
    for (size_t i = 0; i < COMMON; i++) {
        if (!(info->columns & common[i].bit) || strcmp(common[i].name, name) != 0) continue;
        out->what = common[i].what;
        return true;
    }
    return false;
}

static bool find_in(const char *const *names, size_t count, const char *name, size_t *index) {
    for (size_t i = 0; i < count; i++) {
        if (strcmp(names[i], name) != 0) continue;
        *index = i;
        return true;
    }
    return false;
}

static bool is_number(const char *value) {
    int64_t whole;
    return gt_text_to_int(value, &whole, NULL) == GT_OK;
}

/* A number is compared with what the file has, a word with classes and splits. */
static bool find_column(const gt_source_info *info, const char *name, const char *value,
                        gt_condition *out) {
    if (find_common(info, name, out) && (out->what >= GT_REAL_COLUMN || !is_number(value)))
        return true;
    if (find_in(info->integers, info->integer_count, name, &out->index)) {
        out->what = GT_INTEGER_COLUMN;
        return true;
    }
    if (find_common(info, name, out)) return true;
    out->what = GT_REAL_COLUMN;
    return find_in(info->reals, info->real_count, name, &out->index);
}

static void add_name(char known[256], const char *name) {
    size_t used = strlen(known);
    snprintf(known + used, 256 - used, " %s", name);
}

static gt_status unknown_column(const gt_source_info *info, const char *name, gt_error *err) {
    char known[256] = "";
    size_t unused;
    for (size_t i = 0; i < info->integer_count; i++) add_name(known, info->integers[i]);
    for (size_t i = 0; i < info->real_count; i++) add_name(known, info->reals[i]);
    for (size_t i = 0; i < COMMON; i++)
        if ((info->columns & common[i].bit) &&
            !find_in(info->integers, info->integer_count, common[i].name, &unused) &&
            !find_in(info->reals, info->real_count, common[i].name, &unused))
            add_name(known, common[i].name);
    return gt_fail(err, GT_USAGE, "--where: no column '%s' of numbers, expected one of%s", name,
                   known);
}

/* ---- values ---- */

static gt_status find_class(const gt_source_info *info, const char *value, gt_condition *out,
                            gt_error *err) {
    char known[300] = "";
    for (size_t i = 0; i < info->class_count; i++) {
        if (strcmp(info->class_names[i], value) == 0) {
            out->whole = (int64_t)i;
            return GT_OK;
        }
        size_t used = strlen(known);
        snprintf(known + used, sizeof known - used, "%s%s", used ? ", " : "",
                 info->class_names[i]);
    }
    return gt_fail(err, GT_USAGE, "no class '%s', expected a number%s%s", value,
                   *known ? " or one of " : "", known);
}

static gt_status find_split(const char *value, gt_condition *out, gt_error *err) {
    for (int i = 0; i < GT_SPLIT_COUNT; i++) {
        if (strcmp(split_names[i], value) != 0) continue;
        out->whole = i;
        return GT_OK;
    }
    return gt_fail(err, GT_USAGE, "no split '%s', expected a number or train, test, validation",
                   value);
}

static gt_status read_value(const char *value, const gt_source_info *info, gt_condition *out,
                            gt_error *err) {
    bool is_name = (out->what == GT_LABEL || out->what == GT_SPLIT) && !is_number(value);
    if (is_name && out->relation > GT_UNEQUAL)
        return gt_fail(err, GT_USAGE, "'%s' is a name, which = and != compare", value);
    if (is_name && out->what == GT_LABEL) return find_class(info, value, out, err);
    if (is_name) return find_split(value, out, err);
    if (out->what < GT_REAL_COLUMN) return gt_text_to_int(value, &out->whole, err);
    return gt_text_to_real(value, &out->real, err);
}

/* ---- conditions ---- */

/* Without blanks at the ends, nor a pair of quotes around the rest. */
static char *trim(char *text) {
    while (*text == ' ') text++;
    size_t length = strlen(text);
    while (length > 0 && text[length - 1] == ' ') text[--length] = 0;
    if (length < 2 || (*text != '\'' && *text != '"') || text[length - 1] != *text) return text;
    text[length - 1] = 0;
    return text + 1;
}

/* One "column=value". */
static gt_status parse_condition(const char *text, const gt_source_info *info,
                                 gt_condition *out, gt_error *err) {
    size_t length = strcspn(text, "!<>="), index = 0;
    char column[MAX_TEXT], rest[MAX_TEXT];
    while (index < sizeof relations / sizeof *relations &&
           strncmp(text + length, relations[index].sign, strlen(relations[index].sign)) != 0)
        index++;
    if (index == sizeof relations / sizeof *relations || length == 0)
        return gt_fail(err, GT_USAGE,
                       "--where: '%s', expected column=value, !=, <, <=, > or >=", text);
    snprintf(column, sizeof column, "%.*s", (int)length, text);
    snprintf(rest, sizeof rest, "%s", text + length + strlen(relations[index].sign));
    const char *name = trim(column), *value = trim(rest);
    out->relation = relations[index].relation;
    if (!find_column(info, name, value, out)) return unknown_column(info, name, err);
    gt_status status = read_value(value, info, out, err);
    if (status) gt_blame(err, "--where %s", text);
    return status ? GT_USAGE : GT_OK;
}

static gt_status add_condition(gt_selection *selection, const char *text,
                               const gt_source_info *info, gt_error *err) {
    if (selection->count == GT_SELECTION_MOST)
        return gt_fail(err, GT_USAGE, "--where: more than %d conditions", GT_SELECTION_MOST);
    return parse_condition(text, info, &selection->conditions[selection->count++], err);
}

static gt_status add_split(gt_selection *selection, const char *split,
                           const gt_source_info *info, gt_error *err) {
    if (strcmp(split, "all") == 0) return GT_OK;
    if (!(info->columns & GT_COLUMN_SPLIT))
        return gt_fail(err, GT_USAGE, "--split %s: the source has no column 'split'", split);
    for (int i = 0; i < GT_SPLIT_COUNT; i++) {
        if (strcmp(split_names[i], split) != 0) continue;
        selection->conditions[selection->count++] =
            (gt_condition){.what = GT_SPLIT, .relation = GT_EQUAL, .whole = i};
        return GT_OK;
    }
    return gt_fail(err, GT_USAGE, "--split %s: expected all, train, test or validation", split);
}

/* Up to the next comma that stands in no quotes. */
static size_t condition_length(const char *text) {
    size_t at = 0;
    for (char quote = 0; text[at] && (text[at] != ',' || quote); at++)
        if (text[at] == '\'' || text[at] == '"')
            quote = quote == text[at] ? 0 : quote ? quote : text[at];
    return at;
}

gt_status gt_selection_parse(const char *where, const char *split, const gt_source_info *info,
                             gt_selection *out, gt_error *err) {
    *out = (gt_selection){0};
    gt_status status = add_split(out, split, info, err);
    while (status == GT_OK && where != NULL && *where != 0) {
        char text[MAX_TEXT];
        size_t length = condition_length(where);
        if (length >= sizeof text)
            return gt_fail(err, GT_USAGE, "--where: a condition of %zu characters", length);
        memcpy(text, where, length);
        text[length] = 0;
        status = add_condition(out, text, info, err);
        where += length + (where[length] == ',');
    }
    return status;
}

/* order: below, at or above 0 as the value is below, at or above the other one. */
static bool holds(const gt_condition *condition, int order) {
    switch (condition->relation) {
    case GT_EQUAL:
        return order == 0;
    case GT_UNEQUAL:
        return order != 0;
    case GT_LESS:
        return order < 0;
    case GT_LESS_EQUAL:
        return order <= 0;
    case GT_MORE:
        return order > 0;
    case GT_MORE_EQUAL:
        return order >= 0;
    }
    return false;
}

static double real_of(const gt_condition *condition, const gt_picture *picture) {
    switch (condition->what) {
    case GT_RA:
        return picture->row.ra;
    case GT_DEC:
        return picture->row.dec;
    case GT_SIZE:
        return picture->row.angular_size;
    default:
        return picture->reals[condition->index];
    }
}

static bool takes(const gt_condition *condition, const gt_picture *picture) {
    if (condition->what >= GT_REAL_COLUMN) {
        double value = real_of(condition, picture), other = condition->real;
        if (isnan(value)) return condition->relation == GT_UNEQUAL;
        return holds(condition, (value > other) - (value < other));
    }
    int64_t value = condition->what == GT_LABEL   ? picture->row.label
                    : condition->what == GT_SPLIT ? picture->row.split
                                                  : picture->integers[condition->index];
    return holds(condition, (value > condition->whole) - (value < condition->whole));
}

bool gt_selection_takes(const gt_selection *selection, const gt_picture *picture) {
    for (size_t i = 0; i < selection->count; i++)
        if (!takes(&selection->conditions[i], picture)) return false;
    return true;
}
