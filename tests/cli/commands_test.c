/* The table of commands: every command explains itself, and its examples are valid usage. */
#include "gt_test.h"

#include "captions.h"
#include "cli.h"
#include "commands.h"
#include "galatea/model.h"
#include "manual.h"

/* Adds all tables of a command the way the dispatcher does, with memory to spare. */
static gt_options *options_of(const gt_command *command, const gt_variant *variant,
                              char *settings, size_t room) {
    const gt_option_table *tables[GT_TABLES_AT_MOST];
    size_t count = gt_manual_tables(command, variant, tables);
    gt_options *options = NULL;
    gt_error err;
    assert_ok(gt_options_create(&options, &err), err);
    for (size_t i = 0; i < count; ++i)
        if (gt_options_add(options, tables[i], settings + i * room, &err) != GT_OK)
            fail_msg("galatea %s: %s", command->name, err.text);
    return options;
}

static size_t split_words(char *line, const char **words, size_t most) {
    size_t count = 0;
    for (char *word = strtok(line, " "); word && count < most; word = strtok(NULL, " ")) {
        if (strcmp(word, ">") == 0) break; /* the shell's */
        words[count++] = word;
    }
    return count;
}

static gt_variant variant_named(const gt_command *command, const char *name) {
    size_t i = 0;
    while (command->variant_at(i).name && strcmp(command->variant_at(i).name, name) != 0) ++i;
    return command->variant_at(i);
}

/* Whether words are valid usage; err tells why not. is_whole: nothing may be missing. */
static bool is_valid(const gt_command *command, const gt_variant *variant,
                     const char *const *words, size_t count, bool is_whole, gt_error *err) {
    enum { ROOM = 4096 };
    char settings[GT_TABLES_AT_MOST * ROOM];
    assert_true(command->settings_size <= ROOM && variant->settings_size <= ROOM);
    gt_options *options = options_of(command, variant, settings, ROOM);
    bool is_good = gt_options_parse(options, (int)count, words, err) == GT_OK &&
                   (!is_whole || gt_options_check(options, err) == GT_OK);
    size_t word_count = 0;
    gt_options_words(options, &word_count);
    if (is_good && (word_count < command->min_words || word_count > command->max_words))
        is_good = gt_fail(err, GT_USAGE, "it has %zu words", word_count) == GT_OK;
    gt_options_destroy(options);
    return is_good;
}

/* What a shell would take for its own stands in quotes; " > FILE" alone is meant for it. */
static void check_for_shells(const char *example) {
    bool is_quoted = false;
    for (const char *at = example; *at; at++) {
        is_quoted ^= *at == '\'';
        bool is_meant = strncmp(at, "> ", 2) == 0 && at > example && at[-1] == ' ';
        if (!is_quoted && !is_meant && strchr("<>&;|$`\"\\#()", *at))
            fail_msg("example '%s' has a '%c' that no quotes keep from the shell", example,
                     *at);
    }
    if (is_quoted) fail_msg("example '%s' has a quote that is not closed", example);
}

/* Parses one example; an option of a variant that depends on a file may be that of any. */
static void check_example(const gt_command *command, const char *example, bool is_whole) {
    enum { WORDS = 64 };
    char line[512], start[128];
    const char *words[WORDS];
    gt_error err = {0};
    snprintf(start, sizeof start, "galatea %s", command->name);
    check_for_shells(example);
    if (strncmp(example, start, strlen(start)) != 0)
        fail_msg("example '%s' does not begin with '%s'", example, start);
    snprintf(line, sizeof line, "%s", example + strlen(start));
    size_t count = split_words(line, words, WORDS);
    gt_variant variant = {0};
    bool is_good = false;
    if (command->variant_at && !command->variant_of) {
        assert_true(count > 0);
        variant = variant_named(command, words[0]);
        if (!variant.name) fail_msg("example '%s' names no %s", example, command->variant_word);
        is_good = is_valid(command, &variant, words + 1, count - 1, is_whole, &err);
    } else if (command->variant_of) {
        for (size_t i = 0; command->variant_at(i).name && !is_good; ++i) {
            variant = command->variant_at(i);
            is_good = is_valid(command, &variant, words, count, is_whole, &err);
        }
    } else {
        is_good = is_valid(command, &variant, words, count, is_whole, &err);
    }
    if (!is_good) fail_msg("example '%s': %s", example, err.text);
}

