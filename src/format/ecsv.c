/* ecsv.c - the comments are put together, and pairs picked out of them one after the other. */
#include "ecsv.h"

#include <stdlib.h>
#include <string.h>

#include "utf8.h"

enum { MOST_COLUMNS = 10000 };

static const char sign[] = "# %ECSV ";

typedef struct scanner {
    const char *at, *end;
    int braces; /* that are open */
    char *to;   /* where texts go: never more than was read */
} scanner;

/* A name and its text; text NULL: pairs of its own follow. */
typedef struct pair {
    const char *name, *text;
    int depth; /* braces around it */
} pair;

/* ---- YAML ---- */

static bool is_among(char byte, const char *set) {
    return byte != 0 && strchr(set, byte) != NULL;
}

/* A character by its number, as \xB0 or \u00B0; else itself. s->at stays at its last byte. */
static void read_escaped(scanner *s) {
    size_t digits = *s->at == 'x' ? 2 : *s->at == 'u' ? 4 : 0;
    char number[5] = "", *stop;
    if (digits > 0 && (size_t)(s->end - s->at) > digits) memcpy(number, s->at + 1, digits);
    unsigned long code = strtoul(number, &stop, 16);
    bool is_number = *number && !*stop && code >= 0x80 && (code < 0xd800 || code > 0xdfff);
    if (is_number) {
        s->to += gt_utf8_put((uint32_t)code, (uint8_t *)s->to);
        s->at += digits;
    } else {
        *s->to++ = is_among(*s->at, "nrt") ? ' ' : *s->at;
    }
}

/* Between quotes. Lines are folded, '' is '. */
static const char *read_quoted(scanner *s) {
    char quote = *s->at++, *begun = s->to;
    for (; s->at < s->end; s->at++) {
        bool is_quote = *s->at == quote;
        bool is_doubled = is_quote && quote == '\'' && s->at + 1 < s->end && s->at[1] == quote;
        if (is_quote && !is_doubled) break;
        bool is_escape = quote == '"' && *s->at == '\\' && s->at + 1 < s->end;
        if (is_escape || is_doubled) s->at++;
        if (*s->at == '\n') {
            while (s->at + 1 < s->end && s->at[1] == ' ') s->at++;
            if (!is_escape) *s->to++ = ' ';
        } else if (is_escape) {
            read_escaped(s);
        } else {
            *s->to++ = *s->at;
        }
    }
    s->at += s->at < s->end;
    *s->to++ = 0;
    return begun;
}

/* Whether a text goes on in the line behind this end of one: that stands deeper than names do,
 * and has none. */
static bool goes_on(const scanner *s) {
    const char *at = s->at + 1, *stop = at;
    while (stop < s->end && *stop != '\n') stop++;
    return stop - at > 4 && memcmp(at, "    ", 4) == 0 && !memchr(at, ':', (size_t)(stop - at));
}

/* Up to one of the bytes of `stops`, or the end of a line; in braces over that. */
static const char *read_plain(scanner *s, const char *stops) {
    char *begun = s->to;
    for (; s->at < s->end && !is_among(*s->at, stops); s->at++) {
        if (*s->at == '\n' && s->braces == 0 && !goes_on(s)) break;
        bool is_blank = *s->at == '\n' || *s->at == ' ';
        if (!is_blank)
            *s->to++ = *s->at;
        else if (s->to > begun && s->to[-1] != ' ')
            *s->to++ = ' ';
    }
    while (s->to > begun && s->to[-1] == ' ') s->to--;
    *s->to++ = 0;
    return begun;
}

static const char *read_text(scanner *s, const char *stops) {
    bool is_quoted = s->at < s->end && is_among(*s->at, "'\"");
    return is_quoted ? read_quoted(s) : read_plain(s, stops);
}

/* Steps over what parts pairs, and over types ("!!omap"). */
static void skip_between(scanner *s) {
    while (s->at < s->end && is_among(*s->at, " \n-,{}[]!")) {
        s->braces += *s->at == '{';
        s->braces -= *s->at == '}' && s->braces > 0;
        bool is_type = *s->at++ == '!';
        while (is_type && s->at < s->end && !is_among(*s->at, " \n")) s->at++;
    }
}

static bool next_pair(scanner *s, pair *out) {
    skip_between(s);
    if (s->at == s->end) return false;
    out->name = read_text(s, ":,}");
    out->text = NULL;
    out->depth = s->braces;
    if (s->at == s->end || *s->at != ':') return true;
    do s->at++;
    while (s->at < s->end && *s->at == ' ');
    if (s->at < s->end && !is_among(*s->at, "\n{[!"))
        out->text = read_text(s, s->braces > 0 ? ",}" : "");
    return true;
}

