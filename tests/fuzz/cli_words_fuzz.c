/* The command line: lines of text as the words of any command. They are valid usage, or refused
 * in a sentence; nothing is run. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "commands.h"
#include "manual.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

enum { ROOM = 8192, WORDS = 40 };

static void parse(const gt_command *command, const gt_variant *variant,
                  const char *const *words, size_t count) {
    static char settings[GT_TABLES_AT_MOST * ROOM];
    const gt_option_table *tables[GT_TABLES_AT_MOST];
    gt_options *options = NULL;
    gt_error err = {0};
    GT_ASSERT(command->settings_size <= ROOM && variant->settings_size <= ROOM);
    size_t used = gt_manual_tables(command, variant, tables);
    GT_ASSERT(gt_options_create(&options, &err) == GT_OK);
    for (size_t i = 0; i < used; i++)
        GT_ASSERT(gt_options_add(options, tables[i], settings + i * ROOM, &err) == GT_OK);
    gt_status status = gt_options_parse(options, (int)count, words, &err);
    if (!status) status = gt_options_check(options, &err);
    GT_ASSERT(status == GT_OK || *err.text);
    gt_options_destroy(options);
}

static size_t count_commands(void) {
    size_t count = 0;
    while (gt_commands[count]) count++;
    return count;
}

/* The first byte is the command, the second its variant, each line behind them a word. --config
 * would read a file of this machine. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    const char *words[WORDS];
    size_t count = 0, variants = 0;
    gt_variant variant = {0};
    if (size < 2) return 0;
    const gt_command *command = gt_commands[bytes[0] % count_commands()];
    while (command->variant_at && command->variant_at(variants).name) variants++;
    if (variants) variant = command->variant_at(bytes[1] % variants);
    char *text = malloc(size - 1);
    GT_ASSERT(text);
    memcpy(text, bytes + 2, size - 2);
    text[size - 2] = 0;
    for (char *word = text; word && count < WORDS; count++) {
        words[count] = word;
        word = strchr(word, '\n');
        if (word) *word++ = 0;
        if (strstr(words[count], "config")) words[count] = "--quiet";
    }
    parse(command, &variant, words, count);
    free(text);
    return 0;
}