static void every_command_explains_itself(void **state) {
    for (const gt_command *const *at = gt_commands; *at; ++at) {
        const gt_command *command = *at;
        assert_non_null(command->name);
        assert_non_null(command->run);
        if (!command->summary || !command->description || !command->usage ||
            !command->examples || !command->examples[0])
            fail_msg("galatea %s lacks summary, description, usage or examples", command->name);
        assert_ptr_equal(gt_command_find(gt_commands, command->name), command);
        for (const char *const *example = command->examples; *example; ++example)
            check_example(command, *example, true);
    }
}

/* "glow\\-train" of a page. */
static void drop_backslashes(char *text) {
    char *to = text;
    for (const char *at = text; *at; ++at)
        if (*at != '\\') *to++ = *at;
    *to = 0;
}

/* What the words of a command may be stands in its help and on its page. */
static void words_are_listed(void **state) {
    size_t found = 0, size;
    for (const gt_command *const *at = gt_commands; *at; ++at) {
        const char *name, *summary = NULL;
        char *texts[2] = {NULL};
        if (!(*at)->word_at) continue;
        for (int i = 0; i < 2; i++) {
            FILE *stream = open_memstream(&texts[i], &size);
            if (i == 0) gt_manual_help(stream, *at, NULL, NULL, NULL);
            if (i == 1) gt_manual_page(stream, *at);
            fclose(stream);
            drop_backslashes(texts[i]);
            for (size_t k = 0; (name = (*at)->word_at(k, &summary)); k++, found++)
                if (!strstr(texts[i], name) || !*summary) fail_msg("%s is not listed", name);
            free(texts[i]);
        }
    }
    assert_true(found > 2 * 20); /* benches */
}

/* The command that a line begins with: "galatea data import ...". */
static const gt_command *command_of(const char *line) {
    const char *first = line + strlen("galatea "), *second = strchr(first, ' ');
    char name[128];
    size_t one = strcspn(first, " "), two = second ? one + 1 + strcspn(second + 1, " ") : one;
    snprintf(name, sizeof name, "%.*s", (int)two, first);
    const gt_command *command = gt_command_find(gt_commands, name);
    if (command) return command;
    snprintf(name, sizeof name, "%.*s", (int)one, first);
    return gt_command_find(gt_commands, name);
}

/* What README shows can be typed: lines of commands, with a remark behind them. */
static void readme_shows_what_can_be_typed(void **state) {
    FILE *readme = fopen("../README.md", "r");
    char line[1024];
    size_t commands = 0;
    bool is_code = false;
    assert_non_null(readme);
    while (fgets(line, sizeof line, readme)) {
        if (strncmp(line, "```", 3) == 0) is_code = !is_code;
        if (!is_code || strncmp(line, "galatea ", 8) != 0) continue;
        line[strcspn(line, "\n")] = 0;
        char *remark = strstr(line, "  #");
        while (remark && remark > line && remark[-1] == ' ') remark--;
        if (remark) *remark = 0;
        const gt_command *command = command_of(line);
        if (!command) fail_msg("README: no command of '%s'", line);
        check_example(command, line, false); /* a sweep knows what was said before */
        commands++;
    }
    fclose(readme);
    assert_true(commands > 50);
}

/* Settings of a network are options of a command that uses it: no name means two things. */
static void networks_have_names_of_their_own(void **state) {
    enum { ROOM = 4096 };
    static char settings[GT_TABLES_AT_MOST * ROOM];
    size_t count = 0, used = 0;
    const gt_model_class *const *classes = gt_model_classes(&count);
    for (const gt_command *const *at = gt_commands; *at; ++at) {
        used += (*at)->takes_weights;
        for (size_t i = 0; (*at)->takes_weights && i < count; ++i) {
            gt_variant variant = {0};
            if ((*at)->variant_at) variant = variant_named(*at, classes[i]->name);
            variant.network = classes[i]->options;
            variant.is_labelled = classes[i]->needs.labelled;
            gt_options_destroy(options_of(*at, &variant, settings, ROOM));
        }
    }
    assert_int_equal(used, 10);
}

/* No line of it is wider than a terminal; examples may be. */
static void check_help(const gt_command *command, const gt_variant *variant) {
    char *text = NULL;
    size_t length = 0;
    FILE *stream = open_memstream(&text, &length);
    assert_non_null(stream);
    gt_manual_help(stream, command, variant, NULL, NULL);
    assert_int_equal(fclose(stream), 0);
    assert_non_null(strstr(text, "--print-config"));
    assert_non_null(strstr(text, "\nExamples:\n"));
    *strstr(text, "\nExamples:\n") = '\0';
    for (char *rest = text, *line = strsep(&rest, "\n"); line; line = strsep(&rest, "\n"))
        if (strlen(line) > 80) fail_msg("galatea %s --help: '%s'", command->name, line);
    free(text);
}