/* ---- the header ---- */

/* The comments without their signs, one line behind the other; yours. */
static char *gather(const char *bytes, size_t size, size_t *length) {
    char *out = malloc(size + 1);
    *length = 0;
    for (const char *at = bytes, *end = bytes + size; out && at < end && *at == '#';) {
        const char *stop = memchr(at, '\n', (size_t)(end - at));
        if (!stop) stop = end;
        at += 1 + (at + 1 < stop && at[1] == ' ');
        size_t bare = (size_t)(stop - at) - (stop > at && stop[-1] == '\r');
        memcpy(out + *length, at, bare);
        *length += bare;
        out[(*length)++] = '\n';
        at = stop + (stop < end);
    }
    return out;
}

/* Where the line behind this one begins. */
static const char *next_line(const char *at, const char *end) {
    const char *stop = memchr(at, '\n', (size_t)(end - at));
    return stop ? stop + 1 : end;
}

static bool begins(const char *at, const char *end, const char *word) {
    size_t length = strlen(word);
    return (size_t)(end - at) >= length && memcmp(at, word, length) == 0;
}

/* One column: what its pairs say, the first of a name; a UCD may stand deeper. */
static gt_csv_about read_column(scanner *s) {
    gt_csv_about out = {NULL};
    int depth = -1;
    const struct {
        const char *name;
        const char **to;
    } known[] = {
        {"name", &out.name}, {"datatype", &out.type},           {"subtype", &out.subtype},
        {"unit", &out.unit}, {"description", &out.description}, {"ucd", &out.ucd}};
    for (pair p; next_pair(s, &p);) {
        if (depth < 0) depth = p.depth;
        for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
            bool is_meant = p.depth == depth || known[i].to == &out.ucd;
            if (is_meant && strcmp(p.name, known[i].name) == 0 && !*known[i].to && p.text &&
                *p.text)
                *known[i].to = p.text;
        }
    }
    return out;
}

/* The list of columns, each begun by "- ", from the line `at` on. */
static gt_status read_columns(gt_ecsv *out, char **to, const char *at, const char *end,
                              gt_error *err) {
    while (at < end && begins(at, end, "- ")) {
        const char *behind = next_line(at, end);
        while (behind < end && *behind == ' ') behind = next_line(behind, end);
        if (out->count == MOST_COLUMNS)
            return gt_fail(err, GT_BAD_FORMAT, "an ECSV header with more than %d columns",
                           MOST_COLUMNS);
        gt_csv_about *grown = realloc(out->columns, (out->count + 1) * sizeof *grown);
        if (!grown) return gt_fail(err, GT_NO_MEMORY, "no memory for columns");
        out->columns = grown;
        scanner s = {at + 2, behind, 0, *to};
        grown[out->count++] = read_column(&s);
        *to = s.to;
        at = behind;
    }
    return GT_OK;
}

bool gt_ecsv_is_one(const char *bytes, size_t size) {
    return begins(bytes, bytes + size, sign);
}

gt_status gt_ecsv_read(const char *bytes, size_t size, gt_ecsv *out, gt_error *err) {
    gt_status status = GT_OK;
    size_t length = 0;
    *out = (gt_ecsv){.delimiter = ' '};
    char *header = gather(bytes, size, &length), *to;
    to = out->text = header ? malloc(2 * length + 1) : NULL;
    if (!to) GT_THROW(err, GT_NO_MEMORY, "no memory for an ECSV header");
    for (const char *at = header, *end = header + length; at < end; at = next_line(at, end)) {
        scanner s = {at, next_line(at, end), 0, to};
        pair p = {"", NULL, 0};
        if (begins(at, end, "delimiter:") && next_pair(&s, &p) && p.text)
            out->delimiter = *p.text;
        if (begins(at, end, "datatype:"))
            GT_TRY(read_columns(out, &to, next_line(at, end), end, err));
    }
    if (!is_among(out->delimiter, " ,"))
        GT_THROW(err, GT_BAD_FORMAT,
                 "an ECSV table with another delimiter than a blank or a comma");
done:
    free(header);
    return status;
}

void gt_ecsv_free(gt_ecsv *ecsv) {
    free(ecsv->columns);
    free(ecsv->text);
    *ecsv = (gt_ecsv){0};
}
