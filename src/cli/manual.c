/* --help and the overview, made from the option tables. */
#include "manual.h"

#include <ctype.h>
#include <math.h>
#include <string.h>

#include "network.h"
#include "text.h"

enum { WIDTH = 80, OPTION_COLUMN = 24 };

static const gt_option common_rows[] = {
    {"quiet", GT_FLAG_AT(common_settings, is_quiet), "false", NULL,
     "no progress line, no remarks, and no word of what was written; numbers are printed all "
     "the same",
     .transient = true},
    {"date", GT_FLAG_AT(common_settings, has_times), "true", NULL,
     "logs and results tell how long work took; with --no-date equal calls give equal bytes",
     .transient = true},
    {"cite", GT_FLAG_AT(common_settings, wants_papers), "false", NULL,
     "print BibTeX of Galatea and of the papers behind this call, then stop",
     .transient = true},
};
static const gt_option json_rows[] = {
    {"json", GT_FLAG_AT(common_settings, wants_json), "false", NULL,
     "print the result as one JSON value", .transient = true},
};
static const gt_option threads_rows[] = {
    {"threads", GT_INT_AT(common_settings, threads), "0", "N",
     "threads to compute with, 0 for as many as this process may use", .min = 0, .max = 1024,
     .transient = true},
};
static const gt_option mismatch_rows[] = {
    {"mismatch", GT_CHOICE_AT(common_settings, mismatch), "tell", "HOW",
     "what to do about pictures of another survey, pixel scale or preparation",
     .choices = "tell|error|ignore", .transient = true},
};
static const gt_option builtin_rows[] = {
    {"config", GT_OPTION_TEXT, 0, NULL, "FILE", "read options from lines 'name = value'"},
    {"set", GT_OPTION_TEXT, 0, NULL, "NAME=VALUE", "same as --NAME VALUE"},
    {"print-config", GT_OPTION_FLAG, 0, NULL, NULL,
     "print every value and where it comes from, then stop"},
    {"help", GT_OPTION_FLAG, 0, NULL, NULL, "print this text, then stop"},
};
const gt_option_table gt_common_table = GT_OPTION_TABLE("Common options", common_rows);
const gt_option_table gt_json_table = GT_OPTION_TABLE("Output", json_rows);
const gt_option_table gt_threads_table = GT_OPTION_TABLE("Speed", threads_rows);
const gt_option_table gt_mismatch_table = GT_OPTION_TABLE("Belonging together", mismatch_rows);
const gt_option_table gt_builtin_table = GT_OPTION_TABLE("Common options", builtin_rows);

size_t gt_manual_tables(const gt_command *command, const gt_variant *variant,
                        const gt_option_table *tables[GT_TABLES_AT_MOST]) {
    size_t count = 0;
    if (command->table) tables[count++] = command->table;
    for (size_t i = 0; command->part_at && command->part_at(i).table; ++i)
        tables[count++] = command->part_at(i).table;
    if (variant && variant->table) tables[count++] = variant->table;
    if (variant && variant->shared) tables[count++] = variant->shared;
    if (command->meets_sets) tables[count++] = &gt_mismatch_table;
    if (command->takes_weights) tables[count++] = &gt_network_table;
    if (variant && variant->network) {
        tables[count++] = variant->network;
        tables[count++] = &gt_model_input_options;
        if (variant->is_labelled) tables[count++] = &gt_model_label_options;
    }
    if (command->has_threads) tables[count++] = &gt_threads_table;
    if (command->has_json) tables[count++] = &gt_json_table;
    tables[count++] = &gt_common_table;
    return count;
}

static void print_blanks(FILE *stream, size_t count) {
    fprintf(stream, "%*s", (int)count, "");
}

/* Where what is told of a name stands, behind `used` letters or in the next line. */
static void go_to_column(FILE *stream, int used) {
    if (used + 2 > OPTION_COLUMN) fputc('\n', stream);
    print_blanks(stream, (size_t)(OPTION_COLUMN - (used + 2 > OPTION_COLUMN ? 0 : used)));
}

/* Prints words from `column` on, breaking lines at WIDTH; an empty line stays one. */
static void print_wrapped(FILE *stream, const char *text, size_t indent, size_t column) {
    while (*text) {
        size_t length = strcspn(text, " \n");
        if (column > indent && column + 1 + length > WIDTH) {
            fputc('\n', stream);
            print_blanks(stream, column = indent);
        } else if (column > indent && length) {
            fputc(' ', stream);
            ++column;
        }
        fwrite(text, 1, length, stream);
        column += length;
        text += length;
        for (; *text == ' ' || *text == '\n'; ++text) {
            if (*text == ' ') continue;
            fputc('\n', stream);
            if (text[1] != '\n') print_blanks(stream, indent);
            column = indent;
        }
    }
    fputc('\n', stream);
}

