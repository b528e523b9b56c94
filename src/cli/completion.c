/* completion.c - see completion.h. Names need no quotes in a shell; help texts get them. */
#include "completion.h"

#include <string.h>

#include "manual.h"

enum { ROWS_AT_MOST = 512 };

/* What an option stands behind: "data synth", or "train gan" where a word selects a variant. */
typedef struct scope {
    const gt_command *command;
    gt_variant variant; /* .name NULL: none */
    char key[128];
    const gt_option *rows[ROWS_AT_MOST]; /* each name once */
    size_t count;
} scope;

static void add_table(scope *s, const gt_option_table *table) {
    for (size_t i = 0; table && i < table->count && s->count < ROWS_AT_MOST; ++i) {
        size_t k = 0;
        while (k < s->count && strcmp(s->rows[k]->name, table->rows[i].name) != 0) ++k;
        if (k == s->count) s->rows[s->count++] = &table->rows[i];
    }
}

/* Where a file decides on the variant, options of any are offered. */
static void fill_scope(scope *s, const gt_command *command, const gt_variant *variant) {
    const gt_option_table *tables[GT_TABLES_AT_MOST];
    size_t count = gt_manual_tables(command, variant, tables);
    *s = (scope){.command = command};
    if (variant) s->variant = *variant;
    snprintf(s->key, sizeof s->key, "%s%s%s", command->name, variant ? " " : "",
             variant ? variant->name : "");
    for (size_t i = 0; i < count; ++i) add_table(s, tables[i]);
    for (size_t i = 0; command->variant_of && command->variant_at(i).name; ++i)
        add_table(s, command->variant_at(i).table);
    add_table(s, &gt_builtin_table);
}

static bool has_named_variants(const gt_command *command) {
    return command->variant_at && !command->variant_of;
}

/* Calls write for every command, and for every variant that a word selects. */
static void visit_scopes(FILE *stream, const gt_command *const *commands,
                         void (*write)(FILE *stream, const scope *s)) {
    static _Thread_local scope s; /* large */
    for (const gt_command *const *at = commands; *at; ++at) {
        fill_scope(&s, *at, NULL);
        write(stream, &s);
        for (size_t i = 0; has_named_variants(*at) && (*at)->variant_at(i).name; ++i) {
            gt_variant variant = (*at)->variant_at(i);
            if (variant.is_hidden) continue;
            fill_scope(&s, *at, &variant);
            write(stream, &s);
        }
    }
}

/* "no-date" for a flag that is on unless it is switched off. */
static const char *prefix_of(const gt_option *row) {
    return gt_manual_is_on(row) ? "no-" : "";
}

static void print_choices(FILE *stream, const char *choices) {
    for (; *choices; ++choices) fputc(*choices == '|' ? ' ' : *choices, stream);
}

/* Values of --preset, which belong to the variant. */
static void print_presets(FILE *stream, const scope *s) {
    const char *summary, *name;
    for (size_t i = 0; (name = s->variant.preset_at(s->variant.subject, i, &summary)); ++i)
        fprintf(stream, "%s%s", i ? " " : "", name);
}

static bool has_presets(const scope *s, const gt_option *row) {
    return strcmp(row->name, "preset") == 0 && s->variant.name && s->variant.preset_at;
}

/* ---- words, as bash and zsh have them ---- */

static void print_first_words(FILE *stream, const gt_command *const *commands) {
    const char *before = "";
    for (const gt_command *const *at = commands; *at; ++at) {
        size_t length = strcspn((*at)->name, " ");
        if (!(*at)->is_hidden &&
            (strlen(before) < length || strncmp(before, (*at)->name, length) != 0))
            fprintf(stream, " %.*s", (int)length, (*at)->name);
        before = (*at)->name;
    }
}

static void print_variants(FILE *stream, const gt_command *command) {
    for (size_t i = 0; command->variant_at(i).name; ++i)
        if (!command->variant_at(i).is_hidden)
            fprintf(stream, " %s", command->variant_at(i).name);
}

/* The second words behind the first word of `at`, if it opens a group: those of its fellows. */
static void print_group(FILE *stream, const gt_command *const *at, size_t length) {
    const char *name = (*at)->name;
    fprintf(stream, "%.*s) echo", (int)length, name);
    for (; *at && strncmp((*at)->name, name, length + 1) == 0; ++at)
        fprintf(stream, " %s", (*at)->name + length + 1);
    fputs(" ;;\n", stream);
}

