/* network.h (room: study) - the network of weights whose file does not tell it; runs are opened
 * here. */
#ifndef GT_NETWORK_H
#define GT_NETWORK_H

#include "context.h"
#include "galatea/run.h"

/* What options say of it. */
typedef struct gt_network {
    const char *model, *preset, *like, *prefix; /* of gt_network_table */
    const gt_model_class *class;                /* what they name; NULL: the weights tell */
    void *settings;                             /* of the class */
    gt_model_input input;
    char *constant; /* input.constant, of the network that was opened */
} gt_network;

/* --model, --preset, --like */
extern const gt_option_table gt_network_table;

/* The network of a model by its name, of a run that it is like, of both where they agree, or of
 * none (NULL, NULL): the weights must tell then. *out is yours. */
GT_MUST_CHECK gt_status gt_network_create(const char *model, const char *like, gt_network **out,
                                          gt_error *err);
void gt_network_free(gt_network *network); /* accepts NULL */

/* When its options are read: the values of --preset and --like, among those options. */
GT_MUST_CHECK gt_status gt_network_resolve_settings(gt_network *network, gt_options *options,
                                                    gt_error *err);

/* Opens the run or weights at path, with first weights of a seed where one is given. For those
 * that do not tell what they are (context->network does then), data (or NULL) has the shape of
 * what the network takes, where no option says it. */
GT_MUST_CHECK gt_status gt_network_open_run(const gt_context *context, const char *path,
                                            const char *data, const uint64_t *seed,
                                            gt_run **out, gt_error *err);

#endif
