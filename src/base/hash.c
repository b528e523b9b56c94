/* hash.c - XXH64: four lanes take 8 bytes each per round of 32, the rest is mixed in at the
 * end. */
#include "hash.h"

#include <stdio.h>
#include <string.h>

enum { ROUND = 32 };

static const uint64_t p1 = 0x9e3779b185ebca87u, p2 = 0xc2b2ae3d27d4eb4fu,
                      p3 = 0x165667b19e3779f9u, p4 = 0x85ebca77c2b2ae63u,
                      p5 = 0x27d4eb2f165667c5u;

static inline uint64_t rotate(uint64_t x, int bits) {
    return x << bits | x >> (64 - bits);
}

static inline uint64_t load64(const unsigned char *at) {
    uint64_t x;
    memcpy(&x, at, sizeof x);
    return x;
}

static inline uint64_t load32(const unsigned char *at) {
    uint32_t x;
    memcpy(&x, at, sizeof x);
    return x;
}

static inline uint64_t mix(uint64_t lane, uint64_t input) {
    return rotate(lane + input * p2, 31) * p1;
}

static inline void mix_round(gt_hash *hash, const unsigned char *at) {
    for (int i = 0; i < 4; i++) hash->lane[i] = mix(hash->lane[i], load64(at + 8 * i));
}

void gt_hash_begin(gt_hash *hash) {
    *hash = (gt_hash){.lane = {p1 + p2, p2, 0, -p1}};
}

void gt_hash_add(gt_hash *hash, const void *bytes, size_t size) {
    const unsigned char *at = bytes;
    size_t waiting = hash->length % ROUND;
    hash->length += size;
    if (waiting + size < ROUND) {
        if (size) memcpy(hash->pending + waiting, at, size);
        return;
    }
    if (waiting) {
        memcpy(hash->pending + waiting, at, ROUND - waiting);
        mix_round(hash, hash->pending);
        at += ROUND - waiting;
        size -= ROUND - waiting;
    }
    for (; size >= ROUND; at += ROUND, size -= ROUND) mix_round(hash, at);
    if (size) memcpy(hash->pending, at, size);
}

static uint64_t join_lanes(const gt_hash *hash) {
    const uint64_t *v = hash->lane;
    if (hash->length < ROUND) return p5;
    uint64_t h = rotate(v[0], 1) + rotate(v[1], 7) + rotate(v[2], 12) + rotate(v[3], 18);
    for (int i = 0; i < 4; i++) h = (h ^ mix(0, v[i])) * p1 + p4;
    return h;
}

uint64_t gt_hash_end(const gt_hash *hash) {
    uint64_t h = join_lanes(hash) + hash->length;
    const unsigned char *at = hash->pending, *end = at + hash->length % ROUND;
    for (; end - at >= 8; at += 8) h = rotate(h ^ mix(0, load64(at)), 27) * p1 + p4;
    if (end - at >= 4) {
        h = rotate(h ^ load32(at) * p1, 23) * p2 + p3;
        at += 4;
    }
    for (; at < end; at++) h = rotate(h ^ *at * p5, 11) * p1;
    h = (h ^ h >> 33) * p2;
    h = (h ^ h >> 29) * p3;
    return h ^ h >> 32;
}

uint64_t gt_hash64(const void *bytes, size_t size) {
    gt_hash hash;
    gt_hash_begin(&hash);
    gt_hash_add(&hash, bytes, size);
    return gt_hash_end(&hash);
}

const char *gt_hash_to_text(uint64_t hash, char text[GT_HASH_TEXT]) {
    snprintf(text, GT_HASH_TEXT, "%016llx", (unsigned long long)hash);
    return text;
}