static const char *range_text(const gt_option *row, char text[128]) {
    char low[GT_NUMBER_SIZE], high[GT_NUMBER_SIZE];
    gt_real_to_text(row->min == GT_ABOVE_ZERO ? 0 : row->min, low);
    gt_real_to_text(row->max == GT_BELOW_ONE ? 1 : row->max, high);
    bool leaves_low = row->min == GT_ABOVE_ZERO, leaves_high = row->max == GT_BELOW_ONE;
    bool is_open_below = isinf(row->min), is_open_above = isinf(row->max);
    const char *above = leaves_low ? "above" : "at least";
    const char *below = leaves_high ? "below" : "at most";
    text[0] = '\0';
    if (row->min == row->max || (is_open_below && is_open_above)) return text;
    if (is_open_above)
        snprintf(text, 128, "%s %s", above, low);
    else if (is_open_below)
        snprintf(text, 128, "%s %s", below, high);
    else if (leaves_low || leaves_high)
        snprintf(text, 128, "%s %s, %s %s", above, low, below, high);
    else
        snprintf(text, 128, "%s to %s", low, high);
    return text;
}

const char *gt_manual_remark(const gt_option *row, char text[256]) {
    char range[128], fallback[96] = "";
    bool is_choice = row->kind == GT_OPTION_CHOICE && row->choices;
    const char *limits = row->required ? "required"
                         : is_choice   ? row->choices
                                       : range_text(row, range);
    const char *value = row->fallback ? row->fallback : "";
    if (row->kind == GT_OPTION_FLAG && strcmp(value, "true") == 0)
        snprintf(fallback, sizeof fallback, "default on");
    else if (row->kind != GT_OPTION_FLAG && row->fallback)
        snprintf(fallback, sizeof fallback, "default %s", *value ? value : "empty");
    text[0] = '\0';
    if (*limits || *fallback)
        snprintf(text, 256, "(%s%s%s)", limits, *limits && *fallback ? "; " : "", fallback);
    return text;
}

/* What a preset gives the option of `row`. */
typedef struct preset_value {
    const gt_option *row;
    char text[128];
    bool is_given;
} preset_value;

static gt_status store_preset_value(void *user, const gt_option_view *view, gt_error *err) {
    preset_value *value = user;
    if (view->row != value->row || view->source != GT_FROM_PRESET || !view->text) return GT_OK;
    snprintf(value->text, sizeof value->text, "%s", view->text);
    value->is_given = true;
    return GT_OK;
}

bool gt_manual_is_on(const gt_option *row) {
    return row->kind == GT_OPTION_FLAG && row->fallback && *row->fallback == 't';
}

/* options: of a preset, whose values stand for the row's default; NULL: none. */
static void print_option(FILE *stream, const gt_option *own, const gt_options *options) {
    char flag[128], remark[256], text[1024];
    gt_error err;
    preset_value value = {.row = own};
    gt_option shown = *own;
    const gt_option *row = &shown;
    if (options && gt_options_visit(options, store_preset_value, &value, &err) == GT_OK &&
        value.is_given)
        shown.fallback = value.text;
    int used = snprintf(flag, sizeof flag, "  --%s%s%s%s", gt_manual_is_on(row) ? "[no-]" : "",
                        row->name, row->word ? " " : "", row->word ? row->word : "");
    fputs(flag, stream);
    go_to_column(stream, used);
    gt_manual_remark(row, remark);
    snprintf(text, sizeof text, "%s%s%s", row->help, *remark ? " " : "", remark);
    print_wrapped(stream, text, OPTION_COLUMN, OPTION_COLUMN);
}

static void print_table(FILE *stream, const char *title, const gt_option_table *table,
                        const gt_options *options) {
    fprintf(stream, "\n%s:\n", title);
    for (size_t i = 0; i < table->count; ++i) print_option(stream, &table->rows[i], options);
}

static void print_tables(FILE *stream, const gt_command *command, const gt_variant *variant,
                         const gt_options *options) {
    const gt_option_table *tables[GT_TABLES_AT_MOST];
    size_t count = gt_manual_tables(command, variant, tables);
    for (size_t t = 0; t < count; ++t)
        print_table(stream, tables[t]->title, tables[t], options);
    for (size_t i = 0; i < gt_builtin_table.count; ++i)
        print_option(stream, &gt_builtin_table.rows[i], NULL);
}

static void print_line(FILE *stream, const char *name, const char *summary) {
    go_to_column(stream, fprintf(stream, "  %s", name));
    print_wrapped(stream, summary, OPTION_COLUMN, OPTION_COLUMN);
}

static void print_words(FILE *stream, const gt_command *command) {
    const char *name, *summary = NULL;
    fprintf(stream, "\n%s:\n", command->words_title);
    for (size_t i = 0; (name = command->word_at(i, &summary)); ++i)
        print_line(stream, name, summary);
}

