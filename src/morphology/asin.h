/* asin.h - the integral of a circle's height, many at a time. Private. */
#ifndef GT_MORPHOLOGY_ASIN_H
#define GT_MORPHOLOGY_ASIN_H

/* out[i] = integral of sqrt(r^2 - t^2) over t from 0 to x[i], |x[i]| <= r. */
void gt_circle_integrals(int count, const double *x, double r, double *out);

#endif
