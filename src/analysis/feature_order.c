/* feature_order.c - drawing features without replacement, constant ones apart. */
#include "feature_order.h"

#include <string.h>

#include "tree_reference.h"

static uint32_t next_word(gt_feature_order *order) {
    if (order->counter % 4 == 0) order->block = gt_rng_bits(order->key, order->counter / 4);
    return order->block.word[order->counter++ % 4];
}

static void swap(uint32_t *list, size_t a, size_t b) {
    uint32_t held = list[a];
    list[a] = list[b];
    list[b] = held;
}

void gt_feature_order_start(gt_feature_order *order, gt_rng_key key, bool as_reference) {
    order->reference = !as_reference ? 0 : key.seed ? (uint32_t)key.seed : 1;
    order->key = key;
    order->counter = 0;
    for (size_t f = 0; f < order->features; f++) order->list[f] = (uint32_t)f;
}

uint32_t gt_feature_order_below(gt_feature_order *order, uint32_t bound) {
    if (order->reference) return gt_reference_next(&order->reference) % bound;
    return (uint32_t)((uint64_t)next_word(order) * bound >> 32);
}

double gt_feature_order_uniform(gt_feature_order *order) {
    if (order->reference) return (double)gt_reference_next(&order->reference) / INT32_MAX;
    return ((double)next_word(order) + 0.5) * 0x1p-32;
}

void gt_feature_order_node(gt_feature_order *order, size_t known) {
    order->known = known;
    order->found = order->drawn = order->visited = 0;
    order->left = order->features;
}

/* Features known to be constant are drawn as others are, and count, but are not tried. */
bool gt_feature_order_next(gt_feature_order *order, size_t *feature) {
    while (order->left > order->known + order->found &&
           (order->visited < order->most || order->visited <= order->found + order->drawn)) {
        size_t first = order->drawn, end = order->left - order->found;
        size_t at = first + gt_feature_order_below(order, (uint32_t)(end - first));
        order->visited++;
        if (at < order->known) {
            swap(order->list, order->drawn++, at);
            continue;
        }
        order->at = (uint32_t)(at + order->found);
        *feature = order->list[order->at];
        return true;
    }
    return false;
}

void gt_feature_order_tried(gt_feature_order *order, bool constant) {
    if (constant)
        swap(order->list, order->at, order->known + order->found++);
    else
        swap(order->list, order->at, --order->left);
}

/* Known constants stand in front again in their old order, which siblings rely on. */
size_t gt_feature_order_end(gt_feature_order *order) {
    memcpy(order->list, order->constant, order->known * sizeof *order->list);
    memcpy(order->constant + order->known, order->list + order->known,
           order->found * sizeof *order->list);
    return order->known + order->found;
}
