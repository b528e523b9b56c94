/* rng.c - Philox4x32-10, and fills of uniform and normal floats.
 *
 * A fill works in tiles of TILE blocks held as four arrays of words, so that every loop runs
 * over plain arrays and vectorises. The build compiles this file without contraction of a*b+c:
 * a number must not depend on whether it fell into a vector or into the remainder of a loop. */
#include "rng.h"

#include <math.h>
#include <string.h>

enum { TILE = 64, LANES = 4 };

typedef struct tile {
    uint32_t word[LANES][TILE];
} tile;

typedef void (*tile_to_floats)(const tile *bits, size_t blocks, float *out);

static const double pi = 3.14159265358979323846;

#define MULTIPLY_HIGH(a, b) ((uint32_t)(((uint64_t)(a) * (b)) >> 32))

/* One round is a bijection of the four counter words under two key words; the constants are
 * those of the paper. */
static inline void philox(uint32_t c[LANES], uint32_t k0, uint32_t k1) {
    const uint32_t m0 = 0xd2511f53u, m1 = 0xcd9e8d57u;
    for (int round = 0; round < 10; round++) {
        uint32_t h0 = MULTIPLY_HIGH(m0, c[0]), l0 = m0 * c[0];
        uint32_t h1 = MULTIPLY_HIGH(m1, c[2]), l1 = m1 * c[2];
        c[0] = h1 ^ c[1] ^ k0;
        c[1] = l1;
        c[2] = h0 ^ c[3] ^ k1;
        c[3] = l0;
        k0 += 0x9e3779b9u;
        k1 += 0xbb67ae85u;
    }
}

static void tile_fill(gt_rng_key key, uint64_t block, size_t blocks, tile *bits) {
    for (size_t i = 0; i < blocks; i++) {
        uint64_t counter = block + i;
        uint32_t c[LANES] = {(uint32_t)counter, (uint32_t)(counter >> 32), key.stream,
                             key.step};
        philox(c, (uint32_t)key.seed, (uint32_t)(key.seed >> 32));
        for (int lane = 0; lane < LANES; lane++) bits->word[lane][i] = c[lane];
    }
}

