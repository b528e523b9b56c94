/* Settings from text: lines of `key = value`, as people write them and as run folders keep
 * them. */
#include "option_internal.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "file.h"

enum { LARGEST_FILE = 1 << 20 };

static char *skip_blanks(char *at) {
    while (*at == ' ' || *at == '\t' || *at == '\r') ++at;
    return at;
}

static void cut_trailing_blanks(char *text) {
    size_t length = strlen(text);
    while (length && strchr(" \t\r", text[length - 1])) --length;
    text[length] = '\0';
}

static bool is_end_of_value(const char *rest) {
    const char *at = rest + strspn(rest, " \t\r");
    return *at == '\0' || (*at == '#' && at > rest);
}

static int hex_digit(char letter) {
    const char *digits = "0123456789abcdef";
    const char *found = letter ? strchr(digits, tolower((unsigned char)letter)) : NULL;
    return found ? (int)(found - digits) : -1;
}

/* Decodes the escape after a backslash; returns how many characters it took, 0 if it is none.
 */
static size_t read_escape(const char *at, char *out) {
    static const char letters[] = "\"\\ntr", meanings[] = "\"\\\n\t\r";
    const char *found = *at ? strchr(letters, *at) : NULL;
    if (found) {
        *out = meanings[found - letters];
        return 1;
    }
    if (*at != 'x' || hex_digit(at[1]) < 0 || hex_digit(at[2]) < 0) return 0;
    *out = (char)(hex_digit(at[1]) * 16 + hex_digit(at[2]));
    return *out ? 3 : 0;
}

/* Decodes a quoted value in place; at points behind the opening quote. */
static gt_status read_quoted(char *at, gt_error *err) {
    char *out = at;
    while (*at != '"') {
        if (*at == '\0') return gt_fail(err, GT_USAGE, "the closing quote is missing");
        if (*at != '\\') {
            *out++ = *at++;
            continue;
        }
        size_t taken = read_escape(at + 1, out++);
        if (!taken) return gt_fail(err, GT_USAGE, "unknown escape '\\%c'", at[1]);
        at += 1 + taken;
    }
    if (!is_end_of_value(at + 1))
        return gt_fail(err, GT_USAGE, "unexpected '%s' after the closing quote", at + 1);
    *out = '\0';
    return GT_OK;
}

static gt_status read_value(char **value, gt_error *err) {
    if (**value == '"') return read_quoted(++*value, err);
    for (char *at = *value; *at; ++at)
        if (*at == '#' && (at == *value || at[-1] == ' ' || at[-1] == '\t')) *at = '\0';
    cut_trailing_blanks(*value);
    return GT_OK;
}

/* One line, without its newline, changed in place. */
static gt_status read_line(gt_options *options, char *line, const char *where, size_t number,
                           gt_option_source source, gt_error *err) {
    char *key = skip_blanks(line);
    if (*key == '\0' || *key == '#') return GT_OK;
    char *equals = strchr(key, '=');
    if (!equals) return gt_fail(err, GT_USAGE, "expected 'key = value', found '%s'", key);
    *equals = '\0';
    cut_trailing_blanks(key);
    option_slot *slot = gt_options_find(options, key);
    if (!slot) return gt_options_unknown(options, "key '", key, err);
    if (slot->line)
        return gt_fail(err, GT_USAGE, "%s was set in line %zu already", key, slot->line);
    slot->line = number;
    char *value = skip_blanks(equals + 1);
    gt_status status = read_value(&value, err);
    if (status == GT_OK) status = gt_options_assign(options, slot, value, source, where, err);
    if (status != GT_OK) gt_blame(err, "%s", key);
    return status;
}

static gt_status read_lines(gt_options *options, const char *name, char *text,
                            gt_option_source source, gt_error *err) {
    if (strncmp(text, "\xef\xbb\xbf", 3) == 0) text += 3;
    for (size_t number = 1; text; ++number) {
        char *line = strsep(&text, "\n");
        char *where = NULL;
        if (asprintf(&where, "%s, line %zu", name, number) < 0)
            return gt_fail(err, GT_NO_MEMORY, "no memory to read %s", name);
        gt_status status = read_line(options, line, where, number, source, err);
        if (status != GT_OK) gt_blame(err, "%s", where);
        free(where);
        if (status != GT_OK) return status;
    }
    return GT_OK;
}

gt_status gt_options_read_text(gt_options *options, const char *name, const char *text,
                               size_t length, gt_option_source source, gt_error *err) {
    if (memchr(text, '\0', length))
        return gt_fail(err, GT_USAGE, "%s: holds zero bytes, expected lines 'key = value'",
                       name);
    char *copy = malloc(length + 1);
    if (!copy) return gt_fail(err, GT_NO_MEMORY, "no memory to read %s", name);
    memcpy(copy, text, length);
    copy[length] = '\0';
    for (size_t i = 0; i < options->count; ++i) options->slots[i].line = 0;
    gt_status status = read_lines(options, name, copy, source, err);
    free(copy);
    return status;
}

gt_status gt_options_read_file(gt_options *options, const char *path, gt_option_source source,
                               gt_error *err) {
    char *text = NULL;
    size_t length = 0;
    gt_status status = gt_file_load(path, LARGEST_FILE, &text, &length, err);
    if (status != GT_OK) return status;
    status = gt_options_read_text(options, path, text, length, source, err);
    free(text);
    return status;
}
