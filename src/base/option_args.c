/* Settings from the command line, and from presets. */
#include "option_internal.h"

#include <stdlib.h>
#include <string.h>

static gt_status set_named(gt_options *options, const char *name, const char *value,
                           gt_error *err) {
    option_slot *slot = gt_options_find(options, name);
    if (!slot) return gt_options_unknown(options, "option '--", name, err);
    slot->said_again += slot->said && strcmp(slot->said, value) != 0;
    slot->said = value;
    gt_status status = gt_options_assign(options, slot, value, GT_FROM_COMMAND, NULL, err);
    if (status != GT_OK) gt_blame(err, "--%s", name);
    return status;
}

/* Splits "name=value" into a kept name and a lent value; value is NULL without '='. */
static gt_status split_pair(gt_options *options, const char *pair, const char **name,
                            const char **value, gt_error *err) {
    size_t length = strcspn(pair, "=");
    *value = pair[length] ? pair + length + 1 : NULL;
    *name = gt_options_keep(options, pair, length);
    return *name ? GT_OK : gt_fail(err, GT_NO_MEMORY, "no memory for option %s", pair);
}

typedef struct argument_list {
    const char *const *at;
    int left;
} argument_list;

/* The value after the flag. A second flag there means that the value was forgotten. */
static gt_status next_value(argument_list *list, const char *name, const char **value,
                            gt_error *err) {
    if (list->left == 0 || strncmp(list->at[0], "--", 2) == 0)
        return gt_fail(err, GT_USAGE, "--%s needs a value", name);
    *value = list->at[0];
    ++list->at;
    --list->left;
    return GT_OK;
}

static gt_status set_pair(gt_options *options, const char *pair, gt_error *err) {
    const char *name = NULL, *value = NULL;
    gt_status status = split_pair(options, pair, &name, &value, err);
    if (status != GT_OK) return status;
    if (!value) return gt_fail(err, GT_USAGE, "--set %s: expected name=value", pair);
    return set_named(options, name, value, err);
}

/* A flag stands alone: the next argument never is its value. */
static gt_status set_bare_flag(gt_options *options, const char *name, bool *was_flag,
                               gt_error *err) {
    const option_slot *slot = gt_options_find(options, name);
    *was_flag = slot && slot->row->kind == GT_OPTION_FLAG;
    if (*was_flag) return set_named(options, name, "true", err);
    if (strncmp(name, "no-", 3) != 0) return GT_OK;
    slot = gt_options_find(options, name + 3);
    *was_flag = slot && slot->row->kind == GT_OPTION_FLAG;
    return *was_flag ? set_named(options, name + 3, "false", err) : GT_OK;
}

static gt_status read_config(gt_options *options, const char *path, gt_error *err) {
    const char **files = realloc(options->files, (options->file_count + 1) * sizeof *files);
    if (!files) return gt_fail(err, GT_NO_MEMORY, "no memory for option --config %s", path);
    options->files = files;
    files[options->file_count++] = path;
    return gt_options_read_file(options, path, GT_FROM_FILE, err);
}

/* An option that takes a value; value is NULL if it is the next argument. */
static gt_status parse_value(gt_options *options, const char *name, const char *value,
                             argument_list *list, gt_error *err) {
    bool is_config = strcmp(name, "config") == 0, is_set = strcmp(name, "set") == 0;
    if (!is_config && !is_set && !gt_options_find(options, name))
        return gt_options_unknown(options, "option '--", name, err);
    gt_status status = value ? GT_OK : next_value(list, name, &value, err);
    if (status != GT_OK) return status;
    if (is_config) return read_config(options, value, err);
    return is_set ? set_pair(options, value, err) : set_named(options, name, value, err);
}

/* argument is what follows the two dashes. */
static gt_status parse_option(gt_options *options, const char *argument, argument_list *list,
                              gt_error *err) {
    const char *name = NULL, *value = NULL;
    bool is_done = false;
    gt_status status = split_pair(options, argument, &name, &value, err);
    if (status != GT_OK) return status;
    if (!value && strcmp(name, "print-config") == 0)
        options->asks_config = is_done = true;
    else if (!value)
        status = set_bare_flag(options, name, &is_done, err);
    if (status != GT_OK || is_done) return status;
    return parse_value(options, name, value, list, err);
}

gt_status gt_options_parse(gt_options *options, int argc, const char *const *argv,
                           gt_error *err) {
    const char **words =
        realloc(options->words, (options->word_count + (size_t)argc + 1) * sizeof *words);
    if (!words) return gt_fail(err, GT_NO_MEMORY, "no memory for %d arguments", argc);
    options->words = words;
    argument_list list = {argv, argc};
    gt_status status = GT_OK;
    bool only_words = false;
    while (list.left > 0 && status == GT_OK) {
        const char *argument = *list.at++;
        --list.left;
        if (only_words || argument[0] != '-' || strcmp(argument, "-") == 0) {
            options->words[options->word_count++] = argument;
        } else if (strcmp(argument, "--") == 0) {
            only_words = true;
        } else if (strcmp(argument, "--help") == 0 || strcmp(argument, "-h") == 0) {
            options->asks_help = true;
            break;
        } else if (argument[1] != '-') {
            status = gt_fail(err, GT_USAGE, "unknown option '%s'", argument);
        } else {
            status = parse_option(options, argument + 2, &list, err);
        }
    }
    return status;
}

gt_status gt_options_preset(gt_options *options, const char *name, const char *const *pairs,
                            gt_error *err) {
    for (; *pairs; ++pairs) {
        const char *key = NULL, *value = NULL;
        gt_status status = split_pair(options, *pairs, &key, &value, err);
        if (status == GT_OK && !value)
            status = gt_fail(err, GT_BAD_ARGUMENT, "'%s' lacks '='", *pairs);
        if (status == GT_OK)
            status = gt_options_set(options, key, value, GT_FROM_PRESET, name, err);
        if (status == GT_OK) continue;
        gt_blame(err, "preset %s", name);
        return status;
    }
    return GT_OK;
}
