/* provenance.c - command, version, settings and input checksums as JSON. */
#include "provenance.h"

#include <stdlib.h>

#include "galatea/hash.h"
#include "galatea/import.h"
#include "galatea/text.h"
#include "galatea/version.h"

typedef struct option_record {
    const gt_call *call;
    FILE *stream;
    int written;
} option_record;

static bool has_row(const gt_option_table *table, const gt_option *row) {
    return table && row >= table->rows && row < table->rows + table->count;
}

/* Whether a row belongs to the command, and not to every command. */
static bool is_own(const gt_call *call, const gt_option *row) {
    const gt_command *command = call->command;
    for (size_t i = 0; command->part_at && command->part_at(i).table; ++i)
        if (has_row(command->part_at(i).table, row)) return true;
    return has_row(command->table, row) || has_row(call->variant.table, row);
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

gt_status gt_provenance_make(const gt_call *call, const char *const *inputs, char **out,
                             gt_error *err) {
    gt_status status = GT_OK;
    char *text = NULL, command[256];
    size_t size = 0;
    option_record record = {.call = call, .stream = open_memstream(&text, &size)};
    if (!record.stream) GT_THROW(err, GT_NO_MEMORY, "the record of a command");
    snprintf(command, sizeof command, "galatea %s%s%s", call->command->name,
             call->variant.name ? " " : "", call->variant.name ? call->variant.name : "");
    fputs("{\"command\": ", record.stream);
    gt_json_string(record.stream, command);
    fprintf(record.stream, ", \"version\": \"%s\", \"options\": {", gt_version());
    GT_TRY(gt_options_visit(call->options, add_option, &record, err));
    fputs("}, \"inputs\": {", record.stream);
    GT_TRY(add_inputs(record.stream, inputs, err));
    fputs("}}", record.stream);
    bool is_whole = fclose(record.stream) == 0;
    record.stream = NULL;
    if (!is_whole) GT_THROW(err, GT_NO_MEMORY, "the record of a command");
    *out = text;
    text = NULL;
done:
    if (record.stream) fclose(record.stream);
    free(text);
    return status;
}
