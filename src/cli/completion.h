/* completion.h - what shells complete after `galatea`, made from the same tables as --help. */
#ifndef GT_COMPLETION_H
#define GT_COMPLETION_H

#include "cli.h"

/* A script for one shell, which it reads as it starts: commands, words that select a variant,
 * options, and values of those with choices. Whatever else a word may be is left to the shell,
 * which completes names of files. */
void gt_completion_bash(FILE *stream, const gt_command *const *commands);
void gt_completion_zsh(FILE *stream, const gt_command *const *commands);
void gt_completion_fish(FILE *stream, const gt_command *const *commands);

#endif
