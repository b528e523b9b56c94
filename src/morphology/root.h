/* root.h - Brent's root finder and Nelder and Mead's search, as SciPy has them. Private. */
#ifndef GT_MORPHOLOGY_ROOT_H
#define GT_MORPHOLOGY_ROOT_H

typedef double (*gt_function_1)(void *self, double x);
typedef double (*gt_function_2)(void *self, const double x[2]);

typedef struct gt_known { /* a value of a function */
    double x, f;
} gt_known;

/* A root between a and b, where the values differ in sign (or one is 0), to `tolerance` (Brent
 * 1973, Algorithms for Minimization without Derivatives, chapter 4; steps of scipy's brentq).
 * At most 100 evaluations. */
double gt_brent_root(gt_function_1 f, void *self, gt_known a, gt_known b, double tolerance);

typedef struct gt_search_rule {
    int dimensions;                  /* 1 or 2; of one alone x[1] is left as it is */
    double x_tolerance, f_tolerance; /* of the simplex when it is done */
    int most;                        /* evaluations */
} gt_search_rule;

/* Where f is least, from x on, which is overwritten, and the value there; steps, first simplex
 * (5 %) and stopping rule of scipy's "Nelder-Mead". */
double gt_nelder_mead(const gt_search_rule *rule, gt_function_2 f, void *self, double x[2]);

#endif
