/* feature_order.h - the order in which a node tries features. Private.
 *
 * A feature that was constant in a node is so in everything below it. The list keeps these in
 * front, in the order in which they were found, so that a node needs only to know how many of
 * them are its own. */
#ifndef GT_ANALYSIS_FEATURE_ORDER_H
#define GT_ANALYSIS_FEATURE_ORDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "rng.h"

typedef struct gt_feature_order {
    size_t features, most; /* all, and how many a node tries */
    uint32_t *list;        /* (features) the constant ones first */
    uint32_t *constant;    /* (features) found constant so far */
    /* of the node */
    size_t known, found, drawn, visited, left;
    uint32_t at; /* place in the list of the feature that is being tried */
    /* random numbers, four from a block */
    gt_rng_key key;
    uint64_t counter;
    gt_rng_block block;
    uint32_t reference; /* state of the reference's generator; 0: not its order */
} gt_feature_order;

/* Begins a tree; as_reference: with key.seed as the state. */
void gt_feature_order_start(gt_feature_order *order, gt_rng_key key, bool as_reference);
/* A whole number below bound; a number in (0, 1). */
uint32_t gt_feature_order_below(gt_feature_order *order, uint32_t bound);
double gt_feature_order_uniform(gt_feature_order *order);

/* Begins a node in which `known` features are known to be constant. */
void gt_feature_order_node(gt_feature_order *order, size_t known);
/* The next feature to try; false when enough were. */
bool gt_feature_order_next(gt_feature_order *order, size_t *feature);
/* What became of it. */
void gt_feature_order_tried(gt_feature_order *order, bool constant);
/* Ends the node; the number of features known to be constant below it. */
size_t gt_feature_order_end(gt_feature_order *order);

#endif
