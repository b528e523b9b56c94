/* learner.c - see learner.h. */
#include "learner.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

gt_status gt_learner_settings_resolve(const gt_model *model, int objective,
                                      const gt_train_settings *set, gt_learner_settings *out,
                                      gt_error *err) {
    const gt_objective *own = gt_model_objective(model, objective);
    *out = (gt_learner_settings){.rule = {.momentum = set->momentum,
                                          .alpha = set->alpha,
                                          .beta1 = set->beta1,
                                          .beta2 = set->beta2,
                                          .eps = set->epsilon,
                                          .weight_decay = set->weight_decay,
                                          .trust = set->trust},
                                 .rate = set->learning_rate,
                                 .clip = set->clip,
                                 .skip = set->skip,
                                 .skip_patience = set->skip_patience,
                                 .average = set->average};
    gt_status status = gt_optimizer_find(set->optimizer, &out->rule.kind, err);
    if (!status && own->learn) own->learn(gt_model_self(model), out);
    return status;
}

gt_learner_position gt_learner_start(const gt_learner_settings *learning,
                                     const gt_train_settings *set) {
    gt_learner_position at = {
        .plateau = gt_plateau_default(learning->rate),
        .skip = gt_skip_rule_start(learning->skip, 2, learning->skip_patience)};
    at.plateau.factor = set->plateau_factor;
    at.plateau.threshold = set->plateau_threshold;
    at.plateau.patience = set->plateau_patience;
    return at;
}

gt_learner gt_learner_make(const gt_model *model, int objective) {
    gt_learner learner = {.objective = gt_model_objective(model, objective), .norm = NAN};
    for (int i = 0; i < GT_TERMS; i++) learner.terms[i] = NAN;
    if (objective == 0) return learner;
    snprintf(learner.prefix, sizeof learner.prefix, "%s_", learner.objective->name);
    snprintf(learner.label, sizeof learner.label, "%s: ", learner.objective->name);
    return learner;
}

enum { TRAINING = 4, STEPPERS = 6 };

/* All there can be, some of them NULL: those that train first. */
static void list_steppers(const gt_learner *own, gt_stepper *out[STEPPERS]) {
    gt_stepper *all[STEPPERS] = {own->stepper,     own->tail,      own->seldom,
                                 own->seldom_tail, own->validator, own->validator_tail};
    memcpy(out, all, sizeof all);
}

void gt_learner_close(gt_learner *learner) {
    gt_stepper *all[STEPPERS];
    list_steppers(learner, all);
    for (int i = 0; i < STEPPERS; i++) gt_stepper_destroy(all[i]);
}

static void name_terms(const gt_learner *learner, const gt_stepper *of,
                       char names[][GT_TERM_NAME]) {
    for (int i = 0; i < gt_stepper_term_count(of); i++)
        snprintf(names[i], GT_TERM_NAME, "%s%.30s", learner->prefix,
                 gt_stepper_term_name(of, i));
}

/* Validation has the terms of the usual loss, and perhaps its own behind them. */
static bool begins_alike(const gt_learner *learner) {
    int count = gt_stepper_term_count(learner->stepper);
    bool is_same = learner->judged_count >= count;
    for (int i = 0; is_same && i < count; i++)
        is_same = strcmp(learner->judged[i], learner->names[i]) == 0;
    return is_same;
}

gt_status gt_learner_name_terms(gt_learner *learner, gt_error *err) {
    const gt_stepper *all = learner->seldom ? learner->seldom : learner->stepper,
                     *judge = learner->validator ? learner->validator : learner->stepper;
    learner->term_count = gt_stepper_term_count(all);
    learner->judged_count = gt_stepper_term_count(judge);
    if (learner->term_count > GT_TERMS)
        return gt_fail(err, GT_BAD_ARGUMENT, "'%s' has more than %d monitors in training",
                       learner->objective->name, GT_MODEL_MONITORS);
    name_terms(learner, all, learner->names);
    name_terms(learner, judge, learner->judged);
    if (!begins_alike(learner))
        return gt_fail(err, GT_BAD_ARGUMENT,
                       "validation of '%s' lacks some of the monitors of its training",
                       learner->objective->name);
    learner->watch = gt_watch_make(all);
    return GT_OK;
}

static int64_t period(const gt_learner *learner) {
    return learner->objective->every > 1 ? learner->objective->every : 1;
}

bool gt_learner_is_due(const gt_learner *learner, int64_t step) {
    return (step + 1) % period(learner) == 0;
}

int64_t gt_learner_steps_between(const gt_learner *learner, int64_t first, int64_t last) {
    return last / period(learner) - first / period(learner);
}

/* Multiples of `every` below `end`, from 0 on. */
static int64_t multiples(int64_t end, int64_t every) {
    return (end + every - 1) / every;
}

int64_t gt_learner_terms_between(const gt_learner *learner, int i, int64_t first,
                                 int64_t last) {
    int64_t p = period(learner), every = learner->objective->seldom_every;
    if (i < gt_stepper_term_count(learner->stepper))
        return gt_learner_steps_between(learner, first, last);
    return multiples(last / p, every) - multiples(first / p, every);
}

gt_stepper *gt_learner_stepper(const gt_learner *learner, int64_t step, bool is_tail) {
    int64_t turn = (step + 1) / period(learner) - 1;
    bool is_seldom = learner->seldom && turn % learner->objective->seldom_every == 0;
    if (is_tail) return is_seldom ? learner->seldom_tail : learner->tail;
    return is_seldom ? learner->seldom : learner->stepper;
}

void gt_learner_bind_values(gt_learner *learner, float *values) {
    gt_stepper *all[STEPPERS];
    list_steppers(learner, all);
    for (int i = 0; i < TRAINING; i++)
        if (all[i]) gt_stepper_bind_values(all[i], values);
}

void gt_learner_begin_epoch(gt_learner *learner, int64_t epoch, int64_t epochs) {
    gt_stepper *all[STEPPERS];
    list_steppers(learner, all);
    for (int i = 0; i < STEPPERS; i++)
        if (all[i]) gt_stepper_set_epoch(all[i], epoch, epochs);
}
