/* The settings of a program: tables put together, values checked and set by precedence. */
#include "option_internal.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "galatea/log.h"
#include "text.h"

gt_status gt_options_create(gt_options **out, gt_error *err) {
    *out = calloc(1, sizeof **out);
    return *out ? GT_OK : gt_fail(err, GT_NO_MEMORY, "no memory for the option tables");
}

void gt_options_destroy(gt_options *options) {
    if (!options) return;
    for (option_string *next, *at = options->strings; at; at = next) {
        next = at->next;
        free(at);
    }
    free(options->slots);
    free(options->words);
    free(options->files);
    free(options);
}

const char *gt_options_keep(gt_options *options, const char *text, size_t length) {
    option_string *string = malloc(sizeof *string + length + 1);
    if (!string) return NULL;
    memcpy(string->text, text, length);
    string->text[length] = '\0';
    string->next = options->strings;
    options->strings = string;
    return string->text;
}

option_slot *gt_options_find(const gt_options *options, const char *key) {
    for (size_t i = 0; i < options->count; ++i)
        if (strcmp(options->slots[i].row->name, key) == 0) return &options->slots[i];
    return NULL;
}

gt_status gt_options_unknown(const gt_options *options, const char *kind, const char *key,
                             gt_error *err) {
    static const char *const reserved[] = {"help", "config", "set", "print-config"};
    enum { RESERVED = sizeof reserved / sizeof *reserved };
    const char *nearest = NULL;
    const char **names = malloc((options->count + RESERVED) * sizeof *names);
    if (!names) return gt_fail(err, GT_NO_MEMORY, "no memory for the names of the options");
    size_t count = 0;
    for (; count < options->count; ++count) names[count] = options->slots[count].row->name;
    if (*kind == 'o')
        for (size_t i = 0; i < RESERVED; ++i) names[count++] = reserved[i];
    nearest = gt_text_nearest(key, names, count);
    free(names);
    if (!nearest) return gt_fail(err, GT_USAGE, "unknown %s%s'", kind, key);
    return gt_fail(err, GT_USAGE, "unknown %s%s'; did you mean '%s%s'?", kind, key,
                   strchr(kind, '\'') + 1, nearest);
}

static gt_status check_range(const gt_option *row, double value, const char *text,
                             gt_error *err) {
    if (row->min == row->max || (value >= row->min && value <= row->max)) return GT_OK;
    char low[GT_NUMBER_SIZE], high[GT_NUMBER_SIZE];
    const char *from = row->min == GT_ABOVE_ZERO ? "above " : "at least ";
    const char *to = row->max == GT_BELOW_ONE ? "below " : "at most ";
    gt_real_to_text(row->min == GT_ABOVE_ZERO ? 0 : row->min, low);
    gt_real_to_text(row->max == GT_BELOW_ONE ? 1 : row->max, high);
    bool is_open_below = isinf(row->min), is_open_above = isinf(row->max);
    return gt_fail(err, GT_USAGE, "%s is out of range, expected %s%s%s%s%s", text,
                   is_open_below ? "" : from, is_open_below ? "" : low,
                   is_open_below || is_open_above ? "" : " and ", is_open_above ? "" : to,
                   is_open_above ? "" : high);
}

static gt_status read_flag(const gt_option *row, const char *text, bool *out, gt_error *err) {
    static const char *const words[] = {"false", "true", "no", "yes", "off", "on"};
    for (size_t i = 0; i < sizeof words / sizeof *words; ++i) {
        if (strcmp(text, words[i]) != 0) continue;
        *out = i % 2;
        return GT_OK;
    }
    return gt_fail(err, GT_USAGE, "'%s' is neither true nor false", text);
}

static gt_status check_choice(const gt_option *row, const char *text, gt_error *err) {
    size_t length = strchr(text, '|') ? 0 : strlen(text);
    for (const char *at = row->choices; at; at = strchr(at, '|')) {
        at += *at == '|';
        if (length && strncmp(at, text, length) == 0 && (at[length] == '|' || !at[length]))
            return GT_OK;
    }
    return gt_fail(err, GT_USAGE, "'%s' is not one of %s", text, row->choices);
}

typedef union option_value {
    bool flag;
    int64_t number;
    double real;
    gt_reals reals;
    const char *text;
} option_value;