static inline float float_of_bits(uint32_t bits) {
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static inline uint32_t bits_of_float(float value) {
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

/* The centre of one of 2^23 equal cells: exact in a float. */
static inline float unit_float(uint32_t word) {
    return ((float)(int32_t)(word >> 9) + 0.5f) * 0x1p-23f;
}

/* The same, with 512 times finer cells below 2^-9, so that normals reach 6.7 deviations. Exact.
 */
static inline float unit_float_fine(uint32_t word) {
    float fine = ((float)(int32_t)(word & 0x7fffffu) + 0.5f) * 0x1p-32f;
    return word < 0x800000u ? fine : unit_float(word);
}

/* sqrt(-2 log u), u in (0, 1). u = 2^e m with m in [sqrt(1/2), sqrt(2)), and
 * log m = 2 atanh(s), s = (m-1)/(m+1), |s| < 0.172: the next term of the series is 2e-9. */
static inline float normal_radius(float u) {
    uint32_t bits = bits_of_float(u) - 0x3f3504f3u; /* bits of sqrt(1/2) */
    float e = (float)((int32_t)bits >> 23);
    float f = float_of_bits((bits & 0x7fffffu) + 0x3f3504f3u) - 1.0f;
    float s = f / (2.0f + f), z = s * s;
    float tail = z * (1.0f / 3 + z * (1.0f / 5 + z * (1.0f / 7 + z * (1.0f / 9))));
    float log_m = 2.0f * (s + s * tail);
    return sqrtf(-2.0f * (e * 0.693147182f + log_m));
}

/* cos and sin of 2 pi word / 2^32: nearest quarter turn, then Taylor series on [-pi/4, pi/4]
 * whose next terms are below 3e-8. */
static inline void unit_circle(uint32_t word, float *cosine, float *sine) {
    uint32_t quarter = (word + 0x20000000u) >> 30;
    float x = (float)(int32_t)(word - (quarter << 30)) * (float)(0x1p-31 * 3.14159265358979324);
    float z = x * x;
    float s = x + x * z * (-1.0f / 6 + z * (1.0f / 120 + z * (-1.0f / 5040 + z / 362880)));
    float c = 1.0f + z * (-0.5f + z * (1.0f / 24 + z * (-1.0f / 720 + z * (1.0f / 40320))));
    float along = quarter & 1 ? s : c, across = quarter & 1 ? c : s;
    *cosine = float_of_bits(bits_of_float(along) ^ ((quarter + 1) & 2) << 30);
    *sine = float_of_bits(bits_of_float(across) ^ (quarter & 2) << 30);
}

static void tile_uniform(const tile *bits, size_t blocks, float *out) {
    for (size_t i = 0; i < blocks; i++)
        for (int lane = 0; lane < LANES; lane++)
            out[i * LANES + lane] = unit_float(bits->word[lane][i]);
}

static void tile_normal(const tile *bits, size_t blocks, float *out) {
    float value[LANES][TILE];
    for (int pair = 0; pair < LANES; pair += 2) {
        for (size_t i = 0; i < blocks; i++) {
            float radius = normal_radius(unit_float_fine(bits->word[pair][i])), c, s;
            unit_circle(bits->word[pair + 1][i], &c, &s);
            value[pair][i] = radius * c;
            value[pair + 1][i] = radius * s;
        }
    }
    for (size_t i = 0; i < blocks; i++)
        for (int lane = 0; lane < LANES; lane++) out[i * LANES + lane] = value[lane][i];
}

static void fill_converted(gt_rng_key key, uint64_t first, size_t n, float *out,
                           tile_to_floats convert) {
    tile bits;
    float values[TILE * LANES];
    size_t skip = (size_t)(first % LANES);
    for (uint64_t block = first / LANES; n; block += TILE, skip = 0) {
        size_t take = n < TILE * LANES - skip ? n : TILE * LANES - skip;
        size_t blocks = (skip + take + LANES - 1) / LANES;
        tile_fill(key, block, blocks, &bits);
        convert(&bits, blocks, values);
        memcpy(out, values + skip, take * sizeof *out);
        out += take;
        n -= take;
    }
}

static uint64_t block_u64(gt_rng_block block, int half) {
    return block.word[2 * half] | (uint64_t)block.word[2 * half + 1] << 32;
}

static double unit_double(uint64_t bits) {
    return ((double)(bits >> 12) + 0.5) * 0x1p-52;
}

uint32_t gt_rng_stream(const char *name) {
    uint32_t hash = 2166136261u;
    for (; *name; name++) hash = (hash ^ (unsigned char)*name) * 16777619u;
    return hash;
}

gt_rng_block gt_rng_bits(gt_rng_key key, uint64_t counter) {
    gt_rng_block block = {{(uint32_t)counter, (uint32_t)(counter >> 32), key.stream, key.step}};
    philox(block.word, (uint32_t)key.seed, (uint32_t)(key.seed >> 32));
    return block;
}

void gt_rng_fill_uniform(gt_rng_key key, uint64_t first, size_t n, float *out) {
    fill_converted(key, first, n, out, tile_uniform);
}

void gt_rng_fill_normal(gt_rng_key key, uint64_t first, size_t n, float *out) {
    fill_converted(key, first, n, out, tile_normal);
}

double gt_rng_uniform(gt_rng_key key, uint64_t counter) {
    return unit_double(block_u64(gt_rng_bits(key, counter), 0));
}

double gt_rng_normal(gt_rng_key key, uint64_t counter) {
    gt_rng_block block = gt_rng_bits(key, counter);
    double radius = sqrt(-2.0 * log(unit_double(block_u64(block, 0))));
    return radius * cos(2.0 * pi * unit_double(block_u64(block, 1)));
}

uint64_t gt_rng_below(gt_rng_key key, uint64_t counter, uint64_t bound) {
    uint64_t bits = block_u64(gt_rng_bits(key, counter), 0);
    return (uint64_t)(((unsigned __int128)bits * bound) >> 64);
}

void gt_rng_shuffle(gt_rng_key key, size_t *order, size_t n) {
    for (size_t i = n; i-- > 1;) {
        size_t j = (size_t)gt_rng_below(key, i, i + 1), held = order[i];
        order[i] = order[j];
        order[j] = held;
    }
}
