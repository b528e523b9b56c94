/* exclusion.h (room: data) - a neighbourhood on the sky that pictures must not come from, so
 * that a training set holds nothing of what a test set is judged by. */
#ifndef GALATEA_DATA_EXCLUSION_H
#define GALATEA_DATA_EXCLUSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "galatea/error.h"

typedef struct gt_exclusion gt_exclusion;

/* Reads the positions that `list` names (FILE[:ROWS], as gt_import_settings.exclude has them)
 * from columns ra and dec of HDF5 files, pictures or not. within: arcsec. GT_USAGE for a list
 * that is none, GT_NOT_FOUND for a file without positions, GT_BAD_FORMAT for a declination
 * beyond a pole. *out is yours. */
gt_status gt_exclusion_load(const char *list, double within, gt_exclusion **out, gt_error *err);
void gt_exclusion_destroy(gt_exclusion *exclusion);

/* True if a position (degrees) lies within the radius of one of them, on the great circle. */
bool gt_exclusion_covers(const gt_exclusion *exclusion, double ra, double dec);

/* Positions in use, and rows that were named but have none (NaN). */
uint64_t gt_exclusion_count(const gt_exclusion *exclusion);
uint64_t gt_exclusion_unplaced(const gt_exclusion *exclusion);

#endif
