/* run_main.h - the whole program within a test: words in, exit code out, what it said in files.
 */
#ifndef GT_RUN_MAIN_H
#define GT_RUN_MAIN_H

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"
#include "commands.h"
#include "gt_test.h"

enum { MOST_WORDS = 24 };

/* Runs a line of words as the program would; what it says goes to the files out and err. */
static inline int run(const char *line) {
    char text[512], *words[MOST_WORDS] = {NULL};
    int count = 0, kept[2], code;
    snprintf(text, sizeof text, "%s", line);
    for (char *word = strtok(text, " "); word; word = strtok(NULL, " ")) words[count++] = word;
    fflush(stdout);
    for (int i = 0; i < 2; i++) {
        int file = open(i ? "err" : "out", O_WRONLY | O_CREAT | O_TRUNC, 0666);
        kept[i] = dup(i + 1);
        assert_true(file >= 0 && kept[i] >= 0 && dup2(file, i + 1) == i + 1);
        close(file);
    }
    code = gt_cli_main(count, words, gt_commands);
    fflush(stdout);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(dup2(kept[i], i + 1), i + 1);
        close(kept[i]);
    }
    return code;
}

/* The first 256 KiB of a file, until the next call. */
static inline const char *load(const char *path) {
    static char text[1 << 18];
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    text[fread(text, 1, sizeof text - 1, file)] = '\0';
    fclose(file);
    return text;
}

#endif
