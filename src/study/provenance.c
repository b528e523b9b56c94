/* provenance.c - command, version, settings and input checksums as JSON. */
#include "provenance.h"

#include <stdlib.h>
#include <string.h>

#include "file.h"
#include "galatea/import.h"
#include "galatea/safetensors.h"
#include "galatea/version.h"
#include "hash.h"
#include "option_json.h"
#include "text.h"

typedef struct option_record {
    const gt_invocation *asked;
    FILE *stream;
    int written;
} option_record;

/* What was said to the command, defaults and presets left out. */
static void write_option(FILE *line, const gt_option_view *view) {
    bool is_flag = view->row->kind == GT_OPTION_FLAG;
    if (view->source == GT_FROM_DEFAULT || view->source == GT_FROM_PRESET || !view->text)
        return;
    bool is_off = is_flag && strcmp(view->text, "false") == 0;
    fprintf(line, " --%s%s", is_off ? "no-" : "", view->row->name);
    if (is_flag) return;
    fputc(' ', line);
    gt_shell_word(line, view->text);
}

static void write_name(const gt_invocation *asked, char name[256]) {
    snprintf(name, 256, "galatea %s%s%s", asked->command, asked->variant ? " " : "",
             asked->variant ? asked->variant : "");
}

static bool has_row(const gt_option_table *table, const gt_option *row) {
    return table && row >= table->rows && row < table->rows + table->count;
}

/* Whether a row belongs to what was asked for, and not to every command. */
static bool is_own(const gt_invocation *asked, const gt_option *row) {
    for (size_t i = 0; i < asked->table_count; ++i)
        if (has_row(asked->tables[i], row)) return true;
    return false;
}

static gt_status add_option(void *user, const gt_option_view *view, gt_error *err) {
    option_record *record = user;
    if (!is_own(record->asked, view->row)) return GT_OK;
    fputs(record->written++ ? ", " : "", record->stream);
    gt_option_write_json(record->stream, view);
    return GT_OK;
}

/* A set that is searched for its own rows is one input. */
static bool is_named_before(const char *const *inputs, size_t at) {
    for (size_t i = 0; i < at; i++)
        if (strcmp(inputs[i], inputs[at]) == 0) return true;
    return false;
}

static gt_status add_inputs(FILE *stream, const char *const *inputs, gt_error *err) {
    gt_status status = GT_OK;
    for (size_t i = 0; inputs && inputs[i]; i++) {
        uint64_t hash;
        char text[GT_HASH_TEXT];
        if (is_named_before(inputs, i)) continue;
        GT_TRY(gt_input_hash(inputs[i], &hash, err));
        fputs(i ? ", " : "", stream);
        gt_json_string(stream, inputs[i]);
        fprintf(stream, ": \"%s\"", gt_hash_to_text(hash, text));
    }
done:
    return status;
}

/* A count that weights tell of themselves; other programs may mean anything by such a key. */
static bool find_count(const gt_safetensors *file, const char *key, long long *out) {
    const char *text = gt_safetensors_metadata(file, key);
    char *end = NULL;
    *out = text ? strtoll(text, &end, 10) : -1;
    return *out >= 0 && *end == 0;
}

/* How long weights among the inputs have learned. */
static void add_trained(FILE *stream, const char *const *inputs) {
    int written = 0;
    for (size_t i = 0; inputs && inputs[i]; i++) {
        gt_safetensors *file = NULL;
        long long epochs, steps;
        if (gt_file_ending(inputs[i], "safetensors") < 0 ||
            gt_safetensors_open(inputs[i], &file, NULL) != GT_OK)
            continue;
        if (find_count(file, "epoch", &epochs) && find_count(file, "step", &steps)) {
            fputs(written++ ? ", " : ", \"trained\": {", stream);
            gt_json_string(stream, inputs[i]);
            fprintf(stream, ": {\"epochs\": %lld, \"steps\": %lld}", epochs, steps);
        }
        gt_safetensors_close(file);
    }
    if (written) fputs("}", stream);
}

static gt_status add_to_line(void *user, const gt_option_view *view, gt_error *err) {
    option_record *record = user;
    if (is_own(record->asked, view->row)) write_option(record->stream, view);
    return GT_OK;
}

gt_status gt_command_line(const gt_invocation *asked, char **out, gt_error *err) {
    gt_status status = GT_OK;
    char *text = NULL;
    size_t size = 0;
    option_record record = {.asked = asked, .stream = open_memstream(&text, &size)};
    if (!record.stream) GT_THROW(err, GT_NO_MEMORY, "the record of a command");
    fprintf(record.stream, "galatea %s", asked->command);
    /* a variant that is a word itself was taken away from the words */
    if (asked->variant && asked->variant_is_word) fprintf(record.stream, " %s", asked->variant);
    for (size_t i = 0; i < asked->word_count; i++) {
        fputc(' ', record.stream);
        gt_shell_word(record.stream, asked->words[i]);
    }
    GT_TRY(gt_options_visit(asked->options, add_to_line, &record, err));
done:
    if (record.stream && fclose(record.stream) && status == GT_OK)
        status = gt_fail(err, GT_NO_MEMORY, "the record of a command");
    if (status)
        free(text);
    else
        *out = text;
    return status;
}

gt_status gt_provenance_make_with(const gt_invocation *asked, const char *const *inputs,
                                  const char *key, const char *extra, char **out,
                                  gt_error *err) {
    gt_status status = GT_OK;
    char *text = NULL, *line = NULL, command[256];
    size_t size = 0;
    option_record record = {.asked = asked, .stream = open_memstream(&text, &size)};
    if (!record.stream) GT_THROW(err, GT_NO_MEMORY, "the record of a command");
    GT_TRY(gt_command_line(asked, &line, err));
    write_name(asked, command);
    fputs("{\"command\": ", record.stream);
    gt_json_string(record.stream, command);
    fprintf(record.stream, ", \"version\": \"%s\", \"options\": {", gt_version());
    GT_TRY(gt_options_visit(asked->options, add_option, &record, err));
    fputs("}, \"line\": ", record.stream);
    gt_json_string(record.stream, line);
    fputs(", \"inputs\": {", record.stream);
    GT_TRY(add_inputs(record.stream, inputs, err));
    fputs("}", record.stream);
    add_trained(record.stream, inputs);
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

gt_status gt_provenance_make(const gt_invocation *asked, const char *const *inputs, char **out,
                             gt_error *err) {
    return gt_provenance_make_with(asked, inputs, NULL, NULL, out, err);
}
