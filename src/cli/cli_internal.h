/* cli_internal.h - the parts of the dispatcher that live in files of their own. */
#ifndef GT_CLI_INTERNAL_H
#define GT_CLI_INTERNAL_H

#include "cli.h"
#include "manual.h"

void gt_cli_print_version(FILE *stream);

/* ---- cli_find.c ---- */

/* "data": a word that several commands begin with. */
bool gt_cli_is_group(const gt_command *const *commands, const char *word);
bool gt_cli_asks_help(int argc, const char *const *argv);

/* The command that the first one or two arguments name; *used is how many they are. GT_USAGE
 * with the name that was meant. */
GT_MUST_CHECK gt_status gt_cli_find_command(const gt_command *const *commands, int argc,
                                            const char *const *argv, const gt_command **command,
                                            int *used, gt_error *err);
/* The variant of the call, by its first word, which is taken away where that is its name. */
GT_MUST_CHECK gt_status gt_cli_find_variant(gt_call *call, int *argc, const char *const **argv,
                                            gt_error *err);

/* ---- cli_call.c ---- */

/* Makes room for all settings of a call, whose options exist, and adds their tables. */
GT_MUST_CHECK gt_status gt_call_add_tables(gt_call *call, common_settings *common,
                                           gt_error *err);
/* Reads all settings, and sets up words, threads, record and context of the call. */
GT_MUST_CHECK gt_status gt_call_read(gt_call *call, int argc, const char *const *argv,
                                     common_settings *common, gt_error *err);

/* ---- others ---- */

/* What `galatea WORD... --help` prints, of at most HELP_WORDS words. */
enum { HELP_WORDS = 2 };
GT_MUST_CHECK gt_status gt_cli_help(const gt_command *const *commands, const char *const *words,
                                    size_t count, gt_error *err);

/* Makes sure that descriptors 0, 1 and 2 are taken, so that no output file becomes stdout, and
 * that a closed pipe or a limit of file size is a write error and no death in the middle of the
 * work. */
void gt_stdio_guard(void);

/* Flushes stdout. GT_OK, or GT_IO with a sentence if anything printed was lost. When the
 * reader of a pipe has gone it ends the process as SIGPIPE does: nobody is left to tell. */
gt_status gt_stdio_finish(gt_error *err);

/* Puts "; FILE is written whole" behind the sentence for each output of the call that stands in
 * its place, finished, although the command failed. Takes no memory. */
void gt_cli_tell_finished(const gt_call *call, gt_error *err);

/* The sink of gt_remark for a terminal: "galatea: LINE" on stderr. */
void gt_stdio_remark(void *user, const char *line);

#endif
