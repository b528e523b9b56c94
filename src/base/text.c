/* Numbers to text and back without the locale, and the nearest name to a mistyped one. */
#include "text.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <locale.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LONGEST_NAME = 63 };
#define SEPARATORS "-_ "

/* glibc's "C" locale is a constant object: nothing is allocated and nothing has to be freed. */
static locale_t plain_locale(void) {
    return newlocale(LC_ALL_MASK, "C", (locale_t)0);
}

gt_status gt_text_to_int(const char *text, int64_t *out, gt_error *err) {
    const char *digits = text + (*text == '-' || *text == '+');
    char *end = NULL;
    errno = 0;
    long long value = strtoll(text, &end, 10);
    if (!isdigit((unsigned char)*digits) || *end != '\0')
        return gt_fail(err, GT_BAD_FORMAT, "'%s' is not a whole number", text);
    if (errno == ERANGE)
        return gt_fail(err, GT_BAD_FORMAT, "%s does not fit into 64 bits", text);
    *out = value;
    return GT_OK;
}

gt_status gt_text_to_real(const char *text, double *out, gt_error *err) {
    char *end = NULL;
    errno = 0;
    double value = strtod_l(text, &end, plain_locale());
    if (*text == '\0' || strspn(text, "0123456789+-.eE") != strlen(text) || *end != '\0')
        return gt_fail(err, GT_BAD_FORMAT, "'%s' is not a number", text);
    if (errno == ERANGE && (value == 0 || isinf(value)))
        return gt_fail(err, GT_BAD_FORMAT, "%s does not fit into a 64-bit number", text);
    *out = value;
    return GT_OK;
}

void *gt_plain_numbers_begin(void) {
    return uselocale(plain_locale());
}

void gt_plain_numbers_end(void **before) {
    uselocale((locale_t)*before);
}

const char *gt_real_to_text(double value, char text[GT_NUMBER_SIZE]) {
    GT_PLAIN_NUMBERS;
    for (int digits = 15; digits <= 17; ++digits) {
        snprintf(text, GT_NUMBER_SIZE, "%.*g", digits, value);
        if (strtod(text, NULL) == value) break;
    }
    if (isnan(value)) snprintf(text, GT_NUMBER_SIZE, "nan"); /* its sign means nothing */
    return text;
}

const char *gt_float_to_text(float value, char text[GT_NUMBER_SIZE]) {
    GT_PLAIN_NUMBERS;
    for (int digits = 6; digits <= 9; ++digits) {
        snprintf(text, GT_NUMBER_SIZE, "%.*g", digits, (double)value);
        if (strtof(text, NULL) == value) break;
    }
    if (isnan(value)) snprintf(text, GT_NUMBER_SIZE, "nan");
    return text;
}

static int smaller(int a, int b) {
    return a < b ? a : b;
}

/* Optimal string alignment: insertions, deletions, exchanges and swaps of neighbours. */
static int edit_distance(const char *a, const char *b) {
    int rows[3][LONGEST_NAME + 1];
    int *before = rows[0], *last = rows[1], *now = rows[2];
    int width = (int)strlen(b);
    for (int j = 0; j <= width; ++j) last[j] = j;
    for (int i = 1; a[i - 1]; ++i) {
        now[0] = i;
        for (int j = 1; j <= width; ++j) {
            int best = smaller(last[j], now[j - 1]) + 1;
            best = smaller(best, last[j - 1] + (a[i - 1] != b[j - 1]));
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                best = smaller(best, before[j - 2] + 1);
            now[j] = best;
        }
        int *oldest = before;
        before = last;
        last = now;
        now = oldest;
    }
    return last[width];
}

static bool begins_with(const char *name, const char *word) {
    return strncmp(name, word, strlen(word)) == 0;
}

/* Whether one of the parts of a name, between dashes, blanks or low lines, is the word. */
static bool has_part(const char *name, const char *word) {
    size_t length = strlen(word);
    for (const char *at = name; *at;) {
        size_t part = strcspn(at, SEPARATORS);
        if (part == length && strncmp(at, word, length) == 0) return true;
        at += part + (at[part] != 0);
    }
    return false;
}

/* Whether the word is made of the first letters of the parts, as lr of learning-rate. */
static bool has_initials(const char *name, const char *word) {
    for (const char *at = name; *at; word++) {
        if (*at != *word) return false;
        size_t part = strcspn(at, SEPARATORS);
        at += part + (at[part] != 0);
    }
    return *word == 0;
}

