/* rng.h (room: base) - random numbers with an address instead of a history.
 *
 * Philox4x32-10 (Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as 1, 2, 3",
 * SC11, 2011) maps (key, counter) to 128 random bits without any state. A number here is named
 * by (seed, stream, step, position): it does not depend on what was drawn before, on threads,
 * on batches or on how a range is cut. Every function is pure; all may run in any thread.
 *
 * The fills use only IEEE additions, multiplications, divisions and square roots, in a fixed
 * order: the same key gives the same bits on any processor and with any vector width.
 *
 * One key serves one purpose: the fills and the scalar functions below cut the same blocks in
 * different ways, so two kinds of numbers under one key would be correlated. Change the stream.
 */
#ifndef GT_RNG_H
#define GT_RNG_H

#include <stddef.h>
#include <stdint.h>

/* The address of an endless sequence. seed: the user's. stream: the purpose, a constant or
 * gt_rng_stream("name"). step: training step, epoch, or 0. */
typedef struct gt_rng_key {
    uint64_t seed;
    uint32_t stream;
    uint32_t step;
} gt_rng_key;

typedef struct gt_rng_block {
    uint32_t word[4];
} gt_rng_block;

/* A stream number made from a name (32-bit FNV-1a), for streams that belong to named things
 * such as the parameters of a model. Two of 1000 names share a stream with probability 1e-4. */
uint32_t gt_rng_stream(const char *name);

/* Block `counter` of the sequence: Philox4x32-10 with counter words (counter low, counter high,
 * stream, step) and key words (seed low, seed high). */
gt_rng_block gt_rng_bits(gt_rng_key key, uint64_t counter);

/* out[i] = element first + i of the sequence, for i < n; element e is made from word e % 4 of
 * block e / 4 (for normals, of its pair of words). About 1.5 ns per number and core
 * with AVX-512, 5 with SSE2.
 *
 * Uniform: odd multiples of 2^-24, so 0 and 1 never occur.
 * Normal: mean 0, deviation 1, Box and Muller 1958; |value| < 6.77; differs from the same
 * formula in exact arithmetic by less than 1e-6. */
void gt_rng_fill_uniform(gt_rng_key key, uint64_t first, size_t n, float *out);
void gt_rng_fill_normal(gt_rng_key key, uint64_t first, size_t n, float *out);

/* One double from block `counter`: uniform in (0, 1), odd multiples of 2^-53; or normal
 * (through the C library's log and cos). Not the same numbers as the fills give. */
double gt_rng_uniform(gt_rng_key key, uint64_t counter);
double gt_rng_normal(gt_rng_key key, uint64_t counter);

/* An integer in [0, bound), from the upper half of a 64 x 64 bit product: no value is more
 * likely than another by more than a factor 1 + bound/2^64. 0 when bound is 0. */
uint64_t gt_rng_below(gt_rng_key key, uint64_t counter, uint64_t bound);

/* Permutes order[0..n-1] in place (Fisher and Yates): for i = n-1 down to 1, swaps element i
 * with element gt_rng_below(key, i, i + 1). Equal keys and n give the same permutation. */
void gt_rng_shuffle(gt_rng_key key, size_t *order, size_t n);
#endif