static gt_status read_reals(const gt_option *row, const char *text, gt_reals *out,
                            gt_error *err) {
    *out = (gt_reals){0};
    for (const char *at = text;; at++) {
        char number[GT_NUMBER_SIZE];
        size_t length = strcspn(at, ",");
        if (out->count == GT_REALS_MOST)
            return gt_fail(err, GT_USAGE, "more than %d numbers", GT_REALS_MOST);
        if (length >= sizeof number)
            return gt_fail(err, GT_USAGE, "'%.60s' is not a number", at);
        memcpy(number, at, length);
        number[length] = '\0';
        double *value = &out->value[out->count++];
        gt_status status = gt_text_to_real(number, value, err);
        if (!status) status = check_range(row, *value, number, err);
        if (status)
            return status == GT_USAGE ? status : gt_fail(err, GT_USAGE, "%s", err->text);
        at += length;
        if (*at == '\0') return GT_OK;
    }
}

/* Turns text into the value of a row; strings are still the caller's. */
static gt_status read_value(const gt_option *row, const char *text, option_value *value,
                            gt_error *err) {
    gt_error inner;
    gt_status status = GT_OK;
    switch (row->kind) {
    case GT_OPTION_FLAG:
        return read_flag(row, text, &value->flag, err);
    case GT_OPTION_INT:
        status = gt_text_to_int(text, &value->number, &inner);
        if (status == GT_OK) return check_range(row, (double)value->number, text, err);
        break;
    case GT_OPTION_REAL:
        status = gt_text_to_real(text, &value->real, &inner);
        if (status == GT_OK) return check_range(row, value->real, text, err);
        break;
    case GT_OPTION_REALS:
        return read_reals(row, text, &value->reals, err);
    case GT_OPTION_CHOICE:
        value->text = text;
        return check_choice(row, text, err);
    case GT_OPTION_TEXT:
        value->text = text;
        return GT_OK;
    }
    return gt_fail(err, GT_USAGE, "%s", inner.text);
}

/* Through memcpy: the member's type is known only to the table. */
static void store_value(const option_slot *slot, const option_value *value) {
    void *member = slot->settings + slot->row->offset;
    switch (slot->row->kind) {
    case GT_OPTION_FLAG:
        memcpy(member, &value->flag, sizeof value->flag);
        break;
    case GT_OPTION_INT:
        memcpy(member, &value->number, sizeof value->number);
        break;
    case GT_OPTION_REAL:
        memcpy(member, &value->real, sizeof value->real);
        break;
    case GT_OPTION_REALS:
        memcpy(member, &value->reals, sizeof value->reals);
        break;
    case GT_OPTION_CHOICE:
    case GT_OPTION_TEXT:
        memcpy(member, &value->text, sizeof value->text);
        break;
    }
}

gt_status gt_options_assign(gt_options *options, option_slot *slot, const char *value,
                            gt_option_source source, const char *where, gt_error *err) {
    option_value result;
    gt_status status = read_value(slot->row, value, &result, err);
    if (status != GT_OK || source < slot->source) return status;
    bool is_string = slot->row->kind == GT_OPTION_TEXT || slot->row->kind == GT_OPTION_CHOICE;
    if (is_string) result.text = gt_options_keep(options, value, strlen(value));
    const char *kept = where ? gt_options_keep(options, where, strlen(where)) : NULL;
    if ((is_string && !result.text) || (where && !kept))
        return gt_fail(err, GT_NO_MEMORY, "no memory for the value of %s", slot->row->name);
    store_value(slot, &result);
    slot->source = source;
    slot->where = kept;
    return GT_OK;
}

gt_status gt_options_set(gt_options *options, const char *key, const char *value,
                         gt_option_source source, const char *where, gt_error *err) {
    option_slot *slot = gt_options_find(options, key);
    if (!slot) return gt_options_unknown(options, "key '", key, err);
    gt_status status = gt_options_assign(options, slot, value, source, where, err);
    if (status != GT_OK) gt_blame(err, "%s", key);
    return status;
}

static bool is_name_allowed(const char *name) {
    static const char *const reserved[] = {"help", "config", "set", "print-config"};
    for (size_t i = 0; i < sizeof reserved / sizeof *reserved; ++i)
        if (strcmp(name, reserved[i]) == 0) return false;
    return strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-") == strlen(name) &&
           *name != '-' && *name != '\0' && strncmp(name, "no-", 3) != 0;
}

