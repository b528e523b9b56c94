/* judges.c - the numbers by which a generator is judged: their names, and of which rows they
 * are. */
#include "galatea/judging.h"

static const struct {
    const char *name, *title, *against, *good;
} about[GT_JUDGES] = {
    [GT_JUDGE_FRECHET] = {"frechet", "Frechet distance", "test", "low"},
    [GT_JUDGE_FRECHET_LIMIT] = {"frechet_limit", "Frechet, endless rows", "test", "low"},
    [GT_JUDGE_KERNEL] = {"kernel", "kernel distance", "test", "low"},
    [GT_JUDGE_ENERGY] = {"energy", "energy distance", "test", "low"},
    [GT_JUDGE_ENERGY_P] = {"energy_p", "p of two samples", "test", "high"},
    [GT_JUDGE_PRECISION] = {"precision", "precision", "train", "high"},
    [GT_JUDGE_RECALL] = {"recall", "recall", "train", "high"},
    [GT_JUDGE_DENSITY] = {"density", "density", "train", "real"},
    [GT_JUDGE_COVERAGE] = {"coverage", "coverage", "train", "high"},
    [GT_JUDGE_AUTHENTICITY] = {"authenticity", "authenticity", "train", "real"},
    [GT_JUDGE_COPYING] = {"c_t", "C_T", "both", "zero"},
    [GT_JUDGE_VENDI] = {"vendi", "Vendi score", "none", "real"},
};

const char *gt_judge_name(gt_judge judge) {
    return about[judge].name;
}

const char *gt_judge_title(gt_judge judge) {
    return about[judge].title;
}

const char *gt_judge_against(gt_judge judge) {
    return about[judge].against;
}

const char *gt_judge_good(gt_judge judge) {
    return about[judge].good;
}

size_t gt_rows_judged(const gt_judgement *judgement, gt_judge judge) {
    bool is_of_balls = judge == GT_JUDGE_PRECISION || judge == GT_JUDGE_RECALL ||
                       judge == GT_JUDGE_DENSITY || judge == GT_JUDGE_COVERAGE;
    return is_of_balls ? judgement->rows : judgement->compared;
}
