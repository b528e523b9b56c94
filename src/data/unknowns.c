/* unknowns.c - -999 and its like become NaN. */
#include "unknowns.h"

#include <inttypes.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>

static const double whole_circle_arcsec = 360 * 3600.0;

static bool is_angle(double degrees, double most) {
    if (isnan(degrees)) return true;
    if (degrees == -99 || degrees == -999 || degrees == -9999) return false;
    return degrees >= -most && degrees <= most;
}

void gt_unknowns_position(gt_unknowns *unknowns, uint64_t row, double *ra, double *dec) {
    if (is_angle(*ra, 360) && is_angle(*dec, 90)) return;
    if (unknowns->positions++ == 0) {
        unknowns->position_row = row;
        unknowns->ra = *ra;
        unknowns->dec = *dec;
    }
    *ra = *dec = NAN;
}

void gt_unknowns_size(gt_unknowns *unknowns, uint64_t row, double *arcsec) {
    if (isnan(*arcsec) || (*arcsec >= 0 && *arcsec <= whole_circle_arcsec)) return;
    if (unknowns->sizes++ == 0) {
        unknowns->size_row = row;
        unknowns->size = *arcsec;
    }
    *arcsec = NAN;
}

const char *gt_unknowns_positions_text(const gt_unknowns *unknowns,
                                       char out[GT_UNKNOWNS_TEXT]) {
    if (unknowns->positions == 0) return NULL;
    snprintf(out, GT_UNKNOWNS_TEXT,
             "unknown positions: %" PRIu64 " (the first: ra %g, dec %g in row %" PRIu64
             " is no place on the sky)",
             unknowns->positions, unknowns->ra, unknowns->dec, unknowns->position_row);
    return out;
}

const char *gt_unknowns_sizes_text(const gt_unknowns *unknowns, char out[GT_UNKNOWNS_TEXT]) {
    if (unknowns->sizes == 0) return NULL;
    snprintf(out, GT_UNKNOWNS_TEXT,
             "unknown angular sizes: %" PRIu64 " (the first: %g in row %" PRIu64 " is no size)",
             unknowns->sizes, unknowns->size, unknowns->size_row);
    return out;
}
