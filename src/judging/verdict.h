/* verdict.h - what the numbers say together. Private. */
#ifndef GT_JUDGING_VERDICT_H
#define GT_JUDGING_VERDICT_H

#include "galatea/judging.h"

/* GT_VERDICT_..., by the thresholds that judging.h states. */
int gt_verdict_of(const gt_judgement *judgement, const gt_judge_settings *settings);

#endif
