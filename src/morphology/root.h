/* root.h - Brent's root finder and Nelder and Mead's search, as SciPy has them. Private. */
#ifndef GT_MORPHOLOGY_ROOT_H
#define GT_MORPHOLOGY_ROOT_H

typedef double (*gt_function_1)(void *self, double x);
typedef double (*gt_function_2)(void *self, const double x[2]);

/* A root between a and b, where the values differ in sign (or one is 0), to `tolerance` (Brent
 * 1973, Algorithms for Minimization without Derivatives, chapter 4; steps of scipy's brentq).
 * At most 100 evaluations more. */
double gt_brent_root(gt_function_1 f, void *self, double a, double b, double tolerance);

/* Where f is least, from x on, which is overwritten; steps, first simplex (5 %) and stopping
 * rule of scipy's "Nelder-Mead" with xatol = 1e-6, fatol = 1e-4 and at most 400 evaluations. */
void gt_nelder_mead(gt_function_2 f, void *self, double x[2]);

#endif
