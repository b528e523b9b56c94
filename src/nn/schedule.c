/* schedule.c - learning-rate factors by step, and the cut when a loss stops improving. */
#include "galatea/schedule.h"

#include <math.h>

double gt_schedule_factor(const gt_schedule *schedule, int64_t step) {
    if (step <= schedule->warmup && schedule->warmup > 0)
        return (double)step / (double)schedule->warmup;
    if (schedule->kind == GT_SCHEDULE_CONSTANT) return 1;
    int64_t length = schedule->total - schedule->warmup;
    if (length <= 0 || step >= schedule->total) return schedule->floor;
    double done = (double)(step - schedule->warmup) / (double)length;
    return schedule->floor + (1 - schedule->floor) * 0.5 * (1 + cos(M_PI * done));
}

gt_plateau gt_plateau_default(double rate) {
    return (gt_plateau){
        .factor = 0.5, .threshold = 1e-4, .patience = 10, .rate = rate, .best = INFINITY};
}

bool gt_plateau_update(gt_plateau *plateau, double value) {
    if (value < plateau->best * (1 - plateau->threshold)) {
        plateau->best = value;
        plateau->bad = 0;
        return true;
    }
    plateau->bad++;
    if (plateau->bad <= plateau->patience) return false;
    double cut = fmax(plateau->rate * plateau->factor, plateau->min_rate);
    if (plateau->rate - cut > 1e-8) plateau->rate = cut;
    plateau->bad = 0;
    return false;
}
