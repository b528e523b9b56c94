/* provenance.c - command, version, settings and input checksums as JSON. */
#include "provenance.h"

#include <stdlib.h>
#include <string.h>

#include "galatea/hash.h"
#include "galatea/import.h"
#include "galatea/text.h"
#include "galatea/version.h"

typedef struct option_record {
    const gt_call *call;
    FILE *stream;
    int written;
} option_record;

/* A word as a shell takes it. */
static void write_word(FILE *line, const char *word) {
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                "0123456789_-./,:=+@%";
    if (*word && strspn(word, plain) == strlen(word)) {
        fputs(word, line);
        return;
    }
    fputc('\'', line);
    for (; *word; word++) fputs(*word == '\'' ? "'\\''" : (char[2]){*word}, line);
    fputc('\'', line);
}

/* What was said to the command, defaults and presets left out. */
static void write_option(FILE *line, const gt_option_view *view) {
    bool is_flag = view->row->kind == GT_OPTION_FLAG;
    if (view->source == GT_FROM_DEFAULT || view->source == GT_FROM_PRESET || !view->text)
        return;
    bool is_off = is_flag && strcmp(view->text, "false") == 0;
    fprintf(line, " --%s%s", is_off ? "no-" : "", view->row->name);
    if (is_flag) return;
    fputc(' ', line);
    write_word(line, view->text);
}

static void write_name(const gt_call *call, char name[256]) {
    bool has_variant = call->variant.name != NULL;
    snprintf(name, 256, "galatea %s%s%s", call->command->name, has_variant ? " " : "",
             has_variant ? call->variant.name : "");
}

static bool has_row(const gt_option_table *table, const gt_option *row) {
    return table && row >= table->rows && row < table->rows + table->count;
}

/* Whether a row belongs to the command, and not to every command. */
static bool is_own(const gt_call *call, const gt_option *row) {
    const gt_command *command = call->command;
    for (size_t i = 0; command->part_at && command->part_at(i).table; ++i)
        if (has_row(command->part_at(i).table, row)) return true;
    return has_row(command->table, row) || has_row(call->variant.table, row) ||
           has_row(call->variant.shared, row);
}

static gt_status add_option(void *user, const gt_option_view *view, gt_error *err) {
    option_record *record = user;
    if (!is_own(record->call, view->row)) return GT_OK;
    fputs(record->written++ ? ", " : "", record->stream);
    gt_json_string(record->stream, view->row->name);
    fputs(": ", record->stream);
    bool is_string = view->row->kind == GT_OPTION_TEXT || view->row->kind == GT_OPTION_CHOICE;
    if (!view->text)
        fputs("null", record->stream);
    else if (is_string)
        gt_json_string(record->stream, view->text);
    else
        fputs(view->text, record->stream);
    return GT_OK;
}

static gt_status add_inputs(FILE *stream, const char *const *inputs, gt_error *err) {
    gt_status status = GT_OK;
    for (size_t i = 0; inputs && inputs[i]; i++) {
        uint64_t hash;
        char text[GT_HASH_TEXT];
        GT_TRY(gt_input_hash(inputs[i], &hash, err));
        fputs(i ? ", " : "", stream);
        gt_json_string(stream, inputs[i]);
        fprintf(stream, ": \"%s\"", gt_hash_to_text(hash, text));
    }
done:
    return status;
}

static gt_status add_to_line(void *user, const gt_option_view *view, gt_error *err) {
    option_record *record = user;
    if (is_own(record->call, view->row)) write_option(record->stream, view);
    return GT_OK;
}

gt_status gt_command_line(const gt_call *call, char **out, gt_error *err) {
    gt_status status = GT_OK;
    char *text = NULL;
    size_t size = 0;
    option_record record = {.call = call, .stream = open_memstream(&text, &size)};
    if (!record.stream) GT_THROW(err, GT_NO_MEMORY, "the record of a command");
    fprintf(record.stream, "galatea %s", call->command->name);
    /* a variant that is a word itself was taken away from the words */
    if (call->variant.name && !call->command->variant_of)
        fprintf(record.stream, " %s", call->variant.name);
    for (size_t i = 0; i < call->word_count; i++) {
        fputc(' ', record.stream);
        write_word(record.stream, call->words[i]);
    }
    GT_TRY(gt_options_visit(call->options, add_to_line, &record, err));
done:
    if (record.stream && fclose(record.stream) && status == GT_OK)
        status = gt_fail(err, GT_NO_MEMORY, "the record of a command");
    if (status)
        free(text);
    else
        *out = text;
    return status;
}

gt_status gt_provenance_make_with(const gt_call *call, const char *const *inputs,
                                  const char *key, const char *extra, char **out,
                                  gt_error *err) {
    gt_status status = GT_OK;
    char *text = NULL, *line = NULL, command[256];
    size_t size = 0;
    option_record record = {.call = call, .stream = open_memstream(&text, &size)};
    if (!record.stream) GT_THROW(err, GT_NO_MEMORY, "the record of a command");
    GT_TRY(gt_command_line(call, &line, err));
    write_name(call, command);
    fputs("{\"command\": ", record.stream);
    gt_json_string(record.stream, command);
    fprintf(record.stream, ", \"version\": \"%s\", \"options\": {", gt_version());
    GT_TRY(gt_options_visit(call->options, add_option, &record, err));
    fputs("}, \"line\": ", record.stream);
    gt_json_string(record.stream, line);
    fputs(", \"inputs\": {", record.stream);
    GT_TRY(add_inputs(record.stream, inputs, err));
    fputs("}", record.stream);
    if (extra) fprintf(record.stream, ", \"%s\": %s", key, extra);
    fputs("}", record.stream);
    bool is_whole = fclose(record.stream) == 0;
    record.stream = NULL;
    if (!is_whole) GT_THROW(err, GT_NO_MEMORY, "the record of a command");
    *out = text;
    text = NULL;
done:
    if (record.stream) fclose(record.stream);
    free(line);
    free(text);
    return status;
}

gt_status gt_provenance_make(const gt_call *call, const char *const *inputs, char **out,
                             gt_error *err) {
    return gt_provenance_make_with(call, inputs, NULL, NULL, out, err);
}
