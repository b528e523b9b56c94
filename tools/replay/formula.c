/* Numbers by formula. */
#include "formula.h"

#include <math.h>
#include <string.h>

bool gt_formula_ends_in(const char *name, const char *ending) {
    size_t a = strlen(name), b = strlen(ending);
    return a >= b && strcmp(name + a - b, ending) == 0;
}

uint64_t gt_formula_seed(const char *name) {
    uint64_t seed = 0xcbf29ce484222325;
    for (const unsigned char *byte = (const unsigned char *)name; *byte; ++byte)
        seed = (seed ^ *byte) * 0x100000001b3;
    return seed;
}

double gt_formula_uniform(uint64_t seed, uint64_t i) {
    uint64_t z = seed + (i + 1) * 0x9E3779B97F4A7C15;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
    z ^= z >> 31;
    return ldexp((double)(z >> 40), -24);
}