static void print_words(FILE *stream, const gt_command *const *commands) {
    const char *group = "";
    fputs("_galatea_words() {\ncase \"$1\" in\n'' | help) echo", stream);
    print_first_words(stream, commands);
    fputs(" ;;\n", stream);
    for (const gt_command *const *at = commands; *at; ++at) {
        size_t length = strcspn((*at)->name, " ");
        if ((*at)->name[length] && strncmp(group, (*at)->name, length + 1) != 0)
            print_group(stream, at, length);
        if ((*at)->name[length]) group = (*at)->name;
        if (!has_named_variants(*at)) continue;
        fprintf(stream, "%s) echo", (*at)->name);
        print_variants(stream, *at);
        fputs(" ;;\n", stream);
    }
    fputs("esac\n}\n", stream);
}

static void print_scope_options(FILE *stream, const scope *s) {
    fprintf(stream, "'%s') echo", s->key);
    for (size_t i = 0; i < s->count; ++i)
        fprintf(stream, " --%s%s", prefix_of(s->rows[i]), s->rows[i]->name);
    fputs(" ;;\n", stream);
}

static void print_scope_values(FILE *stream, const scope *s) {
    for (size_t i = 0; i < s->count; ++i) {
        const gt_option *row = s->rows[i];
        bool has_choices = row->kind == GT_OPTION_CHOICE && row->choices;
        if (!has_choices && !has_presets(s, row)) continue;
        fprintf(stream, "'%s --%s') echo ", s->key, row->name);
        if (has_choices)
            print_choices(stream, row->choices);
        else
            print_presets(stream, s);
        fputs(" ;;\n", stream);
    }
}

/* Three functions that print words: what may follow the words so far, the options of a command,
 * the values of one of its options. */
static void print_functions(FILE *stream, const gt_command *const *commands) {
    print_words(stream, commands);
    fputs("_galatea_options() {\ncase \"$1\" in\n", stream);
    visit_scopes(stream, commands, print_scope_options);
    fputs("esac\n}\n_galatea_values() {\ncase \"$1\" in\n", stream);
    visit_scopes(stream, commands, print_scope_values);
    fputs("esac\n}\n"
          "# What fits behind the words $2 $3 and the last one before it, $4, as its word $1.\n"
          "_galatea_list() {\n"
          "local at=$1 first=$2 second=$3 before=$4 key=$2\n"
          "[ \"$first\" = help ] && [ \"$at\" -gt 2 ] && "
          "{ at=$((at - 1)) first=$second second= key=$second; }\n"
          "[ \"$at\" -eq 1 ] && { _galatea_words ''; echo --help --version --cite; return; }\n"
          "[ \"$at\" -eq 2 ] && [ -n \"$(_galatea_words \"$first\")\" ] &&\n"
          "    { _galatea_words \"$first\"; echo --help; return; }\n"
          "[ -n \"$(_galatea_options \"$first $second\")\" ] && key=\"$first $second\"\n"
          "case \"$before\" in --*) [ -n \"$(_galatea_values \"$key $before\")\" ] &&\n"
          "    { _galatea_values \"$key $before\"; return; } ;;\nesac\n"
          "_galatea_options \"$key\"\n}\n",
          stream);
}

void gt_completion_bash(FILE *stream, const gt_command *const *commands) {
    fputs("# bash completion of galatea, made by `galatea completion bash`.\n", stream);
    print_functions(stream, commands);
    fputs("# bash takes --name=value for three words.\n"
          "_galatea() {\n"
          "local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]}\n"
          "[ \"$before\" = = ] && before=${COMP_WORDS[COMP_CWORD - 2]}\n"
          "[ \"$word\" = = ] && word=\n"
          "COMPREPLY=($(compgen -W \"$(_galatea_list \"$COMP_CWORD\" \"${COMP_WORDS[1]}\" \\\n"
          "    \"${COMP_WORDS[2]}\" \"$before\")\" -- \"$word\"))\n"
          "# Without a beginning options would hide names of files.\n"
          "[[ -z $word && \"${COMPREPLY[0]}\" == --* ]] && COMPREPLY=()\n"
          "return 0\n}\ncomplete -o default -F _galatea galatea\n",
          stream);
}

