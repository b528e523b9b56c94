/* The table of commands: every command explains itself, and its examples are valid usage. */
#include "gt_test.h"

#include "cli.h"
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
    for (char *word = strtok(line, " "); word && count < most; word = strtok(NULL, " "))
        words[count++] = word;
    return count;
}

static gt_variant variant_named(const gt_command *command, const char *name) {
    size_t i = 0;
    while (command->variant_at(i).name && strcmp(command->variant_at(i).name, name) != 0) ++i;
    return command->variant_at(i);
}

/* Parses one example; the values of required options must be there too. */
static void check_example(const gt_command *command, const char *example) {
    enum { ROOM = 4096, WORDS = 64 };
    char line[512], settings[GT_TABLES_AT_MOST * ROOM];
    const char *words[WORDS];
    char start[128];
    gt_error err;
    snprintf(start, sizeof start, "galatea %s", command->name);
    if (strncmp(example, start, strlen(start)) != 0)
        fail_msg("example '%s' does not begin with '%s'", example, start);
    assert_true(command->settings_size <= ROOM);
    snprintf(line, sizeof line, "%s", example + strlen(start));
    size_t count = split_words(line, words, WORDS), first = 0;
    gt_variant variant = {0};
    if (command->variant_at) {
        assert_true(count > 0);
        variant = variant_named(command, words[first++]);
        if (!variant.name) fail_msg("example '%s' names no %s", example, command->variant_word);
    }
    assert_true(variant.settings_size <= ROOM);
    gt_options *options = options_of(command, &variant, settings, ROOM);
    if (gt_options_parse(options, (int)(count - first), words + first, &err) != GT_OK ||
        gt_options_check(options, &err) != GT_OK)
        fail_msg("example '%s': %s", example, err.text);
    size_t word_count = 0;
    gt_options_words(options, &word_count);
    if (word_count < command->min_words || word_count > command->max_words)
        fail_msg("example '%s' has %zu words", example, word_count);
    gt_options_destroy(options);
}

static void every_command_explains_itself(void **state) {
    for (const gt_command *const *at = gt_commands(); *at; ++at) {
        const gt_command *command = *at;
        assert_non_null(command->name);
        assert_non_null(command->run);
        if (!command->summary || !command->description || !command->usage ||
            !command->examples || !command->examples[0])
            fail_msg("galatea %s lacks summary, description, usage or examples", command->name);
        assert_ptr_equal(gt_command_find(command->name), command);
        for (const char *const *example = command->examples; *example; ++example)
            check_example(command, *example);
    }
}

/* No line of it is wider than a terminal; examples may be. */
static void check_help(const gt_command *command, const gt_variant *variant) {
    char *text = NULL;
    size_t length = 0;
    FILE *stream = open_memstream(&text, &length);
    assert_non_null(stream);
    gt_manual_help(stream, command, variant);
    assert_int_equal(fclose(stream), 0);
    assert_non_null(strstr(text, "--print-config"));
    assert_non_null(strstr(text, "\nExamples:\n"));
    *strstr(text, "\nExamples:\n") = '\0';
    for (char *rest = text, *line = strsep(&rest, "\n"); line; line = strsep(&rest, "\n"))
        if (strlen(line) > 80) fail_msg("galatea %s --help: '%s'", command->name, line);
    free(text);
}

static void help_fits_a_terminal(void **state) {
    for (const gt_command *const *at = gt_commands(); *at; ++at) {
        check_help(*at, NULL);
        for (size_t i = 0; (*at)->variant_at && (*at)->variant_at(i).name; ++i) {
            gt_variant variant = (*at)->variant_at(i);
            check_help(*at, &variant);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_command_explains_itself),
                                       cmocka_unit_test(help_fits_a_terminal)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
