/* schedule.c - learning-rate factors by step, and the cut when a loss stops improving. */
#include "galatea/optim.h"

#include <math.h>

/* Half a cosine from `first` at 0 to `last` at 1. */
static double half_cosine(double first, double last, double done) {
    return last + (first - last) * 0.5 * (1 + cos(M_PI * fmin(done, 1)));
}

double gt_schedule_factor(const gt_schedule *schedule, int64_t step) {
    bool by_steps = schedule->kind == GT_SCHEDULE_BY_STEPS;
    int64_t done = step - schedule->warmup, length = schedule->total - schedule->warmup;
    if (by_steps && done < 0) return (double)(step + 1) / (double)schedule->warmup;
    if (done <= 0 && schedule->warmup > 0 && !by_steps)
        return (double)step / (double)schedule->warmup;
    if (schedule->kind == GT_SCHEDULE_CONSTANT) return 1;
    if (schedule->kind == GT_SCHEDULE_HALVED) return exp2(-(double)(step / schedule->every));
    if (by_steps) length--;
    if (length <= 0 || done >= length) return schedule->floor;
    return half_cosine(1, schedule->floor, (double)done / (double)length);
}

double gt_target_momentum(double first, int64_t epoch, int64_t epochs) {
    if (epochs <= 1 || epoch >= epochs - 1) return 1;
    return half_cosine(first, 1, (double)epoch / (double)(epochs - 1));
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
