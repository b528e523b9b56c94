/* commands.c - commands.def as an array. */
#include "commands.h"

#define GT_COMMAND(stem) extern const gt_command gt_command_##stem;
#include "commands.def"
#undef GT_COMMAND

const gt_command *const gt_commands[] = {
#define GT_COMMAND(stem) &gt_command_##stem,
#include "commands.def"
#undef GT_COMMAND
    NULL};
