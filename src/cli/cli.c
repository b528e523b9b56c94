/* The dispatcher: command words -> command -> options -> run -> exit code. */
#include "cli.h"

#include <omp.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cite.h"
#include "cli_internal.h"
#include "galatea/interrupt.h"
#include "galatea/log.h"
#include "guard.h"
#include "manual.h"
#include "network_arguments.h"
#include "room.h"
#include "team.h"
#include "text.h"

enum { EXIT_DONE = 0, EXIT_FAILED = 1, EXIT_USAGE = 2, EXIT_SIGNAL = 128 };
enum { COMMANDS_AT_MOST = 128, LONGEST_COMMAND = 64 };

const gt_command *gt_command_find(const gt_command *const *commands, const char *name) {
    for (const gt_command *const *at = commands; *at; ++at)
        if (strcmp((*at)->name, name) == 0) return *at;
    return NULL;
}

static bool is_group(const gt_command *const *commands, const char *word) {
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
static gt_status find_command(const gt_command *const *commands, int argc,
                              const char *const *argv, const gt_command **command, int *used,
                              gt_error *err) {
    char name[256];
    *used = 1;
    if (is_group(commands, argv[0])) {
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
static bool asks_help(int argc, const char *const *argv) {
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
static gt_status find_variant(gt_call *call, int *argc, const char *const **argv,
                              gt_error *err) {
    const gt_command *command = call->command;
    const gt_model_class *known = call->network ? call->network->class : NULL;
    bool has_word = *argc > 0 && (*argv)[0][0] != '-', wants_help = asks_help(*argc, *argv);
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

/* Where the values of a table go. */
static void *target_of(const gt_call *call, const gt_option_table *table,
                       common_settings *common) {
    const gt_command *command = call->command;
    if (table == command->table) return call->settings;
    if (table == call->variant.table) return call->variant_settings;
    if (table == call->variant.shared) return call->shared_settings;
    if (table == &gt_network_table) return call->network;
    if (table == call->variant.network) return call->network->settings;
    if (table == &gt_model_input_options) return &call->network->input;
    for (size_t i = 0; call->parts[i]; ++i)
        if (table == command->part_at(i).table) return call->parts[i];
    return common;
}

static gt_status make_parts(gt_call *call, gt_error *err) {
    const gt_command *command = call->command;
    for (size_t i = 0; command->part_at && command->part_at(i).table; ++i) {
        GT_ASSERT(i + 1 < GT_PARTS_AT_MOST);
        call->parts[i] = calloc(1, command->part_at(i).settings_size + 1);
        if (!call->parts[i]) return gt_fail(err, GT_NO_MEMORY, "no memory for the settings");
    }
    return GT_OK;
}

static gt_status add_tables(gt_call *call, common_settings *common, gt_error *err) {
    const gt_command *command = call->command;
    const gt_option_table *tables[GT_TABLES_AT_MOST];
    size_t count = gt_manual_tables(command, &call->variant, tables);
    gt_status status = make_parts(call, err);
    call->settings = calloc(1, command->settings_size + 1);
    call->variant_settings = calloc(1, call->variant.settings_size + 1);
    call->shared_settings = calloc(1, call->variant.shared_size + 1);
    if (!call->settings || !call->variant_settings || !call->shared_settings)
        return gt_fail(err, GT_NO_MEMORY, "no memory for the settings");
    for (size_t i = 0; i < count && status == GT_OK; ++i) {
        void *target = target_of(call, tables[i], common);
        status = gt_options_add(call->options, tables[i], target, err);
    }
    return status;
}

static gt_status check_words(const gt_call *call, gt_error *err) {
    const gt_command *command = call->command;
    if (call->word_count >= command->min_words && call->word_count <= command->max_words)
        return GT_OK;
    if (call->word_count > command->max_words && command->max_words < 9)
        return gt_fail(err, GT_USAGE, "unexpected word '%s', galatea %s takes %s",
                       call->words[command->max_words], command->name,
                       *command->usage ? command->usage : "options alone");
    return gt_fail(err, GT_USAGE, "galatea %s needs %s", command->name, command->usage);
}

int gt_cli_use_threads(int64_t asked) {
    if (asked > 0) omp_set_num_threads((int)asked);
    int wanted = omp_get_max_threads(), granted = gt_threads_granted(wanted);
    if (granted < wanted)
        gt_remark("threads: %d asked for, %d granted (by processors of this process, quota of "
                  "its control group, OMP_THREAD_LIMIT); results are those of %d",
                  wanted, granted, wanted);
    return wanted;
}

static void apply_common_options(gt_call *call, const common_settings *common) {
    call->is_quiet = common->is_quiet;
    call->wants_json = common->wants_json;
    if (common->is_quiet) gt_session_current()->sink = NULL;
    if (call->command->has_threads) call->threads = gt_cli_use_threads(common->threads);
}

/* What studies and their records are told of the call. */
static void fill_context(gt_call *call, const common_settings *common) {
    const gt_command *command = call->command;
    size_t count = 0;
    call->recorded[count++] = command->table;
    for (size_t i = 0; command->part_at && command->part_at(i).table; ++i)
        call->recorded[count++] = command->part_at(i).table;
    call->recorded[count++] = call->variant.table;
    call->recorded[count++] = call->variant.shared;
    call->invocation = (gt_invocation){.command = command->name,
                                       .variant = call->variant.name,
                                       .variant_is_word = !command->variant_of,
                                       .words = call->words,
                                       .word_count = call->word_count,
                                       .options = call->options,
                                       .tables = call->recorded,
                                       .table_count = count};
    call->context = (gt_context){.invocation = &call->invocation,
                                 .network = call->network,
                                 .threads = command->has_threads ? (int)call->threads : 1,
                                 .progress_file = call->is_quiet ? -1 : STDERR_FILENO,
                                 .mismatch = common->mismatch,
                                 .is_untimed = !common->has_times};
}

static gt_status print_config(const gt_call *call, gt_error *err) {
    char *text = NULL;
    gt_status status = gt_options_text(call->options, GT_OPTIONS_SOURCES, &text, err);
    if (status == GT_OK) fputs(text, stdout);
    free(text);
    return status;
}

static bool has_option(const gt_option_table *table, const char *name, size_t length) {
    for (size_t i = 0; table && i < table->count; i++)
        if (strlen(table->rows[i].name) == length &&
            memcmp(table->rows[i].name, name, length) == 0)
            return true;
    return false;
}

/* "--sampler" beside a run of Glow: it is of other models. */
static gt_status refuse_option(const gt_call *call, const char *name, gt_error *err) {
    const gt_command *command = call->command;
    const gt_option_table *tables[GT_TABLES_AT_MOST];
    size_t length = strcspn(name, "="),
           count = gt_manual_tables(command, &call->variant, tables);
    char owners[128] = "";
    for (size_t i = 0; i < count; i++)
        if (has_option(tables[i], name, length)) return GT_OK;
    for (size_t i = 0; command->variant_at(i).name; i++) {
        gt_variant other = command->variant_at(i);
        if (!has_option(other.table, name, length)) continue;
        size_t used = strlen(owners);
        snprintf(owners + used, sizeof owners - used, "%s%s", used ? ", " : "", other.name);
    }
    if (!*owners) return GT_OK;
    return gt_fail(err, GT_USAGE, "option '--%.*s' is of %s, not of %s", (int)length, name,
                   owners, call->variant.name);
}

static gt_status refuse_foreign_options(const gt_call *call, int argc, const char *const *argv,
                                        gt_error *err) {
    gt_status status = GT_OK;
    if (!call->variant.name) return GT_OK;
    for (int i = 0; i < argc && strcmp(argv[i], "--") != 0 && !status; i++)
        if (strncmp(argv[i], "--", 2) == 0) status = refuse_option(call, argv[i] + 2, err);
    return status;
}

static gt_status parse_call(gt_call *call, int argc, const char *const *argv,
                            common_settings *common, gt_error *err) {
    gt_status status = GT_OK;
    GT_TRY(gt_options_create(&call->options, err));
    GT_TRY(add_tables(call, common, err));
    GT_TRY(refuse_foreign_options(call, argc, argv, err));
    GT_TRY(gt_options_parse(call->options, argc, argv, err));
    call->words = gt_options_words(call->options, &call->word_count);
    apply_common_options(call, common);
    fill_context(call, common);
    if (call->network) GT_TRY(gt_network_resolve_settings(call->network, call->options, err));
    if (call->command->prepare) GT_TRY(call->command->prepare(call, err));
done:
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
        GT_TRY(add_tables(call, &common, err));
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
    if (status && !asks_help(argc, argv)) goto done;
    GT_TRY(find_variant(&call, &argc, &argv, err));
    if (!command->variant_of) *variant = call.variant.name;
    if (call.network && call.network->class)
        call.variant.network = call.network->class->options;
    if (asks_help(argc, argv)) {
        status = print_help(&call, argc, argv, err);
        goto done;
    }
    GT_TRY(parse_call(&call, argc, argv, &common, err));
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
    if (asks_help(1, argv)) {
        gt_manual_overview(stdout, commands, "");
        return true;
    }
    if (argc > 1 && asks_help(1, argv + 1) && is_group(commands, argv[0])) {
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
    gt_status status = find_command(commands, asked, arguments, &command, &used, err);
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
        gt_status status = find_command(commands, argc, arguments, &command, &used, &err);
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
