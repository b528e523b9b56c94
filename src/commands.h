/* commands.h - the subcommands of the program: those of the command line and those of the tools
 * (tools/), which the command line does not know. */
#ifndef GT_COMMANDS_H
#define GT_COMMANDS_H

#include "cli.h"

/* All of them in the order of commands.def, ended by NULL. */
extern const gt_command *const gt_commands[];

#endif
