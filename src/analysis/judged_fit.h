/* judged_fit.h - one fit asked about rows of known class. Private. */
#ifndef GT_JUDGED_FIT_H
#define GT_JUDGED_FIT_H

#include "galatea/evaluation.h"

typedef struct gt_asked {
    const gt_classes *classes; /* that count; the classifier may know fewer */
    const gt_classes *all;     /* by which counts are made */
    double *counts;            /* gt_class_count; NULL: none are made */
    int32_t only;              /* the answer to every row where there is no classifier */
} gt_asked;

/* classifier: NULL where there is but one answer. */
GT_MUST_CHECK gt_status gt_scores_of_fit(const gt_asked *asked, const gt_classifier *classifier,
                                         const gt_samples *rows, gt_fit_scores *out,
                                         gt_error *err);

#endif