static void help_fits_a_terminal(void **state) {
    for (const gt_command *const *at = gt_commands; *at; ++at) {
        check_help(*at, NULL);
        for (size_t i = 0; (*at)->variant_at && (*at)->variant_at(i).name; ++i) {
            gt_variant variant = (*at)->variant_at(i);
            check_help(*at, &variant);
        }
    }
}

/* Whether what stands for a value is the name of a file or folder. */
static bool is_file_word(const char *word) {
    static const char *const words[] = {"FILE", "DIR", "RUN", "FOLDER", "CODES", "PATH"};
    for (size_t i = 0; word && i < sizeof words / sizeof *words; i++)
        if (strstr(word, words[i])) return true;
    return false;
}

static bool has_row(const gt_option_table *const *tables, size_t count, const char *name) {
    size_t length = strcspn(name, "=");
    for (size_t t = 0; t < count; t++)
        for (size_t i = 0; i < tables[t]->count; i++) {
            const gt_option *row = &tables[t]->rows[i];
            if (strlen(row->name) != length || memcmp(row->name, name, length) != 0) continue;
            return !name[length] || /* a value is one of a choice */
                   (row->kind == GT_OPTION_CHOICE && strstr(row->choices, name + length + 1));
        }
    return false;
}

/* What a command draws stands on a page with words below it. */
static void check_caption(const gt_command *command, const gt_option *row) {
    bool is_figure = row->endings && strstr(row->endings, "png");
    if (is_figure && !gt_caption_knows(command->name, row->name))
        fail_msg("galatea %s --%s: src/report/captions.def has no words for it", command->name,
                 row->name);
}

/* The guard of files knows only what is marked, and other options are there. */
static void check_marks(const gt_command *command, const gt_variant *variant) {
    const gt_option_table *tables[GT_TABLES_AT_MOST];
    size_t count = gt_manual_tables(command, variant, tables);
    for (size_t t = 0; t < count; t++)
        for (size_t i = 0; i < tables[t]->count; i++) {
            const gt_option *row = &tables[t]->rows[i];
            bool is_inside = strcmp(row->name, "dataset") == 0; /* of an HDF5 file */
            check_caption(command, row);
            if (is_file_word(row->word) != (row->path != GT_NO_PATH) && !is_inside)
                fail_msg("galatea %s --%s %s: .path does not fit it", command->name, row->name,
                         row->word);
            if ((row->with && !has_row(tables, count, row->with)) ||
                (row->without && !has_row(tables, count, row->without)))
                fail_msg("galatea %s --%s: .with or .without names no option", command->name,
                         row->name);
        }
}

static void paths_are_marked(void **state) {
    for (const gt_command *const *at = gt_commands; *at; ++at) {
        if (is_file_word((*at)->usage) != ((*at)->word_path != GT_NO_PATH))
            fail_msg("galatea %s %s: .word_path does not fit it", (*at)->name, (*at)->usage);
        check_marks(*at, NULL);
        for (size_t i = 0; (*at)->variant_at && (*at)->variant_at(i).name; ++i) {
            gt_variant variant = (*at)->variant_at(i);
            check_marks(*at, &variant);
        }
    }
}

/* Scripts ask any command that makes or finds something. */
static void results_have_json(void **state) {
    static const char *const tell_nothing[] = {"completion", "help", "man"};
    (void)state;
    for (const gt_command *const *at = gt_commands; *at; ++at) {
        bool is_exempt = false;
        for (size_t i = 0; i < sizeof tell_nothing / sizeof *tell_nothing; i++)
            is_exempt = is_exempt || strcmp((*at)->name, tell_nothing[i]) == 0;
        if ((*at)->has_json == is_exempt)
            fail_msg("galatea %s: .has_json does not fit it", (*at)->name);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_command_explains_itself),
                                       cmocka_unit_test(readme_shows_what_can_be_typed),
                                       cmocka_unit_test(words_are_listed),
                                       cmocka_unit_test(networks_have_names_of_their_own),
                                       cmocka_unit_test(help_fits_a_terminal),
                                       cmocka_unit_test(results_have_json),
                                       cmocka_unit_test(paths_are_marked)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
