/* cli.c - the dispatcher: command words -> command -> options -> run -> exit code. */
#include <stdlib.h>
#include <string.h>

#include "address_space.h"
#include "cite.h"
#include "cli_internal.h"
#include "galatea/interrupt.h"
#include "galatea/log.h"
#include "guard.h"
#include "network_arguments.h"
#include "room.h"

enum { EXIT_DONE = 0, EXIT_FAILED = 1, EXIT_USAGE = 2, EXIT_SIGNAL = 128 };
enum { LONGEST_COMMAND = 64 };

static gt_status check_words(const gt_call *call, gt_error *err) {
    const gt_command *command = call->command;
    if (call->word_count >= command->min_words && call->word_count <= command->max_words)
        return GT_OK;
    if (call->word_count > command->max_words && command->max_words < 9)
        return gt_fail(err, GT_USAGE, "unexpected word '%s', galatea %s takes %s%s",
                       call->words[command->max_words], command->name,
                       *command->usage ? command->usage : "options alone",
                       command->of_several ? command->of_several : "");
    return gt_fail(err, GT_USAGE, "galatea %s needs %s", command->name, command->usage);
}

static gt_status print_config(const gt_call *call, gt_error *err) {
    char *text = NULL;
    gt_status status = gt_options_text(call->options, GT_OPTIONS_SOURCES, &text, err);
    if (status == GT_OK) fputs(text, stdout);
    free(text);
    return status;
}

/* The last --preset NAME or --preset=NAME among the arguments; NULL: there is none. */
static const char *find_preset(int argc, const char *const *argv) {
    static const char flag[] = "--preset";
    const char *found = NULL;
    size_t length = strlen(flag);
    for (int i = 0; i < argc && strcmp(argv[i], "--") != 0; ++i) {
        if (strcmp(argv[i], flag) == 0 && i + 1 < argc && argv[i + 1][0] != '-')
            found = argv[++i];
        else if (strncmp(argv[i], flag, length) == 0 && argv[i][length] == '=')
            found = argv[i] + length + 1;
    }
    return found;
}

/* Defaults are those of the preset that stands beside --help, or of the usual one; nothing else
 * there is looked at. */
static gt_status print_help(gt_call *call, int argc, const char *const *argv, gt_error *err) {
    gt_status status = GT_OK;
    common_settings common = {0};
    const gt_command *command = call->command;
    const char *preset = NULL;
    if (call->variant.name && command->apply_preset) {
        preset = find_preset(argc, argv);
        if (!preset) preset = call->variant.usual_preset;
        GT_TRY(gt_options_create(&call->options, err));
        GT_TRY(gt_call_add_tables(call, &common, err));
        GT_TRY(command->apply_preset(call, preset, err));
    }
    gt_manual_help(stdout, command, &call->variant, preset, call->options);
done:
    return status;
}

/* argv is what follows the name of the command. *variant becomes the first word that has help
 * of its own, or NULL. */
static gt_status run_command(const gt_command *const *commands, const gt_command *command,
                             int argc, const char *const *argv, const char **variant,
                             gt_error *err) {
    gt_status status = GT_OK;
    *variant = NULL;
    gt_call call = {.command = command, .commands = commands};
    common_settings common = {0};
    if (command->takes_weights) status = gt_network_find(argc, argv, &call.network, err);
    if (status && !gt_cli_asks_help(argc, argv)) goto done;
    GT_TRY(gt_cli_find_variant(&call, &argc, &argv, err));
    if (!command->variant_of) *variant = call.variant.name;
    if (call.network && call.network->class) {
        call.variant.network = call.network->class->options;
        call.variant.is_labelled = call.network->class->needs.labelled;
    }
    if (gt_cli_asks_help(argc, argv)) {
        status = print_help(&call, argc, argv, err);
        goto done;
    }
    GT_TRY(gt_call_read(&call, argc, argv, &common, err));
    if (gt_options_asks_config(call.options)) {
        status = print_config(&call, err);
        goto done;
    }
    if (common.wants_papers) {
        gt_cite_call(stdout, &call.context);
        goto done;
    }
    GT_TRY(check_words(&call, err));
    GT_TRY(gt_options_check(call.options, err));
    gt_options_remark_idle(call.options);
    GT_TRY(gt_guard_paths(&call.invocation, command->word_path, err));
    if (command->has_threads || !command->variant_at) /* `train` knows its threads itself */
        GT_TRY(gt_room_check(command->name, command->has_threads ? (int)call.threads : 1, err));
    status = command->run(&call, err);
    if (status == GT_OK) {
        gt_progress_stop();
        status = gt_stdio_finish(err);
    }
    if (status) gt_cli_tell_finished(&call, err);
done:
    gt_options_destroy(call.options);
    free(call.settings);
    free(call.variant_settings);
    gt_network_free(call.network);
    free(call.shared_settings);
    for (size_t i = 0; i < GT_PARTS_AT_MOST; ++i) free(call.parts[i]);
    return status;
}

