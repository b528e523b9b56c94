/* verdict.c - see verdict.h. */
#include "verdict.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const double copying_below = -3.0, p_below = 0.01, frechet_times = 3.0,
                    share_of_real = 0.5, mostly = 0.5, copied_more = 0.02,
                    share_of_copies = 0.5;

static const gt_judged *of(const gt_judgement *j, gt_judge which) {
    return &j->judged[which];
}

/* ---- Shares ------------------------------------------------------------------------------ */

/* Wilson's interval of a share that was seen in so many cases. */
static void wilson(double share, size_t cases, double *low, double *high) {
    const double z = 1.959963984540054;
    double n = (double)cases, middle = share + z * z / (2 * n);
    double half = z * sqrt(share * (1 - share) / n + z * z / (4 * n * n));
    /* at the ends without what rounding leaves */
    *low = share == 0 ? 0 : (middle - half) / (1 + z * z / n);
    *high = share == 1 ? 1 : (middle + half) / (1 + z * z / n);
}

void gt_near_copies_excess(const gt_near_copies *near, double *low, double *value,
                           double *high) {
    *low = *value = *high = NAN;
    if (!near->samples || !near->training || !near->unseen) return;
    size_t found = near->copies + near->chance;
    double by_chance = (double)near->training / (double)(near->training + near->unseen);
    double scale = (double)found / (double)near->samples / (1 - by_chance);
    double least, most;
    if (found == 0) {
        *value = 0;
        wilson(0, near->samples, low, high);
        return;
    }
    double share = (double)near->copies / (double)found;
    wilson(share, near->originals, &least, &most);
    *value = scale * (share - by_chance);
    *low = scale * (least - by_chance);
    *high = scale * (most - by_chance);
}

/* ---- Rules: a comparison with NaN is false ----------------------------------------------- */

/* Few rows in a cell cannot score far below 0, whatever they are. */
static bool is_short_of_rows(const gt_judgement *j) {
    return share_of_copies * j->copying.least > copying_below;
}

static bool copies_train(const gt_judgement *j) {
    const gt_judged *c = of(j, GT_JUDGE_COPYING);
    return c->value < copying_below || (is_short_of_rows(j) && c->high < 0.0 &&
                                        c->value < share_of_copies * j->copying.least);
}

/* What authenticity may be at most, set against that of real rows, which is uncertain as well.
 */
static double authentic_at_most(const gt_judgement *j) {
    const gt_judged *a = of(j, GT_JUDGE_AUTHENTICITY);
    double least, most;
    wilson(a->real, j->compared, &least, &most);
    return a->value + hypot(a->high - a->value, a->real - least);
}

static bool is_less_authentic(const gt_judgement *j) {
    return authentic_at_most(j) < of(j, GT_JUDGE_AUTHENTICITY)->real;
}

static bool has_near_copies(const gt_near_copies *near) {
    double low, value, high;
    gt_near_copies_excess(near, &low, &value, &high);
    return low > copied_more;
}