static const char *only_that(bool (*fits)(const char *name, const char *word), const char *word,
                             const char *const *known, size_t count) {
    const char *found = NULL;
    for (size_t i = 0; i < count; ++i) {
        if (!fits(known[i], word)) continue;
        if (found) return NULL;
        found = known[i];
    }
    return found;
}

const char *gt_text_nearest(const char *word, const char *const *known, size_t count) {
    size_t length = strlen(word);
    if (length < 1 || length > LONGEST_NAME) return NULL;
    const char *nearest = NULL;
    int least = 0;
    for (size_t i = 0; i < count; ++i) {
        size_t other = strlen(known[i]);
        if (other > LONGEST_NAME) continue;
        int allowed = (int)(length > other ? length : other) / 3;
        int distance = edit_distance(word, known[i]);
        if (distance > allowed || (nearest && distance >= least)) continue;
        nearest = known[i];
        least = distance;
    }
    /* A whole part says more than a word that is spelled alike, but for its own beginning. */
    if (nearest && strncmp(nearest, word, length) == 0) return nearest;
    const char *meant = only_that(has_part, word, known, count);
    if (!meant) meant = nearest;
    if (!meant) meant = only_that(begins_with, word, known, count);
    return meant || length < 2 ? meant : only_that(has_initials, word, known, count);
}

const char *gt_text_listed(const char *const *names, size_t count, char *out, size_t room) {
    enum { ENDING = 40 }; /* of " and 18446744073709551615 more" */
    size_t used = 0;
    *out = 0;
    for (size_t i = 0; i < count; ++i) {
        size_t needed = strlen(names[i]) + sizeof "', ''";
        if (used + needed + ENDING > room) {
            snprintf(out + used, room - used, "%s%zu more", used ? " and " : "", count - i);
            break;
        }
        used += (size_t)snprintf(out + used, room - used, "%s'%s'", used ? ", " : "", names[i]);
    }
    return out;
}

static bool ends_with_one_of(const char *noun, const char *const *endings) {
    size_t length = strlen(noun);
    for (; *endings; endings++) {
        size_t end = strlen(*endings);
        if (length > end && strcmp(noun + length - end, *endings) == 0) return true;
    }
    return false;
}

const char *gt_text_counted(uint64_t count, const char *noun, char text[GT_COUNTED_SIZE]) {
    static const char *const with_e[] = {"s", "x", "tch", "sh", NULL};
    static const char *const kept_y[] = {"ay", "ey", "oy", "uy", NULL};
    static const char *const y[] = {"y", NULL};
    bool changes_y = ends_with_one_of(noun, y) && !ends_with_one_of(noun, kept_y);
    const char *ending = changes_y ? "ies" : ends_with_one_of(noun, with_e) ? "es" : "s";
    int kept = (int)strlen(noun) - (count != 1 && changes_y);
    snprintf(text, GT_COUNTED_SIZE, "%" PRIu64 " %.*s%s", count, kept, noun,
             count == 1 ? "" : ending);
    return text;
}

size_t gt_utf8_length(const char *character) {
    const unsigned char *text = (const unsigned char *)character;
    static const struct {
        unsigned char first_low, first_high, second_low, second_high;
        size_t length;
    } forms[] = {
        {0x01, 0x7f, 0x00, 0x00, 1}, {0xc2, 0xdf, 0x80, 0xbf, 2}, {0xe0, 0xe0, 0xa0, 0xbf, 3},
        {0xe1, 0xec, 0x80, 0xbf, 3}, {0xed, 0xed, 0x80, 0x9f, 3}, {0xee, 0xef, 0x80, 0xbf, 3},
        {0xf0, 0xf0, 0x90, 0xbf, 4}, {0xf1, 0xf3, 0x80, 0xbf, 4}, {0xf4, 0xf4, 0x80, 0x8f, 4},
    };
    for (size_t i = 0; i < sizeof forms / sizeof *forms; ++i) {
        if (text[0] < forms[i].first_low || text[0] > forms[i].first_high) continue;
        if (forms[i].length == 1) return 1;
        if (text[1] < forms[i].second_low || text[1] > forms[i].second_high) return 0;
        for (size_t k = 2; k < forms[i].length; ++k)
            if ((text[k] & 0xc0) != 0x80) return 0;
        return forms[i].length;
    }
    return 0;
}

