/* manual.h - what a command says about itself, on a terminal and as a manual page. */
#ifndef GT_MANUAL_H
#define GT_MANUAL_H

#include "cli.h"

/* The tables of a command in order of display: its own, those of its parts, its variant's (may
 * be NULL) and those shared with other variants, the ones that the program adds. Returns how
 * many were put into tables. */
enum { GT_TABLES_AT_MOST = 10 + GT_PARTS_AT_MOST };
size_t gt_manual_tables(const gt_command *command, const gt_variant *variant,
                        const gt_option_table *tables[GT_TABLES_AT_MOST]);

/* Text of --help for one command; variant may be NULL. preset: the one whose values `options`
 * has, shown as defaults; NULL: the defaults of the tables, whatever options is. */
void gt_manual_help(FILE *stream, const gt_command *command, const gt_variant *variant,
                    const char *preset, const gt_options *options);

/* " --NAME WORD" of every option that must be given, with these dashes. */
void gt_manual_required(FILE *stream, const gt_option_table *const *tables, size_t count,
                        const char *dashes);

/* One line per visible command; with prefix ("data ") only those that begin with it. */
void gt_manual_overview(FILE *stream, const gt_command *const *commands, const char *prefix);

/* troff source of the page of one command, and of galatea(1). */
void gt_manual_page(FILE *stream, const gt_command *command);
void gt_manual_overview_page(FILE *stream, const gt_command *const *commands);

/* Whether a row is a flag that is on unless --no-NAME is said. */
bool gt_manual_is_on(const gt_option *row);

/* Default, range and choices of a row as a remark for people, in parentheses, or "". */
const char *gt_manual_remark(const gt_option *row, char text[256]);

/* Options that every command has, those of .has_json, of .has_threads and of .meets_sets. The
 * rows describe common_settings. */
typedef struct common_settings {
    bool is_quiet, has_times, wants_papers, wants_json;
    int64_t threads;
    const char *mismatch;
} common_settings;
extern const gt_option_table gt_common_table, gt_json_table, gt_threads_table,
    gt_mismatch_table;

/* Rows for --help, --config, --set and --print-config, which the parser itself understands;
 * to be shown only. */
extern const gt_option_table gt_builtin_table;

#endif
