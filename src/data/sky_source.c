/* sky_source.c - dice and blob lists that all kinds of sources are drawn with. */
#include <math.h>

#include "sky.h"

double sky_between(sky_dice *dice, double low, double high) {
    return low + (high - low) * gt_rng_uniform(dice->key, dice->next++);
}

double sky_normal(sky_dice *dice) {
    return gt_rng_normal(dice->key, dice->next++);
}

double sky_lognormal(sky_dice *dice, double median, double sigma) {
    return median * exp(sigma * sky_normal(dice));
}

bool sky_chance(sky_dice *dice, double probability) {
    return gt_rng_uniform(dice->key, dice->next++) < probability;
}

void sky_source_add(sky_source *source, double x, double y, double sigma, double flux) {
    GT_ASSERT(source->count < SKY_MAX_BLOBS);
    source->blob[source->count++] = (sky_blob){x, y, sigma, flux};
}

double sky_source_flux(const sky_source *source, size_t first) {
    double sum = 0.0;
    for (size_t i = first; i < source->count; i++) sum += source->blob[i].flux;
    return sum;
}

void sky_source_rescale(sky_source *source, size_t first, double flux) {
    double factor = flux / sky_source_flux(source, first);
    for (size_t i = first; i < source->count; i++) source->blob[i].flux *= factor;
}
