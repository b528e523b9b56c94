/* selection.c - comparisons of columns, all of which must hold. */
#include "selection.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "columns.h"
#include "text.h"
#include "unknowns.h"

enum { MAX_TEXT = GT_SELECTION_TEXT };

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

/* Columns that every source may have; the other names of each are those of gt_column_names. */
static const struct {
    const char *name;
    unsigned bit;
    gt_selected what;
} common[] = {
    {"label", GT_COLUMN_LABEL, GT_LABEL}, {"class", GT_COLUMN_LABEL, GT_LABEL},
    {"split", GT_COLUMN_SPLIT, GT_SPLIT}, {"ra", GT_COLUMN_RA, GT_RA},
    {"dec", GT_COLUMN_DEC, GT_DEC},       {"angular_size", GT_COLUMN_SIZE, GT_SIZE},
    {"id", GT_COLUMN_ID, GT_ID},
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

/* The name that a common column may have had in its file. */
static bool find_alias(const gt_source_info *info, const char *name, gt_condition *out) {
    static const gt_selected what[GT_COLUMN_COUNT] = {GT_LABEL, GT_SPLIT, GT_RA,
                                                      GT_DEC,   GT_SIZE,  GT_ID};
    for (size_t place = 0; place < GT_COLUMN_COUNT; place++)
        for (size_t i = 0; i < GT_COLUMN_NAMES && gt_column_names[place][i] != NULL; i++) {
            if (!(info->columns & gt_columns[place].bit) ||
                strcasecmp(gt_column_names[place][i], name) != 0)
                continue;
            out->what = what[place];
            return true;
        }
    return false;
}

static bool find_column(const gt_source_info *info, const char *name, gt_condition *out) {
    if (find_common(info, name, out)) return true;
    out->what = GT_FIELD;
    out->index = gt_field_find(info->fields, info->field_count, name);
    return out->index < info->field_count || find_alias(info, name, out);
}

static gt_status unknown_column(const gt_source_info *info, const char *name, gt_error *err) {
    const char *names[COMMON + GT_FIELD_MOST];
    char known[GT_NAMES_TEXT];
    size_t count = 0;
    for (size_t i = 0; i < COMMON; i++)
        if (info->columns & common[i].bit) names[count++] = common[i].name;
    for (size_t i = 0; i < info->field_count && i < GT_FIELD_MOST; i++)
        names[count++] = info->fields[i].name;
    const char *meant = gt_text_nearest(name, names, count);
    if (meant != NULL)
        return gt_fail(err, GT_USAGE, "--where: no column '%s', did you mean '%s'?", name,
                       meant);
    return gt_fail(err, GT_USAGE, "--where: no column '%s', expected one of %s", name,
                   count > 0 ? gt_text_listed(names, count, known, sizeof known)
                             : "none, the source has no columns");
}

/* ---- values ---- */

static bool is_number(const char *value) {
    int64_t whole;
    return gt_text_to_int(value, &whole, NULL) == GT_OK;
}

/* What is true or false is 1 or 0 in every format; -1 for other words. */
static int truth_of(const char *value) {
    static const char *const words[] = {"false", "true", "f", "t"};
    for (int i = 0; i < 4; i++)
        if (strcasecmp(value, words[i]) == 0) return i % 2;
    return -1;
}

static gt_status find_class(const gt_source_info *info, const char *value, gt_condition *out,
                            gt_error *err) {
    char known[GT_NAMES_TEXT];
    for (size_t i = 0; i < info->class_count; i++) {
        if (strcmp(info->class_names[i], value) != 0) continue;
        out->whole = (int64_t)i;
        return GT_OK;
    }
    return gt_fail(err, GT_USAGE, "no class '%s', expected a number%s%s", value,
                   info->class_count ? " or one of " : "",
                   gt_text_listed(info->class_names, info->class_count, known, sizeof known));
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

static gt_value_kind kind_of(const gt_source_info *info, const gt_condition *c) {
    if (c->what == GT_FIELD)
        return info->fields[c->index].type == GT_FIELD_TEXT   ? GT_COMPARE_TEXT
               : info->fields[c->index].type == GT_FIELD_REAL ? GT_COMPARE_REAL
                                                              : GT_COMPARE_WHOLE;
    return c->what == GT_ID                             ? GT_COMPARE_TEXT
           : c->what == GT_LABEL || c->what == GT_SPLIT ? GT_COMPARE_WHOLE
                                                        : GT_COMPARE_REAL;
}

static gt_status read_value(const char *value, const gt_source_info *info, gt_condition *out,
                            gt_error *err) {
    bool is_name = (out->what == GT_LABEL || out->what == GT_SPLIT) && !is_number(value);
    out->kind = kind_of(info, out);
    if (*value == 0 && !out->is_missing)
        return gt_fail(err, GT_USAGE, "no value; '' stands for a missing one");
    if ((is_name || out->is_missing) && out->relation > GT_UNEQUAL)
        return gt_fail(err, GT_USAGE, "'%s' is a name, which = and != compare", value);
    if (out->is_missing) return GT_OK;
    if (is_name && out->what == GT_LABEL) return find_class(info, value, out, err);
    if (is_name) return find_split(value, out, err);
    if (out->kind == GT_COMPARE_TEXT) {
        snprintf(out->text, sizeof out->text, "%s", value);
        return GT_OK;
    }
    if (gt_absence_in(value) != NULL)
        return gt_fail(err, GT_USAGE, "'%s' is not a number; '' stands for a missing one",
                       value);
    bool is_exact = out->relation <= GT_UNEQUAL || is_number(value);
    int truth = out->kind == GT_COMPARE_WHOLE && is_exact ? truth_of(value) : -1;
    if (truth >= 0) {
        out->whole = truth;
        return GT_OK;
    }
    if (out->kind == GT_COMPARE_WHOLE && is_exact)
        return gt_text_to_int(value, &out->whole, err);
    if (out->kind == GT_COMPARE_WHOLE) out->kind = GT_COMPARE_WHOLE_AS_REAL;
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

static const char signs[] = "!<>=";

/* Where the sign stands behind the name, which may be in quotes. */
static size_t name_length(const char *text) {
    size_t begin = strspn(text, " ");
    char quote = text[begin];
    const char *end = quote == '\'' || quote == '"' ? strchr(text + begin + 1, quote) : NULL;
    size_t quoted = end != NULL ? (size_t)(end - text) : 0;
    return quoted + strcspn(text + quoted, signs);
}

/* "E0 and z<0.2" is no text that somebody meant; in quotes it is. */
static gt_status check_value(const char *rest, gt_error *err) {
    const char *value = rest + strspn(rest, " ");
    if (*value == '\'' || *value == '"' || strpbrk(value, signs) == NULL) return GT_OK;
    return gt_fail(
        err, GT_USAGE,
        "'%s' has a sign of its own; a comma stands between conditions, all of which "
        "must hold, and quotes around such a text",
        value);
}

/* One "column=value". */
static gt_status parse_condition(const char *text, const gt_source_info *info,
                                 gt_condition *out, gt_error *err) {
    size_t length = name_length(text), index = 0;
    char column[MAX_TEXT], rest[MAX_TEXT];
    while (index < sizeof relations / sizeof *relations &&
           strncmp(text + length, relations[index].sign, strlen(relations[index].sign)) != 0)
        index++;
    if (index == sizeof relations / sizeof *relations || length == 0)
        return gt_fail(err, GT_USAGE,
                       "--where: '%s', expected column=value, !=, <, <=, > or >=", text);
    snprintf(column, sizeof column, "%.*s", (int)length, text);
    snprintf(rest, sizeof rest, "%s", text + length + strlen(relations[index].sign));
    out->is_missing = strpbrk(rest, "'\"") != NULL;
    gt_status status = check_value(rest, err);
    const char *name = trim(column), *value = trim(rest);
    out->is_missing &= *value == 0;
    out->relation = relations[index].relation;
    if (!find_column(info, name, out)) return unknown_column(info, name, err);
    if (!status) status = read_value(value, info, out, err);
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
        selection->conditions[selection->count++] = (gt_condition){
            .what = GT_SPLIT, .kind = GT_COMPARE_WHOLE, .relation = GT_EQUAL, .whole = i};
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

static gt_field_value no_value(gt_value_kind kind) {
    if (kind == GT_COMPARE_TEXT) return (gt_field_value){.text = NULL};
    if (kind == GT_COMPARE_REAL) return (gt_field_value){.real = (double)NAN};
    return (gt_field_value){.integer = GT_FIELD_NO_INTEGER};
}

static gt_field_value value_of(const gt_condition *condition, const gt_picture *picture) {
    const gt_dataset_row *row = &picture->row;
    switch (condition->what) {
    case GT_LABEL:
        return (gt_field_value){.integer = row->label < 0 ? GT_FIELD_NO_INTEGER : row->label};
    case GT_SPLIT:
        return (gt_field_value){.integer = row->split};
    case GT_RA:
        return (gt_field_value){.real = row->ra};
    case GT_DEC:
        return (gt_field_value){.real = row->dec};
    case GT_SIZE:
        return (gt_field_value){.real = row->angular_size};
    case GT_ID:
        return (gt_field_value){.text = row->id};
    default:
        return picture->values ? picture->values[condition->index] : no_value(condition->kind);
    }
}

static bool is_missing(gt_value_kind kind, gt_field_value value) {
    if (kind == GT_COMPARE_TEXT) return value.text == NULL || *value.text == 0;
    return kind == GT_COMPARE_REAL ? isnan(value.real) : value.integer == GT_FIELD_NO_INTEGER;
}

/* As numbers: a whole one beyond 2^53 is not rounded to a real. */
static int order_of_whole(int64_t whole, double real) {
    double below = floor(real);
    if (below >= 0x1p63) return -1;
    if (below < -0x1p63) return 1;
    if (whole != (int64_t)below) return whole > (int64_t)below ? 1 : -1;
    return real > below ? -1 : 0;
}

static int order_of(const gt_condition *c, gt_field_value value) {
    if (c->kind == GT_COMPARE_TEXT) return strcmp(value.text, c->text);
    if (c->kind == GT_COMPARE_WHOLE)
        return (value.integer > c->whole) - (value.integer < c->whole);
    if (c->kind == GT_COMPARE_REAL) return (value.real > c->real) - (value.real < c->real);
    return order_of_whole(value.integer, c->real);
}

static bool takes(const gt_condition *condition, const gt_picture *picture) {
    bool is_number_of_label =
        condition->what == GT_LABEL && condition->kind == GT_COMPARE_WHOLE;
    gt_field_value value = value_of(condition, picture);
    bool missing = is_missing(condition->kind, value);
    if (condition->is_missing) return missing == (condition->relation == GT_EQUAL);
    if (missing && is_number_of_label) value.integer = -1; /* the number that says so */
    if (missing && !is_number_of_label) return condition->relation == GT_UNEQUAL;
    return holds(condition, order_of(condition, value));
}

bool gt_selection_takes(const gt_selection *selection, const gt_picture *picture) {
    for (size_t i = 0; i < selection->count; i++)
        if (!takes(&selection->conditions[i], picture)) return false;
    return true;
}
