/* galatea completion SHELL: what makes a shell complete commands and options. */
#include "cli.h"
#include "completion.h"

typedef struct shell {
    const char *name, *summary;
    void (*write)(FILE *stream, const gt_command *const *commands);
} shell;

static const shell shells[] = {
    {"bash", "for ~/.local/share/bash-completion/completions/galatea", gt_completion_bash},
    {"zsh", "for a file _galatea in a folder of $fpath", gt_completion_zsh},
    {"fish", "for ~/.config/fish/completions/galatea.fish", gt_completion_fish},
};

static gt_variant variant_at(size_t index) {
    if (index >= sizeof shells / sizeof *shells) return (gt_variant){0};
    return (gt_variant){.name = shells[index].name,
                        .summary = shells[index].summary,
                        .subject = &shells[index]};
}

static gt_status run(gt_call *call, gt_error *err) {
    (void)err;
    ((const shell *)call->variant.subject)->write(stdout, call->commands);
    return GT_OK;
}

static const char *const examples[] = {
    "galatea completion bash > ~/.local/share/bash-completion/completions/galatea",
    "galatea completion zsh > ~/.zsh/_galatea",
    "galatea completion fish > ~/.config/fish/completions/galatea.fish", NULL};

const gt_command gt_command_completion = {
    .name = "completion",
    .summary = "print what makes a shell complete commands and options",
    .description =
        "A script for bash, zsh or fish, on stdout, made from the option tables of this very "
        "program: the TAB key then completes commands, models, options, presets and choices. "
        "`make install` puts the three where the shells look for them. For one session of "
        "bash:  source <(galatea completion bash)",
    .usage = "SHELL",
    .examples = examples,
    .variant_word = "SHELL",
    .variant_at = variant_at,
    .run = run};
