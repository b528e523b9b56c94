/* captions.c - see captions.h. */
#include "captions.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "page.h"

/* As captions.def says. */
typedef struct caption {
    const char *command, *file, *when;
    bool is_drawn;
    const char *text;
} caption;

static const caption captions[] = {
#define GT_CAPTION(command, file, when, is_drawn, text) {command, file, when, is_drawn, text},
#include "captions.def"
#undef GT_CAPTION
};
enum { CAPTIONS = sizeof captions / sizeof *captions };

/* ---- which one ---- */

static const char *base_of(const char *path) {
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

/* "galatea sample glow" is one of "sample". */
static bool is_of(const char *command, const caption *c) {
    static const char program[] = "galatea ";
    size_t length = strlen(c->command);
    if (strncmp(command, program, sizeof program - 1) != 0) return false;
    command += sizeof program - 1;
    return strncmp(command, c->command, length) == 0 &&
           (!command[length] || command[length] == ' ');
}

/* Of several sizes a name ends in one: "pictures-100.png". */
static bool has_stem(const char *path, const char *stem) {
    const char *base = base_of(path);
    size_t length = strlen(stem);
    return strncmp(base, stem, length) == 0 && (base[length] == '.' || base[length] == '-');
}

static bool names_file(const json_t *record, const caption *c, const char *path) {
    if (!c->file) return true;
    if (strcmp(c->command, "twins") == 0) return has_stem(path, c->file);
    const char *named = gt_record_option(record, c->file);
    return named && strcmp(base_of(named), base_of(path)) == 0;
}

/* The value of an option as text; false for what was not used. */
static bool said(const json_t *record, const char *option, char out[256]) {
    const json_t *value = json_object_get(json_object_get(record, "options"), option);
    if (json_is_string(value)) snprintf(out, 256, "%s", json_string_value(value));
    if (json_is_number(value)) snprintf(out, 256, "%g", json_number_value(value));
    return json_is_string(value) || json_is_number(value);
}

static bool is_when(const json_t *record, const char *when) {
    char option[64], value[256];
    if (!when) return true;
    size_t length = strcspn(when, "=");
    snprintf(option, sizeof option, "%.*s", (int)length, when);
    return said(record, option, value) && (!when[length] || !strcmp(value, when + length + 1));
}

/* A file that was renamed is the first figure of its command. */
static const caption *find(const json_t *record, const char *path) {
    const char *command = gt_record_text(record, "command");
    for (int pass = 0; command && pass < 2; pass++)
        for (size_t i = 0; i < CAPTIONS; i++)
            if (is_of(command, &captions[i]) && is_when(record, captions[i].when) &&
                (pass || names_file(record, &captions[i], path)))
                return &captions[i];
    return NULL;
}

/* ---- its words ---- */

static void write_inputs(FILE *out, const json_t *record) {
    const char *path, *between = "";
    json_t *sum;
    json_object_foreach(json_object_get(record, "inputs"), path, sum) {
        fprintf(out, "%s%s", between, path);
        between = ", ";
    }
}

/* Up to the end of the text or of a part in brackets; false where an option was not used. */
static bool write_part(FILE *out, const json_t *record, const char *text, const char *end) {
    bool is_whole = true;
    char name[64], value[256];
    while (text < end) {
        const char *close = *text == '{' ? strchr(text, '}') : NULL;
        if (!close) {
            fputc(*text++, out);
            continue;
        }
        snprintf(name, sizeof name, "%.*s", (int)(close - text - 1), text + 1);
        text = close + 1;
        if (strcmp(name, "inputs") == 0)
            write_inputs(out, record);
        else if (said(record, name, value))
            fputs(value, out);
        else
            is_whole = false;
    }
    return is_whole;
}

/* One in brackets is written to a place of its own first. */
static void write_optional(FILE *out, const json_t *record, const char *text, const char *end) {
    char *part = NULL;
    size_t size = 0;
    FILE *own = open_memstream(&part, &size);
    if (!own) return;
    bool is_whole = write_part(own, record, text, end);
    if (fclose(own) == 0 && is_whole) fputs(part, out);
    free(part);
}

char *gt_caption_of(const json_t *record, const char *path, bool *is_drawn) {
    const caption *found = find(record, path);
    char *text = NULL;
    size_t size = 0;
    FILE *out = found ? open_memstream(&text, &size) : NULL;
    if (is_drawn) *is_drawn = found && found->is_drawn;
    if (!out) return NULL;
    const char *at = found->text, *open;
    bool is_whole = true;
    while ((open = strchr(at, '['))) {
        const char *close = strchr(open, ']');
        is_whole = write_part(out, record, at, open) && is_whole;
        write_optional(out, record, open + 1, close);
        at = close + 1;
    }
    is_whole = write_part(out, record, at, at + strlen(at)) && is_whole;
    if (fclose(out) == 0 && is_whole) return text;
    free(text);
    return NULL;
}

bool gt_caption_knows(const char *command, const char *option) {
    char name[128];
    snprintf(name, sizeof name, "galatea %s", command);
    for (size_t i = 0; i < CAPTIONS; i++)
        if (is_of(name, &captions[i]) &&
            (!captions[i].file || strcmp(captions[i].file, option) == 0))
            return true;
    return false;
}
