/* fk4.h (room: format) - positions of the old catalogue frame FK4 (B1950) as those of FK5 at
 * J2000, as astropy turns them: the elliptic terms of aberration are taken out, the position is
 * precessed to B1950 (Newcomb), and a matrix leads to J2000 (Standish 1982, A&A 115, 20; Aoki
 * et al. 1983, A&A 128, 263). What is seen is taken to be at rest in FK5, and to have been seen
 * at the epoch of the equinox. */
#ifndef GT_FK4_H
#define GT_FK4_H

#include <stdbool.h>

/* Unit vectors. equinox: Besselian, 1950; has_e_terms: false for FK4-NO-E. */
void gt_fk4_to_fk5(double equinox, bool has_e_terms, const double in[3], double out[3]);
void gt_fk4_from_fk5(double equinox, bool has_e_terms, const double in[3], double out[3]);

#endif
