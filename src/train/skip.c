/* skip.c - which updates are left out, see skip.h. */
#include "skip.h"
#include "sort.h"

#include <stdlib.h>

gt_skip_rule gt_skip_rule_start(double limit, double factor, int64_t patience) {
    return (gt_skip_rule){
        .limit = limit, .factor = factor, .patience = patience, .threshold = limit};
}

/* Of the last `count` norms, 1 to GT_SKIP_WINDOW and not more than were seen. */
static double median_of_last(const gt_skip_rule *rule, int64_t count) {
    double sorted[GT_SKIP_WINDOW];
    for (int64_t i = 0; i < count; i++)
        sorted[i] = rule->recent[(rule->seen - 1 - i) % GT_SKIP_WINDOW];
    qsort(sorted, (size_t)count, sizeof *sorted, gt_by_double);
    return (sorted[(count - 1) / 2] + sorted[count / 2]) / 2;
}

static double largest_in_window(const gt_skip_rule *rule) {
    int64_t count = rule->seen < GT_SKIP_WINDOW ? rule->seen : GT_SKIP_WINDOW;
    double largest = 0;
    for (int64_t i = 0; i < count; i++)
        if (rule->recent[i] > largest) largest = rule->recent[i];
    return largest;
}

gt_skip_decision gt_skip_decide(gt_skip_rule *rule, double norm) {
    if (rule->limit <= 0) return GT_SKIP_APPLY;
    rule->recent[rule->seen++ % GT_SKIP_WINDOW] = norm;
    if (norm < rule->threshold) {
        rule->in_row = 0;
        double cover = rule->factor * largest_in_window(rule);
        if (cover < rule->threshold)
            rule->threshold = cover > rule->limit ? cover : rule->limit;
        return GT_SKIP_APPLY;
    }
    if (++rule->in_row < rule->patience) return GT_SKIP_LEAVE_OUT;
    rule->threshold = rule->factor * median_of_last(rule, rule->patience);
    rule->in_row = 0;
    return GT_SKIP_RAISED;
}
