/* Manual pages in troff, made from the same tables as --help. */
#include <ctype.h>
#include <string.h>

#include "galatea/version.h"
#include "manual.h"

/* '-' must be escaped or it becomes a hyphen that cannot be copied to a shell; a line must not
 * start with a control character. Paragraphs become .PP. */
static void print_text(FILE *stream, const char *text) {
    bool at_start = true;
    for (; *text; ++text) {
        if (text[0] == '\n' && text[1] == '\n') {
            fputs("\n.PP\n", stream);
            at_start = true;
            ++text;
            continue;
        }
        if (at_start && (*text == '.' || *text == '\'')) fputs("\\&", stream);
        if (*text == '-')
            fputs("\\-", stream);
        else if (*text == '\\')
            fputs("\\e", stream);
        else
            fputc(*text, stream);
        at_start = *text == '\n';
    }
}

static void print_heading(FILE *stream, const char *text) {
    fputs(".SH \"", stream);
    for (; *text; ++text) fputc(toupper((unsigned char)*text), stream);
    fputs("\"\n", stream);
}

static void print_title(FILE *stream, const char *name) {
    fputs(".TH \"GALATEA", stream);
    if (*name) fputc('-', stream);
    for (; *name; ++name) fputc(*name == ' ' ? '-' : toupper((unsigned char)*name), stream);
    fprintf(stream, "\" \"1\" \"\" \"Galatea %s\" \"Galatea manual\"\n", gt_version());
}

static void print_rows(FILE *stream, const gt_option_table *table) {
    for (size_t i = 0; i < table->count; ++i) {
        const gt_option *row = &table->rows[i];
        char remark[256];
        fputs(".TP\n.B \\-\\-", stream);
        if (gt_manual_is_on(row)) fputs("[no\\-]", stream);
        print_text(stream, row->name);
        if (row->word) fprintf(stream, " \\fI%s\\fR", row->word);
        fputc('\n', stream);
        print_text(stream, row->help);
        gt_manual_remark(row, remark);
        if (*remark) {
            fputc('\n', stream);
            print_text(stream, remark);
        }
        fputc('\n', stream);
    }
}

static void print_item(FILE *stream, const char *kind, const char *name, const char *summary) {
    fprintf(stream, ".TP\n%s\\fB", kind);
    print_text(stream, name);
    fputs("\\fR\n", stream);
    print_text(stream, summary);
    fputc('\n', stream);
}

static void print_words(FILE *stream, const gt_command *command) {
    const char *summary = NULL, *name = NULL;
    print_heading(stream, command->words_title);
    for (size_t i = 0; (name = command->word_at(i, &summary)); ++i)
        print_item(stream, "", name, summary);
}

static void print_presets(FILE *stream, const gt_variant *variant) {
    const char *summary = NULL, *name = NULL;
    if (!variant->preset_at) return;
    for (size_t i = 0; (name = variant->preset_at(variant->subject, i, &summary)); ++i)
        print_item(stream, "Preset ", name, summary);
}

static void print_variants(FILE *stream, const gt_command *command) {
    for (size_t i = 0; command->variant_at && command->variant_at(i).name; ++i) {
        gt_variant variant = command->variant_at(i);
        char title[128];
        if (variant.is_hidden) continue;
        snprintf(title, sizeof title, "%s %s", command->name, variant.name);
        print_heading(stream, title);
        print_text(stream, variant.summary);
        fputc('\n', stream);
        if (variant.table) print_rows(stream, variant.table);
        if (variant.shared) print_rows(stream, variant.shared);
        print_presets(stream, &variant);
    }
}

static void print_exit_codes(FILE *stream) {
    fputs(".SH \"EXIT STATUS\"\n"
          ".TP\n.B 0\ndone\n"
          ".TP\n.B 1\nthe work failed or a check does not hold\n"
          ".TP\n.B 2\nwrong usage\n"
          ".TP\n.B 130\ninterrupted after saving (128 + number of the signal)\n",
          stream);
}

void gt_manual_page(FILE *stream, const gt_command *command) {
    const gt_option_table *tables[GT_TABLES_AT_MOST];
    size_t count = gt_manual_tables(command, NULL, tables);
    print_title(stream, command->name);
    fputs(".SH NAME\ngalatea\\-", stream);
    for (const char *at = command->name; *at; ++at)
        fputs(*at == ' ' ? "\\-" : (char[]){*at, '\0'}, stream);
    fputs(" \\- ", stream);
    print_text(stream, command->summary);
    fprintf(stream, "\n.SH SYNOPSIS\n\\fBgalatea %s\\fR", command->name);
    if (*command->usage) fprintf(stream, " \\fI%s\\fR", command->usage);
    gt_manual_required(stream, tables, count, "\\-\\-");
    fputs(" [options]\n.SH DESCRIPTION\n", stream);
    print_text(stream, command->description);
    fputc('\n', stream);
    if (command->word_at) print_words(stream, command);
    for (size_t t = 0; t < count; ++t) {
        print_heading(stream, tables[t]->title);
        print_rows(stream, tables[t]);
    }
    print_rows(stream, &gt_builtin_table);
    print_variants(stream, command);
    fputs(".SH EXAMPLES\n.nf\n", stream);
    for (const char *const *at = command->examples; *at; ++at) {
        print_text(stream, *at);
        fputc('\n', stream);
    }
    fputs(".fi\n", stream);
    print_exit_codes(stream);
    fputs(".SH \"SEE ALSO\"\n.BR galatea (1)\n", stream);
}

void gt_manual_overview_page(FILE *stream, const gt_command *const *commands) {
    print_title(stream, "");
    fputs(".SH NAME\ngalatea \\- learns, generates and judges galaxy images\n"
          ".SH SYNOPSIS\n.B galatea\n.I COMMAND\n[words] [options]\n.br\n"
          ".B galatea \\-\\-version\n.SH COMMANDS\n",
          stream);
    for (const gt_command *const *at = commands; *at; ++at)
        if (!(*at)->is_hidden) print_item(stream, "", (*at)->name, (*at)->summary);
    print_exit_codes(stream);
}