static gt_status add_row(gt_options *options, const gt_option *row, char *settings,
                         gt_error *err) {
    if (!is_name_allowed(row->name) || gt_options_find(options, row->name))
        return gt_fail(err, GT_BAD_ARGUMENT, "option '%s' has a bad or a taken name",
                       row->name);
    bool is_flag = row->kind == GT_OPTION_FLAG;
    if (!row->help || (!is_flag && !row->word) ||
        (row->kind == GT_OPTION_CHOICE && !row->choices))
        return gt_fail(err, GT_BAD_ARGUMENT,
                       "option '%s' lacks its help, value word or choices", row->name);
    option_slot *slot = &options->slots[options->count];
    *slot = (option_slot){.row = row, .settings = settings};
    option_value value;
    gt_error inner;
    memset(&value, 0, sizeof value);
    if (row->fallback && read_value(row, row->fallback, &value, &inner) != GT_OK)
        return gt_fail(err, GT_BAD_ARGUMENT, "default of option '%s': %s", row->name,
                       inner.text);
    store_value(slot, &value);
    ++options->count;
    return GT_OK;
}

gt_status gt_options_add(gt_options *options, const gt_option_table *table, void *settings,
                         gt_error *err) {
    size_t count = options->count + table->count;
    option_slot *slots = realloc(options->slots, (count + 1) * sizeof *slots);
    if (!slots) return gt_fail(err, GT_NO_MEMORY, "no memory for %zu options", count);
    options->slots = slots;
    gt_status status = GT_OK;
    for (size_t i = 0; i < table->count && status == GT_OK; ++i)
        status = add_row(options, &table->rows[i], settings, err);
    return status;
}

static bool names_nothing(const option_slot *slot) {
    if (slot->row->path == GT_NO_PATH || slot->source == GT_FROM_DEFAULT) return false;
    const char *text = *(const char *const *)(slot->settings + slot->row->offset);
    return text && !*text;
}

gt_status gt_options_check(const gt_options *options, gt_error *err) {
    for (size_t i = 0; i < options->count; ++i) {
        const option_slot *slot = &options->slots[i];
        if (slot->row->required && slot->source == GT_FROM_DEFAULT)
            return gt_fail(err, GT_USAGE, "--%s %s is missing: %s", slot->row->name,
                           slot->row->word ? slot->row->word : "", slot->row->help);
        if (names_nothing(slot))
            return gt_fail(err, GT_USAGE, "--%s: '' names no file", slot->row->name);
    }
    return GT_OK;
}

/* Whether it was given, or stands for something: a flag that is set, a text. */
static bool is_given(const option_slot *slot) {
    const char *at = slot->settings + slot->row->offset;
    switch (slot->row->kind) {
    case GT_OPTION_FLAG:
        return *(const bool *)at;
    case GT_OPTION_TEXT:
    case GT_OPTION_CHOICE:
        return *(const char *const *)at != NULL;
    default:
        return slot->source != GT_FROM_DEFAULT;
    }
}

/* Whether "NAME" is given, or has the value of "NAME=VALUE". */
static bool is_so(const gt_options *options, const char *what) {
    char name[64];
    size_t length = strcspn(what, "=");
    snprintf(name, sizeof name, "%.*s", (int)length, what);
    const option_slot *slot = gt_options_find(options, name);
    if (!slot) return false;
    if (!what[length]) return is_given(slot);
    const char *value = *(const char *const *)(slot->settings + slot->row->offset);
    return value && strcmp(value, what + length + 1) == 0;
}

/* Scripts append options to say another value, but nobody means to lose a part of a list of
 * things; one with a default is a setting. */
static void remark_again(const gt_option *row) {
    if (row->path != GT_NO_PATH)
        gt_remark("--%s was given several files: the last one counts", row->name);
    else if (!row->fallback && row->word &&
             (strcmp(row->word, "LIST") == 0 || strstr(row->word, ",...")))
        gt_remark("--%s was given several lists: the last one counts; commas join lists",
                  row->name);
}

void gt_options_remark_idle(const gt_options *options) {
    for (size_t i = 0; i < options->count; ++i) {
        const gt_option *row = options->slots[i].row;
        if (options->slots[i].source != GT_FROM_COMMAND) continue;
        if (options->slots[i].said_again) remark_again(row);
        if (row->with && !is_so(options, row->with))
            gt_remark("--%s has no effect without --%s", row->name, row->with);
        if (row->without && is_so(options, row->without))
            gt_remark("--%s has no effect beside --%s", row->name, row->without);
    }
}

bool gt_options_asks_help(const gt_options *options) {
    return options->asks_help;
}

bool gt_options_asks_config(const gt_options *options) {
    return options->asks_config;
}

const char *const *gt_options_files(const gt_options *options, size_t *count) {
    *count = options->file_count;
    return options->files;
}

const char *const *gt_options_words(const gt_options *options, size_t *count) {
    *count = options->word_count;
    return options->words;
}

gt_option_source gt_options_source(const gt_options *options, const char *key) {
    const option_slot *slot = gt_options_find(options, key);
    return slot ? slot->source : GT_FROM_DEFAULT;
}