/* Everything that is not a command: no arguments, --help, --version, "data --help". Returns
 * whether it was that. */
static bool answer_general(const gt_command *const *commands, int argc, const char *const *argv,
                           int *code) {
    *code = EXIT_DONE;
    if (argc == 0) {
        gt_manual_overview(stderr, commands, "");
        *code = EXIT_USAGE;
        return true;
    }
    if (strcmp(argv[0], "--version") == 0) {
        gt_cli_print_version(stdout);
        return true;
    }
    if (strcmp(argv[0], "--cite") == 0) {
        gt_cite_program(stdout);
        return true;
    }
    if (gt_cli_asks_help(1, argv)) {
        gt_manual_overview(stdout, commands, "");
        return true;
    }
    if (argc > 1 && gt_cli_asks_help(1, argv + 1) && gt_cli_is_group(commands, argv[0])) {
        char prefix[LONGEST_COMMAND];
        snprintf(prefix, sizeof prefix, "%s ", argv[0]);
        gt_manual_overview(stdout, commands, prefix);
        return true;
    }
    return false;
}

gt_status gt_cli_help(const gt_command *const *commands, const char *const *words, size_t count,
                      gt_error *err) {
    const char *arguments[HELP_WORDS + 1];
    const gt_command *command = NULL;
    int asked = (int)count + 1, used = 0, code;
    GT_ASSERT(count <= HELP_WORDS);
    memcpy(arguments, words, count * sizeof *words);
    arguments[count] = "--help";
    if (answer_general(commands, asked, arguments, &code)) return GT_OK;
    gt_status status = gt_cli_find_command(commands, asked, arguments, &command, &used, err);
    if (status) return status;
    const char *variant;
    return run_command(commands, command, asked - used, arguments + used, &variant, err);
}

static int exit_code(gt_status status) {
    if (status == GT_OK) return EXIT_DONE;
    if (status == GT_USAGE) return EXIT_USAGE;
    if (status != GT_INTERRUPTED) return EXIT_FAILED;
    return EXIT_SIGNAL + (gt_interrupt_pending() ? gt_interrupt_pending() : 2);
}

/* variant: the one that was found, or NULL. */
static int report(gt_status status, const gt_command *command, const char *variant,
                  const gt_error *err) {
    if (status == GT_OK) return EXIT_DONE;
    fprintf(stderr, "galatea: %s", err->text);
    if (status == GT_USAGE && command)
        fprintf(stderr, " (galatea %s%s%s --help)", command->name, variant ? " " : "",
                variant ? variant : "");
    if (status != GT_USAGE && status != GT_INTERRUPTED) gt_room_tell(stderr, err);
    fputc('\n', stderr);
    return exit_code(status);
}

gt_progress gt_call_progress(const gt_call *call, int64_t total, const char *label) {
    return gt_context_progress(&call->context, total, label);
}

int gt_cli_main(int argc, char **argv, const gt_command *const *commands) {
    const char *const *arguments = (const char *const *)(argv + (argc > 0));
    const gt_command *command = NULL;
    const char *variant = NULL;
    gt_error err = {0};
    int code = EXIT_DONE, used = 0;
    argc -= argc > 0;
    gt_stdio_guard();
    gt_session session = {.sink = gt_stdio_remark}, *before = gt_session_enter(&session);
    if (!answer_general(commands, argc, arguments, &code)) {
        gt_status status = gt_stacks_enlarge(&err);
        if (status == GT_OK)
            status = gt_cli_find_command(commands, argc, arguments, &command, &used, &err);
        if (status == GT_OK)
            status =
                run_command(commands, command, argc - used, arguments + used, &variant, &err);
        gt_progress_stop();
        code = report(status, command, variant, &err);
    }
    gt_status flushed = gt_stdio_finish(&err);
    if (flushed != GT_OK && code == EXIT_DONE) code = report(flushed, NULL, NULL, &err);
    gt_interrupt_remove();
    gt_session_enter(before);
    return code;
}
