/* places.c - the great circle to those in a strip of declination. */
#include "places.h"

#include <math.h>
#include <stdlib.h>

#define DEGREE (M_PI / 180)

static gt_place place_at(double ra, double dec, uint64_t row) {
    ra *= DEGREE;
    dec *= DEGREE;
    return (gt_place){dec, cos(dec) * cos(ra), cos(dec) * sin(ra), sin(dec), row};
}

/* The arc between two places: exact in the last digits for small and for large ones, where the
 * arc cosine of the product alone is not. */
static double arc(const gt_place *a, const gt_place *b) {
    double x = a->y * b->z - a->z * b->y;
    double y = a->z * b->x - a->x * b->z;
    double z = a->x * b->y - a->y * b->x;
    return atan2(sqrt(x * x + y * y + z * z), a->x * b->x + a->y * b->y + a->z * b->z);
}

gt_status gt_places_add(gt_places *places, double ra, double dec, uint64_t row, gt_error *err) {
    if (places->count == places->room) {
        size_t room = places->room ? 2 * places->room : 256;
        gt_place *larger = realloc(places->list, room * sizeof *larger);
        if (larger == NULL) return gt_fail(err, GT_NO_MEMORY, "out of memory for positions");
        places->list = larger;
        places->room = room;
    }
    places->list[places->count++] = place_at(ra, dec, row);
    return GT_OK;
}

static int by_declination(const void *a, const void *b) {
    const gt_place *left = a, *right = b;
    if (left->dec != right->dec) return left->dec < right->dec ? -1 : 1;
    return (left->row > right->row) - (left->row < right->row);
}

void gt_places_sort(gt_places *places) {
    if (places->count > 0)
        qsort(places->list, places->count, sizeof *places->list, by_declination);
}

/* The first place at or above a declination. */
static size_t first_from(const gt_places *places, double dec) {
    size_t low = 0, high = places->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (places->list[middle].dec < dec)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

bool gt_places_nearest(const gt_places *places, double ra, double dec, double within,
                       uint64_t *row) {
    const gt_place at = place_at(ra, dec, 0);
    const double slack = 1e-12; /* rounding must not hide a place at the very edge */
    double nearest = within / 3600 * DEGREE, reach = nearest + slack;
    bool is_found = false;
    for (size_t i = first_from(places, at.dec - reach); i < places->count; i++) {
        const gt_place *other = &places->list[i];
        if (other->dec > at.dec + reach) break;
        double distance = arc(&at, other);
        if (distance > nearest || (is_found && distance == nearest && other->row > *row))
            continue;
        is_found = true;
        nearest = distance;
        *row = other->row;
    }
    return is_found;
}

double gt_places_apart(double ra, double dec, double other_ra, double other_dec) {
    gt_place a = place_at(ra, dec, 0), b = place_at(other_ra, other_dec, 0);
    return arc(&a, &b) / DEGREE * 3600;
}

void gt_places_free(gt_places *places) {
    free(places->list);
    *places = (gt_places){0};
}