/* What the first word may be: names with options of their own, or things that lead to them. */
static void print_variants(FILE *stream, const gt_command *command) {
    if (!command->variant_of)
        fprintf(stream, "\n%s, each with options of its own (galatea %s %s --help):\n",
                command->variant_word, command->name, command->variant_word);
    for (size_t i = 0; command->variant_at(i).name; ++i) {
        gt_variant variant = command->variant_at(i);
        char title[128];
        if (variant.is_hidden) continue;
        snprintf(title, sizeof title, "With a %s of %s", command->variant_word, variant.name);
        if (!command->variant_of)
            print_line(stream, variant.name, variant.summary);
        else if (variant.table && variant.table->count)
            print_table(stream, title, variant.table, NULL);
    }
}

/* preset: the one whose values are shown below. */
static void print_presets(FILE *stream, const gt_variant *variant, const char *preset) {
    const char *summary = NULL;
    if (!variant->preset_at || !variant->preset_at(variant->subject, 0, &summary)) return;
    fputs("\nPresets:\n", stream);
    for (size_t i = 0; variant->preset_at(variant->subject, i, &summary); ++i)
        print_line(stream, variant->preset_at(variant->subject, i, &summary), summary);
    if (!preset) return;
    bool is_usual = strcmp(preset, variant->usual_preset) == 0;
    fprintf(stream, "\nDefaults below are those of %s%s; --preset NAME --help shows others.\n",
            preset, is_usual ? ", which a new run takes without --preset" : "");
}

/* A summary has no capital and no full stop, for lists; alone it gets both. */
static void print_sentence(FILE *stream, const char *summary) {
    char text[256];
    snprintf(text, sizeof text, "%c%s.", toupper((unsigned char)*summary), summary + 1);
    print_wrapped(stream, text, 0, 0);
    fputc('\n', stream);
}

/* Whether an example shows another variant than the one asked for. */
static bool is_of_other(const gt_command *command, const gt_variant *variant,
                        const char *example) {
    char words[256];
    for (size_t i = 0; variant && command->variant_at(i).name; ++i) {
        const char *name = command->variant_at(i).name;
        int length = snprintf(words, sizeof words, "galatea %s %s ", command->name, name);
        if (strcmp(name, variant->name) != 0 && strncmp(example, words, (size_t)length) == 0)
            return true;
    }
    return false;
}

void gt_manual_required(FILE *stream, const gt_option_table *const *tables, size_t count,
                        const char *dashes) {
    for (size_t t = 0; t < count; t++)
        for (const gt_option *row = tables[t]->rows; row < tables[t]->rows + tables[t]->count;
             row++)
            if (row->required) fprintf(stream, " %s%s %s", dashes, row->name, row->word);
}

void gt_manual_help(FILE *stream, const gt_command *command, const gt_variant *variant,
                    const char *preset, const gt_options *options) {
    const char *usage = command->usage;
    const gt_variant *known = variant && variant->name ? variant : NULL;
    bool is_named = known && !command->variant_of;
    if (is_named) { /* the name stands where usage has the word for it */
        usage += strlen(command->variant_word);
        usage += *usage == ' ';
    }
    const gt_option_table *tables[GT_TABLES_AT_MOST];
    size_t count = gt_manual_tables(command, variant, tables);
    fprintf(stream, "Usage: galatea %s%s%s%s%s", command->name, is_named ? " " : "",
            is_named ? variant->name : "", *usage ? " " : "", usage);
    gt_manual_required(stream, tables, count, "--");
    fputs(" [options]\n\n", stream);
    print_sentence(stream, is_named ? variant->summary : command->summary);
    print_wrapped(stream, command->description, 0, 0);
    if (command->word_at) print_words(stream, command);
    if (command->variant_at && !known) print_variants(stream, command);
    if (known) print_presets(stream, known, preset);
    print_tables(stream, command, variant, preset ? options : NULL);
    fprintf(stream, "\nExamples:\n");
    for (const char *const *at = command->examples; *at; ++at)
        if (!is_of_other(command, known, *at)) fprintf(stream, "  %s\n", *at);
}

void gt_manual_overview(FILE *stream, const gt_command *const *commands, const char *prefix) {
    fprintf(stream, "Usage: galatea %sCOMMAND ... [options]\n\n", prefix);
    if (!*prefix) fputs("Galatea learns, generates and judges galaxy images.\n\n", stream);
    fputs("Commands:\n", stream);
    for (const gt_command *const *at = commands; *at; ++at)
        if (!(*at)->is_hidden && strncmp((*at)->name, prefix, strlen(prefix)) == 0)
            print_line(stream, (*at)->name, (*at)->summary);
    fprintf(stream, "\ngalatea %sCOMMAND --help tells more about one of them.\n", prefix);
    if (!*prefix)
        fputs("galatea --version tells the version and its libraries, galatea --cite "
              "how to cite it.\n",
              stream);
}
