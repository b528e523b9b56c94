/* cli_find.c - which command the first words name, and which of its variants. */
#include <stdio.h>
#include <string.h>

#include "cli_internal.h"
#include "network.h"
#include "text.h"

enum { COMMANDS_AT_MOST = 128, LONGEST_COMMAND = 64 };

const gt_command *gt_command_find(const gt_command *const *commands, const char *name) {
    for (const gt_command *const *at = commands; *at; ++at)
        if (strcmp((*at)->name, name) == 0) return *at;
    return NULL;
}

bool gt_cli_is_group(const gt_command *const *commands, const char *word) {
    size_t length = strlen(word);
    for (const gt_command *const *at = commands; *at; ++at)
        if (strncmp((*at)->name, word, length) == 0 && (*at)->name[length] == ' ') return true;
    return false;
}

/* GT_USAGE naming what was meant; for the first word of a group the group counts as a name. */
static gt_status unknown_command(const gt_command *const *commands, const char *name,
                                 gt_error *err) {
    const char *known[2 * COMMANDS_AT_MOST];
    char groups[COMMANDS_AT_MOST][LONGEST_COMMAND];
    size_t count = 0, group_count = 0;
    for (const gt_command *const *at = commands; *at && count < COMMANDS_AT_MOST; ++at) {
        const char *blank = strchr((*at)->name, ' ');
        known[count++] = (*at)->name;
        if (!blank || strchr(name, ' ')) continue;
        snprintf(groups[group_count], LONGEST_COMMAND, "%.*s", (int)(blank - (*at)->name),
                 (*at)->name);
        known[count++] = groups[group_count++];
    }
    const char *nearest = gt_text_nearest(name, known, count);
    if (!nearest)
        return gt_fail(err, GT_USAGE, "unknown command '%s'; galatea --help lists them", name);
    return gt_fail(err, GT_USAGE, "unknown command '%s'; did you mean '%s'?", name, nearest);
}

/* Finds the command that the first one or two arguments name; *used is how many they are. */
gt_status gt_cli_find_command(const gt_command *const *commands, int argc,
                              const char *const *argv, const gt_command **command, int *used,
                              gt_error *err) {
    char name[256];
    *used = 1;
    if (gt_cli_is_group(commands, argv[0])) {
        if (argc < 2 || argv[1][0] == '-')
            return gt_fail(err, GT_USAGE,
                           "'%s' needs a second word; galatea %s --help lists them", argv[0],
                           argv[0]);
        *used = 2;
    }
    snprintf(name, sizeof name, "%s%s%s", argv[0], *used == 2 ? " " : "",
             *used == 2 ? argv[1] : "");
    *command = gt_command_find(commands, name);
    return *command ? GT_OK : unknown_command(commands, name, err);
}

/* --help needs no valid arguments beside it. */
bool gt_cli_asks_help(int argc, const char *const *argv) {
    for (int i = 0; i < argc && strcmp(argv[i], "--") != 0; ++i)
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0) return true;
    return false;
}

/* word NULL: none was said. */
static gt_status find_named_variant(gt_call *call, const char *word, gt_error *err) {
    const gt_command *command = call->command;
    const char *names[COMMANDS_AT_MOST];
    size_t count = 0;
    for (; count < COMMANDS_AT_MOST && command->variant_at(count).name; ++count) {
        names[count] = command->variant_at(count).name;
        if (!word || strcmp(names[count], word) != 0) continue;
        call->variant = command->variant_at(count);
        return GT_OK;
    }
    const char *nearest = word ? gt_text_nearest(word, names, count) : NULL;
    char known[GT_NAMES_TEXT];
    if (!word)
        return gt_fail(err, GT_USAGE, "galatea %s needs %s as its first word: one of %s",
                       command->name, command->variant_word,
                       gt_text_listed(names, count, known, sizeof known));
    return gt_fail(err, GT_USAGE, "unknown %s '%s'%s%s%s", command->variant_word, word,
                   nearest ? "; did you mean '" : ", expected one of ",
                   nearest ? nearest : gt_text_listed(names, count, known, sizeof known),
                   nearest ? "'?" : "");
}

/* Takes the first word away if it is the variant's name. */
gt_status gt_cli_find_variant(gt_call *call, int *argc, const char *const **argv,
                              gt_error *err) {
    const gt_command *command = call->command;
    const gt_model_class *known = call->network ? call->network->class : NULL;
    bool has_word = *argc > 0 && (*argv)[0][0] != '-',
         wants_help = gt_cli_asks_help(*argc, *argv);
    if (!command->variant_at || (wants_help && !has_word)) return GT_OK;
    if (command->variant_of && known) return find_named_variant(call, known->name, err);
    if (!has_word && command->variant_of)
        return gt_fail(err, GT_USAGE, "galatea %s needs %s as its first word", command->name,
                       command->variant_word);
    if (command->variant_of) {
        gt_status status = command->variant_of((*argv)[0], &call->variant, err);
        return wants_help ? GT_OK : status; /* help for a run that does not exist yet */
    }
    gt_status status = find_named_variant(call, has_word ? (*argv)[0] : NULL, err);
    ++*argv;
    --*argc;
    return status;
}