void gt_completion_zsh(FILE *stream, const gt_command *const *commands) {
    fputs("#compdef galatea\n# zsh completion of galatea, made by `galatea completion zsh`.\n",
          stream);
    print_functions(stream, commands);
    fputs("_galatea() {\n"
          "local -a list\n"
          "local before=$words[CURRENT-1]\n"
          "[[ $PREFIX == --*=* ]] && before=${PREFIX%%=*} && compset -P 1 '*='\n"
          "list=(${=$(_galatea_list $((CURRENT - 1)) \"$words[2]\" \"$words[3]\" "
          "\"$before\")})\n"
          "[[ -z $PREFIX && $list[1] == --* ]] && list=()\n"
          "compadd -a list && return 0\n"
          "_files\n}\n"
          "if [ \"$funcstack[1]\" = _galatea ]; then _galatea \"$@\"; else compdef _galatea "
          "galatea; fi\n",
          stream);
}

/* ---- fish, which shows what an option is for ---- */

static void print_quoted(FILE *stream, const char *text) {
    fputc('\'', stream);
    for (; *text; ++text) {
        if (*text == '\'' || *text == '\\') fputc('\\', stream);
        fputc(*text, stream);
    }
    fputc('\'', stream);
}

static void print_fish_scope(FILE *stream, const scope *s) {
    for (size_t i = 0; i < s->count; ++i) {
        const gt_option *row = s->rows[i];
        bool has_choices = row->kind == GT_OPTION_CHOICE && row->choices;
        fprintf(stream, "complete -c galatea -n \"__galatea_is '%s'\" -l %s%s -d ", s->key,
                prefix_of(row), row->name);
        print_quoted(stream, row->help);
        if (has_choices || has_presets(s, row)) {
            fputs(" -x -a '", stream);
            if (has_choices)
                print_choices(stream, row->choices);
            else
                print_presets(stream, s);
            fputc('\'', stream);
        } else if (row->kind != GT_OPTION_FLAG) {
            fputs(" -r", stream);
        }
        fputc('\n', stream);
    }
}

static void print_fish_word(FILE *stream, const char *behind, const char *word,
                            const char *summary) {
    fprintf(stream, "complete -c galatea -f -n \"__galatea_follows '%s'\" -a %s -d ", behind,
            word);
    print_quoted(stream, summary);
    fputc('\n', stream);
}

/* What may stand in the place of a command: --help, --version and --cite, or --help alone. */
static void print_fish_general(FILE *stream, const char *behind) {
    static const char *const general[][2] = {{"help", "list the commands"},
                                             {"version", "tell the versions"},
                                             {"cite", "print BibTeX of Galatea"}};
    for (size_t i = 0; i < (*behind ? 1 : 3); ++i)
        fprintf(stream, "complete -c galatea -f -n \"__galatea_follows '%s'\" -l %s -d '%s'\n",
                behind, general[i][0], general[i][1]);
}

static void print_fish_words(FILE *stream, const gt_command *const *commands) {
    char last[128] = "";
    print_fish_general(stream, "");
    for (const gt_command *const *at = commands; *at; ++at) {
        const gt_command *command = *at;
        char group[128];
        size_t length = strcspn(command->name, " ");
        snprintf(group, sizeof group, "%.*s", (int)length, command->name);
        if (command->name[length]) {
            if (strcmp(group, last) != 0) {
                print_fish_word(stream, "", group, "several commands");
                print_fish_general(stream, group);
            }
            snprintf(last, sizeof last, "%s", group);
            print_fish_word(stream, group, command->name + length + 1, command->summary);
        } else if (!command->is_hidden) {
            print_fish_word(stream, "", command->name, command->summary);
        }
        for (size_t i = 0; has_named_variants(command) && command->variant_at(i).name; ++i)
            if (!command->variant_at(i).is_hidden)
                print_fish_word(stream, command->name, command->variant_at(i).name,
                                command->variant_at(i).summary);
    }
}

void gt_completion_fish(FILE *stream, const gt_command *const *commands) {
    fputs("# fish completion of galatea, made by `galatea completion fish`.\n"
          "function __galatea_is\n"
          "    set -l words (commandline -opc)\n"
          "    set -l wanted (string split ' ' -- $argv[1])\n"
          "    set -l end (math (count $wanted) + 1)\n"
          "    test (count $words) -ge $end; and test \"$words[2..$end]\" = \"$argv[1]\"\n"
          "end\n"
          "function __galatea_follows\n"
          "    set -l words (commandline -opc)\n"
          "    test \"$words[2]\" = help; and set -e words[2]\n"
          "    test \"$words[2..-1]\" = \"$argv[1]\"\n"
          "end\n",
          stream);
    print_fish_words(stream, commands);
    visit_scopes(stream, commands, print_fish_scope);
}
