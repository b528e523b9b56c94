/* galatea help [COMMAND]: the same as --help, asked the other way round. */
#include <string.h>

#include "cli.h"
#include "manual.h"

static gt_status help_run(gt_call *call, gt_error *err) {
    char name[256] = "";
    size_t used = 0;
    if (call->word_count == 0) {
        gt_manual_overview(stdout, call->commands, "");
        return GT_OK;
    }
    for (size_t i = 0; i < call->word_count && used < sizeof name; ++i)
        used += (size_t)snprintf(name + used, sizeof name - used, "%s%s", i ? " " : "",
                                 call->words[i]);
    const gt_command *command = gt_command_find(call->commands, name);
    if (!command) return gt_fail(err, GT_USAGE, "unknown command '%s'", name);
    gt_manual_help(stdout, command, NULL, NULL, NULL);
    return GT_OK;
}

static const char *const help_examples[] = {"galatea help", "galatea help help", NULL};

const gt_command gt_command_help = {.name = "help",
                                    .summary = "list the commands, or explain one",
                                    .description =
                                        "Without a word it lists all commands, with "
                                        "the words of a command it explains that one.",
                                    .usage = "[COMMAND]",
                                    .max_words = 2,
                                    .examples = help_examples,
                                    .run = help_run};
