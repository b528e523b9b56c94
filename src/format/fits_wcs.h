/* fits_wcs.h (room: format) - where on the sky the pixels of a FITS image lie, by WCSLIB: all
 * projections of the standard, also with SIP and TPV distortions, from the primary description
 * of a header.
 *
 * Pixels are counted as FITS counts them: the centre of the first one is (1, 1), x along
 * NAXIS1, y along NAXIS2, which is upwards as pictures are shown. Positions are ICRS or FK5
 * right ascension and declination in degrees, at J2000; those of FK4, of other equinoxes
 * (equinox.h) and galactic ones are turned into these. Other axes than the two on the sky stay
 * at their reference pixel. */
#ifndef GALATEA_FORMAT_FITS_WCS_H
#define GALATEA_FORMAT_FITS_WCS_H

#include <stdbool.h>

#include "fits_header.h"
#include "galatea/error.h"

typedef struct gt_fits_wcs gt_fits_wcs;

/* *out is yours, or NULL where the header tells of no place on the sky. GT_UNSUPPORTED for a
 * system of coordinates that cannot be turned into ICRS here (ecliptic, of the day), or where
 * other axes than the first two lie on the sky,
 * GT_BAD_FORMAT for cards that describe none. Messages do not name the file. */
gt_status gt_fits_wcs_parse(const gt_fits_cards *cards, gt_fits_wcs **out, gt_error *err);
void gt_fits_wcs_destroy(gt_fits_wcs *wcs); /* accepts NULL */

/* false where a pixel or a position has no partner. */
bool gt_fits_wcs_to_sky(gt_fits_wcs *wcs, double x, double y, double *ra, double *dec);
bool gt_fits_wcs_to_pixel(gt_fits_wcs *wcs, double ra, double dec, double *x, double *y);

/* How the sky lies at a pixel. */
typedef struct gt_fits_place {
    double ra, dec;      /* degrees */
    double scale_arcsec; /* root of the area of a pixel */
    double stretch;      /* longer side of a pixel over the shorter one */
    double north;     /* degrees from the picture's up to north, counterclockwise, -180..180 */
    bool is_mirrored; /* east is clockwise of north, not as the sky is seen */
} gt_fits_place;

/* All NaN, and false, where nothing is known. */
gt_fits_place gt_fits_place_unknown(void);

bool gt_fits_wcs_place(gt_fits_wcs *wcs, double x, double y, gt_fits_place *out);

#endif
