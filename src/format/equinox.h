/* equinox.h (room: format) - positions of other equinoxes as those of FK5 at J2000, as astropy
 * turns them.
 *
 * Those of the old catalogue frame FK4 (B1950): the elliptic terms of aberration are taken out,
 * the position is precessed to B1950 (Newcomb), and a matrix leads to J2000 (Standish 1982, A&A
 * 115, 20; Aoki et al. 1983, A&A 128, 263). FK4 turns against FK5: what is seen is taken to be
 * at rest in FK5, and its position in FK4 to be that of an epoch. Those of FK5 are precessed
 * (Capitaine et al. 2003, A&A 412, 567). */
#ifndef GT_EQUINOX_H
#define GT_EQUINOX_H

#include <stdbool.h>

typedef struct gt_fk4 {
    double equinox;   /* Besselian, 1950 */
    double epoch;     /* Julian year, when it was seen; NaN: that of the equinox */
    bool has_e_terms; /* false for FK4-NO-E */
} gt_fk4;

/* Unit vectors. */
void gt_fk4_to_fk5(const gt_fk4 *frame, const double in[3], double out[3]);
void gt_fk4_from_fk5(const gt_fk4 *frame, const double in[3], double out[3]);

/* The axes of FK5 at another equinox, a Julian year, as vectors of J2000. */
void gt_fk5_axes(double equinox, double out[3][3]);

#endif
