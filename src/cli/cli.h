/* cli.h (room: cli) - the command line: what a subcommand is and what it gets.
 *
 * HOW TO ADD A COMMAND
 * 1. Write src/cli/cmd_NAME.c (for two words, "data info": cmd_data_info.c):
 *        typedef struct info_settings { int64_t rows; } info_settings;
 *        static const gt_option info_rows[] = {
 *            {"rows", GT_INT_AT(info_settings, rows), "10", "N", "rows to look at", .min = 1,
 *             .max = INFINITY}};
 *        static const gt_option_table info_table = GT_OPTION_TABLE("Options", info_rows);
 *        static const char *const info_examples[] = {"galatea data info sky.h5", NULL};
 *        static gt_status info_run(gt_call *call, gt_error *err) {
 *            const info_settings *settings = call->settings;
 *            GT_TRY(gt_info_read(&call->context, call->words[0], settings, &found, err));
 *            ... print what was found to stdout, or as JSON (json.h, as cmd_search.c) ...
 *        }
 *    The work is the function of src/study/: sampling.h and cmd_sample.c are a pair to copy.
 *        const gt_command gt_command_data_info = {
 *            .name = "data info", .summary = "tell what a data set holds",
 *            .description = "Paragraph.\n\nNext paragraph.",
 *            .usage = "FILE", .min_words = 1, .max_words = 1, .word_path = GT_READS,
 *            .table = &info_table,
 *            .settings_size = sizeof(info_settings), .examples = info_examples,
 *            .has_json = true, .run = info_run};
 * 2. Add GT_COMMAND(data_info) to src/commands.def.
 * 3. Add tests/cli/data_info.sh. --help, the manual page, typo hints, --config, --set,
 *    --print-config, the required-option check and exit codes come by themselves. So does the
 *    refusal of an output that is an input (guard.h), where .path and .word_path say what is a
 *    file; tests/cli/guard.sh wants a line for the command, tests/cli/presets_test.c a row.
 *
 * run returns a status with one sentence in err; it never calls exit. GT_USAGE (options that
 * contradict each other) ends the program with 2, GT_INTERRUPTED with 128 + signal, any other
 * failure with 1. Results go to stdout, remarks to gt_remark; the dispatcher checks that stdout
 * was really written. `train MODEL` and `sample RUN` add the options of their model through
 * variant_at and variant_of. */
#ifndef GT_CLI_H
#define GT_CLI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "context.h"
#include "galatea/error.h"
#include "galatea/option.h"
#include "progress.h"

/* What the first word of a command selects, with settings of its own ("vdvae" of `train`). */
typedef struct gt_variant {
    const char *name, *summary;
    const gt_option_table *table;
    size_t settings_size;
    const void *subject; /* for run: the model class, say */
    /* For help: name and summary of the named choices of settings, by index; returns NULL
     * behind the last one. NULL: there are none. */
    const char *(*preset_at)(const void *subject, size_t index, const char **summary);
    const char *usual_preset; /* the one taken when none is asked for */
    /* Options that it shares with some of the others, in a struct of their own. NULL: none. */
    const gt_option_table *shared;
    size_t shared_size;
    /* With .takes_weights: options of the network of weights that do not tell it. NULL: none.
     */
    const gt_option_table *network;
    bool is_labelled; /* with network: of a kind that is told its classes */
    bool is_hidden;   /* known, so that the command can say why it refuses it, and in no list */
} gt_variant;

/* Options of one thing among several that a command works with, such as a kind of classifier,
 * read into a struct of their own. */
typedef struct gt_part {
    const gt_option_table *table;
    size_t settings_size;
} gt_part;

enum { GT_PARTS_AT_MOST = 16 };

