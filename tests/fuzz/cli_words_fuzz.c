/* The command line: lines of text as the words of a call. They are valid usage, or refused in
 * lines for people. Commands do nothing but print of themselves. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"
#include "commands.h"
#include "fuzz.h"

enum { WORDS = 40, COMMANDS = 64 };

static gt_status run_nothing(gt_call *call, gt_error *err) {
    (void)call;
    (void)err;
    return GT_OK;
}

static bool only_prints(const gt_command *command) {
    return strcmp(command->name, "help") == 0 || strcmp(command->name, "completion") == 0;
}

/* Those of the program. Where a run would tell whose options a command has, the model's name
 * stands before it. */
static const gt_command *const *commands(void) {
    static gt_command copies[COMMANDS];
    static const gt_command *list[COMMANDS + 1];
    for (size_t i = 0; !list[i] && gt_commands[i]; i++) {
        GT_ASSERT(i < COMMANDS);
        copies[i] = *gt_commands[i];
        copies[i].variant_of = NULL;
        if (!only_prints(&copies[i])) copies[i].run = run_nothing;
        list[i] = &copies[i];
    }
    return list;
}

/* The lines of `text`, which is changed; --config would read any file of this machine. */
static int split(char *text, char *words[WORDS + 1]) {
    static char quiet[] = "--quiet", name[] = "galatea";
    int count = 1;
    words[0] = name;
    for (char *word; count < WORDS && (word = strsep(&text, "\n"));)
        words[count++] = strstr(word, "config") ? quiet : word;
    words[count] = NULL;
    return count;
}

static void check_said(const char *said) {
    for (const char *line = said; *line; line = strchr(line, '\n') + 1) {
        GT_ASSERT(strncmp(line, "galatea: ", 9) == 0 && strchr(line, '\n'));
        for (const char *c = line; *c != '\n'; c++) GT_ASSERT((unsigned char)*c >= ' ');
    }
}

/* In an empty folder, whose files nobody can name. */
static int call(int count, char **words) {
    int before = open(".", O_PATH | O_DIRECTORY);
    GT_ASSERT(before >= 0 && chdir(gt_fuzz_folder()) == 0);
    int code = gt_cli_main(count, words, commands());
    GT_ASSERT(fchdir(before) == 0 && close(before) == 0);
    return code;
}

bool gt_fuzz_one(const uint8_t *bytes, size_t size) {
    static FILE *nowhere;
    FILE *out = stdout, *messages = stderr;
    char *words[WORDS + 1], *text = gt_fuzz_text(bytes, size), *said = NULL;
    size_t length;
    if (!nowhere) nowhere = fopen("/dev/null", "w");
    stdout = nowhere;
    stderr = open_memstream(&said, &length);
    GT_ASSERT(stdout && stderr);
    int code = call(split(text, words), words);
    GT_ASSERT(fclose(stderr) == 0);
    stdout = out;
    stderr = messages;
    GT_ASSERT(code >= 0 && code <= 2 && (code == 0 || *said));
    check_said(said);
    free(said);
    free(text);
    return code == 0;
}
