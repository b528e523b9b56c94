/* places.h (room: data) - positions on the sky, and the nearest to one.
 *
 * They stand in order of declination, so that a search looks at a strip of the sky alone.
 * Distances are arcs of great circles. */
#ifndef GALATEA_DATA_PLACES_H
#define GALATEA_DATA_PLACES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "galatea/error.h"

typedef struct gt_place {
    double dec; /* radians */
    double x, y, z;
    uint64_t row;
} gt_place;

/* Begins as an empty struct. */
typedef struct gt_places {
    gt_place *list;
    size_t count, room;
} gt_places;

/* Degrees; row is what a search gives back. */
gt_status gt_places_add(gt_places *places, double ra, double dec, uint64_t row,
                        gt_error *err) GT_MUST_CHECK;

/* Once, when all are there. */
void gt_places_sort(gt_places *places);

/* The nearest place at most `within` arcsec away, of equally near ones the one of the first
 * row; false when there is none. */
bool gt_places_nearest(const gt_places *places, double ra, double dec, double within,
                       uint64_t *row);

/* The arc between two positions, in arcsec. */
double gt_places_apart(double ra, double dec, double other_ra, double other_dec);

void gt_places_free(gt_places *places);

#endif
