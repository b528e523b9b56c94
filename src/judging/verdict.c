/* verdict.c - see verdict.h. */
#include "verdict.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const double copying_below = -3.0, p_below = 0.01, frechet_times = 3.0,
                    share_of_real = 0.5;

static const gt_judged *of(const gt_judgement *j, gt_judge which) {
    return &j->judged[which];
}

/* ---- Rules: a comparison with NaN is false ----------------------------------------------- */

static bool copies_train(const gt_judgement *j) {
    return of(j, GT_JUDGE_COPYING)->value < copying_below;
}

static bool is_less_authentic(const gt_judgement *j) {
    const gt_judged *a = of(j, GT_JUDGE_AUTHENTICITY);
    return a->high < a->real;
}

static bool is_below_half(const gt_judgement *j, gt_judge which) {
    return of(j, which)->value < share_of_real * of(j, which)->real;
}

static bool real_rows_repeat(const gt_judgement *j) {
    return j->repeats[0] > 0.0 || j->repeats[1] > 0.0;
}

static bool has_collapsed(const gt_judgement *j) {
    return !real_rows_repeat(j) &&
           (is_below_half(j, GT_JUDGE_RECALL) || is_below_half(j, GT_JUDGE_COVERAGE));
}

static bool is_off(const gt_judgement *j) {
    const gt_judged *f = of(j, GT_JUDGE_FRECHET);
    return of(j, GT_JUDGE_ENERGY_P)->value < p_below && f->value > frechet_times * f->real;
}

int gt_verdict_of(const gt_judgement *j, const gt_judge_settings *settings) {
    int found = (copies_train(j) || is_less_authentic(j) ? GT_VERDICT_MEMORISES : 0) |
                (has_collapsed(j) ? GT_VERDICT_COLLAPSED : 0) |
                (is_off(j) ? GT_VERDICT_OFF : 0);
    if (!found && settings->cosine_twins > settings->cosine_train)
        return GT_VERDICT_GENERALISES;
    return found;
}

/* ---- The line ---------------------------------------------------------------------------- */

typedef struct line {
    char *text;
    size_t at;
} line;

static void GT_PRINTF(2, 3) add(line *l, const char *format, ...) {
    va_list list;
    va_start(list, format);
    int count = vsnprintf(l->text + l->at, GT_VERDICT_TEXT - l->at, format, list);
    va_end(list);
    if (count > 0) l->at += (size_t)count;
    if (l->at >= GT_VERDICT_TEXT) l->at = GT_VERDICT_TEXT - 1;
}

static void say_memorises(line *l, const gt_judgement *j) {
    const gt_judged *a = of(j, GT_JUDGE_AUTHENTICITY);
    add(l, "memorises");
    if (copies_train(j))
        add(l, ", C_T %.3g below %g", of(j, GT_JUDGE_COPYING)->value, copying_below);
    if (is_less_authentic(j))
        add(l, ", authenticity %.3g (to %.3g) below %.3g of real rows", a->value, a->high,
            a->real);
}

static void say_collapsed(line *l, const gt_judgement *j) {
    static const gt_judge both[] = {GT_JUDGE_RECALL, GT_JUDGE_COVERAGE};
    add(l, "%scollapsed", l->at ? "; " : "");
    for (int i = 0; i < 2; i++)
        if (is_below_half(j, both[i]))
            add(l, ", %s %.3g below half of %.3g of real rows", gt_judge_title(both[i]),
                of(j, both[i])->value, of(j, both[i])->real);
}

static void say_off(line *l, const gt_judgement *j) {
    const gt_judged *f = of(j, GT_JUDGE_FRECHET);
    add(l,
        "%soff the distribution, p %.3g below %g and Frechet distance %.3g above %g times %.3g "
        "of real rows",
        l->at ? "; " : "", of(j, GT_JUDGE_ENERGY_P)->value, p_below, f->value, frechet_times,
        f->real);
}

static void say_nothing_found(line *l, const gt_judgement *j) {
    const gt_judged *a = of(j, GT_JUDGE_AUTHENTICITY), *r = of(j, GT_JUDGE_RECALL),
                    *c = of(j, GT_JUDGE_COVERAGE);
    bool is_general = j->verdict & GT_VERDICT_GENERALISES;
    add(l, is_general
               ? "generalises, samples of two models are nearer to each other than to training"
               : "nothing found against it");
    if (isnan(of(j, GT_JUDGE_COPYING)->value))
        add(l, "; C_T is not available");
    else
        add(l, "; C_T %.3g, not below %g", of(j, GT_JUDGE_COPYING)->value, copying_below);
    add(l, ", authenticity %.3g beside %.3g of real rows", a->value, a->real);
    add(l, ", recall %.3g and coverage %.3g, not below half of %.3g and %.3g", r->value,
        c->value, r->real, c->real);
    add(l, ", p %.3g and Frechet distance %.3g beside %.3g", of(j, GT_JUDGE_ENERGY_P)->value,
        of(j, GT_JUDGE_FRECHET)->value, of(j, GT_JUDGE_FRECHET)->real);
    if (!is_general) add(l, "; whether it generalises takes a second model of other rows");
}

const char *gt_verdict_text(const gt_judgement *j, char text[GT_VERDICT_TEXT]) {
    line l = {text, 0};
    text[0] = '\0';
    if (j->verdict & GT_VERDICT_MEMORISES) say_memorises(&l, j);
    if (j->verdict & GT_VERDICT_COLLAPSED) say_collapsed(&l, j);
    if (j->verdict & GT_VERDICT_OFF) say_off(&l, j);
    if (!l.at) say_nothing_found(&l, j);
    if (real_rows_repeat(j))
        add(&l, "; real rows repeat each other, so that nothing is said of collapse");
    return text;
}
