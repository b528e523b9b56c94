/* galatea help [COMMAND]: the same as --help, asked the other way round. */
#include "cli_internal.h"

static gt_status help_run(gt_call *call, gt_error *err) {
    return gt_cli_help(call->commands, call->words, call->word_count, err);
}

static const char *const help_examples[] = {"galatea help", "galatea help data import",
                                            "galatea help train vdvae", NULL};

const gt_command gt_command_help = {.name = "help",
                                    .summary = "list the commands, or explain one",
                                    .description =
                                        "Without a word it lists all commands, with "
                                        "the words of a command, or of a model behind "
                                        "`train`, it explains that one; of `data` it lists "
                                        "the commands that begin so.",
                                    .usage = "[COMMAND [MODEL]]",
                                    .max_words = HELP_WORDS,
                                    .examples = help_examples,
                                    .run = help_run};