/* Pictures were looked at, and copies are no more than chance explains. */
static bool lacks_near_copies(const gt_near_copies *near) {
    double low, value, high;
    gt_near_copies_excess(near, &low, &value, &high);
    return high < copied_more;
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

/* Test rows that are training rows are no measure of what was never seen. */
static bool has_leaked(const gt_judgement *j) {
    return j->leaked > mostly;
}

/* Nor are they where they lie elsewhere, as in another scaling. Of one distribution 1 - 2^-k of
 * the balls that reach to k neighbours hold a row, whatever it is: half of that is little. */
static bool is_real_apart(const gt_judgement *j) {
    double expected = 1 - ldexp(1, -(int)j->neighbours);
    return !real_rows_repeat(j) && of(j, GT_JUDGE_COVERAGE)->real < share_of_real * expected;
}

/* Rows that are blurred, or far outside where the nearest training row is an outlier, are no
 * more authentic than copies. */
static bool is_copying_in_doubt(const gt_judgement *j) {
    return is_less_authentic(j) && !copies_train(j) && !has_near_copies(&j->near);
}

/* Blurred rows are nearer to training rows than sharp ones. */
static bool is_c_t_in_doubt(const gt_judgement *j) {
    return copies_train(j) && lacks_near_copies(&j->near);
}

/* Rows outside of all real balls fill none: coverage is no number of its own then. */
static bool is_collapse_in_doubt(const gt_judgement *j) {
    return is_below_half(j, GT_JUDGE_COVERAGE) && is_below_half(j, GT_JUDGE_PRECISION);
}

int gt_verdict_of(const gt_judgement *j, const gt_judge_settings *settings) {
    bool copies = copies_train(j) || is_less_authentic(j) || has_near_copies(&j->near);
    int found = (copies ? GT_VERDICT_MEMORISES : 0) |
                (has_collapsed(j) ? GT_VERDICT_COLLAPSED : 0) |
                (is_off(j) ? GT_VERDICT_OFF : 0);
    if (!found && !has_leaked(j) && !is_real_apart(j) &&
        settings->cosine_twins > settings->cosine_train)
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

/* Parts of the line are told apart by semicolons. */
static void begin(line *l, const char *word) {
    add(l, "%s%s", l->at ? "; " : "", word);
}

static void say_copying(line *l, const gt_judgement *j) {
    const gt_judged *c = of(j, GT_JUDGE_COPYING);
    if (isnan(c->value)) return add(l, "C_T is not available");
    add(l, "C_T %.3g (%.3g to %.3g)", c->value, c->low, c->high);
    if (is_short_of_rows(j) && !(c->value < copying_below))
        add(l, "%s below half of %.3g, which is all that so few copies score",
            copies_train(j) ? "" : ", not", j->copying.least);
    else
        add(l, "%s below %g", c->value < copying_below ? "" : ", not", copying_below);
}

static void say_leaked(line *l, const gt_judgement *j) {
    add(l,
        "cannot tell, %.3g %% of the test rows equal training rows: what is called real has "
        "been learned",
        100.0 * j->leaked);
}

static void say_apart(line *l, const gt_judgement *j) {
    add(l,
        "cannot tell, training and test rows differ among themselves, as where kinds or scales "
        "of pictures do (coverage %.3g): what is called real is no measure",
        of(j, GT_JUDGE_COVERAGE)->real);
}

static void say_near_copies(line *l, const gt_near_copies *near) {
    double low, value, high;
    gt_near_copies_excess(near, &low, &value, &high);
    add(l,
        "memorises: of %zu samples %zu are near copies of one of %zu training pictures, %zu of "
        "one of %zu unseen: %.3g %% (%.3g to %.3g %%) beyond chance",
        near->samples, near->copies, near->training, near->chance, near->unseen, 100 * value,
        100 * low, 100 * high);
}

static void say_memorises(line *l, const gt_judgement *j) {
    const gt_judged *a = of(j, GT_JUDGE_AUTHENTICITY);
    bool is_in_doubt = is_copying_in_doubt(j), is_seen = has_near_copies(&j->near);
    begin(l, is_in_doubt          ? "memorises by authenticity alone"
             : is_seen            ? ""
             : is_c_t_in_doubt(j) ? "memorises by "
                                  : "memorises, ");
    if (is_seen) {
        say_near_copies(l, &j->near);
        add(l, ", ");
    }
    if (!is_in_doubt) say_copying(l, j);
    if (is_less_authentic(j))
        add(l, ", authenticity %.3g (to %.3g) below %.3g of real rows", a->value,
            authentic_at_most(j), a->real);
    if (is_c_t_in_doubt(j))
        add(l,
            ", but of %zu samples no more are near copies of training pictures (%zu) than "
            "chance explains by those of unseen ones (%zu): rows that are blurred are near "
            "without being copies",
            j->near.samples, j->near.copies, j->near.chance);
    if (!is_in_doubt) return;
    add(l, ", but ");
    say_copying(l, j);
    add(l, ": rows that are blurred or far outside fail authenticity without being copies");
}

static void say_collapsed(line *l, const gt_judgement *j) {
    static const gt_judge both[] = {GT_JUDGE_RECALL, GT_JUDGE_COVERAGE};
    begin(l, "collapsed");
    for (int i = 0; i < 2; i++)
        if (is_below_half(j, both[i]))
            add(l, ", %s %.3g below half of %.3g of real rows", gt_judge_title(both[i]),
                of(j, both[i])->value, of(j, both[i])->real);
    if (is_collapse_in_doubt(j))
        add(l, ", where coverage is low because precision is: %.3g beside %.3g",
            of(j, GT_JUDGE_PRECISION)->value, of(j, GT_JUDGE_PRECISION)->real);
}

static void say_off(line *l, const gt_judgement *j) {
    const gt_judged *f = of(j, GT_JUDGE_FRECHET);
    begin(l, "off the distribution");
    add(l, ", p %.3g below %g and Frechet distance %.3g above %g times %.3g of real rows",
        of(j, GT_JUDGE_ENERGY_P)->value, p_below, f->value, frechet_times, f->real);
}

static void say_nothing_found(line *l, const gt_judgement *j) {
    const gt_judged *a = of(j, GT_JUDGE_AUTHENTICITY), *r = of(j, GT_JUDGE_RECALL),
                    *c = of(j, GT_JUDGE_COVERAGE);
    bool is_general = j->verdict & GT_VERDICT_GENERALISES;
    if (is_general)
        add(l,
            "generalises, samples of two models are nearer to each other (cosine %.3g) than "
            "to training (%.3g)",
            j->cosine_twins, j->cosine_train);
    else
        add(l, "nothing found against it");
    add(l, "; ");
    say_copying(l, j);
    add(l, ", authenticity %.3g beside %.3g of real rows", a->value, a->real);
    add(l, ", recall %.3g and coverage %.3g, not below half of %.3g and %.3g", r->value,
        c->value, r->real, c->real);
    add(l, ", p %.3g and Frechet distance %.3g beside %.3g", of(j, GT_JUDGE_ENERGY_P)->value,
        of(j, GT_JUDGE_FRECHET)->value, of(j, GT_JUDGE_FRECHET)->real);
    if (isnan(j->cosine_twins))
        add(l, "; whether it generalises takes a second model of other rows");
    else if (!is_general)
        add(l,
            "; samples of two models are no nearer to each other (cosine %.3g) than to "
            "training (%.3g)",
            j->cosine_twins, j->cosine_train);
}

/* Rows far from all real ones are off before they are anything else. */
static void say_found(line *l, const gt_judgement *j) {
    bool is_off = j->verdict & GT_VERDICT_OFF, copies = j->verdict & GT_VERDICT_MEMORISES,
         has_collapsed = j->verdict & GT_VERDICT_COLLAPSED;
    bool is_first = is_off && !copies_train(j) && !has_near_copies(&j->near) &&
                    (copies || (has_collapsed && is_collapse_in_doubt(j)));
    if (is_first) say_off(l, j);
    if (copies) say_memorises(l, j);
    if (has_collapsed) say_collapsed(l, j);
    if (is_off && !is_first) say_off(l, j);
}

const char *gt_near_copies_text(const gt_near_copies *near, char text[GT_VERDICT_TEXT]) {
    line l = {text, 0};
    text[0] = '\0';
    if (has_near_copies(near)) say_near_copies(&l, near);
    return text;
}

const char *gt_verdict_text(const gt_judgement *j, char text[GT_VERDICT_TEXT]) {
    line l = {text, 0};
    text[0] = '\0';
    if (has_leaked(j))
        say_leaked(&l, j);
    else if (is_real_apart(j))
        say_apart(&l, j);
    say_found(&l, j);
    if (!l.at) say_nothing_found(&l, j);
    if (real_rows_repeat(j))
        add(&l, "; real rows repeat each other, so that nothing is said of collapse");
    return text;
}
