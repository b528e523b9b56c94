/* network_arguments.h - the network that a command line names for weights which do not tell it.
 */
#ifndef GT_CLI_NETWORK_ARGUMENTS_H
#define GT_CLI_NETWORK_ARGUMENTS_H

#include "network.h"

/* The last paragraph of what these commands say of themselves. */
#define GT_NETWORK_HELP                                                                      \
    "Weights whose file does not tell their model and settings are used with --model NAME, " \
    "--preset NAME and the settings of that model (galatea train NAME --help), or with "     \
    "--like RUN."

/* Looks for --model and --like among the arguments, before they are parsed. *out is yours. */
GT_MUST_CHECK gt_status gt_network_find(int argc, const char *const *argv, gt_network **out,
                                        gt_error *err);

#endif
