/* network.h - the network of weights whose file does not tell it: what the commands share that
 * use a run. */
#ifndef GT_NETWORK_H
#define GT_NETWORK_H

#include "cli.h"
#include "galatea/run.h"

/* The last paragraph of what these commands say of themselves. */
#define GT_NETWORK_HELP                                                                      \
    "Weights whose file does not tell their model and settings are used with --model NAME, " \
    "--preset NAME and the settings of that model (galatea train NAME --help), or with "     \
    "--like RUN."

/* With .takes_weights; call->network. */
typedef struct gt_network {
    const char *model, *preset, *like; /* options */
    const gt_model_class *class;       /* what they name; NULL: the weights tell */
    void *settings;                    /* of the class */
    gt_model_input input;
} gt_network;

/* --model, --preset, --like */
extern const gt_option_table gt_network_table;

/* Looks for a model in the arguments, before they are parsed: its options are options of the
 * call then. call->network is the call's (gt_network_free). */
GT_MUST_CHECK gt_status gt_network_find(gt_call *call, int argc, const char *const *argv,
                                        gt_error *err);
void gt_network_free(gt_network *network); /* accepts NULL */

/* After parsing: the values of --preset and --like. */
GT_MUST_CHECK gt_status gt_network_settle(gt_call *call, gt_error *err);

/* Opens the run or weights at path, with first weights of a seed where one is given. For those
 * that do not tell what they are, data (or NULL) has the shape of what the network takes, where
 * no option says it. */
GT_MUST_CHECK gt_status gt_network_open_run(const gt_call *call, const char *path,
                                            const char *data, const uint64_t *seed,
                                            gt_run **out, gt_error *err);

#endif
