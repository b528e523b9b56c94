/* Settings as text again: for --print-config, run folders, provenance and JSON. */
#include "option_internal.h"
#include "option_json.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "text.h"

enum { VALUE_SIZE = GT_REALS_MOST * (GT_NUMBER_SIZE + 1) };

static const char *reals_text(const char *member, char buffer[VALUE_SIZE]) {
    gt_reals reals;
    char number[GT_NUMBER_SIZE];
    size_t used = 0;
    memcpy(&reals, member, sizeof reals);
    *buffer = '\0';
    for (int i = 0; i < reals.count && i < GT_REALS_MOST; i++)
        used += (size_t)snprintf(buffer + used, VALUE_SIZE - used, "%s%s", i ? "," : "",
                                 gt_real_to_text(reals.value[i], number));
    return buffer;
}

/* The value as text; numbers are printed into buffer, strings are lent. */
static const char *value_text(const option_slot *slot, char buffer[VALUE_SIZE]) {
    const char *member = slot->settings + slot->row->offset;
    switch (slot->row->kind) {
    case GT_OPTION_FLAG:
        return *(const bool *)member ? "true" : "false";
    case GT_OPTION_INT: {
        int64_t number = 0;
        memcpy(&number, member, sizeof number);
        snprintf(buffer, GT_NUMBER_SIZE, "%" PRId64, number);
        return buffer;
    }
    case GT_OPTION_REAL: {
        double number = 0;
        memcpy(&number, member, sizeof number);
        return gt_real_to_text(number, buffer);
    }
    case GT_OPTION_REALS:
        return reals_text(member, buffer);
    case GT_OPTION_CHOICE:
    case GT_OPTION_TEXT:
        break;
    }
    const char *text = NULL;
    memcpy(&text, member, sizeof text);
    return text;
}

static gt_status visit_slot(const option_slot *slot,
                            gt_status (*visit)(void *, const gt_option_view *, gt_error *),
                            void *user, gt_error *err) {
    char number[VALUE_SIZE], *where = NULL;
    const char *detail = slot->where ? slot->where : "";
    gt_option_view view = {slot->row, value_text(slot, number), slot->source, detail};
    switch (slot->source) {
    case GT_FROM_DEFAULT:
        view.where = "default";
        break;
    case GT_FROM_COMMAND:
        view.where = "command line";
        break;
    case GT_FROM_PRESET:
        if (asprintf(&where, "preset %s", detail) < 0)
            return gt_fail(err, GT_NO_MEMORY, "no memory to list the options");
        view.where = where;
        break;
    case GT_FROM_FILE:
    case GT_FROM_RUN:
        break;
    }
    gt_status status = visit(user, &view, err);
    free(where);
    return status;
}

gt_status gt_options_visit(const gt_options *options,
                           gt_status (*visit)(void *, const gt_option_view *, gt_error *),
                           void *user, gt_error *err) {
    gt_status status = GT_OK;
    for (size_t i = 0; i < options->count && status == GT_OK; ++i)
        status = visit_slot(&options->slots[i], visit, user, err);
    return status;
}

static bool needs_quotes(const char *text) {
    size_t length = strlen(text);
    if (length == 0 || *text == ' ' || text[length - 1] == ' ') return true;
    for (; *text; text += gt_text_tame(text))
        if (!gt_text_tame(text) || *text == '#' || *text == '"') return true;
    return false;
}

static void print_plain(FILE *stream, const char *text) {
    if (!needs_quotes(text)) {
        fputs(text, stream);
        return;
    }
    fputc('"', stream);
    while (*text) {
        size_t tame = gt_text_tame(text);
        if (*text == '"' || *text == '\\')
            fprintf(stream, "\\%c", *text);
        else if (tame)
            fwrite(text, 1, tame, stream);
        else
            fprintf(stream, "\\x%02x", (unsigned char)*text);
        text += tame ? tame : 1;
    }
    fputc('"', stream);
}

typedef struct printer {
    FILE *stream;
    gt_options_format format;
    size_t printed;
} printer;

/* JSON has no word for the infinities that a program may store in a setting. */
static bool is_json_word(const gt_option_view *view) {
    if (!view->text) return false;
    return view->row->kind == GT_OPTION_FLAG || !strpbrk(view->text, "in");
}

void gt_option_write_json(FILE *stream, const gt_option_view *view) {
    bool is_string = view->row->kind == GT_OPTION_TEXT || view->row->kind == GT_OPTION_CHOICE;
    bool is_list = view->row->kind == GT_OPTION_REALS && view->text && strchr(view->text, ',');
    gt_json_string(stream, view->row->name);
    fputs(": ", stream);
    if (view->text && is_string)
        gt_json_string(stream, view->text);
    else if (is_list && is_json_word(view))
        fprintf(stream, "[%s]", view->text);
    else
        fputs(is_json_word(view) ? view->text : "null", stream);
}

static gt_status print_json(void *user, const gt_option_view *view, gt_error *err) {
    printer *to = user;
    fputs(to->printed++ ? ", " : "", to->stream);
    gt_option_write_json(to->stream, view);
    return GT_OK;
}

/* A file name may hold a newline; the line must stay a comment. */
static void print_comment(FILE *stream, const char *text) {
    char shown[1024];
    fprintf(stream, "  # %s", gt_text_shown(text, shown, sizeof shown));
}

static gt_status print_line(void *user, const gt_option_view *view, gt_error *err) {
    printer *to = user;
    bool with_source = to->format == GT_OPTIONS_SOURCES;
    if (view->row->transient && !with_source) return GT_OK;
    if (!view->text) {
        if (with_source) fprintf(to->stream, "# %s is not set\n", view->row->name);
        return GT_OK;
    }
    fprintf(to->stream, "%s = ", view->row->name);
    print_plain(to->stream, view->text);
    if (with_source) print_comment(to->stream, view->where);
    fputc('\n', to->stream);
    return GT_OK;
}

gt_status gt_options_text(const gt_options *options, gt_options_format format, char **out,
                          gt_error *err) {
    char *text = NULL;
    size_t length = 0;
    FILE *stream = open_memstream(&text, &length);
    if (!stream) return gt_fail(err, GT_NO_MEMORY, "no memory to list the options");
    printer to = {stream, format, 0};
    bool is_json = format == GT_OPTIONS_JSON;
    if (is_json) fputc('{', stream);
    gt_status status = gt_options_visit(options, is_json ? print_json : print_line, &to, err);
    if (is_json) fputc('}', stream);
    bool is_whole = !ferror(stream);
    if (fclose(stream) != 0 || !is_whole)
        status = gt_fail(err, GT_NO_MEMORY, "no memory to list the options");
    if (status == GT_OK)
        *out = text;
    else
        free(text);
    return status;
}
