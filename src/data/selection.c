/* selection.c - comparisons of whole-number columns, all of which must hold. */
#include "selection.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "galatea/text.h"

enum { LABEL_PLACE = -1, SPLIT_PLACE = -2, NO_PLACE = -3, MAX_TEXT = 128 };

/* Longer signs first, so that "<=" is not taken for "<". */
static const struct {
    const char *sign;
    int relation;
} relations[] = {
    {"!=", GT_UNEQUAL}, {"<=", GT_LESS_EQUAL}, {">=", GT_MORE_EQUAL}, {"==", GT_EQUAL},
    {"=", GT_EQUAL},    {"<", GT_LESS},        {">", GT_MORE},
};

static int find_place(const gt_source_info *info, const char *name) {
    for (size_t i = 0; i < info->integer_count; i++)
        if (strcmp(info->integers[i], name) == 0) return (int)i;
    if (strcmp(name, "labels") == 0 && (info->columns & GT_COLUMN_LABEL)) return LABEL_PLACE;
    if (strcmp(name, "split") == 0 && (info->columns & GT_COLUMN_SPLIT)) return SPLIT_PLACE;
    return NO_PLACE;
}

static gt_status unknown_column(const gt_source_info *info, const char *name, gt_error *err) {
    char known[256] = "";
    size_t used = 0;
    for (size_t i = 0; i < info->integer_count && used < sizeof known; i++)
        used += (size_t)snprintf(known + used, sizeof known - used, " %s", info->integers[i]);
    const char *more[] = {info->columns & GT_COLUMN_LABEL ? " labels" : "",
                          info->columns & GT_COLUMN_SPLIT ? " split" : ""};
    return gt_fail(
        err, GT_USAGE, "--where: no column '%s' of whole numbers, expected one of%s%s%s", name,
        known, strstr(known, more[0]) ? "" : more[0], strstr(known, more[1]) ? "" : more[1]);
}

/* One "column=value". */
static gt_status parse_condition(const char *text, const gt_source_info *info,
                                 gt_condition *out, gt_error *err) {
    size_t length = strcspn(text, "!<>="), index = 0;
    char name[MAX_TEXT];
    while (index < sizeof relations / sizeof *relations &&
           strncmp(text + length, relations[index].sign, strlen(relations[index].sign)) != 0)
        index++;
    if (index == sizeof relations / sizeof *relations || length == 0)
        return gt_fail(err, GT_USAGE,
                       "--where: '%s', expected column=value, !=, <, <=, > or >=", text);
    snprintf(name, sizeof name, "%.*s", (int)length, text);
    out->relation = relations[index].relation;
    out->place = find_place(info, name);
    if (out->place == NO_PLACE) return unknown_column(info, name, err);
    gt_status status =
        gt_text_to_int(text + length + strlen(relations[index].sign), &out->value, err);
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
    static const char *const names[GT_SPLIT_COUNT] = {"train", "test", "validation"};
    if (strcmp(split, "all") == 0) return GT_OK;
    if (!(info->columns & GT_COLUMN_SPLIT))
        return gt_fail(err, GT_USAGE, "--split %s: the source has no column 'split'", split);
    for (int i = 0; i < GT_SPLIT_COUNT; i++) {
        if (strcmp(names[i], split) != 0) continue;
        selection->conditions[selection->count++] =
            (gt_condition){.place = SPLIT_PLACE, .relation = GT_EQUAL, .value = i};
        return GT_OK;
    }
    return gt_fail(err, GT_USAGE, "--split %s: expected all, train, test or validation", split);
}

gt_status gt_selection_parse(const char *where, const char *split, const gt_source_info *info,
                             gt_selection *out, gt_error *err) {
    *out = (gt_selection){0};
    gt_status status = add_split(out, split, info, err);
    while (status == GT_OK && where != NULL && *where != 0) {
        char text[MAX_TEXT];
        size_t length = strcspn(where, ",");
        if (length >= sizeof text)
            return gt_fail(err, GT_USAGE, "--where: a condition of %zu characters", length);
        memcpy(text, where, length);
        text[length] = 0;
        status = add_condition(out, text, info, err);
        where += length + (where[length] == ',');
    }
    return status;
}

static bool holds(const gt_condition *condition, int64_t value) {
    switch (condition->relation) {
    case GT_EQUAL:
        return value == condition->value;
    case GT_UNEQUAL:
        return value != condition->value;
    case GT_LESS:
        return value < condition->value;
    case GT_LESS_EQUAL:
        return value <= condition->value;
    case GT_MORE:
        return value > condition->value;
    case GT_MORE_EQUAL:
        return value >= condition->value;
    }
    return false;
}

bool gt_selection_takes(const gt_selection *selection, const gt_picture *picture) {
    for (size_t i = 0; i < selection->count; i++) {
        const gt_condition *condition = &selection->conditions[i];
        int64_t value = condition->place == LABEL_PLACE   ? picture->row.label
                        : condition->place == SPLIT_PLACE ? picture->row.split
                                                          : picture->integers[condition->place];
        if (!holds(condition, value)) return false;
    }
    return true;
}