size_t gt_text_tame(const char *character) {
    const unsigned char *bytes = (const unsigned char *)character;
    size_t length = gt_utf8_length(character);
    bool is_control = length == 1   ? bytes[0] < 0x20 || bytes[0] == 0x7f
                      : length == 2 ? bytes[0] == 0xc2 && bytes[1] < 0xa0
                                    : false;
    return is_control ? 0 : length;
}

const char *gt_text_shown(const char *text, char *out, size_t room) {
    size_t used = 0;
    while (*text) {
        size_t tame = gt_text_tame(text), put = tame ? tame : 4;
        if (used + put + 1 > room) break;
        if (tame)
            memcpy(out + used, text, tame);
        else
            snprintf(out + used, room - used, "\\x%02x", (unsigned char)*text);
        used += put;
        text += tame ? tame : 1;
    }
    out[used] = '\0';
    return out;
}

/* The byte that "\xNN" stands for; -1: none stands here. */
static int escaped_byte(const char *at) {
    static const char digits[] = "0123456789abcdef";
    const char *high, *low;
    if (at[0] != '\\' || at[1] != 'x' || at[2] == 0 || at[3] == 0) return -1;
    high = strchr(digits, at[2]);
    low = strchr(digits, at[3]);
    return high && low ? (int)((high - digits) * 16 + (low - digits)) : -1;
}

void gt_text_restore(char *text) {
    char *to = text;
    for (const char *at = text; *at;) {
        char bytes[5] = "";
        size_t count = 0;
        while (count < 4 && escaped_byte(at + 4 * count) > 0) {
            bytes[count] = (char)escaped_byte(at + 4 * count);
            bytes[++count] = 0;
        }
        size_t length = count > 0 ? gt_utf8_length(bytes) : 0;
        bool is_plain = length == 1 && bytes[0] >= ' ' && bytes[0] != 0x7f;
        if (length == 0 || is_plain) {
            *to++ = *at++;
            continue;
        }
        memcpy(to, bytes, length);
        to += length;
        at += 4 * length;
    }
    *to = 0;
}

void gt_shell_word(FILE *stream, const char *text) {
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                "0123456789_-./,:=+@%";
    if (*text && strspn(text, plain) == strlen(text)) {
        fputs(text, stream);
        return;
    }
    fputc('\'', stream);
    for (; *text; text++) fputs(*text == '\'' ? "'\\''" : (char[2]){*text}, stream);
    fputc('\'', stream);
}

/* As UTF-8, which Python reads; bytes of other encodings stay as they are. */
static void python_text(FILE *stream, const char *text) {
    fputc('\'', stream);
    for (; *text; text++) {
        if (*text == '\'' || *text == '\\') fputc('\\', stream);
        fputc(*text, stream);
    }
    fputc('\'', stream);
}

static const char *quoted(const char *path, void (*write)(FILE *stream, const char *text),
                          char out[GT_SHELL_TEXT]) {
    char *word = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&word, &size);
    if (stream != NULL) write(stream, path);
    bool is_whole = stream != NULL && fclose(stream) == 0 && size < GT_SHELL_TEXT;
    snprintf(out, GT_SHELL_TEXT, "%s", is_whole ? word : "FILE");
    free(word);
    return out;
}

const char *gt_shell_text(const char *path, char out[GT_SHELL_TEXT]) {
    return quoted(path, gt_shell_word, out);
}

const char *gt_text_typed(const char *line, const char *path, char *out, size_t room) {
    char word[GT_SHELL_TEXT] = "";
    size_t before = strcspn(line, "%");
    const char *behind = line + before;
    if (*behind == '%') {
        quoted(path, behind[1] == 'p' ? python_text : gt_shell_word, word);
        behind += 2;
    }
    snprintf(out, room, "%.*s%s%s", (int)before, line, word, behind);
    return out;
}

void gt_json_string(FILE *stream, const char *text) {
    fputc('"', stream);
    for (const unsigned char *at = (const unsigned char *)text; *at;) {
        size_t length = gt_utf8_length((const char *)at);
        if (length == 0)
            fputs("\\ufffd", stream);
        else if (*at == '"' || *at == '\\')
            fprintf(stream, "\\%c", *at);
        else if (*at < 0x20 || *at == 0x7f)
            fprintf(stream, "\\u%04x", *at);
        else
            fwrite(at, 1, length, stream);
        at += length ? length : 1;
    }
    fputc('"', stream);
}
