/* formula.h - numbers that recordings do not store: a hash of a tensor's name and a place in it
 * (SplitMix64). Private. */
#ifndef GT_REPLAY_FORMULA_H
#define GT_REPLAY_FORMULA_H

#include <stdbool.h>
#include <stdint.h>

bool gt_formula_ends_in(const char *name, const char *ending);
uint64_t gt_formula_seed(const char *name);
/* Number i of a tensor, in [0,1). */
double gt_formula_uniform(uint64_t seed, uint64_t i);

#endif