/* One call of a command; everything is lent until run returns. */
typedef struct gt_call {
    const struct gt_command *command;
    const struct gt_command *const *commands; /* all that the program has, ended by NULL */
    gt_options *options;                      /* for gt_options_preset, _text, _source ... */
    void *settings;                           /* command->settings_size bytes */
    void *parts[GT_PARTS_AT_MOST]; /* settings of each part, as part_at counts them */
    gt_variant variant;            /* .name is NULL if the command has none */
    void *variant_settings;        /* variant.settings_size bytes, or NULL */
    void *shared_settings;         /* variant.shared_size bytes, or NULL */
    struct gt_network *network;    /* with .takes_weights: see network.h */
    const char *const *words;      /* without the variant's name */
    size_t word_count;
    bool is_quiet, wants_json;
    int64_t threads;          /* with .has_threads: as set for OpenMP, at least 1 */
    gt_invocation invocation; /* the same for records of results */
    const gt_option_table *recorded[GT_PARTS_AT_MOST + 3];
    gt_context context; /* the same for studies */
} gt_call;

typedef struct gt_command {
    const char *name;        /* "train", "data import" */
    const char *summary;     /* a line without a full stop, for the overview */
    const char *description; /* paragraphs separated by an empty line */
    const char *usage;       /* its words: "RUN", "FILE...", "" for none */
    size_t min_words, max_words;
    const char *of_several;   /* behind the refusal of more words: what to do; NULL: nothing */
    gt_option_path word_path; /* what its words lead to; the guard keeps outputs off inputs */
    const gt_option_table *table; /* NULL: no options of its own */
    size_t settings_size;
    const char *const *examples; /* at least one whole command line, NULL-terminated */
    bool has_json;               /* adds --json: prints one JSON value on stdout instead */
    bool has_threads;            /* adds --threads */
    bool meets_sets;             /* adds --mismatch, for mismatch.h */
    bool takes_weights;          /* adds --model, --preset and --like, see network.h */
    bool is_hidden;              /* not in the overview */

    /* The parts, by index; a NULL table ends them. NULL: the command has none. */
    gt_part (*part_at)(size_t index);

    /* What its words may be, by index, for help and manual page, where words_title stands over
     * them; NULL ends them. NULL: the command takes others, as names of files. */
    const char *words_title;
    const char *(*word_at)(size_t index, const char **summary);

    /* The variants, by index; a NULL name ends them. NULL: the command has none. variant_word
     * stands for the first word in messages ("MODEL", "RUN"); it opens usage. */
    const char *variant_word;
    gt_variant (*variant_at)(size_t index);
    /* NULL: the first word is the variant's name and is taken away; min_words and max_words do
     * not count it. Otherwise the first word stays, and this tells which variant it leads to
     * (a run folder to its model). The word comes before all options then. */
    gt_status (*variant_of)(const char *word, gt_variant *out, gt_error *err);

    /* Runs between parsing and the check of required options, also for --print-config: the
     * place for presets and for the values of a run folder. NULL: nothing to do. */
    gt_status (*prepare)(gt_call *call, gt_error *err);
    /* Sets the options to the values of one of the variant's presets, also for help. NULL: it
     * has none. */
    gt_status (*apply_preset)(gt_call *call, const char *name, gt_error *err);
    gt_status (*run)(gt_call *call, gt_error *err);
} gt_command;

/* The progress line of a call's long step, on stderr; of a quiet call it shows nothing. */
gt_progress gt_call_progress(const gt_call *call, int64_t total, const char *label);

/* The whole program: finds the command among `commands` (in the order of the overview, ended by
 * NULL; src/commands.c has the list), reads its options, runs it. Returns the exit code. */
int gt_cli_main(int argc, char **argv, const gt_command *const *commands);

/* `asked` threads for what follows, 0: as OpenMP would have it; returns how many are asked for,
 * which cuts the work. A remark tells when fewer are granted to do it. */
int gt_cli_use_threads(int64_t asked);

/* The command with exactly this name, or NULL. */
const gt_command *gt_command_find(const gt_command *const *commands, const char *name);

#endif
